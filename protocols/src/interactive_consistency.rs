//! Interactive consistency: every general commands once.
//!
//! M. Pease, R. Shostak, L. Lamport, *Reaching Agreement in the Presence of Faults*, JACM 27(2),
//! 1980, here by running OM(m) of [`om`](crate::om) once for every general, side by side.
//!
//! | the paper | here |
//! |---|---|
//! | the private value V_p of p | its input, [`Order`] |
//! | the interactive consistency vector | [`Vector::entries`] |
//! | (1) nonfaulty processors compute the same vector | [`Agreement`] |
//! | (2) the element for a nonfaulty processor is its private value | [`TrueEntries`] |
//!
//! *Deviations*: the paper's own algorithm is replaced by its successor; and everybody goes on to
//! apply one deterministic function, the majority, to the vector, since that is what vectors are
//! for.

use std::collections::BTreeMap;
use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Fact, Integrity, Lockstep, NodeId, Promises, Property,
    Round, Rounds, Scenario, Signer, Termination, Witness, World,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Attack};
use crate::om::{OM_3, RULES, Says, Tree, affordable, lemma_1, theorem_1};

/// Interactive consistency: every general is commander once, all instances of OM(m) run side by
/// side, and everybody ends with a vector of everybody's orders.
pub struct InteractiveConsistency {
    order: Order,
    tree: Tree,
}

/// How many recursions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// m: how many traitors are to be survived.
    pub m: u16,
}

/// OM(1).
impl Default for Config {
    fn default() -> Self {
        Self { m: 1 }
    }
}

/// What a general ends with: the orders of all, and what he makes of them.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Vector {
    /// Entry i is what n_i ordered, as far as one can know.
    pub entries: Vec<Order>,
    /// The plan: the majority of the entries, the same for all who have the same entries.
    pub plan: Order,
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |order: &Order| if *order == Attack { 'A' } else { 'R' };
        let entries: String = self.entries.iter().map(letter).collect();
        write!(f, "{:?} by {entries}", self.plan)
    }
}

impl Rounds for InteractiveConsistency {
    const NAME: &'static str = "interactive-consistency";
    const ABOUT: &'static str = "every general commands an OM(m): all end with the same vector";
    const RULES: &'static [&'static str] = RULES;
    type Config = Config;
    type Input = Order;
    type Value = Vector;
    type Message = Says;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        Self { order: input.unwrap_or_default(), tree: Tree::default() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.config().m)
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        if round == 0 {
            return self.tree.command(self.order, cx);
        }
        for commander in cx.others() {
            self.tree.relay(&mut vec![commander], round as usize, cx);
        }
    }

    fn receive(&mut self, round: u32, from: NodeId, says: Says, cx: &mut Round<'_, '_, Self>) {
        self.tree.hear(round, from, says, cx);
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Vector {
        cx.mark(OM_3);
        let m = cx.config().m;
        let entry = |commander| {
            if commander == cx.me() {
                self.order
            } else {
                self.tree.om(m, &mut vec![commander], cx)
            }
        };
        let entries: Vec<Order> = NodeId::all(cx.n()).map(entry).collect();
        let plan = Order::majority(entries.iter().copied());
        Vector { entries, plan }
    }

    // --- promises and lies

    fn promises(&Config { m }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default())
            .under(theorem_1(m))
            .and(TrueEntries::default())
            .under(lemma_1(m))
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let nodes = scenario.world.nodes;
        affordable(scenario.config.m, nodes, nodes)
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        says.twist();
        true
    }
}

/// The entry of every loyal general, in the vector of every loyal general, is what he ordered (PSL80,
/// condition 2).
#[derive(Clone, Debug, Default)]
pub struct TrueEntries {
    orders: BTreeMap<NodeId, Order>,
}

impl Property<Lockstep<InteractiveConsistency>> for TrueEntries {
    fn name(&self) -> &'static str {
        "true-entries"
    }

    fn reset(&mut self) {
        self.orders.clear();
    }

    fn watch(
        &mut self,
        world: &World,
        fact: &Fact<'_, Lockstep<InteractiveConsistency>>,
    ) -> Result<(), Witness> {
        match fact {
            Fact::Proposed(node, order) if world.is_correct(*node) => {
                self.orders.insert(*node, **order);
            }
            Fact::Decided(node, _, vector) if world.is_correct(*node) => {
                for (loyal, order) in &self.orders {
                    let entry = vector.entries[loyal.index()];
                    if entry != *order {
                        return Err(Witness(format!(
                            "{node} has {entry} for {loyal}, who is loyal and ordered {order}"
                        )));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
