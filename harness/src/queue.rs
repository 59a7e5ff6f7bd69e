//! The queue of one run: everything that is still to happen, in one total order.
//!
//! The order is (time, [`Rank`], sequence), and no two entries are equal in it, so the data
//! structures behind it can change without changing a run. There are two, because only timers are
//! ever taken back: one-shot events lie in a packed heap, timers in a keyed priority queue.

mod heap;
#[cfg(test)]
mod tests;
mod timers;

use generals_models::{NodeId, Time};

use heap::Heap;
use timers::Timers;

/// What comes first among the events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// A fault of a node or of the network.
    Fault = 0,
    /// An input from outside the system.
    Input = 1,
    /// The delivery of a message.
    Deliver = 2,
    /// A timer that fires.
    Timer = 3,
}

/// What [`Queue::pop`] took out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Popped<E, T> {
    /// A one-shot event.
    Event(E),
    /// The timer of a node, by its label.
    Timer(NodeId, T),
}

/// What [`Queue::in_order`] shows: something that is still to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending<'q, E, T> {
    /// A one-shot event.
    Event(&'q E),
    /// The timer of a node, by its label.
    Timer(NodeId, &'q T),
}

/// What [`Queue::next`] found: an event stays where it is until it is [taken](Queue::take).
#[derive(Debug)]
pub enum Next<T> {
    /// A one-shot event, by the place where it lies.
    Event(Slot),
    /// The timer of a node, by its label.
    Timer(NodeId, T),
}

/// The place of an event that is no longer in the order, and was not taken yet.
#[derive(Debug)]
pub struct Slot(u32);

/// All that is still to happen in a run: one-shot events `E`, and the timers of the nodes, which
/// the protocol tells apart by a label `T`.
#[derive(Debug)]
pub struct Queue<E, T> {
    events: Heap<E>,
    timers: Timers<T>,
    /// Entries made so far. A timer takes its number when it is set, like an event.
    made: u64,
}

impl<E: Default, T: PartialEq> Queue<E, T> {
    /// An empty queue for a world of `nodes` nodes.
    #[must_use]
    pub fn new(nodes: u16) -> Self {
        Self { events: Heap::new(), timers: Timers::new(nodes), made: 0 }
    }

    /// Forgets everything, for the next run with `nodes` nodes; keeps the memory.
    pub fn clear(&mut self, nodes: u16) {
        self.events.clear();
        self.timers.clear(nodes);
        self.made = 0;
    }

    /// Makes room for timers of `nodes` nodes, if there are fewer.
    pub fn grow(&mut self, nodes: u16) {
        self.timers.grow(nodes);
    }

    /// Lets `event` happen at `at`.
    ///
    /// # Panics
    ///
    /// After 2^34 entries in one run, or with 2^28 events pending.
    #[inline(always)]
    pub fn push(&mut self, at: Time, rank: Rank, event: E) {
        let sequence = self.next_sequence();
        self.events.push(Key::new(at, rank, sequence), event);
    }

    /// Lets the timer `label` of `node` fire at `at`; replaces an armed timer with an equal label.
    /// Here and below, `node` has to be one of the world's.
    ///
    /// # Panics
    ///
    /// After 2^34 entries in one run.
    pub fn set_timer(&mut self, node: NodeId, label: T, at: Time) {
        let sequence = self.next_sequence();
        self.timers.set(node, label, Key::new(at, Rank::Timer, sequence));
    }

    /// Takes back the timer `label` of `node`; says whether it was armed.
    pub fn cancel_timer(&mut self, node: NodeId, label: &T) -> bool {
        self.timers.cancel(node, label)
    }

    /// Takes back all timers of `node`: it crashed.
    pub fn cancel_all(&mut self, node: NodeId) {
        self.timers.cancel_all(node);
    }

    /// Takes out what happens next, and when.
    pub fn pop(&mut self) -> Option<(Time, Popped<E, T>)> {
        let (at, next) = self.next()?;
        Some((at, self.take(next)))
    }

    /// What happens next, and when. It counts as taken out, but for an event that has not moved yet.
    #[inline(always)]
    #[expect(clippy::should_implement_trait, reason = "what is found has to be taken")]
    pub fn next(&mut self) -> Option<(Time, Next<T>)> {
        if self.timers.first_before(self.events.first()).is_some() {
            return self.next_timer();
        }
        let due = self.events.pop()?;
        Some((due.time(), Next::Event(Slot(due.slot()))))
    }

    /// Takes what [`next`](Self::next) found.
    pub fn take(&mut self, next: Next<T>) -> Popped<E, T> {
        match next {
            Next::Event(slot) => Popped::Event(self.take_event(slot)),
            Next::Timer(node, label) => Popped::Timer(node, label),
        }
    }

    /// Takes an event that [`next`](Self::next) found.
    // Always: a call would move the event once more.
    #[inline(always)]
    #[expect(clippy::needless_pass_by_value, reason = "what is taken is not there any more")]
    pub fn take_event(&mut self, slot: Slot) -> E {
        self.events.take(slot.0)
    }

    /// The event that was found at `slot`.
    #[must_use]
    pub fn event(&self, slot: &Slot) -> &E {
        self.events.at(slot.0)
    }

    /// Out of line: few timers fire.
    #[inline(never)]
    fn next_timer(&mut self) -> Option<(Time, Next<T>)> {
        let (due, node, label) = self.timers.pop()?;
        Some((due.time(), Next::Timer(node, label)))
    }

    /// When the next thing happens. (Sweeps stale entries aside, hence `&mut`.)
    #[inline]
    pub fn peek_time(&mut self) -> Option<Time> {
        let event = self.events.first();
        let next = self.timers.first_before(event).unwrap_or(event);
        (next != Key::NEVER).then(|| next.time())
    }

    /// All that is still to happen and when, in its order.
    #[must_use]
    pub fn in_order(&self) -> Vec<(Time, Pending<'_, E, T>)> {
        let events = self.events.all().map(|(key, event)| (key, Pending::Event(event)));
        let timers = self.timers.all();
        let timers = timers.map(|(key, node, label)| (key, Pending::Timer(node, label)));
        let mut all: Vec<_> = events.chain(timers).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all.into_iter().map(|(key, pending)| (key.time(), pending)).collect()
    }

    /// How many events and armed timers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len() + self.timers.len()
    }

    /// Whether nothing is to happen any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The armed timers of `node` and when they fire, for diagnostics; in no particular order.
    pub fn timers_of(&self, node: NodeId) -> impl Iterator<Item = (&T, Time)> {
        self.timers.of(node)
    }

    #[inline]
    fn next_sequence(&mut self) -> u64 {
        assert!(self.made < Key::MOST_SEQUENCES, "more than 2^34 queue entries in one run");
        self.made += 1;
        self.made - 1
    }
}

/// The place of an entry in the total order, packed so that one comparison decides:
/// time (64 bits) | rank (2) | sequence (34) | slot (28).
///
/// The slot says where a heap keeps the event. It never decides, since sequences differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

impl Key {
    /// After every real key: there is always room for one more sequence.
    const NEVER: Self = Self(u128::MAX);
    const MOST_SEQUENCES: u64 = (1 << 34) - 1;
    const MOST_SLOTS: u32 = 1 << 28;

    #[inline]
    fn new(time: Time, rank: Rank, sequence: u64) -> Self {
        let time = u128::from(time.as_nanos());
        Self(time << 64 | (rank as u128) << 62 | u128::from(sequence) << 28)
    }

    /// This key, made without a slot, with `slot`.
    #[inline]
    fn with_slot(self, slot: u32) -> Self {
        Self(self.0 | u128::from(slot))
    }

    #[inline]
    fn slot(self) -> u32 {
        (self.0 & 0x0fff_ffff) as u32
    }

    #[inline]
    fn time(self) -> Time {
        Time::nanos((self.0 >> 64) as u64)
    }
}
