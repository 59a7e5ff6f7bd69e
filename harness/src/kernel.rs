//! One run: a virtual clock, a queue of events, and the loop that takes one after the other.
//!
//! Everything flows one way: event → step → effects → adversary → link → timing → queue. Nothing
//! downstream is asked back, nothing here does I/O, and nothing here can fail.

mod lasso;
mod run;
mod verdicts;

use generals_models::{Choose, CorruptId, Envelope, NodeId, Observed, Time, World};

use crate::check::{Audit, Promise, Verdict, Witness};
use crate::choosers::Seeded;
use crate::digest::{Digest, Fingerprint};
use crate::guard;
use crate::protocol::{Effect, Protocol, RuleSet, TooManyEffects};
use crate::queue::Queue;
use crate::scenario::Scenario;
use crate::trace::{Capture, Trace, What};

use self::run::{Event, Lasso, Node, Run, Watch, Wire};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left to happen: whatever is still owed never comes.
    Quiet,
    /// At the horizon, with events left.
    Horizon,
    /// After as many events as the limits allow; with what kept it busy.
    TooManyEvents(String),
    /// The subject did something no protocol may do: the verdict on
    /// [`SOUND`](crate::SOUND) says what.
    Unsound,
}

/// What happened in a run, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events taken from the queue.
    pub events: u64,
    /// Messages that arrived at a node that was up.
    pub delivered: u64,
    /// Messages sent by nodes that are not corrupt, to somebody else.
    pub sent: u64,
    /// Messages sent by corrupt nodes, to somebody else.
    pub injected: u64,
    /// Where what a corrupt node said differs from what the honest program wanted said: messages
    /// changed, withheld or added.
    pub lies: u64,
    /// Copies of such messages that arrived at a node that was up.
    pub lies_arrived: u64,
    /// Of these, those that the receiver ignored.
    pub lies_ignored: u64,
    /// Messages on whose way the adversary had its say: when they arrive, or whether they are lost,
    /// within what the models allow.
    pub steered: u64,
    /// Things that nodes were given and ignored.
    pub discarded: u64,
    /// What links did to messages, and nodes to themselves.
    pub audit: Audit,
}

impl Tally {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.delivered += other.delivered;
        self.sent += other.sent;
        self.injected += other.injected;
        self.lies += other.lies;
        self.lies_arrived += other.lies_arrived;
        self.lies_ignored += other.lies_ignored;
        self.steered += other.steered;
        self.discarded += other.discarded;
        self.audit.merge(&other.audit);
    }
}

/// All that is known of a run when it is over, except how it went: that is its trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One verdict for each promise, in their order; the last is for soundness.
    pub verdicts: Vec<Verdict>,
    /// How the run ended.
    pub ended: Ended,
    /// When it ended.
    pub at: Time,
    /// What was counted.
    pub tally: Tally,
    /// The rules of the paper that fired.
    pub rules: RuleSet,
    /// What makes this run this run.
    pub digest: Digest,
}

/// A world for running one scenario again and again: it keeps its memory from run to run.
pub(crate) struct Kernel<'s, P: Protocol> {
    scenario: &'s Scenario<P>,
    promises: Vec<Watched<P>>,
    /// Those of them that look inside nodes.
    white_boxes: Vec<usize>,
    queue: Queue<Event<P>, P::Timer>,
    nodes: Vec<Node<P>>,
    wire: Wire<P::Message>,
    corrupt: Vec<CorruptId>,
    effects: Vec<Effect<P>>,
    said: Vec<Envelope<P::Message>>,
    overheard: Vec<Envelope<P::Message>>,
    /// What corrupt nodes hand each other, and who did, until it arrives.
    handed: Vec<Option<(NodeId, P::Message)>>,
    /// What the adversary makes lies of.
    observed: Observed<P::Message>,
    arrivals: Vec<Time>,
    fingerprint: Fingerprint,
    /// For comparing two messages, whose type need not know equality.
    scratch: Fingerprint,
    outcome: Outcome,
    /// The instant the run has come to.
    now: Time,
    /// Whose step is being taken.
    acting: Option<NodeId>,
    /// The scenario's world as it turned out: without the faults that this run did not choose.
    world: World,
    /// The same without those who come back, for promises that count these as correct; nothing if
    /// there are none.
    obliging: Option<World>,
    /// Whether that is another world than the scenario's.
    turned_out: bool,
    /// How many facts the promises were shown.
    facts: u64,
    /// The facts of the run, where a node may or may not fail, or be taken over.
    kept: Vec<(Kept<P>, ByThen)>,
    /// Whether it depends on the run who is faulty.
    keeps_facts: bool,
    /// Why the run is not sound, if it is not.
    unsound: Option<Witness>,
    /// The state that came again, if one did and it was looked for.
    lasso: Option<Lasso>,
}

