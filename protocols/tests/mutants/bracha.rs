//! Bracha's broadcast a second time, by tallies of values, and with mistakes.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::check;
use generals::{Agreement, Assumptions, Cx, Integrity, NodeId, Promises, Protocol, Signer};
use generals_protocols::Bracha;
use generals_protocols::Order::{self, Attack, Retreat};
use generals_protocols::bracha::{NoCreation, Totality, Validity};
use serde::{Deserialize, Serialize};

use crate::{Killed, again, each_is_caught, same_in_every_run, same_in_runs, shipped};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// BR-1: t+1 echoes are enough; for t = 1 that is 2t, too.
    EchoesTPlus1,
    /// BR-1: 2t+1 echoes are enough, which is right for n = 3t+1 only.
    Echoes2TPlus1,
    /// BR-2: t+1 readies make nobody ready, nor echo.
    NoAmplification,
    /// An initial is believed whoever sends it.
    AnybodysInitial,
    /// t+1 readies are enough to accept.
    AcceptsTPlus1,
    /// No mistake: as many textbooks have it, only the initial makes a node echo, and who has not
    /// echoed may be ready.
    OnlyInitialEchoed,
    /// No mistake as long as n > 3t: n-t echoes and readies are enough.
    Available,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    t: u16,
    mutation: Mutation,
}

/// 0, 1, 2 for initial, echo, ready; whose broadcast; the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Says(u8, NodeId, Order);

/// Who said which value, and who said anything at all.
#[derive(Default)]
struct Tally {
    attack: BTreeSet<NodeId>,
    retreat: BTreeSet<NodeId>,
}

impl Tally {
    /// The first value of each node counts.
    fn add(&mut self, from: NodeId, v: Order) {
        if !(self.attack.contains(&from) || self.retreat.contains(&from)) {
            match v {
                Attack => self.attack.insert(from),
                Retreat => self.retreat.insert(from),
            };
        }
    }

    fn at_least(&self, enough: u16) -> Option<Order> {
        match (self.attack.len() >= enough.into(), self.retreat.len() >= enough.into()) {
            (true, _) => Some(Attack),
            (false, true) => Some(Retreat),
            (false, false) => None,
        }
    }
}

#[derive(Default)]
struct One {
    tallies: [Tally; 3],
    has_echoed: bool,
    is_ready: bool,
    has_accepted: bool,
}

#[derive(Default)]
struct BrachaAgain(BTreeMap<NodeId, One>);

impl BrachaAgain {
    /// Says it to the others and to itself, where it is heard at once.
    fn say(one: &mut One, says: Says, cx: &mut Cx<'_, Self>) {
        cx.multicast(says);
        one.tallies[usize::from(says.0)].add(cx.me(), says.2);
    }

    fn go_on(one: &mut One, sender: NodeId, cx: &mut Cx<'_, Self>) {
        let (Config { t, mutation }, n) = (*cx.config(), cx.n());
        let echoes = match mutation {
            Mutation::EchoesTPlus1 => t + 1,
            Mutation::Echoes2TPlus1 => 2 * t + 1,
            Mutation::Available => n - t,
            _ => (n + t + 1).div_ceil(2),
        };
        let accepts = match mutation {
            Mutation::AcceptsTPlus1 => t + 1,
            Mutation::Available => n - t,
            _ => 2 * t + 1,
        };
        let amplified = match mutation {
            Mutation::NoAmplification => None,
            _ => one.tallies[2].at_least(t + 1),
        };
        let initial = one.tallies[0].at_least(1);
        let others = one.tallies[1].at_least(echoes).or(amplified);
        let others = others.filter(|_| mutation != Mutation::OnlyInitialEchoed);
        if let Some(v) = initial.or(others)
            && !one.has_echoed
        {
            one.has_echoed = true;
            Self::say(one, Says(1, sender, v), cx);
        }
        let may = mutation == Mutation::OnlyInitialEchoed || one.has_echoed;
        if let Some(v) = one.tallies[1].at_least(echoes).or(amplified)
            && may
            && !one.is_ready
        {
            one.is_ready = true;
            Self::say(one, Says(2, sender, v), cx);
        }
        if let Some(v) = one.tallies[2].at_least(accepts)
            && one.is_ready
            && !one.has_accepted
        {
            one.has_accepted = true;
            cx.decide_at(sender.0.into(), v);
        }
    }
}

