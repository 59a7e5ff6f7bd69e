//! Mistakes that this crate once made, one test each.

use std::fmt;

use generals::testing::check;
use generals::{
    Agreement, Cx, Fact, Kindest, NodeId, Promises, Property, Protocol, Seeded, Signed, Span,
    Validity, VerdictKind, Witness, World,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Bug {
    #[default]
    None,
    MarksAndSends,
    Signs,
    OwedPanics,
    WritingPanics,
    ShowingPanics,
    Labels,
    Swapped,
    NoInput,
    EndOfTime,
    WhenPanics,
}

struct Odd(u8);

#[derive(Clone, Serialize, Deserialize)]
enum Message {
    Plain(#[serde(serialize_with = "written")] u8),
    Signed(Signed<u8>),
}

std::thread_local! {
    /// How many messages were shown.
    static SHOWN: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Panics at 99.
fn written<S: serde::Serializer>(n: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    assert!(*n != 99, "cannot be written");
    n.serialize(serializer)
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(98..) => panic!("cannot be shown"),
            Self::Plain(n) => {
                SHOWN.set(SHOWN.get() + 1);
                n.fmt(f)
            }
            Self::Signed(signed) => signed.fmt(f),
        }
    }
}

/// Panics when asked what is owed.
struct Owing;
impl<P: Protocol> Property<P> for Owing {
    fn name(&self) -> &'static str {
        "owing"
    }
    fn reset(&mut self) {}
    fn watch(&mut self, _: &World, _: &Fact<'_, P>) -> Result<(), Witness> {
        Ok(())
    }
    fn owed(&self, _: &World) -> Option<String> {
        panic!("who owes what?")
    }
}

const RULE: &str = "rule";
static CALLS: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

impl Protocol for Odd {
    const NAME: &'static str = "odd";
    const ABOUT: &'static str = "odd";
    const RULES: &'static [&'static str] = &[RULE];
    type Config = Bug;
    type Input = u8;
    type Value = u8;
    type Message = Message;
    type Timer = u8;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let first = cx.me() == NodeId(0);
        match cx.config().clone() {
            Bug::MarksAndSends => {
                cx.mark(RULE);
                cx.mark(RULE);
                cx.multicast(Message::Plain(1));
            }
            Bug::Signs => {
                let signed = cx.sign(7);
                cx.multicast(Message::Signed(signed));
            }
            Bug::WritingPanics => cx.multicast(Message::Plain(99)),
            Bug::ShowingPanics => cx.multicast(Message::Plain(98)),
            Bug::Labels => {
                let label = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                cx.set_timer(label, Span::millis(1));
            }
            Bug::Swapped if first => {
                cx.multicast(Message::Plain(1));
                cx.multicast(Message::Plain(2));
            }
            Bug::EndOfTime => cx.set_timer(0, Span::nanos(u64::MAX)),
            _ => {}
        }
        Self(0)
    }
    fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}
    fn on_message(&mut self, _: NodeId, message: Message, _: &mut Cx<'_, Self>) {
        if let Message::Plain(n) = message {
            self.0 = n;
        }
    }
    fn on_timer(&mut self, label: u8, cx: &mut Cx<'_, Self>) {
        if *cx.config() == Bug::EndOfTime {
            cx.set_timer(label, Span::secs(1));
        }
    }
    fn promises(bug: &Bug) -> Promises<Self> {
        match bug {
            Bug::OwedPanics => Promises::none().and(Owing),
            Bug::WhenPanics => Promises::none()
                .and(generals::Termination::default())
                .under(generals::Assumptions::synchronous().when("odd", |_| panic!("who knows?"))),
            _ => Promises::none().and(Agreement::default()),
        }
    }
}

fn odd(bug: &str, rest: &str) -> generals::testing::Check<Odd> {
    check(&format!("(protocol: \"odd\", config: {bug}, world: (nodes: 2), {rest})"))
}

/// Marks counted as effects, but only while somebody watched.
#[test]
fn watching_does_not_use_up_the_effects_of_a_step() {
    let check = odd("MarksAndSends", "limits: (effects_per_step: 2)");
    let run = check.case().worker().run_seed(0).clone();
    let (watched, _) = check.case().worker().trace(&mut Seeded::new(0));
    assert_eq!(run, watched);
}

