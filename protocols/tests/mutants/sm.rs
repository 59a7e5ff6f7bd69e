//! Signed messages with mistakes.

use generals::testing::{Check, check};
use generals::{Concern, Lockstep};
use generals_protocols::SignedMessages;

use crate::sm_again::{Mutation, SmAgain};
use crate::{Killed, each_is_caught, same_in_every_run, same_in_runs, violated};

const LYING_COMMANDER: &str = "sm-1-n3-lying-commander";
const LYING_LIEUTENANT: &str = "sm-1-n3-lying-lieutenant";
const LATE_ORDER: &str = "sm-1-n3-late-order";
const TWO_TRAITORS: &str = "sm-2-n4-two-traitors";
const TWO_ORDERS: &str = "sm-1-n4-two-orders";

fn shipped(name: &str) -> Check<Lockstep<SignedMessages>> {
    check(&crate::shipped(name, &[]))
}

fn again(name: &str, mutation: Mutation) -> Check<Lockstep<SmAgain>> {
    crate::again(name, mutation)
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
        same_in_runs(&shipped(name), &again(name, Mutation::None), 0..500);
    }
}

const KILLED: &[Killed<Mutation>] = &[
    (Mutation::Unverified, LYING_LIEUTENANT, &["IC2"]),
    (Mutation::Unverified, TWO_ORDERS, &["IC1", "IC2"]),
    (Mutation::SignersTwice, TWO_TRAITORS, &["IC1"]),
    (Mutation::Late, LATE_ORDER, &["IC1"]),
    (Mutation::OneRoundShort, TWO_TRAITORS, &["IC1"]),
    (Mutation::FirstOnly, TWO_TRAITORS, &["IC1"]),
    (Mutation::FirstCome, LYING_COMMANDER, &["IC1"]),
    (Mutation::Unnumbered, TWO_ORDERS, &["IC1", "IC2"]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LYING_COMMANDER, &[]),
    (Mutation::SignersTwice, LYING_LIEUTENANT, &[]),
    (Mutation::Late, LYING_COMMANDER, &[]),
    (Mutation::OneRoundShort, LYING_LIEUTENANT, &[]),
    (Mutation::FirstOnly, LYING_COMMANDER, &[]),
    (Mutation::FirstCome, LYING_LIEUTENANT, &[]),
    (Mutation::Unnumbered, LYING_LIEUTENANT, &[]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_a_thousand_runs() {
    each_is_caught(KILLED, 1_000, again);
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
            assert_eq!(violated(&again(name, mutation), 1_000), [""; 0], "{mutation:?} in {name}");
        }
    }
}

/// For m = 1 there is nobody to pass a second order on to in time.
#[test]
fn to_pass_on_the_first_order_only_is_no_mistake_for_m_1() {
    for name in [LYING_COMMANDER, LYING_LIEUTENANT, LATE_ORDER, TWO_ORDERS] {
        assert_eq!(violated(&again(name, Mutation::FirstOnly), 1_000), [""; 0], "{name}");
    }
}
