//! Signed messages, SM(m).
//!
//! L. Lamport, R. Shostak, M. Pease, *The Byzantine Generals Problem*, ACM TOPLAS 4(3), 1982,
//! section 4, with the time-outs of section 6.
//!
//! | the paper | here |
//! |---|---|
//! | x:i, the value x signed by general i; v:0:j1:…:jk | `Signed`, [`Chain`] |
//! | V_i, "the set of properly signed orders lieutenant i has received so far" | `SignedMessages::v` |
//! | SM(m) (1): the commander signs and sends his value to every lieutenant | `command` |
//! | SM(m) (2A): i receives v:0 and has no order yet | `first_order` |
//! | SM(m) (2B): i receives v:0:j1:…:jk and v is not in V_i; if k < m, he passes it on | `new_order` |
//! | SM(m) (3): when no more messages arrive, i obeys choice(V_i) | `finish`, [`choice`] |
//! | wait until T0 + k(μ + τ) for a message with k signatures (section 6) | the time rule, in `chain::order` |
//! | A1, A2, A3 | the world's links and timing, the transport's stamp on `from`, the end of a round |
//! | A4: signatures cannot be forged, and anyone can verify them | [`Signed`] |
//! | IC1, IC2 | [`Agreement`] among lieutenants, [`Obedience`] |
//! | Theorem 2 | the assumptions of IC1 and IC2 |
//!
//! **The time rule** is part of the algorithm. Section 4 alone does not say that a message with k
//! signatures must not be accepted after round k; without it, a commander who shows an order to one
//! lieutenant in the last round wins. More signatures than rounds have passed do no harm: the
//! traitors among themselves may sign as fast as they like.
//!
//! **Several instances** of the algorithm run side by side if the configuration says so. What the
//! commander signs is an order *and its number*, so that an order of one instance is nothing in
//! another.
//!
//! *What it costs*: in round k at most (n-1)(n-2)…(n-k) messages, as the paper counts paths; and,
//! since nobody passes on an order twice, at most (n-1) + w(n-1)(n-2) in all rounds together if w
//! different orders are about. If all are loyal it is (n-1)², whatever m is.
//!
//! *An attack* that lies about single messages cannot make: `reveal`, an order kept back until late.
//!
//! *Deviations*: rounds are numbered from 0. The m-th lieutenant signs as well, though the paper
//! remarks that he need not. The commander obeys his own order when the lieutenants decide. IC2 is
//! promised for any number of traitors: the proof of Theorem 2 needs no bound for it.

use std::collections::BTreeSet;
use std::fmt;

use generals::rounds::InRound;
use generals::{
    Adversary, Agreement, Assumptions, Complaint, Integrity, Lockstep, NodeId, Obedience, Promises,
    Round, Rounds, Scenario, Signed, Signer, Termination,
};
use serde::{Deserialize, Serialize};

use crate::Plan;
use crate::chain::reveal::{self, REVEAL, Reveal};
use crate::chain::{self, Chain, after};
use crate::one_leader::{self, COMMANDER};

/// How many traitors, how many orders, and who commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// m: how many traitors are to be survived.
    pub m: u16,
    /// Who gives the orders.
    pub commander: NodeId,
    /// How many instances of the algorithm run side by side, each with an order of its own.
    pub instances: u16,
}

/// SM(1), one order, commanded by n0.
impl Default for Config {
    fn default() -> Self {
        Self { m: 1, commander: NodeId(0), instances: 1 }
    }
}

/// An order for each instance. In a file, a list: `[Attack]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Orders(pub Vec<Plan>);

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, order) in self.0.iter().enumerate() {
            write!(f, "{}{order:?}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// v, as the commander signs it: an order, and which of his orders it is, so that none can pass for
/// another. Shown with its number unless that is 0.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Which of the instances it is for, from 0.
    pub instance: u16,
    /// What to do.
    pub order: Plan,
}

impl fmt::Debug for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instance {
            0 => self.order.fmt(f),
            instance => write!(f, "{:?}#{instance}", self.order),
        }
    }
}

/// v:0:j1:…:jk.
pub type Message = Signed<Chain<Numbered>>;

const SM_1: &str = "SM(m) (1)";
const SM_2A: &str = "SM(m) (2A)";
const SM_2B: &str = "SM(m) (2B)";
const SM_3: &str = "SM(m) (3)";

/// One general of SM(m).
pub struct SignedMessages {
    orders: Orders,
    /// V_i, for each instance.
    v: Vec<BTreeSet<Plan>>,
    /// What was received in this round and is to be passed on in the next, with who signed it.
    fresh: Vec<(Message, Vec<NodeId>)>,
}

// --- the algorithm

impl SignedMessages {
    /// SM(m) (1): the commander signs and sends his value to every lieutenant.
    fn command(&self, cx: &mut Round<'_, '_, Self>) {
        cx.mark(SM_1);
        for (instance, &order) in (0..).zip(&self.orders.0) {
            let signed = cx.sign(Chain::Value(Numbered { instance, order }));
            cx.say_all(signed);
        }
    }

    /// SM(m) (2A): I receive v:0 from the commander and have no order yet. I let V_i be {v}, and
    /// pass v:0:i on to every other lieutenant.
    fn first_order(&mut self, message: Message, v: &Numbered, cx: &mut Round<'_, '_, Self>) {
        cx.mark(SM_2A);
        self.v[usize::from(v.instance)].insert(v.order);
        self.pass_on(message, vec![cx.config().commander], cx);
    }

