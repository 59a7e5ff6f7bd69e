//! Reliable broadcast a second time, and with mistakes.

use std::collections::BTreeSet;
use std::fmt;

use generals::testing::check;
use generals::{Cx, NodeId, Promises, Protocol};
use generals_protocols::Broadcast;
use generals_protocols::broadcast::{Config, promises};
use serde::{Deserialize, Serialize};

use crate::same_in_every_run;

const NONE: u8 = 0;
/// Best-effort broadcast: nobody passes on what he is told.
const NO_RELAY: u8 = 1;
/// What has been delivered is known by what it says, not by who said it as which of his messages.
const BY_WORD: u8 = 2;
/// What has been delivered is known by who said it only.
const BY_SENDER: u8 = 3;
/// No mistake: deliver, then relay, as Cachin and others have it.
const DELIVER_FIRST: u8 = 4;

/// One process, by what it has seen.
#[derive(Default)]
struct Again<const MUTATION: u8> {
    seen: BTreeSet<(Option<u16>, Option<u32>, Option<u64>)>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Word(u16, u32, u64);

/// As in the other, so that corrupt nodes and decisions can be compared.
impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of n{}#{}", self.2, self.0, self.1)
    }
}

impl<const MUTATION: u8> Protocol for Again<MUTATION> {
    const NAME: &'static str = "broadcast";
    const ABOUT: &'static str = "broadcast, once more";
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Word;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    fn on_input(&mut self, word: u64, cx: &mut Cx<'_, Self>) {
        for k in 0..cx.config().times {
            self.on_message(cx.me(), Word(cx.me().0, k, word), cx);
        }
    }

    fn on_message(&mut self, from: NodeId, m: Word, cx: &mut Cx<'_, Self>) {
        let Word(sender, k, word) = m;
        let key = match MUTATION {
            BY_WORD => (None, None, Some(word)),
            BY_SENDER => (Some(sender), None, None),
            _ => (Some(sender), Some(k), None),
        };
        if !self.seen.insert(key) {
            return;
        }
        let slot = u64::from(k) * u64::from(cx.n()) + u64::from(sender);
        if MUTATION == DELIVER_FIRST {
            cx.decide_at(slot, word);
        }
        if MUTATION != NO_RELAY || from == cx.me() {
            for to in cx.others() {
                cx.send(to, m.clone());
            }
        }
        if MUTATION != DELIVER_FIRST {
            cx.decide_at(slot, word);
        }
    }

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }
}

fn shipped(name: &str) -> String {
    crate::shipped(name, &[])
}

/// The promises that some of 300 runs of a scenario violate.
fn violated<P: Protocol>(scenario: &str) -> Vec<String> {
    crate::violated(&check::<P>(scenario), 300)
}

/// In two nodes' broadcasts and one crash, in all orders.
#[test]
fn two_implementations_of_broadcast_are_the_same_in_every_run() {
    let case = |faults: &str| {
        format!(
            r#"(protocol: "broadcast", inputs: {{ 0: [7, 8] }},
                world: (nodes: 3, faults: {{ {faults} }}))"#
        )
    };
    for faults in ["", "0: CrashStop(at: Step(nth: 1, after_effects: 1))", "2: Byzantine"] {
        let case = case(faults);
        let runs = same_in_every_run::<Broadcast, Again<NONE>>(&check(&case), &check(&case));
        assert!(runs > 1, "{faults}");
    }
}

const SCENARIOS: [&str; 3] = ["broadcast-calm", "broadcast-crash", "broadcast-lossy"];

#[test]
fn without_mistakes_nothing_is_violated() {
    for name in SCENARIOS {
        assert_eq!(violated::<Broadcast>(&shipped(name)), [""; 0], "{name}");
        assert_eq!(violated::<Again<NONE>>(&shipped(name)), [""; 0], "{name}");
        assert_eq!(violated::<Again<DELIVER_FIRST>>(&shipped(name)), [""; 0], "{name}");
    }
}

#[test]
fn best_effort_broadcast_is_caught_where_the_broadcaster_dies_halfway() {
    assert_eq!(violated::<Again<NO_RELAY>>(&shipped("broadcast-calm")), [""; 0]);
    assert_eq!(violated::<Again<NO_RELAY>>(&shipped("broadcast-crash")), ["agreement"]);
}

#[test]
fn knowing_messages_by_what_they_say_is_caught_where_two_say_the_same() {
    assert_eq!(violated::<Again<BY_WORD>>(&shipped("broadcast-crash")), [""; 0]);
    let calm = violated::<Again<BY_WORD>>(&shipped("broadcast-calm"));
    assert_eq!(calm, ["validity", "agreement"]);
}

#[test]
fn knowing_messages_by_their_sender_is_caught_where_one_says_it_twice() {
    assert_eq!(violated::<Again<BY_SENDER>>(&shipped("broadcast-calm")), [""; 0]);
    let twice = shipped("broadcast-calm").replace("inputs:", "config: (times: 2), inputs:");
    assert_eq!(violated::<Again<BY_SENDER>>(&twice), ["validity"]);
}
