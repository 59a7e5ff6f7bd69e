//! A failure detector a second time, by deadlines instead of timers for each node, and with mistakes.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::check;
use generals::{Cx, NodeId, Promises, Protocol, Span, Time};
use generals_protocols::Detector;
use generals_protocols::detector::{self, Class, End, Growth, Method, Output, Says};
use serde::{Deserialize, Serialize};

use crate::{Killed, again, each_is_caught, same_in_runs, shipped};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// FD-1: a time-out does not grow when a suspicion is refuted.
    NoGrowth,
    /// FD-2: who is suspected is never trusted again.
    NeverTrusts,
    /// Who was heard once is waited for without end.
    HeardOnce,
    /// P that suspects who was silent for a period.
    NoDelta,
    /// No mistake: time-outs grow twice as much.
    GrowsTwice,
    /// No mistake: who asks whether I am alive is.
    PingIsLife,
}

use Mutation::{GrowsTwice, HeardOnce, NeverTrusts, NoDelta, NoGrowth, PingIsLife};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    mutation: Mutation,
    class: Class,
    method: Method,
    period: Span,
    timeout: Option<Span>,
    lasts: Span,
}

impl Default for Config {
    fn default() -> Self {
        let detector::Config { class, method, period, timeout, lasts } =
            detector::Config::default();
        Self { mutation: Mutation::None, class, method, period, timeout, lasts }
    }
}

/// What is known of another node.
#[derive(Clone, Copy)]
struct Peer {
    heard: Option<Time>,
    timeout: Span,
    suspected: bool,
}

struct Again {
    peers: BTreeMap<NodeId, Peer>,
    changed: Time,
    over: bool,
}

impl Again {
    fn suspects(&self) -> BTreeSet<NodeId> {
        self.peers.iter().filter(|(_, peer)| peer.suspected).map(|(q, _)| *q).collect()
    }

    fn say(&mut self, cx: &mut Cx<'_, Self>) {
        self.changed = cx.now();
        cx.decide(Output { suspects: self.suspects(), at: cx.now(), end: None });
    }

    fn say_alive(cx: &mut Cx<'_, Self>) {
        let beats = cx.config().method == Method::Heartbeats;
        cx.multicast(if beats { Says::Alive } else { Says::AreYou });
        cx.set_timer(None, cx.config().period);
    }

    fn alive(&mut self, q: NodeId, cx: &mut Cx<'_, Self>) {
        let Config { mutation, class, .. } = *cx.config();
        let now = cx.now();
        let Some(peer) = self.peers.get_mut(&q) else { return };
        peer.heard = Some(now);
        let mut refuted = peer.suspected;
        match class {
            Class::P if refuted => return,
            Class::EventuallyP(_) if refuted && mutation == NeverTrusts => return,
            Class::P => refuted = false,
            Class::EventuallyP(growth) if refuted => {
                peer.suspected = false;
                let more = match growth {
                    Growth::By(more) => more,
                    Growth::Doubling => peer.timeout,
                };
                match mutation {
                    NoGrowth => {}
                    GrowsTwice => peer.timeout = peer.timeout + more * 2,
                    _ => peer.timeout = peer.timeout + more,
                }
            }
            Class::EventuallyP(_) => {}
        }
        if refuted {
            self.say(cx);
        }
        let timeout = self.peers[&q].timeout;
        match mutation {
            HeardOnce => cx.cancel_timer(Some(q)),
            _ => cx.set_timer(Some(q), timeout),
        }
    }
}

