//! Paxos a second time, as a log of what was accepted, and with mistakes.

use std::fmt;

use generals::testing::check;
use generals::{Cx, NodeId, Promises, Protocol};
use generals_protocols::{Paxos, paxos};
use serde::{Deserialize, Serialize};

use crate::{Killed, again, each_is_caught, same_in_every_run, same_in_runs, shipped};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// PX-1: proposes its own value, whatever the promises carry.
    OwnValue,
    /// PX-2: takes the value of the lowest-numbered proposal.
    Lowest,
    /// PX-4: accepting does not raise what is promised.
    KeepsPromise,
    /// PX-5: neither promises nor what is accepted is on the disk.
    NoDisk,
    /// Half of PX-5: what is accepted is not on the disk.
    NoAccepted,
    /// The other half: promises are not on the disk.
    NoPromised,
    /// Answers first, and writes down then.
    AnswersFirst,
    /// A majority of promises for whatever proposals.
    AnyPromise,
    /// Accepts whatever it is asked to.
    AcceptsAll,
    /// Half of the acceptors, rounded up, are enough.
    Half,
    /// No mistake: writes down in two goes, before it says anything.
    InTwoGoes,
    /// No mistake: gives up a proposal as soon as it promises another.
    GivesUp,
    /// No mistake: promises once more what it has promised, to whom it has.
    PromisesAgain,
}

