//! Do the promises notice? The protocols a second time, independently, and with mistakes that
//! people make: each must be caught where it shows, and what only looks like a mistake must not.

mod ben_or;
mod bracha;
mod broadcast;
mod chandra_toueg;
mod detector;
mod dolev_strong;
mod dolev_strong_again;
mod floodset;
mod om;
mod om_again;
mod om_graph;
mod om_graph_again;
mod paxos;
mod pbft;
mod sm;
mod sm_again;
mod sm_graph;
mod stubborn;
mod two_generals;

use std::fmt::Debug;

use generals::testing::{Check, campaign, check};
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

/// The same text for another implementation of its protocol, which makes this mistake.
fn mistaken<Q: Protocol>(
    name: &str,
    mutation: impl Debug,
    replacements: &[(&str, &str)],
) -> String {
    let text = shipped(name, replacements);
    let protocol = text.split('"').skip_while(|part| !part.ends_with("protocol: ")).nth(1);
    let protocol = format!("protocol: \"{}\"", protocol.expect("a protocol"));
    assert!(text.contains("config: ("), "{name} has no config");
    text.replace(&protocol, &format!("protocol: \"{}\"", Q::NAME))
        .replace("config: (", &format!("config: (mutation: {mutation:?}, "))
}

/// A shipped scenario, run by another implementation which makes this mistake.
fn again<Q: Protocol>(name: &str, mutation: impl Debug) -> Check<Q> {
    check(&mistaken::<Q>(name, mutation, &[]))
}

/// The worst that becomes of each promise in so many runs.
fn worst<P: Protocol>(case: &Check<P>, runs: u64) -> Vec<(String, VerdictKind)> {
    let report = campaign(case.case(), 0..runs);
    let names = case.case().promises().iter().map(|row| row.name.clone());
    names.zip(&report.verdicts).map(|(name, count)| (name, count.worst())).collect()
}

/// The promises that some of so many runs violate.
fn violated<P: Protocol>(case: &Check<P>, runs: u64) -> Vec<String> {
    let worst = worst(case, runs).into_iter();
    worst.filter(|(_, kind)| *kind == VerdictKind::Violated).map(|(name, _)| name).collect()
}

/// A mistake, a shipped scenario, and the promises that it breaks there: none where it does not
/// show.
type Killed<M> = (M, &'static str, &'static [&'static str]);

/// Asserts that each mistake breaks just these promises within so many runs.
fn each_is_caught<P: Protocol, M: Copy + Debug>(
    killed: &[Killed<M>],
    runs: u64,
    again: impl Fn(&str, M) -> Check<P>,
) {
    let otherwise = killed.iter().filter_map(|&(mutation, name, promises)| {
        let found = violated(&again(name, mutation), runs);
        (found != promises).then(|| format!("{mutation:?} in {name} breaks {found:?}"))
    });
    assert_eq!(otherwise.collect::<Vec<_>>(), [""; 0]);
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
