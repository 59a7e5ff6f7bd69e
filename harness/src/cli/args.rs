//! The words of the command line. They are turned into plain values at once; nothing below the
//! command line sees them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use generals_models::Span;

use crate::fuzz::Seeds;
use crate::trace::Zoom as TraceZoom;

/// A deterministic test harness for distributed agreement: fuzz a protocol, repeat a failing seed,
/// shrink it to its story.
///
/// Without a command: fuzz every scenario that ships with this tool for a few seconds.
#[derive(Parser, Debug)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes: 0 as expected, 1 a promise broken, 2 usage or a bad file, 3 something undetermined \
(0 unless --strict), 4 nothing to run, 5 not deterministic, 70 a bug of this tool, 74 input or \
output failed, 75 stopped early.";

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List protocols, what they promise under which assumptions, and the scenarios
    List,
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
pub(super) struct Run {
    /// The name of a shipped scenario, or a path
    pub(super) scenario: String,
    /// Which random choices; drawn and printed if not given
    #[arg(long)]
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
    /// Run these seeds: from A to before B
    #[arg(long, value_name = "A..B", value_parser = seed_range, conflicts_with_all = ["runs"])]
    pub(super) seeds: Option<(u64, u64)>,
    /// Run so many seeds of each scenario
    #[arg(long, value_name = "N")]
    pub(super) runs: Option<u64>,
    /// Stop after so long, all scenarios together, for example 60s [default: 15s, unless --seeds
    /// or --runs say how much]
    #[arg(long, value_name = "TIME")]
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
    /// For people, or a record a line
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
    /// JSON, one record a line; figures of the clock stand only in records of type `timing`
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
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Which broken promise to keep broken; the worst one if not given
    #[arg(long, value_name = "NAME")]
    pub(super) promise: Option<String>,
    /// Where to write the shrunk seed file
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Explore {
    /// The name of a shipped scenario, or a path
    pub(super) scenario: String,
    /// Stop after so many runs
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(super) runs: u64,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// A folder of seed files and scenarios, or one such file [default: the shipped scenarios, and
    /// ./seeds if there is such a folder]
    pub(super) dir: Option<PathBuf>,
    /// How many seeds of each scenario to run
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(super) runs: u64,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    /// The path of a seed file, or a scenario
    #[arg(value_name = "SEEDFILE|SCENARIO")]
    pub(super) what: String,
    /// The seed of the scenario
    #[arg(long)]
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

fn seed_range(text: &str) -> Result<(u64, u64), String> {
    let bad = || "write it like 0..1000: the first seed, and the one after the last".to_owned();
    let (a, b) = text.split_once("..").ok_or_else(bad)?;
    let number = |s: &str| s.replace('_', "").parse::<u64>().map_err(|_| bad());
    let (a, b) = (number(a)?, number(b)?);
    if a < b { Ok((a, b)) } else { Err(format!("{a}..{b} holds no seed")) }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let bad = || "write it like 1/4: shards are counted from 1".to_owned();
    let (k, n) = text.split_once('/').ok_or_else(bad)?;
    let number = |s: &str| s.parse::<u64>().map_err(|_| bad());
    let (k, n) = (number(k)?, number(n)?);
    if (1..=n).contains(&k) { Ok((k, n)) } else { Err(format!("there is no shard {k} of {n}")) }
}

impl Fuzz {
    /// The seeds of this shard; `start` is where to begin if nobody said.
    pub(super) fn seeds(&self, start: u64) -> Seeds {
        let (k, n) = self.shard.unwrap_or((1, 1));
        let (start, count) = match (self.seeds, self.runs) {
            (Some((a, b)), _) => (a, Some(b - a)),
            (None, runs) => (start, runs),
        };
        Seeds { start, offset: k - 1, stride: n, count }
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
        assert_eq!(seed_range("0..1_000"), Ok((0, 1000)));
        assert!(seed_range("5..5").is_err() && seed_range("7").is_err());
        assert_eq!(shard("3/16"), Ok((3, 16)));
        assert!(shard("0/4").is_err() && shard("5/4").is_err() && shard("4").is_err());
    }
}
