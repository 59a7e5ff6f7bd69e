//! Laws of the checker, against one that tries everything.

use generals::{History, NodeId, Ruling, Specification};
use proptest::prelude::*;

use super::common::{Asks, Do, Event, PLENTY, Said, Store, Supposed, Tale, Told, judge};

type Happened = Event<(u8, Do), Said>;

// --- the other checker

/// One operation, with the places of its ends among the events.
#[derive(Clone)]
struct Whole {
    begin: usize,
    end: Option<(usize, Said)>,
    what: (u8, Do),
}

fn wholes(events: &[Happened]) -> Vec<Whole> {
    let mut all: Vec<(char, Whole)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Asks(who, what) => {
                all.push((*who, Whole { begin: at, end: None, what: what.clone() }));
            }
            Told(who, said) => {
                let (_, last) = all.iter_mut().rfind(|(other, _)| other == who).unwrap();
                last.end = Some((at, *said));
            }
            // Before everything, and without an end.
            Supposed(what) => all.push(('Z', Whole { begin: 0, end: None, what: what.clone() })),
        }
    }
    all.into_iter().map(|(_, whole)| whole).collect()
}

/// Whether one of all orders of one of all choices of operations explains the history: as the
/// definition has it.
fn by_definition(events: &[Happened]) -> bool {
    let all = wholes(events);
    let unanswered: Vec<usize> = (0..all.len()).filter(|i| all[*i].end.is_none()).collect();
    (0..1_u32 << unanswered.len()).any(|chosen| {
        let taken = |i: &usize| match unanswered.iter().position(|other| other == i) {
            Some(at) => chosen >> at & 1 == 1,
            None => true,
        };
        let mut order: Vec<usize> = (0..all.len()).filter(taken).collect();
        some_permutation(&mut order, 0, &|order| explains(&all, order))
    })
}

fn some_permutation(order: &mut [usize], from: usize, good: &dyn Fn(&[usize]) -> bool) -> bool {
    if from == order.len() {
        return good(order);
    }
    (from..order.len()).any(|i| {
        order.swap(from, i);
        let found = some_permutation(order, from + 1, good);
        order.swap(from, i);
        found
    })
}

fn explains(all: &[Whole], order: &[usize]) -> bool {
    let store = Store { by_key: false };
    let mut state = store.initial();
    let legal = order.iter().all(|i| {
        let said = store.apply(&mut state, &all[*i].what);
        all[*i].end.is_none_or(|(_, told)| told == said)
    });
    // Nothing stands behind what began after its end.
    let late = |i: usize, j: usize| all[j].end.is_some_and(|(end, _)| end < all[i].begin);
    legal && order.iter().enumerate().all(|(at, i)| !order[at..].iter().any(|j| late(*i, *j)))
}

// --- histories

fn operation(keys: u8) -> impl Strategy<Value = (u8, Do)> {
    let what = prop_oneof![
        3 => Just(Do::Get),
        2 => (1..3_u8).prop_map(Do::Put),
        1 => (0..3_u8, 0..3_u8).prop_map(|(old, new)| Do::Cas(old, new)),
        1 => Just(Do::Add(1)),
    ];
    (0..keys, what)
}

/// What a step of a random history may be, where a process is idle and where it waits.
#[derive(Clone, Debug)]
struct Chance {
    who: usize,
    asks: (u8, Do),
    value: u8,
    swapped: bool,
    supposed: bool,
}

fn chance(keys: u8) -> impl Strategy<Value = Chance> {
    let odds = proptest::bool::weighted(0.08);
    (0..4_usize, operation(keys), 0..3_u8, any::<bool>(), odds).prop_map(
        |(who, asks, value, swapped, supposed)| Chance { who, asks, value, swapped, supposed },
    )
}

/// A history of four processes that are told anything.
fn told_anything(chances: &[Chance], most: usize) -> Vec<Happened> {
    let (mut under_way, mut begun) = ([const { None }; 4], 0);
    let mut events = Vec::new();
    for chance in chances {
        let who = char::from(b'A' + u8::try_from(chance.who).unwrap());
        let told = match &under_way[chance.who] {
            Some(Do::Get | Do::Add(_)) => Some(Said::Value(chance.value)),
            Some(Do::Put(_)) => Some(Said::Done),
            Some(Do::Cas(..)) => Some(Said::Swapped(chance.swapped)),
            None => None,
        };
        if let Some(told) = told {
            under_way[chance.who] = None;
            events.push(Told(who, told));
        } else if begun < most {
            begun += 1;
            if chance.supposed {
                events.push(Supposed(chance.asks.clone()));
            } else {
                under_way[chance.who] = Some(chance.asks.1.clone());
                events.push(Asks(who, chance.asks.clone()));
            }
        }
    }
    events
}

