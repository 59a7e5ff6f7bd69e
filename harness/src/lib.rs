//! A deterministic discrete-event test harness for distributed agreement.

pub mod check;
pub mod choosers;
pub mod cli;
pub mod diagram;
pub mod digest;
pub mod explore;
pub mod file;
pub mod fuzz;
pub mod kernel;
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
    Agreement, Assumptions, Audit, Breach, Fact, Integrity, Obedience, Promise, Promises, Property,
    Termination, Validity, Verdict, VerdictKind, Witness,
};
pub use choosers::{Deviation, Exhaustive, Noting, Script, Scripted, Seeded};
pub use digest::{Digest, Fingerprint};
pub use explore::{Explored, explore};
pub use file::{FileError, Source};
pub use generals_models::{
    Adversary, AdversaryModel, Among, Chance, Choose, Complaint, Concern, CorruptId, Envelope,
    FaultClass, Forged, Kindest, LinkClass, LinkModel, Message, NodeFault, NodeId, Realm, Signed,
    Signer, Span, Stream, Time, TimingClass, TimingModel, Verifier, When, World,
};
pub use kernel::{Ended, Outcome, Tally};
pub use protocol::{Cx, Protocol, RuleSet};
pub use rounds::{Lockstep, Round, Rounds};
pub use scenario::{Limits, SOUND, Scenario};
pub use subject::{Case, Found, Origin, Plug, PromiseRow, Subject, Worker};
pub use trace::{Trace, Zoom};
