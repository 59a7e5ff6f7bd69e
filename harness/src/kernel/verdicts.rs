//! When a run is over: the verdicts.

use std::borrow::Cow;

use generals_models::{NodeFault, NodeId, World};

use super::run::Node;
use super::{ByThen, Ended, Kept, Kernel, Watched, what_went_wrong};
use crate::check::{Breach, Fact, Verdict, Witness};
use crate::guard;
use crate::protocol::Protocol;
use crate::trace::{Trace, What};

impl<P: Protocol> Kernel<'_, P> {
    /// The verdicts, from what was seen and from what is still owed.
    pub(super) fn settle(&mut self, ended: Ended) {
        self.acquit();
        let lasso = self.lasso;
        let (full, obliging, outcome) = (&self.world, self.obliging.as_ref(), &mut self.outcome);
        outcome.verdicts.clear();
        for watched in &mut self.promises {
            // Who comes back may be owed to, and is a crash all the same.
            let world = watched.sees(full, obliging);
            let Watched { promise, broken } = watched;
            // All of this may run the subject's code.
            let judged = guard::catch(|| {
                if let Some((witness, by_then)) = broken.take() {
                    let world = world_by_then(full, &self.scenario.world, &self.nodes, by_then);
                    let breaches = promise.assumptions.breaches(&world, &by_then.audit);
                    return Verdict::broken(witness, breaches);
                }
                let Some(owed) = promise.property.owed(world) else {
                    let unknown = promise.property.undetermined();
                    return unknown.map_or(Verdict::Holds, Verdict::Undetermined);
                };
                let never = |why: &str| {
                    let breaches = promise.assumptions.breaches(full, &outcome.tally.audit);
                    Verdict::broken(Witness(format!("{owed}, and {why}")), breaches)
                };
                // Who counts what it sees of nodes may have seen enough one day.
                if let Some(lasso) = lasso.filter(|_| !promise.property.counts_steps()) {
                    return never(&lasso.to_string());
                }
                match &ended {
                    Ended::Quiet => never("nothing is left to happen"),
                    Ended::TooManyEvents(busy) => {
                        Verdict::Undetermined(format!("{owed} within the limits ({busy})"))
                    }
                    Ended::Horizon => {
                        let horizon = self.scenario.limits.horizon;
                        Verdict::Undetermined(format!("{owed} by the horizon, {horizon}"))
                    }
                    Ended::Unsound => {
                        Verdict::Undetermined(format!("{owed} before the run was cut short"))
                    }
                }
            });
            outcome.verdicts.push(judged.unwrap_or_else(|panic| {
                self.unsound.get_or_insert(what_went_wrong(None, &panic));
                Verdict::Holds
            }));
        }
        outcome.verdicts.push(match &self.unsound {
            Some(witness) => Verdict::Violated(witness.clone()),
            None => Verdict::Holds,
        });
        outcome.ended = ended;
        outcome.at = self.now;
        outcome.digest = self.fingerprint.digest();
    }

    /// Makes `node` faulty in the world as it turned out, though that was in no plan. The promises
    /// are shown the facts again when the run is over: in a world where this may happen,
    /// [`World::may_turn_out_otherwise`](generals_models::World) has to say so, or there are none.
    pub(super) fn convict(&mut self, node: NodeId, fault: NodeFault) {
        debug_assert!(self.keeps_facts, "{node} is convicted, and no facts were kept");
        self.turned_out = true;
        if let Some(obliging) = &mut self.obliging {
            obliging.faults.insert(node, fault.clone());
        }
        let planned = self.world.faults.get(&node);
        if planned.is_none_or(|planned| planned.class() < fault.class()) {
            self.world.faults.insert(node, fault);
        }
    }

    /// Where the world of the run that is over was harsher than each promise assumed.
    pub(super) fn breaches(&self) -> Vec<Vec<Breach>> {
        let audit = &self.outcome.tally.audit;
        let of = |watched: &Watched<P>| {
            // A condition may be the subject's own code.
            guard::catch(|| watched.promise.assumptions.breaches(&self.world, audit))
        };
        self.promises.iter().map(|watched| of(watched).unwrap_or_default()).collect()
    }

    /// Takes back what a trace says of promises that were not broken after all.
    pub(super) fn withdraw(&self, trace: &mut Trace) {
        let all = self.promises.iter().zip(&self.outcome.verdicts);
        let kept = all.filter(|(_, to)| !to.kind().is_broken());
        let lines: Vec<String> =
            kept.map(|(one, _)| format!("{} broken: ", one.promise.property.name())).collect();
        trace.entries.retain(|entry| {
            let says = |line: &String| entry.text.starts_with(line);
            !matches!(entry.what, What::Broken) || !lines.iter().any(says)
        });
    }

    /// Who was to fail and did not come to it was correct all along: it owes what others owe, and
    /// what it decided counts. The promises are shown the facts once more, in the world as it
    /// turned out.
    fn acquit(&mut self) {
        if !self.keeps_facts {
            return; // Whoever is faulty is Byzantine, whatever the run does.
        }
        for node in self.nodes.iter().filter(|node| !node.has_failed()) {
            if !self.world.is_byzantine(node.id()) {
                self.turned_out |= self.world.faults.remove(&node.id()).is_some();
                if let Some(obliging) = &mut self.obliging {
                    obliging.faults.remove(&node.id());
                }
            }
        }
        if self.turned_out {
            self.judge_again();
        }
    }

    /// Shows all facts of the run to the promises, in the world as it turned out.
    fn judge_again(&mut self) {
        let (full, obliging) = (&self.world, self.obliging.as_ref());
        let (kept, inputs) = (&self.kept, &self.scenario.inputs);
        // A promise that looks into nodes cannot be shown again what they were.
        let all = self.promises.iter_mut().filter(|one| !one.promise.property.is_white_box());
        for watched in all {
            let world = watched.sees(full, obliging);
            let Watched { promise, broken } = watched;
            let again = guard::catch(|| {
                promise.property.reset();
                kept.iter().find_map(|(kept, by_then)| {
                    let fact = match kept {
                        Kept::Proposed(node, i) => Fact::Proposed(*node, &inputs[node][*i]),
                        Kept::Decided(node, slot, value) => Fact::Decided(*node, *slot, value),
                        Kept::Crashed(node) => Fact::Crashed(*node),
                        Kept::Recovered(node) => Fact::Recovered(*node),
                    };
                    promise.property.watch(world, &fact).err().map(|witness| (witness, *by_then))
                })
            });
            match again {
                Ok(found) => *broken = found,
                Err(panic) => {
                    self.unsound.get_or_insert(what_went_wrong(None, &panic));
                }
            }
        }
    }
}

/// The world of a run as it was by then: who had not failed yet might as well never have.
fn world_by_then<'w, P: Protocol>(
    turned_out: &'w World,
    planned: &World,
    nodes: &[Node<P>],
    then: ByThen,
) -> Cow<'w, World> {
    let had_failed =
        |id: NodeId| planned.is_byzantine(id) || nodes[id.index()].had_failed(then.facts);
    if turned_out.faults.keys().all(|id| had_failed(*id)) {
        return Cow::Borrowed(turned_out);
    }
    let mut world = turned_out.clone();
    world.faults.retain(|id, _| had_failed(*id));
    Cow::Owned(world)
}