    /// SM(m) (2B): I receive v:0:j1:…:jk, and v is not in V_i. I add it, and pass v:0:j1:…:jk:i on
    /// to every lieutenant other than j1, …, jk.
    fn new_order(
        &mut self,
        message: Message,
        v: &Numbered,
        signers: Vec<NodeId>,
        cx: &mut Round<'_, '_, Self>,
    ) {
        cx.mark(SM_2B);
        self.v[usize::from(v.instance)].insert(v.order);
        self.pass_on(message, signers, cx);
    }

    /// In the next round, if k < m.
    fn pass_on(&mut self, message: Message, signers: Vec<NodeId>, cx: &Round<'_, '_, Self>) {
        let k = signers.len() - 1;
        if k < usize::from(cx.config().m) {
            self.fresh.push((message, signers));
        }
    }
}

/// choice(V): the order, if there is one only; RETREAT if there is none; else the median, or the
/// lower one of two. Only the set counts, not in which order it was filled.
#[must_use]
pub fn choice(v: &BTreeSet<Plan>) -> Plan {
    v.iter().nth(v.len().saturating_sub(1) / 2).copied().unwrap_or(Plan::Retreat)
}

impl Rounds for SignedMessages {
    const NAME: &'static str = "sm";
    const ABOUT: &'static str = "signed messages SM(m): any number of generals survives m traitors";
    const RULES: &'static [&'static str] = &[SM_1, SM_2A, SM_2B, SM_3];
    type Config = Config;
    type Input = Orders;
    type Value = Orders;
    type Message = Message;

    fn new(input: Option<Orders>, cx: &Round<'_, '_, Self>) -> Self {
        let instances = usize::from(cx.config().instances);
        Self {
            orders: input.unwrap_or_else(|| Orders(vec![Plan::Retreat; instances])),
            v: vec![BTreeSet::new(); instances],
            fresh: Vec::new(),
        }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.config().m)
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        if round == 0 && cx.me() == cx.config().commander {
            return self.command(cx);
        }
        for (message, signers) in std::mem::take(&mut self.fresh) {
            let signed = cx.sign(after(message));
            for to in cx.others().filter(|to| !signers.contains(to)) {
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
        let (v, signers) = match chain::order(&message, cx.verifier(), commander, cx.me(), round) {
            Ok(shown) => shown,
            Err(why) => return cx.discard(why),
        };
        let v = v.clone();
        match self.v.get(usize::from(v.instance)) {
            None => cx.discard("no such instance"),
            Some(known) if known.contains(&v.order) => {}
            Some(known) if signers.len() == 1 => {
                if from != commander || !known.is_empty() {
                    return cx.discard("not the commander's first order");
                }
                self.first_order(message, &v, cx);
            }
            Some(_) => self.new_order(message, &v, signers, cx),
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Orders {
        if cx.me() == cx.config().commander {
            return self.orders.clone();
        }
        cx.mark(SM_3);
        Orders(self.v.iter().map(choice).collect())
    }

    // --- promises and lies

    fn promises(&Config { m, commander, .. }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default().named("IC1").except(commander))
            .under(Assumptions::synchronous().byzantine(m.into()))
            .and(Obedience::to(commander).named("IC2"))
            .under(Assumptions::synchronous().any_byzantine())
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let config = &scenario.config;
        one_leader::admit(scenario, config.commander, &COMMANDER)?;
        for (node, alternatives) in &scenario.inputs {
            let at = Complaint::at(["inputs", &node.0.to_string()]);
            let instances = config.instances;
            let wrong = |orders: &&Orders| orders.0.len() != usize::from(instances);
            if let Some(orders) = alternatives.iter().find(wrong) {
                return Err(at
                    .problem(format!("{} orders for {instances} instances", orders.0.len()))
                    .help("an input is a list of one order for each instance, such as [Attack]"));
            }
        }
        sensible(config, scenario.world.nodes)
    }

    fn lie(message: &mut Message, by: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        chain::lie(message, by, pick, |v, pick| match pick(2) {
            0 => Numbered { instance: v.instance, order: v.order.another(pick) },
            _ => Numbered { instance: v.instance ^ 1, order: v.order },
        })
    }

    const ATTACKS: &'static [&'static str] = &[REVEAL];

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Message>>>> {
        let another =
            |v: &Numbered| Numbered { order: reveal::another(&v.order), instance: v.instance };
        (name == REVEAL).then(|| Box::new(Reveal::of(another)) as Box<_>)
    }
}

/// The most messages a run may take if all are loyal.
const AFFORDABLE: u64 = 5_000_000;

/// Refuses what makes no sense or would explode.
fn sensible(config: &Config, n: u16) -> Result<(), Complaint> {
    let &Config { m, instances, .. } = config;
    let least = u32::from(m) + 2;
    if u32::from(n) < least {
        return Err(Complaint::at(["config", "m"])
            .problem(format!("SM({m}) needs at least {least} generals, not {n}"))
            .help("with fewer there are no two loyal lieutenants, and nothing to agree upon"));
    }
    let at = Complaint::at(["config", "instances"]);
    let others = u64::from(n) - 1;
    match others * others * u64::from(instances) {
        0 => Err(at.problem("no instances, so there is nothing to decide")),
        messages if messages > AFFORDABLE => Err(at
            .problem(format!("{instances} orders to {others} lieutenants need {messages} messages"))
            .help(format!("at most {AFFORDABLE} are run; take fewer instances or fewer nodes"))),
        _ => Ok(()),
    }
}
