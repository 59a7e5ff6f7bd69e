//! A scenario: one protocol in one world.

use std::collections::BTreeMap;
use std::fmt;

use generals_models::{AdversaryModel, Complaint, NodeFault, NodeId, Span, World, unique};
use serde::{Deserialize, Serialize};

use crate::check::VerdictKind;
use crate::choosers::Script;
use crate::protocol::Protocol;

/// One protocol in one world, as a file in RON states it. Everything has a kind default but the
/// protocol's name and the number of nodes; what a file says beyond these fields is refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Scenario<P: Protocol> {
    /// What it shows, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The protocol's name.
    pub protocol: String,
    /// The protocol's own knobs.
    #[serde(default)]
    pub config: P::Config,
    /// The configurations of nodes that run another version of the protocol, each of which has the
    /// fault [`OtherVersion`](NodeFault::OtherVersion).
    #[serde(default = "BTreeMap::new", deserialize_with = "unique")]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<NodeId, P::Config>,
    /// What nodes are given at the start: one of these alternatives each, the first the kindest.
    #[serde(default = "BTreeMap::new", deserialize_with = "unique")]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<NodeId, Vec<P::Input>>,
    /// Everything that surrounds the protocol.
    pub world: World,
    /// What lies between the protocol and its links.
    #[serde(default, skip_serializing_if = "Layers::is_none")]
    pub layers: Layers,
    /// When to stop.
    #[serde(default, skip_serializing_if = "Limits::is_default")]
    pub limits: Limits,
    /// What goes wrong. With a script the scenario is a single run, and seeds do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// The worst verdict that runs must reach, and may not exceed, for each promise not meant to
    /// hold.
    #[serde(default, deserialize_with = "unique", skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<String, VerdictKind>,
}

/// Layers between a protocol and its links, as a scenario asks for them; none by default. See
/// [`layers`](crate::layers).
///
/// ```
/// use generals::{Layers, Span, Stubborn};
/// let layers: Layers = ron::from_str(r#"(stubborn: Some((every: "20ms")), authenticated: true)"#)?;
/// assert_eq!(layers.stubborn, Some(Stubborn { every: Span::millis(20) }));
/// assert_eq!(layers.to_string(), "stubborn (every 20ms), authenticated");
/// # Ok::<(), ron::error::SpannedError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layers {
    /// Messages are sent until they are acknowledged, and delivered once: makes fair-loss links
    /// reliable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stubborn: Option<Stubborn>,
    /// Messages are signed, and what is forged, redirected or replayed is discarded: makes
    /// arbitrary links fair-loss. Lies below the other layer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub authenticated: bool,
}

/// How stubborn a layer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stubborn {
    /// How long it waits before it sends again what is not acknowledged; not zero.
    pub every: Span,
}

impl Layers {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn validate(&self) -> Result<(), Complaint> {
        match self.stubborn {
            Some(Stubborn { every: Span::ZERO }) => Err(Complaint::at([
                "layers", "stubborn", "every",
            ])
            .problem("sending again after no time at all never ends")
            .help("somewhat more than a message and its acknowledgement take is a good period")),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        if let Some(Stubborn { every }) = &self.stubborn {
            words.push(format!("stubborn (every {every})"));
        }
        if self.authenticated {
            words.push("authenticated".to_owned());
        }
        f.pad(&if words.is_empty() { "none".to_owned() } else { words.join(", ") })
    }
}

/// Everything in a run is bounded. Reaching a limit ends it, and says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How long a run may last, in virtual time.
    pub horizon: Span,
    /// How many events a run may have.
    pub events: u64,
    /// How many timers may fire at one instant. What is sent takes time, so nothing else could go on
    /// without any passing.
    pub events_per_instant: u64,
    /// How many events may be pending: messages on their way and timers.
    pub pending: usize,
    /// How much one step of a node may ask for; a multicast counts once for each receiver.
    pub effects_per_step: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            horizon: Span::secs(3600),
            events: 10_000_000,
            events_per_instant: 1_000_000,
            pending: 5_000_000,
            effects_per_step: 1_000_000,
        }
    }
}

impl Limits {
    /// A century: far from the end of what a [`Time`](generals_models::Time) can hold, so that time
    /// never stands still.
    pub const LONGEST: Span = Span::secs(100 * 365 * 24 * 3600);

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

// By hand, because a derived one would ask of P itself what only its types need.
impl<P: Protocol> Clone for Scenario<P> {
    fn clone(&self) -> Self {
        Self {
            about: self.about.clone(),
            protocol: self.protocol.clone(),
            config: self.config.clone(),
            versions: self.versions.clone(),
            inputs: self.inputs.clone(),
            world: self.world.clone(),
            layers: self.layers.clone(),
            limits: self.limits.clone(),
            script: self.script.clone(),
            expect: self.expect.clone(),
        }
    }
}

impl<P: Protocol> Scenario<P> {
    /// The same of a protocol with the same inputs, without layers.
    pub(crate) fn map<Q: Protocol<Input = P::Input>>(
        self,
        config: impl Fn(P::Config) -> Q::Config,
    ) -> Scenario<Q> {
        let Self { about, protocol, inputs, world, limits, script, expect, .. } = self;
        let versions = self.versions.into_iter().map(|(node, version)| (node, config(version)));
        Scenario {
            about,
            protocol,
            config: config(self.config),
            versions: versions.collect(),
            inputs,
            world,
            layers: Layers::default(),
            limits,
            script,
            expect,
        }
    }

