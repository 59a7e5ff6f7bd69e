//! The attack `forge-new-view`: what a NEW-VIEW can say that is not so.

use generals::{CorruptId, NodeId, Realm, Signed};

use super::super::message::{Message, NewView, Phase, View, ViewChange, Vote, digest};
use super::super::new_view;
use super::super::rulebook::Osdi99;

/// In so many ways, and one is to say what is so.
const WAYS: u64 = 11;

/// Another NEW-VIEW, or the same: which is a choice, for each replica that is told. It is wrong in one
/// thing alone. Where that is V, O follows from it as it should; and where it can be, V says that
/// nothing prepared. Whatever it says is signed with its own key; the signatures of others are made
/// up where it has none of theirs.
pub(super) fn new_view(
    by: CorruptId,
    nv: &Signed<NewView>,
    realm: &mut dyn Realm<Message>,
) -> Signed<NewView> {
    let way = realm.pick(by, WAYS);
    let (me, signer) = (by.node(), realm.signer(by));
    let NewView { v, vs, o } = nv.claim().1;
    let o: Vec<Vote> = o.iter().map(|vote| *vote.claim().1).collect();
    let forged = if way < FIRST_OF_V {
        let whose = if way == IN_ANOTHERS_NAME { NodeId(u16::from(me.0 == 0)) } else { me };
        let sign = |vote| {
            if whose == me { signer.sign(vote) } else { Signed::counterfeit(vote, whose) }
        };
        let o = wrong_o(way, *v, new_view::min_s(vs), o);
        NewView { v: *v, vs: vs.clone(), o: o.into_iter().map(sign).collect() }
    } else {
        let mine = vs.iter().find(|vc| vc.claim().0 == me);
        let mine = mine.map(|vc| signer.sign(hiding(vc)));
        let vs = wrong_v(way, vs, mine.as_ref());
        let o = new_view::o::<Osdi99>(*v, &vs).o;
        NewView { v: *v, vs, o: o.into_iter().map(|vote| signer.sign(vote)).collect() }
    };
    signer.sign(forged)
}

/// O, signed by somebody else.
const IN_ANOTHERS_NAME: u64 = 6;

/// From this one on the ways are about V.
const FIRST_OF_V: u64 = 7;

/// O where V is right.
fn wrong_o(way: u64, v: View, min_s: u64, mut o: Vec<Vote>) -> Vec<Vote> {
    let null = |n| Vote { phase: Phase::PrePrepare, v, n, d: digest(&[]) };
    let next = o.last().map_or(min_s, |vote| vote.n).saturating_add(1);
    match way {
        // Null requests, whatever prepared.
        1 => o = o.iter().map(|vote| null(vote.n)).collect(),
        // One number less.
        2 => o.truncate(o.len().saturating_sub(1)),
        // The last number twice.
        3 => o.extend(o.last().copied()),
        // One number more: the null request's.
        4 => o.push(null(next)),
        // Of the view before.
        5 => o.iter_mut().for_each(|vote| vote.v = v.saturating_sub(1)),
        _ => {}
    }
    o
}

/// V, from the right one, and a VIEW-CHANGE of its own that hides what prepared.
fn wrong_v(
    way: u64,
    vs: &[Signed<ViewChange>],
    mine: Option<&Signed<ViewChange>>,
) -> Vec<Signed<ViewChange>> {
    let others = |vc: &&Signed<ViewChange>| Some(vc.claim().0) != mine.map(|mine| mine.claim().0);
    match way {
        // Its own alone.
        7 => mine.cloned().into_iter().collect(),
        // Its own instead of each.
        8 => vs.iter().filter_map(|_| mine.cloned()).collect(),
        // Of each other replica one that it never sent.
        9 => {
            let never_sent =
                |vc: &Signed<ViewChange>| Signed::counterfeit(hiding(vc), vc.claim().0);
            let others = vs.iter().filter(others).map(never_sent);
            mine.cloned().into_iter().chain(others).collect()
        }
        // One less than it takes.
        10 => vs.iter().take(vs.len().saturating_sub(1)).cloned().collect(),
        _ => vs.to_vec(),
    }
}

/// The same VIEW-CHANGE, as if nothing had prepared.
fn hiding(vc: &Signed<ViewChange>) -> ViewChange {
    ViewChange { p: Vec::new(), ..vc.claim().1.clone() }
}
