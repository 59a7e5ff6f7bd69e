//! Who has come back from a crash.

use generals_models::{NodeId, World};

use super::Fact;
use crate::protocol::Protocol;

/// The nodes that have come back from a crash in this run.
#[derive(Clone, Debug, Default)]
pub(super) struct Returned(Vec<NodeId>);

impl Returned {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn note<P: Protocol>(&mut self, fact: &Fact<'_, P>) {
        if let Fact::Recovered(node) = *fact
            && !self.has(node)
        {
            self.0.push(node);
        }
    }

    pub(super) fn has(&self, node: NodeId) -> bool {
        self.0.contains(&node)
    }

    /// Where who comes back counts as faulty, it may have forgotten all it knew, and do anything.
    pub(super) fn may_have_forgotten(&self, world: &World, node: NodeId) -> bool {
        !world.is_correct(node) && self.has(node)
    }
}
