//! Partitions: the network falls apart for a while, or for good.
//!
//! A cut concerns what is sent while it lasts. What is already on its way when it begins still
//! arrives: it has left the place where the network breaks, or is taken to have.

use serde::{Deserialize, Serialize};

use crate::{Among, Chance, Choose, Complaint, Concern, NodeId, Span, Stream, Time};

/// A partition, as a scenario plans it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Partition {
    /// The network falls into these parts. Nodes in none of them reach everybody and are reached.
    Cut {
        /// The parts: at least 2, none empty, no node in two.
        between: Vec<Vec<NodeId>>,
        /// Whether only what the first part sends to the second is cut.
        #[serde(default, skip_serializing_if = "is_false")]
        one_way: bool,
        /// From when on.
        from: Time,
        /// Until when, if ever: what is sent at this instant crosses again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heals: Option<Time>,
        /// What becomes of what is sent across.
        #[serde(default)]
        crossing: Crossing,
        /// Whether nodes are told when it heals, each of every node it was cut off from.
        #[serde(default, skip_serializing_if = "is_false")]
        tell: bool,
    },
    /// One node is cut off from all others.
    Isolate {
        /// Which node.
        node: NodeId,
        /// From when on.
        from: Time,
        /// Until when, if ever: what is sent at this instant crosses again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heals: Option<Time>,
        /// What becomes of what is sent across.
        #[serde(default)]
        crossing: Crossing,
        /// Whether nodes are told when it heals, each of every node it was cut off from.
        #[serde(default, skip_serializing_if = "is_false")]
        tell: bool,
    },
    /// Each run chooses up to `most` cuts in two; the kindest chooses none. At random, each happens
    /// in every other run, every node is on either side, and instants and lengths are uniform.
    Random {
        /// How many cuts at most: up to [`Partition::MOST_CUTS`].
        most: u32,
        /// The latest instant at which one begins, counted from the beginning.
        within: Span,
        /// How long one lasts at most.
        longest: Span,
        /// What becomes of what is sent across.
        #[serde(default)]
        crossing: Crossing,
        /// Whether nodes are told when one heals, each of every node it was cut off from.
        #[serde(default, skip_serializing_if = "is_false")]
        tell: bool,
    },
}

/// What becomes of what is sent across a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crossing {
    /// It is lost.
    #[default]
    Lost,
    /// It is held, and sets out when the cut heals.
    Delayed,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One cut of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The part of each node, counted from 1; 0 for those that are in none.
    parts: Vec<u16>,
    /// How many parts there are.
    many: u16,
    one_way: bool,
    /// When it begins.
    pub from: Time,
    /// When it heals, if ever.
    pub heals: Option<Time>,
    /// What becomes of what is sent across.
    pub crossing: Crossing,
    /// Whether nodes are told when it heals.
    pub tell: bool,
}

/// What cuts make of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It sets out at this instant: now, or when the last cut that holds it heals.
    At(Time),
    /// It is lost.
    Lost {
        /// Whether the cut that took it never heals.
        for_good: bool,
    },
}

impl Cut {
    /// Whether what `from` sends to `to` has to cross, while the cut lasts.
    #[must_use]
    pub fn separates(&self, from: NodeId, to: NodeId) -> bool {
        let (a, b) = (self.parts[from.index()], self.parts[to.index()]);
        a != 0 && b != 0 && a != b && (!self.one_way || (a, b) == (1, 2))
    }

    /// Whether it lasts at `now`: from its first instant up to the one at which it heals.
    #[must_use]
    pub fn lasts(&self, now: Time) -> bool {
        self.from <= now && self.heals.is_none_or(|heals| now < heals)
    }

    /// The parts, each a list of nodes, and whether only the first is cut off from the second.
    #[must_use]
    pub fn in_words(&self) -> String {
        let part = |which: u16| {
            let nodes = self.parts.iter().enumerate().filter(|(_, part)| **part == which);
            nodes.map(|(i, _)| format!("n{i}")).collect::<Vec<_>>().join(" ")
        };
        let parts: Vec<String> = (1..=self.many).map(part).collect();
        parts.join(if self.one_way { " -> " } else { " | " })
    }

    /// The pairs that hear of each other again when it heals: (who is told, of whom), in order.
    pub fn reunited(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let nodes = u16::try_from(self.parts.len()).unwrap_or(u16::MAX);
        NodeId::all(nodes).flat_map(move |a| {
            let other_part = move |b: &NodeId| self.separates(a, *b) || self.separates(*b, a);
            NodeId::all(nodes).filter(other_part).map(move |b| (a, b))
        })
    }
}

/// What becomes of a message from `from` to `to` that is sent at `now`, given these cuts. Where it
/// is held, it may run into the next one. `met` is told of each cut that loses or holds it.
pub fn departure(
    cuts: &[Cut],
    (from, to): (NodeId, NodeId),
    now: Time,
    mut met: impl FnMut(usize),
) -> Departure {
    let mut at = now;
    loop {
        let in_the_way = |(_, cut): &(usize, &Cut)| cut.lasts(at) && cut.separates(from, to);
        // Who loses a message does so even if another would only hold it.
        let all = cuts.iter().enumerate().filter(in_the_way);
        let Some((which, cut)) = all.min_by_key(|(_, cut)| cut.crossing as u8) else {
            return Departure::At(at);
        };
        met(which);
        match cut {
            Cut { crossing: Crossing::Delayed, heals: Some(heals), .. } => at = *heals,
            cut => return Departure::Lost { for_good: cut.heals.is_none() },
        }
    }
}

