//! The words of the command line. They are turned into plain values at once; nothing below the
//! command line sees them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use generals_models::{NodeId, Span};

use crate::atlas::Plan;
use crate::fuzz::Seeds;
use crate::trace::Zoom as TraceZoom;

/// A deterministic test harness for distributed agreement protocols
///
/// Fuzz a protocol, repeat a failing seed, shrink it to its story.
/// Without a command: fuzz every scenario that ships with this tool for a few seconds.
#[derive(Parser, Debug)]
#[command(version, verbatim_doc_comment, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// Give up on a single run that takes longer, in real time
    #[arg(long, global = true, value_name = "TIME", default_value = "60s", value_parser = patience)]
    pub(super) stuck_after: Span,
}

const EXIT_CODES: &str = "\
Exit codes:
   0  as expected                          5  not deterministic
   1  a promise broken, or a run stuck    70  a bug of this tool
   2  usage, or a bad file                74  input or output failed
   3  something undetermined, --strict    75  stopped early
   4  nothing to run                     130  stopped by a second Ctrl-C";

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List protocols, their promises and scenarios; or the models a scenario can select
    List(List),
    /// Explain a model that a scenario can select, or a protocol
    Explain(Explain),
    /// Run a scenario once and tell what happened
    Run(Run),
    /// Run scenarios with many seeds, in parallel
    Fuzz(Fuzz),
    /// Repeat the run of a seed file
    Replay(Replay),
    /// Take away from a failing run whatever the failure does not need
    Shrink(Shrink),
    /// Run everything a small scenario can do, kindest first
    Explore(Explore),
    /// Map where each promise of a protocol holds and where it breaks, and where theory says so
    Atlas(Box<Atlas>),
    /// Check every seed file and every scenario against its expected verdicts, each run twice
    Check(Check),
    /// Show the run of a seed file or of a scenario's seed as a story or a diagram
    Show(Show),
}

/// How close to look.
#[derive(ValueEnum, Clone, Copy, Debug, Default)]
pub(super) enum Zoom {
    /// Inputs, faults, lies, losses, decisions
    #[default]
    Story,
    /// And every message
    Messages,
    /// And every timer and rule
    All,
}

impl From<Zoom> for TraceZoom {
    fn from(zoom: Zoom) -> Self {
        match zoom {
            Zoom::Story => Self::Story,
            Zoom::Messages => Self::Messages,
            Zoom::All => Self::All,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct List {
    /// What to list
    #[arg(value_enum, default_value_t)]
    pub(super) what: Listed,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default)]
pub(super) enum Listed {
    /// Protocols, what they promise under which assumptions, and the scenarios
    #[default]
    Protocols,
    /// What a scenario can select: timing, links, partitions, faults, adversaries, layers
    Models,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The name of a model, as in a scenario file, or of a protocol
    pub(super) name: String,
}

#[derive(Args, Debug)]
pub(super) struct Run {
    /// The name of a shipped scenario, or a path
    pub(super) scenario: String,
    /// Which random choices; drawn and printed if not given
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// How close to look
    #[arg(long, value_enum, default_value_t)]
    pub(super) zoom: Zoom,
    /// Exit with 3 if something is undetermined
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug, Default)]
pub(super) struct Fuzz {
    /// Names of shipped scenarios, or paths; all shipped ones if none is given
    pub(super) scenarios: Vec<String>,
    /// Run these seeds: from A to before B, or from A on
    #[arg(long, value_name = "A..[B]", value_parser = seed_range)]
    pub(super) seeds: Option<SeedRange>,
    /// Run so many seeds of each scenario
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) runs: Option<u64>,
    /// Stop after so long, all scenarios together
    /// [default: 15s, unless --seeds or --runs say how much]
    #[arg(long, value_name = "TIME", verbatim_doc_comment)]
    pub(super) max_time: Option<Span>,
    /// How many threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Run the K-th of N parts of the seeds
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub(super) shard: Option<(u64, u64)>,
    /// Write a seed file for every unexpected failure into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Exit with 3 if something is undetermined
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// A table and stories
    #[default]
    Human,
    /// One JSON record a line; what the clock says stands in records of type `timing` only
    Jsonl,
}

