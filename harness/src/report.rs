//! Telling people what happened: plain text, the same on every terminal.

mod audit;

use std::fmt::Write;

use generals_models::{Chance, NodeFault, Topology, World};

use crate::check::{Verdict, VerdictKind};
use crate::choosers::Origin;
use crate::fuzz::Report;
use crate::kernel::{Ended, Outcome};
use crate::subject::{Case, PromiseRow};
use crate::trace::{Trace, Zoom};

pub use audit::audit;

/// A world in a line.
#[must_use]
pub fn world(world: &World) -> String {
    let nodes = if world.nodes == 1 { "node" } else { "nodes" };
    let mut text = format!("{} {nodes}", world.nodes);
    let _ = write!(text, ", {}", world.timing_class());
    if let Some(delta) = world.timing.known_bound() {
        let _ = write!(text, " (Δ = {delta})");
    }
    let law = world.timing.law();
    if !law.is_uniform() {
        let _ = write!(text, ", latencies {law}");
    }
    let _ = write!(text, ", {} links", world.link_class());
    text.push_str(&network(world));
    for (node, fault) in &world.faults {
        match fault {
            NodeFault::CrashStop { .. } => {
                let _ = write!(text, ", {node} crashes");
            }
            NodeFault::CrashRecovery { .. } => {
                let _ = write!(text, ", {node} crashes and comes back");
            }
            NodeFault::Omission { .. } => {
                let _ = write!(text, ", {node} omits");
            }
            NodeFault::Rational { .. } => {
                let _ = write!(text, ", {node} is rational");
            }
            NodeFault::With(other) => {
                let _ = write!(text, ", {node} fails with {other}");
            }
            NodeFault::OtherVersion => {
                let _ = write!(text, ", {node} runs another version");
            }
            NodeFault::Byzantine => {
                let _ = write!(text, ", {node}* Byzantine ({})", world.adversary);
            }
        }
    }
    let corrupt = world.all().any(|node| world.is_corrupt(node));
    if !corrupt && world.adversary.needs_no_accomplice() {
        let _ = write!(text, ", adversary: {}", world.adversary);
    }
    slow(world, &mut text);
    text
}

/// What there is between nodes besides links that are all alike.
fn network(world: &World) -> String {
    let mut text = String::new();
    if world.topology != Topology::Complete {
        let _ = write!(text, ", {}", world.topology);
    }
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let (exceptions, weather) = (world.except.len(), world.weather.len());
    if exceptions > 0 {
        let _ = write!(text, ", {exceptions} exception{}", s(exceptions));
    }
    if world.slow_links > Chance::NEVER {
        text.push_str(", some links slow");
    }
    if weather > 0 {
        let _ = write!(text, ", {weather} spell{} of bad weather", s(weather));
    }
    if !world.partitions.is_empty() {
        text.push_str(", partitions");
    }
    text
}

/// A case in a line: its protocol, its world, and what lies between.
#[must_use]
pub fn heading(case: &dyn Case) -> String {
    let mut text = format!("{}: {}", case.protocol(), world(case.world()));
    if !case.layers().is_none() {
        let _ = write!(text, "; layers: {}", case.layers());
    }
    text
}

/// What makes the nodes of a world slow, or their clocks wrong.
fn slow(world: &World, text: &mut String) {
    for node in world.all().filter(|node| world.pauses.iter().any(|one| one.node() == *node)) {
        let _ = write!(text, ", {node} pauses");
    }
    if !world.clocks.are_right() {
        text.push_str(", wrong clocks");
    }
    if world.load.is_some() {
        text.push_str(", under load");
    }
}

/// One run: where it came from, what happened, and the verdicts.
#[must_use]
pub fn run(
    case: &dyn Case,
    origin: &Origin,
    outcome: &Outcome,
    trace: &Trace,
    zoom: Zoom,
) -> String {
    let mut text = format!("{}\n", heading(case));
    let _ = writeln!(text, "{}\n", what_went_wrong(origin));
    text.push_str(&trace.text(zoom));
    text.push('\n');
    text.push_str(&verdicts(case.promises(), &outcome.verdicts));
    text.push_str(&audit(case.promises(), outcome, trace));
    let _ = writeln!(text, "{}", ending(outcome));
    text
}

/// A list longer than this helps nobody.
const MOST_DEVIATIONS: usize = 20;

