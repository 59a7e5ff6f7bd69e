//! Section 4.3: checkpoints, and what may be forgotten.

use generals::{Cx, NodeId, Signed};

use super::message::{Checkpoint, Message, Proof, Seq};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::service::Digest;
use super::{CHECKPOINT, Pbft, STABLE};

impl<R: Rulebook> Replica<R> {
    /// After every K-th sequence number: keeps the state, and multicasts its digest.
    pub(super) fn take_checkpoint(&mut self, n: Seq, d: Digest, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(CHECKPOINT);
        self.snapshots.insert(n, self.state.snapshot());
        let mine = cx.sign(Checkpoint { n, d });
        self.multicast(&Message::Checkpoint(mine.clone()));
        self.checkpoints.insert((n, self.i), mine);
        self.stabilise(n, cx);
    }

    /// A CHECKPOINT is logged, in whichever view. Far above the watermarks only the latest of each
    /// replica is, so that nobody fills the log.
    pub(super) fn on_checkpoint(
        &mut self,
        checkpoint: Signed<Checkpoint>,
        cx: &mut Cx<'_, Pbft<R>>,
    ) {
        let Ok((i, &Checkpoint { n, .. })) = cx.verify(&checkpoint) else {
            return cx.discard("not signed by who it says");
        };
        if !self.is_replica(i) || n <= self.h || n % cx.config().checkpoint != 0 {
            return cx.discard("no checkpoint above the stable one");
        }
        if !self.in_window(n, cx.config()) {
            let high = self.h.saturating_add(cx.config().log);
            self.checkpoints.retain(|(n, by), _| *by != i || *n <= high);
        }
        self.checkpoints.entry((n, i)).or_insert(checkpoint);
        self.stabilise(n, cx);
    }

    /// With a quorum of CHECKPOINTs for n that are alike, n is stable. Who is not there yet goes on
    /// executing, unless n is out of its window.
    fn stabilise(&mut self, n: Seq, cx: &mut Cx<'_, Pbft<R>>) {
        let of_n = (n, NodeId(0))..=(n, NodeId(u16::MAX));
        let votes: Proof = self.checkpoints.range(of_n).map(|(_, vote)| vote.clone()).collect();
        let alike = |d| votes.iter().filter(move |vote| vote.claim().1.d == d);
        let quorum =
            |vote: &&Signed<Checkpoint>| alike(vote.claim().1.d).count() >= self.q.quorum();
        let Some(d) = votes.iter().find(quorum).map(|vote| vote.claim().1.d) else { return };
        if self.executed >= n || !self.in_window(n, cx.config()) {
            let proof = alike(d).take(self.q.quorum()).cloned().collect();
            self.adopt(n, proof, cx);
        }
    }

    /// n is stable: what is up to it is forgotten, and the watermarks move on. Who has not executed
    /// so far fetches the state.
    pub(super) fn adopt(&mut self, n: Seq, proof: Proof, cx: &mut Cx<'_, Pbft<R>>) {
        if n <= self.h {
            return;
        }
        cx.mark(STABLE);
        self.h = n;
        self.proof = proof;
        self.log.collect(n);
        self.checkpoints = self.checkpoints.split_off(&(n.saturating_add(1), NodeId(0)));
        // The last state is kept until there is a later one.
        let least = self.snapshots.range(..=n).next_back().map_or(n, |(last, _)| *last);
        self.snapshots = self.snapshots.split_off(&least);
        if self.executed < n {
            self.fetch(n, cx);
        } else {
            self.propose(cx);
        }
    }

    /// What a proof proves: the number and the digest that a quorum of CHECKPOINTs agree on. That
    /// nothing was executed yet needs no proof.
    pub(super) fn proven(&self, proof: &Proof, cx: &Cx<'_, Pbft<R>>) -> Option<Checkpoint> {
        let first = *proof.first()?.claim().1;
        let alike = proof.iter().all(|vote| *vote.claim().1 == first);
        (alike && self.are_from(self.q.quorum(), proof, cx)).then_some(first)
    }
}
