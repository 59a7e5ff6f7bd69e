//! The adversary of the Twins paper.

use crate::{Adversary, CorruptId, Message, NodeId, Puppet, Realm};

/// Two honest copies of the program run under the identity of each corrupt node, and each honest
/// node talks to one of them only (S. Bano et al., *Twins: BFT Systems Made Robust*, OPODIS 2021).
/// No knowledge of the protocol is needed to equivocate: the copies differ in what they hear, and
/// may differ in their input.
///
/// Which copy an honest node talks to is a choice about that node, made at the start; if all are 0
/// the other copies talk to nobody. The second copies of all corrupt nodes talk to each other off
/// the wire, or else they could not form a quorum of their own.
#[derive(Clone, Debug, Default)]
pub struct Twins {
    /// The side of each node; the wire leads to the first copy of corrupt ones.
    sides: Vec<u8>,
    corrupt: Vec<CorruptId>,
}

impl Twins {
    fn side(&self, node: NodeId) -> u8 {
        self.sides.get(node.index()).copied().unwrap_or_default()
    }

    fn accomplice(&self, node: NodeId) -> Option<CorruptId> {
        self.corrupt.iter().find(|corrupt| corrupt.node() == node).copied()
    }
}

impl<M: Message> Adversary<M> for Twins {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        self.corrupt = realm.corrupt().to_vec();
        for node in NodeId::all(realm.nodes()) {
            let honest = !self.corrupt.is_empty() && self.accomplice(node).is_none();
            let side = if honest { realm.pick_about(node, 2) } else { 0 };
            self.sides.push(u8::from(side == 1));
        }
    }

    fn copies(&self) -> u8 {
        2
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        match self.accomplice(to) {
            Some(of) if by.copy > 0 => realm.hand(Puppet { of, copy: by.copy }, by.of, want),
            _ if self.side(to) == by.copy => realm.send(by.of, to, want),
            _ => {}
        }
    }

    fn admit(&mut self, _: CorruptId, from: NodeId, _: &mut dyn Realm<M>) -> u8 {
        1 << self.side(from)
    }
}
