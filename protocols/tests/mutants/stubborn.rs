//! Stubborn links a second time, in the hand of a protocol that brings its own, and with mistakes.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, campaign, check};
use generals::{Cx, NodeId, Promises, Protocol, Span, VerdictKind};
use generals_protocols::Broadcast;
use generals_protocols::broadcast::{Config, Log, promises, slot};
use serde::{Deserialize, Serialize};

use crate::worst;

const NONE: u8 = 0;
/// LK-2: what has been delivered is known by what it says, not by who sent it under which number.
const BY_PAYLOAD: u8 = 1;
/// Nothing is sent again.
const FORGETFUL: u8 = 2;
/// What has been delivered is not acknowledged again, though the first acknowledgement was lost.
const ACKS_ONCE: u8 = 3;
/// There is no filter for duplicates.
const NO_FILTER: u8 = 4;
/// LK-1: what was not acknowledged before a crash is not sent again after it.
const FORGETS_IN_A_CRASH: u8 = 5;

/// Reliable broadcast over links of its own: each word is sent to everybody until it is
/// acknowledged, and passed on when it is new.
#[derive(Clone, Debug, Default, Serialize)]
struct OwnLinks<const MUTATION: u8> {
    next: u32,
    delivered: BTreeSet<Known>,
    unacknowledged: BTreeMap<(NodeId, NodeId, u32), u64>,
    /// How often words were delivered that had come from others.
    heard: u32,
}

/// What has been delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
enum Known {
    Tag(NodeId, u32),
    Payload(u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Packet {
    Word(NodeId, u32, u64),
    Ack(NodeId, u32),
}

impl<const MUTATION: u8> OwnLinks<MUTATION> {
    fn diffuse(&mut self, (sender, k): (NodeId, u32), word: u64, cx: &mut Cx<'_, Self>) {
        for to in cx.others() {
            self.unacknowledged.insert((to, sender, k), word);
        }
        if cx.config().log == Log::Synced {
            cx.persist(self.clone());
        }
        for to in cx.others() {
            cx.send(to, Packet::Word(sender, k, word));
        }
        cx.decide_at(slot(sender, k, cx.n()), word);
    }

    fn is_new(&mut self, (sender, k): (NodeId, u32), word: u64) -> bool {
        match MUTATION {
            // With a bound, because such a broadcast never ends.
            NO_FILTER => {
                self.heard += 1;
                self.heard < 20
            }
            BY_PAYLOAD => self.delivered.insert(Known::Payload(word)),
            _ => self.delivered.insert(Known::Tag(sender, k)),
        }
    }
}

impl<const MUTATION: u8> Protocol for OwnLinks<MUTATION> {
    const NAME: &'static str = "broadcast";
    const ABOUT: &'static str = "broadcast over links of its own";
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Packet;
    type Timer = ();
    type Durable = Self;

    fn boot(before: Option<Self>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), Span::millis(25));
        let mut node = before.unwrap_or_default();
        if MUTATION == FORGETS_IN_A_CRASH {
            node.unacknowledged.clear();
        }
        node
    }

    fn on_input(&mut self, word: u64, cx: &mut Cx<'_, Self>) {
        for _ in 0..cx.config().times {
            let tag = (cx.me(), self.next);
            self.next += 1;
            if self.is_new(tag, word) {
                self.diffuse(tag, word, cx);
            }
        }
    }

    fn on_message(&mut self, from: NodeId, packet: Packet, cx: &mut Cx<'_, Self>) {
        match packet {
            Packet::Ack(sender, k) => {
                self.unacknowledged.remove(&(from, sender, k));
            }
            Packet::Word(sender, k, word) => {
                let new = self.is_new((sender, k), word);
                if new {
                    self.diffuse((sender, k), word, cx);
                }
                if new || MUTATION != ACKS_ONCE {
                    cx.send(from, Packet::Ack(sender, k));
                }
            }
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        if MUTATION == FORGETFUL || cx.now().as_nanos() > 10_000_000_000 {
            return;
        }
        for (&(to, sender, k), &word) in &self.unacknowledged {
            cx.send(to, Packet::Word(sender, k, word));
        }
        cx.set_timer((), Span::millis(25));
    }

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }
}

