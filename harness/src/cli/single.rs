//! Commands about one run: run, replay, show, shrink; and explore, about all runs of one scenario.

use std::path::Path;

use crate::check::{Verdict, VerdictKind};
use crate::choosers::Origin;
use crate::choosers::Script;
use crate::diagram;
use crate::explore::explore as explore_all;
use crate::file;
use crate::fuzz::run_twice;
use crate::kernel::Outcome;
use crate::report;
use crate::seedfile::Found;
use crate::shrink::{self, Shrunk, Target};
use crate::subject::Case;
use crate::trace::{Trace, Zoom};

use super::args::{self, Form};
use super::open::{Opened, Shelf};
use super::{Exit, Failure, command, out, stop};

/// `run SCENARIO`
pub(super) fn run(shelf: Shelf, args: &args::Run) -> Result<Exit, Failure> {
    let case = shelf.scenario(&args.scenario)?;
    let name = &args.scenario;
    let (origin, repeat) = match (case.script(), args.seed) {
        (Some(script), seed) => {
            if seed.is_some() {
                out::hint(&format!("{name} has a script: the seed makes no difference"));
            }
            (Origin::Script(script.clone()), command(["run", name]))
        }
        (None, seed) => {
            let seed = seed.unwrap_or_else(draw_seed);
            if args.seed.is_none() {
                out::print(&format!("seed {seed}\n"))?;
            }
            (Origin::Seed(seed), command(["run", name, "--seed", &seed.to_string()]))
        }
    };
    let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
    out::print(&report::run(&*case, &origin, &outcome, &trace, args.zoom.into()))?;
    let expected: Vec<VerdictKind> = case.promises().iter().map(|row| row.expected).collect();
    // One run need not show what a campaign must; it may only not be worse.
    let worst = outcome
        .verdicts
        .iter()
        .map(Verdict::kind)
        .zip(&expected)
        .filter(|(kind, expected)| kind > expected)
        .map(|(kind, _)| kind)
        .max();
    if let Some(difference) = run_twice(&mut *case.worker(), &origin) {
        out::print(&format!("\nnot deterministic: {difference}{repeat}\n"))?;
        return Ok(Exit::NotDeterministic);
    }
    let exit = match worst {
        None => Exit::AsExpected,
        Some(VerdictKind::Undetermined) if args.strict => Exit::Undetermined,
        Some(VerdictKind::Undetermined) => Exit::AsExpected,
        Some(_) => Exit::Broken,
    };
    if exit != Exit::AsExpected {
        out::print(&format!("\nnot as expected; to repeat it:\n{repeat}\n"))?;
    }
    Ok(exit)
}

/// A seed nobody chose: the only entropy there is, and it is always printed.
fn draw_seed() -> u64 {
    super::campaign::draw_seed()
}

/// `replay SEEDFILE`
pub(super) fn replay(shelf: Shelf, args: &args::Replay) -> Result<Exit, Failure> {
    let (case, found) = seed_file(shelf, &args.seedfile)?;
    if !found.note.is_empty() {
        out::print(&format!("{}\n\n", found.note))?;
    }
    let origin = found.origin();
    let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
    out::print(&report::run(&*case, &origin, &outcome, &trace, args.zoom.into()))?;
    let repeat = command(["replay", &args.seedfile]);
    if let Some(difference) = run_twice(&mut *case.worker(), &origin) {
        out::print(&format!("\nnot deterministic: {difference}{repeat}\n"))?;
        return Ok(Exit::NotDeterministic);
    }
    if let Some(was) = drifted(&found, &outcome) {
        out::hint(&format!(
            "the run has changed since the file was written (its digest was {was}); only verdicts \
             are compared"
        ));
    }
    let unexpected = unexpected(&*case, &found, &outcome);
    if unexpected.is_empty() {
        return Ok(Exit::AsExpected);
    }
    out::print(&format!("\n{}to repeat it:\n{repeat}\n", unexpected.concat()))?;
    Ok(Exit::Broken)
}

/// The digest a seed file remembers, if it is no longer that of its run.
pub(super) fn drifted<'f>(found: &'f Found, outcome: &Outcome) -> Option<&'f str> {
    found.digest.as_deref().filter(|was| *was != outcome.digest.to_string())
}

