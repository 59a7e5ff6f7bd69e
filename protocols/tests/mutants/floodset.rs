//! `FloodSet` a second time, by who was heard to know what, and with mistakes.

use std::collections::BTreeSet;

use generals::testing::check;
use generals::{Agreement, Assumptions, Lockstep, NodeId, Promises, Round, Rounds};
use generals_protocols::FloodSet;
use generals_protocols::Order::{self, Retreat};
use generals_protocols::Proposed;
use serde::{Deserialize, Serialize};

use crate::{Killed, again, each_is_caught, same_in_runs, shipped};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Mutation {
    #[default]
    None,
    /// It ends a round early.
    OneRoundShort,
    /// What was not known at the beginning is not passed on.
    OwnOnly,
    /// Of several values, the one that came first is decided.
    FirstCome,
    /// The default is decided whatever is known.
    AlwaysDefault,
    /// No mistake: of several values, the greatest is decided instead of the default.
    Greatest,
    /// No mistake: the values that were told already are not told again.
    NewOnly,
    /// No mistake, but for the time it takes: a round more.
    OneRoundMore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    rounds: u16,
    mutation: Mutation,
}

impl Default for Config {
    fn default() -> Self {
        Self { rounds: 2, mutation: Mutation::None }
    }
}

#[derive(Default)]
struct FloodAgain {
    /// In the order in which they came.
    known: Vec<Order>,
    told: BTreeSet<Order>,
}

impl Rounds for FloodAgain {
    const NAME: &'static str = "floodset-again";
    const ABOUT: &'static str = "telling all one knows, once more";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Vec<Order>;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        Self { known: input.into_iter().collect(), told: BTreeSet::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        let rounds = u32::from(cx.config().rounds);
        match cx.config().mutation {
            Mutation::OneRoundShort => rounds - 2,
            Mutation::OneRoundMore => rounds,
            _ => rounds - 1,
        }
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let mut says = self.known.clone();
        match cx.config().mutation {
            Mutation::OwnOnly if round > 0 => says.truncate(1),
            Mutation::NewOnly => says.retain(|v| self.told.insert(*v)),
            _ => {}
        }
        cx.say_all(says);
    }

    fn receive(&mut self, _: u32, _: NodeId, says: Vec<Order>, _: &mut Round<'_, '_, Self>) {
        for v in says {
            if !self.known.contains(&v) {
                self.known.push(v);
            }
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        match (cx.config().mutation, &self.known[..]) {
            (Mutation::AlwaysDefault, _) | (_, []) => Retreat,
            (Mutation::FirstCome, known) => known[0],
            (_, [one]) => *one,
            (Mutation::Greatest, known) => known.iter().copied().max().unwrap_or(Retreat),
            _ => Retreat,
        }
    }

    fn promises(&Config { rounds, .. }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::uniform())
            .and(Proposed::default())
            .under(Assumptions::synchronous().crash_stop(u32::from(rounds) - 1))
    }
}

type Again = Lockstep<FloodAgain>;

const HALF_TOLD: &str = "floodset-n4-half-told";
const CHAIN: &str = "floodset-n4-chain";
const CRASHES: &str = "floodset-n5-crashes";

#[test]
fn two_implementations_of_floodset_are_the_same_in_every_run() {
    for name in [HALF_TOLD, CHAIN, CRASHES, "floodset-n4-one-round-less"] {
        let one = check::<Lockstep<FloodSet>>(&shipped(name, &[]));
        same_in_runs(&one, &again::<Again>(name, Mutation::None), 0..500);
    }
}

const KILLED: &[Killed<Mutation>] = &[
    (Mutation::OneRoundShort, CHAIN, &["uniform-agreement"]),
    (Mutation::OwnOnly, HALF_TOLD, &["uniform-agreement"]),
    // There, who hears of it does not live to tell.
    (Mutation::OwnOnly, CHAIN, &[]),
    (Mutation::FirstCome, CRASHES, &["uniform-agreement"]),
    (Mutation::AlwaysDefault, CRASHES, &["validity"]),
    // Where they do not show, they are not reported.
    (Mutation::AlwaysDefault, CHAIN, &[]),
];

#[test]
fn each_mistake_is_caught_by_a_shipped_scenario_within_500_runs() {
    each_is_caught(KILLED, 500, again::<Again>);
}

#[test]
fn what_only_looks_like_a_mistake_is_not_reported() {
    for mutation in [Mutation::None, Mutation::Greatest, Mutation::NewOnly, Mutation::OneRoundMore]
    {
        for name in [HALF_TOLD, CHAIN, CRASHES] {
            again::<Again>(name, mutation).seeds(0..1_000);
        }
    }
}
