//! A scheduler that keeps Ben-Or's protocol from deciding, as long as it knows the coins.
//!
//! M. Fischer, N. Lynch, M. Paterson, *Impossibility of Distributed Consensus with One Faulty
//! Process*, Journal of the ACM 32(2), 1985, section 3.
//!
//! | the paper | here |
//! |---|---|
//! | a bivalent configuration | round r begins with h = ⌊N/2⌋+1 processes at m, the others at what the coins show in round r |
//! | Lemma 2: one of the initial ones is bivalent | the first h processes are given Attack, the others Retreat |
//! | Lemma 3: from a bivalent one another can be reached by any event that is due | `Stage::next` |
//! | all messages are delivered, all processes take steps | who is late is late by one step, and nobody crashes |
//!
//! Why such a configuration is bivalent: let one process hear all h of m, and the others one fewer.
//! It alone sends a D-message. If all hear that, all begin the next round with m, which is decided;
//! if it says nothing either, since it hears one of m too few, all begin with what the coins show,
//! which is the other value. And why it can go on: let N-h processes hear that D-message, and the
//! h others not. Those begin with what the coins show, which is the other value, and the next round's
//! coins show m.
//!
//! Each process misses one other in each step, and that one's message comes when it has gone on. So
//! this is within the rules for any t, if processes are patient, and for t = 1 if they are not.
//! Nothing here looks into processes: it knows the inputs and the coins, and all else follows.

use generals::{Adversary, Envelope, Fate, NodeId, Puppet, Realm};

use super::Says;

/// The name of this attack. In round r a message takes as long as is expected, or r+2 times as long.
pub const KEEP_BIVALENT: &str = "keep-bivalent";

/// Who is to do what in one round.
struct Stage {
    /// The h processes that begin with m, and the first of whom is to send a D-message.
    at_m: Vec<NodeId>,
    nodes: u16,
}

impl Stage {
    /// Lemma 2.
    fn first(nodes: u16) -> Self {
        Self { at_m: NodeId::all(nodes / 2 + 1).collect(), nodes }
    }

    /// Lemma 3: those who do not hear the D-message are at the other value.
    fn next(&self) -> Self {
        let at_m = NodeId::all(self.nodes).filter(|node| !self.follows(*node)).collect();
        Self { at_m, nodes: self.nodes }
    }

    fn proposer(&self) -> NodeId {
        self.at_m[0]
    }

    /// Whether this process is to hear the D-message: N-h do, the proposer among them.
    fn follows(&self, node: NodeId) -> bool {
        let followers = usize::from(self.nodes) - self.at_m.len();
        self.at_m[..followers].contains(&node)
    }

    /// Whose message to `node` is to be late.
    fn late_for(&self, node: NodeId, says: &Says) -> Option<NodeId> {
        let mut others = NodeId::all(self.nodes).filter(|other| *other != node);
        match says {
            // One of the other value for the proposer, and one of m for all others.
            Says::First { .. } => {
                others.find(|other| self.at_m.contains(other) != (node == self.proposer()))
            }
            Says::Second { .. } => {
                others.find(|other| (*other == self.proposer()) != self.follows(node))
            }
        }
    }
}

/// One late message for each process in each step.
#[derive(Default)]
pub(super) struct KeepBivalent {
    /// The rounds so far.
    stages: Vec<Stage>,
}

impl Adversary<Says> for KeepBivalent {
    fn schedules(&self) -> bool {
        true
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: Says, realm: &mut dyn Realm<Says>) {
        realm.send(by.of, to, want);
    }

    fn schedule(&mut self, sent: &Envelope<Says>, realm: &mut dyn Realm<Says>) -> Fate {
        let (Says::First { r, .. } | Says::Second { r, .. }) = sent.body;
        while self.stages.len() < r as usize {
            let next = self.stages.last().map_or_else(|| Stage::first(realm.nodes()), Stage::next);
            self.stages.push(next);
        }
        let stage = self.stages.get((r as usize).wrapping_sub(1));
        let late = stage.and_then(|stage| stage.late_for(sent.to, &sent.body));
        let times = if late == Some(sent.from) { u64::from(r) + 2 } else { 1 };
        Fate::After(realm.expected_delay() * times)
    }
}
