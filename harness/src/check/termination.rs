//! Termination: everybody decides.

use generals_models::{NodeId, World};

use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

/// Every correct node decides at least once. To decide is all that is asked: a node need not halt.
#[derive(Clone, Debug, Default)]
pub struct Termination {
    except: Option<NodeId>,
    /// By node, as far as anybody has decided.
    decided: Vec<bool>,
}

impl Termination {
    /// This node need not decide.
    #[must_use]
    pub const fn except(mut self, node: NodeId) -> Self {
        self.except = Some(node);
        self
    }
}

impl<P: Protocol> Property<P> for Termination {
    fn name(&self) -> &'static str {
        "termination"
    }

    fn reset(&mut self) {
        self.decided.clear();
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        if let Fact::Decided(node, ..) = fact {
            let decided = self.decided.len().max(node.index() + 1);
            self.decided.resize(decided, false);
            self.decided[node.index()] = true;
        }
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let undecided: Vec<String> = world
            .all()
            .filter(|node| world.is_correct(*node) && self.except != Some(*node))
            .filter(|node| self.decided.get(node.index()) != Some(&true))
            .map(|node| node.to_string())
            .collect();
        match undecided.len() {
            0 => None,
            1..=8 => Some(format!("{} never decided", undecided.join(", "))),
            n => Some(format!("{n} nodes never decided, {} first", undecided[0])),
        }
    }
}
