//! What happened, shown to the promises.

use generals_models::NodeId;

use super::Run;
use crate::check::{Fact, Witness};
use crate::kernel::{Answers, ByThen, Kept, Watched};
use crate::protocol::Protocol;
use crate::trace::Record;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Shows a fact to every promise that is not broken yet.
    pub(super) fn fact(&mut self, fact: &Fact<'_, P>) {
        self.kernel.acting = Some(fact.node());
        self.kernel.facts += 1;
        if C::LOOKED_AT
            && let Some(watch) = &mut self.watch
            && !matches!(fact, Fact::Stepped(..))
        {
            watch.reported();
        }
        if self.kernel.keeps_facts {
            self.keep(fact);
        }
        // Most facts are for few eyes only.
        if matches!(fact, Fact::Stepped(..)) {
            for i in 0..self.kernel.white_boxes.len() {
                self.show(self.kernel.white_boxes[i], fact);
            }
        } else {
            for i in 0..self.kernel.promises.len() {
                self.show(i, fact);
            }
        }
        self.kernel.acting = None;
    }

    /// Shows a fact to one of the promises.
    // Always: a white box is shown every step.
    #[inline(always)]
    fn show(&mut self, i: usize, fact: &Fact<'_, P>) {
        let (full, obliging) = (&self.kernel.world, self.kernel.obliging.as_ref());
        let watched = &mut self.kernel.promises[i];
        if watched.broken.is_none() {
            let world = watched.sees(full, obliging);
            if let Err(witness) = watched.promise.property.watch(world, fact) {
                self.is_broken(i, witness);
            }
        }
    }

    #[cold]
    fn is_broken(&mut self, i: usize, witness: Witness) {
        let kernel = &mut *self.kernel;
        let by_then = ByThen::of(&kernel.outcome.tally.audit, kernel.now, kernel.facts);
        let Watched { promise, broken } = &mut kernel.promises[i];
        if let Some(capture) = &mut self.capture {
            let broken = Record::Broken(promise.property.name(), &witness);
            capture.record::<P>(kernel.now, &broken);
        }
        *broken = Some((witness, by_then));
    }

    fn keep(&mut self, fact: &Fact<'_, P>) {
        let input = |node: NodeId| self.kernel.nodes[node.index()].input.unwrap_or_default();
        let kept = match *fact {
            Fact::Proposed(node, _) => Kept::Proposed(node, input(node)),
            Fact::Decided(node, slot, value) => Kept::Decided(node, slot, value.clone()),
            Fact::Crashed(node) => Kept::Crashed(node),
            Fact::Recovered(node) => Kept::Recovered(node),
            Fact::Stepped(..) => return,
        };
        let audit = &self.kernel.outcome.tally.audit;
        let by_then = ByThen::of(audit, self.kernel.now, self.kernel.facts);
        self.kernel.kept.push((kept, by_then));
    }

    /// Shows the promises what a node is like after a step, if they want to look into it.
    #[inline(never)]
    pub(super) fn report_state(&mut self, id: NodeId) {
        if self.kernel.white_boxes.is_empty() || self.who(id) != id {
            return;
        }
        // Taken out and put back, so that the promises may look while the kernel is borrowed.
        if let Some(state) = self.kernel.nodes[id.index()].state.take() {
            self.fact(&Fact::Stepped(id, &state));
            self.kernel.nodes[id.index()].state = Some(state);
        }
    }
}
