//! The vector form of Pease, Shostak and Lamport.

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Concern, Lockstep, Seeded};
use generals_protocols::InteractiveConsistency;

use crate::chooser::plan;

/// OM(m) with every general in command, their orders being these; A is ATTACK, R is RETREAT and
/// anything else either of them.
fn vectors(m: u16, orders: &str, traitors: &[u16]) -> Check<Lockstep<InteractiveConsistency>> {
    let faults: String = traitors.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    let inputs = |(i, order)| match order {
        'A' => format!("{i}: [Attack], "),
        'R' => format!("{i}: [Retreat], "),
        _ => format!("{i}: [Attack, Retreat], "),
    };
    let inputs: String = orders.chars().enumerate().map(inputs).collect();
    let n = orders.len();
    check(&format!(
        r#"(protocol: "interactive-consistency", config: (m: {m}), inputs: {{ {inputs} }},
            world: (nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
                    faults: {{ {faults} }}, adversary: Liar))"#
    ))
}

#[test]
fn one_traitor_of_four_can_say_what_he_likes() {
    let explored = vectors(1, "ARAR", &[3]).exhaust(19_683);
    assert_eq!(explored.report.runs, 19_683);
    assert!(explored.first_broken.iter().all(Option::is_none));
}

#[test]
#[cfg(feature = "slow")]
fn slow_one_traitor_of_four_can_say_what_he_likes_whatever_the_orders() {
    let explored = vectors(1, "????", &[3]).exhaust(314_928);
    assert_eq!(explored.report.runs, 314_928);
    assert!(explored.first_broken.iter().all(Option::is_none));
}

#[test]
fn two_traitors_of_seven_break_nothing() {
    vectors(2, "???????", &[0, 4]).seeds(0..200);
}

/// The same, read off what the generals end with, and not off the promises.
#[test]
fn loyal_generals_end_with_the_same_vector_and_true_entries() {
    let orders = "ARAARRA";
    let case = vectors(2, orders, &[1, 5]);
    let mut worker = case.case().worker();
    for seed in 0..50 {
        let (_, trace) = worker.trace(&mut Seeded::new(seed));
        let decided: Vec<(usize, &str)> = trace
            .entries
            .iter()
            .filter(|entry| entry.what == What::Decided && ![1, 5].contains(&entry.node.0))
            .map(|entry| (entry.node.index(), entry.text.as_str()))
            .collect();
        let loyal = [0, 2, 3, 4, 6];
        assert_eq!(decided.iter().map(|(node, _)| *node).collect::<Vec<_>>(), loyal);
        let (_, first) = decided[0];
        assert!(decided.iter().all(|(_, vector)| *vector == first), "seed {seed}: {decided:?}");
        let (plan, entries) = first.split_once(" by ").unwrap();
        let entry = |text: &str, i| text.chars().nth(i);
        assert!(loyal.iter().all(|&i| entry(entries, i) == entry(orders, i)), "seed {seed}");
        let attack = 2 * entries.matches('A').count() > entries.len();
        assert_eq!(plan, if attack { "Attack" } else { "Retreat" }, "seed {seed}");
    }
}

/// n times OM(m): each general commands once.
#[test]
fn it_costs_n_times_what_one_commander_costs() {
    for (m, orders, messages) in [(1, "ARAR", 4 * 9), (1, "ARARA", 5 * 16), (2, "ARARARA", 7 * 156)]
    {
        let case = vectors(m, orders, &[]);
        let sent = case.case().worker().run_seed(0).tally.sent;
        assert_eq!(sent, messages);
    }
}

#[test]
fn at_n_3_a_liar_breaks_both_the_vector_and_its_entries() {
    let case = vectors(1, "AAA", &[2]);
    let mut worker = case.case().worker();
    let outcome = worker.run(&mut plan(Concern::Adversary, |_, _| 1));
    let broken: Vec<bool> = outcome.verdicts.iter().map(|v| v.kind().is_broken()).collect();
    assert_eq!(broken, [true, true, false, false, false]);
}
