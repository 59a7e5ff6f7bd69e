//! What the adversary can reach of a run.

use generals_models::{
    Adversary, Among, Concern, CorruptId, Envelope, Fate, Kindest, NodeFault, NodeId, Puppet,
    Realm, Signer, Span, Stream, Time, mutate,
};

use super::{Asks, Bent, Event, Run, kind};
use crate::digest::Digest;
use crate::kernel::{Answers, Kernel};
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::Record;

/// More copies than bits of a mask could not be told apart.
pub(super) const MOST_COPIES: u8 = 8;
/// How much of what was overheard is kept at least; at most twice as much.
const OVERHEARD: usize = 4096;

/// A run, as far as the adversary is let in. What it says is collected, not sent: the kernel
/// carries it out when the adversary has spoken.
struct Reach<'r, 'k, 's, P: Protocol, C> {
    run: &'r mut Run<'k, 's, P, C>,
    may_send: bool,
}

// --- asking the adversary

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Lets the adversary act, with the run in its reach.
    fn ask<R>(
        &mut self,
        may_send: bool,
        question: impl FnOnce(&mut dyn Adversary<P::Message>, &mut dyn Realm<P::Message>) -> R,
    ) -> Option<R> {
        let mut adversary = self.adversary.take()?;
        let answer = question(&mut *adversary, &mut Reach { run: self, may_send });
        self.adversary = Some(adversary);
        Some(answer)
    }

    /// The run begins: what powers does the adversary use? It gets its further copies.
    pub(super) fn begin(&mut self) {
        self.ask(true, |adversary, realm| adversary.begin(realm));
        if let Some(adversary) = &self.adversary {
            self.asks = Asks {
                copies: adversary.copies().clamp(1, MOST_COPIES),
                listens: adversary.listens(),
                schedules: adversary.schedules(),
            };
            self.observes = adversary.observes();
        }
        self.is_even = !self.kernel.wire.rough && !self.asks.schedules;
        self.is_direct = self.is_even && !self.asks.listens;
        self.speak_unasked();
        if self.asks.copies > 1 {
            self.add_copies();
        }
    }

    /// The honest program `by`, on a corrupt node, wants `want` said to `to`.
    pub(super) fn speak(&mut self, by: Puppet, to: NodeId, want: P::Message) {
        let wanted = self.capture.is_some().then(|| want.clone());
        let print = self.kernel.print(&want);
        self.ask(true, |adversary, realm| adversary.speak(by, to, want, realm));

        let said = std::mem::take(&mut self.kernel.said);
        let of = by.of.node();
        // The first copy is the honest run; whatever another one says is more than that.
        let honest = said.iter().position(|one| {
            by.copy == 0 && (one.from, one.to) == (of, to) && self.kernel.print(&one.body) == print
        });
        let others = said.len() as u64 - u64::from(honest.is_some());
        let withheld = by.copy == 0 && said.is_empty();
        let lies = others + u64::from(withheld);
        self.kernel.outcome.tally.lies += lies;
        if let (Some(wanted), 1..) = (&wanted, lies) {
            self.record(&Record::Lied { by: of, to, wanted: Some(wanted), said: &said });
        }
        self.carry_out_said(said, honest);
    }

    /// Sends what the adversary wants sent, though no honest program asked for it.
    fn speak_unasked(&mut self) {
        let said = std::mem::take(&mut self.kernel.said);
        self.kernel.outcome.tally.lies += said.len() as u64;
        for one in &said {
            let (by, to, said) = (one.from, one.to, std::slice::from_ref(one));
            self.record(&Record::Lied { by, to, wanted: None, said });
        }
        self.carry_out_said(said, None);
    }

    /// Sends what a corrupt node says; all of it is a lie but the one that is `honest`.
    fn carry_out_said(&mut self, mut said: Vec<Envelope<P::Message>>, honest: Option<usize>) {
        for (i, Envelope { from, to, body }) in said.drain(..).enumerate() {
            self.kernel.outcome.tally.injected += u64::from(from != to);
            self.kernel.fingerprint.value(&body);
            self.sending = if honest == Some(i) { Bent::No } else { Bent::ByLiar };
            self.transmit(from, to, body);
            self.sending = Bent::No;
        }
        self.kernel.said = said;
    }

    /// An honest node says something, and the adversary hears it before anybody else.
    pub(super) fn let_overhear(&mut self, sent: Envelope<P::Message>) {
        let overheard = &mut self.kernel.overheard;
        if overheard.len() == 2 * OVERHEARD {
            overheard.drain(..OVERHEARD);
        }
        overheard.push(sent.clone());
        self.ask(true, |adversary, realm| adversary.overhear(&sent, realm));
        self.speak_unasked();
        self.transmit(sent.from, sent.to, sent.body);
    }

    /// What the adversary has in mind for a message on its way.
    pub(super) fn fate(&mut self, from: NodeId, to: NodeId, message: &P::Message) -> Fate {
        let sent = Envelope { from, to, body: message.clone() };
        self.ask(false, |adversary, realm| adversary.schedule(&sent, realm)).unwrap_or_default()
    }

    /// Which copies at `at` hear what arrives from `from`.
    pub(super) fn admitted(&mut self, at: CorruptId, from: NodeId) -> u8 {
        self.ask(false, |adversary, realm| adversary.admit(at, from, realm)).unwrap_or(0b1)
    }

    pub(super) fn wake(&mut self, tag: u64) {
        self.ask(true, |adversary, realm| adversary.wake(tag, realm));
        self.speak_unasked();
    }
}

