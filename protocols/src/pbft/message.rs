//! What is said, with the paper's names. Whatever matters is signed, so that it may be passed on by
//! anybody; nobody looks at who it came from.

use std::collections::BTreeMap;
use std::fmt;

use generals::{NodeId, Signed};
use serde::{Deserialize, Serialize};

use super::service::{Answer, Digest, Operation, Pairs};

/// v: the number of a view. Its primary is replica v mod n.
pub type View = u64;
/// n: a sequence number, from 1 on.
pub type Seq = u64;
/// t: a client's timestamp. It counts its requests.
pub type Timestamp = u64;

/// ⟨REQUEST, o, t, c⟩.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// o: the operation.
    pub o: Operation,
    /// t: larger than in all of its earlier requests.
    pub t: Timestamp,
    /// c: the client.
    pub c: NodeId,
}

/// m: what a sequence number is given to, which is several requests, one after another. No requests
/// at all are the null request.
pub type Batch = Vec<Signed<Request>>;

/// D(m), of what is signed and by whom; whether the signatures are good is asked elsewhere.
#[must_use]
pub fn digest(m: &[Signed<Request>]) -> Digest {
    let claims: Vec<(NodeId, &Request)> = m.iter().map(Signed::claim).collect();
    Digest::of(&claims)
}

/// The three phases in which a sequence number is agreed upon.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// The primary gives the number to the requests.
    PrePrepare,
    /// A backup agrees.
    Prepare,
    /// A replica knows that a quorum agrees.
    Commit,
}

/// ⟨PRE-PREPARE, v, n, d⟩, ⟨PREPARE, v, n, d, i⟩ or ⟨COMMIT, v, n, d, i⟩; i is the signer.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Which of the three.
    pub phase: Phase,
    /// v.
    pub v: View,
    /// n.
    pub n: Seq,
    /// d = D(m).
    pub d: Digest,
}

/// ⟨REPLY, v, t, c, i, r⟩; i is the signer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// v: the view the replica is in, by which a client finds the primary.
    pub v: View,
    /// t, of the request.
    pub t: Timestamp,
    /// c: to whom.
    pub c: NodeId,
    /// r: the result.
    pub r: Answer,
}

/// ⟨CHECKPOINT, n, d, i⟩; i is the signer.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// n: the last request whose execution is reflected in the state.
    pub n: Seq,
    /// d: the digest of the state, that is of a [`Snapshot`].
    pub d: Digest,
}

/// The proof of a stable checkpoint: a quorum of CHECKPOINTs that are alike. For n = 0, where
/// everybody starts, there is nothing to prove, and it is empty.
pub type Proof = Vec<Signed<Checkpoint>>;

/// P_m: what shows that a request prepared.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The PRE-PREPARE, without the request.
    pub pre_prepare: Signed<Vote>,
    /// 2f PREPAREs of different backups that match it.
    pub prepares: Vec<Signed<Vote>>,
}

/// ⟨VIEW-CHANGE, v, n, C, P, i⟩; i is the signer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewChange {
    /// v: the view it asks for.
    pub v: View,
    /// n: the last stable checkpoint known to i.
    pub n: Seq,
    /// C: its proof.
    pub c: Proof,
    /// P: all that prepared at i with a sequence number above n, by sequence number.
    pub p: Vec<Prepared>,
}

/// ⟨NEW-VIEW, v, V, O⟩, signed by the primary of v.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewView {
    /// v.
    pub v: View,
    /// V: a quorum of VIEW-CHANGEs for v.
    pub vs: Vec<Signed<ViewChange>>,
    /// O: PRE-PREPAREs of v, without their requests.
    pub o: Vec<Signed<Vote>>,
}

/// What a client was answered last.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// t, of the last request that was executed.
    pub t: Timestamp,
    /// r: its result.
    pub r: Answer,
}

/// A state that can be handed over: all that requests leave behind.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The service's state.
    pub service: Pairs,
    /// The last reply to each client: without it a request might be executed twice.
    pub clients: BTreeMap<NodeId, Last>,
}

/// ⟨STATUS, …, i⟩: what a replica has, so that others can send what it lacks (Castro's thesis,
/// section 5.2, in one kind of message for both of his).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The view it is in, or wants to be in.
    pub v: View,
    /// Whether it is in that view.
    pub active: bool,
    /// Its last stable checkpoint.
    pub h: Seq,
    /// How far it has executed.
    pub executed: Seq,
    /// What it knows the digest of only.
    pub lacks: Vec<Digest>,
    /// Whether it wants to hear how far others are.
    pub asks: bool,
}