/// Messages went into the digest as Debug, and that of `Signed` showed the realm, which counts runs.
#[test]
fn signed_messages_have_a_digest_by_default() {
    let check = odd("Signs", "");
    let mut worker = check.case().worker();
    let digest = worker.run_seed(0).digest;
    assert_eq!(digest, worker.run_seed(0).digest);
}

/// Nobody stood guard at `owed`.
#[test]
fn a_panic_in_owed_is_a_verdict() {
    let check = odd("OwedPanics", "");
    let outcome = check.case().worker().run_seed(0).clone();
    assert_eq!(outcome.verdicts[1].kind(), VerdictKind::Violated);
}

/// What is only read afterwards cannot spoil the run, and is not made before.
#[test]
fn a_message_is_shown_when_it_is_read() {
    let check = odd("ShowingPanics", "");
    let (outcome, trace) = check.case().worker().trace(&mut Seeded::new(0));
    assert!(outcome.verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds));
    let told = trace.text(generals::Zoom::Messages);
    assert!(told.contains("(it cannot be shown: cannot be shown (mistakes.rs:"), "{told}");

    let check = odd("Swapped", "");
    let (_, trace) = check.case().worker().trace(&mut Seeded::new(0));
    let story = trace.text(generals::Zoom::Story);
    assert_eq!((SHOWN.get(), story.as_str()), (0, ""));
    let told = trace.text(generals::Zoom::Messages);
    assert_eq!((SHOWN.get(), told.lines().count()), (4, 4), "{told}");
    assert_eq!((trace.text(generals::Zoom::Messages), SHOWN.get()), (told, 4), "only once");
}

/// What was wanted and what was said instead is shown in the words of a lie.
#[test]
fn a_lie_is_shown_when_it_is_read() {
    let world = "nodes: 3, faults: { 0: Byzantine }, adversary: Liar";
    let check: generals::testing::Check<Odd> =
        check(&format!("(protocol: \"odd\", config: ShowingPanics, world: ({world}))"));
    let mut lies = 0;
    for seed in 0..20 {
        let outcome = check.case().worker().run_seed(seed).clone();
        let (watched, trace) = check.case().worker().trace(&mut Seeded::new(seed));
        assert_eq!(outcome, watched, "seed {seed}");
        let told = trace.text(generals::Zoom::All);
        lies += told.matches("(it cannot be shown: ").count();
    }
    assert!(lies > 20, "{lies}");
}

/// Nor at the message's own `Serialize` and `Debug`.
#[test]
fn a_panic_in_writing_a_message_is_a_verdict() {
    let check = odd("WritingPanics", "");
    let outcome = check.case().worker().run_seed(0).clone();
    assert_eq!(outcome.verdicts[1].kind(), VerdictKind::Violated);
}

/// The label of a timer is no part of the digest, but of what is shown.
#[test]
fn a_hidden_label_is_noticed() {
    let check = odd("Labels", "");
    let mut worker = check.case().worker();
    let (_, once) = worker.trace(&mut Kindest);
    let (_, again) = worker.trace(&mut Kindest);
    assert_ne!(once.entries, again.entries, "labels differ");
    assert!(once.first_difference(&again).is_some());
}

/// The digest did not tell which of two messages arrives first.
#[test]
fn which_message_arrives_first_is_part_of_the_digest() {
    let check = odd("Swapped", "");
    let mut worker = check.case().worker();
    let script = |nth: u32| -> generals::Script {
        ron::from_str(&format!("{{ (Delay, 0, 1, {nth}): \"4ms\" }}")).expect("a script")
    };
    let (first, second) = (script(0), script(1));
    let (one, trace_one) = worker.trace(&mut generals::Scripted::new(&first));
    let (two, trace_two) = worker.trace(&mut generals::Scripted::new(&second));
    assert_ne!(trace_one.entries, trace_two.entries);
    assert_ne!(one.digest, two.digest);
}

