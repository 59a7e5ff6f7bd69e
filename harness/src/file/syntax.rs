//! What is wrong with the form of a text, whatever type it was to be.

use ron::Error;

use super::explain::Finding;
use super::scene::Scene;
use super::tokens::{Bracket, Kind};
use super::words::quotable;

/// ron had read a value, and what follows it is neither a comma nor the end of the container.
pub(super) fn sequel(scene: &Scene<'_>) -> Finding {
    let next = scene.next();
    let range = scene.range_of_next();
    let open = scene.enclosing();
    if range.start < scene.cursor && scene.tokens.kind(next) == Some(Kind::Number) {
        // The integer ended in the midst of the word.
        let written = scene.tokens.written(next);
        let is_decimal = written.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
        let what = if is_decimal { "whole number" } else { "number" };
        return Finding::at(range, format!("`{}` is not a {what}", quotable(written)));
    }
    let ends = matches!(scene.tokens.kind(next), None | Some(Kind::Close(_)));
    if let Some(open) = open.filter(|&open| ends && scene.tokens.list[open].mate.is_none()) {
        return never_closed(scene, open);
    }
    let closing = match open.and_then(|open| scene.tokens.kind(open)) {
        Some(Kind::Open(Bracket::Square)) => "]",
        Some(Kind::Open(Bracket::Curly)) => "}",
        _ => ")",
    };
    let comma = if *scene.code == Error::ExpectedComma { "`,` or" } else { "the closing" };
    Finding::at(range, format!("expected {comma} `{closing}`, found {}", scene.describe(next)))
        .help(next.checked_sub(1).and_then(|before| run_on(scene, before)))
}

fn never_closed(scene: &Scene<'_>, open: usize) -> Finding {
    let next = scene.next();
    let token = scene.tokens.list[open];
    let met = scene.tokens.list.get(next).map(|_| {
        let (closing, line) = (scene.tokens.written(next), scene.line_of(next));
        format!("the `{closing}` in line {line} does not close it")
    });
    let problem = format!("this `{}` is never closed", scene.tokens.written(open));
    Finding::at(token.start..token.end, problem).help(met)
}

/// A hint for texts of many lines: most likely, a quote is missing long before the error.
pub(super) fn run_on(scene: &Scene<'_>, value: usize) -> Option<String> {
    let lines = scene.tokens.written(value).matches('\n').count();
    let begins = (scene.tokens.kind(value) == Some(Kind::Text) && lines > 0).then_some(value)?;
    let line = scene.line_of(begins);
    Some(format!(
        "the text that begins in line {line} ends in line {}: is a quote missing?",
        line + lines
    ))
}

/// What is wrong inside a single word, or between two.
pub(super) fn word(scene: &Scene<'_>) -> Option<Finding> {
    let text = scene.tokens.text;
    let next = scene.range_of_next();
    let last = scene.tokens.list.last().map_or(0..0, |token| token.start..token.end);
    Some(match scene.code {
        Error::ExpectedStringEnd => Finding::at(next, "this text is never closed")
            .help("the closing `\"` is missing".to_owned()),
        Error::UnclosedBlockComment => Finding::at(last, "this comment is never closed")
            .help("the closing `*/` is missing".to_owned()),
        Error::UnexpectedChar(c) => {
            let start = text[..scene.cursor].strip_suffix(*c)?.strip_suffix('/')?.len();
            Finding::at(start..start + 1, "a comment begins with `//` or with `/*`")
        }
        Error::InvalidEscape(problem) => {
            let start = text[..scene.cursor].rfind('\\')?;
            let problem = format!("bad escape in a text: {}", problem.to_lowercase());
            Finding::at(start..scene.cursor, problem).help("a `\\` itself is `\\\\`".to_owned())
        }
        Error::InvalidIntegerDigit { digit, base } if *base != 10 => {
            let problem = format!("{digit:?} is no digit of a number of base {base}");
            Finding::at(next, problem)
        }
        Error::UnderscoreAtBeginning | Error::FloatUnderscore => {
            Finding::at(next, "a `_` must stand between two digits")
        }
        Error::NoSuchExtension(name) => {
            Finding::at(next, format!("RON has no extension named `{}`", quotable(name)))
        }
        Error::ExpectedAttribute | Error::ExpectedAttributeEnd => {
            Finding::at(next, "expected `#![enable(…)]`, or the file without any `#`")
        }
        _ => return None,
    })
}

/// One kind of thing was expected, and there is another.
pub(super) fn kind(scene: &Scene<'_>) -> Finding {
    let next = scene.next();
    let range = scene.range_of_next();
    let found = scene.describe(next);
    let wanted = match scene.code {
        Error::ExpectedArray => "a list `[ … ]`",
        Error::ExpectedMap => "a map `{ … }`",
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) => "`( … )`",
        Error::ExpectedBoolean => "`true` or `false`",
        // An `a` to `f` is read as a digit, of a base that has none.
        Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } => "a whole number",
        Error::ExpectedFloat => "a number",
        Error::ExpectedString => "text in quotes",
        Error::ExpectedChar => "a character in single quotes",
        Error::ExpectedUnit => "`()`",
        Error::ExpectedMapColon => "`:`",
        Error::UnexpectedChar(_) | Error::Eof => "a value",
        Error::TrailingCharacters => "the end of the file",
        other => return Finding::at(range, format!("this is not valid RON: {other}")),
    };
    if let (None, Some(open)) = (scene.tokens.kind(next), scene.enclosing()) {
        return never_closed(scene, open);
    }
    let written = quotable(scene.tokens.written(next));
    let help = match (scene.code, scene.tokens.kind(next)) {
        (Error::ExpectedString, Some(Kind::Name | Kind::Number)) => {
            Some(format!("write it in quotes: \"{written}\""))
        }
        (Error::ExpectedInteger | Error::ExpectedFloat, Some(Kind::Text)) => {
            let number = written.trim_matches('"');
            let is_number = number.starts_with(|c: char| c.is_ascii_digit());
            is_number.then(|| format!("write it without quotes: {number}"))
        }
        (Error::TrailingCharacters, _) => Some("a bracket may be closed too early".into()),
        _ => None,
    };
    Finding::at(range, format!("expected {wanted}, found {found}")).help(help)
}
