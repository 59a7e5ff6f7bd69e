//! The adversary of `ByzzFuzz`: a few small changes, early in the run.

use super::realm::spokesman;
use crate::{Adversary, CorruptId, Envelope, Fate, Message, NodeId, Puppet, Realm};

/// Tells the truth, except that a few messages of corrupt nodes are changed a little, and a few
/// messages of anybody are late or lost, all within the first rounds (L. N. Winter et al.,
/// *Randomized Testing of Byzantine Fault Tolerant Algorithms*, OOPSLA 2023). A round is as long as
/// a message is expected to take.
///
/// All is chosen at the start, for each change and each delay: the round (0: never), and then whom
/// it meets. A change meets the first message that a corrupt node says in that round to one of a
/// set of receivers, and all of the set hear the same: with one field replaced by a value seen in
/// this run, or by a neighbour of its own (see [`mutate`](mod@crate::mutate)). A delay meets the first message of a link.
#[derive(Clone, Debug)]
pub struct SmallScope<M> {
    mutations: u16,
    delays: u16,
    rounds: u32,
    changes: Vec<Change<M>>,
    stalls: Vec<Stall>,
}

#[derive(Clone, Debug)]
struct Change<M> {
    /// Counted from 1.
    round: u64,
    hears: Vec<bool>,
    /// Who spoke, the text of what was to be said, and what is said instead.
    made: Option<(CorruptId, String, M)>,
}

#[derive(Clone, Copy, Debug)]
struct Stall {
    round: u64,
    from: NodeId,
    to: NodeId,
    fate: Fate,
    done: bool,
}

impl<M: Message> SmallScope<M> {
    /// At most `mutations` messages changed and `delays` late or lost, within `rounds` rounds.
    #[must_use]
    pub const fn new(mutations: u16, delays: u16, rounds: u32) -> Self {
        Self { mutations, delays, rounds, changes: Vec::new(), stalls: Vec::new() }
    }

    /// Counted from 1.
    fn round(realm: &dyn Realm<M>) -> u64 {
        1 + realm.now().as_nanos() / realm.expected_delay().as_nanos().max(1)
    }

    fn plan_changes(&mut self, realm: &mut dyn Realm<M>) {
        if realm.corrupt().is_empty() {
            return;
        }
        let (asked, nodes) = (spokesman(realm), realm.nodes());
        for _ in 0..self.mutations {
            let round = realm.pick_about(asked, u64::from(self.rounds) + 1);
            if round > 0 {
                let hears = (0..nodes).map(|_| realm.pick_about(asked, 2) == 1).collect();
                self.changes.push(Change { round, hears, made: None });
            }
        }
    }

    fn plan_stalls(&mut self, realm: &mut dyn Realm<M>) {
        let (asked, nodes) = (spokesman(realm), u64::from(realm.nodes()));
        for _ in 0..self.delays {
            let round = realm.pick_about(asked, u64::from(self.rounds) + 1);
            if round > 0 {
                let mut node =
                    || NodeId(u16::try_from(realm.pick_about(asked, nodes)).unwrap_or(0));
                let (from, to) = (node(), node());
                let fate = [Fate::Chance, Fate::Late, Fate::Lose];
                let fate = fate[usize::try_from(realm.pick_about(asked, 3)).unwrap_or(0)];
                self.stalls.push(Stall { round, from, to, fate, done: false });
            }
        }
    }
}

impl<M: Message> Adversary<M> for SmallScope<M> {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        self.plan_changes(realm);
        self.plan_stalls(realm);
    }

    fn observes(&self) -> bool {
        !self.changes.is_empty()
    }

    fn schedules(&self) -> bool {
        !self.stalls.is_empty()
    }

    fn speak(&mut self, by: Puppet, to: NodeId, mut want: M, realm: &mut dyn Realm<M>) {
        let round = Self::round(realm);
        let due = self.changes.iter_mut().filter(|change| change.round == round);
        for change in due.filter(|change| change.hears.get(to.index()) == Some(&true)) {
            let text = format!("{want:?}");
            let (speaker, wanted, instead) = change.made.get_or_insert_with(|| {
                let mut instead = want.clone();
                realm.mutate(by.of, &mut instead);
                (by.of, text.clone(), instead)
            });
            if *speaker == by.of && *wanted == text {
                want = instead.clone();
                break;
            }
        }
        realm.send(by.of, to, want);
    }

    fn schedule(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) -> Fate {
        let round = Self::round(realm);
        let met = |stall: &&mut Stall| {
            !stall.done && stall.round == round && (stall.from, stall.to) == (sent.from, sent.to)
        };
        self.stalls.iter_mut().find(met).map_or(Fate::Chance, |stall| {
            stall.done = true;
            stall.fate
        })
    }
}
