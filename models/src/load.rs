//! Work that takes time, and moves to others when a node fails.

use serde::{Deserialize, Serialize};

use crate::{Complaint, Span};

/// How long a node is busy with each thing that happens to it. What happens meanwhile waits for its
/// turn. A node does at once what it does, and is busy afterwards.
///
/// The work of nodes that are down is shared by those that are up: with `u` of `n` nodes up, each
/// event takes `work × n / u`. So one node that fails can take others with it, a *cascade*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// How long an event keeps a node busy while all nodes are up; more than nothing.
    pub work: Span,
    /// A node for which more than so many events wait stops for good; without this, none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_waiting: Option<u32>,
}

impl Load {
    /// How long an event keeps a node busy while `up` of `nodes` nodes are up, rounded up to a
    /// nanosecond. (At least one is up: the one that is busy.)
    #[must_use]
    pub fn work(&self, nodes: u16, up: u16) -> Span {
        let work = u128::from(self.work.as_nanos()) * u128::from(nodes);
        let share = work.div_ceil(u128::from(up.max(1)));
        Span::nanos(u64::try_from(share).unwrap_or(u64::MAX))
    }

    pub(crate) fn validate(&self) -> Result<(), Complaint> {
        if self.work == Span::ZERO {
            return Err(Complaint::at(["world", "load", "work"])
                .problem("work that takes no time keeps nobody busy")
                .help("give its length, like \"1ms\", or leave the load out"));
        }
        Ok(())
    }
}