/// Strong validity asks for all correct nodes; one without an input proposes nothing.
#[test]
fn a_node_without_an_input_does_not_propose_what_others_do() {
    struct Any;
    impl Protocol for Any {
        const NAME: &'static str = "any";
        const ABOUT: &'static str = "any";
        type Config = ();
        type Input = u8;
        type Value = u8;
        type Message = ();
        type Timer = ();
        type Durable = ();
        fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
            Self
        }
        fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}
        fn on_message(&mut self, _: NodeId, (): (), _: &mut Cx<'_, Self>) {}
        fn promises(_: &()) -> Promises<Self> {
            Promises::none()
        }
    }
    let mut validity = Validity::default();
    let validity: &mut dyn Property<Any> = &mut validity;
    let world = World::kind(2);
    validity.watch(&world, &Fact::Proposed(NodeId(0), &1)).expect("a proposal");
    assert_eq!(validity.watch(&world, &Fact::Decided(NodeId(1), 0, &2)), Ok(()));
}

/// `check::<A>` of a scenario of B ran A in it, and said nothing.
#[test]
#[should_panic(expected = "odd")]
fn a_scenario_of_another_protocol_is_refused() {
    let _check = check::<Odd>("(protocol: \"paxos\", world: (nodes: 2))");
}

/// A campaign of no runs kept every promise.
#[test]
#[should_panic(expected = "no seeds")]
fn no_runs_prove_nothing() {
    odd("None", "").seeds(0..0);
}

/// The count included the event that did not happen any more.
#[test]
fn a_run_of_ten_events_has_ten() {
    let rest = "inputs: { 0: [1], 1: [1] }, limits: (events: 3)";
    let check = odd("None", rest);
    assert_eq!(check.case().worker().run_seed(0).tally.events, 3);
}

/// At `Time::MAX` time stood still, which a sound protocol was blamed for.
#[test]
fn the_end_of_time_is_no_fault_of_the_protocol() {
    let horizon = generals::Limits::LONGEST;
    let check = odd("EndOfTime", &format!("limits: (horizon: \"{horizon}\", events: 100)"));
    let outcome = check.case().worker().run_seed(0).clone();
    assert_eq!(outcome.verdicts[1].kind(), VerdictKind::Holds, "{}", outcome.verdicts[1]);
}

#[test]
#[should_panic(expected = "a run lasts")]
fn a_longer_horizon_is_refused() {
    let _check = odd("None", r#"limits: (horizon: "18446744073709551615ns")"#);
}

// --- who crashes, and when; what excuses, and what does not

/// Decides its input, or does what its configuration says.
struct Own;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Manner {
    #[default]
    Decides,
    DecidesAndTellsLater,
    NeverDecides,
    Floods,
    PanicsOrGetsLost,
}

impl Protocol for Own {
    const NAME: &'static str = "own";
    const ABOUT: &'static str = "decides its own input";
    type Config = Manner;
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self
    }
    fn on_input(&mut self, v: u8, cx: &mut Cx<'_, Self>) {
        match cx.config() {
            Manner::Decides => cx.decide(v),
            Manner::DecidesAndTellsLater => {
                cx.decide(v);
                cx.set_timer((), Span::millis(50));
            }
            Manner::NeverDecides => {}
            Manner::Floods => cx.multicast(v),
            Manner::PanicsOrGetsLost => match (cx.coin(2), cx.coin(2)) {
                (1, 1) => panic!("the bug that was found"),
                (1, _) => cx.send(NodeId(99), v),
                _ => {}
            },
        }
    }
    fn on_message(&mut self, _: NodeId, v: u8, cx: &mut Cx<'_, Self>) {
        if *cx.config() == Manner::Floods {
            cx.multicast(v);
        }
    }
    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        cx.multicast(9);
    }
    fn promises(_: &Manner) -> Promises<Self> {
        Promises::consensus().under(generals::Assumptions::synchronous().crash_stop(9))
    }
}

/// The verdicts on agreement, integrity, termination and soundness in one run.
fn verdicts(rest: &str, seed: u64) -> Vec<VerdictKind> {
    let check = check::<Own>(&format!("(protocol: \"own\", inputs: {{ 0: [1], 1: [2] }}, {rest})"));
    let case = check.case();
    let mut worker = case.worker();
    let outcome = match case.script() {
        Some(script) => worker.run(&mut generals::Scripted::new(script)),
        None => worker.run_seed(seed),
    };
    outcome.verdicts.iter().map(generals::Verdict::kind).collect()
}

