//! The loop of one run.

mod effects;
mod facts;
mod idle;
mod node;
mod omissions;
mod realm;
mod seats;
mod set_up;
mod steps;
mod tamper;
mod transmit;
mod waiting;
mod watch;
mod wire;

pub(super) use node::Node;
use waiting::Waiting;
pub(super) use watch::{Lasso, Watch, Watched};
pub(super) use wire::Wire;

use generals_models::{Adversary, AdversaryModel, Authority, Even, NodeId, Time};

use super::{Answers, Ended, Kernel};
use crate::check::Witness;
use crate::protocol::Protocol;
use crate::queue::{Next, Popped};
use crate::trace::{Capture, Record};

/// What lives for one run only.
pub(super) struct Run<'k, 's, P: Protocol, C> {
    kernel: &'k mut Kernel<'s, P>,
    choose: &'k mut C,
    /// Where the run is written down, if it is.
    capture: Option<&'k mut Capture>,
    /// Taken out while it speaks.
    adversary: Option<Box<dyn Adversary<P::Message>>>,
    /// What the adversary asked for at the start.
    asks: Asks,
    /// How many nodes it may still take over.
    budget: u16,
    /// Whether nothing but its link decides what becomes of a message.
    is_even: bool,
    /// Whether, besides, nobody listens to what honest nodes say.
    is_direct: bool,
    /// How latencies are chosen, where that is easily said.
    even: Option<Even>,
    /// What is being sent.
    sending: Bent,
    /// Whether messages are looked at for what lies can be made of.
    observes: bool,
    authority: Authority,
    at_this_instant: u64,
    /// How many crashes for good are in the queue.
    crashes_to_come: u64,
    /// Whether nothing but such crashes was left when the event in hand came up.
    is_late: bool,
    /// What waits for nodes that pause or are busy, in worlds where they may be.
    waiting: Option<Waiting<P>>,
    /// Where it is looked for a state that comes again.
    watch: Option<Watch>,
}

/// What the queue holds besides timers.
pub(super) enum Event<P: Protocol> {
    Start(NodeId),
    /// A node stops for good.
    Crash(NodeId),
    /// A node stops for a while: by which of its outages.
    Outage(NodeId, u16),
    Recover(NodeId),
    /// What waits for a node moves on.
    Resume(NodeId),
    Input(NodeId),
    /// Field by field, so that `bent` lies where there would be a gap.
    Deliver {
        from: NodeId,
        to: NodeId,
        bent: Bent,
        body: P::Message,
    },
    /// A node hears that it can reach another again.
    Reconnect(NodeId, NodeId),
    /// What a seat of a corrupt node is handed by another, off the wire: by its number, since a second
    /// variant with a message in it would leave no gap for a tag in either.
    Hand(NodeId, usize),
    /// The adversary's own.
    Wake(u64),
}

/// Whether a message on its way is as an honest program wanted it, and who saw to it that it is not.
#[derive(Clone, Copy, Default)]
pub(super) enum Bent {
    #[default]
    No,
    /// Somebody in the network.
    ByNetwork,
    /// A corrupt sender.
    ByLiar,
}

/// Which of its powers an adversary uses; the others cost nothing.
#[derive(Clone, Copy)]
struct Asks {
    copies: u8,
    listens: bool,
    schedules: bool,
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
    /// What a cut takes; with 1 if it never heals.
    pub(super) const CUT: u8 = 20;
    pub(super) const UNLINKED: u8 = 21;
    pub(super) const RECONNECT: u8 = 22;
    /// With the number of the way; what arrives of it follows.
    pub(super) const TAMPER: u8 = 23;
    pub(super) const HAND: u8 = 30;
    pub(super) const CORRUPT: u8 = 31;
    pub(super) const RECOVER: u8 = 8;
    /// With how: 0 for persisted, 1 for written, 2 for synced.
    pub(super) const PERSIST: u8 = 9;
    /// With how: see [`LeftOut`](crate::trace::LeftOut).
    pub(super) const LEAVE_OUT: u8 = 10;
    /// From its time on, with the instant at which it ends.
    pub(super) const PAUSE: u8 = 11;
    /// A clock: what it shows at first for the time, with its rate.
    pub(super) const CLOCK: u8 = 12;
}

