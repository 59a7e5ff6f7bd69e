//! Signed messages in networks, with mistakes.

use generals::testing::{Check, campaign, check};
use generals::{Lockstep, Seeded, VerdictKind};
use generals_models::scenarios;
use generals_protocols::SignedMessagesOnGraphs;

use crate::decisions;
use crate::sm_again::{Mutation, SmAgain};

const RING: &str = "sm-graph-0-ring-calm";
const COMMANDER: &str = "sm-graph-1-prism-lying-commander";
const WHEEL: &str = "sm-graph-1-wheel";
const LATE_ORDER: &str = "sm-graph-1-cube-late-order";
const LIEUTENANT: &str = "sm-graph-1-petersen-lying-lieutenant";
const CRASH: &str = "sm-graph-1-cube-crash";
const TWO_TRAITORS: &str = "sm-graph-2-circulant";

fn text(name: &str) -> &'static str {
    scenarios::ALL.iter().find(|shipped| shipped.name == name).expect(name).text
}

/// A shipped scenario, run by the other implementation with this mistake.
fn again(name: &str, mutation: Mutation) -> Check<Lockstep<SmAgain>> {
    let again = text(name).replace(r#"protocol: "sm-graph""#, r#"protocol: "sm-again""#);
    let again = again.replace("config: (", &format!("config: (mutation: {mutation:?}, "));
    let again = again.replace("[Attack, Retreat]", "[[Attack], [Retreat]]");
    assert!(again.contains("sm-again") && again.contains("mutation"), "{name}");
    check(&again)
}

/// How many of so many runs break IC1 and IC2. The other implementation assumes a complete network, so
/// nothing is inside its assumptions; it is inside those of the scenario.
fn broken(name: &str, mutation: Mutation, runs: u64) -> [u64; 2] {
    let report = campaign(again(name, mutation).case(), 0..runs);
    [0, 1].map(|i| runs - report.verdicts[i].of(VerdictKind::Holds))
}

/// Where nobody lies about single messages, which both do in their own ways.
#[test]
fn two_implementations_of_sm_on_graphs_come_to_the_same_decisions() {
    for name in [RING, LATE_ORDER, CRASH] {
        let shipped: Check<Lockstep<SignedMessagesOnGraphs>> = check(text(name));
        let again = again(name, Mutation::None);
        let (mut left, mut right) = (shipped.case().worker(), again.case().worker());
        for seed in 0..300 {
            let (one, one_trace) = left.trace(&mut Seeded::new(seed));
            let (other, other_trace) = right.trace(&mut Seeded::new(seed));
            assert_eq!(decisions(&one_trace), decisions(&other_trace), "{name}, seed {seed}");
            assert_eq!(one.tally.sent, other.tally.sent, "{name}, seed {seed}");
        }
    }
}

/// Mutation, shipped scenario, and whether it breaks IC1 and IC2 there.
const KILLED: &[(Mutation, &str, [bool; 2])] = &[
    (Mutation::Unverified, LIEUTENANT, [true, true]),
    (Mutation::Late, LATE_ORDER, [true, false]),
    (Mutation::OneRoundShort, RING, [true, true]),
    (Mutation::FirstOnly, COMMANDER, [true, false]),
    (Mutation::FirstCome, WHEEL, [true, false]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LATE_ORDER, [false, false]),
    (Mutation::Late, RING, [false, false]),
    (Mutation::FirstOnly, RING, [false, false]),
    (Mutation::FirstCome, LIEUTENANT, [false, false]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_500_runs() {
    for &(mutation, name, expected) in KILLED {
        let found = broken(name, mutation, 500);
        assert_eq!(found.map(|runs| runs > 0), expected, "{mutation:?} in {name}: {found:?}");
    }
}

/// They are SM(m+d-1) in other words, and must not be reported. That the last may leave out his
/// signature, or that k signatures are good in round k only, holds here as in complete networks.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [
        Mutation::None,
        Mutation::LastDoesNotSign,
        Mutation::ToSigners,
        Mutation::Greatest,
        Mutation::AllFromCommander,
        Mutation::Exact,
        Mutation::OneRoundMore,
    ] {
        for name in [RING, COMMANDER, WHEEL, LATE_ORDER, LIEUTENANT, CRASH, TWO_TRAITORS] {
            assert_eq!(broken(name, mutation, 200), [0, 0], "{mutation:?} in {name}");
        }
    }
}
