//! What the papers claim, with their numbers: each test is named after the claim.
//!
//! Numbers are stated here a second time, as tables or by arithmetic of the tests' own, and never
//! taken from the code under test. Tests whose names begin with `slow_` need the feature `slow`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod ben_or;
mod bracha;
mod broadcast;
mod chandra_toueg;
mod chooser;
mod detector;
mod dolev_strong;
mod graph;
mod interactive_consistency;
mod layers;
mod om;
mod om_graph;
mod paxos;
mod pbft;
mod pbft_lies;
mod pbft_parts;
mod pbft_recovery;
mod pbft_status;
mod pbft_views;
mod sm;
mod sm_graph;
mod traitors;
mod two_generals;
