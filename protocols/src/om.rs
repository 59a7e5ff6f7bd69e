//! Oral messages, OM(m).
//!
//! L. Lamport, R. Shostak, M. Pease, *The Byzantine Generals Problem*, ACM TOPLAS 4(3), 1982,
//! section 3.
//!
//! | the paper | here |
//! |---|---|
//! | OM(m) (1): the commander sends his value to every lieutenant | `Tree::command` |
//! | OM(m) (2): lieutenant i acts as the commander of OM(m-1) to send v_i to the n-2 others | `Tree::relay` |
//! | OM(m) (3): lieutenant i uses majority(v_1, …, v_{n-1}) | `Tree::om` |
//! | the value received, "or else RETREAT if he receives no value" | `Tree::v` |
//! | A1, A2, A3 | the world's links and timing, the transport's stamp on `from`, the end of a round |
//! | IC1, IC2 | [`Agreement`] among lieutenants, [`Obedience`] |
//! | Lemma 1, Theorem 1 | the assumptions of IC2 and IC1 |
//!
//! *Deviations*: rounds are numbered from 0. A value is tagged with the path it took, the commander
//! first and the sender last, as the paper suggests. The commander obeys his own order when the
//! lieutenants decide.

use std::collections::BTreeMap;
use std::fmt;

use generals::{
    Adversary, Agreement, Assumptions, Complaint, InRound, Integrity, Lockstep, NodeId, Obedience,
    Promises, Puppet, Realm, Round, Rounds, Scenario, Signer, Termination, World,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Retreat};
use crate::one_leader::{self, COMMANDER};

/// How many recursions, and who commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// m: how many traitors are to be survived.
    pub m: u16,
    /// Who gives the order.
    pub commander: NodeId,
}

/// OM(1), commanded by n0.
impl Default for Config {
    fn default() -> Self {
        Self { m: 1, commander: NodeId(0) }
    }
}

/// "The order is `order`", having passed through `path`: the commander first, the sender last.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    order: Order,
    path: Vec<NodeId>,
}

impl Says {
    /// The lie that can be told of an order: the other one.
    pub(crate) const fn twist(&mut self) {
        self.order = self.order.opposite();
    }
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} via", self.order)?;
        self.path.iter().try_for_each(|node| write!(f, " {node}"))
    }
}

const OM_1: &str = "OM(m) (1)";
const OM_2: &str = "OM(m) (2)";
pub(crate) const OM_3: &str = "OM(m) (3)";
pub(crate) const RULES: &[&str] = &[OM_1, OM_2, OM_3];

/// What one general has heard, by the path it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    heard: BTreeMap<Vec<NodeId>, Order>,
}

// --- the algorithm

impl Tree {
    /// OM(m) (1): the commander sends his value to every lieutenant.
    pub(crate) fn command<R: Rounds<Message = Says>>(
        &mut self,
        order: Order,
        cx: &mut Round<'_, '_, R>,
    ) {
        cx.mark(OM_1);
        let path = vec![cx.me()];
        self.heard.insert(path.clone(), order);
        cx.say_all(Says { order, path });
    }

    /// OM(m) (2), for every path of `length` generals that begins with `path`: I act as the
    /// commander of OM(m-1) to send the value received along it to everybody not on it.
    pub(crate) fn relay<R: Rounds<Message = Says>>(
        &self,
        path: &mut Vec<NodeId>,
        length: usize,
        cx: &mut Round<'_, '_, R>,
    ) {
        if path.contains(&cx.me()) {
            return;
        }
        if path.len() < length {
            for j in cx.others().filter(|j| !path.contains(j)).collect::<Vec<_>>() {
                path.push(j);
                self.relay(path, length, cx);
                path.pop();
            }
            return;
        }
        cx.mark(OM_2);
        let order = self.v(path);
        let told: Vec<NodeId> = cx.others().filter(|to| !path.contains(to)).collect();
        let path = [path.as_slice(), &[cx.me()]].concat();
        for to in told {
            cx.say(to, Says { order, path: path.clone() });
        }
    }

    /// Takes in a value of this round that `from` says; the first for each path counts.
    pub(crate) fn hear<R: Rounds<Message = Says>>(
        &mut self,
        round: u32,
        from: NodeId,
        Says { order, path }: Says,
        cx: &mut Round<'_, '_, R>,
    ) {
        let distinct = path.iter().enumerate().all(|(i, j)| !path[..i].contains(j));
        let proper = path.len() == round as usize + 1 && path.last() == Some(&from);
        if !proper || !distinct || path.contains(&cx.me()) {
            return cx.discard("not a path of this round");
        }
        self.heard.entry(path).or_insert(order);
    }

    /// The value received along `path`, or else RETREAT.
    fn v(&self, path: &[NodeId]) -> Order {
        self.heard.get(path).copied().unwrap_or(Retreat)
    }

