//! Do the promises notice? Both protocols a second time, independently, and with mistakes that
//! people make: each must be caught where it shows, and what only looks like a mistake must not.

mod om;
mod om_again;
mod two_generals;

use generals::testing::Check;
use generals::{Exhaustive, Outcome, Protocol, Verdict, VerdictKind};

/// What every run came to, and its decisions, in all runs of two cases that ask the same questions.
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

fn decisions(trace: &generals::Trace) -> Vec<String> {
    let decided = trace.entries.iter().filter(|e| e.what == generals::trace::What::Decided);
    decided.map(ToString::to_string).collect()
}

/// All verdicts on the promises both make, which come first, and the costs.
fn summary(outcome: &Outcome) -> (Vec<VerdictKind>, generals::Time, [u64; 3]) {
    let tally = &outcome.tally;
    let kinds = outcome.verdicts.iter().take(2).map(Verdict::kind).collect();
    (kinds, outcome.at, [tally.sent, tally.injected, tally.delivered])
}
