//! The adversary whose lies depend on what a message is about.

use super::realm::lie_if;
use crate::mutate::parity;
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes lie, with the protocol's first lie, if all numbers in a message and the number of
/// its receiver make an odd sum. So the same node is told the truth on one path and a lie on
/// another, as no liar does who looks at receivers only. Nothing is chosen.
///
/// The numbers of a message are all its integers, of rounds, nodes, views and values.
#[derive(Clone, Copy, Debug)]
pub struct PathParity;

impl<M: Message> Adversary<M> for PathParity {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        let odd = parity(&want) ^ (to.0 % 2 == 1);
        lie_if(odd, by, to, want, realm);
    }
}
