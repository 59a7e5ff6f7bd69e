//! Pauses, clocks and load.

use super::*;
// --- pauses

#[test]
fn what_happens_to_a_paused_node_happens_at_the_end_in_its_order() {
    let play = r#"(Boot(1), [Send(0, 1), Set(1, "2ms")]), (Fires(1, 1), [Send(0, 2)]),
        (Boot(0), [Set(5, "11ms"), Set(6, "40ms")]), (Hears(0, 1), [Decide(1), Read]),
        (Hears(0, 2), [Decide(2)]), (Fires(0, 5), [Decide(5)]), (Fires(0, 6), [Decide(6)])"#;
    let pause = r#"pauses: [At(node: 0, from: "10ms", lasts: "20ms")]"#;
    let text = scenario(play, "Asynchrony", pause);
    // The timer of 11 ms came before the message of 12 ms, and still does.
    assert_eq!(decisions(&text), "n0=1@30 n0=30@30 n0=5@30 n0=2@30 n0=6@40");
    let audit = run(&text).tally.audit;
    assert_eq!((audit.held, audit.longest_wait), (3, Span::millis(20)));
    assert_eq!(audit.held_until, Time::ZERO + Span::millis(30));
    let story = traced(&text, 1).1.text(Zoom::Story);
    assert_eq!(story.matches("n0 pauses until 30ms").count(), 1, "{story}");
    // Two that overlap are one.
    let two = r#"pauses: [At(node: 0, from: "10ms", lasts: "5ms"), At(node: 0, from: "13ms", lasts: "17ms")]"#;
    assert_eq!(decisions(&scenario(play, "Asynchrony", two)), decisions(&text));
}

