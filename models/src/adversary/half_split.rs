//! The adversary that divides the nodes into two camps.

use super::realm::lie_if;
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes tell the lower half of all nodes (rounded down) the truth, and the upper half the
/// protocol's first lie. Nothing is chosen.
#[derive(Clone, Copy, Debug)]
pub struct HalfSplit;

impl<M: Message> Adversary<M> for HalfSplit {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        lie_if(to.0 >= realm.nodes() / 2, by, to, want, realm);
    }
}
