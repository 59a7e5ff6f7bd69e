//! Single-decree Paxos, the Synod.
//!
//! L. Lamport, *Paxos Made Simple*, ACM SIGACT News 32(4), 2001, section 2; first in *The Part-Time
//! Parliament*, ACM TOCS 16(2), 1998.
//!
//! | the paper | here |
//! |---|---|
//! | proposal number | [`Ballot`]: a round and the proposer, so that no two proposers share one |
//! | phase 1 (a): a *prepare* request with number n to a majority of acceptors | `Paxos::phase_1a` |
//! | phase 1 (b): respond if n is greater than any number responded to | `Paxos::phase_1b` |
//! | phase 2 (a): an *accept* request with n and a value v | `Paxos::phase_2a` |
//! | phase 2 (b): accept unless a request with a greater number was responded to | `Paxos::phase_2b` |
//! | the value of the highest-numbered proposal among the responses | `Attempt::highest` |
//! | section 2.3: a distinguished learner, who informs the others | the proposer: [`Says::Chosen`] |
//! | section 2.4: a distinguished proposer | [`Proposers::Distinguished`] |
//! | section 2.5: stable storage, "before actually sending the response" | [`Stable`] |
//!
//! Why it is safe: (P2b) once v is chosen, every proposal with a higher number has the value v, since
//! its proposer asked a majority, of whom one had accepted v and could not forget it. That takes
//! neither clocks nor reliable links, and any number of crashes; only disks must keep what they are
//! given. Why it ends: once messages are in time and the waiting times have grown, whoever speaks
//! last keeps all others waiting until it is through.
//!
//! *Deviations*: every node is proposer, acceptor and learner, and what it tells itself it knows at
//! once, without a message. The leader election that the paper leaves open is by waiting: n0 begins,
//! whoever hears of a proposal that is news to it waits before it makes its own, and waits twice as
//! long after each of its own. That an acceptor says which number it refuses for is the paper's advice
//! (end of section 2.2). Who knows what was chosen says so whatever it is asked; who does not know
//! finds out as the paper says, by issuing a proposal, though without an input it can only propose
//! what it finds. What was chosen is on the disk too, so that a node need not find out twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Cx, Integrity, NodeId, Promises, Protocol, Scenario, Span,
    Termination,
};
use serde::{Deserialize, Serialize};

use crate::Proposed;

/// Who proposes, and how many acceptors are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// f: how many faulty nodes are to be survived.
    pub f: u16,
    /// How many acceptors are enough.
    #[serde(skip_serializing_if = "Quorum::is_majority")]
    pub quorum: Quorum,
    /// Who proposes, and when.
    #[serde(skip_serializing_if = "Proposers::is_distinguished")]
    pub proposers: Proposers,
}

/// One fault, a majority, and one proposer at a time.
impl Default for Config {
    fn default() -> Self {
        Self { f: 1, quorum: Quorum::Majority, proposers: Proposers::Distinguished }
    }
}

/// How many acceptors are enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quorum {
    /// The paper's: any two share an acceptor.
    #[default]
    Majority,
    /// n-f, as many as are left after f crashes: no majority unless n > 2f.
    Available,
}

/// Who proposes, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proposers {
    /// n0 at once, the others when nothing is heard of a proposal for a while.
    #[default]
    Distinguished,
    /// Everybody at once, and again as soon as a proposal is refused (section 2.4).
    Duelling,
}

// serde hands these a reference.
impl Quorum {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn is_majority(&self) -> bool {
        *self == Self::Majority
    }
}

impl Proposers {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn is_distinguished(&self) -> bool {
        *self == Self::Distinguished
    }
}

impl Config {
    fn enough(self, n: u16) -> usize {
        match self.quorum {
            Quorum::Majority => usize::from(n) / 2 + 1,
            Quorum::Available => usize::from(n.saturating_sub(self.f)),
        }
    }
}

/// The number of a proposal. Numbers of different proposers differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ballot {
    /// Counted from 1, higher than any that the proposer knew of.
    pub round: u64,
    /// Whose proposal it is.
    pub by: NodeId,
}

impl fmt::Debug for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round, self.by)
    }
}

