//! Worlds, as files.

use generals_models::{AdversaryModel, Chance, FaultClass, LinkModel, NodeId, World};
use proptest::prelude::*;

use crate::common::{A, config};
use crate::links::fair_loss;
use crate::links::sometimes;
use crate::timing::timings;

#[test]
fn a_world_reads_as_it_is_meant() {
    let read = |text: &str| ron::from_str::<World>(text).unwrap();
    assert_eq!(read("(nodes: 4)"), World::kind(4));
    let world = read(
        r#"(
            nodes: 4,
            timing: PartiallySynchronous(delta: "10ms", gst: "50ms"),
            links: FairLoss(loss: 0.2, duplicate: "1/8"),
            faults: { 2: Byzantine, 3: CrashStop(at: Step(nth: 2, after_effects: 1)) },
            adversary: Liar,
        )"#,
    );
    assert_eq!(world.validate(), Ok(()));
    assert_eq!(world.links, fair_loss(200_000, 125_000, Chance::WHOLE, 16));
    assert_eq!(world.adversary, AdversaryModel::Liar);
    assert_eq!(world.fault_class(), FaultClass::Byzantine);
    assert!(world.is_correct(A) && !world.is_correct(NodeId(3)));
    assert!(world.is_corrupt(NodeId(2)) && !world.is_corrupt(NodeId(3)));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_world_survives_a_file(timing in timings(), nodes in 1u16..50, loss in sometimes()) {
        for links in [LinkModel::Fifo, LinkModel::Reliable, fair_loss(loss, 1, loss, 3)] {
            let world = World { timing: timing.clone(), links, ..World::kind(nodes) };
            prop_assert_eq!(ron::from_str(&ron::to_string(&world).unwrap()), Ok(world));
        }
    }
}

/// With everything that may lie between the nodes.
#[test]
fn a_rough_world_survives_a_file() {
    let text = r#"(
        nodes: 6,
        links: Arbitrary(chance: 0.2, ways: [Drop, Modify], streak: 3, most: 7),
        topology: Circulant([1, 2]),
        except: { (0, 2): (links: FairLoss(loss: 1.0)), (1, 0): (timing: Synchronous(delta: "1ms")) },
        slow_links: 0.3,
        weather: [
            Congestion(from: "5ms", lasts: "1ms", times: 8),
            Reroute(links: Only([(0, 1)]), at: "9ms", detour: "30ms"),
        ],
        partitions: [
            Cut(between: [[0, 1], [2, 3]], one_way: true, from: "1ms", heals: "2ms", tell: true),
            Isolate(node: 5, from: "3ms", heals: "4ms", crossing: Delayed),
            Random(most: 2, within: "10ms", longest: "5ms"),
        ],
    )"#;
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let world: World = options.from_str(text).unwrap();
    assert_eq!(world.validate(), Ok(()));
    assert!(world.is_rough());
    assert_eq!(ron::from_str(&ron::to_string(&world).unwrap()), Ok(world));
    for topology in ["Complete", "Ring", "K33", "Bipartite(2, 4)", "Prism", "Edges([(0, 1)])"] {
        let text = format!("(nodes: 6, topology: {topology})");
        let world: World = ron::from_str(&text).expect(topology);
        assert_eq!(ron::from_str(&ron::to_string(&world).unwrap()), Ok(world));
    }
}

#[test]
fn a_bad_world_is_refused_with_its_reason() {
    for (world, reason) in [
        ("(nodes: 2, links: FairLoss(loss: NaN))", "NaN"),
        ("(nodes: 2, links: FairLoss(loss: -0.1))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(loss: 1e400))", "inf"),
        ("(nodes: 2, links: FairLoss(loss: \"1/3\"))", "parts per million"),
        ("(nodes: 2, links: FairLoss(loss: 2))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(loss: -1))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(lost: 0.5))", "lost"),
        ("(nodes: 2, timing: Synchronous(delta: 10))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: 1.5))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: -10))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: \"10 parsecs\"))", "parsecs"),
        ("(nodes: 2, timing: Synchronous(dleta: \"10ms\"))", "dleta"),
        ("(nodes: 2, timing: Sometimes)", "Sometimes"),
        ("(nodes: 1000000000000)", ""),
        ("(nodes: -1)", ""),
        ("(nodes: 2, noise: 1)", "noise"),
        ("()", "nodes"),
        ("(nodes: 2, faults: { 0: Lazy })", "Lazy"),
    ] {
        let error = ron::from_str::<World>(world).expect_err(world).to_string();
        assert!(error.contains(reason), "{world}: {error}");
    }
}

