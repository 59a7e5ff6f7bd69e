//! What there is to choose from in a scenario file, explained: for `list models` and `explain`.

mod disturbances;
mod links;
mod nodes;
mod partitions;
mod strategies;
mod timing;
mod topologies;

/// What an [`Entry`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A timing model: how long messages take at most, and who knows it.
    Timing,
    /// A latency law: how latencies spread below the bound.
    Latency,
    /// A breach of timing as it happens in practice.
    Disturbance,
    /// A link model: what links do to messages.
    Link,
    /// A cut through the network.
    Partition,
    /// A network: who has a link to whom.
    Topology,
    /// A fault of a node.
    Node,
    /// What becomes of a node's disk.
    Disk,
    /// A strategy of the adversary.
    Strategy,
    /// A layer between a protocol and its links.
    Layer,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 10] = [
        Self::Timing,
        Self::Latency,
        Self::Disturbance,
        Self::Link,
        Self::Partition,
        Self::Topology,
        Self::Node,
        Self::Disk,
        Self::Strategy,
        Self::Layer,
    ];

    /// As a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Timing => "timing: how long messages take at most, and who knows it",
            Self::Latency => "latency: how the time messages take spreads below the bound",
            Self::Disturbance => "disturbances: timing broken, as it happens in practice",
            Self::Link => "links: what becomes of a message on its way",
            Self::Partition => "partitions: cuts through the network",
            Self::Topology => "topologies: who has a link to whom",
            Self::Node => "faults: how nodes fail",
            Self::Disk => "disks: what a node still has when it comes back",
            Self::Strategy => "strategies: what the adversary does with the corrupt nodes",
            Self::Layer => "layers: what makes better links of bad ones, under any protocol",
        }
    }

    /// What an entry of this kind is, in words: "a timing model".
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Timing => "a timing model",
            Self::Latency => "a latency law",
            Self::Disturbance => "a disturbance of timing",
            Self::Link => "a link model",
            Self::Partition => "a partition",
            Self::Topology => "a topology",
            Self::Node => "a fault of a node",
            Self::Disk => "what becomes of a disk",
            Self::Strategy => "a strategy of the adversary",
            Self::Layer => "a layer",
        }
    }
}

/// One thing that a scenario can select.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, as in a file.
    pub name: &'static str,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What it is, in a few words.
    pub brief: &'static str,
    /// How a scenario selects it.
    pub example: &'static str,
    /// A shipped scenario that shows what it does.
    pub shown_by: &'static str,
    /// What it does, what it promises, and what is chosen in it.
    pub about: &'static str,
    /// Where it comes from; empty for what is ours.
    pub source: &'static str,
}

/// All entries, by kind.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        timing::ENTRIES,
        disturbances::ENTRIES,
        links::ENTRIES,
        partitions::ENTRIES,
        topologies::ENTRIES,
        nodes::ENTRIES,
        strategies::ENTRIES,
    ]
    .into_iter()
    .flatten()
}
