//! Oral messages: costs, rounds, and who survives whom.

use std::collections::BTreeMap;

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Choose, Concern, Kindest, Lockstep, Span, Time, VerdictKind};
use generals_protocols::OralMessages;

use crate::chooser::plan;

const LOCK_STEP: &str = r#"Synchronous(delta: "10ms", least: "10ms")"#;
const SPREAD: &str = r#"Synchronous(delta: "10ms")"#;

/// OM(m) among n generals in this timing, these being liars.
fn timed(timing: &str, m: u16, n: u16, traitors: &[u16]) -> Check<Lockstep<OralMessages>> {
    against("Liar", timing, m, n, traitors)
}

/// OM(m) among n generals in this timing, these being traitors of this kind.
fn against(
    adversary: &str,
    timing: &str,
    m: u16,
    n: u16,
    traitors: &[u16],
) -> Check<Lockstep<OralMessages>> {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    check(&format!(
        r#"(protocol: "om", config: (m: {m}), inputs: {{ 0: [Attack, Retreat] }},
            world: (nodes: {n}, timing: {timing}, faults: {{ {faults} }}, adversary: {adversary}))"#
    ))
}

fn om(m: u16, n: u16, traitors: &[u16]) -> Check<Lockstep<OralMessages>> {
    timed(LOCK_STEP, m, n, traitors)
}

/// Whether the promise of this name is broken in the run with these answers.
fn breaks(om: &Check<Lockstep<OralMessages>>, promise: &str, mut choose: impl Choose) -> bool {
    let i = om.case().promises().iter().position(|row| row.name == promise).expect("a promise");
    om.case().worker().run(&mut choose).verdicts[i].kind().is_broken()
}

/// Every traitor turns round every order he passes on.
fn always_lie() -> impl Choose {
    plan(Concern::Adversary, |_, _| 1)
}

/// Every traitor tells the truth to every other receiver, beginning with the first or second.
fn parity(first_lies: u64) -> impl Choose {
    plan(Concern::Adversary, move |_, nth| (nth + first_lies) % 2)
}

/// What OM(m) among n generals sends for m = 0, 1, 2, 3, 4; LSP82 gives the order of it only.
const MESSAGES: &[(u16, &[u64])] = &[
    (3, &[2, 4]),
    (4, &[3, 9, 15]),
    (5, &[4, 16, 40, 64]),
    (6, &[5, 25, 85, 205, 325]),
    (7, &[6, 36, 156, 516, 1_236]),
    (8, &[7, 49, 259, 1_099, 3_619]),
    (9, &[8, 64, 400, 2_080, 8_800]),
    (10, &[9, 81, 585, 3_609, 18_729]),
    (11, &[10, 100, 820, 5_860, 36_100]),
    (12, &[11, 121, 1_111, 9_031, 64_471]),
    (13, &[12, 144, 1_464, 13_344, 108_384]),
];

/// (n-1)(n-2)…(n-k) for k = 1, …, m+1.
fn rounds(m: u16, n: u16) -> Vec<u64> {
    (1..=m + 1).map(|k| (1..=k).map(|i| u64::from(n - i)).product()).collect()
}

/// When this round begins in lock step, counted from 0.
fn beginning(round: u64) -> Time {
    Time::ZERO + Span::millis(10) * round
}

fn sends(m: u16, n: u16, messages: u64) {
    let om = om(m, n, &[]);
    let mut worker = om.case().worker();
    let outcome = worker.run(&mut Kindest);
    assert_eq!(outcome.tally.sent + outcome.tally.injected, messages, "OM({m}), n = {n}");
    assert_eq!(outcome.tally.delivered, messages, "OM({m}), n = {n}");
    let end = beginning(u64::from(m) + 1);
    assert_eq!(outcome.at, end, "OM({m}), n = {n}");
}

#[test]
fn om_sends_as_many_messages_as_it_must() {
    for &(n, row) in MESSAGES {
        for (m, &messages) in (0..).zip(row).filter(|(m, _)| n <= 10 && *m <= 3) {
            sends(m, n, messages);
        }
    }
}

#[test]
#[cfg(feature = "slow")]
fn slow_om_sends_as_many_messages_as_it_must_up_to_108384_for_m_4_n_13() {
    for &(n, row) in MESSAGES {
        for (m, &messages) in (0..).zip(row).filter(|(m, _)| n > 10 || *m > 3) {
            sends(m, n, messages);
        }
    }
}