    /// OM(m) (3): majority(v_1, …, v_{n-1}), where v_i is the value received directly, and v_j was
    /// obtained from lieutenant j by OM(m-1).
    pub(crate) fn om<R: Rounds>(
        &self,
        m: u16,
        path: &mut Vec<NodeId>,
        cx: &Round<'_, '_, R>,
    ) -> Order {
        if m == 0 {
            return self.v(path);
        }
        let mut votes = vec![self.v(path)];
        for j in cx.others() {
            if path.contains(&j) {
                continue;
            }
            path.push(j);
            votes.push(self.om(m - 1, path, cx));
            path.pop();
        }
        Order::majority(votes)
    }
}

/// One general of OM(m).
pub struct OralMessages {
    order: Order,
    tree: Tree,
}

impl Rounds for OralMessages {
    const NAME: &'static str = "om";
    const ABOUT: &'static str = "oral messages OM(m): n > 3m generals survive m traitors";
    const RULES: &'static [&'static str] = RULES;
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        Self { order: input.unwrap_or_default(), tree: Tree::default() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.config().m)
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let commander = cx.config().commander;
        match (round, cx.me() == commander) {
            (0, true) => self.tree.command(self.order, cx),
            (0, false) | (_, true) => {}
            (_, false) => self.tree.relay(&mut vec![commander], round as usize, cx),
        }
    }

    fn receive(&mut self, round: u32, from: NodeId, says: Says, cx: &mut Round<'_, '_, Self>) {
        if says.path.first() != Some(&cx.config().commander) {
            return cx.discard("not a path from the commander");
        }
        self.tree.hear(round, from, says, cx);
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        let &Config { m, commander } = cx.config();
        if cx.me() == commander {
            return self.order;
        }
        cx.mark(OM_3);
        self.tree.om(m, &mut vec![commander], cx)
    }

    // --- promises and lies

    fn promises(&Config { m, commander }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default().named("IC1").except(commander))
            .under(theorem_1(m))
            .and(Obedience::to(commander).named("IC2"))
            .under(lemma_1(m))
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let (&Config { m, commander }, world) = (&scenario.config, &scenario.world);
        one_leader::admit(scenario, commander, &COMMANDER)?;
        affordable(m, world.nodes, 1)
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        says.twist();
        true
    }

    const ATTACKS: &'static [&'static str] = &[LAST_ROUND];

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Says>>>> {
        (name == LAST_ROUND).then(|| Box::new(LastRound) as Box<dyn Adversary<InRound<Says>>>)
    }
}

const LAST_ROUND: &str = "last-round";

/// An attack on OM(1): traitors tell the truth as long as anybody could still pass on what they said,
/// and the opposite in the round after which nobody speaks any more.
struct LastRound;

impl Adversary<InRound<Says>> for LastRound {
    fn speak(
        &mut self,
        by: Puppet,
        to: NodeId,
        mut want: InRound<Says>,
        realm: &mut dyn Realm<InRound<Says>>,
    ) {
        if want.round > 0 {
            want.body.twist();
        }
        realm.send(by.of, to, want);
    }
}

/// Theorem 1: IC1 and IC2 hold if there are more than 3m generals and at most m traitors.
pub(crate) fn theorem_1(m: u16) -> Assumptions {
    Assumptions::synchronous().byzantine(m.into()).more_than_nodes(3 * u32::from(m))
}

/// Lemma 1: IC2 holds if there are more than 2k + m generals and at most k traitors.
pub(crate) fn lemma_1(m: u16) -> Assumptions {
    Assumptions::synchronous()
        .any_byzantine()
        .when(format!("n > 2k + {m} for k traitors"), move |world: &World| {
            usize::from(world.nodes) > 2 * world.faults.len() + usize::from(m)
        })
}

/// The most messages a run may take.
const AFFORDABLE: u128 = 5_000_000;

/// Σ_{k=1}^{m+1} (n-1)(n-2)…(n-k): what OM(m) costs, all rounds together.
fn cost(m: u16, n: u16) -> u128 {
    let mut round: u128 = 1;
    let mut total: u128 = 0;
    for k in 1..=u128::from(m) + 1 {
        round = round.saturating_mul(u128::from(n).saturating_sub(k));
        total = total.saturating_add(round);
    }
    total
}

/// Refuses what makes no sense or would explode.
pub(crate) fn affordable(m: u16, n: u16, instances: u16) -> Result<(), Complaint> {
    let at = Complaint::at(["config", "m"]);
    if n < m.saturating_add(2) {
        return Err(at
            .problem(format!("OM({m}) needs at least {} generals, not {n}", u32::from(m) + 2))
            .help("every recursion takes one more general off the path"));
    }
    let messages = cost(m, n).saturating_mul(instances.into());
    if messages > AFFORDABLE {
        return Err(at
            .problem(format!("OM({m}) among {n} generals would need {messages} messages"))
            .help(format!("at most {AFFORDABLE} are run; take a smaller m or fewer nodes")));
    }
    Ok(())
}
