//! Oral messages in networks that are not complete, OM(m,p).
//!
//! L. Lamport, R. Shostak, M. Pease, *The Byzantine Generals Problem*, ACM TOPLAS 4(3), 1982,
//! section 5.
//!
//! | the paper | here |
//! |---|---|
//! | G, the graph of who can send messages to whom | the world's `topology` |
//! | a regular set of neighbours of i; G is p-regular (definition 1) | `Graph::regular_set` |
//! | γ_{i,k}, a path from i to k that avoids the commander | `Graph::disjoint_paths` |
//! | OM(m,p) (0): choose a regular set N of p neighbours of the commander | `Routes::find` |
//! | OM(m,p) (1): the commander sends his value to every lieutenant in N | `command` |
//! | OM(m,p) (2A): m = 1, and i in N sends v_i to every other k along γ_{i,k} | `send_along` |
//! | OM(m,p) (2B): m > 1, and i in N acts as the commander in OM(m-1,p-1) without the commander | `act_as_commander` |
//! | OM(m,p) (3): k uses the majority of the p values of N | `om` |
//! | the value received, "or RETREAT if he received no value" | `v` |
//! | A1, A2, A3 | the world's links and timing, the transport's stamp on `from`, the end of a round |
//! | IC1, IC2 | [`Agreement`] among lieutenants, [`Obedience`] |
//! | Lemma 2, Theorem 3 | the assumptions of IC2 and IC1 |
//!
//! *What it costs*: p messages of the commander, and for m = 1 one of each of p lieutenants to each
//! of the n-2 others, each of which takes as many as its path has links. It lasts m rounds, and as
//! many more as the longest path has links. With n = 3m+1 everybody is linked to everybody, p is 3m,
//! and this is OM(m).
//!
//! *Deviations*: rounds are numbered from 0. Everybody knows the graph and comes to the same sets and
//! paths: the first set in the order of numbers, and paths of the fewest links in all. A value is
//! tagged with those who commanded and with who is to have it. The commander obeys his own order when
//! the lieutenants decide. Smaller p than 3m may be asked for, and excuse what breaks.
//!
//! The paper remarks that a p-regular graph less one node is (p-1)-regular. That is not so for each of
//! the nodes that are left: K3,3 less one is not 2-regular at the two others of the same camp. Nobody
//! commands there but neighbours of who was removed, and only for them it is asked here.

mod routes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use generals::{
    Adjacency, Agreement, Assumptions, Complaint, Integrity, Lockstep, NodeId, Obedience, Promises,
    Round, Rounds, Scenario, Signer, Termination, World,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Retreat};
use crate::one_leader::{self, COMMANDER};
use routes::{Graph, Irregular, Routes};

/// How many traitors, how many neighbours, and who commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// m: how many traitors are to be survived; at least 1.
    pub m: u16,
    /// p: how many neighbours the commander tells; 3m unless said otherwise, and at least m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<u16>,
    /// Who gives the order.
    pub commander: NodeId,
    /// The network's, once somebody has worked them out.
    #[serde(skip)]
    known: Known,
}

/// OM(1,3), commanded by n0.
impl Default for Config {
    fn default() -> Self {
        Self { m: 1, p: None, commander: NodeId(0), known: Known::default() }
    }
}

impl Config {
    fn p(&self) -> u16 {
        self.p.unwrap_or_else(|| self.m.saturating_mul(3))
    }

    fn routes(&self, nodes: u16, links: Option<&Adjacency>) -> Result<Arc<Routes>, Irregular> {
        if let Some(known) = self.known.0.get() {
            return Ok(known.clone());
        }
        let found = Arc::new(Routes::find(self.m, self.p(), self.commander, nodes, links)?);
        Ok(self.known.0.get_or_init(|| found).clone())
    }
}

/// What follows from the rest of the configuration and from the network, so that it need not be
/// worked out by each general in each run. A copy may come to another network and knows nothing.
#[derive(Debug, Default)]
struct Known(OnceLock<Arc<Routes>>);

impl Clone for Known {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}

/// "The order is `order`", said by the last of `path`, to whom it came through the others, the
/// commander first; and meant for `to`, whoever carries it there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    order: Order,
    path: Vec<NodeId>,
    to: NodeId,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} via", self.order)?;
        self.path.iter().try_for_each(|node| write!(f, " {node}"))?;
        write!(f, " for {}", self.to)
    }
}

const OM_1: &str = "OM(m,p) (1)";
const OM_2A: &str = "OM(m,p) (2A)";
const CARRY: &str = "OM(m,p) (2A), on the way";
const OM_2B: &str = "OM(m,p) (2B)";
const OM_3: &str = "OM(m,p) (3)";

/// One general of OM(m,p).
pub struct OralMessagesOnGraphs {
    order: Order,
    routes: Arc<Routes>,
    /// What was received, by those it came through.
    heard: BTreeMap<Vec<NodeId>, Order>,
    /// What others are to have, and who is the next to carry it.
    carried: Vec<(NodeId, Says)>,
    /// Whose value was carried, and for whom.
    done: BTreeSet<(Vec<NodeId>, NodeId)>,
}

