//! Promises: what a protocol claims, under which assumptions, and whether a run kept it.
//!
//! A property watches the facts of a run as they happen and keeps no history. It uses its own
//! arithmetic, never the protocol's. Whether a broken promise is a *bug* or a *boundary* depends on
//! whether the world kept its side, the promise's [`Assumptions`].

mod agreement;
mod assumptions;
mod audit;
mod by_key;
mod integrity;
mod linearizable;
mod returned;
mod termination;
mod validity;

use std::fmt;

use generals_models::{NodeId, World};
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;

pub use agreement::Agreement;
pub use assumptions::{Assumptions, Breach};
pub use audit::{Audit, Late, Tampered};
pub use integrity::Integrity;
pub use linearizable::{ClientEvent, History, Linearizable, Ruling, Specification};
pub use termination::Termination;
pub use validity::{Obedience, Validity};

/// Something that happened in a run, as promises see it. Facts about corrupt nodes are reported
/// too: it is for a property to say whom it is about.
#[derive(Debug)]
pub enum Fact<'a, P: Protocol> {
    /// A node was given its input.
    Proposed(NodeId, &'a P::Input),
    /// A node decided, in this slot (0 for protocols that decide once).
    Decided(NodeId, u64, &'a P::Value),
    /// A node crashed.
    Crashed(NodeId),
    /// A node that had crashed is back, and starts again.
    Recovered(NodeId),
    /// A node took a step, and this is its state now. Not shown where a crash left no room for all
    /// effects of the step: nobody has seen that state, and it is gone.
    Stepped(NodeId, &'a P),
}

impl<P: Protocol> Fact<'_, P> {
    /// Whom this is about.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        match *self {
            Self::Proposed(node, _)
            | Self::Decided(node, ..)
            | Self::Crashed(node)
            | Self::Recovered(node)
            | Self::Stepped(node, _) => node,
        }
    }
}

/// How a promise was broken, in one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness(pub String);

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One promise, watched as the run unfolds.
///
/// ```
/// use generals::{Fact, NodeId, Property, Protocol, Witness, World};
///
/// /// Nobody ever decides.
/// struct Silence;
/// impl<P: Protocol> Property<P> for Silence {
///     fn name(&self) -> &str {
///         "silence"
///     }
///     fn reset(&mut self) {}
///     fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
///         match fact {
///             Fact::Decided(node, _, v) => Err(Witness(format!("{node} decided {v:?}"))),
///             _ => Ok(()),
///         }
///     }
/// }
/// ```
pub trait Property<P: Protocol> {
    /// Its name: lower case with dashes, unless the paper has a name for it.
    fn name(&self) -> &str;

    /// Forgets the last run. Called before every run.
    fn reset(&mut self);

    /// Safety: takes in a fact. After an `Err` the property is not asked again in this run.
    ///
    /// # Errors
    /// The [`Witness`] that the promise is broken.
    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness>;

    /// Liveness: what is still owed at the end of the run, if anything.
    fn owed(&self, _world: &World) -> Option<String> {
        None
    }

    /// What could not be found out, if anything, though nothing more is owed: how a property gives
    /// up that would take too long. Its verdict is then [`Verdict::Undetermined`], however the run
    /// ended.
    fn undetermined(&self) -> Option<String> {
        None
    }

    /// Whether this property looks inside nodes: if not, it is never shown [`Fact::Stepped`].
    fn is_white_box(&self) -> bool {
        false
    }

    /// Whether it may owe less for seeing the same states of nodes once more: then a state that comes
    /// again ([`Protocol::outline`]) proves nothing of it. True by default for whoever looks inside
    /// nodes; a property that only notes what it sees, however often, answers false.
    fn counts_steps(&self) -> bool {
        self.is_white_box()
    }
}

/// A property, and what it takes for granted.
pub struct Promise<P: Protocol> {
    /// What is promised.
    pub property: Box<dyn Property<P>>,
    /// As long as the world is like this.
    pub assumptions: Assumptions,
}

