//! PBFT: replicas and clients that crash, in the middle of whatever they do, and come back with their
//! disks.

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Kindest, NodeId, Time, Verdict, VerdictKind};
use generals_protocols::Pbft;

/// Goes down for 40 ms after so many effects of that step.
fn in_step(node: u16, nth: u64, effects: u32) -> String {
    let at = format!("Step(nth: {nth}, after_effects: {effects})");
    format!(r#"{node}: CrashRecovery(outages: [(at: {at}, down: "40ms")], disk: UnsyncedLost), "#)
}

fn scenario(nodes: u16, config: &str, input: &str, world: &str) -> Check<Pbft> {
    check(&format!(
        r#"(protocol: "pbft", config: (disk: Synced, {config}), inputs: {{ {input} }},
            world: (nodes: {nodes}, {world}))"#
    ))
}

/// No number above the second may be given before a checkpoint at the second is stable, and with
/// replica 3 down it takes all three others for that.
#[test]
fn a_checkpoint_is_stable_in_the_end_though_who_took_it_crashed_before_it_said_so() {
    let ops = r#"4: [(ops: [Put("x", "1"), Append("x", "2"), Append("x", "3"), Get("x")])]"#;
    for nth in 4..16 {
        for effects in 0..8 {
            let faults = in_step(2, nth, effects) + r#"3: CrashStop(at: Time("0ms"))"#;
            let world = format!(
                r#"faults: {{ {faults} }},
                   timing: Synchronous(delta: "10ms", latency: Constant("10ms"))"#
            );
            scenario(5, "checkpoint: 2, log: 2", ops, &world).seeds(0..1);
        }
    }
}

/// With as many traitors as there may be: a replica that comes back with its disk is no traitor. 0 hides
/// what prepared, 1 is away, and 2 goes down after an effect of a step: if it executes in that step,
/// nobody else may know that it could.
#[test]
fn a_replica_that_goes_down_as_it_executes_takes_nothing_back() {
    let ops = r#"4: [(ops: [Put("x", "1")])], 5: [(ops: [Append("x", "2"), Get("x")])]"#;
    let away = r#"1: CrashRecovery(outages: [(at: Time("110ms"), down: "400ms")])"#;
    for nth in 8..12 {
        for effects in 0..3 {
            let world = format!(
                r#"faults: {{ 0: Byzantine, {away}, {} }}, links: FairLoss(loss: 0.3, streak: 4),
                   adversary: Attack(name: "hide-prepared")"#,
                in_step(2, nth, effects)
            );
            scenario(6, "checkpoint: 2, log: 4", ops, &world).seeds(0..25);
        }
    }
}

/// It is told what to ask for long before it does, and may go down anywhere. Where it goes down in the
/// very step in which it is told, before it wrote anything down, it was told nothing, and owes nothing.
#[test]
fn a_client_forgets_neither_what_it_was_told_nor_an_answer() {
    let ops = r#"4: [(ops: [Put("x", "1"), Get("x")], start: "50ms", every: "30ms")]"#;
    for nth in 1..16 {
        for effects in 0..5 {
            let world = format!("faults: {{ {} }}", in_step(4, nth, effects));
            scenario(5, "", ops, &world).seeds(0..10);
        }
    }
    let down = r#"4: CrashRecovery(outages: [(at: Time("20ms"), down: "40ms")])"#;
    scenario(5, "", ops, &format!("faults: {{ {down} }}")).seeds(0..10);
}

/// A client that is down from before it was told anything owes nothing; but so long as it may come back,
/// it may be told then. It comes back after the horizon, which is an hour, or before it.
#[test]
fn of_a_client_that_is_still_away_nobody_knows_what_it_will_owe() {
    let ops = r#"4: [(ops: [Put("x", "1")])]"#;
    for (down, expected) in [("2h", VerdictKind::Undetermined), ("30min", VerdictKind::Holds)] {
        let away = format!(r#"4: CrashRecovery(outages: [(at: Time("0ms"), down: "{down}")])"#);
        let check = scenario(5, "", ops, &format!("faults: {{ {away} }}"));
        let case = check.case();
        let outcome = case.worker().run(&mut Kindest).clone();
        let i = case.promises().iter().position(|row| row.name == "termination").unwrap();
        assert_eq!(outcome.verdicts[i].kind(), expected, "{down}: {outcome:?}");
    }
}

/// By hand, in delays of 10 ms: those cut off and the others say how far they are after 6, 12, 24… and
/// at last every 24,576 delays. So once the network is one again, after however long, it takes 246 s.
#[test]
fn a_network_that_heals_late_is_noticed_within_the_longest_time_between_two_status() {
    let ops = r#"4: [(ops: [Put("x", "1"), Append("x", "2"), Get("x")])]"#;
    for heals in [30, 700, 2_000, 3_300] {
        let world = format!(
            r#"timing: Synchronous(delta: "10ms", latency: Constant("10ms")),
               partitions: [Isolate(node: 3, from: "15ms", heals: "{heals}s")]"#
        );
        let (outcome, trace) = scenario(5, "", ops, &world).case().worker().trace(&mut Kindest);
        assert!(outcome.verdicts.iter().all(|verdict| *verdict == Verdict::Holds), "{outcome:?}");
        let of_3 = trace.entries.iter().filter(|entry| entry.node == NodeId(3));
        let mut executed = of_3.filter(|entry| entry.what == What::Decided).map(|entry| entry.at);
        let last = executed.next_back().expect("executes in the end");
        assert!(last > Time::nanos(heals * 1_000_000_000), "{heals} s: {last}");
        assert!(last < Time::nanos((heals + 246) * 1_000_000_000), "{heals} s: {last}");
    }
}