impl<'k, 's, P: Protocol, C: Answers> Run<'k, 's, P, C> {
    pub(super) fn new(
        kernel: &'k mut Kernel<'s, P>,
        choose: &'k mut C,
        capture: Option<&'k mut Capture>,
    ) -> Self {
        let model = &kernel.scenario.world.adversary;
        let adversary = match model {
            AdversaryModel::Attack { name, .. } => P::attack(name),
            model => model.build(),
        };
        Self {
            adversary,
            asks: Asks { copies: 1, listens: false, schedules: false },
            budget: model.budget(),
            is_even: false,
            is_direct: false,
            even: kernel.scenario.world.timing.even(),
            sending: Bent::No,
            observes: false,
            kernel,
            choose,
            capture,
            authority: Authority::default(),
            at_this_instant: 0,
            crashes_to_come: 0,
            is_late: false,
            waiting: None,
            watch: None,
        }
    }

    /// The same, watched for a state that comes again.
    pub(super) fn watched(mut self, watch: Option<Watch>) -> Self {
        self.watch = watch;
        self
    }

    /// The whole run.
    pub(super) fn go(&mut self) -> Ended {
        self.set_up();
        let ended = self.until_it_ends();
        if self.capture.is_some() {
            let idle = self.what_had_no_effect();
            if let Some(capture) = &mut self.capture {
                capture.trace.idle = idle;
            }
        }
        ended
    }

    fn until_it_ends(&mut self) -> Ended {
        let limits = &self.kernel.scenario.limits;
        let horizon = Time::ZERO + limits.horizon;
        while let Some((at, next)) = self.kernel.queue.next() {
            // Where only crashes are left, the run is as good as quiet, and they may as well happen.
            self.is_late = self.crashes_to_come > 0 && self.only_crashes_are_left(&next);
            if at > horizon && !self.is_late {
                self.kernel.now = horizon;
                return Ended::Horizon;
            }
            if at > self.kernel.now {
                self.at_this_instant = 0;
            }
            self.kernel.now = at;
            if self.at_this_instant == limits.events_per_instant {
                let (most, busy) = (limits.events_per_instant, self.busiest());
                self.unsound(format!("more than {most} timers at one instant: {busy}"));
                return Ended::Unsound;
            }
            if self.kernel.outcome.tally.events == limits.events {
                let busy = self.busiest();
                return Ended::TooManyEvents(format!("{} events; {busy}", limits.events));
            }
            let held = self.waiting.as_ref().map_or(0, |waiting| waiting.held);
            if self.kernel.queue.len() + held > limits.pending {
                let (most, busy) = (limits.pending, self.busiest());
                return Ended::TooManyEvents(format!("more than {most} events pending; {busy}"));
            }
            // What is sent takes time. Only timers can go on for ever at one instant.
            self.at_this_instant += u64::from(matches!(next, Next::Timer(..)));
            self.kernel.outcome.tally.events += 1;
            self.record(&Record::Event);
            match next {
                next if self.waiting.is_some() => {
                    let popped = self.kernel.queue.take(next);
                    match self.take_turn(popped) {
                        Some(Popped::Event(event)) => self.happen(event),
                        Some(Popped::Timer(seat, timer)) => self.fire(seat, timer),
                        None => {}
                    }
                }
                Next::Event(slot) => {
                    let event = self.kernel.queue.take_event(slot);
                    self.happen(event);
                }
                Next::Timer(seat, timer) => self.fire(seat, timer),
            }
            if C::LOOKED_AT
                && let Some(capture) = &mut self.capture
            {
                capture.trace.milestones.push(self.kernel.fingerprint.milestone());
            }
            if self.kernel.unsound.is_some() {
                return Ended::Unsound;
            }
            if C::LOOKED_AT && self.watch.is_some() && self.comes_again() {
                return Ended::Horizon;
            }
        }
        Ended::Quiet
    }

