//! What a promise takes for granted, and whether a world keeps its side.

use std::fmt;
use std::sync::Arc;

use generals_models::{FaultClass, LinkClass, Span, Time, TimingClass, TimingModel, World};

/// The world in which a promise is meant to hold.
///
/// ```
/// use generals::{Assumptions, World};
/// // OM(1), Theorem 1 of its paper: synchronous, reliable, one traitor, more than 3 generals.
/// let theorem_1 = Assumptions::synchronous().byzantine(1).more_than_nodes(3);
/// assert_eq!(theorem_1.to_string(), "synchronous, reliable, at most 1 Byzantine, n > 3");
/// assert!(theorem_1.breaches(&World::kind(4), &Default::default()).is_empty());
/// let breaches = theorem_1.breaches(&World::kind(3), &Default::default());
/// assert_eq!(breaches[0].to_string(), "n = 3, assumed n > 3");
/// ```
#[derive(Clone)]
pub struct Assumptions {
    timing: TimingClass,
    links: LinkClass,
    faults: FaultClass,
    at_most: u32,
    more_than: u32,
    conditions: Vec<Condition>,
}

#[derive(Clone)]
struct Condition {
    text: String,
    holds: Arc<dyn Fn(&World) -> bool + Send + Sync>,
}

/// What the world really did in one run, as far as assumptions ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Messages that links lost.
    pub lost: u64,
    /// Messages that links delivered twice.
    pub duplicated: u64,
    /// Crashes of nodes.
    pub crashes: u64,
    /// Nodes that came back, counted once for each time.
    pub recoveries: u64,
    /// Crashes that wiped a disk on which something had been written.
    pub wiped: u64,
    /// Messages that nodes left out sending or receiving.
    pub omitted: u64,
    /// Messages that nodes saved themselves the work of passing on.
    pub skipped: u64,
    /// Events that had to wait because their node paused or was busy.
    pub held: u64,
    /// The longest that one of them waited.
    pub longest_wait: Span,
    /// When the last of them was through, or will be at the earliest.
    pub held_until: Time,
    /// Timers set by a clock that ran too fast or too slow for them.
    pub wrong_timers: u64,
    /// By how much a node's clock was wrong at most, when the node took a step.
    pub clock_error: Span,
}

impl Audit {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.crashes += other.crashes;
        self.recoveries += other.recoveries;
        self.wiped += other.wiped;
        self.omitted += other.omitted;
        self.skipped += other.skipped;
        self.held += other.held;
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.held_until = self.held_until.max(other.held_until);
        self.wrong_timers += other.wrong_timers;
        self.clock_error = self.clock_error.max(other.clock_error);
    }
}

/// One way in which a world was harsher than a promise assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach(pub String);

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Synchronous, reliable, without faults.
impl Default for Assumptions {
    fn default() -> Self {
        Self::synchronous()
    }
}

impl Assumptions {
    const fn of(timing: TimingClass) -> Self {
        Self {
            timing,
            links: LinkClass::Reliable,
            faults: FaultClass::Honest,
            at_most: 0,
            more_than: 0,
            conditions: Vec::new(),
        }
    }

    /// A known bound on delays, reliable links, no faults.
    #[must_use]
    pub const fn synchronous() -> Self {
        Self::of(TimingClass::Synchronous)
    }

    /// A bound on delays that holds in the end or is unknown; reliable links, no faults.
    #[must_use]
    pub const fn partially_synchronous() -> Self {
        Self::of(TimingClass::PartiallySynchronous)
    }

    /// No bound on delays; reliable links, no faults.
    #[must_use]
    pub const fn asynchronous() -> Self {
        Self::of(TimingClass::Asynchronous)
    }

    /// Links are in order, too.
    #[must_use]
    pub const fn fifo(mut self) -> Self {
        self.links = LinkClass::Fifo;
        self
    }

    /// Links may lose, double and reorder messages.
    #[must_use]
    pub const fn fair_loss(mut self) -> Self {
        self.links = LinkClass::FairLoss;
        self
    }

    /// At most `f` nodes crash.
    #[must_use]
    pub const fn crash_stop(mut self, f: u32) -> Self {
        self.faults = FaultClass::CrashStop;
        self.at_most = f;
        self
    }

    /// At most `f` nodes crash, whether they come back or not. Who comes back each time counts as
    /// correct, and owes what the others owe; what was synced is still there
    /// ([`Disk::Wiped`](generals_models::Disk) is harsher than this).
    #[must_use]
    pub const fn crash_recovery(mut self, f: u32) -> Self {
        self.faults = FaultClass::CrashRecovery;
        self.at_most = f;
        self
    }

    /// At most `f` nodes leave out sending or receiving messages (or crash).
    #[must_use]
    pub const fn omission(mut self, f: u32) -> Self {
        self.faults = FaultClass::Omission;
        self.at_most = f;
        self
    }

    /// At most `f` nodes are Byzantine (or crash).
    #[must_use]
    pub const fn byzantine(mut self, f: u32) -> Self {
        self.faults = FaultClass::Byzantine;
        self.at_most = f;
        self
    }

