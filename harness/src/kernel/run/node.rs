//! One node of a run, as the kernel keeps it.

use generals_models::{CorruptId, NodeId, Signer};

use crate::protocol::Protocol;

pub(in crate::kernel) struct Node<P: Protocol> {
    pub(super) id: NodeId,
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
    pub(in crate::kernel) const fn id(&self) -> NodeId {
        self.id
    }

    pub(in crate::kernel) const fn has_crashed(&self) -> bool {
        self.crashed
    }
}