#[test]
fn a_world_that_makes_no_sense_is_refused_at_its_field() {
    let timing = |text: &str| format!("(nodes: 2, timing: {text})");
    for (world, path) in [
        ("(nodes: 0)".into(), "world nodes"),
        ("(nodes: 1025)".into(), "world nodes"),
        (timing(r#"Synchronous(delta: "0ms")"#), "world timing delta"),
        (timing(r#"Asynchronous(typical: "0ms")"#), "world timing typical"),
        (timing(r#"Synchronous(delta: "1ms", least: "0ms")"#), "world timing least"),
        (timing(r#"Synchronous(delta: "1ms", least: "2ms")"#), "world timing least"),
        (timing(r#"UnknownBound(delta: "1ms", least: "2ms")"#), "world timing least"),
        (timing(r#"UnknownBound(delta: "1ms", guess: "0ms")"#), "world timing guess"),
        (timing(r#"Synchronous(delta: "1ms", grain: 0)"#), "world timing grain"),
        (timing(r#"Asynchronous(typical: "1ms", doublings: 33)"#), "world timing doublings"),
        ("(nodes: 2, links: FairLoss(loss: 0.1, streak: 0))".into(), "world links streak"),
        ("(nodes: 2, faults: { 2: Byzantine })".into(), "world faults 2"),
        (r#"(nodes: 4, links: Arbitrary(chance: 0.1, streak: 0))"#.into(), "world links streak"),
        (r#"(nodes: 4, links: Arbitrary(chance: 0.1, ways: []))"#.into(), "world links ways"),
        (r#"(nodes: 4, links: Arbitrary(chance: 0.1, ways: [Drop, Drop]))"#.into(), "world links ways"),
        (r#"(nodes: 4, except: { (0, 4): (links: Fifo) })"#.into(), "world except (0, 4)"),
        (r#"(nodes: 4, except: { (1, 1): (links: Fifo) })"#.into(), "world except (1, 1)"),
        (r#"(nodes: 4, except: { (0, 1): () })"#.into(), "world except (0, 1)"),
        (r#"(nodes: 4, except: { (0, 1): (links: FairLoss(loss: 0.1, streak: 0)) })"#.into(), "world except (0, 1) links streak"),
        (r#"(nodes: 4, except: { (0, 1): (timing: Synchronous(delta: "0ms")) })"#.into(), "world except (0, 1) timing delta"),
        (r#"(nodes: 4, weather: [Congestion(from: "0ms", lasts: "0ms", times: 2)])"#.into(), "world weather 0 lasts"),
        (r#"(nodes: 4, weather: [Congestion(from: "0ms", lasts: "1ms", times: 1)])"#.into(), "world weather 0 times"),
        (r#"(nodes: 4, weather: [Congestion(from: "0ms", lasts: "1ms", times: 1000001)])"#.into(), "world weather 0 times"),
        (r#"(nodes: 4, weather: [Congestion(links: Only([(0, 4)]), from: "0ms", lasts: "1ms", times: 2)])"#.into(), "world weather 0 links"),
        (r#"(nodes: 4, weather: [Congestion(links: Only([(2, 2)]), from: "0ms", lasts: "1ms", times: 2)])"#.into(), "world weather 0 links"),
        (r#"(nodes: 4, weather: [Reroute(links: Only([]), at: "1ms", detour: "1ms")])"#.into(), "world weather 0 links"),
        (r#"(nodes: 4, weather: [Reroute(at: "0ms", detour: "1ms")])"#.into(), "world weather 0 at"),
        (r#"(nodes: 4, weather: [Reroute(at: "1ms", detour: "0ms")])"#.into(), "world weather 0 detour"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0]], from: "1ms")])"#.into(), "world partitions 0 between"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], []], from: "1ms")])"#.into(), "world partitions 0 between"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], [0]], from: "1ms")])"#.into(), "world partitions 0 between"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], [4]], from: "1ms")])"#.into(), "world partitions 0 between"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], [1], [2]], one_way: true, from: "1ms")])"#.into(), "world partitions 0 one_way"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], [1]], from: "1ms", heals: "1ms")])"#.into(), "world partitions 0 heals"),
        (r#"(nodes: 4, partitions: [Cut(between: [[0], [1]], from: "1ms", crossing: Delayed)])"#.into(), "world partitions 0 crossing"),
        (r#"(nodes: 4, partitions: [Isolate(node: 4, from: "1ms")])"#.into(), "world partitions 0 node"),
        (r#"(nodes: 4, partitions: [Isolate(node: 1, from: "1ms", crossing: Delayed)])"#.into(), "world partitions 0 crossing"),
        (r#"(nodes: 4, partitions: [Random(most: 0, within: "1ms", longest: "1ms")])"#.into(), "world partitions 0 most"),
        (r#"(nodes: 4, partitions: [Random(most: 65, within: "1ms", longest: "1ms")])"#.into(), "world partitions 0 most"),
        (r#"(nodes: 4, partitions: [Random(most: 1, within: "1ms", longest: "0ms")])"#.into(), "world partitions 0 longest"),
        (
            r#"(nodes: 2, faults: { 1: CrashStop(at: Chosen(within: "0ms")) })"#.into(),
            "world faults 1 at within",
        ),
    ] {
        let options = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let complaint = options.from_str::<World>(&world).unwrap().validate().expect_err(&world);
        assert_eq!(complaint.path.join(" "), path, "{world}");
        assert!(!complaint.problem.is_empty(), "{world}");
    }
    for world in ["(nodes: 1)", "(nodes: 1024)", "(nodes: 2, links: FairLoss(streak: 0))"] {
        assert_eq!(ron::from_str::<World>(world).unwrap().validate(), Ok(()), "{world}");
    }
}
