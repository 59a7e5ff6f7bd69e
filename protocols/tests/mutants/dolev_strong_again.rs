//! Dolev and Strong's broadcast a second time: everybody keeps all that it was shown and believes,
//! and works out the rest from that; and with a mistake on request.

use generals::{
    Adversary, Agreement, Assumptions, InRound, Lockstep, NodeId, Obedience, Promises, Round,
    Rounds, Signed, Signer, Verifier,
};
use generals_protocols::chain::Chain;
use generals_protocols::dolev_strong::Decision;
use generals_protocols::{DolevStrong, Plan};
use serde::{Deserialize, Serialize};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mutation {
    /// Nothing.
    #[default]
    None,
    /// SM-1: signatures are not verified.
    Unverified,
    /// SM-2: who signs twice counts twice.
    SignersTwice,
    /// SM-3: j signatures are good enough after phase j.
    Late,
    /// SM-4: it ends one phase early.
    OnePhaseShort,
    /// SM-6: only the first value is relayed.
    FirstOnly,
    /// SM-8: of several values, the one that came first is decided.
    FirstCome,
    /// The cap is one value, not two.
    OneValue,
    /// No mistake: all values are relayed, as in SM(m).
    NoCap,
    /// No mistake: more signatures than phases are good, as in SM(m).
    Early,
    /// No mistake: who has signed is told no more, as in SM(m).
    NotToSigners,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    t: u16,
    mutation: Mutation,
}

impl Default for Config {
    fn default() -> Self {
        Self { t: 1, mutation: Mutation::None }
    }
}

type Message = Signed<Chain<Plan>>;

/// Something a processor was shown and believes.
struct Shown {
    phase: u32,
    value: Plan,
    signers: Vec<NodeId>,
    message: Message,
}

/// One processor; n0 transmits.
pub(crate) struct DsAgain {
    value: Plan,
    shown: Vec<Shown>,
}

const TRANSMITTER: NodeId = NodeId(0);

/// The value and who signed it, the last one first; nothing if a signature is no good.
fn unpack(message: &Message, verifier: Option<Verifier>) -> Option<(Plan, Vec<NodeId>)> {
    if let Some(verifier) = verifier {
        message.verify(verifier).ok()?;
    }
    let (by, body) = message.claim();
    let (value, mut signers) = match body {
        Chain::Value(value) => (*value, Vec::new()),
        Chain::Before(before) => unpack(before, verifier)?,
    };
    signers.insert(0, by);
    Some((value, signers))
}

impl DsAgain {
    /// The first to have shown each value, in the order in which they came.
    fn firsts(&self) -> impl Iterator<Item = &Shown> {
        let new = |i: usize| self.shown[..i].iter().all(|s| s.value != self.shown[i].value);
        (0..self.shown.len()).filter(move |i| new(*i)).map(|i| &self.shown[i])
    }
}

impl Rounds for DsAgain {
    const NAME: &'static str = "dolev-strong-again";
    const ABOUT: &'static str = "authenticated broadcast, from all that was shown";
    type Config = Config;
    type Input = Plan;
    type Value = Decision;
    type Message = Message;

    fn new(input: Option<Plan>, _: &Round<'_, '_, Self>) -> Self {
        Self { value: input.unwrap_or(Plan::Retreat), shown: Vec::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        let short = cx.config().mutation == Mutation::OnePhaseShort;
        u32::from(cx.config().t - u16::from(short))
    }

    fn send(&mut self, phase: u32, cx: &mut Round<'_, '_, Self>) {
        if phase == 0 && cx.me() == TRANSMITTER {
            cx.say_all(cx.sign(Chain::Value(self.value)));
        }
        let mutation = cx.config().mutation;
        let relayed = match mutation {
            Mutation::FirstOnly | Mutation::OneValue => 1,
            Mutation::NoCap => usize::MAX,
            _ => 2,
        };
        for shown in self.firsts().take(relayed).filter(|shown| shown.phase + 1 == phase) {
            let message = cx.sign(Chain::Before(Box::new(shown.message.clone())));
            for to in cx.others() {
                if mutation != Mutation::NotToSigners || !shown.signers.contains(&to) {
                    cx.say(to, message.clone());
                }
            }
        }
    }

    fn receive(&mut self, phase: u32, _: NodeId, message: Message, cx: &mut Round<'_, '_, Self>) {
        let mutation = cx.config().mutation;
        let verifier = (mutation != Mutation::Unverified).then_some(cx.verifier());
        let Some((value, signers)) = unpack(&message, verifier) else { return };
        let mut once = signers.clone();
        once.sort_unstable();
        once.dedup();
        let different = once.len() == signers.len() || mutation == Mutation::SignersTwice;
        let (j, now) = (signers.len(), phase as usize + 1);
        let in_time = match mutation {
            Mutation::Late => j <= now,
            Mutation::Early => j >= now,
            _ => j == now,
        };
        let mine = signers.contains(&cx.me());
        if different && in_time && !mine && signers.last() == Some(&TRANSMITTER) {
            self.shown.push(Shown { phase, value, signers, message });
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Decision {
        if cx.me() == TRANSMITTER {
            return Decision::Value(self.value);
        }
        let values: Vec<Plan> = self.firsts().map(|shown| shown.value).collect();
        let first_counts =
            [Mutation::FirstCome, Mutation::OneValue].contains(&cx.config().mutation);
        match *values {
            [value] => Decision::Value(value),
            [value, ..] if first_counts => Decision::Value(value),
            _ => Decision::Bottom,
        }
    }

    fn promises(&Config { t, .. }: &Config) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default())
            .under(Assumptions::synchronous().byzantine(t.into()))
            .and(Obedience::to(TRANSMITTER).named("validity"))
            .under(Assumptions::synchronous().any_byzantine())
    }

    fn lie(message: &mut Message, by: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        DolevStrong::lie(message, by, pick)
    }

    const ATTACKS: &'static [&'static str] = DolevStrong::ATTACKS;

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Message>>>> {
        DolevStrong::attack(name)
    }
}
