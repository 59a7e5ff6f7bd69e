//! Choices, and what of the network had no effect.

use super::*;

const ROUGH: &str = r#"nodes: 4, timing: Synchronous(delta: "10ms"), slow_links: 0.5,
    links: Arbitrary(chance: 0.5),
    partitions: [Random(most: 3, within: "5ms", longest: "20ms")]"#;

#[test]
fn in_the_kindest_run_the_network_is_whole_and_fast() {
    let sent = "0 > * @ 0 : 1, 1 > * @ 3 : 2, 2 > 3 @ 9 : 3";
    let (audit, text) = run(sent, ROUGH);
    assert_eq!(audit, Audit { slowest: Span::millis(1), ..Audit::default() });
    assert_eq!(text, run(sent, r#"nodes: 4, timing: Synchronous(delta: "10ms")"#).1);
}

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

/// What is slow, and where nothing is lost of what is cut, moves no other choice.
#[test]
fn slow_links_and_cuts_move_no_delay() {
    let sent = "0 > * @ 0 : 1, 1 > * @ 3 : 2, 2 > 3 @ 9 : 3";
    let ledger = |more: &str, seed| {
        let world = format!(r#"nodes: 4, timing: Synchronous(delta: "10ms"){more}"#);
        let mut ledger = Ledger { inner: Seeded::new(seed), pages: BTreeMap::new() };
        let check = check::<Post>(&scenario(sent, "Synchrony", &world));
        check.case().worker().run(&mut ledger);
        ledger.pages
    };
    let more = r#", slow_links: 0.5, partitions: [
        Random(most: 3, within: "5ms", longest: "20ms", crossing: Delayed)]"#;
    for seed in 0..50 {
        let mut with = ledger(more, seed);
        for concern in [Concern::Slow, Concern::Cut, Concern::CutTime, Concern::CutLength] {
            with.remove(&concern);
        }
        assert_eq!(with, ledger("", seed), "seed {seed}");
    }
}

#[test]
fn what_of_the_network_had_no_effect_is_told() {
    let idle = |world: &str| -> Vec<String> {
        // A timer of n2 ends each run at 30ms.
        let text = scenario("0>1@0:1, 2>2@30:1", "Synchrony", &format!("nodes: 3, {world}"));
        let check = check::<Post>(&text);
        check.case().worker().trace(&mut Kindest).1.idle
    };
    for (world, expected) in [
        (
            r#"partitions: [Isolate(node: 2, from: "0ms", heals: "5ms")]"#,
            "the cut n2 | n0 n1 at 0ms lost nothing",
        ),
        (
            r#"partitions: [Isolate(node: 0, from: "5ms", heals: "9ms", crossing: Delayed)]"#,
            "the cut n0 | n1 n2 at 5ms held nothing",
        ),
        (
            r#"partitions: [Cut(between: [[0], [1]], from: "1s")]"#,
            "the cut n0 | n1 at 1s: the run was over",
        ),
        (
            r#"partitions: [Random(most: 1, within: "5ms", longest: "5ms")]"#,
            "the network might have been cut: this run did not choose it",
        ),
        (
            r#"weather: [Congestion(from: "10ms", lasts: "9ms", times: 2)]"#,
            "the congestion at 10ms slowed nothing",
        ),
        (
            r#"weather: [Congestion(from: "1s", lasts: "9ms", times: 2)]"#,
            "the congestion at 1s: the run was over",
        ),
        (
            r#"weather: [Reroute(links: Only([(1, 0)]), at: "9ms", detour: "2ms")]"#,
            "nothing was sent the long way that was open until 9ms",
        ),
        ("slow_links: 0.5", "no message crossed a slow link"),
        ("links: FairLoss(loss: 0.5)", "the links lost and doubled nothing"),
        ("links: Arbitrary(chance: 0.5)", "nothing was tampered with"),
        ("clocks: Wrong({ 0: (fast: 0.1) })", "no wrong clock was read"),
        (
            "faults: { 1: Byzantine }, adversary: Silent",
            "the adversary told no lie and withheld nothing",
        ),
    ] {
        assert_eq!(idle(world), [expected], "{world}");
    }
    for world in [
        "",
        r#"partitions: [Isolate(node: 0, from: "0ms", heals: "5ms")]"#,
        r#"partitions: [Isolate(node: 0, from: "0ms", heals: "5ms", crossing: Delayed)]"#,
        r#"weather: [Congestion(from: "0ms", lasts: "9ms", times: 2)]"#,
        r#"weather: [Reroute(at: "9ms", detour: "2ms")]"#,
        "slow_links: 1.0",
        "links: FairLoss(loss: 1.0, streak: 1)",
        "links: Arbitrary(chance: 1.0, ways: [Delay])",
        "clocks: Wrong({ 2: (fast: 0.1) })",
    ] {
        assert_eq!(idle(world), [""; 0], "{world}");
    }
}

/// Who only delays does not do nothing.
#[test]
fn an_adversary_that_delays_is_not_idle() {
    let check = check::<Post>(&scenario("0>1@0:1", "Synchrony", "nodes: 3, adversary: Delayer"));
    let mut worker = check.case().worker();
    let runs = (0..40).map(|seed| {
        let (outcome, trace) = worker.trace(&mut Seeded::new(seed));
        assert_eq!(outcome.tally.steered == 0, !trace.idle.is_empty(), "{:?}", trace.idle);
        outcome.tally.steered > 0
    });
    let steered = runs.filter(|steered| *steered).count();
    assert!((4..36).contains(&steered), "{steered} of 40 runs");
}
