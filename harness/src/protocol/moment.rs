//! What a protocol is shown of a world between two events, to outline it.

use generals_models::{Forged, NodeId, Signed, Span, Time, TimingModel, Verifier};

use super::Protocol;

/// The state of a world between two events, as [`Protocol::outline`] is shown it.
pub struct Moment<'a, P: Protocol> {
    pub(crate) now: Time,
    pub(crate) timing: &'a TimingModel,
    pub(crate) verifier: Verifier,
    /// The configuration and the state of each node, in their order.
    pub(crate) nodes: Vec<(&'a P::Config, Option<&'a P>)>,
    /// In the order in which they arrive.
    pub(crate) messages: Vec<(NodeId, NodeId, &'a P::Message)>,
    /// In the order in which they fire.
    pub(crate) timers: Vec<(NodeId, &'a P::Timer)>,
}

impl<P: Protocol> Moment<'_, P> {
    /// The time, which is also what all clocks show. It never comes again, and should be written
    /// only as a distance.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// What nodes take for the usual delay ([`Cx::expected_delay`](super::Cx::expected_delay)).
    #[must_use]
    pub fn expected_delay(&self) -> Span {
        self.timing.expected_delay()
    }

    /// All nodes in their order, with the configuration each runs under and its state: nothing for
    /// one that is down for good.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &P::Config, Option<&P>)> {
        let all = (0..).map(NodeId).zip(&self.nodes);
        all.map(|(id, (config, state))| (id, *config, *state))
    }

    /// The messages on their way: who sent each, to whom, and what; in the order in which they
    /// arrive. When they do, and who sent them to whom, need not be written.
    pub fn messages(&self) -> impl Iterator<Item = (NodeId, NodeId, &P::Message)> {
        self.messages.iter().copied()
    }

    /// The armed timers, with whose each is, in the order in which they fire. When they do, and
    /// whose they are, need not be written.
    pub fn timers(&self) -> impl Iterator<Item = (NodeId, &P::Timer)> {
        self.timers.iter().copied()
    }

    /// Whether a signature is good, as [`Cx::verify`](super::Cx::verify) says.
    ///
    /// # Errors
    /// [`Forged`] if the node that is named did not sign this.
    pub fn verify<'s, T>(&self, signed: &'s Signed<T>) -> Result<(NodeId, &'s T), Forged> {
        signed.verify(self.verifier)
    }
}
