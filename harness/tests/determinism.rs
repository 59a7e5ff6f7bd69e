//! The laws of determinism, as far as they can be seen from outside: a run is its scenario and its
//! choices, and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use generals::explore::explore;
use generals::fuzz::{Report, Seeds, fuzz, run_twice};
use generals::shrink::{Target, note, shrink};
use generals::testing::{Check, check};
use generals::{
    Among, Case, Choose, Concern, Cx, Kindest, NodeId, Origin, Outcome, Promises, Protocol, Script,
    Scripted, Seeded, Span, Stream, VerdictKind, World,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

// --- a chatty protocol

/// Talks for some rounds, by coins and timers, and decides the sum of what it heard. Nodes rarely
/// agree, which gives the shrinker something to do.
struct Chatter {
    heard: u64,
    rounds: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Talk {
    rounds: u8,
    /// What leaks into messages besides choices, if anything.
    leak: Leak,
}

impl Default for Talk {
    fn default() -> Self {
        Self { rounds: 3, leak: Leak::Nothing }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Leak {
    Nothing,
    /// How often any node anywhere was started.
    Counter,
    /// The order of a map that has none.
    Order,
}

static STARTED: AtomicU64 = AtomicU64::new(0);

#[expect(clippy::disallowed_types, reason = "the very mistake that is to be noticed")]
fn random_order() -> Vec<u64> {
    let map: std::collections::HashMap<u64, ()> = (0..64).map(|i| (i, ())).collect();
    map.into_keys().collect()
}

impl Chatter {
    fn talk(&mut self, cx: &mut Cx<'_, Self>) {
        match cx.coin(3) {
            0 => cx.multicast(u64::from(self.rounds)),
            1 => cx.others().for_each(|to| {
                let word = cx.coin(10);
                cx.send(to, word);
            }),
            _ => cx.send(cx.me(), 7),
        }
        let after = cx.expected_delay() * (1 + cx.coin(2));
        cx.set_timer((), after);
    }
}

impl Protocol for Chatter {
    const NAME: &'static str = "chatter";
    const ABOUT: &'static str = "talks, and decides the sum of what it heard";
    type Config = Talk;
    type Input = u64;
    type Value = u64;
    type Message = u64;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), cx.expected_delay());
        let started = STARTED.fetch_add(1, Ordering::Relaxed);
        match cx.config().leak {
            Leak::Nothing => {}
            Leak::Counter => cx.multicast(started),
            Leak::Order => random_order().into_iter().for_each(|word| cx.multicast(word)),
        }
        Self { heard: 0, rounds: 0 }
    }

    fn on_input(&mut self, input: u64, cx: &mut Cx<'_, Self>) {
        self.heard += input;
        cx.multicast(input);
    }

    fn on_message(&mut self, _: NodeId, word: u64, cx: &mut Cx<'_, Self>) {
        self.heard += word;
        if self.heard % 11 == 3 {
            cx.cancel_timer(());
            cx.set_timer((), cx.expected_delay() * 3);
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        self.rounds += 1;
        if self.rounds <= cx.config().rounds {
            self.talk(cx);
        } else {
            cx.decide(self.heard);
        }
    }

    fn promises(_: &Talk) -> Promises<Self> {
        Promises::consensus()
    }

    fn lie(message: &mut u64, _: &generals::Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        *message += 1 + pick(5);
        true
    }
}

fn chatter(config: &str, world: &str) -> Check<Chatter> {
    check(&format!(
        "(protocol: \"chatter\", config: ({config}), inputs: {{ 0: [1, 5, 9], 1: [2] }}, world: ({world}))"
    ))
}

/// Everything that can go wrong, in one world.
const HARSH: &str = r#"nodes: 4, timing: Asynchronous(typical: "5ms"),
    links: FairLoss(loss: 0.2, duplicate: 0.2, reorder: 0.5, streak: 2),
    faults: { 2: Byzantine, 3: CrashStop(at: Chosen(within: "60ms")) }, adversary: Liar"#;

const KIND: &str = "nodes: 3";

fn worlds() -> impl Strategy<Value = String> {
    let timing = prop::sample::select(vec![
        r#"Synchronous(delta: "10ms")"#,
        r#"Synchronous(delta: "1ms", least: "1ms")"#,
        r#"PartiallySynchronous(delta: "5ms", gst: "30ms", before: "40ms")"#,
        r#"UnknownBound(delta: "20ms")"#,
        r#"Asynchronous(typical: "5ms", doublings: 6)"#,
    ]);
    let links = prop::sample::select(vec![
        "Fifo",
        "Reliable",
        "FairLoss(loss: 0.3, streak: 2)",
        "FairLoss(duplicate: 0.5, reorder: 0.25)",
        "FairLoss(loss: 0.1, duplicate: 0.1, reorder: 0.0, streak: 1)",
    ]);
    let faults = prop::sample::select(vec![
        "",
        "1: Byzantine",
        r#"0: CrashStop(at: Chosen(within: "50ms"))"#,
        r#"0: CrashStop(at: Step(nth: 3, after_effects: 1)), 1: Byzantine"#,
        r#"1: CrashStop(at: Time("15ms"))"#,
    ]);
    let adversary = prop::sample::select(vec!["Silent", "Liar"]);
    (2u16..5, timing, links, faults, adversary).prop_map(|(n, timing, links, faults, adversary)| {
        format!(
            "nodes: {n}, timing: {timing}, links: {links}, faults: {{ {faults} }}, adversary: {adversary}"
        )
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

// --- one seed, one run

#[test]
fn a_seed_is_a_run_whatever_the_worker_did_before() {
    for world in [HARSH, KIND] {
        let check = chatter("", world);
        let fresh = |seed| check.case().worker().run_seed(seed).clone();
        let expected: Vec<Outcome> = (0..60).map(fresh).collect();
        let mut used = check.case().worker();
        for seed in (0..60).rev().chain([7, 7, 59, 0]) {
            let again = used.run_seed(seed);
            assert_eq!(Some(again), expected.get(usize::try_from(seed).unwrap()), "seed {seed}");
        }
        let digests: std::collections::BTreeSet<_> = expected.iter().map(|o| o.digest).collect();
        assert_eq!(digests.len(), 60, "every seed is another run");
    }
}

/// Law 9, on a worker that only runs and on one that is watched every time.
#[test]
fn watching_changes_nothing() {
    let check = chatter("", HARSH);
    let (mut runs, mut traces) = (check.case().worker(), check.case().worker());
    let mut others = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let outcome = runs.run_seed(seed).clone();
        let (watched, trace) = traces.trace(&mut Seeded::new(seed));
        assert_eq!(outcome, watched, "seed {seed}");
        assert_eq!(outcome, runs.trace(&mut Seeded::new(seed)).0, "seed {seed}");
        let again = traces.trace(&mut Seeded::new(seed)).1;
        assert_eq!((trace.milestones.len() as u64, &trace), (outcome.tally.events, &again));
        assert!(others.insert(trace.milestones.last().copied()), "seed {seed}");
    }
}

proptest! {
    #![proptest_config(config(150))]

    /// Law 14. What was noted is all there is to a run: nothing was drawn elsewhere.
    #[test]
    fn a_script_repeats_its_run(world in worlds(), seed in any::<u64>()) {
        let check = chatter("", &world);
        let mut worker = check.case().worker();
        let (outcome, script) = note(&mut *worker, &Origin::Seed(seed));
        prop_assert_eq!(&outcome, worker.run_seed(seed), "noting changes nothing");
        prop_assert_eq!(worker.run(&mut Scripted::new(&script)), &outcome);
        // A file keeps it exactly.
        let text = ron::to_string(&script).unwrap();
        let read: Script = ron::from_str(&text).unwrap();
        prop_assert_eq!(&read, &script);
        // And the notes of the repetition are the notes.
        let (_, noted) = note(&mut *worker, &Origin::Script(read));
        prop_assert_eq!(noted, script);
    }

    /// A seed file is a run, too.
    #[test]
    fn a_seed_file_repeats_its_run(world in worlds(), seed in any::<u64>()) {
        use generals::{Found, Plug, Source, Subject};
        let check = chatter("", &world);
        let (outcome, script) = note(&mut *check.case().worker(), &Origin::Seed(seed));
        let found = Found { seed: Some(seed), script: Some(script), ..Found::default() };
        let text = check.case().seed_file(&found);
        let opened = Plug::<Chatter>::NEW.open_seed(&Source::new("seed.ron", text));
        let (case, read) = opened.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&read, &found);
        let mut worker = case.worker();
        prop_assert_eq!(worker.run(&mut *read.origin().chooser()), &outcome);
    }

    /// Law 2: where every answer is 0, the network does nothing but its shortest.
    #[test]
    fn in_the_kindest_run_nothing_goes_wrong(world in worlds()) {
        let check = chatter("", &world);
        let outcome = check.case().worker().run(&mut Kindest).clone();
        prop_assert_eq!((outcome.tally.audit.lost, outcome.tally.audit.duplicated), (0, 0));
        let (_, script) = note(&mut *check.case().worker(), &Origin::Script(Script::default()));
        prop_assert!(script.is_empty());
    }
}

// --- streams

/// Writes down what each concern was asked and answered.
struct Ledger {
    inner: Seeded,
    pages: BTreeMap<Concern, Vec<(Stream, u64)>>,
}

impl Choose for Ledger {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let answer = self.inner.pick(stream, among);
        self.pages.entry(stream.concern).or_default().push((stream, answer));
        answer
    }
}

/// Law 3. What is promised is that the words of one concern never depend on another. Duplicates
/// draw delays, so later delays move; losses, lies, crashes and inputs do not.
#[test]
fn duplication_moves_no_other_concern_than_delay() {
    let world = |duplicate: &str| {
        format!(
            r#"nodes: 12, timing: Synchronous(delta: "1ms"), links: FairLoss(loss: 0.3{duplicate}),
            faults: {{ 1: Byzantine, 3: CrashStop(at: Chosen(within: "60ms")) }}, adversary: Liar"#
        )
    };
    // Nobody reacts to what it hears, so that both runs ask the same questions.
    let ledger = |world: &str, seed| {
        let check = chatter("rounds: 0, ", world);
        let mut ledger = Ledger { inner: Seeded::new(seed), pages: BTreeMap::new() };
        let outcome = check.case().worker().run(&mut ledger).clone();
        (ledger.pages, outcome.tally.audit)
    };
    for seed in 0..50 {
        let (without, _) = ledger(&world(""), seed);
        let (mut with, audit) = ledger(&world(", duplicate: 0.5"), seed);
        let copies = with.remove(&Concern::Copies).unwrap_or_default();
        assert_eq!(copies.iter().map(|(_, copy)| copy).sum::<u64>(), audit.duplicated);
        let (delays, fewer) = (with.remove(&Concern::Delay), &without[&Concern::Delay]);
        // Until the first duplicate, not even they move.
        let first = copies.iter().position(|(_, copy)| *copy == 1).unwrap_or(copies.len());
        let alike = (first + 1).min(fewer.len());
        assert_eq!(delays.unwrap_or_default()[..alike], fewer[..alike], "seed {seed}");
        let others = |pages: &BTreeMap<_, Vec<_>>| {
            pages
                .iter()
                .filter(|(c, _)| **c != Concern::Delay)
                .map(|(c, p)| (*c, p.clone()))
                .collect()
        };
        let (with, without): (Vec<_>, Vec<_>) = (others(&with), others(&without));
        assert_eq!(with, without, "seed {seed}");
        assert!(with.len() >= 4, "losses, a crash, lies and an input: {with:?}");
    }
}

// --- campaigns

fn on_threads(threads: usize, work: impl FnOnce() -> Report + Send) -> Report {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

/// Law 11: neither the threads nor the cut into shards can be seen in the report.
#[test]
fn a_report_does_not_depend_on_threads_or_shards() {
    let check = chatter("", HARSH);
    let case = check.case();
    let one_by_one = {
        let mut report = Report::empty(case);
        let mut worker = case.worker();
        (100..1100).for_each(|seed| report.add(seed, worker.run_seed(seed)));
        report
    };
    for threads in 1..=3 {
        let report = on_threads(threads, || fuzz(case, Seeds::range(100, 1100), 0..1000));
        assert_eq!(report, one_by_one, "{threads} threads");
    }
    for shards in [2, 3, 16] {
        let mut whole = Report::empty(case);
        for offset in (0..shards).rev() {
            let seeds = Seeds { start: 100, offset, stride: shards, count: Some(1000) };
            let part = fuzz(case, seeds, 0..seeds.len().unwrap());
            whole.merge(&part);
        }
        assert_eq!(whole, one_by_one, "{shards} shards");
    }
    let agreement = &one_by_one.verdicts[0];
    assert!(agreement.of(VerdictKind::OutOfModel) > 0, "something must differ to be compared");
}

#[test]
fn shards_never_overlap_and_together_are_the_whole() {
    for (count, stride) in [(0, 3), (1, 3), (10, 1), (10, 3), (11, 4), (3, 7)] {
        let mut all: Vec<u64> = (0..stride)
            .flat_map(|offset| {
                let seeds = Seeds { start: 5, offset, stride, count: Some(count) };
                (0..seeds.len().unwrap()).map(move |i| seeds.nth(i))
            })
            .collect();
        all.sort_unstable();
        assert_eq!(all, (5..5 + count).collect::<Vec<_>>(), "{count} seeds in {stride} shards");
    }
}

// --- hidden nondeterminism

#[test]
fn hidden_nondeterminism_is_noticed_and_placed() {
    let world = r#"nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms")"#;
    for leak in ["Counter", "Order"] {
        let leaky = chatter(&format!("leak: {leak}"), world);
        let report = fuzz(leaky.case(), Seeds::range(40, 50), 0..10);
        assert_eq!(report.not_deterministic, Some(40), "{leak}");
        let difference = run_twice(&mut *leaky.case().worker(), &Origin::Seed(3)).expect(leak);
        // The very first event is the start of n0, which says it.
        assert_eq!(difference.event, 0, "{leak}: {difference}");
        assert_ne!(difference.once, difference.again, "{leak}");
        assert!(difference.to_string().contains("n0 -> n1"), "{leak}: {difference}");
    }
    let sound = chatter("", HARSH);
    assert_eq!(fuzz(sound.case(), Seeds::range(0, 600), 0..600).not_deterministic, None);
    assert_eq!(run_twice(&mut *sound.case().worker(), &Origin::Seed(3)), None);
}

// --- every run there is

/// Says something to n1 as often as the configuration has it.
#[derive(Default)]
struct Caller;

impl Protocol for Caller {
    const NAME: &'static str = "caller";
    const ABOUT: &'static str = "n0 says the same so many times, n1 decides how often it heard it";
    type Config = u64;
    type Input = u8;
    type Value = u64;
    type Message = ();
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        if cx.me() == NodeId(0) {
            (0..*cx.config()).for_each(|_| cx.send(NodeId(1), ()));
        }
        Self
    }
    fn on_input(&mut self, input: u8, cx: &mut Cx<'_, Self>) {
        let coin = cx.coin(3);
        cx.decide(u64::from(input) + coin);
    }
    fn on_message(&mut self, _: NodeId, (): (), cx: &mut Cx<'_, Self>) {
        cx.decide(1);
    }
    fn promises(_: &u64) -> Promises<Self> {
        Promises::none().and(generals::Integrity::default())
    }
}

fn caller(calls: u64, inputs: &str, world: &str) -> Check<Caller> {
    check(&format!(
        "(protocol: \"caller\", config: {calls}, inputs: {{ {inputs} }}, world: (nodes: 2, {world}))"
    ))
}

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "9ms", least: "9ms")"#;

#[test]
fn exploring_makes_as_many_runs_as_there_are() {
    let lock = |links: &str| format!("{LOCK_STEP}, links: {links}");
    for (law, calls, inputs, world, runs) in [
        ("nothing to choose", 3, "", lock("Reliable"), 1),
        ("two latencies each", 3, "", r#"timing: Synchronous(delta: "9ms")"#.into(), 8),
        ("five each", 2, "", r#"timing: Synchronous(delta: "9ms", grain: 5)"#.into(), 25),
        // 2 doublings are 3 alternatives, and a doubled latency is cut as finely as any.
        (
            "doublings and latencies",
            1,
            "",
            r#"timing: Asynchronous(typical: "9ms", doublings: 2)"#.into(),
            6,
        ),
        ("lost or not", 4, "", lock("FairLoss(loss: 0.5)"), 16),
        ("lost, once or twice", 3, "", lock("FairLoss(loss: 0.5, duplicate: 0.5)"), 27),
        ("never two in a row", 4, "", lock("FairLoss(loss: 0.5, streak: 1)"), 8),
        ("certain is no choice", 4, "", lock("FairLoss(loss: 1.0, duplicate: 1.0)"), 1),
        ("two inputs, three sides of a coin", 0, "0: [1, 2]", lock("Reliable"), 6),
        (
            "a liar tells, lies or is silent",
            2,
            "",
            format!("{LOCK_STEP}, faults: {{ 0: Byzantine }}, adversary: Liar"),
            9,
        ),
    ] {
        let explored = explore(caller(calls, inputs, &world).case(), 1000, |_| true);
        assert!(explored.complete, "{law}");
        assert_eq!(explored.report.runs, runs, "{law}");
    }
}

#[test]
fn exploring_says_whether_it_saw_all() {
    let check = caller(3, "", r#"timing: Synchronous(delta: "9ms")"#);
    for (most, complete) in [(0, false), (7, false), (8, true), (9, true)] {
        let explored = explore(check.case(), most, |_| true);
        assert_eq!((explored.complete, explored.report.runs), (complete, most.min(8)), "{most}");
    }
    assert!(!explore(check.case(), 100, |_| false).complete, "stopped by who watches");
}

/// What exploration found first is a script, and the script is that run.
#[test]
fn the_first_broken_run_can_be_repeated() {
    let check = caller(2, "", &format!("{LOCK_STEP}, links: FairLoss(loss: 0.5)"));
    let explored = explore(check.case(), 1000, |_| true);
    // Deciding twice takes both messages, which is the kindest run.
    assert_eq!(explored.broken(check.case(), "integrity"), Some(1));
    assert_eq!(explored.first_broken, [Some(Script::default()), None]);
    assert_eq!(explored.report.verdicts[0].lowest(VerdictKind::Violated), Some(0));

    let doubled =
        caller(1, "", &format!("{LOCK_STEP}, links: FairLoss(loss: 0.5, duplicate: 0.5)"));
    let explored = explore(doubled.case(), 1000, |_| true);
    assert_eq!(explored.broken(doubled.case(), "integrity"), Some(1));
    let script = explored.first_broken[0].clone().expect("a script");
    let text = ron::to_string(&script).unwrap();
    assert_eq!(text.replace(' ', ""), "{(Copies,0,1,0):1}");
    let outcome = doubled.case().worker().run(&mut Scripted::new(&script)).clone();
    assert_eq!(outcome.verdicts[0].kind(), VerdictKind::OutOfModel);
}

// --- shrinking

/// The runs worth shrinking among these seeds, with what to keep of them.
fn failures(case: &dyn Case, seeds: std::ops::Range<u64>) -> Vec<(u64, Target)> {
    let mut worker = case.worker();
    seeds.filter_map(|seed| Target::worst_of(worker.run_seed(seed)).map(|t| (seed, t))).collect()
}

fn met_without(case: &dyn Case, script: &Script, target: Target, without: usize) -> bool {
    let fewer: Script =
        script.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, d)| d).collect();
    target.is_met(case.worker().run(&mut Scripted::new(&fewer)))
}

#[test]
fn a_shrunk_run_still_fails_and_has_nothing_left_to_take_away() {
    for world in [
        HARSH,
        "nodes: 3, links: FairLoss(loss: 0.2)",
        r#"nodes: 3, faults: { 1: Byzantine }, adversary: Liar"#,
    ] {
        let check = chatter("rounds: 1", world);
        let case = check.case();
        let failures = failures(case, 0..30);
        assert!(failures.len() > 10, "{world}");
        for (seed, target) in failures.into_iter().take(12) {
            let origin = Origin::Seed(seed);
            let shrunk = shrink(case, &origin, target).expect("it did fail");
            assert!(target.is_met(&shrunk.outcome), "seed {seed}");
            assert!(shrunk.script.len() <= shrunk.from);
            let again = case.worker().run(&mut Scripted::new(&shrunk.script)).clone();
            assert_eq!(again, shrunk.outcome, "seed {seed}");
            for i in 0..shrunk.script.len() {
                let fails = met_without(case, &shrunk.script, target, i);
                assert!(!fails, "seed {seed}: deviation {i} is not needed");
            }
            let twin = shrink(case, &origin, target).expect("as before");
            assert_eq!((twin.script, twin.tried), (shrunk.script, shrunk.tried), "seed {seed}");
        }
    }
}

#[test]
fn what_does_not_fail_is_not_shrunk() {
    let check = caller(1, "", LOCK_STEP);
    let target = Target { promise: 0, kind: VerdictKind::Violated };
    assert!(shrink(check.case(), &Origin::Seed(1), target).is_none());
}

/// Of nine messages six are lost, and integrity is broken by the three that arrive.
#[test]
fn a_story_is_as_short_as_it_can_be() {
    let world = format!("{LOCK_STEP}, links: FairLoss(loss: 0.999999, streak: 2)");
    let check = caller(9, "", &world);
    // With fewer losses it is broken all the more, but with none it would be a bug and no boundary.
    let target = Target { promise: 0, kind: VerdictKind::OutOfModel };
    let shrunk = shrink(check.case(), &Origin::Seed(1), target).expect("lossy, and broken");
    assert_eq!((shrunk.from, shrunk.script.len()), (6, 1), "out of model needs one loss");
}

/// Answers are made small too: a latency is no longer than it must be.
#[test]
fn a_shrunk_delay_is_the_shortest_that_fails() {
    // Messages to oneself cross no link, so only the latency 0 -> 1 matters here: too late for the
    // single round is what n1 must miss.
    let world = r#"nodes: 2, timing: UnknownBound(delta: "100ms", guess: "10ms", least: "1ms")"#;
    let check = chatter("rounds: 0", world);
    let case = check.case();
    let kindest = case.worker().run(&mut Kindest).verdicts[0].kind();
    assert_eq!(kindest, VerdictKind::Holds, "n0 hears 2 and n1 hears 1: both know 3");
    let (seed, target) = failures(case, 0..50)[0];
    let shrunk = shrink(case, &Origin::Seed(seed), target).expect("somebody heard too late");
    let deviations: Vec<_> = shrunk.script.iter().collect();
    let [late] = deviations[..] else { panic!("{deviations:?}") };
    // Timers fire after messages of their instant: to miss the 10 ms takes a nanosecond more.
    let expected = Span::millis(9) + Span::nanos(1);
    assert_eq!((late.stream.concern, Span::nanos(late.answer)), (Concern::Delay, expected));
}

// --- what a world cannot change

/// A campaign in one's own world knows nothing of campaigns in others.
#[test]
fn cases_do_not_know_each_other() {
    let (a, b) = (chatter("", HARSH), chatter("", KIND));
    let alone = a.case().worker().run_seed(5).clone();
    let (mut first, mut second) = (a.case().worker(), b.case().worker());
    for seed in 0..10 {
        second.run_seed(seed);
        first.run_seed(seed);
    }
    assert_eq!(first.run_seed(5), &alone);
    assert_eq!(a.case().world().nodes, 4);
    assert_ne!(a.case().world(), &World::kind(4));
}
