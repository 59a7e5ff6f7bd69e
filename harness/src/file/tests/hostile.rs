//! Files made to hurt.

use std::fs;

use generals_models::Chance;
use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::sample::{Header, Scenario, VALID};
use crate::file::{ReadError, Source, complain, nearest, parse, read, string_at};

/// Goes through everything with one text; the place must exist.
fn survive(text: &str) {
    let source = Source::new("evil.ron", text);
    let lines: Vec<&str> = text.split('\n').collect();
    let complaints = [
        parse::<Scenario>(&source).err(),
        parse::<Header>(&source).err(),
        parse::<IgnoredAny>(&source).err(),
        parse::<Chance>(&source).err(),
        Some(complain(&source, &["world", "faults", "2"], "no", None)),
        Some(complain(&source, &["0", "0", "0", "x"], "no", None)),
    ];
    for error in complaints.into_iter().flatten() {
        let line = lines.get(error.line - 1).expect("a line of the text");
        assert!(error.column <= line.chars().count() + 1, "{error:?}");
        let report = error.to_string();
        assert!(report.len() < 10_000, "{} bytes", report.len());
        assert!(!report.contains(|c: char| c.is_control() && c != '\n'), "{report:?}");
        assert!(report.contains(&format!("evil.ron:{}:{}", error.line, error.column)), "{report}");
    }
    drop(string_at(&source, &["protocol"]));
}

#[test]
fn deep_nesting_ends_neatly() {
    for bracket in ["(", "[", "{", "Some(", "(a:", "[(", "{(", "((", "([{", "/*", "r#", "{0:"] {
        survive(&bracket.repeat(100_000));
    }
    for text in ["(((1)))", "[[[1]]]"] {
        assert!(parse::<IgnoredAny>(&Source::new("deep.ron", text)).is_ok());
    }
    let deep = format!("(world: {}{})", "[".repeat(100_000), "]".repeat(100_000));
    let error = parse::<Header>(&Source::new("deep.ron", deep)).unwrap_err();
    assert_eq!(error.problem, "the brackets are nested too deeply");
    assert_eq!(error.line, 1);
}

#[test]
fn garbage_ends_quickly() {
    let pieces = [
        "\0", "(", ")", "[)", "(]", "])}", "\"", "\\", "'", "r#\"", "r###", "b'", "/*", "*/",
        "//\n", "/", ",", ":", "a:", "1", "-", "_", "+.", "e", "é", "\u{feff}", "\t", "\r", "#![",
        "a,", "1,", "\"\\", "''", "'\\", "\"a\" ", "..", "(((]]]",
    ];
    for piece in pieces {
        survive(&piece.repeat((1 << 18) / piece.len()));
        survive(&format!("(protocol: {}", piece.repeat((1 << 16) / piece.len())));
    }
    let all = pieces.concat();
    survive(&all.repeat((1 << 20) / all.len()));
}

#[test]
fn numbers_that_are_no_chances_are_refused_in_place() {
    let bad = ["NaN", "-NaN", "inf", "-inf", "+inf", "1e400", "-1e400", "2", "-0.5", "1e-300"];
    for bad in bad.into_iter().chain(["1.0000001", "340282366920938463463374607431768211456"]) {
        let error = parse::<Chance>(&Source::new("chance.ron", format!("\n  {bad}"))).unwrap_err();
        assert_eq!((error.line, error.column), (2, 3), "{error}");
    }
}

#[test]
fn a_header_ignores_everything_else() {
    let rests = [
        "order: Attack, orders: [Attack, Retreat(1, 2), Wait { }]".replace("{ }", "()"),
        "script: { (Delay, 0, 3, 0): \"4ms\", (Drop, 1, 2, 3): \"5ms\" }".to_owned(),
        "world: (timing: Partial(delta: \"1ms\", gst: Some(Time((1, 2)))), faults: { 2: Byzantine })"
            .to_owned(),
        "events: 1_000_000, big: 340282366920938463463374607431768211456, x: 0xFF, y: -1.5e3".into(),
        "nan: NaN, inf: -inf, unit: (), none: None, some: Some(1), yes: true, c: 'c'".to_owned(),
        "raw: r#\"a \"b\" c\"#, bytes: b\"abc\", byte: b'a', r#type: 1, r#a-b: r#c-d".to_owned(),
        "nested: { \"a\": { 1: [(), ((),), (x: [])] } }, empty: [], none: {}, named: Name".to_owned(),
        "newtype: Name(Name(Name(1))), unit: Name(), tuple: Name(1, a, \"b\",), suffix: 5u16".to_owned(),
    ];
    for rest in rests {
        for text in [
            format!("(protocol: \"om\", {rest})"),
            format!("( /* first */ {rest}, protocol: \"om\", ) // last"),
        ] {
            let source = Source::new("seed.ron", text);
            match parse::<Header>(&source) {
                Ok(header) => assert_eq!(header.protocol, "om"),
                Err(error) => panic!("{error}"),
            }
            assert_eq!(string_at(&source, &["protocol"]).as_deref(), Some("om"));
        }
    }
    let error = parse::<Header>(&Source::new("seed.ron", "(protocl: \"om\")")).unwrap_err();
    assert_eq!(error.problem, "missing field `protocol`");
    assert!(error.help.unwrap().contains("there is `protocl`"));
}