/// What nodes say to each other.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// Phase 1a: a prepare request.
    Prepare(Ballot),
    /// Phase 1b: a promise not to accept anything with a lower number.
    Promise {
        /// The number of the request.
        n: Ballot,
        /// The proposal with the highest number that was accepted, if any.
        accepted: Option<(Ballot, u64)>,
    },
    /// Phase 2a: an accept request.
    Accept {
        /// Its number.
        n: Ballot,
        /// Its value.
        v: u64,
    },
    /// Phase 2b: the proposal is accepted.
    Accepted(Ballot),
    /// A request is ignored, since a higher number has been promised.
    Refused {
        /// The number of the request.
        n: Ballot,
        /// What has been promised.
        promised: Ballot,
    },
    /// This value has been chosen.
    Chosen(u64),
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prepare(n) => write!(f, "1a prepare {n:?}"),
            Self::Promise { n, accepted: None } => write!(f, "1b promise {n:?}"),
            Self::Promise { n, accepted: Some((na, va)) } => {
                write!(f, "1b promise {n:?}, accepted {va} at {na:?}")
            }
            Self::Accept { n, v } => write!(f, "2a accept {v} at {n:?}"),
            Self::Accepted(n) => write!(f, "2b accepted {n:?}"),
            Self::Refused { n, promised } => write!(f, "not {n:?}, promised {promised:?}"),
            Self::Chosen(v) => write!(f, "{v} is chosen"),
        }
    }
}

/// What a node keeps on its disk: it is written before anything is said that depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stable {
    /// My own value.
    pub input: Option<u64>,
    /// The highest number promised, which my own proposals are among.
    pub promised: Option<Ballot>,
    /// The proposal with the highest number that I accepted.
    pub accepted: Option<(Ballot, u64)>,
    /// What was chosen, as far as I know.
    pub chosen: Option<u64>,
}

/// One proposal of my own.
struct Attempt {
    n: Ballot,
    /// Who promised, and what each had accepted.
    promises: BTreeMap<NodeId, Option<(Ballot, u64)>>,
    /// The value, once phase 2 has begun.
    proposed: Option<u64>,
    accepted: BTreeSet<NodeId>,
}

impl Attempt {
    /// The value of the highest-numbered proposal that any acceptor told of.
    fn highest(&self) -> Option<u64> {
        self.promises.values().flatten().max_by_key(|(n, _)| *n).map(|(_, v)| *v)
    }
}

/// One node: proposer, acceptor and learner.
pub struct Paxos {
    stable: Stable,
    /// The highest round heard of.
    round: u64,
    attempt: Option<Attempt>,
    /// How many proposals I have begun since I started.
    attempts: u32,
}

const RESTART: &str = "a start: what is on the disk still holds";
const PHASE_1A: &str = "phase 1 (a): a prepare request";
const PHASE_1B: &str = "phase 1 (b): promise";
const PHASE_2A_OWN: &str = "phase 2 (a): an accept request, for any value";
const PHASE_2A: &str = "phase 2 (a): an accept request, for the highest-numbered value";
const PHASE_2A_NONE: &str = "phase 2 (a): no value, neither found nor my own";
const PHASE_2B: &str = "phase 2 (b): accept";
const REFUSE: &str = "a higher number is promised: refuse, and say so";
const ABANDON: &str = "refused: abandon the proposal";
const CHOSEN: &str = "a majority has accepted: the value is chosen";
const LEARN: &str = "learn what was chosen";
const TELL: &str = "asked in vain: tell what was chosen";

// --- the algorithm

impl Paxos {
    /// Phase 1 (a): the proposer selects a number n and asks all acceptors for a promise.
    fn phase_1a(&mut self, cx: &mut Cx<'_, Self>) {
        cx.mark(PHASE_1A);
        self.round = self.round.saturating_add(1);
        self.attempts += 1;
        let n = Ballot { round: self.round, by: cx.me() };
        // My own promise, and what keeps me from using this number again.
        self.stable.promised = Some(n);
        self.save(cx);
        let promises = BTreeMap::from([(cx.me(), self.stable.accepted)]);
        let (proposed, accepted) = (None, BTreeSet::new());
        self.attempt = Some(Attempt { n, promises, proposed, accepted });
        cx.multicast(Says::Prepare(n));
        self.wait(cx);
        self.phase_2a(cx);
    }

