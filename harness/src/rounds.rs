//! Synchronous papers speak in rounds, so a second, smaller trait does too.
//!
//! [`Lockstep`] makes a [`Rounds`] a [`Protocol`]: round `r` begins at `r × Δ` and ends Δ later.
//! What arrives at the very instant of the bound still counts; what arrives later is visibly
//! outside its round and ignored. Where no Δ is known, a round lasts as long as a message is
//! expected to take, and the paper's promises are off: that is a lesson the harness can show.

use std::fmt::{self, Debug};

use generals_models::{Adjacency, Adversary, Complaint, Message, NodeId, Signed, Signer, Verifier};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::check::Promises;
use crate::protocol::{Cx, Protocol};
use crate::scenario::Scenario;

/// A synchronous protocol: in each round every node sends, then receives. Rounds are numbered from
/// 0 here; papers often count from 1.
///
/// ```
/// use generals::{Lockstep, NodeId, Promises, Round, Rounds};
///
/// /// Everybody tells everybody; decide the smallest value heard.
/// struct Smallest(u8);
///
/// impl Rounds for Smallest {
///     const NAME: &'static str = "smallest";
///     const ABOUT: &'static str = "one round, then the smallest value";
///     type Config = ();
///     type Input = u8;
///     type Value = u8;
///     type Message = u8;
///
///     fn new(input: Option<u8>, _: &Round<'_, '_, Self>) -> Self {
///         Self(input.unwrap_or(u8::MAX))
///     }
///     fn last(_: &Round<'_, '_, Self>) -> u32 {
///         0
///     }
///     fn send(&mut self, _round: u32, cx: &mut Round<'_, '_, Self>) {
///         cx.say_all(self.0);
///     }
///     fn receive(&mut self, _: u32, _from: NodeId, v: u8, _: &mut Round<'_, '_, Self>) {
///         self.0 = self.0.min(v);
///     }
///     fn finish(&mut self, _: &mut Round<'_, '_, Self>) -> u8 {
///         self.0
///     }
///     fn promises(_: &()) -> Promises<Lockstep<Self>> {
///         Promises::consensus()
///     }
/// }
///
/// let scenario = r#"(protocol: "smallest", inputs: { 0: [3], 2: [5] }, world: (nodes: 3))"#;
/// generals::testing::check::<Lockstep<Smallest>>(scenario).seeds(0..100);
/// ```
pub trait Rounds: Sized + 'static {
    /// See [`Protocol::NAME`].
    const NAME: &'static str;
    /// See [`Protocol::ABOUT`].
    const ABOUT: &'static str;
    /// See [`Protocol::RULES`].
    const RULES: &'static [&'static str] = &[];
    /// See [`Protocol::Config`].
    type Config: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// See [`Protocol::Input`].
    type Input: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// See [`Protocol::Value`].
    type Value: Clone + Debug + PartialEq + Serialize;
    /// See [`Protocol::Message`].
    type Message: Message;

    /// The node starts, with its input if it has one.
    fn new(input: Option<Self::Input>, cx: &Round<'_, '_, Self>) -> Self;
    /// The number of the last round.
    fn last(cx: &Round<'_, '_, Self>) -> u32;
    /// A round begins: say what is to be said in it.
    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>);
    /// A message of this round arrived in time.
    fn receive(
        &mut self,
        round: u32,
        from: NodeId,
        message: Self::Message,
        cx: &mut Round<'_, '_, Self>,
    );
    /// The last round is over: decide.
    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Self::Value;

    /// See [`Protocol::promises`].
    fn promises(config: &Self::Config) -> Promises<Lockstep<Self>>;

    /// See [`Protocol::admit`].
    ///
    /// # Errors
    /// A [`Complaint`] with the path of the field it is about.
    fn admit(_scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        Ok(())
    }
    /// See [`Protocol::lie`].
    fn lie(_message: &mut Self::Message, _by: &Signer, _pick: &mut dyn FnMut(u64) -> u64) -> bool {
        false
    }
    /// See [`Protocol::ATTACKS`].
    const ATTACKS: &'static [&'static str] = &[];
    /// See [`Protocol::attack`].
    #[must_use]
    fn attack(_name: &str) -> Option<Box<dyn Adversary<InRound<Self::Message>>>> {
        None
    }
}

/// Runs a [`Rounds`] by the clock.
pub struct Lockstep<R: Rounds> {
    /// The input, until the first round begins.
    input: Option<R::Input>,
    rounds: Option<R>,
    round: u32,
    last: u32,
}

/// A message, with the round it belongs to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InRound<M> {
    /// The round in which it was sent. It is none of the protocol's, so no lie is told about it.
    #[serde(serialize_with = "generals_models::mutate::fixed")]
    pub round: u32,
    /// What it says.
    pub body: M,
}

impl<M: Debug> Debug for InRound<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{} {:?}", self.round, self.body)
    }
}

