//! A replica: its state, and what every step ends with.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use generals::{Cx, NodeId, Signed};
use serde::Serialize;

use super::log::Log;
use super::message::{
    Checkpoint, Last, Message, NewView, Proof, Request, Seq, Snapshot, Status, Timestamp, View,
    ViewChange,
};
use super::quorum::Quorums;
use super::rulebook::Rulebook;
use super::service::{Digest, Service};
use super::{Config, Disk, Durable, Pbft, Value};

/// What requests leave behind: the service's state and the last reply to each client.
#[derive(Debug)]
pub struct State {
    pub(super) service: Box<dyn Service>,
    pub(super) clients: BTreeMap<NodeId, Last>,
}

impl State {
    /// As it is written down.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot { service: self.service.snapshot(), clients: self.clients.clone() }
    }

    /// As another replica wrote it down.
    pub(super) fn install(&mut self, snapshot: &Snapshot) {
        self.service.install(&snapshot.service);
        self.clients.clone_from(&snapshot.clients);
    }
}

/// What a replica must not forget in a crash, because others rely on what it said: the view it is in
/// (or it would vote in one that it gave up), the log (or it would vote twice for one number, or hide
/// what prepared), and the stable checkpoint with its state (or what was discarded is lost).
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    pub(super) v: View,
    pub(super) active: bool,
    pub(super) log: Log,
    pub(super) h: Seq,
    pub(super) proof: Proof,
    pub(super) snapshots: BTreeMap<Seq, Snapshot>,
    pub(super) new_view: Option<Signed<NewView>>,
}

/// One replica, i.
pub struct Replica<R> {
    pub(super) i: NodeId,
    pub(super) q: Quorums,
    /// The view it is in, or has asked for.
    pub(super) v: View,
    /// Whether it is in that view: not between its VIEW-CHANGE and a NEW-VIEW.
    pub(super) active: bool,
    pub(super) log: Log,
    /// How far it has executed.
    pub(super) executed: Seq,
    pub(super) state: State,

    // --- section 4.3
    /// h: the last stable checkpoint, the low watermark.
    pub(super) h: Seq,
    /// The proof that it is stable.
    pub(super) proof: Proof,
    /// The states at its own checkpoints: at h, if it has it, and later ones.
    pub(super) snapshots: BTreeMap<Seq, Snapshot>,
    /// CHECKPOINTs above h, the last of each replica for each number.
    pub(super) checkpoints: BTreeMap<(Seq, NodeId), Signed<Checkpoint>>,

    // --- section 4.2: the primary
    /// The last sequence number it gave.
    pub(super) assigned: Seq,

    // --- section 4.4: waiting for requests to be executed, and giving up
    /// Requests to be executed, at most one of each client, the oldest first.
    pub(super) queue: Vec<Signed<Request>>,
    /// The request that the timer runs for, if it runs for one.
    pub(super) waits_for: Option<(NodeId, Timestamp)>,
    /// Whether the timer runs.
    pub(super) timer: bool,
    /// The VIEW-CHANGE for the highest view of each replica, its own included.
    pub(super) view_changes: BTreeMap<NodeId, Signed<ViewChange>>,
    /// What made the current view.
    pub(super) new_view: Option<Signed<NewView>>,
    /// The last view in which a request was executed.
    pub(super) worked: View,

    // --- catching up
    /// The checkpoint whose state it needs.
    pub(super) fetching: Option<Seq>,
    /// Whose turn it is to be asked for one.
    pub(super) fetches: u16,
    /// What others said of themselves last.
    pub(super) peers: BTreeMap<NodeId, Status>,
    /// What it said of itself when it was time to, last.
    pub(super) told: Option<Status>,
    /// Whom it said that to, for the first time, and who has not said since how far it is itself.
    pub(super) unheard: BTreeSet<NodeId>,
    /// How often it said so in a row while nothing changed, as far as that matters.
    pub(super) again: u32,
    /// Whether the timer runs by which it says so.
    pub(super) ticking: bool,

    // --- effects
    /// What is reported when the step is over.
    done: Vec<(Seq, Value)>,
    /// What is sent when the step is over.
    out: Vec<(NodeId, Message)>,
    rules: PhantomData<R>,
}

impl<R: Rulebook> Replica<R> {
    pub(super) fn boot(kept: Option<Kept>, cx: &mut Cx<'_, Pbft<R>>) -> Self {
        let config = cx.config();
        let state = State { service: config.service.build(), clients: BTreeMap::new() };
        let mut replica = Self {
            i: cx.me(),
            q: config.quorums(),
            v: 0,
            active: true,
            log: Log::default(),
            executed: 0,
            state,
            h: 0,
            proof: Proof::new(),
            snapshots: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            assigned: 0,
            queue: Vec::new(),
            waits_for: None,
            timer: false,
            view_changes: BTreeMap::new(),
            new_view: None,
            worked: 0,
            fetching: None,
            fetches: 0,
            peers: BTreeMap::new(),
            told: None,
            unheard: BTreeSet::new(),
            again: 0,
            ticking: false,
            done: Vec::new(),
            out: Vec::new(),
            rules: PhantomData,
        };
        if let Some(kept) = kept {
            replica.rejoin(kept, cx);
        }
        replica
    }

    // --- who is who

    /// The replicas besides this one.
    pub(super) fn others(&self) -> impl Iterator<Item = NodeId> + use<R> {
        let i = self.i;
        NodeId::all(self.q.n).filter(move |other| *other != i)
    }

    /// Whether that is a replica.
    pub(super) const fn is_replica(&self, i: NodeId) -> bool {
        i.0 < self.q.n
    }

    /// p = v mod n.
    pub(super) fn primary(&self, v: View) -> NodeId {
        let p = v % u64::from(self.q.n);
        NodeId(u16::try_from(p).unwrap_or_default())
    }

