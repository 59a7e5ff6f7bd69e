//! Layers between any protocol and its links, which make of bad links better ones.
//!
//! [`Layered<P>`] is a [`Protocol`] that runs `P` and translates what it asks for. From top to
//! bottom:
//!
//! ```text
//!  P               says what it says
//!  stubborn        numbers it, sends it until it is acknowledged, delivers it once: fair-loss → reliable
//!  authentication  signs it, discards what is forged, redirected or replayed:       arbitrary → fair-loss
//!  the links
//! ```
//!
//! A scenario asks for them with [`Layers`]. The promises are those of `P`, under weaker assumptions
//! on links: see [`Assumptions::above`](crate::Assumptions::above).
//!
//! *Crashes.* A layer's own state is durable, and persisted together with what `P` persists. Within
//! a step, what changed is persisted before anything that depends on it leaves the node: numbers
//! before what bears them, the filter before the acknowledgement and before any effect of the
//! delivery. So no message is delivered to `P` twice, not even if the node crashes between any two
//! effects; and what `P` says takes effect in its order. A message that is delivered in the very
//! step of a crash may die with it, as over any reliable link.

mod authentication;
pub(crate) mod explained;
mod filter;
mod promises;
mod stubborn;
mod wire;

use std::fmt;

use generals_models::{Complaint, NodeId, Signer, Time};
use serde::{Deserialize, Serialize};

use self::authentication::Authentication;
use self::stubborn::{Received, Stubborn};
use crate::check::Promises;
use crate::protocol::{Cx, Effect, Protocol};
use crate::scenario::{Layers, Scenario};

pub use self::wire::{Frame, Letter, Packet};

/// A protocol in its layers.
pub struct Layered<P: Protocol> {
    protocol: P,
    links: Links<P>,
}

/// A protocol's configuration, and its layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config<C> {
    /// The protocol's own.
    pub protocol: C,
    /// The layers it runs in.
    pub layers: Layers,
}

/// What a node waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Timer<T> {
    /// A timer of the protocol.
    Protocol(T),
    /// To send again what is not acknowledged.
    Again,
}

/// What survives a crash: of the protocol, and of each layer there is.
#[derive(Serialize)]
#[serde(bound = "")]
pub struct Durable<P: Protocol> {
    protocol: Option<P::Durable>,
    stubborn: Option<Stubborn<P::Message>>,
    authentication: Option<Authentication>,
}

/// All of a node but its protocol.
struct Links<P: Protocol> {
    /// With what the protocol has persisted.
    durable: Durable<P>,
    /// What the protocol has written and not synced.
    written: Option<P::Durable>,
    /// Whether anything durable is not persisted yet.
    dirty: bool,
    /// What is to leave as soon as that is persisted.
    pending: Vec<Effect<Layered<P>>>,
    /// What the protocol asked for in the step in hand.
    asked: Vec<Effect<P>>,
    /// For when the timer is set.
    timer: Option<Time>,
}

// By hand, because a derived one would ask of P itself what only its types need.
impl<P: Protocol> Clone for Durable<P> {
    fn clone(&self) -> Self {
        let Self { protocol, stubborn, authentication } = self;
        Self {
            protocol: protocol.clone(),
            stubborn: stubborn.clone(),
            authentication: authentication.clone(),
        }
    }
}

impl<P: Protocol> fmt::Debug for Durable<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, stubborn, authentication } = self;
        f.debug_struct("Durable")
            .field("protocol", protocol)
            .field("stubborn", stubborn)
            .field("authentication", authentication)
            .finish()
    }
}

impl<P: Protocol> Durable<P> {
    /// A node that never was.
    fn new(layers: &Layers) -> Self {
        Self {
            protocol: None,
            stubborn: layers.stubborn.as_ref().map(|stubborn| Stubborn::new(stubborn.every)),
            authentication: layers.authenticated.then(Authentication::default),
        }
    }
}

impl<P: Protocol> Links<P> {
    fn new(durable: Durable<P>) -> Self {
        let (pending, asked) = (Vec::new(), Vec::new());
        Self { durable, written: None, dirty: false, pending, asked, timer: None }
    }