    /// The same in another world: see [`Case::in_world`](crate::Case::in_world).
    pub(crate) fn in_world(&self, world: World) -> Self {
        let before = self.world.nodes;
        let all = self.inputs.len() == usize::from(before) && before > 0;
        let given = |node: NodeId| {
            let like = if all { NodeId(node.0 % before) } else { node };
            Some((node, self.inputs.get(&like)?.clone()))
        };
        Self {
            about: String::new(),
            versions: BTreeMap::new(),
            inputs: world.all().filter_map(given).collect(),
            script: None,
            expect: BTreeMap::new(),
            world,
            ..self.clone()
        }
    }

    /// Checks what types cannot: that numbers fit together, and the protocol's own conditions.
    ///
    /// # Errors
    /// The first [`Complaint`], with the path of the field it is about.
    pub fn validate(&self) -> Result<(), Complaint> {
        if self.protocol != P::NAME {
            return Err(Complaint::at(["protocol"]).problem(format!(
                "this is a scenario of `{}`, not of `{}`",
                self.protocol,
                P::NAME
            )));
        }
        self.world.validate()?;
        self.layers.validate()?;
        if self.limits.horizon > Limits::LONGEST {
            return Err(Complaint::at(["limits", "horizon"])
                .problem(format!("a run lasts {} at most", Limits::LONGEST)));
        }
        let Limits { events, events_per_instant, pending, effects_per_step, .. } = self.limits;
        for (name, is_zero) in [
            ("events", events == 0),
            ("events_per_instant", events_per_instant == 0),
            ("pending", pending == 0),
            ("effects_per_step", effects_per_step == 0),
        ] {
            if is_zero {
                return Err(Complaint::at(["limits", name]).problem("a run needs at least 1"));
            }
        }
        for (node, alternatives) in &self.inputs {
            let key = node.0.to_string();
            let at = || Complaint::at(["inputs", &key]);
            if node.0 >= self.world.nodes {
                let nodes = self.world.nodes;
                return Err(
                    at().problem(format!("{node} does not exist in a world of {nodes} nodes"))
                );
            }
            if alternatives.is_empty() {
                return Err(at()
                    .problem(format!("{node} is given nothing to choose from"))
                    .help("list at least one input, or leave the node out to give it none"));
            }
        }
        if let Some(script) = &self.script {
            script.validate(&["script"], self.world.nodes)?;
        }
        let promises = P::promises(&self.config);
        for name in self.expect.keys() {
            let names = || promises.iter().map(|promise| promise.property.name());
            if name != SOUND && !names().any(|known| known == name) {
                let mut complaint = Complaint::at(["expect", name])
                    .problem(format!("{} makes no promise named `{name}`", P::NAME));
                let all: Vec<&str> = names().chain([SOUND]).collect();
                complaint = complaint.help(format!("its promises are {}", all.join(", ")));
                return Err(complaint);
            }
        }
        self.validate_attack()?;
        P::admit(self)?;
        self.validate_versions()
    }

    /// Checks that the protocol knows the attack that is asked for, and meets it without layers.
    fn validate_attack(&self) -> Result<(), Complaint> {
        if matches!(self.world.adversary, AdversaryModel::Attack { .. }) && !self.layers.is_none() {
            return Err(Complaint::at(["world", "adversary"])
                .problem("an attack on a protocol does not know what its layers send")
                .help("leave out `layers`, or take another adversary"));
        }
        if let AdversaryModel::Attack { name, .. } = &self.world.adversary
            && !P::ATTACKS.contains(&name.as_str())
        {
            let complaint = Complaint::at(["world", "adversary", "name"])
                .problem(format!("{} knows no attack named `{name}`", P::NAME));
            return Err(match P::ATTACKS {
                [] => complaint.help("it knows none at all"),
                all => complaint.help(format!("its attacks are {}", all.join(", "))),
            });
        }
        Ok(())
    }

    /// Checks that there is a version for each node that runs one, that no other node has one, and
    /// that the protocol would run it.
    fn validate_versions(&self) -> Result<(), Complaint> {
        let runs_one =
            |node: &NodeId| matches!(self.world.faults.get(node), Some(NodeFault::OtherVersion));
        let without = |node: &&NodeId| runs_one(node) && !self.versions.contains_key(node);
        if let Some(node) = self.world.faults.keys().find(without) {
            let key = node.0.to_string();
            return Err(Complaint::at(["world", "faults", &key])
                .problem(format!("{node} runs another version, and there is none for it"))
                .help(format!("give its configuration: `versions: {{ {key}: … }}`")));
        }
        for (node, version) in &self.versions {
            let key = node.0.to_string();
            let at = Complaint::at(["versions", &key]);
            if node.0 >= self.world.nodes {
                let nodes = self.world.nodes;
                return Err(
                    at.problem(format!("{node} does not exist in a world of {nodes} nodes"))
                );
            }
            if !runs_one(node) {
                return Err(at
                    .problem(format!("{node} runs the same version as all others"))
                    .help(format!("write `faults: {{ {key}: OtherVersion }}`, or leave it out")));
            }
            // Inputs were given to the one version that all others run.
            let config = version.clone();
            let alone = Self { config, inputs: BTreeMap::new(), ..self.clone() };
            // A version that makes no sense in this world would only panic.
            if let Err(mut complaint) = P::admit(&alone)
                && let Some(first) = complaint.path.first()
                && first != "inputs"
            {
                let said_better = if first == "config" { 1 } else { complaint.path.len() };
                complaint.path.splice(..said_better, ["versions".to_owned(), key]);
                return Err(complaint);
            }
        }
        Ok(())
    }
}

/// The promise that every protocol makes without saying so: no panic, no message to a node that
/// does not exist, and no end of events at one instant.
pub const SOUND: &str = "soundness";
