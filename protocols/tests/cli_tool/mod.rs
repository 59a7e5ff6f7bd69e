//! Running the tool, and the examples that are tools of their own, as a user does.

#![expect(clippy::unwrap_used, reason = "these are tests")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The tool of this package.
pub(crate) fn generals() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_generals"))
}

/// An example of this package; `cargo test` builds them before it runs tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let folder = generals().parent().unwrap().join("examples");
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: cargo build --examples", path.display());
    path
}

/// A command for `program` that calls itself by its name alone.
pub(crate) fn command(program: &Path, line: &str) -> Command {
    let mut command = Command::new(program);
    command.args(line.split_whitespace()).stdin(Stdio::null());
    command.env("PATH", program.parent().unwrap());
    command
}

/// Runs `program` with the words of `line`, in the folder of this package.
pub(crate) fn run(program: &Path, line: &str) -> Ran {
    command(program, line).output().unwrap().into()
}

/// The same, in this folder.
pub(crate) fn run_in(folder: &Path, program: &Path, line: &str) -> Ran {
    command(program, line).current_dir(folder).output().unwrap().into()
}