struct Watched<P: Protocol> {
    promise: Promise<P>,
    /// How it was broken, and when.
    broken: Option<(Witness, ByThen)>,
}

/// What the world had done by then. What it does later is no excuse.
#[derive(Clone, Copy)]
struct ByThen {
    audit: Audit,
    /// Who failed before so many facts had failed by then.
    facts: u64,
}

impl ByThen {
    fn of(audit: &Audit, now: Time, facts: u64) -> Self {
        Self { audit: audit.as_of(now), facts }
    }
}

/// A fact, kept for the case that a node turns out to have been correct after all.
enum Kept<P: Protocol> {
    Proposed(NodeId, usize),
    Decided(NodeId, u64, P::Value),
    Crashed(NodeId),
    Recovered(NodeId),
}

impl<P: Protocol> Watched<P> {
    /// The world as this promise sees it, of the full one and of the one without those who come
    /// back.
    fn sees<'w>(&self, world: &'w World, obliging: Option<&'w World>) -> &'w World {
        match obliging {
            Some(obliging) if self.promise.assumptions.obliges_who_comes_back() => obliging,
            _ => world,
        }
    }
}

/// Whose answers a run is made from, as it is known when a kernel is compiled.
pub(crate) trait Answers: Choose {
    /// Whether anybody may look at the run itself: a trace, or who waits for a state to come again.
    /// Where nobody may, what is asked at every step is left out when it is compiled.
    const LOOKED_AT: bool;
}

impl Answers for Seeded {
    const LOOKED_AT: bool = false;
}

impl Answers for &mut dyn Choose {
    const LOOKED_AT: bool = true;
}

impl<'s, P: Protocol> Kernel<'s, P> {
    /// A world for runs of `scenario`, which must be valid.
    pub(crate) fn new(scenario: &'s Scenario<P>) -> Self {
        let promises: Vec<Watched<P>> = P::promises(&scenario.config)
            .all
            .into_iter()
            .map(|promise| Watched { promise, broken: None })
            .collect();
        let is_white_box = |i: &usize| promises[*i].promise.property.is_white_box();
        Self {
            scenario,
            white_boxes: (0..promises.len()).filter(is_white_box).collect(),
            wire: Wire::new(
                &scenario.world,
                promises.iter().any(|watched| watched.promise.assumptions.is_fifo()),
            ),
            promises,
            queue: Queue::new(0),
            nodes: Vec::new(),
            corrupt: Vec::new(),
            effects: Vec::new(),
            said: Vec::new(),
            overheard: Vec::new(),
            handed: Vec::new(),
            observed: Observed::default(),
            arrivals: Vec::new(),
            fingerprint: Fingerprint::default(),
            scratch: Fingerprint::default(),
            outcome: Outcome {
                verdicts: Vec::new(),
                ended: Ended::Quiet,
                at: Time::ZERO,
                tally: Tally::default(),
                rules: RuleSet::default(),
                digest: Digest::default(),
            },
            now: Time::ZERO,
            acting: None,
            obliging: without_those_who_come_back(&scenario.world),
            world: World { faults: scenario.world.resolved_faults(), ..scenario.world.clone() },
            turned_out: false,
            facts: 0,
            kept: Vec::new(),
            keeps_facts: scenario.world.may_turn_out_otherwise(),
            unsound: None,
            lasso: None,
        }
    }

