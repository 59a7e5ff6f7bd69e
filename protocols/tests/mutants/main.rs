//! Do the promises notice? The protocols a second time, independently, and with mistakes that
//! people make: each must be caught where it shows, and what only looks like a mistake must not.

mod ben_or;
mod bracha;
mod broadcast;
mod dolev_strong;
mod dolev_strong_again;
mod om;
mod om_again;
mod om_graph;
mod om_graph_again;
mod sm;
mod sm_again;
mod sm_graph;
mod stubborn;
mod two_generals;

use generals::testing::Check;
use generals::trace::{Trace, What};
use generals::{Exhaustive, NodeId, Outcome, Protocol, Seeded, Time, Verdict, VerdictKind};
use generals_models::scenarios;

/// Asserts that two cases ask the same questions and that their runs come to the same, whatever the
/// answers. Returns how many runs there are.
fn same_in_every_run<P: Protocol, Q: Protocol>(one: &Check<P>, other: &Check<Q>) -> u64 {
    let (mut left, mut right) = (one.case().worker(), other.case().worker());
    let mut odometer = Exhaustive::default();
    let mut runs = 0;
    loop {
        let (one, one_trace) = left.trace(&mut odometer);
        odometer.again();
        let (other, other_trace) = right.trace(&mut odometer);
        assert_eq!(decisions(&one_trace), decisions(&other_trace), "run {runs}");
        assert_eq!(summary(&one), summary(&other), "run {runs}");
        runs += 1;
        if !odometer.advance() {
            return runs;
        }
    }
}

/// Asserts the same of the runs of these seeds.
fn same_in_runs<P: Protocol, Q: Protocol>(
    one: &Check<P>,
    other: &Check<Q>,
    seeds: std::ops::Range<u64>,
) {
    let (mut left, mut right) = (one.case().worker(), other.case().worker());
    for seed in seeds {
        let (one, one_trace) = left.trace(&mut Seeded::new(seed));
        let (other, other_trace) = right.trace(&mut Seeded::new(seed));
        assert_eq!(decisions(&one_trace), decisions(&other_trace), "seed {seed}");
        assert_eq!(summary(&one), summary(&other), "seed {seed}");
    }
}

/// The text of a shipped scenario, with replacements: each of them must have an occasion.
fn shipped(name: &str, replacements: &[(&str, &str)]) -> String {
    let found = scenarios::ALL.iter().find(|shipped| shipped.name == name);
    let mut text = found.unwrap_or_else(|| panic!("no scenario {name}")).text.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    text
}

/// Who decided what, and when, in the order of the run.
fn decisions(trace: &Trace) -> Vec<(Time, NodeId, &str)> {
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    decided.map(|entry| (entry.at, entry.node, entry.text.as_str())).collect()
}

/// All verdicts on the promises both make, which come first, and the costs.
fn summary(outcome: &Outcome) -> (Vec<VerdictKind>, Time, [u64; 3]) {
    let tally = &outcome.tally;
    let kinds = outcome.verdicts.iter().take(2).map(Verdict::kind).collect();
    (kinds, outcome.at, [tally.sent, tally.injected, tally.delivered])
}
