//! Choices and their alternatives.

use generals_models::{Among, Chance, Choose, Concern, Kindest, Span, Stream};
use proptest::prelude::*;

use crate::common::{A, Harshest, Nobody, config};
use crate::links::sometimes;

fn amongs() -> impl Strategy<Value = Among> {
    let number = || prop_oneof![0u64..5, any::<u64>(), Just(u64::MAX)];
    prop_oneof![
        number().prop_map(Among::Below),
        sometimes().prop_map(|ppm| Among::Chance(Chance::ppm(ppm))),
        (sometimes(), 0u32..9)
            .prop_map(|(ppm, of)| Among::Odds { chance: Chance::ppm(ppm.min(999_999)), of }),
        (number(), 1u32..9)
            .prop_map(|(span, grain)| Among::Length { span: Span::nanos(span), grain }),
        (0u32..70).prop_map(|most| Among::Doublings { most }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nobody_is_asked_where_there_is_nothing_to_choose(among in amongs()) {
        let stream = Stream::node(Concern::Coin, A);
        match among.forced() {
            Some(answer) => {
                prop_assert!(answer <= among.largest());
                prop_assert_eq!(Nobody.choose(stream, among), answer);
            }
            None => {
                prop_assert!(among.largest() >= 1, "a choice has two alternatives at least");
                prop_assert_eq!(Kindest.choose(stream, among), 0);
                prop_assert_eq!(Harshest.choose(stream, among), among.largest());
            }
        }
    }

    /// What an explorer tells apart starts with the kindest, ends with the harshest, and has no
    /// alternative twice.
    #[test]
    fn distinguished_answers_go_from_the_kindest_to_the_largest(among in amongs()) {
        prop_assume!(among.forced().is_none() && among.largest() < u64::MAX);
        let many = among.distinguished();
        prop_assert!(many >= 1);
        prop_assert_eq!(among.nth(0), 0);
        if many > 1 {
            prop_assert_eq!(among.nth(many - 1), among.largest());
        }
        for i in 1..many.min(100) {
            prop_assert!(among.nth(i) > among.nth(i - 1));
        }
    }
}

#[test]
fn a_length_is_told_apart_by_its_grain_and_no_finer_than_nanoseconds() {
    let among = |span, grain| Among::Length { span: Span::nanos(span), grain };
    for (span, grain, expected) in [
        (9, 1, vec![0]),
        (9, 2, vec![0, 9]),
        (9, 4, vec![0, 3, 6, 9]),
        (9, 3, vec![0, 4, 9]),
        (1, 5, vec![0, 1]),
        (u64::MAX, 3, vec![0, u64::MAX / 2, u64::MAX]),
    ] {
        let among = among(span, grain);
        let all: Vec<u64> = (0..among.distinguished()).map(|i| among.nth(i)).collect();
        assert_eq!(all, expected, "{among:?}");
    }
}
