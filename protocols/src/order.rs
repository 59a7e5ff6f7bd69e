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

/// A plan of action out of many: where signatures make more than two of them possible to tell apart,
/// a traitor may order everybody something else. Ordered as listed.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub enum Plan {
    /// The default.
    #[default]
    Retreat,
    /// As in [`Order`].
    Attack,
    /// Any other, by its number.
    Other(u8),
}

impl Plan {
    /// One of 8 other plans, by a choice; the first is the opposite.
    pub(crate) fn another(self, pick: &mut dyn FnMut(u64) -> u64) -> Self {
        match (pick(8), self) {
            (0, Self::Attack) => Self::Retreat,
            (0, _) => Self::Attack,
            (k, Self::Other(mine)) if k == u64::from(mine) => Self::Retreat,
            (k, _) => u8::try_from(k).map_or(Self::Retreat, Self::Other),
        }
    }
}
