//! Practical Byzantine Fault Tolerance.
//!
//! M. Castro, B. Liskov, *Practical Byzantine Fault Tolerance*, OSDI 1999, the version with
//! signatures. Where it leaves something open: M. Castro, B. Liskov, *Practical Byzantine Fault
//! Tolerance and Proactive Recovery*, ACM TOCS 20(4), 2002, and M. Castro's thesis, MIT 2001.
//!
//! | the paper | here |
//! |---|---|
//! | 4.1 The client: REQUEST, f + 1 equal REPLYs, sends to all when none come | [`client`] |
//! | 4.1 exactly-once: the last reply sent to each client | [`replica::State`], `execute_one` |
//! | 4.2 Normal-case operation: PRE-PREPARE, PREPARE, COMMIT, execution in order | [`normal`] |
//! | 4.2 prepared(m, v, n, i), committed-local(m, v, n, i) | `is_prepared`, `advance` |
//! | 4.3 Garbage collection: CHECKPOINT, stable proof, watermarks h and H = h + L | [`checkpoint`] |
//! | 4.4 View changes: VIEW-CHANGE with C and P | [`view_change`] |
//! | 4.4 NEW-VIEW with V and O; min-s, max-s; null requests | [`new_view`] |
//! | 4.5.1 Safety, and its lemmas | [`promises`], [`object`], [`invariants`]: under asynchrony |
//! | 4.5.2 Liveness: time-outs that double, f + 1 VIEW-CHANGEs, smallest view | [`timer`], [`view_change`] |
//! | 4.5.2 and how long that takes | [`prompt`]: never an error, only suspicious |
//! | what never gets on for ever | `outline`: a state that comes again |
//! | TOCS 5.2, thesis 5.2: status messages; 5.3: state transfer | [`transfer`] |
//! | who is wrong about these | [`rulebook`], [`attacks`] |
//!
//! Nodes 0 to `replicas` - 1 are the replicas, all others clients.
//!
//! *Deviations*:
//! - Quorums are right for every n, not only n = 3f + 1: see [`quorum`].
//! - What is signed is believed whoever passes it on, so that any replica can send on what another
//!   lacks. Nothing that matters is unsigned.
//! - PREPAREs and COMMITs of a view that was asked for are kept before its NEW-VIEW comes (as in
//!   TOCS 2002, where only the view number is compared), since messages overtake each other.
//!   PRE-PREPAREs that overtake their NEW-VIEW are dropped, and sent again to who says where it is.
//! - The time to wait for a new view begins with a quorum of VIEW-CHANGEs for this view *or later
//!   ones*. The paper's network delivers all of them in the end; here a replica repeats only the last.
//! - A backup's timer runs for the request that came first (TOCS 2002, section 2.3.5), or a primary
//!   might starve a client.
//! - Who lags behind is sent *certificates*: requests, and a quorum of COMMITs for them. The paper
//!   has everybody repeat his own part; of certificates one is enough, and they count in any view.
//! - Who is alone in giving up on a primary stays outside of its view until f others give up too, as
//!   the paper's rules have it; it goes on executing what it is sent certificates of.
//! - STATUSes are said while somebody may be elsewhere, not for ever, and only to those unless something
//!   is under way here. Who is asked by a STATUS answers, unless it has just said the same and heard
//!   nothing since.
//! - Backups pass on to the primary again, now and then, what they wait for.
//! - A NEW-VIEW's requests may be prepared before they are known here: that they prepared before
//!   shows that correct replicas know them, and these are asked. They are not executed before.
//! - State is transferred whole, not in pages.
//! - D is no cryptographic hash: nobody here looks for collisions.

pub mod attacks;
pub mod checkpoint;
pub mod client;
pub mod invariants;
pub mod log;
pub mod message;
pub mod new_view;
pub mod normal;
pub mod object;
mod outline;
pub mod promises;
pub mod prompt;
pub mod quorum;
pub mod replica;
pub mod rulebook;
pub mod service;
pub mod timer;
pub mod transfer;
pub mod view_change;

use std::fmt;

use generals::{
    Adversary, Complaint, Cx, Fingerprint, Moment, NodeId, Promises, Protocol, Scenario, Span,
};
use serde::{Deserialize, Serialize};

pub use self::client::Workload;
use self::message::{Message, Timestamp};
use self::quorum::Quorums;
use self::rulebook::{Osdi99, Rulebook};
use self::service::{Answer, Digest, Kind, Operation};

