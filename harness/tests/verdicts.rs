//! What becomes of a run, verdict by verdict. The protocol under test is a play: its configuration
//! says who does what at which cue, so that a test is a few lines of scenario and what they lead
//! to.

use std::fmt::Write;

use generals::kernel::Ended;
use generals::testing::check;
use generals::{
    Agreement, Assumptions, Cx, Fact, Integrity, NodeId, Outcome, Promises, Property, Protocol,
    Span, Termination, VerdictKind, Witness, World, Zoom,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{Holds, OutOfModel, Undetermined, Violated};

// --- the play

/// When a node acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cue {
    Boot(u16),
    Given(u16),
    /// A node hears this.
    Hears(u16, u8),
    /// A node's timer of this label fires.
    Fires(u16, u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Act {
    Send(u16, u8),
    /// Tell all others.
    Tell(u8),
    Set(u8, Span),
    Cancel(u8),
    Decide(u8),
    Mark(Rule),
    Ignore,
    Panic,
    /// Send this to somebody for ever.
    Flood(u16),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Rule {
    Listed,
    Unlisted,
}

const LISTED: &str = "the only rule";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Script {
    play: Vec<(Cue, Vec<Act>)>,
    /// What the promises assume, besides synchrony.
    assume: Assume,
    /// Whether a promise panics when somebody decides.
    bad_promise: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Assume {
    #[default]
    Nothing,
    FairLoss,
    Crash(u32),
    Byzantine(u32),
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
                Act::Decide(value) => cx.decide(value),
                Act::Mark(Rule::Listed) => cx.mark(LISTED),
                Act::Mark(Rule::Unlisted) => cx.mark("no rule of this play"),
                Act::Ignore => cx.discard("as the play has it"),
                Act::Panic => panic!("stage fright at {cue:?}"),
                Act::Flood(to) => loop {
                    cx.send(NodeId(to), 0);
                },
            }
        }
    }
}

/// Panics at the first decision.
struct Unfit;

impl<P: Protocol> Property<P> for Unfit {
    fn name(&self) -> &'static str {
        "unfit"
    }
    fn reset(&mut self) {}
    fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        match fact {
            Fact::Decided(..) => panic!("cannot judge that"),
            _ => Ok(()),
        }
    }
}

impl Protocol for Play {
    const NAME: &'static str = "play";
    const ABOUT: &'static str = "does what its configuration says";
    const RULES: &'static [&'static str] = &[LISTED];
    type Config = Script;
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = u8;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        Self::act(&Cue::Boot(cx.me().0), cx);
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
        let promises = Promises::none().and(Agreement::uniform());
        let promises = if script.bad_promise { promises.and(Unfit) } else { promises };
        promises.and(Integrity::default()).and(Termination::default()).under(match script.assume {
            Assume::Nothing => calm,
            Assume::FairLoss => calm.fair_loss(),
            Assume::Crash(f) => calm.crash_stop(f),
            Assume::Byzantine(f) => calm.byzantine(f),
        })
    }
}

/// A scenario of two nodes in lock step, unless `rest` says otherwise.
fn scenario(play: &str, config: &str, rest: &str) -> String {
    format!("(protocol: \"play\", config: (play: [{play}], {config}), {rest})")
}

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

fn lock_step(nodes: u16, more: &str) -> String {
    format!("world: (nodes: {nodes}, {LOCK_STEP}, {more})")
}

fn run(scenario: &str) -> Outcome {
    check::<Play>(scenario).case().worker().run_seed(1).clone()
}

/// The verdicts on agreement, integrity, termination and soundness.
fn kinds(outcome: &Outcome) -> Vec<VerdictKind> {
    outcome.verdicts.iter().map(|verdict| verdict.kind()).collect()
}

fn soundness(outcome: &Outcome) -> String {
    outcome.verdicts.last().map(ToString::to_string).unwrap_or_default()
}

/// What happened, as text, with every detail.
fn story(scenario: &str) -> String {
    let check = check::<Play>(scenario);
    let mut worker = check.case().worker();
    let (outcome, trace) = worker.trace(&mut generals::Seeded::new(1));
    assert_eq!(&outcome, worker.run_seed(1), "watching changes nothing");
    trace.text(Zoom::All)
}

