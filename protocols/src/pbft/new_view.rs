//! Section 4.4: the NEW-VIEW, and what becomes of what was under way.

use std::collections::BTreeMap;

use generals::{Cx, Signed};

use super::message::{Message, NewView, Phase, Proof, Seq, View, ViewChange, Vote, digest};
use super::replica::{Replica, from_different};
use super::rulebook::Rulebook;
use super::{ENTER, NEW_VIEW, NULL, Pbft};

/// What a set of VIEW-CHANGEs comes to.
pub(super) struct Outcome {
    /// min-s: the latest stable checkpoint in V.
    min_s: Seq,
    /// Its proof.
    proof: Proof,
    /// O, not signed.
    pub(super) o: Vec<Vote>,
}

impl<R: Rulebook> Replica<R> {
    /// The primary of the view asked for makes it the new view.
    pub(super) fn make_new_view(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(NEW_VIEW);
        let for_v = self.view_changes.values().filter(|vc| vc.claim().1.v == self.v);
        let vs: Vec<Signed<ViewChange>> = for_v.cloned().collect();
        let outcome = o::<R>(self.v, &vs);
        if outcome.o.iter().any(|vote| vote.d == digest(&[])) {
            cx.mark(NULL);
        }
        let o = outcome.o.iter().map(|vote| cx.sign(*vote)).collect();
        let nv = cx.sign(NewView { v: self.v, vs, o });
        self.multicast(&Message::NewView(nv.clone()));
        self.enter(nv, outcome, cx);
    }

    /// A backup accepts a NEW-VIEW that the primary of its view signed, if V is a quorum of valid
    /// VIEW-CHANGEs of different replicas for it and O is what the backup makes of V itself.
    pub(super) fn on_new_view(&mut self, nv: Signed<NewView>, cx: &mut Cx<'_, Pbft<R>>) {
        let Ok((p, NewView { v, vs, o })) = cx.verify(&nv) else {
            return cx.discard("not signed by who it says");
        };
        let v = *v;
        if p != self.primary(v) || v < self.v || v == 0 || (v == self.v && self.active) {
            return cx.discard("no new view from its primary");
        }
        let valid = |vc| self.valid_view_change(vc, cx) == Some(v);
        let enough = vs.len() >= R::view_changes(self.q) && from_different::<R, _>(vs);
        if !enough || !vs.iter().all(valid) {
            return cx.discard("not a quorum of valid view changes");
        }
        let outcome = self::o::<R>(v, vs);
        let said: Vec<Vote> = o.iter().map(|vote| *vote.claim().1).collect();
        let signed = o.iter().all(|vote| cx.verify(vote).is_ok_and(|(by, _)| by == p));
        if !signed || !R::is_right(&said, &outcome.o) {
            return cx.discard("not what follows from the view changes");
        }
        if v > self.v {
            self.v = v;
            self.leave_view(cx);
        }
        self.enter(nv, outcome, cx);
    }

    /// Enters the view: with O accepted, and PREPAREs for all of it. Nothing is executed twice.
    fn enter(&mut self, nv: Signed<NewView>, outcome: Outcome, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(ENTER);
        let Outcome { min_s, proof, .. } = outcome;
        let o = nv.claim().1.o.clone();
        // Before anything is done in the view, or its primary would give other numbers, too, to what
        // has one in O.
        self.adopt(min_s, proof, cx);
        self.assigned = o.last().map_or(min_s, |vote| vote.claim().1.n);
        let within = |vote: &Signed<Vote>| {
            let Vote { phase, n, .. } = *vote.claim().1;
            phase == Phase::PrePrepare && self.in_window(n, cx.config())
        };
        let o: Vec<Signed<Vote>> = o.into_iter().filter(within).collect();
        for vote in &o {
            self.log.at(vote.claim().1.n).pre_prepare = Some(vote.clone());
        }
        self.active = true;
        self.new_view = Some(nv);
        self.go_on_waiting(cx);
        for vote in o {
            // What is accepted may complete a checkpoint.
            if self.in_window(vote.claim().1.n, cx.config()) {
                self.accept(vote, cx);
            }
        }
        if !self.log.lacking().is_empty() {
            self.tell_status(cx);
        }
        self.propose(cx);
    }
}

/// The VIEW-CHANGE of V with the latest stable checkpoint.
fn latest(vs: &[Signed<ViewChange>]) -> Option<&ViewChange> {
    vs.iter().map(|vc| vc.claim().1).max_by_key(|vc| vc.n)
}

/// min-s, from V.
pub(super) fn min_s(vs: &[Signed<ViewChange>]) -> Seq {
    latest(vs).map_or(0, |vc| vc.n)
}

/// O, from V: for every number from min-s to max-s a PRE-PREPARE of v, for what prepared in the
/// highest view, or for the null request if nothing did.
pub(super) fn o<R: Rulebook>(v: View, vs: &[Signed<ViewChange>]) -> Outcome {
    let (min_s, proof) = latest(vs).map(|vc| (vc.n, vc.c.clone())).unwrap_or_default();
    let mut prepared: BTreeMap<Seq, Vec<Vote>> = BTreeMap::new();
    for p in vs.iter().flat_map(|vc| &vc.claim().1.p) {
        let vote = *p.pre_prepare.claim().1;
        prepared.entry(vote.n).or_default().push(vote);
    }
    let max_s = prepared.keys().last().copied().unwrap_or(min_s);
    let null = digest(&[]);
    let o = (min_s.saturating_add(1)..=max_s).map(|n| {
        let d = prepared.get(&n).and_then(|candidates| R::choose(candidates)).unwrap_or(null);
        Vote { phase: Phase::PrePrepare, v, n, d }
    });
    Outcome { min_s, proof, o: o.collect() }
}