#[test]
fn the_table_of_messages_is_the_sum_of_its_rounds() {
    for &(n, row) in MESSAGES {
        for (m, &messages) in (0..).zip(row) {
            assert_eq!(rounds(m, n).iter().sum::<u64>(), messages, "OM({m}), n = {n}");
        }
    }
    assert_eq!(rounds(4, 13), [12, 132, 1_320, 11_880, 95_040]);
    assert_eq!(rounds(3, 10), [9, 72, 504, 3_024]);
    assert_eq!(rounds(2, 7), [6, 30, 120]);
    assert_eq!(rounds(1, 4), [3, 6]);
}

/// The cost depends neither on latencies nor on what is said.
#[test]
fn liars_and_latencies_change_no_message_count() {
    for (m, n, traitors, messages) in [(1, 4, &[0][..], 9), (1, 4, &[3], 9), (2, 7, &[0, 5], 156)] {
        for timing in [LOCK_STEP, SPREAD] {
            let om = timed(timing, m, n, traitors);
            let mut worker = om.case().worker();
            let tally = worker.run(&mut always_lie()).tally;
            assert_eq!(tally.sent + tally.injected, messages, "{timing}, OM({m}), n = {n}");
        }
        let om = timed(SPREAD, m, n, &[]);
        let mut worker = om.case().worker();
        for seed in 0..50 {
            assert_eq!(worker.run_seed(seed).tally.sent, messages, "seed {seed}, OM({m}), n = {n}");
        }
    }
}

#[test]
fn om_takes_m_plus_1_rounds_and_every_loyal_lieutenant_decides_at_their_end() {
    for (m, n) in [(0, 3), (1, 4), (2, 7), (3, 10)] {
        for traitors in [&[][..], &[n - 1]] {
            let om = om(m, n, traitors);
            let (_, trace) = om.case().worker().trace(&mut Kindest);
            let mut sent: BTreeMap<Time, u64> = BTreeMap::new();
            let mut decided: Vec<u16> = Vec::new();
            for entry in &trace.entries {
                match entry.what {
                    What::Sent { .. } => *sent.entry(entry.at).or_default() += 1,
                    What::Decided => {
                        assert_eq!(entry.at, beginning(u64::from(m) + 1));
                        decided.push(entry.node.0);
                    }
                    _ => {}
                }
            }
            let at = (0..).map(beginning);
            assert_eq!(sent, at.zip(rounds(m, n)).collect(), "OM({m}), n = {n}");
            assert!((1..n).filter(|i| !traitors.contains(i)).all(|i| decided.contains(&i)));
        }
    }
}

/// Everything one traitor can say: (n, m, traitor), runs, and how many break IC1 and IC2.
const EXHAUSTED: &[([u16; 3], [u64; 3])] = &[
    ([3, 1, 2], [6, 0, 2]),
    ([3, 1, 0], [18, 0, 0]),
    ([4, 1, 3], [18, 0, 0]),
    ([4, 1, 0], [54, 0, 0]),
    ([5, 1, 4], [54, 0, 0]),
    ([5, 1, 0], [162, 0, 0]),
    ([3, 0, 0], [18, 8, 0]),
    ([4, 0, 0], [54, 36, 0]),
];

#[test]
fn everything_one_traitor_can_say_breaks_exactly_this_much() {
    for &([n, m, traitor], [runs, ic1, ic2]) in EXHAUSTED {
        let om = om(m, n, &[traitor]);
        let explored = om.exhaust(runs);
        let broken = |promise| explored.broken(om.case(), promise).unwrap();
        let found = [explored.report.runs, broken("IC1"), broken("IC2")];
        assert_eq!(found, [runs, ic1, ic2], "OM({m}), n = {n}, traitor {traitor}");
    }
}

/// LSP82, figure 1 against figure 2: at n = 3 it is a lieutenant who must lie.
#[test]
fn at_n_3_a_lying_lieutenant_breaks_ic2_and_a_lying_commander_breaks_nothing() {
    assert!(breaks(&om(1, 3, &[2]), "IC2", always_lie()));
    let lying_commander = om(1, 3, &[0]).exhaust(18);
    assert!(lying_commander.first_broken.iter().all(Option::is_none));
}

