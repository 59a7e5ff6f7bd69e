//! The laws of what goes wrong with nodes: what a file may say, and what it means.

use generals_models::{
    Among, Chance, Choose, Clock, Clocks, Complaint, Concern, FaultClass, Kindest, Load, NodeFault,
    NodeId, Pause, Span, Stream, Time, World,
};
use proptest::prelude::*;

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
    assert_eq!(class("Omission(send: 0.5)"), Omission);
    assert_eq!(class("Rational(skips: 0.5)"), Omission);
    assert_eq!(class("OtherVersion"), Byzantine);
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
        ("faults: { 1: With(1) }", "world faults 1"),
        ("faults: { 1: With(2) }", "world faults 1"),
        ("faults: { 1: With(7) }", "world faults 1"),
        ("faults: { 0: With(1), 1: With(2), 2: Omission() }", "world faults 0"),
        ("faults: { 1: With(2), 2: Byzantine }", "world faults 1"),
        ("faults: { 1: With(2), 2: OtherVersion }", "world faults 1"),
        (r#"pauses: [At(node: 3, from: "0ms", lasts: "1ms")]"#, "world pauses node"),
        (r#"pauses: [At(node: 0, from: "0ms", lasts: "0ms")]"#, "world pauses lasts"),
        (r#"pauses: [Chosen(node: 0, within: "0ms", longest: "0ms")]"#, "world pauses longest"),
        (r#"clocks: Wrong({ 3: (ahead: "1ms") })"#, "world clocks 3"),
        ("clocks: Wrong({ 1: (slow: 1.0) })", "world clocks 1 slow"),
        ("clocks: Wrong({ 1: (slow: 0.1, fast: 0.1) })", "world clocks 1 slow"),
        ("clocks: Within(drift: 1.0)", "world clocks drift"),
        (r#"load: Some((work: "0ms"))"#, "world load work"),
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
    for world in [
        r#"faults: { 1: CrashRecovery(outages: [(at: Time("1ms"), down: "1ms")]) }"#,
        r#"faults: { 1: CrashRecovery(outages: [(at: Chosen(within: "1s"), down: "1ms")],
            disk: Wiped), 0: With(1) }"#,
        "faults: { 0: Omission(send: 0.25), 1: Rational(skips: 0.5), 2: OtherVersion }",
        r#"pauses: [At(node: 0, from: "1ms", lasts: "2ms"),
            Chosen(node: 1, within: "1s", longest: "1ms")]"#,
        r#"clocks: Wrong({ 0: (ahead: "1ms", fast: 0.5), 2: (slow: 0.000001) })"#,
        r#"clocks: Within(ahead: "1ms", drift: 0.01)"#,
        r#"load: Some((work: "1ms", most_waiting: Some(3)))"#,
    ] {
        let world = read(&format!("(nodes: 3, {world})"));
        assert_eq!(world.validate(), Ok(()));
        let text = ron::to_string(&world).expect("worlds can be written");
        assert_eq!(read(&text), world, "{text}");
    }
}

#[test]
fn a_world_sees_through_groups() {
    let world = read(
        r#"(nodes: 4, faults: { 0: With(2), 1: With(2),
        2: CrashRecovery(outages: [(at: Time("1ms"), down: "1ms")]) })"#,
    );
    assert_eq!(world.validate(), Ok(()));
    assert_eq!(world.fault_class(), FaultClass::CrashRecovery);
    for node in [0, 1].map(NodeId) {
        assert_eq!(world.fault(node), world.fault(NodeId(2)));
        assert_eq!(world.leader(node), NodeId(2));
        assert!(world.comes_back(node) && !world.is_correct(node));
    }
    let resolved = world.resolved_faults();
    assert_eq!(resolved.len(), 3);
    assert!(!resolved.values().any(|fault| matches!(fault, NodeFault::With(_))));
    assert_eq!(world.fault(NodeId(3)), None);
}

#[test]
fn another_version_is_byzantine_and_in_nobodys_hands() {
    let world = read("(nodes: 3, faults: { 0: OtherVersion, 1: Byzantine, 2: Omission() })");
    let of = |is: fn(&World, NodeId) -> bool| -> Vec<u16> {
        world.all().filter(|node| is(&world, *node)).map(|node| node.0).collect()
    };
    assert_eq!(of(World::is_byzantine), [0, 1]);
    assert_eq!(of(World::is_corrupt), [1]);
}

