//! Finding values by their names.

use super::sample::VALID;
use crate::file::{Source, complain, string_at};

/// `(path, what is there)`, in [`VALID`] and in [`SEED`].
type Row = (&'static [&'static str], &'static str);

fn check(text: &str, rows: &[Row]) {
    let source = Source::new("test.ron", text);
    for &(path, there) in rows {
        let error = complain(&source, path, "no", None);
        let line = text.split('\n').nth(error.line - 1).unwrap();
        let rest: String = line.chars().skip(error.column - 1).collect();
        assert!(rest.starts_with(there), "{path:?} is at {rest:?}\n{error}");
    }
}

#[test]
fn fields_are_found_by_their_path() {
    check(
        VALID,
        &[
            (&[], "( // the textbook"),
            (&["protocol"], "\"om\""),
            (&["config", "m"], "1)"),
            (&["inputs", "0"], "[Attack"),
            (&["inputs", "0", "1"], "Retreat"),
            (&["world", "timing"], "Synchronous(delta"),
            (&["world", "timing", "delta"], "\"10ms\""),
            (&["world", "links", "streak"], "4)"),
            (&["world", "faults", "2"], "Byzantine"),
            (&["world", "faults", "3", "at"], "Time("),
            (&["world", "faults", "3", "at", "0"], "\"5ms\""),
            (&["expect", "agreement"], "OutOfModel"),
            // What is not there is complained about where it would be.
            (&["config", "n"], "(m: 1)"),
            (&["world", "faults", "7", "at"], "{ 2: Byzantine"),
            (&["world", "timing", "delta", "x"], "\"10ms\""),
            (&["nowhere", "at", "all"], "( // the textbook"),
        ],
    );
}

const SEED: &str = r####"#![enable(unwrap_newtypes)]
/* a seed /* nested: ( */ */
(
    scenario: Some((protocol: "om \"1\"", name: r#"a "quoted" (name"#)),
    letter: '(', apostrophe: '\'', byte: b')', bytes: b"((", // a comment: (((
    script: { (Delay, 0, 3, 0): "4ms", ("(", 'x'): "5ms", "two words": [1, 2,], 1_000: 'k' },
    r#type: 5,
    twice: 1, twice: 2,
    last: Wrapped((deep: (7, 8))),
)"####;

#[test]
fn strings_comments_and_wrappers_do_not_confuse() {
    check(
        SEED,
        &[
            (&["scenario"], "Some(("),
            (&["scenario", "protocol"], "\"om"),
            (&["scenario", "name"], "r#\"a"),
            (&["letter"], "'('"),
            (&["bytes"], "b\"(("),
            (&["script", "(Delay, 0, 3, 0)"], "\"4ms\""),
            (&["script", "(Delay,0,3,0)"], "\"4ms\""),
            (&["script", "(Delay, 0, 3, 1)"], "{ (Delay"),
            (&["script", "(\"(\", 'x')"], "\"5ms\""),
            (&["script", "two words", "1"], "2,]"),
            (&["script", "1000"], "'k'"),
            (&["type"], "5"),
            (&["twice"], "2"),
            (&["last", "deep", "1"], "8"),
        ],
    );
}

#[test]
fn strings_are_read_without_parsing_the_rest() {
    let at = |text: &str, path: &[&str]| string_at(&Source::new("test.ron", text), path);
    assert_eq!(at(VALID, &["protocol"]).as_deref(), Some("om"));
    assert_eq!(at(SEED, &["scenario", "protocol"]).as_deref(), Some("om \"1\""));
    assert_eq!(at(SEED, &["scenario", "name"]).as_deref(), Some("a \"quoted\" (name"));
    assert_eq!(at(VALID, &["config"]), None);
    assert_eq!(at(VALID, &["nothing"]), None);
    assert_eq!(at("", &["protocol"]), None);
    // Not even a valid rest is needed.
    for broken in ["(a: %%, protocol: \"om\", b: (x", "(a: [1 (2], 3, protocol: \"om\", b: (x"] {
        assert_eq!(at(broken, &["protocol"]).as_deref(), Some("om"));
    }
    assert_eq!(at("(a: [1, 2), protocol: \"om\"", &["protocol"]), None);
}
