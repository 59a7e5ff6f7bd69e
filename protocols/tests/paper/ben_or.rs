//! Ben-Or: how many rounds, what a scheduler can do, and the bounds n > 2t and n > 5t.
#![expect(clippy::float_arithmetic, reason = "means are compared, and nothing runs on them")]

use std::collections::BTreeMap;

use generals::testing::{Check, campaign, check};
use generals::trace::What;
use generals::{
    Among, Choose, Concern, Ended, Kindest, NodeId, Seeded, Span, Stream, Time, VerdictKind,
};
use generals_protocols::BenOr;

use crate::chooser::plan;

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;
const SPREAD: &str = r#"timing: Synchronous(delta: "10ms", least: "1ms")"#;

/// The first so many nodes begin with Retreat, the others with Attack.
fn ben_or(n: u16, retreat: u16, config: &str, world: &str) -> Check<BenOr> {
    until("1h", n, retreat, config, world)
}

/// The same, but it is cut off earlier.
fn until(horizon: &str, n: u16, retreat: u16, config: &str, world: &str) -> Check<BenOr> {
    let order = |node| if node < retreat { "Retreat" } else { "Attack" };
    let inputs: String = (0..n).map(|node| format!("{node}: [{}], ", order(node))).collect();
    check(&format!(
        r#"(protocol: "ben-or", config: ({config}), inputs: {{ {inputs} }},
            world: (nodes: {n}, {world}), limits: (horizon: "{horizon}"))"#
    ))
}

/// The verdict on the promise of this name in the run with these answers.
fn verdict(case: &Check<BenOr>, promise: &str, mut choose: impl Choose) -> VerdictKind {
    let i = case.case().promises().iter().position(|row| row.name == promise).expect("a promise");
    case.case().worker().run(&mut choose).verdicts[i].kind()
}

/// Who decides what, and when.
fn decisions(case: &Check<BenOr>, mut choose: impl Choose) -> BTreeMap<NodeId, (Time, String)> {
    let (_, trace) = case.case().worker().trace(&mut choose);
    let decided = trace.entries.into_iter().filter(|entry| entry.what == What::Decided);
    decided.map(|entry| (entry.node, (entry.at, entry.text.to_string()))).collect()
}

/// In lock step a round takes two message delays.
fn end_of_round(r: u64) -> Time {
    Time::ZERO + Span::millis(20) * r
}

/// n, and the expected rounds from a tie if everybody uses all n messages.
const ROUNDS: &[(u16, f64)] = &[(2, 3.0), (4, 2.6), (6, 2.4545), (8, 2.3763), (10, 2.3264)];

/// The chance that n coins show a tie: C(n, n/2) / 2^n.
fn tie(n: u16) -> f64 {
    (1..=n / 2).map(|i| f64::from(n / 2 + i) / f64::from(i) / 4.0).product()
}

/// 1 + 1 / (1 - C(n, n/2) / 2^n).
#[test]
fn the_table_of_expected_rounds_is_its_closed_form() {
    for &(n, rounds) in ROUNDS {
        assert!((1.0 + 1.0 / (1.0 - tie(n)) - rounds).abs() <= 0.000_05, "n = {n}");
    }
}

/// Within 4.4 standard deviations: one false alarm in 100,000 tables, and seeds do not change. What
/// follows the first round is geometric. All decide in the same round and take part in one more, and
/// a round is 2n(n-1) messages.
#[test]
fn over_5000_runs_from_a_tie_the_mean_number_of_rounds_is_met() {
    const RUNS: u32 = 5_000;
    for &(n, rounds) in ROUNDS {
        let report = campaign(ben_or(n, n / 2, "t: 0", LOCK_STEP).case(), 0..RUNS.into());
        let sent = f64::from(u32::try_from(report.tally.sent).unwrap()) / f64::from(RUNS);
        let met = sent / f64::from(2 * n * (n - 1)) - 1.0;
        let variance = tie(n) / (1.0 - tie(n)).powi(2);
        let tolerance = 4.4 * (variance / f64::from(RUNS)).sqrt();
        assert!((met - rounds).abs() <= tolerance, "n = {n}: {met} for {rounds}");
    }
}

