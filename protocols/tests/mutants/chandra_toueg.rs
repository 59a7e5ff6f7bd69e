//! Chandra and Toueg's consensus a second time, from a log of all messages, and with mistakes.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::check;
use generals::{Cx, NodeId, Promises, Protocol, Span, VerdictKind};
use generals_protocols::ChandraToueg;
use generals_protocols::chandra_toueg::{self, Says};
use generals_protocols::detector::Growth;
use serde::{Deserialize, Serialize};

use crate::{again, same_in_runs, shipped, worst};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// CT-1: the coordinator proposes the estimate that it was told first.
    FirstEstimate,
    /// Whoever adopts a proposal does not note when.
    NoTs,
    /// Half of the processes, rounded down, are enough.
    Half,
    /// The coordinator decides when enough have replied, whatever they replied.
    AnyReplies,
    /// Whoever hears of a decision keeps it to itself.
    NoRelay,
    /// FD-1: time-outs do not grow.
    NoGrowth,
    /// FD-2: who is suspected is never trusted again.
    NeverTrusts,
    /// No mistake: of equal estimates, another.
    LastOfEqual,
    /// No mistake: decides, and passes it on then.
    DecidesFirst,
}

use Mutation::{
    AnyReplies, DecidesFirst, FirstEstimate, Half, LastOfEqual, NeverTrusts, NoGrowth, NoRelay,
    NoTs,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    mutation: Mutation,
    f: u16,
    period: Span,
    timeout: Option<Span>,
    growth: Growth,
}

impl Default for Config {
    fn default() -> Self {
        let chandra_toueg::Config { f, period, timeout, growth } = chandra_toueg::Config::default();
        Self { mutation: Mutation::None, f, period, timeout, growth }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Nothing,
    Gathering,
    Waiting,
    Counting,
}

#[derive(Default)]
struct Again {
    log: Vec<(NodeId, Says)>,
    estimate: (u64, u32),
    round: u32,
    doing: Doing,
    suspects: BTreeSet<NodeId>,
    timeouts: BTreeMap<NodeId, Span>,
    halted: bool,
}

impl Again {
    /// What of this kind is in the log, once from each.
    fn heard<T>(&self, what: impl Fn(&Says) -> Option<T>) -> Vec<(NodeId, T)> {
        let mut heard: Vec<(NodeId, T)> = Vec::new();
        for (from, says) in &self.log {
            if let Some(said) = what(says).filter(|_| !heard.iter().any(|(who, _)| who == from)) {
                heard.push((*from, said));
            }
        }
        heard
    }

    fn leader(&self, cx: &Cx<'_, Self>) -> NodeId {
        let turn = self.round % u32::from(cx.n());
        NodeId(u16::try_from(turn).unwrap_or_default())
    }

    fn enough(many: usize, cx: &Cx<'_, Self>) -> bool {
        let n = usize::from(cx.n());
        if cx.config().mutation == Half { many >= n / 2 } else { 2 * many > n }
    }

    fn next_round(&mut self, cx: &mut Cx<'_, Self>) {
        self.round += 1;
        let (estimate, ts) = self.estimate;
        let says = Says::Estimate { r: self.round, estimate, ts };
        let leader = self.leader(cx);
        if leader == cx.me() {
            self.log.push((leader, says));
            self.doing = Doing::Gathering;
        } else {
            cx.send(leader, says);
            self.doing = Doing::Waiting;
        }
    }

    /// Chooses among (ts, estimate) of each process.
    fn choose(mut told: Vec<(NodeId, (u32, u64))>, mutation: Mutation) -> u64 {
        if mutation == FirstEstimate {
            return told[0].1.1;
        }
        told.sort_by_key(|(who, (ts, _))| (std::cmp::Reverse(*ts), who.0));
        let equal = told.iter().take_while(|one| one.1.0 == told[0].1.0).count();
        told[if mutation == LastOfEqual { equal - 1 } else { 0 }].1.1
    }

    fn go_on(&mut self, cx: &mut Cx<'_, Self>) {
        let mutation = cx.config().mutation;
        while !self.halted {
            let (round, leader, me) = (self.round, self.leader(cx), cx.me());
            match self.doing {
                Doing::Nothing => return,
                Doing::Gathering => {
                    let told = self.heard(|says| match *says {
                        Says::Estimate { r, estimate, ts } if r == round => Some((ts, estimate)),
                        _ => None,
                    });
                    if !Self::enough(told.len(), cx) {
                        return;
                    }
                    self.estimate.0 = Self::choose(told, mutation);
                    let says = Says::Propose { r: round, estimate: self.estimate.0 };
                    cx.multicast(says);
                    self.log.push((me, says));
                    self.doing = Doing::Waiting;
                }
                Doing::Waiting => {
                    let proposals = self.heard(|says| match *says {
                        Says::Propose { r, estimate } if r == round => Some(estimate),
                        _ => None,
                    });
                    let reply = if let Some((_, estimate)) = proposals.first() {
                        self.estimate = (*estimate, if mutation == NoTs { 0 } else { round });
                        Says::Ack(round)
                    } else if self.suspects.contains(&leader) {
                        Says::Nack(round)
                    } else {
                        return;
                    };
                    if leader == me {
                        self.log.push((me, reply));
                        self.doing = Doing::Counting;
                    } else {
                        cx.send(leader, reply);
                        self.next_round(cx);
                    }
                }
                Doing::Counting => {
                    let acks = self.heard(|says| (*says == Says::Ack(round)).then_some(()));
                    let nacks = self.heard(|says| (*says == Says::Nack(round)).then_some(()));
                    let all = acks.len() + nacks.len();
                    if Self::enough(if mutation == AnyReplies { all } else { acks.len() }, cx) {
                        self.decide(self.estimate.0, true, cx);
                    } else if Self::enough(all, cx) {
                        self.next_round(cx);
                    } else {
                        return;
                    }
                }
            }
        }
    }

