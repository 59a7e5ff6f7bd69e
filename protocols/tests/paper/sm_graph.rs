//! SM(m+d-1): how long it takes, what it costs, and whom it survives.

use std::collections::BTreeMap;

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Kindest, Lockstep, Plug, Source, Span, Subject, Time, VerdictKind};
use generals_protocols::SignedMessagesOnGraphs;

use crate::graph::{Graph, bits, named, table};

type Sm = Lockstep<SignedMessagesOnGraphs>;

/// SM(m+d-1) in this network in lock step, these being traitors of this kind.
fn against(
    adversary: &str,
    (m, d): (u16, u32),
    topology: &str,
    n: usize,
    traitors: &[u16],
) -> String {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    format!(
        r#"(protocol: "sm-graph", config: (m: {m}, d: {d}), inputs: {{ 0: [Attack, Retreat] }},
            world: (nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
                    topology: {topology}, faults: {{ {faults} }}, adversary: {adversary}))"#
    )
}

fn sm(m_d: (u16, u32), topology: &str, n: usize, traitors: &[u16]) -> Check<Sm> {
    check(&against("Liar", m_d, topology, n, traitors))
}

fn refused(text: &str) -> String {
    match Plug::<Sm>::NEW.open(&Source { name: "scenario".to_owned(), text: text.to_owned() }) {
        Ok(_) => panic!("admitted: {text}"),
        Err(error) => error.to_string(),
    }
}

/// The kindest run: messages, the instant of all decisions, and what each lieutenant decided.
fn calm(check: &Check<Sm>) -> (u64, Time, BTreeMap<u16, String>) {
    let (outcome, trace) = check.case().worker().trace(&mut Kindest);
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    let decided = decided.filter(|entry| entry.node.0 != 0);
    let decided = decided.inspect(|entry| assert_eq!(entry.at, outcome.at));
    let decided = decided.map(|entry| (entry.node.0, entry.text.to_string())).collect();
    (outcome.tally.sent, outcome.at, decided)
}

fn end(round: u32) -> Time {
    Time::ZERO + Span::millis(10) * u64::from(round)
}

fn ring(n: usize) -> Graph {
    Graph::new(n, |a, b| (a + 1) % n == b)
}

/// The loyal, as a set.
fn loyal(graph: &Graph, traitors: &[u16]) -> u32 {
    traitors.iter().fold(graph.all(), |all, traitor| all & !(1 << traitor))
}

#[test]
fn a_ring_of_n_loyal_generals_needs_sm_of_half_n_rounded_down_minus_1() {
    for n in 4..=11 {
        let d = u32::try_from(n / 2).expect("few");
        assert_eq!(ring(n).diameter(ring(n).all()), Some(d));
        // SM(d-1) has d rounds.
        let (_, at, decided) = calm(&sm((0, d), "Ring", n, &[]));
        assert_eq!(at, end(d));
        assert!(decided.values().all(|order| order == "Attack"), "n = {n}: {decided:?}");
        let short = sm((0, d - 1), "Ring", n, &[]);
        let (_, at, decided) = calm(&short);
        assert_eq!(at, end(d - 1));
        let deaf: Vec<u16> = decided
            .iter()
            .filter(|(_, order)| *order == "Retreat")
            .map(|(node, _)| *node)
            .collect();
        let away = |i: &u16| usize::from(*i).min(n - usize::from(*i));
        let furthest = (1..u16::try_from(n).expect("few")).filter(|i| away(i) == n / 2);
        assert_eq!(deaf, furthest.collect::<Vec<_>>(), "n = {n}");
        let ic2 = short.case().worker().run(&mut Kindest).verdicts[1].kind();
        assert_eq!(ic2, VerdictKind::OutOfModel, "n = {n}");
    }
}