/// All that a protocol promises.
pub struct Promises<P: Protocol> {
    pub(crate) all: Vec<Promise<P>>,
    /// How many promises, counted from the end, the next [`under`](Self::under) is about.
    open: usize,
}

impl<P: Protocol> Default for Promises<P> {
    fn default() -> Self {
        Self::none()
    }
}

impl<P: Protocol> Promises<P> {
    /// No promises at all, to begin a list with [`and`](Self::and).
    #[must_use]
    pub const fn none() -> Self {
        Self { all: Vec::new(), open: 0 }
    }

    /// Agreement, integrity and termination: what consensus always promises. Assumes a reliable,
    /// synchronous world without faults until [`under`](Self::under) says otherwise.
    #[must_use]
    pub fn consensus() -> Self {
        Self::none().and(Agreement::default()).and(Integrity::default()).and(Termination::default())
    }

    /// Promises `property` too.
    #[must_use]
    pub fn and(mut self, property: impl Property<P> + 'static) -> Self {
        let assumptions = Assumptions::default();
        self.all.push(Promise { property: Box::new(property), assumptions });
        self.open += 1;
        self
    }

    /// States the assumptions of all promises added since the last `under`.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "reads as a sentence without a reference")]
    pub fn under(mut self, assumptions: Assumptions) -> Self {
        let from = self.all.len() - std::mem::take(&mut self.open);
        self.all[from..]
            .iter_mut()
            .for_each(|promise| promise.assumptions.clone_from(&assumptions));
        self
    }

    /// The promises, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Promise<P>> {
        self.all.iter()
    }
}

/// What became of one promise in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing spoke against it.
    Holds,
    /// Something is still owed, and nothing proves that it never comes; or the property
    /// [gave up](Property::undetermined).
    Undetermined(String),
    /// Broken, but the world was harsher than the promise assumed.
    OutOfModel(Witness, Vec<Breach>),
    /// Broken inside its assumptions: a bug.
    Violated(Witness),
}

/// A verdict without its reasons, as files state it. Ordered from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum VerdictKind {
    /// See [`Verdict::Holds`].
    Holds,
    /// See [`Verdict::Undetermined`].
    Undetermined,
    /// See [`Verdict::OutOfModel`].
    OutOfModel,
    /// See [`Verdict::Violated`].
    Violated,
}

impl VerdictKind {
    /// All kinds, from good to bad.
    pub const ALL: [Self; 4] = [Self::Holds, Self::Undetermined, Self::OutOfModel, Self::Violated];

    /// Whether the promise was broken, inside or outside its assumptions.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        matches!(self, Self::OutOfModel | Self::Violated)
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "Holds",
            Self::Undetermined => "Undetermined",
            Self::OutOfModel => "OutOfModel",
            Self::Violated => "Violated",
        })
    }
}

impl Verdict {
    /// Which kind of verdict this is.
    #[must_use]
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Holds => VerdictKind::Holds,
            Self::Undetermined(_) => VerdictKind::Undetermined,
            Self::OutOfModel(..) => VerdictKind::OutOfModel,
            Self::Violated(_) => VerdictKind::Violated,
        }
    }

    /// A broken promise, judged by what the world did to deserve it.
    #[must_use]
    pub fn broken(witness: Witness, breaches: Vec<Breach>) -> Self {
        if breaches.is_empty() {
            Self::Violated(witness)
        } else {
            Self::OutOfModel(witness, breaches)
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("Holds"),
            Self::Undetermined(owed) => write!(f, "Undetermined: {owed}"),
            Self::Violated(witness) => write!(f, "Violated: {witness}"),
            Self::OutOfModel(witness, breaches) => {
                write!(f, "OutOfModel: {witness} (")?;
                for (i, breach) in breaches.iter().enumerate() {
                    write!(f, "{}{breach}", if i == 0 { "" } else { "; " })?;
                }
                f.write_str(")")
            }
        }
    }
}
