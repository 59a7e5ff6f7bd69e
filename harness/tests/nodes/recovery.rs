//! Crash and recovery.

use super::*;

/// n0 is down from 15 to 35 ms.
const OUTAGE: &str = r#"faults: { 0: CrashRecovery(outages: [(at: Time("15ms"), down: "20ms")]) }"#;

#[test]
fn who_comes_back_has_what_it_persisted_last_and_nothing_else() {
    let back = "(Back(0, 6), [Decide(6)]), (Back(0, 7), [Decide(7)]), (Boot(0), [Read])";
    for (acts, expected) in [
        ("Persist(7)", "n0=0@0 n0=7@35"),
        ("Persist(6), Persist(7)", "n0=0@0 n0=7@35"),
        // A start with nothing is a first start.
        ("", "n0=0@0 n0=35@35"),
    ] {
        let play = format!("(Boot(0), [{acts}]), {back}");
        assert_eq!(decisions(&scenario(&play, "Synchrony", OUTAGE)), expected, "{acts}");
    }
}

#[test]
fn what_a_crash_leaves_is_a_matter_of_the_disk() {
    let back = "(Back(0, 6), [Decide(6)]), (Back(0, 7), [Decide(7)])";
    for (disk, acts, expected) in [
        ("Kept", "Persist(6), Write(7)", "n0=7@35"),
        ("UnsyncedLost", "Persist(6), Write(7)", "n0=6@35"),
        ("UnsyncedLost", "Persist(6), Write(7), Sync", "n0=7@35"),
        // What is persisted takes the place of what was written.
        ("UnsyncedLost", "Write(6), Persist(7)", "n0=7@35"),
        ("UnsyncedLost", "Write(6)", ""),
        ("UnsyncedLost", "Sync", ""),
        ("Wiped", "Persist(6), Write(7)", ""),
    ] {
        let play = format!("(Boot(0), [{acts}]), {back}");
        let faults = OUTAGE.replace("])", &format!("], disk: {disk})"));
        assert_eq!(decisions(&scenario(&play, "Synchrony", &faults)), expected, "{disk}: {acts}");
    }
}

/// The order of effects is the order in which a crash may cut them short.
#[test]
fn a_crash_falls_between_persisting_and_sending() {
    let play = "(Boot(0), [Persist(7), Send(1, 1), Send(2, 1)]), (Back(0, 7), [Decide(7)]), \
        (Hears(1, 1), [Decide(1)]), (Hears(2, 1), [Decide(1)])";
    for (effects, expected) in
        [(0, ""), (1, "n0=7@5"), (2, "n0=7@5 n1=1@10"), (3, "n0=7@5 n1=1@10 n2=1@10")]
    {
        let faults = format!(
            "faults: {{ 0: CrashRecovery(outages: [(at: Step(nth: 0, after_effects: {effects}), \
             down: \"5ms\")]) }}"
        );
        // Who has persisted nothing sends it all when it starts again.
        let expected = if effects == 0 { "n1=1@15 n2=1@15" } else { expected };
        assert_eq!(decisions(&scenario(play, "Synchrony", &faults)), expected, "{effects}");
    }
}

#[test]
fn what_arrives_while_a_node_is_down_is_missed_and_its_timers_are_gone() {
    let play = r#"(Boot(1), [Send(0, 1), Set(1, "10ms"), Set(2, "30ms")]),
        (Fires(1, 1), [Send(0, 2)]), (Fires(1, 2), [Send(0, 3)]),
        (Boot(0), [Persist(0), Set(1, "15ms"), Set(2, "20ms"), Set(3, "40ms")]),
        (Hears(0, 1), [Decide(1)]), (Hears(0, 2), [Decide(2)]), (Hears(0, 3), [Decide(3)]),
        (Fires(0, 1), [Decide(11)]), (Fires(0, 2), [Decide(12)]), (Fires(0, 3), [Decide(13)])"#;
    // Faults come first at an instant: the timer of 15 ms does not fire.
    assert_eq!(decisions(&scenario(play, "Synchrony", OUTAGE)), "n0=1@10 n0=3@40");
    let outcome = run(&scenario(play, "Synchrony", OUTAGE));
    assert_eq!((outcome.tally.audit.crashes, outcome.tally.audit.recoveries), (1, 1));
}

