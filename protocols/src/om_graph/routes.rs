//! Regular sets of neighbours and the paths they promise (LSP82, section 5, definition 1), found by
//! flows of least cost.

use std::collections::{BTreeMap, VecDeque};

use generals::{Adjacency, NodeId};

/// How many sets of neighbours are looked at before none is believed to be regular.
const CHOICES: usize = 1_000;

/// Who is linked to whom among so many nodes, some of which may be removed.
#[derive(Clone, Copy)]
pub(super) struct Graph<'g> {
    nodes: u16,
    links: Option<&'g Adjacency>,
    removed: &'g [NodeId],
}

/// What all generals know before the battle: whom a commander tells, and which ways lead on.
#[derive(Debug)]
pub(super) struct Routes {
    /// The regular set N of the last of these generals, once those before him are removed.
    pub(super) regular: BTreeMap<Vec<NodeId>, Vec<NodeId>>,
    /// γ_{i,k}, from i to k, for those who commanded, i last among them, and k.
    pub(super) paths: BTreeMap<Vec<NodeId>, BTreeMap<NodeId, Vec<NodeId>>>,
    /// How many links the longest of these paths has.
    pub(super) longest: usize,
}

/// A node without a regular set of p neighbours.
#[derive(Debug)]
pub(super) struct Irregular {
    pub(super) node: NodeId,
    pub(super) removed: Vec<NodeId>,
    /// How many neighbours it has.
    pub(super) neighbours: usize,
    /// Some p of them, another node, and how many paths lead from these to that one and share
    /// nothing else.
    pub(super) example: Option<(Vec<NodeId>, NodeId, usize)>,
}

impl Routes {
    /// Finds them for OM(m,p), commanded by `commander`.
    ///
    /// # Errors
    /// [`Irregular`] if somebody who has to command has no regular set. `p` is at least `m`.
    pub(super) fn find(
        m: u16,
        p: u16,
        commander: NodeId,
        nodes: u16,
        links: Option<&Adjacency>,
    ) -> Result<Self, Irregular> {
        let mut found = Self { regular: BTreeMap::new(), paths: BTreeMap::new(), longest: 0 };
        let mut chains = vec![vec![commander]];
        for left in (1..=m).rev() {
            let mut next = Vec::new();
            for chain in chains {
                let (i, removed) = chain.split_last().expect("the commander");
                let graph = Graph { nodes, links, removed };
                let set = graph.regular_set(*i, usize::from(p - (m - left)))?;
                next.extend(set.iter().map(|j| [&chain[..], &[*j]].concat()));
                if left == 1 {
                    found.lay_paths(graph, *i, &chain, &set);
                }
                found.regular.insert(chain, set);
            }
            chains = next;
        }
        Ok(found)
    }

    /// The paths of OM(1,p), commanded by `i`, the last of `chain`.
    fn lay_paths(&mut self, graph: Graph<'_>, i: NodeId, chain: &[NodeId], set: &[NodeId]) {
        for k in graph.all().filter(|k| *k != i) {
            let paths = graph.disjoint_paths(set, k, i);
            for path in paths.into_iter().filter(|path| path.len() > 1) {
                self.longest = self.longest.max(path.len() - 1);
                let of = [chain, &path[..1]].concat();
                self.paths.entry(of).or_default().insert(k, path);
            }
        }
    }
}

impl<'g> Graph<'g> {
    /// All of it.
    pub(super) const fn whole(nodes: u16, links: Option<&'g Adjacency>) -> Self {
        Self { nodes, links, removed: &[] }
    }

