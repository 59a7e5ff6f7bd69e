//! OM(m,p): where it is possible, what it costs, and whom it survives.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, check};
use generals::trace::{Trace, What};
use generals::{
    Choose, Concern, Kindest, Lockstep, Plug, Source, Span, Subject, Time, VerdictKind,
};
use generals_protocols::OralMessagesOnGraphs;

use crate::chooser::plan;
use crate::graph::{bits, named, table};

type Om = Lockstep<OralMessagesOnGraphs>;

/// OM(m,p) in this network in lock step, these being liars.
fn text(config: &str, topology: &str, n: usize, traitors: &[u16]) -> String {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    format!(
        r#"(protocol: "om-graph", config: ({config}), inputs: {{ 0: [Attack, Retreat] }},
            world: (nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
                    topology: {topology}, faults: {{ {faults} }}, adversary: Liar))"#
    )
}

fn om(config: &str, topology: &str, n: usize, traitors: &[u16]) -> Check<Om> {
    check(&text(config, topology, n, traitors))
}

fn refusal(text: String) -> Option<String> {
    Plug::<Om>::NEW.open(&Source { name: "scenario".to_owned(), text }).err().map(|e| e.to_string())
}

/// Every traitor turns round every order he says or carries.
fn always_lie() -> impl Choose {
    plan(Concern::Adversary, |_, _| 1)
}

/// The verdicts on IC1 and IC2.
fn verdicts(om: &Check<Om>, mut choose: impl Choose) -> [VerdictKind; 2] {
    let outcome = om.case().worker().run(&mut choose).clone();
    [0, 1].map(|i| outcome.verdicts[i].kind())
}

// --- where it is possible

#[test]
fn the_table_of_graphs_their_connectivity_diameter_and_regularity() {
    for (topology, graph, connectivity, diameter, three, six) in table() {
        let name = format!("{topology} of {}", graph.n());
        assert_eq!(graph.connectivity(), connectivity, "{name}");
        assert_eq!(graph.diameter(graph.all()), Some(diameter), "{name}");
        assert_eq!([graph.is_regular(3), graph.is_regular(6)], [three, six], "{name}");
    }
}

#[test]
fn om_is_admitted_exactly_where_the_graph_is_3m_regular() {
    for (topology, graph, .., three, six) in table() {
        for (m, regular) in [(1, three), (2, six)] {
            let refused = refusal(text(&format!("m: {m}"), topology, graph.n(), &[]));
            assert_eq!(refused.is_none(), regular, "m = {m}, {topology}: {refused:?}");
        }
    }
}

