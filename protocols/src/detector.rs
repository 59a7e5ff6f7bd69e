//! Failure detectors: the perfect one, P, and the eventually perfect one, ◇P.
//!
//! T. D. Chandra, S. Toueg, *Unreliable Failure Detectors for Reliable Distributed Systems*, JACM
//! 43(2), 1996, section 2 (the classes) and section 9.1, figure 10 (◇P in partial synchrony); C.
//! Cachin, R. Guerraoui, L. Rodrigues, *Introduction to Reliable and Secure Distributed Programming*,
//! second edition, 2011, algorithms 2.5 (*Exclude on Timeout*) and 2.7 (*Increasing Timeout*).
//!
//! | the sources | here |
//! |---|---|
//! | output_p: whom p suspects | [`Output::suspects`], in [`Monitor`] |
//! | task 1: repeatedly send "p is alive" to all | `Detector::beat` |
//! | task 2: p has not received "q is alive" during the last Δ_p(q) ticks: suspect q | `Detector::silence` |
//! | task 3: "q is alive" from a suspect: trust q, increase Δ_p(q) | `Detector::sign_of_life` |
//! | Δ_p(q) | [`Monitor::timeout`] |
//! | Exclude on Timeout: who is detected stays so, and Δ is known | [`Class::P`] |
//! | strong completeness: in the end every process that crashes is suspected for ever | [`Completeness`] |
//! | strong accuracy: nobody is suspected before it crashes | [`Accuracy`] |
//! | eventual strong accuracy: in the end nobody correct is suspected | [`EventualAccuracy`] |
//!
//! A sign of life is a heartbeat, which everybody sends unasked every T, or the answer to a ping,
//! which everybody sends every T. One takes one message delay and the other two; nothing else differs.
//!
//! *Deviations*: Cachin and others look at all signs of life of a period at its end; here, as in
//! Chandra and Toueg, every sign of life sets a timer of its own, so that it can be said when a crash
//! is detected at the latest. At equal instants a message comes before a timer.
//!
//! *In the end*, "for ever": a detector never falls silent, and a run that is cut off shows neither.
//! So each run is an observation of a given length, [`Config::lasts`], at whose end every node says
//! once more whom it suspects, and since when nothing has changed: that is its stabilisation time. What
//! is judged then is only what was due. Who has been silent for longer than a time-out must be
//! suspected. Who is suspected though it is up must have been heard again within the time that a sign
//! of life takes at most, counted from the instant from which the world keeps its bounds; and after
//! that instant nobody may be wrong about another more often than it takes for a time-out to grow to
//! the longest silence there can be. A finite number of mistakes, each of which is corrected, is what
//! "eventually" comes to.

mod checks;
mod monitor;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use generals::{
    Assumptions, Chance, Complaint, Cx, NodeId, Promises, Protocol, Scenario, Span, Time, World,
};
use serde::{Deserialize, Serialize};

pub use checks::{Accuracy, Completeness, EventualAccuracy};
pub use monitor::{Growth, Monitor};

/// Which detector, and how it learns of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What is promised, and what becomes of a suspicion.
    pub class: Class,
    /// What a sign of life is.
    pub method: Method,
    /// T: how often a heartbeat or a ping is sent; more than nothing.
    pub period: Span,
    /// How long a node waits for a sign of life (at first); more than nothing. Unless given, T and as
    /// long as a sign of life is expected to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// How long the others are observed; more than nothing.
    pub lasts: Span,
}

/// P by heartbeats every 20 ms, for a second.
impl Default for Config {
    fn default() -> Self {
        Self {
            class: Class::P,
            method: Method::Heartbeats,
            period: Span::millis(20),
            timeout: None,
            lasts: Span::secs(1),
        }
    }
}

/// The class of a failure detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Perfect: never wrong, where Δ is known and kept. Who is suspected stays so.
    P,
    /// Eventually perfect: may be wrong, and learns from it.
    EventuallyP(Growth),
}

/// What a sign of life is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// A message that everybody sends unasked.
    Heartbeats,
    /// The answer to a question.
    Pings,
}

impl Config {
    /// How many message delays a sign of life takes.
    const fn hops(self) -> u64 {
        match self.method {
            Method::Heartbeats => 1,
            Method::Pings => 2,
        }
    }

    /// The time-out at first, where a message is expected to take `delay`.
    fn first_timeout(self, delay: Span) -> Span {
        self.timeout.unwrap_or(self.period + delay * self.hops())
    }
}

/// Whom a node suspects, whenever that changes and at the end.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Whom it suspects.
    pub suspects: BTreeSet<NodeId>,
    /// When it says so, by its clock.
    pub at: Time,
    /// At the end of the observation: what it has seen.
    pub end: Option<End>,
}

