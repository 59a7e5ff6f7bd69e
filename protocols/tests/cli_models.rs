//! What a scenario can select, as the command line lists, explains and shows it.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod cli_tool;

use cli_tool::{generals, run};

/// The names that `list models` lists.
fn names() -> Vec<String> {
    let ran = run(&generals(), "list models");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // An entry is two spaces in, what it is goes on further in.
    let entries = ran
        .out
        .lines()
        .filter(|line| line.strip_prefix("  ").is_some_and(|rest| !rest.starts_with(' ')));
    entries.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn everything_that_is_listed_is_explained_and_shown_by_a_scenario_that_ships() {
    let names = names();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let ran = run(&generals(), &format!("explain {name}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.starts_with(&format!("{name}, ")), "{name}: {ran:?}");
        let shown =
            ran.out.lines().find_map(|line| line.strip_prefix("  to see it      generals "));
        let shown = shown.unwrap_or_else(|| panic!("{name} has no scenario: {}", ran.out));
        let ran = run(&generals(), &format!("{shown} --seed 1"));
        assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
        assert!(ran.out.contains("\naudit\n"), "{name}: {ran:?}");
    }
}

#[test]
fn a_name_that_is_nearly_right_is_guessed() {
    let ran = run(&generals(), "explain Twinz");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("did you mean `Twins`?"), "{ran:?}");
    let ran = run(&generals(), "explain om");
    assert!(ran.out.contains("IC1") && ran.out.contains("om-2-n7"), "{ran:?}");
}

/// A fault that the plan holds and the run had no use for is named at its end.
#[test]
fn what_had_no_effect_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = r#"(protocol: "om", inputs: { 0: [Attack] }, world: (nodes: 4,
        faults: { 2: CrashStop(at: Time("500ms")) }, pauses: [At(node: 1, from: "2s", lasts: "1s")]))"#;
    let path = folder.path().join("late.ron");
    std::fs::write(&path, scenario).unwrap();
    let ran = run(&generals(), &format!("run {} --seed 1", path.display()));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let idle: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("  idle")).collect();
    assert_eq!(idle.len(), 2, "{}", ran.out);
    assert!(idle[0].contains("the pause of n1") && idle[1].contains("n2 crashed"), "{idle:?}");
}
