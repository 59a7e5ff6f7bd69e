//! Mistakes that the harness once made with the protocols that ship, one test each. Those that need
//! no protocol of the shipped ones are in the harness's own tests.

use generals::testing::campaign;
use generals::{Case, FileError, PromiseRow, Source, VerdictKind, file};

use VerdictKind::{OutOfModel, Violated};

fn open(scenario: &str) -> Result<Box<dyn Case>, FileError> {
    let source = Source::new("scenario", scenario);
    let protocol = file::string_at(&source, &["protocol"]);
    let mut subjects = generals_protocols::registry().iter();
    let subject = subjects.find(|subject| Some(subject.name()) == protocol.as_deref());
    subject.unwrap_or_else(|| panic!("no {protocol:?}")).open(&source)
}

fn opened(scenario: &str) -> Box<dyn Case> {
    open(scenario).unwrap_or_else(|error| panic!("{error}"))
}

/// `om(1)` of four generals in this world.
fn om(world: &str) -> String {
    format!(
        r#"(protocol: "om", config: (m: 1), inputs: {{ 0: [Attack] }}, world: (nodes: 4, {world}))"#
    )
}

fn broadcast(log: &str, rest: &str) -> String {
    format!(r#"(protocol: "broadcast", config: (log: {log}), inputs: {{ 0: [7] }}, {rest})"#)
}

/// No promise comes to any of these in 200 runs.
#[track_caller]
fn never(verdicts: &[VerdictKind], scenario: &str) {
    let case = opened(scenario);
    let report = campaign(&*case, 0..200);
    for (row, count) in case.promises().iter().zip(&report.verdicts) {
        assert!(!verdicts.contains(&count.worst()), "{}: {}", row.name, count.worst());
    }
}

/// Integrity bound a node that had forgotten where who comes back counts as faulty.
#[test]
fn who_has_forgotten_may_decide_again() {
    let outage = |at: &str| format!(r#"CrashRecovery(outages: [(at: Time("{at}"), down: "1ms")])"#);
    never(&[Violated], &om(&format!("faults: {{ 2: {} }}", outage("25ms"))));
    let world = format!("nodes: 4, faults: {{ 0: Byzantine, 2: {} }}, ", outage("12ms"));
    let synchronous = r#"adversary: HalfSplit, timing: Synchronous(delta: "10ms")"#;
    never(&[Violated], &broadcast("None", &format!("world: ({world}{synchronous})")));
}

/// Timers of a second copy met with the pauses of nodes it knew nothing of: a panic.
#[test]
fn twins_may_meet_pauses_and_load() {
    let twins = "faults: { 2: Byzantine }, adversary: Twins";
    let pause = r#"pauses: [At(node: 1, from: "1ms", lasts: "1ms")]"#;
    never(&[Violated, OutOfModel], &om(&format!("{twins}, {pause}")));
    let any = r#"faults: { 2: Byzantine }, adversary: Any, load: (work: "10us")"#;
    never(&[Violated], &om(any));
}

/// Whether there is a way was asked without those who come back, but not without the others; and who
/// comes back counted as gone.
#[test]
fn who_comes_back_is_no_gap_in_the_network() {
    let timing = r#"timing: Asynchronous(typical: "10ms")"#;
    let outage = r#"CrashRecovery(outages: [(at: Time("1ms"), down: "5ms")])"#;
    let edges = format!(
        r#"world: (nodes: 4, {timing}, topology: Edges([(0, 3), (0, 1), (1, 2)]),
            faults: {{ 1: CrashStop(at: Time("0ms")), 2: {outage} }})"#
    );
    never(&[Violated], &broadcast("Synced", &edges));
    let ring = format!(
        "world: (nodes: 4, {timing}, topology: Ring, faults: {{ 1: {outage}, 3: {outage} }})"
    );
    let case = opened(&broadcast("Synced", &ring));
    let recovery = |row: &&PromiseRow| row.assumptions.contains("crash-recovery");
    let rows: Vec<&PromiseRow> = case.promises().iter().filter(recovery).collect();
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(row.breaches, [], "{}", row.name);
    }
    never(&[Violated], &broadcast("Synced", &ring));
}

/// A layer's own writing took what the protocol had written, and not yet synced, off the disk.
#[test]
fn a_layer_loses_nothing_of_what_its_protocol_wrote() {
    for after_effects in 0..4 {
        let crash = format!(
            r#"faults: {{ 2: CrashRecovery(disk: Kept, outages: [
                (at: Step(nth: 4, after_effects: {after_effects}), down: "100ms")]) }}"#
        );
        let world = format!(r#"world: (nodes: 3, timing: Asynchronous(typical: "10ms"), {crash})"#);
        let layers = r#"layers: (stubborn: (every: "25ms"))"#;
        never(&[Violated], &broadcast("Unsynced", &format!("{layers}, {world}")));
    }
}

/// Where a corrupt node has several copies, what was left out hearing was heard.
#[test]
fn twins_leave_omissions_as_they_are() {
    let scenario = r#"(protocol: "om", config: (m: 2), inputs: { 0: [Attack] }, world: (nodes: 7,
        faults: { 2: Byzantine, 3: Omission(receive: 1.0) }, adversary: Twins))"#;
    let omitted = opened(scenario).worker().run_seed(1).tally.audit.omitted;
    assert!(omitted >= 6, "{omitted}");
}

/// A protocol's own attack knows nothing of the layers around its messages, and became silence.
#[test]
fn an_attack_of_the_protocols_own_is_refused_in_layers() {
    let scenario = r#"(protocol: "om", config: (m: 1), inputs: { 0: [Attack] },
        layers: (authenticated: true),
        world: (nodes: 3, faults: { 0: Byzantine }, adversary: Attack(name: "last-round")))"#;
    let error = open(scenario).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("layers") && error.contains("scenario:3"), "{error}");
}

/// Coming back was work that had to wait like any other, and could be one too many.
#[test]
fn coming_back_does_not_wait_in_the_queue_of_a_busy_node() {
    let world = r#"world: (nodes: 3, timing: Asynchronous(typical: "10ms"),
        load: (work: "1ns", most_waiting: 0), pauses: [At(node: 2, from: "4ms", lasts: "20ms")],
        faults: { 2: CrashRecovery(outages: [(at: Time("1ms"), down: "5ms")]) })"#;
    let case = opened(&broadcast("Synced", world));
    let mut worker = case.worker();
    for seed in 0..50 {
        assert_eq!(worker.run_seed(seed).tally.audit.recoveries, 1, "seed {seed}");
    }
}
