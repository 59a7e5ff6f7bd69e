//! Eager reliable broadcast, by diffusion.
//!
//! V. Hadzilacos, S. Toueg, *A Modular Approach to Fault-Tolerant Broadcasts and Related Problems*,
//! Cornell TR 94-1425, 1994, the diffusion algorithm for Reliable Broadcast; C. Cachin, R. Guerraoui,
//! L. Rodrigues, *Introduction to Reliable and Secure Distributed Programming*, second edition, 2011,
//! section 3.3, algorithm 3.3, *Eager Reliable Broadcast*.
//!
//! | the papers | here |
//! |---|---|
//! | broadcast(R, m): tag m with sender(m) and seq#(m), send(m) to all neighbours | `Broadcast::broadcast` |
//! | receive(m) for the first time: send(m) to all neighbours, deliver(R, m) | `Broadcast::diffuse` |
//! | delivered := delivered ∪ {m} | `Broadcast::delivered` |
//! | deliver(R, m) | a decision, in a slot that names sender(m) and seq#(m): [`slot`] |
//! | Validity: what a correct process broadcasts, all correct processes deliver | [`AllDeliver`] |
//! | Agreement (RB4): what one correct process delivers, all correct processes deliver | [`AllOrNobody`] |
//! | Integrity, "at most once" (RB2) | [`Integrity`] |
//! | Integrity, "only if it was broadcast" (RB3) | [`NoCreation`] |
//!
//! It needs no clock and survives any number of crashes. Neither agreement nor no creation is meant
//! for liars: whoever relays may change what it relays.
//!
//! *Deviations*: a node delivers its own message at once instead of sending it to itself, which is
//! what receiving it would come to. A message is relayed before it is delivered, as Hadzilacos and
//! Toueg have it; Cachin and others deliver first. Either order gives the same promises; *uniform*
//! agreement is none of them, because a link owes nothing to those who crash.
//!
//! *Crash-recovery* (Cachin and others, section 3.5, gives logged broadcasts on stubborn links). With
//! a [`Log`], a node writes down what it delivers before it does anything else with it. When it
//! starts it cannot know whether it was ever up before, so it always asks its neighbours what it
//! missed; and what it finds in its log it sends and delivers once more. So agreement covers those
//! who come back, over plain reliable links, as long as the log is synced and never wiped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use generals::{
    Assumptions, Complaint, Cx, Disk, Fact, Integrity, NodeFault, NodeId, Promises, Property,
    Protocol, Scenario, Signer, Witness, World,
};
use serde::{Deserialize, Serialize};

/// How much is broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How many times every node with an input broadcasts it, one after another: 1 to 1000. They
    /// are as many messages, told apart by their numbers only.
    pub times: u32,
    /// What is written down for a time after a crash.
    pub log: Log,
}

/// Once, and nothing is written down.
impl Default for Config {
    fn default() -> Self {
        Self { times: 1, log: Log::None }
    }
}

/// What a node writes down of what it delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Log {
    /// Nothing: who crashes is lost.
    None,
    /// Every message, but the log is never synced: a crash of the whole machine loses it.
    Unsynced,
    /// Every message, synced before anything else is done with it.
    Synced,
}

/// A message m, tagged with sender(m) and seq#(m).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// sender(m): who broadcast it, whoever relays it.
    pub sender: NodeId,
    /// seq#(m): how many it had broadcast before.
    pub number: u32,
    /// What is said.
    pub word: u64,
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}#{}", self.word, self.sender, self.number)
    }
}

/// What nodes say to each other.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// send(m).
    Data(Data),
    /// I have just started: what did I miss?
    Asks,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(m) => fmt::Debug::fmt(m, f),
            Self::Asks => f.write_str("what did I miss?"),
        }
    }
}

/// The slot in which a message is delivered: among `nodes` nodes, number k of node i is slot
/// k × `nodes` + i, so that what is broadcast once has its sender for a slot.
#[must_use]
pub const fn slot(sender: NodeId, number: u32, nodes: u16) -> u64 {
    number as u64 * nodes as u64 + sender.0 as u64
}

