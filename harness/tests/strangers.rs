//! A protocol of somebody else's that misbehaves, driven without the command line: as a test in
//! that somebody's crate would do it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use generals::fuzz::{Seeds, fuzz, run_twice};
use generals::{
    Cx, Ended, NodeId, Origin, Plug, Promises, Protocol, Source, Span, Subject, Verdict,
    VerdictKind, testing,
};

/// What n1 does with the number that n0 sends: its config says it in a word.
struct Stranger;

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Protocol for Stranger {
    const NAME: &'static str = "stranger";
    const ABOUT: &'static str = "does what its config says";
    type Config = String;
    type Input = u64;
    type Value = u64;
    type Message = u64;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self
    }

    fn on_input(&mut self, n: u64, cx: &mut Cx<'_, Self>) {
        cx.multicast(n);
        cx.decide(n);
    }

    fn on_message(&mut self, _: NodeId, n: u64, cx: &mut Cx<'_, Self>) {
        match cx.config().as_str() {
            "panic at 7" => assert!(n != 7, "seven is too many"),
            "spin" => cx.set_timer((), Span::ZERO),
            "tick" => return cx.set_timer((), Span::micros(1)),
            "flood" => loop {
                cx.send(NodeId(0), n);
            },
            "nowhere" => cx.send(NodeId(2), n),
            "count" => cx.send(NodeId(0), COUNTER.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
        cx.decide(n);
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        cx.set_timer((), if cx.config() == "spin" { Span::ZERO } else { Span::micros(1) });
    }

    fn promises(_: &String) -> Promises<Self> {
        // What n0 is told back, it decides again: nothing else is to be judged here.
        Promises::none().and(generals::Termination::default())
    }
}

fn scenario(config: &str) -> String {
    format!(
        r#"(protocol: "stranger", config: "{config}", inputs: {{ 0: [1, 7] }}, world: (nodes: 2),
            limits: (events: 5000, events_per_instant: 1000, effects_per_step: 100))"#
    )
}

/// The last line of the panic with which a test of this scenario fails.
fn failure(config: &str) -> String {
    let test = || testing::check::<Stranger>(&scenario(config)).seeds(0..100);
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("this must fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_test_fails_with_the_seed_and_the_story() {
    for (config, witness) in [
        ("panic at 7", "n1 panicked: seven is too many (strangers.rs:"),
        ("spin", "more than 1000 timers at one instant: the busiest node is n1"),
        ("flood", "n1 asked for more effects in one step than the limits allow"),
        ("nowhere", "n1 sends 1 to n2, which does not exist"),
    ] {
        let text = failure(config);
        assert!(text.contains("expected Holds (seed "), "{text}");
        assert!(text.contains(&format!("** soundness broken: {witness}")), "{text}");
    }
    let text = failure("count");
    assert!(text.starts_with("seed 0 is not deterministic: the runs differ first at"), "{text}");
    assert!(text.contains("once : ") && text.contains("again: "), "{text}");
}

#[test]
fn a_campaign_goes_on_after_a_panic() {
    let source = Source::new("stranger.ron", scenario("panic at 7"));
    let case = Plug::<Stranger>::NEW.open(&source).expect("a good scenario");
    let report = fuzz(&*case, Seeds::range(0, 200), 0..200);
    let soundness = report.verdicts.last().expect("every case has it");
    assert_eq!(report.runs, 200);
    assert_eq!(soundness.of(VerdictKind::Holds) + soundness.of(VerdictKind::Violated), 200);
    assert!((50..150).contains(&soundness.of(VerdictKind::Violated)));

    // The same world serves on, before and after.
    let seed = soundness.lowest(VerdictKind::Violated).expect("there was one");
    let mut worker = case.worker();
    let first = worker.run_seed(seed).clone();
    assert_eq!(first.ended, Ended::Unsound);
    let good = soundness.lowest(VerdictKind::Holds).expect("there was one");
    assert_eq!(worker.run_seed(good).verdicts.last(), Some(&Verdict::Holds));
    assert_eq!(*worker.run_seed(seed), first);
    assert_eq!(run_twice(&mut *worker, &Origin::Seed(seed)), None);
}

#[test]
fn a_run_without_an_end_ends_at_its_limit() {
    let source = Source::new("stranger.ron", scenario("tick"));
    let case = Plug::<Stranger>::NEW.open(&source).expect("a good scenario");
    let mut worker = case.worker();
    let outcome = worker.run_seed(1);
    assert!(matches!(outcome.ended, Ended::TooManyEvents(_)), "{outcome:?}");
    assert_eq!(outcome.verdicts[0].kind(), VerdictKind::Undetermined);
}
