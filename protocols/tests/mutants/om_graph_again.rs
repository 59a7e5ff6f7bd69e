//! OM(1,p) a second time, with paths that are found by trying all of them; and with a mistake on
//! request.

use std::collections::BTreeMap;

use generals::{
    Agreement, Assumptions, Lockstep, NodeId, Obedience, Promises, Round, Rounds, Signer,
};
use generals_protocols::Order;
use serde::{Deserialize, Serialize};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mutation {
    /// Nothing.
    #[default]
    None,
    /// Everybody takes the shortest way to everybody, whoever else goes there.
    Shortest,
    /// Paths are disjoint, but may lead through the commander.
    ThroughCommander,
    /// OM-1: the commander's order is not passed on; who is no neighbour hears nothing.
    TooShallow,
    /// OM-2: who is told by the commander leaves that out of the majority.
    OwnLeftOut,
    /// No mistake if one is faulty: what did not come is not counted, instead of as RETREAT.
    Abstention,
    /// No mistake: of all disjoint paths, the longest.
    LongWays,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    m: u16,
    mutation: Mutation,
}

/// An order, along this path from a neighbour of the commander to who is to have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Along {
    order: Order,
    path: Vec<NodeId>,
}

/// One general; n0 commands.
pub(crate) struct OmGraphAgain {
    order: Order,
    told: Option<Order>,
    /// For whom, and the paths to him, one from each neighbour of the commander.
    paths: BTreeMap<NodeId, Vec<Vec<NodeId>>>,
    heard: BTreeMap<Vec<NodeId>, Order>,
    carried: Vec<Along>,
}

const COMMANDER: NodeId = NodeId(0);

type Linked<'a> = &'a dyn Fn(NodeId, NodeId) -> bool;

/// All paths from the last of `path` to `k` that avoid what is on it and `not`.
fn all_paths(
    n: u16,
    linked: Linked<'_>,
    path: &mut Vec<NodeId>,
    k: NodeId,
    not: &[NodeId],
    found: &mut Vec<Vec<NodeId>>,
) {
    let at = *path.last().expect("a beginning");
    if at == k {
        return found.push(path.clone());
    }
    for next in NodeId::all(n).filter(|next| linked(at, *next)) {
        if !path.contains(&next) && !not.contains(&next) {
            path.push(next);
            all_paths(n, linked, path, k, not, found);
            path.pop();
        }
    }
}

/// The first family of paths that share nothing but their end, each chosen out of its candidates.
fn disjoint(candidates: &[Vec<Vec<NodeId>>]) -> Option<Vec<Vec<NodeId>>> {
    let Some((first, rest)) = candidates.split_first() else { return Some(Vec::new()) };
    first.iter().find_map(|path| {
        let apart = |other: &&Vec<NodeId>| {
            path[..path.len() - 1].iter().all(|node| !other[..other.len() - 1].contains(node))
        };
        let left: Vec<Vec<Vec<NodeId>>> =
            rest.iter().map(|paths| paths.iter().filter(apart).cloned().collect()).collect();
        let mut family = disjoint(&left)?;
        family.insert(0, path.clone());
        Some(family)
    })
}

/// One path from each neighbour of the commander to `k`.
fn paths_to(k: NodeId, n: u16, linked: Linked<'_>, mutation: Mutation) -> Vec<Vec<NodeId>> {
    let near = NodeId::all(n).filter(|i| linked(COMMANDER, *i));
    let not: &[NodeId] = if mutation == Mutation::ThroughCommander { &[] } else { &[COMMANDER] };
    let candidates = near.map(|i| {
        let mut found = Vec::new();
        all_paths(n, linked, &mut vec![i], k, not, &mut found);
        found.sort_by_key(Vec::len);
        if mutation == Mutation::LongWays {
            found.reverse();
        }
        found
    });
    let candidates: Vec<Vec<Vec<NodeId>>> = candidates.collect();
    if mutation == Mutation::Shortest {
        return candidates.into_iter().map(|mut paths| paths.swap_remove(0)).collect();
    }
    disjoint(&candidates).expect("p-regular")
}

impl Rounds for OmGraphAgain {
    const NAME: &'static str = "om-graph-again";
    const ABOUT: &'static str = "oral messages in networks, by trying all paths";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Along;

    fn new(input: Option<Order>, cx: &Round<'_, '_, Self>) -> Self {
        let (n, network, mutation) = (cx.n(), cx.network(), cx.config().mutation);
        let linked = |a: NodeId, b: NodeId| network.is_none_or(|links| links.linked(a, b));
        let to = NodeId::all(n).filter(|k| *k != COMMANDER);
        let paths = to.map(|k| (k, paths_to(k, n, &linked, mutation))).collect();
        let (heard, carried) = (BTreeMap::new(), Vec::new());
        Self { order: input.unwrap_or_default(), told: None, paths, heard, carried }
    }

    /// No path is longer.
    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.n())
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let me = cx.me();
        if round == 0 && me == COMMANDER {
            return cx.say_all(Along { order: self.order, path: Vec::new() });
        }
        for along in std::mem::take(&mut self.carried) {
            let at = along.path.iter().position(|node| *node == me).expect("on the path");
            cx.say(along.path[at + 1], along);
        }
        if round == 1 && cx.config().mutation != Mutation::TooShallow {
            let order = self.told.unwrap_or_default();
            for path in self.paths.values().flatten().filter(|p| p.len() > 1 && p[0] == me) {
                cx.say(path[1], Along { order, path: path.clone() });
            }
        }
    }

    fn receive(&mut self, round: u32, from: NodeId, along: Along, cx: &mut Round<'_, '_, Self>) {
        if along.path.is_empty() {
            if round == 0 && from == COMMANDER {
                self.told.get_or_insert(along.order);
            }
            return;
        }
        let known = self.paths.values().flatten().any(|path| *path == along.path);
        let at = along.path.iter().position(|node| *node == cx.me()).unwrap_or(0);
        if !known || at == 0 || along.path[at - 1] != from || at != round as usize {
            return;
        }
        if at + 1 == along.path.len() {
            self.heard.entry(along.path).or_insert(along.order);
        } else if !self.carried.iter().any(|other| other.path == along.path) {
            self.carried.push(along);
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        if cx.me() == COMMANDER {
            return self.order;
        }
        let mutation = cx.config().mutation;
        let default = (mutation != Mutation::Abstention).then_some(Order::Retreat);
        let vote = |path: &Vec<NodeId>| match (path.len(), mutation) {
            (1, Mutation::OwnLeftOut) => None,
            (1, _) => self.told.or(default),
            _ => self.heard.get(path).copied().or(default),
        };
        Order::majority(self.paths[&cx.me()].iter().filter_map(vote))
    }

    fn promises(_: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default().named("IC1").except(COMMANDER))
            .under(Assumptions::synchronous().byzantine(1).any_connected_graph())
            .and(Obedience::to(COMMANDER).named("IC2"))
            .under(Assumptions::synchronous().byzantine(1).any_connected_graph())
    }

    fn lie(along: &mut Along, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        along.order = along.order.opposite();
        true
    }
}
