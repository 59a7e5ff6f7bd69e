//! The adversary that lies to every other node.

use super::realm::lie_if;
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes tell nodes with an even number the truth, and those with an odd number the
/// protocol's first lie. Nothing is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Parity;

impl<M: Message> Adversary<M> for Parity {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        lie_if(to.0 % 2 == 1, by, to, want, realm);
    }
}