impl Protocol for Again {
    const NAME: &'static str = "detector";
    const ABOUT: &'static str = "a failure detector, once more";
    type Config = Config;
    type Input = ();
    type Value = Output;
    type Message = Says;
    /// Whom to suspect; nobody: the next heartbeat; myself: the end.
    type Timer = Option<NodeId>;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let Config { mutation, method, period, timeout, lasts, .. } = *cx.config();
        let hops = if method == Method::Pings { 2 } else { 1 };
        let way = cx.expected_delay() * hops;
        let timeout = timeout.unwrap_or(period + way);
        let timeout = if mutation == NoDelta { period } else { timeout };
        cx.set_timer(Some(cx.me()), lasts);
        Self::say_alive(cx);
        cx.others().for_each(|q| cx.set_timer(Some(q), timeout.max(way)));
        let peer = Peer { heard: None, timeout, suspected: false };
        let peers = cx.others().map(|q| (q, peer)).collect();
        Self { peers, changed: Time::ZERO, over: false }
    }

    fn on_input(&mut self, (): (), _: &mut Cx<'_, Self>) {}

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        if self.over {
            return;
        }
        if says == Says::AreYou {
            cx.send(from, Says::Alive);
        }
        if says == Says::Alive || cx.config().mutation == PingIsLife {
            self.alive(from, cx);
        }
    }

    fn on_timer(&mut self, timer: Option<NodeId>, cx: &mut Cx<'_, Self>) {
        let Some(q) = timer else { return Self::say_alive(cx) };
        if q != cx.me() {
            self.peers.entry(q).and_modify(|peer| peer.suspected = true);
            return self.say(cx);
        }
        self.over = true;
        let heard = self.peers.iter().filter_map(|(q, peer)| Some((*q, peer.heard?))).collect();
        let end = Some(End { unchanged_since: self.changed, heard });
        cx.decide(Output { suspects: self.suspects(), at: cx.now(), end });
        cx.cancel_timer(None);
        cx.others().for_each(|q| cx.cancel_timer(Some(q)));
    }

    fn promises(config: &Config) -> Promises<Self> {
        let Config { class, method, period, timeout, lasts, .. } = *config;
        detector::promises(&detector::Config { class, method, period, timeout, lasts })
    }
}

/// The scenarios within the assumptions.
const WITHIN: &[&str] = &[
    "detector-p-crash",
    "detector-p-heartbeats",
    "detector-p-pings",
    "detector-eventual-crash",
    "detector-eventual-pause",
    "detector-eventual-loss",
    "detector-eventual-late",
    "detector-eventual-gst",
    "detector-eventual-unknown",
];

#[test]
fn two_implementations_of_the_detectors_are_the_same_in_every_run() {
    for name in WITHIN.iter().chain(&["detector-p-pause", "detector-eventual-asynchronous"]) {
        let one = check::<Detector>(&shipped(name, &[]));
        same_in_runs(&one, &again::<Again>(name, Mutation::None), 0..30);
    }
}

const ACCURACY: &str = "eventual-strong-accuracy";

const KILLED: &[Killed<Mutation>] = &[
    (NoGrowth, "detector-eventual-gst", &[ACCURACY]),
    (NoGrowth, "detector-eventual-unknown", &[ACCURACY]),
    (NeverTrusts, "detector-eventual-pause", &[ACCURACY]),
    (NeverTrusts, "detector-eventual-loss", &[ACCURACY]),
    (NeverTrusts, "detector-eventual-late", &[ACCURACY]),
    (NeverTrusts, "detector-eventual-gst", &[ACCURACY]),
    (HeardOnce, "detector-p-crash", &["strong-completeness"]),
    (HeardOnce, "detector-eventual-crash", &["strong-completeness"]),
    (NoDelta, "detector-p-pings", &["strong-accuracy"]),
];

#[test]
fn every_mistake_of_a_detector_is_caught_by_a_shipped_scenario() {
    each_is_caught(KILLED, 100, again::<Again>);
}

#[test]
fn what_only_looks_like_a_mistake_of_a_detector_is_not_reported() {
    for mutation in [Mutation::None, GrowsTwice, PingIsLife] {
        for name in WITHIN {
            again::<Again>(name, mutation).seeds(0..100);
        }
    }
}