/// What nodes say to each other.
#[derive(Clone, Serialize, Deserialize)]
pub enum Message {
    /// A client's, or passed on by a backup.
    Request(Signed<Request>),
    /// The primary's, with the requests beside it.
    PrePrepare(Signed<Vote>, Batch),
    /// A PREPARE or a COMMIT.
    Vote(Signed<Vote>),
    /// To a client.
    Reply(Signed<Reply>),
    /// After every K-th request.
    Checkpoint(Signed<Checkpoint>),
    /// From who gave up on a primary.
    ViewChange(Signed<ViewChange>),
    /// From the new primary.
    NewView(Signed<NewView>),
    /// How far one is.
    Status(Signed<Status>),
    /// To who lags behind: a quorum of COMMITs that are alike, and what they commit.
    Committed(Vec<Signed<Vote>>, Batch),
    /// To who lacks it: requests that only a digest is known of.
    Requests(Batch),
    /// To who is behind the low watermark: that checkpoint is stable.
    Stable(Proof),
    /// Asks for the state at a stable checkpoint, or a later one.
    Fetch(Seq),
    /// The state at a stable checkpoint.
    State(Proof, Snapshot),
}

// --- as a reader of a run likes to see it

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{} {:?}", self.c, self.t, self.o)
    }
}

impl fmt::Debug for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PrePrepare => "PRE-PREPARE",
            Self::Prepare => "PREPARE",
            Self::Commit => "COMMIT",
        })
    }
}

impl fmt::Debug for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} v{} #{} {:?}", self.phase, self.v, self.n, self.d)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REPLY v{} {}#{} {:?}", self.v, self.c, self.t, self.r)
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CHECKPOINT #{} {:?}", self.n, self.d)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Vote { v, n, d, .. } = self.pre_prepare.claim().1;
        write!(f, "#{n} {d:?} of v{v}")
    }
}

impl fmt::Debug for ViewChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VIEW-CHANGE v{} from #{} P {:?}", self.v, self.n, self.p)
    }
}

impl fmt::Debug for NewView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of: Vec<NodeId> = self.vs.iter().map(|vc| vc.claim().0).collect();
        let o: Vec<String> = self
            .o
            .iter()
            .map(|vote| {
                let Vote { n, d, .. } = vote.claim().1;
                format!("#{n} {d:?}")
            })
            .collect();
        write!(f, "NEW-VIEW v{} V {of:?} O [{}]", self.v, o.join(", "))
    }
}

impl fmt::Debug for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {:?}", self.t, self.r)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.service, self.clients)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { v, active, h, executed, lacks, asks } = self;
        let wants = if *active { "" } else { " wanted" };
        write!(f, "STATUS v{v}{wants} stable #{h} executed #{executed}")?;
        if !lacks.is_empty() {
            write!(f, " lacks {lacks:?}")?;
        }
        f.write_str(if *asks { ", and you?" } else { "" })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => write!(f, "REQUEST {request:?}"),
            Self::PrePrepare(vote, m) => write!(f, "{vote:?} {m:?}"),
            Self::Vote(vote) => vote.fmt(f),
            Self::Reply(reply) => reply.fmt(f),
            Self::Checkpoint(checkpoint) => checkpoint.fmt(f),
            Self::ViewChange(vc) => vc.fmt(f),
            Self::NewView(nv) => nv.fmt(f),
            Self::Status(status) => status.fmt(f),
            Self::Committed(commits, m) => {
                write!(f, "COMMITTED {} {m:?}", what_all_say(commits))
            }
            Self::Requests(m) => write!(f, "REQUESTS {m:?}"),
            Self::Stable(proof) => write!(f, "STABLE {}", what_all_say(proof)),
            Self::Fetch(n) => write!(f, "FETCH #{n}"),
            Self::State(proof, state) => {
                write!(f, "STATE {} {state:?}", what_all_say(proof))
            }
        }
    }
}

/// The one thing that a certificate is about.
fn what_all_say<T: fmt::Debug>(votes: &[Signed<T>]) -> String {
    votes.first().map_or_else(|| "nothing".to_owned(), |vote| format!("{:?}", vote.claim().1))
}