#[test]
fn sm_takes_m_plus_d_rounds_in_every_graph_of_the_table() {
    for (topology, graph, _, d, ..) in table() {
        for m in 0..3 {
            if u32::from(m) + d >= u32::try_from(graph.n()).expect("few") {
                continue;
            }
            let (_, at, decided) = calm(&sm((m, d), topology, graph.n(), &[]));
            assert_eq!(at, end(u32::from(m) + d), "{topology}, m = {m}");
            assert!(decided.values().all(|order| order == "Attack"), "{topology}: {decided:?}");
        }
    }
}

/// The commander tells his neighbours; each of the others, if there is a round left when it has
/// heard, all but the one neighbour from whom it has heard.
#[test]
fn if_all_are_loyal_everybody_tells_all_neighbours_but_one_once() {
    for (topology, graph, _, d, ..) in table() {
        for m in 0..=1 {
            if u32::from(m) + d >= u32::try_from(graph.n()).expect("few") {
                continue;
            }
            let links = |i: usize| u64::from(graph.near[i].count_ones());
            let away = |i: usize| {
                let within = (0..).find(|steps| nearer(&graph, *steps) >> i & 1 == 1);
                within.expect("connected")
            };
            let relay = |i: usize| if away(i) < u32::from(m) + d { links(i) - 1 } else { 0 };
            let expected = links(0) + (1..graph.n()).map(relay).sum::<u64>();
            let (sent, ..) = calm(&sm((m, d), topology, graph.n(), &[]));
            assert_eq!(sent, expected, "{topology}, m = {m}");
        }
    }
}

/// Who is at most so many links away from n0.
fn nearer(graph: &Graph, steps: u32) -> u32 {
    (0..steps).fold(1, |near, _| bits(near).fold(near, |all, i| all | graph.near[i]))
}

/// Theorem 4, with the diameter of what is left when the traitors are taken out.
#[test]
fn sm_survives_m_traitors_wherever_the_loyal_are_connected() {
    let mut tried = 0;
    for (topology, graph, ..) in table() {
        let n = u16::try_from(graph.n()).expect("few");
        let pairs = (1..n).map(|other| vec![0, other]);
        for traitors in (0..n).map(|one| vec![one]).chain(pairs) {
            let loyal = loyal(&graph, &traitors);
            let m = u16::try_from(traitors.len()).expect("few");
            let Some(d) = graph.diameter(loyal).filter(|_| m + 2 <= n) else { continue };
            for adversary in ["Liar", r#"Attack(name: "reveal")"#] {
                let text = against(adversary, (m, d.max(1)), topology, graph.n(), &traitors);
                check::<Sm>(&text).seeds(0..20);
            }
            tried += 1;
        }
    }
    assert!(tried > 120, "{tried}");
}

/// Where oral messages are refused.
#[test]
fn sm_survives_a_traitor_in_the_wheel_and_in_a_circle_of_4() {
    for (topology, n, d) in [("Wheel", 6, 2), ("Ring", 4, 2)] {
        for traitor in 0..u16::try_from(n).expect("few") {
            let graph = named(topology, n);
            assert!(graph.diameter(loyal(&graph, &[traitor])).expect("connected") <= d);
            sm((1, d), topology, n, &[traitor]).seeds(0..300);
        }
    }
}

/// A traitor in command of a circle, who gives one order to each neighbour: what is left is a line of
/// five, and d is 4. With one round less, neither end hears of the other's order.
#[test]
fn d_is_needed_in_full_one_round_less_divides_a_circle_of_6() {
    let graph = ring(6);
    assert_eq!(graph.diameter(loyal(&graph, &[0])), Some(4));
    let verdict = |d| sm((1, d), "Ring", 6, &[0]).seeds_worst();
    assert_eq!(verdict(4), VerdictKind::Holds);
    assert_eq!(verdict(3), VerdictKind::OutOfModel);
}

trait Worst {
    fn seeds_worst(&self) -> VerdictKind;
}

