//! A run looked at with eyes open: does a state come again?
//!
//! The state of a world is what decides how it goes on, if the same is chosen again: the nodes, what
//! is on its way with the time that is left of it, and what links and the adversary remember. Where
//! the same state comes twice, and all that lies between may happen again, it may happen for ever.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use generals_models::{
    AdversaryModel, Among, Authority, Chance, Choose, Concern, LinkModel, NodeFault, NodeId,
    Stream, Time, Verifier,
};

use super::node::DownAt;
use super::{Event, Run};
use crate::digest::{Digest, Fingerprint};
use crate::kernel::{Answers, Kernel, Tally};
use crate::protocol::{Moment, Protocol};
use crate::queue::Pending;

/// A state that came again, and between its two visits nothing that could not happen for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) struct Lasso {
    /// When it came first, as far as it was looked at.
    pub(in crate::kernel) first: Time,
    /// When it came again.
    pub(in crate::kernel) again: Time,
}

impl fmt::Display for Lasso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, again } = self;
        write!(f, "the state of {first} came again at {again}: it can go on like this for ever")
    }
}

/// No more is looked after so many events.
const MOST_LOOKS: u32 = 1 << 20;
/// Nor after so many states were written down: that is slow.
const MOST_PRINTS: u32 = 1 << 13;
/// How many events go by until a state is remembered first: where something new happens all the
/// time, none is.
const FIRST: u64 = 16;

/// One state is remembered, and each later one compared with it. After twice as many events as the
/// time before another one is (R. P. Brent, *An improved Monte Carlo factorization algorithm*, BIT
/// 20, 1980): so a state that comes again for ever is found, however late it begins.
pub(in crate::kernel) struct Watch {
    seen: Option<Seen>,
    /// How many events have gone by since.
    since: u64,
    /// After how many of them another state is remembered.
    until: u64,
    looks_left: u32,
    prints_left: u32,
    /// What was done so far that could not be done for ever.
    done: Done,
    /// How many choices of the run were of that kind.
    chosen: Rc<Cell<u64>>,
    /// How many things were reported.
    facts: u64,
    print: Fingerprint,
}

/// A state, remembered.
struct Seen {
    at: Time,
    glance: Glance,
    print: Digest,
}

/// What is seen at once: how much is to happen, and how soon the first of it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Glance(usize, u64);

/// What cannot go on for ever, counted: while none of it grows, the rest can.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Done([u64; 10]);

/// Counts the choices that nobody can rely on being made again and again: coins, and what the
/// adversary does. How long messages take is of another kind, and of what links and nodes may do to
/// messages it is counted elsewhere what came of it.
pub(in crate::kernel) struct Watched<'c> {
    pub(in crate::kernel) inner: &'c mut dyn Choose,
    pub(in crate::kernel) chosen: Rc<Cell<u64>>,
}

impl Choose for Watched<'_> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let answer = self.inner.pick(stream, among);
        let for_ever = matches!(
            stream.concern,
            Concern::Delay
                | Concern::Tail
                | Concern::Overtake
                | Concern::Loss
                | Concern::Copies
                | Concern::Omit
                | Concern::Skip
                | Concern::Tamper
        );
        self.chosen.set(self.chosen.get() + u64::from(!for_ever));
        answer
    }
}

impl Watch {
    /// For a run with choices that are counted here.
    pub(in crate::kernel) fn new(chosen: Rc<Cell<u64>>) -> Self {
        Self {
            seen: None,
            since: 0,
            until: FIRST,
            looks_left: MOST_LOOKS,
            prints_left: MOST_PRINTS,
            done: Done::default(),
            chosen,
            facts: 0,
            print: Fingerprint::default(),
        }
    }

    /// Something was reported: whatever is owed may be another thing now.
    pub(super) const fn reported(&mut self) {
        self.facts += 1;
    }