    pub(super) fn is_primary(&self) -> bool {
        self.primary(self.v) == self.i
    }

    // --- what is good

    /// Whether n lies between the watermarks: h < n <= H.
    pub(super) fn in_window(&self, n: Seq, config: &Config) -> bool {
        self.h < n && n <= self.h.saturating_add(config.log)
    }

    /// Whether these are signed by different replicas, and at least so many.
    pub(super) fn are_from<T>(
        &self,
        many: usize,
        signed: &[Signed<T>],
        cx: &Cx<'_, Pbft<R>>,
    ) -> bool {
        let by_a_replica = |one: &Signed<T>| cx.verify(one).is_ok_and(|(i, _)| self.is_replica(i));
        signed.len() >= many && signed.iter().all(by_a_replica) && from_different::<R, T>(signed)
    }

    /// Whether a client signed this, in its own name.
    pub(super) fn is_request(&self, m: &Signed<Request>, cx: &Cx<'_, Pbft<R>>) -> bool {
        cx.verify(m).is_ok_and(|(c, m)| c == m.c && !self.is_replica(c))
    }

    // --- what it has

    /// A request is waited for until it is executed; of each client only the latest is.
    pub(super) fn wait_for(&mut self, m: &Signed<Request>) {
        let (c, t) = (m.claim().1.c, m.claim().1.t);
        let known = self.queue.iter().any(|m| m.claim().1.c == c && m.claim().1.t >= t);
        if !known && R::is_new(self.state.clients.get(&c), t) {
            self.queue.retain(|m| m.claim().1.c != c);
            self.queue.push(m.clone());
        }
    }

    /// The digest of the state, which a checkpoint and every execution states.
    pub(super) fn state_digest(&self) -> Digest {
        Digest::of(&self.state.snapshot())
    }

    // --- effects

    pub(super) fn send(&mut self, to: NodeId, message: Message) {
        self.out.push((to, message));
    }

    /// To all other replicas.
    pub(super) fn multicast(&mut self, message: &Message) {
        for to in self.others() {
            self.out.push((to, message.clone()));
        }
    }

    /// What has the number n is executed, or a state taken over.
    pub(super) fn report(&mut self, n: Seq, value: Value) {
        self.done.push((n, value));
    }

    /// How much is to be sent so far.
    pub(super) const fn outgoing(&self) -> usize {
        self.out.len()
    }

    /// The end of every step: timers are minded, and what must survive a crash is on the disk before
    /// anything that rests on it can be seen, an execution or a message.
    pub(super) fn finish(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        self.mind_the_timer(cx);
        self.mind_the_others(cx);
        if self.out.is_empty() && self.done.is_empty() {
            return;
        }
        if cx.config().disk == Disk::Synced && R::writes_down() {
            cx.persist(Durable::Replica(Box::new(self.kept())));
        }
        for (n, value) in self.done.drain(..) {
            cx.decide_at(n, value);
        }
        for (to, message) in self.out.drain(..) {
            cx.send(to, message);
        }
    }

    fn kept(&self) -> Kept {
        Kept {
            v: self.v,
            active: self.active,
            log: self.log.clone(),
            h: self.h,
            proof: self.proof.clone(),
            snapshots: self.snapshots.clone(),
            new_view: self.new_view.clone(),
        }
    }

    /// Starts again with what was on the disk: the state of the stable checkpoint, and what was
    /// executed after it, which is executed again. So checkpoints are vouched for again that are not
    /// stable yet: perhaps nobody heard of them, and others forgot theirs in a crash as well. What it
    /// said before is still what it says.
    fn rejoin(&mut self, kept: Kept, cx: &mut Cx<'_, Pbft<R>>) {
        cx.mark(super::REJOIN);
        let Kept { v, active, log, h, proof, snapshots, new_view } = kept;
        (self.v, self.active, self.log, self.h, self.proof) = (v, active, log, h, proof);
        (self.snapshots, self.new_view, self.worked) = (snapshots, new_view, v);
        self.log.entries.values_mut().for_each(|entry| entry.executed = false);
        if let Some((n, snapshot)) = self.snapshots.range(..=self.h).next_back() {
            self.state.install(snapshot);
            self.executed = *n;
            // It may have gone down before it could report how it came there.
            self.done.push((*n, Value::Installed(Digest::of(snapshot))));
        }
        self.assigned = self.log.last_accepted().unwrap_or(0).max(self.h);
        if !self.active {
            let vc = self.view_change(cx);
            self.view_changes.insert(self.i, vc);
        }
        self.execute(cx);
        if self.executed < self.h {
            self.fetch(self.h, cx);
        }
        self.tell_status(cx);
        self.finish(cx);
    }

    // --- for those who look inside

    /// The view it is in or wants to be in, and whether it is in it.
    #[must_use]
    pub const fn view(&self) -> (View, bool) {
        (self.v, self.active)
    }

    /// h, and how far it has executed.
    #[must_use]
    pub const fn progress(&self) -> (Seq, Seq) {
        (self.h, self.executed)
    }

    /// What made the view it is in.
    #[must_use]
    pub const fn new_view(&self) -> Option<&Signed<NewView>> {
        self.new_view.as_ref()
    }

    /// Its own VIEW-CHANGE for the last view it asked for.
    #[must_use]
    pub fn asked(&self) -> Option<&ViewChange> {
        Some(self.view_changes.get(&self.i)?.claim().1)
    }

    /// Its log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }
}

/// Whether of each replica there is one of these, at most.
pub(super) fn from_different<R: Rulebook, T>(signed: &[Signed<T>]) -> bool {
    let mut each = signed.iter().enumerate();
    each.all(|(before, one)| R::counts(&signed[..before], one.claim().0))
}
