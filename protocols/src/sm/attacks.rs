//! What traitors can do to SM(m) besides bending what they should say.

use generals::rounds::InRound;
use generals::{Adversary, CorruptId, NodeId, Puppet, Realm, Time};

use super::{Message, Numbered};
use crate::Plan;
use crate::chain::{Chain, after};

/// The traitors, the commander among them, keep an order back. Of the commander's own orders it
/// chooses for each lieutenant whether he gets it (0) or not (1); what others have to say is said as it
/// should be. At the beginning of every later round the traitors may show the other order to some of
/// the loyal.
///
/// About each of them, in each round, it chooses: not to show it (0), with the commander's signature
/// alone, which is too late (1), or with the signatures of all traitors (2), which is as late as it
/// can be if there is one more of them than SM(m) is to survive.
#[derive(Debug, Default)]
pub(super) struct Reveal {
    /// The commander, and the order with his first order's number.
    kept: Option<(CorruptId, Numbered)>,
}

impl Adversary<InRound<Message>> for Reveal {
    fn begin(&mut self, realm: &mut dyn Realm<InRound<Message>>) {
        // SM(n-2) is the longest there is.
        for round in 1..realm.nodes().saturating_sub(1) {
            let at = Time::ZERO + realm.expected_delay() * u64::from(round);
            realm.wake_at(at, round.into());
        }
    }

    fn speak(
        &mut self,
        by: Puppet,
        to: NodeId,
        want: InRound<Message>,
        realm: &mut dyn Realm<InRound<Message>>,
    ) {
        if let Chain::Value(v) = want.body.claim().1 {
            let order = if v.order == Plan::Attack { Plan::Retreat } else { Plan::Attack };
            self.kept.get_or_insert((by.of, Numbered { order, ..v.clone() }));
            if realm.pick(by.of, 2) == 1 {
                return;
            }
        }
        realm.send(by.of, to, want);
    }

    fn wake(&mut self, round: u64, realm: &mut dyn Realm<InRound<Message>>) {
        let (Some((commander, order)), Ok(round)) = (&self.kept, u32::try_from(round)) else {
            return;
        };
        let accomplices = realm.corrupt().iter().copied().filter(|id| id != commander);
        let accomplices: Vec<CorruptId> = accomplices.collect();
        for to in NodeId::all(realm.nodes()) {
            if realm.corrupt().iter().any(|id| id.node() == to) {
                continue;
            }
            let signers = match realm.pick(*commander, 3) {
                0 => continue,
                1 => &[],
                _ => accomplices.as_slice(),
            };
            let mut chain = realm.signer(*commander).sign(Chain::Value(order.clone()));
            for signer in signers {
                chain = realm.signer(*signer).sign(after(chain));
            }
            let last = *signers.last().unwrap_or(commander);
            realm.send(last, to, InRound { round, body: chain });
        }
    }
}
