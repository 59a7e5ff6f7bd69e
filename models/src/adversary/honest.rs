//! The adversary that does nothing.

use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes do what the program says: what every strategy is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Honest;

impl<M: Message> Adversary<M> for Honest {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        realm.send(by.of, to, want);
    }
}
