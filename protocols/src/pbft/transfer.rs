//! Catching up: status messages, so that what was lost is said again, and state transfer (TOCS 2002,
//! section 5.2.2 and 5.3, in the plainest form: a state is handed over whole).

use generals::{Cx, NodeId, Signed};

use super::log::Entry;
use super::message::{
    Batch, Checkpoint, Message, Phase, Proof, Seq, Snapshot, Status, Vote, digest,
};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::service::Digest;
use super::{CATCH_UP, FETCH, HELP, INSTALL, Pbft, STATUS, Timer, Value};

/// How often the time between two STATUSes doubles while nothing new is to be said: until it is 4,096
/// times the first, or 24,576 delays by default. So long may a network that heals late go unnoticed. It
/// might be less, but so often say those how far they are who wait for somebody who is down for good.
const MOST_DOUBLINGS: u32 = 12;

impl<R: Rulebook> Replica<R> {
    fn status(&self, asks: bool) -> Status {
        Status {
            v: self.v,
            active: self.active,
            h: self.h,
            executed: self.executed,
            lacks: self.log.lacking(),
            asks,
        }
    }

    /// Whether something is under way here, with which others may help.
    fn is_busy(&self) -> bool {
        let unstable = self.snapshots.keys().any(|n| *n > self.h);
        let between = !self.active || self.fetching.is_some();
        between || unstable || !self.queue.is_empty() || self.log.is_busy()
    }

    /// Whether nothing is under way here, and all others said they are just as far.
    fn is_settled(&self) -> bool {
        !self.is_busy() && self.others_elsewhere().next().is_none()
    }

    /// The others, but for those who said they are just as far.
    fn others_elsewhere(&self) -> impl Iterator<Item = NodeId> {
        let mine = self.status(false);
        self.others().filter(move |i| self.peers.get(i) != Some(&mine))
    }

    /// At the end of every step: there is a time to say again how far one is, so long as somebody
    /// may not know or may be elsewhere. Nothing new makes that time longer, up to
    /// [`MOST_DOUBLINGS`]; anything new makes it short at once.
    pub(super) fn mind_the_others(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let Some(period) = cx.config().status(cx.expected_delay()) else { return };
        if self.ticking && self.again == 0 {
            return;
        }
        let settled = self.is_settled();
        if settled || self.told.as_ref() != Some(&self.status(true)) {
            self.again = 0;
            if self.ticking {
                self.ticking = false;
                cx.cancel_timer(Timer::Status);
            }
        }
        if self.ticking || settled {
            return;
        }
        self.ticking = true;
        cx.set_timer(Timer::Status, period * (1 << self.again));
    }

    /// It is time to say how far one is, and to repeat what may have been lost.
    pub(super) fn on_status_timer(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        self.ticking = false;
        if self.is_settled() {
            return;
        }
        let now = self.status(true);
        self.unheard.clear();
        if self.told.as_ref() == Some(&now) {
            self.again = MOST_DOUBLINGS.min(self.again + 1);
        } else {
            self.again = 0;
            self.told = Some(now);
        }
        self.tell_status(cx);
        if !self.active && R::repeats_itself() {
            self.repeat_view_change();
        }
        if self.active && !self.is_primary() {
            let primary = self.primary(self.v);
            for m in self.queue.clone() {
                self.send(primary, Message::Request(m));
            }
        }
        self.repeat_checkpoints();
        if let Some(n) = self.fetching {
            self.fetch(n, cx);
        }
    }

    /// ⟨STATUS⟩ to all who can help, or may need help.
    pub(super) fn tell_status(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(STATUS);
        let status = cx.sign(self.status(true));
        let to: Vec<NodeId> = if self.is_busy() {
            self.others().collect()
        } else {
            self.others_elsewhere().collect()
        };
        // What has to be repeated may not be heard this time, either.
        if self.again == 0 {
            self.unheard.extend(&to);
        }
        for i in to {
            self.send(i, Message::Status(status.clone()));
        }
    }

    fn repeat_view_change(&mut self) {
        if let Some(vc) = self.view_changes.get(&self.i).cloned() {
            self.multicast(&Message::ViewChange(vc));
        }
    }

