//! Two generals: the chances of every variant, and the blow that each cannot parry.
#![expect(clippy::float_arithmetic, reason = "chances are compared, and nothing runs on them")]

use generals::testing::{Check, campaign, check};
use generals::{Choose, Concern, Kindest, NodeId, Stream, Verdict, VerdictKind, Worker, Zoom};
use generals_protocols::TwoGenerals;

use crate::chooser::losing;

/// The order is to attack, in lock step; a streak without end makes every loss independent.
fn generals(config: &str, links: &str) -> Check<TwoGenerals> {
    check(&format!(
        r#"(protocol: "two-generals", config: {config}, inputs: {{ 0: [Attack] }},
            world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"), links: {links}),
            limits: (horizon: "60s"))"#
    ))
}

fn chain(length: u64, copies: u64, loss: &str) -> Check<TwoGenerals> {
    generals(
        &format!("Chain(length: {length}, copies: {copies})"),
        &format!("FairLoss(loss: {loss}, streak: 1000000)"),
    )
}

/// How a run of the generals can end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Both,
    Neither,
    Uncoordinated,
}

/// Reads the end of a run off its verdicts: all obey, all agree not to, or they disagree.
fn end(worker: &mut dyn Worker, mut plan: impl Choose) -> End {
    let verdicts = &worker.run(&mut plan).verdicts;
    match (verdicts[0].kind().is_broken(), verdicts[1].kind().is_broken()) {
        (false, false) => End::Both,
        (false, true) => End::Neither,
        (true, _) => End::Uncoordinated,
    }
}

/// The place j in the chain of the `nth` message on a link, without copies.
const fn place(link: Stream, nth: u64) -> u64 {
    if link.a == 0 { 2 * nth + 1 } else { 2 * nth + 2 }
}

/// q, d, r; then the chances that both attack, that neither does, and that one does.
const CHANCES: &[(&str, i32, i32, f64, f64, f64)] = &[
    ("0.1", 1, 1, 0.90000, 0.0, 0.10000),
    ("0.1", 2, 1, 0.81000, 0.10000, 0.09000),
    ("0.1", 3, 1, 0.72900, 0.19000, 0.08100),
    ("0.1", 3, 3, 0.99700, 0.00200, 0.00100),
    ("0.3", 1, 1, 0.70000, 0.0, 0.30000),
    ("0.3", 2, 1, 0.49000, 0.30000, 0.21000),
    ("0.3", 5, 1, 0.16807, 0.75990, 0.07203),
    ("0.3", 3, 3, 0.92117, 0.05327, 0.02556),
    ("0.5", 1, 1, 0.50000, 0.0, 0.50000),
    ("0.5", 3, 1, 0.12500, 0.75000, 0.12500),
    ("0.5", 5, 3, 0.51291, 0.41382, 0.07327),
];

/// The chances of d messages of r copies each, every copy being lost with chance q.
fn closed_form(q: &str, d: i32, r: i32) -> [f64; 3] {
    let e = q.parse::<f64>().expect("a number").powi(r);
    [(1.0 - e).powi(d), 1.0 - (1.0 - e).powi(d - 1), e * (1.0 - e).powi(d - 1)]
}

#[test]
fn the_table_of_chances_is_its_closed_form() {
    for &(q, d, r, both, neither, uncoordinated) in CHANCES {
        for (exact, rounded) in closed_form(q, d, r).iter().zip([both, neither, uncoordinated]) {
            assert!((exact - rounded).abs() <= 0.000_005, "q = {q}, d = {d}, r = {r}");
        }
    }
}

/// Within 4.4 standard deviations: one false alarm in 100,000 tables, and seeds do not change.
#[test]
fn over_100000_runs_every_chance_is_met() {
    const RUNS: u32 = 100_000;
    for &(q, d, r, ..) in CHANCES {
        let chain = chain(d.unsigned_abs().into(), r.unsigned_abs().into(), q);
        let report = campaign(chain.case(), 0..RUNS.into());
        let [agreement, obedience, ..] = &report.verdicts[..] else { panic!("no promises") };
        let both = obedience.of(VerdictKind::Holds);
        let uncoordinated = agreement.of(VerdictKind::OutOfModel);
        let met = [both, report.runs - both - uncoordinated, uncoordinated];
        for (p, met) in closed_form(q, d, r).into_iter().zip(met) {
            let met = f64::from(u32::try_from(met).unwrap()) / f64::from(RUNS);
            let tolerance = 4.4 * (p * (1.0 - p) / f64::from(RUNS)).sqrt();
            assert!((met - p).abs() <= tolerance, "q = {q}, d = {d}, r = {r}: {met} for {p}");
        }
    }
}

