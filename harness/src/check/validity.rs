//! Validity: what is decided has to do with what was proposed.

use std::fmt::Debug;

use generals_models::{NodeId, World};

use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

/// Strong validity: if all correct nodes are given the same input, no correct node decides
/// anything else.
#[derive(Clone, Debug)]
pub struct Validity<V> {
    proposals: Vec<V>,
    decisions: Vec<(NodeId, V)>,
}

impl<V> Default for Validity<V> {
    fn default() -> Self {
        Self { proposals: Vec::new(), decisions: Vec::new() }
    }
}

/// The check is made on every decision; all inputs are given before the first step.
impl<V, P> Property<P> for Validity<V>
where
    V: Clone + PartialEq + Debug,
    P: Protocol<Input = V, Value = V>,
{
    fn name(&self) -> &'static str {
        "validity"
    }

    fn reset(&mut self) {
        self.proposals.clear();
        self.decisions.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        match *fact {
            Fact::Proposed(node, input) if world.is_correct(node) => {
                self.proposals.push(input.clone());
            }
            Fact::Decided(node, _, value) if world.is_correct(node) => {
                self.decisions.push((node, value.clone()));
            }
            _ => return Ok(()),
        }
        let Some((first, rest)) = self.proposals.split_first() else { return Ok(()) };
        let correct = world.all().filter(|node| world.is_correct(*node)).count();
        if self.proposals.len() < correct || rest.iter().any(|other| other != first) {
            return Ok(());
        }
        match self.decisions.iter().find(|(_, value)| value != first) {
            Some((node, value)) => Err(Witness(format!(
                "{node} decided {value:?}, though all correct nodes proposed {first:?}"
            ))),
            None => Ok(()),
        }
    }
}

/// Sender validity: if the leader is correct, every correct node decides what it was told to
/// propose. This is IC2 of the Byzantine generals, and takes the leader's *input* as the order, not
/// the first message it happens to send.
///
/// What is decided may be of another type than the input, if it can be compared with one: a
/// decision that may also be ⊥, say.
#[derive(Clone, Debug)]
pub struct Obedience<V> {
    name: &'static str,
    leader: NodeId,
    order: Option<V>,
}

impl<V> Obedience<V> {
    /// Obedience to `leader`.
    #[must_use]
    pub const fn to(leader: NodeId) -> Self {
        Self { name: "obedience", leader, order: None }
    }

    /// Under the paper's own name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

impl<V, P> Property<P> for Obedience<V>
where
    V: Clone + PartialEq + Debug,
    P: Protocol<Input = V, Value: PartialEq<V>>,
{
    fn name(&self) -> &str {
        self.name
    }

    fn reset(&mut self) {
        self.order = None;
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        let leader = self.leader;
        match *fact {
            Fact::Proposed(node, input) if node == leader && world.is_correct(leader) => {
                self.order = Some(input.clone());
                Ok(())
            }
            Fact::Decided(node, _, value) if world.is_correct(node) => match &self.order {
                Some(order) if value != order => {
                    let who = if node == leader { "it".to_owned() } else { leader.to_string() };
                    Err(Witness(format!(
                        "{node} decided {value:?}, though {who} proposed {order:?}"
                    )))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}
