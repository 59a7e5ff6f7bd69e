//! What ron has to say, in words for whoever wrote the file.

use std::ops::Range;

use ron::Error;

use super::bounds;
use super::scene::Scene;
use super::syntax;
use super::tokens::Kind;
use super::words::{did_you_mean, nearest, one_of, quotable};

/// What is wrong, and which bytes of the text are meant.
pub(super) struct Finding {
    pub(super) range: Range<usize>,
    pub(super) problem: String,
    pub(super) help: Option<String>,
}

impl Finding {
    pub(super) fn at(range: Range<usize>, problem: impl Into<String>) -> Self {
        Self { range, problem: problem.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<Option<String>>) -> Self {
        Self { help: help.into(), ..self }
    }
}

pub(super) fn explain(scene: &Scene<'_>) -> Finding {
    if scene.tokens.list.is_empty() {
        return Finding::at(0..0, "the file is empty");
    }
    let read = || scene.tokens.extent(scene.value_read());
    match scene.code {
        Error::NoSuchStructField { expected, found, .. } => {
            unknown(scene, read(), "field", expected, found)
        }
        Error::NoSuchEnumVariant { expected, found, .. } => {
            unknown(scene, read(), "variant", expected, found)
        }
        Error::MissingStructField { field, .. } => missing_field(scene, field),
        Error::DuplicateStructField { field, .. } => duplicate_field(scene, field),
        Error::Message(message) => {
            let value = scene.value_blamed();
            Finding::at(scene.tokens.extent(value), message.as_str())
                .help(syntax::run_on(scene, value))
        }
        Error::InvalidValueForType { expected, .. } => {
            let value = scene.value_read();
            let problem =
                format!("expected {}, found {}", plainly(expected), scene.describe(value));
            Finding::at(read(), problem).help(syntax::run_on(scene, value))
        }
        Error::ExpectedDifferentLength { expected, found } => {
            let container = scene.enclosing().map_or(0, |open| scene.value_of(open));
            let problem = format!("expected {expected}, found {found}");
            Finding::at(scene.tokens.extent(container), problem)
        }
        Error::ExpectedDifferentStructName { expected, found } => {
            let problem = format!("expected `( … )`, found the name `{}`", quotable(found));
            let help = match scene.tokens.kind(scene.value_read() + 1) {
                Some(Kind::Colon) => {
                    format!("write one more pair of brackets: `(({}: … ))`", quotable(found))
                }
                _ => format!("write just `( … )`, or `{expected}( … )`"),
            };
            Finding::at(read(), problem).help(help)
        }
        Error::IntegerOutOfBounds => {
            let problem = match bounds::limit(scene, &read()) {
                Some(limit) => format!("the number must be {limit}"),
                None => "the number does not fit its type".to_owned(),
            };
            Finding::at(read(), problem)
        }
        Error::ExpectedIdentifier | Error::SuggestRawIdentifier(_) => expected_name(scene),
        Error::ExpectedComma
        | Error::ExpectedArrayEnd
        | Error::ExpectedMapEnd
        | Error::ExpectedOptionEnd
        | Error::ExpectedStructLikeEnd => syntax::sequel(scene),
        Error::ExceededRecursionLimit => {
            Finding::at(scene.range_of_next(), "the brackets are nested too deeply")
        }
        _ => syntax::word(scene).unwrap_or_else(|| syntax::kind(scene)),
    }
}

fn unknown(
    scene: &Scene<'_>,
    range: Range<usize>,
    what: &str,
    expected: &[&str],
    found: &str,
) -> Finding {
    let owner = if what == "field" { scene.owner(scene.enclosing()) } else { String::new() };
    let found_shown = quotable(found);
    let problem = match expected {
        [] => format!("unknown {what} `{found_shown}`{owner}: there are none here"),
        names => format!("unknown {what} `{found_shown}`{owner}: expected {}", one_of(names)),
    };
    Finding::at(range, problem).help(did_you_mean(found, expected))
}

fn missing_field(scene: &Scene<'_>, field: &str) -> Finding {
    let open = scene.enclosing();
    let value = open.map_or(0, |open| scene.value_of(open));
    // Where unknown fields are passed over, the missing one may be there under another name.
    let keys = scene.keys(open).into_iter();
    let meant = nearest(field, keys.map(|key| scene.tokens.written(key)));
    let problem = format!("missing field `{field}`{}", scene.owner(open));
    Finding::at(scene.tokens.extent(value), problem)
        .help(meant.map(|key| format!("there is `{key}`: did you mean `{field}`?")))
}

fn duplicate_field(scene: &Scene<'_>, field: &str) -> Finding {
    let open = scene.enclosing();
    let first = scene.keys(open).into_iter().find(|&key| scene.tokens.written(key) == field);
    let problem = format!("field `{field}` is given twice{}", scene.owner(open));
    Finding::at(scene.tokens.extent(scene.value_read()), problem)
        .help(first.map(|key| format!("it is first given in line {}", scene.line_of(key))))
}

/// ron wanted a name: of a field, or of one of the variants of an enum.
fn expected_name(scene: &Scene<'_>) -> Finding {
    let next = scene.next();
    let (range, found) = match scene.code {
        // A name with characters in it that no name has, such as `crash-stop`.
        Error::SuggestRawIdentifier(name) if name.starts_with(char::is_alphabetic) => {
            let range = scene.cursor..scene.cursor + name.len();
            (range, format!("the name `{}`", quotable(name)))
        }
        _ if next < scene.tokens.list.len() => (scene.tokens.extent(next), scene.describe(next)),
        _ => (scene.range_of_next(), scene.describe(next)),
    };
    // ron does not say which names there are, until it meets one that is none of them.
    match scene.instead(&range, "__").map(|error| error.code) {
        Some(
            Error::NoSuchEnumVariant { expected, .. } | Error::NoSuchStructField { expected, .. },
        ) => {
            let written = scene.tokens.string(next);
            let word = written.as_deref().unwrap_or(&scene.tokens.text[range.clone()]);
            let help = match written.as_deref().filter(|word| expected.contains(word)) {
                Some(word) => Some(format!("write it without quotes: `{word}`")),
                None => did_you_mean(word, expected),
            };
            let problem = format!("expected {}, found {found}", one_of(expected));
            Finding::at(range, problem).help(help)
        }
        _ => Finding::at(range, format!("expected a name, found {found}")),
    }
}

/// What a type calls what it expects, for those who do not speak Rust.
fn plainly(expected: &str) -> String {
    let bounds = match expected {
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        "u64" | "usize" => "0 to 18446744073709551615",
        "i8" => "-128 to 127",
        "i16" => "-32768 to 32767",
        "i32" => "-2147483648 to 2147483647",
        "i64" | "isize" => "-9223372036854775808 to 9223372036854775807",
        other => return other.to_owned(),
    };
    format!("a whole number from {bounds}")
}
