//! The one-shot events: a heap of keys over an arena of events.
//!
//! Only the keys, of 16 bytes each, move when the heap is put in order. Once the vectors have
//! grown, an event costs no allocation.
//!
//! A heap whose root stays a hole until the next push was measured too. It wins up to 5 % if every
//! event causes exactly one other, and loses up to 8 % if some cause many and most cause none.

use super::Key;

/// Children of a node. Four keys are as large as one cache line, and halve the height of a binary
/// heap.
const ARITY: usize = 4;
/// The place of the root, so that children of one node are one [`Family`]: those of the node at `p`
/// are the family `p - 2`, and its parent is at `p / 4 + 2`. The places before it stay empty.
const ROOT: usize = ARITY - 1;

/// Four siblings. Where there are fewer, the rest are [`Key::NEVER`], so that nobody has to count.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Family([Key; ARITY]);

impl Family {
    const EMPTY: Self = Self([Key::NEVER; ARITY]);

    /// The smallest, and which that is.
    // A tournament, since it compiles to no jumps: no processor can predict the smallest of four.
    #[inline]
    fn least(&self) -> (usize, Key) {
        let Self([a, b, c, d]) = *self;
        let left = if b < a { (1, b) } else { (0, a) };
        let right = if d < c { (3, d) } else { (2, c) };
        if right.1 < left.1 { right } else { left }
    }
}

/// Events by key, smallest first. They cannot be taken back.
#[derive(Debug)]
pub(super) struct Heap<E> {
    /// No key is smaller than its parent's. The first family is there unless all of the heap is yet
    /// to come.
    families: Vec<Family>,
    /// How many keys there are.
    count: usize,
    /// `slots[key.slot()]` is the event of `key`.
    slots: Vec<E>,
    /// The empty slots. The last one emptied is the next one used: it is still in the cache.
    free: Vec<u32>,
}

impl<E: Default> Heap<E> {
    pub(super) const fn new() -> Self {
        Self { families: Vec::new(), count: 0, slots: Vec::new(), free: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.families.clear();
        self.count = 0;
        self.slots.clear();
        self.free.clear();
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// The smallest key, [`Key::NEVER`] if there is none.
    #[inline]
    pub(super) fn first(&self) -> Key {
        self.families.first().map_or(Key::NEVER, |family| family.0[ROOT])
    }

    #[inline(always)]
    pub(super) fn push(&mut self, key: Key, event: E) {
        let key = key.with_slot(self.store(event));
        let at = ROOT + self.count;
        if at / ARITY == self.families.len() {
            self.families.push(Family::EMPTY);
        }
        self.count += 1;
        self.rise(at, key);
    }

    /// Takes out the smallest key. Its event stays in its slot until it is [taken](Self::take).
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Key> {
        self.count = self.count.checked_sub(1)?;
        let first = self.first();
        let last = std::mem::replace(self.at_mut(ROOT + self.count), Key::NEVER);
        if self.count > 0 {
            self.sink(last);
        }
        Some(first)
    }

    /// All events with their keys, in no particular order.
    pub(super) fn all(&self) -> impl Iterator<Item = (Key, &E)> {
        let keys = self.families.iter().flat_map(|family| family.0);
        let all = keys.filter(|key| *key != Key::NEVER);
        all.map(|key| (key, &self.slots[key.slot() as usize]))
    }

    /// The event of a key that is not in the heap any more.
    pub(super) fn at(&self, slot: u32) -> &E {
        &self.slots[slot as usize]
    }

    /// The same, which leaves its slot to another event.
    #[inline(always)]
    pub(super) fn take(&mut self, slot: u32) -> E {
        self.free.push(slot);
        std::mem::take(&mut self.slots[slot as usize])
    }

    #[inline]
    fn store(&mut self, event: E) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = event;
            return slot;
        }
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        assert!(slot < Key::MOST_SLOTS, "more than 2^28 events pending at once");
        self.slots.push(event);
        slot
    }

    #[inline(always)]
    fn at_mut(&mut self, place: usize) -> &mut Key {
        &mut self.families[place / ARITY].0[place % ARITY]
    }

    /// Puts `key` at `at` or, as long as it is smaller than the parent, further up.
    #[inline]
    fn rise(&mut self, mut at: usize, key: Key) {
        while at > ROOT {
            let up = at / ARITY + 2;
            let parent = *self.at_mut(up);
            if parent < key {
                break;
            }
            *self.at_mut(at) = parent;
            at = up;
        }
        *self.at_mut(at) = key;
    }

    /// Puts `key` at the root or, as long as it is larger than a child, further down.
    #[inline]
    fn sink(&mut self, key: Key) {
        // The place of a hole, as a family and which of it.
        let (mut family, mut which) = (0, ROOT);
        while let Some(children) = self.families.get(family * ARITY + which - 2) {
            let (smallest, least) = children.least();
            if key < least {
                break;
            }
            self.families[family].0[which % ARITY] = least;
            (family, which) = (family * ARITY + which - 2, smallest);
        }
        self.families[family].0[which % ARITY] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rank;
    use super::*;
    use generals_models::Time;

    #[test]
    fn slots_are_used_again() {
        let mut heap = Heap::new();
        let key = |n| Key::new(Time::nanos(n), Rank::Deliver, n);
        (0..10).for_each(|n| heap.push(key(n), n));
        for n in 10..1000 {
            let first = heap.pop();
            assert_eq!(first.map(|key| heap.take(key.slot())), Some(n - 10));
            heap.push(key(n), n);
        }
        assert_eq!((heap.len(), heap.slots.len()), (10, 10));

        let memory = |heap: &Heap<u64>| (heap.families.capacity(), heap.slots.capacity());
        let before = memory(&heap);
        heap.clear();
        assert_eq!((heap.len(), heap.first()), (0, Key::NEVER));
        assert_eq!(memory(&heap), before);
    }
}
