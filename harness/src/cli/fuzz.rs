//! `fuzz`: many seeds of many scenarios, a table, and the story of everything that broke.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use generals_models::Span;

use crate::check::VerdictKind;
use crate::choosers::Origin;
use crate::fuzz::{Pulse, run_twice};
use crate::shrink::{self, Target};
use crate::subject::Case;

use super::args::{self, Format};
use super::campaign::{self, Ran, grouped, per_second};
use super::open::{Named, Shelf};
use super::single::Story;
use super::{Exit, Failure, command, jsonl, out};

/// How long to fuzz if nobody said how much.
const DEFAULT_TIME: Span = Span::secs(15);

/// A scenario, and what its campaign came to.
pub(super) struct Fuzzed {
    pub(super) name: String,
    pub(super) case: Box<dyn Case>,
    pub(super) ran: Ran,
    pub(super) findings: Vec<Finding>,
}

/// Something that was broken, undetermined or missing in a campaign.
pub(super) struct Finding {
    /// The promise.
    pub(super) promise: String,
    /// What became of it at worst.
    pub(super) kind: VerdictKind,
    /// What should have.
    pub(super) expected: VerdictKind,
    /// The lowest seed that shows it; none for a break that was expected and never came.
    pub(super) seed: Option<u64>,
    /// The shrunk run.
    pub(super) story: Option<Story>,
    /// How to see it again.
    pub(super) repeat: String,
}

impl Finding {
    fn is_expected(&self) -> bool {
        self.kind == self.expected
    }

    /// Whether the story of this one is the story of the other, too.
    fn tells(&self, other: &Self) -> bool {
        let origin = |one: &Self| one.story.as_ref().map(|story| story.origin().clone());
        self.promise == other.promise
            || (origin(self).is_some()
                && origin(self) == origin(other)
                && (self.kind, self.expected) == (other.kind, other.expected))
    }

    fn exit(&self, strict: bool) -> Exit {
        match (self.is_expected(), self.kind) {
            (true, _) => Exit::AsExpected,
            (false, VerdictKind::Undetermined) if self.expected == VerdictKind::Holds => {
                if strict {
                    Exit::Undetermined
                } else {
                    Exit::AsExpected
                }
            }
            (false, _) => Exit::Broken,
        }
    }
}

pub(super) fn fuzz(shelf: Shelf, args: &args::Fuzz) -> Result<Exit, Failure> {
    let cases = shelf.scenarios(&args.scenarios)?;
    if cases.is_empty() {
        out::hint("there is no scenario to run");
        return Ok(Exit::Nothing);
    }
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::Io(format!("cannot make {}: {error}", folder.display())))?;
    }
    let start = campaign::draw_seed();
    let seeds = args.seeds(start);
    let drawn = args.seeds.is_none();
    match args.format {
        Format::Human if drawn => out::print(&format!("seeds from {start}\n"))?,
        Format::Human => {}
        Format::Jsonl => out::print(&jsonl::campaign(seeds))?,
    }
    let fuzzed = run_all(cases, args, seeds)?;
    let mut exit = Exit::AsExpected;
    for one in &fuzzed {
        exit = exit.max(one.exit(args.strict));
        if let Some(folder) = &args.out {
            one.write_seed_files(folder)?;
        }
    }
    match args.format {
        Format::Human => {
            for one in &fuzzed {
                out::print(&one.stories(true))?;
            }
            out::print(&table(&fuzzed))?;
            for one in &fuzzed {
                one.tell_what_is_not_deterministic()?;
                out::print(&one.stories(false))?;
            }
        }
        Format::Jsonl => {
            for one in &fuzzed {
                out::print(&jsonl::fuzzed(one))?;
            }
            out::print(&jsonl::end(exit as u8))?;
        }
    }
    Ok(exit)
}

