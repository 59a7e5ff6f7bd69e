//! `explain` and `list models`: what a scenario can select, in words.

use std::fmt::Write;

use generals_models::catalogue::{self, Entry, Kind};

use crate::layers::explained;

use crate::file::nearest;

use super::open::Shelf;
use super::out::filled;
use super::paste::command;
use super::{Exit, Failure, list, out};

/// All there is to explain.
fn entries() -> impl Iterator<Item = &'static Entry> {
    catalogue::entries().chain(explained::ENTRIES)
}

/// `list models`
pub(super) fn models() -> Result<Exit, Failure> {
    let mut text = String::new();
    let width = entries().map(|entry| entry.name.len()).max().unwrap_or(0);
    for kind in Kind::ALL {
        let _ = writeln!(text, "{}", kind.title());
        for entry in entries().filter(|entry| entry.kind == kind) {
            let name = format!("  {:width$}  ", entry.name);
            text.push_str(&filled(&name, entry.brief.split_whitespace()));
        }
        text.push('\n');
    }
    let _ = writeln!(text, "`{}` says more about each.", command(["explain", "NAME"]));
    out::print(&text)?;
    Ok(Exit::AsExpected)
}

/// `explain NAME`: a model, or a protocol.
pub(super) fn explain(shelf: Shelf, name: &str) -> Result<Exit, Failure> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let meant: Vec<&Entry> = entries().filter(|entry| same(entry.name)).collect();
    if !meant.is_empty() {
        let texts: Vec<String> = meant.into_iter().map(|one| entry(shelf, one)).collect();
        out::print(&texts.join("\n"))?;
        return Ok(Exit::AsExpected);
    }
    if let Some(subject) = shelf.subjects.iter().find(|subject| same(subject.name())) {
        out::print(&list::one(shelf, *subject)?)?;
        return Ok(Exit::AsExpected);
    }
    let models = entries().map(|entry| entry.name);
    let protocols = shelf.subjects.iter().map(|subject| subject.name());
    let hint = match nearest(name, models.chain(protocols)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`list models` and `list` name all there is".to_owned(),
    };
    Err(Failure::Usage(format!("there is no model and no protocol named {name}: {hint}")))
}

fn entry(shelf: Shelf, entry: &Entry) -> String {
    let Entry { name, kind, example, shown_by, about, source, .. } = entry;
    let mut text = format!("{name}, {}\n\n", kind.noun());
    text.push_str(&filled("  ", about.split_whitespace()));
    let _ = writeln!(text, "\n  in a scenario  {example}");
    if shelf.shipped().any(|shipped| shipped.name == *shown_by) {
        let _ = writeln!(text, "  to see it      {}", command(["run", shown_by]));
    }
    if !source.is_empty() {
        text.push_str(&filled("  source         ", source.split_whitespace()));
    }
    text
}