#[test]
fn only_worlds_where_it_depends_on_the_run_who_is_faulty_say_so() {
    for (world, expected) in [
        ("", false),
        ("faults: { 0: Byzantine, 1: OtherVersion }", false),
        ("faults: { 0: Omission() }", true),
        (r#"faults: { 0: CrashStop(at: Time("0ms")) }"#, true),
        (r#"load: Some((work: "1ms"))"#, false),
        (r#"load: Some((work: "1ms", most_waiting: Some(1)))"#, true),
        ("faults: { 0: Omission(), 1: With(0) }", true),
        ("adversary: Adaptive(budget: 1)", true),
        (r#"adversary: Attack(name: "any", budget: 1)"#, true),
        (r#"adversary: Attack(name: "any")"#, false),
    ] {
        let world = read(&format!("(nodes: 3, {world})"));
        assert_eq!(world.may_turn_out_otherwise(), expected, "{world:?}");
    }
}

// --- pauses, clocks, load

/// Answers always the same, as far as there is room.
struct Always(u64);

impl Choose for Always {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        self.0.min(among.largest())
    }
}

fn clocks() -> impl Strategy<Value = Clock> {
    let part = prop_oneof![Just(0u32), 1..100u32, 0..Chance::WHOLE];
    (prop_oneof![Just(0u64), any::<u64>()], part, any::<bool>()).prop_map(|(ahead, ppm, fast)| {
        let off = Chance::ppm(ppm);
        let (fast, slow) = if fast { (off, Chance::NEVER) } else { (Chance::NEVER, off) };
        Clock { ahead: Span::nanos(ahead), fast, slow }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pause_lies_within_its_bounds(within in any::<u32>(), longest in 1..u64::MAX, word in any::<u64>()) {
        let (within, longest) = (Span::nanos(within.into()), Span::nanos(longest));
        let pause = Pause::Chosen { node: NodeId(0), within, longest };
        prop_assert_eq!(pause.choose(&mut Kindest), None);
        let (from, until) = pause.choose(&mut Always(word.max(1))).expect("it is asked for");
        prop_assert!(from.since(Time::ZERO) <= within);
        prop_assert!(until > from && until.since(from) <= longest);
    }

    /// A timer fires at the first instant at which its node's own clock shows that its time is up.
    #[test]
    fn timers_fire_when_their_clock_says_so(
        clock in clocks(), now in 0u64..1 << 60, after in 0u64..1 << 60,
    ) {
        let (now, after) = (Time::nanos(now), Span::nanos(after));
        let due = clock.due(now, after);
        prop_assert!(due >= now);
        prop_assert!(clock.shows(due) >= clock.shows(now) + after || due == Time::MAX);
        if due > now {
            prop_assert!(clock.shows(due - Span::nanos(1)) < clock.shows(now) + after);
        }
        if clock.fast == clock.slow && clock.shows(now) + after < Time::MAX {
            prop_assert_eq!(due, now + after);
        }
    }

    /// Time does not run backwards on any clock, and nothing overflows.
    #[test]
    fn clocks_only_go_forward(clock in clocks(), a in any::<u64>(), b in any::<u64>()) {
        let (a, b) = (Time::nanos(a.min(b)), Time::nanos(a.max(b)));
        prop_assert!(clock.shows(a) <= clock.shows(b));
        prop_assert!(clock.first_shows(a) <= clock.first_shows(b));
        prop_assert_eq!(clock.shows(a).since(a) + a.since(clock.shows(a)), clock.error(a));
    }

    #[test]
    fn chosen_clocks_keep_their_bounds(ahead in any::<u64>(), ppm in 0..Chance::WHOLE, word in any::<u64>()) {
        let (ahead, drift) = (Span::nanos(ahead), Chance::ppm(ppm));
        let clocks = Clocks::Within { ahead, drift };
        prop_assert!(clocks.of(NodeId(0), &mut Kindest).is_right());
        let clock = clocks.of(NodeId(0), &mut Always(word));
        prop_assert!(clock.ahead <= ahead && clock.fast <= drift && clock.slow <= drift);
        prop_assert!(clock.fast == Chance::NEVER || clock.slow == Chance::NEVER);
        prop_assert_eq!(clocks.most_drift(), drift);
    }

    /// What all nodes do together stays the same, but for what is rounded up.
    #[test]
    fn work_is_shared_by_who_is_up(work in 1..u64::MAX / 1024, nodes in 1..1024u16, down in 0..1023u16) {
        let up = nodes - down.min(nodes - 1);
        let share = Load { work: Span::nanos(work), most_waiting: None }.work(nodes, up).as_nanos();
        let (all, shared) = (u128::from(work) * u128::from(nodes), u128::from(share) * u128::from(up));
        prop_assert!(shared >= all && shared - all < u128::from(up));
    }
}

/// The further the alternative, the further off the clock; fast and slow take turns.
#[test]
fn drifts_go_from_kind_to_harsh() {
    struct Drift(u64);
    impl Choose for Drift {
        fn pick(&mut self, stream: Stream, among: Among) -> u64 {
            assert_eq!((stream.concern, among), (Concern::ClockDrift, Among::Below(9)));
            self.0
        }
    }
    let clocks = Clocks::Within { ahead: Span::ZERO, drift: Chance::ppm(10_000) };
    let rates: Vec<u32> = (0..9).map(|i| clocks.of(NodeId(1), &mut Drift(i)).rate()).collect();
    let off = [0, 2500, -2500, 5000, -5000, 7500, -7500, 10_000, -10_000];
    assert_eq!(rates, off.map(|off| 1_000_000u32.saturating_add_signed(off)));
}
