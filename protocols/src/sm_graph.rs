//! Signed messages in networks that are not complete, SM(m+d-1).
//!
//! L. Lamport, R. Shostak, M. Pease, *The Byzantine Generals Problem*, ACM TOPLAS 4(3), 1982,
//! section 5, with the time-outs of section 6.
//!
//! | the paper | here |
//! |---|---|
//! | G, the graph of who can send messages to whom | the world's `topology` |
//! | d, the diameter of the subgraph formed by the loyal generals | [`Config`] |
//! | SM (1): the commander signs and sends his value to his neighbours | `command` |
//! | SM (2A): i receives v:0 and has no order yet | `first_order` |
//! | SM (2B): i receives v:0:j1:…:jk and v is not in V_i; if k < m+d-1, he passes it on | `new_order` |
//! | … to every neighbouring lieutenant other than j1, …, jk | `send` |
//! | SM (3): when no more messages arrive, i obeys choice(V_i) | `finish`, [`choice`] |
//! | wait until T0 + k(μ + τ) for a message with k signatures (section 6) | the time rule, in `chain::order` |
//! | IC1, IC2 | [`Agreement`] among lieutenants, [`Obedience`] |
//! | Theorem 4 | the assumptions of IC1 and IC2 |
//!
//! It is SM(m) of [`sm`](crate::sm) that talks to neighbours only and has more rounds, so that an
//! order which a loyal lieutenant has after m rounds comes to all others, d links further on.
//! Where oral messages need disjoint paths, signed ones need a single one among loyal generals. A
//! link that fails is one that is not there.
//!
//! *What it costs*: m+d rounds, and for each order that is about, at most one message in each
//! direction of a link.
//!
//! *Deviations*: rounds are numbered from 0. d is stated in the configuration, since no general knows
//! who is loyal; what breaks if it is stated too small is excused. With m = 0, SM(d-1) has d rounds.
//! The commander obeys his own order when the lieutenants decide. IC2 is promised for any number of
//! traitors, as long as orders get from the commander to every loyal lieutenant over at most m+d links
//! between loyal generals: the proof needs no more.

use std::collections::{BTreeMap, BTreeSet};

use generals::{
    Adversary, Agreement, Assumptions, Complaint, InRound, Integrity, Lockstep, NodeId, Obedience,
    Promises, Round, Rounds, Scenario, Signed, Signer, Termination, World,
};
use serde::{Deserialize, Serialize};

use crate::Plan;
use crate::chain::reveal::{self, REVEAL, Reveal};
use crate::chain::{self, Chain, after};
use crate::one_leader::{self, COMMANDER};
use crate::sm::choice;

/// How many traitors, how far apart the loyal are, and who commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// m: how many traitors are to be survived.
    pub m: u16,
    /// d: how many links at most, between loyal generals only, separate two of these; at least 1.
    pub d: u16,
    /// Who gives the order.
    pub commander: NodeId,
}

/// One traitor in a complete network, commanded by n0.
impl Default for Config {
    fn default() -> Self {
        Self { m: 1, d: 1, commander: NodeId(0) }
    }
}

impl Config {
    /// m+d: so many rounds has SM(m+d-1).
    const fn rounds(self) -> u32 {
        self.m as u32 + self.d as u32
    }
}

/// v:0:j1:…:jk.
pub type Message = Signed<Chain<Plan>>;

const SM_1: &str = "SM(m+d-1) (1)";
const SM_2A: &str = "SM(m+d-1) (2A)";
const SM_2B: &str = "SM(m+d-1) (2B)";
const SM_3: &str = "SM(m+d-1) (3)";

/// One general of SM(m+d-1).
pub struct SignedMessagesOnGraphs {
    order: Plan,
    /// V_i.
    v: BTreeSet<Plan>,
    /// What was received in this round and is to be passed on in the next, with who signed it.
    fresh: Vec<(Message, Vec<NodeId>)>,
}

// --- the algorithm

