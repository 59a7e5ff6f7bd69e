//! What the command line asks for.

use std::time::Duration;

/// How often and how long everything is measured, and what is measured at all.
pub(crate) struct Options {
    /// Each contestant goes once in a round.
    pub(crate) rounds: usize,
    /// For at least so long.
    pub(crate) each: Duration,
    /// Only to see that everything still works: small sizes, and figures that mean little.
    pub(crate) quick: bool,
    only: Vec<String>,
}

impl Options {
    /// `cargo bench -- [--quick] [PART OF A TITLE]...`
    ///
    /// Cargo says `--bench` when it wants figures. When it only tests that benchmarks still work,
    /// it does not, and that is quick, too.
    pub(crate) fn from_args() -> Self {
        let (flags, only): (Vec<_>, Vec<_>) =
            std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
        if let Some(unknown) = flags.iter().find(|flag| !["--bench", "--quick"].contains(&&***flag))
        {
            eprintln!("{unknown}? there is only --quick, and parts of titles");
            std::process::exit(2);
        }
        let has = |name: &str| flags.iter().any(|flag| flag == name);
        let quick = has("--quick") || !has("--bench");
        let (rounds, each) = if quick { (2, 1) } else { (7, 40) };
        Self { rounds, each: Duration::from_millis(each), quick, only }
    }

    /// For what takes long by itself: so many rounds, and each contestant once in each.
    pub(crate) const fn once_in_each_of(rounds: usize) -> Self {
        Self { rounds, each: Duration::ZERO, quick: false, only: Vec::new() }
    }

    /// Whether what has this title is to be measured.
    pub(crate) fn include(&self, title: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| title.contains(part))
    }
}
