//! Seats: where an adversary runs several copies of the honest program under one identity, a node
//! is an identity, and each copy of its program has a seat of its own, with its state, its timers
//! and its input. The first copies sit where their nodes do, all others after the last node.

use generals_models::{Among, Concern, NodeId, Stream, Time};

use super::node::Node;
use super::realm::MOST_COPIES;
use super::{Bent, Event, Run};
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::Record;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// All seats: first those of the nodes, then those of further copies.
    pub(super) fn seats(&self) -> impl Iterator<Item = NodeId> + use<P, C> {
        // A world has 1024 nodes at most, and a node 8 copies.
        NodeId::all(u16::try_from(self.kernel.nodes.len()).unwrap_or(u16::MAX))
    }

    /// Further copies of the program on each node that is corrupt from the start.
    pub(super) fn add_copies(&mut self) {
        for i in 0..self.kernel.corrupt.len() {
            let corrupt = self.kernel.corrupt[i];
            for copy in 1..self.asks.copies {
                let signer = self.authority.issue(corrupt.node());
                let seat =
                    Node { copy, corrupt: Some(corrupt), ..Node::new(corrupt.node(), signer) };
                self.kernel.nodes.push(seat);
            }
        }
        let seats = self.seats().count();
        self.kernel.queue.grow(u16::try_from(seats).unwrap_or(u16::MAX));
    }

    /// The input of a further copy may be another alternative: a choice of the adversary.
    pub(super) fn give_copies_inputs(&mut self) {
        for seat in self.seats().skip(usize::from(self.kernel.scenario.world.nodes)) {
            let id = self.who(seat);
            let Some(first) = self.kernel.nodes[id.index()].input else { continue };
            let many = self.kernel.scenario.inputs[&id].len();
            let stream = Stream::node(Concern::Adversary, id);
            let shift = self.choose.choose(stream, Among::Below(many as u64));
            let shift = usize::try_from(shift).unwrap_or(0);
            self.kernel.nodes[seat.index()].input = Some((first + shift) % many);
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Input(seat));
        }
    }

    /// Whose seat this is.
    #[inline]
    pub(super) fn who(&self, seat: NodeId) -> NodeId {
        if seat.0 < self.kernel.scenario.world.nodes {
            return seat;
        }
        self.kernel.nodes[seat.index()].id
    }

    /// Something happens at this seat: whose is it?
    #[inline]
    pub(super) fn enter(&mut self, seat: NodeId) -> NodeId {
        if self.asks.copies > 1
            && let Some(capture) = &mut self.capture
        {
            capture.copy = self.kernel.nodes[seat.index()].copy;
        }
        self.who(seat)
    }

    pub(super) fn seat(&self, of: NodeId, copy: u8) -> Option<NodeId> {
        self.seats().find(|seat| {
            let node = &self.kernel.nodes[seat.index()];
            (node.id, node.copy) == (of, copy)
        })
    }

    /// A message arrives where corrupt nodes have several copies.
    pub(super) fn deliver_to_copies(
        &mut self,
        from: NodeId,
        to: NodeId,
        bent: Bent,
        body: &P::Message,
    ) {
        let node = &self.kernel.nodes[to.index()];
        if node.state.is_none() {
            return self.record(&Record::Missed { from, to, message: body });
        }
        if node.omits.is_some() && self.leaves_out_receiving(from, to, body) {
            return;
        }
        self.kernel.outcome.tally.delivered += 1;
        let node = &self.kernel.nodes[to.index()];
        let hears = match node.corrupt {
            Some(at) => self.admitted(at, from),
            None => 0b1,
        };
        let ignored = self.kernel.outcome.tally.discarded;
        for copy in (0..MOST_COPIES).filter(|copy| hears >> copy & 1 == 1) {
            if let Some(seat) = self.seat(to, copy) {
                self.enter(seat);
                self.record(&Record::Delivered { from, to, message: body });
                let body = body.clone();
                self.step(seat, |state, cx| state.on_message(from, body, cx));
            }
        }
        self.arrived(bent, ignored);
    }

    /// What an accomplice handed over arrives.
    pub(super) fn receive_handed(&mut self, seat: NodeId, which: usize) {
        let Some((from, body)) = self.kernel.handed[which].take() else { return };
        let to = self.enter(seat);
        self.record(&Record::Handed { from, to, message: &body });
        self.step(seat, |state, cx| state.on_message(from, body, cx));
    }
}
