//! Nothing shifts, and nothing is paid for.

use super::*;

const EVERYTHING: &str = r#"
    faults: { 0: CrashRecovery(outages: [(at: Chosen(within: "50ms"), down: "5ms")]), 1: With(0),
        2: Omission(send: 0.5, receive: 0.5) },
    pauses: [Chosen(node: 0, within: "20ms", longest: "20ms")],
    clocks: Within(ahead: "5ms", drift: 0.1)"#;

const CHATTER: &str = r#"(Boot(0), [Tell(1), Set(1, "7ms")]), (Hears(1, 1), [Tell(2)]),
    (Hears(2, 1), [Tell(3)]), (Fires(0, 1), [Tell(4), Decide(1)]), (Hears(1, 4), [Decide(1)]),
    (Hears(2, 4), [Decide(1)])"#;

#[test]
fn the_kindest_run_of_all_this_is_that_of_the_kind_world() {
    let random = r#"timing: Synchronous(delta: "10ms")"#;
    let text = |world: &str| scenario(CHATTER, "Synchrony", world).replace(LOCK_STEP, random);
    let kindest = |world: &str| {
        let check = check::<Play>(&text(world));
        check.case().worker().run(&mut generals::Kindest).clone()
    };
    let kind = kindest("");
    assert_eq!(kindest(EVERYTHING), kind);
    assert_eq!(kindest("faults: { 0: Rational(skips: 0.5), 1: Omission() }"), kind);
    assert_eq!(kinds(&kind), [Holds; 3]);
}

/// Where the answers happen to be the kindest, all else goes as if nobody had asked.
#[test]
fn streams_do_not_shift() {
    let random = r#"timing: Synchronous(delta: "10ms")"#;
    let digest = |world: &str, seed: u64| {
        let text = scenario(CHATTER, "Synchrony", world).replace(LOCK_STEP, random);
        traced(&text, seed).0.digest
    };
    let rare = "faults: { 0: Omission(send: 0.000001, receive: 0.000001), 1: With(0), \
        2: Rational(skips: 0.000001) }";
    let pauses = r#"pauses: [Chosen(node: 0, within: "20ms", longest: "20ms")]"#;
    let mut alike = 0;
    for seed in 0..40 {
        let kind = digest("", seed);
        assert_eq!(digest(rare, seed), kind, "seed {seed}");
        alike += u32::from(digest(pauses, seed) == kind);
    }
    assert!((8..32).contains(&alike), "half of the runs have no pause: {alike}");
}

#[test]
fn what_had_no_effect_is_told() {
    let idle = |world: &str| {
        let text = scenario(CHATTER, "Asynchrony", world);
        let text = text.replace("config:", "limits: (horizon: \"1s\"), config:");
        let check = check::<Play>(&text);
        check.case().worker().trace(&mut generals::Kindest).1.idle
    };
    let chosen = fault(r#"CrashStop(at: Chosen(within: "1s"))"#);
    let pause = |from: &str| format!(r#"pauses: [At(node: 0, from: "{from}", lasts: "1ms")]"#);
    let down = r#"CrashRecovery(outages: [(at: Time("1ms"), down: "5ms"), (at: Time("2ms"), down: "1ms")])"#;
    let may = r#"pauses: [Chosen(node: 0, within: "1s", longest: "1s")]"#;
    for (world, expected) in [
        (
            fault(r#"CrashStop(at: Time("500ms"))"#),
            "n0 crashed at 500ms: nothing was left to happen",
        ),
        (
            fault(r#"CrashRecovery(outages: [(at: Time("2s"), down: "1ms")])"#),
            "n0 was to crash at 2s: the run was over",
        ),
        (fault(down), "n0 was to crash at 2ms: it was down already"),
        (
            fault("CrashStop(at: Step(nth: 9))"),
            "n0 was to crash in its step 9: it took only 4 steps",
        ),
        (chosen, "n0 might have crashed: this run did not choose it"),
        (fault("Omission()"), "n0 left nothing out"),
        (fault("Rational(skips: 0.0)"), "n0 skipped nothing"),
        (pause("3ms"), "the pause of n0 at 3ms held nothing up"),
        (pause("500ms"), "the pause of n0 at 500ms: the run was over"),
        (may.to_owned(), "n0 might have paused: this run did not choose it"),
    ] {
        let found = idle(&world);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, [expected], "{world}");
    }
    assert_eq!(idle(&fault(r#"CrashStop(at: Time("1ms"))"#)), [""; 0]);
    let text = scenario("", "Synchrony", r#"load: (work: "1ms")"#);
    assert_eq!(traced(&text, 1).1.idle, ["the load held nothing up"]);
}
