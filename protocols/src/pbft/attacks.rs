//! Attacks on this very protocol. A corrupt node runs the honest program, and says something else
//! instead of this or that; whatever it signs, it signs with its own key.

mod clients;
mod forge;
mod invent;
mod keep_behind;

use std::collections::BTreeSet;

use generals::{Adversary, CorruptId, Envelope, Fate, NodeId, Puppet, Realm, Signed};

use super::message::{
    Batch, Checkpoint, Message, NewView, Phase, Reply, Request, Timestamp, ViewChange, Vote, digest,
};
use super::new_view;
use super::rulebook::Osdi99;
use super::service::{Answer, Digest};

/// Their names.
pub(super) const ALL: &[&str] = &[
    EQUIVOCATE,
    SAY_BOTH,
    TWO_BODIES,
    NO_PRE_PREPARE,
    SLOW,
    SKIP,
    RUN_AHEAD,
    STARVE,
    HIDE,
    INVENT,
    FORGE_NEW_VIEW,
    STALE_NEW_VIEW,
    WRONG_CHECKPOINT,
    LYING_STATE,
    LYING_REPLIES,
    STUFF,
    KEEP_BEHIND,
    TWO_FACED_CLIENT,
    HALF_SIGNED_CLIENT,
    SPLIT_VIEWS,
];

/// A primary tells odd replicas that a number is the null request's, and commits to both.
const EQUIVOCATE: &str = "equivocate";
/// The same, and then he tells everybody the other story too.
const SAY_BOTH: &str = "say-both";
/// A primary sends odd replicas no requests, under the digest of some.
const TWO_BODIES: &str = "two-bodies";
/// A primary gives no number to anything.
const NO_PRE_PREPARE: &str = "no-pre-prepare";
/// A primary is as slow as clients and backups with default time-outs put up with.
const SLOW: &str = "slow-primary";
/// A primary leaves out every other number.
const SKIP: &str = "skip-numbers";
/// A primary runs towards the high watermark, eight numbers at a time.
const RUN_AHEAD: &str = "run-ahead";
/// A primary gives no number to what an even client asks for.
const STARVE: &str = "starve-client";
/// A VIEW-CHANGE says that nothing prepared; and so does its copy in a NEW-VIEW of one's own, from
/// which O follows.
const HIDE: &str = "hide-prepared";
/// A VIEW-CHANGE invents what prepared, in one of several ways.
const INVENT: &str = "invent-prepared";
/// A NEW-VIEW is wrong in one of several ways: its VIEW-CHANGEs, or what it makes of them.
const FORGE_NEW_VIEW: &str = "forge-new-view";
/// With anything that is said goes an old NEW-VIEW or VIEW-CHANGE, of whomever; and a NEW-VIEW may be
/// made of old VIEW-CHANGEs.
const STALE_NEW_VIEW: &str = "stale-new-view";
/// CHECKPOINTs have a wrong digest.
const WRONG_CHECKPOINT: &str = "wrong-checkpoint";
/// Who asks for a state, or for what is committed, is sent another.
const LYING_STATE: &str = "lying-state";
/// Clients are answered at once, and wrongly, in one of several ways.
const LYING_REPLIES: &str = "lying-replies";
/// Every vote is cast three times, and nothing is said to have prepared.
const STUFF: &str = "stuff-ballots";
/// For four replicas and a network in which delays have no bound yet: one replica alone gets to know
/// in view 0 that something prepared, nobody hears of it in view 1, and in view 2 it is the first to
/// be heard.
const KEEP_BEHIND: &str = "keep-behind";
/// A client asks even replicas for something else, with the same timestamp, and all at once.
const TWO_FACED_CLIENT: &str = "two-faced-client";
/// A client's requests to even replicas are not signed properly. It asks all at once.
const HALF_SIGNED_CLIENT: &str = "half-signed-client";
/// Nothing is said but VIEW-CHANGEs, and these to one replica only.
const SPLIT_VIEWS: &str = "split-views";

