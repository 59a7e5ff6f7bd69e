//! Signed messages: costs, rounds, and who survives whom.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, check};
use generals::trace::{Trace, What};
use generals::{
    Choose, Concern, Kindest, Lockstep, NodeId, Plug, Seeded, Source, Span, Subject, Time,
    VerdictKind,
};
use generals_protocols::sm::choice;
use generals_protocols::{OralMessages, Plan, SignedMessages};

use crate::chooser::plan;
use crate::traitors::{self, Nothing, Other, Say, Truth, Twice};

/// The text of SM(m) among n generals in lock step, these being liars.
fn text(m: u16, n: u16, traitors: &[u16]) -> String {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    format!(
        r#"(protocol: "sm", config: (m: {m}), inputs: {{ 0: [[Attack], [Retreat]] }},
            world: (nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
                    faults: {{ {faults} }}, adversary: Liar))"#
    )
}

fn sm(m: u16, n: u16, traitors: &[u16]) -> Check<Lockstep<SignedMessages>> {
    check(&text(m, n, traitors))
}

/// Each of these nodes says this instead of what it should. The commander's messages go to n1, n2,
/// … in this order, and those of a lieutenant likewise.
fn saying(says: &[(u16, Vec<Say>)]) -> impl Choose + use<> {
    traitors::traitors(&[0], says)
}

/// When this round ends in lock step, counted from 1.
fn end(round: u64) -> Time {
    Time::ZERO + Span::millis(10) * round
}

/// What a run came to.
struct Run {
    /// Messages said in round 1, 2, …, by anybody, as far as there are any.
    rounds: Vec<u64>,
    /// What each loyal lieutenant decided, and when.
    decided: Vec<(NodeId, Time, String)>,
    /// The verdicts on IC1 and IC2.
    verdicts: [VerdictKind; 2],
}

impl Run {
    fn of(m: u16, n: u16, traitors: &[u16], mut choose: impl Choose) -> Self {
        let case = sm(m, n, traitors);
        let (outcome, trace) = case.case().worker().trace(&mut choose);
        assert_eq!(outcome.at, end(u64::from(m) + 1), "SM({m}), n = {n}");
        let [ic1, ic2] = [0, 1].map(|i| outcome.verdicts[i].kind());
        let decided = lieutenants(&trace, traitors);
        Self { rounds: rounds(&trace), decided, verdicts: [ic1, ic2] }
    }

    fn messages(&self) -> u64 {
        self.rounds.iter().sum()
    }

    /// What all loyal lieutenants did, if they did the same.
    fn common(&self) -> Option<&str> {
        let all: BTreeSet<&str> = self.decided.iter().map(|(.., what)| what.as_str()).collect();
        all.first().copied().filter(|_| all.len() == 1)
    }
}

fn rounds(trace: &Trace) -> Vec<u64> {
    let mut sent: BTreeMap<Time, u64> = BTreeMap::new();
    for entry in &trace.entries {
        if let What::Sent { .. } = entry.what {
            *sent.entry(entry.at).or_default() += 1;
        }
    }
    // Rounds without traffic are only after those with.
    let at = (0..).map(end).take(sent.len());
    assert!(sent.keys().copied().eq(at), "{sent:?}");
    sent.into_values().collect()
}

fn lieutenants(trace: &Trace, traitors: &[u16]) -> Vec<(NodeId, Time, String)> {
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    let of_interest = |node: NodeId| node.0 != 0 && !traitors.contains(&node.0);
    decided
        .filter(|entry| of_interest(entry.node))
        .map(|entry| (entry.node, entry.at, entry.text.to_string()))
        .collect()
}

// --- what it costs

/// In the first round the order, in the second everybody's copy of it: (n-1) + (n-1)(n-2) = (n-1)².
#[test]
fn if_all_are_loyal_sm_sends_n_minus_1_squared_messages_whatever_m_is() {
    for n in 3..=9_u16 {
        let others = u64::from(n) - 1;
        assert_eq!(Run::of(0, n, &[], Kindest).rounds, [others], "SM(0), n = {n}");
        for m in 1..=n - 2 {
            let run = Run::of(m, n, &[], Kindest);
            assert_eq!(run.rounds, [others, others * (others - 1)], "SM({m}), n = {n}");
            assert_eq!(run.messages(), others * others);
            assert_eq!(run.common(), Some("Attack"));
        }
    }
}

