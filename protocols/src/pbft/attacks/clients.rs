//! The attacks `two-faced-client` and `half-signed-client`: what a corrupt client asks for.
//!
//! An honest client asks the primary alone at first. These ask everybody at once, and give the even
//! replicas, of which the first primary is one, the bad version.

use generals::{CorruptId, NodeId, Realm, Signed};

use super::super::message::{Message, Request};
use super::super::service::Operation;

/// What becomes of a request that is meant for the even replicas.
type Bend = fn(CorruptId, &Signed<Request>, &dyn Realm<Message>) -> Signed<Request>;

/// It asks for something else, under the same timestamp.
pub(super) fn two_faced(
    by: CorruptId,
    m: &Signed<Request>,
    realm: &dyn Realm<Message>,
) -> Signed<Request> {
    let o = Operation::Append("x".into(), "!".into());
    realm.signer(by).sign(Request { o, ..m.claim().1.clone() })
}

/// It is not signed properly.
pub(super) fn half_signed(
    _: CorruptId,
    m: &Signed<Request>,
    _: &dyn Realm<Message>,
) -> Signed<Request> {
    let (c, said) = m.claim();
    Signed::counterfeit(said.clone(), c)
}

/// Sends `m`, or the bad version of it, to all of these.
pub(super) fn ask(
    by: CorruptId,
    whom: impl Iterator<Item = NodeId>,
    m: &Signed<Request>,
    bend: Bend,
    realm: &mut dyn Realm<Message>,
) {
    for to in whom {
        let said = if super::is_odd(to) { m.clone() } else { bend(by, m, realm) };
        realm.send(by, to, Message::Request(said));
    }
}
