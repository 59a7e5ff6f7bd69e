//! The attack `keep-behind`: how a request comes to have prepared at one replica, in a view that all
//! others have forgotten.
//!
//! Of four replicas the first is corrupt, and delays have no bound yet.
//!
//! - View 0: the next primary is not told what has an odd number. The last replica hears of it, and
//!   that somebody agrees, and even has the corrupt replica's COMMIT. Its own votes are late. So it
//!   prepared at one replica, and is not committed, though two of the three COMMITs are there.
//! - View 1: the last replica's VIEW-CHANGE is late. The others go on without it, with another
//!   request or none for that number. What they say comes late to the last one.
//! - View 2: the last replica asks for it, and the corrupt one joins, so that all do. The first
//!   quorum of VIEW-CHANGEs tells of both views, and only that of view 1 may count.

use generals::{CorruptId, Envelope, Fate, NodeId, Realm, Signed, Span};

use super::super::message::{Message, View, ViewChange, Vote};

/// The primary of view 1.
pub(super) const NEXT: NodeId = NodeId(1);
/// Who is kept behind.
pub(super) const KEPT: NodeId = NodeId(3);

/// Whether a vote of the corrupt replica is not said: in view 0 only one hears any.
pub(super) fn hides(by: CorruptId, to: NodeId, vote: &Signed<Vote>) -> bool {
    let (i, vote) = vote.claim();
    i == by.node() && vote.v == 0 && to != KEPT
}

/// When a message arrives: late if it would spoil the plan, and otherwise soon.
pub(super) fn fate(sent: &Envelope<Message>, realm: &mut dyn Realm<Message>) -> Fate {
    let late = match &sent.body {
        Message::Status(_) => true,
        body if sent.from == KEPT => match body {
            Message::Vote(vote) => vote.claim().1.v == 0,
            Message::ViewChange(vc) => vc.claim().1.v == 1,
            _ => false,
        },
        body if sent.to == KEPT => view(body) == Some(1),
        _ => false,
    };
    if late {
        return Fate::Late;
    }
    let eighths = 8 - realm.pick_about(sent.from, 5);
    Fate::After(Span::nanos(realm.expected_delay().as_nanos() / 8 * eighths))
}

/// The view that a message needs, if it belongs to one.
fn view(body: &Message) -> Option<View> {
    match body {
        Message::NewView(nv) => Some(nv.claim().1.v),
        Message::PrePrepare(vote, _) | Message::Vote(vote) => Some(vote.claim().1.v),
        _ => None,
    }
}

/// When who was kept behind asks for view 2, the corrupt replicas do so too.
pub(super) fn second(
    from: NodeId,
    vc: &Signed<ViewChange>,
    mine: Option<&Message>,
    realm: &mut dyn Realm<Message>,
) {
    let Some(Message::ViewChange(mine)) = mine else { return };
    if from != KEPT || vc.claim().1.v != 2 || mine.claim().1.v > 1 {
        return;
    }
    let said = ViewChange { v: 2, ..mine.claim().1.clone() };
    for by in realm.corrupt().to_vec() {
        let vc = realm.signer(by).sign(said.clone());
        for to in [NEXT, NodeId(2), KEPT] {
            realm.send(by, to, Message::ViewChange(vc.clone()));
        }
    }
}
