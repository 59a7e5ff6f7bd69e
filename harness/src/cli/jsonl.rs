//! The records of `fuzz --format jsonl`: one JSON object a line. What depends on the clock stands
//! in records of type `timing` and nowhere else.

use serde_json::{Map, Value, json};

use crate::check::VerdictKind;
use crate::fuzz::Seeds;

use super::campaign::per_second;
use super::fuzz::{Finding, Fuzzed};

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// The first record: what is going to be run.
pub(super) fn campaign(seeds: Seeds) -> String {
    line(&json!({
        "type": "campaign",
        "version": env!("CARGO_PKG_VERSION"),
        "start": seeds.start,
        "count": seeds.count,
        "shard": format!("{}/{}", seeds.offset + 1, seeds.stride),
    }))
}

/// The records of one scenario.
pub(super) fn fuzzed(one: &Fuzzed) -> String {
    let report = &one.ran.report;
    let rules = one.case.rules();
    let promises: Map<String, Value> = one
        .case
        .promises()
        .iter()
        .zip(&report.verdicts)
        .map(|(row, count)| {
            let kinds = VerdictKind::ALL.into_iter().filter(|kind| count.of(*kind) > 0);
            let counts: Map<String, Value> =
                kinds.map(|kind| (kind.to_string(), json!(count.of(kind)))).collect();
            (row.name.clone(), json!({ "expected": row.expected, "verdicts": counts }))
        })
        .collect();
    let mut text = line(&json!({
        "type": "scenario",
        "scenario": one.name,
        "protocol": one.case.protocol(),
        "runs": report.runs,
        "events": report.tally.events,
        "sent": report.tally.sent,
        "injected": report.tally.injected,
        "lost": report.tally.audit.lost,
        "duplicated": report.tally.audit.duplicated,
        "promises": promises,
        "never_fired": report.rules.missing(rules).collect::<Vec<_>>(),
        "not_deterministic": report.not_deterministic,
        "stopped": one.ran.stopped,
    }));
    for finding in &one.findings {
        text.push_str(&self::finding(one, finding));
    }
    let millis = u64::try_from(one.ran.took.as_millis()).unwrap_or(u64::MAX);
    text.push_str(&line(&json!({
        "type": "timing",
        "scenario": one.name,
        "milliseconds": millis,
        "runs_per_second": per_second(report.runs, one.ran.took),
        "events_per_second": per_second(report.tally.events, one.ran.took),
    })));
    text
}

fn finding(one: &Fuzzed, finding: &Finding) -> String {
    let found = finding.story.as_ref().map(|story| story.found(&*one.case, finding.seed));
    line(&json!({
        "type": "finding",
        "scenario": one.name,
        "promise": finding.promise,
        "verdict": finding.kind,
        "expected": finding.expected,
        "seed": finding.seed,
        "seed_file": found.as_ref().map(|found| one.case.seed_file(found)),
        "story": finding.story.as_ref().map(|story| story.text(&*one.case)),
        "repeat": finding.repeat,
    }))
}

/// The last record.
pub(super) fn end(exit: u8) -> String {
    line(&json!({ "type": "end", "exit": exit }))
}
