//! What cannot be done, honestly: a run proves nothing impossible, but the adversary of each proof is
//! here and wins against what ships. Each test fails if what must break does not.

mod flp;
mod late;
mod rounds;
mod worlds;

use generals::Case;
use generals::testing::{Check, check};
use generals::trace::{Trace, What};
use generals::{NodeId, Protocol, Time, VerdictKind};
use generals_models::scenarios;

/// A shipped scenario, with replacements: each of them must have an occasion.
fn shipped<P: Protocol>(name: &str, replacements: &[(&str, &str)]) -> Check<P> {
    let found = scenarios::ALL.iter().find(|shipped| shipped.name == name);
    let mut text = found.unwrap_or_else(|| panic!("no scenario {name}")).text.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    check(&text)
}

/// The verdict on the promise of this name in the run of seed 0.
fn verdict(case: &dyn Case, promise: &str) -> VerdictKind {
    let i = case.promises().iter().position(|row| row.name == promise).expect("a promise");
    case.worker().run_seed(0).verdicts[i].kind()
}

/// Who decided what, and when, in the order of the run.
fn decisions(trace: &Trace) -> Vec<(Time, NodeId, String)> {
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    decided.map(|entry| (entry.at, entry.node, entry.text.to_string())).collect()
}
