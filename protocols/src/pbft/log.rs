//! The message log, between the watermarks.

use std::collections::BTreeMap;

use generals::{NodeId, Signed};
use serde::Serialize;

use super::message::{Batch, Phase, Prepared, Seq, Timestamp, View, Vote, digest};
use super::service::Digest;

/// What is known of one sequence number.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// The PRE-PREPARE that was accepted, of the current view.
    pub pre_prepare: Option<Signed<Vote>>,
    /// PREPAREs of the current view, whatever they are for.
    pub prepares: Vec<Signed<Vote>>,
    /// COMMITs of the current view, whatever they are for.
    pub commits: Vec<Signed<Vote>>,
    /// What prepared here in the latest view in which anything did.
    pub prepared: Option<Prepared>,
    /// What is committed here: a quorum of COMMITs that are alike, in whichever view.
    pub committed: Option<Vec<Signed<Vote>>>,
    /// Whether it has been executed here.
    pub executed: bool,
    /// Requests, by their digest.
    pub requests: BTreeMap<Digest, Batch>,
}

impl Entry {
    /// The votes of the current view of that phase.
    pub const fn votes(&mut self, phase: Phase) -> &mut Vec<Signed<Vote>> {
        match phase {
            Phase::Commit => &mut self.commits,
            _ => &mut self.prepares,
        }
    }

    /// Those of these votes that are for d.
    pub fn matching(votes: &[Signed<Vote>], d: Digest) -> impl Iterator<Item = &Signed<Vote>> {
        votes.iter().filter(move |vote| vote.claim().1.d == d)
    }

    /// What the accepted PRE-PREPARE says.
    #[must_use]
    pub fn accepted(&self) -> Option<Vote> {
        self.pre_prepare.as_ref().map(|vote| *vote.claim().1)
    }

    /// The digest of what is committed.
    #[must_use]
    pub fn committed_digest(&self) -> Option<Digest> {
        Some(self.committed.as_ref()?.first()?.claim().1.d)
    }

    /// m, for its digest; the null request needs no message to be known.
    #[must_use]
    pub fn request(&self, d: Digest) -> Option<Batch> {
        self.requests.get(&d).cloned().or_else(|| is_null(d).then(Batch::new))
    }

    /// What is known of this number by its digest only, and is about to be executed.
    pub(super) fn lacking(&self) -> Option<Digest> {
        let d = self.committed_digest().or_else(|| Some(self.accepted()?.d))?;
        (!self.requests.contains_key(&d) && !is_null(d)).then_some(d)
    }
}

/// Whether that is the digest of the null request.
fn is_null(d: Digest) -> bool {
    d == digest(&[])
}

/// What is known of the sequence numbers above the low watermark.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Log {
    /// By sequence number.
    pub entries: BTreeMap<Seq, Entry>,
}

impl Log {
    /// What is known of n, to be added to.
    pub fn at(&mut self, n: Seq) -> &mut Entry {
        self.entries.entry(n).or_default()
    }

    /// The votes of the view that is left count no more; what prepared and what is committed stays.
    pub fn leave_view(&mut self) {
        for entry in self.entries.values_mut() {
            entry.pre_prepare = None;
            entry.prepares.clear();
            entry.commits.clear();
        }
    }

    /// Section 4.3: with a stable checkpoint at h, what is up to h is discarded.
    pub fn collect(&mut self, h: Seq) {
        self.entries = self.entries.split_off(&h.saturating_add(1));
    }

    /// P: all that prepared, by sequence number.
    #[must_use]
    pub fn prepared(&self) -> Vec<Prepared> {
        self.entries.values().filter_map(|entry| entry.prepared.clone()).collect()
    }

    /// Whether that request, or a later one of that client, has a number and is not executed yet.
    #[must_use]
    pub fn is_in_flight(&self, c: NodeId, t: Timestamp) -> bool {
        let under_way = self.entries.values().filter(|entry| !entry.executed);
        under_way.filter_map(|entry| entry.requests.get(&entry.accepted()?.d)).flatten().any(|m| {
            let request = m.claim().1;
            request.c == c && request.t >= t
        })
    }

    /// The last number that a PRE-PREPARE of the current view gave to anything. Votes give none:
    /// anybody may cast them.
    #[must_use]
    pub fn last_accepted(&self) -> Option<Seq> {
        let accepted = |(n, entry): (&Seq, &Entry)| entry.pre_prepare.is_some().then_some(*n);
        self.entries.iter().rev().find_map(accepted)
    }

    /// What is lacking of what is to be executed.
    #[must_use]
    pub fn lacking(&self) -> Vec<Digest> {
        let under_way = self.entries.values().filter(|entry| !entry.executed);
        under_way.filter_map(Entry::lacking).collect()
    }

    /// m, for its digest.
    #[must_use]
    pub fn request(&self, d: Digest) -> Option<Batch> {
        self.entries.values().find_map(|entry| entry.requests.get(&d)).cloned()
    }

    /// Whether something is under way: a number that is not executed, and that somebody votes for.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let voted = |entry: &Entry| !entry.prepares.is_empty() || !entry.commits.is_empty();
        let under_way = |entry: &Entry| {
            entry.pre_prepare.is_some() || entry.committed.is_some() || voted(entry)
        };
        self.entries.values().any(|entry| !entry.executed && under_way(entry))
    }

    /// The vote of `i` in this view for n, if it cast one.
    #[must_use]
    pub fn vote_of(&self, i: NodeId, phase: Phase, v: View, n: Seq) -> Option<Signed<Vote>> {
        let entry = self.entries.get(&n)?;
        let votes = if phase == Phase::Commit { &entry.commits } else { &entry.prepares };
        let cast = |vote: &&Signed<Vote>| vote.claim().0 == i && vote.claim().1.v == v;
        votes.iter().find(cast).cloned()
    }
}
