//! The command line, as a library function: any crate gets the whole tool with one line.
//!
//! ```no_run
//! # use generals::{Cx, NodeId, Promises, Protocol};
//! # struct Flood;
//! # impl Protocol for Flood {
//! #     const NAME: &'static str = "flood";
//! #     const ABOUT: &'static str = "";
//! #     type Config = ();
//! #     type Input = u8;
//! #     type Value = u8;
//! #     type Message = u8;
//! #     type Timer = ();
//! #     type Durable = ();
//! #     fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self { Self }
//! #     fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}
//! #     fn on_message(&mut self, _: NodeId, _: u8, _: &mut Cx<'_, Self>) {}
//! #     fn promises(_: &()) -> Promises<Self> { Promises::none() }
//! # }
//! fn main() -> std::process::ExitCode {
//!     generals::cli::main(&[&generals::Plug::<Flood>::NEW], &[])
//! }
//! ```
//!
//! Only here are there files, clocks, threads and exit codes.

mod args;
mod atlas;
mod campaign;
mod check;
mod explain;
mod explore;
mod findings;
mod fuzz;
mod jsonl;
mod list;
mod open;
mod out;
mod paste;
mod single;
mod stop;
mod story;
mod table;
mod watchdog;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use generals_models::scenarios::Shipped;

use crate::file::{FileError, ReadError};
use crate::subject::Subject;

use self::args::{Cli, Command, Format, Listed};
use self::open::Shelf;
use self::watchdog::Stuck;

/// How a command ended, when it did what it was asked to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Exit {
    /// Everything is as expected.
    AsExpected = 0,
    /// Something is undetermined, and `--strict` was given.
    Undetermined = 3,
    /// There was nothing to run.
    Nothing = 4,
    /// Stopped early, by hand.
    Stopped = 75,
    /// A promise was broken, or an expected break did not appear.
    Broken = 1,
    /// The same run went two ways.
    NotDeterministic = 5,
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// A file makes no sense.
    File(Box<FileError>),
    /// Input or output failed.
    Io(String),
    /// Nobody reads our output any more.
    NobodyReads,
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::File(Box::new(error))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { .. } => Self::Io(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Io(error.to_string()),
        }
    }
}

/// Runs the command line of this process, for these protocols and these scenarios of theirs.
///
/// Exit codes: 0 as expected, 1 a promise broken, 2 usage or a bad file, 3 something undetermined
/// (0 unless `--strict`), 4 nothing to run, 5 not deterministic, 70 a bug of the tool itself, 74
/// input or output failed, 75 stopped early, 130 stopped by a second Ctrl-C.
#[must_use]
pub fn main(subjects: &'static [&'static dyn Subject], scenarios: &'static [Shipped]) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    stop::listen();
    watchdog::watch(
        cli.stuck_after,
        match &cli.command {
            Some(Command::Fuzz(args)) if args.format == Format::Jsonl => jsonl::stuck,
            _ => Stuck::text,
        },
    );
    let shelf = Shelf { subjects, scenarios };
    let run = std::panic::AssertUnwindSafe(|| dispatch(cli.command, shelf));
    match std::panic::catch_unwind(run) {
        Ok(Ok(exit)) => ExitCode::from(exit as u8),
        Ok(Err(failure)) => report(&failure),
        Err(_) => {
            out::hint("this is a bug of the tool itself; please report it with the line above");
            ExitCode::from(70)
        }
    }
}

/// The command line was not understood, or asked for help only.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match (error.use_stderr(), printed.map_err(Failure::from)) {
        (true, _) => ExitCode::from(2),
        (false, Ok(())) => ExitCode::SUCCESS,
        (false, Err(failure)) => report(&failure),
    }
}

fn dispatch(command: Option<Command>, shelf: Shelf) -> Result<Exit, Failure> {
    match command {
        None => fuzz::fuzz(shelf, &args::Fuzz::default()),
        Some(Command::List(args::List { what: Listed::Protocols })) => list::list(shelf),
        Some(Command::List(args::List { what: Listed::Models })) => explain::models(),
        Some(Command::Explain(args)) => explain::explain(shelf, &args.name),
        Some(Command::Run(args)) => single::run(shelf, &args),
        Some(Command::Fuzz(args)) => fuzz::fuzz(shelf, &args),
        Some(Command::Replay(args)) => single::replay(shelf, &args),
        Some(Command::Shrink(args)) => single::shrink(shelf, &args),
        Some(Command::Explore(args)) => explore::explore(shelf, &args),
        Some(Command::Atlas(args)) => atlas::atlas(shelf, &args),
        Some(Command::Check(args)) => check::check(shelf, &args),
        Some(Command::Show(args)) => single::show(shelf, &args),
    }
}

fn report(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Usage(problem) => out::hint(&format!("error: {problem}")),
        Failure::File(error) => out::hint(&error.coloured()),
        Failure::Io(problem) => out::hint(&format!("error: {problem}")),
        Failure::NobodyReads => {}
    }
    ExitCode::from(match failure {
        Failure::Usage(_) | Failure::File(_) => 2,
        Failure::Io(_) => 74,
        Failure::NobodyReads => 0,
    })
}
