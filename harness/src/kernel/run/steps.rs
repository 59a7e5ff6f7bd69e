//! One node takes a step, and may crash in the middle of it.

use generals_models::{NodeFault, NodeId};

use super::{Event, Run, kind};
use crate::check::Fact;
use crate::kernel::Answers;
use crate::protocol::{Cx, Protocol};
use crate::queue::Rank;
use crate::trace::Record;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    pub(super) fn start(&mut self, seat: NodeId) {
        // Fault events come first at every instant, so a node may be down before it starts.
        if self.kernel.nodes[seat.index()].is_down {
            return;
        }
        let id = self.enter(seat);
        self.record(&Record::Started(id));
        self.minds_its_own(seat);
        let state = self.within_step(seat, |cx, _| P::boot(None, cx));
        self.kernel.nodes[seat.index()].state = Some(state);
        self.after_step(seat);
    }

    // Always: there is one for each kind of step, and each has one place.
    #[inline(always)]
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
    // Always: there is one for each kind of step, and each has one place.
    #[inline(always)]
    pub(super) fn within_step<R>(
        &mut self,
        seat: NodeId,
        handle: impl FnOnce(&mut Cx<'_, P>, Option<&mut P>) -> R,
    ) -> R {
        let kernel = &mut *self.kernel;
        let node = &mut kernel.nodes[seat.index()];
        let id = node.id;
        let (mut now, mut config) = (kernel.now, &kernel.scenario.config);
        if node.clock_is_wrong {
            now = node.clock.shows(now);
            let error = &mut kernel.outcome.tally.audit.clock_error;
            *error = node.clock.error(kernel.now).max(*error);
        }
        if node.other_version {
            config = kernel.scenario.versions.get(&id).unwrap_or(config);
        }
        let mut cx = Cx {
            me: id,
            nodes: kernel.scenario.world.nodes,
            links: kernel.wire.network.adjacency(),
            now,
            config,
            timing: &kernel.scenario.world.timing,
            effects: &mut kernel.effects,
            effects_left: kernel.scenario.limits.effects_per_step,
            rules: &mut kernel.outcome.rules,
            discarded: &mut kernel.outcome.tally.discarded,
            watched: C::LOOKED_AT && self.capture.is_some(),
            signer: &node.signer,
            verifier: self.authority.verifier(),
            choose: &mut *self.choose,
        };
        kernel.acting = Some(id);
        let result = handle(&mut cx, node.state.as_mut());
        kernel.acting = None;
        result
    }

    /// Carries out what a step asked for.
    #[inline(always)]
    pub(super) fn after_step(&mut self, id: NodeId) {
        let node = &mut self.kernel.nodes[id.index()];
        let nth = node.steps;
        node.steps += 1;
        if !node.outages.is_empty() && self.is_cut_short(id, nth) {
            return;
        }
        // Most steps only count a vote.
        if !self.kernel.effects.is_empty() {
            self.carry_out_all(id, u32::MAX);
        }
        if !self.kernel.white_boxes.is_empty() {
            self.report_state(id);
        }
    }

    /// Whether a node crashes in its `nth` step, which it has just taken.
    #[inline(never)]
    fn is_cut_short(&mut self, id: NodeId, nth: u64) -> bool {
        let Some((which, effects)) = self.kernel.nodes[id.index()].crash_in(nth) else {
            return false;
        };
        // What a step had in mind that a crash cut short died with it.
        if self.carry_out_all(id, effects) > 0 {
            self.report_state(id);
        }
        self.crash(id, which, Some((nth, effects)));
        true
    }

    /// A node goes down, as it was to in this of its outages; in the middle of a step, after so many
    /// of its effects, if it says so.
    pub(super) fn crash(&mut self, id: NodeId, which: usize, within: Option<(u64, u32)>) {
        let now = self.kernel.now;
        let world = &self.kernel.scenario.world;
        let node = &mut self.kernel.nodes[id.index()];
        if std::mem::replace(&mut node.is_down, true) {
            return;
        }
        self.kernel.fingerprint.record(kind::CRASH, now, id, id, 0);
        node.failed.get_or_insert(self.kernel.facts);
        node.state = None;
        let audit = &mut self.kernel.outcome.tally.audit;
        audit.crashes += 1;
        if let Some(NodeFault::CrashRecovery { disk, .. }) = world.fault(id) {
            audit.wiped += u64::from(node.store.crash(*disk));
        }
        let mut lasts = None;
        if let Some(outage) = node.outages.get_mut(which) {
            lasts = outage.lasts;
            (outage.happened, outage.was_late) = (Some(now), self.is_late);
        }
        self.kernel.queue.cancel_all(id);
        self.record(&Record::Crashed(id, within));
        self.lose_what_waits(id);
        self.fact(&Fact::Crashed(id));
        if let Some(lasts) = lasts {
            self.kernel.queue.push(now + lasts, Rank::Fault, Event::Recover(id));
        }
    }

    /// A node is back, and starts again with what it had persisted.
    pub(super) fn recover(&mut self, id: NodeId) {
        self.kernel.fingerprint.record(kind::RECOVER, self.kernel.now, id, id, 0);
        let node = &mut self.kernel.nodes[id.index()];
        node.is_down = false;
        let durable = node.store.synced.clone();
        self.kernel.outcome.tally.audit.recoveries += 1;
        self.one_more_is_up();
        self.record(&Record::Recovered(id, durable.is_some()));
        self.minds_its_own(id);
        self.fact(&Fact::Recovered(id));
        let state = self.within_step(id, |cx, _| P::boot(durable, cx));
        self.kernel.nodes[id.index()].state = Some(state);
        self.after_step(id);
        let node = &mut self.kernel.nodes[id.index()];
        if !node.is_down && std::mem::take(&mut node.input_waits) {
            self.kernel.queue.push(self.kernel.now, Rank::Input, Event::Input(id));
        }
    }

    /// Whether `id` is down and will be back: it is given its input then.
    pub(super) fn input_waits(&mut self, id: NodeId) -> bool {
        let node = &mut self.kernel.nodes[id.index()];
        node.input_waits = node.is_down && self.kernel.scenario.world.comes_back(id);
        node.input_waits
    }
}
