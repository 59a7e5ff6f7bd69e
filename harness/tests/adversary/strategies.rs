//! The strategies, twins among them.

use super::*;
// --- the strategies

const STRATEGIES: &[&str] = &[
    "Honest",
    "Silent",
    "Liar",
    "Flip",
    "Parity",
    "HalfSplit",
    "PathParity",
    "Structured",
    "Delayer",
    "Replayer",
    "Twins",
    "SmallScope(mutations: 3, delays: 3, rounds: 4)",
    "Any",
];

fn worlds() -> impl proptest::strategy::Strategy<Value = String> {
    let timing = prop::sample::select(vec![
        r#"Synchronous(delta: "10ms")"#,
        r#"Synchronous(delta: "1ms", least: "1ms")"#,
        r#"PartiallySynchronous(delta: "5ms", gst: "30ms", before: "40ms")"#,
        r#"Asynchronous(typical: "5ms", doublings: 6)"#,
    ]);
    let links = prop::sample::select(vec![
        "Fifo",
        "Reliable",
        "FairLoss(loss: 0.3, duplicate: 0.2, reorder: 0.5, streak: 2)",
    ]);
    let corrupt =
        prop::sample::select(vec!["0: Byzantine", "2: Byzantine", "1: Byzantine, 2: Byzantine"]);
    (3u16..6, timing, links, corrupt).prop_map(|(n, timing, links, corrupt)| {
        format!("nodes: {n}, timing: {timing}, links: {links}, faults: {{ {corrupt} }}")
    })
}

/// Lets the adversary be as kind as it can, and everything else be as it may.
struct Meek(Seeded);

impl Choose for Meek {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        if stream.concern == Concern::Adversary { 0 } else { self.0.pick(stream, among) }
    }
}

