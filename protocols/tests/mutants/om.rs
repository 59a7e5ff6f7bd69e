//! Oral messages with mistakes.

use generals::testing::{Check, check};
use generals::{
    Among, Choose, Concern, Deviation, Kindest, Lockstep, NodeId, Script, Scripted, Stream,
    VerdictKind,
};
use generals_protocols::OralMessages;

use crate::om_again::{Mutation, OmAgain};
use crate::{Killed, each_is_caught, mistaken, same_in_every_run};

fn world(n: u16, traitors: &[u16]) -> String {
    lying("Liar", n, traitors)
}

fn lying(adversary: &str, n: u16, traitors: &[u16]) -> String {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    format!(
        r#"(nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
            faults: {{ {faults} }}, adversary: {adversary})"#
    )
}

fn again<const ORDERS: u8>(
    mutation: Mutation,
    m: u16,
    n: u16,
    traitors: &[u16],
) -> Check<Lockstep<OmAgain<ORDERS>>> {
    again_in(mutation, m, &world(n, traitors))
}

fn again_in<const ORDERS: u8>(
    mutation: Mutation,
    m: u16,
    world: &str,
) -> Check<Lockstep<OmAgain<ORDERS>>> {
    // 1 is ATTACK, and comes first as it does in the other.
    let orders: Vec<String> = (0..ORDERS).map(|i| ((i + 1) % ORDERS).to_string()).collect();
    let orders = orders.join(", ");
    check(&format!(
        r#"(protocol: "om-again", config: (m: {m}, mutation: {mutation:?}),
            inputs: {{ 0: [{orders}] }}, world: {world})"#
    ))
}

fn shipped(m: u16, n: u16, traitors: &[u16]) -> Check<Lockstep<OralMessages>> {
    let world = world(n, traitors);
    check(&format!(
        r#"(protocol: "om", config: (m: {m}), inputs: {{ 0: [Attack, Retreat] }}, world: {world})"#
    ))
}

/// Runs, and how many of them break IC1 and IC2 within their assumptions.
fn killed<const ORDERS: u8>(mutation: Mutation, m: u16, n: u16, traitor: u16) -> [u64; 3] {
    let explored = again::<ORDERS>(mutation, m, n, &[traitor]).exhaust(1_000);
    let violated = |i: usize| explored.report.verdicts[i].of(VerdictKind::Violated);
    [explored.report.runs, violated(0), violated(1)]
}

#[test]
fn two_implementations_of_om_are_the_same_in_every_run() {
    for (m, n, traitor, runs) in [
        (1, 3, 0, 18),
        (1, 3, 2, 6),
        (1, 4, 0, 54),
        (1, 4, 3, 18),
        (1, 5, 0, 162),
        (1, 5, 4, 54),
        (2, 4, 3, 162),
    ] {
        let same = same_in_every_run(
            &shipped(m, n, &[traitor]),
            &again::<2>(Mutation::None, m, n, &[traitor]),
        );
        assert_eq!(same, runs, "OM({m}), n = {n}, traitor {traitor}");
    }
}

/// Mutation, n, traitor: runs, and how many break IC1 and IC2, all for m = 1.
const KILLED: &[(Mutation, [u16; 2], [u64; 3])] = &[
    (Mutation::TooShallow, [4, 0], [54, 36, 0]),
    (Mutation::TooShallow, [5, 0], [162, 128, 0]),
    (Mutation::OwnLeftOut, [4, 0], [54, 12, 0]),
    // Unless both hear the order again from the traitor, somebody has a tie: 8, in 4 of them both.
    (Mutation::OwnLeftOut, [4, 3], [18, 4, 8]),
    (Mutation::OwnTwice, [4, 0], [54, 12, 0]),
    (Mutation::SetMajority, [4, 3], [18, 4, 8]),
    (Mutation::FirstComeTies, [5, 0], [162, 48, 0]),
    (Mutation::AbstentionInVote, [5, 0], [162, 36, 0]),
    // Where they do not show, they are not reported.
    (Mutation::OwnTwice, [4, 3], [18, 0, 0]),
    (Mutation::SetMajority, [4, 0], [54, 0, 0]),
    (Mutation::FirstComeTies, [4, 0], [54, 0, 0]),
    (Mutation::FirstComeTies, [4, 3], [18, 0, 0]),
    (Mutation::AbstentionInVote, [4, 0], [54, 0, 0]),
    (Mutation::Abstention, [4, 0], [54, 0, 0]),
    (Mutation::Abstention, [4, 3], [18, 0, 0]),
    (Mutation::Abstention, [5, 0], [162, 0, 0]),
    (Mutation::Abstention, [5, 4], [54, 0, 0]),
];

