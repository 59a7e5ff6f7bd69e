//! Consensus with an unreliable failure detector, by a rotating coordinator.
//!
//! T. D. Chandra, S. Toueg, *Unreliable Failure Detectors for Reliable Distributed Systems*, JACM
//! 43(2), 1996, section 6.2, figure 6: consensus using any detector of class ◇S, with f < n/2.
//!
//! | the paper | here |
//! |---|---|
//! | `r_p`, `estimate_p`, `ts_p` | `ChandraToueg::r`, `estimate`, `ts` |
//! | c = (r mod n) + 1, of processes 1 to n | `coordinator`: r mod n, of nodes 0 to n-1 |
//! | D_p, of class ◇S | [`Monitor`], of class ◇P, by heartbeats and time-outs that grow |
//! | phase 1: send (p, r, estimate, ts) to c | `ChandraToueg::phase_1` |
//! | phase 2: c gathers ⌈(n+1)/2⌉ estimates, and proposes one with the largest ts | `phase_2` |
//! | phase 3: wait for c's proposal (adopt it, ts := r, ack) or suspect c (nack) | `phase_3` |
//! | phase 4: c gathers ⌈(n+1)/2⌉ replies; if all of these are acks, R-broadcast the decision | `phase_4` |
//! | when R-delivered: decide | `ChandraToueg::r_deliver` |
//!
//! Why it agrees: an estimate that a majority has adopted in round r has the largest ts that any later
//! coordinator finds, whose majority shares a process with that one. That takes no detector and no
//! clock. Why it ends: in the end there is a correct process that nobody suspects any more, and the
//! turn comes round to it.
//!
//! *Deviations*: the detector is the eventually perfect one of the [`detector`](crate::detector), which
//! is of class ◇S too; its first heartbeat is sent after one period, not at once. What a process tells
//! itself it knows at once and without a message. That ⌈(n+1)/2⌉ replies are acks is looked at each time
//! a reply arrives until there are ⌈(n+1)/2⌉ of any kind, as in the paper. Who has decided falls
//! silent: reliable broadcast has told the others, or will.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Cx, Integrity, NodeId, Promises, Protocol, Scenario, Span,
    Termination,
};
use serde::{Deserialize, Serialize};

use crate::Proposed;
use crate::detector::{Growth, Monitor};

/// How many faults are to be survived, and the detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// f: how many crashes are to be survived.
    pub f: u16,
    /// How often a process sends a heartbeat; more than nothing.
    pub period: Span,
    /// How long it waits for one at first, more than nothing. Unless given, a period and as long as a
    /// message is expected to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// By how much time-outs grow when a suspicion turns out to be wrong.
    pub growth: Growth,
}

/// One crash, and heartbeats every 50 ms.
impl Default for Config {
    fn default() -> Self {
        Self { f: 1, period: Span::millis(50), timeout: None, growth: Growth::Doubling }
    }
}

/// What processes say to each other.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// Phase 1: (p, r, estimate, ts).
    Estimate {
        /// The round.
        r: u32,
        /// What the sender would decide.
        estimate: u64,
        /// The round in which it adopted that.
        ts: u32,
    },
    /// Phase 2: (c, r, estimate).
    Propose {
        /// The round.
        r: u32,
        /// What the coordinator proposes.
        estimate: u64,
    },
    /// Phase 3: adopted, in this round.
    Ack(u32),
    /// Phase 3: the coordinator is suspected, in this round.
    Nack(u32),
    /// Phase 4, by reliable broadcast.
    Decide(u64),
    /// A heartbeat.
    Alive,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Estimate { r, estimate, ts } => write!(f, "r{r} estimate {estimate} of r{ts}"),
            Self::Propose { r, estimate } => write!(f, "r{r} propose {estimate}"),
            Self::Ack(r) => write!(f, "r{r} ack"),
            Self::Nack(r) => write!(f, "r{r} nack"),
            Self::Decide(v) => write!(f, "decide {v}"),
            Self::Alive => f.write_str("alive"),
        }
    }
}

/// What a process waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// The next heartbeat is due.
    Beat,
    /// This process was silent for its time-out.
    Silence(NodeId),
}

/// Where a process is in its round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// It has no input yet.
    Before,
    /// The coordinator waits for estimates.
    Two,
    /// Everybody waits for the coordinator.
    Three,
    /// The coordinator waits for replies.
    Four,
    /// It has R-delivered a decision.
    Decided,
}

/// What a coordinator is told in a round.
#[derive(Clone, Debug, Default)]
struct Told {
    /// (q, r, estimate, ts), by q.
    estimates: BTreeMap<NodeId, (u64, u32)>,
    acks: BTreeSet<NodeId>,
    nacks: BTreeSet<NodeId>,
}

/// One process.
pub struct ChandraToueg {
    monitor: Monitor,
    estimate: u64,
    ts: u32,
    r: u32,
    phase: Phase,
    told: BTreeMap<u32, Told>,
    /// (c, r, estimate), by round.
    proposals: BTreeMap<u32, u64>,
}

