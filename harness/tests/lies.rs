//! Lies that nobody wrote: protocols that say nothing of lying, and an adversary that lies for them.

use std::collections::BTreeMap;

use generals::testing::{Check, check};
use generals::{
    Agreement, Assumptions, Case, Cx, Lockstep, NodeId, Opaque, Promises, Protocol, Round, Rounds,
    Seeded, Signed, VerdictKind, Zoom,
};
use serde::{Deserialize, Serialize};

/// How often this verdict was given on the promise of this number, over 300 seeds.
fn count(case: &dyn Case, promise: usize, kind: VerdictKind) -> usize {
    let mut worker = case.worker();
    (0..300).filter(|seed| worker.run_seed(*seed).verdicts[promise].kind() == kind).count()
}

/// The stories of so many runs, one after the other.
fn stories(case: &dyn Case, seeds: u64) -> String {
    let mut worker = case.worker();
    (0..seeds).map(|seed| worker.trace(&mut Seeded::new(seed)).1.text(Zoom::All)).collect()
}

// --- a protocol as a beginner would write it

/// Never sent by anybody: `Abstain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Vote {
    No,
    Yes,
    Abstain,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ballot {
    vote: Vote,
}

/// Everybody votes, and decides what more than half of all votes say.
struct Poll(BTreeMap<NodeId, Vote>);

impl Protocol for Poll {
    const NAME: &'static str = "poll";
    const ABOUT: &'static str = "believes everybody";
    type Config = ();
    type Input = bool;
    type Value = Vote;
    type Message = Ballot;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self(BTreeMap::new())
    }
    fn on_input(&mut self, yes: bool, cx: &mut Cx<'_, Self>) {
        let vote = if yes { Vote::Yes } else { Vote::No };
        cx.multicast(Ballot { vote });
        self.on_message(cx.me(), Ballot { vote }, cx);
    }
    fn on_message(&mut self, from: NodeId, ballot: Ballot, cx: &mut Cx<'_, Self>) {
        self.0.insert(from, ballot.vote);
        if self.0.len() == usize::from(cx.n()) {
            let yes = self.0.values().filter(|vote| **vote == Vote::Yes).count();
            cx.decide(if 2 * yes > self.0.len() { Vote::Yes } else { Vote::No });
        }
    }
    fn promises(_: &()) -> Promises<Self> {
        Promises::none()
            .and(Agreement::default())
            .under(Assumptions::asynchronous().fair_loss().any_byzantine())
    }
}

fn poll(adversary: &str) -> Check<Poll> {
    check(&format!(
        r#"(protocol: "poll", inputs: {{ 0: [true], 1: [true], 2: [false], 3: [true] }},
            world: (nodes: 4, faults: {{ 3: Byzantine }}, adversary: {adversary}))"#
    ))
}

#[test]
fn a_protocol_that_knows_no_lies_is_broken_by_the_liar() {
    assert_eq!(count(poll("Silent").case(), 0, VerdictKind::Violated), 0);
    let broken = count(poll("Liar").case(), 0, VerdictKind::Violated);
    // Whoever is told the truth decides Yes, whoever is lied to No. Of three who are each told the
    // truth, a lie or nothing, two decide differently in 27 - 2 * 8 + 1 of 27 ways: 133 in 300 runs.
    assert!((100..167).contains(&broken), "{broken}");
}

#[test]
fn even_what_nobody_says_is_said() {
    let told = stories(poll("Liar").case(), 40);
    assert!(told.contains("Abstain") && told.contains("No"), "{told}");
}

#[test]
fn a_derived_lie_is_repeated_by_its_seed() {
    let check = poll("Liar");
    let mut worker = check.case().worker();
    for seed in 0..50 {
        let (once, again) =
            (worker.run_seed(seed).clone(), check.case().worker().run_seed(seed).clone());
        assert_eq!(once, again, "seed {seed}");
        assert_eq!(worker.trace(&mut Seeded::new(seed)).0, once, "seed {seed}");
    }
}

