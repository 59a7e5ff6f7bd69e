//! What a promise takes for granted, and whether a world keeps its side.

use std::fmt;
use std::sync::Arc;

use generals_models::{FaultClass, LinkClass, Time, TimingClass, TimingModel, World};

use super::audit::Audit;
use crate::scenario::Layers;

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
    network: Network,
    faults: FaultClass,
    at_most: u32,
    more_than: u32,
    conditions: Vec<Condition>,
}

/// Which networks will do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    /// Links between all.
    Complete,
    /// A way from everybody to everybody.
    Connected,
    /// Any at all.
    Any,
}

#[derive(Clone)]
struct Condition {
    text: String,
    holds: Arc<dyn Fn(&World) -> bool + Send + Sync>,
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
            network: Network::Complete,
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

    /// Whatever the models can do: no bound on delays, arbitrary links in any network, and any number
    /// of nodes that are Byzantine.
    ///
    /// ```
    /// use generals::{Assumptions, Audit, World};
    /// let all = Assumptions::any_world();
    /// assert_eq!(all.to_string(), "any world");
    /// let isolated = Audit { lost: 3, lost_for_good: 3, ..Audit::default() };
    /// assert!(all.breaches(&World::kind(3), &isolated).is_empty());
    /// ```
    #[must_use]
    pub const fn any_world() -> Self {
        let mut all = Self::asynchronous().arbitrary_links().any_byzantine();
        all.network = Network::Any;
        all
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

    /// Links may do anything to messages but forge signatures, and now and then let one pass as it
    /// was.
    #[must_use]
    pub const fn arbitrary_links(mut self) -> Self {
        self.links = LinkClass::Arbitrary;
        self
    }

    /// Not everybody need be linked to everybody, as long as there is a way.
    #[must_use]
    pub const fn any_connected_graph(mut self) -> Self {
        self.network = Network::Connected;
        self
    }

    /// Whether messages of a link may not overtake each other.
    pub(crate) fn is_fifo(&self) -> bool {
        self.links == LinkClass::Fifo
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

    /// What is left of this for a protocol that runs above these layers, which make of worse links
    /// better ones.
    ///
    /// A stubborn layer makes fair-loss links reliable, but not timely: a message that is lost once
    /// is later than any bound of the timing model. So what assumes synchrony, from the start or in
    /// the end, assumes reliable links as before; what assumes no bound does not. It does not put
    /// messages in order. Authentication makes arbitrary links fair-loss, at
    /// any timing: what assumes fair-loss links, or no longer assumes more, takes arbitrary ones.
    ///
    /// ```
    /// use generals::{Assumptions, Layers, Span, Stubborn};
    /// let stubborn = Some(Stubborn { every: Span::millis(20) });
    /// let mut layers = Layers { stubborn, ..Layers::default() };
    /// let above = |assumptions: Assumptions| assumptions.above(&layers).to_string();
    /// assert_eq!(above(Assumptions::asynchronous()), "asynchronous, fair-loss, no faults");
    /// assert_eq!(above(Assumptions::synchronous()), "synchronous, reliable, no faults");
    /// assert_eq!(above(Assumptions::asynchronous().fifo()), "asynchronous, FIFO, no faults");
    ///
    /// layers.authenticated = true;
    /// let above = |assumptions: Assumptions| assumptions.above(&layers).to_string();
    /// assert_eq!(above(Assumptions::asynchronous()), "asynchronous, arbitrary, no faults");
    /// assert_eq!(above(Assumptions::synchronous()), "synchronous, reliable, no faults");
    /// assert_eq!(above(Assumptions::synchronous().fair_loss()), "synchronous, arbitrary, no faults");
    /// ```
    #[must_use]
    pub fn above(mut self, layers: &Layers) -> Self {
        let untimed = self.timing == TimingClass::Asynchronous;
        if layers.stubborn.is_some() && untimed && self.links == LinkClass::Reliable {
            self.links = LinkClass::FairLoss;
        }
        if layers.authenticated && self.links == LinkClass::FairLoss {
            self.links = LinkClass::Arbitrary;
        }
        self
    }

    /// Where `world` is harsher than this; empty if it keeps its side. Links, nodes and time are
    /// judged by what they did in the run, not by what they might have done: a fair-loss link that
    /// lost nothing is no excuse, nor is a pause that held nothing up, nor a late Δ as long as no
    /// message is late. Where Δ is unknown, no protocol can rely on it.
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
        self.timing_breach(world, audit).into_iter().for_each(&mut breach);
        self.link_breach(audit).into_iter().for_each(&mut breach);
        self.graph_breach(world, audit).into_iter().for_each(&mut breach);
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

    fn timing_breach(&self, world: &World, audit: &Audit) -> Option<String> {
        let (bound, late) = match self.timing {
            TimingClass::Asynchronous => return None,
            TimingClass::PartiallySynchronous => (world.timing.bound(), audit.late_in_the_end),
            TimingClass::Synchronous => (world.timing.known_bound(), audit.late),
        };
        let Some(delta) = bound else {
            return Some(format!("{}, assumed {}", world.timing_class(), self.timing));
        };
        let gst = world.timing.holds_from();
        let in_the_end = self.timing == TimingClass::PartiallySynchronous && gst > Time::ZERO;
        let after = if in_the_end { format!(" after {gst}") } else { String::new() };
        let messages = if late.count == 1 { "message" } else { "messages" };
        (late.count > 0).then(|| {
            let n = late.count;
            format!("{n} {messages} took longer than Δ = {delta}{after}, assumed {}", self.timing)
        })
    }

    fn link_breach(&self, audit: &Audit) -> Option<String> {
        let reliable = self.links <= LinkClass::Reliable;
        // In any network there may be no way at all, so nothing need ever arrive.
        let in_the_end = !reliable && self.network != Network::Any;
        let fair = self.links <= LinkClass::FairLoss;
        let tampered = &audit.tampered;
        let done: Vec<String> = [
            (reliable, "lost", audit.lost),
            (in_the_end, "lost for good", audit.lost_for_good),
            (reliable, "duplicated", audit.duplicated),
            (self.is_fifo(), "overtaken", audit.overtaken),
            (fair, "modified", tampered.modified),
            (fair, "spoofed", tampered.spoofed),
            (fair, "replayed", tampered.replayed),
            (fair, "injected", tampered.injected),
        ]
        .into_iter()
        .filter(|&(matters, _, n)| matters && n > 0)
        .map(|(_, what, n)| format!("{what} ({n})"))
        .collect();
        let (last, others) = done.split_last()?;
        let and = if others.is_empty() { "" } else { " and " };
        let what = format!("{}{and}{last}", others.join(", "));
        Some(format!("messages were {what}, assumed {} links", self.links))
    }

    fn graph_breach(&self, world: &World, audit: &Audit) -> Option<String> {
        let adjacency = world.topology.adjacency(world.nodes)?;
        match self.network {
            Network::Complete => {}
            Network::Connected if !adjacency.is_connected() => {
                let it = &world.topology;
                return Some(format!("a {it} that falls apart, assumed a connected one"));
            }
            Network::Connected | Network::Any => return None,
        }
        let without = match audit.unlinked {
            0 => String::new(),
            1 => " (1 message had no link)".to_owned(),
            n => format!(" ({n} messages had no link)"),
        };
        Some(format!("a {}{without}, assumed links between all", world.topology))
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

    /// Whether there is nothing that a world could do against it.
    fn is_any_world(&self) -> bool {
        self.timing == TimingClass::Asynchronous
            && self.links == LinkClass::Arbitrary
            && self.network == Network::Any
            && (self.faults, self.at_most) == (FaultClass::Byzantine, u32::MAX)
            && self.more_than == 0
            && self.conditions.is_empty()
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
        if self.is_any_world() {
            return f.write_str("any world");
        }
        write!(f, "{}, {}, {}", self.timing, self.links, self.faults_in_words())?;
        match self.network {
            Network::Complete => {}
            Network::Connected => f.write_str(", any connected network")?,
            Network::Any => f.write_str(", any network")?,
        }
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