const PHASE_1: &str = "phase 1: send my estimate to the coordinator";
const PHASE_2: &str = "phase 2: propose an estimate with the largest ts";
const ACK: &str = "phase 3: adopt the proposal, and acknowledge it";
const NACK: &str = "phase 3: the coordinator is suspected";
const DECIDE: &str = "phase 4: a majority has adopted it: R-broadcast the decision";
const GO_ON: &str = "phase 4: not enough have adopted it: the next round";
const DELIVER: &str = "R-deliver: pass on, and decide";
const SUSPECT: &str = "◇S: silence for a time-out: suspect";
const TRUST: &str = "◇S: alive after all: trust, and wait longer from now on";

/// ⌈(n+1)/2⌉.
fn majority(n: u16) -> usize {
    usize::from(n) / 2 + 1
}

/// The coordinator of round r: the paper's (r mod n) + 1, counted from 0.
fn coordinator(r: u32, n: u16) -> NodeId {
    NodeId(u16::try_from(r % u32::from(n)).unwrap_or_default())
}

// --- the algorithm

impl ChandraToueg {
    /// Phase 1: all processes send their estimates to the coordinator of the next round.
    fn phase_1(&mut self, cx: &mut Cx<'_, Self>) {
        cx.mark(PHASE_1);
        self.r += 1;
        let (r, estimate, ts) = (self.r, self.estimate, self.ts);
        self.told = self.told.split_off(&r);
        self.proposals = self.proposals.split_off(&r);
        let c = coordinator(r, cx.n());
        if c == cx.me() {
            self.told.entry(r).or_default().estimates.insert(c, (estimate, ts));
            self.phase = Phase::Two;
        } else {
            cx.send(c, Says::Estimate { r, estimate, ts });
            self.phase = Phase::Three;
        }
    }

    /// Phase 2: the coordinator gathers estimates and proposes one with the largest ts. Returns
    /// whether it did.
    fn phase_2(&mut self, cx: &mut Cx<'_, Self>) -> bool {
        let r = self.r;
        let estimates = &self.told.entry(r).or_default().estimates;
        if estimates.len() < majority(cx.n()) {
            return false;
        }
        let Some(t) = estimates.values().map(|(_, ts)| *ts).max() else { return false };
        let Some((estimate, _)) = estimates.values().find(|(_, ts)| *ts == t) else { return false };
        cx.mark(PHASE_2);
        self.estimate = *estimate;
        cx.multicast(Says::Propose { r, estimate: self.estimate });
        self.proposals.insert(r, self.estimate);
        self.phase = Phase::Three;
        true
    }

    /// Phase 3: everybody waits for the coordinator's proposal, or suspects the coordinator. Returns
    /// whether either came to pass.
    fn phase_3(&mut self, cx: &mut Cx<'_, Self>) -> bool {
        let (r, me) = (self.r, cx.me());
        let c = coordinator(r, cx.n());
        if let Some(estimate) = self.proposals.get(&r) {
            cx.mark(ACK);
            (self.estimate, self.ts) = (*estimate, r);
            if c == me {
                self.told.entry(r).or_default().acks.insert(me);
                self.phase = Phase::Four;
                return true;
            }
            cx.send(c, Says::Ack(r));
        } else if self.monitor.is_suspect(c) {
            cx.mark(NACK);
            cx.send(c, Says::Nack(r));
        } else {
            return false;
        }
        self.phase_1(cx);
        true
    }

    /// Phase 4: the coordinator gathers replies. If a majority has adopted its estimate, that is the
    /// decision. Returns whether there were enough.
    fn phase_4(&mut self, cx: &mut Cx<'_, Self>) -> bool {
        let enough = majority(cx.n());
        let told = self.told.entry(self.r).or_default();
        if told.acks.len() >= enough {
            cx.mark(DECIDE);
            self.r_deliver(self.estimate, cx);
        } else if told.acks.len() + told.nacks.len() >= enough {
            cx.mark(GO_ON);
            self.phase_1(cx);
        } else {
            return false;
        }
        true
    }

    /// R-broadcast, and the first R-delivery at each process: pass it on, decide, and halt.
    fn r_deliver(&mut self, v: u64, cx: &mut Cx<'_, Self>) {
        cx.mark(DELIVER);
        self.phase = Phase::Decided;
        cx.multicast(Says::Decide(v));
        cx.decide(v);
        cx.cancel_timer(Timer::Beat);
        cx.others().for_each(|q| cx.cancel_timer(Timer::Silence(q)));
    }

    /// Goes on for as long as nothing has to be waited for.
    fn go_on(&mut self, cx: &mut Cx<'_, Self>) {
        loop {
            let went_on = match self.phase {
                Phase::Two => self.phase_2(cx),
                Phase::Three => self.phase_3(cx),
                Phase::Four => self.phase_4(cx),
                Phase::Before | Phase::Decided => false,
            };
            if !went_on {
                return;
            }
        }
    }

