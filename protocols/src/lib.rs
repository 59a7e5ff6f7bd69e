//! Agreement protocols for the `generals` harness, each a file that reads like its paper.
//!
//! This crate uses the harness's public interface only, as any other crate would.

mod order;
mod proposed;

pub mod broadcast;
pub mod chandra_toueg;
pub mod detector;
pub mod interactive_consistency;
pub mod om;
pub mod paxos;
pub mod two_generals;

pub use broadcast::Broadcast;
pub use chandra_toueg::ChandraToueg;
pub use detector::Detector;
pub use interactive_consistency::InteractiveConsistency;
pub use om::OralMessages;
pub use order::Order;
pub use paxos::Paxos;
pub use proposed::Proposed;
pub use two_generals::TwoGenerals;

use generals::{Lockstep, Plug, Subject};

/// All protocols of this crate.
#[must_use]
pub fn registry() -> &'static [&'static dyn Subject] {
    &[
        &Plug::<TwoGenerals>::NEW,
        &Plug::<Broadcast>::NEW,
        &Plug::<Lockstep<OralMessages>>::NEW,
        &Plug::<Lockstep<InteractiveConsistency>>::NEW,
        &Plug::<Paxos>::NEW,
        &Plug::<Detector>::NEW,
        &Plug::<ChandraToueg>::NEW,
    ]
}
