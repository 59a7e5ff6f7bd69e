//! Reliable broadcast.
//!
//! G. Bracha, *Asynchronous Byzantine Agreement Protocols*, Information and Computation 75, 1987,
//! the section on the broadcast primitive.
//!
//! | the paper | here |
//! |---|---|
//! | (initial, v), (echo, v), (ready, v) | [`Says`], with the sender p whose broadcast it is |
//! | step 0, by p: send (initial, v) to all | `Bracha::step_0` |
//! | step 1: one (initial, v), or (n+t)/2 (echo, v), or t+1 (ready, v): send (echo, v) to all | `Broadcast::step_1` |
//! | step 2: (n+t)/2 (echo, v), or t+1 (ready, v): send (ready, v) to all | `Broadcast::step_2` |
//! | step 3: 2t+1 (ready, v): accept v | `Broadcast::step_3`, a decision in slot p |
//! | if p is correct, all correct processes accept its v | [`Validity`], [`NoCreation`] |
//! | either all correct processes accept the same v, or none accepts any | [`Totality`], [`Agreement`] |
//!
//! *Deviations*: a message names the sender whose broadcast it belongs to, so that every node with
//! an input can broadcast it in the same run. "(n+t)/2" is more than (n+t)/2 messages, which is
//! ⌈(n+t+1)/2⌉, so that it is right for every n > 3t and not for n = 3t+1 only. What a node tells
//! itself, it knows at once and without a message. The rule of many textbooks, which waits for n-t
//! messages in steps 2 and 3, is there as [`Quorum::Available`].

use std::collections::BTreeMap;
use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Cx, Fact, Integrity, NodeId, Promises, Property, Protocol,
    Scenario, Signer, Witness, World,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Attack, Retreat};

/// How many liars are to be survived, and how many messages are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// t: how many Byzantine nodes are to be survived.
    pub t: u16,
    /// How many messages steps 2 and 3 wait for.
    #[serde(skip_serializing_if = "Quorum::is_default")]
    pub quorum: Quorum,
}

/// One liar, and the quorums of the paper.
impl Default for Config {
    fn default() -> Self {
        Self { t: 1, quorum: Quorum::Overlapping }
    }
}

/// How many messages are enough. If n > 3t, both are right. If not, no quorum can both overlap in
/// a correct node and be had without the liars: each of these gives up one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quorum {
    /// The paper's: more than (n+t)/2 echoes, of which any two sets share a correct node; 2t+1
    /// readies.
    #[default]
    Overlapping,
    /// That of later textbooks: n-t echoes and n-t readies, as many as there are without the liars.
    Available,
}

impl Quorum {
    // serde hands this a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Config {
    /// How many echoes of one value make a node ready.
    fn echoes(self, n: u16) -> usize {
        let (n, t) = (usize::from(n), usize::from(self.t));
        match self.quorum {
            Quorum::Overlapping => (n + t) / 2 + 1,
            Quorum::Available => n.saturating_sub(t),
        }
    }

    /// How many readies make a node ready: one of them is a correct node's.
    fn amplify(self) -> usize {
        usize::from(self.t) + 1
    }

    /// How many readies make a node accept: enough of them are correct nodes' to make all ready.
    fn readies(self, n: u16) -> usize {
        match self.quorum {
            Quorum::Overlapping => 2 * usize::from(self.t) + 1,
            Quorum::Available => usize::from(n).saturating_sub(self.t.into()),
        }
    }
}

/// A message that belongs to the broadcast of `sender`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    kind: Kind,
    sender: NodeId,
    v: Order,
}

/// The three kinds of messages.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Initial,
    Echo,
    Ready,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Initial => "initial",
            Kind::Echo => "echo",
            Kind::Ready => "ready",
        };
        write!(f, "({kind}, {:?}) of {}", self.v, self.sender)
    }
}

const STEP_0: &str = "step 0: send initial";
const STEP_1: &str = "step 1: echo the initial";
const STEP_1_WITHOUT: &str = "step 1: echo what others echo or are ready for";
const STEP_2: &str = "step 2: ready, by echoes";
const STEP_2_AMPLIFIED: &str = "step 2: ready, by t+1 readies";
const STEP_3: &str = "step 3: accept";

/// What one node knows of one broadcast.
#[derive(Clone, Debug, Default)]
struct Broadcast {
    initial: Option<Order>,
    /// What each node echoed first.
    echo: BTreeMap<NodeId, Order>,
    /// What each node was ready for first.
    ready: BTreeMap<NodeId, Order>,
    accepted: bool,
}

