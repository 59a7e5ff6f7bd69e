//! The table of a campaign: for each scenario a line of numbers, and a line for each verdict.

use std::fmt::Write;

use crate::check::VerdictKind;
use crate::fuzz::Count;
use crate::protocol::RuleSet;
use crate::subject::PromiseRow;

use super::campaign::{Ran, per_second};
use super::findings::Fuzzed;
use super::out::filled;
use crate::report::grouped;

/// The whole table; of `asked` scenarios some may have been left out when somebody stopped.
pub(super) fn table(fuzzed: &[Fuzzed], asked: usize) -> String {
    let width = fuzzed.iter().map(|one| one.name.chars().count()).max().unwrap_or(0).max(8);
    let row = |cells: [&str; 5]| {
        let [name, runs, events, speed, rules] = cells;
        format!("{name:width$}  {runs:>11}  {events:>13}  {speed:>12}  {rules:>11}\n")
    };
    let mut text = String::from("\n");
    text.push_str(&row(["scenario", "runs", "events", "events/s", "rules fired"]));
    for one in fuzzed {
        let report = &one.ran.report;
        let rules = one.case.rules();
        let fired = format!("{}/{}", report.rules.fired(rules).count(), rules.len());
        let (runs, events) = (grouped(report.runs), grouped(report.tally.events));
        text.push_str(&row([&one.name, &runs, &events, &speed(&one.ran), &fired]));
        text.push_str(&verdicts(one));
    }
    text.push_str(&never_fired(fuzzed));
    text.push_str(&sum(fuzzed, asked));
    text
}

/// Events in a second; nothing where there were too few to tell.
fn speed(Ran { report, took, .. }: &Ran) -> String {
    match took.as_millis() {
        0 => "-".to_owned(),
        _ => grouped(per_second(report.tally.events, *took)),
    }
}

/// A line for each verdict that is the worst of some promise.
fn verdicts(one: &Fuzzed) -> String {
    if one.ran.report.runs == 0 {
        return "  not run\n".to_owned();
    }
    let mut text = String::new();
    for kind in VerdictKind::ALL {
        let rows = one.case.promises().iter().zip(&one.ran.report.verdicts);
        let mut names: Vec<String> =
            rows.filter(|(_, count)| count.worst() == kind).map(|row| promise(row) + ",").collect();
        if let Some(last) = names.last_mut() {
            last.pop();
            text.push_str(&filled(&format!("  {kind:12}  "), names.iter().map(String::as_str)));
        }
    }
    text
}

/// A promise, in how many runs its worst verdict fell, and what it should have been.
fn promise((row, count): (&PromiseRow, &Count)) -> String {
    let worst = count.worst();
    let runs = grouped(count.of(worst));
    let PromiseRow { name, expected, .. } = row;
    match (worst == *expected, worst) {
        (true, VerdictKind::Holds) => name.clone(),
        (true, _) => format!("{name} ({runs}, as expected)"),
        (false, VerdictKind::Holds) => format!("{name} (NOT AS EXPECTED: {expected})"),
        (false, _) => format!("{name} ({runs}, NOT AS EXPECTED: {expected})"),
    }
}

/// The rules of each protocol that fired in none of its scenarios.
fn never_fired(fuzzed: &[Fuzzed]) -> String {
    let mut text = String::new();
    let mut told: Vec<&str> = Vec::new();
    for one in fuzzed.iter().filter(|one| one.ran.report.runs > 0) {
        let protocol = one.case.protocol();
        if told.contains(&protocol) {
            continue;
        }
        told.push(protocol);
        let mut fired = RuleSet::default();
        for other in fuzzed.iter().filter(|other| other.case.protocol() == protocol) {
            fired.merge(other.ran.report.rules);
        }
        for rule in fired.missing(one.case.rules()) {
            let _ = writeln!(text, "rule of {protocol} that never fired: {rule}");
        }
    }
    let any = fuzzed.iter().any(|one| !one.case.rules().is_empty() && one.ran.report.runs > 0);
    if text.is_empty() && any {
        text.push_str("every rule fired\n");
    }
    text
}

/// The last line.
fn sum(fuzzed: &[Fuzzed], asked: usize) -> String {
    let runs: u64 = fuzzed.iter().map(|one| one.ran.report.runs).sum();
    let mut text = format!("{} {}", grouped(runs), if runs == 1 { "run" } else { "runs" });
    let done = fuzzed.iter().filter(|one| !one.ran.stopped).count();
    if done < asked {
        let _ = write!(text, ", stopped in scenario {} of {asked}", done + 1);
    }
    let count = |is: fn(&Fuzzed) -> bool| fuzzed.iter().filter(|one| is(one)).count();
    let parts = [
        (count(|one| one.ran.report.runs > 0 && one.is_odd() && !one.is_open()), "not as expected"),
        (count(Fuzzed::is_open), "undetermined, which counts with --strict only"),
        (count(|one| one.ran.report.runs == 0), "not run"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| {
            format!("{n} {} {what}", if n == 1 { "scenario is" } else { "scenarios are" })
        })
        .collect();
    let verdict =
        if parts.is_empty() { "every verdict as expected".to_owned() } else { parts.join("; ") };
    format!("{text}: {verdict}\n")
}
