//! Fischer, Lynch and Paterson: a scheduler keeps a deterministic protocol from deciding.

use std::collections::BTreeMap;

use generals::testing::{Check, campaign, check};
use generals::trace::{Trace, What};
use generals::{
    Among, Choose, Concern, Ended, Kindest, NodeId, Seeded, Span, Stream, Time, VerdictKind,
};
use generals_protocols::BenOr;

use crate::{decisions, shipped, verdict};

const UNIT: Span = Span::millis(10);

/// A round of patient processes: twice, a message and r times as long again. After how many rounds
/// the time is over.
fn rounds_within(horizon: Span) -> u64 {
    let mut begins = Span::ZERO;
    let mut round = 0;
    while begins <= horizon {
        round += 1;
        begins = begins + UNIT * (2 * (round + 1));
    }
    round
}

fn traced(case: &Check<BenOr>) -> Trace {
    case.case().worker().trace(&mut Kindest).1
}

/// How many rounds the slowest process has begun.
fn rounds(trace: &Trace, nodes: u16) -> u64 {
    let begun = |node| {
        let marks = trace.entries.iter().filter(|entry| entry.what == What::Marked);
        marks.filter(|entry| entry.node == node && entry.text.starts_with("step 1")).count() as u64
    };
    NodeId::all(nodes).map(begun).min().expect("a node")
}

#[test]
fn no_decision_after_as_many_admissible_stages_as_time_allows() {
    for (horizon, stages) in [("1s", 9), ("10s", 31), ("100s", 99), ("1000s", 315)] {
        let case = shipped::<BenOr>("ben-or-n3-flp", &[("\"100s\"", &format!("{horizon:?}"))]);
        let seconds: u64 = horizon.trim_end_matches('s').parse().unwrap();
        assert_eq!(rounds_within(Span::secs(seconds)), stages);
        let trace = traced(&case);
        assert_eq!(rounds(&trace, 3), stages, "{horizon}");
        assert_eq!(decisions(&trace), [], "{horizon}");
        assert_eq!(verdict(case.case(), "termination"), VerdictKind::Undetermined);
        assert_eq!(verdict(case.case(), "uniform-agreement"), VerdictKind::Holds);
    }
}

/// Nobody crashes, everybody goes on taking steps, and whatever is sent in one step of a round arrives
/// before the next round's end.
#[test]
fn the_scheduler_is_admissible() {
    let trace = traced(&shipped("ben-or-n3-flp", &[]));
    let mut rounds = BTreeMap::from([(NodeId(0), 0_u64), (NodeId(1), 0), (NodeId(2), 0)]);
    let (mut sent, mut late) = (0_u64, 0_u64);
    for entry in &trace.entries {
        match &entry.what {
            What::Crashed | What::Stopped { .. } | What::Lied { .. } | What::LeftOut { .. } => {
                panic!("{entry:?}")
            }
            What::Marked if entry.text.starts_with("step 1") => {
                *rounds.get_mut(&entry.node).unwrap() += 1;
            }
            What::Sent { arrivals, .. } => {
                let [arrives] = arrivals.as_slice() else { panic!("{entry:?}") };
                let took = arrives.since(entry.at);
                let round = rounds[&entry.node];
                assert!(took == UNIT || took == UNIT * (round + 2), "{entry:?}");
                sent += 1;
                late += u64::from(took > UNIT);
            }
            _ => {}
        }
        let (least, most) = (rounds.values().min().unwrap(), rounds.values().max().unwrap());
        assert!(most - least <= 1, "{rounds:?}");
    }
    // Half of the messages: each of three processes misses one of two others.
    assert!(sent > 1_000);
    assert!(sent.abs_diff(2 * late) <= 3, "{late} of {sent}");
}

/// As `ben-or-n3-flp`, with more processes.
fn kept(nodes: u16, t: u16, coins: &str, world: &str) -> Check<BenOr> {
    let attack = nodes / 2 + 1;
    let order = |node| if node < attack { "Attack" } else { "Retreat" };
    let inputs: String = (0..nodes).map(|node| format!("{node}: [{}], ", order(node))).collect();
    check(&format!(
        r#"(protocol: "ben-or", config: (t: {t}, coins: {coins}, patient: true),
            inputs: {{ {inputs} }}, world: (nodes: {nodes}, {world},
            adversary: Attack(name: "keep-bivalent")), limits: (horizon: "100s"))"#
    ))
}

