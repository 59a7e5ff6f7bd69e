//! Cuts through the network.

use super::{Entry, Kind};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Cut",
        kind: Kind::Partition,
        brief: "the network falls into parts, for a while or for good",
        example: "partitions: [Cut(between: [[0, 1], [2, 3]], from: \"10ms\", heals: \"50ms\")]",
        shown_by: "broadcast-cut",
        about: "What is sent from one part to another while the cut lasts is lost, or, with \
                `crossing: Delayed`, held until it heals. What is already under way still \
                arrives. With `one_way` only what the first part sends to the second is cut; \
                with `tell` the nodes are told when the cut heals, each of every node it was \
                cut off from.",
        source: "Gilbert, Lynch, Brewer's Conjecture and the Feasibility of Consistent, \
                 Available, Partition-Tolerant Web Services, SIGACT News 33(2), 2002",
    },
    Entry {
        name: "Isolate",
        kind: Kind::Partition,
        brief: "one node is cut off from all others",
        example: "partitions: [Isolate(node: 2, from: \"10ms\", heals: \"50ms\", tell: true)]",
        shown_by: "broadcast-isolated",
        about: "A cut around one node. From the outside it looks like a crash, and the node \
                itself sees everybody else crash: no protocol can tell these apart while it \
                lasts.",
        source: "",
    },
    Entry {
        name: "Random",
        kind: Kind::Partition,
        brief: "a few cuts, chosen by each run",
        example: "partitions: [Random(most: 2, within: \"50ms\", longest: \"30ms\")]",
        shown_by: "broadcast-random-cuts",
        about: "Each run chooses up to `most` cuts in two: whether, who is on which side, when \
                and for how long. The kindest choice is none, so shrinking finds out which \
                cuts a failure needs.",
        source: "",
    },
];
