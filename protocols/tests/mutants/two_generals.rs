//! The chain of acknowledgements with mistakes.

use std::fmt;

use generals::testing::{Check, check};
use generals::{
    Agreement, Cx, Deviation, NodeId, Obedience, Promises, Protocol, Script, Scripted, Stream,
};
use generals_models::Concern::{self, Copies, Loss};
use generals_protocols::{Order, TwoGenerals};
use serde::{Deserialize, Serialize};

use crate::same_in_every_run;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// TG-1: attack as soon as my own last message is sent.
    NoWait,
    /// TG-2: a duplicate is taken for the next message of the chain.
    DuplicateIsNext,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Config {
    length: u32,
    mutation: Mutation,
}

/// One general, who remembers the highest message of the chain that he sent or received.
struct ChainAgain {
    reached: u32,
    order: Order,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link(u32, Order);

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}: {}", self.0, self.1)
    }
}

impl ChainAgain {
    fn send(&mut self, j: u32, cx: &mut Cx<'_, Self>) {
        if j <= cx.config().length {
            self.reached = j;
            cx.multicast(Link(j, self.order));
        }
    }
}

impl Protocol for ChainAgain {
    const NAME: &'static str = "chain-again";
    const ABOUT: &'static str = "order, acknowledgement, acknowledgement of that";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Link;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), cx.expected_delay() * u64::from(cx.config().length));
        Self { reached: 0, order: Order::Retreat }
    }

    fn on_input(&mut self, order: Order, cx: &mut Cx<'_, Self>) {
        self.order = order;
        if order == Order::Attack {
            self.send(1, cx);
        }
    }

    fn on_message(&mut self, _: NodeId, Link(j, order): Link, cx: &mut Cx<'_, Self>) {
        let mine = cx.me().0 == u16::from(j % 2 == 1);
        let next = match cx.config().mutation {
            Mutation::DuplicateIsNext => mine && j <= self.reached + 1,
            _ => mine && j == self.reached + 1,
        };
        if next {
            self.order = order;
            self.reached += 1;
            self.send(self.reached + 1, cx);
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        let Config { length, mutation } = *cx.config();
        let enough = if mutation == Mutation::NoWait { length - 1 } else { length };
        let attack = self.order == Order::Attack && self.reached >= enough;
        cx.decide(if attack { Order::Attack } else { Order::Retreat });
    }

    fn promises(_: &Config) -> Promises<Self> {
        Promises::none().and(Agreement::default()).and(Obedience::to(NodeId(0)))
    }
}

/// Everything may be lost and everything may be doubled.
const WORLD: &str = r#"inputs: { 0: [Attack, Retreat] },
    world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"),
            links: FairLoss(loss: 0.5, duplicate: 0.5, streak: 1000))"#;

fn again(length: u32, mutation: Mutation) -> Check<ChainAgain> {
    let config = format!("(length: {length}, mutation: {mutation:?})");
    check(&format!(r#"(protocol: "chain-again", config: {config}, {WORLD})"#))
}

/// Whether agreement breaks if this, and only this, goes wrong.
fn breaks(chain: &Check<ChainAgain>, wrong: &[(Concern, u16, u16, u32)]) -> bool {
    let deviation =
        |&(concern, a, b, nth)| Deviation { stream: Stream { concern, a, b }, nth, answer: 1 };
    let script: Script = wrong.iter().map(deviation).collect();
    let mut worker = chain.case().worker();
    worker.run(&mut Scripted::new(&script)).verdicts[0].kind().is_broken()
}

#[test]
fn two_implementations_of_the_chain_are_the_same_in_every_run() {
    for d in 1..=6 {
        let shipped = check::<TwoGenerals>(&format!(
            r#"(protocol: "two-generals", config: Chain(length: {d}), {WORLD})"#
        ));
        // Of each message 0, 1 or 2 copies arrive, and without an order there is none.
        let runs = (0..=d).map(|i| 2_u64.pow(i)).sum::<u64>() + 1;
        assert_eq!(same_in_every_run(&shipped, &again(d, Mutation::None)), runs, "d = {d}");
    }
}

/// It is the chain without its last message: with acknowledgement, the loss of the order breaks it.
#[test]
fn who_does_not_wait_for_the_acknowledgement_is_caught_by_the_loss_of_the_order() {
    let order_lost = [(Loss, 0, 1, 0)];
    assert!(breaks(&again(2, Mutation::NoWait), &order_lost));
    assert!(!breaks(&again(2, Mutation::None), &order_lost));
    let first_acknowledgement_lost = [(Loss, 1, 0, 0)];
    assert!(breaks(&again(3, Mutation::NoWait), &first_acknowledgement_lost));
    assert!(!breaks(&again(3, Mutation::None), &first_acknowledgement_lost));
}

#[test]
fn who_takes_a_duplicate_for_the_next_message_is_caught_by_doubling_1_and_losing_2() {
    let wrong = [(Copies, 0, 1, 0), (Loss, 1, 0, 0)];
    assert!(breaks(&again(3, Mutation::DuplicateIsNext), &wrong));
    assert!(!breaks(&again(3, Mutation::None), &wrong));
}
