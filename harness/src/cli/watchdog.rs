//! A node's program that never returns cannot be interrupted, but it can be named: whoever waits
//! for a single run too long is told which one it is, and the whole program ends, for nothing else
//! would end it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use generals_models::{Choose, Complaint, Span, World};

use crate::choosers::Script;
use crate::kernel::Outcome;
use crate::report;
use crate::scenario::Layers;
use crate::seedfile::Found;
use crate::subject::{Case, PromiseRow, Worker};
use crate::trace::Trace;

use super::campaign::now;
use super::paste::{command, this_command};
use super::{Exit, out};

/// A case whose workers are watched.
pub(super) struct Watched {
    pub(super) name: String,
    pub(super) case: Box<dyn Case>,
    /// Whether it can be run again by its name.
    pub(super) is_named: bool,
}

struct WatchedWorker<'c> {
    worker: Box<dyn Worker + 'c>,
    is_named: bool,
    place: Arc<Place>,
}

/// Where one worker says what it is doing.
struct Place {
    name: String,
    /// Counts the beginnings and the ends of runs: odd while one is running.
    beat: AtomicU64,
    /// The seed of the run; [`NONE`] if it has another origin.
    seed: AtomicU64,
    /// The last beat that was seen, and since when.
    seen: Mutex<(u64, Instant)>,
}

const NONE: u64 = u64::MAX;

/// All workers there are.
static PLACES: Mutex<Vec<Weak<Place>>> = Mutex::new(Vec::new());
/// How to see again what is being done, where a seed does not say it.
static DOING: Mutex<String> = Mutex::new(String::new());

/// A run without an end.
pub(super) struct Stuck {
    pub(super) scenario: String,
    pub(super) seed: Option<u64>,
    pub(super) limit: Span,
    pub(super) repeat: String,
}

/// From now on runs that do not come from a seed are repeated by this command.
pub(super) fn doing(repeat: String) {
    *locked(&DOING) = repeat;
}

/// Watches all runs of this process. A run longer than `limit` ends it, after `tell`.
#[expect(clippy::disallowed_methods, reason = "watching real threads takes one, and a clock")]
pub(super) fn watch(limit: Span, tell: fn(&Stuck) -> String) {
    let patience = Duration::from_nanos(limit.as_nanos());
    let pause = (patience / 8).clamp(Duration::from_millis(1), Duration::from_secs(1));
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(pause);
            if let Some(place) = stuck(patience) {
                let seed = place.seed.load(Ordering::Relaxed);
                let stuck = Stuck::at(&place.name, (seed != NONE).then_some(seed), limit);
                let _ = out::print(&tell(&stuck));
                std::process::exit(Exit::Broken as i32);
            }
        }
    });
}

fn stuck(patience: Duration) -> Option<Arc<Place>> {
    let mut places = locked(&PLACES);
    places.retain(|place| place.strong_count() > 0);
    places.iter().filter_map(Weak::upgrade).find(|place| {
        let beat = place.beat.load(Ordering::Relaxed);
        let mut seen = locked(&place.seen);
        if seen.0 != beat {
            *seen = (beat, now());
        }
        !beat.is_multiple_of(2) && seen.1.elapsed() > patience
    })
}

impl Stuck {
    fn at(scenario: &str, seed: Option<u64>, limit: Span) -> Self {
        let doing = locked(&DOING).clone();
        let repeat = match seed {
            Some(seed) => command(["run", scenario, "--seed", &seed.to_string()]),
            None if doing.is_empty() => this_command(),
            None => doing,
        };
        Self { scenario: scenario.to_owned(), seed, limit, repeat }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let Self { scenario, seed, limit, repeat } = self;
        let run = seed.map_or("a run".to_owned(), |seed| format!("the run of seed {seed}"));
        format!(
            "\n--- {scenario}: {run} has not ended after {limit}\n\n\
             A node's program that does not return cannot be interrupted, so this ends here.\n\
             If the run is only long, allow it more with --stuck-after.\n\
             to repeat it:\n{repeat}\n"
        )
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing here is ever half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Place {
    fn begin(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
        self.beat.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.beat.fetch_add(1, Ordering::Relaxed);
    }
}

impl Worker for WatchedWorker<'_> {
    fn run_seed(&mut self, seed: u64) -> &Outcome {
        self.place.begin(if self.is_named { seed } else { NONE });
        let outcome = self.worker.run_seed(seed);
        self.place.end();
        outcome
    }

    fn run(&mut self, choose: &mut dyn Choose) -> &Outcome {
        self.place.begin(NONE);
        let outcome = self.worker.run(choose);
        self.place.end();
        outcome
    }

    fn trace(&mut self, choose: &mut dyn Choose) -> (Outcome, Trace) {
        self.place.begin(NONE);
        let told = self.worker.trace(choose);
        self.place.end();
        told
    }

    fn without_digest(&mut self) {
        self.worker.without_digest();
    }
}

impl Case for Watched {
    fn about(&self) -> &str {
        self.case.about()
    }

    fn protocol(&self) -> &'static str {
        self.case.protocol()
    }

    fn world(&self) -> &World {
        self.case.world()
    }

    fn layers(&self) -> &Layers {
        self.case.layers()
    }

    fn promises(&self) -> &[PromiseRow] {
        self.case.promises()
    }

    fn rules(&self) -> &'static [&'static str] {
        self.case.rules()
    }

    fn script(&self) -> Option<&Script> {
        self.case.script()
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        let place = Arc::new(Place {
            name: self.name.clone(),
            beat: AtomicU64::new(0),
            seed: AtomicU64::new(NONE),
            seen: Mutex::new((0, now())),
        });
        locked(&PLACES).push(Arc::downgrade(&place));
        Box::new(WatchedWorker { worker: self.case.worker(), is_named: self.is_named, place })
    }

    fn seed_file(&self, found: &Found) -> String {
        self.case.seed_file(found)
    }

    /// The name is that of the file, and nothing in the file says this.
    fn in_world(&self, world: World) -> Result<Box<dyn Case>, Complaint> {
        let case = self.case.in_world(world)?;
        Ok(Box::new(Self { name: report::heading(&*case), case, is_named: false }))
    }
}