/// LSP82, figure 7: connectivity 3 is not enough for the definition.
#[test]
fn the_wheel_is_refused_for_its_hub_has_no_regular_set_of_3_neighbours() {
    let wheel = named("Wheel", 6);
    let without: Vec<usize> = (0..6).filter(|i| !wheel.has_regular_set(*i, 3)).collect();
    assert_eq!(without, [0]);
    let refused = refusal(text("m: 1", "Wheel", 6, &[])).expect("refused");
    for part in [
        "the wheel is not 3-regular: n0 has no regular set of 3 neighbours",
        "without n0, only 2 disjoint paths lead from n1, n2 and n3 to n4",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    // Whoever commands.
    let rim = refusal(text("m: 1, commander: 1", "Wheel", 6, &[]).replace("{ 0: [", "{ 1: ["));
    assert!(rim.expect("refused").contains("n0 has no regular set"));
}

/// Two complete graphs of four with n3 in common: three paths to n4 may use different links, but not
/// different generals.
#[test]
fn paths_that_share_a_general_are_not_disjoint_though_they_share_no_link() {
    let edges = "Edges([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), \
                        (3, 4), (3, 5), (3, 6), (4, 5), (4, 6), (5, 6)])";
    let refused = refusal(text("m: 1", edges, 7, &[])).expect("refused");
    assert!(refused.contains("n0 has no regular set of 3 neighbours"), "{refused}");
    assert!(
        refused.contains("without n0, only 1 path leads from n1, n2 and n3 to n4"),
        "{refused}"
    );
}

#[test]
fn a_circle_is_refused_for_everybody_has_2_neighbours_only() {
    for n in [4, 5] {
        let refused = refusal(text("m: 1", "Ring", n, &[])).expect("refused");
        assert!(refused.contains("n0 has no regular set of 3 neighbours"), "{refused}");
        assert!(refused.contains("it has 2 neighbours, and needs 3"), "{refused}");
    }
    let five = refusal(text("m: 2", "Circulant([1, 2, 4])", 8, &[])).expect("refused");
    assert!(five.contains("it has 5 neighbours, and needs 6"), "{five}");
}

/// The paper remarks that it is; but nobody commands there whom that would keep from it.
#[test]
fn a_p_regular_graph_less_one_node_is_not_p_minus_1_regular_except_for_its_neighbours() {
    let less = named("K33", 6).without(0);
    let regular: Vec<bool> = (0..5).map(|i| less.has_regular_set(i, 2)).collect();
    assert_eq!(regular, [false, false, true, true, true], "who was n1, n2; n3, n4, n5");
    for (topology, graph, _, _, three, six) in table() {
        for p in [(3, three), (6, six)].into_iter().filter_map(|(p, is)| is.then_some(p)) {
            let less = graph.without(0);
            let commands = |i: usize| less.has_regular_set(i - 1, p - 1);
            assert!(bits(graph.near[0]).all(commands), "{topology}, p = {p}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let refused = |text: String| refusal(text).expect("refused");
    let none = refused(text("m: 0", "K33", 6, &[]));
    assert!(none.contains("OM(0,p) does not exist"), "{none}");
    let few = refused(text("m: 2, p: 1", "K33", 6, &[]));
    assert!(few.contains("OM(2,1): each of 2 recursions takes a neighbour away"), "{few}");
    let lieutenant = refused(text("m: 1", "K33", 6, &[]).replace("{ 0: [", "{ 1: ["));
    assert!(lieutenant.contains("n1 is a lieutenant"), "{lieutenant}");
    let nobody = refused(text("m: 1, commander: 6", "K33", 6, &[]));
    assert!(nobody.contains("n6 does not exist"), "{nobody}");
    let large = refused(text("m: 1", "Ring", 65, &[]));
    assert!(large.contains("would take too long"), "{large}");
    let many = refused(text("m: 5", "Complete", 40, &[]));
    assert!(many.contains("OM(5,15) among 40 generals would need some 14414400"), "{many}");
}

// --- what it costs

/// What all loyal generals said: from, to, those it came through, and for whom.
fn said(trace: &Trace) -> Vec<(u16, u16, Vec<u16>, u16)> {
    let number = |node: &str| node.trim_start_matches('n').parse().expect("a node");
    let sent = trace.entries.iter().filter_map(|entry| match entry.what {
        What::Sent { to, .. } => Some((entry.node.0, to.0, entry.text.as_str())),
        _ => None,
    });
    let parsed = sent.map(|(from, to, text)| {
        // Such as `r1 Attack via n0 n3 for n4`.
        let (_, rest) = text.split_once(" via ").expect("a path");
        let (path, target) = rest.split_once(" for ").expect("a target");
        (from, to, path.split(' ').map(number).collect(), number(target))
    });
    parsed.collect()
}

/// What is said, from link to link; what is said by whom it is about; and the rounds it takes.
fn cost(config: &str, topology: &str, n: usize) -> (usize, usize, u64) {
    let case = om(config, topology, n, &[]);
    let (outcome, trace) = case.case().worker().trace(&mut Kindest);
    let said = said(&trace);
    assert_eq!(said.len() as u64, outcome.tally.sent, "{topology}");
    let own = said.iter().filter(|(from, _, path, _)| path.last() == Some(from)).count();
    let end = |round: &u64| Time::ZERO + Span::millis(10) * *round == outcome.at;
    (said.len(), own, (1..).find(end).expect("lock step"))
}

#[test]
fn om_1_3_on_k4_takes_9_messages_and_2_rounds_as_om_1_does() {
    assert_eq!(cost("m: 1", "Complete", 4), (9, 9, 2));
}

/// 3 + 3 * (2 * 1 + 2 * 2) from link to link, and 3 + 3 * 4 from general to general.
#[test]
fn om_1_3_on_k33_takes_21_messages_from_link_to_link_and_15_from_general_to_general() {
    assert_eq!(cost("m: 1", "K33", 6), (21, 15, 3));
}

/// (n-1) + (n-1)(n-2) + (n-1)(n-2)(n-3) = 6 + 30 + 120.
#[test]
fn om_2_6_on_k7_takes_156_messages_and_3_rounds_as_om_2_does() {
    assert_eq!(cost("m: 2", "Complete", 7), (156, 156, 3));
}

/// All families of paths are tried here; who knows all of the graph need not do worse.
#[test]
fn no_paths_have_fewer_links_in_all_than_those_that_are_taken() {
    for (topology, n) in [("Complete", 4), ("K33", 6), ("Prism", 6), ("Cube", 8), ("Petersen", 10)]
    {
        let graph = named(topology, n);
        let set: Vec<usize> = bits(graph.near[0]).collect();
        let each = (1..n).map(|k| graph.cheapest(&set, k, 1).expect("3-regular"));
        let least = 3 + each.sum::<u32>() as usize;
        let (links, own, _) = cost("m: 1", topology, n);
        assert_eq!((links, own), (least, 3 + 3 * (n - 2)), "{topology}");
    }
}

/// Definition 1, of what was done: for each general, what different neighbours of a commander have
/// for him passes through different hands, links that exist, and not through who has commanded.
#[test]
fn paths_share_nothing_but_their_end_and_avoid_who_has_commanded() {
    let networks = [("K33", 6, 1), ("Prism", 6, 1), ("Cube", 8, 1), ("Petersen", 10, 1)];
    let larger = [("Circulant([1, 2, 3])", 9, 2), ("Bipartite(6, 6)", 12, 2), ("Complete", 7, 2)];
    for (topology, n, m) in networks.into_iter().chain(larger) {
        let graph = named(topology, n);
        let case = om(&format!("m: {m}"), topology, n, &[]);
        let (_, trace) = case.case().worker().trace(&mut Kindest);
        let mut hands: BTreeMap<(Vec<u16>, u16), Vec<BTreeSet<u16>>> = BTreeMap::new();
        let mut carried: BTreeMap<(Vec<u16>, u16), BTreeSet<u16>> = BTreeMap::new();
        for (from, to, path, target) in said(&trace) {
            assert!(graph.near[usize::from(from)] >> to & 1 == 1, "{topology}: {from} to {to}");
            if path.len() > m {
                let commanded = &path[..m];
                assert!(!commanded.contains(&from) && !commanded.contains(&to), "{topology}");
                carried.entry((path, target)).or_default().insert(from);
            }
        }
        for ((path, target), by) in carried {
            assert!(!by.contains(&target), "{topology}");
            hands.entry((path[..m].to_vec(), target)).or_default().push(by);
        }
        for ((path, target), ways) in hands {
            let together: BTreeSet<u16> = ways.iter().flatten().copied().collect();
            let apart: usize = ways.iter().map(BTreeSet::len).sum();
            assert_eq!(together.len(), apart, "{topology}: {path:?} for {target}");
            // The target may be a neighbour of the commander himself.
            let own = usize::from(graph.near[usize::from(path[m - 1])] >> target & 1 == 1);
            assert!(ways.len() + own >= 3 * m + 1 - m, "{topology}: {path:?} for {target}");
        }
    }
}

// --- whom it survives

#[test]
fn om_1_3_survives_one_traitor_anywhere_in_every_3_regular_graph_of_the_table() {
    for (topology, n) in [("Complete", 4), ("K33", 6), ("Prism", 6), ("Cube", 8), ("Petersen", 10)]
    {
        for traitor in 0..u16::try_from(n).expect("few") {
            let case = om("m: 1", topology, n, &[traitor]);
            case.seeds(0..200);
            assert_eq!(verdicts(&case, always_lie()), [VerdictKind::Holds; 2], "{topology}");
        }
    }
}

#[test]
fn om_2_6_survives_two_traitors_in_every_6_regular_graph_of_the_table() {
    for (topology, n) in [("Complete", 7), ("Circulant([1, 2, 3])", 9), ("Bipartite(6, 6)", 12)] {
        for traitors in [[0, 1], [0, 6], [1, 2], [5, 6]] {
            let case = om("m: 2", topology, n, &traitors);
            case.seeds(0..30);
            assert_eq!(verdicts(&case, always_lie()), [VerdictKind::Holds; 2], "{topology}");
        }
    }
}

/// With n = 3m + 1 it is OM(m), whose numbers of runs these are.
#[test]
fn om_1_3_on_k4_survives_everything_one_traitor_can_say_as_om_1_does() {
    for (traitor, runs) in [(3, 18), (0, 54)] {
        let explored = om("m: 1", "Complete", 4, &[traitor]).exhaust(runs);
        assert_eq!(explored.report.runs, runs, "traitor {traitor}");
        assert!(explored.first_broken.iter().all(Option::is_none), "traitor {traitor}");
    }
}

/// Lemma 2, on both sides of its bound: in complete graphs, k lieutenants whom the commander tells.
#[test]
fn lemma_2_is_tight_ic2_breaks_exactly_if_p_is_less_than_2k_plus_m() {
    for (m, p, k) in
        [(1, 2, 1), (1, 3, 1), (1, 4, 2), (1, 5, 2), (2, 3, 1), (2, 4, 1), (2, 5, 2), (2, 6, 2)]
    {
        let traitors: Vec<u16> = (1..=k).collect();
        let case = om(&format!("m: {m}, p: {p}"), "Complete", usize::from(p) + 1, &traitors);
        let expected = if p < 2 * k + m { VerdictKind::OutOfModel } else { VerdictKind::Holds };
        let [_, ic2] = verdicts(&case, always_lie());
        assert_eq!(ic2, expected, "OM({m},{p}), {k} traitors");
    }
}

/// Connectivity 2 is 2m: no algorithm can help. OM(1,3) refuses, and OM(1,2) shows it.
#[test]
fn in_a_circle_of_4_the_general_opposite_to_the_commander_cannot_be_served() {
    let case = om("m: 1, p: 2", "Ring", 4, &[1]);
    let (outcome, trace) = case.case().worker().trace(&mut always_lie());
    assert_eq!(outcome.verdicts[1].kind(), VerdictKind::OutOfModel);
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    let opposite = decided.filter(|entry| entry.node.0 == 2).map(|entry| entry.text.as_str());
    assert_eq!(opposite.collect::<Vec<_>>(), ["Retreat"], "of one ATTACK and one RETREAT");
}

/// A line that fails is a faulty processor to oral messages: with a traitor it makes two.
#[test]
fn oral_messages_do_not_survive_a_traitor_and_a_failed_line() {
    let dead = r#"except: { (0, 3): (links: FairLoss(loss: 1.0)) }, faults"#;
    let one_each = check::<Om>(&text("m: 1", "K33", 6, &[4]).replace("faults", dead));
    assert_eq!(verdicts(&one_each, always_lie())[1], VerdictKind::OutOfModel);
    let line_only = check::<Om>(&text("m: 1", "K33", 6, &[]).replace("faults", dead));
    assert_eq!(verdicts(&line_only, Kindest), [VerdictKind::Holds; 2]);
}