/// The attack of that name.
pub(super) fn attack(name: &str) -> Option<Box<dyn Adversary<Message>>> {
    let name = ALL.iter().find(|known| **known == name)?;
    Some(Box::new(Attack { name, stale: Vec::new(), late: Vec::new(), asked: BTreeSet::new() }))
}

struct Attack {
    name: &'static str,
    /// What was said once, to be said again.
    stale: Vec<Message>,
    /// What is to be said later.
    late: Vec<(CorruptId, NodeId, Message)>,
    /// What corrupt clients have asked everybody for.
    asked: BTreeSet<(NodeId, Timestamp)>,
}

/// What a primary gives a number to instead: nothing.
fn null(by: CorruptId, vote: &Signed<Vote>, realm: &dyn Realm<Message>) -> Signed<Vote> {
    let vote = *vote.claim().1;
    realm.signer(by).sign(Vote { d: digest(&[]), ..vote })
}

const fn is_odd(node: NodeId) -> bool {
    node.0 % 2 == 1
}

impl Attack {
    /// What is said instead of a PRE-PREPARE.
    fn pre_prepare(
        &mut self,
        by: CorruptId,
        to: NodeId,
        (vote, m): (Signed<Vote>, Batch),
        realm: &mut dyn Realm<Message>,
    ) -> Option<Message> {
        let Vote { phase, v, n, d } = *vote.claim().1;
        let signs = |n, m: Batch, realm: &dyn Realm<Message>| {
            let vote = Vote { phase, v, n, d: digest(&m) };
            Message::PrePrepare(realm.signer(by).sign(vote), m)
        };
        Some(match self.name {
            EQUIVOCATE | SAY_BOTH => {
                let mut stories = [(null(by, &vote, realm), Batch::new()), (vote, m)];
                if is_odd(to) {
                    stories.reverse();
                }
                let [other, one] = stories;
                if self.name == SAY_BOTH {
                    realm.send(by, to, Message::PrePrepare(other.0, other.1));
                }
                let commit = Vote { phase: Phase::Commit, v, n, d: one.0.claim().1.d };
                let commit = realm.signer(by).sign(commit);
                realm.send(by, to, Message::Vote(commit));
                Message::PrePrepare(one.0, one.1)
            }
            TWO_BODIES if is_odd(to) => Message::PrePrepare(vote, Batch::new()),
            NO_PRE_PREPARE => return None,
            KEEP_BEHIND => {
                if to == keep_behind::KEPT {
                    let commit = Vote { phase: Phase::Commit, v, n, d };
                    let commit = realm.signer(by).sign(commit);
                    realm.send(by, to, Message::Vote(commit));
                } else if to == keep_behind::NEXT && v == 0 && n % 2 == 1 {
                    return None;
                }
                Message::PrePrepare(vote, m)
            }
            SLOW => {
                let until = realm.now() + realm.expected_delay() * PATIENCE;
                self.late.push((by, to, Message::PrePrepare(vote, m)));
                realm.wake_at(until, 0);
                return None;
            }
            SKIP => signs(n.saturating_mul(2), m, realm),
            RUN_AHEAD => signs(n.saturating_mul(8), m, realm),
            STARVE => {
                let fed = |m: &Signed<_>| is_odd(m.claim().0);
                signs(n, m.into_iter().filter(fed).collect(), realm)
            }
            _ => {
                debug_assert_eq!(d, digest(&m));
                Message::PrePrepare(vote, m)
            }
        })
    }

    /// What is said instead of a VIEW-CHANGE.
    fn view_change(
        &self,
        by: CorruptId,
        vc: Signed<ViewChange>,
        realm: &mut dyn Realm<Message>,
    ) -> Signed<ViewChange> {
        let said = vc.claim().1.clone();
        match self.name {
            HIDE | STUFF | KEEP_BEHIND => {
                realm.signer(by).sign(ViewChange { p: Vec::new(), ..said })
            }
            INVENT => invent::view_change(by, &vc, realm),
            _ => vc,
        }
    }