/// The group, its log and its time-outs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// n: how many of the nodes, from 0 on, are replicas; the others are clients.
    pub replicas: u16,
    /// f: how many replicas may fail; as many as n allows unless given. More than that is outside
    /// of what is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<u16>,
    /// How many replicas are a quorum; the right number unless given. Any other is outside of what
    /// is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quorum: Option<u16>,
    /// Which service is replicated.
    pub service: Kind,
    /// K: after how many sequence numbers there is a checkpoint; at least 1.
    pub checkpoint: u64,
    /// L: how far the high watermark is above the low one; at least K, at most 10 000.
    pub log: u64,
    /// How many requests may share a sequence number; at least 1.
    pub batch: u16,
    /// How many sequence numbers may be under way; as many as the log has room for unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u64>,
    /// T: how long a backup waits for a request to be executed at first; eight delays unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// How long a client waits for an answer before it asks all replicas; ten delays unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Span>,
    /// How often replicas say how far they are, so long as that may matter; every six delays unless
    /// given, never if zero. Then nothing that is lost is said again, but by clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Span>,
    /// What nodes write down for a time after a crash.
    pub disk: Disk,
}

/// Four replicas and a key-value store, a checkpoint after every 8 requests; nothing is written down.
impl Default for Config {
    fn default() -> Self {
        Self {
            replicas: 4,
            faults: None,
            quorum: None,
            service: Kind::KeyValue,
            checkpoint: 8,
            log: 16,
            batch: 1,
            window: None,
            timeout: None,
            retry: None,
            status: None,
            disk: Disk::None,
        }
    }
}

/// What nodes write down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disk {
    /// Nothing: who crashes is lost.
    #[default]
    None,
    /// All that others may rely on, synced before anything is sent.
    Synced,
}

impl Config {
    /// n, f, and what is a quorum.
    #[must_use]
    pub fn quorums(&self) -> Quorums {
        let n = self.replicas;
        let f = self.faults.unwrap_or(Quorums::of(n).f);
        Quorums { n, f, quorum: self.quorum.unwrap_or(Quorums::least(n, f)) }
    }

    fn window(&self) -> u64 {
        self.window.unwrap_or(self.log)
    }

    fn timeout(&self, delay: Span) -> Span {
        self.timeout.unwrap_or(delay * 8)
    }

    fn retry(&self, delay: Span) -> Span {
        self.retry.unwrap_or(delay * 10)
    }

    fn status(&self, delay: Span) -> Option<Span> {
        Some(self.status.unwrap_or(delay * 6)).filter(|period| *period > Span::ZERO)
    }
}

/// What nodes report: replicas what they execute, in the slot of its sequence number; clients, when
/// they ask for something and when they are answered, in the slots 2t and 2t + 1.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub enum Value {
    /// A replica executed what has this number.
    Executed(Executed),
    /// A replica took over the state at this number.
    Installed(Digest),
    /// A client asks for its t-th operation.
    Invoked(Timestamp, Operation),
    /// A client accepts an answer to its t-th operation.
    Returned(Timestamp, Operation, Answer),
}

/// What the execution of one sequence number came to.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Executed {
    /// The requests that took effect, in order: none for the null request, or if all of them had
    /// been executed before.
    pub effects: Vec<Effected>,
    /// The digest of the state afterwards.
    pub state: Digest,
}

/// A request that took effect.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Effected {
    /// Whose it is.
    pub c: NodeId,
    /// Which of his.
    pub t: Timestamp,
    /// The operation.
    pub o: Operation,
    /// Its result.
    pub r: Answer,
}

impl fmt::Debug for Effected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { c, t, o, r } = self;
        write!(f, "{c}#{t} {o:?}: {r:?}")
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Executed(Executed { effects, state }) => {
                write!(f, "executed {effects:?}, state {state:?}")
            }
            Self::Installed(state) => write!(f, "took over state {state:?}"),
            Self::Invoked(t, o) => write!(f, "asks #{t} {o:?}"),
            Self::Returned(t, o, r) => write!(f, "is answered #{t} {o:?}: {r:?}"),
        }
    }
}

/// The timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A replica's, for giving up on a primary.
    ViewChange,
    /// A replica's, for saying how far it is.
    Status,
    /// A client's, for asking again.
    Retry,
    /// A client's, for asking for the next operation.
    Next,
}

