//! Every kind of mistake: where the error points, and what it says.

mod hostile;
mod paths;
mod rendering;
mod sample;

use super::{FileError, Source, parse};
use sample::{Scenario, VALID};

/// The error that a text gives when read as a scenario.
fn error(text: &str) -> FileError {
    match parse::<Scenario>(&Source::new("test.ron", text)) {
        Ok(scenario) => panic!("{text} was taken for {scenario:?}"),
        Err(error) => error,
    }
}

/// `(what is replaced, what by, where the error is, what it says)`
type Mistake = (&'static str, &'static str, (usize, usize), &'static [&'static str]);

/// Made in [`VALID`], one at a time.
const MISTAKES: &[Mistake] = &[
    // Names that do not exist.
    (
        "Synchronous(delta:",
        "Synchronous(dleta:",
        (6, 29),
        &["unknown field `dleta` in `Synchronous`: expected `delta`", "did you mean `delta`?"],
    ),
    (
        "nodes: 4",
        "nods: 4",
        (5, 9),
        &["unknown field `nods` in `world`: expected one of `nodes`, `timing`", "mean `nodes`?"],
    ),
    ("nodes: 4", "zebras: 4", (5, 9), &["unknown field `zebras` in `world`"]),
    (
        "2: Byzantine",
        "2: Bizantine",
        (8, 22),
        &[
            "unknown variant `Bizantine`: expected one of `CrashStop` or `Byzantine`",
            "`Byzantine`?",
        ],
    ),
    ("2: Byzantine", "2: byzantine", (8, 22), &["did you mean `Byzantine`?"]),
    ("Synchronous(delta", "Synchronouss(delta", (6, 17), &["did you mean `Synchronous`?"]),
    ("OutOfModel", "Out_Of_Model", (14, 28), &["unknown variant `Out_Of_Model`"]),
    ("adversary: Liar", "adversary: Li-ar", (9, 20), &["found the name `Li-ar`", "mean `Liar`?"]),
    // Values of another type.
    (
        "nodes: 4",
        "nodes: \"4\"",
        (5, 16),
        &["expected a whole number, found the text \"4\"", "without"],
    ),
    ("nodes: 4", "nodes: four", (5, 16), &["expected a whole number, found the name `four`"]),
    ("nodes: 4", "nodes: red", (5, 16), &["expected a whole number, found the name `red`"]),
    ("nodes: 4", "nodes: 4.5", (5, 16), &["`4.5` is not a whole number"]),
    ("nodes: 4", "nodes: 4ms", (5, 16), &["`4ms` is not a number"]),
    ("nodes: 4", "nodes: ,", (5, 16), &["expected a whole number, found `,`"]),
    ("nodes: 4", "nodes: [4]", (5, 16), &["expected a whole number, found a list"]),
    ("\"om\"", "om", (2, 15), &["expected text in quotes, found the name `om`", "quotes: \"om\""]),
    ("\"om\"", "real", (2, 15), &["expected text in quotes, found the name `real`"]),
    (
        "Liar",
        "\"Liar\"",
        (9, 20),
        &["expected one of `Silent` or `Liar`", "without quotes: `Liar`"],
    ),
    ("Liar", "\"Lair\"", (9, 20), &["found the text \"Lair\"", "did you mean `Liar`?"]),
    ("Liar", "5", (9, 20), &["expected one of `Silent` or `Liar`, found the number `5`"]),
    (
        "Synchronous(delta: \"10ms\")",
        "(delta: \"10ms\")",
        (6, 17),
        &["expected one of `Synchronous` or `Asynchronous`, found `( … )`"],
    ),
    ("Synchronous(delta: \"10ms\")", "Synchronous", (6, 28), &["expected `( … )`, found `,`"]),
    ("config: (m: 1)", "config: 1", (3, 13), &["expected `( … )`, found the number `1`"]),
    ("config: (m: 1)", "config: Cfg(m: 1)", (3, 13), &["found the name `Cfg`", "just `( … )`"]),
    ("[Attack, Retreat]", "Attack", (4, 18), &["expected a list `[ … ]`, found the name"]),
    ("{ 0: [", "[ 0: [", (4, 13), &["expected a map `{ … }`, found a list"]),
    ("\"10s\"", "10s", (11, 23), &["`10` has no unit"]),
    // Numbers that do not fit.
    ("nodes: 4", "nodes: 1_000_000_000_000", (5, 16), &["the number must be at most 65535"]),
    ("nodes: 4", "nodes: -4", (5, 16), &["the number must be at least 0"]),
    ("nodes: 4", "nodes: 0x1_0000", (5, 16), &["the number must be at most 65535"]),
    ("{ 0: [", "{ 65536: [", (4, 15), &["the number must be at most 65535"]),
    ("(m: 1)", "(m: 256)", (3, 17), &["the number must be at most 255"]),
    ("1_000_000", "99999999999999999999", (13, 17), &["at most 18446744073709551615"]),
    ("1_000_000", "1__e", (13, 17), &["expected a whole number, found the number `1__e`"]),
    ("nodes: 4", "nodes: 300u8", (5, 16), &["the number does not fit its type"]),
    ("nodes: 4", "nodes: 0b12", (5, 16), &["'2' is no digit of a number of base 2"]),
    // What our own types have to say.
    ("delta: \"10ms\"", "delta: \"10\"", (6, 36), &["`10` has no unit: write it like \"10ms\""]),
    ("delta: \"10ms\"", "delta: 10", (6, 36), &["`10` has no unit"]),
    ("delta: \"10ms\"", "delta: 10ms", (6, 36), &["`10` has no unit"]),
    ("delta: \"10ms\"", "delta: \"10 parsecs\"", (6, 36), &["`parsecs` is no unit of time"]),
    ("delta: \"10ms\"", "delta: [10]", (6, 36), &["expected a length of time", "found a list"]),
    ("delta: \"10ms\"", "delta: Ten ", (6, 36), &["length of time", "found the name `Ten`"]),
    ("delta: \"10ms\"", "delta: (ms: 10)", (6, 36), &["length of time", "found `( … )`"]),
    ("Time(\"5ms\")", "Time(\"5\")", (8, 55), &["`5` has no unit"]),
    ("loss: 0.2", "loss: 1.2", (7, 31), &["a chance lies between 0 and 1, not at 1.2"]),
    ("loss: 0.2", "loss: NaN", (7, 31), &["chance"]),
    ("loss: 0.2", "loss: inf", (7, 31), &["chance"]),
    ("loss: 0.2", "loss: -inf", (7, 31), &["chance"]),
    ("loss: 0.2", "loss: 1e400", (7, 31), &["chance"]),
    ("loss: 0.2", "loss: \"1/3\"", (7, 31), &["parts per million"]),
    (
        "loss: 0.2",
        "loss: true",
        (7, 31),
        &["expected a chance from 0 to 1", "found the name `true`"],
    ),
    ("loss: 0.2", "loss: 0.2x", (7, 31), &["`0.2x` is not a number"]),
    ("(horizon: \"10s\",", "(horizon: \"0s\",", (11, 13), &["the horizon is no time at all"]),
    // Fields too few or too many.
    ("delta: \"10ms\"", "", (6, 17), &["missing field `delta` in `Synchronous`"]),
    ("    nodes: 4,\n", "", (4, 46), &["missing field `nodes` in `world`"]),
    ("streak: 4", "streak: 4, loss: 0.1", (7, 47), &["field `loss` is given twice", "in line 7"]),
    // Punctuation.
    ("nodes: 4,", "nodes: 4", (6, 9), &["expected `,` or `)`, found the name `timing`"]),
    ("nodes: 4", "nodes 4", (5, 15), &["expected `:`, found the number `4`"]),
    ("[Attack, Retreat]", "[Attack Retreat]", (4, 26), &["expected `,` or `]`"]),
    (
        "[Attack, Retreat]",
        "[Attack, Retreat)",
        (4, 18),
        &["this `[` is never closed", "`)` in line 4"],
    ),
    ("nodes: 4", "\"nodes\": 4", (5, 9), &["expected one of `nodes`", "without quotes: `nodes`"]),
    ("nodes: 4", ": 4", (5, 9), &["expected one of `nodes`", "found `:`"]),
    (
        "\"agreement\": Out",
        "agreement: Out",
        (14, 15),
        &["expected text in quotes", "\"agreement\""],
    ),
    // Words.
    ("\"10ms\"", "\"10ms", (6, 36), &["is no unit of time", "begins in line 6 ends in line 8"]),
    ("\"om\"", "\"om", (6, 37), &["found the number `10ms`", "begins in line 2 ends in line 6"]),
    ("\"agreement\"", "\"agreement", (14, 15), &["this text is never closed"]),
    ("\"om\"", "\"o\\q\"", (2, 17), &["bad escape in a text"]),
    ("// the textbook", "/ the textbook", (1, 3), &["a comment begins with `//` or with `/*`"]),
    ("// the textbook", "/* the textbook", (1, 3), &["this comment is never closed"]),
    ("( // the", "#( // the", (1, 2), &["without any `#`"]),
    ("nodes: 4", "nodes: _4", (5, 16), &["a `_` must stand between two digits"]),
];

