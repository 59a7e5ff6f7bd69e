//! A world: the half of a scenario that knows no protocol.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::link::Exception;
use crate::partition::Partition;
use crate::topology::Topology;
use crate::weather::Weather;
use crate::{
    AdversaryModel, Chance, Clocks, FaultClass, LinkClass, LinkModel, Load, NodeFault, NodeId,
    Pause, TimingClass, TimingModel,
};

/// Everything that surrounds a protocol: how many nodes, and what may go wrong.
///
/// Defaults are kind: synchronous, reliable, and all honest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// How many nodes: 1 to [`NodeId::MOST`].
    pub nodes: u16,
    /// How long messages take.
    #[serde(default)]
    pub timing: TimingModel,
    /// What links do to messages.
    #[serde(default)]
    pub links: LinkModel,
    /// Who is linked to whom.
    #[serde(default, skip_serializing_if = "is_complete")]
    pub topology: Topology,
    /// Links that differ from the others, each in one direction: (sender, receiver).
    #[serde(default, deserialize_with = "unique", skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<(NodeId, NodeId), Exception>,
    /// How likely a link is slow all through a run: it takes its latencies from the upper half of
    /// what its timing allows.
    #[serde(default, skip_serializing_if = "is_never")]
    pub slow_links: Chance,
    /// What happens to latencies, whatever the timing promises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weather: Vec<Weather>,
    /// How the network falls apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Partition>,
    /// Which nodes fail, and how.
    #[serde(default, deserialize_with = "unique", skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<NodeId, NodeFault>,
    /// Which nodes do nothing for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// What the clocks of nodes show.
    #[serde(default, skip_serializing_if = "Clocks::are_right")]
    pub clocks: Clocks,
    /// How long nodes are busy with what happens to them; no time at all without this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// What the Byzantine nodes do, if there are any, and the network as far as it can be had.
    #[serde(default)]
    pub adversary: AdversaryModel,
}

fn is_complete(topology: &Topology) -> bool {
    *topology == Topology::Complete
}

fn is_never(chance: &Chance) -> bool {
    *chance == Chance::NEVER
}

/// Reads a map and refuses a key that is given twice: one of the two would be ignored silently.
///
/// # Errors
/// Those of reading, and a message that names the key.
pub fn unique<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    K: Deserialize<'de> + Ord + fmt::Debug,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> Visitor<'de> for Unique<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Debug,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut read = BTreeMap::new();
            while let Some(key) = map.next_key::<K>()? {
                if read.contains_key(&key) {
                    return Err(A::Error::custom(format!("{key:?} is given twice")));
                }
                read.insert(key, map.next_value()?);
            }
            Ok(read)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}

