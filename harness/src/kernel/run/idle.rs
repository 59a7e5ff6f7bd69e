//! What was to go wrong in a run, and had no effect: told when a traced run is over.

use generals_models::{Choose, NodeFault, NodeId, Time};

use super::Run;
use super::node::{Down, DownAt};
use crate::protocol::Protocol;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// The faults, pauses and the load that had no effect on this run, each as a sentence without
    /// its full stop.
    pub(super) fn what_had_no_effect(&self) -> Vec<String> {
        let world = &self.kernel.scenario.world;
        let mut idle = Vec::new();
        for id in world.all() {
            let node = &self.kernel.nodes[id.index()];
            for outage in &node.outages {
                idle.extend(self.idle_outage(id, outage));
            }
            match world.fault(id) {
                Some(NodeFault::Omission { .. }) if !node.has_left_out => {
                    idle.push(format!("{id} left nothing out"));
                }
                Some(NodeFault::Rational { .. }) if !node.has_left_out => {
                    idle.push(format!("{id} skipped nothing"));
                }
                _ => {}
            }
            idle.extend(self.idle_pauses(id));
        }
        if world.load.is_some() && self.kernel.outcome.tally.audit.held == 0 {
            idle.push("the load held nothing up".to_owned());
        }
        idle
    }

    fn idle_outage(&self, id: NodeId, outage: &Down) -> Option<String> {
        let now = self.kernel.now;
        let steps = self.kernel.nodes[id.index()].steps;
        match (outage.at, outage.happened) {
            (DownAt::Never, _) => {
                Some(format!("{id} might have crashed: this run did not choose it"))
            }
            (DownAt::Time(at), None) if at > now => {
                Some(format!("{id} was to crash at {at}: the run was over"))
            }
            (DownAt::Time(at), None) => {
                Some(format!("{id} was to crash at {at}: it was down already"))
            }
            (DownAt::Step(nth, _), None) => {
                Some(format!("{id} was to crash in its step {nth}: it took only {steps} steps"))
            }
            (_, Some(at)) if outage.was_late => {
                Some(format!("{id} crashed at {at}: nothing was left to happen"))
            }
            (_, Some(_)) => None,
        }
    }

    fn idle_pauses(&self, id: NodeId) -> Vec<String> {
        let now = self.kernel.now;
        let all = self.kernel.scenario.world.pauses.iter();
        let planned = all.filter(|pause| pause.node() == id).count();
        let chosen = self.waiting.as_ref().map_or(&[][..], |waiting| waiting.pauses_of(id));
        let over = |from: Time| if from > now { ": the run was over" } else { " held nothing up" };
        let idle = chosen.iter().filter(|rest| !rest.held);
        let never = format!("{id} might have paused: this run did not choose it");
        idle.map(|rest| format!("the pause of {id} at {}{}", rest.from, over(rest.from)))
            .chain(std::iter::repeat_n(never, planned - chosen.len()))
            .collect()
    }
}
