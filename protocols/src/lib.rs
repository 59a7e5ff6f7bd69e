//! Agreement protocols for the `generals` harness, each a file that reads like its paper.
//!
//! This crate uses the harness's public interface only, as any other crate would.

mod one_leader;
mod order;
mod proposed;

pub mod ben_or;
pub mod bracha;
pub mod broadcast;
pub mod chain;
pub mod chandra_toueg;
pub mod detector;
pub mod dolev_strong;
pub mod floodset;
pub mod interactive_consistency;
pub mod om;
pub mod om_graph;
pub mod paxos;
pub mod pbft;
pub mod sm;
pub mod sm_graph;
pub mod two_generals;

pub use ben_or::BenOr;
pub use bracha::Bracha;
pub use broadcast::Broadcast;
pub use chandra_toueg::ChandraToueg;
pub use detector::Detector;
pub use dolev_strong::DolevStrong;
pub use floodset::FloodSet;
pub use interactive_consistency::InteractiveConsistency;
pub use om::OralMessages;
pub use om_graph::OralMessagesOnGraphs;
pub use order::{Order, Plan};
pub use paxos::Paxos;
pub use pbft::Pbft;
pub use proposed::Proposed;
pub use sm::SignedMessages;
pub use sm_graph::SignedMessagesOnGraphs;
pub use two_generals::TwoGenerals;

use generals::{Lockstep, Plug, Subject};

/// All protocols of this crate.
// Never inlined, or every crate that asks for them would compile all of them once more.
#[inline(never)]
#[must_use]
pub fn registry() -> &'static [&'static dyn Subject] {
    &[
        &Plug::<TwoGenerals>::NEW,
        &Plug::<Broadcast>::NEW,
        &Plug::<Lockstep<OralMessages>>::NEW,
        &Plug::<Lockstep<InteractiveConsistency>>::NEW,
        &Plug::<Bracha>::NEW,
        &Plug::<BenOr>::NEW,
        &Plug::<Lockstep<FloodSet>>::NEW,
        &Plug::<Lockstep<SignedMessages>>::NEW,
        &Plug::<Lockstep<DolevStrong>>::NEW,
        &Plug::<Lockstep<OralMessagesOnGraphs>>::NEW,
        &Plug::<Lockstep<SignedMessagesOnGraphs>>::NEW,
        &Plug::<Paxos>::NEW,
        &Plug::<Detector>::NEW,
        &Plug::<ChandraToueg>::NEW,
        &Plug::<Pbft>::NEW,
    ]
}
