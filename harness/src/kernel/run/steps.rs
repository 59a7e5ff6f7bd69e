//! One node takes a step, and may crash in the middle of it.

use generals_models::{Among, Choose, Concern, NodeId, Stream};

use super::{Run, kind};
use crate::check::Fact;
use crate::protocol::{Cx, Protocol};
use crate::trace::Record;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    pub(super) fn start(&mut self, seat: NodeId) {
        // Fault events come first at every instant, so a node may be down before it starts.
        if self.kernel.nodes[seat.index()].crashed {
            return;
        }
        let id = self.enter(seat);
        self.record(&Record::Started(id));
        let state = self.within_step(seat, |cx, _| P::boot(None, cx));
        self.kernel.nodes[seat.index()].state = Some(state);
        self.after_step(seat);
    }

    pub(super) fn step(&mut self, id: NodeId, handle: impl FnOnce(&mut P, &mut Cx<'_, P>)) {
        if self.kernel.nodes[id.index()].state.is_none() {
            return;
        }
        self.within_step(id, |cx, state| {
            if let Some(state) = state {
                handle(state, cx);
            }
        });
        self.after_step(id);
    }

    /// Runs a piece of the subject's own code.
    fn within_step<R>(
        &mut self,
        seat: NodeId,
        handle: impl FnOnce(&mut Cx<'_, P>, Option<&mut P>) -> R,
    ) -> R {
        let kernel = &mut *self.kernel;
        let node = &mut kernel.nodes[seat.index()];
        let id = node.id;
        let choose = &mut *self.choose;
        let mut coin =
            |sides: u64| choose.choose(Stream::node(Concern::Coin, id), Among::Below(sides.max(1)));
        let mut cx = Cx {
            me: id,
            nodes: kernel.scenario.world.nodes,
            links: kernel.wire.network.adjacency(),
            now: kernel.now,
            config: &kernel.scenario.config,
            timing: &kernel.scenario.world.timing,
            effects: &mut kernel.effects,
            effects_left: kernel.scenario.limits.effects_per_step,
            rules: &mut kernel.outcome.rules,
            discarded: &mut kernel.outcome.tally.discarded,
            watched: self.capture.is_some(),
            signer: &node.signer,
            verifier: self.authority.verifier(),
            coin: &mut coin,
        };
        kernel.acting = Some(id);
        let result = handle(&mut cx, node.state.as_mut());
        kernel.acting = None;
        result
    }

    /// Carries out what a step asked for.
    pub(super) fn after_step(&mut self, id: NodeId) {
        let node = &mut self.kernel.nodes[id.index()];
        let nth = node.steps;
        node.steps += 1;
        let crashes_after = match node.crashes_in {
            Some((step, effects)) if step == nth => Some(effects),
            _ => None,
        };
        let mut effects = std::mem::take(&mut self.kernel.effects);
        let mut left = crashes_after.unwrap_or(u32::MAX);
        for effect in effects.drain(..) {
            if left == 0 {
                break;
            }
            self.carry_out(id, effect, &mut left);
        }
        self.kernel.effects = effects;
        if self.kernel.white_box && self.who(id) == id {
            self.report_state(id);
        }
        if crashes_after.is_some() {
            self.crash(id, crashes_after.map(|effects| (nth, effects)));
        }
    }

    /// A node stops for good; in the middle of a step, after so many of its effects, if it says so.
    pub(super) fn crash(&mut self, id: NodeId, within: Option<(u64, u32)>) {
        self.kernel.fingerprint.record(kind::CRASH, self.kernel.now, id, id, 0);
        let node = &mut self.kernel.nodes[id.index()];
        if std::mem::replace(&mut node.crashed, true) {
            return;
        }
        node.state = None;
        self.kernel.queue.cancel_all(id);
        self.record(&Record::Crashed(id, within));
        self.fact(&Fact::Crashed(id));
    }
}