/// The end of a round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EndOfRound;

impl Debug for EndOfRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("end of round")
    }
}

/// A node's view of the world within a round: [`Cx`], without timers and decisions.
pub struct Round<'c, 'a, R: Rounds> {
    cx: &'c mut Cx<'a, Lockstep<R>>,
    round: u32,
}

impl<'a, R: Rounds> Round<'_, 'a, R> {
    /// Who I am.
    #[must_use]
    pub const fn me(&self) -> NodeId {
        self.cx.me()
    }

    /// How many nodes there are, I included.
    #[must_use]
    pub const fn n(&self) -> u16 {
        self.cx.n()
    }

    /// The protocol's configuration.
    #[must_use]
    pub const fn config(&self) -> &R::Config {
        self.cx.config
    }

    /// Everybody but me.
    pub fn others(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<R> {
        self.cx.others()
    }

    /// See [`Cx::neighbours`].
    pub fn neighbours(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<'a, R> {
        self.cx.neighbours()
    }

    /// See [`Cx::network`].
    #[must_use]
    pub const fn network(&self) -> Option<&'a Adjacency> {
        self.cx.network()
    }

    /// Sends `message` to `to` in this round.
    pub fn say(&mut self, to: NodeId, message: R::Message) {
        self.cx.send(to, InRound { round: self.round, body: message });
    }

    /// Sends `message` to all my neighbours in this round: in a complete network, to everybody but
    /// me.
    pub fn say_all(&mut self, message: R::Message) {
        self.cx.multicast(InRound { round: self.round, body: message });
    }

    /// See [`Cx::mark`].
    ///
    /// # Panics
    /// If the rule is not one of [`Rounds::RULES`].
    #[track_caller]
    pub fn mark(&mut self, rule: &'static str) {
        self.cx.mark(rule);
    }

    /// See [`Cx::discard`].
    pub fn discard(&mut self, why: &'static str) {
        self.cx.discard(why);
    }

    /// See [`Cx::coin`].
    pub fn coin(&mut self, sides: u64) -> u64 {
        self.cx.coin(sides)
    }

    /// See [`Cx::sign`].
    pub fn sign<T>(&self, body: T) -> Signed<T> {
        self.cx.sign(body)
    }

    /// What is needed to verify signatures.
    #[must_use]
    pub const fn verifier(&self) -> Verifier {
        self.cx.verifier
    }
}

impl<R: Rounds> Lockstep<R> {
    fn begin_round(&mut self, rounds: &mut R, cx: &mut Cx<'_, Self>) {
        rounds.send(self.round, &mut Round { cx, round: self.round });
        cx.set_timer(EndOfRound, cx.expected_delay());
    }
}

impl<R: Rounds> Protocol for Lockstep<R> {
    const NAME: &'static str = R::NAME;
    const ABOUT: &'static str = R::ABOUT;
    const RULES: &'static [&'static str] = R::RULES;
    type Config = R::Config;
    type Input = R::Input;
    type Value = R::Value;
    type Message = InRound<R::Message>;
    type Timer = EndOfRound;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        // Inputs are given at this instant, and timers fire after them.
        cx.set_timer(EndOfRound, generals_models::Span::ZERO);
        Self { input: None, rounds: None, round: 0, last: 0 }
    }

    fn on_input(&mut self, input: R::Input, _: &mut Cx<'_, Self>) {
        self.input = Some(input);
    }

    fn on_message(&mut self, from: NodeId, message: InRound<R::Message>, cx: &mut Cx<'_, Self>) {
        let Some(rounds) = &mut self.rounds else { return cx.discard("outside its round") };
        if message.round != self.round {
            return cx.discard("outside its round");
        }
        rounds.receive(self.round, from, message.body, &mut Round { cx, round: self.round });
    }

    fn on_timer(&mut self, _: EndOfRound, cx: &mut Cx<'_, Self>) {
        if let Some(mut rounds) = self.rounds.take() {
            if self.round == self.last {
                let value = rounds.finish(&mut Round { cx, round: self.round });
                cx.decide(value);
                return;
            }
            self.round += 1;
            self.begin_round(&mut rounds, cx);
            self.rounds = Some(rounds);
        } else {
            let first = Round { cx, round: 0 };
            self.last = R::last(&first);
            let mut rounds = R::new(self.input.take(), &first);
            self.begin_round(&mut rounds, cx);
            self.rounds = Some(rounds);
        }
    }

    fn promises(config: &R::Config) -> Promises<Self> {
        R::promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        R::admit(scenario)
    }

    fn lie(
        message: &mut InRound<R::Message>,
        by: &Signer,
        pick: &mut dyn FnMut(u64) -> u64,
    ) -> bool {
        R::lie(&mut message.body, by, pick)
    }

    const ATTACKS: &'static [&'static str] = R::ATTACKS;

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<R::Message>>>> {
        R::attack(name)
    }
}
