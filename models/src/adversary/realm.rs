//! What the adversary can do and see, and its limits.

use crate::{CorruptId, Envelope, Message, NodeId, Signer, Span, Time};

/// One running copy of the honest program on a corrupt node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Puppet {
    /// The node under whose identity it runs.
    pub of: CorruptId,
    /// Which copy: 0 unless the strategy asked for several.
    pub copy: u8,
}

/// All that an adversary can do and see.
///
/// The harness implements it; see [`Adversary`](crate::Adversary) for one at work. Methods that
/// take a [`CorruptId`] panic if it was not issued by this run's authority, and those that take a
/// [`NodeId`] if there is no such node: a harness error, not a protocol's.
pub trait Realm<M: Message> {
    /// The current instant.
    fn now(&self) -> Time;
    /// How many nodes there are.
    fn nodes(&self) -> u16;
    /// How long a message is expected to take: the unit of a round.
    fn expected_delay(&self) -> Span;
    /// The corrupt nodes: those that are so from the start, in order, then others as they fell.
    fn corrupt(&self) -> &[CorruptId];
    /// What was overheard so far, the latest last; of a long run only the last few thousand. Empty
    /// for a strategy that does not listen.
    fn overheard(&self) -> &[Envelope<M>];

    /// Sends `body` over the network as `from`.
    fn send(&mut self, from: CorruptId, to: NodeId, body: M);
    /// Hands `body` to an accomplice, off the wire: it hears it as a message of `from` after the
    /// shortest latency of the link, and no link model has a say.
    ///
    /// # Panics
    /// If there is no such copy.
    fn hand(&mut self, to: Puppet, from: CorruptId, body: M);
    /// The key of a corrupt node.
    fn signer(&self, of: CorruptId) -> &Signer;
    /// Turns an honest message into one of the plausible lies the protocol knows; if it knows none,
    /// as [`mutate`](Self::mutate) does. Which one is a choice of `by`.
    fn lie(&mut self, by: CorruptId, body: &mut M) -> bool;
    /// Changes one field of a message, whatever the protocol: see [`mutate`](mod@crate::mutate).
    /// Which field and how is a choice of `by`. False, and nothing changed, if nothing can be.
    fn mutate(&mut self, by: CorruptId, body: &mut M) -> bool;
    /// Like [`lie`](Self::lie), but always the first, without any choice.
    fn first_lie(&mut self, by: CorruptId, body: &mut M) -> bool;
    /// Takes over `node`, which was honest until now: its program runs on, with all it knows, and
    /// speaks through the adversary. Nothing that it did is undone. `None` if the budget is used
    /// up, or if the node is corrupt already or has a fault of its own.
    fn corrupt_also(&mut self, node: NodeId) -> Option<CorruptId>;
    /// Asks to be woken at `at`, before anything else of that instant; of an instant that is not in
    /// the future, right after this one.
    fn wake_at(&mut self, at: Time, tag: u64);

    /// A choice of the adversary among `n` alternatives; 0 is what the honest program would do.
    fn pick(&mut self, by: CorruptId, n: u64) -> u64 {
        self.pick_about(by.node(), n)
    }
    /// A choice of the adversary about `node`, corrupt or not, among `n` alternatives; 0 is what
    /// would happen without an adversary.
    fn pick_about(&mut self, node: NodeId, n: u64) -> u64;
}

/// The node whose stream of choices serves those that are about no node: the first corrupt one.
pub(super) fn spokesman<M: Message>(realm: &dyn Realm<M>) -> NodeId {
    realm.corrupt().first().map(CorruptId::node).unwrap_or_default()
}

/// Says the protocol's first lie if `lying`, and the truth otherwise or if there is no lie.
pub(super) fn lie_if<M: Message>(
    lying: bool,
    by: Puppet,
    to: NodeId,
    mut want: M,
    realm: &mut dyn Realm<M>,
) {
    if lying {
        realm.first_lie(by.of, &mut want);
    }
    realm.send(by.of, to, want);
}