    /// Lets the protocol take a step of its own.
    fn within<R>(
        &mut self,
        cx: &mut Cx<'_, Layered<P>>,
        handle: impl FnOnce(&mut Cx<'_, P>) -> R,
    ) -> R {
        let config = cx.config;
        handle(&mut cx.inside(&config.protocol, &mut self.asked))
    }

    /// Carries out what the protocol asked for, in its order.
    fn carry_out(&mut self, cx: &mut Cx<'_, Layered<P>>) {
        let mut asked = std::mem::take(&mut self.asked);
        for effect in asked.drain(..) {
            match effect {
                Effect::Send(to, message) => self.send(to, message, cx),
                Effect::Multicast(message) => {
                    for to in cx.neighbours() {
                        self.send(to, message.clone(), cx);
                    }
                }
                // These change nothing, and must not change what is persisted when.
                Effect::Mark(rule) => self.pending.push(Effect::Mark(rule)),
                Effect::Discard(why) => self.pending.push(Effect::Discard(why)),
                Effect::SetTimer(timer, after) => {
                    self.flush(cx);
                    cx.set_timer(Timer::Protocol(timer), after);
                }
                Effect::CancelTimer(timer) => {
                    self.flush(cx);
                    cx.cancel_timer(Timer::Protocol(timer));
                }
                Effect::Decide(slot, value) => {
                    self.flush(cx);
                    cx.decide_at(slot, value);
                }
                Effect::Persist(durable) => {
                    self.flush(cx);
                    self.written = None;
                    self.durable.protocol = Some(durable);
                    self.persist(cx);
                }
                Effect::Write(durable) => {
                    self.flush(cx);
                    self.written = Some(durable);
                    self.write(cx);
                }
                Effect::Keep(synced, written) => {
                    self.flush(cx);
                    self.durable.protocol = Some(synced);
                    self.written = Some(written);
                    self.persist(cx);
                }
                Effect::Sync => {
                    self.flush(cx);
                    if let Some(written) = self.written.take() {
                        self.durable.protocol = Some(written);
                        self.persist(cx);
                    }
                }
            }
        }
        self.asked = asked;
    }

    /// The protocol says something.
    fn send(&mut self, to: NodeId, message: P::Message, cx: &Cx<'_, Layered<P>>) {
        // Nothing is lost on the way to oneself, and nothing arrives where no link leads.
        let linked = to != cx.me() && cx.links.is_none_or(|links| links.linked(cx.me(), to));
        let packet = match &mut self.durable.stubborn {
            Some(stubborn) if linked => {
                self.dirty = true;
                stubborn.send(cx.now(), to, message)
            }
            _ => Packet::Plain(message),
        };
        self.transmit(to, packet, cx);
    }

    /// The stubborn layer says something.
    fn transmit(&mut self, to: NodeId, packet: Packet<P::Message>, cx: &Cx<'_, Layered<P>>) {
        let frame = match &mut self.durable.authentication {
            Some(authentication) => {
                self.dirty = true;
                Frame::Sealed(authentication.seal(to, packet, cx.signer))
            }
            None => Frame::Open(packet),
        };
        self.pending.push(Effect::Send(to, frame));
    }

    /// What a frame says to the stubborn layer.
    fn unseal(
        &mut self,
        from: NodeId,
        frame: Frame<P::Message>,
        cx: &Cx<'_, Layered<P>>,
    ) -> Result<Packet<P::Message>, &'static str> {
        match (frame, &mut self.durable.authentication) {
            (Frame::Open(packet), None) => Ok(packet),
            (Frame::Open(_), Some(_)) => Err("not signed"),
            (Frame::Sealed(_), None) => Err("signed, and nobody asked for signatures"),
            (Frame::Sealed(sealed), Some(authentication)) => {
                self.dirty = true;
                authentication.open(from, cx.me(), &sealed, cx.verifier)
            }
        }
    }

    /// Persists what changed, then lets go of what waited for that.
    fn flush(&mut self, cx: &mut Cx<'_, Layered<P>>) {
        if std::mem::take(&mut self.dirty) {
            self.persist(cx);
        }
        for effect in self.pending.drain(..) {
            match effect {
                Effect::Send(to, frame) => cx.send(to, frame),
                note => cx.effects.push(note),
            }
        }
    }

    /// All that is durable goes to stable storage, and what `P` wrote without syncing stays so.
    fn persist(&self, cx: &mut Cx<'_, Layered<P>>) {
        let Some(written) = &self.written else { return cx.persist(self.durable.clone()) };
        let written = Durable { protocol: Some(written.clone()), ..self.durable.clone() };
        cx.keep(self.durable.clone(), written);
    }

    /// What `P` wrote and did not sync is written, and not synced.
    fn write(&self, cx: &mut Cx<'_, Layered<P>>) {
        if let Some(written) = &self.written {
            cx.write(Durable { protocol: Some(written.clone()), ..self.durable.clone() });
        }
    }

