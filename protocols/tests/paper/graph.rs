//! Graphs, and what LSP82 says of them, by definition: everything is tried. Slow, and nothing of it is
//! how the protocols go about it.

/// A graph of at most 32 nodes: the neighbours of each, as bits.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) near: Vec<u32>,
}

impl Graph {
    pub(crate) fn new(n: usize, linked: impl Fn(usize, usize) -> bool) -> Self {
        let row = |i: usize| {
            (0..n).filter(|j| *j != i && (linked(i, *j) || linked(*j, i))).map(|j| 1 << j).sum()
        };
        Self { near: (0..n).map(row).collect() }
    }

    pub(crate) fn n(&self) -> usize {
        self.near.len()
    }

    pub(crate) fn all(&self) -> u32 {
        (1 << self.n()) - 1
    }

    /// Everybody whom `from` can reach without leaving `within`.
    fn reached(&self, from: u32, within: u32) -> u32 {
        let mut reached = from & within;
        loop {
            let more = bits(reached).fold(reached, |all, i| all | self.near[i] & within);
            if more == reached {
                return reached;
            }
            reached = more;
        }
    }

    pub(crate) fn connected(&self, within: u32) -> bool {
        self.reached(within & within.wrapping_neg(), within) == within
    }

    /// κ: the fewest nodes whose loss leaves a graph that falls apart, or a single node.
    pub(crate) fn connectivity(&self) -> u32 {
        let left = |lost: &u32| self.all() & !lost;
        let apart = |lost: &u32| left(lost).count_ones() == 1 || !self.connected(left(lost));
        let cuts = (0..self.all()).filter(|lost| left(lost) != 0).filter(apart);
        cuts.map(u32::count_ones).min().expect("all but one")
    }

    /// How many links separate `a` from the others of `within`; nothing if it cannot reach one.
    pub(crate) fn furthest(&self, a: usize, within: u32) -> Option<u32> {
        let (mut reached, mut steps) = (1_u32 << a, 0);
        while reached != within {
            let more = bits(reached).fold(reached, |all, i| all | self.near[i] & within);
            if more == reached {
                return None;
            }
            (reached, steps) = (more, steps + 1);
        }
        Some(steps)
    }

    /// The greatest distance within `within`, if that is connected.
    pub(crate) fn diameter(&self, within: u32) -> Option<u32> {
        bits(within).map(|a| self.furthest(a, within)).try_fold(0, |most, d| Some(most.max(d?)))
    }

    /// Whether there are paths from all of `set` to `k` which avoid `i` and share nothing but `k`:
    /// by Menger's theorem, whether no fewer nodes than there are paths cut all of them.
    fn fans_out(&self, set: u32, k: usize, i: usize) -> bool {
        let starts = set & !(1 << k);
        let others = self.all() & !(1 << k) & !(1 << i);
        let cuts = (0..=others).filter(|cut| cut & !others == 0);
        let mut cuts = cuts.filter(|cut| cut.count_ones() < starts.count_ones());
        cuts.all(|cut| {
            let within = (others | 1 << k) & !cut;
            self.reached(starts & !cut, within) >> k & 1 == 1
        })
    }

    /// Definition 1(a).
    pub(crate) fn is_regular_set(&self, set: u32, i: usize) -> bool {
        set & !self.near[i] == 0
            && bits(self.all()).filter(|k| *k != i).all(|k| self.fans_out(set, k, i))
    }

    /// Whether `i` has a regular set of `p` neighbours.
    pub(crate) fn has_regular_set(&self, i: usize, p: u32) -> bool {
        let near = self.near[i];
        let sets = (0..=near).filter(|set| set & !near == 0 && set.count_ones() == p);
        sets.into_iter().any(|set| self.is_regular_set(set, i))
    }

    /// Definition 1(b).
    pub(crate) fn is_regular(&self, p: u32) -> bool {
        (0..self.n()).all(|i| self.has_regular_set(i, p))
    }

