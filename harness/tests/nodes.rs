//! What goes wrong with nodes, and what comes of it. The protocol under test is a play: its
//! configuration says who does what at which cue.

use std::fmt::Write;

use generals::testing::check;
use generals::{
    Assumptions, Cx, Fact, NodeId, Outcome, Promises, Property, Protocol, Scripted, Span, Time,
    Trace, Verdict, VerdictKind, Witness, World, Zoom,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{Holds, OutOfModel, Violated};

// --- the play

/// When a node acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cue {
    /// It starts with nothing.
    Boot(u16),
    /// It starts with what it had persisted.
    Back(u16, u8),
    Given(u16),
    Hears(u16, u8),
    Fires(u16, u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Act {
    Send(u16, u8),
    Tell(u8),
    Set(u8, Span),
    Cancel(u8),
    Decide(u8),
    Persist(u8),
    Write(u8),
    Sync,
    /// Decide what the clock shows, in milliseconds.
    Read,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Assume {
    #[default]
    Synchrony,
    PartialSynchrony,
    Asynchrony,
    Crash(u32),
    Recovery(u32),
    Omission(u32),
    Byzantine(u32),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Script {
    play: Vec<(Cue, Vec<Act>)>,
    assume: Assume,
}

struct Play;

impl Play {
    fn act(cue: &Cue, cx: &mut Cx<'_, Self>) {
        let acts = cx.config().play.iter().filter(|(when, _)| when == cue);
        let acts: Vec<Act> = acts.flat_map(|(_, acts)| acts.clone()).collect();
        for act in acts {
            match act {
                Act::Send(to, what) => cx.send(NodeId(to), what),
                Act::Tell(what) => cx.multicast(what),
                Act::Set(label, after) => cx.set_timer(label, after),
                Act::Cancel(label) => cx.cancel_timer(label),
                Act::Decide(value) => cx.decide(value.into()),
                Act::Persist(value) => cx.persist(value),
                Act::Write(value) => cx.write(value),
                Act::Sync => cx.sync(),
                Act::Read => cx.decide(cx.now().as_nanos() / 1_000_000),
            }
        }
    }
}

impl Protocol for Play {
    const NAME: &'static str = "play";
    const ABOUT: &'static str = "does what its configuration says";
    type Config = Script;
    type Input = u8;
    type Value = u64;
    type Message = u8;
    type Timer = u8;
    type Durable = u8;

    fn boot(durable: Option<u8>, cx: &mut Cx<'_, Self>) -> Self {
        let me = cx.me().0;
        Self::act(&durable.map_or(Cue::Boot(me), |durable| Cue::Back(me, durable)), cx);
        Self
    }
    fn on_input(&mut self, _: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Given(cx.me().0), cx);
    }
    fn on_message(&mut self, _: NodeId, what: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Hears(cx.me().0, what), cx);
    }
    fn on_timer(&mut self, label: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Fires(cx.me().0, label), cx);
    }

    fn promises(script: &Script) -> Promises<Self> {
        let calm = Assumptions::synchronous();
        Promises::consensus().under(match script.assume {
            Assume::Synchrony => calm,
            Assume::PartialSynchrony => Assumptions::partially_synchronous(),
            Assume::Asynchrony => Assumptions::asynchronous(),
            Assume::Crash(f) => calm.crash_stop(f),
            Assume::Recovery(f) => calm.crash_recovery(f),
            Assume::Omission(f) => calm.omission(f),
            Assume::Byzantine(f) => calm.byzantine(f),
        })
    }
}

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

/// A scenario of three nodes in lock step; `world` says what else there is.
fn scenario(play: &str, assume: &str, world: &str) -> String {
    format!(
        "(protocol: \"play\", config: (play: [{play}], assume: {assume}), \
         world: (nodes: 3, {LOCK_STEP}, {world}))"
    )
}

fn traced(scenario: &str, seed: u64) -> (Outcome, Trace) {
    let check = check::<Play>(scenario);
    let mut worker = check.case().worker();
    let (outcome, trace) = worker.trace(&mut generals::Seeded::new(seed));
    assert_eq!(&outcome, worker.run_seed(seed), "watching changes nothing");
    (outcome, trace)
}

fn run(scenario: &str) -> Outcome {
    traced(scenario, 1).0
}

fn story(scenario: &str) -> String {
    traced(scenario, 1).1.text(Zoom::All)
}

/// The verdicts on agreement, integrity and termination.
fn kinds(outcome: &Outcome) -> Vec<VerdictKind> {
    outcome.verdicts[..3].iter().map(Verdict::kind).collect()
}

/// Who decided what and when, in milliseconds, as `n1=7@20`.
fn decisions(scenario: &str) -> String {
    let mut text = String::new();
    for line in story(scenario).lines().filter(|line| line.contains(" decides ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{}={}@{}", words[1], words[3], words[0].trim_end_matches("ms"));
    }
    text
}

// --- crash and recovery

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

// --- leaving things out

const ALL_TELL: &str = "(Boot(0), [Tell(1), Send(0, 1)]), (Boot(1), [Tell(2)]), (Boot(2), [Tell(3)]), \
    (Hears(0, 1), [Decide(1)]), (Hears(0, 2), [Read]), (Hears(1, 1), [Decide(1)]), \
    (Hears(1, 3), [Read]), (Hears(2, 1), [Decide(1)])";

fn fault(fault: &str) -> String {
    format!("faults: {{ 0: {fault} }}")
}

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

// --- nothing shifts, and nothing is paid for

const EVERYTHING: &str = r#"
    faults: { 0: CrashRecovery(outages: [(at: Chosen(within: "50ms"), down: "5ms")]), 1: With(0),
        2: Omission(send: 0.5, receive: 0.5) },
    pauses: [Chosen(node: 0, within: "20ms", longest: "20ms")],
    clocks: Within(ahead: "5ms", drift: 0.1)"#;

const CHATTER: &str = r#"(Boot(0), [Tell(1), Set(1, "7ms")]), (Hears(1, 1), [Tell(2)]),
    (Hears(2, 1), [Tell(3)]), (Fires(0, 1), [Tell(4), Decide(1)]), (Hears(1, 4), [Decide(1)]),
    (Hears(2, 4), [Decide(1)])"#;

#[test]
fn the_kindest_run_of_all_this_is_that_of_the_kind_world() {
    let random = r#"timing: Synchronous(delta: "10ms")"#;
    let text = |world: &str| scenario(CHATTER, "Synchrony", world).replace(LOCK_STEP, random);
    let kindest = |world: &str| {
        let check = check::<Play>(&text(world));
        check.case().worker().run(&mut generals::Kindest).clone()
    };
    let kind = kindest("");
    assert_eq!(kindest(EVERYTHING), kind);
    assert_eq!(kindest("faults: { 0: Rational(skips: 0.5), 1: Omission() }"), kind);
    assert_eq!(kinds(&kind), [Holds; 3]);
}

/// Where the answers happen to be the kindest, all else goes as if nobody had asked.
#[test]
fn streams_do_not_shift() {
    let random = r#"timing: Synchronous(delta: "10ms")"#;
    let digest = |world: &str, seed: u64| {
        let text = scenario(CHATTER, "Synchrony", world).replace(LOCK_STEP, random);
        traced(&text, seed).0.digest
    };
    let rare = "faults: { 0: Omission(send: 0.000001, receive: 0.000001), 1: With(0), \
        2: Rational(skips: 0.000001) }";
    let pauses = r#"pauses: [Chosen(node: 0, within: "20ms", longest: "20ms")]"#;
    let mut alike = 0;
    for seed in 0..40 {
        let kind = digest("", seed);
        assert_eq!(digest(rare, seed), kind, "seed {seed}");
        alike += u32::from(digest(pauses, seed) == kind);
    }
    assert!((8..32).contains(&alike), "half of the runs have no pause: {alike}");
}

#[test]
fn what_had_no_effect_is_told() {
    let idle = |world: &str| {
        let text = scenario(CHATTER, "Asynchrony", world);
        let text = text.replace("config:", "limits: (horizon: \"1s\"), config:");
        let check = check::<Play>(&text);
        check.case().worker().trace(&mut generals::Kindest).1.idle
    };
    let chosen = fault(r#"CrashStop(at: Chosen(within: "1s"))"#);
    let pause = |from: &str| format!(r#"pauses: [At(node: 0, from: "{from}", lasts: "1ms")]"#);
    let down = r#"CrashRecovery(outages: [(at: Time("1ms"), down: "5ms"), (at: Time("2ms"), down: "1ms")])"#;
    let may = r#"pauses: [Chosen(node: 0, within: "1s", longest: "1s")]"#;
    for (world, expected) in [
        (
            fault(r#"CrashStop(at: Time("500ms"))"#),
            "n0 crashed at 500ms: nothing was left to happen",
        ),
        (
            fault(r#"CrashRecovery(outages: [(at: Time("2s"), down: "1ms")])"#),
            "n0 was to crash at 2s: the run was over",
        ),
        (fault(down), "n0 was to crash at 2ms: it was down already"),
        (
            fault("CrashStop(at: Step(nth: 9))"),
            "n0 was to crash in its step 9: it took only 4 steps",
        ),
        (chosen, "n0 might have crashed: this run did not choose it"),
        (fault("Omission()"), "n0 left nothing out"),
        (fault("Rational(skips: 0.0)"), "n0 skipped nothing"),
        (pause("3ms"), "the pause of n0 at 3ms held nothing up"),
        (pause("500ms"), "the pause of n0 at 500ms: the run was over"),
        (may.to_owned(), "n0 might have paused: this run did not choose it"),
    ] {
        let found = idle(&world);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, [expected], "{world}");
    }
    assert_eq!(idle(&fault(r#"CrashStop(at: Time("1ms"))"#)), [""; 0]);
    let text = scenario("", "Synchrony", r#"load: (work: "1ms")"#);
    assert_eq!(traced(&text, 1).1.idle, ["the load held nothing up"]);
}

// --- what is seen of a step that a crash cut short

/// Given an input it decides, and believes from then on that all know.
struct Believer(bool);

impl Protocol for Believer {
    const NAME: &'static str = "believer";
    const ABOUT: &'static str = "believes that others have seen what it did";
    type Config = ();
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = u8;
    type Durable = u8;

    fn boot(_: Option<u8>, _: &mut Cx<'_, Self>) -> Self {
        Self(false)
    }
    fn on_input(&mut self, input: u8, cx: &mut Cx<'_, Self>) {
        self.0 = true;
        cx.decide(input);
        cx.set_timer(1, Span::millis(1));
    }
    fn on_message(&mut self, _: NodeId, _: u8, _: &mut Cx<'_, Self>) {}
    fn promises(_: &()) -> Promises<Self> {
        let always = Assumptions::asynchronous().crash_recovery(1);
        Promises::none().and(Known::default()).and(Looked::default()).under(always)
    }
}

/// Who believes has decided.
#[derive(Default)]
struct Known(bool);

impl Property<Believer> for Known {
    fn name(&self) -> &'static str {
        "known"
    }
    fn reset(&mut self) {
        self.0 = false;
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn watch(&mut self, _: &World, fact: &Fact<'_, Believer>) -> Result<(), Witness> {
        match fact {
            Fact::Decided(..) => self.0 = true,
            Fact::Stepped(_, Believer(true)) if !self.0 => {
                return Err(Witness("believes in vain".to_owned()));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Somebody is seen to believe.
#[derive(Default)]
struct Looked(bool);

impl Property<Believer> for Looked {
    fn name(&self) -> &'static str {
        "looked"
    }
    fn reset(&mut self) {
        self.0 = false;
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn watch(&mut self, _: &World, fact: &Fact<'_, Believer>) -> Result<(), Witness> {
        self.0 |= matches!(fact, Fact::Stepped(_, Believer(true)));
        Ok(())
    }
    fn owed(&self, _: &World) -> Option<String> {
        (!self.0).then(|| "nobody believes".to_owned())
    }
}

#[test]
fn the_state_of_a_step_that_a_crash_cut_short_is_not_looked_at() {
    let kinds = |at: &str| -> Vec<VerdictKind> {
        let outage = format!(r#"CrashRecovery(outages: [(at: {at}, down: "5ms")])"#);
        let believer = check::<Believer>(&format!(
            r#"(protocol: "believer", inputs: {{ 0: [1] }},
                world: (nodes: 2, faults: {{ 0: {outage} }}))"#
        ));
        believer.case().worker().run_seed(0).verdicts.iter().map(Verdict::kind).collect()
    };
    for cut_short in [0, 1] {
        let at = format!("Step(nth: 1, after_effects: {cut_short})");
        assert_eq!(kinds(&at), [Holds, Violated], "{cut_short}");
    }
    assert_eq!(kinds("Step(nth: 1, after_effects: 3)"), [Holds, Holds]);
    assert_eq!(kinds(r#"Time("1ms")"#), [Holds, Holds]);
}
