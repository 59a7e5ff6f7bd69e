//! The adversary that lies, each time anew.

use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// For each single message, to each single receiver, a corrupt node tells the truth (0), tells one
/// of the lies the protocol knows, or else one derived from the message (1), or says nothing (2).
///
/// With one possible lie these are all the things it can say, so that exhausting its choices
/// exhausts what a traitor can do.
#[derive(Clone, Copy, Debug)]
pub struct Liar;

impl<M: Message> Adversary<M> for Liar {
    fn speak(&mut self, by: Puppet, to: NodeId, mut want: M, realm: &mut dyn Realm<M>) {
        let told = match realm.pick(by.of, 3) {
            0 => true,
            1 => realm.lie(by.of, &mut want),
            _ => false,
        };
        if told {
            realm.send(by.of, to, want);
        }
    }
}