/// What a node has seen when the observation ends.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// When it changed its mind last, by its clock; the beginning, if it never did.
    pub unchanged_since: Time,
    /// When it heard of each of the others last, by its clock, if it ever did.
    pub heard: BTreeMap<NodeId, Time>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("to suspect ")?;
        if self.suspects.is_empty() {
            f.write_str("nobody")?;
        }
        for (i, q) in self.suspects.iter().enumerate() {
            write!(f, "{}{q}", if i == 0 { "" } else { ", " })?;
        }
        match &self.end {
            Some(end) => write!(f, " in the end, unchanged since {}", end.unchanged_since),
            None => Ok(()),
        }
    }
}

/// What nodes say to each other.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// I am alive.
    Alive,
    /// A ping: are you?
    AreYou,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alive => "alive",
            Self::AreYou => "are you alive?",
        })
    }
}

/// What a process waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// The next heartbeat or ping.
    Beat,
    /// This node was silent for its time-out.
    Silence(NodeId),
    /// The observation is over.
    End,
}

/// One process.
pub struct Detector {
    monitor: Monitor,
    heard: BTreeMap<NodeId, Time>,
    changed: Time,
    over: bool,
}

const BEAT: &str = "task 1: send \"I am alive\", or a ping";
const ANSWER: &str = "a ping: answer it";
const SUSPECT: &str = "task 2: silence for a time-out: suspect";
const TRUST: &str = "task 3: alive after all: trust, and wait longer from now on";
const IGNORE: &str = "P: alive after all, and suspected all the same";
const END: &str = "the observation is over";

// --- the algorithm

impl Detector {
    /// Task 1, every T.
    fn beat(cx: &mut Cx<'_, Self>) {
        cx.mark(BEAT);
        cx.multicast(match cx.config().method {
            Method::Heartbeats => Says::Alive,
            Method::Pings => Says::AreYou,
        });
        cx.set_timer(Timer::Beat, cx.config().period);
    }

    /// Task 2: q was silent for its time-out.
    fn silence(&mut self, q: NodeId, cx: &mut Cx<'_, Self>) {
        cx.mark(SUSPECT);
        self.monitor.suspect(q);
        self.output(cx);
    }

    /// Task 3: q is alive. If it was suspected, the time-out was too short.
    fn sign_of_life(&mut self, q: NodeId, cx: &mut Cx<'_, Self>) {
        self.heard.insert(q, cx.now());
        match cx.config().class {
            Class::P if self.monitor.is_suspect(q) => {
                cx.mark(IGNORE);
                return;
            }
            Class::P => {}
            Class::EventuallyP(growth) => {
                if self.monitor.trust(q, growth) {
                    cx.mark(TRUST);
                    self.output(cx);
                }
            }
        }
        cx.set_timer(Timer::Silence(q), self.monitor.timeout(q));
    }

    /// Says whom I suspect from now on.
    fn output(&mut self, cx: &mut Cx<'_, Self>) {
        let (suspects, at) = (self.monitor.suspects().clone(), cx.now());
        self.changed = at;
        cx.decide(Output { suspects, at, end: None });
    }

    /// The observation is over: says whom I suspect, and falls silent.
    fn end(&mut self, cx: &mut Cx<'_, Self>) {
        cx.mark(END);
        self.over = true;
        let heard = std::mem::take(&mut self.heard);
        let end = Some(End { unchanged_since: self.changed, heard });
        cx.decide(Output { suspects: self.monitor.suspects().clone(), at: cx.now(), end });
        cx.cancel_timer(Timer::Beat);
        cx.others().for_each(|q| cx.cancel_timer(Timer::Silence(q)));
    }
}

