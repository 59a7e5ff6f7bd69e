//! What a protocol is: the program of one node, told things and saying what should happen.

mod moment;

use std::fmt::Debug;

use generals_models::{
    Adjacency, Adversary, Among, Choose, Complaint, Concern, Forged, Message, NodeId, Signed,
    Signer, Span, Stream, Time, TimingModel, Verifier,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::check::Promises;
use crate::digest::Fingerprint;
use crate::scenario::Scenario;

pub use moment::Moment;

/// A distributed protocol, as the program of one node. It is pure: all it can do is say, through
/// [`Cx`], what should happen.
///
/// Handlers return nothing: there is no error a node could report to anyone. Bad input is normal
/// and goes to [`Cx::discard`].
///
/// ```
/// use generals::{Cx, NodeId, Promises, Protocol};
///
/// /// Floods the first value heard, and decides it.
/// #[derive(Default)]
/// struct Flood {
///     done: bool,
/// }
///
/// impl Protocol for Flood {
///     const NAME: &'static str = "flood";
///     const ABOUT: &'static str = "the first value heard wins";
///     type Config = ();
///     type Input = u8;
///     type Value = u8;
///     type Message = u8;
///     type Timer = ();
///     type Durable = ();
///
///     fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
///         Self::default()
///     }
///     fn on_input(&mut self, v: u8, cx: &mut Cx<'_, Self>) {
///         self.on_message(cx.me(), v, cx);
///     }
///     fn on_message(&mut self, _from: NodeId, v: u8, cx: &mut Cx<'_, Self>) {
///         if !std::mem::replace(&mut self.done, true) {
///             cx.multicast(v);
///             cx.decide(v);
///         }
///     }
///     fn promises(_: &()) -> Promises<Self> {
///         Promises::consensus()
///     }
/// }
///
/// // One input in a kind world of three nodes: everybody decides it.
/// let scenario = r#"(protocol: "flood", inputs: { 0: [7] }, world: (nodes: 3))"#;
/// generals::testing::check::<Flood>(scenario).seeds(0..100);
/// ```
pub trait Protocol: Sized + 'static {
    /// The name by which files and the command line know it: lower case, with dashes.
    const NAME: &'static str;
    /// What it is, in a line.
    const ABOUT: &'static str;
    /// The rules of the paper, as passed to [`Cx::mark`]; at most 128. A campaign reports those
    /// that never fired.
    const RULES: &'static [&'static str] = &[];

    /// Its own knobs, as written in a scenario.
    type Config: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What a node is given at the start.
    type Input: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What a node decides. Like what it says and what is on its disk it is taken into the digest by
    /// its `Serialize`, or, where that refuses, by its `Debug`.
    type Value: Clone + Debug + PartialEq + Serialize;
    /// What nodes tell each other: any type with the derives of [`Message`].
    type Message: Message;
    /// A label for a timer. Setting a timer again replaces the one with an equal label.
    type Timer: Clone + Debug + PartialEq;
    /// What survives a crash: all of it, not a part, is given to [`Cx::persist`]. A protocol that
    /// persists nothing uses `()`.
    type Durable: Clone + Debug + Serialize;

    /// The node starts: for the first time (`None`), or again with what it had persisted. A node
    /// that crashed before it had persisted anything, or whose disk was wiped, is given `None` too
    /// and cannot know that it ever ran.
    fn boot(durable: Option<Self::Durable>, cx: &mut Cx<'_, Self>) -> Self;
    /// The node is given its input, at the beginning of the run.
    fn on_input(&mut self, input: Self::Input, cx: &mut Cx<'_, Self>);
    /// A message arrives. `from` is stamped by the transport and true.
    fn on_message(&mut self, from: NodeId, message: Self::Message, cx: &mut Cx<'_, Self>);
    /// A timer fires.
    fn on_timer(&mut self, _timer: Self::Timer, _cx: &mut Cx<'_, Self>) {}
    /// The network was cut between me and `peer`, and has healed. Only where a partition of the
    /// world says that nodes are told.
    fn on_reconnect(&mut self, _peer: NodeId, _cx: &mut Cx<'_, Self>) {}

    /// What the protocol promises, and under which assumptions.
    fn promises(config: &Self::Config) -> Promises<Self>;

    /// Refuses a scenario that makes no sense to this protocol, or would explode.
    ///
    /// # Errors
    /// A [`Complaint`] with the path of the field it is about, such as `["config", "m"]`.
    fn admit(_scenario: &Scenario<Self>) -> Result<(), Complaint> {
        Ok(())
    }

    /// Turns an honest message into a plausible lie, for the adversaries that tell any. `pick(n)`
    /// chooses among `n` lies. A liar has its own key only.
    ///
    /// There is nothing to write: while this says false, a lie is
    /// [derived](mod@generals_models::mutate) from the fields of the message. A protocol that knows
    /// which few lies matter says so here, and a search need not look at others.
    fn lie(_message: &mut Self::Message, _by: &Signer, _pick: &mut dyn FnMut(u64) -> u64) -> bool {
        false
    }

    /// The names of the attacks that [`attack`](Self::attack) knows.
    const ATTACKS: &'static [&'static str] = &[];

    /// An attack on this very protocol, by its name: what a scenario selects with
    /// `adversary: Attack(name: "…")`.
    #[must_use]
    fn attack(_name: &str) -> Option<Box<dyn Adversary<Self::Message>>> {
        None
    }

    /// Writes down all that decides how the nodes go on, so that it is known when the same state
    /// comes again; says whether it did. While it says false nothing is looked for.
    ///
    /// It serves to judge runs that were cut off while something was owed. Where a state comes
    /// again, and in between nobody decided, nothing went wrong and nobody tossed a coin, the run
    /// can go on like this for ever: then what is owed never comes. It is looked for only once a
    /// run is over, and costs others nothing.
    ///
    /// What is written must tell two states apart if anything can ever come of the difference. What
    /// is left out is taken to make none: a counter left out by mistake is a wrong proof. The other
    /// way it may be as coarse as the rules are: they see only how far two instants or two ballots
    /// are apart, so that is what to write. When messages arrive and timers fire, and who they are
    /// for, is known; what they are is not.
    ///
    /// ```
    /// use generals::testing::check;
    /// use generals::{Cx, Fingerprint, Moment, NodeId, Promises, Protocol};
    ///
    /// /// Two nodes, and neither decides before the other has.
    /// struct AfterYou {
    ///     decided: bool,
    /// }
    ///
    /// impl Protocol for AfterYou {
    ///     const NAME: &'static str = "after-you";
    ///     const ABOUT: &'static str = "neither decides before the other";
    ///     type Config = ();
    ///     type Input = u8;
    ///     type Value = u8;
    ///     /// Whether I decided.
    ///     type Message = bool;
    ///     type Timer = ();
    ///     type Durable = ();
    ///
    ///     fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
    ///         cx.multicast(false);
    ///         Self { decided: false }
    ///     }
    ///     fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}
    ///     fn on_message(&mut self, _: NodeId, you: bool, cx: &mut Cx<'_, Self>) {
    ///         if you && !self.decided {
    ///             self.decided = true;
    ///             cx.decide(0);
    ///         }
    ///         cx.multicast(self.decided);
    ///     }
    ///     fn promises(_: &()) -> Promises<Self> {
    ///         Promises::consensus()
    ///     }
    ///     fn outline(moment: &Moment<'_, Self>, into: &mut Fingerprint) -> bool {
    ///         moment.nodes().for_each(|(_, _, node)| into.serialize(&node.map(|node| node.decided)));
    ///         moment.messages().for_each(|(_, _, message)| into.serialize(message));
    ///         true
    ///     }
    /// }
    ///
    /// let text = r#"(protocol: "after-you", limits: (events: 100),
    ///     world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms")))"#;
    /// let outcome = check::<AfterYou>(text).case().worker().run_seed(0).clone();
    /// // Who is first to hear the other changes every 10 ms.
    /// assert_eq!(
    ///     outcome.verdicts[2].to_string(),
    ///     "Violated: n0, n1 never decided, and the state of 70ms came again at 90ms: \
    ///      it can go on like this for ever",
    /// );
    /// ```
    fn outline(_moment: &Moment<'_, Self>, _into: &mut Fingerprint) -> bool {
        false
    }
}

/// What a step asked for. Effects are carried out in program order after the handler returns; a
/// crash may fall between any two.
#[derive(Debug)]
pub(crate) enum Effect<P: Protocol> {
    Send(NodeId, P::Message),
    Multicast(P::Message),
    SetTimer(P::Timer, Span),
    CancelTimer(P::Timer),
    Decide(u64, P::Value),
    /// Written and synced at once.
    Persist(P::Durable),
    /// Written, and not yet synced.
    Write(P::Durable),
    Sync,
    /// The first is synced, the second only written; no crash falls between.
    Keep(P::Durable, P::Durable),
    /// Only while somebody watches: rules are counted elsewhere.
    Mark(&'static str),
    /// Likewise.
    Discard(&'static str),
}

/// Which of a protocol's rules fired: bit `i` stands for the `i`-th of [`Protocol::RULES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuleSet(u128);

impl RuleSet {
    /// Adds what fired elsewhere.
    pub const fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Those of `rules` that are in the set.
    pub fn fired(self, rules: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
        rules.iter().enumerate().filter(move |(i, _)| self.0 >> i & 1 == 1).map(|(_, rule)| *rule)
    }

    /// Those of `rules` that are not in the set.
    pub fn missing(self, rules: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
        rules.iter().enumerate().filter(move |(i, _)| self.0 >> i & 1 == 0).map(|(_, rule)| *rule)
    }

    #[track_caller]
    fn insert(&mut self, rule: &'static str, rules: &[&'static str]) {
        // Almost always the very same literal, so the address settles it.
        let at = rules
            .iter()
            .position(|known| std::ptr::eq(*known, rule))
            .or_else(|| rules.iter().position(|known| *known == rule));
        match at {
            Some(i) if i < 128 => self.0 |= 1 << i,
            Some(_) => panic!("a protocol may have at most 128 rules"),
            None => panic!("marks the rule {rule:?}, which is not in its RULES"),
        }
    }
}

/// A panic of this type says that a step asked for more effects than the limits allow.
pub(crate) struct TooManyEffects;

/// A node's whole view of the world during one step, and the only thing it can act upon.
///
/// Questions: [`me`](Self::me), [`n`](Self::n), [`config`](Self::config), [`now`](Self::now),
/// [`delta`](Self::delta), [`others`](Self::others),
/// [`neighbours`](Self::neighbours), [`network`](Self::network). Effects: [`send`](Self::send),
/// [`multicast`](Self::multicast), [`set_timer`](Self::set_timer), [`decide`](Self::decide),
/// [`persist`](Self::persist).
/// Notes for the reader of a run: [`mark`](Self::mark), [`discard`](Self::discard).
pub struct Cx<'a, P: Protocol> {
    pub(crate) me: NodeId,
    pub(crate) nodes: u16,
    /// Who is linked to whom, unless everybody is to everybody.
    pub(crate) links: Option<&'a Adjacency>,
    pub(crate) now: Time,
    pub(crate) config: &'a P::Config,
    pub(crate) timing: &'a TimingModel,
    pub(crate) effects: &'a mut Vec<Effect<P>>,
    pub(crate) effects_left: usize,
    pub(crate) rules: &'a mut RuleSet,
    pub(crate) discarded: &'a mut u64,
    /// Whether anybody reads marks and discards.
    pub(crate) watched: bool,
    pub(crate) signer: &'a Signer,
    pub(crate) verifier: Verifier,
    pub(crate) choose: &'a mut dyn Choose,
}

impl<'a, P: Protocol> Cx<'a, P> {
    /// Who I am.
    #[must_use]
    pub const fn me(&self) -> NodeId {
        self.me
    }

    /// How many nodes there are, I included.
    #[must_use]
    pub const fn n(&self) -> u16 {
        self.nodes
    }

    /// The protocol's configuration, the same for all nodes.
    #[must_use]
    pub const fn config(&self) -> &P::Config {
        self.config
    }

    /// What my clock shows.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The bound Δ on message delays, where the timing model lets it be known.
    #[must_use]
    pub const fn delta(&self) -> Option<Span> {
        self.timing.known_bound()
    }

    /// How long I expect a message to take: Δ where it is known, else the usual latency. A good
    /// unit for first time-outs.
    #[must_use]
    pub fn expected_delay(&self) -> Span {
        self.timing.expected_delay()
    }

    /// Everybody but me.
    pub fn others(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<P> {
        let me = self.me;
        NodeId::all(self.nodes).filter(move |node| *node != me)
    }

    /// Those to whom I have a link; in a complete network, everybody but me.
    pub fn neighbours(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<'a, P> {
        let (me, links) = (self.me, self.links);
        self.others().filter(move |node| links.is_none_or(|links| links.linked(me, *node)))
    }

    /// The map of the network, for protocols whose nodes know all of it: who is linked to whom;
    /// nothing if everybody is to everybody.
    #[must_use]
    pub const fn network(&self) -> Option<&'a Adjacency> {
        self.links
    }

    /// Sends `message` to `to`. A message to myself takes time like any other; one to a node to
    /// which I have no link never leaves.
    pub fn send(&mut self, to: NodeId, message: P::Message) {
        self.effect(Effect::Send(to, message));
    }

    /// Sends `message` to all my neighbours: in a complete network, to everybody but me.
    pub fn multicast(&mut self, message: P::Message) {
        let receivers = match self.links {
            None => usize::from(self.nodes).saturating_sub(1),
            Some(links) => links.degree(self.me),
        };
        self.ask(receivers.saturating_sub(1));
        self.effect(Effect::Multicast(message));
    }

    /// Sets a timer that fires `after` from now, replacing one with an equal label.
    pub fn set_timer(&mut self, timer: P::Timer, after: Span) {
        self.effect(Effect::SetTimer(timer, after));
    }

    /// Cancels the timer with this label; nothing happens if there is none.
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.effect(Effect::CancelTimer(timer));
    }

    /// Decides `value`, in a protocol that decides once.
    pub fn decide(&mut self, value: P::Value) {
        self.decide_at(0, value);
    }

    /// Decides `value` for one of many slots.
    pub fn decide_at(&mut self, slot: u64, value: P::Value) {
        self.effect(Effect::Decide(slot, value));
    }

    /// Writes `durable` and syncs it, in one: a crash finds all of it done or nothing. It replaces
    /// what was persisted before, and is what [`Protocol::boot`] is given after a crash.
    pub fn persist(&mut self, durable: P::Durable) {
        self.effect(Effect::Persist(durable));
    }

    /// Writes `durable`, to be synced later: until then a crash may leave what was there before
    /// ([`Disk::UnsyncedLost`](generals_models::Disk)). Nothing is ever written in part.
    pub fn write(&mut self, durable: P::Durable) {
        self.effect(Effect::Write(durable));
    }

    /// Syncs what was written last. It takes no time.
    pub fn sync(&mut self) {
        self.effect(Effect::Sync);
    }

    /// Persists one thing and, in the same instant, writes another without syncing it.
    pub(crate) fn keep(&mut self, synced: P::Durable, written: P::Durable) {
        self.effect(Effect::Keep(synced, written));
    }

    /// Signs `body` with my key.
    pub fn sign<T>(&self, body: T) -> Signed<T> {
        self.signer.sign(body)
    }

    /// The signer and what was signed.
    ///
    /// # Errors
    /// [`Forged`] if the node that is named did not sign this.
    pub fn verify<'s, T>(&self, signed: &'s Signed<T>) -> Result<(NodeId, &'s T), Forged> {
        signed.verify(self.verifier)
    }

    /// Notes that this rule of the paper fired. It must be one of [`Protocol::RULES`].
    ///
    /// # Panics
    /// If it is not: that is a mistake in the protocol, and is reported as one.
    #[track_caller]
    pub fn mark(&mut self, rule: &'static str) {
        self.rules.insert(rule, P::RULES);
        if self.watched {
            self.effects.push(Effect::Mark(rule));
        }
    }

    /// Notes that I ignore what I was just given, and why.
    pub fn discard(&mut self, why: &'static str) {
        *self.discarded += 1;
        if self.watched {
            self.effects.push(Effect::Discard(why));
        }
    }

    /// Tosses a coin with `sides` sides; 0 is the kindest.
    pub fn coin(&mut self, sides: u64) -> u64 {
        let coin = Stream::node(Concern::Coin, self.me);
        self.choose.choose(coin, Among::Below(sides.max(1)))
    }

    /// The same step, as a protocol that runs inside this one sees it: its effects are collected
    /// apart. Its rules must be this one's.
    pub(crate) fn inside<'b, Q: Protocol>(
        &'b mut self,
        config: &'b Q::Config,
        effects: &'b mut Vec<Effect<Q>>,
    ) -> Cx<'b, Q> {
        Cx {
            me: self.me,
            nodes: self.nodes,
            links: self.links,
            now: self.now,
            config,
            timing: self.timing,
            effects,
            effects_left: self.effects_left,
            rules: self.rules,
            discarded: self.discarded,
            watched: self.watched,
            signer: self.signer,
            verifier: self.verifier,
            choose: self.choose,
        }
    }

    fn effect(&mut self, effect: Effect<P>) {
        self.ask(1);
        self.effects.push(effect);
    }

    fn ask(&mut self, effects: usize) {
        match self.effects_left.checked_sub(effects) {
            Some(left) => self.effects_left = left,
            None => std::panic::panic_any(TooManyEffects),
        }
    }
}