fn run_all(
    cases: Vec<Named>,
    args: &args::Fuzz,
    seeds: crate::fuzz::Seeds,
) -> Result<Vec<Fuzzed>, Failure> {
    let jobs = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map_err(|error| Failure::Io(format!("cannot start threads: {error}")))?;
    // One pulse and one name for as long as the program lives: the watching thread never ends.
    let pulse: &'static Pulse = Box::leak(Box::new(Pulse::new(pool.current_num_threads())));
    let current: &'static Mutex<String> = Box::leak(Box::default());
    campaign::watch(pulse, move |seed| {
        let name = current.lock().map(|name| name.clone()).unwrap_or_default();
        let repeat = command(["run", &name, "--seed", &seed.to_string()]);
        format!("\n{name}: seed {seed} has run for a minute without an end\n{repeat}\n")
    });
    // Scripted scenarios are single runs and take no time.
    let shares = cases.iter().filter(|(_, case)| case.script().is_none()).count().max(1);
    let total = match (args.max_time, seeds.count) {
        (None, Some(_)) => None,
        (time, _) => Some(Duration::from_nanos(time.unwrap_or(DEFAULT_TIME).as_nanos())),
    };
    let share = total.map(|total| total / u32::try_from(shares).unwrap_or(u32::MAX));
    let bar = campaign::spinner();
    let mut fuzzed = Vec::new();
    for (name, case) in cases {
        if let Ok(mut current) = current.lock() {
            current.clone_from(&name);
        }
        let ran = pool.install(|| campaign::run(&name, &*case, seeds, share, pulse, &bar));
        bar.set_message(format!("{name}: shrinking"));
        let findings = findings(&name, &*case, &ran);
        let stopped = ran.stopped;
        fuzzed.push(Fuzzed { name, case, ran, findings });
        if stopped {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(fuzzed)
}

fn findings(name: &str, case: &dyn Case, ran: &Ran) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (promise, (row, count)) in case.promises().iter().zip(&ran.report.verdicts).enumerate() {
        let (kind, expected) = (count.worst(), row.expected);
        if ran.report.runs == 0 || (kind, expected) == (VerdictKind::Holds, VerdictKind::Holds) {
            continue;
        }
        let seed = (kind != VerdictKind::Holds).then(|| count.lowest(kind)).flatten();
        let origin = match (case.script(), seed) {
            (Some(script), _) => Some(Origin::Script(script.clone())),
            (None, seed) => seed.map(Origin::Seed),
        };
        let target = Target { promise, kind };
        let shrunk = origin.and_then(|origin| shrink::shrink(case, &origin, target));
        let repeat = match (case.script(), seed) {
            (None, Some(seed)) => {
                command(["shrink", name, "--seed", &seed.to_string(), "--promise", &row.name])
            }
            (Some(_), _) => command(["run", name]),
            (None, None) => command(["fuzz", name]),
        };
        findings.push(Finding {
            promise: row.name.clone(),
            kind,
            expected,
            seed,
            story: shrunk.map(|shrunk| Story::of(case, &shrunk.script)),
            repeat,
        });
    }
    findings
}

impl Fuzzed {
    pub(super) fn exit(&self, strict: bool) -> Exit {
        let worst = self.findings.iter().map(|finding| finding.exit(strict)).max();
        let worst = worst.unwrap_or(Exit::AsExpected);
        let stopped = if self.ran.stopped { Exit::Stopped } else { Exit::AsExpected };
        let twice = match self.ran.report.not_deterministic {
            Some(_) => Exit::NotDeterministic,
            None => Exit::AsExpected,
        };
        worst.max(stopped).max(twice)
    }

    /// The stories of what broke as expected, or of what did not go as expected. Promises that
    /// break in the same run are told together.
    fn stories(&self, expected: bool) -> String {
        let mut text = String::new();
        let mut left: Vec<&Finding> =
            self.findings.iter().filter(|one| one.is_expected() == expected).collect();
        while let Some(first) = left.first().copied() {
            let (told, rest): (Vec<&Finding>, Vec<&Finding>) =
                left.iter().partition(|other| first.tells(other));
            left = rest;
            let names: Vec<&str> = told.iter().map(|one| one.promise.as_str()).collect();
            let names = names.join(", ");
            let Finding { kind, expected: hoped, .. } = first;
            let runs = grouped(self.ran.report.runs);
            let was = match (expected, first.seed) {
                (true, _) => format!("{names} {kind}, as expected"),
                (false, Some(_)) => format!("{names} {kind}, expected {hoped}"),
                (false, None) => format!("{names} held in all {runs} runs, expected {hoped}"),
            };
            let _ = writeln!(text, "\n--- {}: {was}\n", self.name);
            if let Some(story) = &first.story {
                text.push_str(&story.text(&*self.case));
            }
            let _ = writeln!(text, "to repeat it:\n{}", first.repeat);
        }
        text
    }

    fn tell_what_is_not_deterministic(&self) -> Result<(), Failure> {
        let Some(seed) = self.ran.report.not_deterministic else { return Ok(()) };
        let name = &self.name;
        let mut text = format!("\n--- {name}: seed {seed} does not repeat itself\n\n");
        match run_twice(&mut *self.case.worker(), &Origin::Seed(seed)) {
            Some(difference) => text.push_str(&difference.to_string()),
            None => {
                text.push_str("two more runs were the same: it does not always happen\n");
            }
        }
        text.push_str("to repeat it:\n");
        text.push_str(&command(["run", name, "--seed", &seed.to_string()]));
        text.push('\n');
        out::print(&text)?;
        Ok(())
    }

    fn write_seed_files(&self, folder: &Path) -> Result<(), Failure> {
        for finding in self.findings.iter().filter(|finding| !finding.is_expected()) {
            let Some(story) = &finding.story else { continue };
            let stem = Path::new(&self.name).file_stem().unwrap_or_default().to_string_lossy();
            let seed = finding.seed.unwrap_or_default();
            let path = folder.join(format!("{stem}-{}-{seed}.ron", finding.promise));
            let text = story.seed_file(&*self.case, finding.seed);
            out::write_file(&path, &text).map_err(|error| {
                Failure::Io(format!("cannot write {}: {error}", path.display()))
            })?;
            out::hint(&format!("wrote {}", path.display()));
        }
        Ok(())
    }

    /// Which promises got which verdict at worst.
    fn verdicts(&self) -> String {
        let rows = || self.case.promises().iter().zip(&self.ran.report.verdicts);
        let name = |kind, name: &str, count: u64| match kind {
            VerdictKind::Holds => name.to_owned(),
            _ => format!("{name} ({})", grouped(count)),
        };
        let mut parts = Vec::new();
        for kind in VerdictKind::ALL {
            let names: Vec<String> = rows()
                .filter(|(_, count)| count.worst() == kind)
                .map(|(row, count)| name(kind, &row.name, count.of(kind)))
                .collect();
            if !names.is_empty() {
                parts.push(format!("{kind} {}", names.join(", ")));
            }
        }
        parts.join("; ")
    }

    /// Events in a second; nothing where there were too few to tell.
    fn speed(&self) -> String {
        let Ran { report, took, .. } = &self.ran;
        match took.as_millis() {
            0 => "-".to_owned(),
            _ => grouped(per_second(report.tally.events, *took)),
        }
    }
}

/// The table of a whole campaign: numbers in one line, verdicts in the next.
fn table(fuzzed: &[Fuzzed]) -> String {
    let width = fuzzed.iter().map(|one| one.name.len()).max().unwrap_or(0).max(8);
    let row = |cells: [&str; 5]| {
        let [name, runs, events, speed, rules] = cells;
        format!("{name:width$}  {runs:>11}  {events:>13}  {speed:>12}  {rules:>5}\n")
    };
    let mut text = String::from("\n");
    text.push_str(&row(["scenario", "runs", "events", "events/s", "rules"]));
    for one in fuzzed {
        let report = &one.ran.report;
        let rules = one.case.rules();
        let fired = format!("{}/{}", report.rules.fired(rules).count(), rules.len());
        let (runs, events) = (grouped(report.runs), grouped(report.tally.events));
        text.push_str(&row([&one.name, &runs, &events, &one.speed(), &fired]));
        let odd = one.findings.iter().any(|finding| !finding.is_expected());
        let _ =
            writeln!(text, "  {}{}", one.verdicts(), if odd { "  <- NOT AS EXPECTED" } else { "" });
    }
    text.push_str(&never_fired(fuzzed));
    let odd = fuzzed.iter().filter(|one| one.findings.iter().any(|f| !f.is_expected())).count();
    let runs: u64 = fuzzed.iter().map(|one| one.ran.report.runs).sum();
    let _ = match odd {
        0 => writeln!(text, "{} runs, every verdict as expected", grouped(runs)),
        1 => writeln!(text, "{} runs; 1 scenario is not as expected", grouped(runs)),
        n => writeln!(text, "{} runs; {n} scenarios are not as expected", grouped(runs)),
    };
    text
}

/// The rules of each protocol that fired in none of its scenarios.
fn never_fired(fuzzed: &[Fuzzed]) -> String {
    let mut text = String::new();
    let mut told: Vec<&str> = Vec::new();
    for one in fuzzed {
        let protocol = one.case.protocol();
        if told.contains(&protocol) {
            continue;
        }
        told.push(protocol);
        let mut fired = crate::protocol::RuleSet::default();
        for other in fuzzed.iter().filter(|other| other.case.protocol() == protocol) {
            fired.merge(other.ran.report.rules);
        }
        let missing: Vec<&str> = fired.missing(one.case.rules()).collect();
        if !missing.is_empty() {
            let _ = writeln!(text, "{protocol}: never fired: {}", missing.join("; "));
        }
    }
    if text.is_empty() {
        text.push_str("every rule of every protocol here fired\n");
    }
    text
}
