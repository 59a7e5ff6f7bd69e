//! What a node leaves out of what its program does.

use generals_models::{Among, Chance, Concern, NodeFault, NodeId, Stream};

use super::{Run, kind};
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::trace::{LeftOut, Record};

/// A node that leaves things out, and what it is doing.
pub(super) struct Omits {
    send: Chance,
    receive: Chance,
    skips: Chance,
    doing: Doing,
    /// Whether it has heard from others since its last timer.
    has_heard: bool,
}

/// Whose business a step is.
enum Doing {
    /// The node's own.
    Own,
    /// That of the node that asked, and everybody else's.
    Hearing(NodeId),
    /// Others'.
    PassingOn,
}

impl Omits {
    /// What a node with this fault leaves out, if it is of that kind.
    pub(super) const fn by(fault: &NodeFault) -> Option<Self> {
        let (send, receive, skips) = match fault {
            NodeFault::Omission { send, receive } => (*send, *receive, Chance::NEVER),
            NodeFault::Rational { skips } => (Chance::NEVER, Chance::NEVER, *skips),
            _ => return None,
        };
        Some(Self { send, receive, skips, doing: Doing::Own, has_heard: false })
    }

    /// It is given its input, or starts.
    pub(super) const fn minds_its_own(&mut self) {
        self.doing = Doing::Own;
    }

    /// A message of somebody else has come.
    pub(super) const fn hears(&mut self, from: NodeId) {
        self.doing = Doing::Hearing(from);
        self.has_heard = true;
    }

    /// A timer fires.
    pub(super) const fn wakes(&mut self) {
        self.doing = if self.has_heard { Doing::PassingOn } else { Doing::Own };
        self.has_heard = false;
    }

    /// Whether to tell `to` something now is work for others.
    fn passes_on(&self, to: NodeId) -> bool {
        match self.doing {
            Doing::Own => false,
            Doing::Hearing(from) => from != to,
            Doing::PassingOn => true,
        }
    }
}

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Whether `from`, which is one to do so, leaves out saying this to `to`.
    pub(super) fn leaves_out_sending(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: &P::Message,
    ) -> bool {
        let Some(omits) = &self.kernel.nodes[from.index()].omits else { return false };
        if from == to {
            return false;
        }
        let skips = if omits.passes_on(to) { omits.skips } else { Chance::NEVER };
        let send = Among::Chance(omits.send);
        if self.choose.choose(Stream::link(Concern::Omit, from, to), send) == 1 {
            self.left_out(from, from, to, message, LeftOut::Sending);
            return true;
        }
        let skips = Among::Chance(skips);
        if self.choose.choose(Stream::link(Concern::Skip, from, to), skips) == 1 {
            self.left_out(from, from, to, message, LeftOut::Skipped);
            return true;
        }
        false
    }

    /// Whether `to`, which is one to do so, leaves out hearing this of `from`.
    pub(super) fn leaves_out_receiving(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: &P::Message,
    ) -> bool {
        let Some(omits) = &mut self.kernel.nodes[to.index()].omits else { return false };
        if from == to {
            omits.minds_its_own();
            return false;
        }
        let receive = Among::Chance(omits.receive);
        if self.choose.choose(Stream::link(Concern::Omit, from, to), receive) == 1 {
            self.left_out(to, from, to, message, LeftOut::Receiving);
            return true;
        }
        omits.hears(from);
        false
    }

    fn left_out(
        &mut self,
        by: NodeId,
        from: NodeId,
        to: NodeId,
        message: &P::Message,
        how: LeftOut,
    ) {
        let kernel = &mut *self.kernel;
        kernel.fingerprint.record(kind::LEAVE_OUT, kernel.now, from, to, how as u64);
        let node = &mut kernel.nodes[by.index()];
        node.has_left_out = true;
        node.failed.get_or_insert(kernel.facts);
        let audit = &mut kernel.outcome.tally.audit;
        match how {
            LeftOut::Skipped => audit.skipped += 1,
            LeftOut::Sending | LeftOut::Receiving => audit.omitted += 1,
        }
        self.record(&Record::LeftOut { from, to, message, how });
    }
}
