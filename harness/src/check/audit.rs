//! What the world really did in one run, as far as assumptions ask.

mod worst;

use generals_models::{Span, Tampering, Time, TimingModel};

/// What the world really did in one run, counted.
///
/// Lateness is counted where a bound is stated, and overtaking where a promise assumes that there
/// is none or the world is [rough](generals_models::World::is_rough).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Messages that were lost: by links, by partitions, or because somebody took them out.
    pub lost: u64,
    /// Of these, those taken by a partition that never heals.
    pub lost_for_good: u64,
    /// Messages that were delivered twice.
    pub duplicated: u64,
    /// Messages that arrived before an earlier one of their link.
    pub overtaken: u64,
    /// Messages to nodes to which there is no link: these never leave.
    pub unlinked: u64,
    /// Messages that a partition lost or held.
    pub cut: u64,
    /// What was done to messages on arbitrary links.
    pub tampered: Tampered,
    /// The longest that a message took.
    pub slowest: Span,
    /// Messages that took longer than the Δ that nodes know.
    pub late: Late,
    /// Messages that arrived later than Δ after both their sending and the instant from which Δ
    /// holds (the gst, in a world that has one).
    pub late_in_the_end: Late,
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

/// Messages that took longer than promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// How many.
    pub count: u64,
    /// The earliest instant at which one of them was overdue; nothing if there are none.
    pub since: Option<Time>,
}

/// What was done to messages on arbitrary links, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tampered {
    /// Messages taken out.
    pub dropped: u64,
    /// Messages that arrived twice.
    pub doubled: u64,
    /// Messages held up as long as might be.
    pub delayed: u64,
    /// Messages whose body was changed.
    pub modified: u64,
    /// Messages that arrived in another's name.
    pub spoofed: u64,
    /// Messages that arrived once more, later.
    pub replayed: u64,
    /// Messages made up.
    pub injected: u64,
    /// Of the last four kinds, those that arrived at a node that was up.
    pub arrived: u64,
    /// Of these, those that the node ignored ([`Cx::discard`](crate::Cx::discard)).
    pub ignored: u64,
}

impl Tampered {
    /// How many messages arrived, or were to, that nobody had sent so: at that time, in that name,
    /// with those words.
    #[must_use]
    pub const fn bent(&self) -> u64 {
        self.modified + self.spoofed + self.replayed + self.injected
    }

    /// How many messages were tampered with, in all ways.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.dropped + self.doubled + self.delayed + self.bent()
    }

    pub(crate) const fn count(&mut self, how: Tampering) -> &mut u64 {
        match how {
            Tampering::Drop => &mut self.dropped,
            Tampering::Double => &mut self.doubled,
            Tampering::Delay => &mut self.delayed,
            Tampering::Modify => &mut self.modified,
            Tampering::Spoof => &mut self.spoofed,
            Tampering::Replay => &mut self.replayed,
            Tampering::Inject => &mut self.injected,
        }
    }

    const fn merge(&mut self, other: &Self) {
        self.dropped += other.dropped;
        self.doubled += other.doubled;
        self.delayed += other.delayed;
        self.modified += other.modified;
        self.spoofed += other.spoofed;
        self.replayed += other.replayed;
        self.injected += other.injected;
        self.arrived += other.arrived;
        self.ignored += other.ignored;
    }
}

impl Late {
    /// Counts a message that was overdue from this instant on.
    fn add(&mut self, overdue: Time) {
        self.count += 1;
        self.since = Some(self.since.map_or(overdue, |since| since.min(overdue)));
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.since = self.since.into_iter().chain(other.since).min();
    }

    /// Nothing, if none of it showed before `now`: what is not overdue yet harms nobody.
    fn as_of(self, now: Time) -> Self {
        if self.since.is_some_and(|since| since <= now) { self } else { Self::default() }
    }
}

impl Audit {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.lost += other.lost;
        self.lost_for_good += other.lost_for_good;
        self.duplicated += other.duplicated;
        self.overtaken += other.overtaken;
        self.unlinked += other.unlinked;
        self.cut += other.cut;
        self.tampered.merge(&other.tampered);
        self.slowest = self.slowest.max(other.slowest);
        self.late.merge(&other.late);
        self.late_in_the_end.merge(&other.late_in_the_end);
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

    /// What of this could be noticed at `now`: a message is late only when it is overdue.
    #[must_use]
    pub fn as_of(mut self, now: Time) -> Self {
        self.late = self.late.as_of(now);
        self.late_in_the_end = self.late_in_the_end.as_of(now);
        self
    }

    /// Counts a message sent at `sent` that arrives at `due`, where nodes are told `timing`.
    pub(crate) fn arrival(&mut self, timing: &TimingModel, sent: Time, due: Time) {
        self.slowest = self.slowest.max(due.since(sent));
        if let Some(delta) = timing.known_bound()
            && due > sent + delta
        {
            self.late.add(sent + delta);
        }
        if let Some(delta) = timing.bound() {
            let overdue = sent.max(timing.holds_from()) + delta;
            if due > overdue {
                self.late_in_the_end.add(overdue);
            }
        }
    }
}
