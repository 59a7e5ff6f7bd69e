//! OM(m) a second time: not by recursion but from the leaves of the tree of paths up, for any
//! number of possible orders, and with a mistake on request.

use std::collections::BTreeMap;
use std::fmt;

use generals::{
    Agreement, Assumptions, Lockstep, NodeId, Obedience, Promises, Round, Rounds, Signer,
};
use serde::{Deserialize, Serialize};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mutation {
    /// Nothing.
    #[default]
    None,
    /// OM-1: one recursion too few.
    TooShallow,
    /// OM-2: the value received directly is left out of the majority.
    OwnLeftOut,
    /// OM-3: the value received directly is counted twice.
    OwnTwice,
    /// OM-5: who receives nothing passes on nothing, and does not count it as a vote either.
    Abstention,
    /// OM-5, half of it: he passes on the default, but does not count it as a vote himself.
    AbstentionInVote,
    /// OM-6: the value that comes first decides ties between the most frequent ones.
    FirstComeTies,
    /// OM-8: what is heard is filed by the last two generals of its path only, and the latest stays.
    LastTwo,
    /// OM-9: values are passed on to generals already on the path as well.
    ForwardToAll,
    /// OM-9 in full: what comes back that way counts as a vote, too.
    VoteOfAll,
    /// OM-13: the majority is one of distinct values.
    SetMajority,
    /// No mistake: half of the votes are enough for the greater order.
    AtLeastHalf,
    /// No mistake: the median instead of the majority.
    Median,
    /// No mistake: the most frequent order, and of several the smallest.
    Plurality,
    /// No mistake: who hears nothing along a longest path puts in an order of his own choice.
    OwnDefault,
}

/// An order: 0 is the default.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Order(u8);

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("Retreat"),
            1 => f.write_str("Attack"),
            n => write!(f, "Other({n})"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    m: u16,
    mutation: Mutation,
}

impl Default for Config {
    fn default() -> Self {
        Self { m: 1, mutation: Mutation::None }
    }
}

impl Config {
    const fn depth(&self) -> u16 {
        match self.mutation {
            Mutation::TooShallow => self.m - 1,
            _ => self.m,
        }
    }

    const fn forwards_to_all(&self) -> bool {
        matches!(self.mutation, Mutation::ForwardToAll | Mutation::VoteOfAll)
    }

    /// Under what a value that came along `path` is filed.
    fn key(&self, path: &[NodeId]) -> Vec<NodeId> {
        match self.mutation {
            Mutation::LastTwo => path[path.len().saturating_sub(2)..].to_vec(),
            _ => path.to_vec(),
        }
    }
}

/// A path and the order that came along it, out of so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relayed<const ORDERS: u8> {
    path: Vec<NodeId>,
    order: Order,
}

/// One general; n0 commands.
pub(crate) struct OmAgain<const ORDERS: u8> {
    order: Order,
    heard: BTreeMap<Vec<NodeId>, Order>,
}

const COMMANDER: NodeId = NodeId(0);

impl<const ORDERS: u8> OmAgain<ORDERS> {
    /// All paths of this length from the commander that avoid `me`, in order.
    fn paths(length: usize, me: NodeId, n: u16) -> Vec<Vec<NodeId>> {
        let mut paths = vec![vec![COMMANDER]];
        for _ in 1..length {
            paths = paths
                .iter()
                .flat_map(|path| {
                    NodeId::all(n)
                        .filter(move |j| *j != me && !path.contains(j))
                        .map(move |j| [&path[..], &[j]].concat())
                })
                .collect();
        }
        paths
    }
}

/// The vote of step 3; `votes` begins with the value received directly.
fn vote(mutation: Mutation, mut votes: Vec<Option<Order>>) -> Order {
    match mutation {
        Mutation::OwnLeftOut => drop(votes.remove(0)),
        Mutation::OwnTwice => votes.push(votes[0]),
        Mutation::Abstention | Mutation::AbstentionInVote => votes.retain(Option::is_some),
        _ => {}
    }
    let mut votes: Vec<Order> = votes.into_iter().map(|vote| vote.unwrap_or(Order(0))).collect();
    let first_come = votes.clone();
    votes.sort_unstable();
    if mutation == Mutation::SetMajority {
        votes.dedup();
    }
    let count = |order: Order| votes.iter().filter(|vote| **vote == order).count();
    match mutation {
        Mutation::Median => votes.get((votes.len().max(1) - 1) / 2).copied(),
        Mutation::AtLeastHalf => {
            votes.iter().rev().find(|order| 2 * count(**order) >= votes.len()).copied()
        }
        Mutation::Plurality => {
            let most = votes.iter().map(|order| count(*order)).max();
            votes.iter().find(|order| Some(count(**order)) == most).copied()
        }
        Mutation::FirstComeTies => {
            let most = first_come.iter().map(|order| count(*order)).max();
            first_come.iter().find(|order| Some(count(**order)) == most).copied()
        }
        _ => votes.iter().find(|order| 2 * count(**order) > votes.len()).copied(),
    }
    .unwrap_or(Order(0))
}

