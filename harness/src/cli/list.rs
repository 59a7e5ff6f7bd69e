//! `list`

use std::fmt::Write;

use crate::file::Source;
use crate::subject::Subject;

use super::open::{Opened, Shelf};
use super::{Exit, Failure, out};

pub(super) fn list(shelf: Shelf) -> Result<Exit, Failure> {
    let mut text = String::new();
    for subject in shelf.subjects {
        protocol(&mut text, *subject);
        for shipped in shelf.shipped() {
            let Opened::Scenario(case) = shelf.open(&Source::new(shipped.name, shipped.text))?
            else {
                continue;
            };
            if case.protocol() == subject.name() {
                let _ = writeln!(text, "  {:36}  {}", shipped.name, case.about());
            }
        }
        text.push('\n');
    }
    out::print(&text)?;
    Ok(Exit::AsExpected)
}

fn protocol(text: &mut String, subject: &dyn Subject) {
    let _ = writeln!(text, "{}: {}", subject.name(), subject.about());
    let _ = writeln!(text, " promises, for config: {}", subject.default_config());
    let promises = subject.promises();
    let width = promises.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, assumptions) in promises {
        let _ = writeln!(text, "  {name:width$}  if {assumptions}");
    }
    text.push_str(" scenarios\n");
}