// --- the algorithm

impl OralMessagesOnGraphs {
    /// OM(m,p) (1): the commander sends his value to every lieutenant in N.
    fn command(&mut self, cx: &mut Round<'_, '_, Self>) {
        cx.mark(OM_1);
        self.tell(&[cx.me()], self.order, cx);
    }

    /// To every lieutenant in the regular set of the last of `path`, who is me.
    fn tell(&self, path: &[NodeId], order: Order, cx: &mut Round<'_, '_, Self>) {
        for &to in &self.routes.regular[path] {
            cx.say(to, Says { order, path: path.to_vec(), to });
        }
    }

    /// Those who commanded before me if I am told something in the round before this one.
    fn told_by(&self, round: usize, me: NodeId) -> Vec<Vec<NodeId>> {
        let sets = self.routes.regular.iter();
        let mine = sets.filter(|(path, set)| path.len() == round && set.contains(&me));
        mine.map(|(path, _)| path.clone()).collect()
    }

    /// OM(m,p) (2B): I act as the commander of OM(m-1,p-1), without those who commanded before me,
    /// to send on what I was told.
    fn act_as_commander(&self, before: &[NodeId], cx: &mut Round<'_, '_, Self>) {
        cx.mark(OM_2B);
        self.tell(&[before, &[cx.me()]].concat(), self.v(before), cx);
    }

    /// OM(m,p) (2A): I send what I was told to every other lieutenant k along γ_{i,k}.
    fn send_along(&self, before: &[NodeId], cx: &mut Round<'_, '_, Self>) {
        cx.mark(OM_2A);
        let (path, order) = ([before, &[cx.me()]].concat(), self.v(before));
        for (&to, way) in self.routes.paths.get(&path).into_iter().flatten() {
            cx.say(way[1], Says { order, path: path.clone(), to });
        }
    }

    /// The value received along `path`, or RETREAT.
    fn v(&self, path: &[NodeId]) -> Order {
        self.heard.get(path).copied().unwrap_or(Retreat)
    }

    /// OM(m,p) (3): the majority of the values of N, the regular set of the last of `path`: what I
    /// was told if I am in it, and what I obtained from the others in step (2).
    fn om(&self, m: u16, path: &mut Vec<NodeId>, me: NodeId) -> Order {
        let mut votes = Vec::new();
        for &i in &self.routes.regular[path] {
            if i == me {
                votes.push(self.v(path));
                continue;
            }
            path.push(i);
            votes.push(if m == 1 { self.v(path) } else { self.om(m - 1, path, me) });
            path.pop();
        }
        Order::majority(votes)
    }
}

