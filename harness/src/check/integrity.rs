//! Integrity: nobody decides twice.

use std::collections::BTreeMap;

use generals_models::{NodeId, World};

use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

/// Every node that is not Byzantine decides at most once in each slot. Deciding the same value again counts too.
#[derive(Clone, Debug)]
pub struct Integrity<V> {
    decided: BTreeMap<(NodeId, u64), V>,
}

impl<V> Default for Integrity<V> {
    fn default() -> Self {
        Self { decided: BTreeMap::new() }
    }
}

impl<P: Protocol> Property<P> for Integrity<P::Value> {
    fn name(&self) -> &'static str {
        "integrity"
    }

    fn reset(&mut self) {
        self.decided.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        let Fact::Decided(node, slot, value) = *fact else { return Ok(()) };
        if world.is_corrupt(node) {
            return Ok(());
        }
        // Compare before storing: a checker that stores first can never fail.
        if let Some(before) = self.decided.get(&(node, slot)) {
            return Err(Witness(format!("{node} decided {before:?}, and then {value:?}")));
        }
        self.decided.insert((node, slot), value.clone());
        Ok(())
    }
}
