//! The parts by themselves: the queue, its timers, and the choosers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;
use std::hint::black_box;

use generals::queue::{Popped, Queue, Rank};
use generals::{
    Among, Chance, Choose, Concern, Deviation, NodeId, Noting, Script, Scripted, Seeded, Span,
    Stream, Time,
};
use priority_queue::PriorityQueue;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::common::clock::Clock;
use crate::common::contest::Contest;
use crate::common::options::Options;

/// Units of work between two looks at the clock.
const BATCH: u64 = 2000;

/// As large as a message of 48 bytes and its address.
type Load = [u64; 7];

/// Cheap numbers, so that it is not their making that is measured.
struct Cheap(u64);

impl Cheap {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 1 to about 10 ms.
    fn delay(&mut self) -> Span {
        Span::nanos(1_000_000 + (self.next() >> 41))
    }

    fn node(&mut self, nodes: u16) -> NodeId {
        NodeId(u16::try_from((self.next() >> 32) % u64::from(nodes)).unwrap_or(0))
    }
}

/// std's heap of packed keys, over a slab.
#[derive(Default)]
struct Plain {
    heap: BinaryHeap<Reverse<u128>>,
    slots: Vec<Load>,
    free: Vec<u32>,
    made: u64,
}

impl Plain {
    fn push(&mut self, at: Time, load: Load) {
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = load;
            slot
        } else {
            self.slots.push(load);
            u32::try_from(self.slots.len() - 1).unwrap_or(0)
        };
        let time = u128::from(at.as_nanos());
        self.heap.push(Reverse(time << 64 | u128::from(self.made) << 28 | u128::from(slot)));
        self.made += 1;
    }

    fn pop(&mut self) -> Option<(Time, Load)> {
        let Reverse(key) = self.heap.pop()?;
        let slot = (key & 0x0fff_ffff) as u32;
        self.free.push(slot);
        Some((Time::nanos((key >> 64) as u64), self.slots[slot as usize]))
    }
}

/// The crate `priority-queue` for everything, over the same slab: any entry can be taken back.
#[derive(Default)]
struct Keyed {
    queue: PriorityQueue<u32, Reverse<u128>, BuildHasherDefault<DefaultHasher>>,
    slots: Vec<Load>,
    free: Vec<u32>,
    made: u64,
}

/// Stands for a timer where a slot is expected; the node is below.
const TIMER: u32 = 1 << 27;

impl Keyed {
    fn key(&mut self, at: Time) -> Reverse<u128> {
        self.made += 1;
        Reverse(u128::from(at.as_nanos()) << 64 | u128::from(self.made))
    }

    fn push(&mut self, at: Time, load: Load) {
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = load;
            slot
        } else {
            self.slots.push(load);
            u32::try_from(self.slots.len() - 1).unwrap_or(0)
        };
        let key = self.key(at);
        self.queue.push(slot, key);
    }

    fn set_timer(&mut self, node: NodeId, at: Time) {
        let key = self.key(at);
        self.queue.push(TIMER + u32::from(node.0), key);
    }

    /// When, and the load, if it is not a timer.
    fn pop(&mut self) -> Option<(Time, u32, Option<Load>)> {
        let (slot, Reverse(key)) = self.queue.pop()?;
        let load = (slot < TIMER).then(|| {
            self.free.push(slot);
            self.slots[slot as usize]
        });
        Some((Time::nanos((key >> 64) as u64), slot, load))
    }
}

