//! Who is linked to whom.
//!
//! Links go both ways. In most papers everybody is linked to everybody; where that is not so, how
//! many disjoint paths there are decides what can be agreed on (Dolev, *The Byzantine Generals
//! Strike Again*, 1982), and how long they are decides how long it takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Complaint, NodeId};

/// The shape of a network: which pairs of nodes have a link, in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Topology {
    /// Everybody is linked to everybody.
    #[default]
    Complete,
    /// A circle of at least 3 nodes.
    Ring,
    /// Two camps of 3 nodes, n0 to n2 and n3 to n5: everybody is linked to the other camp.
    K33,
    /// Two camps of so many nodes, the first counted from n0: everybody is linked to the other camp.
    Bipartite(u16, u16),
    /// Two circles of n/2 nodes each, joined node by node; an even number of at least 6 nodes.
    Prism,
    /// The corners of a cube: 8 nodes, linked if their numbers differ in one bit.
    Cube,
    /// The Petersen graph: 10 nodes with 3 neighbours each, none further away than 2 links.
    Petersen,
    /// A circle of at least 3 nodes around n0, which is linked to all of them.
    Wheel,
    /// Node i is linked to i + d and i - d (modulo n), for each of these distances d.
    Circulant(Vec<u16>),
    /// These links.
    Edges(Vec<(u16, u16)>),
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.pad("complete network"),
            Self::Ring => f.pad("ring"),
            Self::K33 => f.pad("K3,3"),
            Self::Bipartite(a, b) => write!(f, "K{a},{b}"),
            Self::Prism => f.pad("prism"),
            Self::Cube => f.pad("cube"),
            Self::Petersen => f.pad("Petersen graph"),
            Self::Wheel => f.pad("wheel"),
            Self::Circulant(steps) => write!(f, "circulant {steps:?}"),
            Self::Edges(edges) => write!(f, "graph of {} links", edges.len()),
        }
    }
}

impl Topology {
    /// The pairs that are linked among `nodes` nodes, each pair once. Meaningful for what
    /// [`World::validate`](crate::World::validate) accepts.
    #[must_use]
    pub fn edges(&self, nodes: u16) -> Vec<(NodeId, NodeId)> {
        let n = nodes;
        let circle =
            |first: u16, size: u16| (0..size).map(move |i| (first + i, first + (i + 1) % size));
        let camps = |a: u16, b: u16| (0..a).flat_map(move |i| (a..a + b).map(move |j| (i, j)));
        let edges: Vec<(u16, u16)> = match self {
            Self::Complete => (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect(),
            Self::Ring => circle(0, n).collect(),
            Self::K33 => camps(3, 3).collect(),
            Self::Bipartite(a, b) => camps(*a, *b).collect(),
            Self::Prism => {
                let half = n / 2;
                let rungs = (0..half).map(|i| (i, half + i));
                circle(0, half).chain(circle(half, half)).chain(rungs).collect()
            }
            Self::Cube => (0..8u16)
                .flat_map(|i| [1, 2, 4].map(|bit| (i, i ^ bit)))
                .filter(|(i, j)| i < j)
                .collect(),
            Self::Petersen => {
                let star = (0..5).map(|i| (5 + i, 5 + (i + 2) % 5));
                circle(0, 5).chain(star).chain((0..5).map(|i| (i, 5 + i))).collect()
            }
            Self::Wheel => circle(1, n.saturating_sub(1)).chain((1..n).map(|i| (0, i))).collect(),
            Self::Circulant(steps) => steps
                .iter()
                .flat_map(|d| (0..n).map(move |i| (i, (i + d) % n)))
                // Half way round, a link would be there from both of its ends.
                .filter(|(i, j)| j.abs_diff(*i) * 2 != n || i < j)
                .collect(),
            Self::Edges(edges) => edges.clone(),
        };
        edges.into_iter().map(|(a, b)| (NodeId(a), NodeId(b))).collect()
    }

    /// Who is linked to whom among `nodes` nodes; nothing if everybody is linked to everybody.
    #[must_use]
    pub fn adjacency(&self, nodes: u16) -> Option<Adjacency> {
        let all = usize::from(nodes) * usize::from(nodes.saturating_sub(1)) / 2;
        if *self == Self::Complete {
            return None;
        }
        let edges = self.edges(nodes);
        (edges.len() < all).then(|| Adjacency::of(nodes, &edges))
    }

    pub(crate) fn validate(&self, nodes: u16) -> Result<(), Complaint> {
        let at = || Complaint::at(["world", "topology"]);
        let fits = |fits: bool, needs: String| match fits {
            true => Ok(()),
            false => Err(at()
                .problem(format!("a {self} needs {needs}, and this world has {nodes}"))
                .help("change `nodes` or the topology")),
        };
        match self {
            Self::Complete => Ok(()),
            Self::Ring => fits(nodes >= 3, "at least 3 nodes".into()),
            Self::K33 => fits(nodes == 6, "6 nodes".into()),
            Self::Bipartite(0, _) | Self::Bipartite(_, 0) => {
                Err(at().problem("a camp without nodes").help("give each camp at least 1 node"))
            }
            Self::Bipartite(a, b) => {
                let sum = u32::from(*a) + u32::from(*b);
                fits(u32::from(nodes) == sum, format!("{sum} nodes"))
            }
            Self::Prism => fits(
                nodes >= 6 && nodes.is_multiple_of(2),
                "an even number of at least 6 nodes".into(),
            ),
            Self::Cube => fits(nodes == 8, "8 nodes".into()),
            Self::Petersen => fits(nodes == 10, "10 nodes".into()),
            Self::Wheel => fits(nodes >= 4, "at least 4 nodes".into()),
            Self::Circulant(steps) => circulant(steps, nodes),
            Self::Edges(edges) => listed(edges, nodes),
        }
    }
}

fn circulant(steps: &[u16], nodes: u16) -> Result<(), Complaint> {
    let at = |i: usize| Complaint::at(["world", "topology", &i.to_string()]);
    for (i, &step) in steps.iter().enumerate() {
        if step == 0 {
            return Err(at(i).problem("a link from a node to itself"));
        }
        if step > nodes / 2 {
            let most = nodes / 2;
            return Err(at(i)
                .problem(format!("{step} is more than half way round a circle of {nodes} nodes"))
                .help(format!("distances go both ways: {most} is the longest")));
        }
        if steps[..i].contains(&step) {
            return Err(at(i).problem(format!("the distance {step} is given twice")));
        }
    }
    Ok(())
}

fn listed(edges: &[(u16, u16)], nodes: u16) -> Result<(), Complaint> {
    let mut seen = std::collections::BTreeSet::new();
    for (i, &(a, b)) in edges.iter().enumerate() {
        let at = || Complaint::at(["world", "topology", &i.to_string()]);
        if let Some(stranger) = [a, b].into_iter().find(|node| *node >= nodes) {
            return Err(at().problem(format!(
                "{} does not exist in a world of {nodes} nodes",
                NodeId(stranger)
            )));
        }
        if a == b {
            return Err(at().problem(format!("a link from {} to itself", NodeId(a))));
        }
        if !seen.insert((a.min(b), a.max(b))) {
            return Err(at()
                .problem(format!("the link between {} and {} is given twice", NodeId(a), NodeId(b)))
                .help("links go both ways: state each of them once"));
        }
    }
    Ok(())
}

/// Who is linked to whom: a table of bits, which is the same from both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjacency {
    nodes: u16,
    /// How many words a node has.
    words: usize,
    bits: Vec<u64>,
}

