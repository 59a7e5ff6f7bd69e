//! A map of where each promise holds: many worlds, from kind to harsh, and theory's line among them.
//!
//! A *cell* is a number of nodes, a number of faulty ones, a timing, links, and a way to fail. All
//! its runs are of one scenario, the base, put into such a world; which nodes are the faulty ones
//! depends on the seed alone. *Theory's line* is drawn by a promise's own assumptions
//! ([`PromiseRow::at_worst`](crate::PromiseRow)): on its near side lie the worlds that the promise is
//! made for, whatever happens there. A promise that breaks on the near side is a bug. One that holds
//! on the far side is none, for nobody said that it must break there; one that breaks says that the
//! assumption is needed.
//!
//! The map is the same for any number of threads: a cell is run by one of them, seed after seed.

mod axes;
mod chart;
mod csv;
mod story;
mod survey;
mod svg;
mod text;

use crate::check::{Breach, VerdictKind};
use crate::fuzz::{Count, Report};
use crate::subject::{Case, PromiseRow};

pub use self::axes::{Axes, FaultKind, Named, faulty_sets};
pub use self::chart::{Chart, charts};
pub use self::csv::csv;
pub use self::story::{Example, examples};
pub use self::survey::{cases, survey};
pub use self::svg::svg;
pub use self::text::text;

/// What to run: in which worlds, and how often.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The worlds.
    pub axes: Axes,
    /// The first seed.
    pub seed: u64,
    /// How many runs a cell gets at most; at least 1.
    pub runs: u64,
    /// After so many events a cell gets no further run: a measure of time that is the same
    /// everywhere.
    pub events: u64,
}

impl Plan {
    /// How many runs a cell gets unless somebody says so.
    pub const RUNS: u64 = 200;
    /// How many events a cell gets unless somebody says so: a twentieth of a second or so.
    pub const EVENTS: u64 = 400_000;
}

/// Where a cell is: its number of nodes and of faulty ones, and the places of the rest in the lists
/// of its [`Axes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// How many nodes.
    pub nodes: u16,
    /// How many of them are faulty.
    pub faults: u16,
    /// Which timing.
    pub timing: usize,
    /// Which links.
    pub links: usize,
    /// Which way to fail.
    pub kind: usize,
}

/// A map.
pub struct Atlas {
    /// What was asked for.
    pub plan: Plan,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Its promises under the base's configuration, soundness last.
    pub promises: Vec<PromiseRow>,
    /// All cells, in the order of their places.
    pub cells: Vec<Cell>,
}

/// One world of a map, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Where it is.
    pub place: Place,
    /// What came of it.
    pub state: State,
}

/// What came of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing yet: somebody stopped the survey.
    NotRun,
    /// There is no such scenario, for this reason.
    Refused(String),
    /// It was run.
    Ran {
        /// The verdicts.
        report: Box<Report>,
        /// For each promise, why the cell lies beyond theory's line: in how many ways it is harsher
        /// than assumed. Nothing, if it is not.
        beyond: Vec<Vec<Breach>>,
    },
}

/// What one promise is worth in one cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// It was not run.
    NotRun,
    /// There is no such scenario.
    Refused,
    /// It held in every run, as promised.
    Held,
    /// It held in every run, though nobody had promised it.
    HeldBeyond,
    /// It was left open, and never broken.
    Open,
    /// It was broken, in a world harsher than assumed: a boundary.
    Boundary,
    /// It was broken in a world that kept its side: a bug.
    Bug,
}

impl Mark {
    /// All that a map may show, from good to bad.
    pub const ALL: [Self; 6] =
        [Self::Held, Self::HeldBeyond, Self::Open, Self::Boundary, Self::Bug, Self::Refused];

    /// As one letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::NotRun => ' ',
            Self::Refused => '.',
            Self::Held => '#',
            Self::HeldBeyond => 'o',
            Self::Open => '?',
            Self::Boundary => 'x',
            Self::Bug => '!',
        }
    }

    /// In a word, for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotRun => "not-run",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::HeldBeyond => "held-beyond",
            Self::Open => "undetermined",
            Self::Boundary => "broken-beyond",
            Self::Bug => "broken-inside",
        }
    }

    /// In a few words, for people.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NotRun => "not run",
            Self::Refused => "no such scenario",
            Self::Held => "held, as promised",
            Self::HeldBeyond => "held, though not promised there",
            Self::Open => "left open",
            Self::Boundary => "broke outside its assumptions: a boundary",
            Self::Bug => "broke inside its assumptions: A BUG",
        }
    }
}

