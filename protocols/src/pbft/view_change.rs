//! Section 4.4: view changes, as far as the VIEW-CHANGE; and when to ask for one (section 4.5.2).

use std::collections::BTreeSet;

use generals::{Cx, Signed};

use super::message::{Message, Phase, Prepared, Seq, View, ViewChange, Vote};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::{JOIN, Pbft, VIEW_CHANGE};

impl<R: Rulebook> Replica<R> {
    /// Gives up on the view: from now on only CHECKPOINTs, VIEW-CHANGEs and NEW-VIEWs are accepted
    /// (and votes of the view asked for kept, which may come before the NEW-VIEW).
    pub(super) fn ask_for_view(&mut self, v: View, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(VIEW_CHANGE);
        self.v = v;
        self.active = false;
        self.new_view = None;
        self.leave_view(cx);
        let vc = self.view_change(cx);
        self.view_changes.insert(self.i, vc.clone());
        self.multicast(&Message::ViewChange(vc));
        self.on_many_view_changes(cx);
    }

    /// Neither its votes nor its timer are of use in a later view.
    pub(super) fn leave_view(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        self.waits_for = None;
        self.stop_timer(cx);
        self.log.leave_view();
    }

    /// ⟨VIEW-CHANGE, v, n, C, P, i⟩.
    pub(super) fn view_change(&self, cx: &Cx<'_, Pbft<R>>) -> Signed<ViewChange> {
        let p = R::p(self.log.prepared());
        cx.sign(ViewChange { v: self.v, n: self.h, c: self.proof.clone(), p })
    }

    /// A VIEW-CHANGE of another replica; the one for its highest view counts.
    pub(super) fn on_view_change(&mut self, vc: Signed<ViewChange>, cx: &mut Cx<'_, Pbft<R>>) {
        let Some(v) = self.valid_view_change(&vc, cx) else {
            return cx.discard("not a valid view change");
        };
        let i = vc.claim().0;
        if v < self.v || self.view_changes.get(&i).is_some_and(|known| known.claim().1.v >= v) {
            return cx.discard("a view change that is not news");
        }
        self.view_changes.insert(i, vc);
        self.join(cx);
        self.on_many_view_changes(cx);
    }

    /// Section 4.5.2: where f + 1 others want views above mine, one of them is correct, and I ask
    /// for the smallest of these views.
    fn join(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let above = self.view_changes.values().map(|vc| vc.claim().1.v).filter(|v| *v > self.v);
        let above: Vec<View> = above.collect();
        if above.len() >= self.q.one_correct()
            && let Some(smallest) = above.into_iter().min()
        {
            cx.mark(JOIN);
            self.ask_for_view(smallest, cx);
        }
    }

    /// With a quorum of VIEW-CHANGEs for the view asked for, its own among them, its primary makes it
    /// the new view. All others give it a certain time, and so does the primary if some of the quorum
    /// have given up on this view already: of each replica only its last VIEW-CHANGE is known and
    /// repeated, so that those for this view may never be a quorum any more.
    pub(super) fn on_many_view_changes(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        if self.active {
            return;
        }
        let views = || self.view_changes.values().map(|vc| vc.claim().1.v);
        let for_v = views().filter(|v| *v == self.v).count();
        let gave_up = views().filter(|v| R::gave_up_before(*v, self.v)).count();
        if self.is_primary() && for_v >= R::view_changes(self.q) {
            self.make_new_view(cx);
        } else if !self.timer && gave_up >= self.q.quorum() {
            self.start_timer(cx);
        }
    }

    /// The view asked for, if this is a valid VIEW-CHANGE: the proof is one of n, and everything in P
    /// prepared in an earlier view, above n and not further than the log goes.
    pub(super) fn valid_view_change(
        &self,
        vc: &Signed<ViewChange>,
        cx: &Cx<'_, Pbft<R>>,
    ) -> Option<View> {
        let (i, ViewChange { v, n, c, p }) = vc.claim();
        if !self.is_replica(i) || *v == 0 {
            return None;
        }
        let proven = match self.proven(c, cx) {
            Some(checkpoint) => checkpoint.n == *n,
            None => c.is_empty() && *n == 0,
        };
        let high = n.saturating_add(cx.config().log);
        let numbers: BTreeSet<Seq> = p.iter().map(|p| p.pre_prepare.claim().1.n).collect();
        let within = numbers.iter().all(|above| n < above && *above <= high);
        let each_once = numbers.len() == p.len();
        let earlier = |p: &Prepared| p.pre_prepare.claim().1.v < *v;
        let good =
            within && each_once && p.iter().all(|p| earlier(p) && self.shows_prepared(p, cx));
        R::is_valid_view_change(cx.verify(vc).is_ok(), proven, good).then_some(*v)
    }

    /// Whether this shows that a request prepared: a PRE-PREPARE of the primary of its view, and as
    /// many PREPAREs of different backups that match it.
    fn shows_prepared(&self, p: &Prepared, cx: &Cx<'_, Pbft<R>>) -> bool {
        let Ok((primary, &Vote { phase: Phase::PrePrepare, v, n, d })) = cx.verify(&p.pre_prepare)
        else {
            return false;
        };
        let prepare = Vote { phase: Phase::Prepare, v, n, d };
        let matches = |vote: &Signed<Vote>| vote.claim().0 != primary && *vote.claim().1 == prepare;
        primary == self.primary(v)
            && p.prepares.iter().all(matches)
            && self.are_from(R::prepares(self.q), &p.prepares, cx)
    }
}
