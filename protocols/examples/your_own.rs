//! A protocol of your own, from nothing to a failing seed in one file.
//!
//! ```text
//! cargo run --example your_own -- fuzz --runs 1000     finds the bug
//! cargo run --example your_own -- list                 what is promised
//! cargo test --example your_own                        the same from a test, in one line
//! ```
//!
//! The protocol: everybody sends a vote to everybody, and decides what most of the votes say.
//! **The bug**: nobody waits for all votes, only for more than half of them, and those who hear
//! different halves decide different things. (Mend it where it says so, and fuzz again. Then let a
//! node crash, `faults: { 2: CrashStop(at: Chosen(within: "10ms")) }`, and see what is lost.)

use std::collections::BTreeMap;
use std::process::ExitCode;

use generals::{Cx, NodeId, Plug, Promises, Protocol};
use generals_models::scenarios::Shipped;
use serde::{Deserialize, Serialize};

/// What nodes vote for. Anything that can be compared, printed, written and read will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Colour {
    Red,
    Blue,
}

/// The state of one node: whose vote it heard, and whether it has decided.
#[derive(Default)]
struct Vote {
    votes: BTreeMap<NodeId, Colour>,
    decided: bool,
}

impl Protocol for Vote {
    /// How scenarios call it: `protocol: "vote"`.
    const NAME: &'static str = "vote";
    const ABOUT: &'static str = "the majority of the first votes wins (and it should not)";

    /// Knobs that a scenario may turn; none here.
    type Config = ();
    /// What a node is given at the start.
    type Input = Colour;
    /// What a node decides.
    type Value = Colour;
    /// What nodes say to each other.
    type Message = Colour;
    /// What a node waits for; nothing here.
    type Timer = ();
    type Durable = ();

    /// A node starts.
    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    /// It is given its input: it votes. `cx` is all it sees of the world, and all it can act with.
    fn on_input(&mut self, mine: Colour, cx: &mut Cx<'_, Self>) {
        cx.multicast(mine);
        self.count(cx.me(), mine, cx);
    }

    /// It hears a vote.
    fn on_message(&mut self, from: NodeId, theirs: Colour, cx: &mut Cx<'_, Self>) {
        self.count(from, theirs, cx);
    }

    /// Agreement, integrity and termination, in a synchronous world without faults. Whoever claims
    /// more says so with `.under(…)`.
    fn promises(_: &()) -> Promises<Self> {
        Promises::consensus()
    }
}

impl Vote {
    fn count(&mut self, from: NodeId, vote: Colour, cx: &mut Cx<'_, Self>) {
        self.votes.insert(from, vote);
        let enough = usize::from(cx.n()) / 2 + 1; // the bug: it must be `usize::from(cx.n())`
        if self.decided || self.votes.len() < enough {
            return;
        }
        self.decided = true;
        let blue = self.votes.values().filter(|vote| **vote == Colour::Blue).count();
        cx.decide(if 2 * blue > self.votes.len() { Colour::Blue } else { Colour::Red });
    }
}

/// A world to run it in. Nodes are given one of the colours listed for them, and messages take
/// between 1 ms and 10 ms, as every run chooses. A scenario can as well be a file of its own.
const THREE_VOTERS: &str = r#"(
    about: "three voters, and messages that overtake each other",
    protocol: "vote",
    inputs: { 0: [Red, Blue], 1: [Red, Blue], 2: [Red, Blue] },
    world: (nodes: 3, timing: Synchronous(delta: "10ms", least: "1ms")),
)"#;

/// The whole tool for this protocol: list, run, fuzz, replay, shrink, explore, check and show.
fn main() -> ExitCode {
    generals::cli::main(
        &[&Plug::<Vote>::NEW],
        &[Shipped { name: "three-voters", text: THREE_VOTERS }],
    )
}

/// A test in one line. It would pass if the protocol were right.
#[test]
#[should_panic(expected = "agreement: Violated, expected Holds")]
fn three_voters_agree() {
    generals::testing::check::<Vote>(THREE_VOTERS).seeds(0..1000);
}
