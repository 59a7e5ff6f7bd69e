//! Section 4.1: the client.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use generals::{Cx, NodeId, Signed, Span, Time};
use serde::{Deserialize, Serialize};

use super::message::{Message, Reply, Request, Timestamp, View};
use super::quorum::Quorums;
use super::rulebook::Rulebook;
use super::service::{Answer, Operation};
use super::{ACCEPT, ASK, ASK_ALL, Disk, Durable, Pbft, Timer, Value};

/// What a client asks for, one operation after another: each as soon as the one before is answered,
/// and not before its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The operations; at most [`Workload::MOST`].
    pub ops: Vec<Operation>,
    /// The time of the first one, counted from when the client is told.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start: Span,
    /// How much later the time of each other one is. Zero: a closed loop.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub every: Span,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Workload {
    /// More operations than this in one run are refused.
    pub const MOST: usize = 10_000;
}

/// The request that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) m: Signed<Request>,
    /// When it was sent first.
    since: Time,
    /// The reply of each replica, the last it gave.
    pub(super) replies: BTreeMap<NodeId, (View, Answer)>,
    /// How often it was sent again, as far as that matters.
    pub(super) again: u32,
}

/// An operation that was answered, by the client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which.
    pub t: Timestamp,
    /// When it was asked for, since the client is up.
    pub asked: Time,
    /// When it was answered.
    pub at: Time,
}

/// What a client must not forget in a crash: what it is to ask for, and how far it is, or it would give
/// a timestamp twice.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    workload: Workload,
    since: Time,
    t: Timestamp,
    /// Whether t waits for its answer.
    waits: bool,
}

/// How often the time doubles after which a client asks again.
const MOST_DOUBLINGS: u32 = 6;

/// One client, c.
pub struct Client<R> {
    q: Quorums,
    workload: Workload,
    /// When it was told what to ask for.
    since: Time,
    /// The timestamp of its latest request: how many there were.
    pub(super) t: Timestamp,
    /// The view it believes the replicas to be in.
    pub(super) v: View,
    pub(super) asked: Option<Asked>,
    answered: Option<Answered>,
    rules: PhantomData<R>,
}

impl<R: Rulebook> Client<R> {
    pub(super) fn boot(kept: Option<Kept>, cx: &mut Cx<'_, Pbft<R>>) -> Self {
        let mut client = Self {
            q: cx.config().quorums(),
            workload: Workload::default(),
            since: Time::ZERO,
            t: 0,
            v: 0,
            asked: None,
            answered: None,
            rules: PhantomData,
        };
        if let Some(Kept { workload, since, t, waits }) = kept {
            (client.workload, client.since, client.t) = (workload, since, t);
            if waits {
                // Perhaps it was sent before. It is the same request, whatever became of it.
                client.t -= 1;
                client.ask(cx);
            } else {
                client.next(cx);
            }
        }
        client
    }

    pub(super) fn on_input(&mut self, workload: Workload, cx: &mut Cx<'_, Pbft<R>>) {
        self.workload = workload;
        self.since = cx.now();
        self.keep(false, cx);
        self.next(cx);
    }

    fn operation(&self, t: Timestamp) -> Option<Operation> {
        self.workload.ops.get(usize::try_from(t).ok()?).cloned()
    }

    /// When its operation after so many others is due.
    fn is_due(&self, t: Timestamp) -> Time {
        self.since + self.workload.start + self.workload.every * t
    }

    /// When its last operation is due, if there is any left to ask for.
    pub(super) fn last_is_due(&self) -> Option<Time> {
        let many = self.workload.ops.len() as u64;
        (self.t < many).then(|| self.is_due(many - 1))
    }

    /// Asks for the next operation, at its time.
    pub(super) fn next(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        if self.asked.is_some() || self.operation(self.t).is_none() {
            return;
        }
        let at = self.is_due(self.t);
        if at > cx.now() {
            cx.set_timer(Timer::Next, at.since(cx.now()));
        } else {
            self.ask(cx);
        }
    }

    /// Sends a request to the replica it believes to be the primary.
    fn ask(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let Some(o) = self.operation(self.t) else { return };
        cx.mark(ASK);
        self.t += 1;
        self.keep(true, cx);
        cx.decide_at(2 * self.t, Value::Invoked(self.t, o.clone()));
        let m = cx.sign(Request { o, t: self.t, c: cx.me() });
        let p = self.v % u64::from(self.q.n);
        cx.send(NodeId(u16::try_from(p).unwrap_or_default()), Message::Request(m.clone()));
        self.asked = Some(Asked { m, since: cx.now(), replies: BTreeMap::new(), again: 0 });
        cx.set_timer(Timer::Retry, cx.config().retry(cx.expected_delay()));
    }

    /// No answer in time: the request is sent to all replicas.
    pub(super) fn on_retry(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let Some(asked) = &mut self.asked else { return };
        cx.mark(ASK_ALL);
        asked.again = MOST_DOUBLINGS.min(asked.again + 1);
        for i in NodeId::all(self.q.n) {
            cx.send(i, Message::Request(asked.m.clone()));
        }
        let wait = cx.config().retry(cx.expected_delay()) * (1 << asked.again);
        cx.set_timer(Timer::Retry, wait);
    }

    /// f + 1 replies of different replicas with the same t and r are an answer.
    pub(super) fn on_reply(&mut self, reply: &Signed<Reply>, cx: &mut Cx<'_, Pbft<R>>) {
        let Ok((i, Reply { v, t, c, r })) = cx.verify(reply) else {
            return cx.discard("not signed by who it says");
        };
        let Some(asked) = self.asked.as_mut().filter(|_| *t == self.t && *c == cx.me()) else {
            return cx.discard("not a reply to what was asked");
        };
        if i.0 >= self.q.n {
            return cx.discard("no replica's reply");
        }
        asked.replies.insert(i, (*v, r.clone()));
        let alike = asked.replies.values().filter(|(_, other)| other == r);
        let views: Vec<View> = alike.map(|(v, _)| *v).collect();
        if views.len() < R::replies(self.q) {
            return;
        }
        cx.mark(ACCEPT);
        // One of them is correct, and not ahead of it is the lowest of their views.
        self.v = views.into_iter().min().unwrap_or_default();
        let o = asked.m.claim().1.o.clone();
        self.answered = Some(Answered { t: self.t, asked: asked.since, at: cx.now() });
        self.asked = None;
        cx.cancel_timer(Timer::Retry);
        // Reported first: who goes down in between asks again, and is answered the same.
        cx.decide_at(2 * self.t + 1, Value::Returned(self.t, o, r.clone()));
        self.keep(false, cx);
        self.next(cx);
    }

    fn keep(&self, waits: bool, cx: &mut Cx<'_, Pbft<R>>) {
        if cx.config().disk == Disk::Synced {
            let Self { workload, since, t, .. } = self;
            let kept = Kept { workload: workload.clone(), since: *since, t: *t, waits };
            cx.persist(Durable::Client(Box::new(kept)));
        }
    }

    /// Whether it has anything to ask for, or had: it was told what, and has not forgotten it.
    #[must_use]
    pub const fn knows_its_work(&self) -> bool {
        !self.workload.ops.is_empty()
    }

    /// The last operation that was answered.
    #[must_use]
    pub const fn answered(&self) -> Option<Answered> {
        self.answered
    }
}
