//! f crashes, or m traitors, take a round more than there are of them.

use generals::testing::{Check, check};
use generals::{Lockstep, NodeId, Span, Time, VerdictKind};
use generals_protocols::{FloodSet, OralMessages};

use crate::{decisions, shipped, verdict};

type Flooding = Lockstep<FloodSet>;

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

/// Bit i of `attack` is the input of process i.
fn floodset(nodes: u16, rounds: u16, attack: u16, faults: &str) -> Check<Flooding> {
    let order = |node: u16| if attack >> node & 1 == 1 { "Attack" } else { "Retreat" };
    let inputs: String = (0..nodes).map(|node| format!("{node}: [{}], ", order(node))).collect();
    check(&format!(
        r#"(protocol: "floodset", config: (rounds: {rounds}), inputs: {{ {inputs} }},
            world: (nodes: {nodes}, {LOCK_STEP}, faults: {{ {faults} }}))"#
    ))
}

#[test]
fn floodset_takes_r_rounds_and_r_times_n_times_n_minus_1_messages() {
    for nodes in 1..=6 {
        for rounds in 1..=4 {
            let case = floodset(nodes, rounds, 1, "");
            let (outcome, trace) = case.case().worker().trace(&mut generals::Kindest);
            let each = u64::from(nodes) * u64::from(nodes - 1);
            assert_eq!(outcome.tally.sent, u64::from(rounds) * each, "n = {nodes}");
            let at = Time::ZERO + Span::millis(10) * u64::from(rounds);
            let decided = decisions(&trace);
            assert_eq!(decided.len(), usize::from(nodes));
            assert!(decided.iter().all(|one| one.0 == at), "{decided:?}");
        }
    }
}

/// All points at which a process can crash while it speaks: in which round, and how many it still tells.
/// Steps before the first round are its start and its input, and what it hears in a round are steps, too:
/// so many as others were still to speak.
fn speaks(nodes: u16, round: u16, heard: u16) -> impl Iterator<Item = String> {
    let nth = 2 + round + heard;
    (0..nodes - 1)
        .map(move |told| format!("CrashStop(at: Step(nth: {nth}, after_effects: {told}))"))
}

fn broken(case: &Check<Flooding>) -> bool {
    verdict(case.case(), "uniform-agreement").is_broken()
}

/// n0 alone has Retreat. It divides the others exactly if it tells some of them and not all.
#[test]
fn a_single_crash_in_a_single_round_divides_those_it_told_from_the_others() {
    for nodes in 3..=6 {
        for (told, crash) in speaks(nodes, 0, 0).enumerate() {
            let attack = (1 << nodes) - 2;
            let one_less = floodset(nodes, 1, attack, &format!("0: {crash}"));
            assert_eq!(broken(&one_less), told > 0, "n = {nodes}, {told} told");
            let enough = floodset(nodes, 2, attack, &format!("0: {crash}"));
            assert!(!broken(&enough), "n = {nodes}, {told} told");
        }
    }
}

/// A crash in each round, each in any place: n0 speaks for the last time in the first round, n1 in the
/// second. What only n0 knew has to come through n1, alone, to some but not all of n2 and n3.
#[test]
fn of_all_pairs_of_crashes_some_break_two_rounds_and_none_breaks_three() {
    let (mut two, mut three, mut all) = (0, 0, 0);
    for (first, crash) in speaks(4, 0, 0).enumerate() {
        // What n1 hears in the first round: n2, n3, and n0 if it was told before the crash.
        let heard = 2 + u16::from(first >= 1);
        for (second, then) in speaks(4, 1, heard).enumerate() {
            let faults = format!("0: {crash}, 1: {then}");
            let broke = broken(&floodset(4, 2, 0b1110, &faults));
            // n0 tells n1 first, n2 then; n1 tells n0 first, which is down, then n2.
            assert_eq!(broke, first == 1 && second == 2, "{faults}");
            two += u32::from(broke);
            three += u32::from(broken(&floodset(4, 3, 0b1110, &faults)));
            all += 1;
        }
    }
    assert_eq!((two, three, all), (1, 0, 9));
}

#[test]
fn the_chain_of_crashes_that_is_shipped_is_that_one() {
    let broken = shipped::<Flooding>("floodset-n4-one-round-less", &[]);
    assert_eq!(verdict(broken.case(), "uniform-agreement"), VerdictKind::OutOfModel);
    let trace = broken.case().worker().trace(&mut generals::Kindest).1;
    let decided: Vec<_> = decisions(&trace).into_iter().map(|(_, node, v)| (node, v)).collect();
    assert_eq!(decided, [(NodeId(2), "Retreat".to_owned()), (NodeId(3), "Attack".to_owned())]);
    let whole = shipped::<Flooding>("floodset-n4-chain", &[]);
    assert_eq!(verdict(whole.case(), "uniform-agreement"), VerdictKind::Holds);
}

/// The chain for any number of crashes: in round i, process i tells the next one alone.
#[test]
fn a_chain_of_f_crashes_breaks_f_rounds_and_not_f_plus_1() {
    for f in 1..=5_u16 {
        let nodes = f + 2;
        let link = |i: u16| {
            // Who crashed before is first in the order of sending, and hears nothing; in each round
            // before its last it hears all who still speak to it.
            let heard: u16 = (0..i).map(|round| nodes - 1 - round - u16::from(round + 1 < i)).sum();
            let told = if i == 0 { 1 } else { i + 1 };
            format!("{i}: CrashStop(at: Step(nth: {}, after_effects: {told})), ", 2 + i + heard)
        };
        let faults: String = (0..f).map(link).collect();
        let attack = (1 << nodes) - 2;
        assert!(broken(&floodset(nodes, f, attack, &faults)), "f = {f}: {faults}");
        assert!(!broken(&floodset(nodes, f + 1, attack, &faults)), "f = {f}: {faults}");
    }
}

/// The commander is one of m traitors, who divide the others by telling odd ones the opposite.
#[test]
fn oral_messages_with_a_round_less_than_traitors_plus_1_are_broken() {
    let less = shipped::<Lockstep<OralMessages>>("om-1-n7-one-round-less", &[]);
    assert_eq!(verdict(less.case(), "IC1"), VerdictKind::OutOfModel);
    let whole = [("config: (m: 1)", "config: (m: 2)"), ("expect: { \"IC1\": OutOfModel },", "")];
    shipped::<Lockstep<OralMessages>>("om-1-n7-one-round-less", &whole).seeds(0..50);
}
