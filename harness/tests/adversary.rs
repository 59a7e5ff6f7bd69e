//! What an adversary can do, and above all what it cannot: each power is used to its limit and
//! beyond. The protocol under test is made of signatures and knows who said what.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, check};
use generals::trace::{Entry, What};
use generals::{
    Adversary, Among, Assumptions, Choose, Concern, CorruptId, Cx, Envelope, Fact, Fate, Kindest,
    Message, NodeId, Promises, Property, Protocol, Puppet, Realm, Seeded, Signed, Signer, Span,
    Stream, Time, Trace, VerdictKind, Witness, World,
};
use generals_models::Authority;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

// --- nodes that sign, pass on, and remember

/// Every node signs numbers, sends them to everybody, and passes on the last signature it heard.
#[derive(Default)]
struct Notary {
    given: u32,
    /// What I signed.
    signed: BTreeSet<u32>,
    /// What I sent, to whom.
    sent: BTreeSet<(NodeId, u32)>,
    /// Whose signatures I verified.
    verified: Vec<(NodeId, u32)>,
    /// What I heard, from whom.
    heard: Vec<(NodeId, u32)>,
    passed_on: Option<Signed<u32>>,
    ticks: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    number: u32,
    signatures: Vec<Signed<u32>>,
}

const TICKS: u32 = 3;

impl Notary {
    fn tell_all(&mut self, cx: &mut Cx<'_, Self>) {
        for to in NodeId::all(cx.n()) {
            let number = self.given + 100 * self.ticks + u32::from(to.0);
            self.signed.insert(number);
            self.sent.insert((to, number));
            let signatures = [cx.sign(number)].into_iter().chain(self.passed_on.clone()).collect();
            cx.send(to, Note { number, signatures });
        }
        cx.set_timer((), cx.expected_delay());
    }
}

