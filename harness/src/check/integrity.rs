//! Integrity: nobody decides twice.

use generals_models::{NodeId, World};

use super::by_key::ByKey;
use super::returned::Returned;
use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

/// Every node that is not Byzantine decides at most once in each slot. Deciding the same value again
/// counts too, unless the node has come back since from a crash: a node cannot decide and write
/// down that it did so in one, so it may have to say what it decided once more. Where who comes back
/// counts as faulty, it may have forgotten, and decide anything.
#[derive(Clone, Debug)]
pub struct Integrity<V> {
    decided: ByKey<(u64, NodeId), V>,
    returned: Returned,
}

impl<V> Default for Integrity<V> {
    fn default() -> Self {
        Self { decided: ByKey::default(), returned: Returned::default() }
    }
}

impl<P: Protocol> Property<P> for Integrity<P::Value> {
    fn name(&self) -> &'static str {
        "integrity"
    }

    fn reset(&mut self) {
        self.decided.clear();
        self.returned.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.returned.note(fact);
        let Fact::Decided(node, slot, value) = *fact else { return Ok(()) };
        if world.is_byzantine(node) {
            return Ok(());
        }
        // What is there stays: a checker that stores first can never fail.
        match self.decided.get_or_insert((slot, node), || value.clone()) {
            Some(before)
                if self.returned.may_have_forgotten(world, node)
                    || (before == value && self.returned.has(node)) =>
            {
                Ok(())
            }
            Some(before) => Err(Witness(format!("{node} decided {before:?}, and then {value:?}"))),
            None => Ok(()),
        }
    }
}
