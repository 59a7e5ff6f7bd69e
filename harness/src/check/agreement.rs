//! Agreement: no two nodes decide differently.

use generals_models::{NodeId, World};

use super::by_key::ByKey;
use super::returned::Returned;
use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

/// No two correct nodes decide differently in one slot.
///
/// *Uniform* agreement counts nodes that crash as well, and is the right notion for crash faults;
/// what Byzantine nodes decide never counts. Nor does what a node decides after it has come back from
/// a crash, where who comes back counts as faulty: it may have forgotten everything.
#[derive(Clone, Debug)]
pub struct Agreement<V> {
    name: &'static str,
    uniform: bool,
    except: Option<NodeId>,
    first: ByKey<u64, First<V>>,
    returned: Returned,
}

/// The first decision in a slot.
#[derive(Clone, Debug)]
struct First<V> {
    by: NodeId,
    value: V,
    /// Somebody else who decided the same.
    also: Option<NodeId>,
}

impl<V> Default for Agreement<V> {
    fn default() -> Self {
        Self {
            name: "agreement",
            uniform: false,
            except: None,
            first: ByKey::default(),
            returned: Returned::default(),
        }
    }
}

impl<V> Agreement<V> {
    /// Agreement among all nodes that are not Byzantine, those that crash included.
    #[must_use]
    pub fn uniform() -> Self {
        Self { name: "uniform-agreement", uniform: true, ..Self::default() }
    }

    /// Under the paper's own name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// What this node decides does not count (a commander, who gives the order and obeys nobody).
    #[must_use]
    pub const fn except(mut self, node: NodeId) -> Self {
        self.except = Some(node);
        self
    }
}

impl<P: Protocol> Property<P> for Agreement<P::Value> {
    fn name(&self) -> &str {
        self.name
    }

    fn reset(&mut self) {
        self.first.clear();
        self.returned.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.returned.note(fact);
        let Fact::Decided(node, slot, value) = *fact else { return Ok(()) };
        let counts = if self.uniform {
            !world.is_byzantine(node) && !self.returned.may_have_forgotten(world, node)
        } else {
            world.is_correct(node)
        };
        if !counts || self.except == Some(node) {
            return Ok(());
        }
        let make = || First { by: node, value: value.clone(), also: None };
        let Some(first) = self.first.get_or_insert(slot, make) else { return Ok(()) };
        let others = [Some(first.by), first.also].into_iter().flatten().find(|by| *by != node);
        match others {
            Some(other) if first.value != *value => {
                Err(Witness(format!("{other} decided {:?}, {node} decided {value:?}", first.value)))
            }
            Some(_) => {
                first.also.get_or_insert(node);
                Ok(())
            }
            // That one node decides twice is a matter of integrity.
            None => Ok(()),
        }
    }
}
