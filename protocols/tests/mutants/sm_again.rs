//! SM(m) a second time: every lieutenant keeps all he was shown, in the order in which it came, and
//! works out the rest from that; and with a mistake on request.

use generals::rounds::InRound;
use generals::{
    Adversary, Agreement, Assumptions, Lockstep, NodeId, Obedience, Promises, Round, Rounds,
    Signed, Signer, Verifier,
};
use generals_protocols::chain::Chain;
use generals_protocols::sm::{Message, Numbered, Orders};
use generals_protocols::{Plan, SignedMessages};
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
    /// SM-3: k signatures are good enough after round k.
    Late,
    /// SM-4: it ends one round early.
    OneRoundShort,
    /// SM-6: only the first order is passed on.
    FirstOnly,
    /// SM-8: of several orders, the one that came first is obeyed.
    FirstCome,
    /// The commander's signature is on his order, but not on its number.
    Unnumbered,
    /// No mistake: who is the last to sign does not, and the receiver knows the sender anyway.
    LastDoesNotSign,
    /// No mistake: orders are passed on to those who have signed them as well.
    ToSigners,
    /// No mistake: of several orders, the greatest is obeyed.
    Greatest,
    /// No mistake: further orders from the commander himself are taken, too.
    AllFromCommander,
    /// No mistake: k signatures are good in round k only, as Dolev and Strong have it.
    Exact,
    /// The other half of SM-4, and no mistake but for the time it takes: orders are taken in round
    /// m + 2 as well, if they have m + 1 signatures. One of those is loyal, and who it belongs to has told everybody.
    OneRoundMore,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    m: u16,
    /// How far apart the loyal are, in a network that is not complete: this is SM(m+d-1).
    d: u16,
    instances: u16,
    mutation: Mutation,
}

impl Default for Config {
    fn default() -> Self {
        Self { m: 1, d: 1, instances: 1, mutation: Mutation::None }
    }
}

impl Config {
    const fn depth(&self) -> u16 {
        match self.mutation {
            Mutation::OneRoundShort => self.m + self.d - 2,
            _ => self.m + self.d - 1,
        }
    }
}

/// Something a lieutenant was shown and believes.
struct Shown {
    round: u32,
    value: Numbered,
    signers: Vec<NodeId>,
    message: Message,
    /// Whether its order was new to him.
    is_new: bool,
}

/// One general; n0 commands.
pub(crate) struct SmAgain {
    orders: Vec<Plan>,
    shown: Vec<Shown>,
}

const COMMANDER: NodeId = NodeId(0);

impl SmAgain {
    /// Who signed what, the commander first; nothing if a signature is no good.
    fn read(&self, message: &Message, mutation: Mutation, verifier: Verifier) -> Option<Shown> {
        let (by, body) = message.claim();
        let good = mutation == Mutation::Unverified || message.verify(verifier).is_ok();
        match body {
            Chain::Value(value) => {
                // What is signed without its number is signed for any number.
                let elsewhere = mutation == Mutation::Unnumbered
                    && self.shown.iter().any(|shown| shown.value.order == value.order);
                (good || elsewhere).then(|| Shown {
                    round: 0,
                    value: value.clone(),
                    signers: vec![by],
                    message: message.clone(),
                    is_new: false,
                })
            }
            Chain::Before(before) => {
                let mut shown = self.read(before, mutation, verifier).filter(|_| good)?;
                shown.signers.push(by);
                Some(shown)
            }
        }
    }

    fn orders_for(&self, instance: u16) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(move |shown| shown.value.instance == instance)
    }

    fn believes(
        &self,
        round: u32,
        from: NodeId,
        shown: &mut Shown,
        cx: &Round<'_, '_, Self>,
    ) -> bool {
        let &Config { instances, mutation, .. } = cx.config();
        let signers = &mut shown.signers;
        let last = round == u32::from(cx.config().depth());
        if mutation == Mutation::LastDoesNotSign
            && last
            && round > 0
            && signers.last() != Some(&from)
        {
            signers.push(from);
        }
        let mut once = signers.clone();
        once.sort_unstable();
        once.dedup();
        let proper = signers[0] == COMMANDER
            && !signers.contains(&cx.me())
            && (once.len() == signers.len() || mutation == Mutation::SignersTwice);
        let (k, now) = (signers.len(), round as usize + 1);
        let in_time = match mutation {
            Mutation::Late => true,
            Mutation::Exact => k == now,
            Mutation::OneRoundMore => k >= now.min(usize::from(cx.config().depth()) + 1),
            _ => k >= now,
        };
        let direct = k > 1
            || from == COMMANDER
                && (self.orders_for(shown.value.instance).next().is_none()
                    || mutation == Mutation::AllFromCommander);
        proper && in_time && direct && shown.value.instance < instances
    }
}

