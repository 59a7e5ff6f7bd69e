//! `list`: what there is, and what it claims.

use std::fmt::Write;

use crate::file::Source;
use crate::scenario::SOUND;
use crate::subject::{Case, Subject};

use super::open::{Opened, Shelf};
use super::out::filled;
use super::{Exit, Failure, out};

pub(super) fn list(shelf: Shelf) -> Result<Exit, Failure> {
    let mut text = String::new();
    for subject in shelf.subjects {
        text.push_str(&one(shelf, *subject)?);
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "Every protocol also promises `{SOUND}`, in any world: no panic, no message to a node that\n\
         does not exist, no events that keep time from going on."
    );
    out::print(&text)?;
    Ok(Exit::AsExpected)
}

/// One protocol, with its scenarios.
pub(super) fn one(shelf: Shelf, subject: &dyn Subject) -> Result<String, Failure> {
    let mut text = String::new();
    let promises = subject.promises();
    protocol(&mut text, subject, &promises);
    let mut cases = Vec::new();
    for shipped in shelf.shipped() {
        if let Opened::Scenario(case) = shelf.open(&Source::new(shipped.name, shipped.text))?
            && case.protocol() == subject.name()
        {
            cases.push((shipped.name, case));
        }
    }
    let width = cases.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, case) in &cases {
        text.push_str(&filled(&format!("    {name:width$}  "), case.about().split_whitespace()));
        for (names, assumptions) in other_promises(&**case, &promises) {
            let other = format!("({}: {assumptions})", names.join(", "));
            text.push_str(&filled(&format!("    {:width$}  ", ""), other.split_whitespace()));
        }
    }
    Ok(text)
}

fn protocol(text: &mut String, subject: &dyn Subject, promises: &[(String, String)]) {
    let _ = writeln!(text, "{}: {}", subject.name(), subject.about());
    let config = subject.default_config();
    if config != "()" {
        let _ = writeln!(text, "  config, if a scenario gives none: {config}");
    }
    text.push_str("  promises, and the harshest worlds they are made for\n");
    let width = promises.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, assumptions) in promises {
        text.push_str(&filled(&format!("    {name:width$}  "), assumptions.split_whitespace()));
    }
    text.push_str("  scenarios, and what is promised there if it is something else\n");
}

/// What the configuration of a scenario promises and the default one does not: promises by the
/// assumptions they share.
fn other_promises<'c>(
    case: &'c dyn Case,
    default: &[(String, String)],
) -> Vec<(Vec<&'c str>, &'c str)> {
    let mut groups: Vec<(Vec<&str>, &str)> = Vec::new();
    for row in case.promises().iter().filter(|row| row.name != SOUND) {
        if default.iter().any(|(name, under)| (name, under) == (&row.name, &row.assumptions)) {
            continue;
        }
        match groups.iter_mut().find(|(_, assumptions)| *assumptions == row.assumptions) {
            Some((names, _)) => names.push(&row.name),
            None => groups.push((vec![&row.name], &row.assumptions)),
        }
    }
    groups
}
