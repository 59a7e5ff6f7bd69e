//! A deterministic discrete-event test harness for distributed agreement.
//!
//! | to | see |
//! |---|---|
//! | write a protocol | [`Protocol`] and [`Cx`]; in rounds, [`Rounds`] and [`Lockstep`] |
//! | say what it promises | [`Promises`], [`Assumptions`], [`Property`], [`Linearizable`] |
//! | test it in a line | [`testing::check`], [`conform!`] |
//! | get the whole command line for it | [`cli::main`] and [`Plug`] |
//! | read a scenario from a file | [`Subject::open`], [`Scenario`], [`World`] |
//! | run it from a program | [`Case::worker`], [`Worker`], [`Origin`] |
//! | put it above stubborn or authenticated links | [`Layers`], [`layers`] |
//! | search | [`fuzz`](mod@fuzz), [`shrink`](mod@shrink), [`explore`](mod@explore) |
//! | see where promises hold and where theory says so | [`atlas`] |
//! | answer the questions of a run yourself | [`Choose`] |
//!
//! A run is a scenario and a supply of choices, nothing else: the same ones give the same run, byte
//! for byte, on every platform. Whatever could have gone otherwise is a numbered choice, where 0 is
//! the kindest; [`Seeded`], [`Scripted`], [`Exhaustive`] and [`Noting`] are four ways to choose.

pub mod atlas;
pub mod check;
pub mod choosers;
pub mod cli;
pub mod diagram;
pub mod digest;
pub mod explore;
pub mod file;
pub mod fuzz;
mod guard;
pub mod kernel;
pub mod layers;
pub mod protocol;
pub mod queue;
pub mod report;
pub mod rounds;
pub mod scenario;
pub mod seedfile;
pub mod shrink;
pub mod subject;
pub mod testing;
pub mod trace;

pub use check::{
    Agreement, Assumptions, Audit, Breach, ClientEvent, Fact, History, Integrity, Late,
    Linearizable, Obedience, Promise, Promises, Property, Ruling, Specification, Tampered,
    Termination, Validity, Verdict, VerdictKind, Witness,
};
pub use choosers::{Deviation, Exhaustive, Noting, Origin, Script, Scripted, Seeded};
pub use digest::{Digest, Fingerprint};
pub use explore::{Explored, explore};
pub use file::{FileError, Source};
pub use generals_models::{
    Adjacency, Adversary, AdversaryModel, Affected, Among, Chance, Choose, Clock, Clocks,
    Complaint, Concern, CorruptId, Crossing, Disk, Envelope, Exception, Fate, FaultClass, Forged,
    Kindest, Latency, LinkClass, LinkModel, Load, Message, NodeFault, NodeId, Opaque, Outage,
    Partition, Pause, Puppet, Realm, Signed, Signer, Span, Stream, Tampering, Time, TimingClass,
    TimingModel, Topology, Verifier, Weather, When, World,
};
pub use kernel::{Ended, Outcome, Tally};
pub use layers::Layered;
pub use protocol::{Cx, Moment, Protocol, RuleSet};
pub use rounds::{InRound, Lockstep, Round, Rounds};
pub use scenario::{Layers, Limits, SOUND, Scenario, Stubborn};
pub use seedfile::Found;
pub use subject::{Case, Plug, PromiseRow, Subject, Worker};
pub use trace::{Trace, Zoom};