impl Cell {
    /// What a promise, by its number, is worth here.
    #[must_use]
    pub fn mark(&self, promise: usize) -> Mark {
        match (&self.state, self.count(promise)) {
            (State::NotRun, _) => Mark::NotRun,
            (State::Ran { beyond, .. }, Some(count)) => match count.worst() {
                VerdictKind::Violated => Mark::Bug,
                VerdictKind::OutOfModel => Mark::Boundary,
                VerdictKind::Undetermined => Mark::Open,
                VerdictKind::Holds if !beyond[promise].is_empty() => Mark::HeldBeyond,
                VerdictKind::Holds => Mark::Held,
            },
            _ => Mark::Refused,
        }
    }

    /// How often each verdict fell on a promise, if it was run.
    #[must_use]
    pub fn count(&self, promise: usize) -> Option<&Count> {
        match &self.state {
            State::Ran { report, .. } => report.verdicts.get(promise),
            _ => None,
        }
    }

    /// Whether a promise is made for this cell, if it was run.
    #[must_use]
    pub fn is_promised(&self, promise: usize) -> Option<bool> {
        match &self.state {
            State::Ran { beyond, .. } => Some(beyond.get(promise)?.is_empty()),
            _ => None,
        }
    }
}

impl Atlas {
    /// The cell at this place.
    #[must_use]
    pub fn cell(&self, place: Place) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.place == place)
    }

    /// How many cells there are with this mark for this promise.
    #[must_use]
    pub fn marked(&self, promise: usize, mark: Mark) -> usize {
        self.cells.iter().filter(|cell| cell.mark(promise) == mark).count()
    }

    /// Whether some promise broke inside its assumptions.
    #[must_use]
    pub fn has_bug(&self) -> bool {
        (0..self.promises.len()).any(|promise| self.marked(promise, Mark::Bug) > 0)
    }

    /// Whether practice left some promise open.
    #[must_use]
    pub fn has_open(&self) -> bool {
        (0..self.promises.len()).any(|promise| self.marked(promise, Mark::Open) > 0)
    }

    /// Whether cells were left out because somebody stopped the survey.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.cells.iter().any(|cell| cell.state == State::NotRun)
    }

    /// The first cell with a run that did not repeat itself, and the run's seed.
    #[must_use]
    pub fn not_deterministic(&self) -> Option<(Place, u64)> {
        self.cells.iter().find_map(|cell| match &cell.state {
            State::Ran { report, .. } => Some((cell.place, report.not_deterministic?)),
            _ => None,
        })
    }

    /// The fewest and the most runs of a cell that was run.
    #[must_use]
    pub fn runs(&self) -> (u64, u64) {
        let runs = || {
            self.cells.iter().filter_map(|cell| match &cell.state {
                State::Ran { report, .. } => Some(report.runs),
                _ => None,
            })
        };
        (runs().min().unwrap_or(0), runs().max().unwrap_or(0))
    }

    /// Why cells were refused, each reason with the numbers of nodes and faulty ones it is about.
    #[must_use]
    pub fn refusals(&self) -> Vec<(&str, Vec<(u16, u16)>)> {
        let mut found: Vec<(&str, Vec<(u16, u16)>)> = Vec::new();
        for cell in &self.cells {
            let State::Refused(why) = &cell.state else { continue };
            let at = (cell.place.nodes, cell.place.faults);
            match found.iter_mut().find(|(known, _)| known == why) {
                Some((_, places)) if places.contains(&at) => {}
                Some((_, places)) => places.push(at),
                None => found.push((why, vec![at])),
            }
        }
        found
    }
}

/// A place in words: `n = 4, f = 1, synchronous, reliable, byzantine`.
#[must_use]
pub fn in_words(axes: &Axes, place: Place) -> String {
    let Place { nodes, faults, timing, links, kind } = place;
    format!(
        "n = {nodes}, f = {faults}, {}, {}, {}",
        axes.timings[timing].name, axes.links[links].name, axes.kinds[kind].name
    )
}

/// Whether `case` may be the base of a map: a script would be another world's.
#[must_use]
pub fn is_base(case: &dyn Case) -> bool {
    case.script().is_none()
}