/// One node of Bracha's broadcast.
#[derive(Default)]
pub struct Bracha {
    broadcasts: BTreeMap<NodeId, Broadcast>,
}

// --- the algorithm

impl Bracha {
    /// Step 0, by the sender: send (initial, v) to all.
    fn step_0(&mut self, v: Order, cx: &mut Cx<'_, Self>) {
        cx.mark(STEP_0);
        let sender = cx.me();
        cx.multicast(Says { kind: Kind::Initial, sender, v });
        self.hear(sender, Says { kind: Kind::Initial, sender, v }, cx);
    }

    /// Takes in a message: the first of each kind from each node counts.
    fn hear(&mut self, from: NodeId, Says { kind, sender, v }: Says, cx: &mut Cx<'_, Self>) {
        if sender.0 >= cx.n() || (kind == Kind::Initial && sender != from) {
            return cx.discard("not a broadcast of that node");
        }
        let broadcast = self.broadcasts.entry(sender).or_default();
        match kind {
            Kind::Initial => _ = broadcast.initial.get_or_insert(v),
            Kind::Echo => _ = broadcast.echo.entry(from).or_insert(v),
            Kind::Ready => _ = broadcast.ready.entry(from).or_insert(v),
        }
        broadcast.step_1(sender, cx);
        broadcast.step_2(sender, cx);
        broadcast.step_3(sender, cx);
    }
}

impl Broadcast {
    /// Step 1: wait for one (initial, v), or more than (n+t)/2 (echo, v), or t+1 (ready, v) for
    /// some v; send (echo, v) to all.
    fn step_1(&mut self, sender: NodeId, cx: &mut Cx<'_, Bracha>) {
        if self.echo.contains_key(&cx.me()) {
            return;
        }
        let (&config, n) = (cx.config(), cx.n());
        let heard = || heard(config.echoes(n), &self.echo).or(heard(config.amplify(), &self.ready));
        let Some(v) = self.initial.or_else(heard) else { return };
        cx.mark(if self.initial.is_some() { STEP_1 } else { STEP_1_WITHOUT });
        cx.multicast(Says { kind: Kind::Echo, sender, v });
        self.echo.insert(cx.me(), v);
    }

    /// Step 2: wait for more than (n+t)/2 (echo, v), or t+1 (ready, v), those of step 1 included;
    /// send (ready, v) to all.
    fn step_2(&mut self, sender: NodeId, cx: &mut Cx<'_, Bracha>) {
        if !self.echo.contains_key(&cx.me()) || self.ready.contains_key(&cx.me()) {
            return;
        }
        let (&config, n) = (cx.config(), cx.n());
        let echoed = heard(config.echoes(n), &self.echo);
        let Some(v) = echoed.or_else(|| heard(config.amplify(), &self.ready)) else { return };
        cx.mark(if echoed.is_some() { STEP_2 } else { STEP_2_AMPLIFIED });
        cx.multicast(Says { kind: Kind::Ready, sender, v });
        self.ready.insert(cx.me(), v);
    }

    /// Step 3: wait for 2t+1 (ready, v), those of steps 1 and 2 included; accept v.
    fn step_3(&mut self, sender: NodeId, cx: &mut Cx<'_, Bracha>) {
        if !self.ready.contains_key(&cx.me()) || self.accepted {
            return;
        }
        let (&config, n) = (cx.config(), cx.n());
        let Some(v) = heard(config.readies(n), &self.ready) else { return };
        cx.mark(STEP_3);
        self.accepted = true;
        cx.decide_at(u64::from(sender.0), v);
    }
}

/// The value, if there is one, that at least `enough` nodes said.
fn heard(enough: usize, said: &BTreeMap<NodeId, Order>) -> Option<Order> {
    let by = |v| said.values().filter(|said| **said == v).count();
    [Attack, Retreat].into_iter().find(|v| by(*v) >= enough)
}