/// Latencies make no difference.
#[test]
fn the_cost_of_loyalty_does_not_depend_on_latencies() {
    let spread = text(2, 6, &[]).replace(r#"least: "10ms""#, r#"least: "1ms""#);
    let case = check::<Lockstep<SignedMessages>>(&spread);
    let mut worker = case.case().worker();
    for seed in 0..100 {
        assert_eq!(worker.run_seed(seed).tally.sent, 25, "seed {seed}");
    }
}

/// 2(n-1)(n-2) for n = 4, 5, …
const TWO_ORDERS: [u64; 10] = [12, 24, 40, 60, 84, 112, 144, 180, 220, 264];

#[test]
fn two_orders_to_two_groups_cost_twice_n_minus_1_times_n_minus_2() {
    for (n, messages) in (4..).zip(TWO_ORDERS) {
        for group in 1..=n - 2 {
            let mut orders = vec![Truth; usize::from(group)];
            orders.resize(usize::from(n) - 1, Other(0));
            let commander = [(0, orders)];
            let once = Run::of(1, n, &[0], saying(&commander)).messages();
            assert_eq!(once, u64::from(n - 1).pow(2), "SM(1), n = {n}, {group} attack");
            // The others learn of the second order in the second round.
            let run = Run::of(2, n, &[0], saying(&commander));
            assert_eq!(run.messages(), messages, "SM(2), n = {n}, {group} attack");
            assert_eq!(run.common(), Some("Retreat"), "the lower one of two");
        }
    }
}

#[test]
fn a_third_round_is_the_last_with_traffic_however_large_m_is() {
    let halves = [(0, vec![Truth, Truth, Other(0), Other(0), Other(0)])];
    for m in 2..=4 {
        assert_eq!(Run::of(m, 6, &[0], saying(&halves)).rounds, [5, 20, 15], "SM({m})");
    }
}

/// (n-1) + (n-1)(n-2) + (n-1)(n-2)(n-3) for n = 4, 5, …
const ALL_DIFFERENT: [u64; 5] = [15, 40, 85, 156, 259];

#[test]
fn a_different_order_for_every_lieutenant_costs_three_rounds_of_all_paths() {
    for (n, messages) in (4..).zip(ALL_DIFFERENT) {
        let others = u64::from(n) - 1;
        let each_another = (0..others - 1).map(Other);
        let commander = [(0, std::iter::once(Truth).chain(each_another).collect())];
        let run = Run::of(1, n, &[0], saying(&commander));
        assert_eq!(run.messages(), others * others, "SM(1), n = {n}");
        for m in 2..=n - 2 {
            let run = Run::of(m, n, &[0], saying(&commander));
            let paths = [others, others * (others - 1), others * (others - 1) * (others - 2)];
            assert_eq!(run.rounds, paths, "SM({m}), n = {n}");
            assert_eq!(run.messages(), messages, "SM({m}), n = {n}");
            assert!(run.common().is_some(), "all V_i are the same");
        }
    }
}

/// LSP82 counts paths; and nobody passes on an order twice.
#[test]
fn no_lie_makes_a_round_cost_more_than_n_minus_1_times_to_n_minus_k() {
    for (m, n, traitors) in [(2, 5, &[0, 4][..]), (3, 5, &[0, 3, 4]), (2, 6, &[0]), (2, 6, &[5])] {
        let case = sm(m, n, traitors);
        let mut worker = case.case().worker();
        for seed in 0..300 {
            let (outcome, trace) = worker.trace(&mut Seeded::new(seed));
            for (k, sent) in (1..).zip(rounds_with_gaps(&trace)) {
                let bound: u64 = (1..=k).map(|i| u64::from(n) - i).product();
                assert!(sent <= bound, "{sent} in round {k} of SM({m}), n = {n}, seed {seed}");
            }
            let said = said_by_the_loyal(&trace, traitors);
            let orders: BTreeSet<&str> = said.iter().map(|(.., order)| order.as_str()).collect();
            let (w, others) = (orders.len() as u64, u64::from(n) - 1);
            assert!(outcome.tally.sent <= others + w * others * (others - 1), "seed {seed}");
            let once: BTreeSet<_> = said.iter().collect();
            assert_eq!(once.len(), said.len(), "an order was passed on twice, seed {seed}");
            assert_eq!(said.len() as u64, outcome.tally.sent, "seed {seed}");
        }
    }
}

/// Who told whom which order, as often as it was told.
fn said_by_the_loyal(trace: &Trace, traitors: &[u16]) -> Vec<(NodeId, NodeId, String)> {
    let said = trace.entries.iter().filter_map(|entry| match entry.what {
        What::Sent { to, .. } if !traitors.contains(&entry.node.0) => {
            // Such as `r1 Attack:n0:n2`.
            let order = entry.text.split([' ', ':']).nth(1).expect("an order in a round");
            Some((entry.node, to, order.to_owned()))
        }
        _ => None,
    });
    said.collect()
}

/// Messages by round, where liars may leave a round empty.
fn rounds_with_gaps(trace: &Trace) -> Vec<u64> {
    let sent = |at: Time| {
        let said = |entry: &&generals::trace::Entry| matches!(entry.what, What::Sent { .. });
        trace.entries.iter().filter(said).filter(|entry| entry.at == at).count() as u64
    };
    (0..5).map(|round| sent(end(round))).collect()
}

#[test]
fn sm_takes_m_plus_1_rounds_and_every_loyal_lieutenant_decides_at_their_end() {
    for (m, n, traitors) in [(0, 3, &[][..]), (1, 3, &[0]), (2, 4, &[0, 3]), (3, 5, &[0, 3, 4])] {
        for seed in 0..50 {
            let run = Run::of(m, n, traitors, Seeded::new(seed));
            assert!(run.decided.iter().all(|(_, at, _)| *at == end(u64::from(m) + 1)));
            let loyal = usize::from(n) - 1 - traitors.iter().filter(|node| **node != 0).count();
            assert_eq!(run.decided.len(), loyal);
        }
    }
}

// --- whom it survives

/// In a small world, everything that a traitor can say and that the harness can think of.
#[test]
fn at_n_3_nothing_one_traitor_says_breaks_anything() {
    for traitor in [0, 2] {
        let explored = sm(1, 3, &[traitor]).exhaust(100_000);
        assert!(explored.report.runs >= 2 * 12, "{}", explored.report.runs);
        assert!(explored.first_broken.iter().all(Option::is_none), "traitor {traitor}");
    }
}

/// Where oral messages fail: LSP82, figure 1.
#[test]
fn at_n_3_a_lying_lieutenant_breaks_oral_messages_and_not_signed_ones() {
    let oral = check::<Lockstep<OralMessages>>(
        &text(1, 3, &[2])
            .replace(r#""sm""#, r#""om""#)
            .replace("[[Attack], [Retreat]]", "[Attack, Retreat]"),
    );
    let lies = || plan(Concern::Adversary, |_, nth| u64::from(nth == 0));
    let oral = oral.case().worker().run(&mut lies()).verdicts[1].kind();
    assert_eq!(oral, VerdictKind::OutOfModel);
    let signed = Run::of(1, 3, &[2], lies());
    assert_eq!((signed.verdicts, signed.common()), ([VerdictKind::Holds; 2], Some("Attack")));
}

#[test]
fn sm_survives_m_traitors_of_m_plus_2_and_of_more() {
    for (m, n, traitors) in [
        (1, 3, &[0][..]),
        (2, 4, &[0, 1]),
        (2, 4, &[2, 3]),
        (3, 5, &[0, 1, 2]),
        (3, 5, &[2, 3, 4]),
        (4, 6, &[0, 1, 2, 3]),
        (2, 7, &[0, 6]),
    ] {
        sm(m, n, traitors).seeds(0..2_000);
    }
}

/// IC2 needs no bound on the number of traitors, since they cannot sign for the commander.
#[test]
fn a_loyal_commander_is_obeyed_among_any_number_of_traitors() {
    for (m, n, traitors) in [(1, 4, &[2, 3][..]), (1, 5, &[2, 3, 4]), (2, 6, &[1, 2, 3, 5])] {
        sm(m, n, traitors).seeds(0..2_000);
    }
}

/// The last-round reveal: n0 gives n3 another order, and n3 shows it to n1 only.
#[test]
fn sm_1_falls_to_two_traitors_and_sm_2_survives_the_same() {
    let reveal = [(0, vec![Truth, Truth, Other(0)]), (3, vec![Truth, Nothing])];
    let run = Run::of(1, 4, &[0, 3], saying(&reveal));
    assert_eq!(run.verdicts, [VerdictKind::OutOfModel, VerdictKind::Holds]);
    let decided: Vec<&str> = run.decided.iter().map(|(.., what)| what.as_str()).collect();
    assert_eq!(decided, ["Retreat", "Attack"], "of V_1 = {{retreat, attack}}, V_2 = {{attack}}");

    let run = Run::of(2, 4, &[0, 3], saying(&reveal));
    assert_eq!(run.verdicts, [VerdictKind::Holds; 2]);
    assert_eq!(run.common(), Some("Retreat"), "n1 has told n2 in the third round");
}

#[test]
fn a_silent_commander_makes_all_retreat() {
    let run = Run::of(1, 4, &[0], saying(&[(0, vec![Nothing; 3])]));
    assert_eq!((run.messages(), run.common()), (0, Some("Retreat")));
}

/// n3 has the other order from the commander, but would need a third signer to show it in time.
#[test]
fn who_signs_twice_counts_once() {
    let twice = [(0, vec![Truth, Truth, Other(0)]), (3, vec![Twice, Nothing])];
    let run = Run::of(2, 4, &[0, 3], saying(&twice));
    assert_eq!((run.verdicts, run.common()), ([VerdictKind::Holds; 2], Some("Attack")));
}

// --- choice, instances, and what is refused

#[test]
fn choice_is_the_order_if_there_is_one_retreat_if_there_is_none_else_the_median() {
    use Plan::{Attack, Other, Retreat};
    let choice = |v: &[Plan]| choice(&v.iter().copied().collect());
    assert_eq!(choice(&[]), Retreat);
    assert_eq!(choice(&[Other(3)]), Other(3));
    assert_eq!(choice(&[Attack, Retreat]), choice(&[Retreat, Attack]));
    assert_eq!(choice(&[Other(2), Attack, Other(1)]), Other(1));
    assert_eq!(choice(&[Other(2), Retreat, Attack, Other(1)]), Attack);
}

/// A lieutenant can say all he likes about two orders: neither passes for the other.
#[test]
fn an_order_of_one_instance_is_nothing_in_another() {
    let two = text(1, 3, &[2])
        .replace("(m: 1)", "(m: 1, instances: 2)")
        .replace("[[Attack], [Retreat]]", "[[Attack, Retreat]]");
    let case = check::<Lockstep<SignedMessages>>(&two);
    let explored = case.exhaust(100_000);
    assert!(explored.first_broken.iter().all(Option::is_none));

    // The first order as the second one, and the second as the first.
    let mut answers = [1, 0, 1, 1, 0, 1].into_iter();
    let mut swapped = plan(Concern::Adversary, move |_, _| answers.next().expect("two lies"));
    let (outcome, trace) = case.case().worker().trace(&mut swapped);
    assert_eq!(outcome.tally.discarded, 2);
    let lies = trace.entries.iter().filter(|e| matches!(e.what, What::Lied { .. }));
    let lies: Vec<&str> = lies.map(|entry| entry.text.as_str()).collect();
    assert!(lies[0].contains("Attack#1:n0?:n2") && lies[1].contains("Retreat:n0?:n2"), "{lies:?}");
    let decided = lieutenants(&trace, &[2]);
    assert_eq!(decided[0].2, "Attack, Retreat");
}

/// Each instance costs what it costs alone.
#[test]
fn instances_run_side_by_side() {
    for instances in 1..=4 {
        let orders = vec!["Attack"; instances].join(", ");
        let text = text(1, 4, &[])
            .replace("(m: 1)", &format!("(m: 1, instances: {instances})"))
            .replace("[[Attack], [Retreat]]", &format!("[[{orders}]]"));
        let case = check::<Lockstep<SignedMessages>>(&text);
        let outcome = case.case().worker().run(&mut Kindest).clone();
        assert_eq!((outcome.tally.sent, outcome.at), (9 * instances as u64, end(2)));
    }
}

fn refused(text: &str) -> String {
    let source = Source { name: "scenario".to_owned(), text: text.to_owned() };
    match Plug::<Lockstep<SignedMessages>>::NEW.open(&source) {
        Ok(_) => panic!("admitted: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let few = refused(&text(2, 3, &[]));
    assert!(few.contains("SM(2) needs at least 4 generals, not 3"), "{few}");
    assert!(few.contains("there are no two loyal lieutenants"), "{few}");
    let lieutenant = refused(&text(1, 4, &[]).replace("{ 0: [[", "{ 1: [["));
    assert!(lieutenant.contains("n1 is a lieutenant"), "{lieutenant}");
    let nobody = refused(&text(1, 4, &[]).replace("(m: 1)", "(m: 1, commander: 4)"));
    assert!(nobody.contains("n4 does not exist"), "{nobody}");
    let one = refused(&text(1, 4, &[]).replace("(m: 1)", "(m: 1, instances: 2)"));
    assert!(one.contains("1 orders for 2 instances"), "{one}");
    let none = text(1, 4, &[]).replace("(m: 1)", "(m: 1, instances: 0)");
    let none = refused(&none.replace("[[Attack], [Retreat]]", "[[]]"));
    assert!(none.contains("nothing to decide"), "{none}");
    let many = text(1, 1000, &[]).replace("(m: 1)", "(m: 1, instances: 6)");
    let many = many.replace("[[Attack], [Retreat]]", &format!("[[{}]]", ["Attack"; 6].join(", ")));
    let many = refused(&many);
    assert!(many.contains("5988006 messages"), "{many}");
}
