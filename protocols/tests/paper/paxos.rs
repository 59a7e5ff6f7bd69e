//! Paxos: what it costs, how long it takes, and what it survives.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, campaign, check};
use generals::trace::{Trace, What};
use generals::{Kindest, NodeId, Seeded, Time, VerdictKind};
use generals_models::scenarios;
use generals_protocols::Paxos;

/// Each node with its own number for an input, in a world with these further fields.
fn paxos(n: u16, config: &str, world: &str) -> Check<Paxos> {
    let inputs: String = (0..n).map(|node| format!("{node}: [{node}], ")).collect();
    check(&format!(
        r#"(protocol: "paxos", config: {config}, inputs: {{ {inputs} }},
            world: (nodes: {n}, {world}), limits: (horizon: "60s"))"#
    ))
}

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

/// 2(n-1) messages for each phase and n-1 to tell what was chosen: one distinguished proposer, who is
/// an acceptor too. It knows after 4 message delays, the others after 5.
#[test]
fn a_distinguished_proposer_needs_5_times_n_minus_1_messages_and_5_delays() {
    for n in 2..=9_u16 {
        let case = paxos(n, "(f: 0)", LOCK_STEP);
        let (outcome, trace) = case.case().worker().trace(&mut Kindest);
        assert_eq!(outcome.tally.sent, 5 * u64::from(n - 1), "n = {n}");
        let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
        for entry in decided {
            let delays = if entry.node.0 == 0 { 4 } else { 5 };
            assert_eq!(entry.at, Time::nanos(delays * 10_000_000), "n = {n}, {}", entry.node);
        }
        assert_eq!(outcome.at, Time::nanos(50_000_000), "and then it is quiet");
    }
}

/// A node alone has a majority.
#[test]
fn one_node_decides_alone_and_at_once() {
    let outcome = paxos(1, "(f: 0)", "").case().worker().run(&mut Kindest).clone();
    assert_eq!((outcome.tally.sent, outcome.at), (0, Time::ZERO));
}

/// Of n = 2f+1 nodes any f may crash, at any time, the distinguished proposer included.
#[test]
fn any_minority_may_crash() {
    for (n, crashing) in [(3, &[0][..]), (3, &[2]), (5, &[0, 1]), (5, &[0, 4]), (5, &[2, 3])] {
        let crash = |node| format!(r#"{node}: CrashStop(at: Chosen(within: "60ms")), "#);
        let faults: String = crashing.iter().map(crash).collect();
        let f = crashing.len();
        paxos(n, &format!("(f: {f})"), &format!("faults: {{ {faults} }}")).seeds(0..300);
    }
}

/// Wherever in whichever step an acceptor crashes and comes back, in everything that can happen to
/// three messages of a small world: no crash falls between a promise and its disk.
#[test]
fn no_crash_in_the_middle_of_a_step_breaks_anything() {
    for node in 0..3 {
        for nth in 1..6 {
            for after_effects in 0..=3 {
                let at = format!("Step(nth: {nth}, after_effects: {after_effects})");
                let outage = format!(r#"outages: [(at: {at}, down: "30ms")], disk: UnsyncedLost"#);
                let world = format!("faults: {{ {node}: CrashRecovery({outage}) }}");
                paxos(3, "(f: 1)", &world).seeds(0..20);
            }
        }
    }
}

/// The boundary n = 2f: with quorums of n/2 two values are chosen, with majorities none. One more node,
/// and the same quorums overlap.
#[test]
fn with_half_of_the_nodes_a_cut_splits_and_a_majority_waits() {
    let cut = |rest: &str| {
        format!(r#"partitions: [Cut(between: [[0], [1{rest}]], from: "0ms", heals: "500ms")]"#)
    };
    let worst = |n, config: &str, world: &str| {
        campaign(paxos(n, config, world).case(), 0..20).verdicts[0].worst()
    };
    let split = "(f: 1, quorum: Available)";
    assert_eq!(worst(2, split, &cut("")), VerdictKind::OutOfModel);
    assert_eq!(worst(2, "(f: 1)", &cut("")), VerdictKind::Holds);
    assert_eq!(worst(3, split, &cut(", 2")), VerdictKind::Holds);
}

/// A number as it is shown: round and proposer.
fn number(text: &str) -> (u64, u16) {
    let (round, by) = text.split_once(".n").expect("a number");
    (round.parse().unwrap(), by.parse().unwrap())
}

/// What was proposed, by number, and who has ever had what accepted on its disk.
type Accepted = BTreeMap<((u64, u16), u64), BTreeSet<NodeId>>;

fn history(trace: &Trace) -> (BTreeMap<(u64, u16), u64>, Accepted) {
    let (mut proposed, mut accepted) = (BTreeMap::new(), Accepted::new());
    for entry in &trace.entries {
        if let Some((_, rest)) = entry.text.split_once("2a accept ")
            && matches!(entry.what, What::Sent { .. })
        {
            let (v, n) = rest.split_once(" at ").expect("a proposal");
            let v = v.parse().unwrap();
            assert_eq!(*proposed.entry(number(n)).or_insert(v), v, "two values at {n}");
        }
        if let Some((_, rest)) = entry.text.split_once("accepted: Some((")
            && entry.what == What::Persisted
        {
            let (n, rest) = rest.split_once(", ").expect("a proposal");
            let v = rest[..rest.find(')').unwrap()].parse().unwrap();
            accepted.entry((number(n), v)).or_default().insert(entry.node);
        }
    }
    (proposed, accepted)
}

/// P2b: once a proposal with the value v is chosen, every proposal with a higher number has the value
/// v, whether anybody knows that it is chosen or not. Returns how many there were.
fn p2b(trace: &Trace) -> usize {
    let (proposed, accepted) = history(trace);
    let chosen = accepted.iter().find(|(_, by)| by.len() >= 2);
    let Some(((n, v), _)) = chosen else { return 0 };
    let later: Vec<_> = proposed.iter().filter(|(later, _)| *later > n).collect();
    assert!(later.iter().all(|(_, value)| *value == v), "{v} is chosen at {n:?}: {proposed:?}");
    later.len()
}

#[test]
fn every_proposal_above_a_chosen_number_has_the_chosen_value() {
    let mut later = 0;
    for name in ["paxos-n3-lossy", "paxos-n3-recovery", "paxos-n3-duel-breaks-off"] {
        let text =
            scenarios::ALL.iter().find(|shipped| shipped.name == name).expect("shipped").text;
        let case = check::<Paxos>(text);
        let mut worker = case.case().worker();
        later += (0..300).map(|seed| p2b(&worker.trace(&mut Seeded::new(seed)).1)).sum::<usize>();
    }
    assert!(later > 50, "{later} proposals prove little");
}

#[test]
fn more_faults_than_nodes_are_refused() {
    let text = r#"(protocol: "paxos", config: (f: 3), inputs: { 0: [7] }, world: (nodes: 3))"#;
    let opened =
        generals::Subject::open(&generals::Plug::<Paxos>::NEW, &generals::Source::new("x", text));
    assert!(opened.err().unwrap().to_string().contains("leave nobody to decide"));
}
