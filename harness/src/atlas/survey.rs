//! Running a map, cell by cell.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use generals_models::{NodeFault, NodeId, World};
use rayon::prelude::*;

use crate::fuzz::Report;
use crate::subject::{Case, Worker};

use super::axes::faulty_sets;
use super::{Atlas, Axes, Cell, Place, Plan, State};

/// Runs the cells of `plan`, on the threads of the current pool. `progress` hears how many are done,
/// and stops the survey by saying false.
pub fn survey(base: &dyn Case, plan: &Plan, progress: impl Fn(usize) -> bool + Sync) -> Atlas {
    let (done, go_on) = (AtomicUsize::new(0), AtomicBool::new(true));
    let places = plan.axes.places();
    let cells = places.into_par_iter().map(|place| {
        if !go_on.load(Ordering::Relaxed) {
            return Cell { place, state: State::NotRun };
        }
        let cell = Cell { place, state: run(base, plan, place) };
        if !progress(done.fetch_add(1, Ordering::Relaxed) + 1) {
            go_on.store(false, Ordering::Relaxed);
        }
        cell
    });
    let cells = cells.collect();
    let promises = base.promises().to_vec();
    Atlas { plan: plan.clone(), protocol: base.protocol(), promises, cells }
}

/// The cases of a cell: the run of a seed is one of the case with the seed's number, modulo how many
/// there are. So a seed means the same run however many others are run.
///
/// # Errors
/// Why there is none.
pub fn cases(base: &dyn Case, axes: &Axes, place: Place) -> Result<Vec<Box<dyn Case>>, String> {
    let Place { nodes, faults, kind, .. } = place;
    let sets = faulty_sets(nodes, faults);
    if sets.is_empty() {
        return Err(format!("{faults} nodes cannot fail where there are {nodes}"));
    }
    let ways = &axes.kinds[kind].ways;
    // Faulty nodes fail all in the same way, or each in another.
    let many = ways.len() * faults.clamp(0, 2) as usize;
    let (mut cases, mut refused) = (Vec::new(), None);
    for way in 0..many.max(1) {
        let (first, step) = (way % ways.len(), way / ways.len());
        let fault = |i: usize| ways[(first + i * step) % ways.len()].clone();
        for set in &sets {
            let faulty = set.iter().enumerate().map(|(i, node)| (*node, fault(i)));
            match base.in_world(world(base, axes, place, faulty)) {
                Ok(case) => cases.push(case),
                Err(complaint) => {
                    refused.get_or_insert(complaint.problem);
                }
            }
        }
    }
    match refused {
        Some(why) if cases.is_empty() => Err(why),
        _ => Ok(cases),
    }
}

fn world(
    base: &dyn Case,
    axes: &Axes,
    place: Place,
    faulty: impl Iterator<Item = (NodeId, NodeFault)>,
) -> World {
    World {
        nodes: place.nodes,
        timing: axes.timings[place.timing].model.clone(),
        links: axes.links[place.links].model.clone(),
        faults: faulty.collect(),
        adversary: axes.adversary_of(place),
        ..base.world().clone()
    }
}

fn run(base: &dyn Case, plan: &Plan, place: Place) -> State {
    let cases = match cases(base, &plan.axes, place) {
        Ok(cases) => cases,
        Err(why) => return State::Refused(why),
    };
    // A promise is made for the cell if it is made for whoever may be faulty there.
    let beyond = (0..base.promises().len()).map(|promise| {
        let rows = cases.iter().filter_map(|case| case.promises().get(promise));
        let harsher = rows.map(|row| &row.at_worst).find(|breaches| !breaches.is_empty());
        harsher.cloned().unwrap_or_default()
    });
    let beyond = beyond.collect();
    let mut workers: Vec<Option<Box<dyn Worker + '_>>> = cases.iter().map(|_| None).collect();
    let mut report = Report::empty(base);
    for i in 0..plan.runs {
        let seed = plan.seed.saturating_add(i);
        let which = case_of(&cases, seed);
        let worker = workers[which].get_or_insert_with(|| cases[which].worker());
        let outcome = worker.run_seed(seed);
        report.add(seed, outcome);
        if i == 0 {
            let once = outcome.clone();
            if *worker.run_seed(seed) != once {
                report.not_deterministic = Some(seed);
            }
        }
        if report.tally.events >= plan.events {
            break;
        }
    }
    State::Ran { report: Box::new(report), beyond }
}

/// Which of the cases of a cell the run of a seed is of.
pub(super) fn case_of(cases: &[Box<dyn Case>], seed: u64) -> usize {
    usize::try_from(seed % cases.len().max(1) as u64).unwrap_or(0)
}
