//! The queues of the bare loops, which all give one order: that of the keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasherDefault, Hasher};

use priority_queue::PriorityQueue;

/// What is to happen, by time (64 bits) | sequence (36) | slot (28).
pub(crate) trait Pending: Default {
    /// Whether a push replaces the entry of the same slot, whenever that is due.
    const BY_SLOT: bool = false;
    fn clear(&mut self);
    fn push(&mut self, key: u128);
    fn pop(&mut self) -> Option<u128>;
}

/// The slot of a key.
pub(crate) const fn slot(key: u128) -> u32 {
    (key & 0x0fff_ffff) as u32
}

/// A 4-ary heap. The children of a node lie in one line of the cache; the places that are not used
/// hold the largest key. With `HOLE` the place of what was taken out stays empty until the next
/// push fills it, which saves half the work where each event causes one other.
///
/// The root is the place 3, and the children of `i` are the places from `4 (i - 2)` on.
#[derive(Default)]
pub(crate) struct Quad<const HOLE: bool> {
    lines: Vec<Line>,
    /// The first place that is not used; 3 if there is nothing.
    end: usize,
    has_hole: bool,
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u128; 4]);

const ROOT: usize = 3;
const NOTHING: u128 = u128::MAX;

impl<const HOLE: bool> Quad<HOLE> {
    fn rise(&mut self, mut at: usize, key: u128) {
        while at > ROOT {
            let parent = at / 4 + 2;
            let above = self.lines[parent / 4].0[parent % 4];
            if above < key {
                break;
            }
            self.lines[at / 4].0[at % 4] = above;
            at = parent;
        }
        self.lines[at / 4].0[at % 4] = key;
    }

    /// Puts `key` at the root or, as long as it is larger than a child, further down.
    fn sink(&mut self, key: u128) {
        let mut at = ROOT;
        while let Some(&Line([a, b, c, d])) = self.lines.get(at - 2) {
            let left = if b < a { (1, b) } else { (0, a) };
            let right = if d < c { (3, d) } else { (2, c) };
            let (child, least) = if right.1 < left.1 { right } else { left };
            if key < least {
                break;
            }
            self.lines[at / 4].0[at % 4] = least;
            at = 4 * (at - 2) + child;
        }
        self.lines[at / 4].0[at % 4] = key;
    }

    /// Puts the last key where the first one was.
    fn fill_root(&mut self) {
        self.end -= 1;
        let last = std::mem::replace(&mut self.lines[self.end / 4].0[self.end % 4], NOTHING);
        if self.end > ROOT {
            self.sink(last);
        }
    }
}

impl<const HOLE: bool> Pending for Quad<HOLE> {
    fn clear(&mut self) {
        self.lines.clear();
        self.lines.push(Line([NOTHING; 4]));
        self.end = ROOT;
        self.has_hole = false;
    }

    #[inline]
    fn push(&mut self, key: u128) {
        if HOLE && std::mem::take(&mut self.has_hole) {
            return self.sink(key);
        }
        let at = self.end;
        if at / 4 == self.lines.len() {
            self.lines.push(Line([NOTHING; 4]));
        }
        self.end += 1;
        self.rise(at, key);
    }

    #[inline]
    fn pop(&mut self) -> Option<u128> {
        if HOLE && std::mem::take(&mut self.has_hole) {
            self.fill_root();
        }
        if self.end == ROOT {
            return None;
        }
        let first = self.lines[0].0[ROOT];
        if HOLE {
            self.has_hole = true;
        } else {
            self.fill_root();
        }
        Some(first)
    }
}

/// std's heap.
#[derive(Default)]
pub(crate) struct Binary(BinaryHeap<Reverse<u128>>);

impl Pending for Binary {
    fn clear(&mut self) {
        self.0.clear();
    }
    #[inline]
    fn push(&mut self, key: u128) {
        self.0.push(Reverse(key));
    }
    #[inline]
    fn pop(&mut self) -> Option<u128> {
        self.0.pop().map(|Reverse(key)| key)
    }
}

/// The crate `priority-queue` for everything, messages and timers, by slot.
#[derive(Default)]
pub(crate) struct Keyed(PriorityQueue<u32, Reverse<u128>, BuildHasherDefault<Scatter>>);

impl Pending for Keyed {
    const BY_SLOT: bool = true;

    fn clear(&mut self) {
        self.0.clear();
    }
    #[inline]
    fn push(&mut self, key: u128) {
        self.0.push(slot(key), Reverse(key));
    }
    #[inline]
    fn pop(&mut self) -> Option<u128> {
        self.0.pop().map(|(_, Reverse(key))| key)
    }
}

/// A hash of one number, as cheap as can be, so that it is not the hash that is measured.
#[derive(Default)]
pub(crate) struct Scatter(u64);

impl Hasher for Scatter {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only slots are hashed");
    }
    fn write_u32(&mut self, slot: u32) {
        self.0 = u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(20);
    }
}