/// As many events as there are: one is taken out, another put in.
pub(crate) fn queue(options: &Options) {
    for size in [10, 100, 1_000, 10_000] {
        let mut contest =
            Contest::new(format!("queue, {size} events"), "pop and push", Clock::Processor);
        let (mut plain, mut cheap) = (Plain::default(), Cheap(7));
        (0..size).for_each(|_| plain.push(Time::ZERO + cheap.delay(), Load::default()));
        contest.yardstick("std BinaryHeap of packed keys, and a slab", move || {
            for _ in 0..BATCH {
                let Some((now, load)) = plain.pop() else { break };
                plain.push(now + cheap.delay(), load);
            }
            BATCH
        });
        let (mut keyed, mut cheap) = (Keyed::default(), Cheap(7));
        (0..size).for_each(|_| keyed.push(Time::ZERO + cheap.delay(), Load::default()));
        contest.entry("priority-queue holds everything", move || {
            for _ in 0..BATCH {
                let Some((now, _, Some(load))) = keyed.pop() else { break };
                keyed.push(now + cheap.delay(), load);
            }
            BATCH
        });
        let (mut queue, mut cheap) = (Queue::<Load, ()>::new(1), Cheap(7));
        (0..size).for_each(|_| {
            queue.push(Time::ZERO + cheap.delay(), Rank::Deliver, Load::default());
        });
        contest.entry("generals", move || {
            for _ in 0..BATCH {
                let Some((now, Popped::Event(load))) = queue.pop() else { break };
                queue.push(now + cheap.delay(), Rank::Deliver, load);
            }
            BATCH
        });
        contest.hold_if_asked(options);
    }
}

/// The only timer of each of many nodes: it fires, and is set again.
pub(crate) fn timers_that_fire(options: &Options) {
    for nodes in [10, 100, 1_000] {
        let mut contest =
            Contest::new(format!("timers, {nodes} that fire"), "pop and set", Clock::Processor);
        let (mut plain, mut cheap) = (Plain::default(), Cheap(7));
        NodeId::all(nodes).for_each(|_| plain.push(Time::ZERO + cheap.delay(), Load::default()));
        contest.yardstick("std BinaryHeap, nothing can be cancelled", move || {
            for _ in 0..BATCH {
                let Some((now, node)) = plain.pop() else { break };
                plain.push(now + cheap.delay(), node);
            }
            BATCH
        });
        let (mut keyed, mut cheap) = (Keyed::default(), Cheap(7));
        NodeId::all(nodes).for_each(|node| keyed.set_timer(node, Time::ZERO + cheap.delay()));
        contest.entry("priority-queue holds everything", move || {
            for _ in 0..BATCH {
                let Some((now, timer, _)) = keyed.pop() else { break };
                let node = NodeId(u16::try_from(timer - TIMER).unwrap_or(0));
                keyed.set_timer(node, now + cheap.delay());
            }
            BATCH
        });
        let (mut queue, mut cheap) = (Queue::<Load, u8>::new(nodes), Cheap(7));
        NodeId::all(nodes).for_each(|node| queue.set_timer(node, 0, Time::ZERO + cheap.delay()));
        contest.entry("generals", move || {
            for _ in 0..BATCH {
                let Some((now, Popped::Timer(node, label))) = queue.pop() else { break };
                queue.set_timer(node, label, now + cheap.delay());
            }
            BATCH
        });
        contest.hold_if_asked(options);
    }
}

/// The same timers, put off before they fire, while messages go to and fro.
pub(crate) fn timers_put_off(options: &Options) {
    for nodes in [10, 100, 1_000] {
        let title = format!("timers, {nodes} put off, 100 events");
        let mut contest = Contest::new(title, "event and reset", Clock::Processor);
        let patience = Span::millis(100);
        let mut reset = with_stale_entries(nodes, patience);
        contest.yardstick("std BinaryHeap, stale entries stay", move || {
            (0..BATCH).for_each(|_| reset());
            BATCH
        });
        let (mut keyed, mut cheap) = (Keyed::default(), Cheap(7));
        (0..100).for_each(|_| keyed.push(Time::ZERO + cheap.delay(), Load::default()));
        contest.entry("priority-queue holds everything", move || {
            for _ in 0..BATCH {
                let Some((now, _, load)) = keyed.pop() else { break };
                if let Some(load) = load {
                    keyed.set_timer(cheap.node(nodes), now + patience);
                    keyed.push(now + cheap.delay(), load);
                }
            }
            BATCH
        });
        let (mut queue, mut cheap) = (Queue::<Load, u8>::new(nodes), Cheap(7));
        for _ in 0..100 {
            queue.push(Time::ZERO + cheap.delay(), Rank::Deliver, Load::default());
        }
        contest.entry("generals", move || {
            for _ in 0..BATCH {
                let Some((now, popped)) = queue.pop() else { break };
                if let Popped::Event(load) = popped {
                    let node = cheap.node(nodes);
                    queue.cancel_timer(node, &0);
                    queue.set_timer(node, 0, now + patience);
                    queue.push(now + cheap.delay(), Rank::Deliver, load);
                }
            }
            BATCH
        });
        contest.hold_if_asked(options);
    }
}