    /// One run, with these answers to every question.
    pub(crate) fn run<C: Answers>(&mut self, choose: &mut C) -> &Outcome {
        self.go(choose, None);
        if !matches!(self.outcome.ended, Ended::Quiet) {
            self.look_again(choose);
        }
        &self.outcome
    }

    /// One run, written down.
    pub(crate) fn trace(&mut self, mut choose: &mut dyn Choose) -> (Outcome, Trace) {
        let mut capture = Capture::default();
        let world = &self.scenario.world;
        capture.trace.corrupt = world.all().filter(|node| world.is_corrupt(*node)).collect();
        self.go(&mut choose, Some(&mut capture));
        self.look_again(choose);
        for cut in self.wire.cuts() {
            capture.cut(cut, self.outcome.at);
        }
        if let Some(Witness(why)) = &self.unsound {
            let node = self.acting.unwrap_or_default();
            capture.note(self.now, node, What::Unsound, why.clone());
        }
        self.withdraw(&mut capture.trace);
        capture.trace.breaches = self.breaches();
        (self.outcome.clone(), capture.trace)
    }

    /// See [`crate::Worker::without_digest`].
    pub(crate) const fn without_digest(&mut self) {
        self.fingerprint.turn_off();
    }

    fn go<C: Answers>(&mut self, choose: &mut C, capture: Option<&mut Capture>) {
        self.go_watched(choose, capture, None);
    }

    /// The same, watched for a state that comes again.
    fn go_watched<C: Answers>(
        &mut self,
        choose: &mut C,
        capture: Option<&mut Capture>,
        watch: Option<Watch>,
    ) {
        assert!(C::LOOKED_AT || (capture.is_none() && watch.is_none()), "nobody would look");
        let ended = guard::catch(|| {
            self.reset();
            if capture.is_some() {
                // From the very beginning, so that what is taken in first is part of the next.
                self.fingerprint.milestone();
            }
            Run::new(self, choose, capture).watched(watch).go()
        });
        let ended = ended.unwrap_or_else(|panic| {
            self.unsound.get_or_insert(what_went_wrong(self.acting, &panic));
            Ended::Unsound
        });
        self.settle(ended);
    }

    fn reset(&mut self) {
        let world = &self.scenario.world;
        self.queue.clear(world.nodes);
        self.wire.reset(world);
        self.nodes.clear();
        self.corrupt.clear();
        self.effects.clear();
        self.said.clear();
        self.overheard.clear();
        self.handed.clear();
        self.observed.clear();
        self.fingerprint.reset();
        self.outcome.tally = Tally::default();
        self.outcome.rules = RuleSet::default();
        self.now = Time::ZERO;
        self.acting = None;
        self.unsound = None;
        self.lasso = None;
        self.facts = 0;
        self.kept.clear();
        if std::mem::take(&mut self.turned_out) {
            self.world.faults = world.resolved_faults();
            self.obliging = without_those_who_come_back(world);
        }
        for watched in &mut self.promises {
            watched.broken = None;
            watched.promise.property.reset();
        }
    }
}

/// The world in which who crashes and comes back is correct, if anybody does.
fn without_those_who_come_back(world: &World) -> Option<World> {
    let mut faults = world.resolved_faults();
    faults.retain(|node, _| !world.comes_back(*node));
    (faults.len() < world.faults.len()).then(|| World { faults, ..world.clone() })
}

fn what_went_wrong(acting: Option<NodeId>, panic: &guard::Panic) -> Witness {
    Witness(match acting {
        Some(node) if panic.payload.is::<TooManyEffects>() => {
            format!("{node} asked for more effects in one step than the limits allow")
        }
        Some(node) => format!("{node} panicked: {}", panic.message),
        None => format!("a panic outside of any step: {}", panic.message),
    })
}
