//! Randomised consensus.
//!
//! M. Ben-Or, *Another Advantage of Free Choice: Completely Asynchronous Agreement Protocols*, PODC
//! 1983: protocol A for fail-stop processes, protocol B for Byzantine ones.
//!
//! | the paper | here |
//! |---|---|
//! | x_P, the round r | `BenOr::x`, `BenOr::r` |
//! | 0 and 1 | [`Order::Retreat`] and [`Order::Attack`] |
//! | (1, r, x), (2, r, v, D), (2, r, ?) | [`Says`] |
//! | step 1: send (1, r, x_P) to all | `BenOr::step_1` |
//! | step 2: wait for N-t of (1, r, *); if more than N/2 have the same v, send (2, r, v, D), else (2, r, ?) | `BenOr::step_2` |
//! | step 3: wait for N-t of (2, r, *); (a) one D-message: x_P := v; (b) more than t: decide v; (c) none: x_P := a coin | `BenOr::step_3` |
//! | step 4: r := r+1, back to step 1 | `BenOr::step_4` |
//! | protocol B: more than (N+t)/2 in step 2, t+1 in (a), more than (N+t)/2 in (b) | [`Variant::Byzantine`] |
//!
//! Why it agrees: a decision for v in round r means that everybody sees enough D-messages for v to
//! begin round r+1 with x = v, and so decides v there at the latest. Why it ends: with chance 2^-N
//! or more in each round all coins fall alike, or not against those who saw a D-message.
//!
//! *Without coins*: with [`Coins::Alternating`] everybody knows what every coin will show. Then the
//! protocol is deterministic, and by Fischer, Lynch and Paterson (JACM 32, 1985) somebody can keep it
//! from deciding by nothing but the order in which messages arrive: see [`KEEP_BIVALENT`]. Where
//! messages are timely in the end, protocol A decides all the same if processes are
//! [`Config::patient`]. In round r they wait r times as long as a message is expected to take, which
//! some day is longer than a message takes and others lag behind. (Nobody goes on before N-t processes
//! have come as far, and from them the others have all they need; so nobody lags more and more.) From
//! then on all hear the same, and do the same.
//!
//! *Deviations*: the paper's processes go on for ever. Here whoever decides in round r takes part
//! in round r+1 and then halts, so that runs become quiet: by then everybody can decide, and nobody
//! waits for a message that is not sent. No message beyond the paper's is needed for that. What a
//! node tells itself, it knows at once and without a message. The rule of some lectures, to look for
//! N-t equal messages instead of a majority, is there as [`Variant::Unanimous`]. The paper's processes
//! have no clocks and are never patient; patience changes nothing but which N-t messages or more are
//! heard.
//!
//! *What is promised*: that a run ends has probability 1, which is no promise about a run that is
//! cut off: termination is `Undetermined` at the horizon, however unlucky the coins. It is broken
//! only if nothing is left to happen and somebody has not decided. Without coins it is promised of
//! protocol A with patient processes alone, and only where delays are bounded in the end.

mod scheduler;

use std::collections::BTreeMap;
use std::fmt;

use generals::{
    Adversary, Agreement, Assumptions, Complaint, Cx, Integrity, NodeId, Promises, Protocol,
    Scenario, Signer, Termination, Validity,
};
use serde::{Deserialize, Serialize};

use crate::Order::{self, Attack, Retreat};
use crate::Proposed;

pub use scheduler::KEEP_BIVALENT;

/// How many faults are to be survived, and of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// t: how many faulty nodes are to be survived.
    pub t: u16,
    /// How many messages are enough.
    pub variant: Variant,
    /// What step 3 (c) tosses.
    #[serde(skip_serializing_if = "Coins::are_fair")]
    pub coins: Coins,
    /// Whether steps 2 and 3, once N-t messages are there, wait for the others, too: in round r, r
    /// times as long as a message is expected to take.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
}

/// Protocol A, for one crash.
impl Default for Config {
    fn default() -> Self {
        Self { t: 1, variant: Variant::FailStop, coins: Coins::Fair, patient: false }
    }
}

