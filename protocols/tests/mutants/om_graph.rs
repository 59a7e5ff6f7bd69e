//! Oral messages in networks, with mistakes.

use generals::testing::{Check, campaign, check};
use generals::{Lockstep, VerdictKind};
use generals_models::scenarios;

use crate::om_graph_again::{Mutation, OmGraphAgain};

const K33: &str = "om-graph-1-k33-calm";
const COMMANDER: &str = "om-graph-1-prism-lying-commander";
const LIEUTENANT: &str = "om-graph-1-prism-lying-lieutenant";
const RELAY: &str = "om-graph-1-cube-lying-relay";
const CRASH: &str = "om-graph-1-cube-crash";

/// A shipped scenario, run by the other implementation with this mistake.
fn again(name: &str, mutation: Mutation) -> Check<Lockstep<OmGraphAgain>> {
    let text = scenarios::ALL.iter().find(|shipped| shipped.name == name).expect(name).text;
    let again = text.replace(r#"protocol: "om-graph""#, r#"protocol: "om-graph-again""#);
    let again = again.replace("config: (", &format!("config: (mutation: {mutation:?}, "));
    assert!(again.contains("om-graph-again") && again.contains("mutation"), "{name}");
    check(&again)
}

/// How many of so many runs violate IC1 and IC2, inside their assumptions.
fn violated(name: &str, mutation: Mutation, runs: u64) -> [u64; 2] {
    let report = campaign(again(name, mutation).case(), 0..runs);
    [0, 1].map(|i| report.verdicts[i].of(VerdictKind::Violated))
}

/// Mutation, shipped scenario, and whether it breaks IC1 and IC2 there.
const KILLED: &[(Mutation, &str, [bool; 2])] = &[
    // The shortest way from n2 to n4 is by way of n1, who has told n4 a lie already.
    (Mutation::Shortest, LIEUTENANT, [true, true]),
    // The commander who told n3 one thing tells n1 that n3 has said another.
    (Mutation::ThroughCommander, COMMANDER, [true, false]),
    (Mutation::TooShallow, K33, [false, true]),
    (Mutation::OwnLeftOut, COMMANDER, [true, false]),
    // Where they do not show, they are not reported.
    (Mutation::Shortest, K33, [false, false]),
    (Mutation::Shortest, COMMANDER, [false, false]),
    (Mutation::ThroughCommander, K33, [false, false]),
    (Mutation::OwnLeftOut, K33, [false, false]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_500_runs() {
    for &(mutation, name, expected) in KILLED {
        let found = violated(name, mutation, 500);
        assert_eq!(found.map(|runs| runs > 0), expected, "{mutation:?} in {name}: {found:?}");
    }
}

/// Any disjoint paths will do; and if one value of three is missing, the others agree.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    // To try all paths takes its time.
    for (name, runs) in [(K33, 200), (COMMANDER, 200), (LIEUTENANT, 200), (RELAY, 20), (CRASH, 20)]
    {
        for mutation in [Mutation::None, Mutation::LongWays, Mutation::Abstention] {
            assert_eq!(violated(name, mutation, runs), [0, 0], "{mutation:?} in {name}");
        }
    }
}
