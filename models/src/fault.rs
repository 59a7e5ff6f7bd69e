//! What goes wrong with the nodes themselves.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Complaint, Span, Time};

/// How one node fails. A node without a fault is correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NodeFault {
    /// It stops for good.
    CrashStop {
        /// At which point of the run.
        at: When,
    },
    /// It is in the hands of the adversary from the start.
    Byzantine,
}

/// A point in a node's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum When {
    /// At this instant, before anything else that happens then.
    Time(Time),
    /// In the middle of a step: of the effects of the node's `nth` step (its start is step 0), only
    /// the first `after_effects` happen. A multicast counts once for each receiver.
    Step {
        /// Which step.
        nth: u64,
        /// How many of its effects still happen.
        #[serde(default)]
        after_effects: u32,
    },
    /// Never, which is the kindest, or at an instant that each run chooses: at random, in every other
    /// run, uniformly.
    Chosen {
        /// The latest instant, counted from the beginning.
        within: Span,
    },
}

/// How much can go wrong with nodes, from nothing to everything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FaultClass {
    /// No node fails.
    Honest,
    /// Nodes may stop for good.
    CrashStop,
    /// Nodes may do anything but forge signatures.
    Byzantine,
}

impl fmt::Display for FaultClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Honest => "no faults",
            Self::CrashStop => "crash-stop",
            Self::Byzantine => "Byzantine",
        })
    }
}

impl NodeFault {
    /// How bad this fault is.
    #[must_use]
    pub const fn class(&self) -> FaultClass {
        match self {
            Self::CrashStop { .. } => FaultClass::CrashStop,
            Self::Byzantine => FaultClass::Byzantine,
        }
    }

    pub(crate) fn validate(&self, node: &str) -> Result<(), Complaint> {
        match self {
            Self::CrashStop { at: When::Chosen { within: Span::ZERO } } => {
                Err(Complaint::at(["world", "faults", node, "at", "within"])
                    .problem("a crash chosen within no time at all has no instant to choose")
                    .help("write `at: Time(\"0ms\")` for a node that is down from the start"))
            }
            _ => Ok(()),
        }
    }
}
