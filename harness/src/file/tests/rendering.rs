//! What a report looks like.

use super::error;
use super::sample::VALID;
use crate::file::{FileError, Source, complain};

#[track_caller]
fn is(error: &FileError, report: &str) {
    assert_eq!(format!("\n{error}\n"), report);
}

#[test]
fn with_help() {
    is(
        &error(&VALID.replacen("delta", "dleta", 1)),
        r#"
error: unknown field `dleta` in `Synchronous`: expected `delta`
 --> test.ron:6:29
  |
6 |         timing: Synchronous(dleta: "10ms"),
  |                             ^^^^^
  |
  = help: did you mean `delta`?
"#,
    );
}

#[test]
fn without_help() {
    is(
        &complain(&Source::new("test.ron", VALID), &["world", "faults"], "too many faults", None),
        r#"
error: too many faults
 --> test.ron:8:17
  |
8 |         faults: { 2: Byzantine, 3: CrashStop(at: Time("5ms")) },
  |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn the_excerpt_of_a_long_line_is_short() {
    let text = format!("({}nodes: 1 2{})", "x: 1, ".repeat(50_000), ", y: 2".repeat(50_000));
    let source = Source::new("long.ron", text);
    let error = complain(&source, &["nodes"], "no", None);
    assert_eq!((error.line, error.column), (1, 300_009));
    let report = error.to_string();
    assert!(report.lines().all(|line| line.chars().count() < 120), "{report}");
    assert!(report.contains("x: 1, nodes: 1 2, y: 2"), "{report}");
}

#[test]
fn long_names_are_cut() {
    let error = error(&VALID.replacen("delta", &"long".repeat(100_000), 1));
    let report = error.to_string();
    assert!(report.len() < 1_000, "{report}");
    assert!(error.problem.starts_with("unknown field `longlong"), "{report}");
    assert!(error.problem.ends_with("expected `delta`"), "{report}");
    // A message of one of our own types.
    let error = super::error(&VALID.replacen("10ms", &"9".repeat(100_000), 1));
    assert!(error.problem.chars().count() < 700, "{error}");
    assert!(error.problem.contains("has no unit: write it like"), "{error}");
}

#[test]
fn nothing_is_printed_that_moves_the_cursor() {
    let evil = "\u{1b}[2J\u{7}\r\u{202e}\u{feff}\u{9b}";
    let text = VALID.replacen("Byzantine", &format!("'{evil}', \"{evil}\""), 1);
    let source = Source::new(format!("a{evil}b\n.ron"), text);
    let error = complain(&source, &["world", "faults"], format!("no{evil}\n"), Some(evil.into()));
    for report in [error.to_string(), super::error(&source.text).to_string()] {
        let hidden = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{feff}".contains(c);
        assert!(!report.contains(hidden), "{report:?}");
        assert!(report.contains("\\u{1b}[2J"), "{report:?}");
    }
}

#[test]
fn columns_are_counted_in_characters() {
    let error = error(&VALID.replacen("    nodes: 4", "\t/* ⊥ é 将軍 */ nods: 4", 1));
    assert_eq!((error.line, error.column), (5, 19), "{error}");
    let report = error.to_string();
    assert!(report.contains("test.ron:5:19"), "{report}");
}

#[test]
fn carriage_returns_change_nothing() {
    let text = VALID.replacen("nodes: 4", "nods: 4", 1).replace('\n', "\r\n");
    let report = error(&text).to_string();
    assert_eq!(report, error(&text.replace('\r', "")).to_string());
}

#[test]
fn colours_change_nothing_but_colours() {
    let error = error(&VALID.replacen("delta", "dleta", 1));
    let coloured = error.coloured();
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    for (nth, part) in coloured.split('\u{1b}').enumerate() {
        plain += if nth == 0 { part } else { part.split_once('m').unwrap().1 };
    }
    assert_eq!(plain, error.to_string());
}