#[test]
fn starts_and_inputs_wait_too() {
    let play = "(Boot(0), [Decide(1)]), (Given(0), [Decide(2)]), (Boot(1), [Send(0, 3)]), \
        (Hears(0, 3), [Decide(3)])";
    let text = scenario(play, "Synchrony", r#"pauses: [At(node: 0, from: "0ms", lasts: "15ms")]"#);
    let text = text.replace("world:", "inputs: { 0: [1] }, world:");
    assert_eq!(decisions(&text), "n0=1@15 n0=2@15 n0=3@15");
}

/// What is cancelled never fires, even if its time came in a pause.
#[test]
fn a_waiting_timer_can_be_taken_back_or_moved() {
    let pause = r#"pauses: [At(node: 0, from: "5ms", lasts: "20ms")]"#;
    let play = |act: &str| {
        format!(
            "(Boot(1), [Send(0, 1)]), (Boot(0), [Set(1, \"12ms\"), Set(2, \"13ms\")]), \
             (Hears(0, 1), [{act}]), (Fires(0, 1), [Decide(1)]), (Fires(0, 2), [Decide(2)])"
        )
    };
    let decided = |act| decisions(&scenario(&play(act), "Synchrony", pause));
    assert_eq!(decided(""), "n0=1@25 n0=2@25");
    assert_eq!(decided("Cancel(1)"), "n0=2@25");
    assert_eq!(decided(r#"Set(1, "5ms")"#), "n0=2@25 n0=1@30");
}

#[test]
fn a_crash_does_not_wait_and_what_waited_is_lost() {
    let play = r#"(Boot(1), [Send(0, 1), Set(1, "20ms")]), (Fires(1, 1), [Send(0, 2)]),
        (Boot(0), [Set(1, "11ms")]), (Fires(0, 1), [Decide(9)]),
        (Hears(0, 1), [Decide(1)]), (Hears(0, 2), [Decide(2)])"#;
    let pause = r#"pauses: [At(node: 0, from: "5ms", lasts: "20ms")]"#;
    let stop = format!(r#"{pause}, faults: {{ 0: CrashStop(at: Time("15ms")) }}"#);
    assert_eq!(decisions(&scenario(play, "Synchrony", &stop)), "");
    assert!(story(&scenario(play, "Synchrony", &stop)).contains("n0 x- n1  1"));
    // It is back while it would pause: it starts when the pause is over.
    let back = r#"faults: { 0: CrashRecovery(outages: [(at: Time("15ms"), down: "2ms")]) }"#;
    let text = scenario(play, "Synchrony", &format!("{pause}, {back}"));
    assert!(story(&text).contains("25ms  n0 comes back"), "{}", story(&text));
    assert_eq!(decisions(&text), "n0=2@30 n0=9@36");
    // An input that waited is not forgotten.
    let given = "(Given(0), [Decide(1)])";
    let early = r#"pauses: [At(node: 0, from: "0ms", lasts: "20ms")]"#;
    let text = scenario(given, "Synchrony", &format!("{early}, {back}"));
    let text = text.replace("world:", "inputs: { 0: [1] }, world:");
    assert_eq!(decisions(&text), "n0=1@20");
}

#[test]
fn a_pause_excuses_only_who_assumes_that_there_is_none() {
    let wrong = r#"(Boot(0), [Set(1, "5ms")]), (Fires(0, 1), [Decide(1)]), (Boot(1), [Decide(1)]),
        (Boot(2), [Set(1, "40ms")]), (Fires(2, 1), [Decide(2)])"#;
    let verdict = |assume: &str, pause: &str, timing: &str| {
        let text = scenario(wrong, assume, &format!("pauses: [At(node: 0, {pause})]"));
        kinds(&run(&text.replace(LOCK_STEP, timing)))[0]
    };
    let (holds_up, idle) = (r#"from: "5ms", lasts: "10ms""#, r#"from: "6ms", lasts: "10ms""#);
    assert_eq!(verdict("Synchrony", holds_up, LOCK_STEP), OutOfModel);
    assert_eq!(verdict("Synchrony", idle, LOCK_STEP), Violated, "nothing was held up");
    assert_eq!(verdict("Asynchrony", holds_up, LOCK_STEP), Violated);
    // What the pause holds up later is no excuse for what went wrong before.
    let after = r#"from: "5ms", lasts: "100ms""#;
    assert_eq!(verdict("Synchrony", after, LOCK_STEP), OutOfModel);
    let gst = |gst: &str| format!(r#"timing: PartiallySynchronous(delta: "10ms", gst: "{gst}")"#);
    assert_eq!(verdict("PartialSynchrony", holds_up, &gst("15ms")), Violated);
    assert_eq!(verdict("PartialSynchrony", holds_up, &gst("14ms")), OutOfModel);
    assert_eq!(verdict("PartialSynchrony", holds_up, LOCK_STEP), Violated, "a bound there is");
}

// --- clocks

#[test]
fn clocks_show_their_time_and_timers_run_by_it() {
    let play = r#"(Boot(0), [Set(1, "100ms"), Read]), (Fires(0, 1), [Read])"#;
    for (clock, expected) in [
        (r#"ahead: "5ms""#, "n0=5@0 n0=105@100"),
        ("fast: 0.25", "n0=0@0 n0=100@80"),
        ("slow: 0.2", "n0=0@0 n0=100@125"),
        (r#"ahead: "1s", fast: 1.0"#, "n0=1000@0 n0=1100@50"),
    ] {
        let world = format!("clocks: Wrong({{ 0: ({clock}) }})");
        assert_eq!(decisions(&scenario(play, "Synchrony", &world)), expected, "{clock}");
    }
    let world = r#"clocks: Wrong({ 0: (ahead: "5ms", fast: 0.25) })"#;
    let audit = run(&scenario(play, "Synchrony", world)).tally.audit;
    // 5 ms ahead at first, and 20 ms more when the timer fires at 80 ms.
    assert_eq!((audit.wrong_timers, audit.clock_error), (1, Span::millis(25)));
}

#[test]
fn drift_excuses_who_assumes_synchrony_and_skew_nobody() {
    let wrong = r#"(Boot(0), [Set(1, "5ms")]), (Fires(0, 1), [Decide(1)]), (Boot(1), [Decide(1)]),
        (Boot(2), [Set(1, "40ms")]), (Fires(2, 1), [Decide(2)])"#;
    let verdict = |assume: &str, clock: &str| {
        let world = format!("clocks: Wrong({{ 0: ({clock}) }})");
        kinds(&run(&scenario(wrong, assume, &world)))[0]
    };
    assert_eq!(verdict("Synchrony", "fast: 0.01"), OutOfModel);
    assert_eq!(verdict("PartialSynchrony", "fast: 0.01"), Violated);
    assert_eq!(verdict("Asynchrony", "fast: 0.01"), Violated);
    assert_eq!(verdict("Synchrony", r#"ahead: "1s""#), Violated);
    // A clock that is wrong by less than a nanosecond over the timer is right.
    assert_eq!(verdict("Synchrony", "fast: 0.0"), Violated);
}

// --- load

#[test]
fn work_makes_others_wait_and_moves_to_the_survivors() {
    let play = "(Boot(1), [Send(0, 1)]), (Boot(2), [Send(0, 2)]), (Hears(0, 1), [Decide(1)]), \
        (Hears(0, 2), [Decide(2)])";
    let load = r#"load: (work: "2ms")"#;
    assert_eq!(decisions(&scenario(play, "Asynchrony", load)), "n0=1@10 n0=2@12");
    // With one of three down, each event takes half as long again.
    let down = format!(r#"{load}, faults: {{ 1: CrashStop(at: Time("5ms")) }}"#);
    assert_eq!(decisions(&scenario(play, "Asynchrony", &down)), "n0=1@10 n0=2@13");
    // And who is back takes its share again.
    let back = r#"faults: { 1: CrashRecovery(outages: [(at: Time("5ms"), down: "2ms")]) }"#;
    let text = scenario(play, "Asynchrony", &format!("{load}, {back}"));
    assert_eq!(decisions(&text).split(' ').take(2).collect::<Vec<_>>(), ["n0=1@10", "n0=2@12"]);
    assert_eq!(run(&scenario(play, "Asynchrony", load)).tally.audit.held, 1);
}

/// n0 has work of 0.9 ms in every millisecond, n1 in every one and a half. With one of three nodes
/// down that is 1.35 ms, which n0 cannot bear; with two down 2.7 ms, which n1 cannot.
#[test]
fn one_crash_brings_down_the_rest_one_after_another() {
    let timers = |every: u64| {
        let set = |i| format!("Set({i}, \"{}us\")", 20_000 + every * i);
        (1..=100).map(set).collect::<Vec<_>>().join(", ")
    };
    let play = format!("(Boot(0), [{}]), (Boot(1), [{}])", timers(1000), timers(1500));
    let run = |more: &str| {
        let world = format!(r#"load: (work: "900us", most_waiting: 3), {more}"#);
        traced(&scenario(&play, "Crash(1)", &world), 1)
    };
    assert_eq!(run("").0.tally.audit.crashes, 0);
    let (outcome, trace) = run(r#"faults: { 2: CrashStop(at: Time("20ms")) }"#);
    assert_eq!(outcome.tally.audit.crashes, 3);
    let story = trace.text(Zoom::Story);
    let lines: Vec<&str> = story.lines().filter(|line| !line.contains("decides")).collect();
    let nodes: Vec<&str> = lines.iter().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(nodes, ["n2", "n0", "n0", "n1", "n1"], "{story}");
    assert!(lines[1].ends_with("n0 breaks down: 4 events wait for it"), "{story}");
}

/// A breakdown was in no plan: it makes a fault of the world as it turned out.
#[test]
fn who_breaks_down_was_faulty() {
    let play = "(Boot(0), [Decide(1)]), (Boot(1), [Decide(2), Tell(1), Tell(2), Tell(3)]), \
        (Boot(2), [Decide(2)])";
    let world = r#"load: (work: "5ms", most_waiting: 1)"#;
    let verdict = |assume: &str| kinds(&run(&scenario(play, assume, world)));
    // n0 and n2 break down under what n1 tells them.
    assert_eq!(verdict("Crash(2)"), [Holds; 3]);
    assert_eq!(verdict("Asynchrony"), [Holds; 3]);
    let outcome = run(&scenario(play, "Crash(2)", world));
    assert_eq!(outcome.tally.audit.crashes, 2);
    // What looked broken before is taken back.
    let story = traced(&scenario(play, "Crash(2)", world), 1).1.text(Zoom::Story);
    assert!(!story.contains("broken"), "{story}");
    let only = play.replace("(Boot(2), [Decide(2)])", "(Boot(2), [])");
    let two = only.replace("Tell(1), Tell(2), Tell(3)", "Send(2, 1), Send(2, 2), Send(2, 3)");
    // It comes too late to excuse what was broken before, and excuses what is broken after it.
    assert_eq!(kinds(&run(&scenario(&two, "Crash(0)", world)))[0], Violated);
    let later = r#"(Boot(0), [Set(0, "200ms")]), (Fires(0, 0), [Decide(1)])"#;
    let later = two.replace("(Boot(0), [Decide(1)])", later);
    assert_eq!(kinds(&run(&scenario(&later, "Crash(0)", world)))[0], OutOfModel);
}