impl Partition {
    /// The most cuts that a run may choose.
    pub const MOST_CUTS: u32 = 64;

    /// Adds the cuts of this partition to those of a run of `nodes` nodes.
    pub fn plan<C: Choose>(&self, nodes: u16, cuts: &mut Vec<Cut>, choose: &mut C) {
        let parts = vec![0; usize::from(nodes)];
        match self {
            Self::Cut { between, one_way, from, heals, crossing, tell } => {
                let mut parts = parts;
                for (part, nodes) in (1..).zip(between) {
                    nodes.iter().for_each(|node| parts[node.index()] = part);
                }
                let many = u16::try_from(between.len()).unwrap_or(u16::MAX);
                let (one_way, crossing, tell) = (*one_way, *crossing, *tell);
                cuts.push(Cut { parts, many, one_way, from: *from, heals: *heals, crossing, tell });
            }
            Self::Isolate { node, from, heals, crossing, tell } => {
                let mut parts = vec![2; usize::from(nodes)];
                parts[node.index()] = 1;
                let (crossing, tell) = (*crossing, *tell);
                cuts.push(Cut {
                    parts,
                    many: 2,
                    one_way: false,
                    from: *from,
                    heals: *heals,
                    crossing,
                    tell,
                });
            }
            Self::Random { most, within, longest, crossing, tell } => {
                for _ in 0..*most {
                    let length = (*within, *longest);
                    if let Some((parts, from, lasts)) = chosen(nodes, length, choose) {
                        let (crossing, tell) = (*crossing, *tell);
                        let heals = Some(from + lasts);
                        cuts.push(Cut {
                            parts,
                            many: 2,
                            one_way: false,
                            from,
                            heals,
                            crossing,
                            tell,
                        });
                    }
                }
            }
        }
    }

    pub(crate) fn validate(&self, i: usize, nodes: u16) -> Result<(), Complaint> {
        let i = i.to_string();
        let at = |field: &str| Complaint::at(["world", "partitions", &i, field]);
        let exists = |field: &str, node: NodeId| match node.0 < nodes {
            true => Ok(()),
            false => Err(at(field)
                .problem(format!("{node} does not exist in a world of {nodes} nodes"))
                .help(format!("the last node is n{}", nodes - 1))),
        };
        match self {
            Self::Cut { between, one_way, from, heals, crossing, .. } => {
                if between.len() < 2 || between.iter().any(Vec::is_empty) {
                    return Err(at("between")
                        .problem("a cut is between 2 parts at least, and none of them empty")
                        .help("write it like `between: [[0, 1], [2, 3]]`"));
                }
                if *one_way && between.len() > 2 {
                    return Err(at("one_way")
                        .problem(format!(
                            "one way from where to where? There are {} parts",
                            between.len()
                        ))
                        .help("a cut in one direction is between 2 parts"));
                }
                let mut seen = std::collections::BTreeSet::new();
                for &node in between.iter().flatten() {
                    exists("between", node)?;
                    if !seen.insert(node) {
                        return Err(at("between").problem(format!("{node} is listed twice")));
                    }
                }
                healing(at, *from, *heals, *crossing)
            }
            Self::Isolate { node, from, heals, crossing, .. } => {
                exists("node", *node)?;
                healing(at, *from, *heals, *crossing)
            }
            Self::Random { most, longest, .. } => {
                if *most == 0 || *most > Self::MOST_CUTS {
                    let most = Self::MOST_CUTS;
                    return Err(at("most").problem(format!("a run chooses 1 to {most} cuts")));
                }
                if *longest == Span::ZERO {
                    return Err(at("longest").problem("a cut that lasts no time cuts nothing"));
                }
                Ok(())
            }
        }
    }
}

fn healing(
    at: impl Fn(&str) -> Complaint,
    from: Time,
    heals: Option<Time>,
    crossing: Crossing,
) -> Result<(), Complaint> {
    match (heals, crossing) {
        (Some(heals), _) if heals <= from => Err(at("heals")
            .problem(format!("the cut heals at {heals}, before it has begun at {from}"))
            .help("`heals` is an instant, not a length")),
        (None, Crossing::Delayed) => Err(at("crossing")
            .problem("a cut that never heals cannot hold messages until it does")
            .help("say when it `heals`, or let what crosses be `Lost`")),
        _ => Ok(()),
    }
}

/// One cut in two that a run chooses, if it does: the sides, when, and for how long.
fn chosen<C: Choose>(
    nodes: u16,
    (within, longest): (Span, Span),
    choose: &mut C,
) -> Option<(Vec<u16>, Time, Span)> {
    let half = Among::Chance(Chance::ppm(Chance::WHOLE / 2));
    // Sides have no names, so that of n0 is given. What is asked about n0 is whether to cut at all.
    let mut side = |node: NodeId| choose.choose(Stream::node(Concern::Cut, node), half) == 1;
    let mut all = NodeId::all(nodes);
    if !all.next().is_some_and(&mut side) {
        return None;
    }
    let mut parts = vec![1];
    parts.extend(all.map(|node| if side(node) { 2 } else { 1 }));
    if !parts.contains(&2) {
        return None;
    }
    let first = NodeId(0);
    let mut length = |concern, span| {
        let among = Among::Length { span, grain: 3 };
        Span::nanos(choose.choose(Stream::node(concern, first), among))
    };
    let from = Time::ZERO + length(Concern::CutTime, within);
    let lasts = length(Concern::CutLength, longest);
    (lasts > Span::ZERO).then_some((parts, from, lasts))
}