    /// What is said instead of anything else.
    fn other(&mut self, by: CorruptId, want: Message, realm: &mut dyn Realm<Message>) -> Message {
        match (self.name, want) {
            (FORGE_NEW_VIEW, Message::NewView(nv)) if nv.claim().0 == by.node() => {
                Message::NewView(forge::new_view(by, &nv, realm))
            }
            (STALE_NEW_VIEW, Message::NewView(nv)) if realm.pick(by, 2) == 1 => {
                let said = nv.claim().1.clone();
                let old = self.stale.iter().filter_map(|stale| match stale {
                    Message::ViewChange(vc) if vc.claim().1.v < said.v => Some(vc.clone()),
                    _ => None,
                });
                let vs = old.take(said.vs.len()).collect();
                Message::NewView(realm.signer(by).sign(NewView { vs, ..said }))
            }
            (WRONG_CHECKPOINT, Message::Checkpoint(checkpoint)) => {
                let Checkpoint { n, d } = *checkpoint.claim().1;
                Message::Checkpoint(realm.signer(by).sign(Checkpoint { n, d: Digest(!d.0) }))
            }
            (LYING_STATE, Message::State(proof, mut state)) => {
                state.service.insert("lie".into(), "lie".into());
                Message::State(proof, state)
            }
            (LYING_STATE, Message::Committed(commits, _)) => {
                Message::Committed(commits, Batch::new())
            }
            (HIDE, Message::NewView(nv)) if nv.claim().0 == by.node() => {
                Message::NewView(self.hiding(by, &nv, realm))
            }
            (_, want) => want,
        }
    }

    /// A NEW-VIEW of one's own, in which one's own VIEW-CHANGE hides what prepared.
    fn hiding(
        &self,
        by: CorruptId,
        nv: &Signed<NewView>,
        realm: &mut dyn Realm<Message>,
    ) -> Signed<NewView> {
        let NewView { v, mut vs, .. } = nv.claim().1.clone();
        for vc in &mut vs {
            if vc.claim().0 == by.node() {
                *vc = self.view_change(by, vc.clone(), realm);
            }
        }
        let signer = realm.signer(by);
        let o = new_view::o::<Osdi99>(v, &vs).o.into_iter().map(|vote| signer.sign(vote)).collect();
        signer.sign(NewView { v, vs, o })
    }

    /// A corrupt client wants to ask `to`: it asks all nodes before itself, if it has not yet.
    fn request(
        &mut self,
        by: CorruptId,
        to: NodeId,
        m: &Signed<Request>,
        realm: &mut dyn Realm<Message>,
    ) {
        let bend =
            if self.name == TWO_FACED_CLIENT { clients::two_faced } else { clients::half_signed };
        if self.asked.insert((by.node(), m.claim().1.t)) {
            clients::ask(by, NodeId::all(by.node().0), m, bend, realm);
        } else {
            clients::ask(by, std::iter::once(to), m, bend, realm);
        }
    }

    /// Keeps what makes views, the latest first, for another time.
    fn remember(&mut self, said: &Message) {
        if matches!(said, Message::NewView(_) | Message::ViewChange(_)) {
            self.stale.truncate(MOST_STALE - 1);
            self.stale.insert(0, said.clone());
        }
    }
}

/// For how many delays nobody misses a PRE-PREPARE, with the time-outs of the defaults. The backups
/// hear of a request when its client asks all of them, ten delays after it asked the primary, and
/// wait for eight more. Four go by otherwise: REQUEST, PRE-PREPARE, PREPARE and COMMIT.
const PATIENCE: u64 = 14;

/// How much of what makes views is kept.
const MOST_STALE: usize = 24;