impl Protocol for BrachaAgain {
    const NAME: &'static str = "bracha-again";
    const ABOUT: &'static str = "reliable broadcast, by tallies";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    fn on_input(&mut self, v: Order, cx: &mut Cx<'_, Self>) {
        let me = cx.me();
        let one = self.0.entry(me).or_default();
        Self::say(one, Says(0, me, v), cx);
        Self::go_on(one, me, cx);
    }

    fn on_message(&mut self, from: NodeId, Says(kind, of, v): Says, cx: &mut Cx<'_, Self>) {
        if kind == 0 && of != from && cx.config().mutation != Mutation::AnybodysInitial {
            return;
        }
        let one = self.0.entry(of).or_default();
        let Some(tally) = one.tallies.get_mut(usize::from(kind)) else { return };
        tally.add(from, v);
        Self::go_on(one, of, cx);
    }

    fn promises(&Config { t, .. }: &Config) -> Promises<Self> {
        let t = u32::from(t);
        Promises::none()
            .and(Agreement::default())
            .and(NoCreation::default())
            .and(Integrity::default())
            .and(Validity::default())
            .and(Totality::default())
            .under(Assumptions::asynchronous().byzantine(t).more_than_nodes(3 * t))
    }

    fn lie(says: &mut Says, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        says.2 = says.2.opposite();
        true
    }
}

#[test]
fn two_implementations_of_the_broadcast_are_the_same_in_every_run() {
    let world = r#"inputs: { 0: [Attack, Retreat] }, world: (nodes: 3, adversary: Liar,
        timing: Synchronous(delta: "10ms", least: "10ms"), faults: { 0: Byzantine })"#;
    for (quorum, mutation) in [("Overlapping", Mutation::None), ("Available", Mutation::Available)]
    {
        let one = check::<Bracha>(&format!(
            r#"(protocol: "bracha", config: (t: 1, quorum: {quorum}), {world})"#
        ));
        let other = check::<BrachaAgain>(&format!(
            r#"(protocol: "bracha-again", config: (t: 1, mutation: {mutation:?}), {world})"#
        ));
        let runs = same_in_every_run(&one, &other);
        assert!(runs > 2 * 3_u64.pow(4), "{runs}");
    }
    for scenario in ["bracha-n4-asynchronous", "bracha-n5-lying-leader", "bracha-n7-crash"] {
        let one = check::<Bracha>(&shipped(scenario, &[]));
        same_in_runs(&one, &again::<BrachaAgain>(scenario, Mutation::None), 0..200);
    }
}

const KILLED: &[Killed<Mutation>] = &[
    // With n = 3t+1 two sets of 2t+1 readies share a correct node whatever made it ready, so what
    // too few echoes break there is totality.
    (Mutation::EchoesTPlus1, "bracha-n4-lying-leader", &["totality"]),
    (Mutation::EchoesTPlus1, "bracha-n5-lying-leader", &["agreement", "totality"]),
    (Mutation::Echoes2TPlus1, "bracha-n5-lying-leader", &["agreement", "totality"]),
    (Mutation::NoAmplification, "bracha-n4-lying-leader", &["totality"]),
    (Mutation::AcceptsTPlus1, "bracha-n4-lying-leader", &["totality"]),
    (Mutation::AnybodysInitial, "bracha-n4-impostor", &["no-creation"]),
    // Where it does not show, it is not reported.
    (Mutation::AnybodysInitial, "bracha-n4-lying-leader", &[]),
];

/// Within the first 500 seeds, as many as a scenario's expectations are held to.
#[test]
fn each_mistake_is_caught_by_a_shipped_scenario() {
    each_is_caught(KILLED, 500, again::<BrachaAgain>);
}

/// The scenarios of which n > 3t.
const WITHIN: &[&str] = &[
    "bracha-n4-lying-leader",
    "bracha-n5-lying-leader",
    "bracha-n4-asynchronous",
    "bracha-n7-crash",
];

#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [Mutation::None, Mutation::OnlyInitialEchoed, Mutation::Available] {
        for scenario in WITHIN {
            again::<BrachaAgain>(scenario, mutation).seeds(0..1_000);
        }
    }
    // For n = 3t+1, 2t+1 echoes are the right number.
    again::<BrachaAgain>("bracha-n4-lying-leader", Mutation::Echoes2TPlus1).seeds(0..1_000);
}
