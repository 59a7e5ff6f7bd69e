//! What becomes of the effects of a step.

use generals_models::{Choose, NodeId, Span, Time};

use super::{Run, kind};
use crate::check::Fact;
use crate::protocol::{Effect, Protocol};
use crate::trace::Record;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    #[inline]
    pub(super) fn carry_out(&mut self, id: NodeId, effect: Effect<P>, left: &mut u32) {
        match effect {
            Effect::Send(to, message) => {
                *left -= 1;
                if to.0 >= self.kernel.scenario.world.nodes {
                    let why = format!("{id} sends {message:?} to {to}, which does not exist");
                    return self.unsound(why);
                }
                self.fingerprint(id, &message);
                self.say(id, to, message);
            }
            Effect::Multicast(message) => self.multicast(id, message, left),
            Effect::SetTimer(timer, after) => {
                *left -= 1;
                let due = self.due(id, &timer, after);
                self.kernel.fingerprint.record(kind::SET, due, id, id, 0);
                self.record(&Record::TimerSet(id, &timer, due));
                self.kernel.queue.set_timer(id, timer, due);
            }
            Effect::CancelTimer(timer) => {
                *left -= 1;
                self.kernel.fingerprint.record(kind::CANCEL, self.kernel.now, id, id, 0);
                self.kernel.queue.cancel_timer(id, &timer);
                if self.waiting.is_some() {
                    self.forget_timer(id, &timer);
                }
            }
            Effect::Decide(slot, value) => {
                *left -= 1;
                self.kernel.fingerprint.record(kind::DECIDE, self.kernel.now, id, id, slot);
                self.kernel.fingerprint.debug(&value);
                self.record(&Record::Decided(id, slot, &value));
                self.fact(&Fact::Decided(id, slot, &value));
            }
            Effect::Persist(durable) => {
                *left -= 1;
                self.persist(id, 0, Some(durable));
            }
            Effect::Write(durable) => {
                *left -= 1;
                self.persist(id, 1, Some(durable));
            }
            Effect::Sync => {
                *left -= 1;
                self.persist(id, 2, None);
            }
            Effect::Mark(rule) => self.record(&Record::Marked(id, rule)),
            Effect::Discard(why) => self.record(&Record::Discarded(id, why)),
        }
    }

    /// When a timer fires that a node sets to `after` by its own clock.
    #[inline]
    fn due(&mut self, id: NodeId, timer: &P::Timer, after: Span) -> Time {
        if self.waiting.is_some() {
            self.forget_timer(id, timer);
        }
        let kernel = &mut *self.kernel;
        let now = kernel.now;
        let node = &kernel.nodes[id.index()];
        if !node.clock_is_wrong {
            return now + after;
        }
        let due = node.clock.due(now, after);
        kernel.outcome.tally.audit.wrong_timers += u64::from(due != now + after);
        due
    }

    /// Writes to a node's disk: `how` is that of its record in the digest.
    fn persist(&mut self, id: NodeId, how: u64, durable: Option<P::Durable>) {
        let kernel = &mut *self.kernel;
        kernel.fingerprint.record(kind::PERSIST, kernel.now, id, id, how);
        if let Some(durable) = &durable {
            kernel.fingerprint.debug(durable);
        }
        if let Some(capture) = &mut self.capture {
            let durable = durable.as_ref();
            capture.record::<P>(kernel.now, &Record::Persisted(id, durable, how != 1));
        }
        let store = &mut kernel.nodes[id.index()].store;
        if durable.is_some() {
            store.written = durable;
        }
        if how != 1 {
            store.sync();
        }
    }

    fn multicast(&mut self, from: NodeId, message: P::Message, left: &mut u32) {
        self.fingerprint(from, &message);
        let mut others = self.kernel.scenario.world.all().filter(|to| *to != from);
        let last = others.next_back();
        for to in others {
            if *left == 0 {
                return;
            }
            *left -= 1;
            self.say(from, to, message.clone());
        }
        if let (Some(last), 1..) = (last, *left) {
            *left -= 1;
            self.say(from, last, message);
        }
    }

    /// Takes what an honest node says into the digest, once for all receivers. What a corrupt node
    /// says is not known yet.
    #[inline]
    fn fingerprint(&mut self, from: NodeId, message: &P::Message) {
        if self.kernel.nodes[from.index()].corrupt.is_none() {
            P::fingerprint(message, &mut self.kernel.fingerprint);
        }
    }

    /// A node's program wants `message` said: an honest node says it, a corrupt one what the
    /// adversary likes.
    #[inline]
    fn say(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        match self.kernel.nodes[from.index()].corrupt {
            None => {
                let leaves_out = self.kernel.nodes[from.index()].omits.is_some();
                if leaves_out && self.leaves_out_sending(from, to, &message) {
                    return;
                }
                self.kernel.outcome.tally.sent += u64::from(from != to);
                self.transmit(from, to, message);
            }
            Some(by) => self.speak(by, to, message),
        }
    }
}
