//! Section 4.2: the normal case. Request, pre-prepare, prepare, commit, reply.

use generals::{Cx, NodeId, Signed};

use super::log::Entry;
use super::message::{Batch, Last, Message, Phase, Prepared, Reply, Request, Seq, Vote, digest};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::service::Digest;
use super::{
    AGAIN, COMMIT, EXECUTE, Effected, Executed, PRE_PREPARE, PREPARE, Pbft, RELAY, REPLY, Value,
};

impl<R: Rulebook> Replica<R> {
    /// A request of a client, from it or from another replica. It is executed once: an old one is
    /// dropped, and what was answered last is answered again.
    pub(super) fn on_request(
        &mut self,
        from: NodeId,
        m: Signed<Request>,
        cx: &mut Cx<'_, Pbft<R>>,
    ) {
        if !self.is_request(&m, cx) {
            return cx.discard("not signed by its client");
        }
        let (c, t) = (m.claim().1.c, m.claim().1.t);
        let last = self.state.clients.get(&c);
        if !R::is_new(last, t) {
            if last.is_some_and(|last| last.t == t) {
                cx.mark(AGAIN);
                return self.reply(c, cx);
            }
            return cx.discard("an old request");
        }
        self.wait_for(&m);
        if self.active && self.is_primary() {
            self.propose(cx);
        } else if self.active && from == c {
            cx.mark(RELAY);
            self.send(self.primary(self.v), Message::Request(m));
        }
    }

    /// The primary gives numbers to requests that have none, so long as there is room: below the
    /// high watermark, and in the window of what may be under way.
    pub(super) fn propose(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        if !self.active || !self.is_primary() {
            return;
        }
        let (batch, window) = (cx.config().batch, cx.config().window());
        loop {
            let n = self.assigned.max(self.h) + 1;
            let under_way = n > self.executed.max(self.h).saturating_add(window);
            if under_way || !self.in_window(n, cx.config()) {
                return;
            }
            let new = |m: &&Signed<Request>| !self.log.is_in_flight(m.claim().1.c, m.claim().1.t);
            let m: Batch = self.queue.iter().filter(new).take(batch.into()).cloned().collect();
            if m.is_empty() {
                return;
            }
            cx.mark(PRE_PREPARE);
            self.assigned = n;
            let vote = cx.sign(Vote { phase: Phase::PrePrepare, v: self.v, n, d: digest(&m) });
            let entry = self.log.at(n);
            entry.requests.insert(vote.claim().1.d, m.clone());
            entry.pre_prepare = Some(vote.clone());
            self.multicast(&Message::PrePrepare(vote, m));
            self.advance(n, cx);
        }
    }

    /// A backup accepts a PRE-PREPARE of the primary of its view between the watermarks, if the
    /// digest is that of the requests, and it has not accepted another one for that number.
    pub(super) fn on_pre_prepare(
        &mut self,
        vote: Signed<Vote>,
        m: Batch,
        cx: &mut Cx<'_, Pbft<R>>,
    ) {
        let Ok((p, &Vote { phase, v, n, d })) = cx.verify(&vote) else {
            return cx.discard("not signed by who it says");
        };
        if phase != Phase::PrePrepare || p != self.primary(v) || p == self.i {
            return cx.discard("no primary's pre-prepare");
        }
        if v != self.v || !self.active || !self.in_window(n, cx.config()) {
            return cx.discard("of another view, or not between the watermarks");
        }
        if !R::is_digest(d, digest(&m)) || !m.iter().all(|m| self.is_request(m, cx)) {
            return cx.discard("not the requests that its digest is of");
        }
        if !R::may_accept(self.log.at(n).accepted().map(|vote| vote.d), d) {
            return cx.discard("another pre-prepare for that number was accepted");
        }
        for m in &m {
            self.wait_for(m);
        }
        self.log.at(n).requests.insert(d, m);
        self.accept(vote, cx);
    }

    /// The PRE-PREPARE is accepted: a backup multicasts a PREPARE, and logs both.
    pub(super) fn accept(&mut self, vote: Signed<Vote>, cx: &mut Cx<'_, Pbft<R>>) {
        let Vote { v, n, d, .. } = *vote.claim().1;
        let i = self.i;
        let entry = self.log.at(n);
        let mine = |vote: &Signed<Vote>| vote.claim().0 == i && vote.claim().1.d == d;
        entry.pre_prepare = Some(vote);
        if !entry.prepares.iter().any(mine) && self.primary(v) != i {
            cx.mark(PREPARE);
            let prepare = cx.sign(Vote { phase: Phase::Prepare, v, n, d });
            self.log.at(n).prepares.push(prepare.clone());
            self.multicast(&Message::Vote(prepare));
        }
        self.advance(n, cx);
    }

