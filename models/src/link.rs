//! What a link does to the messages it carries.
//!
//! Reliable, fair-loss and arbitrary are meant as in Cachin, Guerraoui and Rodrigues, *Introduction
//! to Reliable and Secure Distributed Programming*, section 2.4.

mod run;
mod tamper;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Chance, Complaint, TimingModel};

pub use run::Links;
pub use tamper::{Tampering, Tap};

/// The links of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LinkModel {
    /// Every message arrives exactly once, and no message overtakes another of its link.
    Fifo,
    /// Every message arrives exactly once, in any order.
    #[default]
    Reliable,
    /// Messages may be lost, doubled and reordered, but who keeps sending is heard in the end.
    FairLoss {
        /// How likely a message is lost.
        #[serde(default)]
        loss: Chance,
        /// How likely a message that is not lost arrives twice.
        #[serde(default)]
        duplicate: Chance,
        /// How likely a message may overtake earlier ones of its link.
        #[serde(default = "always")]
        reorder: Chance,
        /// At most so many messages of a link are lost in a row: on a finite run this stands in
        /// for "sent infinitely often, delivered infinitely often".
        #[serde(default = "sixteen")]
        streak: u32,
    },
    /// Somebody in the network hears everything and may do anything to it, but has nobody's key. Of
    /// each message sent he makes at most one thing.
    Arbitrary {
        /// How likely a message is tampered with.
        #[serde(default)]
        chance: Chance,
        /// What may be done, each as likely as the others; all there is unless given.
        #[serde(default = "all_ways", skip_serializing_if = "are_all_ways")]
        ways: Vec<Tampering>,
        /// At most so many messages of a link are tampered with in a row, so that who keeps
        /// sending is heard in the end: what makes fair-loss links of these, for a protocol that
        /// can tell what was tampered with.
        #[serde(default = "sixteen")]
        streak: u32,
        /// At most so many messages of a run are tampered with; any number unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u32>,
    },
}

const fn always() -> Chance {
    Chance::CERTAIN
}

const fn sixteen() -> u32 {
    16
}

fn all_ways() -> Vec<Tampering> {
    Tampering::ALL.to_vec()
}

fn are_all_ways(ways: &[Tampering]) -> bool {
    ways == Tampering::ALL
}

/// How much a link model promises, from the most to the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LinkClass {
    /// Exactly once and in order.
    Fifo,
    /// Exactly once.
    Reliable,
    /// At least once if repeated for ever.
    FairLoss,
    /// Nothing, but that some of what is repeated for ever arrives as it was.
    Arbitrary,
}

impl fmt::Display for LinkClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fifo => "FIFO",
            Self::Reliable => "reliable",
            Self::FairLoss => "fair-loss",
            Self::Arbitrary => "arbitrary",
        })
    }
}

impl LinkModel {
    /// How much this model promises.
    #[must_use]
    pub const fn class(&self) -> LinkClass {
        match self {
            Self::Fifo => LinkClass::Fifo,
            Self::Reliable => LinkClass::Reliable,
            Self::FairLoss { .. } => LinkClass::FairLoss,
            Self::Arbitrary { .. } => LinkClass::Arbitrary,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Complaint> {
        let at = |field: &str| Complaint::at(["world", "links", field]);
        match self {
            Self::FairLoss { loss, streak: 0, .. } if *loss > Chance::NEVER => Err(at("streak")
                .problem("a streak of 0 forbids the loss that `loss` asks for")
                .help("give a streak of at least 1, or no loss")),
            Self::Arbitrary { chance, streak: 0, .. } if *chance > Chance::NEVER => {
                Err(at("streak")
                    .problem("a streak of 0 forbids the tampering that `chance` asks for")
                    .help("give a streak of at least 1, or no chance"))
            }
            Self::Arbitrary { ways, .. } if ways.is_empty() => Err(at("ways")
                .problem("no way to tamper is listed")
                .help("leave `ways` out for all there are")),
            Self::Arbitrary { ways, .. } => {
                match ways.iter().enumerate().find(|(i, way)| ways[..*i].contains(way)) {
                    Some((_, way)) => Err(at("ways").problem(format!("{way:?} is listed twice"))),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// How one link differs from the others of its world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// What it does to messages; like all others unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<LinkModel>,
    /// How long messages take; like on all others unless given. What nodes know of delays stays
    /// what the world's own timing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<TimingModel>,
}

impl Exception {
    pub(crate) fn validate(&self, key: &str) -> Result<(), Complaint> {
        let here = |mut complaint: Complaint| {
            complaint.path.splice(..1, ["world", "except", key].map(str::to_owned));
            complaint
        };
        if let Some(links) = &self.links {
            links.validate().map_err(here)?;
        }
        if let Some(timing) = &self.timing {
            timing.validate().map_err(here)?;
        }
        if *self == Self::default() {
            return Err(here(Complaint::at(["world"]))
                .problem("an exception that says nothing")
                .help("give it `links`, `timing` or both"));
        }
        Ok(())
    }
}