    fn all(self) -> impl Iterator<Item = NodeId> + Clone + use<'g> {
        NodeId::all(self.nodes).filter(move |node| !self.removed.contains(node))
    }

    fn linked(self, a: NodeId, b: NodeId) -> bool {
        a != b && self.links.is_none_or(|links| links.linked(a, b))
    }

    fn neighbours(self, i: NodeId) -> impl Iterator<Item = NodeId> + Clone + use<'g> {
        self.all().filter(move |j| self.linked(i, *j))
    }

    /// A regular set of `p` neighbours of `i`: the first in the order of their numbers.
    ///
    /// # Errors
    /// [`Irregular`] if there is none.
    pub(super) fn regular_set(self, i: NodeId, p: usize) -> Result<Vec<NodeId>, Irregular> {
        let neighbours: Vec<NodeId> = self.neighbours(i).collect();
        let (mut example, mut hard) = (None, None);
        let mut places: Vec<usize> = (0..p).collect();
        for _ in 0..CHOICES {
            if p > neighbours.len() {
                break;
            }
            let set: Vec<NodeId> = places.iter().map(|place| neighbours[*place]).collect();
            let short = |k: NodeId| (k, self.disjoint_paths(&set, k, i).len());
            // Who could not be served before is the one to ask about first.
            let others = self.all().filter(|k| *k != i && Some(*k) != hard);
            match hard.into_iter().chain(others).map(short).find(|(_, paths)| *paths < p) {
                None => return Ok(set),
                Some((k, paths)) => {
                    hard = Some(k);
                    example.get_or_insert((set, k, paths));
                }
            }
            if !advance(&mut places, neighbours.len()) {
                break;
            }
        }
        let (removed, neighbours) = (self.removed.to_vec(), neighbours.len());
        Err(Irregular { node: i, removed, neighbours, example })
    }

    /// As many paths as there are from different ones of `set` to `k`, no two of which share
    /// anything but `k`, and which do not pass through `without`; of the fewest links in all, and
    /// each without its beginning in `set` only if that is `k` itself: then it is `[k]`.
    pub(super) fn disjoint_paths(
        self,
        set: &[NodeId],
        k: NodeId,
        without: NodeId,
    ) -> Vec<Vec<NodeId>> {
        if set.iter().all(|i| *i == k || self.linked(*i, k)) {
            return set.iter().map(|i| if *i == k { vec![k] } else { vec![*i, k] }).collect();
        }
        let mut flow = Flow::new(usize::from(self.nodes));
        for a in self.all().filter(|a| *a != without) {
            let starts = set.contains(&a) && a != k;
            flow.node(a, starts);
            for b in self.neighbours(a).filter(|b| *b != without && a != k) {
                flow.link(a, b);
            }
        }
        while flow.augment(k) {}
        let mut paths: Vec<Vec<NodeId>> =
            set.iter().filter(|i| **i != k).filter_map(|i| flow.path(*i, k)).collect();
        if set.contains(&k) {
            paths.push(vec![k]);
        }
        paths
    }
}

/// The next `places.len()` of `of` places, in order.
fn advance(places: &mut [usize], of: usize) -> bool {
    let p = places.len();
    let Some(i) = (0..p).rev().find(|i| places[*i] < of - p + i) else { return false };
    places[i] += 1;
    for j in i + 1..p {
        places[j] = places[j - 1] + 1;
    }
    true
}

/// A flow of least cost, in which every node passes on one unit at most: it has an entrance and an
/// exit, with one edge between.
struct Flow {
    nodes: usize,
    edges: Vec<Edge>,
    /// The edges that leave each vertex.
    leaving: Vec<Vec<usize>>,
}

/// The edge with the number of another parity is its reverse.
struct Edge {
    to: usize,
    free: bool,
    cost: i32,
}

impl Flow {
    /// Entrances, then exits, then the source.
    fn new(nodes: usize) -> Self {
        Self { nodes, edges: Vec::new(), leaving: vec![Vec::new(); 2 * nodes + 1] }
    }

    const fn source(&self) -> usize {
        2 * self.nodes
    }

    const fn exit(&self, node: NodeId) -> usize {
        self.nodes + node.index()
    }

    fn edge(&mut self, from: usize, to: usize, cost: i32) {
        self.leaving[from].push(self.edges.len());
        self.edges.push(Edge { to, free: true, cost });
        self.leaving[to].push(self.edges.len());
        self.edges.push(Edge { to: from, free: false, cost: -cost });
    }

    fn node(&mut self, node: NodeId, starts: bool) {
        self.edge(node.index(), self.exit(node), 0);
        if starts {
            self.edge(self.source(), node.index(), 0);
        }
    }

    fn link(&mut self, from: NodeId, to: NodeId) {
        self.edge(self.exit(from), to.index(), 1);
    }

    /// Takes one unit more to the entrance of `to`, the cheapest way; false if there is none.
    fn augment(&mut self, to: NodeId) -> bool {
        let mut cost: Vec<Option<i32>> = vec![None; self.leaving.len()];
        let mut came: Vec<usize> = vec![0; self.leaving.len()];
        let mut queue = VecDeque::from([self.source()]);
        cost[self.source()] = Some(0);
        while let Some(at) = queue.pop_front() {
            let so_far = cost[at].expect("reached");
            for &edge in &self.leaving[at] {
                let Edge { to, free, cost: more } = self.edges[edge];
                if free && cost[to].is_none_or(|known| so_far + more < known) {
                    cost[to] = Some(so_far + more);
                    came[to] = edge;
                    queue.push_back(to);
                }
            }
        }
        let mut at = to.index();
        if cost[at].is_none() {
            return false;
        }
        while at != self.source() {
            self.edges[came[at]].free = false;
            self.edges[came[at] ^ 1].free = true;
            at = self.edges[came[at] ^ 1].to;
        }
        true
    }

    /// The way the unit takes that starts at `from`, if one does.
    fn path(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        let used = |vertex: usize| {
            self.leaving[vertex].iter().find(|e| *e % 2 == 0 && !self.edges[**e].free)
        };
        used(from.index())?;
        let mut path = vec![from];
        let mut at = from;
        while at != to {
            let next = self.edges[*used(self.exit(at))?].to;
            at = NodeId(u16::try_from(next).ok()?);
            path.push(at);
        }
        Some(path)
    }
}