impl SignedMessagesOnGraphs {
    /// SM (1): the commander signs and sends his value to all neighbouring lieutenants.
    fn command(&self, cx: &mut Round<'_, '_, Self>) {
        cx.mark(SM_1);
        let signed = cx.sign(Chain::Value(self.order));
        cx.say_all(signed);
    }

    /// SM (2A): I receive v:0 from the commander and have no order yet.
    fn first_order(&mut self, v: Plan, message: Message, cx: &mut Round<'_, '_, Self>) {
        cx.mark(SM_2A);
        self.v.insert(v);
        self.fresh.push((message, vec![cx.config().commander]));
    }

    /// SM (2B): I receive v:0:j1:…:jk, and v is not in V_i.
    fn new_order(
        &mut self,
        v: Plan,
        message: Message,
        signers: Vec<NodeId>,
        cx: &mut Round<'_, '_, Self>,
    ) {
        cx.mark(SM_2B);
        self.v.insert(v);
        self.fresh.push((message, signers));
    }
}

impl Rounds for SignedMessagesOnGraphs {
    const NAME: &'static str = "sm-graph";
    const ABOUT: &'static str = "signed messages SM(m+d-1): the loyal are connected, by d links";
    const RULES: &'static [&'static str] = &[SM_1, SM_2A, SM_2B, SM_3];
    type Config = Config;
    type Input = Plan;
    type Value = Plan;
    type Message = Message;

    fn new(input: Option<Plan>, _: &Round<'_, '_, Self>) -> Self {
        Self { order: input.unwrap_or_default(), v: BTreeSet::new(), fresh: Vec::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        cx.config().rounds() - 1
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        if round == 0 && cx.me() == cx.config().commander {
            return self.command(cx);
        }
        // However many signatures there are: traitors may have signed before their time, and the
        // number of rounds is bound enough.
        for (message, signers) in std::mem::take(&mut self.fresh) {
            let signed = cx.sign(after(message));
            for to in cx.neighbours().filter(|to| !signers.contains(to)) {
                cx.say(to, signed.clone());
            }
        }
    }

    fn receive(
        &mut self,
        round: u32,
        from: NodeId,
        message: Message,
        cx: &mut Round<'_, '_, Self>,
    ) {
        let commander = cx.config().commander;
        let (&v, signers) = match chain::order(&message, cx.verifier(), commander, cx.me(), round) {
            Ok(shown) => shown,
            Err(why) => return cx.discard(why),
        };
        if self.v.contains(&v) {
            return;
        }
        if signers.len() > 1 {
            return self.new_order(v, message, signers, cx);
        }
        if from != commander || !self.v.is_empty() {
            return cx.discard("not the commander's first order");
        }
        self.first_order(v, message, cx);
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Plan {
        if cx.me() == cx.config().commander {
            return self.order;
        }
        cx.mark(SM_3);
        choice(&self.v)
    }

    // --- promises and lies

    fn promises(&config: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default().named("IC1").except(config.commander))
            .under(theorem_4(config))
            .and(Obedience::to(config.commander).named("IC2"))
            .under(reached(config))
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let (config, world) = (&scenario.config, &scenario.world);
        one_leader::admit(scenario, config.commander, &COMMANDER)?;
        sensible(*config, world.nodes)?;
        connected(world)
    }

    fn lie(message: &mut Message, by: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        chain::lie(message, by, pick, |v, pick| v.another(pick))
    }

    const ATTACKS: &'static [&'static str] = &[REVEAL];

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Message>>>> {
        (name == REVEAL).then(|| Box::new(Reveal::of(reveal::another)) as Box<_>)
    }
}

/// Theorem 4: IC1 and IC2 hold if there are at most m traitors and the loyal generals form a
/// subgraph of diameter d.
fn theorem_4(Config { m, d, .. }: Config) -> Assumptions {
    let assumptions = Assumptions::synchronous().byzantine(m.into()).any_connected_graph();
    assumptions.when("loyal generals at most d links apart", move |world: &World| {
        let mut loyal = world.all().filter(|node| world.is_correct(*node));
        loyal.all(|one| furthest(world, one).is_some_and(|links| links <= u32::from(d)))
    })
}

