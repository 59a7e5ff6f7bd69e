//! `explore SCENARIO`: every run there is.

use crate::check::VerdictKind;
use crate::choosers::{Origin, Script};
use crate::explore::{Explored, explore as explore_all};
use crate::fuzz::Count;
use crate::subject::{Case, PromiseRow};
use crate::trace::Zoom;

use super::campaign::spinner;
use super::open::Shelf;
use super::paste::command;
use super::story::{Story, not_deterministic};
use super::{Exit, Failure, args, out, stop, watchdog};
use crate::report::grouped;

pub(super) fn explore(shelf: Shelf, args: &args::Explore) -> Result<Exit, Failure> {
    let name = &args.scenario;
    let case = shelf.scenario(name)?;
    let again = command(["explore", name]);
    watchdog::doing(again.clone());
    // A search that takes every branch once makes no sense where a branch leads to two places.
    let kindest = Origin::Script(Script::default());
    let once = case.worker().run(&mut *kindest.chooser()).clone();
    if let Some(difference) = not_deterministic(&*case, &kindest, &once, &again) {
        out::print(&difference)?;
        return Ok(Exit::NotDeterministic);
    }
    let bar = spinner();
    let explored = explore_all(&*case, args.runs, |runs| {
        bar.set_message(format!("{name}: {} runs", grouped(runs)));
        !stop::requested()
    });
    bar.finish_and_clear();
    let Explored { report, complete, .. } = &explored;
    let all = match complete {
        true => "these are all runs there are",
        false => "stopped early: there are more runs (--runs N)",
    };
    out::print(&format!("{name}: {all}\n"))?;
    out::print(&crate::report::campaign(&*case, report))?;
    tell_first_breaks(&*case, &explored)?;

    let rows = || case.promises().iter().zip(&report.verdicts);
    // What is expected and never comes is known not to come only when there is nothing left.
    let is_odd = |(row, count): (&PromiseRow, &Count)| {
        let worst = count.worst();
        let missing = *complete && worst < row.expected;
        missing || (worst > row.expected && worst != VerdictKind::Undetermined)
    };
    if rows().any(is_odd) {
        out::print(&format!("\nnot as expected; to repeat it:\n{again}\n"))?;
        return Ok(Exit::Broken);
    }
    Ok(if *complete { Exit::AsExpected } else { Exit::Stopped })
}

/// The first run that breaks each promise; what breaks in the same run is told once.
fn tell_first_breaks(case: &dyn Case, explored: &Explored) -> Result<(), Failure> {
    let firsts = case.promises().iter().zip(&explored.first_broken);
    let mut left: Vec<_> =
        firsts.filter_map(|(row, first)| Some((row.name.as_str(), first.as_ref()?))).collect();
    while let Some((_, script)) = left.first().copied() {
        let (told, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, first)| *first == script);
        left = rest;
        let names: Vec<&str> = told.into_iter().map(|(name, _)| name).collect();
        out::print(&format!("\nthe first run that breaks {}:\n\n", names.join(" and ")))?;
        out::print(&Story::of(case, script).text(case, Zoom::Story))?;
    }
    Ok(())
}
