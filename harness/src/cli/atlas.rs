//! `atlas PROTOCOL`: where promises hold, where they break, and where theory says so.

mod wishes;

use std::fmt::Write;
use std::path::PathBuf;

use crate::atlas::{self, Atlas, Example, Mark, State};
use crate::report::grouped;

use super::campaign::spinner;
use super::open::Shelf;
use super::paste::{command, this_command};
use super::story::Story;
use super::{Exit, Failure, args, out, stop, watchdog};

use self::wishes::Base;

pub(super) fn atlas(shelf: Shelf, args: &args::Atlas) -> Result<Exit, Failure> {
    for path in args.svg.iter().chain(&args.csv) {
        out::can_write(path)?;
    }
    if let Some(folder) = &args.out {
        out::make_folder(folder)?;
    }
    let base = Base::of(shelf, args)?;
    let plan = wishes::plan(&*base.case, args)?;
    watchdog::doing(this_command());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::Io(format!("cannot start threads: {error}")))?;
    let bar = spinner();
    let all = plan.axes.places().len();
    let progress = |done: usize| {
        bar.set_message(format!("{done} of {all} cells"));
        !stop::requested()
    };
    let map = pool.install(|| atlas::survey(&*base.case, &plan, progress));
    bar.set_message("the smallest stories");
    let examples = match map.is_cut_short() {
        true => Vec::new(),
        false => pool.install(|| atlas::examples(&*base.case, &map)),
    };
    bar.finish_and_clear();

    let title = base.title();
    out::print(&format!("{title}\n{}\n\n", runs_in_words(&map)))?;
    out::print(&atlas::text(&map))?;
    out::print(&conclusion(&map))?;
    tell(&base, args, &map, &examples)?;
    write_files(args, &map, &title)?;
    Ok(exit(&map, args.strict))
}

fn exit(map: &Atlas, strict: bool) -> Exit {
    let or_fine = |exit, holds: bool| if holds { exit } else { Exit::AsExpected };
    let refused = map.cells.iter().all(|cell| matches!(cell.state, State::Refused(_)));
    or_fine(Exit::Broken, map.has_bug())
        .max(or_fine(Exit::Nothing, refused))
        .max(or_fine(Exit::Stopped, map.is_cut_short()))
        .max(or_fine(Exit::NotDeterministic, map.not_deterministic().is_some()))
        .max(or_fine(Exit::Undetermined, strict && map.has_open()))
}

fn runs_in_words(map: &Atlas) -> String {
    let (least, most) = map.runs();
    let runs = if least == most { grouped(most) } else { format!("{least} to {}", grouped(most)) };
    let s = if most == 1 { "" } else { "s" };
    let cells = match map.cells.len() {
        1 => "1 cell".to_owned(),
        n => format!("{n} cells"),
    };
    format!("{cells}, {runs} run{s} each, seeds from {}", map.plan.seed)
}

/// Whether practice and theory agree, in a line or some.
fn conclusion(map: &Atlas) -> String {
    let mut text = String::from("\n");
    if map.is_cut_short() {
        text.push_str("stopped early: some cells were not run\n");
    }
    if let Some((place, seed)) = map.not_deterministic() {
        let place = atlas::in_words(&map.plan.axes, place);
        let _ = writeln!(text, "not deterministic: seed {seed} at {place} does not repeat itself");
    }
    text.push_str(match map.has_bug() {
        true => "practice and theory DISAGREE: a promise broke inside its assumptions\n",
        false => "practice and theory agree: no promise broke inside its assumptions\n",
    });
    text
}

/// The smallest story of everything that broke. Promises that break in the same run are told
/// together.
fn tell(
    base: &Base<'_>,
    args: &args::Atlas,
    map: &Atlas,
    examples: &[Example],
) -> Result<(), Failure> {
    let mut left: Vec<&Example> = examples.iter().collect();
    // Bugs first.
    left.sort_by_key(|example| example.mark != Mark::Bug);
    while let Some(first) = left.first().copied() {
        let same = |other: &&Example| {
            let run = |one: &Example| (one.place, one.mark, one.shrunk.script.clone());
            run(first) == run(other)
        };
        let (told, rest): (Vec<&Example>, Vec<&Example>) = left.into_iter().partition(same);
        left = rest;
        let names = told.iter().map(|one| map.promises[one.promise].name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        let place = atlas::in_words(&map.plan.axes, first.place);
        let what = match first.mark {
            Mark::Bug => "broke INSIDE its assumptions",
            _ => "the smallest boundary found",
        };
        let story = Story::of(&*first.case, &first.shrunk.script);
        let mut text = format!("\n--- {names}: {what}, at {place}\n\n");
        text.push_str(&story.brief(&*first.case));
        let again = repeat(base, args, map, first);
        let _ = writeln!(text, "to repeat it:\n{again}");
        if let Some(folder) = &args.out {
            let path = folder.join(file_name(map, first));
            out::write_file(&path, &story.seed_file(&*first.case, Some(first.seed)))?;
            let path = path.display().to_string();
            let _ = writeln!(text, "{}", command(["replay", &path]));
        }
        out::print(&text)?;
    }
    Ok(())
}

/// Names of models that were given as in a scenario hold what no file should be called.
fn file_name(map: &Atlas, example: &Example) -> String {
    let kind = if example.mark == Mark::Bug { "bug" } else { "boundary" };
    let promise = &map.promises[example.promise].name;
    let (place, seed) = (example.place, example.seed);
    let axes = &map.plan.axes;
    let world = [
        &axes.timings[place.timing].name,
        &axes.links[place.links].name,
        &axes.kinds[place.kind].name,
    ];
    let world = world.map(|name| name.split('(').next().unwrap_or_default()).join("-");
    let (n, f) = (place.nodes, place.faults);
    format!("{}-{promise}-{kind}-n{n}-f{f}-{world}-{seed}.ron", map.protocol)
}

/// The command that maps the one cell of a story with the one run that was shrunk.
fn repeat(base: &Base<'_>, args: &args::Atlas, map: &Atlas, example: &Example) -> String {
    let axes = &map.plan.axes;
    let place = example.place;
    let [nodes, faults] = [place.nodes, place.faults].map(|n| n.to_string());
    let seed = example.seed.to_string();
    let mut words = vec!["atlas", base.asked];
    words.extend(args.set.iter().flat_map(|set| ["--set", set]));
    words.extend(["--nodes", &nodes, "--faults", &faults]);
    words.extend(["--timing", &axes.timings[place.timing].name]);
    words.extend(["--links", &axes.links[place.links].name]);
    words.extend(["--fault-kind", &axes.kinds[place.kind].name]);
    if args.adversary != wishes::ADVERSARY {
        words.extend(["--adversary", &args.adversary]);
    }
    words.extend(["--seed", &seed, "--runs", "1"]);
    command(words)
}

fn write_files(args: &args::Atlas, map: &Atlas, title: &str) -> Result<(), Failure> {
    let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| {
        let Some(path) = path else { return Ok(()) };
        out::write_file(path, &text())?;
        out::hint(&format!("wrote {}", path.display()));
        Ok::<(), Failure>(())
    };
    write(&args.svg, &|| atlas::svg(map, title))?;
    write(&args.csv, &|| atlas::csv(map))
}