/// What IC2 takes: every loyal lieutenant within reach of the commander.
fn reached(config: Config) -> Assumptions {
    let assumptions = Assumptions::synchronous().any_byzantine().any_connected_graph();
    let text = "loyal generals at most m + d links from the commander";
    assumptions.when(text, move |world: &World| {
        !world.is_correct(config.commander)
            || furthest(world, config.commander).is_some_and(|links| links <= config.rounds())
    })
}

/// How many links between loyal generals separate `one` of them from the loyal general who is
/// furthest away; nothing if there is no way.
fn furthest(world: &World, one: NodeId) -> Option<u32> {
    let away = ways(world, one);
    let mut loyal = world.all().filter(|node| world.is_correct(*node));
    loyal.try_fold(0, |most, node| away.get(&node).map(|links| most.max(*links)))
}

/// How many links between loyal generals separate `one` of them from each that there is a way to.
fn ways(world: &World, one: NodeId) -> BTreeMap<NodeId, u32> {
    let links = world.topology.adjacency(world.nodes);
    let linked = |a, b| links.as_ref().is_none_or(|links| links.linked(a, b));
    let mut away = BTreeMap::from([(one, 0)]);
    let mut frontier = vec![one];
    for steps in 1.. {
        let new: Vec<NodeId> = world
            .all()
            .filter(|node| world.is_correct(*node) && !away.contains_key(node))
            .filter(|node| frontier.iter().any(|at| linked(*at, *node)))
            .collect();
        if new.is_empty() {
            break;
        }
        away.extend(new.iter().map(|node| (*node, steps)));
        frontier = new;
    }
    away
}

/// The largest network whose ways are looked for.
const LARGEST: u16 = 200;

/// Refuses what makes no sense or would explode.
fn sensible(config: Config, n: u16) -> Result<(), Complaint> {
    let Config { m, d, .. } = config;
    let least = u32::from(m) + 2;
    if u32::from(n) < least {
        return Err(Complaint::at(["config", "m"])
            .problem(format!("{m} traitors need at least {least} generals, not {n}"))
            .help("with fewer there are no two loyal ones, and nothing to agree upon"));
    }
    if d == 0 {
        return Err(Complaint::at(["config", "d"])
            .problem("no two generals are 0 links apart")
            .help("d is 1 in a complete network"));
    }
    if config.rounds() >= u32::from(n) {
        return Err(Complaint::at(["config", "d"])
            .problem(format!("{n} generals, {m} of them traitors, are never {d} links apart"))
            .help(format!("SM(m+d-1) is SM({}) at most: take a smaller d", n - 2)));
    }
    if n > LARGEST {
        return Err(Complaint::at(["world", "nodes"])
            .problem(format!("to find the ways among {n} generals would take too long"))
            .help(format!("at most {LARGEST} are looked at")));
    }
    Ok(())
}

/// Refuses a network whose loyal generals cannot all hear of each other: no algorithm could help.
fn connected(world: &World) -> Result<(), Complaint> {
    let loyal: Vec<NodeId> = world.all().filter(|node| world.is_correct(*node)).collect();
    let Some(first) = loyal.first() else { return Ok(()) };
    let away = ways(world, *first);
    let Some(apart) = loyal.iter().find(|node| !away.contains_key(node)) else { return Ok(()) };
    let faulty: Vec<String> = world.faults.keys().map(NodeId::to_string).collect();
    let topology = &world.topology;
    let problem = match faulty.as_slice() {
        [] => format!("the {topology} falls apart: there is no way from {first} to {apart}"),
        faulty => format!(
            "the loyal generals of the {topology} fall apart: every way from {first} to {apart} \
             passes through {}",
            faulty.join(" or ")
        ),
    };
    let help = "loyal generals must be connected by links among themselves";
    Err(Complaint::at(["world", "topology"]).problem(problem).help(help))
}
