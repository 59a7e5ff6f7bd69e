//! How often memory is asked for: by the kernel for each delivery and each run, and by the real
//! protocols. A worker keeps its memory from run to run, so what is counted are runs that it has
//! made before.
//!
//! It fails if the kernel allocates for a delivery. What is found is also a part of the table that
//! the benchmark `speed` prints at its end.

#![allow(clippy::float_arithmetic, reason = "figures for people; no run depends on them")]

#[path = "../speed/apps.rs"]
mod apps;
#[path = "../speed/bare.rs"]
mod bare;
#[allow(dead_code, reason = "what several benchmarks share")]
#[path = "../../../harness/benches/common/options.rs"]
mod options;
#[allow(dead_code, reason = "what several benchmarks share")]
#[path = "../speed/played.rs"]
mod played;
#[path = "../speed/queues.rs"]
mod queues;
#[path = "../speed/shipped.rs"]
mod shipped;

use std::fmt::Write as _;
use std::path::Path;

use allocation_counter::measure;
use generals::Worker;

use apps::{App, Flood, Settings, Votes};
use bare::Bare;
use options::Options;
use played::{LOSSY, MAY_LOSE, RELIABLE, Workload, open};
use queues::{Binary, Keyed, Quad};

/// Runs that are counted.
const SEEDS: u64 = 20;

/// Rows for the table of goals: what, measured, goal, reached.
#[derive(Default)]
struct Rows(String);

impl Rows {
    fn none(&mut self, what: &str, measured: f64) {
        let reached = if measured > 0.0 { "no" } else { "yes" };
        writeln!(self.0, "{what}\t{measured:.4}\t<= 0\t{reached}").expect("a string");
    }
}

fn main() {
    let options = Options::from_args();
    let mut rows = Rows::default();
    let mut worst: f64 = 0.0;
    if options.include("allocations") {
        println!("{:<46}{:>10} {:>12} {:>12}", "allocations", "world", "a run", "a delivery");
        for timers in [false, true] {
            worst = worst.max(floods(timers));
        }
        worst = worst.max(votes());
        rows.none("allocations of the kernel for a delivery, W1 to W4, the most", worst);
        starts(&mut rows);
        real();
    }
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("allocations.tsv");
    if let Err(error) = std::fs::write(&to, &rows.0) {
        eprintln!("{}: {error}", to.display());
    }
    if worst > 0.0 {
        eprintln!("the kernel allocates for deliveries");
        std::process::exit(1);
    }
}

/// Allocations of a run, and how many messages it delivered, on average.
fn count(mut run: impl FnMut(u64) -> u64) -> (f64, f64) {
    // What grows has grown after these.
    let before: u64 = (0..SEEDS).map(&mut run).sum();
    let mut delivered = 0;
    let counted = measure(|| delivered = (0..SEEDS).map(&mut run).sum());
    assert_eq!(before, delivered, "the same seeds give the same runs");
    (counted.count_total as f64 / SEEDS as f64, delivered as f64 / SEEDS as f64)
}

fn of(worker: &mut dyn Worker) -> (f64, f64) {
    count(|seed| worker.run_seed(seed).tally.delivered)
}

fn show(what: &str, world: &str, a_run: f64, a_delivery: f64) {
    println!("{what:<46}{world:>10} {a_run:>12.2} {a_delivery:>12.4}");
}

/// What a delivery costs is what a run that is twice as long takes more. Less than one is none: a run
/// that ends at its limit says so in words, and these grow with its numbers.
fn for_each_delivery<A: App>(what: &str, short: &Workload, long: &Workload) -> f64 {
    let mut worst: f64 = 0.0;
    for (world, links) in [("reliable", RELIABLE), ("may lose", MAY_LOSE), ("lossy", LOSSY)] {
        let [short, long] = [short, long].map(|workload| {
            let case = open::<A>(workload, links);
            of(&mut *case.worker())
        });
        let more = long.0 - short.0;
        let a_delivery = if more < 1.0 { 0.0 } else { more / (long.1 - short.1).max(1.0) };
        show(what, world, short.0, a_delivery);
        worst = worst.max(a_delivery);
    }
    worst
}

fn floods(timers: bool) -> f64 {
    let of_length = |most| Workload {
        title: String::new(),
        nodes: 16,
        settings: Settings { each: 10, timers, ..Settings::default() },
        most: Some(most),
    };
    let what = if timers { "W4, n = 16, 160 in flight" } else { "W1, n = 16, 160 in flight" };
    for_each_delivery::<Flood>(what, &of_length(5_000), &of_length(10_000))
}

/// With so many requests.
fn requests(nodes: u16, requests: u16) -> Workload {
    let settings = Settings { requests, ..Settings::default() };
    Workload { title: String::new(), nodes, settings, most: None }
}

fn votes() -> f64 {
    let [short, long] = [16, 32].map(|count| requests(16, count));
    let worst = for_each_delivery::<Votes<1>>("W2, n = 16, 16 requests", &short, &long);
    let short = requests(4, 8);
    let case = open::<Votes<1>>(&short, MAY_LOSE);
    let (a_run, _) = of(&mut *case.worker());
    show("W3, n = 4, 8 requests", "may lose", a_run, 0.0);
    let mut bare = Bare::<Votes<1>, Quad<false>>::new(&short);
    show("  the bare loop, 4-ary heap", "", count(|seed| bare.run(seed).delivered).0, 0.0);
    let mut bare = Bare::<Votes<1>, Quad<true>>::new(&short);
    show("  the bare loop, hole", "", count(|seed| bare.run(seed).delivered).0, 0.0);
    let mut bare = Bare::<Votes<1>, Binary>::new(&short);
    show("  the bare loop, BinaryHeap", "", count(|seed| bare.run(seed).delivered).0, 0.0);
    let mut bare = Bare::<Votes<1>, Keyed>::new(&short);
    show("  the bare loop, priority-queue", "", count(|seed| bare.run(seed).delivered).0, 0.0);
    worst
}

fn starts(rows: &mut Rows) {
    for nodes in [4, 64] {
        let case = open::<Votes<1>>(&requests(nodes, 0), MAY_LOSE);
        let (a_run, _) = of(&mut *case.worker());
        show(&format!("W0, n = {nodes}, a run that does nothing"), "may lose", a_run, 0.0);
        rows.none(&format!("allocations of a start-up after the first, n = {nodes}"), a_run);
    }
}

/// The protocols' own vectors and maps are in these.
fn real() {
    for name in ["om-2-n7", "sm-2-n4-two-traitors", "paxos-n3-calm", "pbft-calm", "pbft-lossy"] {
        let case = shipped::open(shipped::text(name));
        let (a_run, deliveries) = of(&mut *case.worker());
        show(name, "shipped", a_run, a_run / deliveries);
    }
}
