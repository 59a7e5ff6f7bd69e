//! The objects, and histories that are short to write.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

use generals::{History, NodeId, Ruling, Specification};

/// More than any history here needs that says nothing else.
pub(crate) const PLENTY: u64 = 1_000_000;

/// A queue of letters; to dequeue from an empty one yields nothing.
#[derive(Clone, Copy)]
pub(crate) struct Queue;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OnQueue {
    Enq(char),
    Deq,
}

impl Specification for Queue {
    type State = VecDeque<char>;
    type Operation = OnQueue;
    type Outcome = Option<char>;
    type Key = ();

    fn initial(&self) -> VecDeque<char> {
        VecDeque::new()
    }
    fn apply(&self, state: &mut VecDeque<char>, operation: &OnQueue) -> Option<char> {
        match operation {
            OnQueue::Enq(item) => {
                state.push_back(*item);
                None
            }
            OnQueue::Deq => state.pop_front(),
        }
    }
    fn key(&self, _: &OnQueue) {}
}

/// A key-value store: all keys hold 0 at first. One key is a register.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    /// Whether each key is an object of its own.
    pub(crate) by_key: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Do {
    Get,
    Put(u8),
    /// If it holds the first, it holds the second from now on.
    Cas(u8, u8),
    Add(u8),
}

/// What was there before; whether it was swapped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Said {
    Value(u8),
    Done,
    Swapped(bool),
}

impl Specification for Store {
    type State = BTreeMap<u8, u8>;
    type Operation = (u8, Do);
    type Outcome = Said;
    type Key = Option<u8>;

    fn initial(&self) -> BTreeMap<u8, u8> {
        BTreeMap::new()
    }
    fn apply(&self, state: &mut BTreeMap<u8, u8>, (key, what): &(u8, Do)) -> Said {
        let value = state.entry(*key).or_default();
        match *what {
            Do::Get => Said::Value(*value),
            Do::Put(new) => {
                *value = new;
                Said::Done
            }
            Do::Cas(old, new) => {
                let swapped = *value == old;
                if swapped {
                    *value = new;
                }
                Said::Swapped(swapped)
            }
            Do::Add(by) => {
                *value = value.wrapping_add(by);
                Said::Value(*value)
            }
        }
    }
    fn key(&self, (key, _): &(u8, Do)) -> Option<u8> {
        self.by_key.then_some(*key)
    }
}

/// An event of a history in which each process does one thing at a time.
#[derive(Clone, Debug)]
pub(crate) enum Event<O, R> {
    Asks(char, O),
    Told(char, R),
    /// Somebody bound by nothing may have asked for this.
    Supposed(O),
}

pub(crate) use Event::{Asks, Supposed, Told};

/// A history in the making: processes are called by letters.
pub(crate) struct Tale<S: Specification> {
    pub(crate) history: History<S>,
    asked: BTreeMap<char, u64>,
}

fn node(process: char) -> NodeId {
    NodeId(process as u16 - 'A' as u16)
}

impl<S: Specification> Tale<S>
where
    S::Operation: Clone,
    S::Outcome: Clone,
{
    pub(crate) fn new(spec: S) -> Self {
        Self { history: History::new(spec), asked: BTreeMap::new() }
    }

    pub(crate) fn tell(&mut self, event: &Event<S::Operation, S::Outcome>) {
        match event.clone() {
            Asks(process, operation) => {
                let id = self.asked.entry(process).or_default();
                *id += 1;
                self.history.invoked(node(process), *id, operation).unwrap();
            }
            Told(process, outcome) => {
                let id = self.asked[&process];
                self.history.returned(node(process), id, outcome).unwrap();
            }
            Supposed(operation) => {
                let id = self.asked.entry('Z').or_default();
                *id += 1;
                self.history.supposed(node('Z'), *id, operation);
            }
        }
    }
}

/// What is said of a history that is told at once.
pub(crate) fn judge<S: Specification>(spec: S, events: &[Event<S::Operation, S::Outcome>]) -> Ruling
where
    S::Operation: Clone,
    S::Outcome: Clone,
{
    let mut tale = Tale::new(spec);
    events.iter().for_each(|event| tale.tell(event));
    tale.history.judge(PLENTY)
}
