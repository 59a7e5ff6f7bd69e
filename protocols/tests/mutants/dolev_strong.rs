//! Dolev and Strong's broadcast with mistakes.

use generals::Lockstep;
use generals::testing::{Check, check};
use generals_protocols::DolevStrong;

use crate::dolev_strong_again::{DsAgain, Mutation};
use crate::{Killed, each_is_caught, same_in_every_run, same_in_runs, violated};

const LYING_TRANSMITTER: &str = "dolev-strong-1-n3-lying-transmitter";
const LYING_RELAY: &str = "dolev-strong-1-n3-lying-relay";
const LATE_VALUE: &str = "dolev-strong-1-n3-late-value";
const TWO_FAULTS: &str = "dolev-strong-2-n5-two-faults";
const SIGNED_TWICE: &str = "dolev-strong-2-n4-signed-twice";

fn shipped(name: &str) -> Check<Lockstep<DolevStrong>> {
    check(&crate::shipped(name, &[]))
}

fn again(name: &str, mutation: Mutation) -> Check<Lockstep<DsAgain>> {
    crate::again(name, mutation)
}

#[test]
fn two_implementations_of_dolev_and_strong_are_the_same_in_every_run() {
    // Of the transmitter's two messages or the relay's two: nothing, the truth, or a lie.
    for (name, least) in [(LYING_TRANSMITTER, 2 * 12 * 12), (LYING_RELAY, 2 * 13 * 13)] {
        let same = same_in_every_run(&shipped(name), &again(name, Mutation::None));
        assert!(same >= least, "{name}: {same}");
    }
    let same = same_in_every_run(&shipped(LATE_VALUE), &again(LATE_VALUE, Mutation::None));
    assert_eq!(same, 2 * (2 * 2) * (4 * 4));
    for name in [TWO_FAULTS, SIGNED_TWICE] {
        same_in_runs(&shipped(name), &again(name, Mutation::None), 0..500);
    }
}

const KILLED: &[Killed<Mutation>] = &[
    // The transmitter decides as well, and so disagrees with whom a relay has confused.
    (Mutation::Unverified, LYING_RELAY, &["agreement", "validity"]),
    (Mutation::SignersTwice, SIGNED_TWICE, &["agreement"]),
    (Mutation::SignersTwice, LATE_VALUE, &["agreement"]),
    (Mutation::Late, LATE_VALUE, &["agreement"]),
    (Mutation::OnePhaseShort, TWO_FAULTS, &["agreement"]),
    (Mutation::FirstOnly, TWO_FAULTS, &["agreement"]),
    (Mutation::FirstCome, LYING_TRANSMITTER, &["agreement"]),
    (Mutation::OneValue, LYING_TRANSMITTER, &["agreement"]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LATE_VALUE, &[]),
    (Mutation::SignersTwice, LYING_RELAY, &[]),
    (Mutation::Late, LYING_TRANSMITTER, &[]),
    (Mutation::OnePhaseShort, LYING_RELAY, &[]),
    (Mutation::FirstOnly, LYING_TRANSMITTER, &[]),
    (Mutation::FirstCome, LYING_RELAY, &[]),
    (Mutation::OneValue, LYING_RELAY, &[]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_a_thousand_runs() {
    each_is_caught(KILLED, 1_000, again);
}

/// They are differences to SM(m) that make no difference, and must not be reported.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [Mutation::None, Mutation::NoCap, Mutation::Early, Mutation::NotToSigners] {
        for name in [LYING_TRANSMITTER, LYING_RELAY, LATE_VALUE, TWO_FAULTS, SIGNED_TWICE] {
            assert_eq!(violated(&again(name, mutation), 1_000), [""; 0], "{mutation:?} in {name}");
        }
    }
}
