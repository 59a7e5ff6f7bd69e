//! What lies between the nodes, as the kernel keeps it from run to run.

use generals_models::{
    Adjacency, Cut, Links, Message, Network, NodeId, Tap, Time, TimingClass, World,
};

use super::{Event, Run, kind};
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::Rank;
use crate::trace::Record;

/// The links of a scenario's runs, and the network around them.
pub(in crate::kernel) struct Wire<M> {
    pub(super) links: Links,
    pub(super) network: Network,
    /// What was heard on arbitrary links.
    pub(super) tap: Tap<M>,
    /// Whether a message needs more than its link's copies and latencies: there is more between
    /// the nodes, or more to be counted.
    pub(super) rough: bool,
    /// Whether it is counted who overtakes whom.
    counts_order: bool,
    /// The latest arrival on each link, if so.
    latest: Vec<Time>,
}

impl<M: Message> Wire<M> {
    /// The wire of `world`. Who overtakes whom is counted if a promise asks, or the world is rough.
    pub(in crate::kernel) fn new(world: &World, asked_for_order: bool) -> Self {
        let may_be_late = world.timing.class() == TimingClass::PartiallySynchronous
            && world.timing.known_bound().is_some();
        Self {
            links: Links::default(),
            network: Network::new(world),
            tap: Tap::default(),
            rough: world.is_rough() || may_be_late || asked_for_order,
            counts_order: world.is_rough() || asked_for_order,
            latest: Vec::new(),
        }
    }

    /// Forgets the last run.
    pub(in crate::kernel) fn reset(&mut self, world: &World) {
        self.links.reset(world);
        self.tap.clear();
        if self.counts_order {
            let nodes = usize::from(world.nodes);
            self.latest.clear();
            self.latest.resize(nodes * nodes, Time::ZERO);
        }
    }

    /// The cuts of the run.
    pub(in crate::kernel) fn cuts(&self) -> &[Cut] {
        self.network.cuts()
    }

    /// Those that `node` is linked to, unless that is everybody.
    pub(super) fn neighbours(&self, node: NodeId) -> Option<Vec<NodeId>> {
        self.network.adjacency().map(|links: &Adjacency| links.neighbours(node).collect())
    }

    /// Whether what arrives at `due` arrives before something sent earlier on the same link.
    pub(super) fn overtakes(&mut self, nodes: u16, from: NodeId, to: NodeId, due: Time) -> bool {
        if !self.counts_order || from == to {
            return false;
        }
        let latest = &mut self.latest[from.index() * usize::from(nodes) + to.index()];
        let overtakes = due < *latest;
        *latest = due.max(*latest);
        overtakes
    }
}

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Before the first event: what this run's network is like, and who will be told of it.
    pub(super) fn plan_network(&mut self) {
        let world = &self.kernel.scenario.world;
        if !world.is_rough() {
            return;
        }
        let kernel = &mut *self.kernel;
        kernel.wire.network.plan(world, self.choose);
        for cut in kernel.wire.network.cuts().iter().filter(|cut| cut.tell) {
            let Some(heals) = cut.heals else { continue };
            for (id, peer) in cut.reunited() {
                if kernel.wire.network.linked(id, peer) {
                    kernel.queue.push(heals, Rank::Fault, Event::Reconnect(id, peer));
                }
            }
        }
    }

    pub(super) fn reconnect(&mut self, id: NodeId, peer: NodeId) {
        self.kernel.fingerprint.record(kind::RECONNECT, self.kernel.now, id, peer, 0);
        self.record(&Record::Reconnected(id, peer));
        self.step(id, |state, cx| state.on_reconnect(peer, cx));
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;
    use std::mem::size_of;

    use super::*;
    use crate::check::Promises;
    use crate::protocol::Cx;

    /// A protocol with this message.
    struct Saying<M>(PhantomData<M>);

    impl<M: Message> Protocol for Saying<M> {
        const NAME: &'static str = "saying";
        const ABOUT: &'static str = "says nothing";
        type Config = ();
        type Input = ();
        type Value = ();
        type Message = M;
        type Timer = ();
        type Durable = ();
        fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
            Self(PhantomData)
        }
        fn on_input(&mut self, (): (), _: &mut Cx<'_, Self>) {}
        fn on_message(&mut self, _: NodeId, _: M, _: &mut Cx<'_, Self>) {}
        fn promises((): &()) -> Promises<Self> {
            Promises::none()
        }
    }

    /// On a 64-bit machine.
    #[test]
    fn an_event_is_hardly_larger_than_its_message() {
        fn check<M: Message>() {
            let (event, message) = (size_of::<Event<Saying<M>>>(), size_of::<M>());
            assert!(event <= 8 + message.max(8), "{event} bytes for {message}");
        }
        check::<[u64; 6]>();
        check::<u8>();
        check::<u32>();
        check::<u64>();
        check::<String>();
        check::<Vec<u16>>();
        check::<(u32, Vec<u16>)>();
        check::<Option<Box<u64>>>();
    }
}
