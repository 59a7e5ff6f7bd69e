//! What goes wrong with nodes, and what comes of it. The protocol under test is a play: its
//! configuration says who does what at which cue.

mod cut_short;
mod kindness;
mod omission;
mod pauses;
mod recovery;

use std::fmt::Write;

use generals::testing::check;
use generals::{
    Assumptions, Cx, NodeId, Outcome, Promises, Protocol, Scripted, Span, Time, Trace, Verdict,
    VerdictKind, Zoom,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{Holds, OutOfModel, Violated};

// --- the play

/// When a node acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cue {
    /// It starts with nothing.
    Boot(u16),
    /// It starts with what it had persisted.
    Back(u16, u8),
    Given(u16),
    Hears(u16, u8),
    Fires(u16, u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Act {
    Send(u16, u8),
    Tell(u8),
    Set(u8, Span),
    Cancel(u8),
    Decide(u8),
    Persist(u8),
    Write(u8),
    Sync,
    /// Decide what the clock shows, in milliseconds.
    Read,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Assume {
    #[default]
    Synchrony,
    PartialSynchrony,
    Asynchrony,
    Crash(u32),
    Recovery(u32),
    Omission(u32),
    Byzantine(u32),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Script {
    play: Vec<(Cue, Vec<Act>)>,
    assume: Assume,
}

struct Play;

impl Play {
    fn act(cue: &Cue, cx: &mut Cx<'_, Self>) {
        let acts = cx.config().play.iter().filter(|(when, _)| when == cue);
        let acts: Vec<Act> = acts.flat_map(|(_, acts)| acts.clone()).collect();
        for act in acts {
            match act {
                Act::Send(to, what) => cx.send(NodeId(to), what),
                Act::Tell(what) => cx.multicast(what),
                Act::Set(label, after) => cx.set_timer(label, after),
                Act::Cancel(label) => cx.cancel_timer(label),
                Act::Decide(value) => cx.decide(value.into()),
                Act::Persist(value) => cx.persist(value),
                Act::Write(value) => cx.write(value),
                Act::Sync => cx.sync(),
                Act::Read => cx.decide(cx.now().as_nanos() / 1_000_000),
            }
        }
    }
}

impl Protocol for Play {
    const NAME: &'static str = "play";
    const ABOUT: &'static str = "does what its configuration says";
    type Config = Script;
    type Input = u8;
    type Value = u64;
    type Message = u8;
    type Timer = u8;
    type Durable = u8;

    fn boot(durable: Option<u8>, cx: &mut Cx<'_, Self>) -> Self {
        let me = cx.me().0;
        Self::act(&durable.map_or(Cue::Boot(me), |durable| Cue::Back(me, durable)), cx);
        Self
    }
    fn on_input(&mut self, _: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Given(cx.me().0), cx);
    }
    fn on_message(&mut self, _: NodeId, what: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Hears(cx.me().0, what), cx);
    }
    fn on_timer(&mut self, label: u8, cx: &mut Cx<'_, Self>) {
        Self::act(&Cue::Fires(cx.me().0, label), cx);
    }

    fn promises(script: &Script) -> Promises<Self> {
        let calm = Assumptions::synchronous();
        Promises::consensus().under(match script.assume {
            Assume::Synchrony => calm,
            Assume::PartialSynchrony => Assumptions::partially_synchronous(),
            Assume::Asynchrony => Assumptions::asynchronous(),
            Assume::Crash(f) => calm.crash_stop(f),
            Assume::Recovery(f) => calm.crash_recovery(f),
            Assume::Omission(f) => calm.omission(f),
            Assume::Byzantine(f) => calm.byzantine(f),
        })
    }
}

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

/// A scenario of three nodes in lock step; `world` says what else there is.
fn scenario(play: &str, assume: &str, world: &str) -> String {
    format!(
        "(protocol: \"play\", config: (play: [{play}], assume: {assume}), \
         world: (nodes: 3, {LOCK_STEP}, {world}))"
    )
}

fn traced(scenario: &str, seed: u64) -> (Outcome, Trace) {
    let check = check::<Play>(scenario);
    let mut worker = check.case().worker();
    let (outcome, trace) = worker.trace(&mut generals::Seeded::new(seed));
    assert_eq!(&outcome, worker.run_seed(seed), "watching changes nothing");
    (outcome, trace)
}

fn run(scenario: &str) -> Outcome {
    traced(scenario, 1).0
}

fn story(scenario: &str) -> String {
    traced(scenario, 1).1.text(Zoom::All)
}

/// The verdicts on agreement, integrity and termination.
fn kinds(outcome: &Outcome) -> Vec<VerdictKind> {
    outcome.verdicts[..3].iter().map(Verdict::kind).collect()
}

/// Who decided what and when, in milliseconds, as `n1=7@20`.
fn decisions(scenario: &str) -> String {
    let mut text = String::new();
    for line in story(scenario).lines().filter(|line| line.contains(" decides ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{}={}@{}", words[1], words[3], words[0].trim_end_matches("ms"));
    }
    text
}

fn fault(fault: &str) -> String {
    format!("faults: {{ 0: {fault} }}")
}
