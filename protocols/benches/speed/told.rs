//! What the benchmark `allocations` has to tell: it has an allocator that counts, which would slow
//! others, and so it is a program of its own.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::goals::Goals;

/// Where its rows of the table of goals are.
pub(crate) fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("allocations.tsv")
}

/// Takes these rows in, if they are about this build.
pub(crate) fn read(goals: &mut Goals) {
    let written =
        |path: &PathBuf| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let built = std::env::current_exe().ok().and_then(|program| written(&program));
    if written(&file()) < built {
        return;
    }
    for line in fs::read_to_string(file()).unwrap_or_default().lines() {
        if let [what, measured, goal, reached] = line.split('\t').collect::<Vec<_>>()[..] {
            goals.row([what, measured, goal, reached].map(str::to_owned));
        }
    }
}