/// What a replay should have come to and did not, a line each. Verdicts must match exactly, since
/// a seed file is about one run.
pub(super) fn unexpected(case: &dyn Case, found: &Found, outcome: &Outcome) -> Vec<String> {
    let verdicts = case.promises().iter().zip(&outcome.verdicts);
    verdicts
        .filter_map(|(row, verdict)| {
            let expected = found.expect.get(&row.name).copied().unwrap_or(VerdictKind::Holds);
            let (name, kind) = (&row.name, verdict.kind());
            (kind != expected).then(|| format!("{name}: {kind}, but the file expects {expected}\n"))
        })
        .collect()
}

fn seed_file(shelf: Shelf, name: &str) -> Result<(Box<dyn Case>, Found), Failure> {
    let source = file::read(Path::new(name))?;
    match shelf.open(&source)? {
        Opened::Seed(case, found) => Ok((case, found)),
        Opened::Scenario(_) => {
            Err(Failure::Usage(format!("{name} is a scenario, not a seed file: use `run`")))
        }
    }
}

/// A seed file's run, or the run of a scenario's seed; and how to ask for it again.
fn either(
    shelf: Shelf,
    verb: &str,
    what: &str,
    seed: Option<u64>,
) -> Result<(Box<dyn Case>, Origin, String), Failure> {
    match shelf.open(&shelf.find(what)?)? {
        Opened::Seed(case, found) => {
            if seed.is_some() {
                return Err(Failure::Usage(format!("{what} is a seed file: it has its own seed")));
            }
            Ok((case, found.origin(), command([verb, what])))
        }
        Opened::Scenario(case) => match (case.script().cloned(), seed) {
            (Some(script), _) => Ok((case, Origin::Script(script), command([verb, what]))),
            (None, Some(seed)) => {
                let again = command([verb, what, "--seed", &seed.to_string()]);
                Ok((case, Origin::Seed(seed), again))
            }
            (None, None) => {
                Err(Failure::Usage(format!("{what} is a scenario: say which --seed of it")))
            }
        },
    }
}

/// `show SEEDFILE|SCENARIO --as FORM`
pub(super) fn show(shelf: Shelf, args: &args::Show) -> Result<Exit, Failure> {
    let (case, origin, _) = either(shelf, "show", &args.what, args.seed)?;
    let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
    let tell = |zoom| report::run(&*case, &origin, &outcome, &trace, zoom);
    out::print(&match args.form {
        Form::Story => tell(Zoom::Story),
        Form::Messages => tell(Zoom::Messages),
        Form::Mermaid => diagram::mermaid(case.world(), &trace),
    })?;
    Ok(Exit::AsExpected)
}

/// `shrink SEEDFILE|SCENARIO --seed N`
pub(super) fn shrink(shelf: Shelf, args: &args::Shrink) -> Result<Exit, Failure> {
    let (case, origin, again) = either(shelf, "shrink", &args.what, args.seed)?;
    let outcome = case.worker().run(&mut *origin.chooser()).clone();
    let target = match &args.promise {
        None => Target::worst_of(&outcome),
        Some(name) => Some(named_target(&*case, &outcome, name)?),
    };
    let Some(target) = target else {
        out::print("every promise holds in this run: there is nothing to shrink\n")?;
        return Ok(Exit::Nothing);
    };
    let Some(shrunk) = shrink::shrink(&*case, &origin, target) else {
        out::print(&format!("the run does not repeat itself; to see how:\n{again}\n"))?;
        return Ok(Exit::NotDeterministic);
    };
    let story = Story::of(&*case, &shrunk.script);
    out::print(&story.text(&*case))?;
    let Shrunk { from, tried, .. } = shrunk;
    let to = shrunk.script.len();
    out::hint(&format!("shrunk from {from} deviations to {to}, in {tried} runs"));
    let Some(path) = &args.output else {
        out::hint("`-o FILE` keeps it as a seed file");
        return Ok(Exit::AsExpected);
    };
    let seed = match origin {
        Origin::Seed(seed) => Some(seed),
        Origin::Script(_) => None,
    };
    let text = story.seed_file(&*case, seed);
    out::write_file(path, &text)
        .map_err(|error| Failure::Io(format!("cannot write {}: {error}", path.display())))?;
    let path = path.display().to_string();
    out::print(&format!("\nwritten to {path}; to repeat it:\n{}\n", command(["replay", &path])))?;
    Ok(Exit::AsExpected)
}

