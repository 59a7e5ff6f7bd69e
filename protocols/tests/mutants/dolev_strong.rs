//! Dolev and Strong's broadcast with mistakes.

use generals::testing::{Check, campaign, check};
use generals::{Lockstep, Seeded, VerdictKind};
use generals_models::scenarios;
use generals_protocols::DolevStrong;

use crate::dolev_strong_again::{DsAgain, Mutation};
use crate::{decisions, same_in_every_run, summary};

const LYING_TRANSMITTER: &str = "dolev-strong-1-n3-lying-transmitter";
const LYING_RELAY: &str = "dolev-strong-1-n3-lying-relay";
const LATE_VALUE: &str = "dolev-strong-1-n3-late-value";
const TWO_FAULTS: &str = "dolev-strong-2-n5-two-faults";
const SIGNED_TWICE: &str = "dolev-strong-2-n4-signed-twice";

fn text(name: &str) -> &'static str {
    scenarios::ALL.iter().find(|shipped| shipped.name == name).expect(name).text
}

fn shipped(name: &str) -> Check<Lockstep<DolevStrong>> {
    check(text(name))
}

/// A shipped scenario, run by the other implementation with this mistake.
fn again(name: &str, mutation: Mutation) -> Check<Lockstep<DsAgain>> {
    let again =
        text(name).replace(r#"protocol: "dolev-strong""#, r#"protocol: "dolev-strong-again""#);
    let again = again.replace("config: (", &format!("config: (mutation: {mutation:?}, "));
    assert!(again.contains("dolev-strong-again") && again.contains("mutation"), "{name}");
    check(&again)
}

/// How many of so many runs violate agreement and validity, inside their assumptions.
fn violated(name: &str, mutation: Mutation, runs: u64) -> [u64; 2] {
    let report = campaign(again(name, mutation).case(), 0..runs);
    [0, 1].map(|i| report.verdicts[i].of(VerdictKind::Violated))
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

/// Mutation, shipped scenario, and whether it breaks agreement and validity there.
const KILLED: &[(Mutation, &str, [bool; 2])] = &[
    // The transmitter decides as well, and so disagrees with whom a relay has confused.
    (Mutation::Unverified, LYING_RELAY, [true, true]),
    (Mutation::SignersTwice, SIGNED_TWICE, [true, false]),
    (Mutation::SignersTwice, LATE_VALUE, [true, false]),
    (Mutation::Late, LATE_VALUE, [true, false]),
    (Mutation::OnePhaseShort, TWO_FAULTS, [true, false]),
    (Mutation::FirstOnly, TWO_FAULTS, [true, false]),
    (Mutation::FirstCome, LYING_TRANSMITTER, [true, false]),
    (Mutation::OneValue, LYING_TRANSMITTER, [true, false]),
    // Where they do not show, they are not reported.
    (Mutation::Unverified, LATE_VALUE, [false, false]),
    (Mutation::SignersTwice, LYING_RELAY, [false, false]),
    (Mutation::Late, LYING_TRANSMITTER, [false, false]),
    (Mutation::OnePhaseShort, LYING_RELAY, [false, false]),
    (Mutation::FirstOnly, LYING_TRANSMITTER, [false, false]),
    (Mutation::FirstCome, LYING_RELAY, [false, false]),
    (Mutation::OneValue, LYING_RELAY, [false, false]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_a_thousand_runs() {
    for &(mutation, name, expected) in KILLED {
        let found = violated(name, mutation, 1_000);
        assert_eq!(found.map(|runs| runs > 0), expected, "{mutation:?} in {name}: {found:?}");
    }
}

/// They are differences to SM(m) that make no difference, and must not be reported.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [Mutation::None, Mutation::NoCap, Mutation::Early, Mutation::NotToSigners] {
        for name in [LYING_TRANSMITTER, LYING_RELAY, LATE_VALUE, TWO_FAULTS, SIGNED_TWICE] {
            assert_eq!(violated(name, mutation, 1_000), [0, 0], "{mutation:?} in {name}");
        }
    }
}