impl Protocol for Detector {
    const NAME: &'static str = "detector";
    const ABOUT: &'static str = "failure detectors P and ◇P, by heartbeats and by pings";
    const RULES: &'static [&'static str] = &[BEAT, ANSWER, SUSPECT, TRUST, IGNORE, END];
    type Config = Config;
    type Input = ();
    type Value = Output;
    type Message = Says;
    type Timer = Timer;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let (config, now, delay) = (*cx.config(), cx.now(), cx.expected_delay());
        let first = config.first_timeout(delay);
        let left = (Time::ZERO + config.lasts).since(now);
        let over = left == Span::ZERO;
        if !over {
            cx.set_timer(Timer::End, left);
            Self::beat(cx);
            // The first sign of life may take as long as any, however often they come.
            let at_first = first.max(delay * config.hops());
            cx.others().for_each(|q| cx.set_timer(Timer::Silence(q), at_first));
        }
        Self { monitor: Monitor::new(first), heard: BTreeMap::new(), changed: Time::ZERO, over }
    }

    fn on_input(&mut self, (): (), _: &mut Cx<'_, Self>) {}

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        match says {
            _ if self.over => {}
            Says::AreYou => {
                cx.mark(ANSWER);
                cx.send(from, Says::Alive);
            }
            Says::Alive => self.sign_of_life(from, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Self>) {
        match timer {
            Timer::Beat => Self::beat(cx),
            Timer::Silence(q) => self.silence(q, cx),
            Timer::End => self.end(cx),
        }
    }

    // --- promises

    fn promises(config: &Config) -> Promises<Self> {
        promises(config)
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        affordable(scenario.config, scenario.world.nodes)?;
        checks::conclusive(scenario.config, &scenario.world)
    }
}

/// What a failure detector of a class promises, whoever implements it.
#[must_use]
pub fn promises<P: Protocol<Value = Output>>(config: &Config) -> Promises<P> {
    let config = *config;
    let complete = Assumptions::asynchronous().fair_loss().crash_stop(u32::MAX);
    let promises = Promises::none().and(Completeness::of(config)).under(complete);
    match config.class {
        Class::P => {
            let enough = "time-outs no shorter than the longest silence";
            let long_enough = move |world: &World| {
                let timeout = config.first_timeout(world.timing.expected_delay());
                spread(config, world).is_some_and(|spread| timeout >= config.period + spread)
            };
            let synchronous = Assumptions::synchronous().crash_stop(u32::MAX);
            promises.and(Accuracy::default()).under(synchronous.when(enough, long_enough))
        }
        Class::EventuallyP(growth) => {
            let in_the_end = Assumptions::partially_synchronous().fair_loss().crash_stop(u32::MAX);
            promises.and(EventualAccuracy::of(config, growth)).under(in_the_end)
        }
    }
}

/// By how much later than the one before it a sign of life may be, once the world keeps its bounds.
/// Nothing, if it has none.
fn spread(config: Config, world: &World) -> Option<Span> {
    Some(world.timing.bound()?.saturating_sub(world.timing.least()) * config.hops())
}

/// The longest silence of a node that is up, once the world keeps its bounds: T + Δ - the least latency
/// for heartbeats on reliable links. Nothing, if it has no bounds.
fn longest_silence(config: Config, world: &World) -> Option<Span> {
    Some(period(config, world)? + spread(config, world)?)
}

/// How far apart the sending of two signs of life is at most that arrive, one after the other: T, and so
/// many times T where links may lose heartbeats in a row. Pings share their links with answers, so that
/// any number of them may be lost, and none of these.
fn period(config: Config, world: &World) -> Option<Span> {
    use generals::LinkModel::{Arbitrary, FairLoss, Fifo, Reliable};
    match world.links {
        Fifo | Reliable | FairLoss { loss: Chance::NEVER, .. } => Some(config.period),
        FairLoss { streak, .. } if config.method == Method::Heartbeats => {
            Some(config.period * (1 + u64::from(streak)))
        }
        FairLoss { .. } | Arbitrary { .. } => None,
    }
}

/// The most messages a run may take.
const AFFORDABLE: u64 = 5_000_000;

/// Refuses what makes no sense or would explode.
fn affordable(config: Config, n: u16) -> Result<(), Complaint> {
    let Config { period, timeout, lasts, .. } = config;
    let spans = [("period", Some(period)), ("timeout", timeout), ("lasts", Some(lasts))];
    if let Some((name, _)) = spans.into_iter().find(|(_, span)| *span == Some(Span::ZERO)) {
        return Err(Complaint::at(["config", name])
            .problem("no time at all is too short")
            .help("write it like \"20ms\""));
    }
    if config.class == Class::EventuallyP(Growth::By(Span::ZERO)) {
        return Err(Complaint::at(["config", "class"])
            .problem("a time-out that grows by nothing is never long enough")
            .help("write `EventuallyP(By(\"5ms\"))` or `EventuallyP(Doubling)`"));
    }
    let (n, beats) = (u64::from(n), lasts.as_nanos() / period.as_nanos() + 1);
    let messages = beats.saturating_mul(n * n.saturating_sub(1) * config.hops());
    if messages > AFFORDABLE {
        return Err(Complaint::at(["config", "lasts"])
            .problem(format!("{beats} periods among {n} nodes would need {messages} messages"))
            .help(format!("at most {AFFORDABLE} are run; observe for a shorter time")));
    }
    Ok(())
}