impl<P: Protocol> Kernel<'_, P> {
    /// A number by which to compare messages.
    fn print(&mut self, message: &P::Message) -> Digest {
        self.scratch.reset();
        self.scratch.value(message);
        self.scratch.digest()
    }

    /// Changes one field of a message.
    fn mutate(&self, body: &mut P::Message, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        let Some((lie, _)) = mutate(body, &self.observed, &self.corrupt, pick) else {
            return false;
        };
        *body = lie;
        true
    }
}

// --- what the adversary can do

impl<P: Protocol, C: Answers> Reach<'_, '_, '_, P, C> {
    fn certified(&self, by: CorruptId) -> NodeId {
        assert!(by.is_certified(self.run.authority.verifier()), "a CorruptId of another run");
        by.node()
    }

    fn existing(&self, node: NodeId) -> NodeId {
        assert!(node.0 < self.nodes(), "the adversary means {node}, which does not exist");
        node
    }
}

impl<P: Protocol, C: Answers> Realm<P::Message> for Reach<'_, '_, '_, P, C> {
    fn now(&self) -> Time {
        self.run.kernel.now
    }

    fn nodes(&self) -> u16 {
        self.run.kernel.scenario.world.nodes
    }

    fn expected_delay(&self) -> Span {
        self.run.kernel.scenario.world.timing.expected_delay()
    }

    fn corrupt(&self) -> &[CorruptId] {
        &self.run.kernel.corrupt
    }

    fn overheard(&self) -> &[Envelope<P::Message>] {
        &self.run.kernel.overheard
    }

    fn send(&mut self, from: CorruptId, to: NodeId, body: P::Message) {
        assert!(self.may_send, "the adversary speaks where it is asked about others' messages");
        let from = self.certified(from);
        assert!(to.0 < self.nodes(), "the adversary sends to {to}, which does not exist");
        self.run.kernel.said.push(Envelope { from, to, body });
    }

    fn hand(&mut self, to: Puppet, from: CorruptId, body: P::Message) {
        let (from, of) = (self.certified(from), self.certified(to.of));
        let Some(seat) = self.run.seat(of, to.copy) else {
            panic!(
                "the adversary hands something to copy {} of {of}, which does not exist",
                to.copy
            )
        };
        let kernel = &mut *self.run.kernel;
        let least = kernel.scenario.world.timing.latency(kernel.now, from, of, &mut Kindest);
        let due = kernel.now + least;
        kernel.fingerprint.record(kind::HAND, kernel.now, from, seat, due.as_nanos());
        kernel.fingerprint.value(&body);
        let handed = Event::Hand(seat, kernel.handed.len());
        kernel.handed.push(Some((from, body)));
        kernel.queue.push(due, Rank::Deliver, handed);
    }

    fn signer(&self, of: CorruptId) -> &Signer {
        &self.run.kernel.nodes[self.certified(of).index()].signer
    }

    fn lie(&mut self, by: CorruptId, body: &mut P::Message) -> bool {
        let node = self.certified(by);
        let stream = Stream::node(Concern::Adversary, node);
        let choose = &mut *self.run.choose;
        let mut pick = |n: u64| choose.choose(stream, Among::Below(n));
        P::lie(body, &self.run.kernel.nodes[node.index()].signer, &mut pick)
            || self.mutate(by, body)
    }

    fn mutate(&mut self, by: CorruptId, body: &mut P::Message) -> bool {
        let stream = Stream::node(Concern::Adversary, self.certified(by));
        self.run.observes = true;
        let (kernel, choose) = (&*self.run.kernel, &mut *self.run.choose);
        kernel.mutate(body, &mut |n| choose.choose(stream, Among::Below(n)))
    }

    fn first_lie(&mut self, by: CorruptId, body: &mut P::Message) -> bool {
        let node = self.certified(by);
        let kernel = &*self.run.kernel;
        P::lie(body, &kernel.nodes[node.index()].signer, &mut |_| 0)
            || kernel.mutate(body, &mut |_| 0)
    }

    fn corrupt_also(&mut self, node: NodeId) -> Option<CorruptId> {
        let node = self.existing(node);
        let kernel = &mut *self.run.kernel;
        let fallen = &mut kernel.nodes[node.index()];
        let has_a_fault = kernel.scenario.world.faults.contains_key(&node);
        if self.run.budget == 0 || fallen.corrupt.is_some() || has_a_fault {
            return None;
        }
        self.run.budget -= 1;
        let certified = self.run.authority.corrupt(node);
        fallen.corrupt = Some(certified);
        fallen.failed = Some(kernel.facts);
        kernel.corrupt.push(certified);
        kernel.convict(node, NodeFault::Byzantine);
        kernel.fingerprint.record(kind::CORRUPT, kernel.now, node, node, 0);
        self.run.record(&Record::Corrupted(node));
        Some(certified)
    }

    fn wake_at(&mut self, at: Time, tag: u64) {
        let kernel = &mut *self.run.kernel;
        // Never now: an adversary that always asks again would stop the clock.
        let at = at.max(kernel.now + Span::nanos(1));
        kernel.queue.push(at, Rank::Fault, Event::Wake(tag));
    }

    fn pick_about(&mut self, node: NodeId, n: u64) -> u64 {
        let stream = Stream::node(Concern::Adversary, self.existing(node));
        self.run.choose.choose(stream, Among::Below(n))
    }

    fn pick(&mut self, by: CorruptId, n: u64) -> u64 {
        let node = self.certified(by);
        self.pick_about(node, n)
    }
}
