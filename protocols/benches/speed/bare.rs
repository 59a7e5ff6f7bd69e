//! The bare loop: what one would write by hand to play one application, with one queue or another.
//!
//! It makes the same choices in the same order as the harness, so that the runs are the same runs.
//! There is no digest, no promise, no fault and no panic caught.

use generals::{Concern, NodeId, Span, Time};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::apps::{App, Net, Note, Settings};
use crate::played::{PATIENCE, Workload};
use crate::queues::{Pending, slot};

/// Latencies of the default timing model.
const LEAST: Span = Span::millis(1);
const LONGEST: Span = Span::millis(10);

/// Stands for a timer where a slot is expected; the node is below.
const TIMER: u32 = 1 << 27;

pub(crate) struct Bare<A, Q> {
    settings: Settings,
    most: u64,
    world: Rest<Q>,
    nodes: Vec<A>,
}

/// Everything but the nodes.
struct Rest<Q> {
    nodes: u16,
    now: Time,
    queue: Q,
    slots: Vec<(NodeId, NodeId, Note)>,
    free: Vec<u32>,
    made: u64,
    delays: ChaCha8Rng,
    seed: u64,
    /// Not every application has any.
    coins: Option<ChaCha8Rng>,
    /// When each node's timer is due. Where an entry can't be replaced, it is moved when it is
    /// reached.
    timers: Vec<Time>,
    queued: Vec<bool>,
    decided: u64,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) delivered: u64,
    pub(crate) at: Time,
}

impl<A: App, Q: Pending> Bare<A, Q> {
    pub(crate) fn new(workload: &Workload) -> Self {
        let world = Rest {
            nodes: workload.nodes,
            now: Time::ZERO,
            queue: Q::default(),
            slots: Vec::new(),
            free: Vec::new(),
            made: 0,
            delays: stream(0, Concern::Delay),
            seed: 0,
            coins: None,
            timers: Vec::new(),
            queued: Vec::new(),
            decided: 0,
        };
        let most = workload.most.unwrap_or(u64::MAX);
        Self { settings: workload.settings.clone(), most, world, nodes: Vec::new() }
    }

    pub(crate) fn run(&mut self, seed: u64) -> Over {
        let Self { settings, most, world, nodes } = self;
        world.reset(seed);
        nodes.clear();
        for id in NodeId::all(world.nodes) {
            let node = A::boot(id, world.nodes, settings, &mut world.of(id));
            nodes.push(node);
        }
        let mut delivered = 0;
        while let Some(key) = world.queue.pop() {
            world.now = Time::nanos((key >> 64) as u64);
            let slot = slot(key);
            if slot >= TIMER {
                world.timer_reached((slot - TIMER) as usize);
                continue;
            }
            if delivered == *most {
                break;
            }
            world.free.push(slot);
            let (from, to, note) = world.slots[slot as usize];
            delivered += 1;
            nodes[to.index()].hear(from, note, &mut world.of(to));
        }
        Over { delivered, at: world.now }
    }
}

impl<Q: Pending> Rest<Q> {
    fn reset(&mut self, seed: u64) {
        self.now = Time::ZERO;
        self.queue.clear();
        self.slots.clear();
        self.free.clear();
        self.made = 0;
        self.delays = stream(seed, Concern::Delay);
        self.seed = seed;
        self.coins = None;
        self.timers.clear();
        self.timers.resize(self.nodes.into(), Time::ZERO);
        self.queued.clear();
        self.queued.resize(self.nodes.into(), false);
        self.decided = 0;
    }

    const fn of(&mut self, me: NodeId) -> Mine<'_, Q> {
        Mine { me, rest: self }
    }

    fn push(&mut self, at: Time, slot: u32) {
        let sequence = u128::from(self.made);
        self.made += 1;
        self.queue.push(u128::from(at.as_nanos()) << 64 | sequence << 28 | u128::from(slot));
    }

    fn timer_reached(&mut self, node: usize) {
        let due = self.timers[node];
        if due > self.now {
            self.push(due, TIMER + u32::try_from(node).unwrap_or(0));
        } else {
            // It fires, and nothing comes of it.
            self.queued[node] = false;
        }
    }
}

struct Mine<'a, Q> {
    me: NodeId,
    rest: &'a mut Rest<Q>,
}

impl<Q: Pending> Net for Mine<'_, Q> {
    fn send(&mut self, to: NodeId, note: Note) {
        let rest = &mut *self.rest;
        let lengths = LONGEST.saturating_sub(LEAST).as_nanos() + 1;
        let due = rest.now + LEAST + Span::nanos(below(lengths, rest.delays.next_u64()));
        let letter = (self.me, to, note);
        let slot = if let Some(slot) = rest.free.pop() {
            rest.slots[slot as usize] = letter;
            slot
        } else {
            rest.slots.push(letter);
            u32::try_from(rest.slots.len() - 1).unwrap_or(0)
        };
        rest.push(due, slot);
    }

    fn multicast(&mut self, note: Note) {
        for to in NodeId::all(self.rest.nodes) {
            if to != self.me {
                self.send(to, note);
            }
        }
    }

    fn coin(&mut self, sides: u64) -> u64 {
        let Rest { coins, seed, .. } = self.rest;
        let coins = coins.get_or_insert_with(|| stream(*seed, Concern::Coin));
        below(sides, coins.next_u64())
    }

    fn reset_timer(&mut self) {
        let (rest, node) = (&mut *self.rest, self.me.index());
        let due = rest.now + PATIENCE;
        rest.timers[node] = due;
        if Q::BY_SLOT || !rest.queued[node] {
            rest.queued[node] = true;
            rest.push(due, TIMER + u32::from(self.me.0));
        }
    }

    fn decide(&mut self, slot: u64, value: u64) {
        self.rest.decided ^= slot ^ value;
    }
}

/// The generator that `Seeded` uses.
fn stream(seed: u64, concern: Concern) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(b"generals");
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(concern as u64);
    rng
}

fn below(n: u64, word: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}