    /// What a coordinator is told of a round that is not over for me.
    fn told(&mut self, r: u32, cx: &Cx<'_, Self>) -> Option<&mut Told> {
        let mine = r >= self.r && coordinator(r, cx.n()) == cx.me();
        mine.then(|| self.told.entry(r).or_default())
    }

    // --- the failure detector

    fn beat(cx: &mut Cx<'_, Self>) {
        cx.multicast(Says::Alive);
        cx.set_timer(Timer::Beat, cx.config().period);
    }

    fn alive(&mut self, q: NodeId, cx: &mut Cx<'_, Self>) {
        if self.monitor.trust(q, cx.config().growth) {
            cx.mark(TRUST);
        }
        cx.set_timer(Timer::Silence(q), self.monitor.timeout(q));
    }
}

impl Protocol for ChandraToueg {
    const NAME: &'static str = "chandra-toueg";
    const ABOUT: &'static str = "consensus with a failure detector that may be wrong: ◇S, f < n/2";
    const RULES: &'static [&'static str] =
        &[PHASE_1, PHASE_2, ACK, NACK, DECIDE, GO_ON, DELIVER, SUSPECT, TRUST];
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Says;
    type Timer = Timer;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let Config { period, timeout, .. } = *cx.config();
        let timeout = timeout.unwrap_or(period + cx.expected_delay());
        cx.set_timer(Timer::Beat, period);
        cx.others().for_each(|q| cx.set_timer(Timer::Silence(q), period + timeout));
        Self {
            monitor: Monitor::new(timeout),
            estimate: 0,
            ts: 0,
            r: 0,
            phase: Phase::Before,
            told: BTreeMap::new(),
            proposals: BTreeMap::new(),
        }
    }

    fn on_input(&mut self, v: u64, cx: &mut Cx<'_, Self>) {
        if self.phase == Phase::Before {
            self.estimate = v;
            self.phase_1(cx);
            self.go_on(cx);
        }
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        if self.phase == Phase::Decided {
            return;
        }
        match says {
            Says::Estimate { r, estimate, ts } => {
                if let Some(told) = self.told(r, cx) {
                    told.estimates.entry(from).or_insert((estimate, ts));
                }
            }
            Says::Propose { r, .. } if coordinator(r, cx.n()) != from => {
                return cx.discard("not the coordinator of that round");
            }
            Says::Propose { r, estimate } if r >= self.r => {
                self.proposals.entry(r).or_insert(estimate);
            }
            Says::Propose { .. } => {}
            Says::Ack(r) => {
                if let Some(told) = self.told(r, cx) {
                    told.acks.insert(from);
                }
            }
            Says::Nack(r) => {
                if let Some(told) = self.told(r, cx) {
                    told.nacks.insert(from);
                }
            }
            Says::Decide(v) => self.r_deliver(v, cx),
            Says::Alive => self.alive(from, cx),
        }
        self.go_on(cx);
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Self>) {
        match timer {
            Timer::Beat => Self::beat(cx),
            Timer::Silence(q) => {
                cx.mark(SUSPECT);
                self.monitor.suspect(q);
                self.go_on(cx);
            }
        }
    }

    // --- promises

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        let Config { f, period, timeout, growth } = scenario.config;
        let n = scenario.world.nodes;
        if f >= n {
            return Err(Complaint::at(["config", "f"])
                .problem(format!("of {n} nodes, {f} faulty ones leave nobody to decide")));
        }
        let spans = [("period", Some(period)), ("timeout", timeout)];
        if let Some((name, _)) = spans.into_iter().find(|(_, span)| *span == Some(Span::ZERO)) {
            return Err(Complaint::at(["config", name])
                .problem("no time at all is too short")
                .help("write it like \"50ms\""));
        }
        if growth == Growth::By(Span::ZERO) {
            return Err(Complaint::at(["config", "growth"])
                .problem("a time-out that grows by nothing is never long enough")
                .help("write `By(\"5ms\")` or `Doubling`"));
        }
        match scenario.world.all().find(|node| !scenario.inputs.contains_key(node)) {
            Some(node) => Err(Complaint::at(["inputs"])
                .problem(format!("{node} is given no input, and every process begins with one"))
                .help("write `inputs: { 0: [7, 8], … }`, for every node")),
            None => Ok(()),
        }
    }
}

/// What consensus with a failure detector of class ◇S promises, whoever implements it.
#[must_use]
pub fn promises<P: Protocol<Input = u64, Value = u64>>(config: &Config) -> Promises<P> {
    let f = u32::from(config.f);
    Promises::none()
        .and(Agreement::uniform())
        .and(Proposed::default())
        .under(Assumptions::asynchronous().fair_loss().crash_stop(u32::MAX))
        .and(Integrity::default())
        .under(Assumptions::any_world())
        .and(Termination::default())
        .under(Assumptions::partially_synchronous().crash_stop(f).more_than_nodes(2 * f))
}
