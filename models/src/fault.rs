//! What goes wrong with the nodes themselves.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Chance, Complaint, NodeId, Span, Time};

/// How one node fails. A node without a fault is correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NodeFault {
    /// It stops for good.
    CrashStop {
        /// At which point of the run.
        at: When,
    },
    /// It stops and comes back, perhaps more than once. Its state and its timers are gone, and what
    /// arrives while it is down is missed. It starts again with what its disk still has.
    ///
    /// As long as it keeps coming back, promises that assume crash-recovery count it as correct
    /// (Cachin, Guerraoui and Rodrigues, section 2.2.5); to all others it is faulty. An input that
    /// it could not be given because it was down is given when it is back.
    CrashRecovery {
        /// When it is down: at least one outage. One that begins while it is down has no effect.
        outages: Vec<Outage>,
        /// What becomes of what it had written down.
        #[serde(default, skip_serializing_if = "Disk::is_kept")]
        disk: Disk,
    },
    /// It leaves out some of what its program sends and some of what it is sent. What it tells
    /// itself it never leaves out.
    Omission {
        /// How likely a message it sends is left out.
        #[serde(default)]
        send: Chance,
        /// How likely a message it receives is left out.
        #[serde(default)]
        receive: Chance,
    },
    /// It follows the protocol except where that is work for others: it saves itself the passing on
    /// of what it heard (free-riding). A message sent in a step that a message caused passes
    /// something on, unless it goes back to that message's sender. So does what it sends when a
    /// timer fires, if it has heard from others since its last timer: where a protocol speaks in
    /// rounds, that is how it passes on what it heard in the last one. Its own input, its timers
    /// and its answers it takes care of.
    Rational {
        /// How likely it skips the passing on of a message.
        skips: Chance,
    },
    /// It fails as this node does: in the same way and, where that one crashes at an instant that
    /// the run chooses, at the same one. (Where it crashes in a step, each crashes in its own step
    /// of that number; where it leaves out messages, each leaves out its own.)
    With(NodeId),
    /// It runs the protocol under another configuration, which the scenario gives as one of its
    /// `versions`. It is in nobody's hands: it says what its program says. To promises it is
    /// Byzantine.
    OtherVersion,
    /// It is in the hands of the adversary from the start.
    Byzantine,
}

/// One time at which a node is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// When it stops. Steps are counted through its whole life: starting again is a step too.
    pub at: When,
    /// How long it is down; more than nothing.
    pub down: Span,
}

/// What a crash leaves of what a node had written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disk {
    /// All of it, synced or not.
    #[default]
    Kept,
    /// What was synced. What was written since is lost: the node starts with what it synced last.
    UnsyncedLost,
    /// Nothing: the node has forgotten that it ever ran.
    Wiped,
}

impl Disk {
    // serde hands this a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    const fn is_kept(&self) -> bool {
        matches!(self, Self::Kept)
    }
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
    /// Nodes may stop, and come back with what they had persisted.
    CrashRecovery,
    /// Nodes may leave out sending and receiving messages.
    Omission,
    /// Nodes may do anything but forge signatures.
    Byzantine,
}

impl fmt::Display for FaultClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Honest => "no faults",
            Self::CrashStop => "crash-stop",
            Self::CrashRecovery => "crash-recovery",
            Self::Omission => "omission",
            Self::Byzantine => "Byzantine",
        })
    }
}

impl NodeFault {
    /// The most outages of one node.
    pub const MOST_OUTAGES: usize = 1000;

    /// How bad this fault is. That of [`With`](Self::With) is another node's, which only the world
    /// knows: see [`World::fault`](crate::World::fault).
    #[must_use]
    pub const fn class(&self) -> FaultClass {
        match self {
            Self::With(_) => FaultClass::Honest,
            Self::CrashStop { .. } => FaultClass::CrashStop,
            Self::CrashRecovery { .. } => FaultClass::CrashRecovery,
            Self::Omission { .. } | Self::Rational { .. } => FaultClass::Omission,
            Self::Byzantine | Self::OtherVersion => FaultClass::Byzantine,
        }
    }

    pub(crate) fn validate(&self, node: &str) -> Result<(), Complaint> {
        let fault = ["world", "faults", node];
        match self {
            Self::CrashStop { at } => at.validate(&fault),
            Self::CrashRecovery { outages, .. } => {
                let at = |more: &[&'static str]| {
                    Complaint::at(fault.into_iter().chain(more.iter().copied()))
                };
                if outages.is_empty() {
                    return Err(at(&["outages"])
                        .problem("a node that crashes and recovers is down at least once")
                        .help("write `outages: [(at: Time(\"50ms\"), down: \"20ms\")]`"));
                }
                if outages.len() > Self::MOST_OUTAGES {
                    let (most, found) = (Self::MOST_OUTAGES, outages.len());
                    return Err(at(&["outages"])
                        .problem(format!("a node has at most {most} outages, not {found}")));
                }
                outages.iter().try_for_each(|outage| {
                    if outage.down == Span::ZERO {
                        return Err(at(&["outages", "down"])
                            .problem("an outage of no time at all is none")
                            .help("how long is the node down?"));
                    }
                    outage.at.validate(&[fault[0], fault[1], fault[2], "outages"])
                })
            }
            // The world sees to `With`, the scenario to `OtherVersion`.
            Self::Omission { .. }
            | Self::Rational { .. }
            | Self::With(_)
            | Self::OtherVersion
            | Self::Byzantine => Ok(()),
        }
    }
}

impl When {
    /// Checks an instant that stands as `at` in the field at `path`.
    fn validate(&self, path: &[&str]) -> Result<(), Complaint> {
        match self {
            Self::Chosen { within: Span::ZERO } => {
                Err(Complaint::at(path.iter().copied().chain(["at", "within"]))
                    .problem("a crash chosen within no time at all has no instant to choose")
                    .help("write `at: Time(\"0ms\")` for a node that is down from the start"))
            }
            _ => Ok(()),
        }
    }
}