#[test]
fn more_processes_and_more_crashes_that_never_come_change_nothing() {
    for (nodes, t) in [(3, 1), (4, 1), (5, 1), (5, 2), (6, 2), (7, 3), (9, 4)] {
        let case = kept(nodes, t, "Alternating", r#"timing: Asynchronous(typical: "10ms")"#);
        let trace = traced(&case);
        assert_eq!(decisions(&trace), [], "n = {nodes}, t = {t}");
        assert_eq!(rounds(&trace, nodes), 99, "n = {nodes}, t = {t}");
    }
}

/// Patience outgrows Δ in the round after the gst at the latest; then all hear the same, and if that is
/// no majority they toss the same: two rounds more.
#[test]
fn with_a_gst_the_same_protocol_decides_under_the_same_scheduler() {
    for (nodes, t) in [(3, 1), (4, 1), (5, 2), (6, 2), (7, 3)] {
        for gst in [0, 1, 2, 5, 20] {
            let timing = format!("timing: PartiallySynchronous(delta: \"10ms\", gst: \"{gst}s\")");
            let case = kept(nodes, t, "Alternating", &timing);
            let decided = decisions(&traced(&case));
            assert_eq!(decided.len(), usize::from(nodes), "n = {nodes}, gst = {gst} s");
            assert!(decided.iter().all(|(_, _, value)| *value == decided[0].2));
            let last = decided.iter().map(|(at, ..)| *at).max().unwrap();
            let gst = Span::secs(gst);
            let round = rounds_within(gst);
            let most =
                gst + (0..4).map(|i| UNIT * (2 * (round + i + 1))).fold(Span::ZERO, |a, b| a + b);
            assert!(last > Time::ZERO + gst && last <= Time::ZERO + most, "n = {nodes}: {last}");
        }
    }
}

#[test]
fn with_real_coins_the_same_protocol_decides_under_the_same_scheduler() {
    for (nodes, t) in [(3, 1), (4, 1), (5, 2), (7, 3)] {
        let case = kept(nodes, t, "Fair", r#"timing: Asynchronous(typical: "10ms")"#);
        let report = campaign(case.case(), 0..500);
        for (row, count) in case.case().promises().iter().zip(&report.verdicts) {
            assert_eq!(count.worst(), VerdictKind::Holds, "n = {nodes}: {}", row.name);
        }
    }
}

#[test]
fn the_scheduler_needs_the_coins_to_be_what_it_expects() {
    // Nobody decides in the first round, as planned, whatever the coins; some coins do as he wants.
    let case = shipped::<BenOr>("ben-or-n3-flp-coins", &[]);
    let mut worker = case.case().worker();
    let mut lengths = BTreeMap::new();
    for seed in 0..500 {
        let (outcome, trace) = worker.trace(&mut Seeded::new(seed));
        assert_eq!(outcome.ended, Ended::Quiet);
        *lengths.entry(rounds(&trace, 3)).or_insert(0) += 1;
    }
    assert!(lengths.keys().all(|rounds| *rounds > 2) && lengths.len() > 3, "{lengths:?}");
}

/// The scheduler once more, as answers about delays, for processes that do not wait; it can be made to
/// stop after so many rounds, and to let a value of its choice win. Written from the lemmas, not from
/// the attack.
struct Bivalent {
    nodes: u16,
    rounds: u64,
    /// Whether in the end the D-message is heard by all, or never sent.
    heard: bool,
    asked: BTreeMap<Stream, u64>,
}

impl Bivalent {
    /// Those that begin this round (from 1) with the value that the coins do not show in it.
    fn at_m(&self, round: u64) -> Vec<u16> {
        let mut at_m: Vec<u16> = (0..=self.nodes / 2).collect();
        for _ in 1..round {
            let followers = usize::from(self.nodes) - at_m.len();
            at_m = (0..self.nodes).filter(|node| !at_m[..followers].contains(node)).collect();
        }
        at_m
    }

    /// Who is late for `to`, in this step (1 or 2) of this round.
    fn late(&self, round: u64, step: u64, to: u16) -> u16 {
        let at_m = self.at_m(round);
        let proposer = at_m[0];
        let anybody_but = |node: u16| (0..self.nodes).find(|it| *it != node && *it != to).unwrap();
        let of = |m: bool| (0..self.nodes).find(|it| *it != to && at_m.contains(it) == m).unwrap();
        let follows = at_m[..usize::from(self.nodes) - at_m.len()].contains(&to);
        let last = round > self.rounds;
        match step {
            1 if to == proposer && !(last && !self.heard) => of(false),
            1 => of(true),
            _ if follows || last => anybody_but(proposer),
            _ => proposer,
        }
    }
}

impl Choose for Bivalent {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        if stream.concern != Concern::Delay {
            return 0;
        }
        let nth = self.asked.entry(stream).or_default();
        *nth += 1;
        let (round, step) = ((*nth - 1) / 2 + 1, (*nth - 1) % 2 + 1);
        let over = round > self.rounds + 1;
        if !over && self.late(round, step, stream.b) == stream.a { among.largest() } else { 0 }
    }
}

/// Lemma 3, shown by what it says: from where the scheduler has brought it, two roads lead on, and to
/// different decisions.
#[test]
fn after_each_stage_both_decisions_can_still_be_reached() {
    for nodes in [3, 4, 5, 6] {
        let order = |node| if node <= nodes / 2 { "Attack" } else { "Retreat" };
        let inputs: String =
            (0..nodes).map(|node| format!("{node}: [{}], ", order(node))).collect();
        let case = check::<BenOr>(&format!(
            r#"(protocol: "ben-or", config: (t: 1, coins: Alternating), inputs: {{ {inputs} }},
                world: (nodes: {nodes}, timing: Synchronous(delta: "100ms", least: "1ms")))"#
        ));
        let mut worker = case.case().worker();
        for stages in 0..60 {
            let mut reached = [true, false].map(|heard| {
                let mut to = Bivalent { nodes, rounds: stages, heard, asked: BTreeMap::new() };
                worker.trace(&mut to).1
            });
            let [heard, unsaid] = reached.each_ref().map(decisions);
            assert_eq!((heard.len(), unsaid.len()), (nodes.into(), nodes.into()));
            let (m, coins) =
                if stages % 2 == 0 { ("Attack", "Retreat") } else { ("Retreat", "Attack") };
            assert!(heard.iter().all(|(.., value)| value == m), "{nodes}, {stages}: {heard:?}");
            assert!(
                unsaid.iter().all(|(.., value)| value == coins),
                "{nodes}, {stages}: {unsaid:?}"
            );
            // The same run up to there: a step takes a millisecond, a round two steps.
            let there = Time::ZERO + Span::millis(2) * stages;
            let [one, other] = &mut reached;
            one.entries.retain(|entry| entry.at < there);
            other.entries.retain(|entry| entry.at < there);
            assert_eq!(one.entries, other.entries, "{nodes} processes, {stages} stages");
        }
    }
}