#[test]
fn a_node_may_be_down_again_and_again() {
    let play = "(Boot(0), [Persist(1)]), (Back(0, 1), [Persist(2)]), (Back(0, 2), [Decide(2)])";
    let outages = |outages: &str| format!("faults: {{ 0: CrashRecovery(outages: [{outages}]) }}");
    let twice = outages(r#"(at: Time("5ms"), down: "5ms"), (at: Time("20ms"), down: "1ms")"#);
    assert_eq!(decisions(&scenario(play, "Synchrony", &twice)), "n0=2@21");
    // Steps go on being counted: the second start is step 1.
    let steps = outages(
        r#"(at: Step(nth: 0, after_effects: 1), down: "5ms"), (at: Step(nth: 1), down: "1ms")"#,
    );
    let story = story(&scenario(play, "Synchrony", &steps));
    assert_eq!(story.matches("n0 crashes in its step").count(), 2, "{story}");
    assert_eq!(story.matches("comes back with what it had persisted").count(), 2, "{story}");
    // While it is down it cannot crash.
    let within = outages(r#"(at: Time("5ms"), down: "50ms"), (at: Time("20ms"), down: "1ms")"#);
    let outcome = run(&scenario(play, "Synchrony", &within));
    assert_eq!((outcome.tally.audit.crashes, outcome.at), (1, Time::ZERO + Span::millis(55)));
}

#[test]
fn an_input_waits_for_a_node_that_comes_back_and_for_no_other() {
    let given = |fault: &str| {
        let world = format!("faults: {{ 0: {fault} }}");
        let text = scenario("(Given(0), [Decide(1)])", "Synchrony", &world);
        decisions(&text.replace("world:", "inputs: { 0: [1] }, world:"))
    };
    assert_eq!(given(r#"CrashRecovery(outages: [(at: Time("0ms"), down: "5ms")])"#), "n0=1@5");
    let again = r#"CrashRecovery(outages: [(at: Time("0ms"), down: "5ms"),
        (at: Step(nth: 0), down: "5ms")])"#;
    assert_eq!(given(again), "n0=1@10");
    assert_eq!(given(r#"CrashStop(at: Time("0ms"))"#), "");
    // What it was given in the very step in which it crashed, it was given.
    assert_eq!(given(r#"CrashRecovery(outages: [(at: Step(nth: 1), down: "5ms")])"#), "");
}

/// Who comes back owes what the others owe to a promise that speaks of crash-recovery.
#[test]
fn a_crash_recovery_promise_obliges_who_came_back() {
    let others = "(Boot(1), [Decide(1)]), (Boot(2), [Decide(1)])";
    let disagrees = format!("{others}, (Boot(0), [Persist(7)]), (Back(0, 7), [Decide(2)])");
    let silent = others;
    for (assume, play, expected) in [
        ("Recovery(1)", disagrees.as_str(), [Violated, Holds, Holds]),
        ("Recovery(1)", silent, [Holds, Holds, Violated]),
        // More crashed than was assumed.
        ("Recovery(0)", silent, [Holds, Holds, OutOfModel]),
        ("Crash(1)", &disagrees, [Holds, Holds, Holds]),
        ("Crash(1)", silent, [Holds, Holds, Holds]),
        ("Omission(1)", silent, [Holds, Holds, Holds]),
        ("Byzantine(1)", silent, [Holds, Holds, Holds]),
    ] {
        let outcome = run(&scenario(play, assume, OUTAGE));
        assert_eq!(kinds(&outcome), expected, "{assume}: {play}");
    }
    // Who stops for good owes nothing.
    let stops = r#"faults: { 0: CrashStop(at: Time("15ms")) }"#;
    assert_eq!(kinds(&run(&scenario(silent, "Recovery(1)", stops))), [Holds; 3]);
}

#[test]
fn who_was_to_crash_and_did_not_was_correct() {
    let play = "(Boot(1), [Decide(1)]), (Boot(2), [Decide(1)])";
    let faults = r#"faults: { 0: CrashRecovery(outages: [(at: Step(nth: 9), down: "5ms")]) }"#;
    for assume in ["Synchrony", "Crash(1)", "Recovery(1)"] {
        let outcome = run(&scenario(play, assume, faults));
        assert_eq!(kinds(&outcome), [Holds, Holds, Violated], "{assume}");
    }
}

/// It cannot know whether it had said so before it crashed; but it may not change its mind.
#[test]
fn who_comes_back_may_decide_the_same_once_more() {
    let others = "(Boot(1), [Decide(7)]), (Boot(2), [Decide(7)])";
    let again = |value: u8| {
        let play = format!(
            "{others}, (Boot(0), [Persist(7), Decide(7)]), (Back(0, 7), [Decide({value})])"
        );
        kinds(&run(&scenario(&play, "Recovery(1)", OUTAGE)))[1]
    };
    assert_eq!(again(7), Holds);
    assert_eq!(again(8), Violated);
    let twice = format!("{others}, (Boot(0), [Decide(7), Decide(7)])");
    assert_eq!(kinds(&run(&scenario(&twice, "Recovery(1)", "")))[1], Violated);
}

/// Crash-recovery assumes a disk that keeps what was synced.
#[test]
fn amnesia_is_harsher_than_crash_recovery() {
    let play = "(Boot(0), [Persist(1)]), (Boot(1), [Decide(1)]), (Boot(2), [Decide(2)])";
    let verdict = |acts: &str, assume: &str| {
        let faults = OUTAGE.replace("])", "], disk: Wiped)");
        // The disagreement comes after the crash, which must not be blamed on what comes later.
        let play = play.replace("Persist(1)", acts).replace("Boot(2)", "Fires(2, 1)");
        let play = format!("{play}, (Boot(2), [Set(1, \"16ms\")])");
        kinds(&run(&scenario(&play, assume, &faults)))[0]
    };
    assert_eq!(verdict("Persist(1)", "Recovery(1)"), OutOfModel);
    assert_eq!(verdict("Write(1)", "Omission(1)"), OutOfModel);
    // A Byzantine node may well pretend to have forgotten.
    assert_eq!(verdict("Persist(1)", "Byzantine(1)"), Violated);
    // There was nothing to forget.
    assert_eq!(verdict("", "Recovery(1)"), Violated);
}

#[test]
fn chosen_outages_are_chosen_one_by_one_and_the_kindest_is_none() {
    let outage = r#"(at: Chosen(within: "100ms"), down: "5ms")"#;
    let faults = format!("faults: {{ 0: CrashRecovery(outages: [{outage}, {outage}]) }}");
    let play = "(Boot(0), [Persist(1)])";
    let text = scenario(play, "Synchrony", &faults);
    let case = check::<Play>(&text);
    let kind = scenario(play, "Synchrony", "");
    let kind = check::<Play>(&kind).case().worker().run(&mut generals::Kindest).clone();
    assert_eq!(case.case().worker().run(&mut generals::Kindest), &kind);
    let crashes = |script: &str| {
        let script = ron::from_str(script).expect("a script");
        case.case().worker().run(&mut Scripted::new(&script)).tally.audit.crashes
    };
    assert_eq!(crashes("{ (Crash, 0, 0, 0): 1 }"), 1);
    assert_eq!(crashes("{ (Crash, 0, 0, 0): 1, (Crash, 0, 0, 1): 1 }"), 1, "at the same instant");
    let apart = r#"{ (Crash, 0, 0, 0): 1, (Crash, 0, 0, 1): 1, (CrashTime, 0, 0, 1): "50ms" }"#;
    assert_eq!(crashes(apart), 2);
}

#[test]
fn a_story_tells_who_comes_back_and_with_what() {
    let play = "(Boot(0), [Persist(7), Write(8), Sync])";
    let (_, trace) = traced(&scenario(play, "Synchrony", OUTAGE), 1);
    let story = trace.text(Zoom::Story);
    assert!(story.contains("35ms  n0 comes back with what it had persisted"), "{story}");
    let all = trace.text(Zoom::All);
    for line in ["n0    persists 7", "n0    writes 8", "n0    syncs its disk"] {
        assert!(all.contains(line) && !story.contains(line), "{all}");
    }
    let (_, trace) = traced(&scenario("", "Synchrony", OUTAGE), 1);
    assert!(trace.text(Zoom::Story).contains("n0 comes back with nothing"));
    let world = check::<Play>(&scenario(play, "Synchrony", OUTAGE)).case().world().clone();
    let picture = generals::diagram::mermaid(&world, &trace);
    assert!(picture.contains("n0 (crashes and comes back)"), "{picture}");
    assert!(picture.contains("Note over n0: 35ms comes back with nothing"), "{picture}");
}
