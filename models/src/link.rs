//! What a link does to the messages it carries.
//!
//! Reliable and fair-loss are meant as in Cachin, Guerraoui and Rodrigues, *Introduction to
//! Reliable and Secure Distributed Programming*, section 2.4.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Among, Chance, Choose, Complaint, Concern, NodeId, Stream, Time};

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
}

const fn always() -> Chance {
    Chance::CERTAIN
}

const fn sixteen() -> u32 {
    16
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
}

impl fmt::Display for LinkClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fifo => "FIFO",
            Self::Reliable => "reliable",
            Self::FairLoss => "fair-loss",
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
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Complaint> {
        match self {
            Self::FairLoss { loss, streak: 0, .. } if *loss > Chance::NEVER => {
                Err(Complaint::at(["world", "links", "streak"])
                    .problem("a streak of 0 forbids the loss that `loss` asks for")
                    .help("give a streak of at least 1, or no loss"))
            }
            _ => Ok(()),
        }
    }
}

/// The links of one run: a model, and what has happened on each link so far.
#[derive(Clone, Debug, Default)]
pub struct Links {
    model: LinkModel,
    nodes: usize,
    lost_in_a_row: Vec<u32>,
    last_arrival: Vec<Time>,
}

impl Links {
    /// Makes these the links of a fresh run, keeping the memory of the last one.
    pub fn reset(&mut self, model: &LinkModel, nodes: u16) {
        self.model.clone_from(model);
        self.nodes = usize::from(nodes);
        self.lost_in_a_row.clear();
        self.last_arrival.clear();
        if let LinkModel::FairLoss { reorder, .. } = model {
            self.lost_in_a_row.resize(self.nodes * self.nodes, 0);
            if *reorder < Chance::CERTAIN {
                self.last_arrival.resize(self.nodes * self.nodes, Time::ZERO);
            }
        } else if *model == LinkModel::Fifo {
            self.last_arrival.resize(self.nodes * self.nodes, Time::ZERO);
        }
    }

    /// How many copies of one message arrive: 0 if it is lost, 2 if it is doubled.
    #[inline]
    pub fn copies<C: Choose>(&mut self, from: NodeId, to: NodeId, choose: &mut C) -> u8 {
        let LinkModel::FairLoss { loss, duplicate, streak, .. } = self.model else { return 1 };
        let in_a_row = &mut self.lost_in_a_row[from.index() * self.nodes + to.index()];
        let may_be_lost = *in_a_row < streak;
        let on = |concern| Stream::link(concern, from, to);
        if may_be_lost && choose.choose(on(Concern::Loss), Among::Chance(loss)) == 1 {
            *in_a_row += 1;
            return 0;
        }
        *in_a_row = 0;
        1 + u8::from(choose.choose(on(Concern::Copies), Among::Chance(duplicate)) == 1)
    }

    fn last_arrival(&mut self, from: NodeId, to: NodeId) -> &mut Time {
        &mut self.last_arrival[from.index() * self.nodes + to.index()]
    }

    /// When a copy that the timing model brings at `due` arrives, given those before it.
    #[inline]
    pub fn arrival<C: Choose>(
        &mut self,
        from: NodeId,
        to: NodeId,
        due: Time,
        choose: &mut C,
    ) -> Time {
        if self.last_arrival.is_empty() {
            return due;
        }
        let mut overtakes = false;
        if let LinkModel::FairLoss { reorder, .. } = self.model {
            let overtake = Stream::link(Concern::Overtake, from, to);
            overtakes = choose.choose(overtake, Among::Chance(reorder)) == 1;
        }
        // Who overtakes arrives before earlier messages; later ones may still not before it.
        let last = self.last_arrival(from, to);
        *last = due.max(*last);
        if overtakes { due } else { *last }
    }
}
