//! Ben-Or a second time, from a log of all messages, and with mistakes.

use generals::testing::check;
use generals::{
    Agreement, Assumptions, Cx, Integrity, NodeId, Promises, Protocol, Signer, Termination,
    Validity,
};
use generals_protocols::BenOr;
use generals_protocols::Order::{self, Attack, Retreat};
use generals_protocols::Proposed;
use serde::{Deserialize, Serialize};

use crate::{Killed, again, each_is_caught, same_in_every_run, same_in_runs, shipped};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// BO-2: tosses a coin unless there are enough D-messages to decide.
    FlipsAnyway,
    /// BO-4: messages do not say of which round they are.
    NoRound,
    /// One D-message is enough to decide.
    DecidesOnOne,
    /// Who is given a value tosses a coin instead of proposing it.
    AlwaysTosses,
    /// Any value is good enough for a D-message, the one that is heard most.
    NoMajority,
    /// Whoever has decided stops, though others still wait for him.
    HaltsAtOnce,
    /// No mistake: whoever has decided takes part in one round more than he must.
    HaltsLater,
    /// No mistake: of more than N-t messages, those that came later are not looked at.
    LooksAtFirst,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Variant {
    #[default]
    FailStop,
    Byzantine,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    t: u16,
    variant: Variant,
    mutation: Mutation,
}

/// Of this round: whether of the second phase, and the value, of which the second phase may have
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Says(u32, bool, Option<Order>);

#[derive(Default)]
struct BenOrAgain {
    x: Order,
    round: u32,
    second: bool,
    log: Vec<(NodeId, Says)>,
    decided_in: Option<u32>,
    done: bool,
}

impl BenOrAgain {
    fn say(&mut self, value: Option<Order>, cx: &mut Cx<'_, Self>) {
        let says = Says(self.round, self.second, value);
        cx.multicast(says);
        self.log.push((cx.me(), says));
    }

    /// What I have heard in this phase, once from each.
    fn heard(&self, mutation: Mutation, awaited: usize) -> Vec<Option<Order>> {
        let mut by = Vec::new();
        let mut values = Vec::new();
        for (from, Says(round, second, value)) in &self.log {
            let now = *round == self.round || mutation == Mutation::NoRound;
            if now && *second == self.second && !by.contains(from) {
                by.push(*from);
                values.push(*value);
            }
        }
        if mutation == Mutation::LooksAtFirst {
            values.truncate(awaited);
        }
        values
    }

    fn go_on(&mut self, cx: &mut Cx<'_, Self>) {
        let (Config { t, variant, mutation }, n) = (*cx.config(), cx.n());
        let twice = if variant == Variant::Byzantine { n + t } else { n };
        while self.round > 0 && !self.done {
            let heard = self.heard(mutation, usize::from(n - t));
            if heard.len() < usize::from(n - t) {
                return;
            }
            if mutation == Mutation::NoRound {
                let second = self.second;
                self.log.retain(|(_, says)| says.1 != second);
            }
            let count = |v| heard.iter().filter(|value| **value == Some(v)).count();
            let (v, most) = if count(Attack) >= count(Retreat) {
                (Attack, count(Attack))
            } else {
                (Retreat, count(Retreat))
            };
            let majority = 2 * most > usize::from(twice);
            if self.second {
                let decides = match (mutation, variant) {
                    (Mutation::DecidesOnOne, _) => most > 0,
                    (_, Variant::FailStop) => most > usize::from(t),
                    (_, Variant::Byzantine) => majority,
                };
                self.end_of_round(v, most, decides, cx);
            } else {
                self.second = true;
                let says = majority || mutation == Mutation::NoMajority;
                self.say(says.then_some(v), cx);
                let extra = u32::from(mutation == Mutation::HaltsLater);
                self.done = self.decided_in.is_some_and(|round| self.round > round + extra);
            }
        }
    }

    fn end_of_round(&mut self, v: Order, most: usize, decides: bool, cx: &mut Cx<'_, Self>) {
        let Config { t, variant, mutation } = *cx.config();
        let adopt = if variant == Variant::Byzantine { usize::from(t) + 1 } else { 1 };
        let adopts = most >= adopt && (decides || mutation != Mutation::FlipsAnyway);
        if decides && self.decided_in.is_none() {
            cx.decide(v);
            self.decided_in = Some(self.round);
            self.done = mutation == Mutation::HaltsAtOnce;
        }
        self.x = match adopts {
            true => v,
            false if cx.coin(2) == 0 => Retreat,
            false => Attack,
        };
        if !self.done {
            self.round += 1;
            self.second = false;
            self.say(Some(self.x), cx);
        }
    }
}