/// A message of a library that knows no serde: it travels, and the liar tells the truth.
#[test]
fn an_opaque_message_travels_and_is_never_bent() {
    #[derive(Clone, Debug)]
    struct Theirs(u8);
    struct Plain;
    impl Protocol for Plain {
        const NAME: &'static str = "plain";
        const ABOUT: &'static str = "decides what it hears";
        type Config = ();
        type Input = u8;
        type Value = u8;
        type Message = Opaque<Theirs>;
        type Timer = ();
        type Durable = ();
        fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
            Self
        }
        fn on_input(&mut self, n: u8, cx: &mut Cx<'_, Self>) {
            cx.multicast(Theirs(n).into());
        }
        fn on_message(&mut self, _: NodeId, Opaque(theirs): Opaque<Theirs>, cx: &mut Cx<'_, Self>) {
            cx.decide(theirs.0);
        }
        fn promises(_: &()) -> Promises<Self> {
            Promises::none()
                .and(Agreement::default())
                .under(Assumptions::asynchronous().fair_loss().any_byzantine())
        }
    }
    let check = check::<Plain>(
        r#"(protocol: "plain", inputs: { 0: [7, 8] },
            world: (nodes: 3, faults: { 0: Byzantine }, adversary: Liar))"#,
    );
    assert_eq!(count(check.case(), 0, VerdictKind::Violated), 0);
    // The digest tells the messages apart by what they look like.
    let mut worker = check.case().worker();
    let mut digests: Vec<_> = (0..100).map(|seed| worker.run_seed(seed).digest).collect();
    digests.sort();
    digests.dedup();
    assert!(digests.len() > 50);
    assert!(stories(check.case(), 20).contains("Theirs(7)"));
}

// --- in rounds, with signatures

/// Everybody signs a number in the first round, and passes on what it got in the second.
struct Relay {
    heard: Vec<Signed<u64>>,
}

/// What a node signs, if it is honest.
fn own(node: NodeId) -> u64 {
    1_000_003 * (u64::from(node.0) + 1)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Passed {
    Own(Signed<u64>),
    Others(Vec<Signed<u64>>),
}

impl Rounds for Relay {
    const NAME: &'static str = "relay";
    const ABOUT: &'static str = "passes signatures on";
    type Config = ();
    type Input = ();
    type Value = u64;
    type Message = Passed;

    fn new(_: Option<()>, _: &Round<'_, '_, Self>) -> Self {
        Self { heard: Vec::new() }
    }
    fn last(_: &Round<'_, '_, Self>) -> u32 {
        1
    }
    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let signed = cx.sign(own(cx.me()));
        cx.say_all(if round == 0 {
            Passed::Own(signed)
        } else {
            Passed::Others(self.heard.clone())
        });
    }
    fn receive(&mut self, _: u32, _: NodeId, passed: Passed, cx: &mut Round<'_, '_, Self>) {
        let all = match passed {
            Passed::Own(one) => vec![one],
            Passed::Others(all) => all,
        };
        for signed in all {
            match signed.verify(cx.verifier()) {
                // n3 is corrupt, and may sign what it likes.
                Ok((by, n)) => assert!(by == NodeId(3) || *n == own(by), "{n} in the name of {by}"),
                Err(_) => cx.discard("forged"),
            }
            self.heard.push(signed);
        }
    }
    fn finish(&mut self, _: &mut Round<'_, '_, Self>) -> u64 {
        0
    }
    fn promises(_: &()) -> Promises<Lockstep<Self>> {
        Promises::none()
    }
}

fn relay() -> Check<Lockstep<Relay>> {
    check(r#"(protocol: "relay", world: (nodes: 4, faults: { 3: Byzantine }, adversary: Liar))"#)
}

#[test]
fn the_liar_signs_as_itself_and_as_nobody_else() {
    let check = relay();
    assert_eq!(count(check.case(), 0, VerdictKind::Holds), 300, "the only verdict is on soundness");
    let told = stories(check.case(), 100);
    // It did try.
    assert!(told.contains("ignores"), "nothing was forged");
    let changed = format!("Own({}:n3)", own(NodeId(3)) + 1);
    assert!(told.contains(&changed), "it did not sign anew");
}

/// The number of a round is the clock's, not the protocol's.
#[test]
fn nothing_is_said_outside_its_round() {
    let told = stories(relay().case(), 100);
    assert!(!told.contains("outside its round"), "{told}");
    assert!(told.contains("instead of"), "{told}");
}

/// What is seen in a run is what is lied with: here a value that no neighbour comes near.
#[test]
fn lies_are_made_of_what_was_seen() {
    let told = stories(relay().case(), 100);
    let first = own(NodeId(0));
    assert!(told.contains(&format!("{first}:n3")), "n3 signs what n0 said");
}