    /// What it vouches for and is not stable yet.
    fn own_checkpoints_above(&self, h: Seq) -> Vec<Signed<Checkpoint>> {
        let above = self.checkpoints.range((h.saturating_add(1), NodeId(0))..);
        above.filter(|((_, by), _)| *by == self.i).map(|(_, mine)| mine.clone()).collect()
    }

    fn repeat_checkpoints(&mut self) {
        for checkpoint in self.own_checkpoints_above(self.h) {
            self.multicast(&Message::Checkpoint(checkpoint));
        }
    }

    /// Another replica says how far it is: it is sent what it lacks.
    pub(super) fn on_status(&mut self, status: &Signed<Status>, cx: &mut Cx<'_, Pbft<R>>) {
        let Ok((i, status)) = cx.verify(status) else {
            return cx.discard("not signed by who it says");
        };
        if !self.is_replica(i) || i == self.i {
            return cx.discard("no other replica's status");
        }
        let status = status.clone();
        self.help(i, &status, cx);
        // What it asks may be on its way to it. If that is lost, one of the two asks again.
        let crosses = self.unheard.remove(&i) && self.told.as_ref() == Some(&self.status(true));
        if status.asks && !crosses {
            let mine = cx.sign(self.status(false));
            self.send(i, Message::Status(mine));
        }
        self.peers.insert(i, Status { asks: false, ..status });
    }

    fn help(&mut self, i: NodeId, status: &Status, cx: &mut Cx<'_, Pbft<R>>) {
        let before = self.outgoing();
        self.help_with_view(i, status);
        if status.h < self.h {
            self.send(i, Message::Stable(self.proof.clone()));
        }
        for checkpoint in self.own_checkpoints_above(status.h) {
            self.send(i, Message::Checkpoint(checkpoint));
        }
        self.help_with_numbers(i, status);
        for d in &status.lacks {
            if let Some(m) = self.log.request(*d) {
                self.send(i, Message::Requests(m));
            }
        }
        if self.outgoing() > before {
            cx.mark(HELP);
        }
    }

    /// What is committed is sent with its certificate; of what is not, everybody says his own part
    /// again.
    fn help_with_numbers(&mut self, i: NodeId, status: &Status) {
        let missed = self.log.entries.iter().filter(|(n, _)| **n > status.executed);
        let (mut certified, mut open) = (Vec::new(), Vec::new());
        for (n, entry) in missed {
            let committed = entry.committed.clone();
            match committed.zip(entry.committed_digest().and_then(|d| entry.request(d))) {
                Some((commits, m)) => certified.push(Message::Committed(commits, m)),
                None => open.push(*n),
            }
        }
        certified.into_iter().for_each(|message| self.send(i, message));
        if status.v == self.v && self.active {
            open.into_iter().for_each(|n| self.repeat(i, n));
        }
    }

    /// What makes the view it should be in.
    fn help_with_view(&mut self, i: NodeId, status: &Status) {
        let is_behind = status.v < self.v || (status.v == self.v && !status.active);
        if !is_behind || !R::repeats_itself() {
            return;
        }
        match (&self.new_view, self.view_changes.get(&self.i)) {
            (Some(nv), _) if self.active => self.send(i, Message::NewView(nv.clone())),
            (_, Some(vc)) if !self.active => self.send(i, Message::ViewChange(vc.clone())),
            _ => {}
        }
    }

    /// Its part in agreeing on n, said again.
    fn repeat(&mut self, to: NodeId, n: Seq) {
        let (i, v) = (self.i, self.v);
        let Some(entry) = self.log.entries.get(&n) else { return };
        let m = entry.accepted().and_then(|vote| entry.requests.get(&vote.d)).cloned();
        if let Some((vote, m)) = entry.pre_prepare.clone().zip(m) {
            self.send(to, Message::PrePrepare(vote, m));
        }
        for phase in [Phase::Prepare, Phase::Commit] {
            if let Some(vote) = self.log.vote_of(i, phase, v, n) {
                self.send(to, Message::Vote(vote));
            }
        }
    }

