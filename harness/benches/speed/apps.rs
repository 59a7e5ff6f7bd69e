//! The protocols that are measured, written once for the bare loop and for the harness.

use std::fmt::Debug;

use generals::{Cx, NodeId, Promises, Protocol, Span};
use serde::{Deserialize, Serialize};

/// What an application can do; the bare loop and the harness's `Cx` both offer it.
pub(crate) trait Net {
    fn send(&mut self, to: NodeId, note: Note);
    /// To everybody else.
    fn multicast(&mut self, note: Note);
    fn coin(&mut self, sides: u64) -> u64;
    /// Cancels the node's one timer and sets it again.
    fn reset_timer(&mut self);
    fn decide(&mut self, slot: u64, value: u64);
}

/// The program of one node.
pub(crate) trait App: Sized + 'static {
    const NAME: &'static str;
    fn boot(me: NodeId, nodes: u16, settings: &Settings, net: &mut impl Net) -> Self;
    fn hear(&mut self, from: NodeId, note: Note, net: &mut impl Net);
    fn promises() -> Promises<Played<Self>>;
}

/// The knobs of all applications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// [`Flood`]: messages in flight for each node.
    pub(crate) each: u16,
    /// [`Flood`]: whether each delivery resets the receiver's timer.
    pub(crate) timers: bool,
    /// [`Votes`]: how many requests there are.
    pub(crate) requests: u16,
}

/// After so long without a message a node's timer fires; it hardly ever does.
pub(crate) const PATIENCE: Span = Span::millis(100);

/// A message of 48 bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    kind: Kind,
    number: u64,
    digest: [u64; 4],
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Kind {
    Token,
    Request,
    PrePrepare,
    Prepare,
    Commit,
    Reply,
    Order,
    Relay,
}