#[test]
fn from_a_unanimous_start_it_takes_exactly_one_round_whatever_the_latencies() {
    for (n, config) in
        (1..=9_u16).flat_map(|n| (0..n.div_ceil(2)).map(move |t| (n, format!("t: {t}")))).chain([
            (3, "t: 1, variant: Unanimous".to_owned()),
            (6, "t: 1, variant: Byzantine".to_owned()),
        ])
    {
        for timing in [LOCK_STEP, r#"timing: Asynchronous(typical: "10ms")"#] {
            let case = ben_or(n, n, &config, timing);
            let mut worker = case.case().worker();
            for seed in 0..20 {
                // That one, and the one after it.
                let outcome = worker.run_seed(seed);
                let sent = outcome.tally.sent;
                assert_eq!(sent, 4 * u64::from(n) * u64::from(n - 1), "n = {n}, {config}");
                assert_eq!(outcome.ended, Ended::Quiet);
            }
        }
    }
}

#[test]
fn from_a_strict_majority_it_takes_one_round_in_lock_step() {
    for n in 2..=9 {
        for retreat in (0..=n).filter(|retreat| 2 * retreat != n) {
            let case = ben_or(n, retreat, "t: 0", LOCK_STEP);
            let wins = if 2 * retreat > n { "Retreat" } else { "Attack" };
            let decided = decisions(&case, Kindest);
            assert_eq!(decided.len(), usize::from(n));
            let expected = (end_of_round(1), wins.to_owned());
            assert!(decided.values().all(|one| *one == expected), "n = {n}, {retreat} retreat");
        }
    }
}

/// For so many tosses the coins of n2 and n3 show Attack, and all others Retreat.
fn tied_coins(tosses: u64) -> impl Choose {
    plan(Concern::Coin, move |coin, nth| u64::from(coin.a >= 2 && nth < tosses))
}

/// Two and two: of any three messages no three are the same, so it takes nothing but coins.
#[test]
fn four_processes_can_be_kept_undecided_for_any_number_of_rounds() {
    let case = ben_or(4, 2, "t: 1", LOCK_STEP);
    for tosses in [0, 1, 2, 10, 100, 1_000] {
        let decided = decisions(&case, tied_coins(tosses));
        let at: Vec<Time> = decided.values().map(|(at, _)| *at).collect();
        assert_eq!(at, [end_of_round(tosses + 2); 4], "{tosses} tosses");
    }
}

/// 500 rounds, and no promise is broken: what is owed at the horizon may still come.
#[test]
fn who_has_not_decided_at_the_horizon_has_broken_nothing() {
    let case = until("10s", 4, 2, "t: 1", LOCK_STEP);
    let kind = verdict(&case, "termination", tied_coins(u64::MAX));
    assert_eq!(kind, VerdictKind::Undetermined);
}

/// Real coins, and a scheduler that knows how they fall: unless all four fall alike, every process
/// can be made to hear both values among its three. A scheduler who may hold back messages until
/// all coins have fallen need not know them before.
struct Scheduler {
    coins: Seeded,
    /// What each begins each round with.
    x: Vec<[u64; 4]>,
    asked: BTreeMap<Stream, u64>,
}

impl Scheduler {
    fn new(seed: u64) -> Self {
        Self { coins: Seeded::new(seed), x: vec![[0, 0, 1, 1]], asked: BTreeMap::new() }
    }

    fn x(&mut self, round: usize) -> [u64; 4] {
        while self.x.len() <= round {
            let coin = |node| Stream::node(Concern::Coin, NodeId(node));
            let tossed = [0, 1, 2, 3].map(|node| self.coins.choose(coin(node), Among::Below(2)));
            self.x.push(tossed);
        }
        self.x[round]
    }

    /// Who is late for this receiver: somebody without whom both values are left.
    fn late(x: [u64; 4], receiver: usize) -> Option<usize> {
        let left = |late| x.iter().enumerate().filter(move |(i, _)| *i != late).map(|(_, x)| *x);
        (0..4).find(|late| *late != receiver && left(*late).min() != left(*late).max())
    }
}

impl Choose for Scheduler {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let nth = self.asked.entry(stream).or_default();
        *nth += 1;
        let nth = usize::try_from(*nth - 1).expect("a few");
        match stream.concern {
            Concern::Coin => self.x(nth + 1)[usize::from(stream.a)],
            Concern::Delay if nth % 2 == 0 => {
                let late = Self::late(self.x(nth / 2), stream.b.into());
                if late == Some(stream.a.into()) { among.largest() } else { 0 }
            }
            _ => 0,
        }
    }
}

