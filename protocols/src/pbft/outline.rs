//! The state of all nodes as far as it decides how they go on, so that one knows when it comes again
//! ([`Protocol::outline`](generals::Protocol::outline)).
//!
//! View numbers only ever grow, so that nothing would come again if they were written as they are.
//! But the rules of the paper compare views, add one to them and take them modulo n, and do nothing
//! else with them. So a view is written as its distance from the *base*, the lowest view that a
//! replica is in, and the base modulo n: two states that differ by a multiple of n in all views go on
//! alike. View 0 is another matter, since nobody can ask for it: whether the base is 0 is written,
//! too. Views below the base are over for everybody, and what is left of them is an order: which is
//! earlier, and whose it was.
//!
//! Sequence numbers, timestamps and digests are written as they are. Of time there is nothing but when
//! the operations of clients are due. What else is left out, and why that makes no difference:
//!
//! | left out | because |
//! |---|---|
//! | `worked` | it is only there for the time-out, which is written: as it is if it is the longest there is, else as the number of views that failed |
//! | VIEW-CHANGEs for views before one's own | they count for no view to come, and whatever replaces them is later |
//! | STATUSes of views before one's own, one's own likewise | they are only asked whether they are equal to the present one |
//! | of a client's view all but whose it is | that is all it is for |
//! | when a client asked, and what it was answered last | these are reported, nothing is done with them |

use std::collections::BTreeSet;

use generals::{Fingerprint, Moment, Signed};
use serde::Serialize;

use super::client::Client;
use super::log::Entry;
use super::message::{Message, NewView, Prepared, Status, View, ViewChange, Vote};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::{Config, Pbft};

/// Beyond this view an addition might not be one any more. Nobody gets there but by lying.
const FAR: View = 1 << 62;

/// Writes all that decides how the nodes go on; false if there is no saying what views are to them.
pub(super) fn outline<R: Rulebook>(moment: &Moment<'_, Pbft<R>>, into: &mut Fingerprint) -> bool {
    let mut sizes = moment.nodes().map(|(_, config, _)| config.replicas);
    let Some(n) = sizes.next().filter(|n| sizes.all(|other| other == *n)) else { return false };
    let replicas = moment.nodes().filter_map(|(_, _, node)| match node {
        Some(Pbft::Replica(replica)) => Some(replica.v),
        _ => None,
    });
    let base = replicas.min().unwrap_or(0);
    let mut scribe =
        Scribe { moment, n: n.into(), base, over: BTreeSet::new(), highest: 0, into: None };
    // Once to see which views there are, and once to write.
    scribe.all();
    if scribe.highest > FAR {
        return false;
    }
    scribe.into = Some(into);
    scribe.put(&(base == 0, base % u64::from(n)));
    scribe.all();
    true
}

/// Goes through all there is, and writes it unless it only looks at the views.
struct Scribe<'a, 'm, R: Rulebook> {
    moment: &'a Moment<'m, Pbft<R>>,
    n: u64,
    base: View,
    /// The views below the base that are still spoken of.
    over: BTreeSet<View>,
    highest: View,
    into: Option<&'a mut Fingerprint>,
}

impl<R: Rulebook> Scribe<'_, '_, R> {
    /// Something without views.
    fn put<T: Serialize + ?Sized>(&mut self, value: &T) {
        if let Some(into) = &mut self.into {
            into.serialize(value);
        }
    }

    fn view(&mut self, v: View) {
        if self.into.is_none() {
            self.highest = self.highest.max(v);
            if v < self.base {
                self.over.insert(v);
            }
            return;
        }
        match v.checked_sub(self.base) {
            Some(later) => self.put(&(true, later)),
            None => {
                let earlier = self.over.range(..v).count() as u64;
                self.put(&(false, earlier, v % self.n, v == 0));
            }
        }
    }