#[test]
fn files_are_read_with_care() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let said = |name: &str| read(&path(name)).unwrap_err().to_string();

    fs::write(path("om.ron"), VALID).unwrap();
    assert_eq!(read(&path("om.ron")).unwrap().text, VALID);
    fs::write(path("bom.ron"), format!("\u{feff}{VALID}")).unwrap();
    assert_eq!(read(&path("bom.ron")).unwrap().text, VALID);
    fs::write(path("full.ron"), vec![b' '; 256 * 1024]).unwrap();
    assert!(read(&path("full.ron")).is_ok());
    fs::write(path("large.ron"), vec![b' '; 256 * 1024 + 1]).unwrap();
    assert!(said("large.ron").ends_with("large.ron` is too large: a file may have 256 KiB"));
    fs::write(path("latin.ron"), b"(\n  no\xe9l: 1)").unwrap();
    assert!(
        said("latin.ron").ends_with("begins at byte 6 (line 2, column 5)"),
        "{}",
        said("latin.ron")
    );
    assert!(said("").ends_with("is a directory, not a file"));
    assert!(said("on.ron").ends_with("om.ron`?"), "{}", said("on.ron"));
    assert!(matches!(read(&path("zebra")), Err(ReadError::Missing { nearest: None, .. })));
    assert!(read(&path("nowhere/om.ron")).is_err());
    assert!(read(&path("om.ron/om.ron")).is_err());
    assert!(read(&path("nul\0.ron")).is_err());
    assert!(!said("evil\u{1b}[2J.ron").contains('\u{1b}'));
}

#[test]
fn the_nearest_word() {
    let words = ["reliable", "FairLoss", "loss", "delta", "n", "streak"];
    let near = |word| nearest(word, words);
    assert_eq!(near("relaible"), Some("reliable"));
    assert_eq!(near("fairloss"), Some("FairLoss"));
    assert_eq!(near("los"), Some("loss"));
    assert_eq!(near("steak"), Some("streak"));
    assert_eq!(near("m"), None);
    assert_eq!(near(""), None);
    assert_eq!(near("liar"), None);
    assert_eq!(near(&"x".repeat(1 << 20)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,40}|(?s:.{0,40})") {
        survive(&text);
    }

    /// What looks like RON gets further than noise does.
    #[test]
    fn any_row_of_words_is_survived(words in prop::collection::vec(prop::sample::select(&[
        "(", ")", "[", "]", "{", "}", ",", ":", "\"", "'", "\\", "r#", "#", "b", "/*", "*/", "//", "\n",
        "\r\n", " ", "a", "world", "protocol", "Some", "None", "1", "-", "0x", "1e9", "_", ".", "é", "\u{2028}",
        "u16", "\0", "\t", "inf", "NaN",
    ][..]), 0..40)) {
        survive(&words.concat());
    }

    #[test]
    fn any_damage_to_a_scenario_is_survived(
        cuts in prop::collection::vec((0..VALID.len(), 0..12_usize, "[\\PC\\n\\r\\t\\x00]{0,3}|[()\\[\\]{}\",:'\\\\/*#r0-9a]{0,4}"), 1..4),
    ) {
        let mut text = VALID.to_owned();
        for (at, length, instead) in cuts {
            let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
            let range = boundary(at).unwrap_or(0)..boundary(at + length).unwrap_or(0);
            text.replace_range(range, &instead);
        }
        survive(&text);
    }
}
