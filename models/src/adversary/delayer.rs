//! The adversary that owns the network's clock.

use crate::{Adversary, Envelope, Fate, Message, NodeId, Puppet, Realm};

/// Corrupt nodes tell the truth, but each message of anybody may be as late as the timing model
/// allows: a choice about its sender, message by message, where 0 is as chance has it.
#[derive(Clone, Copy, Debug)]
pub struct Delayer;

impl<M: Message> Adversary<M> for Delayer {
    fn schedules(&self) -> bool {
        true
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        realm.send(by.of, to, want);
    }

    fn schedule(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) -> Fate {
        if realm.pick_about(sent.from, 2) == 0 { Fate::Chance } else { Fate::Late }
    }
}
