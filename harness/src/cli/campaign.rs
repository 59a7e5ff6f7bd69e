//! Campaigns by the clock: how long to go on, what to show meanwhile.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use indicatif::{ProgressBar, ProgressStyle};

use crate::fuzz::{self, Pulse, Report, Seeds};
use crate::subject::Case;
use crate::testing;

use super::stop;

/// How much of a campaign was run, and how long that took.
pub(super) struct Ran {
    pub(super) report: Report,
    pub(super) took: Duration,
    pub(super) stopped: bool,
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
    name: &str,
    case: &dyn Case,
    seeds: Seeds,
    time: Option<Duration>,
    pulse: &Pulse,
    bar: &ProgressBar,
) -> Ran {
    let start = now();
    let mut report = Report::empty(case);
    if case.script().is_some() {
        report = testing::campaign(case, 0..1);
        return Ran { report, took: start.elapsed(), stopped: false };
    }
    let all = seeds.len().unwrap_or(u64::MAX);
    let (mut next, mut block) = (0, 256);
    while next < all {
        if stop::requested() {
            return Ran { report, took: start.elapsed(), stopped: true };
        }
        let began = start.elapsed();
        if time.is_some_and(|time| began >= time) {
            break;
        }
        let end = all.min(next + block);
        report.merge(&fuzz::fuzz_watched(case, seeds, next..end, pulse));
        next = end;
        let took = start.elapsed() - began;
        // Blocks of about a twentieth of a second: soon enough to stop, long enough not to matter.
        if took < Duration::from_millis(25) {
            block = block.saturating_mul(2).min(1 << 20);
        } else if took > Duration::from_millis(100) {
            block = (block / 2).max(64);
        }
        bar.set_message(format!(
            "{name}: {} runs, {} events/s",
            grouped(report.runs),
            grouped(per_second(report.tally.events, start.elapsed()))
        ));
    }
    Ran { report, took: start.elapsed(), stopped: false }
}

/// `n` in `time`, each second.
pub(super) fn per_second(n: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(n) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// 1234567 as 1,234,567.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

/// How long a single run may take before it is called stuck.
const STUCK: Duration = Duration::from_secs(60);

/// Watches the threads of a campaign. A node's program that never returns cannot be interrupted,
/// but it can be named: then the whole program ends, for nothing else would end it.
#[expect(clippy::disallowed_methods, reason = "watching real threads takes one, and a clock")]
pub(super) fn watch(pulse: &'static Pulse, stuck: impl Fn(u64) -> String + Send + 'static) {
    std::thread::spawn(move || {
        let mut seen: Vec<(u64, Instant)> = Vec::new();
        loop {
            std::thread::sleep(Duration::from_secs(1));
            seen.resize(pulse.threads(), (u64::MAX, now()));
            for (thread, (beat, since)) in seen.iter_mut().enumerate() {
                let (seed, current) = pulse.of(thread);
                if current != *beat {
                    (*beat, *since) = (current, now());
                } else if let Some(seed) = seed
                    && since.elapsed() > STUCK
                {
                    let _ = std::io::stdout().write_all(stuck(seed).as_bytes());
                    std::process::exit(1);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
