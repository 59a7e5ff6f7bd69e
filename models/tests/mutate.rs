//! What is derived from a message's fields: every kind of field, and none that harms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use generals_models::mutate::{numbers, parity};
use generals_models::{Message, NodeId, Observed, Opaque, Span, Time, mutate, mutations};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// All that may become of a message, in words, with these having been seen.
fn seen<M: Message>(message: &M, before: &[M]) -> Vec<String> {
    let mut observed = Observed::default();
    before.iter().for_each(|message| observed.note(message));
    mutations(message, &observed, &[]).into_iter().map(|(_, words)| words).collect()
}

fn words<M: Message>(message: &M) -> Vec<String> {
    seen(message, &[])
}

// --- which values, and in which order

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Order {
    Retreat,
    Attack,
    Wait(u8),
    Siege,
}

#[test]
fn the_neighbours_of_a_number_stay_within_its_type() {
    assert_eq!(words(&7_u8), ["7 -> 8", "7 -> 6", "7 -> 0", "7 -> 255"]);
    assert_eq!(words(&0_u8), ["0 -> 1", "0 -> 255"]);
    assert_eq!(words(&u8::MAX), ["255 -> 254", "255 -> 0"]);
    assert_eq!(words(&i8::MAX), ["127 -> 126", "127 -> 0", "127 -> -128"]);
    assert_eq!(words(&i8::MIN), ["-128 -> -127", "-128 -> 0", "-128 -> 127"]);
    let edge = |n: String| words(&u128::MAX).contains(&format!("{} -> {n}", u128::MAX));
    assert!(edge((u128::MAX - 1).to_string()) && edge("0".to_owned()));
    assert_eq!(words(&i128::MIN)[0], format!("{} -> {}", i128::MIN, i128::MIN + 1));
    assert_eq!(words(&NodeId(2))[..2], ["2 -> 3", "2 -> 1"]);
}

/// Each of these says by itself what the derived mutations of that kind of field are.
#[test]
fn every_kind_of_field_has_its_neighbours() {
    assert_eq!(words(&true), ["true -> false"]);
    assert_eq!(words(&'a'), ["'a' -> 'b'"]);
    assert_eq!(words(&'\u{d7ff}'), [""; 0]);
    assert_eq!(words(&char::MAX), [""; 0]);
    assert_eq!(words(&"order".to_owned()), ["\"order\" -> \"\""]);
    assert_eq!(words(&String::new()), [""; 0]);
    assert_eq!(words(&1.5_f64), ["1.5 -> -1.5", "1.5 -> 0.0"]);
    assert_eq!(words(&Some(())), ["Some(()) -> None"]);
    assert_eq!(words(&None::<u8>), [""; 0]);
    assert_eq!(words(&()), [""; 0]);
    assert_eq!(words(&vec![(), ()]), ["[(), ()] -> [()]", "[(), ()] -> [(), (), ()]"]);
    let list = ["[true, false] -> [true]", "[true, false] -> [true, false, false]"];
    let swapped = "[true, false] -> [false, true]";
    let elements = ["[0]: true -> false", "[1]: false -> true"];
    assert_eq!(words(&vec![true, false]), [&elements[..], &list, &[swapped]].concat());
    assert_eq!(words(&(true, ())), ["0: true -> false"]);
    assert_eq!(
        words(&BTreeMap::from([(5_u8, true)]))[4..],
        ["[0]: true -> false", "{5: true} -> {}"]
    );
    // An element twice is no other set.
    let set = words(&BTreeSet::from([true]));
    assert_eq!(set, ["[0]: true -> false", "[true] -> []"]);
}

#[test]
fn a_variant_becomes_any_other_even_one_that_nobody_sent() {
    // `Wait` carries data, and there is none.
    assert_eq!(words(&Order::Attack), ["Attack -> Siege", "Attack -> Retreat"]);
    let wait = words(&Order::Wait(0));
    let carrying = ["Wait: 0 -> 1", "Wait: 0 -> 255"];
    let variants = ["Wait(0) -> Siege", "Wait(0) -> Retreat", "Wait(0) -> Attack"];
    assert_eq!(wait, [&carrying[..], &variants].concat());

    #[derive(Clone, Debug, Serialize, Deserialize)]
    enum Phase {
        Prepare { view: bool },
        Commit { view: bool },
        Reply(bool),
    }
    let phases = words(&Phase::Prepare { view: true });
    assert_eq!(
        phases,
        ["Prepare.view: true -> false", "Prepare{view: true} -> Commit{view: true}"]
    );
    assert_eq!(
        words(&Phase::Commit { view: true })[1],
        "Commit{view: true} -> Prepare{view: true}"
    );
    assert_eq!(words(&Phase::Reply(true)), ["Reply: true -> false"]);
}