impl Worst for Check<Sm> {
    /// The worst verdict on IC1 among a thousand runs.
    fn seeds_worst(&self) -> VerdictKind {
        generals::testing::campaign(self.case(), 0..1_000).verdicts[0].worst()
    }
}

/// The corollary: n-1 rounds are enough for any loyal generals that are connected; a line of them, a
/// traitor at its end, needs all of these.
#[test]
fn sm_of_n_minus_2_works_whenever_the_loyal_are_connected() {
    for n in 4..=8_u16 {
        let line: Vec<String> = (1..n).map(|i| format!("({}, {i})", i - 1)).collect();
        let line = format!("Edges([{}])", line.join(", "));
        let m_d = (1, u32::from(n) - 2);
        let (_, at, _) = calm(&sm(m_d, &line, usize::from(n), &[n - 1]));
        assert_eq!(at, end(u32::from(n) - 1), "SM(n-2) has n-1 rounds");
        sm(m_d, &line, usize::from(n), &[n - 1]).seeds(0..100);
    }
}

/// IC2 needs no bound on the number of traitors.
#[test]
fn a_loyal_commander_is_obeyed_among_any_number_of_traitors_as_long_as_his_orders_get_round() {
    let graph = named("Petersen", 10);
    let traitors = [1, 2, 3];
    let d = graph.diameter(loyal(&graph, &traitors)).expect("connected");
    sm((0, d), "Petersen", 10, &traitors).seeds(0..500);
}

/// A line that fails is an edge that is not there, and d that of the graph without it.
#[test]
fn signed_messages_survive_a_traitor_and_as_many_failed_lines_as_leave_the_loyal_connected() {
    let graph = named("K33", 6);
    for (a, b) in bits(loyal(&graph, &[4])).flat_map(|a| bits(graph.near[a]).map(move |b| (a, b))) {
        let left = Graph::new(6, |i, j| {
            let failed = [(a, b), (b, a)].contains(&(i, j));
            graph.near[i] >> j & 1 == 1 && !failed
        });
        let d = left.diameter(loyal(&left, &[4])).expect("connected");
        let text = against("Liar", (1, d), "K33", 6, &[4]);
        let dead = "(links: FairLoss(loss: 1.0))";
        let except = format!("except: {{ ({a}, {b}): {dead}, ({b}, {a}): {dead} }}, faults");
        check::<Sm>(&text.replace("faults", &except)).seeds(0..40);
    }
}

// --- what is refused

#[test]
fn loyal_generals_who_fall_apart_are_refused_with_who_is_between() {
    let cut = refused(&against("Liar", (2, 2), "Ring", 6, &[1, 4]));
    assert!(cut.contains("the loyal generals of the ring fall apart"), "{cut}");
    assert!(cut.contains("every way from n0 to n2 passes through n1 or n4"), "{cut}");
    let apart = refused(&against("Liar", (0, 1), "Edges([(0, 1), (2, 3)])", 4, &[]));
    assert!(apart.contains("there is no way from n0 to n2"), "{apart}");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let few = refused(&against("Liar", (2, 1), "Complete", 3, &[]));
    assert!(few.contains("2 traitors need at least 4 generals, not 3"), "{few}");
    let near = refused(&against("Liar", (1, 0), "Complete", 4, &[]));
    assert!(near.contains("no two generals are 0 links apart"), "{near}");
    let far = refused(&against("Liar", (1, 5), "Ring", 6, &[]));
    assert!(far.contains("6 generals, 1 of them traitors, are never 5 links apart"), "{far}");
    assert!(far.contains("SM(m+d-1) is SM(4) at most"), "{far}");
    let nobody = against("Liar", (1, 1), "Complete", 4, &[]).replace("m: 1", "m: 1, commander: 9");
    assert!(refused(&nobody).contains("n9 does not exist"));
    let lieutenant = against("Liar", (1, 1), "Complete", 4, &[]).replace("{ 0: [", "{ 2: [");
    assert!(refused(&lieutenant).contains("n2 is a lieutenant"));
}
