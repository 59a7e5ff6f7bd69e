//! What a map is asked for, from the words of the command line.

use generals_models::{AdversaryModel, Chance, LinkModel, NodeFault, Span, TimingModel, Topology};
use serde::de::DeserializeOwned;

use crate::atlas::{self, Axes, FaultKind, Named, Place, Plan};
use crate::file::{self, Source};
use crate::subject::{Case, Subject};

use super::super::open::{Opened, Shelf};
use super::super::{Failure, args};

/// What Byzantine nodes do unless somebody says so.
pub(super) const ADVERSARY: &str = "Any";

/// The scenario that is put into other worlds.
pub(super) struct Base<'a> {
    /// How it was asked for.
    pub(super) asked: &'a str,
    pub(super) case: Box<dyn Case>,
    source: Source,
    subject: &'static dyn Subject,
}

impl<'a> Base<'a> {
    pub(super) fn of(shelf: Shelf, args: &'a args::Atlas) -> Result<Self, Failure> {
        let asked = args.what.as_str();
        let mut source = match shelf.subjects.iter().find(|subject| subject.name() == asked) {
            Some(subject) => plainest(shelf, *subject)?,
            None => found(shelf, asked)?,
        };
        for change in &args.set {
            let (path, value) = change.split_once('=').ok_or_else(|| {
                Failure::Usage(format!("`--set {change}`: write it like --set config.m=2"))
            })?;
            let path: Vec<&str> = path.trim().split('.').collect();
            source = file::set(&source, &path, value.trim()).map_err(Failure::File)?;
        }
        let case = match shelf.open(&source)? {
            Opened::Scenario(case) => case,
            Opened::Seed(..) => {
                return Err(Failure::Usage(format!("{asked} is a seed file, not a scenario")));
            }
        };
        if !atlas::is_base(&*case) {
            return Err(Failure::Usage(format!(
                "{asked} has a script, which would make no sense in another world"
            )));
        }
        let mut subjects = shelf.subjects.iter();
        let subject = subjects.find(|subject| subject.name() == case.protocol());
        let subject = *subject.ok_or_else(|| Failure::Usage(format!("no protocol for {asked}")))?;
        Ok(Self { asked, case, source, subject })
    }

    /// What is mapped, in a line.
    pub(super) fn title(&self) -> String {
        let config = file::text_at(&self.source, &["config"]).map(words);
        let config = config.unwrap_or_else(|| self.subject.default_config());
        let config = if config == "()" { String::new() } else { format!(" with config {config}") };
        let layers = match self.case.layers() {
            none if none.is_none() => String::new(),
            layers => format!(", above layers: {layers}"),
        };
        format!("{}{config}{layers}, inputs as in {}", self.case.protocol(), self.source.name)
    }
}

/// In one line, without comments.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let words = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    words.replace("( ", "(").replace(", )", ")")
}

/// A scenario by name or path; a word that is close to a protocol's name may have meant it.
fn found(shelf: Shelf, asked: &str) -> Result<Source, Failure> {
    shelf.find(asked).map_err(|failure| {
        let names = shelf.subjects.iter().map(|subject| subject.name());
        match (file::nearest(asked, names.clone()), failure) {
            (Some(near), Failure::Usage(_)) => {
                Failure::Usage(format!("there is no protocol `{asked}`: did you mean `{near}`?"))
            }
            (None, Failure::Usage(problem)) => Failure::Usage(format!(
                "{problem} (the protocols are {})",
                names.collect::<Vec<_>>().join(", ")
            )),
            (_, failure) => failure,
        }
    })
}

/// The plainest of a protocol's shipped scenarios, the first of several: what stays as it is when
/// worlds change should be as little as possible.
fn plainest(shelf: Shelf, subject: &'static dyn Subject) -> Result<Source, Failure> {
    let mut best = None;
    let usual = subject.promises();
    for shipped in shelf.shipped() {
        let source = Source::new(shipped.name, shipped.text);
        if file::string_at(&source, &["protocol"]).as_deref() != Some(subject.name()) {
            continue;
        }
        let Opened::Scenario(case) = shelf.open(&source)? else { continue };
        let configured = file::text_at(&source, &["config"]).is_some();
        let oddness = (oddness(&*case, &usual), configured);
        if best.as_ref().is_none_or(|(least, _)| oddness < *least) {
            best = Some((oddness, source));
        }
    }
    let none = || Failure::Usage(format!("no scenario of {} ships with this", subject.name()));
    best.map(|(_, source)| source).ok_or_else(none)
}

/// How far a scenario is from a plain one, in what a map leaves as it is.
fn oddness(case: &dyn Case, usual: &[(String, String)]) -> impl Ord + use<> {
    let world = case.world();
    let others = [
        world.topology != Topology::Complete,
        !world.except.is_empty(),
        world.slow_links > Chance::NEVER,
        !world.weather.is_empty(),
        !world.partitions.is_empty(),
        !world.pauses.is_empty(),
        !world.clocks.are_right(),
        world.load.is_some(),
        !case.layers().is_none(),
    ];
    let same = |row: &crate::subject::PromiseRow| {
        usual.iter().any(|(name, under)| (name, under) == (&row.name, &row.assumptions))
    };
    (
        !atlas::is_base(case),
        others.into_iter().filter(|other| *other).count(),
        case.promises().iter().filter(|row| same(row)).count() < usual.len(),
    )
}

