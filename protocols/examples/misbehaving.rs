//! Protocols that do what no protocol may do, for the tests of the tool: each scenario names the
//! misdeed that its nodes commit.
//!
//! `cargo run --example misbehaving -- list` shows them; `protocols/tests/misbehaving.rs` runs them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use generals::{Cx, NodeId, Plug, Promises, Protocol, Span};
use generals_models::scenarios::Shipped;
use serde::{Deserialize, Serialize};

/// What n1 does when it hears of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Misdeed {
    #[default]
    Nothing,
    /// Panics.
    Panic,
    /// Panics while it starts.
    PanicAtOnce,
    /// Sets a timer that fires now, again and again.
    Instant,
    /// Sets a timer again and again.
    Forever,
    /// Sends messages without ever coming back.
    Flood,
    /// Sends to a node that does not exist.
    Nowhere,
    /// Never comes back, and says nothing.
    Loop,
    /// Answers by the order of a `HashMap`.
    RandomOrder,
    /// Counts its answers across runs, in a static.
    Static,
    /// Marks a rule that it does not have.
    UnknownRule,
}

struct Misbehaving;

static RUNS: AtomicU64 = AtomicU64::new(0);

impl Protocol for Misbehaving {
    const NAME: &'static str = "misbehaving";
    const ABOUT: &'static str = "n0 greets n1, and n1 misbehaves";
    const RULES: &'static [&'static str] = &["greet"];
    type Config = Misdeed;
    type Input = u64;
    type Value = u64;
    type Message = u64;
    type Timer = u64;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        assert!(*cx.config() != Misdeed::PanicAtOnce, "I do not feel like it");
        Self
    }

    fn on_input(&mut self, greeting: u64, cx: &mut Cx<'_, Self>) {
        cx.mark("greet");
        cx.send(NodeId(1), greeting);
        cx.decide(greeting);
    }

    fn on_message(&mut self, from: NodeId, greeting: u64, cx: &mut Cx<'_, Self>) {
        if cx.me() == NodeId(0) {
            return cx.discard("an answer, and nobody asked");
        }
        match *cx.config() {
            Misdeed::Nothing | Misdeed::PanicAtOnce => {}
            Misdeed::Panic => panic!("{from} says {greeting}, and that is too much"),
            Misdeed::Instant => cx.set_timer(greeting, Span::ZERO),
            Misdeed::Forever => return cx.set_timer(greeting, Span::micros(1)),
            Misdeed::Flood => loop {
                cx.send(from, greeting);
            },
            Misdeed::Nowhere => cx.send(NodeId(7), greeting),
            #[expect(clippy::empty_loop, reason = "that is the point")]
            Misdeed::Loop => loop {},
            Misdeed::RandomOrder => cx.send(from, order_of_a_hash_map()),
            Misdeed::Static => cx.send(from, RUNS.fetch_add(1, Ordering::Relaxed)),
            Misdeed::UnknownRule => cx.mark("be polite"),
        }
        cx.decide(greeting);
    }

    fn on_timer(&mut self, greeting: u64, cx: &mut Cx<'_, Self>) {
        match *cx.config() {
            Misdeed::Instant => cx.set_timer(greeting, Span::ZERO),
            _ => cx.set_timer(greeting, Span::micros(1)),
        }
    }

    fn promises(_: &Misdeed) -> Promises<Self> {
        Promises::consensus()
    }
}

#[expect(clippy::disallowed_types, reason = "that is the point")]
/// The order of all keys as a number, so that two maps hardly ever have the same.
fn order_of_a_hash_map() -> u64 {
    let numbers: std::collections::HashMap<u64, ()> = (0..1000).map(|n| (n, ())).collect();
    numbers.into_keys().fold(0, |order: u64, n| order.wrapping_mul(31).wrapping_add(n))
}

macro_rules! scenarios {
    ($($name:literal $misdeed:literal)*) => {
        &[$(Shipped { name: $name, text: concat!(
            "(about: \"", $misdeed, "\", protocol: \"misbehaving\", config: ", $misdeed,
            ", inputs: { 0: [1, 2] }, world: (nodes: 2), limits: (horizon: \"1min\", events: 100000, \
            events_per_instant: 10000, effects_per_step: 1000))"
        ) }),*]
    };
}

fn main() -> ExitCode {
    generals::cli::main(
        &[&Plug::<Misbehaving>::NEW],
        scenarios! {
            "well" "Nothing"
            "panic" "Panic"
            "panic-at-once" "PanicAtOnce"
            "instant" "Instant"
            "forever" "Forever"
            "flood" "Flood"
            "nowhere" "Nowhere"
            "loop" "Loop"
            "random-order" "RandomOrder"
            "static" "Static"
            "unknown-rule" "UnknownRule"
        },
    )
}
