//! The properties that ship with the harness, fed with made-up facts: each is shown to notice what
//! it is for, to spare what it is not for, and to forget the last run.

use std::collections::BTreeMap;

use generals::{
    Agreement, Assumptions, Cx, Disk, Fact, Integrity, NodeFault, NodeId, Obedience, Outage,
    Promises, Property, Protocol, Span, Termination, Time, Validity, VerdictKind, When, World,
};

/// Decides what it is given: here only its types matter.
struct Ballot;

impl Protocol for Ballot {
    const NAME: &'static str = "ballot";
    const ABOUT: &'static str = "decides its own input, whatever others say";
    type Config = ();
    type Input = u8;
    type Value = u8;
    type Message = ();
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self
    }
    fn on_input(&mut self, input: u8, cx: &mut Cx<'_, Self>) {
        // Zero stands for a program that is not asked twice but answers twice.
        if input == 0 {
            cx.decide(9);
        }
        cx.decide(if input == 2 { 3 } else { input });
    }
    fn on_message(&mut self, _: NodeId, (): (), _: &mut Cx<'_, Self>) {}
    fn promises(_: &()) -> Promises<Self> {
        Promises::consensus().and(Validity::default()).under(Assumptions::synchronous())
    }
}

/// A fact, short to write.
#[derive(Clone, Copy, Debug)]
enum It {
    /// A node is given an input.
    Given(u16, u8),
    /// A node decides, in slot 0.
    Decides(u16, u8),
    /// A node decides in some slot.
    DecidesAt(u16, u64, u8),
    /// A node crashes.
    Crashes(u16),
    /// A node comes back.
    Returns(u16),
}

use It::{Crashes, Decides, DecidesAt, Given, Returns};

type Watcher = Box<dyn Property<Ballot>>;

fn agreement() -> Watcher {
    Box::new(Agreement::default())
}
fn uniform() -> Watcher {
    Box::new(Agreement::uniform())
}
fn integrity() -> Watcher {
    Box::new(Integrity::default())
}
fn termination() -> Watcher {
    Box::new(Termination::default())
}
fn validity() -> Watcher {
    Box::new(Validity::default())
}
fn obedience() -> Watcher {
    Box::new(Obedience::to(NodeId(0)))
}

/// Three nodes; of the second it is known whether it is honest, crashes or is Byzantine.
fn world(n1: Option<NodeFault>) -> World {
    let faults: BTreeMap<_, _> = n1.map(|fault| (NodeId(1), fault)).into_iter().collect();
    World { faults, ..World::kind(3) }
}

fn honest() -> World {
    world(None)
}
fn crashing() -> World {
    world(Some(NodeFault::CrashStop { at: When::Step { nth: 9, after_effects: 0 } }))
}
/// Here who comes back counts as faulty; where it counts as correct, it has no fault in its world.
fn returning() -> World {
    let outage = Outage { at: When::Time(Time::ZERO), down: Span::millis(1) };
    world(Some(NodeFault::CrashRecovery { outages: vec![outage], disk: Disk::Wiped }))
}
fn byzantine() -> World {
    world(Some(NodeFault::Byzantine))
}
fn corrupt_leader() -> World {
    let faults = BTreeMap::from([(NodeId(0), NodeFault::Byzantine)]);
    World { faults, ..World::kind(3) }
}

/// How the facts break a property, if they do.
fn broken(property: &mut dyn Property<Ballot>, world: &World, facts: &[It]) -> Option<String> {
    facts.iter().find_map(|it| {
        let (input, node, slot, value);
        let fact = match *it {
            Given(n, v) => {
                input = v;
                Fact::Proposed(NodeId(n), &input)
            }
            Decides(n, v) => {
                (node, slot, value) = (NodeId(n), 0, v);
                Fact::Decided(node, slot, &value)
            }
            DecidesAt(n, at, v) => {
                (node, slot, value) = (NodeId(n), at, v);
                Fact::Decided(node, slot, &value)
            }
            Crashes(n) => Fact::Crashed(NodeId(n)),
            Returns(n) => Fact::Recovered(NodeId(n)),
        };
        property.watch(world, &fact).err().map(|witness| witness.0)
    })
}