/// What is wrong with the meaning of a file, and where: a path of field names and map keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// The field that is wrong, from the outermost name inwards.
    pub path: Vec<String>,
    /// What is wrong with it.
    pub problem: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Complaint {
    /// A complaint about the field at `path`.
    #[must_use]
    pub fn at<'a>(path: impl IntoIterator<Item = &'a str>) -> Self {
        let path = path.into_iter().map(str::to_owned).collect();
        Self { path, ..Self::default() }
    }

    /// Says what is wrong.
    #[must_use]
    pub fn problem(mut self, problem: impl Into<String>) -> Self {
        self.problem = problem.into();
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl World {
    /// A kind world of `nodes` nodes: synchronous with Δ = 10 ms, reliable, honest.
    #[must_use]
    pub fn kind(nodes: u16) -> Self {
        Self {
            nodes,
            timing: TimingModel::default(),
            links: LinkModel::default(),
            topology: Topology::default(),
            except: BTreeMap::new(),
            slow_links: Chance::NEVER,
            weather: Vec::new(),
            partitions: Vec::new(),
            faults: BTreeMap::new(),
            pauses: Vec::new(),
            clocks: Clocks::default(),
            load: None,
            adversary: AdversaryModel::default(),
        }
    }

    /// All nodes.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<> {
        NodeId::all(self.nodes)
    }

    /// Whether `node` has no fault in this world's plan. Promises are about such nodes.
    #[must_use]
    pub fn is_correct(&self, node: NodeId) -> bool {
        !self.faults.contains_key(&node)
    }

    /// How `node` fails by this world's plan, if it does: never [`NodeFault::With`], but the fault
    /// of the node it fails with.
    #[must_use]
    pub fn fault(&self, node: NodeId) -> Option<&NodeFault> {
        self.faults.get(&self.leader(node))
    }

    /// The node that `node` fails with: most often itself.
    #[must_use]
    pub fn leader(&self, node: NodeId) -> NodeId {
        match self.faults.get(&node) {
            Some(NodeFault::With(leader)) => *leader,
            _ => node,
        }
    }

    /// The faults of all nodes, each as [`fault`](Self::fault) has it.
    #[must_use]
    pub fn resolved_faults(&self) -> BTreeMap<NodeId, NodeFault> {
        let resolved = |node: &NodeId| self.fault(*node).map(|fault| (*node, fault.clone()));
        self.faults.keys().filter_map(resolved).collect()
    }

    /// Whether it depends on the run who turns out to be faulty: all but Byzantine nodes are judged
    /// by what they did, and who breaks down under its load was in no plan.
    #[must_use]
    pub fn may_turn_out_otherwise(&self) -> bool {
        let breaks_down = self.load.as_ref().is_some_and(|load| load.most_waiting.is_some());
        let taken_over = self.adversary.budget() > 0;
        breaks_down || taken_over || self.faults.keys().any(|node| !self.is_byzantine(*node))
    }

    /// Whether `node` comes back whenever it crashes.
    #[must_use]
    pub fn comes_back(&self, node: NodeId) -> bool {
        matches!(self.fault(node), Some(NodeFault::CrashRecovery { .. }))
    }

    /// Whether `node` is in the hands of the adversary.
    #[must_use]
    pub fn is_corrupt(&self, node: NodeId) -> bool {
        matches!(self.faults.get(&node), Some(NodeFault::Byzantine))
    }

    /// How long messages from `from` to `to` take.
    #[must_use]
    pub fn timing_of(&self, from: NodeId, to: NodeId) -> &TimingModel {
        let exception = self.except.get(&(from, to)).and_then(|except| except.timing.as_ref());
        exception.unwrap_or(&self.timing)
    }

    /// How much timing promises on the worst of all links.
    #[must_use]
    pub fn timing_class(&self) -> TimingClass {
        let exceptions = self.except.values().filter_map(|except| except.timing.as_ref());
        exceptions.map(TimingModel::class).fold(self.timing.class(), Ord::max)
    }

    /// How much the worst of all links promises.
    #[must_use]
    pub fn link_class(&self) -> LinkClass {
        let exceptions = self.except.values().filter_map(|except| except.links.as_ref());
        exceptions.map(LinkModel::class).fold(self.links.class(), Ord::max)
    }

    /// Whether there is more between the nodes than links that are all alike: another shape than
    /// the complete one, exceptions, slow links, weather, partitions, or tampering.
    #[must_use]
    pub fn is_rough(&self) -> bool {
        self.topology != Topology::Complete
            || !self.except.is_empty()
            || self.slow_links > Chance::NEVER
            || !self.weather.is_empty()
            || !self.partitions.is_empty()
            || self.links.class() == LinkClass::Arbitrary
    }

    /// Whether `node` may say anything: it is in the hands of the adversary, or runs another version
    /// of the protocol. What such nodes decide matters to nobody.
    #[must_use]
    pub fn is_byzantine(&self, node: NodeId) -> bool {
        self.fault(node).is_some_and(|fault| fault.class() == FaultClass::Byzantine)
    }

    /// The worst fault there is.
    #[must_use]
    pub fn fault_class(&self) -> FaultClass {
        let faults = self.faults.keys().filter_map(|node| self.fault(*node));
        faults.map(NodeFault::class).max().unwrap_or(FaultClass::Honest)
    }

    /// Checks what types cannot: that nodes exist and that numbers fit together.
    ///
    /// # Errors
    /// The first [`Complaint`], with the path of the field it is about.
    pub fn validate(&self) -> Result<(), Complaint> {
        if self.nodes == 0 {
            return Err(Complaint::at(["world", "nodes"]).problem("a world needs at least 1 node"));
        }
        if self.nodes > NodeId::MOST {
            let most = NodeId::MOST;
            return Err(Complaint::at(["world", "nodes"])
                .problem(format!("a world has at most {most} nodes, not {}", self.nodes)));
        }
        self.timing.validate()?;
        self.links.validate()?;
        self.validate_network()?;
        self.adversary.validate(self.nodes)?;
        for (node, fault) in &self.faults {
            let key = node.0.to_string();
            if node.0 >= self.nodes {
                return Err(Complaint::at(["world", "faults", &key])
                    .problem(format!("{node} does not exist in a world of {} nodes", self.nodes))
                    .help(format!("the last node is n{}", self.nodes - 1)));
            }
            fault.validate(&key)?;
            if let NodeFault::With(leader) = fault {
                self.validate_group(*node, *leader)?;
            }
        }
        self.pauses.iter().try_for_each(|pause| pause.validate(self.nodes))?;
        self.clocks.validate(self.nodes)?;
        self.load.as_ref().map_or(Ok(()), Load::validate)
    }

    /// Checks that `node` can fail as `leader` does.
    fn validate_group(&self, node: NodeId, leader: NodeId) -> Result<(), Complaint> {
        let key = node.0.to_string();
        let at = Complaint::at(["world", "faults", &key]);
        Err(match self.faults.get(&leader) {
            _ if node == leader => at
                .problem(format!("{node} fails with itself"))
                .help("name another node, or say how this one fails"),
            None => at
                .problem(format!("{node} fails with {leader}, which does not fail"))
                .help(format!("give {leader} a fault, or {node} one of its own")),
            Some(NodeFault::With(other)) => at
                .problem(format!("{node} fails with {leader}, which fails with {other} itself"))
                .help("name one node for the whole group"),
            Some(NodeFault::Byzantine) => at
                .problem(format!("{node} fails with {leader}, which is Byzantine"))
                .help("Byzantine nodes act in concert anyway: write `Byzantine` for both"),
            Some(NodeFault::OtherVersion) => at
                .problem(format!("{node} fails with {leader}, which runs another version"))
                .help("write `OtherVersion` for both, and give both a version"),
            Some(_) => return Ok(()),
        })
    }

    fn validate_network(&self) -> Result<(), Complaint> {
        let nodes = self.nodes;
        self.topology.validate(nodes)?;
        for (&(from, to), exception) in &self.except {
            let key = format!("({}, {})", from.0, to.0);
            let at = || Complaint::at(["world", "except", &key]);
            if let Some(stranger) = [from, to].into_iter().find(|node| node.0 >= nodes) {
                return Err(at()
                    .problem(format!("{stranger} does not exist in a world of {nodes} nodes"))
                    .help(format!("the last node is n{}", nodes - 1)));
            }
            if from == to {
                return Err(at().problem("what a node tells itself crosses no link"));
            }
            exception.validate(&key)?;
        }
        for (i, weather) in self.weather.iter().enumerate() {
            weather.validate(i, nodes)?;
        }
        for (i, partition) in self.partitions.iter().enumerate() {
            partition.validate(i, nodes)?;
        }
        Ok(())
    }
}