/// Something to do for every message, as cheap as can be.
fn digest(seed: u64) -> [u64; 4] {
    [1, 2, 3, 4].map(|i| (seed + i).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Each message makes its receiver send one to a random other node, for ever.
pub(crate) struct Flood {
    me: NodeId,
    nodes: u16,
    timers: bool,
    seen: [u64; 4],
}

impl Flood {
    fn pass_on(&mut self, number: u64, net: &mut impl Net) {
        let other = net.coin(u64::from(self.nodes) - 1);
        let other = u16::try_from(other).unwrap_or(0);
        let to = NodeId(if other >= self.me.0 { other + 1 } else { other });
        net.send(to, Note { kind: Kind::Token, number, digest: self.seen });
    }
}

impl App for Flood {
    const NAME: &'static str = "flood";

    fn boot(me: NodeId, nodes: u16, settings: &Settings, net: &mut impl Net) -> Self {
        let mut node = Self { me, nodes, timers: settings.timers, seen: digest(me.0.into()) };
        (0..settings.each).for_each(|_| node.pass_on(0, net));
        node
    }

    fn hear(&mut self, _: NodeId, note: Note, net: &mut impl Net) {
        for (mine, theirs) in self.seen.iter_mut().zip(note.digest) {
            *mine = mine.rotate_left(5) ^ theirs;
        }
        if self.timers {
            net.reset_timer();
        }
        self.pass_on(note.number + 1, net);
    }

    fn promises() -> Promises<Played<Self>> {
        Promises::none()
    }
}

/// The normal case of PBFT with a closed-loop client, a part that n0 plays beside its own:
/// 2n² - n + 1 deliveries for each request, 29 with 4 nodes.
pub(crate) struct Votes {
    me: NodeId,
    quorum: u32,
    requests: u64,
    slots: Vec<Slot>,
    replies: u32,
}

#[derive(Clone, Default)]
struct Slot {
    digest: Option<[u64; 4]>,
    /// Sets of nodes.
    prepares: u64,
    commits: u64,
    prepared: bool,
    committed: bool,
}

impl Votes {
    fn request(&mut self, number: u64, net: &mut impl Net) {
        self.replies = 0;
        if number < self.requests {
            net.send(NodeId(0), Note { kind: Kind::Request, number, digest: digest(number) });
        }
    }

    fn advance(&mut self, note: Note, net: &mut impl Net) {
        let Note { number, digest, .. } = note;
        let Some(slot) = usize::try_from(number).ok().and_then(|i| self.slots.get_mut(i)) else {
            return;
        };
        if slot.digest.is_none() {
            return;
        }
        if !slot.prepared && slot.prepares.count_ones() + 1 >= self.quorum {
            slot.prepared = true;
            slot.commits |= 1 << self.me.0;
            net.multicast(Note { kind: Kind::Commit, number, digest });
        }
        if slot.prepared && !slot.committed && slot.commits.count_ones() >= self.quorum {
            slot.committed = true;
            net.decide(number, digest[0]);
            net.send(NodeId(0), Note { kind: Kind::Reply, number, digest });
        }
    }
}

impl App for Votes {
    const NAME: &'static str = "votes";

    fn boot(me: NodeId, nodes: u16, settings: &Settings, net: &mut impl Net) -> Self {
        let requests = u64::from(settings.requests);
        let slots = vec![Slot::default(); settings.requests.into()];
        let quorum = 2 * (u32::from(nodes) - 1) / 3 + 1;
        let mut node = Self { me, quorum, requests, slots, replies: 0 };
        if me == NodeId(0) {
            node.request(0, net);
        }
        node
    }

    fn hear(&mut self, from: NodeId, note: Note, net: &mut impl Net) {
        let Note { kind, number, digest } = note;
        let Some(slot) = usize::try_from(number).ok().and_then(|i| self.slots.get_mut(i)) else {
            return;
        };
        if slot.digest.is_some_and(|known| known != digest) {
            return;
        }
        match kind {
            Kind::Request => {
                slot.digest = Some(digest);
                net.multicast(Note { kind: Kind::PrePrepare, number, digest });
            }
            Kind::PrePrepare => {
                slot.digest = Some(digest);
                slot.prepares |= 1 << self.me.0;
                net.multicast(Note { kind: Kind::Prepare, number, digest });
                self.advance(note, net);
            }
            Kind::Prepare => {
                slot.prepares |= 1 << from.0;
                self.advance(note, net);
            }
            Kind::Commit => {
                slot.commits |= 1 << from.0;
                self.advance(note, net);
            }
            Kind::Reply => {
                self.replies += 1;
                // Of the last requests too late replies may come; each request has its number.
                if self.replies == self.quorum {
                    self.request(number + 1, net);
                }
            }
            Kind::Token | Kind::Order | Kind::Relay => {}
        }
    }

    fn promises() -> Promises<Played<Self>> {
        Promises::consensus()
    }
}

/// OM(1) without rounds: n0 orders, everybody tells everybody, and the majority is obeyed.
/// 9 deliveries with 4 nodes.
pub(crate) struct Orders {
    me: NodeId,
    nodes: u16,
    heard: u16,
    attack: u16,
}

impl App for Orders {
    const NAME: &'static str = "orders";

    fn boot(me: NodeId, nodes: u16, _: &Settings, net: &mut impl Net) -> Self {
        if me == NodeId(0) {
            net.multicast(Note { kind: Kind::Order, number: 1, digest: digest(1) });
            net.decide(0, 1);
        }
        Self { me, nodes, heard: 0, attack: 0 }
    }

    fn hear(&mut self, _: NodeId, note: Note, net: &mut impl Net) {
        if matches!(note.kind, Kind::Order) {
            for to in NodeId::all(self.nodes).skip(1).filter(|to| *to != self.me) {
                net.send(to, Note { kind: Kind::Relay, ..note });
            }
        }
        self.heard += 1;
        self.attack += u16::from(note.number == 1);
        if self.heard + 1 == self.nodes {
            net.decide(0, u64::from(2 * self.attack > self.heard));
        }
    }

    fn promises() -> Promises<Played<Self>> {
        Promises::consensus()
    }
}

/// An application as a protocol of the harness.
pub(crate) struct Played<A>(A);

struct Through<'c, 'a, A: App>(&'c mut Cx<'a, Played<A>>);

impl<A: App> Net for Through<'_, '_, A> {
    fn send(&mut self, to: NodeId, note: Note) {
        self.0.send(to, note);
    }
    fn multicast(&mut self, note: Note) {
        self.0.multicast(note);
    }
    fn coin(&mut self, sides: u64) -> u64 {
        self.0.coin(sides)
    }
    fn reset_timer(&mut self) {
        self.0.cancel_timer(());
        self.0.set_timer((), PATIENCE);
    }
    fn decide(&mut self, slot: u64, value: u64) {
        self.0.decide_at(slot, value);
    }
}

impl<A: App> Protocol for Played<A> {
    const NAME: &'static str = A::NAME;
    const ABOUT: &'static str = "a workload";
    type Config = Settings;
    type Input = ();
    type Value = u64;
    type Message = Note;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let (me, nodes, settings) = (cx.me(), cx.n(), cx.config().clone());
        Self(A::boot(me, nodes, &settings, &mut Through(cx)))
    }
    fn on_input(&mut self, (): (), _: &mut Cx<'_, Self>) {}
    fn on_message(&mut self, from: NodeId, note: Note, cx: &mut Cx<'_, Self>) {
        self.0.hear(from, note, &mut Through(cx));
    }
    fn promises(_: &Settings) -> Promises<Self> {
        A::promises()
    }
}
