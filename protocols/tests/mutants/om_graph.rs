//! Oral messages in networks, with mistakes.

use generals::Lockstep;
use generals::testing::Check;

use crate::om_graph_again::{Mutation, OmGraphAgain};
use crate::{Killed, each_is_caught, violated};

const K33: &str = "om-graph-1-k33-calm";
const COMMANDER: &str = "om-graph-1-prism-lying-commander";
const LIEUTENANT: &str = "om-graph-1-prism-lying-lieutenant";
const RELAY: &str = "om-graph-1-cube-lying-relay";
const CRASH: &str = "om-graph-1-cube-crash";

fn again(name: &str, mutation: Mutation) -> Check<Lockstep<OmGraphAgain>> {
    crate::again(name, mutation)
}

const KILLED: &[Killed<Mutation>] = &[
    // The shortest way from n2 to n4 is by way of n1, who has told n4 a lie already.
    (Mutation::Shortest, LIEUTENANT, &["IC1", "IC2"]),
    // The commander who told n3 one thing tells n1 that n3 has said another.
    (Mutation::ThroughCommander, COMMANDER, &["IC1"]),
    (Mutation::TooShallow, K33, &["IC2"]),
    (Mutation::OwnLeftOut, COMMANDER, &["IC1"]),
    // Where they do not show, they are not reported.
    (Mutation::Shortest, K33, &[]),
    (Mutation::Shortest, COMMANDER, &[]),
    (Mutation::ThroughCommander, K33, &[]),
    (Mutation::OwnLeftOut, K33, &[]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_500_runs() {
    each_is_caught(KILLED, 500, again);
}

/// Any disjoint paths will do; and if one value of three is missing, the others agree.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    // To try all paths takes its time.
    for (name, runs) in [(K33, 200), (COMMANDER, 200), (LIEUTENANT, 200), (RELAY, 20), (CRASH, 20)]
    {
        for mutation in [Mutation::None, Mutation::LongWays, Mutation::Abstention] {
            assert_eq!(violated(&again(name, mutation), runs), [""; 0], "{mutation:?} in {name}");
        }
    }
}