    /// The fewest links of any paths from all of `starts` to `k` that avoid `used` and share nothing
    /// but `k`, of all the paths there are.
    pub(crate) fn cheapest(&self, starts: &[usize], k: usize, used: u32) -> Option<u32> {
        let Some((&first, rest)) = starts.split_first() else { return Some(0) };
        if first == k {
            return self.cheapest(rest, k, used);
        }
        let taken = rest.iter().filter(|i| **i != k).fold(used, |all, i| all | 1 << i);
        let mut best = None;
        self.each_path(first, k, taken, &mut |path: u32| {
            let links = path.count_ones();
            if let Some(others) = self.cheapest(rest, k, used | path) {
                let total = links + others;
                best = Some(best.map_or(total, |known: u32| known.min(total)));
            }
        });
        best
    }

    /// Every path from `at` to `k` that avoids `used`, as the nodes on it without `k`.
    fn each_path(&self, at: usize, k: usize, used: u32, found: &mut impl FnMut(u32)) {
        fn walk(
            graph: &Graph,
            (at, k): (usize, usize),
            used: u32,
            path: u32,
            found: &mut dyn FnMut(u32),
        ) {
            if at == k {
                return found(path);
            }
            let path = path | 1 << at;
            for next in bits(graph.near[at] & !used & !path) {
                walk(graph, (next, k), used, path, found);
            }
        }
        walk(self, (at, k), used, 0, found);
    }

    /// The graph without `i`, whose number goes to the one after it, and so on.
    pub(crate) fn without(&self, i: usize) -> Self {
        let old = |j: usize| if j < i { j } else { j + 1 };
        Self::new(self.n() - 1, |a, b| self.near[old(a)] >> old(b) & 1 == 1)
    }
}

/// The places of the bits that are set.
pub(crate) fn bits(set: u32) -> impl Iterator<Item = usize> + Clone {
    (0..32).filter(move |i| set >> i & 1 == 1)
}

/// A graph and what is known of it: its topology in a scenario, itself, its connectivity and
/// diameter, and whether it is 3-regular and 6-regular.
pub(crate) type Row = (&'static str, Graph, u32, u32, bool, bool);

/// The graphs of the table, by their definitions.
pub(crate) fn table() -> Vec<Row> {
    let on_circle = |n: usize, steps: &'static [usize]| {
        move |a: usize, b: usize| steps.iter().any(|step| (a + step) % n == b)
    };
    let prism = |a: usize, b: usize| a / 3 == b / 3 || a % 3 == b % 3;
    let petersen = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + 1) % 5 == b,
        (false, false) => (a - 5 + 2) % 5 == b - 5,
        _ => a % 5 == b % 5,
    };
    let wheel = |a: usize, b: usize| a == 0 || (b != 0 && a % 5 + 1 == b);
    vec![
        ("Complete", Graph::new(4, |_, _| true), 3, 1, true, false),
        ("K33", Graph::new(6, |a, b| a / 3 != b / 3), 3, 2, true, false),
        ("Prism", Graph::new(6, prism), 3, 2, true, false),
        ("Cube", Graph::new(8, |a, b| (a ^ b).count_ones() == 1), 3, 3, true, false),
        ("Petersen", Graph::new(10, petersen), 3, 2, true, false),
        ("Wheel", Graph::new(6, wheel), 3, 2, false, false),
        ("Ring", Graph::new(4, on_circle(4, &[1])), 2, 2, false, false),
        ("Ring", Graph::new(5, on_circle(5, &[1])), 2, 2, false, false),
        ("Complete", Graph::new(7, |_, _| true), 6, 1, true, true),
        ("Circulant([1, 2, 3])", Graph::new(9, on_circle(9, &[1, 2, 3])), 6, 2, true, true),
        ("Bipartite(6, 6)", Graph::new(12, |a, b| a / 6 != b / 6), 6, 2, true, true),
        ("Circulant([1, 2, 4])", Graph::new(8, on_circle(8, &[1, 2, 4])), 5, 2, true, false),
    ]
}

/// The graph of that topology and size.
pub(crate) fn named(topology: &str, n: usize) -> Graph {
    let mut table = table().into_iter();
    let row = table.find(|row| row.0 == topology && row.1.n() == n);
    row.expect("in the table").1
}
