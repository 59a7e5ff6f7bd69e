//! What the tool makes of protocols that panic, never end, or are not deterministic, in a crate that
//! is not ours: `examples/misbehaving.rs`.

mod cli_tool;

use cli_tool::{Ran, example, run};

fn misbehaving(line: &str) -> Ran {
    run(&example("misbehaving"), line)
}

#[test]
fn who_behaves_is_left_alone() {
    for line in ["run well --seed 1", "fuzz well --seeds 0..300", "explore well"] {
        assert_eq!(misbehaving(line).code, Some(0), "{line}");
    }
}

#[test]
fn a_misdeed_is_a_verdict_with_its_seed() {
    for (scenario, witness) in [
        ("panic", "n1 panicked: n0 says 1, and that is too much (misbehaving.rs:"),
        ("panic-at-once", "n0 panicked: I do not feel like it"),
        ("instant", "more than 10000 timers at one instant: the busiest node is n1"),
        ("flood", "n1 asked for more effects in one step than the limits allow"),
        ("nowhere", "n1 sends 1 to n7, which does not exist"),
        ("unknown-rule", "n1 panicked: marks the rule \"be polite\", which is not in its RULES"),
    ] {
        let ran = misbehaving(&format!("fuzz {scenario} --seeds 5..20"));
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.contains(&format!("** soundness broken: {witness}")), "{}", ran.out);
        let last = format!("misbehaving shrink {scenario} --seed 5 --promise soundness\n");
        assert!(ran.out.ends_with(&last), "{}", ran.out);
        assert_eq!(ran.err, "", "nothing of a panic is printed but its verdict");

        let line = last.trim().strip_prefix("misbehaving ").unwrap();
        let again = misbehaving(line);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.out.contains(witness), "{}", again.out);

        assert_eq!(misbehaving(&format!("run {scenario} --seed 5")).code, Some(1), "{scenario}");
        assert_eq!(misbehaving(&format!("explore {scenario}")).code, Some(1), "{scenario}");
    }
}

#[test]
fn a_run_without_an_end_is_undetermined_at_the_limit() {
    let ran = misbehaving("run forever --seed 1");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("after 100000 events; the busiest node is n1"), "{}", ran.out);
    assert!(ran.out.contains("Undetermined"), "{}", ran.out);
    assert_eq!(misbehaving("run forever --seed 1 --strict").code, Some(3));
    assert_eq!(misbehaving("fuzz forever --seeds 0..4").code, Some(0));
    assert_eq!(misbehaving("fuzz forever --seeds 0..4 --strict").code, Some(3));
}

#[test]
fn what_does_not_repeat_itself_is_code_5_and_the_first_difference() {
    for scenario in ["random-order", "static"] {
        for line in ["run SCENARIO --seed 1", "fuzz SCENARIO --seeds 0..300", "explore SCENARIO"] {
            let line = line.replace("SCENARIO", scenario);
            let ran = misbehaving(&line);
            assert_eq!(ran.code, Some(5), "{line}: {ran:?}");
            assert!(ran.out.contains("the runs differ first at event 3:"), "{line}: {}", ran.out);
            assert!(ran.out.contains("once :") && ran.out.contains("again:"), "{line}");
        }
        // What it shows differs from run to run, so shrinking may find nothing to show, or that.
        let ran = misbehaving(&format!("shrink {scenario} --seed 1"));
        assert!(matches!(ran.code, Some(4 | 5)), "{ran:?}");
    }
}

#[test]
fn check_tells_all_and_ends_with_the_worst() {
    let folder = tempfile::tempdir().unwrap();
    for (name, misdeed) in [("a-panic", "Panic"), ("b-static", "Static"), ("c-well", "Nothing")] {
        let text = format!(
            r#"(protocol: "misbehaving", config: {misdeed}, inputs: {{ 0: [1, 2] }}, world: (nodes: 2))"#
        );
        std::fs::write(folder.path().join(format!("{name}.ron")), text).unwrap();
    }
    let ran = misbehaving(&format!("check {}", folder.path().display()));
    assert_eq!(ran.code, Some(5), "not deterministic outranks broken: {ran:?}");
    assert!(
        ran.out.contains("soundness: Violated at worst in 500 runs, expected Holds"),
        "{ran:?}"
    );
    assert!(ran.out.contains("--seed 0 --promise soundness\n"), "{ran:?}");
    assert!(
        ran.out.contains("b-static.ron: not deterministic\nthe runs differ first at"),
        "{ran:?}"
    );
    assert!(ran.out.ends_with("c-well.ron (500 runs)\n1 of 3 as expected\n"), "{ran:?}");
}

#[test]
fn a_handler_that_never_returns_is_named_in_every_command() {
    for (line, repeat) in [
        ("run loop --seed 3", "misbehaving run loop --seed 3"),
        ("fuzz loop --seeds 7..9 --jobs 1", "misbehaving run loop --seed 7"),
        ("explore loop", "misbehaving explore loop"),
        ("show loop --seed 3", "misbehaving show loop --seed 3"),
        ("shrink loop --seed 3", "misbehaving shrink loop --seed 3"),
    ] {
        let ran = misbehaving(&format!("{line} --stuck-after 300ms"));
        assert_eq!(ran.code, Some(1), "{line}: {ran:?}");
        assert!(ran.out.contains("not ended after 300ms"), "{line}: {}", ran.out);
        assert!(ran.out.contains(&format!("to repeat it:\n{repeat}")), "{line}: {}", ran.out);
    }
    let ran = misbehaving("fuzz loop --seeds 7..9 --jobs 1 --stuck-after 300ms --format jsonl");
    let records: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[1]["type"], "stuck");
    assert_eq!(records[1]["seed"], 7);
    assert_eq!(records[2]["exit"], 1);
}

#[test]
fn your_own_protocol_gets_the_whole_tool() {
    let ran = run(&example("your_own"), "fuzz --seeds 0..500");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("** agreement broken: "), "{}", ran.out);
    let last = ran.out.lines().last().unwrap();
    assert!(last.starts_with("your_own shrink three-voters --seed "), "{last}");
    let again = run(&example("your_own"), last.strip_prefix("your_own ").unwrap());
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(run(&example("your_own"), "explore three-voters").code, Some(1));
}
