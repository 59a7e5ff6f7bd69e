//! How fast the parts of the harness are: the queue, its timers, and the choosers, each beside what
//! one would write by hand. What goes where in the queue, and why, can be read off here.
//!
//! Whole runs are measured by the benchmark `speed`, which knows protocols.
//! `cargo bench -p generals -- timers` measures what has "timers" in its title.

#![allow(clippy::float_arithmetic, reason = "figures for people; no run depends on them")]

#[allow(dead_code, reason = "what several benchmarks share")]
#[path = "../common"]
mod common {
    pub(crate) mod clock;
    pub(crate) mod contest;
    pub(crate) mod options;
}
mod micro;

use common::options::Options;

fn main() {
    let options = Options::from_args();
    micro::queue(&options);
    micro::timers_that_fire(&options);
    micro::timers_put_off(&options);
    micro::choices(&options);
}