    /// Whether what is found is a crash for good, and everything after it is, too.
    fn only_crashes_are_left(&mut self, next: &Next<P::Timer>) -> bool {
        let queue = &self.kernel.queue;
        if !matches!(next, Next::Event(slot) if matches!(queue.event(slot), Event::Crash(_))) {
            return false;
        }
        self.crashes_to_come -= 1;
        queue.len() as u64 == self.crashes_to_come
    }

    /// The timer of a seat fires.
    fn fire(&mut self, seat: NodeId, timer: P::Timer) {
        let id = self.enter(seat);
        self.record(&Record::TimerFired(id, &timer));
        let node = &mut self.kernel.nodes[seat.index()];
        node.timers_fired += 1;
        if let Some(omits) = &mut node.omits {
            omits.wakes();
        }
        self.step(seat, |state, cx| state.on_timer(timer, cx));
    }

    // Out of line, so that what happens is read where it was put.
    #[inline(never)]
    fn happen(&mut self, event: Event<P>) {
        match event {
            Event::Deliver { from, to, bent, body } => {
                if self.asks.copies > 1 {
                    return self.deliver_to_copies(from, to, bent, &body);
                }
                if self.kernel.nodes[to.index()].state.is_none() {
                    return self.record(&Record::Missed { from, to, message: &body });
                }
                let to_node = &self.kernel.nodes[to.index()];
                if to_node.omits.is_some() && self.leaves_out_receiving(from, to, &body) {
                    return;
                }
                self.record(&Record::Delivered { from, to, message: &body });
                self.kernel.outcome.tally.delivered += 1;
                let ignored = self.kernel.outcome.tally.discarded;
                self.within_step(to, |cx, state| {
                    if let Some(state) = state {
                        state.on_message(from, body, cx);
                    }
                });
                self.after_step(to);
                self.arrived(bent, ignored);
            }
            Event::Reconnect(id, peer) => self.reconnect(id, peer),
            Event::Input(seat) => {
                if self.input_waits(seat) {
                    return;
                }
                let id = self.enter(seat);
                self.kernel.fingerprint.record(kind::INPUT, self.kernel.now, id, id, 0);
                let Some(chosen) = self.kernel.nodes[seat.index()].input else { return };
                let input = self.kernel.scenario.inputs[&id][chosen].clone();
                self.kernel.fingerprint.serialize(&input);
                self.record(&Record::Proposed(id, &input));
                self.minds_its_own(seat);
                self.step(seat, |state, cx| state.on_input(input, cx));
            }
            Event::Start(seat) => self.start(seat),
            Event::Crash(id) => self.crash(id, 0, None),
            Event::Outage(id, which) => self.crash(id, which.into(), None),
            Event::Recover(id) => self.recover(id),
            Event::Hand(seat, which) => self.receive_handed(seat, which),
            Event::Wake(tag) => self.wake(tag),
            // Only where something waits, and that was asked before.
            Event::Resume(_) => {}
        }
    }

    /// What is done at this seat now is nobody else's business.
    fn minds_its_own(&mut self, seat: NodeId) {
        if let Some(omits) = &mut self.kernel.nodes[seat.index()].omits {
            omits.minds_its_own();
        }
    }

    #[inline]
    fn record(&mut self, record: &Record<'_, P>) {
        if C::LOOKED_AT
            && let Some(capture) = &mut self.capture
        {
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
        let seat = NodeId(u16::try_from(i).unwrap_or(u16::MAX));
        let timer = self
            .kernel
            .queue
            .timers_of(seat)
            .min_by_key(|&(_, due)| due)
            .map(|(label, _)| format!(", next {label:?}"))
            .unwrap_or_default();
        let Node { id, steps, timers_fired, .. } = node;
        format!("the busiest node is {id} with {steps} steps, {timers_fired} of them timers{timer}")
    }
}