#[test]
fn each_mistake_is_caught_exactly_as_often_as_it_shows() {
    for &(mutation, [n, traitor], expected) in KILLED {
        let found = killed::<2>(mutation, 1, n, traitor);
        assert_eq!(found, expected, "{mutation:?}, n = {n}, traitor {traitor}");
    }
}

/// A shipped scenario, run by the other implementation.
fn scenario(name: &str, mutation: Mutation) -> Check<Lockstep<OmAgain<2>>> {
    let orders = [("[Attack, Retreat]", "[1, 0]")];
    check(&mistaken::<Lockstep<OmAgain<2>>>(name, mutation, &orders))
}

const KILLED_BY_SHIPPED: &[Killed<Mutation>] = &[
    (Mutation::TooShallow, "om-1-n4-lying-commander", &["IC1"]),
    (Mutation::OwnLeftOut, "om-1-n4-lying-commander", &["IC1"]),
    (Mutation::OwnLeftOut, "om-1-n4-lying-lieutenant", &["IC1", "IC2"]),
    (Mutation::OwnTwice, "om-1-n4-lying-commander", &["IC1"]),
    (Mutation::SetMajority, "om-1-n4-lying-lieutenant", &["IC1", "IC2"]),
    (Mutation::FirstComeTies, "om-1-n5-lying-commander", &["IC1"]),
    (Mutation::AbstentionInVote, "om-1-n5-lying-commander", &["IC1"]),
    (Mutation::Abstention, "om-2-n7", &["IC1"]),
    (Mutation::LastTwo, "om-3-n10-structured", &["IC1"]),
    (Mutation::VoteOfAll, "om-3-n10-structured", &["IC1"]),
];

/// OM-9 without a vote breaks nothing, and is caught by what it costs.
#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_200_runs() {
    each_is_caught(KILLED_BY_SHIPPED, 200, scenario);
    for (mutation, messages) in [(Mutation::None, 156), (Mutation::ForwardToAll, 186)] {
        let om = scenario("om-2-n7-calm", mutation);
        assert_eq!(om.case().worker().run_seed(0).tally.sent, messages, "{mutation:?}");
    }
}

/// Ties among three generals need three orders.
#[test]
fn ties_by_arrival_are_caught_at_n_4_once_there_are_three_orders() {
    assert_eq!(killed::<3>(Mutation::FirstComeTies, 1, 4, 0), [192, 36, 0]);
    assert_eq!(killed::<3>(Mutation::None, 1, 4, 0), [192, 0, 0]);
}

/// Below m = 2 it makes no difference: seeds find it there.
#[test]
fn abstention_is_caught_at_n_7_by_commander_and_lieutenant() {
    let om = again::<2>(Mutation::Abstention, 2, 7, &[0, 6]);
    let report = generals::testing::campaign(om.case(), 0..600);
    let ic1 = report.verdicts[0].of(VerdictKind::Violated);
    assert!(ic1 >= 60, "{ic1} of 600");
}

/// It breaks nothing, so it must be seen in what it costs.
#[test]
fn forwarding_to_everybody_is_caught_by_its_cost() {
    for (m, n, right, wrong) in [(2, 7, 156, 186), (3, 10, 3_609, 5_265)] {
        for (mutation, messages) in [(Mutation::None, right), (Mutation::ForwardToAll, wrong)] {
            let om = again::<2>(mutation, m, n, &[]);
            let sent = om.case().worker().run(&mut Kindest).tally.sent;
            assert_eq!(sent, messages, "{mutation:?}, OM({m}), n = {n}");
        }
    }
    again::<2>(Mutation::ForwardToAll, 2, 7, &[0, 5]).seeds(0..300);
}

/// Lies to the receivers for whom this is true.
struct Lying<F>(F, u64);

impl<F: FnMut(u64) -> bool> Choose for Lying<F> {
    fn pick(&mut self, stream: Stream, _: Among) -> u64 {
        if stream.concern != Concern::Adversary {
            return 0;
        }
        self.1 += 1;
        u64::from((self.0)(self.1 - 1))
    }
}

