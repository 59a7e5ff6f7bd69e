//! The kernel for seeds against the one for any chooser.

use std::collections::BTreeSet;

use generals_models::NodeId;

use super::*;
use crate::check::{Fact, Promises, Property, Verdict, Witness};
use crate::protocol::Cx;

/// Talks by coins and timers, and decides what it heard.
#[derive(Default)]
struct Talker {
    heard: u64,
    rounds: u8,
}

impl Protocol for Talker {
    const NAME: &'static str = "talker";
    const ABOUT: &'static str = "talks by coins and timers, and decides what it heard";
    type Config = ();
    type Input = u64;
    type Value = u64;
    type Message = u64;
    type Timer = ();
    type Durable = u64;

    fn boot(disk: Option<u64>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), cx.expected_delay());
        Self { heard: disk.unwrap_or(0), rounds: 0 }
    }

    fn on_input(&mut self, input: u64, cx: &mut Cx<'_, Self>) {
        self.heard += input;
        cx.multicast(input);
    }

    fn on_message(&mut self, _: NodeId, word: u64, cx: &mut Cx<'_, Self>) {
        self.heard = self.heard.saturating_add(word);
        cx.persist(self.heard);
        if self.heard % 5 == 3 {
            cx.set_timer((), cx.expected_delay() * 2);
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        self.rounds += 1;
        if self.rounds > 4 {
            return cx.decide(self.heard);
        }
        let word = cx.coin(10);
        cx.multicast(word);
        cx.set_timer((), cx.expected_delay());
    }

    fn promises((): &()) -> Promises<Self> {
        Promises::consensus().and(Modest)
    }
}

/// Nobody hears much: a promise that looks inside, and is broken now and then.
struct Modest;

impl Property<Talker> for Modest {
    fn name(&self) -> &'static str {
        "modest"
    }

    fn reset(&mut self) {}

    fn is_white_box(&self) -> bool {
        true
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, Talker>) -> Result<(), Witness> {
        match fact {
            Fact::Stepped(node, Talker { heard, .. }) if *heard > 60 => {
                Err(Witness(format!("{node} heard {heard}")))
            }
            _ => Ok(()),
        }
    }
}

/// The kernel for `Seeded` is compiled apart, and leaves out what nobody can look at.
#[test]
fn a_seed_is_the_same_run_in_the_kernel_for_seeds_and_in_that_for_any_chooser() {
    let mut seen = BTreeSet::new();
    for world in [
        "nodes: 3",
        r#"nodes: 4, links: FairLoss(loss: 0.2, duplicate: 0.2, reorder: 0.5, streak: 2),
           timing: Asynchronous(typical: "5ms"),
           faults: { 2: Byzantine, 3: CrashStop(at: Chosen(within: "60ms")) }, adversary: Liar"#,
        r#"nodes: 3, timing: PartiallySynchronous(delta: "5ms", gst: "30ms", before: "40ms"),
           faults: { 1: CrashRecovery(outages: [(at: Time("15ms"), down: "20ms")], disk: Kept) }"#,
        "nodes: 5, adversary: Adaptive(budget: 1)",
        r#"nodes: 4, links: Arbitrary(chance: 0.1), faults: { 0: Omission(send: 0.3) },
           partitions: [Isolate(node: 3, from: "15ms", heals: "40ms")]"#,
    ] {
        let text =
            format!(r#"(protocol: "talker", inputs: {{ 0: [1, 5], 1: [2] }}, world: ({world}))"#);
        let case = Plug::<Talker>::NEW.open(&Source::new("talker", text)).unwrap();
        let (mut fast, mut any) = (case.worker(), case.worker());
        for seed in 0..100 {
            let outcome = fast.run_seed(seed);
            assert_eq!(outcome, any.run(&mut Seeded::new(seed)), "{world}: seed {seed}");
            seen.extend(outcome.verdicts.iter().map(Verdict::kind));
        }
    }
    assert!(seen.contains(&VerdictKind::Violated) && seen.contains(&VerdictKind::Holds));
}
