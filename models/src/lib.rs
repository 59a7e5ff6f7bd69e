//! The system models of distributed computing, as code: what the world may do to a protocol.
//!
//! "Model" is meant as the textbooks mean it: an assumption about timing, links and processes.
//! Every model is an object with its own laws (`tests/laws.rs`), generic in the message type and
//! ignorant of protocols, so that any model applies to any protocol.
//!
//! | the textbook says | module | type |
//! |---|---|---|
//! | synchronous, partially synchronous, asynchronous | [`timing`] | [`TimingModel`] |
//! | reliable and fair-loss links | [`link`] | [`LinkModel`], [`Links`] |
//! | crash-stop, crash-recovery, omission and Byzantine processes | [`fault`] | [`NodeFault`] |
//! | processes that are slow for a while | [`pause`], [`load`] | [`Pause`], [`Load`] |
//! | clocks with skew and drift | [`clock`] | [`Clocks`] |
//! | unforgeable signatures | [`auth`] | [`Signed`] |
//! | the adversary | [`adversary`] | [`Adversary`], [`Realm`] |
//! | all of these together | [`world`] | [`World`] |
//!
//! Whatever may go one way or another is asked of a [`Choose`], where 0 is always the kindest.

/// Where these sources lie, for whoever must tell a panic of ours from another.
#[doc(hidden)]
pub const SOURCE: &str = file!();

pub mod adversary;
pub mod auth;
pub mod chance;
pub mod choice;
pub mod clock;
pub mod fault;
pub mod link;
pub mod load;
pub mod node;
pub mod pause;
pub mod scenarios;
pub mod time;
pub mod timing;
pub mod world;

pub use adversary::{Adversary, AdversaryModel, Liar, Realm, Silent};
pub use auth::{Authority, CorruptId, Forged, Signed, Signer, Verifier};
pub use chance::{BadChance, Chance};
pub use choice::{Among, Choose, Concern, Kindest, Stream};
pub use clock::{Clock, Clocks};
pub use fault::{Disk, FaultClass, NodeFault, Outage, When};
pub use link::{LinkClass, LinkModel, Links};
pub use load::Load;
pub use node::{Envelope, Message, NodeId};
pub use pause::Pause;
pub use time::{BadSpan, Span, Time};
pub use timing::{TimingClass, TimingModel};
pub use world::{Complaint, World, unique};