impl<const ORDERS: u8> Rounds for OmAgain<ORDERS> {
    const NAME: &'static str = "om-again";
    const ABOUT: &'static str = "oral messages, from the leaves up";
    type Config = Config;
    type Input = Order;
    type Value = Order;
    type Message = Relayed<ORDERS>;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        Self { order: input.unwrap_or(Order(0)), heard: BTreeMap::new() }
    }

    fn last(cx: &Round<'_, '_, Self>) -> u32 {
        cx.config().depth().into()
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        let (me, length) = (cx.me(), round as usize);
        if round == 0 && me == COMMANDER {
            return cx.say_all(Relayed { path: vec![me], order: self.order });
        }
        if round == 0 || me == COMMANDER {
            return;
        }
        let to_all = cx.config().forwards_to_all();
        let paths = if to_all {
            self.heard.keys().filter(|path| path.len() == length).cloned().collect()
        } else {
            Self::paths(length, me, cx.n())
        };
        for path in paths {
            let heard = self.heard.get(&cx.config().key(&path)).copied();
            if heard.is_none() && cx.config().mutation == Mutation::Abstention {
                continue;
            }
            let order = heard.unwrap_or(Order(0));
            for to in cx.others() {
                if to != COMMANDER && (to_all || !path.contains(&to)) {
                    cx.say(to, Relayed { path: [&path[..], &[me]].concat(), order });
                }
            }
        }
    }

    fn receive(
        &mut self,
        round: u32,
        from: NodeId,
        Relayed { path, order }: Relayed<ORDERS>,
        cx: &mut Round<'_, '_, Self>,
    ) {
        if path.len() == round as usize + 1 && path.last() == Some(&from) {
            if cx.config().mutation == Mutation::LastTwo {
                self.heard.insert(cx.config().key(&path), order);
            } else {
                self.heard.entry(path).or_insert(order);
            }
        }
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        let (me, n, mutation) = (cx.me(), cx.n(), cx.config().mutation);
        if me == COMMANDER {
            return self.order;
        }
        let leaves = usize::from(cx.config().depth()) + 1;
        let mut agreed: BTreeMap<Vec<NodeId>, Order> = BTreeMap::new();
        for length in (1..=leaves).rev() {
            let paths = if mutation == Mutation::VoteOfAll {
                let all = self.heard.keys().filter(|path| path.len() == length);
                all.filter(|path| !path.contains(&me)).cloned().collect()
            } else {
                Self::paths(length, me, n)
            };
            for path in paths {
                let heard = self.heard.get(&cx.config().key(&path)).copied();
                let order = if length == leaves {
                    // Nothing heard is nothing agreed.
                    let own = Order(u8::try_from(me.0).unwrap_or(0) % ORDERS);
                    heard.or((mutation == Mutation::OwnDefault).then_some(own))
                } else {
                    let below = NodeId::all(n)
                        .map(|j| (j, agreed.get(&[&path[..], &[j]].concat()).copied()))
                        .filter(|(j, vote)| {
                            let back = mutation == Mutation::VoteOfAll && vote.is_some();
                            *j != me && (back || !path.contains(j))
                        })
                        .map(|(_, vote)| vote);
                    Some(vote(mutation, std::iter::once(heard).chain(below).collect()))
                };
                if let Some(order) = order {
                    agreed.insert(path, order);
                }
            }
        }
        agreed.get([COMMANDER].as_slice()).copied().unwrap_or(Order(0))
    }

    fn promises(&Config { m, .. }: &Config) -> Promises<Lockstep<Self>> {
        let m = u32::from(m);
        Promises::none()
            .and(Agreement::default().named("IC1").except(COMMANDER))
            .and(Obedience::to(COMMANDER).named("IC2"))
            .under(Assumptions::synchronous().byzantine(m).more_than_nodes(3 * m))
    }

    fn lie(relayed: &mut Relayed<ORDERS>, _: &Signer, pick: &mut dyn FnMut(u64) -> u64) -> bool {
        let lie = u8::try_from(pick(u64::from(ORDERS) - 1)).unwrap_or(0);
        relayed.order = Order((relayed.order.0 + 1 + lie) % ORDERS);
        true
    }
}