    /// Phase 1 (b): the acceptor promises, if n is greater than what it has promised.
    fn phase_1b(&mut self, n: Ballot, cx: &mut Cx<'_, Self>) {
        match self.stable.promised {
            Some(promised) if n < promised => self.refuse(n, promised, cx),
            Some(promised) if n == promised => cx.discard("promised already"),
            _ => {
                cx.mark(PHASE_1B);
                self.stable.promised = Some(n);
                self.save(cx);
                cx.send(n.by, Says::Promise { n, accepted: self.stable.accepted });
                self.news(n, cx);
            }
        }
    }

    /// Phase 2 (a): with enough promises, the proposer asks all acceptors to accept the value of the
    /// highest-numbered proposal among them, or any value if they tell of none.
    fn phase_2a(&mut self, cx: &mut Cx<'_, Self>) {
        let enough = cx.config().enough(cx.n());
        let Some(attempt) = &mut self.attempt else { return };
        if attempt.proposed.is_some() || attempt.promises.len() < enough {
            return;
        }
        let highest = attempt.highest();
        let Some(v) = highest.or(self.stable.input) else {
            cx.mark(PHASE_2A_NONE);
            self.attempt = None;
            return;
        };
        cx.mark(if highest.is_some() { PHASE_2A } else { PHASE_2A_OWN });
        attempt.proposed = Some(v);
        let n = attempt.n;
        if self.stable.promised <= Some(n) {
            attempt.accepted.insert(cx.me());
            self.stable.accepted = Some((n, v));
            self.save(cx);
        }
        cx.multicast(Says::Accept { n, v });
        self.count(cx);
    }

    /// Phase 2 (b): the acceptor accepts, unless it has promised a greater number. Who accepts n has
    /// promised n.
    fn phase_2b(&mut self, n: Ballot, v: u64, cx: &mut Cx<'_, Self>) {
        match self.stable.promised {
            Some(promised) if n < promised => self.refuse(n, promised, cx),
            _ => {
                cx.mark(PHASE_2B);
                self.stable.promised = Some(n);
                self.stable.accepted = Some((n, v));
                self.save(cx);
                cx.send(n.by, Says::Accepted(n));
                self.news(n, cx);
            }
        }
    }

    fn refuse(&self, n: Ballot, promised: Ballot, cx: &mut Cx<'_, Self>) {
        cx.mark(REFUSE);
        cx.send(n.by, Says::Refused { n, promised });
    }

    /// One of my requests was refused.
    fn refused(&mut self, n: Ballot, promised: Ballot, cx: &mut Cx<'_, Self>) {
        self.round = self.round.max(promised.round);
        if self.attempt.take_if(|attempt| attempt.n == n).is_some() {
            cx.mark(ABANDON);
            if cx.config().proposers == Proposers::Duelling {
                self.phase_1a(cx);
            }
        }
    }

    /// Whether enough acceptors have accepted my proposal.
    fn count(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(attempt) = &self.attempt else { return };
        let Some(v) = attempt.proposed else { return };
        if attempt.accepted.len() >= cx.config().enough(cx.n()) {
            cx.mark(CHOSEN);
            self.learn(v, cx);
            cx.multicast(Says::Chosen(v));
        }
    }

    /// The value v has been chosen.
    fn learn(&mut self, v: u64, cx: &mut Cx<'_, Self>) {
        cx.mark(LEARN);
        self.attempt = None;
        self.stable.chosen = Some(v);
        self.save(cx);
        cx.decide(v);
        cx.cancel_timer(());
    }

    fn save(&self, cx: &mut Cx<'_, Self>) {
        cx.persist(self.stable);
    }

    // --- who proposes when

    /// Somebody proposes: let it.
    fn news(&mut self, n: Ballot, cx: &mut Cx<'_, Self>) {
        self.round = self.round.max(n.round);
        self.wait(cx);
    }

    /// My next proposal is due after a while: 6 message delays, which is one more than a proposal
    /// takes to be known to all, and twice as long after each of my own. At first each node waits
    /// longer than those before it.
    fn wait(&self, cx: &mut Cx<'_, Self>) {
        let patience = match self.attempts {
            0 => 1 + u64::from(cx.me().0),
            attempts => 1 << attempts.min(40),
        };
        let unit: Span = cx.expected_delay() * 6;
        cx.set_timer((), unit * patience);
    }
}

