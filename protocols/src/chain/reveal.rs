//! What traitors can do to protocols of chains besides bending what they should say.

use generals::rounds::InRound;
use generals::{Adversary, CorruptId, NodeId, Puppet, Realm, Signed, Time};

use super::{Chain, after};
use crate::Plan;

/// The traitors, the commander among them, keep a value back. Of the commander's own values it
/// chooses for each receiver whether he gets it (0) or not (1); what others have to say is said as it
/// should be. At the beginning of every later round the traitors may show the other value to some of
/// the loyal.
///
/// About each of them, in each round, it chooses: not to show it (0), with the commander's signature
/// alone, which is too late (1), with the signatures of all traitors (2), which is as late as it can
/// be if there is one more of them than the protocol is to survive, or so that the last of them signs
/// again until there are as many signatures as rounds (3).
#[derive(Debug)]
pub(crate) struct Reveal<V> {
    /// Makes the other value of the commander's first.
    other: fn(&V) -> V,
    /// The commander, and the value that is kept back.
    kept: Option<(CorruptId, V)>,
}

/// Nothing is shown after so many rounds.
const MOST_ROUNDS: u16 = 32;

/// The name by which scenarios select it.
pub(crate) const REVEAL: &str = "reveal";

impl<V> Reveal<V> {
    /// Keeps back what `other` makes of the commander's first value.
    pub(crate) const fn of(other: fn(&V) -> V) -> Self {
        Self { other, kept: None }
    }
}

/// The plan that is kept back.
pub(crate) const fn another(plan: &Plan) -> Plan {
    match plan {
        Plan::Attack => Plan::Retreat,
        Plan::Retreat | Plan::Other(_) => Plan::Attack,
    }
}

type Said<V> = InRound<Signed<Chain<V>>>;

impl<V: Clone> Adversary<Said<V>> for Reveal<V>
where
    Said<V>: generals::Message,
{
    fn begin(&mut self, realm: &mut dyn Realm<Said<V>>) {
        // With two loyal nodes among them, n nodes have something to agree on for n - 1 rounds. More
        // of them than this would have as many signatures to make, and show nothing else.
        for round in 1..realm.nodes().saturating_sub(1).min(MOST_ROUNDS) {
            let at = Time::ZERO + realm.expected_delay() * u64::from(round);
            realm.wake_at(at, round.into());
        }
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: Said<V>, realm: &mut dyn Realm<Said<V>>) {
        if let Chain::Value(value) = want.body.claim().1 {
            let other = self.other;
            self.kept.get_or_insert_with(|| (by.of, other(value)));
            if realm.pick(by.of, 2) == 1 {
                return;
            }
        }
        realm.send(by.of, to, want);
    }

    fn wake(&mut self, round: u64, realm: &mut dyn Realm<Said<V>>) {
        let (Some((commander, value)), Ok(round)) = (&self.kept, u32::try_from(round)) else {
            return;
        };
        let accomplices = realm.corrupt().iter().copied().filter(|id| id != commander);
        let accomplices: Vec<CorruptId> = accomplices.collect();
        for to in NodeId::all(realm.nodes()) {
            if realm.corrupt().iter().any(|id| id.node() == to) {
                continue;
            }
            let (others, least) = match realm.pick(*commander, 4) {
                0 => continue,
                1 => (&[][..], 0),
                2 => (accomplices.as_slice(), 0),
                _ => (accomplices.as_slice(), round as usize),
            };
            let last = *others.last().unwrap_or(commander);
            let again = std::iter::repeat_n(last, least.saturating_sub(others.len()));
            let mut chain = realm.signer(*commander).sign(Chain::Value(value.clone()));
            for signer in others.iter().copied().chain(again) {
                chain = realm.signer(signer).sign(after(chain));
            }
            realm.send(last, to, InRound { round, body: chain });
        }
    }
}
