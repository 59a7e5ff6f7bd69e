//! The adversary: one mind for all corrupt nodes.
//!
//! Every corrupt node runs the honest program; the adversary bends what it says. It may withhold a
//! message, change it, send others instead, each receiver another, and all corrupt nodes act in
//! concert. It acts only through [`Realm`], which offers what a real adversary has and nothing
//! else: it cannot speak as an honest node, and it cannot sign as one.

mod liar;
mod silent;

use serde::{Deserialize, Serialize};

use crate::{CorruptId, Message, NodeId, Signer, Time};

pub use liar::Liar;
pub use silent::Silent;

/// A strategy for all corrupt nodes of a run together.
///
/// ```
/// use generals_models::{Adversary, CorruptId, Message, NodeId, Realm};
///
/// /// Tells even nodes the truth and odd nodes nothing.
/// struct Partial;
/// impl<M: Message> Adversary<M> for Partial {
///     fn speak(&mut self, by: CorruptId, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
///         if to.0 % 2 == 0 {
///             realm.send(by, to, want);
///         }
///     }
/// }
/// ```
pub trait Adversary<M: Message> {
    /// The honest program on the corrupt node `by` wants to say `want` to `to`: say, with
    /// [`Realm::send`], what is really said.
    fn speak(&mut self, by: CorruptId, to: NodeId, want: M, realm: &mut dyn Realm<M>);

    /// Whether [`Realm::mutate`] is to know all messages of the run from its start. Otherwise it
    /// knows those that are sent after it was first used.
    fn observes(&self) -> bool {
        false
    }
}

/// All that an adversary can do and see.
///
/// The harness implements it; see [`Adversary`] for one at work. Methods that take a [`CorruptId`]
/// panic if it was not issued by this run's authority: a harness error, not a protocol's.
pub trait Realm<M: Message> {
    /// The current instant.
    fn now(&self) -> Time;
    /// How many nodes there are.
    fn nodes(&self) -> u16;
    /// The corrupt nodes, in order.
    fn corrupt(&self) -> &[CorruptId];
    /// Sends `body` over the network as `from`.
    fn send(&mut self, from: CorruptId, to: NodeId, body: M);
    /// The key of a corrupt node.
    fn signer(&self, of: CorruptId) -> &Signer;
    /// Turns an honest message into one of the plausible lies the protocol knows; if it knows none,
    /// as [`mutate`](Self::mutate) does. Which one is a choice of `by`.
    fn lie(&mut self, by: CorruptId, body: &mut M) -> bool;
    /// Changes one field of a message, whatever the protocol: see [`mutate`](mod@crate::mutate).
    /// Which field and how is a choice of `by`. False, and nothing changed, if nothing can be.
    fn mutate(&mut self, by: CorruptId, body: &mut M) -> bool;
    /// A choice of the adversary among `n` alternatives; 0 is what the honest program would do.
    fn pick(&mut self, by: CorruptId, n: u64) -> u64;
}

/// The strategies that need no knowledge of the protocol, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdversaryModel {
    /// Corrupt nodes say nothing.
    #[default]
    Silent,
    /// For each message: tell the truth, lie, or say nothing.
    Liar,
}

impl AdversaryModel {
    /// The strategy of this name, at the start of a run.
    #[must_use]
    pub fn build<M: Message>(self) -> Box<dyn Adversary<M>> {
        match self {
            Self::Silent => Box::new(Silent),
            Self::Liar => Box::new(Liar),
        }
    }
}
