//! `check`: every seed file and every scenario against what it expects, each run twice.

use std::fs;
use std::path::{Path, PathBuf};

use crate::check::VerdictKind;
use crate::choosers::Origin;
use crate::file;
use crate::fuzz::run_twice;
use crate::seedfile::Found;
use crate::subject::Case;
use crate::testing;

use super::open::{Opened, Shelf};
use super::paste::command;
use super::{Exit, Failure, args, out, single, stop, watchdog};

pub(super) fn check(shelf: Shelf, args: &args::Check) -> Result<Exit, Failure> {
    let names = match &args.dir {
        Some(dir) if dir.is_dir() => files_in(dir)?,
        Some(file) => vec![file.display().to_string()],
        None => {
            let mut names: Vec<String> =
                shelf.shipped().map(|shipped| shipped.name.to_owned()).collect();
            if Path::new("seeds").is_dir() {
                names.extend(files_in(Path::new("seeds"))?);
            }
            names
        }
    };
    if names.is_empty() {
        out::hint("there is nothing to check");
        return Ok(Exit::Nothing);
    }
    let mut exit = Exit::AsExpected;
    let mut bad: Vec<Failure> = Vec::new();
    let mut good = 0;
    for name in &names {
        if stop::requested() {
            exit = exit.max(Exit::Stopped);
            break;
        }
        // One bad file must not hide what is wrong with the others.
        match one(shelf, name, args.runs) {
            Ok(Exit::AsExpected) => good += 1,
            Ok(other) => exit = exit.max(other),
            Err(Failure::NobodyReads) => return Err(Failure::NobodyReads),
            Err(failure) => {
                out::print(&format!("BAD  {name}\n"))?;
                bad.push(failure);
            }
        }
    }
    out::print(&format!("{good} of {} as expected\n", names.len()))?;
    let Some(last) = bad.pop() else { return Ok(exit) };
    for failure in &bad {
        super::report(failure);
    }
    Err(last)
}

fn files_in(dir: &Path) -> Result<Vec<String>, Failure> {
    let cannot = |error| Failure::Io(format!("cannot read {}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == "ron") {
            paths.push(path);
        }
    }
    // The order of a folder is nobody's promise.
    paths.sort();
    Ok(paths.into_iter().map(|path| path.display().to_string()).collect())
}

fn one(shelf: Shelf, name: &str, runs: u64) -> Result<Exit, Failure> {
    let source = match shelf.shipped().find(|shipped| shipped.name == name) {
        Some(shipped) => file::Source::new(shipped.name, shipped.text),
        None => file::read(Path::new(name))?,
    };
    match shelf.open(&source)? {
        Opened::Seed(case, found) => seed_file(name, &*case, &found),
        Opened::Scenario(case) => scenario(name, &*case, runs),
    }
}

fn seed_file(name: &str, case: &dyn Case, found: &Found) -> Result<Exit, Failure> {
    let origin = found.origin();
    let repeat = command(["replay", name]);
    watchdog::doing(repeat.clone());
    if let Some(exit) = differs(name, case, &origin, &repeat)? {
        return Ok(exit);
    }
    let outcome = case.worker().run(&mut *origin.chooser()).clone();
    let unexpected = single::unexpected(case, found, &outcome);
    if !unexpected.is_empty() {
        out::print(&format!("FAIL {name}\n{}{repeat}\n", unexpected.concat()))?;
        return Ok(Exit::Broken);
    }
    match single::drifted(found, &outcome) {
        Some(was) => {
            out::print(&format!("ok   {name} (its run has changed since digest {was})\n"))?;
        }
        None => out::print(&format!("ok   {name}\n"))?,
    }
    Ok(Exit::AsExpected)
}

fn scenario(name: &str, case: &dyn Case, runs: u64) -> Result<Exit, Failure> {
    let origins: Vec<Origin> = match case.script() {
        Some(script) => vec![Origin::Script(script.clone())],
        None => (0..runs).map(Origin::Seed).collect(),
    };
    for origin in &origins {
        let repeat = match origin {
            Origin::Seed(seed) => command(["run", name, "--seed", &seed.to_string()]),
            Origin::Script(_) => command(["run", name]),
        };
        watchdog::doing(repeat.clone());
        if let Some(exit) = differs(name, case, origin, &repeat)? {
            return Ok(exit);
        }
    }
    let report = testing::campaign(case, 0..runs);
    if let Some(seed) = report.not_deterministic {
        let repeat = command(["run", name, "--seed", &seed.to_string()]);
        out::print(&format!("FAIL {name}: seed {seed} does not repeat itself\n{repeat}\n"))?;
        return Ok(Exit::NotDeterministic);
    }
    let mut unexpected = String::new();
    for (row, count) in case.promises().iter().zip(&report.verdicts) {
        let (promise, worst, expected) = (&row.name, count.worst(), row.expected);
        let repeat = match (case.script(), count.lowest(worst).filter(|_| worst > expected)) {
            _ if worst == expected => continue,
            // As everywhere: what is undetermined is no failure.
            _ if worst == VerdictKind::Undetermined && expected == VerdictKind::Holds => {
                out::print(&format!("     {name}: {promise} is Undetermined in some runs\n"))?;
                continue;
            }
            (Some(_), _) => command(["run", name]),
            (None, Some(seed)) => {
                command(["shrink", name, "--seed", &seed.to_string(), "--promise", promise])
            }
            (None, None) => command(["fuzz", name, "--seeds", &format!("0..{runs}")]),
        };
        unexpected.push_str(&format!(
            "{promise}: {worst} at worst in {} runs, expected {expected}\n{repeat}\n",
            report.runs
        ));
    }
    if !unexpected.is_empty() {
        out::print(&format!("FAIL {name}\n{unexpected}"))?;
        return Ok(Exit::Broken);
    }
    let runs = if report.runs == 1 { "1 run".to_owned() } else { format!("{} runs", report.runs) };
    out::print(&format!("ok   {name} ({runs})\n"))?;
    Ok(Exit::AsExpected)
}

/// Runs twice; tells the first difference, if there is one.
fn differs(
    name: &str,
    case: &dyn Case,
    origin: &Origin,
    repeat: &str,
) -> Result<Option<Exit>, Failure> {
    let Some(difference) = run_twice(&mut *case.worker(), origin) else { return Ok(None) };
    out::print(&format!("FAIL {name}: not deterministic\n{difference}{repeat}\n"))?;
    Ok(Some(Exit::NotDeterministic))
}
