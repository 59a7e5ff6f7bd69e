//! Signed messages with mistakes.

use generals::testing::{Check, campaign, check};
use generals::{Concern, Lockstep, Seeded, VerdictKind};
use generals_models::scenarios;
use generals_protocols::SignedMessages;

use crate::sm_again::{Mutation, SmAgain};
use crate::{decisions, same_in_every_run, summary};

const LYING_COMMANDER: &str = "sm-1-n3-lying-commander";
const LYING_LIEUTENANT: &str = "sm-1-n3-lying-lieutenant";
const LATE_ORDER: &str = "sm-1-n3-late-order";
const TWO_TRAITORS: &str = "sm-2-n4-two-traitors";
const TWO_ORDERS: &str = "sm-1-n4-two-orders";

fn text(name: &str) -> &'static str {
    scenarios::ALL.iter().find(|shipped| shipped.name == name).expect(name).text
}

fn shipped(name: &str) -> Check<Lockstep<SignedMessages>> {
    check(text(name))
}

/// A shipped scenario, run by the other implementation with this mistake.
fn again(name: &str, mutation: Mutation) -> Check<Lockstep<SmAgain>> {
    let again = text(name).replace(r#"protocol: "sm""#, r#"protocol: "sm-again""#);
    let again = again.replace("config: (", &format!("config: (mutation: {mutation:?}, "));
    assert!(again.contains("sm-again") && again.contains("mutation"), "{name}");
    check(&again)
}

/// How many of so many runs violate IC1 and IC2, inside their assumptions.
fn violated(name: &str, mutation: Mutation, runs: u64) -> [u64; 2] {
    let report = campaign(again(name, mutation).case(), 0..runs);
    [0, 1].map(|i| report.verdicts[i].of(VerdictKind::Violated))
}

#[test]
fn two_implementations_of_sm_are_the_same_in_every_run() {
    // Of the commander's two messages or the lieutenant's one: nothing, the truth, or a lie.
    for (name, least) in [(LYING_COMMANDER, 2 * 12 * 12), (LYING_LIEUTENANT, 2 * 13)] {
        let same = same_in_every_run(&shipped(name), &again(name, Mutation::None));
        assert!(same >= least, "{name}: {same}");
    }
    // Each of two lieutenants gets the order or not, and is shown the other one in the second round
    // with the signature of the commander, with those of all traitors, which are the same, with as
    // many as there are rounds, or not.
    let same = same_in_every_run(&shipped(LATE_ORDER), &again(LATE_ORDER, Mutation::None));
    assert_eq!(same, 2 * (2 * 2) * (4 * 4));
}

#[test]
fn two_implementations_of_sm_are_the_same_among_two_traitors_and_for_two_orders() {
    for name in [TWO_TRAITORS, TWO_ORDERS] {
        let (shipped, again) = (shipped(name), again(name, Mutation::None));
        let (mut left, mut right) = (shipped.case().worker(), again.case().worker());
        for seed in 0..500 {
            let (one, one_trace) = left.trace(&mut Seeded::new(seed));
            let (other, other_trace) = right.trace(&mut Seeded::new(seed));
            assert_eq!(decisions(&one_trace), decisions(&other_trace), "{name}, seed {seed}");
            assert_eq!(summary(&one), summary(&other), "{name}, seed {seed}");
        }
    }
}

/// Mutation, shipped scenario, and whether it breaks IC1 and IC2 there.
const KILLED: &[(Mutation, &str, [bool; 2])] = &[
    (Mutation::Unverified, LYING_LIEUTENANT, [false, true]),
    (Mutation::Unverified, TWO_ORDERS, [true, true]),
    (Mutation::SignersTwice, TWO_TRAITORS, [true, false]),
    (Mutation::Late, LATE_ORDER, [true, false]),
    (Mutation::OneRoundShort, TWO_TRAITORS, [true, false]),
    (Mutation::FirstOnly, TWO_TRAITORS, [true, false]),
    (Mutation::FirstCome, LYING_COMMANDER, [true, false]),
    (Mutation::Unnumbered, TWO_ORDERS, [true, true]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LYING_COMMANDER, [false, false]),
    (Mutation::SignersTwice, LYING_LIEUTENANT, [false, false]),
    (Mutation::Late, LYING_COMMANDER, [false, false]),
    (Mutation::OneRoundShort, LYING_LIEUTENANT, [false, false]),
    (Mutation::FirstOnly, LYING_COMMANDER, [false, false]),
    (Mutation::FirstCome, LYING_LIEUTENANT, [false, false]),
    (Mutation::Unnumbered, LYING_LIEUTENANT, [false, false]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_a_thousand_runs() {
    for &(mutation, name, expected) in KILLED {
        let found = violated(name, mutation, 1_000);
        assert_eq!(found.map(|runs| runs > 0), expected, "{mutation:?} in {name}: {found:?}");
    }
}

/// The smallest schedule of it: one lieutenant gets no order in the first round, and another order
/// in the second.
#[test]
fn who_accepts_what_is_late_is_caught_by_one_late_order() {
    let explored = again(LATE_ORDER, Mutation::Late).exhaust(128);
    let first = explored.first_broken[0].as_ref().expect("it breaks IC1");
    let shown = first.iter().filter(|deviation| deviation.stream.concern == Concern::Adversary);
    assert_eq!(shown.count(), 2, "{first:?}");
}

/// They are SM(m) in other words, and must not be reported.
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
        for name in [LYING_COMMANDER, LYING_LIEUTENANT, LATE_ORDER, TWO_TRAITORS, TWO_ORDERS] {
            assert_eq!(violated(name, mutation, 1_000), [0, 0], "{mutation:?} in {name}");
        }
    }
}

/// For m = 1 there is nobody to pass a second order on to in time.
#[test]
fn to_pass_on_the_first_order_only_is_no_mistake_for_m_1() {
    for name in [LYING_COMMANDER, LYING_LIEUTENANT, LATE_ORDER, TWO_ORDERS] {
        assert_eq!(violated(name, Mutation::FirstOnly, 1_000), [0, 0], "{name}");
    }
}