    /// Requests, and a quorum of COMMITs for them: these are committed, whatever view one is in.
    pub(super) fn on_committed(
        &mut self,
        commits: Vec<Signed<Vote>>,
        m: Batch,
        cx: &mut Cx<'_, Pbft<R>>,
    ) {
        let Some(&vote) = commits.first().map(|commit| commit.claim().1) else {
            return cx.discard("no commits");
        };
        let Vote { phase, n, d, .. } = vote;
        let alike = phase == Phase::Commit && commits.iter().all(|one| *one.claim().1 == vote);
        let requests = d == digest(&m) && m.iter().all(|m| self.is_request(m, cx));
        if !alike || !requests || !self.are_from(R::commits(self.q), &commits, cx) {
            return cx.discard("not a quorum that commits these requests");
        }
        if n <= self.executed || !self.in_window(n, cx.config()) {
            return cx.discard("executed, or not between the watermarks");
        }
        cx.mark(CATCH_UP);
        let entry = self.log.at(n);
        entry.requests.insert(d, m);
        entry.committed = Some(commits);
        self.execute(cx);
    }

    /// Requests of which the digest was known.
    pub(super) fn on_requests(&mut self, m: &Batch, cx: &mut Cx<'_, Pbft<R>>) {
        let d: Digest = digest(m);
        let good = m.iter().all(|m| self.is_request(m, cx));
        let lacking = |entry: &&mut Entry| good && entry.lacking() == Some(d);
        let mut some = false;
        for entry in self.log.entries.values_mut().filter(lacking) {
            entry.requests.insert(d, m.clone());
            some = true;
        }
        if !some {
            return cx.discard("not what is lacking");
        }
        cx.mark(CATCH_UP);
        self.execute(cx);
    }

    // --- state transfer

    /// A checkpoint is stable, others say, who have forgotten what was before it.
    pub(super) fn on_stable(&mut self, proof: Proof, cx: &mut Cx<'_, Pbft<R>>) {
        match self.proven(&proof, cx) {
            Some(checkpoint) => self.adopt(checkpoint.n, proof, cx),
            None => cx.discard("not a proof of a stable checkpoint"),
        }
    }

    /// Asks for the state at n, each time another replica.
    pub(super) fn fetch(&mut self, n: Seq, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(FETCH);
        self.fetching = Some(n);
        let others: Vec<NodeId> = self.others().collect();
        if others.is_empty() {
            return;
        }
        let whose_turn = usize::from(self.fetches) % others.len();
        let whom = others[whose_turn];
        self.fetches = u16::try_from(whose_turn + 1).unwrap_or_default();
        self.send(whom, Message::Fetch(n));
    }

    /// Hands the state at the last stable checkpoint over to who asks, if it is late enough.
    pub(super) fn on_fetch(&mut self, from: NodeId, n: Seq, cx: &mut Cx<'_, Pbft<R>>) {
        match self.snapshots.get(&self.h) {
            Some(state) if n <= self.h && self.h > 0 => {
                let state = Message::State(self.proof.clone(), state.clone());
                self.send(from, state);
            }
            _ => cx.discard("asks for a state that is not here"),
        }
    }

    /// A state, if it is the one that is proven to be right, and later than one's own.
    pub(super) fn on_state(&mut self, proof: Proof, state: &Snapshot, cx: &mut Cx<'_, Pbft<R>>) {
        let Some(checkpoint) = self.proven(&proof, cx) else {
            return cx.discard("not a proof of a stable checkpoint");
        };
        let n = checkpoint.n;
        if n <= self.executed || n < self.h || Digest::of(state) != checkpoint.d {
            return cx.discard("not the state of that checkpoint, or no later one");
        }
        cx.mark(INSTALL);
        self.state.install(state);
        self.executed = n;
        self.fetching = None;
        self.snapshots.insert(n, state.clone());
        self.log.entries.range_mut(..=n).for_each(|(_, entry)| entry.executed = true);
        self.forget_answered();
        self.report(n, Value::Installed(checkpoint.d));
        self.adopt(n, proof, cx);
        self.execute(cx);
        self.propose(cx);
    }

    /// What the state says was answered is no longer waited for.
    fn forget_answered(&mut self) {
        let clients = &self.state.clients;
        self.queue.retain(|m| R::is_new(clients.get(&m.claim().1.c), m.claim().1.t));
    }
}
