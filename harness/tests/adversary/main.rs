//! What an adversary can do, and above all what it cannot: each power is used to its limit and
//! beyond. The protocol under test is made of signatures and knows who said what.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod limits;
mod strategies;

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

use limits::{ATTACKS, attack};

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
