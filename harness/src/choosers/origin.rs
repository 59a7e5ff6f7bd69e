//! Where the answers of a run come from.

use generals_models::Choose;

use super::{Script, Scripted, Seeded};

/// Where the answers of a run come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// From the random chooser of this seed.
    Seed(u64),
    /// From a script.
    Script(Script),
}

impl Origin {
    /// A chooser that answers from here.
    #[must_use]
    pub fn chooser(&self) -> Box<dyn Choose + '_> {
        match self {
            Self::Seed(seed) => Box::new(Seeded::new(*seed)),
            Self::Script(script) => Box::new(Scripted::new(script)),
        }
    }
}