    /// Who signed it and whether that is so; returns what was signed.
    fn signed<'s, T>(&mut self, signed: &'s Signed<T>) -> &'s T {
        let (by, body) = signed.claim();
        self.put(&(by, self.moment.verify(signed).is_ok()));
        body
    }

    fn each<T>(&mut self, all: impl IntoIterator<Item = T>, write: impl Fn(&mut Self, T)) {
        for one in all {
            self.put(&true);
            write(self, one);
        }
        self.put(&false);
    }

    fn all(&mut self) {
        let moment = self.moment;
        for (_, config, node) in moment.nodes() {
            match node {
                None => {}
                Some(Pbft::Replica(replica)) => self.replica(replica, config),
                Some(Pbft::Client(client)) => self.client(client),
            }
        }
        moment.messages().for_each(|(_, _, message)| self.message(message));
        if let Some(into) = &mut self.into {
            moment.timers().for_each(|(_, timer)| into.debug(timer));
        }
    }

    // --- nodes

    fn replica(&mut self, replica: &Replica<R>, config: &Config) {
        self.view(replica.v);
        self.put(&(replica.active, replica.executed, replica.h, replica.assigned));
        self.put(&replica.state.snapshot());
        self.put(&(&replica.proof, &replica.snapshots, &replica.checkpoints));
        self.put(&(&replica.queue, replica.waits_for, replica.timer));
        self.put(&(replica.fetching, replica.fetches, replica.again, replica.ticking));
        let (t, failed) = (config.timeout(self.moment.expected_delay()), replica.failed());
        let (now, longest) = (R::wait(t, failed), R::wait(t, u32::MAX));
        self.put(&(now, (now != longest).then_some(failed)));
        self.each(&replica.log.entries, |scribe, (number, entry)| {
            scribe.put(number);
            scribe.entry(entry);
        });
        let counts = |v: View| v >= replica.v || R::gave_up_before(v, replica.v);
        let view_changes = replica.view_changes.values();
        self.each(view_changes.filter(|vc| counts(vc.claim().1.v)), Self::view_change);
        self.each(&replica.new_view, Self::new_view);
        let is_of_now = |status: &&Status| status.v >= replica.v;
        self.each(
            replica.peers.iter().filter(|(_, status)| is_of_now(status)),
            |scribe, (i, of)| {
                scribe.put(i);
                scribe.status(of);
            },
        );
        self.each(replica.told.iter().filter(is_of_now), Self::status);
        self.put(&replica.unheard);
    }

    fn entry(&mut self, entry: &Entry) {
        let Entry { pre_prepare, prepares, commits, prepared, committed, executed, requests } =
            entry;
        self.each(pre_prepare, Self::vote);
        self.each(prepares, Self::vote);
        self.each(commits, Self::vote);
        self.each(prepared, Self::prepared);
        self.each(committed, |scribe, commits| scribe.each(commits, Self::vote));
        self.put(&(executed, requests));
    }

    fn client(&mut self, client: &Client<R>) {
        self.put(&(client.t, client.v % self.n));
        // What is due already is asked for at once, and when an operation before the last is due
        // follows from that.
        let due = client.last_is_due();
        self.put(&due.map(|due| due.since(self.moment.now())));
        self.each(&client.asked, |scribe, asked| {
            scribe.put(&(&asked.m, asked.again));
            scribe.each(&asked.replies, |scribe, (i, (v, answer))| {
                scribe.put(&(i, answer));
                scribe.view(*v);
            });
        });
    }

    // --- what is said

    fn message(&mut self, message: &Message) {
        match message {
            Message::Request(m) => self.put(&(0u8, m)),
            Message::PrePrepare(vote, m) => {
                self.put(&(1u8, m));
                self.vote(vote);
            }
            Message::Vote(vote) => {
                self.put(&2u8);
                self.vote(vote);
            }
            Message::Reply(reply) => {
                self.put(&3u8);
                let reply = self.signed(reply);
                self.view(reply.v);
                self.put(&(reply.t, reply.c, &reply.r));
            }
            Message::Checkpoint(checkpoint) => self.put(&(4u8, checkpoint)),
            Message::ViewChange(vc) => {
                self.put(&5u8);
                self.view_change(vc);
            }
            Message::NewView(nv) => {
                self.put(&6u8);
                self.new_view(nv);
            }
            Message::Status(status) => {
                self.put(&7u8);
                let status = self.signed(status);
                self.status(status);
            }
            Message::Committed(commits, m) => {
                self.put(&(8u8, m));
                self.each(commits, Self::vote);
            }
            Message::Requests(m) => self.put(&(9u8, m)),
            Message::Stable(proof) => self.put(&(10u8, proof)),
            Message::Fetch(number) => self.put(&(11u8, number)),
            Message::State(proof, state) => self.put(&(12u8, proof, state)),
        }
    }

    fn vote(&mut self, vote: &Signed<Vote>) {
        let Vote { phase, v, n, d } = self.signed(vote);
        self.put(&(phase, n, d));
        self.view(*v);
    }

    fn prepared(&mut self, p: &Prepared) {
        self.vote(&p.pre_prepare);
        self.each(&p.prepares, Self::vote);
    }

    fn view_change(&mut self, vc: &Signed<ViewChange>) {
        let ViewChange { v, n, c, p } = self.signed(vc);
        self.view(*v);
        self.put(&(n, c));
        self.each(p, Self::prepared);
    }

    fn new_view(&mut self, nv: &Signed<NewView>) {
        let NewView { v, vs, o } = self.signed(nv);
        self.view(*v);
        self.each(vs, Self::view_change);
        self.each(o, Self::vote);
    }

    fn status(&mut self, status: &Status) {
        let Status { v, active, h, executed, lacks, asks } = status;
        self.view(*v);
        self.put(&(active, h, executed, lacks, asks));
    }
}
