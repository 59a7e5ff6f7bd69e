//! Before the first event: the nodes, and the plan of their faults and inputs.

use generals_models::{Among, Chance, Choose, Concern, NodeFault, NodeId, Stream, Time, When};

use super::node::Node;
use super::{Event, Run};
use crate::check::Fact;
use crate::protocol::Protocol;
use crate::queue::Rank;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// Makes the nodes, and plans their faults and inputs.
    pub(super) fn set_up(&mut self) {
        let scenario = self.kernel.scenario;
        self.plan_network();
        for id in scenario.world.all() {
            let mut node = Node::new(id, self.authority.issue(id));
            match scenario.world.faults.get(&id) {
                None => {}
                Some(NodeFault::Byzantine) => {
                    let certified = self.authority.corrupt(id);
                    node.corrupt = Some(certified);
                    self.kernel.corrupt.push(certified);
                }
                Some(NodeFault::CrashStop { at: When::Step { nth, after_effects } }) => {
                    node.crashes_in = Some((*nth, *after_effects));
                }
                Some(NodeFault::CrashStop { at: When::Time(at) }) => self.plan_crash(id, *at),
                Some(NodeFault::CrashStop { at: When::Chosen { within } }) => {
                    let whether = Among::Chance(Chance::ppm(Chance::WHOLE / 2));
                    if self.choose.choose(Stream::node(Concern::Crash, id), whether) == 1 {
                        let when = Among::Length { span: *within, grain: 3 };
                        let at = self.choose.choose(Stream::node(Concern::CrashTime, id), when);
                        self.plan_crash(id, Time::nanos(at));
                    }
                }
            }
            self.kernel.nodes.push(node);
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

    fn plan_crash(&mut self, id: NodeId, at: Time) {
        self.crashes_to_come += 1;
        self.kernel.queue.push(at, Rank::Fault, Event::Crash(id));
    }
}
