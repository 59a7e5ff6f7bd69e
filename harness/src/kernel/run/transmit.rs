//! A message on its way: the link says how many copies arrive, the timing model when.

use generals_models::{Departure, Fate, NodeId, Span, Time};

use super::{Event, Run, kind};
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::{Record, Stopped};

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Hands a message, which is in the digest already, to the link.
    pub(super) fn transmit(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        if self.is_even {
            return self.transmit_evenly(from, to, message);
        }
        self.transmit_roughly(from, to, message);
    }

    /// Where only the link decides what becomes of a message.
    // Always: most runs of most campaigns do little else.
    #[inline(always)]
    pub(super) fn transmit_evenly(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        let links = &mut self.kernel.wire.links;
        // What a node tells itself takes time, but crosses no link.
        let copies = if from == to { 1 } else { links.copies(from, to, self.choose) };
        if copies != 1 || links.keep_order() {
            return self.transmit_copies(from, to, copies, message);
        }
        let due = self.kernel.now + self.latency(from, to);
        let (now, kernel) = (self.kernel.now, &mut *self.kernel);
        kernel.fingerprint.record(kind::SEND, now, from, to, due.as_nanos());
        if C::LOOKED_AT
            && let Some(capture) = &mut self.capture
        {
            let arrivals = std::slice::from_ref(&due);
            capture.record::<P>(now, &Record::Sent { from, to, message: &message, arrivals });
        }
        let whole = Event::Deliver { from, to, bent: self.sending, body: message };
        kernel.queue.push(due, Rank::Deliver, whole);
    }

    /// How long a message takes by the timing model alone.
    #[inline]
    fn latency(&mut self, from: NodeId, to: NodeId) -> Span {
        let (now, timing) = (self.kernel.now, &self.kernel.scenario.world.timing);
        match self.even {
            Some(even) => even.latency(from, to, self.choose),
            None => timing.latency(now, from, to, self.choose),
        }
    }

    /// The same for any number of copies, and where they may have to wait for others.
    #[inline(never)]
    fn transmit_copies(&mut self, from: NodeId, to: NodeId, copies: u8, message: P::Message) {
        let now = self.kernel.now;
        self.kernel.arrivals.clear();
        for _ in 0..copies {
            let mut due = now + self.latency(from, to);
            let kernel = &mut *self.kernel;
            if from != to {
                due = kernel.wire.links.arrival(from, to, due, self.choose);
            }
            kernel.fingerprint.record(kind::SEND, now, from, to, due.as_nanos());
            kernel.arrivals.push(due);
        }
        self.deliver(from, to, message);
    }

    /// The same where there is more between the nodes than links that are all alike, or more to be
    /// counted.
    fn transmit_roughly(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        let Some(out) = self.sets_out(from, to, &message) else { return };
        if from != to && self.kernel.wire.links.is_tapped(from, to) {
            return self.transmit_tapped(from, to, out, message);
        }
        let fate = if self.asks.schedules && from != to {
            self.fate(from, to, &message)
        } else {
            Fate::Chance
        };
        self.kernel.outcome.tally.steered += u64::from(fate != Fate::Chance);
        let links = &mut self.kernel.wire.links;
        let copies = if from == to { 1 } else { fate.copies(links, from, to, self.choose) };
        self.kernel.arrivals.clear();
        for _ in 0..copies {
            let due = self.arrival(from, to, out, fate);
            self.kernel.arrivals.push(due);
        }
        self.deliver(from, to, message);
    }

    /// When a message sets out, if it does: there may be no link, or the network may be cut.
    fn sets_out(&mut self, from: NodeId, to: NodeId, message: &P::Message) -> Option<Time> {
        let (now, kernel) = (self.kernel.now, &mut *self.kernel);
        if from == to {
            return Some(now);
        }
        let audit = &mut kernel.outcome.tally.audit;
        if !kernel.wire.network.linked(from, to) {
            audit.unlinked += 1;
            kernel.fingerprint.record(kind::UNLINKED, now, from, to, 0);
            self.record(&Record::Stopped { from, to, message, by: Stopped::NoLink });
            return None;
        }
        match kernel.wire.network.departure(from, to, now) {
            Departure::At(out) => {
                audit.cut += u64::from(out > now);
                Some(out)
            }
            Departure::Lost { for_good } => {
                audit.cut += 1;
                audit.lost += 1;
                audit.lost_for_good += u64::from(for_good);
                kernel.fingerprint.record(kind::CUT, now, from, to, u64::from(for_good));
                self.record(&Record::Stopped { from, to, message, by: Stopped::Cut });
                None
            }
        }
    }

    /// When a copy that sets out at `out` arrives; taken into the digest and the audit.
    pub(super) fn arrival(&mut self, from: NodeId, to: NodeId, out: Time, fate: Fate) -> Time {
        let kernel = &mut *self.kernel;
        let (now, world) = (kernel.now, &kernel.scenario.world);
        let network = &mut kernel.wire.network;
        let mut due = if from == to {
            now + world.timing.latency(now, from, to, self.choose)
        } else {
            out + network.latency(world, (from, to), out, fate, self.choose)
        };
        if from != to {
            due = kernel.wire.links.arrival(from, to, due, self.choose);
        }
        let audit = &mut kernel.outcome.tally.audit;
        audit.overtaken += u64::from(kernel.wire.overtakes(world.nodes, from, to, due));
        audit.arrival(&world.timing, now, due);
        kernel.fingerprint.record(kind::SEND, now, from, to, due.as_nanos());
        due
    }

    /// Lets a message arrive whenever one of its copies does.
    pub(super) fn deliver(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        let (now, kernel) = (self.kernel.now, &mut *self.kernel);
        let copies = kernel.arrivals.len();
        if copies == 0 {
            kernel.fingerprint.record(kind::LOSE, now, from, to, 0);
            kernel.outcome.tally.audit.lost += 1;
        }
        kernel.outcome.tally.audit.duplicated += u64::from(copies > 1);
        if let Some(capture) = &mut self.capture {
            let arrivals = &kernel.arrivals;
            capture.record::<P>(now, &Record::Sent { from, to, message: &message, arrivals });
        }
        if let Some((&last, others)) = kernel.arrivals.split_last() {
            for &due in others {
                let body = message.clone();
                let copy = Event::Deliver { from, to, bent: self.sending, body };
                kernel.queue.push(due, Rank::Deliver, copy);
            }
            let whole = Event::Deliver { from, to, bent: self.sending, body: message };
            kernel.queue.push(last, Rank::Deliver, whole);
        }
    }
}
