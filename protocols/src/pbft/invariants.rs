//! What must be so inside the replicas, whatever happens: section 4.5.1 and its lemmas, looked at
//! after every step.

use std::collections::{BTreeMap, BTreeSet};

use generals::{Fact, NodeId, Property, Signed, Witness, World};

use super::Pbft;
use super::log::Entry;
use super::message::{NewView, Seq, View, ViewChange, Vote};
use super::quorum::Quorums;
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::service::Digest;

/// At replicas that are not Byzantine:
///
/// 1. no two requests prepared with the same view and sequence number;
/// 2. what is committed at one of them first prepared at f + 1 of them;
/// 3. the low watermark only rises, and nothing in the log is outside of the watermarks;
/// 4. what was committed in a view is in O of every later one, unless it is below its checkpoint;
/// 5. P of a VIEW-CHANGE has all that prepared there above its checkpoint, as of the latest view;
/// 6. of one view and number a log has at most n - 1 PREPAREs and n COMMITs.
#[derive(Default)]
pub struct Invariants {
    n: u16,
    /// f + 1.
    one_correct: usize,
    log: u64,
    prepared: BTreeMap<(View, Seq), (Digest, BTreeSet<NodeId>)>,
    /// By sequence number: what was committed, and the lowest view in which it was.
    committed: BTreeMap<Seq, (View, Digest)>,
    /// What views that were entered go on with, by who entered: min-s, and O.
    entered: BTreeMap<(View, NodeId), (Seq, BTreeMap<Seq, Digest>)>,
    /// What was last seen of each replica.
    seen: Vec<Seen>,
}

/// What was last seen of one replica.
#[derive(Default)]
struct Seen {
    /// Its low watermark.
    low: Option<Seq>,
    /// What prepared, as of the latest view in which anything did.
    latest: BTreeMap<Seq, (View, Digest)>,
    /// The view that it was in.
    view: Option<View>,
    /// The view that it asked for.
    asked: Option<View>,
    /// Whether it has ever crashed.
    crashed: bool,
}

impl Invariants {
    /// Where the high watermark is so much above the low one.
    #[must_use]
    pub fn of(Quorums { n, f, .. }: Quorums, log: u64) -> Self {
        let seen = NodeId::all(n).map(|_| Seen::default()).collect();
        Self { n, one_correct: usize::from(f) + 1, log, seen, ..Self::default() }
    }

    fn look<R: Rulebook>(
        &mut self,
        world: &World,
        i: NodeId,
        replica: &Replica<R>,
    ) -> Result<(), Witness> {
        let (h, _) = replica.progress();
        let seen = &mut self.seen[i.index()];
        let low = seen.low.replace(h).unwrap_or(0);
        if h < low {
            return Err(Witness(format!("the low watermark of {i} falls from {low} to {h}")));
        }
        // Before the log: what it asks with is older than what this step may have prepared.
        if let Some(vc) = replica.asked()
            && seen.asked.replace(vc.v) != Some(vc.v)
        {
            self.tells_all(i, vc)?;
        }
        for (n, entry) in &replica.log().entries {
            if *n <= h || *n - h > self.log {
                return Err(Witness(format!("#{n} is in the log of {i}, whose h is {h}")));
            }
            self.look_at(world, i, *n, entry)?;
        }
        let (v, active) = replica.view();
        let new = active && self.seen[i.index()].view.replace(v) != Some(v);
        match replica.new_view() {
            Some(nv) if new => self.goes_on(i, nv),
            _ => Ok(()),
        }
    }

