//! Who takes part, and what travels between them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One process of the system, numbered from 0; shown as `n0`, `n1`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The most nodes a world may have.
    pub const MOST: u16 = 1024;

    /// The place of this node in a table of all nodes.
    #[must_use]
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All nodes of a world of `n`.
    pub fn all(n: u16) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (0..n).map(Self)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("n{}", self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What may travel between nodes: any type that can be copied, shown, written and read.
///
/// There is nothing to implement: every such type is a message. From the derived `Serialize` comes
/// its part in a run's digest; from both derives, how an adversary may change it
/// ([`mutate`](crate::mutate())). A type of another library that has neither travels as
/// [`Opaque`](crate::Opaque).
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// fn travels<M: generals_models::Message>(_: M) {}
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Hello(String);
/// travels(Hello("world".into()));
/// ```
pub trait Message: Clone + fmt::Debug + Serialize + DeserializeOwned + 'static {}
impl<M: Clone + fmt::Debug + Serialize + DeserializeOwned + 'static> Message for M {}

/// A message on its way. The transport stamps `from`: no node can speak in another's name
/// (LSP82, assumption A2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<M> {
    /// Who sent it.
    pub from: NodeId,
    /// Who is to receive it.
    pub to: NodeId,
    /// What it says.
    pub body: M,
}