/// The instants at which a node's decisions fell, in milliseconds, as `n1@20`.
fn decisions(scenario: &str) -> String {
    let mut text = String::new();
    for line in story(scenario).lines().filter(|line| line.contains(" decides ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{}={}@{}", words[1], words[3], words[0].trim_end_matches("ms"));
    }
    text
}

// --- verdicts

const BOTH_DECIDE: &str = "(Boot(0), [Decide(1)]), (Boot(1), [Decide(1)])";
const THEY_DIFFER: &str = "(Boot(0), [Decide(1)]), (Boot(1), [Decide(2)])";
/// n0 tells, n1 decides what it hears or, too late for anything sent, something else.
const TELL: &str = r#"(Boot(0), [Tell(1), Decide(1)]), (Hears(1, 1), [Cancel(9), Decide(1)]),
    (Boot(1), [Set(9, "1s")]), (Fires(1, 9), [Decide(2)])"#;

#[test]
fn what_is_kept_holds_and_what_is_broken_is_judged_by_the_world() {
    let lost = "links: FairLoss(loss: 1.0, streak: 1)";
    let nothing_lost = "links: FairLoss(loss: 0.000001)";
    let late = r#"world: (nodes: 2, timing: Asynchronous(typical: "10ms"))"#;
    let crash = r#"faults: { 1: CrashStop(at: Time("1s")) }"#;
    let omission = "faults: { 1: Omission(send: 1.0) }";
    let after = r#"(Boot(1), [Decide(2)]), (Boot(0), [Set(9, "2s")]), (Fires(0, 9), [Decide(1)])"#;
    let silent = "(Boot(1), [Tell(1), Decide(2)]), (Boot(0), [Decide(1)])";
    let silent_later = "(Boot(1), [Decide(2), Tell(1)]), (Boot(0), [Decide(1)])";
    let lock = |more: &str| lock_step(2, more);
    for (law, play, assume, rest, agreement) in [
        ("kept", BOTH_DECIDE, "Nothing", lock(""), Holds),
        ("broken in a kind world", THEY_DIFFER, "Nothing", lock(""), Violated),
        ("broken where a message was lost", TELL, "Nothing", lock(lost), OutOfModel),
        ("the same where losses were assumed", TELL, "FairLoss", lock(lost), Violated),
        ("links that may lose, but did not", THEY_DIFFER, "Nothing", lock(nothing_lost), Violated),
        ("harsher timing than assumed", THEY_DIFFER, "Nothing", late.into(), OutOfModel),
        ("a crash nobody assumed", after, "Nothing", lock(crash), OutOfModel),
        ("a crash nobody assumed, after the fact", THEY_DIFFER, "Nothing", lock(crash), Violated),
        ("an omission nobody assumed", silent, "Nothing", lock(omission), OutOfModel),
        ("the same after the fact", silent_later, "Nothing", lock(omission), Violated),
        ("a crash that was assumed", THEY_DIFFER, "Crash(1)", lock(crash), Violated),
        ("harsh, but nothing broken", BOTH_DECIDE, "Nothing", lock(crash), Holds),
    ] {
        let outcome = run(&scenario(play, &format!("assume: {assume}"), &rest));
        assert_eq!(kinds(&outcome), [agreement, Holds, Holds, Holds], "{law}");
    }
}

#[test]
fn what_a_corrupt_node_decides_does_not_count() {
    let world = lock_step(3, "faults: { 1: Byzantine }");
    let play = "(Boot(0), [Decide(1)]), (Boot(1), [Decide(2), Decide(3)]), (Boot(2), [Decide(1)])";
    let outcome = run(&scenario(play, "assume: Byzantine(1)", &world));
    assert_eq!(kinds(&outcome), [Holds; 4]);
}

