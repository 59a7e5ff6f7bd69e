//! The adversary whose accomplices each lie by a rule of their own.

use super::{Flip, HalfSplit, Parity, PathParity};
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Each corrupt node tells the truth (0), or lies like [`Flip`] (1), [`Parity`] (2), [`HalfSplit`]
/// (3) or [`PathParity`] (4), all through the run: a choice of that node at the start.
///
/// Liars who lie message by message at random contradict each other and drown in the majority.
/// These do not, and there are few enough of them to try all.
#[derive(Clone, Debug, Default)]
pub struct Structured {
    /// What each corrupt node is like.
    rules: Vec<(NodeId, u64)>,
}

impl<M: Message> Adversary<M> for Structured {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        let corrupt = realm.corrupt().to_vec();
        self.rules = corrupt.into_iter().map(|by| (by.node(), realm.pick(by, 5))).collect();
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        let rule = self.rules.iter().find(|(node, _)| *node == by.of.node());
        match rule.map_or(0, |(_, rule)| *rule) {
            1 => Flip.speak(by, to, want, realm),
            2 => Parity.speak(by, to, want, realm),
            3 => HalfSplit.speak(by, to, want, realm),
            4 => PathParity.speak(by, to, want, realm),
            _ => realm.send(by.of, to, want),
        }
    }
}