/// The chain breaks at its last message only, and there always.
#[test]
fn whichever_message_is_lost_breaks_exactly_as_predicted() {
    for d in 1..=5 {
        let chain = chain(d, 1, "0.5");
        let mut worker = chain.case().worker();
        assert_eq!(end(&mut *worker, Kindest), End::Both, "d = {d}");
        for lost in 1..=d {
            let plan = || losing(|link, nth| place(link, nth) == lost);
            let expected = if lost == d { End::Uncoordinated } else { End::Neither };
            assert_eq!(end(&mut *worker, plan()), expected, "d = {d}, message {lost}");
            assert_eq!(worker.run(&mut plan()).tally.sent, lost, "later ones are never sent");
        }
    }
}

/// Who attacks alone is whoever sends the last message.
#[test]
fn the_sender_of_the_lost_last_message_attacks_alone() {
    for d in 1..=5 {
        let chain = chain(d, 1, "0.5");
        let mut plan = losing(|link, nth| place(link, nth) == d);
        let (_, trace) = chain.case().worker().trace(&mut plan);
        let story = trace.text(Zoom::Story);
        let attacks = |node| story.contains(&format!("n{node} decides Attack"));
        assert_eq!((attacks(0), attacks(1)), (d % 2 == 1, d % 2 == 0), "d = {d}");
    }
}

#[test]
fn of_all_2_to_the_d_patterns_of_loss_one_is_bad_and_one_is_good() {
    for d in 1..=10 {
        let chain = chain(d, 1, "0.5");
        let mut worker = chain.case().worker();
        let mut ends = Vec::new();
        for pattern in 0..1_u64 << d {
            let plan = losing(|link, nth| pattern >> (place(link, nth) - 1) & 1 == 1);
            ends.push(end(&mut *worker, plan));
        }
        let count = |wanted| ends.iter().filter(|end| **end == wanted).count();
        assert_eq!((count(End::Both), count(End::Uncoordinated)), (1, 1), "d = {d}");
        assert_eq!(ends[0], End::Both, "d = {d}: nothing lost");
        assert_eq!(ends[1 << (d - 1)], End::Uncoordinated, "d = {d}: only the last message lost");
    }
}

/// A search sees a pattern once however it ends: what would be sent after a loss never is. With
/// a(d) the number of runs, a(0) = 1 and a(d) = 1 + (2^r - 1) a(d-1): all copies are lost, or not.
#[test]
fn every_variant_has_a_bad_pattern_and_a_search_finds_all_of_them() {
    for (copies, longest) in [(1, 10), (2, 7), (3, 4), (4, 3)] {
        let arrives = (1 << copies) - 1;
        let mut runs = 1;
        for d in 1..=longest {
            runs = 1 + arrives * runs;
            let chain = chain(d, copies, "0.5");
            let explored = chain.exhaust(runs);
            assert_eq!(explored.report.runs, runs, "d = {d}, r = {copies}");
            let bad = explored.broken(chain.case(), "agreement").unwrap();
            assert_eq!(bad, arrives.pow(u32::try_from(d).unwrap() - 1), "d = {d}, r = {copies}");
            let first = explored.first_broken[0].as_ref().unwrap();
            assert_eq!(first.len() as u64, copies, "the kindest bad run loses the last message");
        }
    }
}

/// What q^r ≤ 10^-k asks for: q in tenths, then r for k = 3, 6, 9.
const COPIES: &[(u128, [u32; 3])] =
    &[(1, [3, 6, 9]), (2, [5, 9, 13]), (3, [6, 12, 18]), (5, [10, 20, 30])];