/// One process.
#[derive(Default)]
pub struct Broadcast {
    /// What has been delivered, by sender(m) and seq#(m).
    delivered: BTreeMap<(NodeId, u32), u64>,
    /// The next of my own numbers.
    next: u32,
}

const BROADCAST: &str = "broadcast(R, m): tag m with sender(m) and seq#(m)";
const SEND: &str = "the first receipt: send(m) to all neighbours";
const DELIVER: &str = "deliver(R, m)";
const RECOVER: &str = "a start: ask what was missed, send and deliver again what is in the log";
const ANSWER: &str = "a neighbour asks: send it all that was delivered";

// --- the algorithm

impl Broadcast {
    /// broadcast(R, m).
    fn broadcast(&mut self, word: u64, cx: &mut Cx<'_, Self>) {
        cx.mark(BROADCAST);
        let number = self.next;
        self.next += 1;
        self.diffuse(Data { sender: cx.me(), number, word }, cx);
    }

    /// Takes in a message: the first time it is sent on, to all neighbours, and delivered.
    fn diffuse(&mut self, m: Data, cx: &mut Cx<'_, Self>) {
        if self.delivered.contains_key(&(m.sender, m.number)) {
            return;
        }
        self.delivered.insert((m.sender, m.number), m.word);
        match cx.config().log {
            Log::None => {}
            Log::Unsynced => cx.write(self.delivered.clone()),
            Log::Synced => cx.persist(self.delivered.clone()),
        }
        Self::send_and_deliver(m, cx);
    }

    fn send_and_deliver(m: Data, cx: &mut Cx<'_, Self>) {
        cx.mark(SEND);
        cx.multicast(Says::Data(m));
        cx.mark(DELIVER);
        cx.decide_at(slot(m.sender, m.number, cx.n()), m.word);
    }

    /// A start, perhaps not the first.
    fn recover(&self, cx: &mut Cx<'_, Self>) {
        cx.mark(RECOVER);
        cx.multicast(Says::Asks);
        self.all().for_each(|m| Self::send_and_deliver(m, cx));
    }

    /// All that was delivered.
    fn all(&self) -> impl Iterator<Item = Data> {
        self.delivered.iter().map(|(&(sender, number), &word)| Data { sender, number, word })
    }
}

impl Protocol for Broadcast {
    const NAME: &'static str = "broadcast";
    const ABOUT: &'static str = "eager reliable broadcast: everybody passes on what is new to it";
    const RULES: &'static [&'static str] = &[BROADCAST, SEND, DELIVER, RECOVER, ANSWER];
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = Says;
    type Timer = ();
    type Durable = BTreeMap<(NodeId, u32), u64>;

    fn boot(log: Option<Self::Durable>, cx: &mut Cx<'_, Self>) -> Self {
        let delivered = log.unwrap_or_default();
        let mine = delivered.keys().filter(|(sender, _)| *sender == cx.me());
        let next = mine.map(|(_, number)| number + 1).max().unwrap_or(0);
        let node = Self { delivered, next };
        if cx.config().log != Log::None {
            node.recover(cx);
        }
        node
    }

    fn on_input(&mut self, word: u64, cx: &mut Cx<'_, Self>) {
        for _ in 0..cx.config().times {
            self.broadcast(word, cx);
        }
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        let Says::Data(m) = says else {
            cx.mark(ANSWER);
            return self.all().for_each(|m| cx.send(from, Says::Data(m)));
        };
        if m.sender.0 >= cx.n() || m.number >= cx.config().times {
            return cx.discard("a message that nobody can have broadcast");
        }
        self.diffuse(m, cx);
    }

    // --- promises and lies

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        affordable(scenario.config, scenario.world.nodes, scenario.inputs.len())
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        let Says::Data(m) = says else { return false };
        m.word ^= 1;
        true
    }
}