/// The variants of the protocol, which differ in nothing but how many messages are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Variant {
    /// Protocol A: more than N/2 in step 2; one, and more than t, in step 3. N > 2t.
    FailStop,
    /// Protocol A as some lectures tell it: all of N-t, in step 2 and to decide. N > 2t.
    Unanimous,
    /// Protocol B: more than (N+t)/2 in step 2; t+1, and more than (N+t)/2, in step 3. N > 5t.
    Byzantine,
}

/// What shows when a process tosses a coin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coins {
    /// The paper's: each side with chance 1/2, each time anew.
    #[default]
    Fair,
    /// Retreat in odd rounds and Attack in even ones, for everybody: no chance at all.
    Alternating,
}

impl Coins {
    // serde hands this a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn are_fair(&self) -> bool {
        *self == Self::Fair
    }
}

/// What every alternating coin shows in round `r`.
const fn alternating(r: u32) -> Order {
    if r % 2 == 1 { Retreat } else { Attack }
}

/// How many messages that say the same are enough.
struct Enough {
    /// Step 2, to send a D-message.
    propose: usize,
    /// Step 3 (a), to take over its value.
    adopt: usize,
    /// Step 3 (b), to decide it.
    decide: usize,
}

impl Config {
    /// N-t: for how many messages a step waits.
    fn awaited(self, n: u16) -> usize {
        usize::from(n.saturating_sub(self.t))
    }

    fn enough(self, n: u16) -> Enough {
        let (n, t) = (usize::from(n), usize::from(self.t));
        match self.variant {
            Variant::FailStop => Enough { propose: n / 2 + 1, adopt: 1, decide: t + 1 },
            Variant::Unanimous => Enough { propose: n - t, adopt: 1, decide: n - t },
            Variant::Byzantine => {
                Enough { propose: (n + t) / 2 + 1, adopt: t + 1, decide: (n + t) / 2 + 1 }
            }
        }
    }
}

/// What processes say.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// (1, r, x).
    First {
        /// The round.
        r: u32,
        /// The sender's value.
        x: Order,
    },
    /// (2, r, v, D), or (2, r, ?).
    Second {
        /// The round.
        r: u32,
        /// v, in a D-message.
        d: Option<Order>,
    },
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First { r, x } => write!(f, "(1, {r}, {x})"),
            Self::Second { r, d: Some(v) } => write!(f, "(2, {r}, {v}, D)"),
            Self::Second { r, d: None } => write!(f, "(2, {r}, ?)"),
        }
    }
}

const STEP_1: &str = "step 1: send (1, r, x)";
const STEP_2: &str = "step 2: send (2, r, v, D)";
const STEP_2_NONE: &str = "step 2: send (2, r, ?)";
const STEP_3_A: &str = "step 3 (a): x := v";
const STEP_3_B: &str = "step 3 (b): decide v";
const STEP_3_C: &str = "step 3 (c): x := 0 or 1";
const HALT: &str = "decided a round ago: halt";

/// What a process is waiting for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waits {
    /// Its input.
    Input,
    /// N-t messages (1, r, *).
    First,
    /// N-t messages (2, r, *).
    Second,
    /// Nothing any more.
    Halted,
}

/// How far a patient process has waited for more than N-t messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Patience {
    /// It has not begun to.
    Fresh,
    /// It waits.
    Waiting,
    /// It has waited long enough.
    Over,
}

/// The label of the timer by which patience ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndOfPatience;

/// What each process said in one phase of one round.
type Said<T> = BTreeMap<NodeId, T>;

/// One process.
pub struct BenOr {
    x: Order,
    r: u32,
    waits: Waits,
    patience: Patience,
    /// (1, r, *), by round.
    first: BTreeMap<u32, Said<Order>>,
    /// (2, r, *), by round; `None` is the question mark.
    second: BTreeMap<u32, Said<Option<Order>>>,
    /// The round in which I decided.
    decided: Option<u32>,
}

// --- the algorithm

