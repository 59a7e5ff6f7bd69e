//! The one-shot events: a heap of keys over an arena of events.
//!
//! Only the keys, of 16 bytes each, move when the heap is put in order. Once the vectors have
//! grown, an event costs no allocation.
//!
//! A heap whose root stays a hole until the next push was measured too. It wins up to 5 % if every
//! event causes exactly one other, and loses up to 8 % if some cause many and most cause none.

use super::Key;

/// Children of a node. Four are as large as one cache line, and halve the height of a binary heap.
const ARITY: usize = 4;

/// Events by key, smallest first. They cannot be taken back.
#[derive(Debug)]
pub(super) struct Heap<E> {
    /// No key is smaller than the one at `(its index - 1) / ARITY`.
    keys: Vec<Key>,
    /// `slots[key.slot()]` is the event of `key`.
    slots: Vec<E>,
    /// The empty slots. The last one emptied is the next one used: it is still in the cache.
    free: Vec<u32>,
}

impl<E: Default> Heap<E> {
    pub(super) const fn new() -> Self {
        Self { keys: Vec::new(), slots: Vec::new(), free: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.slots.clear();
        self.free.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The smallest key, [`Key::NEVER`] if there is none.
    #[inline]
    pub(super) fn first(&self) -> Key {
        self.keys.first().copied().unwrap_or(Key::NEVER)
    }

    #[inline(always)]
    pub(super) fn push(&mut self, key: Key, event: E) {
        let key = key.with_slot(self.store(event));
        self.keys.push(key);
        self.rise(self.keys.len() - 1, key);
    }

    /// Takes out the smallest key. Its event stays in its slot until it is [taken](Self::take).
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Key> {
        let last = self.keys.pop()?;
        let first = self.keys.first().copied().unwrap_or(last);
        if !self.keys.is_empty() {
            self.sink(last);
        }
        Some(first)
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

    /// Puts `key` at `at` or, as long as it is smaller than the parent, further up.
    #[inline]
    fn rise(&mut self, mut at: usize, key: Key) {
        let keys = self.keys.as_mut_slice();
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if keys[parent] < key {
                break;
            }
            keys[at] = keys[parent];
            at = parent;
        }
        keys[at] = key;
    }

    /// Puts `key` at the root or, as long as it is larger than a child, further down.
    #[inline]
    fn sink(&mut self, key: Key) {
        let keys = self.keys.as_mut_slice();
        let mut at = 0;
        while let Some((child, least)) = least_child(keys, at) {
            if key < least {
                break;
            }
            keys[at] = least;
            at = child;
        }
        keys[at] = key;
    }
}

/// The smallest child of the node at `at`, and where it is.
#[inline]
fn least_child(keys: &[Key], at: usize) -> Option<(usize, Key)> {
    let start = at * ARITY + 1;
    let family = match keys.get(start..start + ARITY) {
        Some(&[a, b, c, d]) => [a, b, c, d],
        _ if start >= keys.len() => return None,
        _ => std::array::from_fn(|i| keys.get(start + i).copied().unwrap_or(Key::NEVER)),
    };
    // A tournament, since it compiles to no jumps: no processor can predict the smallest of four.
    let [a, b, c, d] = family;
    let left = if b < a { (start + 1, b) } else { (start, a) };
    let right = if d < c { (start + 3, d) } else { (start + 2, c) };
    Some(if right.1 < left.1 { right } else { left })
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

        let memory = |heap: &Heap<u64>| (heap.keys.capacity(), heap.slots.capacity());
        let before = memory(&heap);
        heap.clear();
        assert_eq!((heap.len(), heap.first()), (0, Key::NEVER));
        assert_eq!(memory(&heap), before);
    }
}