fn named_target(case: &dyn Case, outcome: &Outcome, name: &str) -> Result<Target, Failure> {
    let names: Vec<&str> = case.promises().iter().map(|row| row.name.as_str()).collect();
    let Some(promise) = names.iter().position(|known| *known == name) else {
        return Err(Failure::Usage(format!(
            "{} makes no promise named `{name}`: its promises are {}",
            case.protocol(),
            names.join(", ")
        )));
    };
    match outcome.verdicts[promise].kind() {
        VerdictKind::Holds => Err(Failure::Usage(format!("{name} holds in this run"))),
        kind => Ok(Target { promise, kind }),
    }
}

/// A shrunk run, told.
pub(super) struct Story {
    origin: Origin,
    outcome: Outcome,
    trace: Trace,
}

impl Story {
    pub(super) fn of(case: &dyn Case, script: &Script) -> Self {
        let origin = Origin::Script(script.clone());
        let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
        Self { origin, outcome, trace }
    }

    /// Where the run comes from.
    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn text(&self, case: &dyn Case) -> String {
        report::run(case, &self.origin, &self.outcome, &self.trace, Zoom::Story)
    }

    /// A seed file of this run, with its story for whoever opens it.
    pub(super) fn seed_file(&self, case: &dyn Case, seed: Option<u64>) -> String {
        const MOST_LINES: usize = 60;
        let story = self.text(case);
        let mut text: String =
            story.lines().take(MOST_LINES).map(|line| format!("// {line}\n")).collect();
        text = text.replace("// \n", "//\n");
        if story.lines().count() > MOST_LINES {
            text.push_str("// …\n");
        }
        text + &case.seed_file(&self.found(case, seed))
    }

    /// What a seed file of this run says.
    pub(super) fn found(&self, case: &dyn Case, seed: Option<u64>) -> Found {
        let Origin::Script(script) = &self.origin else { return Found::default() };
        let kinds = case.promises().iter().zip(&self.outcome.verdicts);
        Found {
            seed,
            script: Some(script.clone()),
            expect: kinds
                .filter(|(_, verdict)| verdict.kind() != VerdictKind::Holds)
                .map(|(row, verdict)| (row.name.clone(), verdict.kind()))
                .collect(),
            digest: Some(self.outcome.digest.to_string()),
            note: String::new(),
        }
    }
}

/// `explore SCENARIO`
pub(super) fn explore(shelf: Shelf, args: &args::Explore) -> Result<Exit, Failure> {
    let case = shelf.scenario(&args.scenario)?;
    let bar = super::campaign::spinner();
    let explored = explore_all(&*case, args.runs, |runs| {
        bar.set_message(format!("{}: {runs} runs", args.scenario));
        !stop::requested()
    });
    bar.finish_and_clear();
    let all = if explored.complete { "all there is" } else { "not all there is" };
    out::print(&format!("{}: {all}\n", args.scenario))?;
    out::print(&report::campaign(&*case, &explored.report))?;
    let mut exit = if explored.complete { Exit::AsExpected } else { Exit::Stopped };
    for ((row, count), first) in
        case.promises().iter().zip(&explored.report.verdicts).zip(&explored.first_broken)
    {
        if let Some(script) = first {
            out::print(&format!("\nthe first run that breaks {}:\n\n", row.name))?;
            out::print(&Story::of(&*case, script).text(&*case))?;
        }
        if count.worst() > row.expected && count.worst().is_broken() {
            exit = Exit::Broken;
        }
    }
    if exit == Exit::Broken {
        let again = command(["explore", &args.scenario]);
        out::print(&format!("\nnot as expected; to repeat it:\n{again}\n"))?;
    }
    Ok(exit)
}