impl Rounds for OralMessagesOnGraphs {
    const NAME: &'static str = "om-graph";
    const ABOUT: &'static str = "oral messages OM(m,p) in a p-regular network: p >= 3m";
    const RULES: &'static [&'static str] = &[OM_1, OM_2A, CARRY, OM_2B, OM_3];
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;

    /// OM(m,p) (0): everybody comes to the same sets and paths.
    fn new(input: Option<Order>, cx: &Round<'_, '_, Self>) -> Self {
        let routes = cx.config().routes(cx.n(), cx.network());
        Self {
            order: input.unwrap_or_default(),
            routes: routes.expect("an irregular network is not admitted"),
            heard: BTreeMap::new(),
            carried: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        let routes = cx.config().routes(cx.n(), cx.network());
        let longest = routes.expect("an irregular network is not admitted").longest;
        u32::from(cx.config().m) + u32::try_from(longest).unwrap_or(u32::MAX) - 1
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let (m, round) = (usize::from(cx.config().m), round as usize);
        if round == 0 && cx.me() == cx.config().commander {
            return self.command(cx);
        }
        for (next, says) in std::mem::take(&mut self.carried) {
            cx.mark(CARRY);
            cx.say(next, says);
        }
        for before in self.told_by(round, cx.me()) {
            if round < m {
                self.act_as_commander(&before, cx);
            } else {
                self.send_along(&before, cx);
            }
        }
    }

    fn receive(&mut self, round: u32, from: NodeId, says: Says, cx: &mut Round<'_, '_, Self>) {
        let (m, round, me) = (usize::from(cx.config().m), round as usize, cx.me());
        if says.path.len() <= m {
            let told = self.routes.regular.get(&says.path).is_some_and(|set| set.contains(&me));
            let proper = says.path.last() == Some(&from) && says.path.len() == round + 1;
            if !told || !proper || says.to != me {
                return cx.discard("nothing that a commander of this round tells me");
            }
            self.heard.entry(says.path).or_insert(says.order);
            return;
        }
        let way = self.routes.paths.get(&says.path).and_then(|ways| ways.get(&says.to));
        let at = way.and_then(|way| way.iter().position(|node| *node == me)).unwrap_or(0);
        let Some(way) = way.filter(|way| at > 0 && way[at - 1] == from && m + at - 1 == round)
        else {
            return cx.discard("not on its path in this round");
        };
        // The first for each path counts.
        if !self.done.insert((says.path.clone(), says.to)) {
            return;
        }
        match way.get(at + 1) {
            Some(next) => self.carried.push((*next, says)),
            None => _ = self.heard.insert(says.path, says.order),
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        let (m, commander) = (cx.config().m, cx.config().commander);
        if cx.me() == commander {
            return self.order;
        }
        cx.mark(OM_3);
        self.om(m, &mut vec![commander], cx.me())
    }

    // --- promises and lies

    fn promises(config: &Config) -> Promises<Lockstep<Self>> {
        let (m, p, commander) = (config.m, config.p(), config.commander);
        Promises::none()
            .and(Agreement::default().named("IC1").except(commander))
            .under(theorem_3(m, p))
            .and(Obedience::to(commander).named("IC2"))
            .under(lemma_2(m, p))
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let (config, world) = (&scenario.config, &scenario.world);
        one_leader::admit(scenario, config.commander, &COMMANDER)?;
        affordable(config, world.nodes)?;
        regular(config, world)
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        says.order = says.order.opposite();
        true
    }
}

/// Theorem 3: IC1 and IC2 hold if p is at least 3m and there are at most m traitors.
fn theorem_3(m: u16, p: u16) -> Assumptions {
    let assumptions = Assumptions::synchronous().byzantine(m.into()).any_connected_graph();
    let enough = u32::from(p) >= 3 * u32::from(m);
    assumptions.when(format!("p >= {}", 3 * u32::from(m)), move |_: &World| enough)
}

/// Lemma 2: IC2 holds if p is at least 2k + m and there are at most k traitors.
fn lemma_2(m: u16, p: u16) -> Assumptions {
    let assumptions = Assumptions::synchronous().any_byzantine().any_connected_graph();
    assumptions.when(format!("p >= 2k + {m} for k traitors"), move |world: &World| {
        usize::from(p) >= 2 * world.faults.len() + usize::from(m)
    })
}

/// The largest network whose paths are looked for.
const LARGEST: u16 = 64;

/// The most messages that lieutenants may have for each other, each of which is one or more on the way.
const AFFORDABLE: u64 = 500_000;

/// Refuses what makes no sense or would explode.
fn affordable(config: &Config, n: u16) -> Result<(), Complaint> {
    let (m, p) = (config.m, config.p());
    if m == 0 {
        return Err(Complaint::at(["config", "m"])
            .problem("OM(0,p) does not exist")
            .help("the algorithm is for m of at least 1: for no traitors take SM(m+d-1)"));
    }
    if p < m {
        return Err(Complaint::at(["config", "p"])
            .problem(format!("OM({m},{p}): each of {m} recursions takes a neighbour away"))
            .help(format!("take a p of at least {m}; at least {} is safe", 3 * u32::from(m))));
    }
    if n > LARGEST {
        return Err(Complaint::at(["world", "nodes"])
            .problem(format!("to find the paths of {n} generals would take too long"))
            .help(format!("at most {LARGEST} are looked at")));
    }
    let chains = (0..m).map(|i| u64::from(p - i)).fold(1, u64::saturating_mul);
    let messages = chains.saturating_mul(n.into());
    if messages > AFFORDABLE {
        return Err(Complaint::at(["config", "m"])
            .problem(format!("OM({m},{p}) among {n} generals would need some {messages} messages"))
            .help(format!("some {AFFORDABLE} are run; take a smaller m or fewer nodes")));
    }
    Ok(())
}

/// Refuses a network that is not p-regular, or in which somebody cannot command who has to.
fn regular(config: &Config, world: &World) -> Result<(), Complaint> {
    let (nodes, p) = (world.nodes, config.p());
    let links = world.topology.adjacency(nodes);
    let complain = |Irregular { node, removed, neighbours, example }: Irregular| {
        let without = match removed.as_slice() {
            [] => String::new(),
            removed => format!(" without {}", and(removed)),
        };
        let p = usize::from(p) - removed.len();
        let needs = format!("{node} has no regular set of {p} neighbours{without}");
        let graph = format!("{} is not {p}-regular{without}", world.topology);
        let at = Complaint::at(["world", "topology"]).problem(format!("the {graph}: {needs}"));
        at.help(match example {
            None => format!("it has {neighbours} neighbours, and needs {p}"),
            Some((set, k, paths)) => {
                let lead = match paths {
                    0 => "no path leads".to_owned(),
                    1 => "only 1 path leads".to_owned(),
                    paths => format!("only {paths} disjoint paths lead"),
                };
                format!(
                    "without {node}, {lead} from {} to {k}, and no other choice among its {neighbours} \
                     neighbours was found to do better",
                    and(&set)
                )
            }
        })
    };
    for node in world.all() {
        let graph = Graph::whole(nodes, links.as_ref());
        graph.regular_set(node, usize::from(p)).map_err(complain)?;
    }
    config.routes(nodes, links.as_ref()).map(|_| ()).map_err(complain)
}

/// "n1, n2 and n3".
fn and(nodes: &[NodeId]) -> String {
    let names: Vec<String> = nodes.iter().map(NodeId::to_string).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