    /// The end of a step: the timer rings when something is to be sent again.
    fn finish(&mut self, cx: &mut Cx<'_, Layered<P>>) {
        self.flush(cx);
        let Some(stubborn) = &self.durable.stubborn else { return };
        let due = stubborn.next_due();
        if due == self.timer {
            return;
        }
        self.timer = due;
        match due {
            Some(due) => cx.set_timer(Timer::Again, due.since(cx.now())),
            None => cx.cancel_timer(Timer::Again),
        }
    }

    /// The time has come to send again.
    fn send_again(&mut self, cx: &Cx<'_, Layered<P>>) {
        self.timer = None;
        while let Some((to, packet)) =
            self.durable.stubborn.as_mut().and_then(|stubborn| stubborn.due(cx.now()))
        {
            self.transmit(to, packet, cx);
        }
    }
}

impl<P: Protocol> Layered<P> {
    /// The protocol inside.
    pub const fn protocol(&self) -> &P {
        &self.protocol
    }

    /// A step of the protocol.
    fn step(&mut self, cx: &mut Cx<'_, Self>, handle: impl FnOnce(&mut P, &mut Cx<'_, P>)) {
        let protocol = &mut self.protocol;
        self.links.within(cx, |cx| handle(protocol, cx));
        self.links.carry_out(cx);
    }
}

impl<P: Protocol> Protocol for Layered<P> {
    const NAME: &'static str = P::NAME;
    const ABOUT: &'static str = P::ABOUT;
    const RULES: &'static [&'static str] = P::RULES;
    type Config = Config<P::Config>;
    type Input = P::Input;
    type Value = P::Value;
    type Message = Frame<P::Message>;
    type Timer = Timer<P::Timer>;
    type Durable = Durable<P>;

    fn boot(durable: Option<Durable<P>>, cx: &mut Cx<'_, Self>) -> Self {
        let recovers = durable.is_some();
        let durable = durable.unwrap_or_else(|| Durable::new(&cx.config().layers));
        let mut links = Links::new(durable);
        let before = links.durable.protocol.clone();
        let protocol = links.within(cx, |cx| P::boot(before, cx));
        if let Some(stubborn) = &mut links.durable.stubborn
            && recovers
        {
            stubborn.recovered(cx.now());
        }
        links.carry_out(cx);
        links.finish(cx);
        Self { protocol, links }
    }

    fn on_input(&mut self, input: P::Input, cx: &mut Cx<'_, Self>) {
        self.step(cx, |protocol, cx| protocol.on_input(input, cx));
        self.links.finish(cx);
    }

    fn on_message(&mut self, from: NodeId, frame: Frame<P::Message>, cx: &mut Cx<'_, Self>) {
        let stubborn = |links: &Links<P>| links.durable.stubborn.is_some() && from != cx.me();
        match self.links.unseal(from, frame, cx) {
            Err(why) => cx.discard(why),
            Ok(Packet::Plain(_)) if stubborn(&self.links) => cx.discard("not numbered"),
            Ok(Packet::Plain(message)) => {
                self.step(cx, |protocol, cx| protocol.on_message(from, message, cx));
            }
            Ok(packet) => match (&mut self.links.durable.stubborn, packet) {
                (Some(stubborn), Packet::Ack { number }) => stubborn.acknowledged(from, number),
                (Some(stubborn), Packet::Data { number, body }) => {
                    let received = stubborn.receive(from, number, body);
                    if let Received::New(message) = received {
                        self.links.dirty = true;
                        self.step(cx, |protocol, cx| protocol.on_message(from, message, cx));
                    }
                    self.links.transmit(from, Packet::Ack { number }, cx);
                }
                _ => cx.discard("numbered, and nobody asked for numbers"),
            },
        }
        self.links.finish(cx);
    }

    fn on_timer(&mut self, timer: Timer<P::Timer>, cx: &mut Cx<'_, Self>) {
        match timer {
            Timer::Protocol(timer) => self.step(cx, |protocol, cx| protocol.on_timer(timer, cx)),
            Timer::Again => self.links.send_again(cx),
        }
        self.links.finish(cx);
    }

    fn on_reconnect(&mut self, peer: NodeId, cx: &mut Cx<'_, Self>) {
        self.step(cx, |protocol, cx| protocol.on_reconnect(peer, cx));
        self.links.finish(cx);
    }

    fn promises(config: &Self::Config) -> Promises<Self> {
        promises::promises(&config.protocol, &config.layers)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        P::admit(&scenario.clone().map(|config| config.protocol))
    }

    fn lie(frame: &mut Self::Message, by: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        wire::lie::<P>(frame, by, pick)
    }
}