#[derive(Args, Debug)]
pub(super) struct Replay {
    /// The path of a seed file
    pub(super) seedfile: String,
    /// How close to look
    #[arg(long, value_enum, default_value_t)]
    pub(super) zoom: Zoom,
}

#[derive(Args, Debug)]
pub(super) struct Shrink {
    /// The path of a seed file, or a scenario
    #[arg(value_name = "SEEDFILE|SCENARIO")]
    pub(super) what: String,
    /// The failing seed of the scenario
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// Which broken promise to keep broken; the worst one if not given
    #[arg(long, value_name = "NAME")]
    pub(super) promise: Option<String>,
    /// Where to write the shrunk seed file
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// How close to look
    #[arg(long, value_enum, default_value_t)]
    pub(super) zoom: Zoom,
}

#[derive(Args, Debug)]
pub(super) struct Explore {
    /// The name of a shipped scenario, or a path
    pub(super) scenario: String,
    /// Stop after so many runs
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) runs: u64,
}

#[derive(Args, Debug)]
pub(super) struct Atlas {
    /// A protocol; or a scenario, by name or path, that is to be put into other worlds
    #[arg(value_name = "PROTOCOL|SCENARIO")]
    pub(super) what: String,
    /// How many nodes: 3,4,7 or 3..8 (to before 8) or 3..=7
    /// [default: what the protocol takes, up to three more than the scenario has]
    #[arg(long, value_name = "LIST", value_parser = numbers, verbatim_doc_comment)]
    pub(super) nodes: Option<Numbers>,
    /// How many of them are faulty
    #[arg(long, value_name = "LIST", value_parser = numbers, default_value = "0..=2")]
    pub(super) faults: Numbers,
    /// Timings: synchronous, partially-synchronous, unknown-bound, asynchronous, or as in a scenario
    /// [default: all but unknown-bound]
    #[arg(long, value_name = "LIST", verbatim_doc_comment)]
    pub(super) timing: Option<String>,
    /// Links: fifo, reliable, fair-loss, arbitrary, or as in a scenario
    /// [default: reliable,fair-loss]
    #[arg(long, value_name = "LIST", verbatim_doc_comment)]
    pub(super) links: Option<String>,
    /// How nodes fail: crash-stop, crash-recovery, omission, rational, byzantine, or as in a scenario
    /// [default: all but rational]
    #[arg(long, value_name = "LIST", verbatim_doc_comment)]
    pub(super) fault_kind: Option<String>,
    /// What Byzantine nodes do, as in a scenario
    #[arg(long, value_name = "ADVERSARY", default_value = "Any")]
    pub(super) adversary: String,
    /// Change a field of the scenario first, as in config.m=2
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(super) set: Vec<String>,
    /// How many runs a cell gets at most
    #[arg(long, value_name = "N", default_value_t = Plan::RUNS,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) runs: u64,
    /// The seed of a cell's first run
    #[arg(long, value_parser = seed, default_value_t = 0, allow_negative_numbers = true)]
    pub(super) seed: u64,
    /// How many threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Write the map as a picture
    #[arg(long, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
    /// Write a line for each cell and promise
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Write a seed file for each story into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Exit with 3 if something is undetermined
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// A folder of seed files and scenarios, or one such file
    /// [default: the shipped scenarios, and ./seeds if there is such a folder]
    #[arg(verbatim_doc_comment)]
    pub(super) dir: Option<PathBuf>,
    /// How many seeds of each scenario to run
    #[arg(long, value_name = "N", default_value_t = 500,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) runs: u64,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    /// The path of a seed file, or a scenario
    #[arg(value_name = "SEEDFILE|SCENARIO")]
    pub(super) what: String,
    /// The seed of the scenario
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// As what
    #[arg(long = "as", value_enum, default_value_t)]
    pub(super) form: Form,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default)]
