//! Authenticated broadcast in t+1 rounds.
//!
//! D. Dolev, H. R. Strong, *Authenticated Algorithms for Byzantine Agreement*, SIAM Journal on
//! Computing 12(4), 1983, section 4.
//!
//! | the paper | here |
//! |---|---|
//! | the transmitter signs and sends its value in phase 1 | `transmit` |
//! | a message of phase j has exactly j different signatures, the transmitter's first | the test in `receive` |
//! | a processor extracts a value from such a message, and relays the first two to all | `extract` |
//! | after t+1 phases: the value, if exactly one was extracted, else ⊥ | `finish`, [`Decision`] |
//! | all correct processors agree, and on the transmitter's value if it is correct | [`Agreement`], [`Obedience`] |
//!
//! It is the younger brother of SM(m) of [`sm`](crate::sm), and differs in five things:
//!
//! | | SM(m) | here |
//! |---|---|---|
//! | of many values passed on | all | two: more would prove nothing new |
//! | not exactly one value | choice(V) | ⊥ |
//! | k signatures arrive | in round k or earlier | in round k |
//! | they are passed on to | lieutenants who have not signed | everybody |
//! | of several values directly from the sender | the first | all |
//!
//! *What it costs*: n(n-1) messages for a correct transmitter, and, whatever the others do, at most
//! 2(n-1)² from those who relay: polynomial where LSP82 counted paths.
//!
//! *An attack* that lies about single messages cannot make: `reveal`, a value kept back until late.
//!
//! *Deviations*: phases are numbered from 0. This is the simple algorithm with O(n²) messages, not
//! the one with fewer relays that ends the section. The transmitter decides its own value.

use std::collections::BTreeSet;
use std::fmt;

use generals::{
    Adversary, Agreement, Assumptions, Complaint, InRound, Integrity, Lockstep, NodeId, Obedience,
    Promises, Round, Rounds, Scenario, Signed, Signer, Termination,
};
use serde::{Deserialize, Serialize};

use crate::Plan;
use crate::chain::reveal::{self, REVEAL, Reveal};
use crate::chain::{self, Chain, after, distinct};
use crate::one_leader::{self, Role};

/// Who broadcasts, and all others.
const TRANSMITTER: Role =
    Role { field: "transmitter", others: "does not transmit, and so has no value" };

/// How many faulty processors, and who transmits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// t: how many faulty processors are to be survived.
    pub t: u16,
    /// Who has the value.
    pub transmitter: NodeId,
}

/// One fault, and n0 transmits.
impl Default for Config {
    fn default() -> Self {
        Self { t: 1, transmitter: NodeId(0) }
    }
}

/// What a processor ends with.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decision {
    /// The only value that was extracted.
    Value(Plan),
    /// ⊥: none was, or more than one. The transmitter is faulty.
    Bottom,
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Bottom => f.write_str("⊥"),
        }
    }
}

/// Whether it is this value.
impl PartialEq<Plan> for Decision {
    fn eq(&self, value: &Plan) -> bool {
        *self == Self::Value(*value)
    }
}

const SEND: &str = "phase 1: sign and send";
const EXTRACT: &str = "phase j: extract from j signatures";
const RELAY: &str = "phase j + 1: relay the first two";
const DECIDE: &str = "after phase t + 1: decide";

/// The most values that anybody relays.
const CAP: usize = 2;

/// One processor.
pub struct DolevStrong {
    value: Plan,
    extracted: BTreeSet<Plan>,
    /// What was extracted in this phase and is to be relayed in the next.
    fresh: Vec<Signed<Chain<Plan>>>,
}

// --- the algorithm

impl DolevStrong {
    /// Phase 1: the transmitter signs its value and sends it to all.
    fn transmit(&self, cx: &mut Round<'_, '_, Self>) {
        cx.mark(SEND);
        let signed = cx.sign(Chain::Value(self.value));
        cx.say_all(signed);
    }

    /// Takes a new value out of a proper message. The first two are relayed: who knows of two
    /// values knows that the transmitter is faulty, and needs no third.
    fn extract(&mut self, value: Plan, message: Signed<Chain<Plan>>, cx: &mut Round<'_, '_, Self>) {
        cx.mark(EXTRACT);
        self.extracted.insert(value);
        self.fresh.push(message);
    }
}

impl Rounds for DolevStrong {
    const NAME: &'static str = "dolev-strong";
    const ABOUT: &'static str = "authenticated broadcast in t + 1 rounds: any t of n may be faulty";
    const RULES: &'static [&'static str] = &[SEND, EXTRACT, RELAY, DECIDE];
    type Config = Config;
    type Input = Plan;
    type Value = Decision;
    type Message = Signed<Chain<Plan>>;

    fn new(input: Option<Plan>, _: &Round<'_, '_, Self>) -> Self {
        Self { value: input.unwrap_or_default(), extracted: BTreeSet::new(), fresh: Vec::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        u32::from(cx.config().t)
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        if round == 0 && cx.me() == cx.config().transmitter {
            return self.transmit(cx);
        }
        for message in std::mem::take(&mut self.fresh) {
            cx.mark(RELAY);
            let signed = cx.sign(after(message));
            cx.say_all(signed);
        }
    }

    fn receive(
        &mut self,
        round: u32,
        _: NodeId,
        message: Signed<Chain<Plan>>,
        cx: &mut Round<'_, '_, Self>,
    ) {
        let Ok((&value, signers)) = chain::read(&message, cx.verifier()) else {
            return cx.discard("a forged signature");
        };
        if signers[0] != cx.config().transmitter || !distinct(&signers) {
            return cx.discard("not signed by the transmitter and then by others, once each");
        }
        // Relays go to everybody, those who have signed included.
        if signers.contains(&cx.me()) {
            return;
        }
        if signers.len() != round as usize + 1 {
            return cx.discard("not as many signatures as phases");
        }
        if !self.extracted.contains(&value) && self.extracted.len() < CAP {
            self.extract(value, message, cx);
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Decision {
        if cx.me() == cx.config().transmitter {
            return Decision::Value(self.value);
        }
        cx.mark(DECIDE);
        let mut values = self.extracted.iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Decision::Value(*value),
            _ => Decision::Bottom,
        }
    }

    // --- promises and lies

    fn promises(&Config { t, transmitter }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default())
            .under(Assumptions::synchronous().byzantine(t.into()))
            .and(Obedience::to(transmitter).named("validity"))
            .under(Assumptions::synchronous().any_byzantine())
            .and(Integrity::default())
            .and(Termination::default())
            .under(Assumptions::any_world())
    }

    fn admit(scenario: &Scenario<Lockstep<Self>>) -> Result<(), Complaint> {
        let (&Config { t, transmitter }, n) = (&scenario.config, scenario.world.nodes);
        one_leader::admit(scenario, transmitter, &TRANSMITTER)?;
        if t >= n {
            return Err(Complaint::at(["config", "t"])
                .problem(format!("{t} of {n} processors cannot be faulty"))
                .help("any t < n will do"));
        }
        Ok(())
    }

    fn lie(
        message: &mut Signed<Chain<Plan>>,
        by: &Signer,
        pick: &mut dyn FnMut(u64) -> u64,
    ) -> bool {
        chain::lie(message, by, pick, |value, pick| value.another(pick))
    }

    const ATTACKS: &'static [&'static str] = &[REVEAL];

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Signed<Chain<Plan>>>>>> {
        (name == REVEAL).then(|| Box::new(Reveal::of(reveal::another)) as Box<_>)
    }
}
