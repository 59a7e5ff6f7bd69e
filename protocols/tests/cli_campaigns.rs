//! Campaigns: the same for any number of threads, whole when put together from shards, and stopped
//! by hand without losing what is known.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod cli_tool;

use std::collections::BTreeMap;

use cli_tool::{Ran, command, generals, run};
use serde_json::Value;

fn jsonl(line: &str) -> (Ran, Vec<Value>) {
    let ran = run(&generals(), &format!("fuzz {line} --format jsonl"));
    let records = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (ran, records)
}

/// The oldest of the shipped scenarios: enough of them, and none that takes long.
fn some() -> String {
    let names = generals_models::scenarios::ALL.iter().map(|shipped| shipped.name);
    let is_one = |name: &&str| ["om-1", "om-2", "two-generals"].iter().any(|p| name.starts_with(p));
    names.filter(is_one).collect::<Vec<_>>().join(" ")
}

/// All lines but those about the clock.
fn without_timing(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| !line.contains("\"type\":\"timing\"")).collect()
}

#[test]
fn any_number_of_jobs_writes_the_same_bytes() {
    for line in ["--seeds 100..700", "--seeds 7.. --runs 300"] {
        let [(one, records), (two, _), (three, _)] =
            [1, 2, 3].map(|jobs| jsonl(&format!("{} {line} --jobs {jobs}", some())));
        assert_eq!((one.code, two.code, three.code), (Some(0), Some(0), Some(0)), "{one:?}");
        assert_eq!(without_timing(&one), without_timing(&two));
        assert_eq!(without_timing(&one), without_timing(&three));
        let of = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
        assert_eq!(of("scenario"), of("timing"));
        assert!(of("scenario") > 20 && of("finding") > 10);
        assert_eq!(
            (records[0]["type"].as_str(), of("campaign"), of("end")),
            (Some("campaign"), 1, 1)
        );
    }
}

/// By scenario: runs, events, and the verdicts on each promise.
fn sums(records: &[Value]) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut sums: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for record in records.iter().filter(|record| record["type"] == "scenario") {
        let sum = sums.entry(record["scenario"].as_str().unwrap().to_owned()).or_default();
        for what in ["runs", "events", "sent", "injected", "lost", "duplicated"] {
            *sum.entry(what.to_owned()).or_default() += record[what].as_u64().unwrap();
        }
        for (promise, verdicts) in record["promises"].as_object().unwrap() {
            for (verdict, count) in verdicts["verdicts"].as_object().unwrap() {
                *sum.entry(format!("{promise} {verdict}")).or_default() += count.as_u64().unwrap();
            }
        }
    }
    sums
}

#[test]
fn shards_add_up_to_the_whole() {
    let (_, whole) = jsonl(&format!("{} --seeds 0..500", some()));
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let (ran, records) = jsonl(&format!("{} --seeds 0..500 --shard {shard}", some()));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        parts.extend(records);
    }
    assert_eq!(sums(&parts), sums(&whole));
    assert_eq!(sums(&whole)["om-2-n7"]["runs"], 500);
    assert_eq!(sums(&whole)["two-generals-chain-1"]["runs"], 1);
}

#[test]
fn what_is_pasted_shows_the_same_seed() {
    let (_, records) = jsonl("om-1-n4-gst --seeds 40..400");
    let finding = records.iter().find(|record| record["type"] == "finding").unwrap();
    let line = finding["repeat"].as_str().unwrap().strip_prefix("generals ").unwrap();
    let shrunk = run(&generals(), line);
    assert_eq!(shrunk.code, Some(0), "{shrunk:?}");
    assert_eq!(shrunk.out, finding["story"].as_str().unwrap());
}

#[test]
fn a_seed_nobody_gave_stands_in_the_first_line() {
    let first = run(&generals(), "fuzz om-1-n4-crash --runs 5");
    let seeds = first.out.lines().next().unwrap().strip_prefix("seeds ").unwrap();
    let again = run(&generals(), &format!("fuzz om-1-n4-crash --seeds {seeds}"));
    assert_eq!((first.code, again.code), (Some(0), Some(0)));
    assert!(again.out.contains("\n5 runs: every verdict as expected\n"), "{again:?}");

    let first = run(&generals(), "run om-1-n4-lying-commander");
    let (seed, story) = first.out.split_once('\n').unwrap();
    let seed = seed.strip_prefix("seed ").unwrap();
    let again = run(&generals(), &format!("run om-1-n4-lying-commander --seed {seed}"));
    assert_eq!(again.out, story);
}

#[test]
fn results_and_hints_go_their_own_ways() {
    let ran = run(&generals(), "fuzz om-1-n4-gst --seeds 0..300");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "no progress without a terminal");
    assert!(!ran.out.contains('\u{1b}'), "no colours either");
    let ran = run(&generals(), "shrink om-1-n4-gst --seed 0 --promise nonsense");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
}

#[cfg(unix)]
#[test]
fn control_c_ends_early_with_what_is_known() {
    use std::io::{BufRead, BufReader};

    let mut fuzz = command(&generals(), "fuzz --max-time 10min --seeds 0.. --format jsonl");
    let mut child = fuzz.stdout(std::process::Stdio::piped()).spawn().unwrap();
    // The first record says that it is listening.
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert!(first.contains("\"type\":\"campaign\""), "{first}");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest: Vec<Value> =
        out.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(rest.last().unwrap()["exit"], 75);
}

#[cfg(unix)]
#[test]
fn who_stops_reading_is_not_told_about_it() {
    use std::process::Stdio;

    let mut child = command(&generals(), "list").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