#[test]
fn so_many_copies_make_disagreement_as_rare_as_wanted() {
    for &(tenths, needed) in COPIES {
        for (k, needed) in [3, 6, 9].into_iter().zip(needed) {
            let enough = |r: u32| tenths.pow(r) * 10_u128.pow(k) <= 10_u128.pow(r);
            assert!(enough(needed) && !enough(needed - 1), "q = 0.{tenths}, 10^-{k}");
        }
    }
}

/// So the chance is q^r: it takes all of them.
#[test]
fn any_one_of_r_copies_will_do_and_none_will_not() {
    for copies in COPIES.iter().flat_map(|(_, needed)| needed).copied().map(u64::from) {
        let order = chain(1, copies, "0.5");
        let mut worker = order.case().worker();
        assert_eq!(end(&mut *worker, losing(|_, _| true)), End::Uncoordinated);
        for arrives in 0..copies {
            let plan = losing(|_, nth| nth != arrives);
            assert_eq!(end(&mut *worker, plan), End::Both, "copy {arrives} of {copies}");
        }
    }
}

fn until_acknowledged(links: &str) -> Check<TwoGenerals> {
    generals(r#"UntilAcknowledged(every: "25ms")"#, links)
}

#[test]
fn retransmission_always_agrees_under_fair_loss() {
    for links in [
        "FairLoss(loss: 0.1)",
        "FairLoss(loss: 0.5, duplicate: 0.5)",
        "FairLoss(loss: 0.9, duplicate: 0.1, reorder: 0.3)",
    ] {
        // Every promise holds in every run, or this panics.
        until_acknowledged(links).seeds(0..5_000);
    }
}

/// If the period exceeds a round trip, the order is sent 1/(1-q)² times on average, and acknowledged
/// 1/(1-q) times.
#[test]
fn over_100000_runs_retransmission_costs_what_it_must() {
    const RUNS: u32 = 100_000;
    for (q, orders, acknowledgements) in
        [("0.1", 1.2346, 1.1111), ("0.2", 1.5625, 1.25), ("0.3", 2.0408, 1.4286), ("0.5", 4.0, 2.0)]
    {
        let links = format!("FairLoss(loss: {q}, streak: 1000000)");
        let report = campaign(until_acknowledged(&links).case(), 0..RUNS.into());
        let met = f64::from(u32::try_from(report.tally.sent).unwrap()) / f64::from(RUNS);
        // Orders are geometric with p = 1/orders, and acknowledgements no more than they.
        let deviation = 2.0 * f64::sqrt(1.0 - 1.0 / orders) * orders;
        let tolerance = 4.4 * deviation / f64::from(RUNS).sqrt();
        assert!((met - orders - acknowledgements).abs() <= tolerance, "q = {q}: {met}");
    }
}

/// A link that may lose b in a row and always does: every (b+1)-th order arrives, and so does every
/// (b+1)-th acknowledgement of those.
#[test]
fn a_budget_of_b_losses_in_a_row_is_met_by_copy_b_plus_1() {
    for b in 1..=5 {
        let case = until_acknowledged(&format!("FairLoss(loss: 0.5, streak: {b})"));
        let mut worker = case.case().worker();
        let outcome = worker.run(&mut losing(|_, _| true));
        assert!(outcome.verdicts.iter().all(|v| v.kind() == VerdictKind::Holds), "b = {b}");
        assert_eq!(outcome.tally.sent, (b + 1) * (b + 1) + (b + 1), "b = {b}");
    }
}

/// Its own bad pattern: there is no hour at which both are sure to have attacked.
#[test]
fn retransmission_names_no_hour_by_which_both_attack() {
    let case = until_acknowledged("FairLoss(loss: 0.5, streak: 1000000)");
    let back = Stream::link(Concern::Loss, NodeId(1), NodeId(0));
    let mut plan = losing(|link, _| link == back);
    let (outcome, trace) = case.case().worker().trace(&mut plan);
    let verdicts: Vec<VerdictKind> = outcome.verdicts.iter().map(Verdict::kind).collect();
    let holds = VerdictKind::Holds;
    assert_eq!(verdicts, [holds, holds, holds, holds, VerdictKind::Undetermined, holds]);
    let story = trace.text(Zoom::Story);
    assert!(story.contains("n1 decides Attack") && !story.contains("n0 decides"), "{story}");
}
