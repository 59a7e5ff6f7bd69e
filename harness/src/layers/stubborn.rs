//! Stubborn links with a filter for duplicates: from fair-loss to reliable.
//!
//! C. Cachin, R. Guerraoui, L. Rodrigues, *Introduction to Reliable and Secure Distributed
//! Programming*, second edition, 2011.
//!
//! | the book | here |
//! |---|---|
//! | 2.4.3, *Retransmit Forever*: sent := sent ∪ {(q, m)}, deliver again on every time-out | [`Stubborn::send`], [`Stubborn::due`] |
//! | 2.4.4, *Eliminate Duplicates*: deliver m if m ∉ delivered | [`Stubborn::receive`] |
//!
//! *Deviations*, which the book names as what everybody does: a message is acknowledged, and then
//! no longer sent; and it is known by its number among those of one sender to one receiver, not by
//! what it says, so that what had been delivered is a few numbers. Nothing is ever given up: to a
//! node that has crashed for good a message is sent again for ever, because nobody can tell it from
//! one that is slow. A run with such a node never becomes quiet; safety is judged as ever, and what
//! is owed is judged where the run ends, at its horizon.

use std::collections::{BTreeMap, VecDeque};

use generals_models::{NodeId, Span, Time};
use serde::Serialize;

use super::filter::Filter;
use super::wire::Packet;

/// One end of all stubborn links of a node. It is a plain state machine: it is told what happens
/// and answers what is to be sent. All of it is durable: see [`Layered`](super::Layered).
#[derive(Clone, Debug, Serialize)]
pub(super) struct Stubborn<M> {
    every: Span,
    /// The next number to each receiver.
    next: BTreeMap<NodeId, u64>,
    /// What was sent and not yet acknowledged.
    sent: BTreeMap<(NodeId, u64), M>,
    /// When to send what again, in order; what is not in `sent` any more need not be.
    again: VecDeque<(Time, NodeId, u64)>,
    /// The numbers that were delivered, of each sender.
    delivered: BTreeMap<NodeId, Filter>,
}

/// What becomes of a packet that arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received<M> {
    /// It is new: deliver it, then acknowledge it.
    New(M),
    /// It was delivered before, and its acknowledgement may have been lost: acknowledge it again.
    Duplicate,
}

impl<M: Clone> Stubborn<M> {
    /// Sends again after `every`, which is not zero.
    pub(super) const fn new(every: Span) -> Self {
        Self {
            every,
            next: BTreeMap::new(),
            sent: BTreeMap::new(),
            again: VecDeque::new(),
            delivered: BTreeMap::new(),
        }
    }

    /// Takes charge of a message; the packet is to be sent now.
    pub(super) fn send(&mut self, now: Time, to: NodeId, body: M) -> Packet<M> {
        let next = self.next.entry(to).or_default();
        let number = *next;
        *next += 1;
        self.sent.insert((to, number), body.clone());
        self.again.push_back((now + self.every, to, number));
        Packet::Data { number, body }
    }

    /// A message arrived.
    pub(super) fn receive(&mut self, from: NodeId, number: u64, body: M) -> Received<M> {
        if self.delivered.entry(from).or_default().insert(number) {
            Received::New(body)
        } else {
            Received::Duplicate
        }
    }

    /// An acknowledgement arrived.
    pub(super) fn acknowledged(&mut self, by: NodeId, number: u64) {
        self.sent.remove(&(by, number));
        while let Some(&(_, to, number)) = self.again.front()
            && !self.sent.contains_key(&(to, number))
        {
            self.again.pop_front();
        }
    }

    /// When something is to be sent again, if nothing arrives before.
    pub(super) fn next_due(&self) -> Option<Time> {
        self.again.front().map(|&(due, ..)| due)
    }

    /// The next message that is to be sent again by `now`, with its receiver.
    pub(super) fn due(&mut self, now: Time) -> Option<(NodeId, Packet<M>)> {
        while let Some(&(due, to, number)) = self.again.front()
            && due <= now
        {
            self.again.pop_front();
            if let Some(body) = self.sent.get(&(to, number)) {
                self.again.push_back((now + self.every, to, number));
                return Some((to, Packet::Data { number, body: body.clone() }));
            }
        }
        None
    }

    /// The node comes back after a crash: whatever is not acknowledged is to be sent again.
    pub(super) fn recovered(&mut self, now: Time) {
        self.again = self.sent.keys().map(|&(to, number)| (now, to, number)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Span = Span::millis(20);
    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn at(ms: u64) -> Time {
        Time::ZERO + Span::millis(ms)
    }

    fn all_due(link: &mut Stubborn<u8>, now: Time) -> Vec<(NodeId, u64)> {
        let due = std::iter::from_fn(|| link.due(now));
        due.map(|(to, packet)| match packet {
            Packet::Data { number, .. } => (to, number),
            other => panic!("{other:?}"),
        })
        .collect()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_and_again_at_its_own_times() {
        let mut link = Stubborn::new(EVERY);
        link.send(at(0), A, 7);
        link.send(at(5), B, 7);
        assert_eq!(all_due(&mut link, at(19)), []);
        assert_eq!(link.next_due(), Some(at(20)));
        assert_eq!(all_due(&mut link, at(20)), [(A, 0)]);
        assert_eq!(all_due(&mut link, at(25)), [(B, 0)]);
        assert_eq!(all_due(&mut link, at(45)), [(A, 0), (B, 0)]);
        link.acknowledged(A, 0);
        assert_eq!(all_due(&mut link, at(100)), [(B, 0)]);
        link.acknowledged(B, 0);
        assert_eq!(link.next_due(), None);
        assert!(link.sent.is_empty() && link.again.is_empty(), "nothing is kept");
    }

    #[test]
    fn numbers_are_of_one_sender_to_one_receiver() {
        let mut link = Stubborn::new(EVERY);
        let number = |packet| match packet {
            Packet::Data { number, .. } => number,
            other => panic!("{other:?}"),
        };
        assert_eq!(number(link.send(at(0), A, 7)), 0);
        assert_eq!(number(link.send(at(0), B, 7)), 0);
        assert_eq!(number(link.send(at(0), A, 7)), 1);
    }

    #[test]
    fn only_a_number_of_the_same_sender_makes_a_duplicate() {
        let mut link = Stubborn::new(EVERY);
        assert_eq!(link.receive(A, 0, 7), Received::New(7));
        assert_eq!(link.receive(B, 0, 7), Received::New(7));
        assert_eq!(link.receive(A, 1, 7), Received::New(7));
        assert_eq!(link.receive(A, 0, 7), Received::Duplicate);
        assert_eq!(link.receive(A, 0, 8), Received::Duplicate);
    }

    #[test]
    fn an_acknowledgement_of_what_was_never_sent_changes_nothing() {
        let mut link = Stubborn::new(EVERY);
        link.send(at(0), A, 7);
        link.acknowledged(B, 0);
        link.acknowledged(A, 1);
        assert_eq!(all_due(&mut link, at(20)), [(A, 0)]);
    }

    #[test]
    fn after_a_recovery_all_that_is_not_acknowledged_is_sent_again() {
        let mut link = Stubborn::new(EVERY);
        link.send(at(0), A, 7);
        link.send(at(0), A, 8);
        link.acknowledged(A, 0);
        let mut link = link.clone();
        link.recovered(at(500));
        assert_eq!(link.next_due(), Some(at(500)));
        assert_eq!(all_due(&mut link, at(500)), [(A, 1)]);
        assert_eq!(link.next_due(), Some(at(520)));
    }
}