/// Answers a request, perhaps: with a wrong result, in the name of any view, or to the next request
/// already.
fn lying_reply(by: CorruptId, request: &Request, realm: &mut dyn Realm<Message>) {
    let lies = [
        Answer::Value(Some("lie".into())),
        Answer::Value(None),
        Answer::Done,
        Answer::Swapped(true),
        Answer::Swapped(false),
        Answer::Refused,
    ];
    let which = usize::try_from(realm.pick(by, lies.len() as u64 + 1)).unwrap_or_default();
    let Some(r) = which.checked_sub(1).and_then(|i| lies.get(i)).cloned() else { return };
    let v = realm.pick(by, 4);
    let t = request.t + realm.pick(by, 2);
    let reply = realm.signer(by).sign(Reply { v, t, c: request.c, r });
    realm.send(by, request.c, Message::Reply(reply));
}

impl Adversary<Message> for Attack {
    fn listens(&self) -> bool {
        [LYING_REPLIES, STALE_NEW_VIEW, KEEP_BEHIND].contains(&self.name)
    }

    fn schedules(&self) -> bool {
        self.name == KEEP_BEHIND
    }

    fn schedule(&mut self, sent: &Envelope<Message>, realm: &mut dyn Realm<Message>) -> Fate {
        keep_behind::fate(sent, realm)
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: Message, realm: &mut dyn Realm<Message>) {
        let by = by.of;
        if self.name == STALE_NEW_VIEW {
            self.remember(&want);
            let which = realm.pick(by, self.stale.len() as u64 + 1);
            let which = usize::try_from(which).unwrap_or_default();
            if let Some(stale) = which.checked_sub(1).and_then(|i| self.stale.get(i)) {
                realm.send(by, to, stale.clone());
            }
        }
        let only = NodeId(u16::from(by.node() == NodeId(0)));
        if self.name == SPLIT_VIEWS && (to != only || !matches!(want, Message::ViewChange(_))) {
            return;
        }
        let said = match want {
            Message::PrePrepare(vote, m) if vote.claim().0 == by.node() => {
                match self.pre_prepare(by, to, (vote, m), realm) {
                    Some(said) => said,
                    None => return,
                }
            }
            Message::ViewChange(vc) if vc.claim().0 == by.node() => {
                let vc = self.view_change(by, vc, realm);
                if self.name == KEEP_BEHIND {
                    self.stale = vec![Message::ViewChange(vc.clone())];
                }
                Message::ViewChange(vc)
            }
            Message::Vote(vote)
                if self.name == KEEP_BEHIND && keep_behind::hides(by, to, &vote) =>
            {
                return;
            }
            Message::Request(m)
                if m.claim().0 == by.node()
                    && [TWO_FACED_CLIENT, HALF_SIGNED_CLIENT].contains(&self.name) =>
            {
                return self.request(by, to, &m, realm);
            }
            want => self.other(by, want, realm),
        };
        let times = if self.name == STUFF && matches!(said, Message::Vote(_)) { 3 } else { 1 };
        for _ in 0..times {
            realm.send(by, to, said.clone());
        }
    }

    fn overhear(&mut self, sent: &Envelope<Message>, realm: &mut dyn Realm<Message>) {
        match (self.name, &sent.body) {
            (STALE_NEW_VIEW, said) => self.remember(said),
            (KEEP_BEHIND, Message::ViewChange(vc)) => {
                keep_behind::second(sent.from, vc, self.stale.first(), realm);
            }
            (LYING_REPLIES, Message::Request(m)) if m.claim().0 == sent.from => {
                let request = m.claim().1.clone();
                for by in realm.corrupt().to_vec() {
                    lying_reply(by, &request, realm);
                }
            }
            _ => {}
        }
    }

    fn wake(&mut self, _: u64, realm: &mut dyn Realm<Message>) {
        // Each comes with a wake of its own, in the same order.
        if !self.late.is_empty() {
            let (by, to, said) = self.late.remove(0);
            realm.send(by, to, said);
        }
    }
}
