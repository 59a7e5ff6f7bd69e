//! The adversary that is another one each run.

use super::Honest;
use super::realm::spokesman;
use crate::{Adversary, AdversaryModel, CorruptId, Envelope, Fate, Message, NodeId, Puppet, Realm};

/// What it may be; the first is the kindest.
const ALL: &[AdversaryModel] = &[
    AdversaryModel::Honest,
    AdversaryModel::Silent,
    AdversaryModel::Liar,
    AdversaryModel::Flip,
    AdversaryModel::Parity,
    AdversaryModel::HalfSplit,
    AdversaryModel::PathParity,
    AdversaryModel::Structured,
    AdversaryModel::Delayer,
    AdversaryModel::Replayer,
    AdversaryModel::Twins,
    AdversaryModel::SMALL_SCOPE,
];

/// Each run one of the strategies that keep to the nodes they were given, by a choice at the start;
/// 0 is to be honest. So that one campaign meets all of them.
pub struct Any<M> {
    chosen: Box<dyn Adversary<M>>,
}

impl<M: Message> Default for Any<M> {
    fn default() -> Self {
        Self { chosen: Box::new(Honest) }
    }
}

impl<M: Message> Adversary<M> for Any<M> {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        let chosen = realm.pick_about(spokesman(realm), ALL.len() as u64);
        let chosen = usize::try_from(chosen).ok().and_then(|i| ALL.get(i)?.build());
        self.chosen = chosen.unwrap_or_else(|| Box::new(Honest));
        self.chosen.begin(realm);
    }

    fn copies(&self) -> u8 {
        self.chosen.copies()
    }

    fn listens(&self) -> bool {
        self.chosen.listens()
    }

    fn observes(&self) -> bool {
        self.chosen.observes()
    }

    fn schedules(&self) -> bool {
        self.chosen.schedules()
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        self.chosen.speak(by, to, want, realm);
    }

    fn admit(&mut self, at: CorruptId, from: NodeId, realm: &mut dyn Realm<M>) -> u8 {
        self.chosen.admit(at, from, realm)
    }

    fn overhear(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) {
        self.chosen.overhear(sent, realm);
    }

    fn schedule(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) -> Fate {
        self.chosen.schedule(sent, realm)
    }

    fn wake(&mut self, tag: u64, realm: &mut dyn Realm<M>) {
        self.chosen.wake(tag, realm);
    }
}
