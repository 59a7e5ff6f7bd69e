//! Mistakes that this crate once made, one test each.

use std::fmt;

use generals::testing::check;
use generals::{
    Agreement, Cx, Fact, Fingerprint, Kindest, NodeId, Promises, Property, Protocol, Seeded,
    Signed, Span, Validity, VerdictKind, Witness, World,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Bug {
    #[default]
    None,
    MarksAndSends,
    Signs,
    OwedPanics,
    FingerprintPanics,
    Labels,
    Swapped,
    NoInput,
    EndOfTime,
}

struct Odd(u8);

#[derive(Clone)]
enum Message {
    Plain(u8),
    Signed(Signed<u8>),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(99) => panic!("cannot be shown"),
            Self::Plain(n) => n.fmt(f),
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
            Bug::FingerprintPanics => cx.multicast(Message::Plain(99)),
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
            _ => Promises::none().and(Agreement::default()),
        }
    }
    fn fingerprint(message: &Message, into: &mut Fingerprint) {
        into.debug(message);
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

/// The default fingerprint is Debug, and the Debug of `Signed` showed the realm, which counts runs.
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

/// Nor at `fingerprint` and the message's own Debug.
#[test]
fn a_panic_in_fingerprint_is_a_verdict() {
    let check = odd("FingerprintPanics", "");
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
