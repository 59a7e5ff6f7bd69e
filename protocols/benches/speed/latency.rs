//! How long PBFT takes to decide, in virtual time: nothing about speed, but about whether what is
//! simulated fast is simulated right.
//!
//! Delays are normal with mean 250 ms and sigma 50 ms, λ is 1 s, and a decision counts when a
//! quorum executed. The simulator of the Tool paper (P.-L. Wang et al., *Tool: An Efficient and
//! Flexible Simulator for Byzantine Fault-Tolerant Protocols*, DSN 2022) was run again for the
//! published column; it has no client, and counts the primary's own prepare. For many replicas there
//! is a closed form, 3μ + 0.4307 σ (1 + √2) = 802.0 ms.

use generals::trace::{Entry, What};
use generals::{Seeded, Time, VerdictKind, Worker};

use crate::contest::Figure;
use crate::options::Options;
use crate::shipped::open;

/// A published mean and its standard deviation in ms, if there is one.
type Published = Option<(f64, f64)>;

/// n, how many seeds, and what is published.
const SIZES: [(u16, u64, Published); 9] = [
    (4, 1_000, Some((731.9, 46.6))),
    (7, 500, None),
    (8, 500, Some((751.7, 24.9))),
    (16, 200, Some((793.0, 16.0))),
    (31, 100, None),
    (32, 100, Some((793.4, 9.8))),
    (64, 30, Some((801.4, 5.1))),
    (100, 12, None),
    (128, 8, Some((800.2, 5.7))),
];

pub(crate) fn all(options: &Options) {
    if !options.include("PBFT's latency") {
        return;
    }
    println!("PBFT's latency, delays normal with mean 250 ms and sigma 50 ms, ms of virtual time");
    println!(
        "{:>6} {:>7} {:>8} {:>7} {:>16}   published mean and sd",
        "n", "seeds", "mean", "sd", "min..max"
    );
    for (n, seeds, published) in SIZES {
        if options.quick && n > 16 {
            break;
        }
        let case = open(&scenario(n));
        let mut worker = case.worker();
        let seeds = if options.quick { 3 } else { seeds };
        let took: Vec<f64> = (0..seeds).map(|seed| decision(&mut *worker, n, seed)).collect();
        let mean = took.iter().sum::<f64>() / seeds as f64;
        let square = took.iter().map(|ms| (ms - mean).powi(2)).sum::<f64>();
        let sd = (square / (seeds as f64 - 1.0)).sqrt();
        let Figure { least, most, .. } = Figure::of(took.into_iter());
        let published = published.map_or_else(
            || "-".to_owned(),
            |(known, sd)| format!("{known:.1} ± {sd:.1} ({:+.1} %)", (mean / known - 1.0) * 100.0),
        );
        let range = format!("{least:.1}..{most:.1}");
        println!("{n:>6} {seeds:>7} {mean:>8.1} {sd:>7.1} {range:>16}   {published}");
    }
    println!("   n -> ∞         802.0                            closed form\n");
}

fn scenario(n: u16) -> String {
    format!(
        r#"(protocol: "pbft",
            config: (replicas: {n}, status: Some("0ms"), timeout: Some("3s"), retry: Some("9s")),
            inputs: {{ {n}: [(ops: [Put("x", "1")])] }},
            world: (nodes: {}, timing: Synchronous(
                delta: "1s", least: Some("1ms"),
                latency: Normal(mean: "250ms", sigma: "50ms"),
            )))"#,
        n + 1
    )
}

/// From the pre-prepare until a quorum has executed the request, in ms.
fn decision(worker: &mut dyn Worker, n: u16, seed: u64) -> f64 {
    let (outcome, trace) = worker.trace(&mut Seeded::new(seed));
    let good = outcome.verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds);
    assert!(good, "PBFT, n = {n}, seed {seed}: {:?}", outcome.verdicts);
    let at = |is: fn(&Entry) -> bool| trace.entries.iter().filter(move |e| is(e)).map(|e| e.at);
    let begun = at(|entry| entry.text.starts_with("PRE-PREPARE")).next().expect("a pre-prepare");
    let executed = |entry: &Entry| entry.what == What::Decided && entry.text.contains("executed [");
    let mut executed: Vec<Time> = at(executed).collect();
    executed.sort_unstable();
    let quorum = usize::from(n - (n - 1) / 3);
    executed[quorum - 1].since(begun).as_nanos() as f64 / 1e6
}
