//! The timers: per node a table of labels, and one keyed priority queue that wakes the tables.
//!
//! Protocols set their timers again and again, and few ever fire. So setting a timer later, or
//! cancelling it, writes only the table; its entry in the queue stays as it is, and is moved or
//! dropped when its turn comes. The key that counts is the one given at the set, so timers fire
//! in the same order as if every entry had been moved at once.

use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;

use generals_models::{NodeId, Time};
use priority_queue::PriorityQueue;

use super::Key;

/// A node and an index in its table.
type PlaceId = (NodeId, usize);
/// The hasher has fixed keys; besides, nothing depends on the order within the map.
type Wakes = PriorityQueue<PlaceId, Reverse<Key>, BuildHasherDefault<DefaultHasher>>;

/// The timers of all nodes.
#[derive(Debug)]
pub(super) struct Timers<T> {
    tables: Vec<Vec<Place<T>>>,
    wakes: Wakes,
    /// The first entry of `wakes`, or [`Key::NEVER`]: most events need to know no more.
    first_wake: Key,
    armed: usize,
}

/// Room for one timer. When its timer is gone the next label may have it, even if an entry of the
/// queue still refers to it: an entry only says when to look.
#[derive(Debug)]
struct Place<T> {
    armed: Option<Armed<T>>,
    /// The place's entry in the queue, never later than `armed`; or [`Key::NEVER`].
    wake: Key,
}

#[derive(Debug)]
struct Armed<T> {
    label: T,
    due: Key,
}

impl<T: PartialEq> Timers<T> {
    pub(super) fn new(nodes: u16) -> Self {
        let mut timers =
            Self { tables: Vec::new(), wakes: Wakes::default(), first_wake: Key::NEVER, armed: 0 };
        timers.clear(nodes);
        timers
    }

    pub(super) fn clear(&mut self, nodes: u16) {
        self.tables.iter_mut().for_each(Vec::clear);
        self.grow(nodes);
        self.wakes.clear();
        self.first_wake = Key::NEVER;
        self.armed = 0;
    }

    /// Never fewer: a table dropped is memory given back.
    pub(super) fn grow(&mut self, nodes: u16) {
        self.tables.resize_with(self.tables.len().max(nodes.into()), Vec::new);
    }

    /// How many timers are armed.
    pub(super) fn len(&self) -> usize {
        self.armed
    }

    pub(super) fn of(&self, node: NodeId) -> impl Iterator<Item = (&T, Time)> {
        let armed = self.tables[node.index()].iter().filter_map(|place| place.armed.as_ref());
        armed.map(|timer| (&timer.label, timer.due.time()))
    }

    /// All armed timers with the keys that count, in no particular order.
    pub(super) fn all(&self) -> impl Iterator<Item = (Key, NodeId, &T)> {
        self.tables.iter().enumerate().flat_map(|(i, table)| {
            let node = NodeId(u16::try_from(i).unwrap_or(u16::MAX));
            let armed = table.iter().filter_map(|place| place.armed.as_ref());
            armed.map(move |timer| (timer.due, node, &timer.label))
        })
    }

    pub(super) fn set(&mut self, node: NodeId, label: T, due: Key) {
        let table = &mut self.tables[node.index()];
        let index = index_of(table, &label).unwrap_or_else(|| {
            self.armed += 1;
            free_index(table)
        });
        let place = &mut table[index];
        place.armed = Some(Armed { label, due });
        if due < place.wake {
            place.wake = due;
            self.wakes.push((node, index), Reverse(due));
            self.first_wake = self.first_wake.min(due);
        }
    }

    pub(super) fn cancel(&mut self, node: NodeId, label: &T) -> bool {
        let table = &mut self.tables[node.index()];
        let Some(index) = index_of(table, label) else { return false };
        table[index].armed = None;
        self.armed -= 1;
        true
    }

    pub(super) fn cancel_all(&mut self, node: NodeId) {
        for place in &mut self.tables[node.index()] {
            self.armed -= usize::from(place.armed.take().is_some());
        }
    }

