//! What a campaign found: a promise that did not simply hold, and its shrunk story.

use std::fmt::Write;
use std::path::Path;

use crate::check::VerdictKind;
use crate::choosers::Origin;
use crate::fuzz::run_twice;
use crate::shrink::{self, Target};
use crate::subject::Case;
use crate::trace::Zoom;

use super::campaign::Ran;
use super::paste::command;
use super::story::Story;
use super::{Exit, Failure, out, watchdog};
use crate::report::grouped;

/// A scenario, and what its campaign came to.
pub(super) struct Fuzzed {
    pub(super) name: String,
    pub(super) case: Box<dyn Case>,
    pub(super) ran: Ran,
    pub(super) findings: Vec<Finding>,
}

/// Something that was broken, undetermined or missing in a campaign.
pub(super) struct Finding {
    /// The promise, and its place among those of the case.
    pub(super) promise: String,
    place: usize,
    /// What became of it at worst.
    pub(super) kind: VerdictKind,
    /// What should have.
    pub(super) expected: VerdictKind,
    /// The lowest seed that shows it; none for a break that was expected and never came.
    pub(super) seed: Option<u64>,
    /// The shrunk run.
    pub(super) story: Option<Story>,
    /// How to see it again.
    pub(super) repeat: String,
}

impl Finding {
    pub(super) fn is_expected(&self) -> bool {
        self.kind == self.expected
    }

    /// Whether the story of this one is the story of the other, too.
    fn tells(&self, other: &Self) -> bool {
        let shown = self.story.as_ref().and_then(|story| story.verdict(other.place));
        self.place == other.place
            || (shown == Some(other.kind) && self.expected == other.expected)
            || (self.seed, other.seed) == (None, None)
    }

    fn exit(&self, strict: bool) -> Exit {
        match (self.is_expected(), self.kind) {
            (true, _) => Exit::AsExpected,
            (false, VerdictKind::Undetermined) if self.expected == VerdictKind::Holds => {
                if strict {
                    Exit::Undetermined
                } else {
                    Exit::AsExpected
                }
            }
            (false, _) => Exit::Broken,
        }
    }
}

impl Fuzzed {
    /// Shrinks what was found. A run that does not repeat itself when it is shrunk is a finding of
    /// its own.
    pub(super) fn new(name: String, case: Box<dyn Case>, mut ran: Ran) -> Self {
        let mut findings = Vec::new();
        let counts = ran.report.verdicts.clone();
        for (place, (row, count)) in case.promises().iter().zip(&counts).enumerate() {
            let (kind, expected) = (count.worst(), row.expected);
            // Of a campaign that was stopped nobody can say what it would still have shown.
            let too_early = ran.report.runs == 0 || (ran.stopped && kind < expected);
            if too_early || (kind, expected) == (VerdictKind::Holds, VerdictKind::Holds) {
                continue;
            }
            let seed = count.lowest(kind).filter(|_| kind != VerdictKind::Holds);
            let repeat = match (case.script(), seed) {
                (None, Some(seed)) => {
                    command(["shrink", &name, "--seed", &seed.to_string(), "--promise", &row.name])
                }
                (None, None) => command(["fuzz", &name, "--seeds", &ran.seeds()]),
                (Some(_), _) => command(["run", &name]),
            };
            watchdog::doing(repeat.clone());
            let origin = match (case.script(), seed) {
                (Some(script), Some(_)) => Some(Origin::Script(script.clone())),
                (_, seed) => seed.map(Origin::Seed),
            };
            let target = Target { promise: place, kind };
            let shrunk = origin.as_ref().map(|origin| shrink::shrink(&*case, origin, target));
            if let Some(None) = shrunk {
                let lowest = ran.report.not_deterministic.into_iter().chain(seed).min();
                ran.report.not_deterministic = lowest;
            }
            findings.push(Finding {
                promise: row.name.clone(),
                place,
                kind,
                expected,
                seed,
                story: shrunk.flatten().map(|shrunk| Story::of(&*case, &shrunk.script)),
                repeat,
            });
        }
        Self { name, case, ran, findings }
    }

