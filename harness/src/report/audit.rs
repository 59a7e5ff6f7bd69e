//! What one run's world did, held against what promises assume.

use std::fmt::Write;

use crate::check::Breach;
use crate::kernel::{Outcome, Tally};
use crate::subject::PromiseRow;
use crate::trace::Trace;

/// Which assumptions the run kept and which it broke, what the world did, and what had no effect.
#[must_use]
pub fn audit(promises: &[PromiseRow], outcome: &Outcome, trace: &Trace) -> String {
    let mut text = String::from("audit\n");
    for (names, breaches) in alike(promises, &trace.breaches) {
        let names = names.join(", ");
        match breaches {
            [] => {
                let _ = writeln!(text, "  kept    what {names} assumed");
            }
            breaches => {
                for Breach(what) in breaches {
                    let _ = writeln!(text, "  broken  for {names}: {what}");
                }
            }
        }
    }
    let done = what_happened(&outcome.tally);
    if !done.is_empty() {
        let _ = writeln!(text, "  world   {}", done.join("; "));
    }
    for idle in &trace.idle {
        let _ = writeln!(text, "  idle    {idle}");
    }
    text
}

/// Promises that met with the same, together: there is nothing to say of those that assume nothing.
fn alike<'a>(
    promises: &'a [PromiseRow],
    breaches: &'a [Vec<Breach>],
) -> Vec<(Vec<&'a str>, &'a [Breach])> {
    let mut groups: Vec<(Vec<&str>, &[Breach])> = Vec::new();
    for (row, met) in promises.iter().zip(breaches) {
        match groups.iter_mut().find(|(_, same)| *same == met.as_slice()) {
            Some((names, _)) => names.push(&row.name),
            None => groups.push((vec![&row.name], met)),
        }
    }
    groups
}

/// What links, the network, nodes and the adversary did, as far as it is out of the ordinary.
fn what_happened(tally: &Tally) -> Vec<String> {
    let audit = &tally.audit;
    let counted = |n: u64, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let mut done: Vec<String> = [
        (audit.late.count, "message late", "messages late"),
        (audit.overtaken, "message overtook another", "messages overtook others"),
        (audit.tampered.arrived, "tampered message arrived", "tampered messages arrived"),
        (audit.tampered.ignored, "of them ignored", "of them ignored"),
        (audit.crashes, "crash", "crashes"),
        (audit.recoveries, "recovery", "recoveries"),
        (audit.wiped, "disk wiped", "disks wiped"),
        (audit.wrong_timers, "timer by a wrong clock", "timers by wrong clocks"),
        (tally.lies, "lie", "lies"),
        (tally.lies_arrived, "lie arrived", "lies arrived"),
        (tally.lies_ignored, "lie ignored", "lies ignored"),
        (tally.steered, "message steered", "messages steered"),
    ]
    .into_iter()
    .filter_map(|(n, one, many)| counted(n, one, many))
    .collect();
    if audit.late.count > 0 {
        done.push(format!("the slowest took {}", audit.slowest));
    }
    if audit.held > 0 {
        done.push(format!("{} events held up, for up to {}", audit.held, audit.longest_wait));
    }
    done
}
