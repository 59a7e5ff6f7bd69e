//! The strategies, as a scenario selects them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Adaptive, Adversary, Any, Delayer, Flip, HalfSplit, Honest, Liar, Parity, PathParity, Replayer,
    Silent, SmallScope, Structured, Twins,
};
use crate::{Complaint, Message};

/// What the corrupt nodes do, and the network as far as it is in the adversary's hands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum AdversaryModel {
    /// Corrupt nodes say nothing.
    #[default]
    Silent,
    /// Corrupt nodes do what the program says: for comparison.
    Honest,
    /// For each message: tell the truth, lie, or say nothing.
    Liar,
    /// Always lie.
    Flip,
    /// Lie to receivers with an odd number.
    Parity,
    /// Tell the lower half of the nodes the truth, and the upper half lies.
    HalfSplit,
    /// Lie if the numbers in a message and its receiver's make an odd sum.
    PathParity,
    /// Each corrupt node lies by one of the four rules above, or tells the truth.
    Structured,
    /// Tell the truth; messages of everybody may be as late as the timing model allows.
    Delayer,
    /// Tell the truth, and now and then something that was said before.
    Replayer,
    /// Run two copies of the program on each corrupt node, and split the honest nodes between them.
    Twins,
    /// Tell the truth except for a few small changes, and delay or lose a few messages of anybody,
    /// early in the run.
    SmallScope {
        /// At most so many messages of corrupt nodes are changed; at most 1000.
        #[serde(default = "one")]
        mutations: u16,
        /// At most so many messages of anybody are late or lost; at most 1000.
        #[serde(default = "one")]
        delays: u16,
        /// All that happens within so many rounds; 1 to 1 000 000.
        #[serde(default = "eight")]
        rounds: u32,
    },
    /// Lie, and take over more nodes during the run, whoever speaks.
    Adaptive {
        /// How many nodes besides those that are corrupt from the start; at least 1.
        budget: u16,
    },
    /// One of the strategies that corrupt nobody else, each run another.
    Any,
    /// An attack that the protocol itself knows by name.
    Attack {
        /// Its name.
        name: String,
        /// How many nodes it may take over during the run.
        #[serde(default, skip_serializing_if = "is_zero")]
        budget: u16,
    },
}

const fn one() -> u16 {
    1
}

/// As in the experiments of `ByzzFuzz`.
const fn eight() -> u32 {
    8
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_zero(budget: &u16) -> bool {
    *budget == 0
}

/// More would be no small scope.
const MOST_CHANGES: u16 = 1000;
const MOST_ROUNDS: u32 = 1_000_000;

/// In a few words.
impl fmt::Display for AdversaryModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "silent",
            Self::Honest => "honest",
            Self::Liar => "liar",
            Self::Flip => "flip",
            Self::Parity => "parity",
            Self::HalfSplit => "half-split",
            Self::PathParity => "path-parity",
            Self::Structured => "structured",
            Self::Delayer => "delayer",
            Self::Replayer => "replayer",
            Self::Twins => "twins",
            Self::Any => "any",
            Self::SmallScope { mutations, delays, rounds } => {
                return write!(
                    f,
                    "small-scope, {mutations} changed and {delays} late or lost in {rounds} rounds"
                );
            }
            Self::Adaptive { budget } => return write!(f, "adaptive, budget {budget}"),
            Self::Attack { name, budget: 0 } => return write!(f, "attack {name}"),
            Self::Attack { name, budget } => return write!(f, "attack {name}, budget {budget}"),
        })
    }
}

impl AdversaryModel {
    /// The default small scope: one change and one delay within eight rounds.
    pub const SMALL_SCOPE: Self =
        Self::SmallScope { mutations: one(), delays: one(), rounds: eight() };

    /// The strategy, at the start of a run; `None` for an attack, which only the protocol knows.
    #[must_use]
    pub fn build<M: Message>(&self) -> Option<Box<dyn Adversary<M>>> {
        Some(match *self {
            Self::Silent => Box::new(Silent),
            Self::Honest => Box::new(Honest),
            Self::Liar => Box::new(Liar),
            Self::Flip => Box::new(Flip),
            Self::Parity => Box::new(Parity),
            Self::HalfSplit => Box::new(HalfSplit),
            Self::PathParity => Box::new(PathParity),
            Self::Structured => Box::new(Structured::default()),
            Self::Delayer => Box::new(Delayer),
            Self::Replayer => Box::new(Replayer::default()),
            Self::Twins => Box::new(Twins::default()),
            Self::SmallScope { mutations, delays, rounds } => {
                Box::new(SmallScope::new(mutations, delays, rounds))
            }
            Self::Adaptive { budget } => Box::new(Adaptive::new(budget)),
            Self::Any => Box::new(Any::default()),
            Self::Attack { .. } => return None,
        })
    }

    /// How many nodes may become corrupt during a run.
    #[must_use]
    pub const fn budget(&self) -> u16 {
        match self {
            Self::Adaptive { budget } | Self::Attack { budget, .. } => *budget,
            _ => 0,
        }
    }

    /// Whether it may do something in a world without any corrupt node.
    #[must_use]
    pub const fn needs_no_accomplice(&self) -> bool {
        matches!(
            self,
            Self::Delayer
                | Self::SmallScope { .. }
                | Self::Adaptive { .. }
                | Self::Any
                | Self::Attack { .. }
        )
    }

    pub(crate) fn validate(&self, nodes: u16) -> Result<(), Complaint> {
        let at = |field: &str| Complaint::at(["world", "adversary", field]);
        match self {
            Self::SmallScope { mutations: 0, delays: 0, .. } => {
                Err(at("mutations").problem("with no mutations and no delays nothing goes wrong"))
            }
            Self::SmallScope { rounds: 0, .. } => {
                Err(at("rounds").problem("within no rounds nothing goes wrong"))
            }
            Self::SmallScope { rounds, .. } if *rounds > MOST_ROUNDS => {
                Err(at("rounds").problem(format!("at most {MOST_ROUNDS} rounds can be told apart")))
            }
            Self::SmallScope { mutations, delays, .. } => {
                for (field, changes) in [("mutations", mutations), ("delays", delays)] {
                    if *changes > MOST_CHANGES {
                        return Err(at(field)
                            .problem(format!("at most {MOST_CHANGES} messages, not {changes}"))
                            .help("a small scope is a few; for many take Liar or Delayer"));
                    }
                }
                Ok(())
            }
            Self::Adaptive { budget: 0 } => Err(at("budget")
                .problem("a budget of 0 takes over nobody")
                .help("give a budget of at least 1, or take Liar")),
            Self::Adaptive { budget } | Self::Attack { budget, .. } if *budget > nodes => {
                Err(at("budget").problem(format!("{budget} of {nodes} nodes cannot be taken over")))
            }
            _ => Ok(()),
        }
    }
}
