//! The adversary that chooses its victims while the run goes on.

use super::Liar;
use super::realm::spokesman;
use crate::{Adversary, Envelope, Message, NodeId, Puppet, Realm};

/// Takes over honest nodes at the moment they first speak, up to its budget, and lies through all
/// that are corrupt like [`Liar`]. For each node of the budget it chooses at the start whom to take
/// over: nobody (0), or the `k`-th node to be heard.
///
/// What made it speak is out already; the rest of a multicast is not.
#[derive(Clone, Debug)]
pub struct Adaptive {
    budget: u16,
    /// Which nodes to take over, by the order in which they are first heard, from 1.
    victims: Vec<u64>,
    heard: Vec<NodeId>,
}

impl Adaptive {
    /// An adversary that takes over up to `budget` nodes; the world says how many it really may.
    #[must_use]
    pub const fn new(budget: u16) -> Self {
        Self { budget, victims: Vec::new(), heard: Vec::new() }
    }
}

impl<M: Message> Adversary<M> for Adaptive {
    fn listens(&self) -> bool {
        true
    }

    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        let (asked, nodes) = (spokesman(realm), u64::from(realm.nodes()));
        self.victims = (0..self.budget).map(|_| realm.pick_about(asked, nodes + 1)).collect();
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        Liar.speak(by, to, want, realm);
    }

    fn overhear(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) {
        if self.heard.contains(&sent.from) {
            return;
        }
        self.heard.push(sent.from);
        if self.victims.contains(&(self.heard.len() as u64)) {
            realm.corrupt_also(sent.from);
        }
    }
}