#[test]
fn what_is_owed_at_quiet_is_definite_and_at_a_limit_it_is_not() {
    let ticks = "(Boot(0), [Set(0, \"1s\"), Decide(1)]), (Fires(0, 0), [Set(0, \"1s\")])";
    let quiet = "(Boot(0), [Set(0, \"1s\"), Decide(1)])";
    let crash = r#"faults: { 0: CrashStop(at: Time("2s")) }"#;
    let horizon = r#", limits: (horizon: "10s")"#;
    for (law, play, world, limits, termination) in [
        ("quiet", quiet, "", "", Violated),
        ("quiet in a harsh world", quiet, crash, "", OutOfModel),
        ("quiet, because who was busy crashed", ticks, crash, "", OutOfModel),
        ("stopped at the horizon", ticks, "", horizon, Undetermined),
        ("stopped by the number of events", ticks, "", ", limits: (events: 50)", Undetermined),
    ] {
        let outcome = run(&scenario(play, "", &format!("{} {limits}", lock_step(2, world))));
        assert_eq!(kinds(&outcome), [Holds, Holds, termination, Holds], "{law}");
        let why = outcome.verdicts[2].to_string();
        assert!(why.contains("n1 never decided"), "{law}: {why}");
    }
}

#[test]
fn what_is_due_at_the_horizon_still_happens() {
    let play =
        |after: &str| format!("(Boot(0), [Set(0, \"{after}\")]), (Fires(0, 0), [Decide(1)])");
    let rest = format!("{}, limits: (horizon: \"10ms\")", lock_step(1, ""));
    let on_time = run(&scenario(&play("10ms"), "", &rest));
    assert_eq!((kinds(&on_time)[2], on_time.ended), (Holds, Ended::Quiet));
    let late = run(&scenario(&play("10000001ns"), "", &rest));
    assert_eq!((kinds(&late)[2], late.ended), (Undetermined, Ended::Horizon));
    assert_eq!(late.at.to_string(), "10ms");
}

// --- crashes

/// Everybody who hears of it decides; in lock step, so that only crashes make a difference.
const SPREAD: &str = r#"(Boot(0), [Decide(1), Tell(1), Send(1, 2)]),
    (Hears(1, 1), [Decide(1)]), (Hears(2, 1), [Decide(1)]), (Hears(3, 1), [Decide(1)])"#;