impl BenOr {
    /// Step 1: send (1, r, x_P) to all.
    fn step_1(&mut self, cx: &mut Cx<'_, Self>) {
        cx.mark(STEP_1);
        let (r, x) = (self.r, self.x);
        cx.multicast(Says::First { r, x });
        self.first.entry(r).or_default().insert(cx.me(), x);
        self.wait(Waits::First, cx);
    }

    /// Step 2: if more than N/2 messages have the same value v, send (2, r, v, D) to all, else
    /// (2, r, ?).
    fn step_2(&mut self, cx: &mut Cx<'_, Self>) {
        let (r, enough) = (self.r, cx.config().enough(cx.n()));
        let count = |v| self.first[&r].values().filter(|x| **x == v).count();
        let d = [Attack, Retreat].into_iter().find(|v| count(*v) >= enough.propose);
        cx.mark(if d.is_some() { STEP_2 } else { STEP_2_NONE });
        cx.multicast(Says::Second { r, d });
        self.second.entry(r).or_default().insert(cx.me(), d);
        self.wait(Waits::Second, cx);
        if self.decided.is_some() {
            cx.mark(HALT);
            self.waits = Waits::Halted;
        }
    }

    /// Step 3: (a) if there are enough D-messages for v, x_P := v; (b) if there are enough to
    /// decide, decide v; (c) if there are not even enough for (a), x_P := 0 or 1, by a coin.
    fn step_3(&mut self, cx: &mut Cx<'_, Self>) {
        let enough = cx.config().enough(cx.n());
        let said = &self.second[&self.r];
        let count = |v| said.values().filter(|d| **d == Some(v)).count();
        let most = if count(Attack) >= count(Retreat) { Attack } else { Retreat };
        let d_messages = count(most);
        if d_messages >= enough.adopt {
            cx.mark(STEP_3_A);
            self.x = most;
            if d_messages >= enough.decide {
                cx.mark(STEP_3_B);
                self.decided = Some(self.r);
                cx.decide(most);
            }
        } else {
            cx.mark(STEP_3_C);
            let coins = cx.config().coins;
            self.x = match coins {
                Coins::Fair if cx.coin(2) == 0 => Retreat,
                Coins::Fair => Attack,
                Coins::Alternating => alternating(self.r),
            };
        }
    }

    /// Step 4: r := r+1, back to step 1.
    fn step_4(&mut self, cx: &mut Cx<'_, Self>) {
        self.first.remove(&self.r);
        self.second.remove(&self.r);
        self.r += 1;
        self.step_1(cx);
    }

    /// Takes in a message of this round or a later one: the first of each kind and round from each
    /// process counts.
    fn hear(&mut self, from: NodeId, says: Says) {
        let (Says::First { r, .. } | Says::Second { r, .. }) = says;
        // Of every phase t messages come too late to be awaited, so this is nothing to note.
        if r < self.r || self.waits == Waits::Halted {
            return;
        }
        match says {
            Says::First { r, x } => _ = self.first.entry(r).or_default().entry(from).or_insert(x),
            Says::Second { r, d } => {
                _ = self.second.entry(r).or_default().entry(from).or_insert(d);
            }
        }
    }

    /// Begins to wait for something else.
    fn wait(&mut self, waits: Waits, cx: &mut Cx<'_, Self>) {
        if self.patience == Patience::Waiting {
            cx.cancel_timer(EndOfPatience);
        }
        (self.waits, self.patience) = (waits, Patience::Fresh);
    }

    /// Whether N-t messages are there and, where processes are patient, all N of them are or it has
    /// waited long enough.
    fn is_enough(&mut self, cx: &mut Cx<'_, Self>) -> bool {
        let heard = match self.waits {
            Waits::First => self.first[&self.r].len(),
            Waits::Second => self.second[&self.r].len(),
            Waits::Input | Waits::Halted => return false,
        };
        let &config = cx.config();
        if heard < config.awaited(cx.n()) {
            return false;
        }
        if config.patient && self.patience == Patience::Fresh && heard < cx.n().into() {
            cx.set_timer(EndOfPatience, cx.expected_delay() * u64::from(self.r));
            self.patience = Patience::Waiting;
        }
        !config.patient || self.patience == Patience::Over || heard == usize::from(cx.n())
    }

