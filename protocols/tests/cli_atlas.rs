//! The command that maps: what it writes, what it says to wishes that make no sense, and that its
//! stories can be repeated.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod cli_tool;

use std::fs;

use cli_tool::{Ran, example, generals, run, run_in};

const SMALL: &str = "atlas om --nodes 3..=4 --faults 0,1 --links reliable --runs 60";

/// The lines under each `to repeat it:`.
fn repeats(ran: &Ran) -> Vec<String> {
    let parts = ran.out.split("to repeat it:\n").skip(1);
    let commands = parts.flat_map(|part| part.lines().take_while(|line| !line.is_empty()));
    commands.map(|line| line.strip_prefix("generals ").unwrap().to_owned()).collect()
}

#[test]
fn any_number_of_jobs_maps_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let all = [1, 2, 3].map(|jobs| {
        let line = format!("{SMALL} --jobs {jobs} --svg {jobs}.svg --csv {jobs}.csv");
        let ran = run_in(folder.path(), &generals(), &line);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let read =
            |ending: &str| fs::read_to_string(folder.path().join(format!("{jobs}.{ending}")));
        (ran.out, read("svg").unwrap(), read("csv").unwrap())
    });
    assert!(all[0].0.contains("practice and theory agree"), "{}", all[0].0);
    assert!(all[0].1.starts_with("<svg ") && all[0].2.lines().count() > 100);
    assert!(all[0] == all[1] && all[0] == all[2]);
}

#[test]
fn a_story_is_repeated_by_its_line_and_by_its_seed_file() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &generals(), &format!("{SMALL} --set config.m=1 --out seeds"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let stories: Vec<&str> = ran.out.split("\n--- ").skip(1).collect();
    let lines = repeats(&ran);
    assert!(!stories.is_empty() && lines.len() == 2 * stories.len(), "{}", ran.out);
    for (story, lines) in stories.iter().zip(lines.chunks(2)) {
        let told = story.split("to repeat it:").next().unwrap();
        let (_, told) = told.split_once("\n\n").unwrap();
        let again = run_in(folder.path(), &generals(), &lines[0]);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.out.contains(told), "{told}\n{}", again.out);
        let replayed = run_in(folder.path(), &generals(), &lines[1]);
        assert_eq!(replayed.code, Some(0), "{replayed:?}");
    }
}

#[test]
fn a_bug_inside_the_line_is_code_1() {
    let ran = run(&example("your_own"), "atlas vote --links reliable --fault-kind crash-stop");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("practice and theory DISAGREE"), "{}", ran.out);
    // Two of three votes are enough to decide by, and theory promises agreement without faults.
    assert!(
        ran.out.contains("agreement: broke INSIDE its assumptions, at n = 3, f = 0"),
        "{ran:?}"
    );
}

#[test]
fn what_misbehaves_is_told_with_the_line_that_repeats_it() {
    let line = "atlas static --nodes 2 --faults 0 --runs 3";
    let ran = run(&example("misbehaving"), line);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.out.contains("not deterministic: seed 0 at n = 2, f = 0"), "{}", ran.out);
    let line = "atlas loop --nodes 2 --faults 0 --stuck-after 500ms";
    let ran = run(&example("misbehaving"), line);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let end = format!("to repeat it:\nmisbehaving {line}\n");
    assert!(ran.out.ends_with(&end), "{}", ran.out);
    let ran = run(&example("misbehaving"), "atlas forever --nodes 2 --faults 0 --runs 1 --strict");
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

/// The numbers of nodes that a protocol does not take are no rows, unless somebody asks for them.
#[test]
fn rows_are_what_the_protocol_takes() {
    let families = "--faults 0 --timing synchronous --links reliable --fault-kind byzantine";
    let ran = run(&generals(), &format!("atlas two-generals {families}"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("\n1 cells, ") || ran.out.contains("\n1 cell, "), "{}", ran.out);
    let ran = run(&generals(), &format!("atlas two-generals --nodes 3 {families}"));
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("  . n = 3: two generals are 2 nodes, not 3"), "{}", ran.out);
    let ran = run(&generals(), &format!("atlas om --nodes 3,4 --set config.m=2 {families}"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("om with config (m: 2), "), "{}", ran.out);
    assert!(ran.out.contains("  . n = 3: OM(2) needs at least 4 generals, not 3"), "{}", ran.out);
}

#[test]
fn wishes_that_make_no_sense_are_refused_with_a_hint() {
    for (line, hint) in [
        ("oms", "there is no protocol `oms`: did you mean `om`?"),
        ("om --timing synchronos", "did you mean `synchronous`?"),
        ("om --timing Synchronus(delta:\"1ms\")", "Synchronous"),
        ("om --links quick", "there are fifo, reliable, fair-loss, arbitrary"),
        ("om --fault-kind With(1)", "says too little about how a node fails"),
        ("om --adversary Adaptive(budget:1)", "takes over nodes"),
        ("om --set config.m", "write it like --set config.m=2"),
        ("om --set config.n=2", "unknown field `n`"),
        ("om --nodes 5..5", "there is no number in 5..5"),
        ("two-generals-chain-1", "has a script"),
        ("om --csv nowhere/at/all.csv", "there is no folder"),
    ] {
        let ran = run(&generals(), &format!("atlas {line}"));
        assert!(ran.code == Some(2) || ran.code == Some(74), "{line}: {ran:?}");
        assert!(ran.err.contains(hint), "{line}: {}", ran.err);
    }
}
