//! Before the first event: the nodes, and the plan of their faults and inputs.

use generals_models::{Among, Chance, Concern, NodeFault, NodeId, Outage, Stream, Time, When};

use super::node::{Down, DownAt, Node};
use super::omissions::Omits;
use super::{Event, Run, kind};
use crate::check::Fact;
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::Rank;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Makes the nodes, and plans their faults and inputs.
    pub(super) fn set_up(&mut self) {
        let scenario = self.kernel.scenario;
        self.plan_network();
        for id in scenario.world.all() {
            let mut node = Node::new(id, self.authority.issue(id));
            match scenario.world.faults.get(&id) {
                // Chosen when all others are.
                None | Some(NodeFault::With(_)) => {}
                Some(NodeFault::Byzantine) => {
                    let certified = self.authority.corrupt(id);
                    node.corrupt = Some(certified);
                    self.kernel.corrupt.push(certified);
                }
                Some(NodeFault::CrashStop { at }) => {
                    let at = self.plan(id, at, Event::Crash(id));
                    node.outages.push(Down::new(at, None));
                }
                Some(NodeFault::CrashRecovery { outages, .. }) => {
                    for (which, Outage { at, down }) in (0..).zip(outages) {
                        let at = self.plan(id, at, Event::Outage(id, which));
                        node.outages.push(Down::new(at, Some(*down)));
                    }
                }
                Some(NodeFault::OtherVersion) => node.other_version = true,
                Some(fault @ (NodeFault::Omission { .. } | NodeFault::Rational { .. })) => {
                    node.omits = Omits::by(fault);
                }
            }
            self.kernel.nodes.push(node);
        }
        for (&id, fault) in &scenario.world.faults {
            if let NodeFault::With(leader) = fault {
                self.fail_with(id, *leader);
            }
        }
        self.plan_pauses();
        if !scenario.world.clocks.are_right() {
            self.set_clocks();
        }
        self.begin();
        for seat in self.seats() {
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Start(seat));
        }
        for (&id, alternatives) in &scenario.inputs {
            let among = Among::Below(alternatives.len() as u64);
            let chosen = self.choose.choose(Stream::node(Concern::Input, id), among);
            let chosen = usize::try_from(chosen).unwrap_or(0);
            self.kernel.nodes[id.index()].input = Some(chosen);
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Input(id));
            self.fact(&Fact::Proposed(id, &alternatives[chosen]));
        }
        if self.asks.copies > 1 {
            self.give_copies_inputs();
        }
    }

    /// Chooses when `id` goes down and, where that is an instant, lets `event` happen then.
    fn plan(&mut self, id: NodeId, at: &When, event: Event<P>) -> DownAt {
        let at = match *at {
            When::Step { nth, after_effects } => return DownAt::Step(nth, after_effects),
            When::Time(at) => at,
            When::Chosen { within } => {
                let whether = Among::Chance(Chance::ppm(Chance::WHOLE / 2));
                if self.choose.choose(Stream::node(Concern::Crash, id), whether) == 0 {
                    return DownAt::Never;
                }
                let when = Among::Length { span: within, grain: 3 };
                Time::nanos(self.choose.choose(Stream::node(Concern::CrashTime, id), when))
            }
        };
        self.let_fail(at, event);
        DownAt::Time(at)
    }

    fn let_fail(&mut self, at: Time, event: Event<P>) {
        self.crashes_to_come += u64::from(matches!(event, Event::Crash(_)));
        self.kernel.queue.push(at, Rank::Fault, event);
    }

    /// Lets `id` fail as `leader` does, at the instants that were chosen for that one.
    fn fail_with(&mut self, id: NodeId, leader: NodeId) {
        let fault = self.kernel.scenario.world.fault(leader);
        self.kernel.nodes[id.index()].omits = fault.and_then(Omits::by);
        for which in 0..self.kernel.nodes[leader.index()].outages.len() {
            let Down { at, lasts, .. } = self.kernel.nodes[leader.index()].outages[which];
            if let DownAt::Time(instant) = at {
                let which = u16::try_from(which).unwrap_or(u16::MAX);
                let event = match lasts {
                    None => Event::Crash(id),
                    Some(_) => Event::Outage(id, which),
                };
                self.let_fail(instant, event);
            }
            self.kernel.nodes[id.index()].outages.push(Down::new(at, lasts));
        }
    }

    /// Chooses what the clocks show.
    fn set_clocks(&mut self) {
        let world = &self.kernel.scenario.world;
        for id in world.all() {
            let clock = world.clocks.of(id, self.choose);
            if !clock.is_right() {
                let (ahead, rate) = (clock.shows(Time::ZERO), clock.rate().into());
                self.kernel.fingerprint.record(kind::CLOCK, ahead, id, id, rate);
                let node = &mut self.kernel.nodes[id.index()];
                (node.clock, node.clock_is_wrong) = (clock, true);
            }
        }
    }
}
