//! Contests: the same work done in several ways, in turn, round after round.

use super::clock::{Clock, Work};
use super::options::Options;

/// The median of some rounds, and how far they lie apart.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Figure {
    /// Of at least one round.
    pub(crate) fn of(rounds: impl Iterator<Item = f64>) -> Self {
        let mut all: Vec<f64> = rounds.collect();
        all.sort_unstable_by(f64::total_cmp);
        Self { median: all[all.len() / 2], least: all[0], most: all[all.len() - 1] }
    }

    /// One for the other: speed for cost.
    pub(crate) fn inverse(self) -> Self {
        let Self { median, least, most } = self;
        Self { median: 1.0 / median, least: 1.0 / most, most: 1.0 / least }
    }

    /// In another unit.
    pub(crate) fn map(self, into: impl Fn(f64) -> f64) -> Self {
        let Self { median, least, most } = self;
        Self { median: into(median), least: into(least), most: into(most) }
    }

    /// `1.50 (1.48..1.61)`
    pub(crate) fn shown(&self, digits: usize) -> String {
        let Self { median, least, most } = self;
        format!("{median:.digits$} ({least:.digits$}..{most:.digits$})")
    }
}

/// Several ways to do the same work.
pub(crate) struct Contest<'a> {
    title: String,
    unit: &'static str,
    clock: Clock,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: String,
    work: Work<'a>,
    is_yardstick: bool,
    /// Nanoseconds a unit, round by round.
    rounds: Vec<f64>,
}

impl<'a> Contest<'a> {
    /// A contest about how long one `unit` takes.
    pub(crate) const fn new(title: String, unit: &'static str, clock: Clock) -> Self {
        Self { title, unit, clock, entries: Vec::new() }
    }

    /// Something to compare with. The fastest of these is what all are compared with.
    pub(crate) fn yardstick(&mut self, name: &str, work: impl FnMut() -> u64 + 'a) {
        self.enter(name, work, true);
    }

    /// Something that is compared.
    pub(crate) fn entry(&mut self, name: &str, work: impl FnMut() -> u64 + 'a) {
        self.enter(name, work, false);
    }

    fn enter(&mut self, name: &str, work: impl FnMut() -> u64 + 'a, is_yardstick: bool) {
        let (name, work) = (name.to_owned(), Box::new(work));
        self.entries.push(Entry { name, work, is_yardstick, rounds: Vec::new() });
    }

    /// Holds the contest if it is to be held.
    pub(crate) fn hold_if_asked(self, options: &Options) {
        if options.include(&self.title) {
            self.hold(options);
        }
    }

    /// Holds the contest and prints how it went.
    pub(crate) fn hold(mut self, options: &Options) -> Standing {
        for round in 0..options.rounds {
            // Who always comes after the same one always finds the same caches.
            let first = round % self.entries.len();
            let (before, from) = self.entries.split_at_mut(first);
            for entry in from.iter_mut().chain(before) {
                entry.rounds.push(self.clock.nanos_a_unit(&mut entry.work, options.each));
            }
        }
        let rounds = |entry: Entry<'_>| (entry.name, entry.is_yardstick, entry.rounds);
        let standing = Standing { entries: self.entries.into_iter().map(rounds).collect() };
        standing.print(&self.title, self.unit);
        standing
    }
}

/// How a contest went.
pub(crate) struct Standing {
    /// Name, whether it is a yardstick, and nanoseconds a unit, round by round.
    entries: Vec<(String, bool, Vec<f64>)>,
}

impl Standing {
    /// Nanoseconds a unit.
    pub(crate) fn nanos(&self, name: &str) -> Figure {
        Figure::of(self.rounds(name).iter().copied())
    }

    /// Nanoseconds a unit of the fastest yardstick.
    pub(crate) fn limit_nanos(&self) -> f64 {
        Figure::of(self.limit().iter().copied()).median
    }

    /// How many times the cost of the fastest yardstick, round by round.
    pub(crate) fn to_limit(&self, name: &str) -> Figure {
        ratio(self.rounds(name), self.limit())
    }

    /// How many times the cost of another entry, round by round.
    pub(crate) fn to(&self, name: &str, other: &str) -> Figure {
        ratio(self.rounds(name), self.rounds(other))
    }

    /// How much of the cost of one entry another one does without, in percent.
    pub(crate) fn share(&self, whole: &str, without: &str) -> Figure {
        let rounds = self.rounds(whole).iter().zip(self.rounds(without));
        Figure::of(rounds.map(|(whole, without)| (1.0 - without / whole) * 100.0))
    }

    fn rounds(&self, name: &str) -> &[f64] {
        let found = self.entries.iter().find(|(known, ..)| known == name);
        found.map(|(.., rounds)| &**rounds).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The yardstick with the least median, or else the first entry.
    fn limit(&self) -> &[f64] {
        let median = |rounds: &[f64]| Figure::of(rounds.iter().copied()).median;
        let yardsticks = self.entries.iter().filter(|(_, is_yardstick, _)| *is_yardstick);
        let fastest = yardsticks.min_by(|(.., a), (.., b)| median(a).total_cmp(&median(b)));
        &fastest.unwrap_or(&self.entries[0]).2
    }

    fn print(&self, title: &str, unit: &str) {
        let heading = format!("ns a {unit}");
        println!(
            "{title:<60} {heading:>15} {:>18}{:>8} {:>13}{:>13}",
            "min..max", "times", "min..max", "a second"
        );
        for (name, is_yardstick, rounds) in &self.entries {
            let mark = if *is_yardstick { "| " } else { "  " };
            let Figure { median, least, most } = Figure::of(rounds.iter().copied());
            let times = ratio(rounds, self.limit());
            println!(
                "{mark}{name:<58} {median:>15.1} {:>18}{:>8.2} {:>13}{:>13.0}",
                format!("{least:.1}..{most:.1}"),
                times.median,
                format!("{:.2}..{:.2}", times.least, times.most),
                1e9 / median,
            );
        }
        println!();
    }
}

fn ratio(rounds: &[f64], to: &[f64]) -> Figure {
    Figure::of(rounds.iter().zip(to).map(|(one, other)| one / other))
}
