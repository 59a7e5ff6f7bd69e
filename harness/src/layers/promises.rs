//! The promises of a protocol, as those of the protocol in its layers.

use generals_models::World;

use super::Layered;
use crate::check::{Fact, Promise, Promises, Property, Witness};
use crate::protocol::Protocol;
use crate::scenario::Layers;

/// A property of P, shown the facts of P in its layers.
struct Through<P: Protocol>(Box<dyn Property<P>>);

impl<P: Protocol> Property<Layered<P>> for Through<P> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Layered<P>>) -> Result<(), Witness> {
        let fact = match *fact {
            Fact::Proposed(node, input) => Fact::Proposed(node, input),
            Fact::Decided(node, slot, value) => Fact::Decided(node, slot, value),
            Fact::Crashed(node) => Fact::Crashed(node),
            Fact::Recovered(node) => Fact::Recovered(node),
            Fact::Stepped(node, layered) => Fact::Stepped(node, &layered.protocol),
        };
        self.0.watch(world, &fact)
    }

    fn owed(&self, world: &World) -> Option<String> {
        self.0.owed(world)
    }

    fn undetermined(&self) -> Option<String> {
        self.0.undetermined()
    }

    fn is_white_box(&self) -> bool {
        self.0.is_white_box()
    }

    fn counts_steps(&self) -> bool {
        self.0.counts_steps()
    }
}

/// What P promises above these layers: the same, under what the layers leave of its assumptions.
pub(super) fn promises<P: Protocol>(config: &P::Config, layers: &Layers) -> Promises<Layered<P>> {
    let mut through = Promises::none();
    for Promise { property, assumptions } in P::promises(config).all {
        through = through.and(Through(property)).under(assumptions.above(layers));
    }
    through
}