pub(super) enum Form {
    /// Inputs, faults, lies, losses, decisions
    #[default]
    Story,
    /// And every message
    Messages,
    /// A sequence diagram in Mermaid
    Mermaid,
}

/// Some numbers of nodes: ascending, without repetitions, at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Numbers(pub(super) Vec<u16>);

fn numbers(text: &str) -> Result<Numbers, String> {
    let number = |text: &str| {
        let bad = |_| format!("`{text}` is no number of nodes: write it like 3,4,7 or 3..8");
        match text.trim().parse::<u16>().map_err(bad)? {
            n if n > NodeId::MOST => Err(format!("at most {} nodes, not {n}", NodeId::MOST)),
            n => Ok(n),
        }
    };
    let mut all = BTreeSet::new();
    for part in text.split(',') {
        match part.split_once("..") {
            None => all.extend([number(part)?]),
            Some((a, b)) => match b.strip_prefix('=') {
                Some(b) => all.extend(number(a)?..=number(b)?),
                None => all.extend(number(a)?..number(b)?),
            },
        }
    }
    match all.is_empty() {
        true => Err(format!("there is no number in {text}")),
        false => Ok(Numbers(all.into_iter().collect())),
    }
}

/// Seeds from the first to before the second, or without an end.
type SeedRange = (u64, Option<u64>);

fn seed(text: &str) -> Result<u64, String> {
    let bad = |_| format!("a seed is a whole number from 0 to {}", u64::MAX);
    text.replace('_', "").parse().map_err(bad)
}

fn seed_range(text: &str) -> Result<SeedRange, String> {
    let (a, b) = text
        .split_once("..")
        .ok_or("write it like 0..1000: the first seed, and the one after the last")?;
    match (seed(a)?, if b.is_empty() { None } else { Some(seed(b)?) }) {
        (a, Some(b)) if a >= b => Err(format!("{a}..{b} holds no seed")),
        range => Ok(range),
    }
}

fn patience(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(Span::ZERO) => Err("nothing runs in no time at all".to_owned()),
        Ok(span) => Ok(span),
        Err(error) => Err(error.to_string()),
    }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let bad = || "write it like 1/4: shards are counted from 1".to_owned();
    let (k, n) = text.split_once('/').ok_or_else(bad)?;
    let number = |s: &str| s.parse::<u64>().map_err(|_| bad());
    let (k, n) = (number(k)?, number(n)?);
    if (1..=n).contains(&k) { Ok((k, n)) } else { Err(format!("there is no shard {k} of {n}")) }
}

impl Fuzz {
    /// The seeds of this shard; `start` is where to begin if nobody said. `None` if two options
    /// say how many there are.
    pub(super) fn seeds(&self, start: u64) -> Option<Seeds> {
        let (k, n) = self.shard.unwrap_or((1, 1));
        let (start, count) = match (self.seeds, self.runs) {
            (Some((_, Some(_))), Some(_)) => return None,
            (Some((a, Some(b))), None) => (a, Some(b - a)),
            (Some((a, None)), runs) => (a, runs),
            (None, runs) => (start, runs),
        };
        Some(Seeds { start, offset: k - 1, stride: n, count })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seeds_and_shards_are_read() {
        assert_eq!(seed_range("0..1_000"), Ok((0, Some(1000))));
        assert_eq!(seed_range("7.."), Ok((7, None)));
        assert!(
            seed_range("5..5").is_err() && seed_range("..5").is_err() && seed_range("7").is_err()
        );
        assert_eq!(shard("3/16"), Ok((3, 16)));
        assert_eq!(numbers("7,3..5,9..=10"), Ok(Numbers(vec![3, 4, 7, 9, 10])));
        assert!(numbers("5..5").is_err() && numbers("").is_err() && numbers("3..").is_err());
        assert!(numbers("9999").is_err() && numbers("-1").is_err());
        assert!(shard("0/4").is_err() && shard("5/4").is_err() && shard("4").is_err());
    }
}