    /// What was remembered is of no use: something lies between that cannot happen again.
    fn forget(&mut self) {
        (self.seen, self.since, self.until) = (None, 0, FIRST);
    }
}

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Whether the state after the event in hand was there before, and can be for ever again.
    #[cold]
    pub(super) fn comes_again(&mut self) -> bool {
        let Some(mut watch) = self.watch.take() else { return false };
        self.kernel.lasso = self.compare(&mut watch);
        watch.looks_left -= 1;
        self.watch = Some(watch).filter(|watch| watch.looks_left.min(watch.prints_left) > 0);
        self.kernel.lasso.is_some()
    }

    fn compare(&mut self, watch: &mut Watch) -> Option<Lasso> {
        let done = self.done(watch);
        if done != watch.done {
            watch.done = done;
            watch.forget();
            return None;
        }
        watch.since += 1;
        let now = self.kernel.now;
        let left =
            self.kernel.queue.peek_time().map_or(u64::MAX, |next| next.since(now).as_nanos());
        let glance = Glance(self.kernel.queue.len(), left);
        // Time must have gone by: what goes on for ever at one instant is no run.
        if let Some(seen) =
            watch.seen.as_ref().filter(|seen| seen.glance == glance && seen.at < now)
        {
            let (first, before) = (seen.at, seen.print);
            if self.print(watch) == Some(before) {
                return Some(Lasso { first, again: now });
            }
        }
        if watch.since == watch.until {
            let print = if self.is_settled() { self.print(watch) } else { None };
            watch.seen = print.map(|print| Seen { at: now, glance, print });
            (watch.since, watch.until) = (0, watch.until * 2);
        }
        None
    }

    /// What was done so far that cannot be done for ever, or that a promise might count.
    fn done(&self, watch: &Watch) -> Done {
        let kernel = &*self.kernel;
        let Tally { lies, steered, audit, .. } = &kernel.outcome.tally;
        // Silence is all that this one knows, and it can keep silent for ever.
        let is_silent = matches!(kernel.scenario.world.adversary, AdversaryModel::Silent);
        Done([
            watch.facts,
            watch.chosen.get(),
            if is_silent { 0 } else { *lies },
            *steered,
            // A cut that never heals, and a link that is not there, can take all that is to cross.
            audit.lost - audit.lost_for_good,
            audit.duplicated,
            audit.tampered.total(),
            audit.omitted,
            audit.skipped,
            kernel.corrupt.len() as u64,
        ])
    }

    /// Whether from now on every instant is like any other: what is bound to come by the clock has
    /// come.
    fn is_settled(&self) -> bool {
        let kernel = &*self.kernel;
        let exceptions = kernel.scenario.world.except.values();
        let timings = exceptions.filter_map(|except| except.timing.as_ref());
        let mut timings = timings.chain([&kernel.scenario.world.timing]);
        let is_over = |at: Time| at <= kernel.now;
        let crash_to_come = kernel.nodes.iter().any(|node| {
            let to_come = |at| matches!(at, DownAt::Step(step, _) if step >= node.steps);
            !node.is_down
                && node.outages.iter().any(|down| to_come(down.at) && down.happened.is_none())
        });
        !crash_to_come
            && self.asks.copies == 1
            && self.waiting.is_none()
            && timings.all(|timing| is_over(timing.holds_from()))
            && kernel.wire.cuts().iter().all(|cut| is_over(cut.heals.unwrap_or(cut.from)))
    }

    fn print(&self, watch: &mut Watch) -> Option<Digest> {
        watch.prints_left = watch.prints_left.saturating_sub(1);
        let print = &mut watch.print;
        print.reset();
        self.kernel.outline(self.authority.verifier(), print).then(|| print.digest())
    }
}

impl<P: Protocol> Kernel<'_, P> {
    /// Whether a state that comes again would prove anything in this world: not where time itself
    /// matters to nodes or links, or where a link is bound to do what it cannot do for ever.
    pub(in crate::kernel) fn may_repeat_itself(&self) -> bool {
        let world = &self.scenario.world;
        let exceptions = world.except.values().filter_map(|except| except.links.as_ref());
        let is_bound = |links: &LinkModel| match links {
            LinkModel::Fifo | LinkModel::Reliable => false,
            LinkModel::FairLoss { loss, duplicate, .. } => {
                (*loss).max(*duplicate) == Chance::CERTAIN
            }
            LinkModel::Arbitrary { chance, .. } => *chance == Chance::CERTAIN,
        };
        // What a selfish node skips depends on what it did before.
        let always_skips = |id: NodeId| {
            matches!(world.fault(id), Some(NodeFault::Rational { skips: Chance::CERTAIN }))
        };
        world.weather.is_empty()
            && world.load.is_none()
            && !world.all().any(always_skips)
            && world.clocks.are_right()
            && !exceptions.chain([&world.links]).any(is_bound)
    }

    /// Whether the protocol can outline the state in which a run has ended.
    pub(in crate::kernel) fn can_be_outlined(&self) -> bool {
        self.outline(Authority::default().verifier(), &mut Fingerprint::default())
    }

    /// Writes down the state of the world; false if that cannot be, or something else is to come
    /// than messages and timers.
    fn outline(&self, verifier: Verifier, into: &mut Fingerprint) -> bool {
        let (mut messages, mut timers) = (Vec::new(), Vec::new());
        let pending = self.queue.in_order();
        for (due, pending) in &pending {
            let left = due.since(self.now).as_nanos();
            match *pending {
                Pending::Event(Event::Deliver { from, to, body, .. }) => {
                    into.serialize(&(0u8, left, from, to));
                    messages.push((*from, *to, body));
                }
                Pending::Timer(seat, label) => {
                    into.serialize(&(1u8, left, seat));
                    timers.push((seat, label));
                }
                Pending::Event(_) => return false,
            }
        }
        let config = |id: NodeId, is_other: bool| {
            let other = self.scenario.versions.get(&id).filter(|_| is_other);
            other.unwrap_or(&self.scenario.config)
        };
        let nodes = self.nodes.iter().map(|node| {
            into.serialize(&(2u8, node.state.is_some()));
            (config(node.id, node.other_version), node.state.as_ref())
        });
        let nodes = nodes.collect();
        let timing = &self.scenario.world.timing;
        let moment = Moment { now: self.now, timing, verifier, nodes, messages, timers };
        P::outline(&moment, into)
    }
}
