//! The system models of distributed computing, as code: what the world may do to a protocol.
//!
//! "Model" is meant as the textbooks mean it: an assumption about timing, links and processes.
//! Every model is an object with its own laws (`tests/laws`), generic in the message type and
//! ignorant of protocols, so that any model applies to any protocol.
//!
//! | the textbook says | module | type |
//! |---|---|---|
//! | synchronous, partially synchronous, asynchronous | [`timing`] | [`TimingModel`] |
//! | distributions of delays | [`latency`] | [`Latency`] |
//! | reliable, fair-loss and arbitrary links | [`link`] | [`LinkModel`], [`Links`] |
//! | who is linked to whom | [`topology`] | [`Topology`], [`Adjacency`] |
//! | congestion, changing routes | [`weather`] | [`Weather`] |
//! | partitions | [`partition`] | [`Partition`], [`Cut`] |
//! | what one run chose of the last three | [`network`] | [`Network`] |
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
pub mod catalogue;
pub mod chance;
pub mod choice;
pub mod clock;
pub mod fault;
pub mod latency;
pub mod link;
pub mod load;
pub mod mutate;
pub mod network;
pub mod node;
pub mod opaque;
pub mod partition;
pub mod pause;
pub mod scenarios;
pub mod time;
pub mod timing;
pub mod topology;
pub mod weather;
pub mod world;

pub use adversary::{
    Adaptive, Adversary, AdversaryModel, Any, Delayer, Fate, Flip, HalfSplit, Honest, Liar, Parity,
    PathParity, Puppet, Realm, Replayer, Silent, SmallScope, Structured, Twins,
};
pub use auth::{Authority, CorruptId, Forged, Signed, Signer, Verifier};
pub use chance::{BadChance, Chance};
pub use choice::{Among, Choose, Concern, Kindest, Stream};
pub use clock::{Clock, Clocks};
pub use fault::{Disk, FaultClass, NodeFault, Outage, When};
pub use latency::Latency;
pub use link::{Exception, LinkClass, LinkModel, Links, Tampering, Tap};
pub use load::Load;
pub use mutate::{Observed, mutate, mutations};
pub use network::Network;
pub use node::{Envelope, Message, NodeId};
pub use opaque::Opaque;
pub use partition::{Crossing, Cut, Departure, Partition};
pub use pause::Pause;
pub use time::{BadSpan, Span, Time};
pub use timing::{Even, TimingClass, TimingModel};
pub use topology::{Adjacency, Topology};
pub use weather::{Affected, Weather};
pub use world::{Complaint, World, unique};
