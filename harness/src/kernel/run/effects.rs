//! What becomes of the effects of a step.

use generals_models::{Envelope, NodeId, Puppet, Span, Time};

use super::{Run, kind};
use crate::check::Fact;
use crate::kernel::Answers;
use crate::protocol::{Effect, Protocol};
use crate::trace::Record;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Carries out the effects of a step at `seat` in their order, so many of them at most. Returns how
    /// many more it could have been.
    #[inline(never)]
    pub(super) fn carry_out_all(&mut self, seat: NodeId, mut most: u32) -> u32 {
        // From the last to the first, since what lies at the end is taken out at no cost.
        self.kernel.effects.reverse();
        while let Some(effect) = self.kernel.effects.pop() {
            if most == 0 {
                self.kernel.effects.clear();
                break;
            }
            self.carry_out(seat, effect, &mut most);
        }
        most
    }

    #[inline(always)]
    fn carry_out(&mut self, seat: NodeId, effect: Effect<P>, left: &mut u32) {
        let id = self.who(seat);
        match effect {
            Effect::Send(to, message) => {
                *left -= 1;
                if to.0 >= self.kernel.scenario.world.nodes {
                    let why = format!("{id} sends {message:?} to {to}, which does not exist");
                    return self.unsound(why);
                }
                self.fingerprint(seat, &message);
                self.say(seat, id, to, message);
            }
            Effect::Multicast(message) => self.multicast(seat, id, message, left),
            Effect::SetTimer(timer, after) => {
                *left -= 1;
                let due = self.due(seat, &timer, after);
                self.kernel.fingerprint.record(kind::SET, due, id, id, 0);
                self.record(&Record::TimerSet(id, &timer, due));
                self.kernel.queue.set_timer(seat, timer, due);
            }
            Effect::CancelTimer(timer) => {
                *left -= 1;
                self.kernel.fingerprint.record(kind::CANCEL, self.kernel.now, id, id, 0);
                self.kernel.queue.cancel_timer(seat, &timer);
                if self.waiting.is_some() {
                    self.forget_timer(seat, &timer);
                }
            }
            Effect::Decide(slot, value) => {
                *left -= 1;
                self.kernel.fingerprint.record(kind::DECIDE, self.kernel.now, id, id, slot);
                self.kernel.fingerprint.value(&value);
                self.record(&Record::Decided(id, slot, &value));
                if seat == id {
                    self.fact(&Fact::Decided(id, slot, &value));
                }
            }
            Effect::Persist(durable) => {
                *left -= 1;
                self.persist(seat, 0, Some(durable));
            }
            Effect::Write(durable) => {
                *left -= 1;
                self.persist(seat, 1, Some(durable));
            }
            Effect::Keep(synced, written) => {
                *left -= 1;
                self.persist(seat, 0, Some(synced));
                self.persist(seat, 1, Some(written));
            }
            Effect::Sync => {
                *left -= 1;
                self.persist(seat, 2, None);
            }
            Effect::Mark(rule) => self.record(&Record::Marked(id, rule)),
            Effect::Discard(why) => self.record(&Record::Discarded(id, why)),
        }
    }

    /// When a timer fires that a node sets to `after` by its own clock.
    #[inline]
    fn due(&mut self, seat: NodeId, timer: &P::Timer, after: Span) -> Time {
        if self.waiting.is_some() {
            self.forget_timer(seat, timer);
        }
        let kernel = &mut *self.kernel;
        let now = kernel.now;
        let node = &kernel.nodes[seat.index()];
        if !node.clock_is_wrong {
            return now + after;
        }
        let due = node.clock.due(now, after);
        kernel.outcome.tally.audit.wrong_timers += u64::from(due != now + after);
        due
    }

    /// Writes to a node's disk: `how` is that of its record in the digest.
    fn persist(&mut self, seat: NodeId, how: u64, durable: Option<P::Durable>) {
        let id = self.who(seat);
        let kernel = &mut *self.kernel;
        kernel.fingerprint.record(kind::PERSIST, kernel.now, id, id, how);
        if let Some(durable) = &durable {
            kernel.fingerprint.value(durable);
        }
        if let Some(capture) = &mut self.capture {
            let durable = durable.as_ref();
            capture.record::<P>(kernel.now, &Record::Persisted(id, durable, how != 1));
        }
        let store = &mut kernel.nodes[seat.index()].store;
        if durable.is_some() {
            store.written = durable;
        }
        if how != 1 {
            store.sync();
        }
    }

    fn multicast(&mut self, seat: NodeId, from: NodeId, message: P::Message, left: &mut u32) {
        self.fingerprint(seat, &message);
        if let Some(neighbours) = self.kernel.wire.neighbours(from) {
            for &to in neighbours.iter().take(*left as usize) {
                *left -= 1;
                self.say(seat, from, to, message.clone());
            }
            return;
        }
        let mut others = self.kernel.scenario.world.all().filter(|to| *to != from);
        let last = others.next_back();
        for to in others {
            if *left == 0 {
                return;
            }
            *left -= 1;
            self.say(seat, from, to, message.clone());
        }
        if let (Some(last), 1..) = (last, *left) {
            *left -= 1;
            self.say(seat, from, last, message);
        }
    }

    /// Takes what an honest node says into the digest, once for all receivers. What a corrupt node
    /// says is not known yet. An adversary that wants to know sees both.
    #[inline(always)]
    fn fingerprint(&mut self, seat: NodeId, message: &P::Message) {
        if self.observes {
            self.kernel.observed.note(message);
        }
        if self.kernel.nodes[seat.index()].corrupt.is_none() {
            self.kernel.fingerprint.value(message);
        }
    }

    /// A node's program wants `message` said: an honest node says it, a corrupt one what the
    /// adversary likes.
    // Always: a call would move the message once more.
    #[inline(always)]
    fn say(&mut self, seat: NodeId, from: NodeId, to: NodeId, message: P::Message) {
        let node = &self.kernel.nodes[seat.index()];
        if !self.is_direct || node.corrupt.is_some() || node.omits.is_some() {
            return self.say_otherwise(seat, from, to, message);
        }
        self.kernel.outcome.tally.sent += u64::from(from != to);
        self.transmit_evenly(from, to, message);
    }

    /// The same where it depends.
    #[inline(never)]
    fn say_otherwise(&mut self, seat: NodeId, from: NodeId, to: NodeId, message: P::Message) {
        let node = &self.kernel.nodes[seat.index()];
        match node.corrupt {
            None => {
                if node.omits.is_some() && self.leaves_out_sending(from, to, &message) {
                    return;
                }
                self.kernel.outcome.tally.sent += u64::from(from != to);
                if self.asks.listens && from != to {
                    return self.let_overhear(Envelope { from, to, body: message });
                }
                self.transmit(from, to, message);
            }
            Some(of) => self.speak(Puppet { of, copy: node.copy }, to, message),
        }
    }
}
