//! Files, good and bad: one clear error that points at its place, and nothing written halfway.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod cli_tool;

use std::fs;
use std::path::Path;

use cli_tool::{generals, run, run_in};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// What is written, where the error points, what it says, and what it advises.
const BAD: &[(&str, &str, &str, &str)] = &[
    (r#"(protocol: "om", wrold: (nodes: 4))"#, "1:18", "unknown field `wrold`", "`world`"),
    (r#"(protocol: "omm", world: (nodes: 4))"#, "1:12", "no protocol `omm`", "`om`"),
    (r#"(protocol: "om", world: (nodes: "4"))"#, "1:33", "expected a whole number", "quotes"),
    (r#"(protocol: "om", world: (nodes: 0))"#, "1:33", "at least 1 node", ""),
    (r#"(protocol: "om", world: (nodes: 1000000000000))"#, "1:33", "at most 65535", ""),
    (
        r#"(protocol: "om", world: (nodes: 2, faults: { 0: Byzantine, 1: Byzantine, 2: Byzantine }))"#,
        "1:77",
        "n2 does not exist in a world of 2 nodes",
        "the last node is n1",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, links: FairLoss(loss: NaN)))"#,
        "1:58",
        "`NaN` is no chance",
        "",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, links: FairLoss(loss: 1e400)))"#,
        "1:58",
        "is no chance",
        "",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, links: FairLoss(loss: -1)))"#,
        "1:58",
        "between 0 and 1",
        "",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, timing: Synchronous(delta: "10")))"#,
        "1:63",
        "`10` has no unit",
        "",
    ),
    (
        "(protocol: \"om\", world: (nodes: 4, timing: Synchronous(\n delta: \"10ms\",\n \
         latency: Normal(mean: \"4ms\", sigma: \"0ms\"))))",
        "3:38",
        "without any deviation this is no normal law",
        "write `Constant(\"4ms\")`",
    ),
    (
        "(protocol: \"om\", world: (nodes: 4, timing: Synchronous(\n delta: \"10ms\",\n \
         latency: Constant(\"1h\"))))",
        "3:20",
        "the constant latency exceeds the longest latency, which is 10ms",
        "cut to it",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, timing: Synchronous(delta: "10ms", latency: Nromal())))"#,
        "1:80",
        "unknown variant `Nromal`: expected one of `Uniform`, `Constant`, `Normal`",
        "did you mean `Normal`?",
    ),
    (
        r#"(protocol: "om", world: (nodes: 4, timing: Synchronous(delta: "10ms", latency: Exponential())))"#,
        "1:80",
        "missing field `mean` in `Exponential`",
        "",
    ),
    (
        r#"(protocol: "om", config: (m: 9), world: (nodes: 30))"#,
        "1:30",
        "would need 76500427777789 messages",
        "take a smaller m",
    ),
    (r#"(protocol: "om", config: Chain(), world: (nodes: 4))"#, "1:26", "name `Chain`", ""),
    (
        r#"(protocol: "om", inputs: { 0: [] }, world: (nodes: 4))"#,
        "1:31",
        "nothing to choose from",
        "at least one",
    ),
    (
        r#"(protocol: "om", expect: { "IC3": Violated }, world: (nodes: 4))"#,
        "1:35",
        "no promise named `IC3`",
        "IC1, IC2",
    ),
    ("", "1:1", "the file is empty", ""),
];

#[test]
fn a_bad_scenario_is_one_error_at_its_place() {
    let deep = format!("(protocol: \"om\", world: {})", "[".repeat(100_000));
    let too_deep = (deep.as_str(), "1:", "nested too deeply", "");
    for &(text, place, problem, help) in BAD.iter().chain([&too_deep]) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bad.ron"), text).unwrap();
        for line in ["run bad.ron", "fuzz bad.ron --out found", "explore bad.ron", "check bad.ron"]
        {
            let ran = run_in(folder.path(), &generals(), line);
            assert_eq!(ran.code, Some(2), "{line}: {ran:?}");
            assert!(ran.err.starts_with("error: "), "{ran:?}");
            assert_eq!(ran.err.matches("error: ").count(), 1, "{ran:?}");
            assert!(ran.err.contains(&format!("--> bad.ron:{place}")), "{}", ran.err);
            assert!(ran.err.contains(problem), "{}", ran.err);
            assert!(ran.err.contains(help), "{}", ran.err);
            assert!(line.starts_with("check") || ran.out.is_empty(), "{ran:?}");
        }
        assert_eq!(names(folder.path()), ["bad.ron"], "nothing is written");
    }
}

