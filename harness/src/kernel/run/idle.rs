//! What was to go wrong in a run, and had no effect: told when a traced run is over.

use generals_models::{
    Chance, Crossing, Cut, LinkModel, NodeFault, NodeId, Partition, Time, Weather,
};

use super::Run;
use super::node::{Down, DownAt};
use crate::kernel::Answers;
use crate::protocol::Protocol;

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// What of the scenario's plan had no effect on this run, each as a sentence without its full
    /// stop.
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
        idle.extend(self.idle_clocks());
        idle.extend(self.idle_cuts());
        idle.extend(self.idle_weather());
        idle.extend(self.idle_links().map(str::to_owned));
        idle.extend(self.idle_adversary().map(str::to_owned));
        idle
    }

    fn idle_clocks(&self) -> Option<String> {
        let audit = &self.kernel.outcome.tally.audit;
        let is_idle = audit.wrong_timers == 0 && audit.clock_error.as_nanos() == 0;
        let mut wrong = self.kernel.nodes.iter().filter(|node| node.clock_is_wrong);
        (is_idle && wrong.next().is_some()).then(|| "no wrong clock was read".to_owned())
    }

    fn idle_cuts(&self) -> Vec<String> {
        let (world, network) = (&self.kernel.scenario.world, &self.kernel.wire.network);
        let stopped = |cut: &Cut| match cut.crossing {
            Crossing::Lost => " lost nothing",
            Crossing::Delayed => " held nothing",
        };
        let all = network.cuts().iter().enumerate();
        let mut idle: Vec<String> = all
            .filter(|(which, _)| !network.cut_anything(*which))
            .map(|(_, cut)| {
                let what = self.over_by(cut.from).unwrap_or_else(|| stopped(cut));
                format!("the cut {} at {}{what}", cut.in_words(), cut.from)
            })
            .collect();
        let random = |partition: &Partition| match partition {
            Partition::Random { most, .. } => *most as usize,
            Partition::Cut { .. } | Partition::Isolate { .. } => 0,
        };
        let planned = world.partitions.iter().filter(|partition| random(partition) == 0).count();
        let possible: usize = planned + world.partitions.iter().map(random).sum::<usize>();
        let never = "the network might have been cut: this run did not choose it".to_owned();
        idle.extend(std::iter::repeat_n(never, possible - network.cuts().len()));
        idle
    }

    fn idle_weather(&self) -> Vec<String> {
        let (world, network) = (&self.kernel.scenario.world, &self.kernel.wire.network);
        let idle = world.weather.iter().enumerate();
        let mut idle: Vec<String> = idle
            .filter(|(which, _)| !network.weather_slowed(*which))
            .map(|(_, weather)| match weather {
                Weather::Congestion { from, .. } => {
                    let what = self.over_by(*from).unwrap_or(" slowed nothing");
                    format!("the congestion at {from}{what}")
                }
                Weather::Reroute { at, .. } => {
                    format!("nothing was sent the long way that was open until {at}")
                }
            })
            .collect();
        if world.slow_links > Chance::NEVER && !network.slow_links_slowed() {
            idle.push("no message crossed a slow link".to_owned());
        }
        idle
    }

    /// What has not happened when the run is over has no effect for this reason.
    fn over_by(&self, from: Time) -> Option<&'static str> {
        (from > self.kernel.now).then_some(": the run was over")
    }

    fn idle_links(&self) -> impl Iterator<Item = &'static str> {
        let (world, audit) = (&self.kernel.scenario.world, &self.kernel.outcome.tally.audit);
        let all = || {
            let exceptions = world.except.values().filter_map(|except| except.links.as_ref());
            exceptions.chain([&world.links])
        };
        let may_lose = all().any(|links| match links {
            LinkModel::FairLoss { loss, duplicate, .. } => (*loss).max(*duplicate) > Chance::NEVER,
            _ => false,
        });
        let are_tapped = all().any(|links| matches!(links, LinkModel::Arbitrary { .. }));
        let tampered = &audit.tampered;
        told([
            (
                may_lose && audit.lost == 0 && audit.duplicated == 0,
                "the links lost and doubled nothing",
            ),
            (are_tapped && tampered.total() == 0, "nothing was tampered with"),
            (
                tampered.bent() > 0 && tampered.arrived == 0,
                "nothing that was tampered with arrived",
            ),
            (
                tampered.arrived > 0 && tampered.ignored == tampered.arrived,
                "all that was tampered with and arrived was ignored",
            ),
        ])
    }

    /// What an adversary did in vain.
    fn idle_adversary(&self) -> impl Iterator<Item = &'static str> {
        let tally = &self.kernel.outcome.tally;
        let has_nodes = !self.kernel.corrupt.is_empty();
        let did_nothing = tally.lies == 0 && tally.steered == 0;
        told([
            (
                has_nodes && did_nothing && !self.asks.schedules,
                "the adversary told no lie and withheld nothing",
            ),
            (self.asks.schedules && did_nothing, "the adversary told no lie and steered nothing"),
            (
                tally.lies_arrived > 0 && tally.lies_ignored == tally.lies_arrived,
                "every lie that arrived was ignored",
            ),
        ])
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

/// Those sentences that are so.
fn told<const N: usize>(all: [(bool, &'static str); N]) -> impl Iterator<Item = &'static str> {
    all.into_iter().filter_map(|(is_so, sentence)| is_so.then_some(sentence))
}
