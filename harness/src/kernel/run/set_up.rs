//! Before the first event: the nodes, and the plan of their faults and inputs.

use generals_models::{
    Among, Chance, Choose, Concern, NodeFault, NodeId, Outage, Stream, Time, When,
};

use super::node::{Down, DownAt, Node, Store};
use super::{Event, Run};
use crate::check::Fact;
use crate::protocol::Protocol;
use crate::queue::Rank;

impl<P: Protocol, C: Choose> Run<'_, '_, P, C> {
    /// Makes the nodes, and plans their faults and inputs.
    pub(super) fn set_up(&mut self) {
        let scenario = self.kernel.scenario;
        for id in scenario.world.all() {
            let mut node = Node {
                id,
                state: None,
                signer: self.authority.issue(id),
                corrupt: None,
                input: None,
                steps: 0,
                timers_fired: 0,
                outages: Vec::new(),
                is_down: false,
                has_crashed: false,
                input_waits: false,
                store: Store::default(),
            };
            match scenario.world.fault(id) {
                None => {}
                Some(NodeFault::Byzantine) => {
                    let certified = self.authority.corrupt(id);
                    node.corrupt = Some(certified);
                    self.kernel.corrupt.push(certified);
                }
                Some(NodeFault::CrashStop { at }) => {
                    let at = self.plan(id, at, Event::Crash(id));
                    node.outages.push(Down { at, lasts: None });
                }
                Some(NodeFault::CrashRecovery { outages, .. }) => {
                    for (which, Outage { at, down }) in (0..).zip(outages) {
                        let at = self.plan(id, at, Event::Outage(id, which));
                        node.outages.push(Down { at, lasts: Some(*down) });
                    }
                }
            }
            self.kernel.nodes.push(node);
        }
        for id in scenario.world.all() {
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Start(id));
        }
        for (&id, alternatives) in &scenario.inputs {
            let among = Among::Below(alternatives.len() as u64);
            let chosen = self.choose.choose(Stream::node(Concern::Input, id), among);
            let chosen = usize::try_from(chosen).unwrap_or(0);
            self.kernel.nodes[id.index()].input = Some(chosen);
            self.kernel.queue.push(Time::ZERO, Rank::Input, Event::Input(id));
            self.fact(&Fact::Proposed(id, &alternatives[chosen]));
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
        self.crashes_to_come += u64::from(matches!(event, Event::Crash(_)));
        self.kernel.queue.push(at, Rank::Fault, event);
        DownAt::Time
    }
}