/// Theorem 1 one below its bound, for m = 2: here too the commander's lies break nothing, and those
/// of lieutenants do.
#[test]
fn at_n_6_two_lieutenants_break_ic2_and_commander_and_lieutenant_break_nothing() {
    assert!(breaks(&om(2, 6, &[4, 5]), "IC2", always_lie()));
    let with_commander = om(2, 6, &[0, 5]);
    with_commander.seeds(0..2_000);
    for choose in [parity(0), parity(1)] {
        assert!(!breaks(&with_commander, "IC1", choose));
    }
}

/// Lemma 1, on both sides of its bound: (m, k, n), and whether k lying lieutenants break IC2.
const LEMMA_1: &[((u16, u16, u16), bool)] = &[
    ((1, 1, 3), true),
    ((1, 1, 4), false),
    ((1, 2, 4), true),
    ((1, 2, 5), true),
    ((1, 2, 6), false),
    ((1, 3, 7), true),
    ((1, 3, 8), false),
    ((2, 1, 4), true),
    ((2, 1, 5), false),
    ((2, 2, 6), true),
    ((2, 2, 7), false),
    ((2, 3, 8), true),
];

#[test]
fn lemma_1_is_tight_ic2_breaks_exactly_if_n_is_at_most_2k_plus_m() {
    for &((m, k, n), broken) in LEMMA_1 {
        let traitors: Vec<u16> = (n - k..n).collect();
        let case = om(m, n, &traitors);
        assert_eq!(breaks(&case, "IC2", always_lie()), broken, "OM({m}), {k} of n = {n}");
        assert_eq!(n <= 2 * k + m, broken, "OM({m}), {k} of n = {n}");
    }
}

/// What the lemma says, the harness must say too: broken below the bound is not a bug.
#[test]
fn below_its_bound_lemma_1_is_out_of_model_and_never_violated() {
    for &((m, k, n), broken) in LEMMA_1 {
        let traitors: Vec<u16> = (n - k..n).collect();
        let case = om(m, n, &traitors);
        let ic2 = case.case().promises().iter().position(|row| row.name == "IC2").unwrap();
        let verdict = case.case().worker().run(&mut always_lie()).verdicts[ic2].kind();
        let expected = if broken { VerdictKind::OutOfModel } else { VerdictKind::Holds };
        assert_eq!(verdict, expected, "OM({m}), {k} of n = {n}");
    }
}

/// m too small: the commander splits the loyal lieutenants in halves, and the traitor among them
/// decides which half wins, for each of them separately.
#[test]
fn om_1_falls_to_a_commander_and_a_lieutenant_even_at_n_7_8_and_9() {
    for n in [7, 8, 9] {
        assert!(breaks(&om(1, n, &[0, n - 1]), "IC1", parity(0)), "n = {n}");
    }
}

#[test]
fn om_1_survives_two_lieutenants_if_n_exceeds_5() {
    let smallest = om(1, 6, &[4, 5]).exhaust(13_122);
    assert_eq!(smallest.report.runs, 13_122);
    assert!(smallest.first_broken.iter().all(Option::is_none));
    for n in [7, 8, 9] {
        let om = om(1, n, &[n - 2, n - 1]);
        om.seeds(0..500);
        assert!(!breaks(&om, "IC2", always_lie()), "n = {n}");
        assert!(!breaks(&om, "IC1", parity(0)) && !breaks(&om, "IC1", parity(1)), "n = {n}");
    }
}

/// Twins know nothing of orders and paths, and do what the liars of figures 1 to 4 do. A twin
/// commander among three breaks nothing: both lieutenants vote on the same two values.
#[test]
fn a_twin_lieutenant_among_three_breaks_ic2_and_no_twin_among_four_breaks_anything() {
    // An order, a side for each loyal general, and another order for a twin commander.
    for (n, traitor, runs, broken) in [(3, 2, 8, 2), (3, 0, 16, 0), (4, 3, 16, 0), (4, 0, 32, 0)] {
        let twins = against("Twins", LOCK_STEP, 1, n, &[traitor]);
        let report = twins.exhaust(100).report;
        assert_eq!(report.runs, runs, "n = {n}, traitor {traitor}");
        let worst: Vec<u64> =
            report.verdicts.iter().map(|count| runs - count.of(VerdictKind::Holds)).collect();
        // ATTACK and the two generals on different sides: n1 hears of a RETREAT that nobody gave.
        assert_eq!(worst, [0, broken, 0, 0, 0], "n = {n}, traitor {traitor}");
    }
}
