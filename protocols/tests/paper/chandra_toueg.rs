//! Chandra and Toueg's consensus: what a round costs, how long it takes, and what it survives.

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Kindest, Time};
use generals_protocols::ChandraToueg;

/// Each process with its own number for an input, in a world with these further fields.
fn consensus(n: u16, f: u16, world: &str) -> Check<ChandraToueg> {
    let inputs: String = (0..n).map(|node| format!("{node}: [{node}], ")).collect();
    check(&format!(
        r#"(protocol: "chandra-toueg", config: (f: {f}), inputs: {{ {inputs} }},
            world: (nodes: {n}, {world}), limits: (horizon: "60s"))"#
    ))
}

/// n-1 estimates, n-1 proposals, n-1 acks, and a reliable broadcast of n(n-1) messages. The coordinator,
/// which is n1, decides after 3 message delays and everybody after 4; no heartbeat is due before. (Those
/// who have acknowledged have begun the next round by then, which is not counted.)
#[test]
fn a_round_costs_3_times_n_minus_1_messages_and_its_decision_n_times_n_minus_1() {
    for n in 2..=9_u16 {
        let case = consensus(n, 0, r#"timing: Synchronous(delta: "10ms", least: "10ms")"#);
        let (_, trace) = case.case().worker().trace(&mut Kindest);
        let sent = |what: &str| {
            let sent = trace.entries.iter().filter(|entry| matches!(entry.what, What::Sent { .. }));
            sent.filter(|entry| entry.text.contains(what)).count()
        };
        let (n, others) = (usize::from(n), usize::from(n) - 1);
        let counted =
            ["r1 estimate", "r1 propose", "r1 ack", "decide", "r1 nack", "alive"].map(sent);
        assert_eq!(counted, [others, others, others, n * others, 0, 0], "n = {n}");
        let decided: Vec<_> =
            trace.entries.iter().filter(|entry| entry.what == What::Decided).collect();
        assert_eq!(decided.len(), n);
        for entry in decided {
            let delays = if entry.node.0 == 1 { 3 } else { 4 };
            assert_eq!(entry.at, Time::nanos(delays * 10_000_000), "n = {n}, {}", entry.node);
        }
    }
}

/// Of n = 2f+1 processes any f may crash, at any time, the first coordinators included.
#[test]
fn any_minority_may_crash() {
    for (n, crashing) in [(3, &[0][..]), (3, &[1]), (5, &[1, 2]), (5, &[0, 4])] {
        let crash = |node| format!(r#"{node}: CrashStop(at: Chosen(within: "60ms")), "#);
        let faults: String = crashing.iter().map(crash).collect();
        let f = u16::try_from(crashing.len()).unwrap();
        consensus(n, f, &format!("faults: {{ {faults} }}")).seeds(0..200);
    }
}

/// Wherever in whichever step the first coordinator dies: some hear of its proposal or its decision.
#[test]
fn no_crash_in_the_middle_of_a_step_breaks_anything() {
    for nth in 0..7 {
        for after_effects in 0..=4 {
            let fault = format!("CrashStop(at: Step(nth: {nth}, after_effects: {after_effects}))");
            consensus(3, 1, &format!("faults: {{ 1: {fault} }}")).seeds(0..20);
        }
    }
}

#[test]
fn what_cannot_work_is_refused() {
    let open = |config: &str, inputs: &str| {
        let text = format!(
            r#"(protocol: "chandra-toueg", config: ({config}), inputs: {{ {inputs} }}, world: (nodes: 3))"#
        );
        let source = generals::Source::new("x", text);
        let opened = generals::Subject::open(&generals::Plug::<ChandraToueg>::NEW, &source);
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let inputs = "0: [7], 1: [8], 2: [9]";
    assert_eq!(open("", inputs), "");
    assert!(open("", "0: [7], 2: [9]").contains("n1 is given no input"));
    assert!(open("f: 3", inputs).contains("leave nobody to decide"));
    assert!(open(r#"period: "0ms""#, inputs).contains("no time at all"));
    assert!(open(r#"timeout: "0ms""#, inputs).contains("no time at all"));
    assert!(open(r#"growth: By("0ms")"#, inputs).contains("grows by nothing"));
}