/// A node that was to crash and did not come to it was not held to agreement.
#[test]
fn who_did_not_come_to_crash_was_correct() {
    let faults = "world: (nodes: 2, faults: { 1: CrashStop(at: Step(nth: 1000)) })";
    assert_eq!(verdicts(faults, 0)[0], VerdictKind::Violated);
    let crashes = "world: (nodes: 2, faults: { 1: CrashStop(at: Time(\"1ms\")) })";
    assert_eq!(verdicts(crashes, 0)[0], VerdictKind::Holds);
}

/// A crash yet to come, past the horizon, counted as something left to happen.
#[test]
fn where_only_crashes_are_left_the_run_is_quiet() {
    let rest = "config: NeverDecides, \
                world: (nodes: 3, faults: { 1: CrashStop(at: Time(\"2h\")) })";
    assert_eq!(verdicts(rest, 0)[2], VerdictKind::Violated);
}

/// A message lost after a promise was broken excused it.
#[test]
fn what_is_lost_later_is_no_excuse() {
    let rest = "config: DecidesAndTellsLater, world: (nodes: 2, links: FairLoss(loss: 0.5)), \
                script: { (Loss, 0, 1, 0): 1 }";
    assert_eq!(verdicts(rest, 0)[0], VerdictKind::Violated);
}

/// Among nanoseconds, "never" was one in a thousand million.
#[test]
fn a_crash_that_may_never_be_often_is_not() {
    let rest = "world: (nodes: 2, faults: { 1: CrashStop(at: Chosen(within: \"1s\")) })";
    let broken = (0..1000).filter(|seed| verdicts(rest, *seed)[0] == VerdictKind::Violated);
    assert!((400..600).contains(&broken.count()));
}

/// A flood filled the memory long before it had made its events.
#[test]
fn a_flood_ends_at_the_limit_of_what_may_be_pending() {
    let rest = "config: Floods, limits: (pending: 1000), world: (nodes: 50)";
    assert_eq!(verdicts(rest, 0)[2], VerdictKind::Undetermined);
}

#[test]
#[should_panic(expected = "at least 1")]
fn a_limit_of_nothing_is_refused() {
    verdicts("limits: (events_per_instant: 0), world: (nodes: 2)", 0);
}

/// A panic shrank to a message to nowhere: both are unsound, and the other is simpler.
#[test]
fn a_panic_shrinks_to_a_panic() {
    let text =
        "(protocol: \"own\", config: PanicsOrGetsLost, inputs: { 0: [1] }, world: (nodes: 2))";
    let check = check::<Own>(text);
    let case = check.case();
    let panics = |seed: &u64| {
        let outcome = case.worker().run_seed(*seed).clone();
        outcome.verdicts[3].to_string().contains("the bug that was found")
    };
    let seed = (0..100).find(panics).expect("one in four panics");
    let target = generals::shrink::Target { promise: 3, kind: VerdictKind::Violated };
    let origin = generals::Origin::Seed(seed);
    let shrunk = generals::shrink::shrink(case, &origin, target).expect("it fails");
    assert!(shrunk.outcome.verdicts[3].to_string().contains("the bug that was found"));
    assert_eq!(shrunk.script.len(), 2);
}

/// A promise's condition is asked before any run, and its panic came out of the tool.
#[test]
#[should_panic(expected = "odd panics when asked about this scenario: who knows?")]
fn a_panic_in_a_condition_is_told_of_the_protocol() {
    let _check = odd("WhenPanics", "");
}

/// A target is one promise of the case, not any that fails alike.
#[test]
fn a_target_is_met_by_its_own_promise_only() {
    let text = "(protocol: \"own\", inputs: { 0: [1], 1: [2] }, world: (nodes: 2))";
    let outcome = check::<Own>(text).case().worker().run_seed(0).clone();
    let target = |promise| generals::shrink::Target { promise, kind: VerdictKind::Violated };
    assert!(target(0).is_met(&outcome) && !target(1).is_met(&outcome));
}
