//! One node of a run, as the kernel keeps it.

use generals_models::{CorruptId, NodeId, Signer};

use crate::protocol::Protocol;

pub(in crate::kernel) struct Node<P: Protocol> {
    pub(super) id: NodeId,
    /// Which copy under this identity: 0 except in further seats, after those of all nodes.
    pub(super) copy: u8,
    /// `None` before its start and after its crash.
    pub(super) state: Option<P>,
    pub(super) signer: Signer,
    pub(super) corrupt: Option<CorruptId>,
    /// The input it will be given.
    pub(super) input: Option<usize>,
    pub(super) steps: u64,
    /// The step in which it crashes, and how many effects of that step still happen.
    pub(super) crashes_in: Option<(u64, u32)>,
    pub(super) crashed: bool,
    pub(super) timers_fired: u64,
}

impl<P: Protocol> Node<P> {
    /// A node that has not started yet.
    pub(super) const fn new(id: NodeId, signer: Signer) -> Self {
        Self {
            id,
            copy: 0,
            state: None,
            signer,
            corrupt: None,
            input: None,
            steps: 0,
            crashes_in: None,
            crashed: false,
            timers_fired: 0,
        }
    }

    pub(in crate::kernel) const fn id(&self) -> NodeId {
        self.id
    }

    pub(in crate::kernel) const fn has_crashed(&self) -> bool {
        self.crashed
    }
}
