//! The real protocols, from the scenarios that ship, and PBFT's normal case.

use generals::{Ended, Seeded, VerdictKind};

use crate::clock::Clock;
use crate::contest::{Contest, Figure};
use crate::goals::{Goal, Goals};
use crate::jobs;
use crate::options::Options;
use crate::played::{LOSSY, MAY_LOSE, RELIABLE};
use crate::shipped::{open, text};

const FULL: &str = "everything on";
const MUTE: &str = "no digest";
const TOLD: &str = "full trace";

/// PBFT as it is by default.
const WHOLE: &str = "";
/// And without the messages by which replicas notice what they lack, which came later.
const AS_IN_1999: &str = r#"status: Some("0ms")"#;

/// What is shown of each protocol.
const SHIPPED: [(&str, &str); 7] = [
    ("OM(2), n = 7, two liars", "om-2-n7"),
    ("SM(2), n = 4, two traitors", "sm-2-n4-two-traitors"),
    ("Paxos, n = 3", "paxos-n3-calm"),
    ("Paxos, n = 3, lossy", "paxos-n3-lossy"),
    ("PBFT, n = 4, two clients", "pbft-calm"),
    ("PBFT, n = 4, two clients, lossy", "pbft-lossy"),
    ("PBFT, n = 4, a liar", "pbft-liar"),
];

pub(crate) fn all(options: &Options, goals: &mut Goals) {
    let mut lines = Vec::new();
    for (title, name) in SHIPPED {
        let text = text(name);
        lines.extend(one(options, &format!("protocols: {title}"), text).map(|(line, _)| line));
    }
    let cases = [
        (4, WHOLE, RELIABLE, "reliable"),
        (4, WHOLE, MAY_LOSE, "may lose"),
        (4, WHOLE, LOSSY, "lossy"),
        (4, AS_IN_1999, MAY_LOSE, "no STATUS"),
        (31, WHOLE, MAY_LOSE, "may lose"),
    ];
    for (nodes, config, links, on) in cases {
        let title = format!("protocols: PBFT, n = {nodes}, one request, {on}");
        let text = normal_case(nodes, config, links);
        let Some((line, runs)) = one(options, &title, &text) else { continue };
        lines.push(line);
        if (nodes, config, links) == (4, WHOLE, MAY_LOSE) {
            let what = "real PBFT, n = 4, one request, runs a second";
            goals.add(what, runs, Goal::AtLeast(50_000.0), 0);
        }
    }
    if !lines.is_empty() {
        println!(
            "{:<58}{:>10} {:>11} {:>12} {:>10} {:>8}",
            "protocols", "events", "runs/s", "events/s", "no digest", "trace"
        );
        lines.iter().for_each(|line| println!("{line}"));
        println!();
    }
    let pbft = || open(&normal_case(4, WHOLE, MAY_LOSE));
    jobs::both(options, goals, "real PBFT, n = 4", "PBFT, n = 4, one request", 16_384, pbft);
}

/// So many replicas, a client, and one request of his.
fn normal_case(replicas: u16, config: &str, links: &str) -> String {
    format!(
        r#"(protocol: "pbft", config: (replicas: {replicas}, {config}),
            inputs: {{ {replicas}: [(ops: [Put("x", "1")])] }},
            world: (nodes: {}, links: {links}))"#,
        replicas + 1
    )
}

/// A line about one scenario, and how many of its runs there are in a second.
fn one(options: &Options, title: &str, text: &str) -> Option<(String, Figure)> {
    if !options.include(title) {
        return None;
    }
    let case = open(text);
    let mut worker = case.worker();
    let seeds = if options.quick { 10 } else { 200 };
    let mut events = 0;
    for seed in 0..seeds {
        let outcome = worker.run_seed(seed);
        events += outcome.tally.events;
        for (verdict, row) in outcome.verdicts.iter().zip(case.promises()) {
            let (kind, most) = (verdict.kind(), row.expected.max(VerdictKind::Undetermined));
            assert!(kind <= most, "{title}: seed {seed}: {}: {kind:?}", row.name);
        }
        assert_ne!(outcome.ended, Ended::Unsound, "{title}: seed {seed}");
    }
    let events = events as f64 / seeds as f64;

    let mut contest = Contest::new(title.to_owned(), "run", Clock::Processor);
    let mut seeds = 0..seeds * 10;
    let mut next = move || seeds.next().unwrap_or_default();
    let mut mute = case.worker();
    mute.without_digest();
    let mut told = case.worker();
    let mut seed = next.clone();
    contest.yardstick(FULL, move || u64::from(worker.run_seed(seed()).tally.events > 0));
    let mut seed = next.clone();
    contest.entry(MUTE, move || u64::from(mute.run_seed(seed()).tally.events > 0));
    contest.entry(TOLD, move || u64::from(told.trace(&mut Seeded::new(next())).0.tally.events > 0));
    let standing = contest.hold(options);
    let runs = standing.nanos(FULL).inverse().map(|runs| runs * 1e9);
    let line = format!(
        "{:<58}{events:>10.1} {:>11.0} {:>12.0} {:>10.2} {:>8.2}",
        title.trim_start_matches("protocols: "),
        runs.median,
        runs.median * events,
        standing.to(MUTE, FULL).median,
        standing.to(TOLD, FULL).median,
    );
    Some((line, runs))
}