/// The world of a shipped scenario; with its layers, or for a protocol that brings its own.
fn shipped(name: &str, layers: bool) -> String {
    let with = r#"layers: (stubborn: (every: "25ms")),"#;
    crate::shipped(name, &[(with, if layers { with } else { "" })])
}

/// The promises that some of 300 runs break. That these links lose is no excuse here: the protocol
/// brings what makes up for it.
fn broken<P: Protocol>(scenario: &str) -> Vec<String> {
    let worst = worst(&check::<P>(scenario), 300).into_iter();
    worst.filter(|(_, kind)| *kind > VerdictKind::Undetermined).map(|(name, _)| name).collect()
}

const SCENARIO: &str = "broadcast-lossy-stubborn";

#[test]
fn stubborn_links_without_mistakes_keep_every_promise_whoever_brings_them() {
    assert_eq!(broken::<Broadcast>(&shipped(SCENARIO, true)), [""; 0]);
    assert_eq!(broken::<OwnLinks<NONE>>(&shipped(SCENARIO, false)), [""; 0]);
    // Without any, two promises break: the scenario is harsh enough to tell.
    assert_eq!(broken::<Broadcast>(&shipped(SCENARIO, false)), ["validity", "agreement"]);
}

#[test]
fn a_filter_by_payload_is_caught_where_two_nodes_say_the_same() {
    let by_payload = broken::<OwnLinks<BY_PAYLOAD>>(&shipped(SCENARIO, false));
    assert_eq!(by_payload, ["validity", "agreement"]);
    let other_words = shipped(SCENARIO, false).replace("2: [7]", "2: [8]");
    assert_eq!(broken::<OwnLinks<BY_PAYLOAD>>(&other_words), [""; 0]);
}

#[test]
fn no_retransmission_and_no_filter_are_caught() {
    let forgetful = broken::<OwnLinks<FORGETFUL>>(&shipped(SCENARIO, false));
    assert_eq!(forgetful, ["validity", "agreement"]);
    let doubled = broken::<OwnLinks<NO_FILTER>>(&shipped(SCENARIO, false));
    assert!(doubled.contains(&"integrity".to_owned()), "{doubled:?}");
}

#[test]
fn forgetting_in_a_crash_what_was_not_acknowledged_is_caught_where_the_sender_comes_back() {
    let name = "broadcast-lossy-recovery";
    assert_eq!(broken::<Broadcast>(&shipped(name, true)), [""; 0]);
    assert_eq!(broken::<OwnLinks<NONE>>(&shipped(name, false)), [""; 0]);
    let forgets = broken::<OwnLinks<FORGETS_IN_A_CRASH>>(&shipped(name, false));
    assert!(forgets.contains(&"agreement".to_owned()), "{forgets:?}");
    // Where nobody goes down it is right.
    let nobody = shipped(SCENARIO, false);
    assert_eq!(broken::<OwnLinks<FORGETS_IN_A_CRASH>>(&nobody), [""; 0]);
}

/// It keeps every promise, and is seen in what it costs: nobody ever hears that he may stop.
#[test]
fn not_acknowledging_duplicates_is_caught_by_its_cost() {
    let sent = |report: generals::fuzz::Report| report.tally.sent;
    let right: Check<OwnLinks<NONE>> = check(&shipped(SCENARIO, false));
    let wrong: Check<OwnLinks<ACKS_ONCE>> = check(&shipped(SCENARIO, false));
    let (right, wrong) = (sent(campaign(right.case(), 0..10)), sent(campaign(wrong.case(), 0..10)));
    assert!(wrong > 10 * right, "{wrong} messages instead of {right}");
}
