//! One node of a run, as the kernel keeps it.

use generals_models::{Clock, CorruptId, Disk, NodeId, Signer, Span, Time};

use super::omissions::Omits;
use crate::protocol::Protocol;

pub(in crate::kernel) struct Node<P: Protocol> {
    pub(super) id: NodeId,
    /// Which copy under this identity: 0 except in further seats, after those of all nodes.
    pub(super) copy: u8,
    /// `None` before its start and while it is down.
    pub(super) state: Option<P>,
    pub(super) signer: Signer,
    pub(super) corrupt: Option<CorruptId>,
    /// The input it will be given.
    pub(super) input: Option<usize>,
    pub(super) steps: u64,
    pub(super) timers_fired: u64,
    /// When it is to be down.
    pub(super) outages: Vec<Down>,
    pub(super) is_down: bool,
    /// After how many facts it first failed, if it did: it crashed, left something out or was taken
    /// over.
    pub(super) failed: Option<u64>,
    /// What it leaves out, if it is one to leave anything out.
    pub(super) omits: Option<Omits>,
    pub(super) has_left_out: bool,
    pub(super) clock: Clock,
    /// Whether the clock is ever wrong.
    pub(super) clock_is_wrong: bool,
    /// Whether it runs under another configuration than the rest.
    pub(super) other_version: bool,
    /// It was down when it was to be given its input, and is to be given it when it is back.
    pub(super) input_waits: bool,
    pub(super) store: Store<P>,
}

/// A time at which a node is to be down, as far as this run has chosen it.
pub(super) struct Down {
    pub(super) at: DownAt,
    /// For how long; for good if this says nothing.
    pub(super) lasts: Option<Span>,
    /// When it happened, if it did.
    pub(super) happened: Option<Time>,
    /// Whether nothing else was left to happen then.
    pub(super) was_late: bool,
}

impl Down {
    pub(super) const fn new(at: DownAt, lasts: Option<Span>) -> Self {
        Self { at, lasts, happened: None, was_late: false }
    }
}

/// When a node goes down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DownAt {
    /// This run chose that it does not.
    Never,
    /// By an event in the queue at this instant.
    Time(Time),
    /// In this step, after so many of its effects.
    Step(u64, u32),
}

/// The disk of a node.
pub(super) struct Store<P: Protocol> {
    pub(super) synced: Option<P::Durable>,
    /// What was written since.
    pub(super) written: Option<P::Durable>,
}

impl<P: Protocol> Default for Store<P> {
    fn default() -> Self {
        Self { synced: None, written: None }
    }
}

impl<P: Protocol> Store<P> {
    pub(super) fn sync(&mut self) {
        if let Some(written) = self.written.take() {
            self.synced = Some(written);
        }
    }

    /// What a crash does to it; says whether it wiped anything.
    pub(super) fn crash(&mut self, disk: Disk) -> bool {
        match disk {
            Disk::Kept => self.sync(),
            Disk::UnsyncedLost => self.written = None,
            Disk::Wiped => {
                let lost = std::mem::take(self);
                return lost.synced.is_some() || lost.written.is_some();
            }
        }
        false
    }
}

impl<P: Protocol> Node<P> {
    /// A node that has not started yet.
    pub(super) fn new(id: NodeId, signer: Signer) -> Self {
        Self {
            id,
            copy: 0,
            state: None,
            signer,
            corrupt: None,
            input: None,
            steps: 0,
            timers_fired: 0,
            outages: Vec::new(),
            is_down: false,
            failed: None,
            input_waits: false,
            omits: None,
            has_left_out: false,
            clock: Clock::default(),
            clock_is_wrong: false,
            other_version: false,
            store: Store::default(),
        }
    }

    /// The outage that begins in the `nth` step, and after how many effects.
    pub(super) fn crash_in(&self, nth: u64) -> Option<(usize, u32)> {
        let mut outages = self.outages.iter().enumerate();
        outages.find_map(|(which, outage)| match outage.at {
            DownAt::Step(step, effects) if step == nth => Some((which, effects)),
            _ => None,
        })
    }

    pub(in crate::kernel) const fn id(&self) -> NodeId {
        self.id
    }

    /// Whether anything came of its fault.
    pub(in crate::kernel) const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Whether it had failed before so many facts.
    pub(in crate::kernel) fn had_failed(&self, facts: u64) -> bool {
        self.failed.is_some_and(|failed| failed < facts)
    }
}
