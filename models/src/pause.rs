//! Nodes that do nothing for a while: a garbage collection, a descheduled process.

use serde::{Deserialize, Serialize};

use crate::{Among, Chance, Choose, Complaint, Concern, NodeId, Span, Stream, Time};

/// A time in which a node does nothing. What happens to it meanwhile waits: messages that arrive,
/// timers, its start, its input, its recovery. When the pause is over all of it happens at once, in
/// its order. A crash does not wait, and what waited then is lost with the node's memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Pause {
    /// In every run, at this instant.
    At {
        /// Who pauses.
        node: NodeId,
        /// From when on, this instant included.
        from: Time,
        /// For how long; more than nothing.
        lasts: Span,
    },
    /// Not at all, which is the kindest, or in every other run: at an instant and for a time that
    /// the run chooses, uniformly.
    Chosen {
        /// Who may pause.
        node: NodeId,
        /// The latest instant at which the pause begins, counted from the beginning.
        within: Span,
        /// The longest it lasts, more than nothing; the shortest is a tenth of that.
        longest: Span,
    },
}

impl Pause {
    /// Who pauses.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        match self {
            Self::At { node, .. } | Self::Chosen { node, .. } => *node,
        }
    }

    /// When the pause begins and when it is over, in this run, if there is one; by the choices of
    /// [`Concern::Pause`], [`Concern::PauseTime`] and [`Concern::PauseLength`].
    pub fn choose<C: Choose>(&self, choose: &mut C) -> Option<(Time, Time)> {
        match *self {
            Self::At { from, lasts, .. } => Some((from, from + lasts)),
            Self::Chosen { node, within, longest } => {
                let on = |concern| Stream::node(concern, node);
                let whether = Among::Chance(Chance::ppm(Chance::WHOLE / 2));
                if choose.choose(on(Concern::Pause), whether) == 0 {
                    return None;
                }
                let when = Among::Length { span: within, grain: 3 };
                let from = Time::nanos(choose.choose(on(Concern::PauseTime), when));
                let least = Span::nanos((longest.as_nanos() / 10).max(1));
                let more = Among::Length { span: longest.saturating_sub(least), grain: 2 };
                let more = Span::nanos(choose.choose(on(Concern::PauseLength), more));
                Some((from, from + (least + more)))
            }
        }
    }

    pub(crate) fn validate(&self, nodes: u16) -> Result<(), Complaint> {
        let at = |field| Complaint::at(["world", "pauses", field]);
        let node = self.node();
        if node.0 >= nodes {
            return Err(at("node")
                .problem(format!("{node} does not exist in a world of {nodes} nodes"))
                .help(format!("the last node is n{}", nodes - 1)));
        }
        let (name, length) = match self {
            Self::At { lasts, .. } => ("lasts", lasts),
            Self::Chosen { longest, .. } => ("longest", longest),
        };
        if *length == Span::ZERO {
            return Err(at(name)
                .problem("a pause of no time at all is none")
                .help("give its length, like \"50ms\", or leave the pause out"));
        }
        Ok(())
    }
}
