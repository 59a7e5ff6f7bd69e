//! Two generals, and the messengers between them.
//!
//! J. Gray, *Notes on Data Base Operating Systems*, 1978, section 5.8.3.3.1: two generals must
//! attack together or not at all, and their messengers may be captured. No protocol of finitely
//! many messages can promise that: the last message of a shortest successful run may be lost, and
//! its sender cannot notice. Every variant here shows that from another side.
//!
//! | variant | says | breaks |
//! |---|---|---|
//! | [`Variant::Chain`] of length 1, `copies` r | the order, r times over | if all r copies are lost: q^r |
//! | [`Variant::Chain`] of length d | order, acknowledgement, acknowledgement of that, … | exactly if the d-th message is lost |
//! | [`Variant::UntilAcknowledged`] | the order again and again until it is acknowledged | never, but nobody can name the hour |
//!
//! In a chain, message j goes to the other general for odd j and comes back for even j, and is sent
//! only after message j-1 arrived. At dawn, when all d messages have had their time, a general
//! attacks if there is an order and every message addressed to him arrived. So the sender of the
//! last message attacks without knowing whether it arrived.
//!
//! *Deviations from the paper*: it speaks of "messengers" only and gives no algorithm; the chain is
//! the folklore of its impossibility argument. n0 holds the order. With lost messages agreement is
//! out of model, as it must be.

use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Cx, Fact, Integrity, NodeId, Obedience, Promises, Property,
    Protocol, Scenario, Span, Termination, Witness, World,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Attack, Retreat};

/// The general who holds the order.
const COMMANDER: NodeId = NodeId(0);
/// The one who is to hear of it.
const OTHER: NodeId = NodeId(1);

/// The state of one general.
pub struct TwoGenerals {
    order: Option<Order>,
    /// How many messages addressed to me arrived, in a chain.
    heard: u32,
    decided: bool,
}

/// The variants of the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Variant {
    /// A chain of `length` messages, each sent in so many `copies`.
    Chain {
        /// d: how many messages; 1 is the order alone, 2 adds an acknowledgement, and so on.
        length: u32,
        /// r: how many messengers carry each message.
        #[serde(default = "one")]
        copies: u32,
    },
    /// The order again and again until it is acknowledged. Whoever acknowledges last never learns
    /// whether that was heard, so he must stay awake for ever.
    UntilAcknowledged {
        /// How long to wait before sending the order again.
        every: Span,
    },
}

const fn one() -> u32 {
    1
}

/// The order alone.
impl Default for Variant {
    fn default() -> Self {
        Self::Chain { length: 1, copies: 1 }
    }
}

/// What a messenger carries.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messenger {
    /// j: the place in the chain; 1 is the order, 2 its acknowledgement, and so on.
    j: u32,
    order: Order,
}

impl fmt::Debug for Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.j {
            1 => write!(f, "{:?}!", self.order),
            2 => f.write_str("ack"),
            j => write!(f, "ack {}", j - 1),
        }
    }
}

/// What a general waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The hour of the attack.
    Dawn,
    /// The time to send the order again.
    Again,
}

const ORDER: &str = "the commander sends the order";
const NEXT: &str = "message j arrived: send message j+1";
const AGAIN: &str = "no acknowledgement yet: send the order again";
const DAWN: &str = "dawn: attack if every message addressed to me arrived";
const ACKNOWLEDGED: &str = "acknowledged: attack";

