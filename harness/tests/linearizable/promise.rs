//! A register that is replicated well or badly, and what becomes of the promise that nobody can tell.

use std::collections::BTreeMap;

use generals::fuzz;
use generals::testing::{campaign, check};
use generals::{
    Assumptions, ClientEvent, Cx, Fact, Linearizable, NodeFault, NodeId, Promises, Property,
    Protocol, Specification, Verdict, VerdictKind, When, World, Zoom,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{Holds, Undetermined, Violated};

// --- the protocol

/// n0 has the register, n1 a copy that is told of each write; everybody else is a client, who asks
/// for one thing after the other.
#[derive(Default)]
struct Copied {
    value: u8,
    heard: u64,
    todo: Vec<Ask>,
    asked: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Ask {
    Read,
    Write(u8),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Message {
    Please(u64, Ask),
    Done(u64, u8),
    Copy(u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// Whether reads are answered by the copy: faster, and wrong.
    read_the_copy: bool,
    /// Whether n0 says what it was asked for.
    says_what_it_hears: bool,
    most: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { read_the_copy: false, says_what_it_hears: true, most: 1000 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Seen {
    Asks(Ask),
    Told(u8),
    Heard(NodeId, u64, Ask),
}

impl Copied {
    fn next(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(ask) = self.todo.pop() else { return };
        self.asked += 1;
        cx.decide_at(self.asked, Seen::Asks(ask.clone()));
        let copy = cx.config().read_the_copy && ask == Ask::Read;
        cx.send(NodeId(u16::from(copy)), Message::Please(self.asked, ask));
    }
}

impl Protocol for Copied {
    const NAME: &'static str = "copied";
    const ABOUT: &'static str = "a register, and a copy";
    type Config = Config;
    type Input = Vec<Ask>;
    type Value = Seen;
    type Message = Message;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }
    fn on_input(&mut self, mut todo: Vec<Ask>, cx: &mut Cx<'_, Self>) {
        todo.reverse();
        self.todo = todo;
        self.next(cx);
    }
    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Cx<'_, Self>) {
        match message {
            Message::Please(id, ask) => {
                if cx.config().says_what_it_hears {
                    cx.decide_at(self.heard, Seen::Heard(from, id, ask.clone()));
                    self.heard += 1;
                }
                if let Ask::Write(value) = ask {
                    self.value = value;
                    cx.send(NodeId(1), Message::Copy(value));
                }
                cx.send(from, Message::Done(id, self.value));
            }
            Message::Copy(value) if from == NodeId(0) => self.value = value,
            Message::Done(id, value) if id == self.asked => {
                cx.decide_at(id, Seen::Told(value));
                self.next(cx);
            }
            Message::Copy(_) | Message::Done(..) => cx.discard("not for me"),
        }
    }
    fn promises(config: &Config) -> Promises<Self> {
        Promises::none()
            .and(promise().within(config.most))
            .under(Assumptions::asynchronous().byzantine(1))
    }
}

/// A register that holds 0 at first. Who writes is told what was written.
struct Register;

impl Specification for Register {
    type State = u8;
    type Operation = Ask;
    type Outcome = u8;
    type Key = ();

    fn initial(&self) -> u8 {
        0
    }
    fn apply(&self, state: &mut u8, ask: &Ask) -> u8 {
        if let Ask::Write(value) = ask {
            *state = *value;
        }
        *state
    }
    fn key(&self, _: &Ask) {}
}

type Lens = fn(NodeId, u64, &Seen, &mut Vec<ClientEvent<Ask, u8>>);

fn promise() -> Linearizable<Register, Lens> {
    Linearizable::new(Register, |_, id, seen: &Seen, events| {
        events.push(match seen.clone() {
            Seen::Asks(operation) => ClientEvent::Invoked { id, operation },
            Seen::Told(outcome) => ClientEvent::Returned { id, outcome },
            Seen::Heard(client, id, operation) => ClientEvent::Heard { client, id, operation },
        });
    })
}

/// Two clients that write and read.
fn scenario(config: &str, rest: &str) -> String {
    format!(
        "(protocol: \"copied\", config: ({config}), {rest}
          inputs: {{
              2: [[Write(1), Read, Write(2), Read]],
              3: [[Read, Write(3), Read, Read]],
          }},
          world: (nodes: 4, timing: Asynchronous(typical: \"10ms\")))"
    )
}

// --- in runs

#[test]
fn a_register_in_one_place_is_linearizable() {
    check::<Copied>(&scenario("", "")).seeds(0..500);
}

#[test]
fn a_stale_read_of_a_copy_is_found() {
    let text = scenario("read_the_copy: true", "expect: { \"linearizability\": Violated },");
    let check = check::<Copied>(&text);
    let report = check.seeds(0..100);
    let count = &report.verdicts[0];
    assert!(count.of(Holds) > 0, "a worker that found one run broken still sees that others hold");
    // It is found at the response that shows it, and told.
    let seed = count.lowest(Violated).unwrap();
    let (outcome, trace) = check.case().worker().trace(&mut generals::Seeded::new(seed));
    let Verdict::Violated(witness) = &outcome.verdicts[0] else { panic!("{outcome:?}") };
    assert!(witness.0.starts_with("nothing explains n"), "{witness}");
    let story = trace.text(Zoom::Story);
    let broken = story.lines().position(|line| line.contains("linearizability broken: ")).unwrap();
    let shown = story.lines().nth(broken - 1).unwrap();
    assert!(shown.contains("decides Told("), "{story}");
}

/// What it changes its writes into is known to who heard it.
#[test]
fn what_a_lying_client_asks_for_may_take_effect() {
    let lying = |config: &str| {
        let text = scenario(config, "")
            .replace("timing:", "faults: { 3: Byzantine }, adversary: Liar, timing:");
        campaign(check::<Copied>(&text).case(), 0..300)
    };
    let report = lying("");
    assert!(report.tally.lies_arrived > 100, "{:?}", report.tally);
    assert_eq!(report.verdicts[0].of(Holds), 300);
    // Else there are values from nowhere.
    let deaf = lying("says_what_it_hears: false");
    assert!(deaf.verdicts[0].of(Violated) > 0, "{:?}", deaf.verdicts[0]);
    // And the copy is as stale as ever.
    let stale = lying("read_the_copy: true");
    assert!(stale.verdicts[0].of(Violated) > 0, "{:?}", stale.verdicts[0]);
}

#[test]
fn giving_up_is_a_verdict_with_layers_or_without() {
    for layers in ["", "layers: (stubborn: (every: \"50ms\")),"] {
        for (most, expected) in [(7, Undetermined), (100, Holds)] {
            let text = scenario(&format!("most: {most}"), layers);
            let outcome = check::<Copied>(&text).case().worker().run_seed(0).clone();
            let verdict = &outcome.verdicts[0];
            assert_eq!(verdict.kind(), expected, "{layers} {most}: {verdict}");
        }
    }
}

/// The same from seed to seed, twice and with a digest.
#[test]
fn judging_is_deterministic() {
    let text = scenario("read_the_copy: true", "");
    let check = check::<Copied>(&text);
    for seed in 0..20 {
        let difference =
            fuzz::run_twice(&mut *check.case().worker(), &generals::Origin::Seed(seed));
        assert!(difference.is_none(), "{seed}");
    }
}

// --- fact by fact

fn world(fault: Option<NodeFault>) -> World {
    let faults: BTreeMap<_, _> = fault.map(|fault| (NodeId(1), fault)).into_iter().collect();
    World { faults, ..World::kind(4) }
}

/// How the facts break the promise, if they do.
fn broken(
    promise: &mut impl Property<Copied>,
    world: &World,
    facts: &[(u16, u64, Seen)],
) -> Option<String> {
    facts.iter().find_map(|(node, slot, seen)| {
        let fact = Fact::Decided(NodeId(*node), *slot, seen);
        promise.watch(world, &fact).err().map(|witness| witness.0)
    })
}

/// n1 is faulty, where anybody is.
#[test]
fn who_is_bound_and_who_is_believed() {
    use Ask::{Read, Write};
    use Seen::{Asks, Heard, Told};

    let heard = |by, client, value| (by, 0, Heard(NodeId(client), 1, Write(value)));
    let read = |who, value| [(who, 1, Asks(Read)), (who, 1, Told(value))];
    let crash = || Some(NodeFault::CrashStop { at: When::Step { nth: 9, after_effects: 0 } });
    let byzantine = || Some(NodeFault::Byzantine);
    for (law, fault, uniform, facts, wrong) in [
        ("a correct client is bound", None, false, read(1, 7).to_vec(), true),
        ("one that crashes is not", crash(), false, read(1, 7).to_vec(), false),
        ("unless all are", crash(), true, read(1, 7).to_vec(), true),
        ("but for the Byzantine", byzantine(), true, read(1, 7).to_vec(), false),
        (
            "what it asked for may take effect",
            byzantine(),
            true,
            [&[(1, 1, Asks(Write(7)))][..], &read(2, 7)].concat(),
            false,
        ),
        (
            "what others heard as well",
            byzantine(),
            true,
            [&[heard(0, 1, 7)][..], &read(2, 7)].concat(),
            false,
        ),
        (
            "also of who crashes, since it may not have come to saying so",
            crash(),
            false,
            [&[heard(0, 1, 7)][..], &read(2, 7)].concat(),
            false,
        ),
        (
            "but what correct clients ask for, they say themselves",
            byzantine(),
            false,
            [&[heard(0, 3, 7)][..], &read(2, 7)].concat(),
            true,
        ),
        (
            "and a Byzantine node has heard nothing",
            byzantine(),
            false,
            [&[heard(1, 1, 7)][..], &read(2, 7)].concat(),
            true,
        ),
    ] {
        let mut promise = if uniform { promise().uniform() } else { promise() };
        let witness = broken(&mut promise, &world(fault), &facts);
        assert_eq!(witness.is_some(), wrong, "{law}: {witness:?}");
        // Nor is anything left of it for the next run.
        Property::<Copied>::reset(&mut promise);
        assert_eq!(broken(&mut promise, &world(None), &read(2, 0)), None, "after {law}");
    }
}

#[test]
fn a_run_that_was_given_up_leaves_nothing_for_the_next() {
    let mut promise = promise().within(1);
    let read = |id| [(1, id, Seen::Asks(Ask::Read)), (1, id, Seen::Told(0))];
    assert_eq!(broken(&mut promise, &world(None), &read(1)), None);
    assert_eq!(Property::<Copied>::undetermined(&promise), None);
    assert_eq!(broken(&mut promise, &world(None), &read(2)), None);
    assert!(Property::<Copied>::undetermined(&promise).is_some());
    Property::<Copied>::reset(&mut promise);
    // To say it again costs nothing.
    let twice = [read(1), read(1)].concat();
    assert_eq!(broken(&mut promise, &world(None), &twice), None);
    assert_eq!(Property::<Copied>::undetermined(&promise), None);
}

#[test]
fn a_name_of_ones_own() {
    let named = promise().named("one-copy");
    assert_eq!(Property::<Copied>::name(&named), "one-copy");
    assert_eq!(Property::<Copied>::name(&promise()), "linearizability");
}
