//! Linearizability: clients cannot tell a replicated object from a single one.
//!
//! An object is linearizable if each operation seems to take effect at one instant between its
//! invocation and its response (Herlihy & Wing, "Linearizability: a correctness condition for
//! concurrent objects", 1990). [`Specification`] says what the object is, [`History`] is what
//! clients saw of it and whether it can be explained, and [`Linearizable`] is the promise that it
//! always can.

mod bits;
mod history;
mod search;
mod specification;
mod tell;

use generals_models::{NodeId, World};

use super::{Fact, Property, Witness};
use crate::protocol::Protocol;

pub use history::{History, Ruling};
pub use specification::Specification;

/// What a decision of a node says about a client. Numbers tell a client's operations apart: the
/// client's timestamps will do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClientEvent<Operation, Outcome> {
    /// The node, a client, asks for this.
    Invoked {
        /// The number of the operation.
        id: u64,
        /// What is asked for.
        operation: Operation,
    },
    /// The node, a client, is told this, and believes it.
    Returned {
        /// The number of the operation.
        id: u64,
        /// What it is told.
        outcome: Outcome,
    },
    /// The node, no client, knows that a client asked for this. It should say so before it shows
    /// anybody what came of it. Of what correct clients ask, they tell themselves; but what a faulty
    /// client asked for is known to those who heard it only.
    Heard {
        /// Who asked.
        client: NodeId,
        /// The number of the operation.
        id: u64,
        /// What was asked for.
        operation: Operation,
    },
}

/// What correct clients see can be explained by one object that does one thing at a time.
///
/// It is checked at each response, so that a broken promise is found where it is broken, and what
/// links do later is no excuse. Responses to faulty clients may be anything, and what these ask for
/// may take effect at any time, once for each number, or never (Castro & Liskov 2002, appendix B).
/// *Uniform* linearizability binds clients that crash as well.
///
/// ```
/// use generals::ClientEvent::{Invoked, Returned};
/// use generals::{Linearizable, Specification};
/// # struct Counter;
/// # impl Specification for Counter {
/// #     type State = u64;
/// #     type Operation = u64;
/// #     type Outcome = u64;
/// #     type Key = ();
/// #     fn initial(&self) -> u64 { 0 }
/// #     fn apply(&self, state: &mut u64, by: &u64) -> u64 { *state += by; *state }
/// #     fn key(&self, _: &u64) {}
/// # }
///
/// /// What nodes decide: here only clients do.
/// enum Value {
///     Asked { by: u64 },
///     Told { sum: u64 },
/// }
///
/// let promise = Linearizable::new(Counter, |_node, slot, value: &Value, seen| {
///     seen.push(match *value {
///         Value::Asked { by } => Invoked { id: slot, operation: by },
///         Value::Told { sum } => Returned { id: slot, outcome: sum },
///     });
/// });
/// ```
pub struct Linearizable<S: Specification, L> {
    name: &'static str,
    uniform: bool,
    most: u64,
    lens: L,
    /// What the last decision said.
    seen: Vec<ClientEvent<S::Operation, S::Outcome>>,
    history: History<S>,
    undetermined: Option<String>,
}

impl<S: Specification, L> Linearizable<S, L> {
    /// How many configurations are looked at for each key of a run, unless
    /// [`within`](Self::within) says otherwise.
    pub const MOST: u64 = 100_000;

    /// Clients see an object as `spec` has it. `lens` adds what a decision of a node, in a slot,
    /// says about clients, if anything: of a replica that executed several requests, each of them.
    #[must_use]
    pub const fn new<Value>(spec: S, lens: L) -> Self
    where
        L: Fn(NodeId, u64, &Value, &mut Vec<ClientEvent<S::Operation, S::Outcome>>),
    {
        Self {
            name: "linearizability",
            uniform: false,
            most: Self::MOST,
            lens,
            seen: Vec::new(),
            history: History::new(spec),
            undetermined: None,
        }
    }

    /// Under another name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Clients that crash are bound as well, by what they saw before; who is Byzantine never is.
    #[must_use]
    pub const fn uniform(mut self) -> Self {
        self.uniform = true;
        self
    }

    /// At most so many configurations are looked at for each key of a run; a search that needs more
    /// makes the verdict undetermined. One that is done in time looks at about one for each
    /// operation where few are under way at a time.
    #[must_use]
    pub const fn within(mut self, configurations: u64) -> Self {
        self.most = configurations;
        self
    }

    /// Takes in what `node` said, as far as it counts.
    fn take_in(
        &mut self,
        world: &World,
        node: NodeId,
        event: ClientEvent<S::Operation, S::Outcome>,
    ) -> Result<(), Witness> {
        match event {
            ClientEvent::Invoked { id, operation } if self.binds(world, node) => {
                self.history.invoked(node, id, operation)?;
            }
            ClientEvent::Invoked { id, operation } => self.history.supposed(node, id, operation),
            ClientEvent::Returned { id, outcome } if self.binds(world, node) => {
                self.history.returned(node, id, outcome)?;
            }
            ClientEvent::Heard { client, id, operation }
                if !self.binds(world, client) && !world.is_byzantine(node) =>
            {
                self.history.supposed(client, id, operation);
            }
            ClientEvent::Returned { .. } | ClientEvent::Heard { .. } => {}
        }
        Ok(())
    }

    fn binds(&self, world: &World, client: NodeId) -> bool {
        if self.uniform { !world.is_byzantine(client) } else { world.is_correct(client) }
    }
}

impl<P, S, L> Property<P> for Linearizable<S, L>
where
    P: Protocol,
    S: Specification,
    L: Fn(NodeId, u64, &P::Value, &mut Vec<ClientEvent<S::Operation, S::Outcome>>),
{
    fn name(&self) -> &str {
        self.name
    }

    fn reset(&mut self) {
        self.history.clear();
        self.undetermined = None;
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        let Fact::Decided(node, slot, value) = *fact else { return Ok(()) };
        let mut seen = std::mem::take(&mut self.seen);
        (self.lens)(node, slot, value, &mut seen);
        let made_sense = seen.drain(..).try_for_each(|event| self.take_in(world, node, event));
        self.seen = seen;
        made_sense?;
        match self.history.judge(self.most) {
            Ruling::Linearizable => Ok(()),
            Ruling::NotLinearizable(witness) => Err(witness),
            Ruling::Undetermined(why) => {
                self.undetermined.get_or_insert(why);
                Ok(())
            }
        }
    }

    fn undetermined(&self) -> Option<String> {
        self.undetermined.clone()
    }
}
