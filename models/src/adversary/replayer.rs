//! The adversary that repeats what was said.

use std::collections::VecDeque;

use crate::{Adversary, CorruptId, Envelope, Message, NodeId, Puppet, Realm};

/// How many messages it remembers.
const MOST: usize = 64;

/// Corrupt nodes tell the truth, and whenever they do, they may say something else besides, in
/// their own name: one of the last 64 messages that an honest node or one of them has said, to
/// somebody. Whether (0: no), what (0: the latest) and to whom is a choice.
#[derive(Clone, Debug)]
pub struct Replayer<M> {
    /// The latest first.
    heard: VecDeque<M>,
}

impl<M> Default for Replayer<M> {
    fn default() -> Self {
        Self { heard: VecDeque::new() }
    }
}

impl<M: Message> Replayer<M> {
    fn remember(&mut self, message: M) {
        self.heard.truncate(MOST - 1);
        self.heard.push_front(message);
    }

    fn replay(&self, by: CorruptId, realm: &mut dyn Realm<M>) {
        let others = u64::from(realm.nodes()) - 1;
        if self.heard.is_empty() || others == 0 || realm.pick(by, 2) == 0 {
            return;
        }
        let which = realm.pick(by, self.heard.len() as u64);
        let whom = u16::try_from(realm.pick(by, others)).unwrap_or_default();
        let to = NodeId(if whom < by.node().0 { whom } else { whom + 1 });
        if let Some(message) = usize::try_from(which).ok().and_then(|i| self.heard.get(i)) {
            realm.send(by, to, message.clone());
        }
    }
}

impl<M: Message> Adversary<M> for Replayer<M> {
    fn listens(&self) -> bool {
        true
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        realm.send(by.of, to, want.clone());
        self.replay(by.of, realm);
        self.remember(want);
    }

    fn overhear(&mut self, sent: &Envelope<M>, _: &mut dyn Realm<M>) {
        self.remember(sent.body.clone());
    }
}