/// What reliable broadcast promises, whoever implements it.
#[must_use]
pub fn promises<P: Protocol<Input = u64, Value = u64>>(config: &Config) -> Promises<P> {
    let any_graph = |assumptions: Assumptions| assumptions.any_connected_graph();
    let crashes = |assumptions: Assumptions| {
        let ways = "a way between all correct nodes through correct ones";
        any_graph(assumptions).when(ways, correct_nodes_are_connected)
    };
    let comes_back = match config.log {
        Log::None => Assumptions::asynchronous().crash_stop(u32::MAX),
        Log::Unsynced => Assumptions::asynchronous()
            .crash_recovery(u32::MAX)
            .when("disks that keep what was never synced", nothing_written_is_lost),
        Log::Synced => Assumptions::asynchronous().crash_recovery(u32::MAX),
    };
    Promises::none()
        .and(AllDeliver::of(config.times))
        .under(crashes(Assumptions::asynchronous().crash_stop(u32::MAX)))
        .and(AllOrNobody::default())
        .under(crashes(comes_back))
        .and(Integrity::default())
        .under(Assumptions::any_world())
        .and(NoCreation::of(config.times))
        .under(any_graph(Assumptions::asynchronous()).fair_loss().crash_stop(u32::MAX))
}

/// Whether every disk keeps all that is written to it.
fn nothing_written_is_lost(world: &World) -> bool {
    let keeps = |fault: &NodeFault| match fault {
        NodeFault::CrashRecovery { disk, .. } => *disk == Disk::Kept,
        _ => true,
    };
    world.faults.values().all(keeps)
}

/// Whether everybody correct can be reached from everybody correct without passing through others:
/// what Hadzilacos and Toueg ask of a network that is not complete.
fn correct_nodes_are_connected(world: &World) -> bool {
    let Some(links) = world.topology.adjacency(world.nodes) else { return true };
    // Who comes back passes on what it has missed; where that is not promised, it is faulty anyway.
    let stays = |node: &NodeId| world.is_correct(*node) || world.comes_back(*node);
    let correct = || world.all().filter(stays);
    let Some(first) = correct().next() else { return true };
    let (mut reached, mut next) = (BTreeSet::from([first]), vec![first]);
    while let Some(node) = next.pop() {
        let beyond = correct().filter(|other| links.linked(node, *other));
        next.extend(beyond.filter(|other| reached.insert(*other)));
    }
    reached.len() == correct().count()
}

/// The most messages a run may take.
const AFFORDABLE: u64 = 5_000_000;

/// Refuses what makes no sense or would explode.
fn affordable(Config { times, .. }: Config, n: u16, broadcasters: usize) -> Result<(), Complaint> {
    let at = Complaint::at(["config", "times"]);
    if !(1..=1000).contains(&times) {
        return Err(at.problem(format!("an input is broadcast 1 to 1000 times, not {times}")));
    }
    let (n, broadcasts) = (u64::from(n), broadcasters as u64 * u64::from(times));
    let messages = broadcasts * n * n.saturating_sub(1);
    if messages > AFFORDABLE {
        return Err(at
            .problem(format!(
                "{broadcasts} broadcasts among {n} nodes would need {messages} messages"
            ))
            .help(format!("at most {AFFORDABLE} are run; broadcast less, or take fewer nodes")));
    }
    Ok(())
}

// --- the checkers

/// Who has delivered which slots.
#[derive(Clone, Debug, Default)]
struct Delivered(BTreeSet<(u64, NodeId)>);

impl Delivered {
    fn watch<P: Protocol>(&mut self, fact: &Fact<'_, P>) {
        if let Fact::Decided(node, slot, _) = *fact {
            self.0.insert((slot, node));
        }
    }

