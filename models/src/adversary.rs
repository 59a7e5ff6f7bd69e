//! The adversary: one mind for all corrupt nodes.
//!
//! Every corrupt node runs the honest program; the adversary bends what it says. It may withhold a
//! message, change it, send others instead, each receiver another, and all corrupt nodes act in
//! concert. It acts only through [`Realm`], which offers what a real adversary has and nothing
//! else: it cannot speak as an honest node, and it cannot sign as one.
//!
//! | power | how | limit |
//! |---|---|---|
//! | rushing | [`Adversary::overhear`] | only if it [listens](Adversary::listens) |
//! | scheduling | [`Adversary::schedule`] | what the timing and link models may do by themselves |
//! | equivocation | [`Adversary::speak`], receiver by receiver | – |
//! | mutation | [`Realm::lie`], [`Realm::mutate`], signed with a corrupt key | honest signatures stay as they are |
//! | replay | [`Realm::send`] whatever it overheard | as itself |
//! | two copies under one identity | [`Adversary::copies`], [`Adversary::admit`] | – |
//! | collusion | one object, [`Realm::hand`] | among accomplices only |
//! | adaptive corruption | [`Realm::corrupt_also`] | the budget |
//!
//! The strategies here need no knowledge of any protocol. [`AdversaryModel`] selects one.

mod adaptive;
mod any;
mod delayer;
mod fate;
mod flip;
mod half_split;
mod honest;
mod liar;
mod model;
mod parity;
mod path_parity;
mod realm;
mod replayer;
mod silent;
mod small_scope;
mod structured;
mod twins;

use crate::{CorruptId, Envelope, Message, NodeId};

pub use adaptive::Adaptive;
pub use any::Any;
pub use delayer::Delayer;
pub use fate::Fate;
pub use flip::Flip;
pub use half_split::HalfSplit;
pub use honest::Honest;
pub use liar::Liar;
pub use model::AdversaryModel;
pub use parity::Parity;
pub use path_parity::PathParity;
pub use realm::{Puppet, Realm};
pub use replayer::Replayer;
pub use silent::Silent;
pub use small_scope::SmallScope;
pub use structured::Structured;
pub use twins::Twins;

/// A strategy for all corrupt nodes of a run together.
///
/// ```
/// use generals_models::{Adversary, Message, NodeId, Puppet, Realm};
///
/// /// Tells even nodes the truth and odd nodes nothing.
/// struct Partial;
/// impl<M: Message> Adversary<M> for Partial {
///     fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
///         if to.0 % 2 == 0 {
///             realm.send(by.of, to, want);
///         }
///     }
/// }
/// ```
pub trait Adversary<M: Message> {
    /// The run begins; no node has started yet. Afterwards the strategy is asked, once, for
    /// [`copies`](Self::copies), [`listens`](Self::listens), [`observes`](Self::observes) and
    /// [`schedules`](Self::schedules).
    fn begin(&mut self, _realm: &mut dyn Realm<M>) {}

    /// How many copies of the honest program run on each node that is corrupt from the start: 1 to
    /// 8. Twins, of the paper of that name (Bano et al., OPODIS 2021), are 2.
    fn copies(&self) -> u8 {
        1
    }

    /// Whether it wants to [`overhear`](Self::overhear) what honest nodes say.
    fn listens(&self) -> bool {
        false
    }

    /// Whether [`Realm::mutate`] is to know all messages of the run from its start. Otherwise it
    /// knows those that are sent after it was first used.
    fn observes(&self) -> bool {
        false
    }

    /// Whether it wants to [`schedule`](Self::schedule) messages.
    fn schedules(&self) -> bool {
        false
    }

    /// The honest program `by`, on a corrupt node, wants to say `want` to `to`: say, with
    /// [`Realm::send`], what is really said.
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>);

    /// Which copies on the node `at` hear what arrives from `from`: bit `c` stands for copy `c`. It
    /// may not send here. Only asked where there are several copies.
    fn admit(&mut self, _at: CorruptId, _from: NodeId, _realm: &mut dyn Realm<M>) -> u8 {
        0b1
    }

    /// An honest node has sent this to another node, and it has not arrived yet. What is sent here
    /// is on its way first.
    fn overhear(&mut self, _sent: &Envelope<M>, _realm: &mut dyn Realm<M>) {}

    /// What becomes of a message on its way, an honest or a corrupt one, as far as the timing and
    /// link models leave it open. It may not send here.
    fn schedule(&mut self, _sent: &Envelope<M>, _realm: &mut dyn Realm<M>) -> Fate {
        Fate::Chance
    }

    /// The instant has come for which [`Realm::wake_at`] asked.
    fn wake(&mut self, _tag: u64, _realm: &mut dyn Realm<M>) {}
}