/// They satisfy what LSP82 asks of a majority, and must not be reported.
#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in
        [Mutation::AtLeastHalf, Mutation::Median, Mutation::Plurality, Mutation::OwnDefault]
    {
        for traitor in [0, 3] {
            let [_, ic1, ic2] = killed::<3>(mutation, 1, 4, traitor);
            assert_eq!([ic1, ic2], [0, 0], "{mutation:?}, three orders, traitor {traitor}");
        }
        for n in [4, 5] {
            for traitor in [0, n - 1] {
                let [_, ic1, ic2] = killed::<2>(mutation, 1, n, traitor);
                assert_eq!([ic1, ic2], [0, 0], "{mutation:?}, n = {n}, traitor {traitor}");
            }
        }
        for traitors in [[0, 6], [5, 6]] {
            let om = again::<2>(mutation, 2, 7, &traitors);
            om.seeds(0..300);
            let mut worker = om.case().worker();
            // Uniform lies miss what structured ones find: flip, parity, halves.
            let flip = Lying(|_| true, 0);
            let (even, odd) = (Lying(|i| i % 2 == 0, 0), Lying(|i| i % 2 == 1, 0));
            let half = Lying(|i| i % 6 < 3, 0);
            for choose in
                [&mut { flip } as &mut dyn Choose, &mut { even }, &mut { odd }, &mut { half }]
            {
                let outcome = worker.run(choose);
                assert!(outcome.verdicts.iter().all(|v| !v.kind().is_broken()), "{mutation:?}");
            }
        }
    }
}

/// Seeds by whose order 1 (ATTACK) or 0 is given; structured liars choose nothing else.
const BOTH_ORDERS: std::ops::Range<u64> = 0..4;

/// OM-8 cannot show before m = 3, when paths are long enough to be taken for each other.
#[test]
fn filing_by_the_last_two_is_caught_by_structured_liars_in_one_run_each() {
    for (liar, traitors, ic) in [
        ("Flip", [0, 1, 8], 0),
        ("Flip", [7, 8, 9], 1),
        ("Parity", [0, 8, 9], 0),
        ("HalfSplit", [0, 1, 9], 0),
        ("PathParity", [0, 8, 9], 0),
    ] {
        let world = lying(liar, 10, &traitors);
        let om = again_in::<2>(Mutation::LastTwo, 3, &world);
        let mut worker = om.case().worker();
        let first = worker.run_seed(0).verdicts[ic].kind();
        assert_eq!(first, VerdictKind::Violated, "{liar}, traitors {traitors:?}");
        again_in::<2>(Mutation::None, 3, &world).seeds(BOTH_ORDERS);
    }
    // The same traitors lying at random are rarely caught.
    let om = again::<2>(Mutation::LastTwo, 3, 10, &[0, 8, 9]);
    let report = generals::testing::campaign(om.case(), 0..24);
    let caught = report.verdicts[0].of(VerdictKind::Violated);
    assert!((1..=6).contains(&caught), "{caught} of 24");
}

/// OM-9 shows in what it costs, and in decisions only if what comes back is counted. Even then it
/// takes traitors who each lie by another rule.
#[test]
fn counting_what_comes_back_is_caught_by_structured_liars_in_one_run() {
    let traitors = [0, 1, 8];
    let world = lying("Structured", 10, &traitors);
    let rules = |rules: [u64; 3]| -> Script {
        let one = |(node, answer): (u16, u64)| Deviation {
            stream: Stream::node(Concern::Adversary, NodeId(node)),
            nth: 0,
            answer,
        };
        traitors.into_iter().zip(rules).map(one).collect()
    };
    // Path-parity, parity and half-split; path-parity and two half-splits.
    for rules in [rules([4, 2, 3]), rules([4, 3, 3])] {
        let ic1 = |mutation: Mutation| {
            let om = again_in::<2>(mutation, 3, &world);
            om.case().worker().run(&mut Scripted::new(&rules)).verdicts[0].kind()
        };
        assert_eq!(ic1(Mutation::VoteOfAll), VerdictKind::Violated, "{rules:?}");
        assert_eq!(ic1(Mutation::None), VerdictKind::Holds, "{rules:?}");
    }
    let om = again::<2>(Mutation::VoteOfAll, 3, 10, &traitors);
    let report = generals::testing::campaign(om.case(), 0..24);
    let caught = report.verdicts[0].of(VerdictKind::Violated);
    assert!(caught <= 6, "{caught} of 24 at random");
}
