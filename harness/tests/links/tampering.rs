//! Links that change what is said.

use super::*;

fn tampered(ways: &str, sent: &str) -> (Audit, String, Outcome) {
    let links = format!("nodes: 3, links: Arbitrary(chance: 1.0, ways: [{ways}], streak: 1)");
    let (outcome, text) = run_with(&scenario(sent, "Synchrony", &links), Kindest);
    (outcome.tally.audit, text, outcome)
}

#[test]
fn each_way_to_tamper_does_what_it_says() {
    // The second letter is always left alone, by the streak of 1.
    let sent = "0 > 1 @ 0 : 1, 0 > 1 @ 1 : 2";
    let alone = "n1@11 2 from n0";
    let (audit, text, _) = tampered("Drop", sent);
    assert_eq!(heard(&text), [alone]);
    assert_eq!((audit.tampered.dropped, audit.lost), (1, 1));
    shows(&text, "n0 ~> n1  1  (dropped)");

    let (audit, text, _) = tampered("Double", sent);
    assert_eq!(heard(&text), ["n1@10 1 from n0", "n1@10 1 from n0", alone]);
    assert_eq!((audit.tampered.doubled, audit.duplicated), (1, 1));

    let (audit, text, _) = tampered("Modify", sent);
    assert_eq!(heard(&text)[1..], [alone]);
    let changed = heard(&text)[0].clone();
    assert!(changed.starts_with("n1@10 ") && changed.ends_with(" from n0"), "{changed}");
    assert_ne!(changed, "n1@10 1 from n0");
    assert_eq!((audit.tampered.modified, audit.tampered.arrived), (1, 1));
    shows(&text, "(modified on its way: ");

    let (audit, text, _) = tampered("Spoof", sent);
    assert_eq!(heard(&text), ["n1@10 1 from n2", alone]);
    assert_eq!((audit.tampered.spoofed, audit.tampered.arrived), (1, 1));
    shows(&text, "n2 ~> n1  1  (spoofed: really from n0)");

    // The first letter finds nothing to replay, the third the first and the second.
    let (audit, text, _) = tampered("Replay", "0 > 1 @ 0 : 1, 0 > 1 @ 1 : 2, 0 > 2 @ 2 : 3");
    assert_eq!(heard(&text), ["n1@10 1 from n0", alone, "n2@12 3 from n0", "n1@12 2 from n0"]);
    assert_eq!((audit.tampered.replayed, audit.lost), (1, 0));
    shows(&text, "n0 ~> n1  2  (replayed)");

    let (audit, text, _) = tampered("Inject", sent);
    assert_eq!((heard(&text).len(), audit.tampered.injected), (3, 1));
    shows(&text, "(injected)");
}

/// As long as the timing model allows, and no longer.
#[test]
fn a_delay_on_the_way_keeps_the_bound() {
    let world = r#"nodes: 2, timing: Synchronous(delta: "10ms"),
        links: Arbitrary(chance: 1.0, ways: [Delay])"#;
    let (audit, text) = run("0 > 1 @ 0 : 1", world);
    assert_eq!(heard(&text), ["n1@10 1 from n0"]);
    assert_eq!((audit.tampered.delayed, audit.late.count), (1, 0));
}

/// A fault that came to nothing can be told from one that was swallowed.
#[test]
fn it_is_counted_whether_tampering_arrived_and_was_ignored() {
    let counts = |sent: &str, more: &str| {
        let world = format!("nodes: 3, links: Arbitrary(chance: 1.0, ways: [Spoof]){more}");
        let tampered = run(sent, &world).0.tampered;
        (tampered.spoofed, tampered.arrived, tampered.ignored)
    };
    assert_eq!(counts("0 > 1 @ 0 : 1, 0 > 1 @ 0 : 7", ""), (2, 2, 1));
    let down = ", faults: { 1: CrashStop(at: Time(\"5ms\")) }";
    assert_eq!(counts("0 > 1 @ 0 : 1", down), (1, 0, 0));
}

/// Who watches must not see more than who does not.
#[test]
fn tampering_is_part_of_the_digest() {
    let digest = |ways: &str| {
        let links = format!("nodes: 3, links: Arbitrary(chance: 0.5, ways: [{ways}])");
        let scenario = scenario("0 > 1 @ 0 : 1, 0 > 2 @ 0 : 1", "Synchrony", &links);
        let mut runs = Vec::new();
        let check = check::<Post>(&scenario);
        let mut worker = check.case().worker();
        for seed in 0..40 {
            let outcome = worker.run_seed(seed).clone();
            assert_eq!(outcome, worker.trace(&mut Seeded::new(seed)).0);
            runs.push(outcome.digest);
        }
        runs
    };
    assert_eq!(digest("Spoof"), digest("Spoof"));
    assert_ne!(digest("Spoof"), digest("Modify"));
    let mut spoofed = digest("Spoof");
    spoofed.sort();
    spoofed.dedup();
    assert_eq!(spoofed.len(), 4, "each of two messages is spoofed, or not");
}