/// An operation, and how long before and after its instant it begins and ends, if it does.
type Stretched = ((u8, Do), u32, Option<u32>);

fn stretched() -> impl Strategy<Value = Vec<Stretched>> {
    let one = (operation(3), 1..50_u32, proptest::option::weighted(0.9, 1..50_u32));
    proptest::collection::vec(one, 0..60)
}

/// Carries operations out one by one, ten apart, and stretches each around its instant. Each is a
/// process of its own.
fn stretch(all: &[Stretched]) -> Vec<Happened> {
    let store = Store { by_key: false };
    let mut state = store.initial();
    let mut timed = Vec::new();
    for (i, (what, before, after)) in all.iter().enumerate() {
        let at = 100 + 10 * u32::try_from(i).unwrap();
        let who = char::from_u32(u32::from('A') + u32::try_from(i).unwrap()).unwrap();
        let said = store.apply(&mut state, what);
        timed.push((at - before, Asks(who, what.clone())));
        timed.extend(after.map(|after| (at + after, Told(who, said))));
    }
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, event)| event).collect()
}

// --- the laws

fn is_linearizable(ruling: &Ruling) -> bool {
    match ruling {
        Ruling::Linearizable => true,
        Ruling::NotLinearizable(_) => false,
        Ruling::Undetermined(why) => panic!("{why}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    /// In one piece or by key, asked once or after each event, with a limit that is raised bit by
    /// bit or without: the answer is that of the definition.
    #[test]
    fn all_ways_of_asking_give_the_answer_of_the_definition(
        chances in proptest::collection::vec(chance(2), 0..16),
    ) {
        let events = told_anything(&chances, 6);
        let expected = by_definition(&events);
        for by_key in [false, true] {
            prop_assert_eq!(is_linearizable(&judge(Store { by_key }, &events)), expected);

            let mut step_by_step = Tale::new(Store { by_key });
            let mut bit_by_bit = Tale::new(Store { by_key });
            let mut ruling = Ruling::Linearizable;
            for (i, event) in events.iter().enumerate() {
                step_by_step.tell(event);
                ruling = step_by_step.history.judge(PLENTY);
                prop_assert_eq!(is_linearizable(&ruling), by_definition(&events[..=i]));
                bit_by_bit.tell(event);
                bit_by_bit.history.judge(u64::try_from(i).unwrap());
            }
            prop_assert_eq!(is_linearizable(&ruling), expected);
            prop_assert_eq!(is_linearizable(&bit_by_bit.history.judge(PLENTY)), expected);
        }
    }

    /// A limit may leave the answer open, and never makes it another.
    #[test]
    fn a_limit_makes_no_answer_wrong(
        chances in proptest::collection::vec(chance(1), 0..16),
        most in 0..20_u64,
    ) {
        let events = told_anything(&chances, 6);
        let mut tale = Tale::new(Store { by_key: true });
        events.iter().for_each(|event| tale.tell(event));
        match tale.history.judge(most) {
            Ruling::Undetermined(_) => {}
            ruling => prop_assert_eq!(is_linearizable(&ruling), by_definition(&events)),
        }
    }

    /// Nothing is left of a history that was cleared.
    #[test]
    fn a_cleared_history_is_a_new_one(
        before in proptest::collection::vec(chance(3), 0..30),
        after in proptest::collection::vec(chance(3), 0..30),
    ) {
        let (before, after) = (told_anything(&before, 9), told_anything(&after, 9));
        let mut tale = Tale::new(Store { by_key: true });
        before.iter().for_each(|event| tale.tell(event));
        tale.history.judge(PLENTY);
        let mut fresh = Tale::new(Store { by_key: true });
        std::mem::swap(&mut tale.history, &mut fresh.history);
        fresh.history.clear();
        prop_assert_eq!(fresh.history.operations(), 0);
        let mut again = Tale::new(Store { by_key: true });
        std::mem::swap(&mut again.history, &mut fresh.history);
        after.iter().for_each(|event| again.tell(event));
        prop_assert_eq!(again.history.judge(PLENTY), judge(Store { by_key: true }, &after));
    }

    /// However long operations take around the instant of their effect, and whether they are ever
    /// answered.
    #[test]
    fn what_was_carried_out_one_by_one_is_linearizable(all in stretched()) {
        let events = stretch(&all);
        for by_key in [false, true] {
            let mut tale = Tale::new(Store { by_key });
            for event in &events {
                tale.tell(event);
                prop_assert_eq!(tale.history.judge(PLENTY), Ruling::Linearizable);
            }
            prop_assert_eq!(judge(Store { by_key }, &events), Ruling::Linearizable);
        }
    }

    /// The same, with one answer that nobody could have given.
    #[test]
    fn and_with_a_value_from_nowhere_it_is_not(all in stretched(), which in any::<prop::sample::Index>()) {
        let mut events = stretch(&all);
        let reads: Vec<usize> = (0..events.len())
            .filter(|i| matches!(events[*i], Told(_, Said::Value(_))))
            .collect();
        prop_assume!(!reads.is_empty());
        if let Told(_, said) = &mut events[*which.get(&reads)] {
            *said = Said::Value(200);
        }
        let ruling = judge(Store { by_key: true }, &events);
        prop_assert!(matches!(ruling, Ruling::NotLinearizable(_)), "{:?}", ruling);
    }
}

/// Random histories are of both kinds, or the laws above say little.
#[test]
fn random_histories_are_of_both_kinds() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut yes = 0;
    for _ in 0..1000 {
        let chances = proptest::collection::vec(chance(2), 8..16);
        let events = told_anything(&chances.new_tree(&mut runner).unwrap().current(), 6);
        yes += u32::from(is_linearizable(&judge(Store { by_key: true }, &events)));
    }
    assert!((200..800).contains(&yes), "{yes} of 1000 are linearizable");
}

/// So many operations on one object, some four at a time, as one after the other would have been. The
/// very first is never answered, and one is only supposed.
fn long(n: u32) -> History<Store> {
    let store = Store { by_key: false };
    let mut history = History::new(store);
    let mut state = store.initial();
    let mut timed = Vec::new();
    for i in 0..n {
        // Of no importance, as long as it is mixed.
        let mixed = i.wrapping_mul(2_654_435_761) >> 8;
        let value = u8::try_from(mixed % 5).unwrap();
        let what = match mixed / 5 % 3 {
            0 => Do::Put(value),
            1 => Do::Cas(value, 7),
            _ => Do::Get,
        };
        let said = store.apply(&mut state, &(0, what.clone()));
        timed.push((100 + 10 * i - mixed / 15 % 20, i, Asks('A', (0, what))));
        timed.push((100 + 10 * i + 1 + mixed / 300 % 20, i, Told('A', said)));
    }
    timed.sort_by_key(|(time, ..)| *time);
    history.invoked(NodeId(1), 0, (0, Do::Put(100))).unwrap();
    history.supposed(NodeId(2), 0, (0, Do::Add(100)));
    for (_, i, event) in timed {
        match event {
            Asks(_, what) => history.invoked(NodeId(0), i.into(), what).unwrap(),
            Told(_, said) => history.returned(NodeId(0), i.into(), said).unwrap(),
            Supposed(_) => {}
        }
    }
    history
}

/// A search looks at little more than one configuration for each operation.
#[test]
fn a_long_history_is_soon_settled() {
    let mut history = long(10_000);
    assert_eq!(history.operations(), 10_002);
    assert_eq!(history.judge(30_000), Ruling::Linearizable);
}

/// Then all that might have been is looked at, but nothing of it twice.
#[test]
fn so_is_a_long_one_that_ends_with_a_value_from_nowhere() {
    let n = 500;
    let mut history = long(n);
    history.invoked(NodeId(0), n.into(), (0, Do::Get)).unwrap();
    history.returned(NodeId(0), n.into(), Said::Value(50)).unwrap();
    let ruling = history.judge(PLENTY);
    let Ruling::NotLinearizable(witness) = ruling else { panic!("{ruling:?}") };
    let wrong = "n0's (0, Get) = Value(50)";
    assert!(witness.0.contains(wrong), "{witness}");
}
