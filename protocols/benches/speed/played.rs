//! The workloads as protocols of the harness.

use generals::{Case, Cx, NodeId, Plug, Promises, Protocol, Source, Span, Subject};

use crate::apps::{App, Net, Note, Settings};

/// After so long without a message a node's timer fires; it hardly ever does.
pub(crate) const PATIENCE: Span = Span::millis(100);

/// An application as a protocol.
struct Played<A>(A);

struct Through<'c, 'a, A: App>(&'c mut Cx<'a, Played<A>>);

impl<A: App> Net for Through<'_, '_, A> {
    fn send(&mut self, to: NodeId, note: Note) {
        self.0.send(to, note);
    }
    fn multicast(&mut self, note: Note) {
        self.0.multicast(note);
    }
    fn coin(&mut self, sides: u64) -> u64 {
        self.0.coin(sides)
    }
    fn reset_timer(&mut self) {
        self.0.cancel_timer(());
        self.0.set_timer((), PATIENCE);
    }
    fn decide(&mut self, slot: u64, value: u64) {
        self.0.decide_at(slot, value);
    }
}

impl<A: App> Protocol for Played<A> {
    const NAME: &'static str = A::NAME;
    const ABOUT: &'static str = "a workload";
    type Config = Settings;
    type Input = ();
    type Value = u64;
    type Message = Note;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let (me, nodes, settings) = (cx.me(), cx.n(), cx.config().clone());
        Self(A::boot(me, nodes, &settings, &mut Through(cx)))
    }
    fn on_input(&mut self, (): (), _: &mut Cx<'_, Self>) {}
    fn on_message(&mut self, from: NodeId, note: Note, cx: &mut Cx<'_, Self>) {
        self.0.hear(from, note, &mut Through(cx));
    }
    fn promises(settings: &Settings) -> Promises<Self> {
        A::promises(settings)
    }
}

/// One workload of one size.
#[derive(Clone)]
pub(crate) struct Workload {
    pub(crate) title: String,
    pub(crate) nodes: u16,
    pub(crate) settings: Settings,
    /// So many deliveries are a run; nothing if it ends by itself.
    pub(crate) most: Option<u64>,
}

/// Links on which nothing happens, and nothing is asked.
pub(crate) const RELIABLE: &str = "Reliable";
/// Links that may lose any message, and hardly ever do: what it costs to ask.
pub(crate) const MAY_LOSE: &str = "FairLoss(loss: 0.000001)";
/// Links that do lose and double messages, so that their number stays about the same.
pub(crate) const LOSSY: &str = "FairLoss(loss: 0.01, duplicate: 0.01)";

/// This workload in a world with these links.
pub(crate) fn open<A: App>(workload: &Workload, links: &str) -> Box<dyn Case> {
    let Workload { nodes, settings, most, .. } = workload;
    let config = ron::to_string(settings).expect("settings can be written");
    // Every node's start is an event, too.
    let events = most.map(|most| format!("limits: (events: {}),", most + u64::from(*nodes)));
    let (protocol, limits) = (A::NAME, events.unwrap_or_default());
    let text = format!(
        "(protocol: \"{protocol}\", config: {config}, {limits}
            world: (nodes: {nodes}, links: {links}))"
    );
    let source = Source { name: protocol.to_owned(), text };
    Plug::<Played<A>>::NEW.open(&source).unwrap_or_else(|error| panic!("{error}"))
}