/// What happened to the nodes themselves, whatever further copies did.
fn of_nodes(trace: &Trace) -> Vec<String> {
    let mine = trace.entries.iter().filter(|entry| entry.copy == 0);
    mine.map(|entry| trace.line(entry)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_honest_signature_is_ever_forged_and_no_honest_word_twisted(world in worlds(), from in 0u64..1_000_000) {
        let budget = ["Adaptive(budget: 1)"];
        for strategy in STRATEGIES.iter().chain(&budget) {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            let mut worker = case.case().worker();
            for seed in from..from + 4 {
                let outcome = worker.run_seed(seed);
                let faithful = &outcome.verdicts[3];
                prop_assert_eq!(faithful.kind(), VerdictKind::Holds, "{}: {}", strategy, faithful);
                let sound = &outcome.verdicts[4];
                prop_assert_eq!(sound.kind(), VerdictKind::Holds, "{}: {}", strategy, sound);
            }
        }
    }

    #[test]
    fn only_corrupt_nodes_lie(world in worlds(), seed in any::<u64>()) {
        for strategy in STRATEGIES.iter().chain(&["Adaptive(budget: 2)"]) {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            let (outcome, trace) = case.case().worker().trace(&mut Seeded::new(seed));
            let lied = |entry: &&Entry| matches!(entry.what, What::Lied { .. });
            let mut lies = 0;
            for entry in trace.entries.iter().filter(lied) {
                prop_assert!(trace.is_corrupt(entry.node, entry.event), "{}: {}", strategy, trace.line(entry));
                lies += 1;
            }
            prop_assert_eq!(lies == 0, outcome.tally.lies == 0, "{}", strategy);
        }
    }

    /// Choice 0 is what would happen without an adversary, whatever chance does.
    #[test]
    fn the_kindest_choices_of_every_strategy_give_the_honest_run(world in worlds(), seed in any::<u64>()) {
        let run = |strategy: &str| {
            let case = notary("", &format!("{world}, adversary: {strategy}"));
            case.case().worker().trace(&mut Meek(Seeded::new(seed)))
        };
        let (_, honest) = run("Honest");
        for strategy in ["Liar", "Structured", "Delayer", "Replayer", "Twins", "Any", "Adaptive(budget: 2)",
            "SmallScope(mutations: 2, delays: 2, rounds: 4)"] {
            let (outcome, trace) = run(strategy);
            prop_assert_eq!(of_nodes(&honest), of_nodes(&trace), "{}", strategy);
            prop_assert_eq!(outcome.tally.lies, 0, "{}", strategy);
        }
    }
}

// --- twins

/// n0 has two copies with inputs of their own; n1 talks to one and n2 to the other.
#[test]
fn twins_have_states_timers_and_inputs_of_their_own() {
    /// n2 is on the other side, and the second copy has the second input.
    struct Divided;
    impl Choose for Divided {
        fn pick(&mut self, stream: Stream, _: Among) -> u64 {
            u64::from(stream.concern == Concern::Adversary && stream.a != 1)
        }
    }
    let twins = notary("", "nodes: 3, faults: { 0: Byzantine }, adversary: Twins");
    let trace = traced(&twins, &mut Divided);
    let of = |node: u16, copy: u8, what: fn(&What) -> bool| -> Vec<String> {
        let mine = |entry: &&Entry| (entry.node, entry.copy) == (NodeId(node), copy);
        let mine = trace.entries.iter().filter(mine).filter(|entry| what(&entry.what));
        mine.map(|entry| trace.line(entry)).collect()
    };
    let given = |what: &What| *what == What::Proposed;
    assert!(of(0, 0, given)[0].ends_with("n0* is given 0"));
    assert!(of(0, 1, given)[0].ends_with("n0*' is given 10"));
    for (copy, peer, stranger) in [(0, 1, 2), (1, 2, 1)] {
        let fired = of(0, copy, |what| *what == What::TimerFired).len();
        assert_eq!(fired, 4, "each copy has its own timers");
        let sent = of(0, copy, |what| matches!(what, What::Sent { .. }));
        assert!(sent.iter().any(|line| line.contains(&format!("-> n{peer} "))), "{sent:?}");
        assert!(!sent.iter().any(|line| line.contains(&format!("-> n{stranger} "))), "{sent:?}");
        let heard = of(0, copy, |what| matches!(what, What::Delivered { .. }));
        assert!(heard.iter().any(|line| line.contains(&format!("<- n{peer} "))), "{heard:?}");
        assert!(!heard.iter().any(|line| line.contains(&format!("<- n{stranger} "))), "{heard:?}");
    }
    // What the second copy tells itself is handed over; the first does it as nodes do.
    assert_eq!(of(0, 1, |what| matches!(what, What::Handed { .. })).len(), 3);
    assert_eq!(of(0, 0, |what| matches!(what, What::Handed { .. })).len(), 0);
}

#[test]
fn a_copy_that_is_nobody_in_particular_decides_nothing_for_its_node() {
    let twins = notary("", "nodes: 3, faults: { 0: Byzantine }, adversary: Twins");
    let report = twins.seeds(0..50);
    assert_eq!(report.runs, 50);
}

/// A lie that is told may still come to nothing.
#[test]
fn lies_are_counted_as_they_are_told_as_they_arrive_and_as_they_are_ignored() {
    let tally = |world: &str| {
        let notary = notary("", world);
        notary.case().worker().run(&mut Kindest).tally
    };
    // n2 lies to all three, itself among them, in each round; the first lie is signed anew.
    let flip = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Flip");
    assert_eq!((flip.lies, flip.lies_arrived, flip.lies_ignored), (9, 9, 0));
    let parity = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Parity");
    assert_eq!((parity.lies, parity.lies_arrived), (3, 3));
    // Withheld is a lie that never arrives.
    let silent = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Silent");
    assert_eq!((silent.lies, silent.lies_arrived), (9, 0));
    // Nobody hears what is said to a node that is down.
    let down = "nodes: 3, faults: { 1: CrashStop(at: Time(\"0ms\")), 2: Byzantine }";
    let parity = tally(&format!("{down}, adversary: Parity"));
    assert_eq!((parity.lies, parity.lies_arrived), (3, 0));
    let honest = tally("nodes: 3, faults: { 2: Byzantine }, adversary: Honest");
    assert_eq!((honest.lies, honest.lies_arrived), (0, 0));
    // Some of what a liar chooses at random are forgeries, which are noticed.
    let liar = notary("", "nodes: 3, faults: { 2: Byzantine }, adversary: Liar");
    let tally = generals::testing::campaign(liar.case(), 0..20).tally;
    assert!(0 < tally.lies_ignored && tally.lies_ignored < tally.lies_arrived, "{tally:?}");
    assert!(tally.lies_arrived < tally.lies, "{tally:?}");
}
