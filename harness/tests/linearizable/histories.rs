//! Histories of which everybody can see whether they are linearizable. Times go down the page.

use generals::{History, NodeId, Ruling};

use super::common::{
    Asks, Do, Event, OnQueue, PLENTY, Queue, Said, Store, Supposed, Tale, Told, judge,
};

use Do::{Add, Cas, Get, Put};
use OnQueue::{Deq, Enq};
use Said::{Done, Swapped, Value};

type OfQueue = (&'static str, bool, Vec<Event<OnQueue, Option<char>>>);

/// H1 to H4 of Herlihy & Wing 1990, figure 1.
fn queues_of_the_paper() -> Vec<OfQueue> {
    vec![
        (
            "H1, figure 1(a): x and y are enqueued at the same time, so either may be first",
            true,
            vec![
                Asks('A', Enq('x')),
                Asks('B', Enq('y')),
                Told('B', None),
                Told('A', None),
                Asks('B', Deq),
                Told('B', Some('x')),
                Asks('A', Deq),
                Told('A', Some('y')),
                Asks('A', Enq('z')),
            ],
        ),
        (
            "H2, figure 1(b): x was enqueued before y, and y comes first",
            false,
            vec![
                Asks('A', Enq('x')),
                Told('A', None),
                Asks('B', Enq('y')),
                Asks('A', Deq),
                Told('B', None),
                Told('A', Some('y')),
            ],
        ),
        (
            "H3, figure 1(c): what is still being enqueued may have taken effect",
            true,
            vec![Asks('A', Enq('x')), Asks('B', Deq), Told('B', Some('x'))],
        ),
        (
            "H4, figure 1(d): y is dequeued twice",
            false,
            vec![
                Asks('A', Enq('x')),
                Asks('B', Enq('y')),
                Told('A', None),
                Told('B', None),
                Asks('A', Deq),
                Asks('C', Deq),
                Told('A', Some('y')),
                Told('C', Some('y')),
            ],
        ),
    ]
}

fn other_queues() -> Vec<OfQueue> {
    vec![
        (
            "what was there before is taken before",
            false,
            vec![
                Asks('A', Enq('x')),
                Told('A', None),
                Asks('B', Enq('y')),
                Told('B', None),
                Asks('A', Deq),
                Told('A', Some('y')),
            ],
        ),
        ("an empty queue", true, vec![Asks('A', Deq), Told('A', None)]),
        (
            "a queue that must be empty, since its only item was taken",
            false,
            vec![
                Asks('A', Enq('x')),
                Told('A', None),
                Asks('B', Deq),
                Told('B', Some('x')),
                Asks('A', Deq),
                Asks('C', Enq('y')),
                Told('C', None),
                Asks('B', Deq),
                Told('B', None),
                Told('A', None),
            ],
        ),
        (
            "a queue that looks empty twice while an item is being taken",
            true,
            vec![
                Asks('A', Enq('x')),
                Told('A', None),
                Asks('B', Deq),
                Asks('A', Deq),
                Told('A', None),
                Asks('A', Deq),
                Told('A', None),
                Told('B', Some('x')),
            ],
        ),
        (
            "nobody enqueued this",
            false,
            vec![Asks('A', Enq('x')), Asks('B', Deq), Told('B', Some('y'))],
        ),
    ]
}

#[test]
fn queues_are_judged_as_in_the_paper() {
    for (law, linearizable, events) in [queues_of_the_paper(), other_queues()].concat() {
        assert_eq!(judge(Queue, &events) == Ruling::Linearizable, linearizable, "{law}");
    }
}

type OfStore = (&'static str, bool, Vec<Event<(u8, Do), Said>>);

/// A whole operation: nothing else happens meanwhile.
fn at_once(process: char, operation: (u8, Do), said: Said) -> [Event<(u8, Do), Said>; 2] {
    [Asks(process, operation), Told(process, said)]
}

/// Histories of registers, which are stores of one key.
fn registers() -> Vec<OfStore> {
    let write = || at_once('A', (0, Put(1)), Done);
    let read = |value| at_once('B', (0, Get), Value(value));
    vec![
        ("no history at all", true, vec![]),
        ("one after the other", true, [write(), read(1)].concat()),
        ("a stale read", false, [write(), read(0)].concat()),
        ("a value from nowhere", false, [write(), read(7)].concat()),
        (
            "a read during a write may be early",
            true,
            [&[Asks('A', (0, Put(1)))][..], &read(0), &[Told('A', Done)]].concat(),
        ),
        (
            "a read during a write may be late",
            true,
            [&[Asks('A', (0, Put(1)))][..], &read(1), &[Told('A', Done)]].concat(),
        ),
        (
            "but not late and then early: new and old are inverted",
            false,
            [&[Asks('A', (0, Put(1)))][..], &read(1), &read(0), &[Told('A', Done)]].concat(),
        ),
        (
            "two clients may not disagree about which write was last",
            false,
            [
                &[Asks('A', (0, Put(1))), Asks('C', (0, Put(2))), Told('A', Done)][..],
                &[Told('C', Done)],
                &read(1),
                &at_once('D', (0, Get), Value(2)),
            ]
            .concat(),
        ),
    ]
}

/// Also of one key: operations that depend on what is there.
fn counters_and_swaps() -> Vec<OfStore> {
    vec![
        (
            "a lost update: both counted from the same value",
            false,
            [at_once('A', (0, Add(1)), Value(1)), at_once('B', (0, Add(1)), Value(1))].concat(),
        ),
        (
            "also at the same time",
            false,
            vec![
                Asks('A', (0, Add(1))),
                Asks('B', (0, Add(1))),
                Told('A', Value(1)),
                Told('B', Value(1)),
            ],
        ),
        (
            "only one of two that swap at the same time succeeds",
            false,
            vec![
                Asks('A', (0, Cas(0, 1))),
                Asks('B', (0, Cas(0, 2))),
                Told('A', Swapped(true)),
                Told('B', Swapped(true)),
            ],
        ),
        (
            "and the other sees why it did not",
            true,
            vec![
                Asks('A', (0, Cas(0, 1))),
                Asks('B', (0, Cas(0, 2))),
                Told('A', Swapped(false)),
                Told('B', Swapped(true)),
                Asks('A', (0, Get)),
                Told('A', Value(2)),
            ],
        ),
        (
            "a swap that failed for no reason",
            false,
            at_once('A', (0, Cas(0, 1)), Swapped(false)).to_vec(),
        ),
    ]
}

#[test]
fn registers_are_judged_by_what_was_written_before() {
    for (law, linearizable, events) in [registers(), counters_and_swaps()].concat() {
        for by_key in [false, true] {
            let ruling = judge(Store { by_key }, &events);
            assert_eq!(ruling == Ruling::Linearizable, linearizable, "{law}: {ruling:?}");
        }
    }
}

/// What was never answered takes effect once, or never, and not before it was asked for. What is
/// supposed does so at any time.
#[test]
fn what_was_never_answered_may_have_taken_effect() {
    let store = Store { by_key: true };
    let read = |value| at_once('B', (0, Get), Value(value));
    let pending = || [Asks('A', (0, Add(1)))];
    let supposed = || [Supposed((0, Add(1)))];
    for (law, linearizable, events) in [
        ("it did not", true, [&pending()[..], &read(0), &read(0)].concat()),
        ("it did", true, [&pending()[..], &read(1), &read(1)].concat()),
        ("it did, late", true, [&pending()[..], &read(0), &read(1)].concat()),
        ("it did, and then not", false, [&pending()[..], &read(1), &read(0)].concat()),
        ("it did twice", false, [&pending()[..], &read(1), &read(2)].concat()),
        ("it did before it was asked for", false, [&read(1)[..], &pending()].concat()),
        (
            "it must have, for the swap to succeed",
            false,
            [&pending()[..], &at_once('C', (0, Cas(1, 5)), Swapped(true)), &read(1)].concat(),
        ),
        ("somebody else did, before", true, [&read(1)[..], &supposed()].concat()),
        ("or after", true, [&supposed()[..], &read(0), &read(1)].concat()),
        ("but only once", false, [&supposed()[..], &read(1), &read(2)].concat()),
        ("unless it was twice", true, [&read(1)[..], &supposed(), &read(2), &supposed()].concat()),
    ] {
        let ruling = judge(store, &events);
        assert_eq!(ruling == Ruling::Linearizable, linearizable, "{law}: {ruling:?}");
    }
}

/// Keys do not see each other; time does not see keys.
#[test]
fn keys_are_objects_of_their_own() {
    let events =
        |value| [at_once('A', (1, Put(5)), Done), at_once('B', (2, Get), Value(value))].concat();
    for by_key in [false, true] {
        assert_eq!(judge(Store { by_key }, &events(0)), Ruling::Linearizable);
        assert!(matches!(judge(Store { by_key }, &events(5)), Ruling::NotLinearizable(_)));
    }
}

#[test]
fn a_witness_says_what_cannot_come_next_and_after_what() {
    let witness = |events: &[Event<(u8, Do), Said>]| match judge(Store { by_key: true }, events) {
        Ruling::NotLinearizable(witness) => witness.0,
        other => panic!("{other:?}"),
    };
    let write = |value| at_once('A', (0, Put(value)), Done);
    let read = |value| at_once('B', (0, Get), Value(value));
    assert_eq!(
        witness(&read(3)),
        "nothing explains n1's (0, Get) = Value(3) (due: Value(0)) at the start"
    );
    assert_eq!(
        witness(&[write(1), write(2), read(1)].concat()),
        "nothing explains n1's (0, Get) = Value(1) (due: Value(2)) after \
         n0's (0, Put(1)) = Done, n0's (0, Put(2)) = Done"
    );
    let long: Vec<_> = (1..=9).map(write).collect::<Vec<_>>().concat();
    assert_eq!(
        witness(&[&long[..], &read(1)].concat()),
        "nothing explains n1's (0, Get) = Value(1) (due: Value(9)) after 5 others, \
         n0's (0, Put(6)) = Done, n0's (0, Put(7)) = Done, n0's (0, Put(8)) = Done, \
         n0's (0, Put(9)) = Done"
    );
    // Two reads at the same time that nothing explains, and a third.
    let all = "BCD";
    let asks = all.chars().map(|who| Asks(who, (0, Get)));
    let told = all.chars().map(|who| Told(who, Value(9)));
    let told = witness(&asks.chain(told).collect::<Vec<_>>());
    assert_eq!(
        told,
        "nothing explains n1's (0, Get) = Value(9) (due: Value(0)) or \
         n2's (0, Get) = Value(9) (due: Value(0)) or others at the start"
    );
}

#[test]
fn clients_must_make_sense() {
    let (a, put, get) = (NodeId(0), |value| (0, Put(value)), (0, Get));
    let mut history = History::new(Store { by_key: true });
    let told = history.returned(a, 1, Done).unwrap_err();
    assert_eq!(told.0, "n0 is told Done for number 1, and did not ask");
    history.invoked(a, 1, put(1)).unwrap();
    history.invoked(a, 1, put(1)).unwrap();
    let asked = history.invoked(a, 1, put(2)).unwrap_err();
    assert_eq!(asked.0, "n0 asks for (0, Put(1)) and for (0, Put(2)), both as number 1");
    history.returned(a, 1, Done).unwrap();
    history.returned(a, 1, Done).unwrap();
    let told = history.returned(a, 1, Value(1)).unwrap_err();
    assert_eq!(told.0, "n0's (0, Put(1)) = Done, and then = Value(1)");
    // Others may use the same numbers, and a number may come late.
    history.invoked(NodeId(1), 1, get.clone()).unwrap();
    history.invoked(a, 0, get).unwrap();
    assert_eq!(history.operations(), 3);
    assert_eq!(history.judge(PLENTY), Ruling::Linearizable);
}

/// Saying the same twice supposes one operation.
#[test]
fn what_several_heard_is_one_operation() {
    let mut tale = Tale::new(Store { by_key: true });
    let liar = NodeId(9);
    for (id, by) in [(1, 1), (1, 1), (1, 2), (1, 2), (2, 4)] {
        tale.history.supposed(liar, id, (0, Add(by)));
    }
    assert_eq!(tale.history.operations(), 3);
    for (value, linearizable) in [(7, true), (8, false)] {
        at_once('A', (0, Get), Value(value)).iter().for_each(|event| tale.tell(event));
        assert_eq!(tale.history.judge(PLENTY) == Ruling::Linearizable, linearizable);
    }
}

/// Twenty writes at the same time can be put in more orders than anybody can try.
#[test]
fn a_search_that_takes_too_long_is_given_up() {
    let writes = || (1..=20).zip('A'..).map(|(value, who)| Asks(who, (0, Put(value))));
    let done = ('A'..).take(20).map(|who| Told(who, Done));
    let read = |value| at_once('Y', (0, Get), Value(value));
    let hopeless: Vec<_> = writes().chain(done.clone()).chain(read(99)).collect();
    let mut tale = Tale::new(Store { by_key: true });
    hopeless.iter().for_each(|event| tale.tell(event));
    assert_eq!(
        tale.history.judge(1000),
        Ruling::Undetermined(
            "no order of 21 operations up to n24's (0, Get) = Value(99) was found in 1000 \
             configurations"
                .to_owned()
        )
    );
    // Another key is not held up by it, and can still be wrong.
    at_once('Y', (1, Get), Value(1)).iter().for_each(|event| tale.tell(event));
    assert!(matches!(tale.history.judge(1000), Ruling::NotLinearizable(_)));
    // Where there is an order, it is most often found at once.
    let easy: Vec<_> = writes().chain(done).chain(read(20)).collect();
    let mut tale = Tale::new(Store { by_key: true });
    easy.iter().for_each(|event| tale.tell(event));
    assert_eq!(tale.history.judge(1000), Ruling::Linearizable);
}