#[test]
fn mistakes_are_found_where_they_are() {
    assert!(parse::<Scenario>(&Source::new("test.ron", VALID)).is_ok());
    let mut wrong = String::new();
    for &(from, to, place, says) in MISTAKES {
        assert!(VALID.contains(from), "{from} is not in the sample");
        let error = error(&VALID.replacen(from, to, 1));
        let report = error.to_string();
        let says_all = says.iter().all(|part| report.contains(part));
        if (error.line, error.column) != place || !says_all {
            wrong += &format!("{from} -> {to}: not at {place:?} or not {says:?}:\n{report}\n\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_never_closed_is_pointed_at() {
    let open = VALID.trim_end().strip_suffix(')').unwrap();
    let error = error(open);
    assert_eq!((error.line, error.column), (1, 1), "{error}");
    assert_eq!(error.problem, "this `(` is never closed");
}

#[test]
fn tuples_have_a_length() {
    let error = |text| parse::<[(u8, u8, u8); 1]>(&Source::new("test.ron", text)).unwrap_err();
    let short = error("( // one\n (1, 2) )");
    assert_eq!((short.line, short.column), (2, 2), "{short}");
    assert_eq!(short.problem, "expected a tuple of size 3, found 2");
    let long = error("( (1, 2, 3, 4) )");
    assert_eq!((long.line, long.column), (1, 13), "{long}");
    assert_eq!(long.problem, "expected the closing `)`, found the number `4`");
}

#[test]
fn wrapped_structs_need_brackets_of_their_own() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code)]
    enum Timing {
        Custom(Drift),
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code)]
    struct Drift {
        ppm: u8,
    }
    let error = parse::<Timing>(&Source::new("test.ron", "Custom(ppm: 1)")).unwrap_err();
    assert_eq!((error.line, error.column), (1, 8), "{error}");
    assert_eq!(error.help.as_deref(), Some("write one more pair of brackets: `((ppm: … ))`"));
    assert!(parse::<Timing>(&Source::new("test.ron", "Custom((ppm: 1))")).is_ok());
}

#[test]
fn what_follows_the_end_is_pointed_at() {
    let error = error(&format!("{VALID}\n  what is this"));
    assert_eq!((error.line, error.column), (17, 3), "{error}");
    assert!(error.problem.contains("expected the end of the file, found the name `what`"));
}

#[test]
fn empty_files_are_called_empty() {
    for text in ["", "\n\n", "// nothing here\n", "/* nor here */"] {
        let error = error(text);
        assert_eq!((error.line, error.column), (1, 1), "{error}");
        assert_eq!(error.problem, "the file is empty");
    }
}

#[test]
fn optional_values_need_no_some() {
    let seed = |seed: &str| {
        let text = VALID.replacen("protocol:", &format!("{seed} protocol:"), 1);
        parse::<Scenario>(&Source::new("test.ron", text)).unwrap().seed
    };
    assert_eq!(seed("seed: 56,"), Some(56));
    assert_eq!(seed("seed: Some(56),"), Some(56));
    assert_eq!(seed("seed: None,"), None);
    assert_eq!(seed(""), None);
    let error = error(&VALID.replacen("protocol:", "seed: \"56\", protocol:", 1));
    assert!(error.problem.contains("expected a whole number"), "{error}");
}