/// What to run.
pub(super) fn plan(base: &dyn Case, args: &args::Atlas) -> Result<Plan, Failure> {
    let timing = &base.world().timing;
    let delta = timing.bound().unwrap_or_else(|| timing.expected_delay());
    let list = |given: &Option<String>, usual: &[&str]| match given {
        Some(given) => pieces(given),
        None => usual.iter().map(|name| (*name).to_owned()).collect(),
    };
    let timings = list(&args.timing, &Axes::USUAL_TIMINGS);
    let links = list(&args.links, &Axes::USUAL_LINKS);
    let kinds = list(&args.fault_kind, &Axes::USUAL_KINDS);
    let adversary: AdversaryModel = model("--adversary", &args.adversary, &[])?;
    if adversary.budget() > 0 {
        return Err(Failure::Usage(
            "an adversary that takes over nodes has more of them than --faults says".to_owned(),
        ));
    }
    let mut axes = Axes {
        nodes: Vec::new(),
        faults: args.faults.0.clone(),
        timings: each(timings, |name| timing_of(name, delta))?,
        links: each(links, link_of)?,
        kinds: each(kinds, |name| kind_of(name, delta))?,
        adversary,
    };
    axes.nodes = match &args.nodes {
        Some(given) => given.0.clone(),
        None => usual_nodes(base, &axes),
    };
    Ok(Plan { axes, seed: args.seed, runs: args.runs, events: Plan::EVENTS })
}

/// How many rows a map has unless somebody says so.
const USUAL_ROWS: usize = 6;

/// The numbers of nodes that the protocol takes, up to three more than it has in its scenario; as
/// many as fit, and the larger ones at that.
fn usual_nodes(base: &dyn Case, axes: &Axes) -> Vec<u16> {
    let most = base.world().nodes.saturating_add(3);
    let is_taken = |nodes: &u16| {
        let place = Place { nodes: *nodes, faults: 0, timing: 0, links: 0, kind: 0 };
        atlas::cases(base, axes, place).is_ok()
    };
    let taken: Vec<u16> = (2..=most).filter(is_taken).collect();
    match taken.is_empty() {
        true => vec![base.world().nodes],
        false => taken[taken.len().saturating_sub(USUAL_ROWS)..].to_vec(),
    }
}

/// A model for each name, each once.
fn each<T: PartialEq>(
    names: Vec<String>,
    model: impl Fn(&str) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for name in names {
        let one = model(&name)?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

fn timing_of(name: &str, delta: Span) -> Result<Named<TimingModel>, Failure> {
    let own = |model| Named { name: name.to_owned(), model };
    Axes::timing(name, delta).map_or_else(|| model("--timing", name, &Axes::TIMINGS).map(own), Ok)
}

fn link_of(name: &str) -> Result<Named<LinkModel>, Failure> {
    let own = |model| Named { name: name.to_owned(), model };
    Axes::link(name).map_or_else(|| model("--links", name, &Axes::LINKS).map(own), Ok)
}

fn kind_of(name: &str, delta: Span) -> Result<FaultKind, Failure> {
    if let Some(kind) = Axes::kind(name, delta) {
        return Ok(kind);
    }
    let way: NodeFault = model("--fault-kind", name, &Axes::KINDS)?;
    if let NodeFault::With(_) | NodeFault::OtherVersion = way {
        return Err(Failure::Usage(format!("{name} says too little about how a node fails")));
    }
    let short = name.split('(').next().unwrap_or(name);
    Ok(FaultKind { name: name.to_owned(), short: short.to_owned(), ways: vec![way] })
}

/// A model as a scenario states it.
fn model<T: DeserializeOwned>(option: &str, text: &str, known: &[&str]) -> Result<T, Failure> {
    let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
    if text.is_empty() || (!known.is_empty() && text.chars().all(is_word)) {
        let near = file::nearest(text, known.iter().copied());
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}, or write one as in a scenario", known.join(", ")),
        };
        return Err(Failure::Usage(format!("{option} `{text}`: {hint}")));
    }
    file::parse(&Source::new(option, text)).map_err(Failure::from)
}

/// The pieces between commas that are in no bracket.
fn pieces(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let outside = |c: char| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(outside).map(|piece| piece.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_are_no_ends_of_pieces() {
        let text = r#"synchronous, UnknownBound(delta: "1ms", guess: "2ms"),x"#;
        let all = ["synchronous", r#"UnknownBound(delta: "1ms", guess: "2ms")"#, "x"];
        assert_eq!(pieces(text), all);
    }
}
