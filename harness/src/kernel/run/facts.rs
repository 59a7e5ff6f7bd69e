//! What happened, shown to the promises.

use generals_models::{Choose, NodeId};

use super::Run;
use crate::check::Fact;
use crate::kernel::{ByThen, Kept, Watched};
use crate::protocol::Protocol;
use crate::trace::Record;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// Shows a fact to every promise that is not broken yet.
    pub(super) fn fact(&mut self, fact: &Fact<'_, P>) {
        self.kernel.acting = Some(fact.node());
        self.kernel.facts += 1;
        if let Some(watch) = &mut self.watch
            && !matches!(fact, Fact::Stepped(..))
        {
            watch.reported();
        }
        if self.kernel.keeps_facts {
            self.keep(fact);
        }
        let (full, obliging) = (&self.kernel.world, self.kernel.obliging.as_ref());
        for watched in &mut self.kernel.promises {
            let world = watched.sees(full, obliging);
            let Watched { promise, broken } = watched;
            if broken.is_some() {
                continue;
            }
            if let Err(witness) = promise.property.watch(world, fact) {
                let audit = &self.kernel.outcome.tally.audit;
                let by_then = ByThen::of(audit, self.kernel.now, self.kernel.facts);
                if let Some(capture) = &mut self.capture {
                    capture.record::<P>(
                        self.kernel.now,
                        &Record::Broken(promise.property.name(), &witness),
                    );
                }
                *broken = Some((witness, by_then));
            }
        }
        self.kernel.acting = None;
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
        if !self.kernel.white_box || self.who(id) != id {
            return;
        }
        // Taken out and put back, so that the promises may look while the kernel is borrowed.
        if let Some(state) = self.kernel.nodes[id.index()].state.take() {
            self.fact(&Fact::Stepped(id, &state));
            self.kernel.nodes[id.index()].state = Some(state);
        }
    }
}
