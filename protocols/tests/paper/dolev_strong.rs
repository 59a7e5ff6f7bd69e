//! Dolev and Strong's broadcast: costs, phases, and whom it survives.

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Choose, Kindest, Lockstep, Plug, Seeded, Source, Span, Subject, Time, VerdictKind};
use generals_protocols::DolevStrong;

use crate::traitors::{self, Nothing, Other, Say, Truth};

fn text(t: u16, n: u16, faulty: &[u16]) -> String {
    let faults: String = faulty.iter().map(|node| format!("{node}: Byzantine, ")).collect();
    format!(
        r#"(protocol: "dolev-strong", config: (t: {t}), inputs: {{ 0: [Attack, Retreat] }},
            world: (nodes: {n}, timing: Synchronous(delta: "10ms", least: "10ms"),
                    faults: {{ {faults} }}, adversary: Liar))"#
    )
}

fn broadcast(t: u16, n: u16, faulty: &[u16]) -> Check<Lockstep<DolevStrong>> {
    check(&text(t, n, faulty))
}

fn saying(says: &[(u16, Vec<Say>)]) -> impl Choose + use<> {
    traitors::traitors(&[], says)
}

/// What a run came to: messages of correct and of faulty processors, and what the correct ones other
/// than the transmitter decided.
fn run(t: u16, n: u16, faulty: &[u16], mut choose: impl Choose) -> ([u64; 2], Vec<String>) {
    let case = broadcast(t, n, faulty);
    let (outcome, trace) = case.case().worker().trace(&mut choose);
    let phases = u64::from(t) + 1;
    assert_eq!(outcome.at, Time::ZERO + Span::millis(10) * phases, "t = {t}, n = {n}");
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    let decided = decided.filter(|entry| entry.node.0 != 0 && !faulty.contains(&entry.node.0));
    let decided =
        decided.inspect(|entry| assert_eq!(entry.at, outcome.at)).map(|e| e.text.to_string());
    ([outcome.tally.sent, outcome.tally.injected], decided.collect())
}

fn all(what: &str, n: u16) -> Vec<String> {
    vec![what.to_owned(); usize::from(n) - 1]
}

#[test]
fn a_correct_transmitter_costs_n_times_n_minus_1_messages_whatever_t_is() {
    for n in 3..=9_u16 {
        let others = u64::from(n) - 1;
        assert_eq!(run(0, n, &[], Kindest), ([others, 0], all("Attack", n)), "t = 0, n = {n}");
        for t in 1..n {
            let messages = u64::from(n) * others;
            assert_eq!(run(t, n, &[], Kindest), ([messages, 0], all("Attack", n)), "t = {t}");
        }
    }
}

/// Everybody relays both: the worst case, and with the transmitter's own messages
/// (n-1) + 2(n-1)² of them.
#[test]
fn two_values_cost_twice_n_minus_1_squared_messages_of_correct_processors() {
    for n in 3..=9_u16 {
        let others = u64::from(n) - 1;
        for group in 1..=n - 2 {
            let mut values = vec![Truth; usize::from(group)];
            values.resize(usize::from(n) - 1, Other(0));
            let split = [(0, values)];
            let once = run(1, n, &[0], saying(&split));
            assert_eq!(once, ([others * others, others], all("⊥", n)), "t = 1, n = {n}");
            for t in 2..n {
                let both = run(t, n, &[0], saying(&split));
                assert_eq!(both, ([2 * others * others, others], all("⊥", n)), "t = {t}, n = {n}");
            }
        }
    }
}

/// The cap: a third value proves nothing that two do not.
#[test]
fn a_different_value_for_everybody_costs_no_more_than_two_values() {
    for n in 4..=9_u16 {
        let others = u64::from(n) - 1;
        let each_another = (0..others - 1).map(Other);
        let split = [(0, std::iter::once(Truth).chain(each_another).collect())];
        for t in 2..n {
            let found = run(t, n, &[0], saying(&split));
            assert_eq!(found, ([2 * others * others, others], all("⊥", n)), "t = {t}, n = {n}");
        }
    }
}

#[test]
fn no_lie_costs_correct_processors_more_than_two_relays_each() {
    for (t, n, faulty) in [(2, 5, &[0, 4][..]), (3, 5, &[0, 3, 4]), (2, 6, &[0]), (3, 6, &[5])] {
        let case = broadcast(t, n, faulty);
        let mut worker = case.case().worker();
        let others = u64::from(n) - 1;
        let transmitter = if faulty.contains(&0) { 0 } else { others };
        let relaying = faulty.iter().filter(|node| **node != 0).count() as u64;
        let bound = transmitter + 2 * others * (others - relaying);
        for seed in 0..500 {
            let sent = worker.run(&mut Seeded::new(seed)).tally.sent;
            assert!(sent <= bound, "{sent} of at most {bound}, seed {seed}");
        }
    }
}

#[test]
fn a_silent_transmitter_makes_all_decide_bottom() {
    assert_eq!(run(1, 4, &[0], saying(&[(0, vec![Nothing; 3])])), ([0, 0], all("⊥", 4)));
}

#[test]
fn at_n_3_nothing_one_fault_says_breaks_anything() {
    for faulty in [0, 2] {
        let explored = broadcast(1, 3, &[faulty]).exhaust(200_000);
        assert!(explored.first_broken.iter().all(Option::is_none), "n{faulty} is faulty");
    }
}

#[test]
fn any_t_less_than_n_may_be_faulty() {
    for (t, n, faulty) in [
        (1, 3, &[0][..]),
        (2, 4, &[0, 1]),
        (2, 4, &[2, 3]),
        (3, 4, &[1, 2, 3]),
        (3, 5, &[0, 1, 2]),
        (4, 6, &[0, 2, 4, 5]),
    ] {
        broadcast(t, n, faulty).seeds(0..1_000);
    }
}

/// The value that has t + 1 signatures in the last phase, none of them correct.
#[test]
fn t_plus_1_faults_can_show_one_value_to_one_processor_in_the_last_phase() {
    // n3 relays to n0, n1 and n2.
    let reveal = [(0, vec![Truth, Truth, Other(0)]), (3, vec![Truth, Truth, Nothing])];
    let verdict = |t| {
        let case = broadcast(t, 4, &[0, 3]);
        case.case().worker().run(&mut saying(&reveal)).verdicts[0].kind()
    };
    assert_eq!(run(1, 4, &[0, 3], saying(&reveal)).1, ["⊥", "Attack"]);
    assert_eq!((verdict(1), verdict(2)), (VerdictKind::OutOfModel, VerdictKind::Holds));
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let refused = |text: String| {
        let source = Source { name: "scenario".to_owned(), text };
        match Plug::<Lockstep<DolevStrong>>::NEW.open(&source) {
            Ok(_) => panic!("admitted"),
            Err(error) => error.to_string(),
        }
    };
    let all = refused(text(4, 4, &[]));
    assert!(all.contains("4 of 4 processors cannot be faulty"), "{all}");
    let other = refused(text(1, 4, &[]).replace("{ 0: [", "{ 2: ["));
    assert!(other.contains("n2 does not transmit"), "{other}");
    let nobody = refused(text(1, 4, &[]).replace("(t: 1)", "(t: 1, transmitter: 7)"));
    assert!(nobody.contains("n7 does not exist"), "{nobody}");
}