    fn look_at(&mut self, world: &World, i: NodeId, n: Seq, entry: &Entry) -> Result<(), Witness> {
        let (prepares, commits) = (entry.prepares.len(), entry.commits.len());
        if prepares >= self.n.into() || commits > self.n.into() {
            let said = format!("{prepares} PREPAREs and {commits} COMMITs for #{n}");
            return Err(Witness(format!("of {} replicas {i} has {said} of one view", self.n)));
        }
        if let Some(p) = &entry.prepared {
            let Vote { v, d, .. } = *p.pre_prepare.claim().1;
            if self.seen[i.index()].latest.insert(n, (v, d)) != Some((v, d)) {
                self.prepares(i, v, n, d)?;
            }
        }
        if let Some(vote) = entry.committed.as_ref().and_then(|all| all.first()) {
            let Vote { v, d, .. } = *vote.claim().1;
            match self.committed.get_mut(&n) {
                None => self.commits_first(world, i, (v, n, d))?,
                Some((_, known)) if *known != d => {
                    return Err(Witness(format!(
                        "{known:?} was committed as #{n}, and {d:?} is at {i}"
                    )));
                }
                Some((lowest, _)) if v < *lowest => {
                    *lowest = v;
                    self.is_gone_on_with(v, n, d)?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn prepares(&mut self, i: NodeId, v: View, n: Seq, d: Digest) -> Result<(), Witness> {
        let (known, at) = self.prepared.entry((v, n)).or_insert_with(|| (d, BTreeSet::new()));
        if *known != d {
            let first = at.first().copied().unwrap_or_default();
            return Err(Witness(format!(
                "as #{n} in v{v} {known:?} prepared at {first}, {d:?} at {i}"
            )));
        }
        at.insert(i);
        Ok(())
    }

    /// Who has forgotten it, or was not looked at when a crash cut its step short, may have prepared.
    fn commits_first(
        &mut self,
        world: &World,
        i: NodeId,
        (v, n, d): (View, Seq, Digest),
    ) -> Result<(), Witness> {
        self.committed.insert(n, (v, d));
        let seen = self.prepared.get(&(v, n)).filter(|(known, _)| *known == d);
        let prepared = |i: &NodeId| {
            let Seen { low, crashed, .. } = &self.seen[i.index()];
            *crashed || low.is_some_and(|h| h >= n) || seen.is_some_and(|(_, at)| at.contains(i))
        };
        let correct = NodeId::all(self.n).filter(|i| !world.is_byzantine(*i));
        let at: Vec<NodeId> = correct.filter(prepared).collect();
        if at.len() >= self.one_correct {
            return self.is_gone_on_with(v, n, d);
        }
        Err(Witness(format!(
            "{d:?} is committed at {i} as #{n} in v{v}, and prepared at {at:?} only"
        )))
    }

    /// Whether a VIEW-CHANGE tells of all that prepared where it comes from.
    fn tells_all(&self, i: NodeId, vc: &ViewChange) -> Result<(), Witness> {
        let above = vc.n.saturating_add(1)..;
        for (n, (v, d)) in self.seen[i.index()].latest.range(above) {
            let told =
                |vote: &Vote| vote.n == *n && (vote.v > *v || (vote.v == *v && vote.d == *d));
            if !vc.p.iter().any(|p| told(p.pre_prepare.claim().1)) {
                return Err(Witness(format!(
                    "{i} asks for v{} without {d:?}, which prepared there as #{n} in v{v}",
                    vc.v
                )));
            }
        }
        Ok(())
    }

    /// Whether a new view goes on with all that was committed before.
    fn goes_on(&mut self, i: NodeId, nv: &Signed<NewView>) -> Result<(), Witness> {
        let NewView { v, vs, o } = nv.claim().1;
        let min_s = vs.iter().map(|vc| vc.claim().1.n).max().unwrap_or(0);
        let o: BTreeMap<Seq, Digest> =
            o.iter().map(|vote| vote.claim().1).map(|o| (o.n, o.d)).collect();
        let before = self.committed.range(min_s.saturating_add(1)..);
        for (n, (_, d)) in before.filter(|(_, (committed, _))| committed < v) {
            if o.get(n) != Some(d) {
                return Err(otherwise(i, *v, *n, o.get(n), *d));
            }
        }
        self.entered.insert((*v, i), (min_s, o));
        Ok(())
    }

    /// Whether all later views that were entered already go on with what is committed only now, by
    /// one who is not as far.
    fn is_gone_on_with(&self, v: View, n: Seq, d: Digest) -> Result<(), Witness> {
        let later = self.entered.range((v.saturating_add(1), NodeId(0))..);
        for ((later, i), (_, o)) in later.filter(|(_, (min_s, _))| *min_s < n) {
            if o.get(&n) != Some(&d) {
                return Err(otherwise(*i, *later, n, o.get(&n), d));
            }
        }
        Ok(())
    }
}

fn otherwise(i: NodeId, v: View, n: Seq, said: Option<&Digest>, d: Digest) -> Witness {
    Witness(format!("{i} enters v{v} with {said:?} as #{n}, where {d:?} was committed"))
}

impl<R: Rulebook> Property<Pbft<R>> for Invariants {
    fn name(&self) -> &'static str {
        "invariants"
    }

    fn reset(&mut self) {
        let Self { prepared, committed, entered, seen, .. } = self;
        prepared.clear();
        committed.clear();
        entered.clear();
        seen.fill_with(Seen::default);
    }

    fn is_white_box(&self) -> bool {
        true
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        match *fact {
            Fact::Stepped(i, Pbft::Replica(replica)) if !world.is_byzantine(i) => {
                self.look(world, i, replica)
            }
            // Who comes back may have synced less than it had.
            Fact::Crashed(i) | Fact::Recovered(i) => {
                if let Some(seen) = self.seen.get_mut(i.index()) {
                    *seen = Seen { crashed: true, ..Seen::default() };
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
