//! How fast the harness is, and what of that is its own doing.
//!
//! Nanoseconds differ from machine to machine and from hour to hour, so every figure stands beside
//! that of a bare loop which does the same work in the same run of this program: their ratio is
//! the figure to compare. A bare loop is what one would write by hand for a single experiment: std's
//! binary heap, a slab and ChaCha8; no digest, no promises, no faults, no panics caught.
//!
//! `cargo bench -p generals -- flood` measures only what has "flood" in its title.

mod apps;
mod bare;
mod micro;
mod table;

use apps::{App, Flood, Orders, Played, Settings, Votes};
use bare::Bare;
use generals::{Case, Ended, Plug, Source, Subject, VerdictKind};
use table::{Contest, Rounds};

/// Deliveries in one run of an endless workload.
const MANY: u64 = 20_000;

fn main() {
    let rounds = Rounds::from_args();
    micro::queue(&rounds);
    micro::timers(&rounds);
    micro::choices(&rounds);
    for (nodes, each) in [(4, 1), (16, 1), (16, 100)] {
        let title = format!("W1 flood, {nodes} nodes, {} messages in flight", nodes * each);
        let settings = Settings { each, ..Settings::default() };
        whole_runs::<Flood>(&rounds, &title, nodes, &settings, MANY);
    }
    for each in [1, 100] {
        let title = format!("W4 flood, 16 nodes, {} in flight, a timer reset each", 16 * each);
        let settings = Settings { each, timers: true, ..Settings::default() };
        whole_runs::<Flood>(&rounds, &title, 16, &settings, MANY);
    }
    let settings = Settings { requests: 8, ..Settings::default() };
    whole_runs::<Votes>(&rounds, "W3 8 requests of PBFT's normal case", 4, &settings, u64::MAX);
    whole_runs::<Orders>(&rounds, "OM(1), the smallest run", 4, &Settings::default(), u64::MAX);
}

/// The same runs by the bare loop and by the harness, the latter with and without its digest.
fn whole_runs<A: App>(rounds: &Rounds, title: &str, nodes: u16, settings: &Settings, most: u64) {
    if !rounds.include(title) {
        return;
    }
    let case = open::<A>(nodes, settings, most);
    let mut bare = Bare::<A>::new(nodes, settings.clone(), most);
    let mut worker = case.worker();
    let to_compare = if most == u64::MAX { 1000 } else { 10 };
    for seed in 0..to_compare {
        let by_hand = bare.run(seed);
        let outcome = worker.run_seed(seed);
        let promised = outcome.verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds);
        assert!(promised && outcome.ended != Ended::Unsound, "{title}: {outcome:?}");
        let run = (outcome.tally.delivered, outcome.at);
        assert_eq!((by_hand.delivered, by_hand.at), run, "{title}: seed {seed} is another run");
    }
    let deliveries = bare.run(0).delivered;
    let mut without = case.worker();
    without.without_digest();

    let mut contest = Contest::new(format!("{title}: ns per delivery"));
    let mut seeds = 0..;
    contest.entry("bare loop", move || bare.run(seeds.next().unwrap_or(0)).delivered);
    let mut seeds = 0..;
    contest.entry("generals, no digest", move || {
        without.run_seed(seeds.next().unwrap_or(0)).tally.delivered
    });
    let mut seeds = 0..;
    contest.entry("generals", move || worker.run_seed(seeds.next().unwrap_or(0)).tally.delivered);
    if most == u64::MAX {
        contest.each_is_one_of(deliveries, "runs");
    }
    contest.print(rounds);
}

fn open<A: App>(nodes: u16, settings: &Settings, most: u64) -> Box<dyn Case> {
    let config = ron::to_string(settings).expect("settings can be written");
    let limits = if most == u64::MAX {
        String::new()
    } else {
        // Every node's start is an event, too.
        format!("limits: (events: {}),", most + u64::from(nodes))
    };
    let protocol = A::NAME;
    let text =
        format!("(protocol: \"{protocol}\", config: {config}, world: (nodes: {nodes}), {limits})");
    let source = Source { name: protocol.to_owned(), text };
    Plug::<Played<A>>::NEW.open(&source).unwrap_or_else(|error| panic!("{error}"))
}