impl Rounds for SmAgain {
    const NAME: &'static str = "sm-again";
    const ABOUT: &'static str = "signed messages, from all that was shown";
    type Config = Config;
    type Input = Orders;
    type Value = Orders;
    type Message = Message;

    fn new(input: Option<Orders>, cx: &Round<'_, '_, Self>) -> Self {
        let none = || vec![Plan::Retreat; cx.config().instances.into()];
        Self { orders: input.map_or_else(none, |orders| orders.0), shown: Vec::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        let more = cx.config().mutation == Mutation::OneRoundMore;
        u32::from(cx.config().depth()) + u32::from(more)
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let mutation = cx.config().mutation;
        if cx.me() == COMMANDER {
            if round == 0 {
                for (instance, &order) in (0..).zip(&self.orders) {
                    cx.say_all(cx.sign(Chain::Value(Numbered { instance, order })));
                }
            }
            return;
        }
        let last = round == u32::from(cx.config().depth());
        for (i, shown) in self.shown.iter().enumerate() {
            let first = || {
                let before = &self.shown[..i];
                before.iter().all(|other| other.value.instance != shown.value.instance)
            };
            let due = shown.round + 1 == round && shown.is_new;
            // The rule "if k < m" of the complete network.
            let depth = usize::from(cx.config().depth());
            let room = cx.network().is_some() || shown.signers.len() <= depth;
            if !due || !room || (mutation == Mutation::FirstOnly && !first()) {
                continue;
            }
            let message = if mutation == Mutation::LastDoesNotSign && last {
                shown.message.clone()
            } else {
                cx.sign(Chain::Before(Box::new(shown.message.clone())))
            };
            for to in cx.neighbours() {
                let signed = shown.signers.contains(&to) && mutation != Mutation::ToSigners;
                if to != COMMANDER && !signed {
                    cx.say(to, message.clone());
                }
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
        let (mutation, verifier) = (cx.config().mutation, cx.verifier());
        let Some(mut shown) = self.read(&message, mutation, verifier) else { return };
        if !self.believes(round, from, &mut shown, cx) {
            return;
        }
        let known =
            self.orders_for(shown.value.instance).any(|o| o.value.order == shown.value.order);
        self.shown.push(Shown { round, message, is_new: !known, ..shown });
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Orders {
        if cx.me() == COMMANDER {
            return Orders(self.orders.clone());
        }
        let obeyed = |instance| {
            let mut orders: Vec<Plan> =
                self.orders_for(instance).map(|shown| shown.value.order).collect();
            let first = orders.first().copied();
            orders.sort_unstable();
            orders.dedup();
            let chosen = match cx.config().mutation {
                Mutation::FirstCome => first,
                Mutation::Greatest => orders.last().copied(),
                // As many are greater as are smaller, or one more.
                _ => orders.get((orders.len().max(1) - 1) / 2).copied(),
            };
            chosen.unwrap_or(Plan::Retreat)
        };
        Orders((0..cx.config().instances).map(obeyed).collect())
    }

    /// In networks that are not complete, which scenarios take SM(m+d-1) is right for.
    fn promises(&Config { m, .. }: &Config) -> Promises<Lockstep<Self>> {
        let m = u32::from(m);
        let world = Assumptions::synchronous().any_connected_graph();
        Promises::none()
            .and(Agreement::default().named("IC1").except(COMMANDER))
            .under(world.clone().byzantine(m))
            .and(Obedience::to(COMMANDER).named("IC2"))
            .under(world.any_byzantine())
    }

    fn lie(
        message: &mut Signed<Chain<Numbered>>,
        by: &Signer,
        pick: &mut dyn FnMut(u64) -> u64,
    ) -> bool {
        SignedMessages::lie(message, by, pick)
    }

    const ATTACKS: &'static [&'static str] = SignedMessages::ATTACKS;

    fn attack(name: &str) -> Option<Box<dyn Adversary<InRound<Message>>>> {
        SignedMessages::attack(name)
    }
}
