//! Protocols that need reliable links, over links that lose: broken as they are, whole above a
//! stubborn layer, as far as they can wait.

use generals::testing::{Check, campaign, check};
use generals::{Lockstep, Protocol, VerdictKind};
use generals_protocols::{Broadcast, InteractiveConsistency, OralMessages, TwoGenerals};

const STUBBORN: &str = r#"(stubborn: (every: "11ms"))"#;
const BOTH: &str = r#"(stubborn: (every: "11ms"), authenticated: true)"#;

/// Rounds that last longer than messages do, and links that lose and double.
const SLOW_ROUNDS: &str = r#"timing: UnknownBound(delta: "5ms", guess: "200ms"),
    links: FairLoss(loss: 0.2, duplicate: 0.2)"#;

/// The promises that some of 500 runs break, in or out of their assumptions.
fn broken<P: Protocol>(fields: &str, n: u16, world: &str, layers: &str) -> Vec<String> {
    let name = P::NAME;
    let case: Check<P> = check(&format!(
        r#"(protocol: "{name}", {fields}, world: (nodes: {n}, {world}), layers: {layers})"#
    ));
    let report = campaign(case.case(), 0..500);
    assert_eq!(report.not_deterministic, None);
    let rows = case.case().promises().iter().zip(&report.verdicts);
    rows.filter(|(_, count)| count.worst() != VerdictKind::Holds)
        .map(|(row, _)| row.name.clone())
        .collect()
}

#[test]
fn broadcast_over_lossy_links_is_whole_again_above_a_stubborn_layer() {
    let world = r#"timing: Asynchronous(typical: "10ms"),
        links: FairLoss(loss: 0.5, duplicate: 0.3)"#;
    let broken = |layers| {
        broken::<Broadcast>("inputs: { 0: [7], 3: [7] }, config: (times: 3)", 4, world, layers)
    };
    assert_eq!(broken("()"), ["validity", "agreement"]);
    assert_eq!(broken(STUBBORN), [""; 0]);
    assert_eq!(broken(BOTH), [""; 0]);
}

#[test]
fn oral_messages_over_lossy_links_are_whole_again_in_rounds_that_can_wait() {
    let broken = |layers| {
        broken::<Lockstep<OralMessages>>("inputs: { 0: [Attack, Retreat] }", 4, SLOW_ROUNDS, layers)
    };
    assert_eq!(broken("()"), ["IC1", "IC2"]);
    assert_eq!(broken(STUBBORN), [""; 0]);
    assert_eq!(broken(BOTH), [""; 0]);
}

#[test]
fn interactive_consistency_over_lossy_links_is_whole_again_in_rounds_that_can_wait() {
    let inputs = "inputs: { 0: [Attack, Retreat], 1: [Attack], 2: [Retreat, Attack], 3: [Attack] }";
    let broken =
        |layers| broken::<Lockstep<InteractiveConsistency>>(inputs, 4, SLOW_ROUNDS, layers);
    assert!(!broken("()").is_empty());
    assert_eq!(broken(STUBBORN), [""; 0]);
    assert_eq!(broken(BOTH), [""; 0]);
}

#[test]
fn a_chain_of_acknowledgements_is_whole_again_if_dawn_can_wait() {
    let broken = |layers| {
        broken::<TwoGenerals>(
            "config: Chain(length: 3), inputs: { 0: [Attack] }",
            2,
            SLOW_ROUNDS,
            layers,
        )
    };
    assert_eq!(broken("()"), ["agreement", "obedience"]);
    assert_eq!(broken(STUBBORN), [""; 0]);
}

/// The layer delivers everything, and too late: where a bound is known and used, that is no help.
#[test]
fn dawn_does_not_wait_for_what_is_sent_again() {
    let world = r#"timing: Synchronous(delta: "10ms", least: "10ms"), links: FairLoss(loss: 0.3)"#;
    let config = "config: Chain(length: 3), inputs: { 0: [Attack] }";
    assert_eq!(broken::<TwoGenerals>(config, 2, world, STUBBORN), ["agreement", "obedience"]);
}
