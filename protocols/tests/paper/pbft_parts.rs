//! The parts of PBFT that can be looked at without a run: quorums and services.

use generals::{Span, World};
use generals_protocols::pbft::Config;
use generals_protocols::pbft::prompt::Prompt;
use generals_protocols::pbft::quorum::Quorums;
use generals_protocols::pbft::service::{
    Answer, Digest, KeyValue, Kind, Operation, Pairs, Service, Text,
};

/// The table of n, f, and a safe quorum, worked out by hand: where n = 3f + 1 it is 2f + 1.
#[test]
fn quorums_are_those_of_the_table() {
    let table = [
        (1, 0, 1),
        (2, 0, 2),
        (3, 0, 2),
        (4, 1, 3),
        (5, 1, 4),
        (6, 1, 4),
        (7, 2, 5),
        (8, 2, 6),
        (9, 2, 6),
        (10, 3, 7),
        (13, 4, 9),
        (31, 10, 21),
    ];
    for (n, f, quorum) in table {
        assert_eq!(Quorums::of(n), Quorums { n, f, quorum });
    }
}

#[test]
fn any_two_quorums_share_a_correct_replica_and_the_correct_ones_are_one() {
    for n in 1..=200 {
        let Quorums { f, quorum: q, .. } = Quorums::of(n);
        assert!(2 * q > n + f, "n = {n}");
        assert!(q <= n - f, "n = {n}");
        assert!(2 * (q - 1) <= n + f, "n = {n}: one less would do");
    }
}

fn text(text: &str) -> Text {
    text.into()
}

#[test]
fn a_store_answers_as_stores_do() {
    let mut store = KeyValue::default();
    let mut ask = |operation| store.execute(&operation);
    assert_eq!(ask(Operation::Get(text("x"))), Answer::Value(None));
    assert_eq!(ask(Operation::Put(text("x"), text("1"))), Answer::Done);
    let swap = |old: Option<&str>, new| Operation::Swap(text("x"), old.map(text), text(new));
    assert_eq!(ask(swap(None, "2")), Answer::Swapped(false));
    assert_eq!(ask(swap(Some("1"), "3")), Answer::Swapped(true));
    assert_eq!(ask(Operation::Append(text("x"), text("4"))), Answer::Done);
    assert_eq!(ask(Operation::Get(text("x"))), Answer::Value(Some(text("34"))));
    assert_eq!(ask(Operation::Add(1)), Answer::Refused);
}

#[test]
fn a_snapshot_that_is_installed_is_the_same_state() {
    for kind in [Kind::KeyValue, Kind::Counter] {
        let mut one = kind.build();
        one.execute(&Operation::Put(text("x"), text("1")));
        one.execute(&Operation::Add(-7));
        let mut other = kind.build();
        assert_ne!(Digest::of(&one.snapshot()), Digest::of(&other.snapshot()));
        other.install(&one.snapshot());
        assert_eq!(Digest::of(&one.snapshot()), Digest::of(&other.snapshot()));
    }
}

#[test]
fn a_counter_puts_up_with_any_state() {
    let mut counter = Kind::Counter.build();
    counter.execute(&Operation::Add(3));
    let saying = |said: &str| -> Pairs {
        let state = Kind::Counter.build().snapshot();
        state.into_keys().map(|key| (key, said.into())).collect()
    };
    counter.install(&saying("many"));
    assert_eq!(counter.execute(&Operation::Read), Answer::Count(0));
    counter.install(&saying(&i64::MAX.to_string()));
    assert_eq!(counter.execute(&Operation::Add(1)), Answer::Count(i64::MIN));
}

/// By hand, in milliseconds. T = 80 and Tc = 100 for a bound of 10; two views of 80 and 160, three
/// delays each; 80 for each of two clients; and all of it twice. With a bound that holds late, the
/// wait may have come to 640 by then.
#[test]
fn patience_is_what_the_time_outs_come_to_twice() {
    let patience = |config: &Config, timing: &str, more: &str| {
        let world = format!(r#"(nodes: 6, timing: {timing}(delta: "10ms"{more})"#);
        Prompt::of(config).patience(&ron::from_str::<World>(&world).unwrap())
    };
    let default = Config::default();
    let ms = |ms: u64| Some(Span::millis(ms));
    let synchronous = 2 * (100 + (80 + 30) + (160 + 30) + 2 * 80);
    assert_eq!(patience(&default, "Synchronous", ")"), ms(synchronous));
    let views = (80 + 30) + (160 + 30) + (320 + 30) + (640 + 30) + (1_280 + 30);
    let late = 2 * (100 + 600 + views + 2 * 80);
    assert_eq!(patience(&default, "PartiallySynchronous", r#", gst: "600ms")"#), ms(late));
    let faulty = ", links: Reliable, faults: { 0: Byzantine, 1: Byzantine }";
    assert_eq!(patience(&default, "Synchronous", &format!("){faulty}")), None);
    let lossy = ", links: FairLoss(loss: 0.1)";
    assert_eq!(patience(&default, "Synchronous", &format!("){lossy}")), None);
}
