//! Reliable broadcast: what it costs, and what no crash can take from it.

use generals::testing::{Check, check};
use generals::{Kindest, Seeded, VerdictKind};
use generals_protocols::Broadcast;
use generals_protocols::broadcast::slot;

/// Broadcasts of these nodes in a world with these further fields.
fn broadcast(n: u16, times: u32, broadcasters: &[u16], world: &str) -> Check<Broadcast> {
    let inputs: String = broadcasters.iter().map(|node| format!("{node}: [7, 8], ")).collect();
    check(&format!(
        r#"(protocol: "broadcast", config: (times: {times}), inputs: {{ {inputs} }},
            world: (nodes: {n}, {world}))"#
    ))
}

const ASYNCHRONOUS: &str = r#"timing: Asynchronous(typical: "10ms")"#;

/// Each of the n nodes sends each message to the n-1 others, once.
#[test]
fn a_broadcast_costs_n_times_n_minus_1_messages() {
    for n in 1..=9_u16 {
        for times in [1, 3] {
            for broadcasters in [&[0][..], &[0, n - 1]] {
                let broadcasters = &broadcasters[..broadcasters.len().min(n.into())];
                let case = broadcast(n, times, broadcasters, ASYNCHRONOUS);
                let mut worker = case.case().worker();
                let broadcasts = broadcasters.len() as u64 * u64::from(times);
                let cost = broadcasts * u64::from(n) * u64::from(n - 1);
                assert_eq!(worker.run(&mut Kindest).tally.sent, cost, "n = {n}");
                for seed in 0..20 {
                    assert_eq!(worker.run(&mut Seeded::new(seed)).tally.sent, cost, "n = {n}");
                }
            }
        }
    }
}

/// Whoever crashes, and wherever in whichever step: two nodes broadcast, and everything that can
/// happen to their messages in a small world happens.
#[test]
fn three_nodes_keep_every_promise_whoever_crashes_at_whichever_effect() {
    let mut runs = 0;
    for node in 0..3 {
        for nth in 0..6 {
            for after_effects in 0..=3 {
                let fault = format!(
                    "{node}: CrashStop(at: Step(nth: {nth}, after_effects: {after_effects}))"
                );
                let case = broadcast(3, 1, &[0], &format!("faults: {{ {fault} }}"));
                let explored = case.exhaust(1_000);
                assert!(explored.first_broken.iter().all(Option::is_none), "{fault}");
                runs += explored.report.runs;
            }
        }
    }
    assert!(runs > 3 * 6 * 4, "latencies and inputs were chosen, too");
}

#[test]
fn any_number_of_crashes_breaks_nothing() {
    for crashing in 1..=4 {
        let crash = |node| format!(r#"{node}: CrashStop(at: Chosen(within: "40ms")), "#);
        let faults: String = (0..crashing).map(crash).collect();
        let world = format!("{ASYNCHRONOUS}, faults: {{ {faults} }}");
        broadcast(4, 2, &[0, 1, 3], &world).seeds(0..1_000);
    }
}

/// The broadcaster's own crash may leave nobody with the message, or everybody; and with crashes in
/// the middle of a multicast somebody is always told first.
#[test]
fn one_node_that_is_told_is_enough() {
    for n in 2..=6_u16 {
        for told in 0..n {
            let fault = format!("0: CrashStop(at: Step(nth: 1, after_effects: {told}))");
            let world = format!("{ASYNCHRONOUS}, faults: {{ {fault} }}");
            let case = broadcast(n, 1, &[0], &world);
            let mut worker = case.case().worker();
            for seed in 0..20 {
                let sent = worker.run(&mut Seeded::new(seed)).tally.sent;
                let relayed = if told == 0 { 0 } else { (n - 1) * (n - 1) };
                assert_eq!(sent, u64::from(told + relayed), "n = {n}, told {told}");
            }
        }
    }
}

/// Its boundary: a relay that lies creates what nobody broadcast, and that is not promised.
#[test]
fn a_liar_who_relays_is_out_of_model() {
    let world = format!("{ASYNCHRONOUS}, faults: {{ 1: Byzantine }}, adversary: Liar");
    let case = broadcast(4, 1, &[0], &world);
    let report = generals::testing::campaign(case.case(), 0..500);
    let worst: Vec<(&str, VerdictKind)> = case
        .case()
        .promises()
        .iter()
        .zip(&report.verdicts)
        .map(|(row, count)| (row.name.as_str(), count.worst()))
        .collect();
    assert!(worst.contains(&("no-creation", VerdictKind::OutOfModel)), "{worst:?}");
    assert!(worst.iter().all(|(_, kind)| *kind < VerdictKind::Violated), "{worst:?}");
}

/// Along every link of the network once each way, whatever its shape.
#[test]
fn on_any_connected_network_a_broadcast_crosses_every_link_twice() {
    for (n, topology, links) in [(6, "Ring", 6), (6, "Prism", 9), (10, "Petersen", 15)] {
        let case = broadcast(n, 1, &[0], &format!("{ASYNCHRONOUS}, topology: {topology}"));
        case.seeds(0..100);
        assert_eq!(case.case().worker().run(&mut Kindest).tally.sent, 2 * links, "{topology}");
    }
}

/// Its boundary: two who crash cut a ring in two, and one does not.
#[test]
fn a_network_in_which_crashes_cut_off_the_correct_is_out_of_model() {
    let crash = |nodes: &[u16]| -> String {
        let fault = |node| format!(r#"{node}: CrashStop(at: Time("0ms")), "#);
        nodes.iter().map(fault).collect()
    };
    for (crashing, worst) in [(&[1][..], VerdictKind::Holds), (&[1, 4], VerdictKind::OutOfModel)] {
        let world = format!("{ASYNCHRONOUS}, topology: Ring, faults: {{ {} }}", crash(crashing));
        let report = generals::testing::campaign(broadcast(6, 1, &[0], &world).case(), 0..50);
        assert_eq!(report.verdicts[1].worst(), worst, "{crashing:?}");
    }
}

#[test]
fn a_message_that_is_broadcast_once_has_its_senders_slot() {
    for node in generals::NodeId::all(5) {
        assert_eq!(slot(node, 0, 5), u64::from(node.0));
        assert_eq!(slot(node, 2, 5), 10 + u64::from(node.0));
    }
}

#[test]
fn what_would_explode_is_refused() {
    let open = |config: &str, n: u16| {
        let text = format!(
            r#"(protocol: "broadcast", config: {config}, inputs: {{ 0: [7] }}, world: (nodes: {n}))"#
        );
        let source = generals::Source::new("x", text);
        let opened = generals::Subject::open(&generals::Plug::<Broadcast>::NEW, &source);
        opened.err().map(|error| error.to_string())
    };
    assert_eq!(open("(times: 1000)", 71), None);
    assert!(open("(times: 0)", 4).unwrap().contains("1 to 1000 times, not 0"));
    assert!(open("(times: 1001)", 4).unwrap().contains("1 to 1000 times, not 1001"));
    assert!(open("(times: 1000)", 72).unwrap().contains("would need 5112000 messages"));
}
