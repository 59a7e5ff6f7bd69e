//! Bracha's broadcast: costs, thresholds, and the bound n > 3t.

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Choose, Concern, Kindest, NodeId, Seeded, Span, Time, VerdictKind};
use generals_protocols::Bracha;

use crate::chooser::{losing, plan};

const LOCK_STEP: &str = r#"timing: Synchronous(delta: "10ms", least: "10ms")"#;

/// So many nodes broadcast Attack; the rest of the world in RON.
fn broadcast(n: u16, config: &str, senders: u16, world: &str) -> Check<Bracha> {
    let inputs: String = (0..senders).map(|node| format!("{node}: [Attack], ")).collect();
    check(&format!(
        r#"(protocol: "bracha", config: ({config}), inputs: {{ {inputs} }},
            world: (nodes: {n}, {world}))"#
    ))
}

/// The most liars that n nodes survive.
const fn most(n: u16) -> u16 {
    (n - 1) / 3
}

/// How many nodes accept something, and when the last of them does.
fn accepted(case: &Check<Bracha>, mut choose: impl Choose) -> (usize, Option<Time>) {
    let (_, trace) = case.case().worker().trace(&mut choose);
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    (decided.clone().count(), decided.map(|entry| entry.at).max())
}

/// Whether the promise of this name is broken in the run with these answers.
fn breaks(case: &Check<Bracha>, promise: &str, mut choose: impl Choose) -> bool {
    let i = case.case().promises().iter().position(|row| row.name == promise).expect("a promise");
    case.case().worker().run(&mut choose).verdicts[i].kind().is_broken()
}

/// One (initial) and n of (echo) and (ready), to n-1 others each.
#[test]
fn a_broadcast_costs_n_minus_1_times_2n_plus_1_messages_whatever_the_latencies() {
    for n in 1..=10 {
        let messages = (u64::from(n) - 1) * (2 * u64::from(n) + 1);
        for senders in [1, n] {
            let t = format!("t: {}", most(n));
            for timing in [LOCK_STEP, r#"timing: Asynchronous(typical: "10ms")"#] {
                let case = broadcast(n, &t, senders, timing);
                let mut worker = case.case().worker();
                for seed in 0..20 {
                    let sent = worker.run_seed(seed).tally.sent;
                    assert_eq!(sent, u64::from(senders) * messages, "n = {n}, seed {seed}");
                }
            }
        }
    }
    // For n = 4: 3 + 12 + 12.
    assert_eq!(broadcast(4, "t: 1", 1, LOCK_STEP).case().worker().run_seed(0).tally.sent, 27);
}

#[test]
fn everybody_accepts_after_three_message_delays() {
    let at = Time::ZERO + Span::millis(30);
    for n in 4..=10 {
        let case = broadcast(n, &format!("t: {}", most(n)), 1, LOCK_STEP);
        assert_eq!(accepted(&case, Kindest), (usize::from(n), Some(at)), "n = {n}");
    }
}

/// Whatever a lying sender says, and however latencies differ: when somebody accepts, t+1 correct nodes
/// have been ready for a delay at most, and their readies make all ready, whose readies arrive.
#[test]
fn the_last_to_accept_is_at_most_two_message_delays_behind_the_first() {
    let mut longest = Span::ZERO;
    for n in [4, 5, 7] {
        let world = "faults: { 0: Byzantine }, adversary: Liar";
        let case = broadcast(n, &format!("t: {}", most(n)), 1, world);
        let mut worker = case.case().worker();
        for seed in 0..1_000 {
            let (_, trace) = worker.trace(&mut Seeded::new(seed));
            let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
            let correct = decided.filter(|entry| entry.node != NodeId(0)).map(|entry| entry.at);
            let (Some(first), Some(last)) = (correct.clone().min(), correct.max()) else {
                continue;
            };
            assert!(last.since(first) <= Span::millis(20), "n = {n}, seed {seed}");
            longest = longest.max(last.since(first));
        }
    }
    assert!(longest > Span::millis(5), "{longest}");
}

/// ⌈(n+t+1)/2⌉ for the most liars that n nodes survive.
const ECHOES: &[(u16, u32)] = &[(4, 3), (5, 4), (6, 4), (7, 5), (8, 6), (9, 6), (10, 7)];

#[test]
fn the_table_of_echo_quorums_is_its_formula() {
    for &(n, echoes) in ECHOES {
        assert_eq!(u32::from(n + most(n) + 1).div_ceil(2), echoes, "n = {n}");
    }
}

/// The sender dies after k of its n-1 messages: k nodes echo, and that is enough for all or for none.
#[test]
fn it_takes_more_than_half_of_n_plus_t_echoes_to_be_ready() {
    for &(n, echoes) in ECHOES {
        for k in 0..u32::from(n) {
            let crash = format!("faults: {{ 0: CrashStop(at: Step(nth: 1, after_effects: {k})) }}");
            let case =
                broadcast(n, &format!("t: {}", most(n)), 1, &format!("{LOCK_STEP}, {crash}"));
            let all = if k >= echoes { usize::from(n) - 1 } else { 0 };
            assert_eq!(accepted(&case, Kindest).0, all, "n = {n}, {k} initials");
        }
    }
}

/// n0 broadcasts in lock step, and links may lose whatever a test says.
fn lossy(n: u16) -> Check<Bracha> {
    let links = "links: FairLoss(loss: 0.5, streak: 1000000)";
    broadcast(n, &format!("t: {}", most(n)), 1, &format!("{LOCK_STEP}, {links}"))
}

