//! The workloads: programs of one node, written once for the bare loops and for the harness.

use generals::{Agreement, Integrity, NodeId, Promises, Protocol};
use serde::{Deserialize, Serialize};

/// What an application can do; the bare loops and the harness both offer it.
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
    /// For whatever plays it.
    fn promises<P: Protocol<Value = u64>>(settings: &Settings) -> Promises<P>;
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

    fn promises<P: Protocol<Value = u64>>(_: &Settings) -> Promises<P> {
        Promises::none().and(Agreement::default()).and(Integrity::default())
    }
}

/// The normal case of PBFT with a closed-loop client, a part that n0 plays beside its own:
/// 2n² - n + 1 deliveries for each request, 29 with 4 nodes. `W` words hold a set of nodes.
pub(crate) struct Votes<const W: usize> {
    me: NodeId,
    quorum: u32,
    requests: u64,
    /// Those under way: number i has the place i modulo their number.
    slots: Vec<Slot<W>>,
    /// n0's: the request that the client waits for, and how many replied to it.
    asked: u64,
    replies: u32,
}

/// At most so many requests are under way. A request takes five delays of 1 ms at least, and what
/// the slowest node says of it comes five delays of 10 ms after it at the latest.
const UNDER_WAY: u16 = 16;

#[derive(Clone)]
struct Slot<const W: usize> {
    number: u64,
    digest: Option<[u64; 4]>,
    prepares: Set<W>,
    commits: Set<W>,
    prepared: bool,
    committed: bool,
}

impl<const W: usize> Slot<W> {
    const fn new(number: u64) -> Self {
        let (prepares, commits) = (Set::EMPTY, Set::EMPTY);
        Self { number, digest: None, prepares, commits, prepared: false, committed: false }
    }
}

/// A set of nodes.
#[derive(Clone)]
struct Set<const W: usize> {
    words: [u64; W],
    size: u32,
}

impl<const W: usize> Set<W> {
    const EMPTY: Self = Self { words: [0; W], size: 0 };

    fn insert(&mut self, node: NodeId) {
        let word = &mut self.words[node.index() / 64];
        let bit = 1 << (node.index() % 64);
        self.size += u32::from(*word & bit == 0);
        *word |= bit;
    }
}

impl<const W: usize> Votes<W> {
    fn ask(&mut self, number: u64, net: &mut impl Net) {
        (self.asked, self.replies) = (number, 0);
        if number < self.requests {
            net.send(NodeId(0), Note { kind: Kind::Request, number, digest: digest(number) });
        }
    }

    /// Where this request is kept; nothing if that is over.
    fn slot(&mut self, number: u64) -> Option<&mut Slot<W>> {
        let place = usize::try_from(number).ok()?.checked_rem(self.slots.len())?;
        let slot = &mut self.slots[place];
        if slot.number < number {
            *slot = Slot::new(number);
        }
        (slot.number == number).then_some(slot)
    }

    fn advance(&mut self, note: Note, net: &mut impl Net) {
        let Note { number, digest, .. } = note;
        let (me, quorum) = (self.me, self.quorum);
        let Some(slot) = self.slot(number) else { return };
        if slot.digest.is_none() {
            return;
        }
        if !slot.prepared && slot.prepares.size + 1 >= quorum {
            slot.prepared = true;
            slot.commits.insert(me);
            net.multicast(Note { kind: Kind::Commit, number, digest });
        }
        if slot.prepared && !slot.committed && slot.commits.size >= quorum {
            slot.committed = true;
            net.decide(number, digest[0]);
            net.send(NodeId(0), Note { kind: Kind::Reply, number, digest });
        }
    }
}

impl<const W: usize> App for Votes<W> {
    const NAME: &'static str = "votes";

    fn boot(me: NodeId, nodes: u16, settings: &Settings, net: &mut impl Net) -> Self {
        let requests = settings.requests;
        let slots = (0..requests.min(UNDER_WAY)).map(|i| Slot::new(i.into())).collect();
        let quorum = 2 * (u32::from(nodes) - 1) / 3 + 1;
        let mut node = Self { me, quorum, requests: requests.into(), slots, asked: 0, replies: 0 };
        if me == NodeId(0) {
            node.ask(0, net);
        }
        node
    }

    fn hear(&mut self, from: NodeId, note: Note, net: &mut impl Net) {
        let Note { kind, number, digest } = note;
        let me = self.me;
        if matches!(kind, Kind::Reply) {
            self.replies += u32::from(number == self.asked);
            if number == self.asked && self.replies == self.quorum {
                self.ask(number + 1, net);
            }
            return;
        }
        let Some(slot) = self.slot(number) else { return };
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
                slot.prepares.insert(me);
                net.multicast(Note { kind: Kind::Prepare, number, digest });
                self.advance(note, net);
            }
            Kind::Prepare => {
                slot.prepares.insert(from);
                self.advance(note, net);
            }
            Kind::Commit => {
                slot.commits.insert(from);
                self.advance(note, net);
            }
            Kind::Token | Kind::Reply => {}
        }
    }

    /// Where nobody asks for anything nothing has to be decided.
    fn promises<P: Protocol<Value = u64>>(settings: &Settings) -> Promises<P> {
        if settings.requests == 0 {
            return Promises::none().and(Agreement::default()).and(Integrity::default());
        }
        Promises::consensus()
    }
}