#[test]
fn what_was_seen_in_the_same_place_comes_first_and_in_order() {
    let says = |order: u8, path: &[u8]| (order, path.to_vec());
    let before = [says(9, &[1, 2]), says(4, &[3]), says(9, &[1, 2])];
    let words = seen(&says(4, &[3]), &before);
    assert_eq!(words[..3], ["0: 4 -> 9", "0: 4 -> 5", "0: 4 -> 3"]);
    // What was seen in one place of a list may stand in any other, but not in another field.
    let elements: Vec<_> = words.iter().filter(|words| words.starts_with("1[0]")).collect();
    assert_eq!(elements[..3], ["1[0]: 3 -> 1", "1[0]: 3 -> 2", "1[0]: 3 -> 4"]);
    assert!(!elements.contains(&&"1[0]: 3 -> 9".to_owned()));
    // Whole parts too, and last of all the whole message.
    assert!(words.contains(&"1: [3] -> [1, 2]".to_owned()));
    assert_eq!(words.last().unwrap(), "(4, [3]) -> (9, [1, 2])");

    assert_eq!(seen(&None, &[Some(3_u8), None]), ["None -> Some(3)"]);
    assert_eq!(seen(&String::new(), &["seen".to_owned()]), ["\"\" -> \"seen\""]);
    assert_eq!(seen(&Vec::<u8>::new(), &[vec![1]]), ["[] -> [1]"]);
}

#[test]
fn an_observed_place_is_bounded_and_is_forgotten() {
    let mut observed = Observed::default();
    (100..200_u64).for_each(|n| observed.note(&n));
    let of = |observed: &Observed<u64>| -> Vec<u64> {
        mutations(&7, observed, &[]).into_iter().map(|(n, _)| n).collect()
    };
    assert_eq!(of(&observed), (100..116).chain([8, 6, 0, u64::MAX]).collect::<Vec<_>>());
    observed.clear();
    assert_eq!(of(&observed), [8, 6, 0, u64::MAX]);

    // A place for every key, and every key another.
    let mut observed = Observed::default();
    for i in 0..20_u32 {
        observed
            .note(&(0..1000).map(|k| (format!("{}", i * 1000 + k), k)).collect::<BTreeMap<_, _>>());
    }
    let places = format!("{observed:?}");
    assert_eq!(places, format!("Observed({} places)", Observed::<()>::PLACES));
}

#[test]
fn the_first_pick_is_the_field_and_the_second_what_becomes_of_it() {
    let message = (1_u8, true, Order::Attack);
    let pick = |picks: [u64; 2]| {
        let (mut asked, mut picks) = (Vec::new(), picks.into_iter());
        let mut pick = |n| {
            asked.push(n);
            picks.next().unwrap()
        };
        let (_, words) = mutate(&message, &Observed::default(), &[], &mut pick).unwrap();
        (asked, words)
    };
    assert_eq!(pick([0, 0]), (vec![3, 3], "0: 1 -> 2".to_owned()));
    assert_eq!(pick([0, 2]), (vec![3, 3], "0: 1 -> 255".to_owned()));
    assert_eq!(pick([1, 0]), (vec![3, 1], "1: true -> false".to_owned()));
    assert_eq!(pick([2, 1]), (vec![3, 2], "2: Attack -> Retreat".to_owned()));
    // Who picks what there is not gets the last.
    assert_eq!(pick([9, 9]).1, "2: Attack -> Retreat");
    assert_eq!(mutate(&(), &Observed::default(), &[], &mut |_| panic!("nothing to pick")), None);
}

#[test]
fn numbers_are_those_of_all_fields() {
    let message =
        (1_u8, Some(-1_i16), vec![(2_u64, "3")].into_iter().map(|(n, t)| (n, t.to_owned())));
    let message =
        (message.0, message.1, message.2.collect::<Vec<_>>(), Order::Wait(8), 1_u128 << 64);
    assert_eq!(numbers(&message), [1, u64::MAX, 2, 8, 0]);
    assert!(!parity(&message));
    assert!(parity(&(message, 7_u8)));
    assert!(numbers(&Opaque(7)).is_empty());
}

// --- whatever serde can do to a type

