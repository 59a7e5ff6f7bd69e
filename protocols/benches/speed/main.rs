//! How fast the harness is, what of that is its own doing, and whether that is fast enough.
//!
//! Nanoseconds differ from machine to machine and from hour to hour. So all that is compared is done
//! in turns, round after round, and what counts is a ratio in the same run of this program: most
//! often to a *bare loop*, which is what one would write by hand for a single experiment. All play
//! the same runs, which is checked first. A bare loop is marked with a bar; `times` is the cost in
//! relation to that of the best of them.
//!
//! `cargo bench` measures all, `cargo bench -- W2` what has "W2" in its title, and
//! `cargo bench -- --quick` sees that everything still works. It fails if a check does, never for
//! being slow.

#![allow(clippy::float_arithmetic, reason = "figures for people; no run depends on them")]

mod apps;
mod bare;
#[allow(dead_code, reason = "what several benchmarks share")]
#[path = "../../../harness/benches/common"]
mod common {
    pub(crate) mod clock;
    pub(crate) mod contest;
    pub(crate) mod options;
}
mod goals;
mod jobs;
mod kernel;
mod latency;
mod peers;
mod played;
mod queues;
mod real;
mod resident;
mod shipped;
mod told;

use common::options::Options;
use common::{clock, contest, options};
use goals::Goals;
use peers::Cells;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some((resident::CHILD, args)) = args.split_first().map(|(first, rest)| (&**first, rest))
    {
        return resident::child(args);
    }
    let options = Options::from_args();
    let (mut goals, mut cells) = (Goals::default(), Cells::default());
    kernel::all(&options, &mut goals, &mut cells);
    jobs::all(&options, &mut goals);
    real::all(&options, &mut goals);
    latency::all(&options);
    resident::all(&options, &mut goals);
    told::read(&mut goals);
    cells.compare(&mut goals);
    goals.print(NOTE);
    println!("{}", cells.machine());
    if options.quick {
        println!("This was quick: the figures mean little.");
    }
}

const NOTE: &str = "Ratios are medians of rounds of this run.
* The peers were measured elsewhere, not in this run: their ratio to the best bare loop there by the
  ratio of generals to the best bare loop here. Min..max are those of the sizes.";
