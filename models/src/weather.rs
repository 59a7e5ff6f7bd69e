//! What happens to latencies in practice, whatever the timing model promises: congestion, and
//! routes that change. Nothing here is cut to the model's bound: it is how bounds are broken.

use serde::{Deserialize, Serialize};

use crate::{Complaint, NodeId, Span, Time};

/// One spell of bad weather.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Weather {
    /// What is sent from `from` on, until it `lasts` no longer, takes `times` as long.
    Congestion {
        /// Which links are congested; all unless given.
        #[serde(default, skip_serializing_if = "Affected::is_all")]
        links: Affected,
        /// When it begins.
        from: Time,
        /// How long it lasts; the instant of its end is calm again.
        lasts: Span,
        /// How many times as long messages take: 2 to [`Weather::MOST_TIMES`].
        times: u32,
    },
    /// What is sent before `at` goes a way that is longer by `detour`. What is sent from then on
    /// goes the short way and may overtake it.
    Reroute {
        /// Which links get the shorter way; all unless given.
        #[serde(default, skip_serializing_if = "Affected::is_all")]
        links: Affected,
        /// When the short way opens.
        at: Time,
        /// How much longer the long way is.
        detour: Span,
    },
}

/// Which links something is about, each in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Affected {
    /// All of them.
    #[default]
    All,
    /// These: (sender, receiver).
    Only(Vec<(NodeId, NodeId)>),
}

impl Affected {
    const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether the link `from → to` is one of them.
    #[must_use]
    pub fn includes(&self, from: NodeId, to: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Only(links) => links.contains(&(from, to)),
        }
    }
}

impl Weather {
    /// The most times as long that messages can take.
    pub const MOST_TIMES: u32 = 1_000_000;

    /// What a message that is sent on `from → to` at `now`, and would take `latency`, takes in this
    /// weather. Never less.
    #[must_use]
    pub fn slows(&self, now: Time, from: NodeId, to: NodeId, latency: Span) -> Span {
        match self {
            Self::Congestion { links, from: begin, lasts, times } => {
                let during = *begin <= now && now < *begin + *lasts;
                if during && links.includes(from, to) {
                    latency * u64::from(*times)
                } else {
                    latency
                }
            }
            Self::Reroute { links, at, detour } => {
                if now < *at && links.includes(from, to) {
                    latency + *detour
                } else {
                    latency
                }
            }
        }
    }

    pub(crate) fn validate(&self, i: usize, nodes: u16) -> Result<(), Complaint> {
        let i = i.to_string();
        let at = |field: &str| Complaint::at(["world", "weather", &i, field]);
        let links = match self {
            Self::Congestion { lasts: Span::ZERO, .. } => {
                return Err(at("lasts").problem("congestion that lasts no time affects nobody"));
            }
            Self::Congestion { times: 0 | 1, .. } => {
                return Err(at("times")
                    .problem("congestion makes messages take longer")
                    .help("`times` is how many times as long: at least 2"));
            }
            Self::Congestion { times, .. } if *times > Self::MOST_TIMES => {
                let most = Self::MOST_TIMES;
                return Err(
                    at("times").problem(format!("messages take {most} times as long at most"))
                );
            }
            Self::Reroute { detour: Span::ZERO, .. } => {
                return Err(at("detour").problem("a detour of no length is none"));
            }
            Self::Reroute { at: Time::ZERO, .. } => {
                return Err(at("at")
                    .problem("nothing is sent before the beginning, so nothing goes the long way")
                    .help("`at` is when the short way opens: later than 0ms"));
            }
            Self::Congestion { links, .. } | Self::Reroute { links, .. } => links,
        };
        let Affected::Only(links) = links else { return Ok(()) };
        for &(a, b) in links {
            if let Some(stranger) = [a, b].into_iter().find(|node| node.0 >= nodes) {
                return Err(at("links")
                    .problem(format!("{stranger} does not exist in a world of {nodes} nodes")));
            }
            if a == b {
                return Err(at("links").problem(format!("there is no link from {a} to itself")));
            }
        }
        if links.is_empty() {
            return Err(at("links").problem("no link is listed, so nothing is affected"));
        }
        Ok(())
    }
}
