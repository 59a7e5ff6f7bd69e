//! What one process thinks of the others: the part of a failure detector that knows no messages.

use std::collections::{BTreeMap, BTreeSet};

use generals::{NodeId, Span};
use serde::{Deserialize, Serialize};

/// By how much a time-out grows when a suspicion turns out to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Growth {
    /// By this much.
    By(Span),
    /// To twice its length.
    Doubling,
}

impl Growth {
    /// The time-out that follows `timeout`.
    #[must_use]
    pub fn after(self, timeout: Span) -> Span {
        match self {
            Self::By(more) => timeout + more,
            Self::Doubling => timeout * 2,
        }
    }
}

/// What one process thinks of the others, and how long it waits for a sign of life of each.
#[derive(Clone, Debug)]
pub struct Monitor {
    first: Span,
    timeouts: BTreeMap<NodeId, Span>,
    suspects: BTreeSet<NodeId>,
}

impl Monitor {
    /// Suspects nobody, and waits for each node so long at first.
    #[must_use]
    pub const fn new(timeout: Span) -> Self {
        Self { first: timeout, timeouts: BTreeMap::new(), suspects: BTreeSet::new() }
    }

    /// How long it waits for a sign of life of `q`.
    #[must_use]
    pub fn timeout(&self, q: NodeId) -> Span {
        self.timeouts.get(&q).copied().unwrap_or(self.first)
    }

    /// Whom it suspects.
    #[must_use]
    pub const fn suspects(&self) -> &BTreeSet<NodeId> {
        &self.suspects
    }

    /// Whether it suspects `q`.
    #[must_use]
    pub fn is_suspect(&self, q: NodeId) -> bool {
        self.suspects.contains(&q)
    }

    /// `q` was silent for its time-out: it is suspected.
    pub fn suspect(&mut self, q: NodeId) {
        self.suspects.insert(q);
    }

    /// A sign of life of `q`. If it was suspected it is no more, and its time-out grows. Returns
    /// whether it was.
    pub fn trust(&mut self, q: NodeId, growth: Growth) -> bool {
        let refuted = self.suspects.remove(&q);
        if refuted {
            self.timeouts.insert(q, growth.after(self.timeout(q)));
        }
        refuted
    }
}