#[test]
fn garbage_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large.ron"), vec![b'a'; 1 << 20]).unwrap();
    fs::write(folder.path().join("binary.ron"), b"(protocol: \"om\xff\")").unwrap();
    for (file, problem) in [("large.ron", "too large"), ("binary.ron", "not UTF-8 text")] {
        let ran = run_in(folder.path(), &generals(), &format!("run {file}"));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains(problem) && ran.err.lines().count() == 1, "{}", ran.err);
    }
}

#[test]
fn seed_files_are_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let shrink = "shrink om-1-n3-lying-lieutenant --seed 4 -o";
    let ran = run_in(folder.path(), &generals(), &format!("{shrink} lie.ron"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.ends_with("written to lie.ron; to repeat it:\ngenerals replay lie.ron\n"));
    assert_eq!(run_in(folder.path(), &generals(), "replay lie.ron").code, Some(0));
    assert_eq!(run_in(folder.path(), &generals(), "check lie.ron").code, Some(0));

    for place in ["nowhere/lie.ron", "."] {
        let ran = run_in(folder.path(), &generals(), &format!("{shrink} {place}"));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(74), ""),
            "before the work is done: {ran:?}"
        );
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    }
    let ran = run_in(folder.path(), &generals(), "fuzz om-1-n4-gst --seeds 0..9 --out lie.ron");
    assert_eq!((ran.code, ran.out.as_str()), (Some(74), ""), "{ran:?}");
    assert_eq!(names(folder.path()), ["lie.ron"], "no temporary files are left");
}

#[test]
fn fuzz_keeps_what_nobody_expected() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"(
        protocol: "om",
        inputs: { 0: [Attack, Retreat] },
        world: (nodes: 3, faults: { 2: Byzantine }, adversary: Liar),
    )"#;
    fs::write(folder.path().join("mine.ron"), text).unwrap();
    let ran = run_in(folder.path(), &generals(), "fuzz mine.ron --seeds 0..64 --out found");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("--- mine.ron: IC2 OutOfModel, expected Holds"), "{}", ran.out);
    let found = names(&folder.path().join("found"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(ran.err.contains(&format!("wrote found/{}", found[0])), "{ran:?}");
    let ran = run_in(folder.path(), &generals(), "check found");
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_replay_that_comes_out_otherwise_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/om-1-n3-one-lie.ron");
    let good = fs::read_to_string(seeds).unwrap();
    fs::write(folder.path().join("bad.ron"), good.replace("nodes: 3", "nodes: 4")).unwrap();
    for line in ["replay bad.ron", "check bad.ron"] {
        let ran = run_in(folder.path(), &generals(), line);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.contains("IC2: Holds, but the file expects OutOfModel"), "{}", ran.out);
        assert!(ran.out.contains("generals replay bad.ron\n"), "{}", ran.out);
    }
    assert_eq!(run(&generals(), &format!("replay {seeds}")).code, Some(0));
}

/// A script survives changes around it, but not without a word.
#[test]
fn what_a_script_says_in_vain_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = "{ (Loss, 0, 1, 0): 1, (Loss, 0, 1, 7): 1, (Loss, 1, 0, 3): 1 }";
    let scenario = format!(
        r#"(protocol: "two-generals", inputs: {{ 0: [Attack] }}, script: {script},
           world: (nodes: 2, links: FairLoss(loss: 0.5)),
           expect: {{ "agreement": OutOfModel, "obedience": OutOfModel }})"#
    );
    fs::write(folder.path().join("a.ron"), scenario).unwrap();
    let ran = run_in(folder.path(), &generals(), "run a.ron");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let hint =
        "2 things in the script have no occasion in this run, the first: message 8 on n0 -> n1";
    assert!(ran.err.contains(hint), "{ran:?}");
}
