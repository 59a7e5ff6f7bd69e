//! Commands about one run: run, replay, show, shrink.

use crate::check::{Verdict, VerdictKind};
use crate::choosers::{Origin, Scripted};
use crate::diagram;
use crate::kernel::Outcome;
use crate::report;
use crate::seedfile::Found;
use crate::shrink::{self, Shrunk, Target};
use crate::subject::Case;
use crate::trace::{Trace, Zoom};

use super::args::{self, Form};
use super::campaign::draw_seed;
use super::open::{Opened, Shelf};
use super::paste::command;
use super::story::{Story, not_deterministic};
use super::{Exit, Failure, out, watchdog};

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
    watchdog::doing(repeat.clone());
    let (outcome, trace) = told(&*case, &origin);
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
    if let Some(difference) = not_deterministic(&*case, &origin, &outcome, &repeat) {
        out::print(&difference)?;
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

/// `replay SEEDFILE`
pub(super) fn replay(shelf: Shelf, args: &args::Replay) -> Result<Exit, Failure> {
    let (case, found) = seed_file(shelf, &args.seedfile)?;
    if !found.note.is_empty() {
        out::print(&format!("{}\n\n", found.note))?;
    }
    let origin = found.origin();
    let (outcome, trace) = told(&*case, &origin);
    out::print(&report::run(&*case, &origin, &outcome, &trace, args.zoom.into()))?;
    let repeat = command(["replay", &args.seedfile]);
    if let Some(difference) = not_deterministic(&*case, &origin, &outcome, &repeat) {
        out::print(&difference)?;
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
    match shelf.open(&shelf.find(name)?)? {
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

/// A run, written down. What a script says and the run has no occasion for is worth a hint: the
/// scenario, or the protocol, has changed under it.
fn told(case: &dyn Case, origin: &Origin) -> (Outcome, Trace) {
    let Origin::Script(script) = origin else {
        return case.worker().trace(&mut *origin.chooser());
    };
    let mut scripted = Scripted::new(script);
    let told = case.worker().trace(&mut scripted);
    let unasked: Vec<String> = scripted.unasked().map(|one| one.to_string()).collect();
    if let Some(first) = unasked.first() {
        let n = unasked.len();
        let (things, have) = if n == 1 { ("thing", "has") } else { ("things", "have") };
        out::hint(&format!(
            "{n} {things} in the script {have} no occasion in this run, the first: {first}"
        ));
    }
    told
}

/// `show SEEDFILE|SCENARIO --as FORM`
pub(super) fn show(shelf: Shelf, args: &args::Show) -> Result<Exit, Failure> {
    let (case, origin, _) = either(shelf, "show", &args.what, args.seed)?;
    let (outcome, trace) = told(&*case, &origin);
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
    if let Some(path) = &args.output {
        out::can_write(path)?;
    }
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
        let difference = not_deterministic(&*case, &origin, &outcome, &again);
        let always = || format!("not deterministic, but not always; to repeat it:\n{again}\n");
        out::print(&difference.unwrap_or_else(always))?;
        return Ok(Exit::NotDeterministic);
    };
    let story = Story::of(&*case, &shrunk.script);
    out::print(&story.text(&*case, args.zoom.into()))?;
    let (script, told) = story.origin_and_outcome();
    if let Some(difference) = not_deterministic(&*case, &script, told, &again) {
        out::print(&difference)?;
        return Ok(Exit::NotDeterministic);
    }
    let Shrunk { from, tried, .. } = shrunk;
    let to = shrunk.script.len();
    out::hint(&format!("{to} of {from} deviations are enough (found in {tried} runs)"));
    let Some(path) = &args.output else {
        out::hint("`-o FILE` keeps this run as a seed file");
        return Ok(Exit::AsExpected);
    };
    let seed = match origin {
        Origin::Seed(seed) => Some(seed),
        Origin::Script(_) => None,
    };
    out::write_file(path, &story.seed_file(&*case, seed))?;
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