    /// A PREPARE or a COMMIT is logged if it is of this view and between the watermarks. The primary
    /// sends no PREPARE.
    pub(super) fn on_vote(&mut self, vote: Signed<Vote>, cx: &mut Cx<'_, Pbft<R>>) {
        let Ok((i, &Vote { phase, v, n, .. })) = cx.verify(&vote) else {
            return cx.discard("not signed by who it says");
        };
        let may = match phase {
            Phase::PrePrepare => false,
            Phase::Prepare => i != self.primary(v),
            Phase::Commit => true,
        };
        if !self.is_replica(i) || !may || v != self.v || !self.in_window(n, cx.config()) {
            return cx.discard("of another view, or not between the watermarks");
        }
        let entry = self.log.at(n);
        if entry.pre_prepare.is_none() && !R::may_overtake() {
            return cx.discard("there is no pre-prepare for it yet");
        }
        let votes = entry.votes(phase);
        if R::counts(votes, i) {
            votes.push(vote);
            self.advance(n, cx);
        }
    }

    /// Something new is known of n: is it prepared, is it committed-local?
    pub(super) fn advance(&mut self, n: Seq, cx: &mut Cx<'_, Pbft<R>>) {
        let (q, i) = (self.q, self.i);
        let entry = self.log.at(n);
        let Some(Vote { v, d, .. }) = entry.accepted() else { return };
        if !is_prepared(entry, d, R::prepares(q)) {
            return;
        }
        let mine = |vote: &Signed<Vote>| vote.claim().0 == i;
        if self.active && !Entry::matching(&entry.commits, d).any(mine) {
            cx.mark(COMMIT);
            entry.prepared = certificate(entry, d, R::prepares(q));
            let commit = cx.sign(Vote { phase: Phase::Commit, v, n, d });
            entry.commits.push(commit.clone());
            self.multicast(&Message::Vote(commit));
        }
        let entry = self.log.at(n);
        if entry.committed.is_none() {
            let for_d = |vote: &&Signed<Vote>| R::commits_to(vote.claim().1.d, d);
            let commits = || entry.commits.iter().filter(for_d);
            if commits().count() >= R::commits(q) {
                entry.committed = Some(commits().cloned().collect());
            }
        }
        self.execute(cx);
    }

    /// What is committed is executed, in the order of sequence numbers.
    pub(super) fn execute(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let mut some = false;
        while let Some((n, m)) = self.next_to_execute() {
            cx.mark(EXECUTE);
            some = true;
            self.log.at(n).executed = true;
            self.executed = self.executed.max(n);
            let effects = m.iter().filter_map(|m| self.execute_one(m, cx)).collect();
            let state = self.state_digest();
            self.report(n, Value::Executed(Executed { effects, state }));
            if n % cx.config().checkpoint == 0 {
                self.take_checkpoint(n, state, cx);
            }
        }
        if some {
            self.propose(cx);
        }
    }

    fn next_to_execute(&self) -> Option<(Seq, Batch)> {
        let mut waiting = self.log.entries.iter().filter(|(_, entry)| !entry.executed);
        waiting.find_map(|(n, entry)| {
            let d = entry.committed_digest()?;
            R::may_execute(*n, self.executed).then_some((*n, entry.request(d)?))
        })
    }

    /// Executes a request, unless it has been before, and answers its client.
    fn execute_one(&mut self, m: &Signed<Request>, cx: &mut Cx<'_, Pbft<R>>) -> Option<Effected> {
        let Request { o, t, c } = m.claim().1;
        self.queue.retain(|m| m.claim().1.c != *c || m.claim().1.t > *t);
        if !R::is_new(self.state.clients.get(c), *t) {
            return None;
        }
        let r = self.state.service.execute(o);
        self.state.clients.insert(*c, Last { t: *t, r: r.clone() });
        if self.active {
            self.worked = self.v;
        }
        cx.mark(REPLY);
        self.reply(*c, cx);
        Some(Effected { c: *c, t: *t, o: o.clone(), r })
    }

    /// The last reply to a client, as of the current view.
    fn reply(&mut self, c: NodeId, cx: &Cx<'_, Pbft<R>>) {
        if let Some(Last { t, r }) = self.state.clients.get(&c).cloned() {
            let reply = cx.sign(Reply { v: self.v, t, c, r });
            self.send(c, Message::Reply(reply));
        }
    }
}

/// prepared(m, v, n, i): so many PREPAREs of different backups match the PRE-PREPARE.
fn is_prepared(entry: &Entry, d: Digest, many: usize) -> bool {
    Entry::matching(&entry.prepares, d).count() >= many
}

/// What shows that it prepared.
fn certificate(entry: &Entry, d: Digest, many: usize) -> Option<Prepared> {
    let pre_prepare = entry.pre_prepare.clone()?;
    let prepares = Entry::matching(&entry.prepares, d).take(many).cloned().collect();
    Some(Prepared { pre_prepare, prepares })
}
