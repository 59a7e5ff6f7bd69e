//! Campaigns by the clock: how long to go on, what to show meanwhile.

use std::time::{Duration, Instant, SystemTime};

use indicatif::{ProgressBar, ProgressStyle};

use crate::fuzz::{self, Report, Seeds};
use crate::report::grouped;
use crate::subject::Case;
use crate::testing;

use super::stop;

/// How much of a campaign was run, and how long that took.
pub(super) struct Ran {
    pub(super) report: Report,
    /// Which seeds there were to run.
    seeds: Seeds,
    pub(super) took: Duration,
    pub(super) stopped: bool,
}

impl Ran {
    /// The seeds that were run, as `--seeds` takes them.
    pub(super) fn seeds(&self) -> String {
        let Seeds { start, stride, count, .. } = self.seeds;
        let done = self.report.runs.saturating_mul(stride);
        range(Seeds {
            start,
            count: Some(count.map_or(done, |count| count.min(done))),
            ..self.seeds
        })
    }
}

/// Seeds as `--seeds` takes them.
pub(super) fn range(Seeds { start, count, .. }: Seeds) -> String {
    match count {
        Some(count) => format!("{start}..{}", start.saturating_add(count)),
        None => format!("{start}.."),
    }
}

/// The time. Only the command line knows it.
#[expect(clippy::disallowed_methods, reason = "how long to go on is a question of real time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// A seed nobody chose: the only entropy there is, and it is always printed.
#[expect(clippy::disallowed_methods, reason = "below the command line all seeds are given")]
pub(super) fn draw_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Short enough to be typed.
    u64::from(since.subsec_nanos()) ^ (since.as_secs() & 0xffff_ffff)
}

/// Runs the seeds of one case until they, or the time for them, or the user's patience run out.
pub(super) fn run(
    label: &str,
    case: &dyn Case,
    seeds: Seeds,
    time: Option<Duration>,
    bar: &ProgressBar,
) -> Ran {
    let start = now();
    let mut report = Report::empty(case);
    if case.script().is_some() {
        report = testing::campaign(case, 0..1);
        return Ran { report, seeds, took: start.elapsed(), stopped: false };
    }
    let all = seeds.len().unwrap_or(u64::MAX);
    let (mut next, mut block) = (0, 256);
    while next < all {
        if stop::requested() {
            return Ran { report, seeds, took: start.elapsed(), stopped: true };
        }
        let began = start.elapsed();
        if time.is_some_and(|time| began >= time) {
            break;
        }
        let end = all.min(next + block);
        report.merge(&fuzz::fuzz(case, seeds, next..end));
        next = end;
        let took = start.elapsed() - began;
        // Blocks of about a twentieth of a second: soon enough to stop, long enough not to matter.
        if took < Duration::from_millis(25) {
            block = block.saturating_mul(2).min(1 << 20);
        } else if took > Duration::from_millis(100) {
            block = (block / 2).max(64);
        }
        bar.set_message(format!(
            "{label}: {} runs, {} events/s",
            grouped(report.runs),
            grouped(per_second(report.tally.events, start.elapsed()))
        ));
    }
    Ran { report, seeds, took: start.elapsed(), stopped: false }
}

/// `n` in `time`, each second.
pub(super) fn per_second(n: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(n) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// Something that moves on standard error, where there is a terminal.
pub(super) fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