    /// When the first timer fires, if that is before `limit`.
    #[inline]
    pub(super) fn first_before(&mut self, limit: Key) -> Option<Key> {
        (self.first_wake < limit && self.settle(limit)).then_some(self.first_wake)
    }

    /// Moves or drops stale entries until none is before `limit`, or the first is a timer's due:
    /// says whether it is.
    #[inline(never)]
    fn settle(&mut self, limit: Key) -> bool {
        while self.first_wake < limit {
            let Some((&(node, index), _)) = self.wakes.peek() else { return false };
            let place = &mut self.tables[node.index()][index];
            match &place.armed {
                Some(timer) if timer.due == place.wake => return true,
                Some(timer) => {
                    place.wake = timer.due;
                    self.wakes.push((node, index), Reverse(timer.due));
                }
                None => {
                    place.wake = Key::NEVER;
                    self.wakes.pop();
                }
            }
            self.note_first_wake();
        }
        false
    }

    /// Takes out the first timer, once [`Self::first_before`] has found it.
    pub(super) fn pop(&mut self) -> Option<(Key, NodeId, T)> {
        let ((node, index), _) = self.wakes.pop()?;
        self.note_first_wake();
        let place = &mut self.tables[node.index()][index];
        place.wake = Key::NEVER;
        self.armed -= 1;
        place.armed.take().map(|timer| (timer.due, node, timer.label))
    }

    fn note_first_wake(&mut self) {
        self.first_wake = self.wakes.peek().map_or(Key::NEVER, |(_, &Reverse(wake))| wake);
    }
}

/// Where the armed timer `label` is.
fn index_of<T: PartialEq>(table: &[Place<T>], label: &T) -> Option<usize> {
    table.iter().position(|place| place.armed.as_ref().is_some_and(|timer| timer.label == *label))
}

/// A place without a timer. A new one only if all are taken, so that a table grows with the timers
/// armed at once and not with the labels ever used.
fn free_index<T>(table: &mut Vec<Place<T>>) -> usize {
    table.iter().position(|place| place.armed.is_none()).unwrap_or_else(|| {
        table.push(Place { armed: None, wake: Key::NEVER });
        table.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::super::Rank;
    use super::*;

    const N0: NodeId = NodeId(0);

    fn due(nanos: u64) -> Key {
        Key::new(Time::nanos(nanos), Rank::Timer, nanos)
    }

    #[test]
    fn ever_new_labels_do_not_make_the_table_grow() {
        let mut timers = Timers::new(1);
        for view in 0..1000 {
            timers.set(N0, view, due(1_000_000 + view));
            assert!(view == 0 || timers.cancel(N0, &(view - 1)));
        }
        assert_eq!(timers.len(), 1);
        assert_eq!(timers.tables[0].len(), 2, "two were armed at once");
        assert_eq!(timers.wakes.len(), 2);
    }

    #[test]
    fn setting_later_and_cancelling_leave_the_queue_alone() {
        let mut timers = Timers::new(1);
        timers.set(N0, 'a', due(10));
        timers.set(N0, 'a', due(20));
        timers.cancel(N0, &'a');
        timers.set(N0, 'b', due(30));
        assert_eq!(timers.first_wake, due(10));
        assert_eq!(timers.first_before(due(25)), None);
        assert_eq!(timers.first_wake, due(30));
    }

    #[test]
    fn clearing_keeps_the_memory_even_for_fewer_nodes() {
        let mut timers = Timers::new(2);
        (0..100).for_each(|n| timers.set(NodeId(1), n, due(n)));
        let memory = |timers: &Timers<u64>| (timers.tables[1].capacity(), timers.wakes.capacity());
        let before = memory(&timers);
        timers.clear(1);
        assert_eq!((timers.len(), timers.first_before(Key::NEVER)), (0, None));
        assert_eq!(memory(&timers), before);
    }
}