impl Protocol for Bracha {
    const NAME: &'static str = "bracha";
    const ABOUT: &'static str = "reliable broadcast: all accept the same, or nobody does; n > 3t";
    const RULES: &'static [&'static str] =
        &[STEP_0, STEP_1, STEP_1_WITHOUT, STEP_2, STEP_2_AMPLIFIED, STEP_3];
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    fn on_input(&mut self, v: Order, cx: &mut Cx<'_, Self>) {
        self.step_0(v, cx);
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        self.hear(from, says, cx);
    }

    // --- promises and lies

    fn promises(&Config { t, .. }: &Config) -> Promises<Self> {
        let t = u32::from(t);
        let assumed = Assumptions::asynchronous().byzantine(t).more_than_nodes(3 * t);
        Promises::none()
            .and(Agreement::default())
            .and(NoCreation::default())
            // Who is never heard does no harm but to those who wait for him.
            .under(assumed.clone().fair_loss())
            .and(Integrity::default())
            .under(Assumptions::any_world())
            .and(Validity::default())
            .and(Totality::default())
            .under(assumed)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        let (t, n) = (scenario.config.t, scenario.world.nodes);
        if t >= n {
            return Err(Complaint::at(["config", "t"])
                .problem(format!("of {n} nodes, {t} liars leave nobody to promise anything to")));
        }
        Ok(())
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        says.v = says.v.opposite();
        true
    }
}

/// A protocol in which every node may broadcast its input, and accepting it is a decision in the
/// slot of the sender's number.
pub trait Broadcasts: Protocol<Input = Order, Value = Order> {}
impl<P: Protocol<Input = Order, Value = Order>> Broadcasts for P {}

/// What correct nodes were given to broadcast, and who accepted what, by sender.
#[derive(Clone, Debug, Default)]
struct Ledger {
    proposed: BTreeMap<u64, Order>,
    accepted: BTreeMap<u64, BTreeMap<NodeId, Order>>,
}

impl Ledger {
    fn reset(&mut self) {
        self.proposed.clear();
        self.accepted.clear();
    }

    fn watch<P: Broadcasts>(&mut self, world: &World, fact: &Fact<'_, P>) {
        match *fact {
            Fact::Proposed(sender, v) if world.is_correct(sender) => {
                self.proposed.insert(sender.0.into(), *v);
            }
            Fact::Decided(node, sender, v) if world.is_correct(node) => {
                self.accepted.entry(sender).or_default().entry(node).or_insert(*v);
            }
            _ => {}
        }
    }

    /// The first correct node that accepted nothing from this sender.
    fn without(&self, sender: u64, world: &World) -> Option<NodeId> {
        let accepted = |node| self.accepted.get(&sender).is_some_and(|by| by.contains_key(&node));
        world.all().find(|node| world.is_correct(*node) && !accepted(*node))
    }
}

/// If the sender is correct, every correct node accepts something from it. ([`NoCreation`] says
/// what.)
#[derive(Clone, Debug, Default)]
pub struct Validity(Ledger);

impl<P: Broadcasts> Property<P> for Validity {
    fn name(&self) -> &'static str {
        "validity"
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.0.watch(world, fact);
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let mut senders = self.0.proposed.keys();
        senders.find_map(|sender| {
            let node = self.0.without(*sender, world)?;
            Some(format!("{node} never accepted what n{sender} broadcast"))
        })
    }
}

/// If one correct node accepts something from a sender, every correct node does.
#[derive(Clone, Debug, Default)]
pub struct Totality(Ledger);

impl<P: Broadcasts> Property<P> for Totality {
    fn name(&self) -> &'static str {
        "totality"
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.0.watch(world, fact);
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        self.0.accepted.iter().find_map(|(sender, by)| {
            let (lucky, v) = by.first_key_value()?;
            let node = self.0.without(*sender, world)?;
            Some(format!("{lucky} accepted {v:?} from n{sender}, and {node} never did"))
        })
    }
}

/// If the sender is correct, nobody accepts anything from it but its input: nothing at all if it
/// has none.
#[derive(Clone, Debug, Default)]
pub struct NoCreation(Ledger);

impl<P: Broadcasts> Property<P> for NoCreation {
    fn name(&self) -> &'static str {
        "no-creation"
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.0.watch(world, fact);
        let Fact::Decided(node, sender, v) = *fact else { return Ok(()) };
        let by_correct = world.all().any(|it| u64::from(it.0) == sender && world.is_correct(it));
        if !world.is_correct(node) || !by_correct {
            return Ok(());
        }
        let wrong = match self.0.proposed.get(&sender) {
            Some(given) if given == v => return Ok(()),
            Some(given) => format!("which broadcast {given:?}"),
            None => "which broadcast nothing".to_owned(),
        };
        Err(Witness(format!("{node} accepted {v:?} from n{sender}, {wrong}")))
    }
}