/// So it ends when all coins fall alike, with chance 2 / 2^4 a round: after 1 + 8 rounds on average,
/// instead of the 2.6 of lock step.
#[test]
fn a_scheduler_who_watches_the_coins_makes_it_exponentially_long() {
    const RUNS: u32 = 2_000;
    let case = ben_or(4, 2, "t: 1", SPREAD);
    let mut worker = case.case().worker();
    let mut rounds = 0;
    for seed in 0..RUNS {
        let mut scheduler = Scheduler::new(seed.into());
        let outcome = worker.run(&mut scheduler);
        assert!(outcome.verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds));
        let tossed = scheduler.asked[&Stream::node(Concern::Coin, NodeId(0))];
        rounds += u32::try_from(tossed).unwrap() + 1;
    }
    let met = f64::from(rounds) / f64::from(RUNS);
    let (p, rounds) = (2.0 / 16.0, 1.0 + 8.0);
    let tolerance = 4.4 * ((1.0 - p) / (p * p) / f64::from(RUNS)).sqrt();
    assert!((met - rounds).abs() <= tolerance, "{met} for {rounds}");
}

/// Messages between the first half and the others take as long as they may.
fn cut(half: u16) -> impl Choose {
    plan(
        Concern::Delay,
        move |link, _| if (link.a < half) == (link.b < half) { 0 } else { u64::MAX },
    )
}

#[test]
fn at_n_2t_late_messages_make_halves_decide_their_own_or_nobody_decide() {
    for t in 1..=4 {
        let n = 2 * t;
        let unanimous = ben_or(n, t, &format!("t: {t}, variant: Unanimous"), SPREAD);
        assert_eq!(verdict(&unanimous, "uniform-agreement", cut(t)), VerdictKind::OutOfModel);
        for (node, (_, value)) in decisions(&unanimous, cut(t)) {
            assert_eq!(value, if node.0 < t { "Retreat" } else { "Attack" }, "t = {t}, {node}");
        }
        let majority = until("1s", n, t, &format!("t: {t}"), SPREAD);
        assert_eq!(decisions(&majority, cut(t)).len(), 0, "t = {t}");
        assert_eq!(verdict(&majority, "termination", cut(t)), VerdictKind::Undetermined);
    }
}

#[test]
fn at_n_2t_plus_1_late_messages_change_nothing() {
    for (t, variant) in (1..=4).flat_map(|t| [(t, "FailStop"), (t, "Unanimous")]) {
        let n = 2 * t + 1;
        let case = ben_or(n, t, &format!("t: {t}, variant: {variant}"), SPREAD);
        for half in 0..=n {
            let mut worker = case.case().worker();
            let verdicts = &worker.run(&mut cut(half)).verdicts;
            let all = verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds);
            assert!(all, "t = {t}, {variant}, cut at {half}: {verdicts:?}");
        }
    }
}

/// All correct processes begin with Attack. The first t lie in the first phase of the first round, and
/// are heard first; the kindest coin shows Retreat.
#[test]
fn protocol_b_keeps_what_all_agree_on_exactly_if_n_exceeds_5t() {
    for t in 1..=3 {
        for n in [5 * t, 5 * t + 1] {
            let faults: String = (0..t).map(|node| format!("{node}: Byzantine, ")).collect();
            let world = format!("{LOCK_STEP}, faults: {{ {faults} }}, adversary: Liar");
            let case = ben_or(n, 0, &format!("t: {t}, variant: Byzantine"), &world);
            let lie = plan(Concern::Adversary, |_, nth| u64::from(nth < u64::from(n - 1)));
            let expected = if n > 5 * t { VerdictKind::Holds } else { VerdictKind::OutOfModel };
            assert_eq!(verdict(&case, "validity", lie), expected, "n = {n}, t = {t}");
        }
    }
}

/// To decide takes more than t D-messages: with t of them somebody may have heard none at all.
#[test]
fn decisions_come_with_more_than_t_d_messages_and_survive_any_t_crashes() {
    for (n, t) in [(3, 1), (5, 1), (5, 2), (7, 3)] {
        let faults: String = (0..t)
            .map(|node| format!("{node}: CrashStop(at: Chosen(within: \"60ms\")), "))
            .collect();
        let world = format!("timing: Asynchronous(typical: \"10ms\"), faults: {{ {faults} }}");
        ben_or(n, n / 2, &format!("t: {t}"), &world).seeds(0..300);
    }
}
