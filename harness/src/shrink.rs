//! From a failing run to its story: leave out, and make smaller, whatever the failure does not
//! need.
//!
//! It is the deviations from the kindest run that shrink, not the seed, so nothing here knows the
//! protocol.

use crate::check::{Verdict, VerdictKind, Witness};
use crate::choosers::Origin;
use crate::choosers::{Deviation, Noting, Script, Scripted};
use crate::kernel::Outcome;
use crate::subject::{Case, Worker};

/// What must stay true of a run while it shrinks: this promise gets this verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which of the case's promises.
    pub promise: usize,
    /// What becomes of it.
    pub kind: VerdictKind,
}

impl Target {
    /// The worst thing that happened in a run, if anything was broken or left open.
    #[must_use]
    pub fn worst_of(outcome: &Outcome) -> Option<Self> {
        let kinds = outcome.verdicts.iter().map(Verdict::kind).enumerate();
        // The first of the worst: promises are listed with the most important first.
        let (promise, kind) = kinds.rev().max_by_key(|(_, kind)| *kind)?;
        (kind != VerdictKind::Holds).then_some(Self { promise, kind })
    }

    /// Whether a run still shows it.
    #[must_use]
    pub fn is_met(self, outcome: &Outcome) -> bool {
        outcome.verdicts.get(self.promise).is_some_and(|verdict| verdict.kind() == self.kind)
    }
}

/// A failing run with nothing left to take away.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// What still goes wrong.
    pub script: Script,
    /// How many deviations there were to begin with.
    pub from: usize,
    /// How many runs it took.
    pub tried: u64,
    /// The outcome of the shrunk run.
    pub outcome: Outcome,
}

/// No failure is worth more runs than this.
const MOST_RUNS: u64 = 20_000;

/// Writes down what went wrong in a run.
pub fn note(worker: &mut dyn Worker, origin: &Origin) -> (Outcome, Script) {
    let mut noting = Noting::new(origin.chooser());
    let outcome = worker.run(&mut noting).clone();
    (outcome, noting.into_script())
}

/// Shrinks the run of `origin`, as long as it meets `target`. `None` if it never did.
pub fn shrink(case: &dyn Case, origin: &Origin, target: Target) -> Option<Shrunk> {
    let mut worker = case.worker();
    let (outcome, script) = note(&mut *worker, origin);
    let cause = cause(&outcome);
    let mut search = Search { worker: &mut *worker, target, cause, tried: 1 };
    let whole: Vec<Deviation> = script.iter().collect();
    if !target.is_met(&outcome) || !search.fails(&whole) {
        return None;
    }
    let from = whole.len();
    let mut best = whole;
    loop {
        let before = best.clone();
        best = search.fewer(best);
        best = search.smaller(best);
        if best == before || search.tried >= MOST_RUNS {
            break;
        }
    }
    let tried = search.tried;
    let script: Script = best.into_iter().collect();
    let outcome = worker.run(&mut Scripted::new(&script)).clone();
    Some(Shrunk { script, from, tried, outcome })
}

/// Why a run is not sound, without the numbers that shrinking may change: a panic is not a flood.
fn cause(outcome: &Outcome) -> Option<String> {
    match outcome.verdicts.last() {
        Some(Verdict::Violated(Witness(why))) => {
            Some(why.chars().filter(|c| !c.is_ascii_digit()).collect())
        }
        _ => None,
    }
}

struct Search<'w> {
    worker: &'w mut dyn Worker,
    target: Target,
    cause: Option<String>,
    tried: u64,
}

impl Search<'_> {
    fn fails(&mut self, deviations: &[Deviation]) -> bool {
        self.tried += 1;
        let script: Script = deviations.iter().copied().collect();
        let outcome = self.worker.run(&mut Scripted::new(&script));
        let is_soundness = self.target.promise + 1 == outcome.verdicts.len();
        self.target.is_met(outcome) && (!is_soundness || cause(outcome) == self.cause)
    }

    /// Delta debugging (Zeller and Hildebrandt, 2002), leaving out ever smaller parts.
    fn fewer(&mut self, mut kept: Vec<Deviation>) -> Vec<Deviation> {
        let mut part = kept.len().div_ceil(2);
        while part > 0 {
            let mut start = 0;
            let mut progress = false;
            while start < kept.len() && self.tried < MOST_RUNS {
                let end = kept.len().min(start + part);
                let without: Vec<Deviation> =
                    kept[..start].iter().chain(&kept[end..]).copied().collect();
                if self.fails(&without) {
                    kept = without;
                    progress = true;
                } else {
                    start = end;
                }
            }
            if !progress || part > 1 {
                part = if part == 1 { 0 } else { part.div_ceil(2) };
            }
        }
        kept
    }

    /// Makes every answer that remains as small as it may be.
    fn smaller(&mut self, mut kept: Vec<Deviation>) -> Vec<Deviation> {
        for i in 0..kept.len() {
            // An answer of 0 is known not to fail, or it would have been left out.
            let (mut kind, mut bad) = (0, kept[i].answer);
            while bad - kind > 1 && self.tried < MOST_RUNS {
                let middle = kind + (bad - kind) / 2;
                let before = std::mem::replace(&mut kept[i].answer, middle);
                if self.fails(&kept) {
                    bad = middle;
                } else {
                    kept[i].answer = before;
                    kind = middle;
                }
            }
        }
        kept
    }
}