/// What is on a disk.
#[derive(Clone, Debug, Serialize)]
pub enum Durable {
    /// A replica's.
    Replica(Box<replica::Kept>),
    /// A client's.
    Client(Box<client::Kept>),
}

/// A node: a replica or a client.
pub enum Pbft<R: Rulebook = Osdi99> {
    /// One of the nodes 0 to n - 1.
    Replica(Box<replica::Replica<R>>),
    /// One of the others.
    Client(Box<client::Client<R>>),
}

const ASK: &str = "4.1 a client sends a request to the primary";
const ASK_ALL: &str = "4.1 no answer in time: the client sends the request to all replicas";
const ACCEPT: &str = "4.1 f + 1 equal replies: the client accepts the result";
const AGAIN: &str = "4.1 a request that was executed: its reply is sent again";
const RELAY: &str = "4.1 a backup passes a client's request on to the primary";
const PRE_PREPARE: &str = "4.2 the primary gives a number to requests: PRE-PREPARE";
const PREPARE: &str = "4.2 a backup accepts the pre-prepare: PREPARE";
const COMMIT: &str = "4.2 prepared(m, v, n, i): COMMIT";
const EXECUTE: &str = "4.2 committed-local, and all lower numbers executed: executes";
const REPLY: &str = "4.2 a request is executed: REPLY";
const CHECKPOINT: &str = "4.3 every K requests: CHECKPOINT";
const STABLE: &str = "4.3 2f + 1 checkpoints: stable, the log up to it is discarded";
const VIEW_CHANGE: &str = "4.4 gives up on the view: VIEW-CHANGE";
const JOIN: &str = "4.5.2 f + 1 ask for later views: asks for the smallest of them";
const NEW_VIEW: &str = "4.4 2f + 1 view changes: the new primary's NEW-VIEW";
const NULL: &str = "4.4 a number that nothing prepared for: the null request";
const ENTER: &str = "4.4 enters the new view";
const STATUS: &str = "thesis 5.2: says how far it is";
const HELP: &str = "thesis 5.2: sends another what it lacks";
const CATCH_UP: &str = "takes in what was committed without it";
const FETCH: &str = "TOCS 5.3: asks for the state at a stable checkpoint";
const INSTALL: &str = "TOCS 5.3: takes over a state";
const REJOIN: &str = "starts again with what is on its disk";

const RULES: &[&str] = &[
    ASK,
    ASK_ALL,
    ACCEPT,
    AGAIN,
    RELAY,
    PRE_PREPARE,
    PREPARE,
    COMMIT,
    EXECUTE,
    REPLY,
    CHECKPOINT,
    STABLE,
    VIEW_CHANGE,
    JOIN,
    NEW_VIEW,
    NULL,
    ENTER,
    STATUS,
    HELP,
    CATCH_UP,
    FETCH,
    INSTALL,
    REJOIN,
];

impl<R: Rulebook> Protocol for Pbft<R> {
    const NAME: &'static str = "pbft";
    const ABOUT: &'static str = "PBFT: a replicated service that survives f of 3f + 1 traitors";
    const RULES: &'static [&'static str] = RULES;
    type Config = Config;
    type Input = Workload;
    type Value = Value;
    type Message = Message;
    type Timer = Timer;
    type Durable = Durable;

    fn boot(durable: Option<Durable>, cx: &mut Cx<'_, Self>) -> Self {
        let (replica, client) = match durable {
            None => (None, None),
            Some(Durable::Replica(kept)) => (Some(*kept), None),
            Some(Durable::Client(kept)) => (None, Some(*kept)),
        };
        if cx.me().0 < cx.config().replicas {
            Self::Replica(Box::new(replica::Replica::boot(replica, cx)))
        } else {
            Self::Client(Box::new(client::Client::boot(client, cx)))
        }
    }

    fn on_input(&mut self, workload: Workload, cx: &mut Cx<'_, Self>) {
        match self {
            Self::Client(client) => client.on_input(workload, cx),
            Self::Replica(_) => cx.discard("a replica asks for nothing"),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Cx<'_, Self>) {
        let i = match (self, message) {
            (Self::Client(client), Message::Reply(reply)) => return client.on_reply(&reply, cx),
            (Self::Client(_), _) => return cx.discard("not for a client"),
            (Self::Replica(_), Message::Reply(_)) => return cx.discard("not for a replica"),
            (Self::Replica(i), message) => {
                i.on_message(from, message, cx);
                i
            }
        };
        i.finish(cx);
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Self>) {
        match (self, timer) {
            (Self::Replica(i), Timer::ViewChange) => {
                i.on_view_change_timer(cx);
                i.finish(cx);
            }
            (Self::Replica(i), Timer::Status) => {
                i.on_status_timer(cx);
                i.finish(cx);
            }
            (Self::Client(c), Timer::Retry) => c.on_retry(cx),
            (Self::Client(c), Timer::Next) => c.next(cx),
            _ => {}
        }
    }

    // --- promises and lies

    fn promises(config: &Config) -> Promises<Self> {
        promises::promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        admit(&scenario.config, scenario)
    }

    const ATTACKS: &'static [&'static str] = attacks::ALL;

    fn attack(name: &str) -> Option<Box<dyn Adversary<Message>>> {
        attacks::attack(name)
    }

    fn outline(moment: &Moment<'_, Self>, into: &mut Fingerprint) -> bool {
        outline::outline(moment, into)
    }
}