/// The mutations of a message are messages, others than it, and come again.
#[track_caller]
fn sound<M: Message + PartialEq>(message: &M, at_least: usize) -> Vec<M> {
    let all = mutations(message, &Observed::default(), &[]);
    assert!(all.len() >= at_least, "{message:?}: {all:?}");
    for (mutation, words) in &all {
        assert!(!words.is_empty());
        assert_ne!(mutation, message, "{words}");
    }
    let again = mutations(message, &Observed::default(), &[]);
    assert_eq!(format!("{all:?}"), format!("{again:?}"));
    all.into_iter().map(|(mutation, _)| mutation).collect()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    Both { number: u64, order: Order },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Vote { view: u64, order: Order },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
enum Beside {
    FirstVote(u64),
    SecondVote(u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    view: u64,
    order: Order,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    header: Header,
    #[serde(flatten)]
    rest: BTreeMap<String, bool>,
    #[serde(rename = "Time", skip_serializing_if = "Option::is_none", default)]
    time: Option<Span>,
    #[serde(skip)]
    lost: u8,
}

#[test]
fn every_way_of_serde_to_write_an_enum_is_understood() {
    let both = sound(&Untagged::Both { number: 3, order: Order::Attack }, 4);
    assert!(both.contains(&Untagged::Both { number: 4, order: Order::Attack }));
    // Serde buffers what is untagged, and does not ask for the variants of an enum inside; but one
    // that was seen will do.
    let siege = Untagged::Both { number: 3, order: Order::Siege };
    let before = seen(&Untagged::Both { number: 3, order: Order::Attack }, &[siege]);
    assert!(before.contains(&"order: Attack -> Siege".to_owned()));
    assert!(sound(&Untagged::Number(3), 4).contains(&Untagged::Number(2)));
    assert!(sound(&Untagged::Text("a".into()), 1).contains(&Untagged::Text(String::new())));

    let vote = sound(&Tagged::Vote { view: 0, order: Order::Attack }, 2);
    assert!(vote.contains(&Tagged::Vote { view: 1, order: Order::Attack }));
    assert_eq!(seen(&Tagged::Nothing, &[Tagged::Vote { view: 1, order: Order::Siege }]).len(), 1);

    assert!(sound(&Beside::FirstVote(7), 5).contains(&Beside::SecondVote(7)));

    let header = Header { view: 0, order: Order::Attack };
    let rest = BTreeMap::from([("a".to_owned(), true)]);
    let flat = Flat { header, rest, time: Some(Span::millis(5)), lost: 0 };
    let flats = sound(&flat.clone(), 4);
    assert!(flats.iter().any(|other| other.rest.get("a") == Some(&false)));
    assert!(flats.iter().any(|other| other.header != flat.header));
    // Written, not read back, and not invented.
    assert!(sound(&Flat { lost: 7, ..flat }, 4).iter().all(|other| other.lost == 0));
}

/// A length of time is a number to a mutation, also where serde has to buffer what it reads.
#[test]
fn times_are_numbers() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Waits {
        For { span: Span },
        Until { time: Time },
    }
    let waits = sound(&Waits::For { span: Span::millis(5) }, 2);
    assert!(waits.contains(&Waits::For { span: Span::nanos(5_000_001) }), "{waits:?}");
    sound(&Waits::Until { time: Time::nanos(7) }, 2);
    assert!(sound(&Span::millis(5), 2).contains(&Span::nanos(4_999_999)));
    assert!(ron::from_str::<Span>("5").is_err(), "in a file it has a unit");
}

#[test]
fn std_types_are_understood() {
    sound(&Duration::from_millis(1500), 4);
    sound(&IpAddr::V4(Ipv4Addr::LOCALHOST), 8);
    assert!(sound(&Ok::<u8, u8>(1), 3).contains(&Err(1)));
    sound(&(PhantomData::<u8>, Box::new(1_u8), std::cell::Cell::new(2_u8)), 6);
    sound(&[1_u16, 2, 3], 11);
    sound(&(1_u8..5), 6);
    sound(
        &BTreeMap::from([((1_u8, Order::Siege), Some(Some(2_u8))), ((2, Order::Attack), None)]),
        8,
    );
    sound(&std::borrow::Cow::<'static, str>::Owned("moo".into()), 1);
    sound(&f32::NAN, 1);
    sound(&vec![f64::NAN, f64::INFINITY, -0.0], 5);
    sound(&(u128::MAX, i128::MIN, u64::MAX, i64::MIN), 10);
    sound(&Some(Some(None::<u8>)), 2);
}

/// As bytes, which a derive never writes.
#[derive(Clone, Debug, PartialEq)]
struct Digest([u8; 2]);

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Two;
        impl serde::de::Visitor<'_> for Two {
            type Value = Digest;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("two bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                bytes.try_into().map(Digest).map_err(E::custom)
            }
        }
        deserializer.deserialize_bytes(Two)
    }
}

