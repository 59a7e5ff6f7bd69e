//! Who is linked to whom.

use generals_models::{Adjacency, NodeId, Topology, World};
use proptest::prelude::*;

use crate::common::config;

/// Any valid topology, with its number of nodes.
fn topologies() -> impl Strategy<Value = (u16, Topology)> {
    let circulants = (3u16..80).prop_flat_map(|n| {
        let steps = prop::collection::btree_set(1..=n / 2, 0..4);
        steps.prop_map(move |steps| (n, Topology::Circulant(steps.into_iter().collect())))
    });
    let edges = (2u16..70).prop_flat_map(|n| {
        let pairs = prop::collection::btree_set((0..n, 0..n), 0..40);
        pairs.prop_map(move |pairs| {
            let mut seen = std::collections::BTreeSet::new();
            let fresh = |&(a, b): &(u16, u16)| a != b && seen.insert((a.min(b), a.max(b)));
            (n, Topology::Edges(pairs.into_iter().filter(fresh).collect()))
        })
    });
    prop_oneof![
        (1u16..70).prop_map(|n| (n, Topology::Complete)),
        (3u16..70).prop_map(|n| (n, Topology::Ring)),
        (1u16..20, 1u16..20).prop_map(|(a, b)| (a + b, Topology::Bipartite(a, b))),
        (3u16..40).prop_map(|half| (2 * half, Topology::Prism)),
        (4u16..70).prop_map(|n| (n, Topology::Wheel)),
        Just((6, Topology::K33)),
        Just((8, Topology::Cube)),
        Just((10, Topology::Petersen)),
        circulants,
        edges,
    ]
}

fn table(nodes: u16, topology: &Topology) -> Adjacency {
    topology.adjacency(nodes).unwrap_or_else(|| panic!("{topology} of {nodes} is complete"))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn links_go_both_ways_and_to_others_only((nodes, topology) in topologies()) {
        let world = World { topology: topology.clone(), ..World::kind(nodes) };
        prop_assert_eq!(world.validate(), Ok(()));
        let edges = topology.edges(nodes);
        let mut once: Vec<_> = edges.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), edges.len(), "an edge is there twice");
        prop_assert!(edges.iter().all(|(a, b)| a != b && a.0 < nodes && b.0 < nodes));

        let all = usize::from(nodes) * usize::from(nodes - 1) / 2;
        prop_assert_eq!(topology.adjacency(nodes).is_none(), edges.len() == all);
        let Some(table) = topology.adjacency(nodes) else { return Ok(()) };
        let mut ends = 0;
        for a in NodeId::all(nodes) {
            prop_assert!(!table.linked(a, a));
            for b in NodeId::all(nodes) {
                prop_assert_eq!(table.linked(a, b), table.linked(b, a));
                prop_assert_eq!(table.linked(a, b), once.contains(&(a.min(b), a.max(b))));
            }
            let neighbours: Vec<NodeId> = table.neighbours(a).collect();
            prop_assert!(neighbours.is_sorted());
            prop_assert_eq!(neighbours.len(), table.degree(a));
            ends += neighbours.len();
        }
        prop_assert_eq!(ends, 2 * edges.len());
        prop_assert_eq!(table.is_connected(), table.diameter().is_some());
    }
}

/// The numbers of edges, neighbours and the diameter, from the literature.
#[test]
fn the_named_graphs_are_what_their_names_say() {
    use Topology::{Bipartite, Circulant, Cube, K33, Petersen, Prism, Ring};
    for (topology, nodes, edges, degree, diameter) in [
        (Ring, 6, 6, 2, 3),
        (Ring, 7, 7, 2, 3),
        (K33, 6, 9, 3, 2),
        (Bipartite(3, 3), 6, 9, 3, 2),
        (Prism, 6, 9, 3, 2),
        // A prism over a square is a cube.
        (Prism, 8, 12, 3, 3),
        (Cube, 8, 12, 3, 3),
        (Petersen, 10, 15, 3, 2),
        (Circulant(vec![1, 2]), 8, 16, 4, 2),
        // The ladder of Möbius.
        (Circulant(vec![1, 4]), 8, 12, 3, 2),
    ] {
        let table = table(nodes, &topology);
        assert_eq!(topology.edges(nodes).len(), edges, "{topology}");
        assert!(NodeId::all(nodes).all(|node| table.degree(node) == degree), "{topology}");
        assert_eq!(table.diameter(), Some(diameter), "{topology}");
    }
    let wheel = table(7, &Topology::Wheel);
    assert_eq!(wheel.degree(NodeId(0)), 6);
    assert!((1..7).all(|i| wheel.degree(NodeId(i)) == 3));
    assert_eq!(wheel.diameter(), Some(2));
}

/// That makes it the only graph of 10 nodes with 3 neighbours each and diameter 2: neighbours have
/// no neighbour in common, and others exactly one.
#[test]
fn petersens_graph_is_strongly_regular() {
    let table = table(10, &Topology::Petersen);
    for a in NodeId::all(10) {
        for b in NodeId::all(10).filter(|b| *b != a) {
            let common = table.neighbours(a).filter(|c| table.linked(*c, b)).count();
            assert_eq!(common, usize::from(!table.linked(a, b)), "{a} {b}");
        }
    }
}

#[test]
fn two_camps_have_no_links_inside() {
    let table = table(5, &Topology::Bipartite(2, 3));
    for (a, b) in [(0, 1), (2, 3), (2, 4), (3, 4)] {
        assert!(!table.linked(NodeId(a), NodeId(b)));
    }
    assert_eq!(Topology::Bipartite(2, 3).edges(5).len(), 6);
}

#[test]
fn a_graph_in_pieces_is_not_connected() {
    for (nodes, edges, connected) in [
        (4, vec![(0, 1), (2, 3)], false),
        (4, vec![(0, 1), (1, 2), (2, 3)], true),
        (3, vec![(0, 1)], false),
        (2, vec![], false),
    ] {
        let table = table(nodes, &Topology::Edges(edges.clone()));
        assert_eq!(table.is_connected(), connected, "{edges:?}");
    }
    assert_eq!(table(4, &Topology::Edges(vec![(0, 1), (1, 2), (2, 3)])).diameter(), Some(3));
}

#[test]
fn a_graph_that_does_not_fit_is_refused() {
    use Topology::{Bipartite, Circulant, Cube, Edges, K33, Petersen, Prism, Ring, Wheel};
    let refused = |nodes: u16, topology: Topology| {
        let world = World { topology, ..World::kind(nodes) };
        let complaint = world.validate().expect_err(&format!("{}", world.topology));
        complaint.path.join(" ")
    };
    for (nodes, topology) in [
        (2, Ring),
        (5, K33),
        (5, Bipartite(2, 2)),
        (2, Bipartite(0, 2)),
        (4, Prism),
        (7, Prism),
        (6, Cube),
        (9, Petersen),
        (3, Wheel),
    ] {
        assert_eq!(refused(nodes, topology), "world topology");
    }
    for (nodes, topology) in [
        (5, Circulant(vec![1, 0])),
        (5, Circulant(vec![1, 3])),
        (5, Circulant(vec![1, 1])),
        (3, Edges(vec![(0, 1), (1, 3)])),
        (3, Edges(vec![(0, 1), (2, 2)])),
        (3, Edges(vec![(0, 1), (1, 0)])),
    ] {
        assert_eq!(refused(nodes, topology), "world topology 1");
    }
}