/// Cancels the usual way: a timer's entry stays in the heap, and is ignored when its turn comes.
fn with_stale_entries(nodes: u16, patience: Span) -> impl FnMut() {
    let (mut plain, mut cheap) = (Plain::default(), Cheap(7));
    let mut current: Vec<u64> = vec![0; nodes.into()];
    for _ in 0..100 {
        plain.push(Time::ZERO + cheap.delay(), Load::default());
    }
    move || {
        // An event's load begins with 0, a timer's with the number of its set.
        while let Some((now, load)) = plain.pop() {
            let [set, of, ..] = load;
            if set == 0 {
                let node = cheap.node(nodes);
                let set = plain.made + 1;
                current[node.index()] = set;
                plain.push(now + patience, [set, node.0.into(), 0, 0, 0, 0, 0]);
                plain.push(now + cheap.delay(), load);
                return;
            }
            if usize::try_from(of).is_ok_and(|node| current[node] == set) {
                // It fires, and nothing comes of it.
                return;
            }
        }
    }
}

/// The links of four nodes, in turn.
fn links(concern: Concern) -> [Stream; 12] {
    let mut links = NodeId::all(4)
        .flat_map(|from| NodeId::all(4).filter(move |to| *to != from).map(move |to| (from, to)));
    std::array::from_fn(|_| {
        let (from, to) = links.next().unwrap_or_default();
        Stream::link(concern, from, to)
    })
}

/// So many choices are made in one of the short runs that are measured below.
const IN_A_RUN: u64 = 232;

pub(crate) fn choices(options: &Options) {
    let length = Among::Length { span: Span::millis(9), grain: 2 };
    let kinds = [
        ("Below", Among::Below(16)),
        ("Chance", Among::Chance(Chance::ppm(200_000))),
        ("Length", length),
        ("Doublings", Among::Doublings { most: 16 }),
    ];
    let streams = links(Concern::Delay);
    let mut contest = Contest::new("choices".to_owned(), "choice", Clock::Processor);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    contest.yardstick("a word of ChaCha8, scaled down", move || {
        for _ in 0..BATCH {
            black_box((u128::from(rng.next_u64()) * 16) >> 64);
        }
        BATCH
    });
    for (name, among) in kinds {
        let mut seeded = Seeded::new(7);
        contest.entry(&format!("Seeded, {name}"), move || {
            for (_, stream) in (0..BATCH).zip(streams.iter().cycle()) {
                black_box(seeded.choose(*stream, black_box(among)));
            }
            BATCH
        });
    }
    contest.hold_if_asked(options);

    let run = move |choose: &mut dyn Choose| {
        for (_, stream) in (0..IN_A_RUN).zip(streams.iter().cycle()) {
            black_box(choose.choose(*stream, length));
        }
        IN_A_RUN
    };
    let script: Script =
        (0..3).map(|nth| Deviation { stream: streams[5], nth, answer: 4_000_000 }).collect();
    let title = format!("choosers, a new one for {IN_A_RUN} choices");
    let mut contest = Contest::new(title, "choice", Clock::Processor);
    let mut seeds = 0..;
    contest.entry("Seeded", move || run(&mut Seeded::new(seeds.next().unwrap_or(0))));
    contest.entry("Scripted, 3 deviations", move || run(&mut Scripted::new(&script)));
    let mut seeds = 0..;
    contest.entry("Noting what Seeded says", move || {
        run(&mut Noting::new(Seeded::new(seeds.next().unwrap_or(0))))
    });
    contest.hold_if_asked(options);
}