/// Whether a witness names these nodes and values, in this order; how it puts it is its own affair.
/// `""` stands for no witness.
fn tells(witness: Option<&str>, expected: &str) -> bool {
    let part = |c: char| !c.is_alphanumeric();
    let mut words = witness.unwrap_or_default().split(part);
    let all = expected.split_whitespace().all(|name| words.any(|word| word == name));
    all && witness.is_none() == expected.is_empty()
}

/// Which nodes and values a property finds in these facts, by the law it shows.
type Row = (&'static str, fn() -> Watcher, fn() -> World, &'static [It], &'static str);

const SAFETY: &[Row] = &[
    ("an empty run breaks nothing", agreement, honest, &[], ""),
    ("an empty run breaks nothing", integrity, honest, &[], ""),
    ("an empty run breaks nothing", validity, honest, &[], ""),
    ("an empty run breaks nothing", obedience, honest, &[], ""),
    // Integrity.
    ("a double decide is noticed", integrity, honest, &[Decides(0, 1), Decides(0, 2)], "n0 1 2"),
    (
        "deciding the same again is a double decide",
        integrity,
        honest,
        &[Decides(0, 1), Decides(2, 1), Decides(0, 1)],
        "n0 1 1",
    ),
    (
        "each node and slot has a decision of its own",
        integrity,
        honest,
        &[Decides(0, 1), Decides(1, 1), DecidesAt(0, 1, 2), DecidesAt(1, 1, 2)],
        "",
    ),
    (
        "a double decide in a later slot",
        integrity,
        honest,
        &[DecidesAt(0, 7, 1), DecidesAt(0, 8, 1), DecidesAt(0, 7, 1)],
        "n0 1 1",
    ),
    (
        "a Byzantine node may decide as often as it likes",
        integrity,
        byzantine,
        &[Decides(1, 1), Decides(1, 2)],
        "",
    ),
    (
        "a node that will crash is bound while it lives",
        integrity,
        crashing,
        &[Decides(1, 1), Decides(1, 2), Crashes(1)],
        "n1 1 2",
    ),
    (
        "who has come back may say again what it decided",
        integrity,
        honest,
        &[Decides(1, 1), Crashes(1), Returns(1), Decides(1, 1)],
        "",
    ),
    (
        "but not anything else",
        integrity,
        honest,
        &[Decides(1, 1), Crashes(1), Returns(1), Decides(1, 2)],
        "n1 1 2",
    ),
    (
        "unless it may have forgotten",
        integrity,
        returning,
        &[Decides(1, 1), Crashes(1), Returns(1), Decides(1, 2)],
        "",
    ),
    (
        "and that is no excuse for what it did before",
        integrity,
        returning,
        &[Decides(1, 1), Decides(1, 1), Crashes(1), Returns(1)],
        "n1 1 1",
    ),
    // Agreement.
    ("equal decisions agree", agreement, honest, &[Decides(0, 1), Decides(2, 1)], ""),
    (
        "two correct nodes decide differently in a slot, others in between",
        agreement,
        honest,
        &[DecidesAt(0, 5, 1), DecidesAt(0, 6, 3), DecidesAt(1, 6, 3), DecidesAt(2, 5, 2)],
        "n0 1 n2 2",
    ),
    (
        "who decided first and decides again contradicts whoever agreed with it",
        agreement,
        honest,
        &[Decides(0, 1), Decides(1, 1), Decides(0, 2)],
        "n1 1 n0 2",
    ),
    (
        "that one node decides twice is no disagreement",
        agreement,
        honest,
        &[Decides(0, 1), Decides(0, 2)],
        "",
    ),
    (
        "different slots may differ",
        agreement,
        honest,
        &[DecidesAt(0, 1, 1), DecidesAt(1, 2, 2), DecidesAt(2, 3, 3)],
        "",
    ),
    (
        "what a Byzantine node decides does not count",
        agreement,
        byzantine,
        &[Decides(1, 2), Decides(0, 1), Decides(2, 1)],
        "",
    ),
    (
        "nor does it in uniform mode",
        uniform,
        byzantine,
        &[Decides(1, 2), Decides(0, 1), Decides(2, 1)],
        "",
    ),
    (
        "and it covers nobody else",
        agreement,
        byzantine,
        &[Decides(1, 2), Decides(0, 1), Decides(2, 2)],
        "n0 1 n2 2",
    ),
    (
        "who decided and then crashed is exempt",
        agreement,
        crashing,
        &[Decides(1, 2), Crashes(1), Decides(0, 1), Decides(2, 1)],
        "",
    ),
    (
        "but not in uniform mode",
        uniform,
        crashing,
        &[Decides(1, 2), Crashes(1), Decides(0, 1)],
        "n1 2 n0 1",
    ),
    (
        "who has come back is bound",
        uniform,
        honest,
        &[Decides(0, 1), Crashes(1), Returns(1), Decides(1, 2)],
        "n0 1 n1 2",
    ),
    (
        "unless it may have forgotten",
        uniform,
        returning,
        &[Decides(0, 1), Crashes(1), Returns(1), Decides(1, 2), Decides(2, 1)],
        "",
    ),
    (
        "and that is no excuse for what it did before",
        uniform,
        returning,
        &[Decides(1, 2), Crashes(1), Returns(1), Decides(0, 1)],
        "n1 2 n0 1",
    ),
    (
        "who crashed before deciding breaks nothing",
        uniform,
        crashing,
        &[Crashes(1), Decides(0, 1), Decides(2, 1)],
        "",
    ),
    // Strong validity.
    (
        "all correct nodes propose the same, and one decides another",
        validity,
        honest,
        &[Given(0, 1), Given(1, 1), Given(2, 1), Decides(0, 1), Decides(2, 2)],
        "n2 2 1",
    ),
    (
        "different proposals allow any decision",
        validity,
        honest,
        &[Given(0, 1), Given(1, 2), Given(2, 1), Decides(0, 3)],
        "",
    ),
    (
        "what a Byzantine node is given does not count",
        validity,
        byzantine,
        &[Given(0, 1), Given(1, 2), Given(2, 1), Decides(0, 2)],
        "n0 2 1",
    ),
    (
        "nor what it decides",
        validity,
        byzantine,
        &[Given(0, 1), Given(1, 1), Given(2, 1), Decides(1, 2), Decides(0, 1)],
        "",
    ),
    (
        "nor what a node that will crash decides",
        validity,
        crashing,
        &[Given(0, 1), Given(1, 1), Given(2, 1), Decides(1, 2), Crashes(1)],
        "",
    ),
    // Sender validity, IC2.
    (
        "a correct leader is to be obeyed",
        obedience,
        honest,
        &[Given(0, 1), Decides(1, 1), Decides(2, 2)],
        "n2 2 n0 1",
    ),
    ("by the leader as well", obedience, honest, &[Given(0, 1), Decides(0, 2)], "n0 2 it 1"),
    (
        "only the leader's input is an order",
        obedience,
        honest,
        &[Given(1, 2), Given(0, 1), Given(2, 2), Decides(1, 1), Decides(2, 1)],
        "",
    ),
    (
        "a corrupt leader need not be obeyed",
        obedience,
        corrupt_leader,
        &[Given(0, 1), Decides(1, 2), Decides(2, 3)],
        "",
    ),
    (
        "a corrupt lieutenant need not obey",
        obedience,
        byzantine,
        &[Given(0, 1), Decides(1, 2), Decides(2, 1)],
        "",
    ),
    ("a leader without an input orders nothing", obedience, honest, &[Decides(1, 2)], ""),
];

#[test]
fn each_property_notices_what_it_is_for() {
    for &(law, make, world, facts, expected) in SAFETY {
        let mut property = make();
        let found = broken(&mut *property, &world(), facts);
        assert!(tells(found.as_deref(), expected), "{law} ({}): {found:?}", property.name());
    }
    for name in ["agreement", "uniform-agreement", "integrity", "validity", "obedience"] {
        let able =
            SAFETY.iter().any(|(_, make, .., found)| make().name() == name && !found.is_empty());
        assert!(able, "no row shows that {name} can fail");
    }
}

/// Each row after each other row: nothing of a run, broken or not, is left for the next.
#[test]
fn each_property_forgets_the_last_run() {
    for &(before, make, world_before, facts_before, _) in SAFETY {
        for &(law, same, world, facts, expected) in SAFETY {
            let mut property = make();
            if property.name() != same().name() {
                continue;
            }
            broken(&mut *property, &world_before(), facts_before);
            property.reset();
            let found = broken(&mut *property, &world(), facts);
            assert!(tells(found.as_deref(), expected), "{law}, after {before}: {found:?}");
        }
    }
}

#[test]
fn termination_names_the_undecided() {
    let owed = |world: &World, facts: &[It]| {
        let mut property = termination();
        assert_eq!(broken(&mut *property, world, facts), None, "termination is no safety");
        property.owed(world)
    };
    for (world, facts, expected) in [
        (honest(), &[][..], "n0 n1 n2"),
        (honest(), &[Decides(0, 1), Decides(2, 1)], "n1"),
        (honest(), &[Decides(0, 1), Decides(1, 7), DecidesAt(2, 3, 1)], ""),
        // Who crashes, before or after deciding, and who is Byzantine owes nothing.
        (crashing(), &[Crashes(1), Decides(0, 1), Decides(2, 1)], ""),
        (crashing(), &[Decides(1, 1), Crashes(1)], "n0 n2"),
        (byzantine(), &[Decides(0, 1), Decides(2, 1)], ""),
        (byzantine(), &[Decides(1, 1)], "n0 n2"),
        (World::kind(9), &[], "9 n0"),
    ] {
        let owed = owed(&world, facts);
        assert!(tells(owed.as_deref(), expected), "{facts:?}: {owed:?}");
        let spared = (0..3).map(|n| format!("n{n}")).filter(|n| !expected.contains(n.as_str()));
        for node in spared.filter(|_| world.nodes == 3) {
            assert!(!tells(owed.as_deref(), &node), "{facts:?}: {owed:?} names {node}");
        }
    }
}

#[test]
fn termination_forgets_the_last_run() {
    let mut property = termination();
    broken(&mut *property, &honest(), &[Decides(0, 1), Decides(1, 1), Decides(2, 1)]);
    assert_eq!(property.owed(&honest()), None);
    property.reset();
    assert!(tells(property.owed(&honest()).as_deref(), "n0 n1 n2"));
}

/// The exceptions are for one node only.
#[test]
fn an_exception_excuses_one_node() {
    let except = NodeId(0);
    let mut agreement: Watcher = Box::new(Agreement::default().except(except));
    let facts = [Decides(0, 9), Decides(1, 1), Decides(2, 2)];
    let found = broken(&mut *agreement, &honest(), &facts);
    assert!(tells(found.as_deref(), "n1 1 n2 2"), "{found:?}");
    let termination: Watcher = Box::new(Termination::default().except(except));
    let owed = termination.owed(&honest());
    assert!(tells(owed.as_deref(), "n1 n2") && !tells(owed.as_deref(), "n0"), "{owed:?}");
}

/// A broken agreement must not hide a broken validity, nor the other way round: a run reports all
/// that is broken.
#[test]
fn all_broken_promises_of_a_run_are_reported() {
    use VerdictKind::{Holds, Violated};
    for (inputs, expected) in [
        ("{ 0: [1], 1: [1] }", [Holds, Holds, Holds, Holds, Holds]),
        ("{ 0: [1], 1: [5] }", [Violated, Holds, Holds, Holds, Holds]),
        ("{ 0: [2], 1: [2] }", [Holds, Holds, Holds, Violated, Holds]),
        ("{ 0: [0], 1: [0] }", [Violated, Violated, Holds, Violated, Holds]),
        ("{ 0: [1] }", [Holds, Holds, Violated, Holds, Holds]),
    ] {
        let scenario = format!("(protocol: \"ballot\", inputs: {inputs}, world: (nodes: 2))");
        let check = generals::testing::check::<Ballot>(&scenario);
        let rows: Vec<&str> = check.case().promises().iter().map(|row| row.name.as_str()).collect();
        assert_eq!(rows, ["agreement", "integrity", "termination", "validity", "soundness"]);
        let kinds: Vec<_> =
            check.case().worker().run_seed(0).verdicts.iter().map(|v| v.kind()).collect();
        assert_eq!(kinds, expected, "{inputs}");
    }
}

#[test]
fn assumptions_name_every_breach() {
    let breaches = |assumed: &Assumptions, world: &World, lost, duplicated| -> Vec<String> {
        let audit = generals::Audit { lost, duplicated, ..Default::default() };
        assumed.breaches(world, &audit).into_iter().map(|breach| breach.0).collect()
    };
    let read = |text: &str| ron::from_str::<World>(text).expect(text);
    let strict = Assumptions::synchronous();
    let crash = Assumptions::asynchronous().crash_stop(1).more_than_nodes(2);
    let none: [&str; 0] = [];
    for (assumed, world, audit, expected) in [
        (&strict, "(nodes: 1)", (0, 0), &none[..]),
        (
            &strict,
            r#"(nodes: 1, timing: Asynchronous(typical: "1ms"))"#,
            (0, 0),
            &["asynchronous synchronous"],
        ),
        (&crash, r#"(nodes: 3, timing: Asynchronous(typical: "1ms"))"#, (0, 0), &none),
        (&crash, "(nodes: 2)", (0, 0), &["n 2 n 2"]),
        // What links did counts, not what they might have done.
        (&strict, "(nodes: 1, links: FairLoss(loss: 0.5))", (0, 0), &none),
        (
            &strict,
            "(nodes: 1, links: FairLoss(loss: 0.5))",
            (2, 1),
            &["lost 2 duplicated 1 reliable"],
        ),
        (&strict.clone().fair_loss(), "(nodes: 1, links: FairLoss(loss: 0.5))", (2, 1), &none),
        // Nor does it matter that a link might not have kept the order.
        (&strict.clone().fifo(), "(nodes: 1)", (0, 0), &none),
        (&strict.clone().fifo(), "(nodes: 1, links: Fifo)", (0, 0), &none),
        (&strict, "(nodes: 1, faults: { 0: Byzantine })", (0, 0), &["1 Byzantine no faults"]),
        (&crash, "(nodes: 3, faults: { 0: Byzantine })", (0, 0), &["1 Byzantine 1 crash stop"]),
        (
            &crash,
            r#"(nodes: 3, faults: { 0: CrashStop(at: Time("1ms")), 1: CrashStop(at: Time("1ms")) })"#,
            (0, 0),
            &["2 1"],
        ),
        (
            &Assumptions::synchronous().when("n is even", |world| world.nodes % 2 == 0),
            "(nodes: 3)",
            (0, 0),
            &["n is even"],
        ),
    ] {
        let (lost, duplicated) = audit;
        let found = breaches(assumed, &read(world), lost, duplicated);
        let all = found.iter().zip(expected).all(|(one, expected)| tells(Some(one), expected));
        assert!(all && found.len() == expected.len(), "{world}: {found:?}");
    }
}
