//! `fuzz`: many seeds of many scenarios, a table, and the story of everything that broke.

use std::time::Duration;

use generals_models::Span;
use indicatif::ProgressBar;

use crate::fuzz::Seeds;

use super::args::{self, Format};
use super::findings::Fuzzed;
use super::open::{Named, Shelf};
use super::table::table;
use super::{Exit, Failure, campaign, jsonl, out, stop};

/// How long to fuzz if nobody said how much.
const DEFAULT_TIME: Span = Span::secs(15);

pub(super) fn fuzz(shelf: Shelf, args: &args::Fuzz) -> Result<Exit, Failure> {
    let seeds = args.seeds(campaign::draw_seed()).ok_or_else(|| {
        Failure::Usage("`--seeds A..B` says how many; with --runs write `--seeds A..`".to_owned())
    })?;
    let cases = of_this_shard(shelf.scenarios(&args.scenarios)?, seeds);
    if cases.is_empty() {
        out::hint("there is nothing to run");
        return Ok(Exit::Nothing);
    }
    if let Some(folder) = &args.out {
        out::make_folder(folder)?;
    }
    match args.format {
        Format::Human if args.seeds.is_some() => {}
        Format::Human => out::print(&format!("seeds {}\n", campaign::range(seeds)))?,
        Format::Jsonl => out::print(&jsonl::campaign(seeds))?,
    }
    let asked = cases.len();
    let bar = campaign::spinner();
    let fuzzed = run_all(cases, args, seeds, &bar)?;
    bar.finish_and_clear();
    let early = if fuzzed.len() < asked { Exit::Stopped } else { Exit::AsExpected };
    let exit = fuzzed.iter().map(|one| one.exit(args.strict)).fold(early, Exit::max);
    match args.format {
        Format::Human => tell(&fuzzed, asked)?,
        Format::Jsonl => out::print(&jsonl::end(exit as u8))?,
    }
    Ok(exit)
}

/// A script is a single run, whatever the seeds: it belongs to the first shard.
fn of_this_shard(mut cases: Vec<Named>, seeds: Seeds) -> Vec<Named> {
    cases.retain(|(_, case)| case.script().is_none() || seeds.offset == 0);
    cases
}

/// What was expected first, then the table, and last what needs looking at.
fn tell(fuzzed: &[Fuzzed], asked: usize) -> Result<(), Failure> {
    for one in fuzzed {
        out::print(&one.stories(true))?;
    }
    out::print(&table(fuzzed, asked))?;
    for one in fuzzed {
        out::print(&one.stories(false))?;
        out::print(&one.not_deterministic().unwrap_or_default())?;
    }
    Ok(())
}

/// Runs one scenario after the other. Seed files and records are written as soon as there is
/// something to write.
fn run_all(
    cases: Vec<Named>,
    args: &args::Fuzz,
    seeds: Seeds,
    bar: &ProgressBar,
) -> Result<Vec<Fuzzed>, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::Io(format!("cannot start threads: {error}")))?;
    let share = share_of_time(&cases, args, seeds);
    let mut fuzzed = Vec::new();
    let asked = cases.len();
    for (i, (name, case)) in cases.into_iter().enumerate() {
        if stop::requested() {
            break;
        }
        let label = format!("{}/{asked} {name}", i + 1);
        bar.set_message(label.clone());
        let ran = pool.install(|| campaign::run(&label, &*case, seeds, share, bar));
        bar.set_message(format!("{label}: shrinking"));
        let one = Fuzzed::new(name, case, ran);
        if let Some(folder) = &args.out {
            bar.suspend(|| one.write_seed_files(folder))?;
        }
        if args.format == Format::Jsonl {
            bar.suspend(|| out::print(&jsonl::fuzzed(&one)))?;
        }
        fuzzed.push(one);
    }
    Ok(fuzzed)
}

/// How long each scenario may take. Scripted ones are single runs and take no time.
fn share_of_time(cases: &[Named], args: &args::Fuzz, seeds: Seeds) -> Option<Duration> {
    let shares = cases.iter().filter(|(_, case)| case.script().is_none()).count().max(1);
    let total = match (args.max_time, seeds.count) {
        (None, Some(_)) => return None,
        (time, _) => Duration::from_nanos(time.unwrap_or(DEFAULT_TIME).as_nanos()),
    };
    Some(total / u32::try_from(shares).unwrap_or(u32::MAX))
}
