//! Other simulators, as they were measured elsewhere.
//!
//! Each played the same workloads, ported to it as its users would, on 2 cores of an AMD EPYC
//! (Zen 4) with Rust 1.95, beside bare loops like those here. Their nanoseconds mean nothing on
//! another machine. What can be compared is how many times the cost of the best bare loop each had
//! *there*, and the harness has *here*.

use crate::contest::Figure;
use crate::goals::{Goal, Goals};

const NODES: [u16; 5] = [4, 7, 16, 31, 100];

/// Medians, elsewhere: ns a delivery of W2 with so many [`NODES`], and W3's runs a second.
struct Peer {
    name: &'static str,
    rounds: [f64; 5],
    short_runs: f64,
    /// How many times as fast the harness should be.
    goal: f64,
}

/// The best of the bare loops there.
const LIMIT: Peer = Peer {
    name: "bare loop",
    rounds: [41.1, 43.4, 47.1, 49.8, 66.6],
    short_runs: 101_930.0,
    goal: 0.0,
};

const PEERS: [Peer; 5] = [
    Peer {
        name: "simrs 0.2",
        rounds: [84.7, 91.1, 100.0, 114.0, 159.0],
        short_runs: 46_974.0,
        goal: 1.4,
    },
    Peer {
        name: "madsim 0.2",
        rounds: [946.0, 958.0, 950.0, 969.0, 1_130.0],
        short_runs: 3_923.0,
        goal: 12.0,
    },
    Peer {
        name: "turmoil 0.7",
        rounds: [1_922.0, 1_386.0, 1_029.0, 988.0, 1_730.0],
        short_runs: 1_848.0,
        goal: 12.0,
    },
    Peer {
        name: "stateright 0.31, simulation",
        rounds: [1_802.0, 3_474.0, 12_643.0, 42_517.0, 436_992.0],
        short_runs: 2_404.0,
        goal: 12.0,
    },
    Peer {
        name: "commonware 2026.10",
        rounds: [4_092.0, 4_065.0, 4_416.0, 5_780.0, 24_816.0],
        short_runs: 742.0,
        goal: 12.0,
    },
];

/// What the harness was measured at here, times the best bare loop.
#[derive(Default)]
pub(crate) struct Cells {
    rounds: [Option<f64>; 5],
    short_runs: Option<f64>,
    /// What the best bare loop took here, times what it took there, with each number of nodes.
    slower: Vec<f64>,
}

impl Cells {
    /// W2 with so many nodes: the harness, times the best bare loop, and that loop in ns a delivery.
    pub(crate) fn rounds(&mut self, nodes: u16, times: f64, limit: f64) {
        if let Some(at) = NODES.iter().position(|n| *n == nodes) {
            self.rounds[at] = Some(times);
            self.slower.push(limit / LIMIT.rounds[at]);
        }
    }

    /// How slow this machine is: seconds and runs a second are to be read with that in mind.
    pub(crate) fn machine(&self) -> String {
        if self.slower.is_empty() {
            return String::new();
        }
        let slower = Figure::of(self.slower.iter().copied()).shown(2);
        format!(
            "Goals in µs, seconds and runs a second were set on the machine of the peers; the best
  bare loop of W2 took {slower} times as long here."
        )
    }

    /// W3.
    pub(crate) const fn short_runs(&mut self, times: f64) {
        self.short_runs = Some(times);
    }

    /// How far ahead of each peer the harness is, as far as it was measured.
    pub(crate) fn compare(&self, goals: &mut Goals) {
        for peer in &PEERS {
            let theirs = peer.rounds.iter().zip(LIMIT.rounds).map(|(one, limit)| one / limit);
            let ahead: Vec<f64> =
                theirs.zip(self.rounds).filter_map(|(t, o)| Some(t / o?)).collect();
            if !ahead.is_empty() {
                // The goal is for each size: the smallest counts.
                let all = Figure::of(ahead.into_iter());
                let figure = Figure { median: all.least, ..all };
                let what = format!("times as fast as {}, W2, any n *", peer.name);
                goals.add(&what, figure, Goal::AtLeast(peer.goal), 1);
            }
            if let Some(ours) = self.short_runs {
                let ahead = LIMIT.short_runs / peer.short_runs / ours;
                let figure = Figure { median: ahead, least: ahead, most: ahead };
                let what = format!("times as fast as {}, W3 *", peer.name);
                goals.add(&what, figure, Goal::AtLeast(peer.goal), 1);
            }
        }
    }
}