use Mutation::{
    AcceptsAll, AnswersFirst, AnyPromise, GivesUp, Half, InTwoGoes, KeepsPromise, Lowest,
    NoAccepted, NoDisk, NoPromised, OwnValue, PromisesAgain,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Proposers {
    #[default]
    Distinguished,
    Duelling,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    f: u16,
    proposers: Proposers,
    mutation: Mutation,
}

/// Round and proposer.
type Number = (u64, u16);

/// A proposal: its number and value.
type Proposal = (Number, u64);

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Word {
    Ask(Number),
    Yes(Number, Option<Proposal>),
    Take(Proposal),
    Took(Number),
    No(Number, Number),
    Done(u64),
}

/// Never compared.
impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct Disk {
    input: Option<u64>,
    promised: Number,
    accepted: Option<Proposal>,
    done: Option<u64>,
}

#[derive(Default)]
struct PaxosAgain {
    disk: Disk,
    seen: u64,
    tries: u32,
    /// The number of my proposal, and its value in the second phase.
    mine: Option<(Number, Option<u64>)>,
    /// Who answered in this phase, and with what.
    answers: Vec<(NodeId, Option<Proposal>)>,
}

impl PaxosAgain {
    fn save(&self, cx: &mut Cx<'_, Self>) {
        let mut disk = self.disk.clone();
        match cx.config().mutation {
            NoDisk => (disk.promised, disk.accepted) = ((0, 0), None),
            NoAccepted => disk.accepted = None,
            NoPromised => disk.promised = (0, 0),
            InTwoGoes => cx.persist(Disk { accepted: None, ..disk.clone() }),
            _ => {}
        }
        cx.persist(disk);
    }

    fn save_and_answer(&self, to: NodeId, answer: Word, cx: &mut Cx<'_, Self>) {
        if cx.config().mutation == AnswersFirst {
            cx.send(to, answer);
            self.save(cx);
        } else {
            self.save(cx);
            cx.send(to, answer);
        }
    }

    fn enough(&self, cx: &Cx<'_, Self>) -> bool {
        let (heard, all) = (2 * self.answers.len(), usize::from(cx.n()));
        heard > all || (cx.config().mutation == Half && heard == all)
    }

    fn propose(&mut self, cx: &mut Cx<'_, Self>) {
        self.seen += 1;
        self.tries += 1;
        let number = (self.seen, cx.me().0);
        self.disk.promised = number;
        self.save(cx);
        self.mine = Some((number, None));
        self.answers = vec![(cx.me(), self.disk.accepted)];
        cx.multicast(Word::Ask(number));
        self.wait(cx);
        self.go_on(cx);
    }

    fn wait(&self, cx: &mut Cx<'_, Self>) {
        let times = if self.tries == 0 { u64::from(cx.me().0) + 1 } else { 2_u64.pow(self.tries) };
        cx.set_timer((), cx.expected_delay() * (6 * times));
    }

    fn go_on(&mut self, cx: &mut Cx<'_, Self>) {
        if !self.enough(cx) {
            return;
        }
        match self.mine {
            Some((number, None)) => {
                let mut told: Vec<Proposal> = self.answers.iter().filter_map(|a| a.1).collect();
                told.sort_unstable();
                let told = match cx.config().mutation {
                    OwnValue => self.disk.input,
                    Lowest => told.first().map(|proposal| proposal.1),
                    _ => told.last().map(|proposal| proposal.1),
                };
                let Some(value) = told.or(self.disk.input) else {
                    self.mine = None;
                    return;
                };
                self.mine = Some((number, Some(value)));
                self.answers.clear();
                if number >= self.disk.promised {
                    self.disk.accepted = Some((number, value));
                    self.answers.push((cx.me(), None));
                    self.save(cx);
                }
                cx.multicast(Word::Take((number, value)));
                self.go_on(cx);
            }
            Some((_, Some(value))) => {
                self.done(value, cx);
                cx.multicast(Word::Done(value));
            }
            None => {}
        }
    }

    fn done(&mut self, value: u64, cx: &mut Cx<'_, Self>) {
        if self.disk.done.is_none() {
            self.mine = None;
            self.disk.done = Some(value);
            self.save(cx);
            cx.decide(value);
            cx.cancel_timer(());
        }
    }

    /// An answer to the proposal of this number, in the phase in which there is a value or none.
    fn answer(
        &mut self,
        from: NodeId,
        number: Number,
        told: Option<Option<Proposal>>,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some((mine, value)) = self.mine else { return };
        let any = cx.config().mutation == AnyPromise && told.is_some();
        let new = !self.answers.iter().any(|(who, _)| *who == from);
        if new && value.is_none() == told.is_some() && (mine == number || any) {
            self.answers.push((from, told.flatten()));
            self.go_on(cx);
        }
    }

    fn asked(&mut self, number: Number, value: Option<u64>, cx: &mut Cx<'_, Self>) {
        let proposer = NodeId(number.1);
        let mutation = cx.config().mutation;
        if let Some(value) = self.disk.done {
            return cx.send(proposer, Word::Done(value));
        }
        if number < self.disk.promised && !(mutation == AcceptsAll && value.is_some()) {
            return cx.send(proposer, Word::No(number, self.disk.promised));
        }
        let answer = match value {
            None if number == self.disk.promised && mutation != PromisesAgain => return,
            None => {
                self.disk.promised = number;
                Word::Yes(number, self.disk.accepted)
            }
            Some(value) => {
                if mutation != KeepsPromise {
                    self.disk.promised = number.max(self.disk.promised);
                }
                self.disk.accepted = Some((number, value));
                Word::Took(number)
            }
        };
        self.save_and_answer(proposer, answer, cx);
        if mutation == GivesUp && value.is_none() {
            self.mine = None;
        }
        self.seen = self.seen.max(number.0);
        self.wait(cx);
    }
}

impl Protocol for PaxosAgain {
    const NAME: &'static str = "paxos";
    const ABOUT: &'static str = "Paxos, once more";
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Word;
    type Timer = ();
    type Durable = Disk;

    fn boot(disk: Option<Disk>, cx: &mut Cx<'_, Self>) -> Self {
        let disk = disk.unwrap_or_default();
        let node = Self { seen: disk.promised.0, disk, ..Self::default() };
        match node.disk.done {
            Some(value) => cx.decide(value),
            None => node.wait(cx),
        }
        node
    }

    fn on_input(&mut self, value: u64, cx: &mut Cx<'_, Self>) {
        self.disk.input = Some(value);
        self.save(cx);
        let first = cx.me().0 == 0 || cx.config().proposers == Proposers::Duelling;
        if first && self.disk.done.is_none() {
            self.propose(cx);
        }
    }

    fn on_message(&mut self, from: NodeId, word: Word, cx: &mut Cx<'_, Self>) {
        match word {
            Word::Ask(number) => self.asked(number, None, cx),
            Word::Take((number, value)) => self.asked(number, Some(value), cx),
            Word::Yes(number, told) => self.answer(from, number, Some(told), cx),
            Word::Took(number) => self.answer(from, number, None, cx),
            Word::No(number, promised) => {
                self.seen = self.seen.max(promised.0);
                if self.mine.is_some_and(|mine| mine.0 == number) {
                    self.mine = None;
                    if cx.config().proposers == Proposers::Duelling {
                        self.propose(cx);
                    }
                }
            }
            Word::Done(value) => self.done(value, cx),
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        self.propose(cx);
    }

    fn promises(config: &Config) -> Promises<Self> {
        paxos::promises(&paxos::Config { f: config.f, ..paxos::Config::default() })
    }
}

/// The scenarios within the assumptions of uniform agreement.
const SAFE: &[&str] = &[
    "paxos-n3-calm",
    "paxos-n3-asynchronous",
    "paxos-n5-crashes",
    "paxos-n3-recovery",
    "paxos-n3-disk-first",
    "paxos-n3-accept-kept",
    "paxos-n3-promise-kept",
    "paxos-n3-overtaken",
    "paxos-n3-lossy",
    "paxos-n3-learner",
    "paxos-n3-duel-breaks-off",
    "paxos-n4-cut",
    "paxos-n4-stuck",
];

#[test]
fn two_implementations_of_paxos_are_the_same_in_every_run() {
    for name in SAFE.iter().chain(&["paxos-n3-amnesia"]) {
        let one = check::<Paxos>(&shipped(name, &[]));
        same_in_runs(&one, &again::<PaxosAgain>(name, Mutation::None), 0..200);
    }
    let small = r#"(protocol: "paxos", inputs: { 0: [7], 1: [8] },
        world: (nodes: 2, faults: { 1: CrashStop(at: Step(nth: 3, after_effects: 1)) }),
        limits: (horizon: "150ms"))"#;
    assert!(same_in_every_run(&check::<Paxos>(small), &check::<PaxosAgain>(small)) > 4);
}

const KILLED: &[Killed<Mutation>] = &[
    (OwnValue, "paxos-n3-duel-breaks-off", &["uniform-agreement"]),
    (Lowest, "paxos-n3-duel-breaks-off", &["uniform-agreement"]),
    (KeepsPromise, "paxos-n3-overtaken", &["uniform-agreement"]),
    (NoDisk, "paxos-n3-accept-kept", &["uniform-agreement"]),
    (NoDisk, "paxos-n3-promise-kept", &["uniform-agreement"]),
    (NoAccepted, "paxos-n3-accept-kept", &["uniform-agreement"]),
    (NoPromised, "paxos-n3-promise-kept", &["uniform-agreement"]),
    (AnswersFirst, "paxos-n3-disk-first", &["uniform-agreement"]),
    (AnyPromise, "paxos-n3-duel-breaks-off", &["uniform-agreement"]),
    (AcceptsAll, "paxos-n3-duel-breaks-off", &["uniform-agreement"]),
    (Half, "paxos-n4-cut", &["uniform-agreement"]),
];

#[test]
fn every_mistake_of_paxos_is_caught_by_a_shipped_scenario() {
    each_is_caught(KILLED, 500, again::<PaxosAgain>);
}

#[test]
fn what_only_looks_like_a_mistake_of_paxos_is_not_reported() {
    for mutation in [Mutation::None, InTwoGoes, GivesUp, PromisesAgain] {
        for name in SAFE {
            again::<PaxosAgain>(name, mutation).seeds(0..200);
        }
    }
}
