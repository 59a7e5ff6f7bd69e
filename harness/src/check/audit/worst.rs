//! What a world might do to a promise, before any run.

use generals_models::{
    Chance, Crossing, Disk, LinkModel, NodeFault, Partition, Pause, Span, Tampering, Time,
    TimingModel, World,
};

use super::{Audit, Late};

/// Anything once, where only whether it happens matters.
const ONCE: u64 = 1;
const LATE: Late = Late { count: ONCE, since: Some(Time::ZERO) };

impl Audit {
    /// The audit of a run in which this world does all the harm that its plan allows. What a promise
    /// says to that, by [`breaches`](super::super::Assumptions::breaches), is where theory draws its
    /// line: empty where the promise is made for every run of this world.
    ///
    /// Counts are 1 or 0: whether it may happen. How long things take is not said.
    ///
    /// ```
    /// use generals::{Assumptions, Audit, LinkModel, World};
    /// let calm = World::kind(4);
    /// let lossy = World { links: ron::from_str("FairLoss(loss: 0.2)")?, ..World::kind(4) };
    /// let promise = Assumptions::synchronous();
    /// assert!(promise.breaches(&calm, &Audit::worst_of(&calm)).is_empty());
    /// let breaches = promise.breaches(&lossy, &Audit::worst_of(&lossy));
    /// assert_eq!(breaches[0].to_string(), "messages were lost (1), assumed reliable links");
    /// # Ok::<(), ron::error::SpannedError>(())
    /// ```
    #[must_use]
    pub fn worst_of(world: &World) -> Self {
        let mut worst = Self::default();
        let exceptions = || world.except.values();
        let links = exceptions().filter_map(|except| except.links.as_ref());
        links.chain([&world.links]).for_each(|link| worst.at_worst_link(link));
        let timings = exceptions().filter_map(|except| except.timing.as_ref());
        timings.chain([&world.timing]).for_each(|timing| worst.at_worst_timing(timing, world));
        if !world.weather.is_empty() {
            (worst.late, worst.late_in_the_end) = (LATE, LATE);
        }
        world.partitions.iter().for_each(|partition| worst.at_worst_cut(partition));
        worst.at_worst_nodes(world);
        worst
    }

    fn at_worst_link(&mut self, link: &LinkModel) {
        let may = |chance: &Chance| u64::from(*chance > Chance::NEVER);
        match link {
            LinkModel::Fifo => {}
            LinkModel::Reliable => self.overtaken = ONCE,
            LinkModel::FairLoss { loss, duplicate, reorder, .. } => {
                self.lost |= may(loss);
                self.duplicated |= may(duplicate);
                self.overtaken |= may(reorder);
            }
            LinkModel::Arbitrary { chance, ways, .. } => {
                self.overtaken = ONCE;
                for way in ways.iter().filter(|_| *chance > Chance::NEVER) {
                    *self.tampered.count(*way) = ONCE;
                    self.lost |= u64::from(matches!(way, Tampering::Drop | Tampering::Replay));
                    self.duplicated |= u64::from(*way == Tampering::Double);
                }
            }
        }
    }

    /// Against what nodes are told, which is what the world's own timing says.
    fn at_worst_timing(&mut self, timing: &TimingModel, world: &World) {
        let exceeds = |bound: Option<Span>, longest: Span| bound.is_some_and(|it| longest > it);
        let told = &world.timing;
        if exceeds(told.known_bound(), timing.longest_at(Time::ZERO)) {
            self.late = LATE;
        }
        let settled = told.holds_from();
        let from = settled.max(timing.holds_from());
        let later = from > settled || timing.bound().is_none();
        if (later && told.bound().is_some()) || exceeds(told.bound(), timing.longest_at(from)) {
            self.late_in_the_end = LATE;
        }
    }

    fn at_worst_cut(&mut self, partition: &Partition) {
        let (crossing, heals) = match partition {
            Partition::Cut { crossing, heals, .. } | Partition::Isolate { crossing, heals, .. } => {
                (crossing, heals.is_some())
            }
            Partition::Random { crossing, .. } => (crossing, true),
        };
        match crossing {
            Crossing::Delayed => (self.late, self.late_in_the_end) = (LATE, LATE),
            Crossing::Lost => self.lost = ONCE,
        }
        if !heals {
            (self.lost, self.lost_for_good) = (ONCE, ONCE);
        }
    }

    fn at_worst_nodes(&mut self, world: &World) {
        let wipes =
            |fault: &NodeFault| matches!(fault, NodeFault::CrashRecovery { disk: Disk::Wiped, .. });
        self.wiped = u64::from(world.faults.values().any(wipes));
        self.wrong_timers = u64::from(world.clocks.most_drift() > Chance::NEVER);
        if world.load.is_some() {
            (self.held, self.held_until) = (ONCE, Time::MAX);
        }
        for pause in &world.pauses {
            let until = match *pause {
                Pause::At { from, lasts, .. } => from + lasts,
                Pause::Chosen { within, longest, .. } => Time::ZERO + within + longest,
            };
            (self.held, self.held_until) = (ONCE, self.held_until.max(until));
        }
    }
}
