//! What must be so inside the replicas, whatever happens: section 4.5.1 and its lemmas, looked at
//! after every step.

use std::collections::BTreeMap;

use generals::{Fact, NodeId, Property, Signed, Witness, World};

use super::Pbft;
use super::message::{NewView, Seq, View, Vote};
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::service::Digest;

/// At replicas that are not Byzantine:
///
/// 1. no two requests prepared with the same view and sequence number;
/// 2. the low watermark only rises, and nothing in the log is outside of the watermarks;
/// 3. what was committed in a view is in O of every later one, unless it is below its checkpoint.
#[derive(Default)]
pub struct Invariants {
    log: u64,
    prepared: BTreeMap<(View, Seq), (NodeId, Digest)>,
    /// By sequence number: the lowest view in which anything was committed.
    committed: BTreeMap<Seq, (View, Digest)>,
    low: BTreeMap<NodeId, Seq>,
    /// The last view each was seen to be in.
    views: BTreeMap<NodeId, View>,
}

impl Invariants {
    /// Where the high watermark is so much above the low one.
    #[must_use]
    pub fn of(log: u64) -> Self {
        Self { log, ..Self::default() }
    }

    fn look<R: Rulebook>(&mut self, i: NodeId, replica: &Replica<R>) -> Result<(), Witness> {
        let (h, _) = replica.progress();
        let low = self.low.insert(i, h).unwrap_or(0);
        if h < low {
            return Err(Witness(format!("the low watermark of {i} falls from {low} to {h}")));
        }
        for (n, entry) in &replica.log().entries {
            if *n <= h || *n - h > self.log {
                return Err(Witness(format!("#{n} is in the log of {i}, whose h is {h}")));
            }
            if let Some(p) = &entry.prepared {
                let Vote { v, d, .. } = *p.pre_prepare.claim().1;
                let (first, known) = *self.prepared.entry((v, *n)).or_insert((i, d));
                if known != d {
                    return Err(Witness(format!(
                        "as #{n} in v{v} {known:?} prepared at {first}, {d:?} at {i}"
                    )));
                }
            }
            if let Some(vote) = entry.committed.as_ref().and_then(|all| all.first()) {
                let Vote { v, d, .. } = *vote.claim().1;
                let lowest = self.committed.entry(*n).or_insert((v, d));
                if v < lowest.0 {
                    *lowest = (v, d);
                }
            }
        }
        let new =
            replica.view().1 && self.views.insert(i, replica.view().0) != Some(replica.view().0);
        match replica.new_view() {
            Some(nv) if new => self.goes_on(i, nv),
            _ => Ok(()),
        }
    }

    /// Whether a new view goes on with all that was committed before.
    fn goes_on(&self, i: NodeId, nv: &Signed<NewView>) -> Result<(), Witness> {
        let NewView { v, vs, o } = nv.claim().1;
        let min_s = vs.iter().map(|vc| vc.claim().1.n).max().unwrap_or(0);
        let before = self.committed.range(min_s.saturating_add(1)..);
        for (n, (_, d)) in before.filter(|(_, (committed, _))| committed < v) {
            let said = o.iter().map(|vote| vote.claim().1).find(|vote| vote.n == *n);
            if said.map(|vote| vote.d) != Some(*d) {
                let said = said.map(|vote| vote.d);
                return Err(Witness(format!(
                    "{i} enters v{v} with {said:?} as #{n}, where {d:?} was committed"
                )));
            }
        }
        Ok(())
    }
}

impl<R: Rulebook> Property<Pbft<R>> for Invariants {
    fn name(&self) -> &'static str {
        "invariants"
    }

    fn reset(&mut self) {
        *self = Self::of(self.log);
    }

    fn is_white_box(&self) -> bool {
        true
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        match *fact {
            Fact::Stepped(i, Pbft::Replica(replica)) if !world.is_byzantine(i) => {
                self.look(i, replica)
            }
            // Who comes back may have synced less than it had.
            Fact::Recovered(i) => {
                self.low.remove(&i);
                self.views.remove(&i);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
