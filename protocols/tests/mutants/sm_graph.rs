//! Signed messages in networks, with mistakes.

use generals::Lockstep;
use generals::testing::{Check, check};
use generals_protocols::SignedMessagesOnGraphs;

use crate::sm_again::{Mutation, SmAgain};
use crate::{Killed, each_is_caught, mistaken, same_in_runs, shipped};

const RING: &str = "sm-graph-0-ring-calm";
const COMMANDER: &str = "sm-graph-1-prism-lying-commander";
const WHEEL: &str = "sm-graph-1-wheel";
const LATE_ORDER: &str = "sm-graph-1-cube-late-order";
const LIEUTENANT: &str = "sm-graph-1-petersen-lying-lieutenant";
const CRASH: &str = "sm-graph-1-cube-crash";
const TWO_TRAITORS: &str = "sm-graph-2-circulant";

fn again(name: &str, mutation: Mutation) -> Check<Lockstep<SmAgain>> {
    let orders = [("[Attack, Retreat]", "[[Attack], [Retreat]]")];
    check(&mistaken::<Lockstep<SmAgain>>(name, mutation, &orders))
}

/// Where nobody lies about single messages, which both do in their own ways.
#[test]
fn two_implementations_of_sm_on_graphs_come_to_the_same_decisions() {
    for name in [RING, LATE_ORDER, CRASH] {
        let shipped: Check<Lockstep<SignedMessagesOnGraphs>> = check(&shipped(name, &[]));
        same_in_runs(&shipped, &again(name, Mutation::None), 0..300);
    }
}

const KILLED: &[Killed<Mutation>] = &[
    (Mutation::Unverified, LIEUTENANT, &["IC1", "IC2"]),
    (Mutation::Late, LATE_ORDER, &["IC1"]),
    (Mutation::OneRoundShort, RING, &["IC1", "IC2"]),
    (Mutation::FirstOnly, COMMANDER, &["IC1"]),
    (Mutation::FirstCome, WHEEL, &["IC1"]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LATE_ORDER, &[]),
    (Mutation::Late, RING, &[]),
    (Mutation::FirstOnly, RING, &[]),
    (Mutation::FirstCome, LIEUTENANT, &[]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_500_runs() {
    each_is_caught(KILLED, 500, again);
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
            again(name, mutation).seeds(0..200);
        }
    }
}
