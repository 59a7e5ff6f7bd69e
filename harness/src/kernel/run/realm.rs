//! What the adversary can reach of a run.

use generals_models::{
    Among, Choose, Concern, CorruptId, Envelope, NodeId, Realm, Signer, Stream, Time, mutate,
};

use super::Run;
use crate::protocol::Protocol;
use crate::trace::Record;

/// A run, as far as the adversary is let in. What it says is collected, not sent: the kernel
/// carries it out when the adversary has spoken.
struct Reach<'r, 'k, 's, P: Protocol, C> {
    run: &'r mut Run<'k, 's, P, C>,
}

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// The honest program on a corrupt node wants `want` said to `to`.
    pub(super) fn speak(&mut self, by: CorruptId, to: NodeId, want: P::Message) {
        let Some(mut adversary) = self.adversary.take() else { return };
        let wanted = self.capture.is_some().then(|| want.clone());
        adversary.speak(by, to, want, &mut Reach { run: self });
        self.adversary = Some(adversary);

        let mut said = std::mem::take(&mut self.kernel.said);
        if let Some(wanted) = wanted {
            let by = by.node();
            let honest = matches!(said.as_slice(), [Envelope { from, to: whom, body }]
                if (*from, *whom) == (by, to) && format!("{body:?}") == format!("{wanted:?}"));
            if !honest {
                self.record(&Record::Lied { by, to, wanted: &wanted, said: &said });
            }
        }
        for Envelope { from, to, body } in said.drain(..) {
            self.kernel.outcome.tally.injected += u64::from(from != to);
            self.kernel.fingerprint.message(&body);
            self.transmit(from, to, body);
        }
        self.kernel.said = said;
    }
}

impl<P: Protocol, C: Choose> Reach<'_, '_, '_, P, C> {
    fn certified(&self, by: CorruptId) -> NodeId {
        assert!(by.is_certified(self.run.authority.verifier()), "a CorruptId of another run");
        by.node()
    }
}

impl<P: Protocol, C: Choose> Realm<P::Message> for Reach<'_, '_, '_, P, C> {
    fn now(&self) -> Time {
        self.run.kernel.now
    }

    fn nodes(&self) -> u16 {
        self.run.kernel.scenario.world.nodes
    }

    fn corrupt(&self) -> &[CorruptId] {
        &self.run.kernel.corrupt
    }

    fn send(&mut self, from: CorruptId, to: NodeId, body: P::Message) {
        let from = self.certified(from);
        assert!(to.0 < self.nodes(), "the adversary sends to {to}, which does not exist");
        self.run.kernel.said.push(Envelope { from, to, body });
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
        let mut pick = |n: u64| choose.choose(stream, Among::Below(n));
        match mutate(body, &kernel.observed, &kernel.corrupt, &mut pick) {
            Some((lie, _)) => {
                *body = lie;
                true
            }
            None => false,
        }
    }

    fn pick(&mut self, by: CorruptId, n: u64) -> u64 {
        let stream = Stream::node(Concern::Adversary, self.certified(by));
        self.run.choose.choose(stream, Among::Below(n))
    }
}