impl Protocol for Notary {
    const NAME: &'static str = "notary";
    const ABOUT: &'static str = "signs, passes on and remembers";
    type Config = Disagree;
    type Input = u32;
    type Value = u16;
    type Message = Note;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), Span::ZERO);
        Self::default()
    }

    fn on_input(&mut self, given: u32, _: &mut Cx<'_, Self>) {
        self.given = given;
    }

    fn on_message(&mut self, from: NodeId, note: Note, cx: &mut Cx<'_, Self>) {
        self.heard.push((from, note.number));
        for signed in note.signatures {
            match cx.verify(&signed) {
                Ok((by, number)) => self.verified.push((by, *number)),
                Err(_) => cx.discard("forged"),
            }
            self.passed_on = Some(signed);
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        if self.ticks < TICKS {
            self.tell_all(cx);
        } else if cx.config().disagree {
            cx.decide(cx.me().0);
        } else {
            cx.decide(0);
        }
        self.ticks += 1;
    }

    fn promises(_: &Disagree) -> Promises<Self> {
        let byzantine = Assumptions::asynchronous().fair_loss().byzantine(2);
        Promises::consensus().and(Faithful::default()).under(byzantine)
    }

    /// All that a forger may try, with its own key.
    fn lie(note: &mut Note, by: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        let victim = NodeId(u16::try_from(pick(3)).unwrap());
        let forged = match pick(5) {
            0 => by.sign(note.number + 1000),
            1 => Signed::counterfeit(note.number + 2000, victim),
            // Another authority's key for the victim.
            2 => Authority::default().issue(victim).sign(note.number + 3000),
            // What the victim signed, in an own name.
            3 => by.sign(note.signatures.last().map_or(0, |signed| *signed.claim().1)),
            _ => {
                note.signatures.clear();
                return true;
            }
        };
        note.number += 5000;
        note.signatures.push(forged);
        true
    }

    const ATTACKS: &'static [&'static str] = ATTACKS;

    fn attack(name: &str) -> Option<Box<dyn Adversary<Note>>> {
        attack(name)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Disagree {
    disagree: bool,
}

/// What verifies as a correct node's was signed by it, and what arrives as its message was sent by
/// it, to this receiver.
#[derive(Default)]
struct Faithful {
    signed: BTreeMap<NodeId, BTreeSet<u32>>,
    sent: BTreeMap<NodeId, BTreeSet<(NodeId, u32)>>,
}

impl Property<Notary> for Faithful {
    fn name(&self) -> &'static str {
        "faithful"
    }
    fn reset(&mut self) {
        *self = Self::default();
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn watch(&mut self, world: &World, fact: &Fact<'_, Notary>) -> Result<(), Witness> {
        let Fact::Stepped(node, state) = *fact else { return Ok(()) };
        self.signed.insert(node, state.signed.clone());
        self.sent.insert(node, state.sent.clone());
        for (by, number) in &state.verified {
            if world.is_correct(*by) && !self.signed[by].contains(number) {
                return Err(Witness(format!("{node} verified {number}, which {by} never signed")));
            }
        }
        for (from, number) in &state.heard {
            if world.is_correct(*from) && !self.sent[from].contains(&(node, *number)) {
                return Err(Witness(format!("{node} heard {number}, which {from} never said")));
            }
        }
        Ok(())
    }
}

fn notary(config: &str, world: &str) -> Check<Notary> {
    check(&format!(
        "(protocol: \"notary\", config: ({config}), inputs: {{ 0: [0, 10], 1: [20] }}, world: ({world}))"
    ))
}

fn traced(notary: &Check<Notary>, choose: &mut dyn Choose) -> Trace {
    notary.case().worker().trace(choose).1
}

// --- attacks that try to go too far

const ATTACKS: &[&str] = &[
    "speak-as-another",
    "sign-as-another",
    "hand-to-honest",
    "hand-to-no-copy",
    "send-in-schedule",
    "hold",
    "hurry",
    "lose",
    "take-all",
    "deaf",
    "listener",
    "late-conviction",
    "sleeper",
];

/// An attack that is one function of what is asked.
struct Attack {
    name: &'static str,
    woken: u64,
}

thread_local! {
    /// What an attack wants a test to know.
    static TOLD: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

fn tell(word: u64) {
    TOLD.with_borrow_mut(|told| told.push(word));
}

fn told() -> Vec<u64> {
    TOLD.take()
}

fn attack(name: &str) -> Option<Box<dyn Adversary<Note>>> {
    let name = ATTACKS.iter().find(|known| **known == name)?;
    Some(Box::new(Attack { name, woken: 0 }))
}

/// What a cheat would like to have: a certificate for an honest node.
fn certificate(of: NodeId) -> CorruptId {
    Authority::default().corrupt(of)
}

impl<M: Message> Adversary<M> for Attack {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        if self.name == "late-conviction" {
            realm.wake_at(Time::ZERO + Span::secs(1), 7);
        }
        if self.name == "sleeper" {
            realm.wake_at(Time::ZERO + Span::millis(5), 1);
            realm.wake_at(Time::ZERO + Span::millis(3), 0);
        }
    }

    fn listens(&self) -> bool {
        ["take-all", "listener"].contains(&self.name)
    }

    fn schedules(&self) -> bool {
        ["hold", "hurry", "lose", "send-in-schedule"].contains(&self.name)
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        match self.name {
            "speak-as-another" => realm.send(certificate(NodeId(0)), to, want),
            "sign-as-another" => {
                realm.signer(certificate(NodeId(0)));
            }
            "hand-to-honest" => {
                realm.hand(Puppet { of: certificate(NodeId(0)), copy: 0 }, by.of, want);
            }
            "hand-to-no-copy" => realm.hand(Puppet { of: by.of, copy: 1 }, by.of, want),
            "deaf" => {
                assert!(realm.overheard().is_empty(), "who does not listen hears nothing");
                realm.send(by.of, to, want);
            }
            _ => realm.send(by.of, to, want),
        }
    }

    fn overhear(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) {
        tell(realm.overheard().len() as u64);
        assert_ne!(sent.from, sent.to, "thoughts are not overheard");
        assert_eq!(realm.corrupt().iter().find(|by| by.node() == sent.from), None);
        if self.name == "take-all" {
            for node in NodeId::all(realm.nodes()) {
                realm.corrupt_also(node);
            }
            assert_eq!(realm.corrupt_also(sent.from), None);
        }
    }

    fn schedule(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) -> Fate {
        match self.name {
            "hold" => Fate::After(Span::secs(3600)),
            "hurry" => Fate::After(Span::ZERO),
            "lose" => Fate::Lose,
            _ => {
                let by = realm.corrupt()[0];
                realm.send(by, sent.to, sent.body.clone());
                Fate::Chance
            }
        }
    }

    fn wake(&mut self, tag: u64, realm: &mut dyn Realm<M>) {
        tell(tag);
        if self.name == "late-conviction" {
            realm.corrupt_also(NodeId(0));
        } else if self.woken < 3 {
            self.woken += 1;
            // As soon as that is possible.
            realm.wake_at(Time::ZERO, 10 * realm.now().as_nanos());
        }
    }
}

fn attacked(name: &str, world: &str) -> Check<Notary> {
    notary("", &format!("{world}, adversary: Attack(name: \"{name}\")"))
}

const TRAITOR: &str = "nodes: 3, faults: { 2: Byzantine }";

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_speak_as_an_honest_node() {
    attacked("speak-as-another", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_sign_as_an_honest_node() {
    attacked("sign-as-another", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_hand_anything_to_an_honest_node() {
    attacked("hand-to-honest", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "copy 1 of n2, which does not exist")]
fn it_cannot_hand_anything_to_a_copy_that_does_not_exist() {
    attacked("hand-to-no-copy", TRAITOR).seeds(0..1);
}

/// Or else a message could beget messages without end.
#[test]
#[should_panic(expected = "the adversary speaks where it is asked about others' messages")]
fn it_cannot_speak_while_it_schedules() {
    attacked("send-in-schedule", TRAITOR).seeds(0..1);
}

/// All messages between two nodes: when each was sent, and when it arrives, if it does.
fn journeys(trace: &Trace) -> Vec<(Time, Option<Time>)> {
    let sent = trace.entries.iter().filter_map(|entry| match &entry.what {
        What::Sent { to, arrivals } if *to != entry.node => {
            Some((entry.at, arrivals.first().copied()))
        }
        _ => None,
    });
    sent.collect()
}

#[test]
fn it_cannot_hold_a_message_beyond_the_timing_model_nor_hurry_it() {
    let (delta, least) = (Span::millis(10), Span::millis(1));
    for (name, world, takes) in [
        ("hold", "", delta),
        ("hurry", "", least),
        // What cannot be lost is late.
        ("lose", "", delta),
        ("hold", r#", timing: UnknownBound(delta: "10ms")"#, delta),
        ("hold", r#", timing: Asynchronous(typical: "1ms", doublings: 4)"#, Span::millis(16)),
    ] {
        let trace = traced(&attacked(name, &format!("{TRAITOR}{world}")), &mut Seeded::new(1));
        let journeys = journeys(&trace);
        assert!(journeys.len() >= 18);
        for (sent, arrives) in journeys {
            assert_eq!(arrives, Some(sent + takes), "{name}{world}");
        }
    }
    // Before the stabilisation time it may hold a message until then, and no longer.
    let settling = r#", timing: PartiallySynchronous(delta: "10ms", gst: "15ms")"#;
    let held = attacked("hold", &format!("{TRAITOR}{settling}"));
    let gst = Time::ZERO + Span::millis(15);
    for (sent, arrives) in journeys(&traced(&held, &mut Seeded::new(1))) {
        assert_eq!(arrives, Some(sent.max(gst) + delta));
    }
}

#[test]
fn it_cannot_lose_more_than_the_link_may() {
    let links = |links| attacked("lose", &format!("{TRAITOR}, links: {links}"));
    // Every third message of a link comes through: there are 3 of each.
    let fair = journeys(&traced(&links("FairLoss(loss: 0.1, streak: 2)"), &mut Kindest));
    let lost = fair.iter().filter(|(_, arrives)| arrives.is_none()).count();
    assert_eq!((fair.len(), lost), (18, 12));
    // A link that does not lose by itself loses nothing.
    let sound = journeys(&traced(&links("FairLoss(loss: 0, streak: 2)"), &mut Kindest));
    assert!(sound.iter().all(|(_, arrives)| arrives.is_some()));
}

fn taken_over(trace: &Trace) -> Vec<u16> {
    let taken = trace.entries.iter().filter(|entry| entry.what == What::Corrupted);
    taken.map(|entry| entry.node.0).collect()
}

#[test]
fn it_cannot_take_over_more_nodes_than_its_budget() {
    for (budget, expected) in [(0, vec![]), (1, vec![0]), (2, vec![0, 1]), (5, vec![0, 1, 4])] {
        let world = format!(
            r#"nodes: 5, faults: {{ 2: Byzantine, 3: CrashStop(at: Time("1s")) }},
                adversary: Attack(name: "take-all", budget: {budget})"#
        );
        // n2 is corrupt already, and n3 has a fault of its own.
        let trace = traced(&notary("", &world), &mut Kindest);
        assert_eq!(taken_over(&trace), expected, "budget {budget}");
    }
    told();
}

#[test]
fn what_was_sent_before_a_node_was_taken_over_arrives_as_it_was() {
    let world = r#"nodes: 3, adversary: Attack(name: "take-all", budget: 1)"#;
    let trace = traced(&notary("", world), &mut Kindest);
    told();
    let text = |entry: &&Entry| entry.text.clone();
    let sent = |entry: &&Entry| entry.node == NodeId(0) && matches!(entry.what, What::Sent { .. });
    let first: Vec<String> = trace.entries.iter().filter(sent).take(2).map(|e| text(&e)).collect();
    let heard = |entry: &&Entry| entry.what == What::Delivered { from: NodeId(0) };
    let heard: Vec<String> = trace.entries.iter().filter(heard).map(|e| text(&e)).collect();
    assert!(first.iter().all(|said| heard.contains(said)), "{first:?}\n{heard:?}");
}

/// Nobody else may be told what a node thinks, and only who listens is told what it says.
#[test]
fn it_cannot_hear_what_it_does_not_overhear() {
    attacked("deaf", TRAITOR).seeds(0..3);
    assert!(told().is_empty());
    let listener = attacked("listener", TRAITOR);
    let (outcome, _) = listener.case().worker().trace(&mut Kindest);
    let told = told();
    // One at a time, everything that honest nodes say to others, and nothing else.
    assert_eq!(told, (1..=outcome.tally.sent).collect::<Vec<u64>>());
    assert_eq!(outcome.tally.sent, 2 * 2 * u64::from(TICKS));
}

/// Late in the run, when n0 has decided otherwise than n1: who turns out to be corrupt does not
/// count, and whoever is not does.
#[test]
fn facts_are_judged_in_the_world_as_it_turned_out() {
    let decided = |adversary: &str| {
        let world = format!("nodes: 2, adversary: {adversary}");
        let notary = notary("disagree: true", &world);
        let outcome = notary.case().worker().run(&mut Kindest).clone();
        outcome.verdicts[0].kind()
    };
    assert_eq!(decided("Honest"), VerdictKind::Violated);
    assert_eq!(decided(r#"Attack(name: "late-conviction")"#), VerdictKind::Violated);
    assert_eq!(decided(r#"Attack(name: "late-conviction", budget: 1)"#), VerdictKind::Holds);
    assert_eq!(told(), [7, 7]);
    // One worker for many runs: nobody stays a traitor.
    let both = notary("disagree: true", r#"nodes: 2, adversary: Adaptive(budget: 1)"#);
    let mut worker = both.case().worker();
    let verdicts: BTreeSet<VerdictKind> =
        (0..40).map(|seed| worker.run_seed(seed).verdicts[0].kind()).collect();
    assert_eq!(verdicts, [VerdictKind::Holds, VerdictKind::Violated].into());
    let again = worker.run(&mut Kindest).verdicts[0].kind();
    assert_eq!(again, VerdictKind::Violated);
}

/// Who is woken now is woken a moment later, and virtual time goes on.
#[test]
fn it_wakes_in_order_and_cannot_stop_the_clock() {
    attacked("sleeper", TRAITOR).case().worker().run(&mut Kindest);
    let ms = |n: u64| n * 1_000_000;
    assert_eq!(told(), [0, 10 * ms(3), 10 * (ms(3) + 1), 10 * (ms(3) + 2), 1]);
}

/// Only the network heals (DLS88).
#[test]
fn a_corrupt_node_stays_so_after_stabilisation() {
    let world = r#"nodes: 3, faults: { 2: Byzantine }, adversary: Flip,
        timing: PartiallySynchronous(delta: "10ms", gst: "5ms")"#;
    let trace = traced(&notary("", world), &mut Kindest);
    let lies = trace.entries.iter().filter(|entry| matches!(entry.what, What::Lied { .. }));
    let late = lies.filter(|entry| entry.at > Time::ZERO + Span::millis(5)).count();
    assert_eq!(late, 6, "3 receivers, itself among them, in each of 2 rounds");
}

// --- the strategies

const STRATEGIES: &[&str] = &[
    "Honest",
    "Silent",
    "Liar",
    "Flip",
    "Parity",
    "HalfSplit",
    "PathParity",
    "Structured",
    "Delayer",
    "Replayer",
    "Twins",
    "SmallScope(mutations: 3, delays: 3, rounds: 4)",
    "Any",
];

fn worlds() -> impl proptest::strategy::Strategy<Value = String> {
    let timing = prop::sample::select(vec![
        r#"Synchronous(delta: "10ms")"#,
        r#"Synchronous(delta: "1ms", least: "1ms")"#,
        r#"PartiallySynchronous(delta: "5ms", gst: "30ms", before: "40ms")"#,
        r#"Asynchronous(typical: "5ms", doublings: 6)"#,
    ]);
    let links = prop::sample::select(vec![
        "Fifo",
        "Reliable",
        "FairLoss(loss: 0.3, duplicate: 0.2, reorder: 0.5, streak: 2)",
    ]);
    let corrupt =
        prop::sample::select(vec!["0: Byzantine", "2: Byzantine", "1: Byzantine, 2: Byzantine"]);
    (3u16..6, timing, links, corrupt).prop_map(|(n, timing, links, corrupt)| {
        format!("nodes: {n}, timing: {timing}, links: {links}, faults: {{ {corrupt} }}")
    })
}

/// Lets the adversary be as kind as it can, and everything else be as it may.
struct Meek(Seeded);

impl Choose for Meek {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        if stream.concern == Concern::Adversary { 0 } else { self.0.pick(stream, among) }
    }
}

/// What happened to the nodes themselves, whatever further copies did.
fn of_nodes(trace: &Trace) -> Vec<String> {
    let mine = trace.entries.iter().filter(|entry| entry.copy == 0);
    mine.map(|entry| trace.line(entry)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_honest_signature_is_ever_forged_and_no_honest_word_twisted(world in worlds(), from in 0u64..1_000_000) {
        let budget = ["Adaptive(budget: 1)"];
        for strategy in STRATEGIES.iter().chain(&budget) {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            let mut worker = case.case().worker();
            for seed in from..from + 4 {
                let outcome = worker.run_seed(seed);
                let faithful = &outcome.verdicts[3];
                prop_assert_eq!(faithful.kind(), VerdictKind::Holds, "{}: {}", strategy, faithful);
                let sound = &outcome.verdicts[4];
                prop_assert_eq!(sound.kind(), VerdictKind::Holds, "{}: {}", strategy, sound);
            }
        }
    }

    #[test]
    fn only_corrupt_nodes_lie(world in worlds(), seed in any::<u64>()) {
        for strategy in STRATEGIES.iter().chain(&["Adaptive(budget: 2)"]) {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            let (outcome, trace) = case.case().worker().trace(&mut Seeded::new(seed));
            let lied = |entry: &&Entry| matches!(entry.what, What::Lied { .. });
            let mut lies = 0;
            for entry in trace.entries.iter().filter(lied) {
                prop_assert!(trace.is_corrupt(entry.node, entry.event), "{}: {}", strategy, trace.line(entry));
                lies += 1;
            }
            prop_assert_eq!(lies == 0, outcome.tally.lies == 0, "{}", strategy);
        }
    }

    /// Choice 0 is what would happen without an adversary, whatever chance does.
    #[test]
    fn the_kindest_choices_of_every_strategy_give_the_honest_run(world in worlds(), seed in any::<u64>()) {
        let run = |strategy: &str| {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            case.case().worker().trace(&mut Meek(Seeded::new(seed)))
        };
        let (_, honest) = run("Honest");
        for strategy in ["Liar", "Structured", "Delayer", "Replayer", "Twins", "Any", "Adaptive(budget: 2)",
            "SmallScope(mutations: 2, delays: 2, rounds: 4)"] {
            let (outcome, trace) = run(strategy);
            prop_assert_eq!(of_nodes(&honest), of_nodes(&trace), "{}", strategy);
            prop_assert_eq!(outcome.tally.lies, 0, "{}", strategy);
        }
    }
}

// --- twins

/// n0 has two copies with inputs of their own; n1 talks to one and n2 to the other.
#[test]
fn twins_have_states_timers_and_inputs_of_their_own() {
    /// n2 is on the other side, and the second copy has the second input.
    struct Divided;
    impl Choose for Divided {
        fn pick(&mut self, stream: Stream, _: Among) -> u64 {
            u64::from(stream.concern == Concern::Adversary && stream.a != 1)
        }
    }
    let twins = notary("", "nodes: 3, faults: { 0: Byzantine }, adversary: Twins");
    let trace = traced(&twins, &mut Divided);
    let of = |node: u16, copy: u8, what: fn(&What) -> bool| -> Vec<String> {
        let mine = |entry: &&Entry| (entry.node, entry.copy) == (NodeId(node), copy);
        let mine = trace.entries.iter().filter(mine).filter(|entry| what(&entry.what));
        mine.map(|entry| trace.line(entry)).collect()
    };
    let given = |what: &What| *what == What::Proposed;
    assert!(of(0, 0, given)[0].ends_with("n0* is given 0"));
    assert!(of(0, 1, given)[0].ends_with("n0*' is given 10"));
    for (copy, peer, stranger) in [(0, 1, 2), (1, 2, 1)] {
        let fired = of(0, copy, |what| *what == What::TimerFired).len();
        assert_eq!(fired, 4, "each copy has its own timers");
        let sent = of(0, copy, |what| matches!(what, What::Sent { .. }));
        assert!(sent.iter().any(|line| line.contains(&format!("-> n{peer} "))), "{sent:?}");
        assert!(!sent.iter().any(|line| line.contains(&format!("-> n{stranger} "))), "{sent:?}");
        let heard = of(0, copy, |what| matches!(what, What::Delivered { .. }));
        assert!(heard.iter().any(|line| line.contains(&format!("<- n{peer} "))), "{heard:?}");
        assert!(!heard.iter().any(|line| line.contains(&format!("<- n{stranger} "))), "{heard:?}");
    }
    // What the second copy tells itself is handed over; the first does it as nodes do.
    assert_eq!(of(0, 1, |what| matches!(what, What::Handed { .. })).len(), 3);
    assert_eq!(of(0, 0, |what| matches!(what, What::Handed { .. })).len(), 0);
}

#[test]
fn a_copy_that_is_nobody_in_particular_decides_nothing_for_its_node() {
    let twins = notary("", "nodes: 3, faults: { 0: Byzantine }, adversary: Twins");
    let report = twins.seeds(0..50);
    assert_eq!(report.runs, 50);
}

/// A lie that is told may still come to nothing.
#[test]
fn lies_are_counted_as_they_are_told_as_they_arrive_and_as_they_are_ignored() {
    let tally = |world: &str| {
        let notary = notary("", world);
        notary.case().worker().run(&mut Kindest).tally
    };
    // n2 lies to all three, itself among them, in each round; the first lie is signed anew.
    let flip = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Flip");
    assert_eq!((flip.lies, flip.lies_arrived, flip.lies_ignored), (9, 9, 0));
    let parity = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Parity");
    assert_eq!((parity.lies, parity.lies_arrived), (3, 3));
    // Withheld is a lie that never arrives.
    let silent = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Silent");
    assert_eq!((silent.lies, silent.lies_arrived), (9, 0));
    // Nobody hears what is said to a node that is down.
    let down = "nodes: 3, faults: { 1: CrashStop(at: Time(\"0ms\")), 2: Byzantine }";
    let parity = tally(&format!("{down}, adversary: Parity"));
    assert_eq!((parity.lies, parity.lies_arrived), (3, 0));
    let honest = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Honest");
    assert_eq!((honest.lies, honest.lies_arrived), (0, 0));
    // Some of what a liar chooses at random are forgeries, which are noticed.
    let liar = notary("", "nodes: 3, faults: { 2: Byzantine }, adversary: Liar");
    let tally = generals::testing::campaign(liar.case(), 0..20).tally;
    assert!(0 < tally.lies_ignored && tally.lies_ignored < tally.lies_arrived, "{tally:?}");
    assert!(tally.lies_arrived < tally.lies, "{tally:?}");
}
