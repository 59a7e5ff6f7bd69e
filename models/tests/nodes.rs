//! The laws of what goes wrong with nodes: what a file may say, and what it means.

use generals_models::{Complaint, FaultClass, NodeId, World};

fn read(text: &str) -> World {
    ron::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn complaint(text: &str) -> Complaint {
    match read(text).validate() {
        Ok(()) => panic!("{text} is accepted"),
        Err(complaint) => complaint,
    }
}

#[test]
fn faults_are_ordered_by_how_bad_they_are() {
    use FaultClass::{Byzantine, CrashRecovery, CrashStop, Honest, Omission};
    let classes = [Honest, CrashStop, CrashRecovery, Omission, Byzantine];
    assert!(classes.is_sorted());
    let class = |fault: &str| read(&format!("(nodes: 3, faults: {{ 1: {fault} }})")).fault_class();
    assert_eq!(class(r#"CrashStop(at: Time("1ms"))"#), CrashStop);
    assert_eq!(class(r#"CrashRecovery(outages: [(at: Time("1ms"), down: "1ms")])"#), CrashRecovery);
    assert_eq!(class("Byzantine"), Byzantine);
}

#[test]
fn only_who_crashes_and_recovers_comes_back() {
    let world = read(
        r#"(nodes: 4, faults: { 0: CrashStop(at: Time("1ms")), 2: Byzantine,
        1: CrashRecovery(outages: [(at: Step(nth: 1), down: "1ms")], disk: UnsyncedLost) })"#,
    );
    let back: Vec<NodeId> = world.all().filter(|node| world.comes_back(*node)).collect();
    assert_eq!(back, [NodeId(1)]);
    assert_eq!(world.validate(), Ok(()));
}

/// Each wrong number is found, and where it is.
#[test]
fn what_makes_no_sense_is_refused() {
    for (world, path) in [
        ("faults: { 1: CrashRecovery(outages: []) }", "world faults 1 outages"),
        (
            r#"faults: { 1: CrashRecovery(outages: [(at: Time("1ms"), down: "0ms")]) }"#,
            "world faults 1 outages down",
        ),
        (
            r#"faults: { 1: CrashRecovery(outages: [(at: Chosen(within: "0ms"), down: "1ms")]) }"#,
            "world faults 1 outages at within",
        ),
    ] {
        let found = complaint(&format!("(nodes: 3, {world})"));
        assert_eq!(found.path.join(" "), path, "{world}");
        assert!(found.problem.len() > 10 && found.help.is_some(), "{found:?}");
    }
    let many = r#"(at: Time("1ms"), down: "1ms"),"#.repeat(1001);
    let found =
        complaint(&format!("(nodes: 3, faults: {{ 1: CrashRecovery(outages: [{many}]) }})"));
    assert!(found.problem.contains("1000") && found.problem.contains("1001"), "{found:?}");
}

#[test]
fn what_is_written_reads_back() {
    for faults in [
        r#"1: CrashRecovery(outages: [(at: Time("1ms"), down: "1ms")])"#,
        r#"1: CrashRecovery(outages: [(at: Chosen(within: "1s"), down: "1ms")], disk: Wiped)"#,
    ] {
        let world = read(&format!("(nodes: 3, faults: {{ {faults} }})"));
        let text = ron::to_string(&world).expect("worlds can be written");
        assert_eq!(read(&text), world, "{text}");
    }
}
