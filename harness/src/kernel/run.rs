//! The loop of one run.

mod effects;
mod realm;

use generals_models::{
    Adversary, Among, Authority, Chance, Choose, Concern, CorruptId, Envelope, NodeFault, NodeId,
    Signer, Stream, Time, When,
};

use super::{Ended, Kept, Kernel, Watched};
use crate::check::{Audit, Fact, Witness};
use crate::protocol::{Cx, Protocol};
use crate::queue::{Popped, Rank};
use crate::trace::{Capture, Record};

/// What lives for one run only.
pub(super) struct Run<'k, 's, P: Protocol, C> {
    kernel: &'k mut Kernel<'s, P>,
    choose: &'k mut C,
    /// Where the run is written down, if it is.
    capture: Option<&'k mut Capture>,
    /// Taken out while it speaks.
    adversary: Option<Box<dyn Adversary<P::Message>>>,
    authority: Authority,
    at_this_instant: u64,
    /// How many crashes are in the queue.
    crashes_to_come: u64,
}

pub(super) struct Node<P: Protocol> {
    id: NodeId,
    /// `None` before its start and after its crash.
    state: Option<P>,
    signer: Signer,
    corrupt: Option<CorruptId>,
    /// The input it will be given.
    input: Option<usize>,
    steps: u64,
    /// The step in which it crashes, and how many effects of that step still happen.
    crashes_in: Option<(u64, u32)>,
    crashed: bool,
    timers_fired: u64,
}

impl<P: Protocol> Node<P> {
    pub(super) const fn id(&self) -> NodeId {
        self.id
    }

    pub(super) const fn has_crashed(&self) -> bool {
        self.crashed
    }
}

/// What the queue holds besides timers.
pub(super) enum Event<P: Protocol> {
    Start(NodeId),
    Crash(NodeId),
    Input(NodeId),
    Deliver(Envelope<P::Message>),
}

/// What is left where an event was taken out.
impl<P: Protocol> Default for Event<P> {
    fn default() -> Self {
        Self::Start(NodeId(0))
    }
}

/// The codes of [`Fingerprint`](crate::Fingerprint) records; part of the digest's meaning.
///
/// The digest takes in what nodes and choices make of a run. Deliveries, starts and timers that
/// fire only follow from that, and are left out.
mod kind {
    pub(super) const CRASH: u8 = 1;
    pub(super) const INPUT: u8 = 2;
    /// With the instant at which a copy arrives; a record for each copy.
    pub(super) const SEND: u8 = 3;
    pub(super) const LOSE: u8 = 4;
    pub(super) const SET: u8 = 5;
    pub(super) const CANCEL: u8 = 6;
    pub(super) const DECIDE: u8 = 7;
}

impl<'k, 's, P: Protocol, C: Choose> Run<'k, 's, P, C> {
    pub(super) fn new(
        kernel: &'k mut Kernel<'s, P>,
        choose: &'k mut C,
        capture: Option<&'k mut Capture>,
    ) -> Self {
        Self {
            adversary: Some(kernel.scenario.world.adversary.build()),
            kernel,
            choose,
            capture,
            authority: Authority::default(),
            at_this_instant: 0,
            crashes_to_come: 0,
        }
    }

    /// The whole run.
    pub(super) fn go(&mut self) -> Ended {
        self.set_up();
        let limits = &self.kernel.scenario.limits;
        let horizon = Time::ZERO + limits.horizon;
        while let Some((at, popped)) = self.kernel.queue.pop() {
            let is_crash = matches!(popped, Popped::Event(Event::Crash(_)));
            self.crashes_to_come -= u64::from(is_crash);
            // Where only crashes are left, the run is as good as quiet, and they may as well happen.
            let only_crashes = is_crash && self.kernel.queue.len() as u64 == self.crashes_to_come;
            if at > horizon && !only_crashes {
                self.kernel.now = horizon;
                return Ended::Horizon;
            }
            if at > self.kernel.now {
                self.at_this_instant = 0;
            }
            self.kernel.now = at;
            if self.at_this_instant == limits.events_per_instant {
                let (most, busy) = (limits.events_per_instant, self.busiest());
                self.unsound(format!("more than {most} events at one instant: {busy}"));
                return Ended::Unsound;
            }
            if self.kernel.outcome.tally.events == limits.events {
                let busy = self.busiest();
                return Ended::TooManyEvents(format!("{} events; {busy}", limits.events));
            }
            if self.kernel.queue.len() > limits.pending {
                let (most, busy) = (limits.pending, self.busiest());
                return Ended::TooManyEvents(format!("more than {most} events pending; {busy}"));
            }
            self.at_this_instant += 1;
            self.kernel.outcome.tally.events += 1;
            self.record(&Record::Event);
            self.happen(popped);
            if let Some(capture) = &mut self.capture {
                capture.trace.milestones.push(self.kernel.fingerprint.digest());
            }
            if self.kernel.unsound.is_some() {
                return Ended::Unsound;
            }
        }
        Ended::Quiet
    }