impl Protocol for TwoGenerals {
    const NAME: &'static str = "two-generals";
    const ABOUT: &'static str = "two generals agree to attack, by messengers who may be captured";
    const RULES: &'static [&'static str] = &[ORDER, NEXT, AGAIN, DAWN, ACKNOWLEDGED];
    type Config = Variant;
    type Input = Order;
    type Value = Order;
    type Message = Messenger;
    type Timer = Wait;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        if let Variant::Chain { length, .. } = *cx.config() {
            cx.set_timer(Wait::Dawn, cx.expected_delay() * u64::from(length));
        }
        Self { order: None, heard: 0, decided: false }
    }

    fn on_input(&mut self, order: Order, cx: &mut Cx<'_, Self>) {
        self.order = Some(order);
        match *cx.config() {
            // Who is to retreat need not be told: that is what happens without an order.
            Variant::Chain { .. } if order == Retreat => {}
            Variant::Chain { copies, .. } => {
                cx.mark(ORDER);
                send(1, order, copies, cx);
            }
            Variant::UntilAcknowledged { every } => {
                cx.mark(ORDER);
                send(1, order, 1, cx);
                cx.set_timer(Wait::Again, every);
            }
        }
    }

    fn on_message(&mut self, _: NodeId, message: Messenger, cx: &mut Cx<'_, Self>) {
        match *cx.config() {
            Variant::Chain { length, copies } => self.on_link(message, length, copies, cx),
            Variant::UntilAcknowledged { .. } if cx.me() == COMMANDER => {
                cx.cancel_timer(Wait::Again);
                self.decide_once(message.order, cx);
            }
            Variant::UntilAcknowledged { .. } => {
                cx.mark(NEXT);
                send(2, message.order, 1, cx);
                self.decide_once(message.order, cx);
            }
        }
    }

    fn on_timer(&mut self, wait: Wait, cx: &mut Cx<'_, Self>) {
        match (wait, cx.config()) {
            (Wait::Dawn, &Variant::Chain { length, .. }) => {
                cx.mark(DAWN);
                let complete = self.heard == addressed_to(cx.me(), length);
                cx.decide(if complete && self.order == Some(Attack) { Attack } else { Retreat });
            }
            (Wait::Again, &Variant::UntilAcknowledged { every }) => {
                if let Some(order) = self.order {
                    cx.mark(AGAIN);
                    send(1, order, 1, cx);
                    cx.set_timer(Wait::Again, every);
                }
            }
            _ => cx.discard("a timer of another variant"),
        }
    }

    fn promises(config: &Variant) -> Promises<Self> {
        let promises = Promises::none().and(Agreement::default()).and(Obedience::to(COMMANDER));
        match config {
            Variant::Chain { .. } => promises
                .under(Assumptions::synchronous())
                .and(NoAttackUnordered::default())
                .under(Assumptions::asynchronous().fair_loss())
                .and(Integrity::default())
                .and(Termination::default())
                .under(Assumptions::asynchronous().fair_loss()),
            Variant::UntilAcknowledged { .. } => promises
                .and(NoAttackUnordered::default())
                .and(Integrity::default())
                .and(Termination::default())
                .under(Assumptions::asynchronous().fair_loss()),
        }
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        let nodes = scenario.world.nodes;
        if nodes != 2 {
            return Err(Complaint::at(["world", "nodes"])
                .problem(format!("two generals are 2 nodes, not {nodes}")));
        }
        if scenario.inputs.contains_key(&OTHER) {
            return Err(Complaint::at(["inputs", "1"])
                .problem(format!("{OTHER} is not given an order: he hears of it"))
                .help(format!("the order is {COMMANDER}'s")));
        }
        match scenario.config {
            Variant::UntilAcknowledged { .. } if !scenario.inputs.contains_key(&COMMANDER) => {
                Err(Complaint::at(["inputs"])
                    .problem(format!("{COMMANDER} needs an order to send"))
                    .help("write `inputs: { 0: [Attack, Retreat] }`"))
            }
            Variant::Chain { length: 0 | 1001.., .. } => Err(Complaint::at(["config", "length"])
                .problem("a chain has between 1 and 1000 messages")),
            Variant::Chain { copies: 0 | 1001.., .. } => Err(Complaint::at(["config", "copies"])
                .problem("a message has between 1 and 1000 copies")),
            Variant::UntilAcknowledged { every: Span::ZERO } => {
                Err(Complaint::at(["config", "every"])
                    .problem("sending again after no time at all never ends"))
            }
            _ => Ok(()),
        }
    }
}

impl TwoGenerals {
    /// A link of the chain arrived; later copies of it say nothing new.
    fn on_link(&mut self, message: Messenger, length: u32, copies: u32, cx: &mut Cx<'_, Self>) {
        let j = message.j;
        if j != 2 * self.heard + first_addressed_to(cx.me()) {
            return cx.discard("not the next message of the chain");
        }
        self.heard += 1;
        self.order = Some(message.order);
        if j < length {
            cx.mark(NEXT);
            send(j + 1, message.order, copies, cx);
        }
    }

    fn decide_once(&mut self, order: Order, cx: &mut Cx<'_, Self>) {
        if !std::mem::replace(&mut self.decided, true) {
            cx.mark(ACKNOWLEDGED);
            cx.decide(order);
        }
    }
}

fn send(j: u32, order: Order, copies: u32, cx: &mut Cx<'_, TwoGenerals>) {
    for _ in 0..copies {
        cx.multicast(Messenger { j, order });
    }
}

/// Odd messages go to the other general, even ones to the commander.
const fn first_addressed_to(me: NodeId) -> u32 {
    if me.0 == OTHER.0 { 1 } else { 2 }
}

/// How many of `length` messages are addressed to `me`.
const fn addressed_to(me: NodeId, length: u32) -> u32 {
    if me.0 == OTHER.0 { length.div_ceil(2) } else { length / 2 }
}

/// Nobody attacks unless that was the order.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAttackUnordered {
    ordered: bool,
}

impl Property<TwoGenerals> for NoAttackUnordered {
    fn name(&self) -> &'static str {
        "no-attack-unordered"
    }

    fn reset(&mut self) {
        self.ordered = false;
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, TwoGenerals>) -> Result<(), Witness> {
        match fact {
            Fact::Proposed(COMMANDER, Attack) => self.ordered = true,
            Fact::Decided(node, _, Attack) if !self.ordered => {
                return Err(Witness(format!("{node} attacks, and nobody ordered it")));
            }
            _ => {}
        }
        Ok(())
    }
}
