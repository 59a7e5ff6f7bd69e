//! A message on its way: the link says how many copies arrive, the timing model when.

use generals_models::{Choose, Envelope, Fate, NodeId};

use super::{Event, Run, kind};
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::Record;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// Hands a message, which is in the digest already, to the link.
    pub(super) fn transmit(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        let fate = if self.asks.schedules && from != to {
            self.fate(from, to, &message)
        } else {
            Fate::Chance
        };
        let (now, kernel) = (self.kernel.now, &mut *self.kernel);
        // What a node tells itself takes time, but crosses no link.
        let copies =
            if from == to { 1 } else { fate.copies(&mut kernel.links, from, to, self.choose) };
        if copies == 0 {
            kernel.fingerprint.record(kind::LOSE, now, from, to, 0);
            kernel.outcome.tally.audit.lost += 1;
        }
        kernel.outcome.tally.audit.duplicated += u64::from(copies > 1);
        kernel.arrivals.clear();
        for _ in 0..copies {
            let timing = &kernel.scenario.world.timing;
            let mut due = now + fate.latency(timing, now, from, to, self.choose);
            if from != to {
                due = kernel.links.arrival(from, to, due, self.choose);
            }
            kernel.fingerprint.record(kind::SEND, now, from, to, due.as_nanos());
            kernel.arrivals.push(due);
        }
        if let Some(capture) = &mut self.capture {
            let arrivals = &kernel.arrivals;
            capture.record::<P>(now, &Record::Sent { from, to, message: &message, arrivals });
        }
        if let Some((&last, others)) = kernel.arrivals.split_last() {
            for &due in others {
                let body = message.clone();
                kernel.queue.push(due, Rank::Deliver, Event::Deliver(Envelope { from, to, body }));
            }
            let whole = Envelope { from, to, body: message };
            kernel.queue.push(last, Rank::Deliver, Event::Deliver(whole));
        }
    }
}