impl Adjacency {
    fn of(nodes: u16, edges: &[(NodeId, NodeId)]) -> Self {
        let words = usize::from(nodes).div_ceil(64);
        let mut table = Self { nodes, words, bits: vec![0; words * usize::from(nodes)] };
        for &(a, b) in edges {
            table.link(a, b);
            table.link(b, a);
        }
        table
    }

    fn link(&mut self, a: NodeId, b: NodeId) {
        self.bits[a.index() * self.words + b.index() / 64] |= 1 << (b.index() % 64);
    }

    /// Whether there is a link between `a` and `b`. Nobody has a link to itself.
    #[inline]
    #[must_use]
    pub fn linked(&self, a: NodeId, b: NodeId) -> bool {
        self.bits[a.index() * self.words + b.index() / 64] >> (b.index() % 64) & 1 == 1
    }

    /// Those to whom `node` has a link, in order.
    pub fn neighbours(&self, node: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + Clone {
        NodeId::all(self.nodes).filter(move |other| self.linked(node, *other))
    }

    /// How many neighbours `node` has.
    #[must_use]
    pub fn degree(&self, node: NodeId) -> usize {
        let row = &self.bits[node.index() * self.words..][..self.words];
        row.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The most links that the shortest way between two nodes may take; nothing if some pair has
    /// no way at all.
    #[must_use]
    pub fn diameter(&self) -> Option<u16> {
        let furthest = NodeId::all(self.nodes).map(|node| self.eccentricity(node));
        furthest.collect::<Option<Vec<u16>>>().map(|all| all.into_iter().max().unwrap_or(0))
    }

    /// Whether there is a way from everybody to everybody.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        NodeId::all(self.nodes).next().is_none_or(|first| self.eccentricity(first).is_some())
    }

    /// How many links it takes from `node` to the furthest; nothing if some node is out of reach.
    fn eccentricity(&self, node: NodeId) -> Option<u16> {
        let mut reached = vec![false; usize::from(self.nodes)];
        reached[node.index()] = true;
        let (mut frontier, mut left, mut steps) = (vec![node], self.nodes - 1, 0);
        while left > 0 {
            let mut next = Vec::new();
            for &at in &frontier {
                for other in self.neighbours(at) {
                    if !std::mem::replace(&mut reached[other.index()], true) {
                        left -= 1;
                        next.push(other);
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            steps += 1;
            frontier = next;
        }
        Some(steps)
    }
}
