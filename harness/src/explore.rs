//! Every run there is, kindest first. In a small world that is a proof up to its bounds.

use crate::check::VerdictKind;
use crate::choosers::{Exhaustive, Noting, Script};
use crate::fuzz::Report;
use crate::subject::Case;

/// What all runs came to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// The report; its "seeds" are the numbers of the runs, from 0.
    pub report: Report,
    /// Whether all runs were seen.
    pub complete: bool,
    /// For each promise of the case, in order: what goes wrong in the first run that broke it.
    pub first_broken: Vec<Option<Script>>,
}

/// Runs everything, up to `most` runs. `progress` hears the number of runs now and then, and stops
/// the search by saying false.
#[must_use]
pub fn explore(case: &dyn Case, most: u64, mut progress: impl FnMut(u64) -> bool) -> Explored {
    let mut worker = case.worker();
    let mut odometer = Exhaustive::default();
    let mut report = Report::empty(case);
    let mut first_broken: Vec<Option<Script>> = vec![None; case.promises().len()];
    let mut complete = false;
    while report.runs < most {
        if report.runs.is_multiple_of(1024) && !progress(report.runs) {
            break;
        }
        let outcome = worker.run(&mut odometer);
        let run = report.runs;
        report.add(run, outcome);
        let broken: Vec<usize> = first_broken
            .iter()
            .zip(&outcome.verdicts)
            .enumerate()
            .filter(|(_, (first, verdict))| first.is_none() && verdict.kind().is_broken())
            .map(|(i, _)| i)
            .collect();
        if !broken.is_empty() {
            odometer.again();
            let mut noting = Noting::new(&mut odometer);
            worker.run(&mut noting);
            let script = noting.into_script();
            for i in broken {
                first_broken[i] = Some(script.clone());
            }
        }
        if !odometer.advance() {
            complete = true;
            break;
        }
    }
    Explored { report, complete, first_broken }
}

impl Explored {
    /// How many runs broke the promise of this name, inside or outside its assumptions; `None` if
    /// the case makes no such promise.
    #[must_use]
    pub fn broken(&self, case: &dyn Case, promise: &str) -> Option<u64> {
        let i = case.promises().iter().position(|row| row.name == promise)?;
        let count = &self.report.verdicts[i];
        Some(count.of(VerdictKind::OutOfModel) + count.of(VerdictKind::Violated))
    }
}
