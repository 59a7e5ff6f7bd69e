//! An arbitrary link: somebody there hears all that is sent on such links, and tampers with some of
//! it. At most one thing is done to each message.

use std::fmt;

use generals_models::{Among, Concern, Envelope, Fate, NodeId, Stream, Tampering, Time, mutate};

use super::{Bent, Event, Run, kind};
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::{Record, Text};

/// A message sent on an arbitrary link, and when it sets out.
struct OnItsWay {
    from: NodeId,
    to: NodeId,
    out: Time,
}

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Lets a message that sets out at `out` cross an arbitrary link.
    pub(super) fn transmit_tapped(
        &mut self,
        from: NodeId,
        to: NodeId,
        out: Time,
        message: P::Message,
    ) {
        let (wire, way) = (&mut self.kernel.wire, OnItsWay { from, to, out });
        let tampering = wire.links.tamper(from, to, self.choose);
        wire.tap.hear(Envelope { from, to, body: message.clone() });
        match tampering {
            None => self.let_pass(&way, 1, Fate::Chance, message),
            Some(Tampering::Drop) => {
                self.tampered(Tampering::Drop, from, to, &message, || "dropped".into());
                self.kernel.outcome.tally.audit.lost += 1;
            }
            Some(Tampering::Double) => {
                self.tampered(Tampering::Double, from, to, &message, || "doubled".into());
                self.let_pass(&way, 2, Fate::Chance, message);
            }
            Some(Tampering::Delay) => {
                let words = || "delayed as long as may be".into();
                self.tampered(Tampering::Delay, from, to, &message, words);
                self.let_pass(&way, 1, Fate::Late, message);
            }
            Some(Tampering::Modify) => self.modify(&way, message),
            Some(Tampering::Spoof) => self.spoof(&way, message),
            Some(Tampering::Replay) => self.replay(&way, message),
            Some(Tampering::Inject) => self.inject(&way, message),
        }
    }

    /// The message goes on as it is, so often.
    fn let_pass(&mut self, way: &OnItsWay, copies: u8, fate: Fate, message: P::Message) {
        let &OnItsWay { from, to, out } = way;
        self.kernel.arrivals.clear();
        for _ in 0..copies {
            let due = self.arrival(from, to, out, fate);
            self.kernel.arrivals.push(due);
        }
        self.deliver(from, to, message);
    }

    /// A message has arrived, and may have come from an adversary; before that, so much was ignored
    /// in the run.
    pub(super) const fn arrived(&mut self, bent: Bent, ignored: u64) {
        let tally = &mut self.kernel.outcome.tally;
        let now_ignored = (tally.discarded > ignored) as u64;
        match bent {
            Bent::No => {}
            Bent::ByNetwork => {
                tally.audit.tampered.arrived += 1;
                tally.audit.tampered.ignored += now_ignored;
            }
            Bent::ByLiar => {
                tally.lies_arrived += 1;
                tally.lies_ignored += now_ignored;
            }
        }
    }

    /// One of `n` ways to go about it.
    fn how(&mut self, way: &OnItsWay, n: usize) -> usize {
        let stream = Stream::link(Concern::TamperHow, way.from, way.to);
        let answer = self.choose.choose(stream, Among::Below(n as u64));
        usize::try_from(answer).unwrap_or(0)
    }

    fn modify(&mut self, way: &OnItsWay, message: P::Message) {
        let Some((bent, what)) = self.mutated(way, &message) else {
            return self.let_pass(way, 1, Fate::Chance, message);
        };
        let words = || format!("modified on its way: {what}").into();
        self.tampered(Tampering::Modify, way.from, way.to, &bent, words);
        let due = self.arrival(way.from, way.to, way.out, Fate::Chance);
        self.deliver_bent(Envelope { from: way.from, to: way.to, body: bent }, due);
    }

    fn spoof(&mut self, way: &OnItsWay, message: P::Message) {
        let &OnItsWay { from, to, out } = way;
        let others = self.kernel.scenario.world.all().filter(|name| ![from, to].contains(name));
        let names: Vec<NodeId> = others.collect();
        if names.is_empty() {
            return self.let_pass(way, 1, Fate::Chance, message);
        }
        let name = names[self.how(way, names.len())];
        let words = || format!("spoofed: really from {from}").into();
        self.tampered(Tampering::Spoof, name, to, &message, words);
        let due = self.arrival(from, to, out, Fate::Chance);
        self.deliver_bent(Envelope { from: name, to, body: message }, due);
    }

    fn replay(&mut self, way: &OnItsWay, message: P::Message) {
        // The last thing heard is this very message.
        let earlier = self.kernel.wire.tap.len() - 1;
        if earlier == 0 {
            return self.let_pass(way, 1, Fate::Chance, message);
        }
        let ago = 1 + self.how(way, earlier) as u64;
        let instead = self.how(way, 2) == 1;
        let again = self.kernel.wire.tap.ago(ago).cloned();
        if instead {
            let audit = &mut self.kernel.outcome.tally.audit;
            audit.lost += 1;
        } else {
            self.let_pass(way, 1, Fate::Chance, message.clone());
        }
        let Some(Envelope { from, to, body }) = again else { return };
        let &OnItsWay { from: by, to: whom, .. } = way;
        let words = || match instead {
            true => Text::later(fmt::from_fn(move |f| {
                write!(f, "replayed instead of {message:?} from {by} to {whom}")
            })),
            false => "replayed".into(),
        };
        self.tampered(Tampering::Replay, from, to, &body, words);
        self.add(way, Envelope { from, to, body });
    }

    fn inject(&mut self, way: &OnItsWay, message: P::Message) {
        self.let_pass(way, 1, Fate::Chance, message);
        let ago = self.how(way, self.kernel.wire.tap.len()) as u64;
        let Some(Envelope { body, .. }) = self.kernel.wire.tap.ago(ago).cloned() else { return };
        let body = self.mutated(way, &body).map_or(body, |(bent, _)| bent);
        let links = self.tapped_links();
        let (from, to) = links[self.how(way, links.len())];
        self.tampered(Tampering::Inject, from, to, &body, || "injected".into());
        self.add(way, Envelope { from, to, body });
    }

    /// All arbitrary links: who taps one, taps them all.
    fn tapped_links(&self) -> Vec<(NodeId, NodeId)> {
        let (world, wire) = (&self.kernel.scenario.world, &self.kernel.wire);
        let pairs = world.all().flat_map(|from| world.all().map(move |to| (from, to)));
        let tapped = |&(from, to): &(NodeId, NodeId)| {
            from != to && wire.network.linked(from, to) && wire.links.is_tapped(from, to)
        };
        pairs.filter(tapped).collect()
    }

    /// The message with something in its body changed, and what.
    fn mutated(&mut self, way: &OnItsWay, message: &P::Message) -> Option<(P::Message, String)> {
        let stream = Stream::link(Concern::TamperHow, way.from, way.to);
        let choose = &mut *self.choose;
        let mut pick = |n: u64| choose.choose(stream, Among::Below(n));
        // Nobody's key is at hand: what is changed inside a signature is forged from now on.
        mutate(message, self.kernel.wire.tap.observed(), &[], &mut pick)
    }

    /// Lets something arrive that nobody sent, in the time that `way` takes.
    fn add(&mut self, way: &OnItsWay, message: Envelope<P::Message>) {
        let kernel = &mut *self.kernel;
        let (world, link) = (&kernel.scenario.world, (way.from, way.to));
        let network = &mut kernel.wire.network;
        let due = way.out + network.latency(world, link, way.out, Fate::Chance, self.choose);
        let (now, Envelope { from, to, .. }) = (kernel.now, &message);
        kernel.fingerprint.record(kind::SEND, now, *from, *to, due.as_nanos());
        self.deliver_bent(message, due);
    }

    fn deliver_bent(&mut self, message: Envelope<P::Message>, due: Time) {
        let Envelope { from, to, body } = message;
        let event = Event::Deliver { from, to, bent: Bent::ByNetwork, body };
        self.kernel.queue.push(due, Rank::Deliver, event);
    }

    /// Takes into the digest, the audit and the trace what was done, and what came of it.
    fn tampered(
        &mut self,
        how: Tampering,
        from: NodeId,
        to: NodeId,
        message: &P::Message,
        words: impl FnOnce() -> Text,
    ) {
        let kernel = &mut *self.kernel;
        kernel.fingerprint.record(kind::TAMPER, kernel.now, from, to, how as u64);
        kernel.fingerprint.value(message);
        *kernel.outcome.tally.audit.tampered.count(how) += 1;
        if self.capture.is_some() {
            self.record(&Record::Tampered { from, to, message, words: &words() });
        }
    }
}