/// On every link there is an echo and then a ready; on those from the sender an initial first.
const fn is_ready(from: u16, nth: u64) -> bool {
    nth == if from == 0 { 2 } else { 1 }
}

const fn is_echo(from: u16, nth: u64) -> bool {
    nth == if from == 0 { 1 } else { 0 }
}

/// Only k nodes hear any echoes, and so are ready by themselves.
#[test]
fn t_plus_1_readies_take_everybody_along_and_t_take_nobody() {
    for n in 4..=10 {
        let case = lossy(n);
        for k in 0..=n {
            let choose = losing(|link, nth| is_echo(link.a, nth) && link.b >= k);
            let all = if k > most(n) { usize::from(n) } else { 0 };
            assert_eq!(accepted(&case, choose).0, all, "n = {n}, {k} are ready by echoes");
        }
    }
}

/// The last node hears its own ready and those of m-1 others.
#[test]
fn it_takes_2t_plus_1_readies_to_accept() {
    for n in 4..=10 {
        let case = lossy(n);
        for m in 1..=n {
            let last = n - 1;
            let choose =
                losing(|link, nth| is_ready(link.a, nth) && link.b == last && link.a + 1 >= m);
            let accepts = m > 2 * most(n);
            let all = usize::from(last) + usize::from(accepts);
            assert_eq!(accepted(&case, choose).0, all, "n = {n}, {m} readies");
        }
    }
}

fn lying_sender(n: u16, config: &str) -> Check<Bracha> {
    broadcast(n, config, 1, &format!("{LOCK_STEP}, faults: {{ 0: Byzantine }}, adversary: Liar"))
}

#[test]
fn nothing_a_lying_sender_can_say_to_three_others_breaks_anything() {
    for config in ["t: 1", "t: 1, quorum: Available"] {
        let explored = lying_sender(4, config).exhaust(3_u64.pow(9));
        assert!(explored.report.runs > 3_u64.pow(6), "{}", explored.report.runs);
        assert!(explored.first_broken.iter().all(Option::is_none), "{config}");
    }
}

/// At n = 3 the two others differ exactly if all three messages to them differ, whichever of them is
/// told the truth each time: who is told to be ready for the other value accepts that one, which the
/// other node is ready for.
#[test]
fn at_n_3_with_quorums_of_n_minus_t_a_lying_sender_has_2_to_the_3_ways_to_split_the_others() {
    let case = lying_sender(3, "t: 1, quorum: Available");
    let explored = case.exhaust(3_u64.pow(6));
    assert_eq!(explored.broken(case.case(), "agreement"), Some(8));
}

#[test]
fn at_n_3_with_overlapping_quorums_nobody_is_split_but_some_are_left_waiting() {
    let case = lying_sender(3, "t: 1");
    let explored = case.exhaust(3_u64.pow(6));
    assert_eq!(explored.broken(case.case(), "agreement"), Some(0));
    assert!(explored.broken(case.case(), "totality") > Some(0));
    // Without the liar's help there are not enough echoes even for a correct sender.
    let silent = "faults: { 0: Byzantine }, adversary: Silent";
    let case = check::<Bracha>(&format!(
        r#"(protocol: "bracha", config: (t: 1), inputs: {{ 1: [Attack] }},
            world: (nodes: 3, {LOCK_STEP}, {silent}))"#
    ));
    assert!(breaks(&case, "validity", Kindest));
}

/// n0, the sender, and the last t-1 nodes tell the middle t the opposite of everything they tell the
/// others: the split of the impossibility proof.
fn split(n: u16, t: u16) -> impl Choose {
    let fooled = t + 1..=2 * t;
    plan(Concern::Adversary, move |liar, nth| {
        let place = u16::try_from(nth % u64::from(n - 1)).expect("a node");
        let receiver = if place < liar.a { place } else { place + 1 };
        u64::from(fooled.contains(&receiver))
    })
}

fn liars(n: u16, t: u16, quorum: &str) -> Check<Bracha> {
    let others: String = (n + 1 - t..n).map(|node| format!(", {node}: Byzantine")).collect();
    let faults = format!("faults: {{ 0: Byzantine{others} }}, adversary: Liar");
    broadcast(n, &format!("t: {t}, quorum: {quorum}"), 1, &format!("{LOCK_STEP}, {faults}"))
}

#[test]
fn n_greater_than_3t_is_tight() {
    for t in 1..=3 {
        let at_bound = liars(3 * t, t, "Available");
        assert!(breaks(&at_bound, "agreement", split(3 * t, t)), "t = {t}");
        for (n, quorum) in
            [(3 * t, "Overlapping"), (3 * t + 1, "Overlapping"), (3 * t + 1, "Available")]
        {
            let case = liars(n, t, quorum);
            assert!(!breaks(&case, "agreement", split(n, t)), "n = {n}, t = {t}, {quorum}");
        }
    }
}

/// What the theorem says, the harness must say too: broken below the bound is not a bug.
#[test]
fn below_its_bound_it_is_out_of_model_and_never_violated() {
    for quorum in ["Available", "Overlapping"] {
        let case = lying_sender(3, &format!("t: 1, quorum: {quorum}"));
        let report = case.exhaust(3_u64.pow(6)).report;
        let violated = |count: &generals::fuzz::Count| count.of(VerdictKind::Violated);
        assert!(report.verdicts.iter().all(|count| violated(count) == 0), "{quorum}");
    }
}