    /// Any number of nodes is Byzantine (or crashes).
    #[must_use]
    pub const fn any_byzantine(self) -> Self {
        self.byzantine(u32::MAX)
    }

    /// There are more than `n` nodes.
    #[must_use]
    pub const fn more_than_nodes(mut self, n: u32) -> Self {
        self.more_than = n;
        self
    }

    /// Something else about the world, in words and as a test.
    #[must_use]
    pub fn when(
        mut self,
        text: impl Into<String>,
        holds: impl Fn(&World) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.conditions.push(Condition { text: text.into(), holds: Arc::new(holds) });
        self
    }

    /// Where `world` is harsher than this; empty if it keeps its side. Links and nodes are judged by
    /// what they did in the run, not by what they might have done: a fair-loss link that lost
    /// nothing is no excuse, nor is a pause that held nothing up.
    ///
    /// Who assumes synchrony assumes that nodes are never busy or paused when something happens to
    /// them, and that their timers run as fast as time does. Partial synchrony assumes the former
    /// from the global stabilisation time on, where the world has one, and puts up with any bounded
    /// drift. Asynchrony assumes neither. What clocks *show* is not assumed by anybody: a clock that
    /// is ahead, and runs at the right speed, excuses nothing.
    #[must_use]
    pub fn breaches(&self, world: &World, audit: &Audit) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut breach = |text: String| breaches.push(Breach(text));
        let timing = world.timing.class();
        if timing > self.timing {
            breach(format!("{timing}, assumed {}", self.timing));
        }
        let links = world.links.class();
        let Audit { lost, duplicated, .. } = *audit;
        if links > self.links {
            if lost + duplicated > 0 {
                let what = match (lost, duplicated) {
                    (_, 0) => format!("lost ({lost})"),
                    (0, _) => format!("duplicated ({duplicated})"),
                    _ => format!("lost ({lost}) and duplicated ({duplicated})"),
                };
                breach(format!("messages were {what}, assumed {} links", self.links));
            } else if self.links == LinkClass::Fifo {
                // Who overtook whom is not counted, so what may have happened must excuse.
                breach(format!("{links} links, assumed FIFO"));
            }
        }
        let worst = world.fault_class();
        let faulty = u32::try_from(world.faults.len()).unwrap_or(u32::MAX);
        if faulty > 0 && worst > self.faults {
            breach(format!("{faulty} {worst}, assumed {}", self.faults_in_words()));
        } else if faulty > self.at_most {
            breach(format!("{faulty} faulty, assumed at most {}", self.at_most));
        }
        self.breaches_of_nodes(world, audit, &mut breach);
        if u32::from(world.nodes) <= self.more_than {
            breach(format!("n = {}, assumed n > {}", world.nodes, self.more_than));
        }
        for condition in &self.conditions {
            if !(condition.holds)(world) {
                let n = world.nodes;
                breach(format!("n = {n} with {faulty} faulty, assumed {}", condition.text));
            }
        }
        breaches
    }

    /// What nodes did to their disks, their clocks and what happened to them.
    fn breaches_of_nodes(&self, world: &World, audit: &Audit, breach: &mut impl FnMut(String)) {
        let Audit { wiped, held, longest_wait, held_until, wrong_timers, .. } = *audit;
        if wiped > 0 && (FaultClass::CrashRecovery..FaultClass::Byzantine).contains(&self.faults) {
            breach(format!("disks were wiped ({wiped}), assumed stable storage"));
        }
        match (self.timing, &world.timing) {
            (TimingClass::Synchronous, _) => {
                if held > 0 {
                    breach(format!(
                        "nodes held up {held} events, for up to {longest_wait}, assumed synchronous"
                    ));
                }
                if wrong_timers > 0 {
                    let most = world.clocks.most_drift();
                    breach(format!(
                        "clocks drifted (by up to {most}, {wrong_timers} timers), assumed synchronous"
                    ));
                }
            }
            (TimingClass::PartiallySynchronous, TimingModel::PartiallySynchronous { gst, .. })
                if held_until > *gst =>
            {
                breach(format!(
                    "nodes held up events until {held_until}, assumed synchrony from {gst} on"
                ));
            }
            _ => {}
        }
    }

    /// Whether a node that crashes and comes back is correct, as this sees it.
    pub(crate) fn obliges_who_comes_back(&self) -> bool {
        self.faults == FaultClass::CrashRecovery
    }

    fn faults_in_words(&self) -> String {
        match (self.faults, self.at_most) {
            (FaultClass::Honest, _) => self.faults.to_string(),
            (faults, u32::MAX) => format!("any number {faults}"),
            (faults, f) => format!("at most {f} {faults}"),
        }
    }
}

impl fmt::Display for Assumptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.timing, self.links, self.faults_in_words())?;
        if self.more_than > 0 {
            write!(f, ", n > {}", self.more_than)?;
        }
        for condition in &self.conditions {
            write!(f, ", {}", condition.text)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Assumptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assumptions({self})")
    }
}