impl<R: Rulebook> replica::Replica<R> {
    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Cx<'_, Pbft<R>>) {
        match message {
            Message::Request(m) => self.on_request(from, m, cx),
            Message::PrePrepare(vote, m) => self.on_pre_prepare(vote, m, cx),
            Message::Vote(vote) => self.on_vote(vote, cx),
            Message::Checkpoint(checkpoint) => self.on_checkpoint(checkpoint, cx),
            Message::ViewChange(vc) => self.on_view_change(vc, cx),
            Message::NewView(nv) => self.on_new_view(nv, cx),
            Message::Status(status) => self.on_status(&status, cx),
            Message::Committed(commits, m) => self.on_committed(commits, m, cx),
            Message::Requests(m) => self.on_requests(&m, cx),
            Message::Stable(proof) => self.on_stable(proof, cx),
            Message::Fetch(n) => self.on_fetch(from, n, cx),
            Message::State(proof, state) => self.on_state(proof, &state, cx),
            Message::Reply(_) => {}
        }
    }
}

/// The longest log: more would only be slow.
const LONGEST_LOG: u64 = 10_000;

/// Refuses what makes no sense.
fn admit<R: Rulebook>(config: &Config, scenario: &Scenario<Pbft<R>>) -> Result<(), Complaint> {
    let at = |field: &str| Complaint::at(["config", field]);
    let (n, nodes) = (config.replicas, scenario.world.nodes);
    if n == 0 || n > nodes {
        return Err(at("replicas")
            .problem(format!("{n} replicas in a world of {nodes} nodes"))
            .help("replicas are the nodes from 0 on; all others are clients"));
    }
    if let Some(f) = config.faults.filter(|f| *f >= n) {
        return Err(at("faults").problem(format!("of {n} replicas, {f} cannot be faulty")));
    }
    if let Some(quorum) = config.quorum.filter(|quorum| *quorum == 0 || *quorum > n) {
        return Err(at("quorum").problem(format!("{quorum} of {n} replicas cannot be a quorum")));
    }
    if config.checkpoint == 0 {
        return Err(at("checkpoint").problem("a checkpoint after every 0 requests"));
    }
    if config.log < config.checkpoint || config.log > LONGEST_LOG {
        return Err(at("log")
            .problem(format!("{} from one watermark to the other", config.log))
            .help(format!("at least `checkpoint`, {}; at most {LONGEST_LOG}", config.checkpoint)));
    }
    for (field, zero) in [
        ("batch", config.batch == 0),
        ("window", config.window == Some(0)),
        ("timeout", config.timeout == Some(Span::ZERO)),
        ("retry", config.retry == Some(Span::ZERO)),
    ] {
        if zero {
            return Err(at(field).problem("nothing would ever be done"));
        }
    }
    for (node, workloads) in &scenario.inputs {
        let key = node.0.to_string();
        let at = || Complaint::at(["inputs", &key]);
        if node.0 < n {
            return Err(at()
                .problem(format!("{node} is a replica, and only clients ask for anything"))
                .help(format!("clients are the nodes from {n} on")));
        }
        let service = config.service.build();
        for workload in workloads {
            if workload.ops.len() > Workload::MOST {
                let (ops, most) = (workload.ops.len(), Workload::MOST);
                return Err(at().problem(format!("{ops} operations; at most {most} are run")));
            }
            if let Some(o) = workload.ops.iter().find(|o| !service.knows(o)) {
                return Err(at().problem(format!("{:?} knows no {o:?}", config.service)));
            }
        }
    }
    Ok(())
}
