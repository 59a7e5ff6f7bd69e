//! Leaving things out, and other versions of the program.

use super::*;
// --- leaving things out

const ALL_TELL: &str = "(Boot(0), [Tell(1), Send(0, 1)]), (Boot(1), [Tell(2)]), (Boot(2), [Tell(3)]), \
    (Hears(0, 1), [Decide(1)]), (Hears(0, 2), [Read]), (Hears(1, 1), [Decide(1)]), \
    (Hears(1, 3), [Read]), (Hears(2, 1), [Decide(1)])";

#[test]
fn who_omits_leaves_out_others_and_never_itself() {
    for (omits, expected, omitted) in [
        ("Omission(send: 1.0)", "n0=1@10 n0=10@10 n1=10@10", 2),
        ("Omission(receive: 1.0)", "n0=1@10 n1=1@10 n2=1@10 n1=10@10", 2),
        ("Omission(send: 1.0, receive: 1.0)", "n0=1@10 n1=10@10", 4),
        ("Omission()", "n1=1@10 n2=1@10 n0=1@10 n0=10@10 n1=10@10", 0),
    ] {
        let outcome = run(&scenario(ALL_TELL, "Omission(1)", &fault(omits)));
        assert_eq!(outcome.tally.audit.omitted, omitted, "{omits}");
        let found = decisions(&scenario(ALL_TELL, "Omission(1)", &fault(omits)));
        let sorted = |text: &str| {
            let mut all: Vec<String> = text.split(' ').map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(sorted(&found), sorted(expected), "{omits}");
    }
}

/// A node is faulty if it left anything out, not if it might have.
#[test]
fn who_left_nothing_out_was_correct() {
    let silent = "(Boot(0), [Send(1, 1)]), (Boot(1), [Decide(1)]), (Boot(2), [Decide(1)])";
    let kinds_under =
        |omits: &str, assume: &str| kinds(&run(&scenario(silent, assume, &fault(omits))));
    for omits in ["Omission(send: 1.0)", "Omission(receive: 1.0)", "Rational(skips: 1.0)"] {
        let left_out = omits.contains("send");
        let expected = if left_out { Holds } else { Violated };
        assert_eq!(kinds_under(omits, "Omission(1)")[2], expected, "{omits}");
    }
    // An omission is worse than a crash.
    let speaks =
        format!("{silent}, (Boot(1), [Decide(2)])").replace("(Boot(1), [Decide(1)]), ", "");
    let verdict =
        |assume| kinds(&run(&scenario(&speaks, assume, &fault("Omission(send: 1.0)"))))[0];
    assert_eq!(verdict("Crash(1)"), OutOfModel);
    assert_eq!(verdict("Omission(1)"), Violated);
}

#[test]
fn who_is_rational_passes_nothing_on_and_does_the_rest() {
    // n0 answers n1, tells n2 what it heard, and says something of its own.
    let play = r#"(Boot(1), [Send(0, 1)]), (Boot(0), [Send(2, 9)]), (Given(0), [Send(2, 8)]),
        (Hears(0, 1), [Send(1, 2), Send(2, 3), Send(0, 4), Set(1, "5ms")]),
        (Fires(0, 1), [Send(1, 5), Set(2, "5ms")]), (Fires(0, 2), [Send(1, 6)])"#;
    let sent = |faults: &str| {
        let text =
            scenario(play, "Synchrony", faults).replace("world:", "inputs: { 0: [1] }, world:");
        let (outcome, trace) = traced(&text, 1);
        let lines = trace.text(Zoom::Messages);
        let mut sent: Vec<String> = lines
            .lines()
            .filter_map(|line| line.split_once(" -> ").filter(|(by, _)| by.ends_with("n0")))
            .map(|(_, what)| what.split("  ").nth(1).unwrap_or_default().to_owned())
            .collect();
        sent.sort();
        (sent.join(" "), outcome.tally.audit.skipped)
    };
    assert_eq!(sent(""), ("2 3 4 5 6 8 9".to_owned(), 0));
    // It skips 3, which is for n2; and 5, said by the first timer since it heard n1.
    assert_eq!(sent(&fault("Rational(skips: 1.0)")), ("2 4 6 8 9".to_owned(), 2));
}

#[test]
fn a_group_fails_together() {
    let play = "(Boot(0), [Decide(1)])";
    let group = r#"faults: { 0: With(2), 1: With(2), 2: CrashStop(at: Chosen(within: "100ms")) }"#;
    let text = scenario(play, "Crash(3)", group);
    let mut both = [0, 0];
    for seed in 0..50 {
        let (outcome, trace) = traced(&text, seed);
        let crashes = outcome.tally.audit.crashes;
        assert!(crashes == 0 || crashes == 3, "seed {seed}: {crashes}");
        both[usize::from(crashes == 3)] += 1;
        let mut when: Vec<Time> = trace
            .entries
            .iter()
            .filter(|entry| entry.text.is_empty())
            .map(|entry| entry.at)
            .collect();
        when.retain(|at| *at > Time::ZERO);
        assert!(when.iter().all(|at| *at == when[0]), "seed {seed}: {when:?}");
    }
    assert!(both[0] > 10 && both[1] > 10, "{both:?}");
    // One draw for the group, that of the node that is named.
    let alone = r#"faults: { 2: CrashStop(at: Chosen(within: "100ms")) }"#;
    let alone = scenario(play, "Crash(3)", alone);
    for seed in 0..20 {
        let crashes = |text: &str| traced(text, seed).0.tally.audit.crashes > 0;
        assert_eq!(crashes(&text), crashes(&alone), "seed {seed}");
    }
    // All kinds of failing: each in its own step of that number, each its own messages.
    let with = |fault: &str| {
        let world = format!("faults: {{ 0: {fault}, 1: With(0), 2: With(0) }}");
        run(&scenario(ALL_TELL, "Crash(3)", &world)).tally.audit
    };
    assert_eq!(with("CrashStop(at: Step(nth: 1))").crashes, 3);
    let back = with(r#"CrashRecovery(outages: [(at: Time("5ms"), down: "1ms")])"#);
    assert_eq!((back.crashes, back.recoveries), (3, 3));
    assert_eq!(with("Omission(send: 1.0)").omitted, 6);
}

/// The members of a group are judged one by one, by what they did.
#[test]
fn who_fails_with_another_is_faulty_only_if_it_did() {
    let play = "(Boot(1), [Send(2, 1)]), (Boot(2), [Decide(1)])";
    let world = "faults: { 0: With(1), 1: Omission(send: 1.0) }";
    let outcome = run(&scenario(play, "Omission(2)", world));
    assert_eq!(kinds(&outcome), [Holds, Holds, Violated]);
    assert!(outcome.verdicts[2].to_string().contains("n0 never decided"));
}

// --- other versions

#[test]
fn another_version_runs_under_its_own_configuration_and_counts_as_byzantine() {
    let text = |assume: &str| {
        let play = "(Boot(0), [Decide(1)]), (Boot(1), [Decide(1)]), (Boot(2), [Decide(1)])";
        scenario(play, assume, "faults: { 0: OtherVersion }").replace(
            "world:",
            "versions: { 0: (play: [(Boot(0), [Decide(2), Decide(3)])]) }, world:",
        )
    };
    assert_eq!(decisions(&text("Byzantine(1)")), "n0=2@0 n0=3@0 n1=1@0 n2=1@0");
    // Uniform agreement and integrity do not count it either.
    assert_eq!(kinds(&run(&text("Byzantine(1)"))), [Holds; 3]);
    let outcome = run(&text("Byzantine(1)"));
    assert_eq!(outcome.tally.injected, 0, "the adversary has no part in it");
    let read = text("Byzantine(1)").replace("(Boot(1), [Decide(1)])", "(Boot(1), [Decide(4)])");
    let harsh = |assume: &str| kinds(&run(&read.replace("Byzantine(1)", assume)))[0];
    assert_eq!((harsh("Byzantine(1)"), harsh("Omission(1)")), (Violated, OutOfModel));
}

#[test]
fn versions_and_their_nodes_must_match() {
    use generals::{Plug, Source, Subject};
    let error = |versions: &str, world: &str| {
        let text =
            scenario("", "Synchrony", world).replace("world:", &format!("{versions}, world:"));
        let opened = Plug::<Play>::NEW.open(&Source::new("test", &*text));
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let found = error("versions: { 0: () }", "");
    assert!(found.contains("n0 runs the same version as all others"), "{found}");
    let found = error("versions: {}", "faults: { 0: OtherVersion }");
    assert!(found.contains("n0 runs another version, and there is none for it"), "{found}");
    let found = error("versions: { 7: () }", "");
    assert!(found.contains("n7 does not exist"), "{found}");
    let found = error("versions: { 0: (), 0: () }", "faults: { 0: OtherVersion }");
    assert!(found.contains("given twice"), "{found}");
    assert_eq!(error("versions: { 0: () }", "faults: { 0: OtherVersion }"), "");
}