#[test]
fn a_crash_falls_at_its_instant_or_between_two_effects() {
    let step = |nth: u64, effects: u32| {
        format!("0: CrashStop(at: Step(nth: {nth}, after_effects: {effects}))")
    };
    for (law, fault, expected) in [
        ("no crash", String::new(), "n0=1@0 n1=1@10 n2=1@10 n3=1@10"),
        ("down from the start", r#"0: CrashStop(at: Time("0ms"))"#.into(), ""),
        ("after nothing", step(0, 0), ""),
        ("after its decision", step(0, 1), "n0=1@0"),
        ("between two sends of a multicast", step(0, 2), "n0=1@0 n1=1@10"),
        ("between two others", step(0, 3), "n0=1@0 n1=1@10 n2=1@10"),
        ("after the multicast", step(0, 4), "n0=1@0 n1=1@10 n2=1@10 n3=1@10"),
        ("in a step it never takes", step(7, 0), "n0=1@0 n1=1@10 n2=1@10 n3=1@10"),
        // What is on its way arrives whatever becomes of the sender; who is down hears nothing,
        // not even what is due at the very instant of the crash.
        (
            "after sending",
            r#"0: CrashStop(at: Time("1ns"))"#.into(),
            "n0=1@0 n1=1@10 n2=1@10 n3=1@10",
        ),
        ("just in time", r#"2: CrashStop(at: Time("10ms"))"#.into(), "n0=1@0 n1=1@10 n3=1@10"),
        (
            "too late",
            r#"2: CrashStop(at: Time("10000001ns"))"#.into(),
            "n0=1@0 n1=1@10 n2=1@10 n3=1@10",
        ),
    ] {
        let world = lock_step(4, &format!("faults: {{ {fault} }}"));
        assert_eq!(decisions(&scenario(SPREAD, "", &world)), expected, "{law}");
    }
}

/// A later step than the first: inputs count, and so do messages.
#[test]
fn steps_are_counted_from_the_start_of_the_node() {
    let play = "(Boot(1), [Decide(0)]), (Given(1), [Decide(1)]), (Hears(1, 5), [Decide(5)]),
        (Boot(0), [Send(1, 5)])";
    for (nth, expected) in [(0, ""), (1, "n1=0@0"), (2, "n1=0@0 n1=1@0")] {
        let fault = format!("faults: {{ 1: CrashStop(at: Step(nth: {nth})) }}");
        let rest = format!("inputs: {{ 1: [7] }}, {}", lock_step(2, &fault));
        assert_eq!(decisions(&scenario(play, "", &rest)), expected, "crash in step {nth}");
    }
}

/// Never, at once, half way, and at the end are the crashes that an explorer tells apart.
#[test]
fn a_chosen_crash_may_fall_anywhere_or_not_at_all() {
    let fault = r#"faults: { 1: CrashStop(at: Chosen(within: "40ms")) }"#;
    let play = r#"(Boot(1), [Set(0, "15ms"), Set(1, "30ms")]), (Fires(1, 0), [Decide(1)]),
        (Fires(1, 1), [Decide(2)])"#;
    let scenario = scenario(play, "", &lock_step(2, fault));
    let check = check::<Play>(&scenario);
    let explored = check.exhaust(10);
    assert_eq!(explored.report.runs, 4);
    let mut worker = check.case().worker();
    let mut odometer = generals::Exhaustive::default();
    for (crash, decisions) in [(None, 2), (Some("0ms"), 0), (Some("20ms"), 1), (Some("40ms"), 2)] {
        let (_, trace) = worker.trace(&mut odometer);
        let text = trace.text(Zoom::Story);
        assert_eq!(text.matches(" decides ").count(), decisions, "{text}");
        let crashed = text.lines().find(|line| line.ends_with("n1 crashes"));
        assert_eq!(crashed.and_then(|line| line.split_whitespace().next()), crash, "{text}");
        odometer.advance();
    }
    // The kindest chooser never crashes anybody.
    assert_eq!(worker.run(&mut generals::Kindest).ended, Ended::Quiet);
}

// --- soundness

#[test]
fn what_no_protocol_may_do_is_a_verdict() {
    let loops = r#"(Boot(0), [Set(3, "0ms")]), (Fires(0, 3), [Set(3, "0ms")])"#;
    let limits = "limits: (effects_per_step: 100, events_per_instant: 1000)";
    let bad_promise = "bad_promise: true";
    for (law, play, config, expected) in [
        ("panic in boot", "(Boot(1), [Panic])", "", "n1 panicked: stage fright at Boot(1)"),
        ("in on_input", "(Given(0), [Panic])", "", "n0 panicked: stage fright at Given(0)"),
        (
            "in on_message",
            "(Boot(0), [Tell(4)]), (Hears(1, 4), [Panic])",
            "",
            "n1 panicked: stage fright at Hears(1, 4)",
        ),
        (
            "in on_timer",
            "(Boot(0), [Set(3, \"1s\")]), (Fires(0, 3), [Panic])",
            "",
            "n0 panicked: stage fright at Fires(0, 3)",
        ),
        ("in a property", "(Boot(1), [Decide(1)])", bad_promise, "n1 panicked: cannot judge that"),
        ("a rule not listed", "(Boot(1), [Mark(Unlisted)])", "", "\"no rule of this play\""),
        ("nobody there", "(Boot(1), [Send(2, 8)])", "", "n1 sends 8 to n2, which does not exist"),
        ("sending for ever", "(Boot(0), [Flood(1)])", "", "n0 asked for more effects in one step"),
        ("looping at an instant", loops, "", "more than 1000 events at one instant"),
        ("and who it was", loops, "", "the busiest node is n0"),
    ] {
        let rest = format!("inputs: {{ 0: [1] }}, {}, {limits}", lock_step(2, ""));
        let outcome = run(&scenario(play, config, &rest));
        assert_eq!(outcome.ended, Ended::Unsound, "{law}");
        let verdict = soundness(&outcome);
        assert!(verdict.starts_with("Violated: "), "{law}: {verdict}");
        assert!(verdict.contains(expected), "{law}: {verdict}");
    }
}

#[test]
fn what_a_protocol_may_do_is_sound() {
    for (law, play) in [
        ("a listed rule", "(Boot(0), [Mark(Listed), Ignore])"),
        ("a message to itself", "(Boot(0), [Send(0, 1)])"),
        ("a timer of no time", r#"(Boot(0), [Set(1, "0ms")])"#),
        ("cancelling nothing", "(Boot(0), [Cancel(1)])"),
    ] {
        assert_eq!(soundness(&run(&scenario(play, "", &lock_step(2, "")))), "Holds", "{law}");
    }
    let alone = run(&scenario("(Boot(0), [Tell(1), Decide(1)])", "", &lock_step(1, "")));
    assert_eq!((kinds(&alone), alone.tally.sent), (vec![Holds; 4], 0), "a multicast to nobody");
}

/// A promise broken before the panic stays broken: the panic hides nothing.
#[test]
fn a_panic_hides_nothing_that_was_seen() {
    let play = "(Boot(0), [Decide(1), Decide(2)]), (Boot(1), [Panic])";
    assert_eq!(kinds(&run(&scenario(play, "", &lock_step(2, ""))))[1], Violated);
}

/// Which runs panic depends on what is lost, so one worker sees both kinds in turn.
#[test]
fn a_panic_leaves_no_trace_in_the_next_run() {
    let play = "(Boot(0), [Tell(1), Set(0, \"1s\")]), (Hears(1, 1), [Decide(1), Decide(1), Panic]),
        (Boot(1), [Set(0, \"2s\")])";
    // Lost or not: only a delivery makes n1 panic.
    let rest = lock_step(2, "links: FairLoss(loss: 0.5)");
    let check = check::<Play>(&scenario(play, "", &rest));
    let mut used = check.case().worker();
    let mut ends = [0, 0];
    for seed in 0..40 {
        let outcome = used.run_seed(seed).clone();
        ends[usize::from(outcome.ended == Ended::Unsound)] += 1;
        assert_eq!(&outcome, check.case().worker().run_seed(seed), "seed {seed}");
    }
    assert!(ends[0] > 5 && ends[1] > 5, "both kinds of runs: {ends:?}");
}

#[test]
fn what_never_ends_is_ended_by_a_limit() {
    let ping_pong =
        "(Boot(0), [Send(1, 1)]), (Hears(1, 1), [Send(0, 1)]), (Hears(0, 1), [Send(1, 1)])";
    let run = |limits: &str| {
        let rest = format!("{}, limits: ({limits})", lock_step(2, ""));
        run(&scenario(&format!("{BOTH_DECIDE}, {ping_pong}"), "", &rest))
    };
    let at_the_horizon = run(r#"horizon: "1s""#);
    assert_eq!(at_the_horizon.ended, Ended::Horizon);
    assert_eq!((at_the_horizon.tally.delivered, at_the_horizon.at.to_string()), (100, "1s".into()));
    // Two starts and eight deliveries.
    let after_events = run("events: 10");
    let Ended::TooManyEvents(why) = &after_events.ended else { panic!("{after_events:?}") };
    assert!(why.contains("10 events; the busiest node is n"), "{why}");
    assert_eq!(after_events.tally.delivered, 8);
    // Nothing was owed, so nothing is open.
    assert_eq!(kinds(&at_the_horizon), [Holds; 4]);
    assert_eq!(kinds(&after_events), [Holds; 4]);
}

/// Many events at one instant are fine as long as time goes on.
#[test]
fn the_limit_for_an_instant_is_for_one_instant() {
    let ticks = r#"(Boot(0), [Set(0, "1ns")]), (Fires(0, 0), [Set(0, "1ns")])"#;
    let rest = format!("{}, limits: (events_per_instant: 3, horizon: \"1us\")", lock_step(1, ""));
    let outcome = run(&scenario(ticks, "", &rest));
    assert_eq!((outcome.ended, outcome.tally.events), (Ended::Horizon, 1001));
}

// --- timers

#[test]
fn timers_fire_when_they_were_last_set_for_and_only_then() {
    let fires = "(Fires(0, 1), [Decide(1)]), (Fires(0, 2), [Decide(2)])";
    let decide_on_hearing = "(Hears(0, 7), [Decide(7)])";
    for (law, play, expected) in [
        ("set", r#"(Boot(0), [Set(1, "30ms")])"#, "n0=1@30"),
        ("two labels", r#"(Boot(0), [Set(1, "30ms"), Set(2, "20ms")])"#, "n0=2@20 n0=1@30"),
        ("set again for later", r#"(Boot(0), [Set(1, "20ms"), Set(1, "40ms")])"#, "n0=1@40"),
        ("set again for earlier", r#"(Boot(0), [Set(1, "40ms"), Set(1, "20ms")])"#, "n0=1@20"),
        ("cancelled", r#"(Boot(0), [Set(1, "20ms"), Cancel(1)])"#, ""),
        (
            "cancelled and set",
            r#"(Boot(0), [Set(1, "20ms"), Cancel(1), Set(1, "30ms")])"#,
            "n0=1@30",
        ),
        ("cancelling another", r#"(Boot(0), [Set(1, "20ms"), Cancel(2)])"#, "n0=1@20"),
        (
            "set again when it has fired",
            r#"(Boot(0), [Set(1, "20ms")]), (Fires(0, 1), [Set(2, "5ms")])"#,
            "n0=1@20 n0=2@25",
        ),
        // A message at the instant of a timer comes first, and can still take it back.
        (
            "taken back at its own instant",
            r#"(Boot(0), [Set(1, "10ms")]), (Boot(1), [Send(0, 7)]), (Hears(0, 7), [Cancel(1)])"#,
            "n0=7@10",
        ),
        (
            "moved at its own instant",
            r#"(Boot(0), [Set(1, "10ms")]), (Boot(1), [Send(0, 7)]), (Hears(0, 7), [Set(1, "10ms")])"#,
            "n0=7@10 n0=1@20",
        ),
        (
            "a timer cancels another of its instant",
            r#"(Boot(0), [Set(2, "10ms"), Set(1, "10ms")]), (Fires(0, 2), [Cancel(1)])"#,
            "n0=2@10",
        ),
        (
            "the timer of another node",
            r#"(Boot(0), [Set(1, "9ms")]), (Boot(1), [Cancel(1)])"#,
            "n0=1@9",
        ),
    ] {
        let play = format!("{play}, {fires}, {decide_on_hearing}");
        assert_eq!(decisions(&scenario(&play, "", &lock_step(2, ""))), expected, "{law}");
    }
}

#[test]
fn the_timers_of_a_crashed_node_never_fire() {
    let play = r#"(Boot(0), [Set(1, "20ms")]), (Fires(0, 1), [Decide(1)]),
        (Boot(1), [Set(1, "20ms")]), (Fires(1, 1), [Decide(1)])"#;
    for (at, expected) in [("20ms", "n1=1@20"), ("20000001ns", "n0=1@20 n1=1@20")] {
        let fault = format!("faults: {{ 0: CrashStop(at: Time(\"{at}\")) }}");
        let scenario = scenario(play, "", &lock_step(2, &fault));
        assert_eq!(decisions(&scenario), expected, "{at}");
        // Not that a node that is down would act on it: nothing fires at all.
        let fired = expected.split(' ').count();
        assert_eq!(story(&scenario).matches(" fires").count(), fired, "{at}");
    }
    // Set in the very step in which it crashes.
    let fault = "faults: { 0: CrashStop(at: Step(nth: 0, after_effects: 1)) }";
    assert_eq!(decisions(&scenario(play, "", &lock_step(2, fault))), "n1=1@20");
}

// --- counts

#[test]
fn a_tally_counts_what_happened() {
    let play = "(Boot(0), [Tell(1), Send(0, 2)]), (Hears(1, 1), [Ignore]), (Boot(2), [Send(0, 3)])";
    let tally = |more: &str| run(&scenario(play, "", &lock_step(3, more))).tally;
    let calm = tally("");
    assert_eq!((calm.events, calm.sent, calm.delivered, calm.discarded), (7, 3, 4, 1));
    let lossy = tally("links: FairLoss(loss: 1.0)");
    // What a node tells itself crosses no link.
    assert_eq!((lossy.audit.lost, lossy.delivered, lossy.sent), (3, 1, 3));
    let doubled = tally("links: FairLoss(duplicate: 1.0)");
    assert_eq!((doubled.audit.duplicated, doubled.delivered), (3, 7));
    let silent = tally("faults: { 0: Byzantine }");
    assert_eq!((silent.sent, silent.injected, silent.delivered), (1, 0, 1));
    let lying = tally("faults: { 0: Byzantine }, adversary: Liar");
    assert!(lying.sent == 1 && lying.injected <= 2);
}

/// Rules count as fired whether anybody watches or not.
#[test]
fn rules_are_counted_in_every_run() {
    let fired = |play: &str| run(&scenario(play, "", &lock_step(1, ""))).rules;
    assert_eq!(fired("(Boot(0), [Mark(Listed)])").fired(Play::RULES).collect::<Vec<_>>(), [LISTED]);
    assert_eq!(fired("").missing(Play::RULES).collect::<Vec<_>>(), [LISTED]);
}