    fn decide(&mut self, v: u64, mine: bool, cx: &mut Cx<'_, Self>) {
        self.halted = true;
        let mutation = cx.config().mutation;
        if mutation == DecidesFirst {
            cx.decide(v);
        }
        if mine || mutation != NoRelay {
            cx.multicast(Says::Decide(v));
        }
        if mutation != DecidesFirst {
            cx.decide(v);
        }
        cx.cancel_timer(None);
        cx.others().for_each(|q| cx.cancel_timer(Some(q)));
    }

    fn first_timeout(cx: &Cx<'_, Self>) -> Span {
        let Config { period, timeout, .. } = *cx.config();
        timeout.unwrap_or(period + cx.expected_delay())
    }

    fn alive(&mut self, q: NodeId, cx: &mut Cx<'_, Self>) {
        let Config { mutation, growth, .. } = *cx.config();
        let timeout = self.timeouts.entry(q).or_insert(Self::first_timeout(cx));
        if mutation != NeverTrusts && self.suspects.remove(&q) && mutation != NoGrowth {
            *timeout = match growth {
                Growth::By(more) => *timeout + more,
                Growth::Doubling => *timeout * 2,
            };
        }
        cx.set_timer(Some(q), *timeout);
    }
}

impl Protocol for Again {
    const NAME: &'static str = "chandra-toueg";
    const ABOUT: &'static str = "a rotating coordinator, once more";
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Says;
    /// Whom to suspect; nobody: the next heartbeat.
    type Timer = Option<NodeId>;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let period = cx.config().period;
        cx.set_timer(None, period);
        let timeout = Self::first_timeout(cx);
        cx.others().for_each(|q| cx.set_timer(Some(q), period + timeout));
        Self::default()
    }

    fn on_input(&mut self, v: u64, cx: &mut Cx<'_, Self>) {
        self.estimate = (v, 0);
        self.next_round(cx);
        self.go_on(cx);
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        match says {
            _ if self.halted => return,
            Says::Decide(v) => self.decide(v, false, cx),
            Says::Alive => self.alive(from, cx),
            _ => self.log.push((from, says)),
        }
        self.go_on(cx);
    }

    fn on_timer(&mut self, timer: Option<NodeId>, cx: &mut Cx<'_, Self>) {
        match timer {
            Some(q) => {
                self.suspects.insert(q);
                self.go_on(cx);
            }
            None => {
                cx.multicast(Says::Alive);
                cx.set_timer(None, cx.config().period);
            }
        }
    }

    fn promises(config: &Config) -> Promises<Self> {
        let Config { f, period, timeout, growth, .. } = *config;
        chandra_toueg::promises(&chandra_toueg::Config { f, period, timeout, growth })
    }
}

/// The scenarios in which all promises hold.
const HOLDING: &[&str] = &[
    "chandra-toueg-n3-calm",
    "chandra-toueg-n5-crashes",
    "chandra-toueg-n3-hasty",
    "chandra-toueg-n3-impatient",
    "chandra-toueg-n3-half-told",
    "chandra-toueg-n3-locked",
    "chandra-toueg-n3-adopted",
    "chandra-toueg-n3-refused",
];

#[test]
fn two_implementations_of_the_rotating_coordinator_are_the_same_in_every_run() {
    for name in HOLDING.iter().chain(&["chandra-toueg-n4-stuck", "chandra-toueg-n3-lossy"]) {
        let one = check::<ChandraToueg>(&shipped(name, &[]));
        same_in_runs(&one, &again::<Again>(name, Mutation::None), 0..100);
    }
}

/// Each mistake, a scenario that catches it, the promise that it breaks, and how: nobody can say of a
/// run that is cut off that it would never have ended.
const CAUGHT: &[(Mutation, &str, &str, VerdictKind)] = &[
    (FirstEstimate, "chandra-toueg-n3-locked", "uniform-agreement", VerdictKind::Violated),
    (NoTs, "chandra-toueg-n3-adopted", "uniform-agreement", VerdictKind::Violated),
    (Half, "chandra-toueg-n3-locked", "uniform-agreement", VerdictKind::Violated),
    (AnyReplies, "chandra-toueg-n3-refused", "uniform-agreement", VerdictKind::Violated),
    (NoRelay, "chandra-toueg-n3-half-told", "termination", VerdictKind::Undetermined),
    (NoGrowth, "chandra-toueg-n3-impatient", "termination", VerdictKind::Undetermined),
    (NeverTrusts, "chandra-toueg-n3-impatient", "termination", VerdictKind::Undetermined),
];

#[test]
fn every_mistake_of_a_rotating_coordinator_is_caught_by_a_shipped_scenario() {
    for &(mutation, name, promise, kind) in CAUGHT {
        // A run that does not end is long, and one is enough.
        let runs = if kind == VerdictKind::Violated { 10 } else { 1 };
        let worst = worst(&again::<Again>(name, mutation), runs);
        assert!(worst.contains(&(promise.to_owned(), kind)), "{mutation:?} in {name}: {worst:?}");
    }
}

#[test]
fn what_only_looks_like_a_mistake_of_a_rotating_coordinator_is_not_reported() {
    for mutation in [Mutation::None, LastOfEqual, DecidesFirst] {
        for name in HOLDING {
            again::<Again>(name, mutation).seeds(0..200);
        }
    }
}