impl Protocol for BenOrAgain {
    const NAME: &'static str = "ben-or-again";
    const ABOUT: &'static str = "randomised consensus, from a log";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    fn on_input(&mut self, x: Order, cx: &mut Cx<'_, Self>) {
        let tosses = cx.config().mutation == Mutation::AlwaysTosses;
        let x = if tosses && cx.coin(2) == 1 { x.opposite() } else { x };
        (self.x, self.round) = (x, 1);
        self.say(Some(x), cx);
        self.go_on(cx);
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        self.log.push((from, says));
        self.go_on(cx);
    }

    fn promises(&Config { t, variant, .. }: &Config) -> Promises<Self> {
        let t = u32::from(t);
        let all = Assumptions::asynchronous();
        match variant {
            Variant::FailStop => Promises::none()
                .and(Agreement::uniform())
                .and(Proposed::default())
                .and(Integrity::default())
                .and(Termination::default())
                .under(all.crash_stop(t).more_than_nodes(2 * t)),
            Variant::Byzantine => Promises::none()
                .and(Agreement::default())
                .and(Validity::default())
                .and(Integrity::default())
                .and(Termination::default())
                .under(all.byzantine(t).more_than_nodes(5 * t)),
        }
    }

    fn lie(says: &mut Says, _: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        says.2 = match *says {
            Says(_, false, v) => v.map(Order::opposite),
            Says(_, true, Some(v)) => [Some(v.opposite()), None][usize::from(pick(2) == 1)],
            Says(_, true, None) => [Some(Retreat), Some(Attack)][usize::from(pick(2) == 1)],
        };
        true
    }
}

/// The scenarios within the assumptions.
const WITHIN: &[&str] =
    &["ben-or-n4-calm", "ben-or-n3-asynchronous", "ben-or-n5-crashes", "ben-or-n6-liar"];

#[test]
fn two_implementations_of_ben_or_are_the_same_in_every_run() {
    for scenario in WITHIN.iter().chain(&["ben-or-n5-liar"]) {
        let one = check::<BenOr>(&shipped(scenario, &[]));
        same_in_runs(&one, &again::<BenOrAgain>(scenario, Mutation::None), 0..200);
    }
}

/// However the coins fall in the first three rounds.
#[test]
fn two_implementations_of_ben_or_are_the_same_whatever_the_coins_show() {
    let world = r#"config: (t: 1), inputs: { 0: [Attack, Retreat], 1: [Attack], 2: [Retreat] },
        world: (nodes: 3, timing: Synchronous(delta: "10ms", least: "10ms")),
        limits: (horizon: "75ms")"#;
    let one = check::<BenOr>(&format!(r#"(protocol: "ben-or", {world})"#));
    let other = check::<BenOrAgain>(&format!(r#"(protocol: "ben-or-again", {world})"#));
    let runs = same_in_every_run(&one, &other);
    assert!(runs > 2 * 4, "{runs}");
}

const KILLED: &[Killed<Mutation>] = &[
    // Who has decided goes home, and who has not waits for him then.
    (Mutation::FlipsAnyway, "ben-or-n3-asynchronous", &["uniform-agreement", "termination"]),
    (Mutation::FlipsAnyway, "ben-or-n5-crashes", &["uniform-agreement", "termination"]),
    (Mutation::NoRound, "ben-or-n3-asynchronous", &["uniform-agreement", "termination"]),
    (Mutation::DecidesOnOne, "ben-or-n3-asynchronous", &["uniform-agreement", "termination"]),
    (Mutation::NoMajority, "ben-or-n3-asynchronous", &["uniform-agreement", "termination"]),
    (Mutation::HaltsAtOnce, "ben-or-n5-crashes", &["termination"]),
    (Mutation::HaltsAtOnce, "ben-or-n6-liar", &["termination"]),
    (Mutation::AlwaysTosses, "ben-or-n4-calm", &["validity"]),
];

/// Within the first 500 seeds, as many as a scenario's expectations are held to.
#[test]
fn each_mistake_is_caught_by_a_shipped_scenario() {
    each_is_caught(KILLED, 500, again::<BenOrAgain>);
}

#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [Mutation::None, Mutation::HaltsLater, Mutation::LooksAtFirst] {
        for scenario in WITHIN {
            again::<BenOrAgain>(scenario, mutation).seeds(0..1_000);
        }
    }
}
