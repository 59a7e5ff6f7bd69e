//! When a run is over: the verdicts.

use std::collections::BTreeMap;

use generals_models::{NodeFault, NodeId, World};

use super::{Ended, Kept, Kernel, Watched, guard, what_went_wrong};
use crate::check::{Audit, Fact, Promise, Verdict, Witness};
use crate::protocol::Protocol;

impl<P: Protocol> Kernel<'_, P> {
    /// The verdicts, from what was seen and from what is still owed.
    pub(super) fn settle(&mut self, ended: Ended) {
        self.acquit();
        let (world, outcome) = (&self.world, &mut self.outcome);
        outcome.verdicts.clear();
        for Watched { promise, broken } in &mut self.promises {
            let breaches = |audit: &Audit| promise.assumptions.breaches(world, audit);
            // All of this may run the subject's code.
            let judged = guard::catch(|| {
                if let Some((witness, audit)) = broken.take() {
                    return Verdict::broken(witness, breaches(&audit));
                }
                let Some(owed) = promise.property.owed(world) else { return Verdict::Holds };
                match &ended {
                    Ended::Quiet => {
                        let never = Witness(format!("{owed}, and nothing is left to happen"));
                        Verdict::broken(never, breaches(&outcome.tally.audit))
                    }
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

    /// Who was to crash and did not come to it was correct all along: it owes what others owe, and
    /// what it decided counts. The promises are shown the facts once more, in the world as it
    /// turned out.
    fn acquit(&mut self) {
        let before = self.world.faults.len();
        for node in self.nodes.iter().filter(|node| !node.has_crashed()) {
            if !self.world.is_corrupt(node.id()) {
                self.world.faults.remove(&node.id());
            }
        }
        if self.world.faults.len() == before {
            return;
        }
        let (world, kept, inputs) = (&self.world, &self.kept, &self.scenario.inputs);
        for Watched { promise, broken } in self.promises.iter_mut().filter(|one| !one.looks_in()) {
            match guard::catch(|| watch_again(promise, world, kept, inputs)) {
                Ok(found) => *broken = found,
                Err(panic) => {
                    self.unsound.get_or_insert(what_went_wrong(None, &panic));
                }
            }
        }
    }

    /// Who is taken over by the adversary counts as Byzantine from now on, whatever it did before:
    /// the promises are shown the facts so far once more, in the world as it is now.
    pub(super) fn convict(&mut self, node: NodeId) {
        self.world.faults.insert(node, NodeFault::Byzantine);
        self.convicted = true;
        let (world, kept, inputs) = (&self.world, &self.kept, &self.scenario.inputs);
        for Watched { promise, broken } in self.promises.iter_mut().filter(|one| !one.looks_in()) {
            *broken = watch_again(promise, world, kept, inputs);
        }
    }
}

impl<P: Protocol> Watched<P> {
    /// A promise that looks into nodes cannot be shown again what they were.
    fn looks_in(&self) -> bool {
        self.promise.property.is_white_box()
    }
}

/// Shows a promise the facts once more; says how it was broken, if it was.
fn watch_again<P: Protocol>(
    promise: &mut Promise<P>,
    world: &World,
    kept: &[(Kept<P>, Audit)],
    inputs: &BTreeMap<NodeId, Vec<P::Input>>,
) -> Option<(Witness, Audit)> {
    promise.property.reset();
    kept.iter().find_map(|(kept, audit)| {
        let fact = match kept {
            Kept::Proposed(node, i) => Fact::Proposed(*node, &inputs[node][*i]),
            Kept::Decided(node, slot, value) => Fact::Decided(*node, *slot, value),
            Kept::Crashed(node) => Fact::Crashed(*node),
        };
        promise.property.watch(world, &fact).err().map(|witness| (witness, *audit))
    })
}