#[test]
fn what_a_type_refuses_is_no_mutation() {
    // Two bytes, never none.
    assert_eq!(sound(&Digest([1, 2]), 1), [Digest([1, 3])]);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(try_from = "u8", into = "u8")]
    struct Even(u8);
    impl TryFrom<u8> for Even {
        type Error = String;
        fn try_from(n: u8) -> Result<Self, String> {
            if n.is_multiple_of(2) { Ok(Self(n)) } else { Err(format!("{n} is odd")) }
        }
    }
    impl From<Even> for u8 {
        fn from(Even(n): Even) -> Self {
            n
        }
    }
    assert_eq!(sound(&(Even(4), true), 2), [(Even(0), true), (Even(4), false)]);

    /// Makes the best of what it reads.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Clamped(#[serde(deserialize_with = "at_most_nine")] u8);
    fn at_most_nine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        u8::deserialize(deserializer).map(|n| n.min(9))
    }
    // The same value is no mutation, and the words say what came out.
    assert_eq!(words(&Clamped(9)), ["9 -> 8", "9 -> 0"]);
    assert_eq!(words(&Clamped(7)), ["7 -> 8", "7 -> 6", "7 -> 0", "7 -> 9"]);
}

#[test]
fn what_cannot_be_taken_apart_is_left_alone() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Refusing {
        #[serde(skip)]
        Hidden,
        Shown(u8),
    }
    assert!(words(&Refusing::Hidden).is_empty());
    assert!(words(&(1_u8, Refusing::Hidden)).is_empty());
    assert_eq!(words(&Refusing::Shown(0)).len(), 2);

    #[derive(Clone, Debug)]
    struct Theirs;
    assert!(words(&(1_u8, Opaque(Theirs))).is_empty());

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Deep(u8, Option<Box<Self>>);
    let deep = |floors: usize| (0..floors).fold(Deep(0, None), |d, _| Deep(1, Some(Box::new(d))));
    assert!(!words(&deep(20)).is_empty());
    assert!(words(&deep(2000)).is_empty());
    assert!(numbers(&deep(2000)).is_empty());
    let mut observed = Observed::default();
    observed.note(&deep(2000));
    assert!(words(&vec![0_u8; 1 << 17]).is_empty());
}

/// What wraps itself reads on for ever, if something else stands in its place.
#[test]
fn a_type_that_wraps_itself_does_not_hang() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Wrapped(Option<Box<Self>>);
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Either {
        Number(u64),
        Wrapped(Wrapped),
    }
    assert_eq!(sound(&Either::Number(1), 3).len(), 3);
    sound(&Either::Wrapped(Wrapped(Some(Box::new(Wrapped(None))))), 1);
}

#[test]
fn a_large_message_costs_a_bounded_time() {
    let large: Vec<(u64, bool)> = (0..20_000).map(|n| (n, n % 2 == 0)).collect();
    // 60,001 values, and no more than 64 attempts.
    let all = mutations(&large, &Observed::default(), &[]);
    assert!((1..=64).contains(&all.len()), "{}", all.len());
    let (other, _) = mutate(&large, &Observed::default(), &[], &mut |n| n - 1).unwrap();
    assert_ne!(other, large);
}

// --- any message, any picks

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Any {
    Unit,
    Flag(bool),
    Numbers { a: u8, b: i64, c: u128 },
    Text(String, char),
    List(Vec<Self>),
    Map(BTreeMap<u8, Self>),
    Maybe(Option<Box<Self>>),
    Pair(Box<(Self, Order)>),
    Untagged(Untagged),
}

fn any_message() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        Just(Any::Unit),
        any::<bool>().prop_map(Any::Flag),
        any::<(u8, i64, u128)>().prop_map(|(a, b, c)| Any::Numbers { a, b, c }),
        any::<(String, char)>().prop_map(|(text, c)| Any::Text(text, c)),
        any::<u64>().prop_map(|n| Any::Untagged(Untagged::Number(n))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Any::List),
            prop::collection::btree_map(any::<u8>(), inner.clone(), 0..4).prop_map(Any::Map),
            prop::option::of(inner.clone().prop_map(Box::new)).prop_map(Any::Maybe),
            inner.prop_map(|one| Any::Pair(Box::new((one, Order::Attack)))),
        ]
    })
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever was seen and whatever is picked: another message, and the same one every time.
    #[test]
    fn a_mutation_is_another_message(
        message in any_message(),
        before in prop::collection::vec(any_message(), 0..6),
        picks in any::<[u64; 2]>(),
    ) {
        let mut observed = Observed::default();
        before.iter().for_each(|message| observed.note(message));
        let once = |observed: &Observed<Any>| {
            let mut picks = picks.into_iter();
            mutate(&message, observed, &[], &mut |n| picks.next().unwrap_or(0) % n)
        };
        let mutation = once(&observed);
        prop_assert_eq!(&mutation, &once(&observed));
        if let Some((other, words)) = &mutation {
            prop_assert_ne!(other, &message, "{}", words);
            prop_assert!(mutations(&message, &observed, &[]).contains(&(other.clone(), words.clone())));
        }
        // Used again, it is as good as new.
        observed.note(&message);
        observed.clear();
        before.iter().for_each(|message| observed.note(message));
        prop_assert_eq!(once(&observed), mutation);
    }
}