impl Protocol for Paxos {
    const NAME: &'static str = "paxos";
    const ABOUT: &'static str = "single-decree Paxos: agreement without clocks, on stable storage";
    const RULES: &'static [&'static str] = &[
        RESTART,
        PHASE_1A,
        PHASE_1B,
        PHASE_2A_OWN,
        PHASE_2A,
        PHASE_2A_NONE,
        PHASE_2B,
        REFUSE,
        ABANDON,
        CHOSEN,
        LEARN,
        TELL,
    ];
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Says;
    type Timer = ();
    type Durable = Stable;

    fn boot(disk: Option<Stable>, cx: &mut Cx<'_, Self>) -> Self {
        if disk.is_some() {
            cx.mark(RESTART);
        }
        let stable = disk.unwrap_or_default();
        let round = stable.promised.map_or(0, |n| n.round);
        let node = Self { stable, round, attempt: None, attempts: 0 };
        match stable.chosen {
            // It may have been written down, and not said.
            Some(v) => cx.decide(v),
            None => node.wait(cx),
        }
        node
    }

    fn on_input(&mut self, v: u64, cx: &mut Cx<'_, Self>) {
        self.stable.input = Some(v);
        self.save(cx);
        let duels = cx.config().proposers == Proposers::Duelling;
        if self.stable.chosen.is_none() && (duels || cx.me() == NodeId(0)) {
            self.phase_1a(cx);
        }
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        match says {
            Says::Prepare(n) | Says::Accept { n, .. } if n.by != from => {
                cx.discard("not the sender's own proposal");
            }
            Says::Prepare(_) | Says::Accept { .. } if self.stable.chosen.is_some() => {
                cx.mark(TELL);
                self.stable.chosen.into_iter().for_each(|v| cx.send(from, Says::Chosen(v)));
            }
            Says::Prepare(n) => self.phase_1b(n, cx),
            Says::Accept { n, v } => self.phase_2b(n, v, cx),
            Says::Promise { n, accepted } => match &mut self.attempt {
                Some(attempt) if attempt.n == n => {
                    attempt.promises.entry(from).or_insert(accepted);
                    self.phase_2a(cx);
                }
                _ => cx.discard("a promise for no proposal of mine"),
            },
            Says::Accepted(n) => match &mut self.attempt {
                Some(attempt) if attempt.n == n => {
                    attempt.accepted.insert(from);
                    self.count(cx);
                }
                _ => cx.discard("accepts no proposal of mine"),
            },
            Says::Refused { n, promised } => self.refused(n, promised, cx),
            Says::Chosen(v) if self.stable.chosen.is_none() => self.learn(v, cx),
            Says::Chosen(_) => {}
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        self.phase_1a(cx);
    }

    // --- promises

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        let (f, n) = (scenario.config.f, scenario.world.nodes);
        if f >= n {
            return Err(Complaint::at(["config", "f"])
                .problem(format!("of {n} nodes, {f} faulty ones leave nobody to decide")));
        }
        Ok(())
    }
}

/// What consensus with stable storage promises, whoever implements it.
#[must_use]
pub fn promises<P: Protocol<Input = u64, Value = u64>>(config: &Config) -> Promises<P> {
    let Config { f, quorum, proposers } = *config;
    let f = u32::from(f);
    let safe = Assumptions::asynchronous().fair_loss().crash_recovery(u32::MAX);
    let overlapping = match quorum {
        Quorum::Majority => safe.clone(),
        Quorum::Available => safe.clone().more_than_nodes(2 * f),
    };
    let ends = Assumptions::partially_synchronous().crash_recovery(f).more_than_nodes(2 * f);
    let ends = match proposers {
        Proposers::Distinguished => ends,
        Proposers::Duelling => ends.when("one proposer at a time", |_| false),
    };
    Promises::none()
        .and(Agreement::uniform())
        .under(overlapping)
        .and(Proposed::default())
        .under(safe)
        .and(Integrity::default())
        .under(Assumptions::any_world())
        .and(Termination::default())
        .under(ends)
}
