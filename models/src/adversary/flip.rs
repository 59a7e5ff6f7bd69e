//! The adversary that always lies.

use super::realm::lie_if;
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes say the opposite, always and to everybody: the protocol's first lie. Nothing is
/// chosen, so one run shows all there is.
#[derive(Clone, Copy, Debug)]
pub struct Flip;

impl<M: Message> Adversary<M> for Flip {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        lie_if(true, by, to, want, realm);
    }
}
