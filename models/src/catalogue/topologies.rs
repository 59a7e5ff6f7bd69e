//! Who has a link to whom.

use super::{Entry, Kind};

/// What connectivity is for.
const DOLEV: &str = "Dolev, The Byzantine Generals Strike Again, J. Algorithms 3(1), 1982";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Complete",
        kind: Kind::Topology,
        brief: "everybody has a link to everybody",
        example: "topology: Complete",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "Everybody has a link to everybody. The default, and what most papers take for \
                granted; so does every promise that does not say otherwise with \
                `Assumptions::any_connected_graph`.",
        source: "",
    },
    Entry {
        name: "Ring",
        kind: Kind::Topology,
        brief: "each node has a link to two others",
        example: "topology: Ring",
        shown_by: "broadcast-ring",
        about: "The nodes stand in a circle, each linked to the two next to it. Two cuts, or \
                two crashes, take it apart; no oral protocol survives a traitor here, since \
                connectivity 2m + 1 is needed for m of them.",
        source: DOLEV,
    },
    Entry {
        name: "K33",
        kind: Kind::Topology,
        brief: "two camps of three, linked across",
        example: "topology: K33",
        shown_by: "broadcast-k33",
        about: "Six nodes in two camps of three; each is linked to all of the other camp and \
                to none of its own. It is three-connected and 3-regular in the sense of LSP82, \
                so OM(1, 3) can survive a traitor on it.",
        source: DOLEV,
    },
    Entry {
        name: "Bipartite",
        kind: Kind::Topology,
        brief: "two camps of any size, linked across",
        example: "topology: Bipartite(2, 4)",
        shown_by: "broadcast-bipartite",
        about: "The complete bipartite graph: two camps, each node linked to all of the other \
                camp and to none of its own.",
        source: "",
    },
    Entry {
        name: "Prism",
        kind: Kind::Topology,
        brief: "two rings, one above the other",
        example: "topology: Prism",
        shown_by: "broadcast-prism",
        about: "Two rings of half the nodes each, every node linked to its fellow on the other \
                ring. With six nodes the triangular prism, three-connected with diameter two.",
        source: "",
    },
    Entry {
        name: "Cube",
        kind: Kind::Topology,
        brief: "the corners and edges of a cube",
        example: "topology: Cube",
        shown_by: "broadcast-cube",
        about: "The corners of a cube with its edges: eight nodes of three links each, three- \
                connected with diameter three.",
        source: "",
    },
    Entry {
        name: "Petersen",
        kind: Kind::Topology,
        brief: "ten nodes, three links each, any two at most two apart",
        example: "topology: Petersen",
        shown_by: "broadcast-petersen",
        about: "The Petersen graph: ten nodes, three links each, three-connected, and no two \
                nodes more than two links apart. No larger graph of degree three has diameter \
                two.",
        source: "Petersen, Sur le théorème de Tait, 1898",
    },
    Entry {
        name: "Wheel",
        kind: Kind::Topology,
        brief: "a ring, and a hub linked to all of it",
        example: "topology: Wheel",
        shown_by: "broadcast-wheel",
        about: "A ring of all nodes but the first, which is linked to each of them. With five \
                or more on the ring it is three-connected, yet not 3-regular in the sense of \
                LSP82: connectivity alone is not what OM(1, 3) needs.",
        source: DOLEV,
    },
    Entry {
        name: "Circulant",
        kind: Kind::Topology,
        brief: "a circle in which each node is linked at given distances",
        example: "topology: Circulant([1, 2])",
        shown_by: "broadcast-circulant",
        about: "The nodes stand in a circle, and each is linked to those at the given \
                distances, both ways. Circulant([1]) is the ring; with more distances \
                connectivity grows.",
        source: "",
    },
    Entry {
        name: "Edges",
        kind: Kind::Topology,
        brief: "any graph, link by link",
        example: "topology: Edges([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)])",
        shown_by: "broadcast-edges",
        about: "Any graph that you like: the links that there are, each of them named once; \
                all go both ways.",
        source: "",
    },
];
