//! Validity where nobody lies.

use std::fmt::Debug;

use generals::{Fact, Property, Protocol, Witness, World};

/// Nobody decides what nobody proposed: so if all inputs are the same, that is the only decision
/// there can be. Those who crash count on both sides: their input may well be what is decided.
#[derive(Clone, Debug)]
pub struct Proposed<V> {
    inputs: Vec<V>,
}

impl<V> Default for Proposed<V> {
    fn default() -> Self {
        Self { inputs: Vec::new() }
    }
}

impl<V, P> Property<P> for Proposed<V>
where
    V: Clone + PartialEq + Debug,
    P: Protocol<Input = V, Value = V>,
{
    fn name(&self) -> &'static str {
        "validity"
    }

    fn reset(&mut self) {
        self.inputs.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        match *fact {
            Fact::Proposed(_, v) => self.inputs.push(v.clone()),
            Fact::Decided(node, _, v) if !world.is_byzantine(node) && !self.inputs.contains(v) => {
                return Err(Witness(format!("{node} decided {v:?}, which nobody proposed")));
            }
            _ => {}
        }
        Ok(())
    }
}
