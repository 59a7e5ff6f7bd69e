//! Contests: the same work done in several ways, in turn, round after round.

use std::time::{Duration, Instant};

/// How often each contestant is measured, and which contests are held at all.
pub(crate) struct Rounds {
    rounds: usize,
    each: Duration,
    only: Vec<String>,
}

impl Rounds {
    /// Cargo says `--bench` when it wants figures. When it only tests that benchmarks still work,
    /// it does not, and every contestant goes once.
    pub(crate) fn from_args() -> Self {
        let (flags, only): (Vec<_>, Vec<_>) =
            std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
        if flags.iter().any(|flag| flag == "--bench") {
            Self { rounds: 15, each: Duration::from_millis(12), only }
        } else {
            Self { rounds: 1, each: Duration::ZERO, only }
        }
    }

    /// Whether the contest of this title is to be held.
    pub(crate) fn include(&self, title: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| title.contains(part))
    }
}

/// Does a piece of the work and says how many units that was.
type Work<'a> = Box<dyn FnMut() -> u64 + 'a>;

/// Several ways to do the same work. The first is what the others are compared with.
pub(crate) struct Contest<'a> {
    title: String,
    entries: Vec<(String, Work<'a>)>,
    /// So many units are one of these.
    whole: Option<(u64, &'static str)>,
}

impl<'a> Contest<'a> {
    pub(crate) const fn new(title: String) -> Self {
        Self { title, entries: Vec::new(), whole: None }
    }

    pub(crate) fn entry(&mut self, name: impl Into<String>, work: impl FnMut() -> u64 + 'a) {
        self.entries.push((name.into(), Box::new(work)));
    }

    /// Counts per second `what`, of `units` units each, instead of units.
    pub(crate) const fn each_is_one_of(&mut self, units: u64, what: &'static str) {
        self.whole = Some((units, what));
    }

    /// Holds the contest. Of the times the least is compared: all that can disturb a measurement
    /// makes it longer.
    pub(crate) fn print(mut self, rounds: &Rounds) {
        if !rounds.include(&self.title) {
            return;
        }
        let mut times = vec![Vec::new(); self.entries.len()];
        for _ in 0..rounds.rounds {
            for ((_, work), times) in self.entries.iter_mut().zip(&mut times) {
                times.push(measure(work, rounds.each));
            }
        }
        let (units, what) = self.whole.unwrap_or((1, ""));
        println!(
            "{:<58}{:>8} {:>8} {:>7}  {:>10}",
            self.title, "least", "median", "ratio", "a second"
        );
        let reference = *times[0].iter().min().expect("at least one round");
        for ((name, _), times) in self.entries.iter().zip(&mut times) {
            times.sort_unstable();
            let (least, median) = (times[0], times[times.len() / 2]);
            let ratio = two_decimals(least * 100 / reference);
            let a_second = 1_000_000_000_000 / (least * units).max(1);
            println!(
                "  {name:<56}{:>8} {:>8} {ratio:>7}  {a_second:>10} {what}",
                two_decimals(least / 10),
                two_decimals(median / 10),
            );
        }
        println!();
    }
}

/// Picoseconds per unit, over at least this long.
#[expect(clippy::disallowed_methods, reason = "this is about the machine's time, not a run's")]
fn measure(work: &mut Work<'_>, at_least: Duration) -> u64 {
    let mut units = 0;
    let start = Instant::now();
    loop {
        units += work();
        let taken = start.elapsed();
        if taken >= at_least {
            let picos = taken.as_nanos() * 1000 / u128::from(units.max(1));
            return u64::try_from(picos).unwrap_or(u64::MAX).max(1);
        }
    }
}

fn two_decimals(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
