//! What generals tell each other.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An order. Generals who hear nothing retreat.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub enum Order {
    /// The default.
    #[default]
    Retreat,
    /// The order that must be given.
    Attack,
}

impl Order {
    /// The other order.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Retreat => Self::Attack,
            Self::Attack => Self::Retreat,
        }
    }

    /// The order of a strict majority of `votes`, else [`Order::Retreat`] (LSP82, section 3).
    pub fn majority(votes: impl IntoIterator<Item = Self>) -> Self {
        let (mut attack, mut all) = (0u32, 0u32);
        for vote in votes {
            attack += u32::from(vote == Self::Attack);
            all += 1;
        }
        if 2 * attack > all { Self::Attack } else { Self::Retreat }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
