//! `FloodSet`: consensus for crashes, in one round more than there are crashes.
//!
//! N. Lynch, *Distributed Algorithms*, 1996, section 6.2.1. That no protocol can do with fewer rounds
//! is section 6.7 (M. Fischer, N. Lynch, *A Lower Bound for the Time to Assure Interactive
//! Consistency*, Information Processing Letters 14(4), 1982).
//!
//! | the book | here |
//! |---|---|
//! | W: the values this process knows, at first its own | `FloodSet::w` |
//! | in each of the f+1 rounds: send W to all; add what arrives to W | `FloodSet::send`, `FloodSet::receive` |
//! | after f+1 rounds: if W is a singleton, decide its element, else the default v0 | `FloodSet::finish` |
//! | v0 | [`Order::Retreat`] |
//! | at most f processes stop | the assumption of every promise: [`Config::rounds`] less one |
//!
//! Why one more: in some round nobody crashes, and after it all W are equal. With as many rounds as
//! crashes there may be none: in each round whoever alone knows a value tells it one other, who alone
//! survives him.
//!
//! *Deviations*: the number of rounds is given, and with it how many crashes are survived: so what a
//! round less does can be run. Rounds are numbered from 0.

use std::fmt;

use generals::{
    Agreement, Assumptions, Complaint, Integrity, Lockstep, NodeId, Promises, Round, Rounds,
    Scenario, Termination,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Attack, Retreat};
use crate::Proposed;

/// How many rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// f+1: one more than the crashes that are to be survived; 1 to [`Config::MOST_ROUNDS`].
    pub rounds: u16,
}

/// Two rounds, for one crash.
impl Default for Config {
    fn default() -> Self {
        Self { rounds: 2 }
    }
}

impl Config {
    /// The most rounds a scenario may ask for.
    pub const MOST_ROUNDS: u16 = 10_000;
}

/// W: the values that a process knows of.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    attack: bool,
    retreat: bool,
}

impl Known {
    const fn only(v: Order) -> Self {
        match v {
            Attack => Self { attack: true, retreat: false },
            Retreat => Self { attack: false, retreat: true },
        }
    }

    const fn union(self, other: Self) -> Self {
        Self { attack: self.attack || other.attack, retreat: self.retreat || other.retreat }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.attack, self.retreat) {
            (true, true) => "{Attack, Retreat}",
            (true, false) => "{Attack}",
            (false, true) => "{Retreat}",
            (false, false) => "{}",
        })
    }
}

const FLOOD: &str = "send W to all";
const DECIDE_ONE: &str = "decide the element of W";
const DECIDE_DEFAULT: &str = "W is no singleton: decide v0";

/// One process.
pub struct FloodSet {
    w: Known,
}

impl Rounds for FloodSet {
    const NAME: &'static str = "floodset";
    const ABOUT: &'static str = "consensus for f crashes by f+1 rounds of telling all one knows";
    const RULES: &'static [&'static str] = &[FLOOD, DECIDE_ONE, DECIDE_DEFAULT];
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Known;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        Self { w: input.map_or_else(Known::default, Known::only) }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.config().rounds) - 1
    }

    fn send(&mut self, _: u32, cx: &mut Round<'_, '_, Self>) {
        cx.mark(FLOOD);
        cx.say_all(self.w);
    }

    fn receive(&mut self, _: u32, _: NodeId, known: Known, _: &mut Round<'_, '_, Self>) {
        self.w = self.w.union(known);
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        let one = [Attack, Retreat].into_iter().find(|v| self.w == Known::only(*v));
        cx.mark(if one.is_some() { DECIDE_ONE } else { DECIDE_DEFAULT });
        one.unwrap_or(Retreat)
    }

    // --- promises

    fn promises(&Config { rounds }: &Config) -> Promises<Lockstep<Self>> {
        let f = u32::from(rounds).saturating_sub(1);
        Promises::none()
            .and(Agreement::uniform())
            .and(Proposed::default())
            .under(Assumptions::synchronous().crash_stop(f))
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let rounds = scenario.config.rounds;
        if rounds == 0 || rounds > Config::MOST_ROUNDS {
            return Err(Complaint::at(["config", "rounds"])
                .problem(format!("{rounds} rounds cannot be run"))
                .help(format!("from 1, for no crash at all, to {}", Config::MOST_ROUNDS)));
        }
        match scenario.world.all().find(|node| !scenario.inputs.contains_key(node)) {
            Some(node) => Err(Complaint::at(["inputs"])
                .problem(format!("{node} is given no input, and every process begins with one"))
                .help("write `inputs: { 0: [Attack, Retreat], … }`, for every node")),
            None => Ok(()),
        }
    }
}