    /// Goes on as long as there is no more to wait for.
    fn go_on(&mut self, cx: &mut Cx<'_, Self>) {
        while self.is_enough(cx) {
            if self.waits == Waits::First {
                self.step_2(cx);
            } else {
                self.step_3(cx);
                self.step_4(cx);
            }
        }
    }
}

impl Protocol for BenOr {
    const NAME: &'static str = "ben-or";
    const ABOUT: &'static str = "randomised consensus without clocks: it ends with probability 1";
    const RULES: &'static [&'static str] =
        &[STEP_1, STEP_2, STEP_2_NONE, STEP_3_A, STEP_3_B, STEP_3_C, HALT];
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Says;
    type Timer = EndOfPatience;
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self {
            x: Retreat,
            r: 1,
            waits: Waits::Input,
            patience: Patience::Fresh,
            first: BTreeMap::new(),
            second: BTreeMap::new(),
            decided: None,
        }
    }

    fn on_input(&mut self, x: Order, cx: &mut Cx<'_, Self>) {
        self.x = x;
        self.step_1(cx);
        self.go_on(cx);
    }

    fn on_message(&mut self, from: NodeId, says: Says, cx: &mut Cx<'_, Self>) {
        self.hear(from, says);
        self.go_on(cx);
    }

    fn on_timer(&mut self, _: EndOfPatience, cx: &mut Cx<'_, Self>) {
        self.patience = Patience::Over;
        self.go_on(cx);
    }

    // --- promises and lies

    fn promises(&Config { t, variant, coins, patient }: &Config) -> Promises<Self> {
        let (t, all) = (u32::from(t), Assumptions::asynchronous());
        let within = |timing: Assumptions| match variant {
            Variant::FailStop | Variant::Unanimous => timing.crash_stop(t).more_than_nodes(2 * t),
            Variant::Byzantine => timing.byzantine(t).more_than_nodes(5 * t),
        };
        let promises = match variant {
            Variant::FailStop | Variant::Unanimous => {
                Promises::none().and(Agreement::uniform()).and(Proposed::default())
            }
            Variant::Byzantine => {
                Promises::none().and(Agreement::default()).and(Validity::default())
            }
        };
        let promises = promises
            // Who is never heard does no harm but to those who wait for him.
            .under(within(all.clone()).fair_loss())
            .and(Integrity::default())
            .under(Assumptions::any_world());
        match (coins, variant) {
            (Coins::Fair, _) => promises.and(Termination::default()).under(within(all)),
            (Coins::Alternating, Variant::FailStop | Variant::Unanimous) if patient => promises
                .and(Termination::default())
                .under(within(Assumptions::partially_synchronous())),
            // Not even where all hear all in time: liars tell each something else.
            (Coins::Alternating, _) => promises,
        }
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        let (t, n) = (scenario.config.t, scenario.world.nodes);
        if t >= n {
            return Err(Complaint::at(["config", "t"])
                .problem(format!("of {n} nodes, {t} faulty ones leave nobody to wait for")));
        }
        match scenario.world.all().find(|node| !scenario.inputs.contains_key(node)) {
            Some(node) => Err(Complaint::at(["inputs"])
                .problem(format!("{node} is given no input, and every process begins with one"))
                .help("write `inputs: { 0: [Attack, Retreat], … }`, for every node")),
            None => Ok(()),
        }
    }

    const ATTACKS: &'static [&'static str] = &[KEEP_BIVALENT];

    fn attack(name: &str) -> Option<Box<dyn Adversary<Says>>> {
        (name == KEEP_BIVALENT).then(|| Box::new(scheduler::KeepBivalent::default()) as _)
    }

    /// Of a value, the other; of a D-message, the other value or none; of none, either.
    fn lie(says: &mut Says, _: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        match says {
            Says::First { x, .. } => *x = x.opposite(),
            Says::Second { d, .. } => {
                let lies = match *d {
                    Some(v) => [Some(v.opposite()), None],
                    None => [Some(Retreat), Some(Attack)],
                };
                *d = lies[usize::from(pick(2) != 0)];
            }
        }
        true
    }
}
