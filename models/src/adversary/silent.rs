//! The adversary that says nothing.

use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes are mute from the start, as if they had crashed before it.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl<M: Message> Adversary<M> for Silent {
    fn speak(&mut self, _: Puppet, _: NodeId, _: M, _: &mut dyn Realm<M>) {}
}
