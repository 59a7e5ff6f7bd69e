//! How long work takes.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Which time is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// That of the processor, spent on this thread: what others do on the machine matters less.
    Processor,
    /// That on the wall, for work of several threads.
    Wall,
}

/// Does a piece of the work and says how many units that was.
pub(crate) type Work<'a> = Box<dyn FnMut() -> u64 + 'a>;

impl Clock {
    /// Nanoseconds a unit, over at least this long.
    #[expect(clippy::disallowed_methods, reason = "this is about the machine's time, not a run's")]
    pub(crate) fn nanos_a_unit(self, work: &mut Work<'_>, at_least: Duration) -> f64 {
        let mut units = 0;
        let (wall, processor) = (Instant::now(), ThreadTime::now());
        loop {
            units += work();
            let taken = match self {
                Self::Processor => processor.elapsed(),
                Self::Wall => wall.elapsed(),
            };
            if taken >= at_least && units > 0 {
                return taken.as_secs_f64() * 1e9 / units as f64;
            }
        }
    }
}
