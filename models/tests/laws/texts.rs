//! Chances and lengths of time, as texts.

use generals_models::{BadChance, BadSpan, Chance, Span, Time};
use proptest::prelude::*;

use crate::common::config;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_chance_survives_its_text_and_a_file(ppm in 0..=Chance::WHOLE) {
        let chance = Chance::ppm(ppm);
        prop_assert_eq!(chance.to_string().parse(), Ok(chance));
        prop_assert_eq!(ron::from_str(&ron::to_string(&chance).unwrap()), Ok(chance));
        prop_assert_eq!(format!("{ppm}/1000000").parse(), Ok(chance));
    }

    #[test]
    fn every_length_of_time_survives_its_text_and_a_file(
        nanos in prop_oneof![any::<u64>(), 0u64..10_000, (0u64..20_000).prop_map(|s| s * 1_000_000_000)],
    ) {
        let (span, time) = (Span::nanos(nanos), Time::nanos(nanos));
        prop_assert_eq!(span.to_string().parse(), Ok(span));
        prop_assert_eq!(ron::from_str(&ron::to_string(&span).unwrap()), Ok(span));
        prop_assert_eq!(ron::from_str(&ron::to_string(&time).unwrap()), Ok(time));
    }

    /// No text at all brings the parsers down.
    #[test]
    fn any_text_is_a_length_a_chance_or_refused(text in "[0-9._/eE+\\- nmsuhiµ]{0,24}|\\PC{0,12}") {
        if let Ok(span) = text.parse::<Span>() {
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
        if let Ok(chance) = text.parse::<Chance>() {
            prop_assert!(chance <= Chance::CERTAIN);
        }
    }
}

#[test]
fn chances_are_exact_or_refused() {
    let too_fine = |text: &str| BadChance::TooFine(text.into());
    let outside = |text: &str| BadChance::OutOfRange(text.into());
    let no_number = |text: &str| BadChance::NotANumber(text.into());
    for (text, expected) in [
        ("0", Ok(0)),
        ("1", Ok(1_000_000)),
        ("1.0", Ok(1_000_000)),
        ("0.2", Ok(200_000)),
        ("1/5", Ok(200_000)),
        (" 3 / 8 ", Ok(375_000)),
        ("0.000001", Ok(1)),
        ("0.200000000", Ok(200_000)),
        ("1/3", Err(too_fine("1/3"))),
        ("0.0000001", Err(too_fine("0.0000001"))),
        ("0.30000000000000004", Err(too_fine("0.30000000000000004"))),
        ("-0.1", Err(outside("-0.1"))),
        ("1.000001", Err(outside("1.000001"))),
        ("2/1", Err(outside("2/1"))),
        ("1/0", Err(outside("1/0"))),
        ("99999999999999999999", Err(outside("99999999999999999999"))),
        ("NaN", Err(no_number("NaN"))),
        ("inf", Err(no_number("inf"))),
        ("1e-3", Err(no_number("1e-3"))),
        ("20%", Err(no_number("20%"))),
        ("", Err(no_number(""))),
        (".5", Err(no_number(".5"))),
    ] {
        assert_eq!(text.parse::<Chance>().map(Chance::as_ppm), expected, "{text:?}");
    }
}

#[test]
fn lengths_of_time_are_exact_or_refused() {
    let no_number = |text: &str| BadSpan::NoNumber(text.into());
    let no_unit = |text: &str| BadSpan::NoUnit(text.into());
    let unknown = |text: &str| BadSpan::UnknownUnit(text.into());
    let outside = |text: &str| BadSpan::OutOfRange(text.into());
    for (text, expected) in [
        ("0ms", Ok(0)),
        ("10ms", Ok(10_000_000)),
        (" 1.5 ms ", Ok(1_500_000)),
        ("1_000us", Ok(1_000_000)),
        ("2h", Ok(7_200_000_000_000)),
        ("0.5min", Ok(30_000_000_000)),
        ("18446744073709551615ns", Ok(u64::MAX)),
        ("18446744073709551616ns", Err(outside("18446744073709551616ns"))),
        ("99999999999h", Err(outside("99999999999h"))),
        ("0.5ns", Err(outside("0.5ns"))),
        ("10", Err(no_unit("10"))),
        ("10 parsecs", Err(unknown("parsecs"))),
        ("10MS", Err(unknown("MS"))),
        ("1e3ms", Err(unknown("e3ms"))),
        ("-5ms", Err(no_number("-5ms"))),
        ("ms", Err(no_number("ms"))),
        ("5.ms", Err(no_number("5.ms"))),
        (".5ms", Err(no_number(".5ms"))),
        ("1.2.3ms", Err(no_number("1.2.3ms"))),
        ("NaN", Err(no_number("NaN"))),
        ("", Err(no_number(""))),
    ] {
        assert_eq!(text.parse::<Span>().map(Span::as_nanos), expected, "{text:?}");
    }
}