    /// The correct nodes that have not delivered `slot`, in words.
    fn missing(&self, slot: u64, world: &World) -> Option<String> {
        let wait = |node: &NodeId| world.is_correct(*node) && !self.0.contains(&(slot, *node));
        let waiting: Vec<String> = world.all().filter(wait).map(|node| node.to_string()).collect();
        match waiting.len() {
            0 => None,
            1..=8 => Some(waiting.join(", ")),
            many => Some(format!("{many} nodes, {} first,", waiting[0])),
        }
    }
}

/// Number k of node i, for people.
fn name(slot: u64, world: &World) -> String {
    let n = u64::from(world.nodes);
    format!("message {} of n{}", slot / n, slot % n)
}

/// Validity: what a correct node broadcasts, all correct nodes deliver in the end (Hadzilacos and
/// Toueg). Implies RB1 of Cachin and others, which is about the broadcaster itself.
#[derive(Clone, Debug)]
pub struct AllDeliver {
    times: u32,
    broadcasters: BTreeSet<NodeId>,
    delivered: Delivered,
}

impl AllDeliver {
    /// For nodes that broadcast their input so many times.
    #[must_use]
    pub fn of(times: u32) -> Self {
        Self { times, broadcasters: BTreeSet::new(), delivered: Delivered::default() }
    }
}

impl<P: Protocol> Property<P> for AllDeliver {
    fn name(&self) -> &'static str {
        "validity"
    }

    fn reset(&mut self) {
        self.broadcasters.clear();
        self.delivered.0.clear();
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        if let Fact::Proposed(node, _) = *fact {
            self.broadcasters.insert(node);
        }
        self.delivered.watch(fact);
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let correct = self.broadcasters.iter().filter(|node| world.is_correct(**node));
        let mut slots = correct.flat_map(|node| {
            (0..self.times).map(|k| u64::from(k) * u64::from(world.nodes) + u64::from(node.0))
        });
        slots.find_map(|slot| {
            let missing = self.delivered.missing(slot, world)?;
            Some(format!("{missing} never delivered {}", name(slot, world)))
        })
    }
}

/// Agreement: what one correct node delivers, all correct nodes deliver in the end. Also known as
/// totality.
#[derive(Clone, Debug, Default)]
pub struct AllOrNobody {
    delivered: Delivered,
}

impl<P: Protocol> Property<P> for AllOrNobody {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn reset(&mut self) {
        self.delivered.0.clear();
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.delivered.watch(fact);
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let mut by_correct = self.delivered.0.iter().filter(|(_, node)| world.is_correct(*node));
        by_correct.find_map(|&(slot, node)| {
            let missing = self.delivered.missing(slot, world)?;
            Some(format!("{missing} never delivered {}, though {node} did", name(slot, world)))
        })
    }
}

/// No creation: what is delivered as a node's message was broadcast by that node.
#[derive(Clone, Debug)]
pub struct NoCreation {
    times: u32,
    words: BTreeMap<NodeId, u64>,
}

impl NoCreation {
    /// For nodes that broadcast their input so many times.
    #[must_use]
    pub const fn of(times: u32) -> Self {
        Self { times, words: BTreeMap::new() }
    }
}

impl<P: Protocol<Input = u64, Value = u64>> Property<P> for NoCreation {
    fn name(&self) -> &'static str {
        "no-creation"
    }

    fn reset(&mut self) {
        self.words.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        match *fact {
            Fact::Proposed(node, word) => {
                self.words.insert(node, *word);
            }
            Fact::Decided(node, slot, word) if !world.is_corrupt(node) => {
                let (k, sender) = (slot / u64::from(world.nodes), slot % u64::from(world.nodes));
                let sender = NodeId(u16::try_from(sender).unwrap_or(u16::MAX));
                let said = self.words.get(&sender).filter(|_| k < u64::from(self.times));
                if !world.is_corrupt(sender) && said != Some(word) {
                    let name = name(slot, world);
                    return Err(Witness(match said {
                        Some(said) => format!("{node} delivered {word} as {name}, which is {said}"),
                        None => format!("{node} delivered {name}, which was never broadcast"),
                    }));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