    /// Makes the nodes, and plans their faults and inputs.
    fn set_up(&mut self) {
        let scenario = self.kernel.scenario;
        for id in scenario.world.all() {
            let mut node = Node {
                id,
                state: None,
                signer: self.authority.issue(id),
                corrupt: None,
                input: None,
                steps: 0,
                crashes_in: None,
                crashed: false,
                timers_fired: 0,
            };
            match scenario.world.faults.get(&id) {
                None => {}
                Some(NodeFault::Byzantine) => {
                    let certified = self.authority.corrupt(id);
                    node.corrupt = Some(certified);
                    self.kernel.corrupt.push(certified);
                }
                Some(NodeFault::CrashStop { at: When::Step { nth, after_effects } }) => {
                    node.crashes_in = Some((*nth, *after_effects));
                }
                Some(NodeFault::CrashStop { at: When::Time(at) }) => self.plan_crash(id, *at),
                Some(NodeFault::CrashStop { at: When::Chosen { within } }) => {
                    let whether = Among::Chance(Chance::ppm(Chance::WHOLE / 2));
                    if self.choose.choose(Stream::node(Concern::Crash, id), whether) == 1 {
                        let when = Among::Length { span: *within, grain: 3 };
                        let at = self.choose.choose(Stream::node(Concern::CrashTime, id), when);
                        self.plan_crash(id, Time::nanos(at));
                    }
                }
            }
            self.kernel.nodes.push(node);
        }
        for id in scenario.world.all() {
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Start(id));
        }
        for (&id, alternatives) in &scenario.inputs {
            let among = Among::Below(alternatives.len() as u64);
            let chosen = self.choose.choose(Stream::node(Concern::Input, id), among);
            let chosen = usize::try_from(chosen).unwrap_or(0);
            self.kernel.nodes[id.index()].input = Some(chosen);
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Input(id));
            self.fact(&Fact::Proposed(id, &alternatives[chosen]));
        }
    }

    fn plan_crash(&mut self, id: NodeId, at: Time) {
        self.crashes_to_come += 1;
        self.kernel.queue.push(at, Rank::Fault, Event::Crash(id));
    }

    fn happen(&mut self, popped: Popped<Event<P>, P::Timer>) {
        match popped {
            Popped::Event(Event::Deliver(Envelope { from, to, body })) => {
                if self.kernel.nodes[to.index()].state.is_none() {
                    return self.record(&Record::Missed { from, to, message: &body });
                }
                self.record(&Record::Delivered { from, to, message: &body });
                self.kernel.outcome.tally.delivered += 1;
                self.step(to, |state, cx| state.on_message(from, body, cx));
            }
            Popped::Timer(id, timer) => {
                self.record(&Record::TimerFired(id, &timer));
                self.kernel.nodes[id.index()].timers_fired += 1;
                self.step(id, |state, cx| state.on_timer(timer, cx));
            }
            Popped::Event(Event::Input(id)) => {
                self.kernel.fingerprint.record(kind::INPUT, self.kernel.now, id, id, 0);
                let Some(chosen) = self.kernel.nodes[id.index()].input else { return };
                let input = self.kernel.scenario.inputs[&id][chosen].clone();
                self.kernel.fingerprint.serialize(&input);
                self.record(&Record::Proposed(id, &input));
                self.step(id, |state, cx| state.on_input(input, cx));
            }
            Popped::Event(Event::Start(id)) => self.start(id),
            Popped::Event(Event::Crash(id)) => self.crash(id, None),
        }
    }

    fn start(&mut self, id: NodeId) {
        // Fault events come first at every instant, so a node may be down before it starts.
        if self.kernel.nodes[id.index()].crashed {
            return;
        }
        self.record(&Record::Started(id));
        let state = self.within_step(id, |cx, _| P::boot(None, cx));
        self.kernel.nodes[id.index()].state = Some(state);
        self.after_step(id);
    }

    fn step(&mut self, id: NodeId, handle: impl FnOnce(&mut P, &mut Cx<'_, P>)) {
        if self.kernel.nodes[id.index()].state.is_none() {
            return;
        }
        self.within_step(id, |cx, state| {
            if let Some(state) = state {
                handle(state, cx);
            }
        });
        self.after_step(id);
    }

    /// Runs a piece of the subject's own code.
    fn within_step<R>(
        &mut self,
        id: NodeId,
        handle: impl FnOnce(&mut Cx<'_, P>, Option<&mut P>) -> R,
    ) -> R {
        let kernel = &mut *self.kernel;
        let node = &mut kernel.nodes[id.index()];
        let choose = &mut *self.choose;
        let mut coin =
            |sides: u64| choose.choose(Stream::node(Concern::Coin, id), Among::Below(sides.max(1)));
        let mut cx = Cx {
            me: id,
            nodes: kernel.scenario.world.nodes,
            now: kernel.now,
            config: &kernel.scenario.config,
            timing: &kernel.scenario.world.timing,
            effects: &mut kernel.effects,
            effects_left: kernel.scenario.limits.effects_per_step,
            rules: &mut kernel.outcome.rules,
            discarded: &mut kernel.outcome.tally.discarded,
            watched: self.capture.is_some(),
            signer: &node.signer,
            verifier: self.authority.verifier(),
            coin: &mut coin,
        };
        kernel.acting = Some(id);
        let result = handle(&mut cx, node.state.as_mut());
        kernel.acting = None;
        result
    }

    /// Carries out what a step asked for.
    fn after_step(&mut self, id: NodeId) {
        let node = &mut self.kernel.nodes[id.index()];
        let nth = node.steps;
        node.steps += 1;
        let crashes_after = match node.crashes_in {
            Some((step, effects)) if step == nth => Some(effects),
            _ => None,
        };
        let mut effects = std::mem::take(&mut self.kernel.effects);
        let mut left = crashes_after.unwrap_or(u32::MAX);
        for effect in effects.drain(..) {
            if left == 0 {
                break;
            }
            self.carry_out(id, effect, &mut left);
        }
        self.kernel.effects = effects;
        if self.kernel.white_box {
            self.report_state(id);
        }
        if crashes_after.is_some() {
            self.crash(id, crashes_after.map(|effects| (nth, effects)));
        }
    }

    /// A node stops for good; in the middle of a step, after so many of its effects, if it says so.
    fn crash(&mut self, id: NodeId, within: Option<(u64, u32)>) {
        self.kernel.fingerprint.record(kind::CRASH, self.kernel.now, id, id, 0);
        let node = &mut self.kernel.nodes[id.index()];
        if std::mem::replace(&mut node.crashed, true) {
            return;
        }
        node.state = None;
        self.kernel.queue.cancel_all(id);
        self.record(&Record::Crashed(id, within));
        self.fact(&Fact::Crashed(id));
    }

    /// Shows a fact to every promise that is not broken yet.
    fn fact(&mut self, fact: &Fact<'_, P>) {
        self.kernel.acting = Some(fact.node());
        let audit = self.kernel.outcome.tally.audit;
        if self.kernel.may_crash {
            self.keep(fact, audit);
        }
        let world = &self.kernel.world;
        for Watched { promise, broken } in &mut self.kernel.promises {
            if broken.is_some() {
                continue;
            }
            if let Err(witness) = promise.property.watch(world, fact) {
                if let Some(capture) = &mut self.capture {
                    capture.record::<P>(
                        self.kernel.now,
                        &Record::Broken(promise.property.name(), &witness),
                    );
                }
                *broken = Some((witness, audit));
            }
        }
        self.kernel.acting = None;
    }

    fn keep(&mut self, fact: &Fact<'_, P>, audit: Audit) {
        let input = |node: NodeId| self.kernel.nodes[node.index()].input.unwrap_or_default();
        let kept = match *fact {
            Fact::Proposed(node, _) => Kept::Proposed(node, input(node)),
            Fact::Decided(node, slot, value) => Kept::Decided(node, slot, value.clone()),
            Fact::Crashed(node) => Kept::Crashed(node),
            Fact::Stepped(..) => return,
        };
        self.kernel.kept.push((kept, audit));
    }

    fn report_state(&mut self, id: NodeId) {
        // Taken out and put back, so that the promises may look while the kernel is borrowed.
        if let Some(state) = self.kernel.nodes[id.index()].state.take() {
            self.fact(&Fact::Stepped(id, &state));
            self.kernel.nodes[id.index()].state = Some(state);
        }
    }

    #[inline]
    fn record(&mut self, record: &Record<'_, P>) {
        if let Some(capture) = &mut self.capture {
            capture.record::<P>(self.kernel.now, record);
        }
    }

    #[cold]
    fn unsound(&mut self, why: String) {
        self.kernel.unsound.get_or_insert(Witness(why));
    }

    /// Who keeps the run going, for the message that ends it.
    #[cold]
    fn busiest(&self) -> String {
        let nodes = self.kernel.nodes.iter().enumerate();
        let Some((i, node)) = nodes.max_by_key(|(i, node)| (node.steps, usize::MAX - i)) else {
            return "nobody".to_owned();
        };
        let id = NodeId(u16::try_from(i).unwrap_or(u16::MAX));
        let timer = self
            .kernel
            .queue
            .timers_of(id)
            .min_by_key(|&(_, due)| due)
            .map(|(label, _)| format!(", next {label:?}"))
            .unwrap_or_default();
        let Node { steps, timers_fired, .. } = node;
        format!("the busiest node is {id} with {steps} steps, {timers_fired} of them timers{timer}")
    }
}
