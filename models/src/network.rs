//! The network of one run: what lies between the nodes besides the links themselves.

use crate::partition::{self, Cut, Departure};
use crate::topology::Adjacency;
use crate::{Among, Chance, Choose, Concern, Fate, NodeId, Span, Stream, Time, World};

/// The shape of the network, how slow each link is, and how it is cut: what one run chose of what
/// its world allows. Meant for one world all its life.
#[derive(Clone, Debug, Default)]
pub struct Network {
    adjacency: Option<Adjacency>,
    nodes: usize,
    /// Which links are slow; empty if none may be.
    slow: Vec<bool>,
    cuts: Vec<Cut>,
    effects: Effects,
}

/// What of the network's plan came to anything, so far.
#[derive(Clone, Debug, Default)]
struct Effects {
    /// Which cuts lost or held a message; nothing for those after the last.
    cuts: Vec<bool>,
    /// Which weather slowed a message; nothing for those after the last.
    weather: Vec<bool>,
    slow_links: bool,
}

fn mark(flags: &mut Vec<bool>, which: usize) {
    if flags.len() <= which {
        flags.resize(which + 1, false);
    }
    flags[which] = true;
}

impl Network {
    /// The network of `world`, which must be valid.
    #[must_use]
    pub fn new(world: &World) -> Self {
        let adjacency = world.topology.adjacency(world.nodes);
        Self { adjacency, nodes: usize::from(world.nodes), ..Self::default() }
    }

    /// The beginning of a run: chooses which links are slow all through it ([`Concern::Slow`], one
    /// choice a link) and how the network will be cut. Forgets what the last run chose.
    pub fn plan<C: Choose>(&mut self, world: &World, choose: &mut C) {
        self.slow.clear();
        self.cuts.clear();
        self.effects.cuts.clear();
        self.effects.weather.clear();
        self.effects.slow_links = false;
        if world.slow_links > Chance::NEVER {
            self.slow.resize(self.nodes * self.nodes, false);
            let among = Among::Chance(world.slow_links);
            for from in world.all() {
                for to in world.all().filter(|to| *to != from) {
                    if self.linked(from, to) {
                        let stream = Stream::link(Concern::Slow, from, to);
                        let slow = choose.choose(stream, among) == 1;
                        self.slow[from.index() * self.nodes + to.index()] = slow;
                    }
                }
            }
        }
        for partition in &world.partitions {
            partition.plan(world.nodes, &mut self.cuts, choose);
        }
    }

    /// Who is linked to whom; nothing if everybody is linked to everybody.
    #[inline]
    #[must_use]
    pub const fn adjacency(&self) -> Option<&Adjacency> {
        self.adjacency.as_ref()
    }

    /// Whether there is a link from `from` to `to`, somebody else.
    #[must_use]
    pub fn linked(&self, from: NodeId, to: NodeId) -> bool {
        self.adjacency.as_ref().is_none_or(|table| table.linked(from, to))
    }

    /// Whether the link `from → to` is slow in this run.
    #[must_use]
    pub fn is_slow(&self, from: NodeId, to: NodeId) -> bool {
        self.slow.get(from.index() * self.nodes + to.index()).copied().unwrap_or(false)
    }

    /// The cuts of this run: planned ones, then chosen ones.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// Whether this of the cuts has lost or held a message in this run.
    #[must_use]
    pub fn cut_anything(&self, cut: usize) -> bool {
        self.effects.cuts.get(cut) == Some(&true)
    }

    /// Whether this of the world's weather has slowed a message in this run.
    #[must_use]
    pub fn weather_slowed(&self, which: usize) -> bool {
        self.effects.weather.get(which) == Some(&true)
    }

    /// Whether a message of this run has crossed a slow link.
    #[must_use]
    pub const fn slow_links_slowed(&self) -> bool {
        self.effects.slow_links
    }

    /// Whether and when what is sent at `now` sets out.
    pub fn departure(&mut self, from: NodeId, to: NodeId, now: Time) -> Departure {
        let met = &mut self.effects.cuts;
        partition::departure(&self.cuts, (from, to), now, |cut| mark(met, cut))
    }

    /// How long a message takes that sets out at `now`: by the timing of its link, the slowness of
    /// the link, and the weather; or by its fate, as far as the timing of its link allows.
    pub fn latency<C: Choose>(
        &mut self,
        world: &World,
        (from, to): (NodeId, NodeId),
        now: Time,
        fate: Fate,
        choose: &mut C,
    ) -> Span {
        let timing = world.timing_of(from, to);
        let mut latency = fate.latency(timing, now, from, to, choose);
        if self.is_slow(from, to) {
            latency = timing.slowed(now, latency);
            self.effects.slow_links = true;
        }
        for (which, weather) in world.weather.iter().enumerate() {
            let slowed = weather.slows(now, from, to, latency);
            if slowed > latency {
                mark(&mut self.effects.weather, which);
            }
            latency = slowed;
        }
        latency
    }
}
