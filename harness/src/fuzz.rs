//! Many runs of one case, in parallel, with one report.
//!
//! Every run is single-threaded and knows nothing of the others; a report is a sum and a minimum,
//! so that neither the number of threads nor their luck can change it.

use std::ops::Range;

use rayon::prelude::*;

use crate::check::VerdictKind;
use crate::choosers::Origin;
use crate::kernel::{Outcome, Tally};
use crate::protocol::RuleSet;
use crate::subject::{Case, Worker};
use crate::trace::Difference;

/// Which seeds to run: `start + offset`, then every `stride`-th.
///
/// Seeds come from their index alone, so that shards of a campaign never overlap and together are
/// the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The first seed of the campaign.
    pub start: u64,
    /// The place of this shard, from 0.
    pub offset: u64,
    /// How many shards there are; at least 1.
    pub stride: u64,
    /// How many seeds the campaign has, all shards together; `None` for no end.
    pub count: Option<u64>,
}

impl Seeds {
    /// All seeds from `start` to before `end`, in one shard.
    #[must_use]
    pub const fn range(start: u64, end: u64) -> Self {
        Self { start, offset: 0, stride: 1, count: Some(end.saturating_sub(start)) }
    }

    /// How many seeds this shard has, if there is an end to them.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        let count = self.count?.min(u64::MAX - self.start);
        Some(count.saturating_sub(self.offset).div_ceil(self.stride.max(1)))
    }

    /// Whether there is no seed at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The `i`-th seed of this shard.
    #[must_use]
    pub const fn nth(&self, i: u64) -> u64 {
        self.start.saturating_add(self.offset).saturating_add(i.saturating_mul(self.stride))
    }
}

/// What many runs came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many runs.
    pub runs: u64,
    /// All their tallies together.
    pub tally: Tally,
    /// For each promise of the case, in order: how often each verdict fell.
    pub verdicts: Vec<Count>,
    /// The rules of the paper that fired in any run.
    pub rules: RuleSet,
    /// The lowest seed whose second run was not its first.
    pub not_deterministic: Option<u64>,
}

/// How often each verdict fell on one promise, and the lowest seed for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    runs: [u64; VerdictKind::ALL.len()],
    lowest: [Option<u64>; VerdictKind::ALL.len()],
}

impl Count {
    /// Adds a verdict.
    pub const fn add(&mut self, kind: VerdictKind, seed: u64) {
        let i = kind as usize;
        self.runs[i] += 1;
        match self.lowest[i] {
            Some(lowest) if lowest <= seed => {}
            _ => self.lowest[i] = Some(seed),
        }
    }

    /// How many runs got this verdict.
    #[must_use]
    pub const fn of(&self, kind: VerdictKind) -> u64 {
        self.runs[kind as usize]
    }

    /// The lowest seed that got this verdict.
    #[must_use]
    pub const fn lowest(&self, kind: VerdictKind) -> Option<u64> {
        self.lowest[kind as usize]
    }

    /// The worst verdict of all; [`VerdictKind::Holds`] if there was no run.
    #[must_use]
    pub fn worst(&self) -> VerdictKind {
        let worst = VerdictKind::ALL.into_iter().rev().find(|kind| self.of(*kind) > 0);
        worst.unwrap_or(VerdictKind::Holds)
    }

    fn merge(&mut self, other: &Self) {
        for i in 0..self.runs.len() {
            self.runs[i] += other.runs[i];
            self.lowest[i] = match (self.lowest[i], other.lowest[i]) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
}

impl Report {
    /// The report of no runs of `case`.
    #[must_use]
    pub fn empty(case: &dyn Case) -> Self {
        Self {
            runs: 0,
            tally: Tally::default(),
            verdicts: vec![Count::default(); case.promises().len()],
            rules: RuleSet::default(),
            not_deterministic: None,
        }
    }

    /// Takes in a run.
    pub fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.runs += 1;
        self.tally.merge(&outcome.tally);
        self.rules.merge(outcome.rules);
        for (count, verdict) in self.verdicts.iter_mut().zip(&outcome.verdicts) {
            count.add(verdict.kind(), seed);
        }
    }

    /// Takes in a report on other runs of the same case.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.tally.merge(&other.tally);
        self.rules.merge(other.rules);
        for (mine, theirs) in self.verdicts.iter_mut().zip(&other.verdicts) {
            mine.merge(theirs);
        }
        self.not_deterministic = match (self.not_deterministic, other.not_deterministic) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// One run in so many is run twice, to notice what is not deterministic.
const RUN_TWICE: u64 = 256;
/// So many runs are handed to a thread at a time.
const BATCH: u64 = 64;

/// Runs the seeds with these indices, on the threads of the current pool.
#[must_use]
pub fn fuzz(case: &dyn Case, seeds: Seeds, indices: Range<u64>) -> Report {
    let batches = indices.end.saturating_sub(indices.start).div_ceil(BATCH);
    (0..batches)
        .into_par_iter()
        .map_init(
            || case.worker(),
            |worker, batch| {
                let from = indices.start + batch * BATCH;
                let mut report = Report::empty(case);
                for i in from..indices.end.min(from + BATCH) {
                    let seed = seeds.nth(i);
                    let outcome = worker.run_seed(seed);
                    report.add(seed, outcome);
                    if !i.is_multiple_of(RUN_TWICE) {
                        continue;
                    }
                    let once = outcome.clone();
                    if *worker.run_seed(seed) != once {
                        report.not_deterministic.get_or_insert(seed);
                    }
                }
                report
            },
        )
        .reduce(
            || Report::empty(case),
            |mut a, b| {
                a.merge(&b);
                a
            },
        )
}

/// Where two runs of one origin differ, if they do: the answer of a case that is deterministic is
/// `None`.
pub fn run_twice(worker: &mut dyn Worker, origin: &Origin) -> Option<Difference> {
    let (first, once) = worker.trace(&mut *origin.chooser());
    let (second, again) = worker.trace(&mut *origin.chooser());
    let last = || Difference {
        event: first.tally.events.saturating_sub(1),
        once: first.verdicts.iter().map(ToString::to_string).collect(),
        again: second.verdicts.iter().map(ToString::to_string).collect(),
    };
    once.first_difference(&again).or_else(|| (first != second).then(last))
}
