//! The attack `invent-prepared`: what a VIEW-CHANGE can say that is not so.

use generals::{CorruptId, NodeId, Realm, Signed, Signer};

use super::super::message::{Message, Phase, Prepared, ViewChange, Vote, digest};

/// In so many ways, and one is to say what is so.
const WAYS: u64 = 12;

/// Another VIEW-CHANGE, or the same: which is a choice. Whatever it says is signed with its own key;
/// the signatures of others are made up where it has none of theirs.
pub(super) fn view_change(
    by: CorruptId,
    vc: &Signed<ViewChange>,
    realm: &mut dyn Realm<Message>,
) -> Signed<ViewChange> {
    let way = realm.pick(by, WAYS);
    let (me, signer) = (by.node(), realm.signer(by));
    let said = vc.claim().1;
    let (last, null) = (said.v.saturating_sub(1), digest(&[]));
    let each = |change: &dyn Fn(Vote) -> Vote| -> Vec<Prepared> {
        said.p.iter().map(|p| forge(me, signer, p, change)).collect()
    };
    let mut n = said.n;
    let mut p = said.p.clone();
    match way {
        // The null request instead of whatever prepared.
        1 => p = each(&|vote| Vote { d: null, v: last, ..vote }),
        // The same of the view in which it prepared.
        2 => p = each(&|vote| Vote { d: null, ..vote }),
        // It prepared in a later view.
        3 => p = each(&|vote| Vote { v: last, ..vote }),
        // It prepared with another number.
        4 => p = each(&|vote| Vote { n: vote.n.saturating_add(1), ..vote }),
        // Besides, something prepared with the next number, or with the first.
        5 => {
            let n = p.last().map_or(n, |p| p.pre_prepare.claim().1.n).saturating_add(1);
            let vote = Vote { phase: Phase::PrePrepare, v: last, n, d: null };
            p.push(from_nothing(me, signer, vote));
        }
        // With a PREPARE less than it takes.
        6 => {
            for p in &mut p {
                p.prepares.pop();
            }
        }
        // With its own PREPAREs only.
        7 => {
            for p in &mut p {
                let vote = Vote { phase: Phase::Prepare, ..*p.pre_prepare.claim().1 };
                p.prepares.fill(signer.sign(vote));
            }
        }
        // Twice.
        8 => p.extend(said.p.iter().cloned()),
        // All of that is stable already, and more.
        9 => {
            n = p.last().map_or(n, |p| p.pre_prepare.claim().1.n).saturating_add(1);
            p.clear();
        }
        // With a PREPARE of the primary among them: a good one if it is that primary itself.
        10 => {
            for p in &mut p {
                let (primary, vote) = p.pre_prepare.claim();
                let vote = Vote { phase: Phase::Prepare, ..*vote };
                if let Some(last) = p.prepares.last_mut() {
                    *last = sign(me, signer, primary, vote);
                }
            }
        }
        // The null request prepared in the very view that is asked for.
        11 => p = each(&|vote| Vote { d: null, v: said.v, ..vote }),
        _ => {}
    }
    signer.sign(ViewChange { n, p, ..said.clone() })
}

fn sign(me: NodeId, signer: &Signer, i: NodeId, vote: Vote) -> Signed<Vote> {
    if i == me { signer.sign(vote) } else { Signed::counterfeit(vote, i) }
}

/// What shows that something prepared, with other votes of the same replicas.
fn forge(me: NodeId, signer: &Signer, p: &Prepared, change: &dyn Fn(Vote) -> Vote) -> Prepared {
    let other = |vote: &Signed<Vote>| {
        let (i, vote) = vote.claim();
        sign(me, signer, i, change(*vote))
    };
    Prepared {
        pre_prepare: other(&p.pre_prepare),
        prepares: p.prepares.iter().map(other).collect(),
    }
}

/// The same where nothing prepared: votes of the first replicas there are, whoever leads.
fn from_nothing(me: NodeId, signer: &Signer, vote: Vote) -> Prepared {
    let prepare = Vote { phase: Phase::Prepare, ..vote };
    Prepared {
        pre_prepare: sign(me, signer, NodeId(0), vote),
        prepares: (1..3).map(|i| sign(me, signer, NodeId(i), prepare)).collect(),
    }
}