    pub(super) fn exit(&self, strict: bool) -> Exit {
        let worst = self.findings.iter().map(|finding| finding.exit(strict)).max();
        let or_fine = |exit, holds: bool| if holds { exit } else { Exit::AsExpected };
        worst
            .unwrap_or(Exit::AsExpected)
            .max(or_fine(Exit::Nothing, self.ran.report.runs == 0))
            .max(or_fine(Exit::Stopped, self.ran.stopped))
            .max(or_fine(Exit::NotDeterministic, self.ran.report.not_deterministic.is_some()))
    }

    /// Whether anything is not what the scenario says.
    pub(super) fn is_odd(&self) -> bool {
        self.exit(true) != Exit::AsExpected && !self.ran.stopped
    }

    /// Whether something is left open, and nothing worse.
    pub(super) fn is_open(&self) -> bool {
        self.is_odd() && self.exit(false) == Exit::AsExpected
    }

    /// The stories of what broke as expected, in brief, or of what did not go as expected.
    /// Promises that break in the same run are told together.
    pub(super) fn stories(&self, expected: bool) -> String {
        let mut text = String::new();
        let mut left: Vec<&Finding> =
            self.findings.iter().filter(|one| one.is_expected() == expected).collect();
        // The worst first: what was left open by a panic is told by the panic.
        left.sort_by_key(|one| std::cmp::Reverse(one.kind));
        while let Some(first) = left.first().copied() {
            let (told, rest): (Vec<&Finding>, Vec<&Finding>) =
                left.into_iter().partition(|other| first.tells(other));
            left = rest;
            let what = in_words(&told);
            let (runs, hoped) = (grouped(self.ran.report.runs), first.expected);
            let was = match (expected, first.seed) {
                (true, _) => format!("{what}, as expected"),
                (false, Some(_)) => format!("{what}, expected {hoped}"),
                (false, None) => format!("{what} in all {runs} runs, expected {hoped}"),
            };
            let _ = writeln!(text, "\n--- {}: {was}\n", self.name);
            match &first.story {
                Some(story) if expected => text.push_str(&story.brief(&*self.case)),
                Some(story) => text.push_str(&story.text(&*self.case, Zoom::Story)),
                None => {}
            }
            let _ = writeln!(text, "to repeat it:\n{}", first.repeat);
        }
        text
    }

    /// Where a run and its repetition went apart, if any did.
    pub(super) fn not_deterministic(&self) -> Option<String> {
        let seed = self.ran.report.not_deterministic?;
        let name = &self.name;
        let (origin, whose, repeat) = match self.case.script() {
            Some(script) => {
                (Origin::Script(script.clone()), "its script".to_owned(), command(["run", name]))
            }
            None => {
                let text = seed.to_string();
                let repeat = command(["run", name, "--seed", &text]);
                (Origin::Seed(seed), format!("seed {text}"), repeat)
            }
        };
        watchdog::doing(repeat.clone());
        let difference = match run_twice(&mut *self.case.worker(), &origin) {
            Some(difference) => difference.to_string(),
            None => "two more runs were the same: it does not always happen\n".to_owned(),
        };
        Some(format!(
            "\n--- {name}: {whose} does not repeat itself\n\n{difference}to repeat it:\n{repeat}\n"
        ))
    }

    /// A seed file for everything that is not as expected.
    pub(super) fn write_seed_files(&self, folder: &Path) -> Result<(), Failure> {
        for finding in self.findings.iter().filter(|finding| !finding.is_expected()) {
            let Some(story) = &finding.story else { continue };
            let stem = Path::new(&self.name).file_stem().unwrap_or_default().to_string_lossy();
            let seed = finding.seed.unwrap_or_default();
            let path = folder.join(format!("{stem}-{}-{seed}.ron", finding.promise));
            out::write_file(&path, &story.seed_file(&*self.case, finding.seed))?;
            out::hint(&format!("wrote {}", path.display()));
        }
        Ok(())
    }
}

/// What became of which promises, in a few words.
fn in_words(told: &[&Finding]) -> String {
    let of_one_kind = told.chunk_by(|one, next| one.kind == next.kind).map(|findings| {
        let names: Vec<&str> = findings.iter().map(|one| one.promise.as_str()).collect();
        format!("{} {}", names.join(", "), findings[0].kind)
    });
    of_one_kind.collect::<Vec<_>>().join("; ")
}