fn what_went_wrong(origin: &Origin) -> String {
    let script = match origin {
        Origin::Seed(seed) => return format!("seed {seed}"),
        Origin::Script(script) => script,
    };
    let mut text = match script.len() {
        0 => return "no more goes wrong than must".to_owned(),
        1 => "1 thing goes wrong:".to_owned(),
        n => format!("{n} things go wrong:"),
    };
    for deviation in script.iter().take(MOST_DEVIATIONS) {
        let _ = write!(text, "\n  {deviation}");
    }
    if script.len() > MOST_DEVIATIONS {
        let _ = write!(text, "\n  and {} more", script.len() - MOST_DEVIATIONS);
    }
    text
}

fn ending(outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let mut text = match &outcome.ended {
        Ended::Quiet => format!("quiet at {}", outcome.at),
        Ended::Horizon => format!("stopped at the horizon, {}", outcome.at),
        Ended::TooManyEvents(why) => format!("stopped at {} after {why}", outcome.at),
        Ended::Unsound => format!("ended at {}", outcome.at),
    };
    let s = |n: u64| if n == 1 { "" } else { "s" };
    let (events, sent) = (tally.events, tally.sent);
    let _ = write!(text, "; {events} event{}, {sent} message{} sent", s(events), s(sent));
    if tally.injected > 0 {
        let _ = write!(text, " and {} by the adversary", tally.injected);
    }
    for (n, what) in [
        (tally.audit.lost, "lost"),
        (tally.audit.duplicated, "doubled"),
        (tally.audit.cut, "cut off"),
        (tally.audit.unlinked, "without a link"),
        (tally.audit.tampered.total(), "tampered with"),
        (tally.audit.omitted, "left out"),
        (tally.audit.skipped, "skipped"),
        (tally.audit.held, "held up"),
        (tally.discarded, "ignored"),
    ] {
        if n > 0 {
            let _ = write!(text, ", {n} {what}");
        }
    }
    let _ = write!(text, "\ndigest {}", outcome.digest);
    text
}

/// The verdicts of one run, a promise a line.
#[must_use]
pub fn verdicts(promises: &[PromiseRow], verdicts: &[Verdict]) -> String {
    let width = promises.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (row, verdict) in promises.iter().zip(verdicts) {
        let (name, kind) = (&row.name, verdict.kind());
        let _ = write!(text, "= {name:width$}  {kind:12}  ");
        match verdict {
            Verdict::Holds => {}
            Verdict::Undetermined(owed) => text.push_str(owed),
            Verdict::Violated(witness) => text.push_str(&witness.0),
            Verdict::OutOfModel(witness, breaches) => {
                text.push_str(&witness.0);
                for breach in breaches {
                    let _ = write!(text, "\n{:1$}because {breach}", "", width + 18);
                }
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// The verdicts of many runs, a promise a line.
#[must_use]
pub fn campaign(case: &dyn Case, report: &Report) -> String {
    let width = case.promises().iter().map(|row| row.name.len()).max().unwrap_or(0);
    let runs = if report.runs == 1 { "run" } else { "runs" };
    let mut text =
        format!("{} {runs}, {} events\n", grouped(report.runs), grouped(report.tally.events));
    for (row, count) in case.promises().iter().zip(&report.verdicts) {
        let _ = write!(text, "= {:width$} ", row.name);
        for kind in VerdictKind::ALL.into_iter().filter(|kind| count.of(*kind) > 0) {
            let _ = write!(text, " {kind} {}", grouped(count.of(kind)));
        }
        if count.worst() != row.expected {
            let _ = write!(text, "  (expected {})", row.expected);
        }
        text.push('\n');
    }
    if !case.rules().is_empty() {
        let fired: Vec<&str> = report.rules.fired(case.rules()).collect();
        let _ = writeln!(text, "rules that fired: {}", fired.join("; "));
    }
    text
}

/// 1234567 as 1,234,567.
pub(crate) fn grouped(n: u64) -> String {
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

#[cfg(test)]
mod tests {
    use generals_models::{Latency, Span, TimingModel};

    use super::*;

    #[test]
    fn a_law_of_latencies_is_named_unless_it_is_the_usual_one() {
        let ms = Span::millis;
        let of = |latency| {
            let (delta, grain) = (ms(10), 2);
            let timing = TimingModel::Synchronous { delta, least: None, grain, latency };
            world(&World { timing, ..World::kind(4) })
        };
        assert_eq!(of(Latency::Uniform), "4 nodes, synchronous (Δ = 10ms), reliable links");
        assert_eq!(
            of(Latency::Normal { mean: ms(4), sigma: ms(1) }),
            "4 nodes, synchronous (Δ = 10ms), latencies normal (mean 4ms, sigma 1ms), reliable links",
        );
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
