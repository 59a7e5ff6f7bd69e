//! What it means that a failure detector is right.

use std::collections::{BTreeMap, BTreeSet};

use generals::{
    Complaint, Fact, NodeId, Partition, Pause, Property, Protocol, Span, Time, Witness, World,
};

use super::{Class, Config, Growth, Output, longest_silence, period};

/// Who is down, for all that is known.
#[derive(Clone, Debug, Default)]
struct Down(BTreeSet<NodeId>);

impl Down {
    fn watch<P: Protocol>(&mut self, fact: &Fact<'_, P>) {
        match *fact {
            Fact::Crashed(node) => _ = self.0.insert(node),
            Fact::Recovered(node) => _ = self.0.remove(&node),
            _ => {}
        }
    }

    /// Whether it is a mistake to suspect `q` now.
    fn is_up(&self, q: NodeId, world: &World) -> bool {
        !self.0.contains(&q) && !world.is_byzantine(q)
    }
}

/// Strong accuracy: nobody is suspected before it crashes. A matter of safety, checked whenever
/// somebody changes its mind.
#[derive(Clone, Debug, Default)]
pub struct Accuracy {
    down: Down,
}

impl<P: Protocol<Value = Output>> Property<P> for Accuracy {
    fn name(&self) -> &'static str {
        "strong-accuracy"
    }

    fn reset(&mut self) {
        self.down.0.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.down.watch(fact);
        let Fact::Decided(p, _, output) = *fact else { return Ok(()) };
        match output.suspects.iter().find(|q| self.down.is_up(**q, world)) {
            Some(q) if !world.is_byzantine(p) => {
                Err(Witness(format!("{p} suspects {q}, which has not crashed")))
            }
            _ => Ok(()),
        }
    }
}

/// How a time-out has grown by mistakes, as far as can be seen from outside.
fn grown(config: Config, first: Span, mistakes: u32) -> Span {
    let Class::EventuallyP(growth) = config.class else { return first };
    (0..mistakes).fold(first, |timeout, _| growth.after(timeout))
}

/// What one node thought of another.
#[derive(Clone, Copy, Debug, Default)]
struct Opinion {
    /// Since when it suspects it, if it does.
    since: Option<Time>,
    /// How often it changed its mind for the better.
    refuted: u32,
    /// How often it was wrong when the world already kept its bounds.
    wrong: u32,
}

/// What everybody thinks of everybody.
#[derive(Clone, Debug, Default)]
struct Opinions(BTreeMap<(NodeId, NodeId), Opinion>);

impl Opinions {
    fn of(&self, p: NodeId, q: NodeId) -> Opinion {
        self.0.get(&(p, q)).copied().unwrap_or_default()
    }

    /// Takes in what `p` says, and returns whom it suspects now and did not before.
    fn watch(&mut self, p: NodeId, output: &Output, world: &World) -> Vec<NodeId> {
        let mut new = Vec::new();
        for q in world.all().filter(|q| *q != p) {
            let opinion = self.0.entry((p, q)).or_default();
            match (opinion.since, output.suspects.contains(&q)) {
                (None, true) => {
                    opinion.since = Some(output.at);
                    new.push(q);
                }
                (Some(_), false) => {
                    opinion.since = None;
                    opinion.refuted += 1;
                }
                _ => {}
            }
        }
        new
    }
}

/// Strong completeness: in the end every node that crashes is suspected by every correct one, for
/// ever. What is due is that whoever was silent for longer than its time-out is suspected; a crash too
/// close to the end of the observation is not due, and nothing is said of it.
#[derive(Clone, Debug)]
pub struct Completeness {
    config: Config,
    down: Down,
    opinions: Opinions,
    /// What each node said at the end.
    ended: BTreeMap<NodeId, Output>,
}

impl Completeness {
    /// Of a detector with this configuration.
    #[must_use]
    pub fn of(config: Config) -> Self {
        let (down, opinions) = (Down::default(), Opinions::default());
        Self { config, down, opinions, ended: BTreeMap::new() }
    }
}

impl<P: Protocol<Value = Output>> Property<P> for Completeness {
    fn name(&self) -> &'static str {
        "strong-completeness"
    }

    fn reset(&mut self) {
        *self = Self::of(self.config);
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.down.watch(fact);
        if let Fact::Decided(p, _, output) = *fact {
            self.opinions.watch(p, output, world);
            if output.end.is_some() {
                self.ended.insert(p, output.clone());
            }
        }
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let delay = world.timing.expected_delay();
        let first = self.config.first_timeout(delay);
        for p in world.all().filter(|p| world.is_correct(*p)) {
            let Some((output, end)) =
                self.ended.get(&p).and_then(|output| Some((output, output.end.as_ref()?)))
            else {
                // Where clocks are wrong, the end may be over before it has begun.
                if !world.clocks.are_right() {
                    continue;
                }
                return Some(format!("{p} never said whom it suspects in the end"));
            };
            for q in self.down.0.iter().filter(|q| !output.suspects.contains(q)) {
                let timeout = grown(self.config, first, self.opinions.of(p, *q).refuted);
                let (heard, due) = match end.heard.get(q) {
                    Some(heard) => (*heard, timeout),
                    None => (Time::ZERO, timeout.max(delay * self.config.hops())),
                };
                if output.at.since(heard) > due {
                    return Some(format!(
                        "{p} does not suspect {q}, which crashed, after {} of silence",
                        output.at.since(heard)
                    ));
                }
            }
        }
        None
    }
}

/// Eventual strong accuracy: in the end nobody is suspected who is up. That is, once the world keeps
/// its bounds, nobody is wrong more often than it takes to learn them, and no mistake lasts longer
/// than it takes to hear of it.
#[derive(Clone, Debug)]
pub struct EventualAccuracy {
    config: Config,
    growth: Growth,
    down: Down,
    opinions: Opinions,
    /// Mistakes that were there at the end.
    at_the_end: BTreeMap<(NodeId, NodeId), Time>,
}

impl EventualAccuracy {
    /// Of a detector with this configuration, whose time-outs grow like that.
    #[must_use]
    pub fn of(config: Config, growth: Growth) -> Self {
        let (down, opinions) = (Down::default(), Opinions::default());
        Self { config, growth, down, opinions, at_the_end: BTreeMap::new() }
    }

    /// The most mistakes of one node about another, once the world keeps its bounds.
    fn most_mistakes(&self, world: &World) -> Option<u32> {
        let silence = longest_silence(self.config, world)?;
        let mut timeout = self.config.first_timeout(world.timing.expected_delay());
        let mut mistakes = 0;
        while timeout < silence {
            timeout = self.growth.after(timeout);
            mistakes += 1;
        }
        Some(mistakes)
    }

    /// `p` is wrong about `q`, once more.
    fn mistake(&mut self, p: NodeId, q: NodeId, at: Time, world: &World) -> Result<(), Witness> {
        let Some((from, most)) = regular_from(self.config, world).zip(self.most_mistakes(world))
        else {
            return Ok(());
        };
        if at <= from {
            return Ok(());
        }
        let Some(opinion) = self.opinions.0.get_mut(&(p, q)) else { return Ok(()) };
        opinion.wrong += 1;
        if opinion.wrong <= most {
            return Ok(());
        }
        let wrong = opinion.wrong;
        Err(Witness(format!(
            "{p} suspects {q} at {at}, its mistake {wrong} after {from}, where {most} teach enough"
        )))
    }
}

impl<P: Protocol<Value = Output>> Property<P> for EventualAccuracy {
    fn name(&self) -> &'static str {
        "eventual-strong-accuracy"
    }

    fn reset(&mut self) {
        *self = Self::of(self.config, self.growth);
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.down.watch(fact);
        let Fact::Decided(p, _, output) = *fact else { return Ok(()) };
        if world.is_byzantine(p) {
            return Ok(());
        }
        for q in self.opinions.watch(p, output, world) {
            if self.down.is_up(q, world) {
                self.mistake(p, q, output.at, world)?;
            }
        }
        if output.end.is_none() {
            return Ok(());
        }
        for q in output.suspects.iter().filter(|q| self.down.is_up(**q, world)) {
            let since = self.opinions.of(p, *q).since.unwrap_or_default();
            self.at_the_end.insert((p, *q), since);
            let calm = calm_from(world);
            let Some((calm, due)) = calm.zip(regular_from(self.config, world)) else { continue };
            // As long as a sign of life takes that is sent at once and within the bounds.
            let due = due.since(calm);
            if output.at.since(since.max(calm)) > due {
                return Err(Witness(format!(
                    "{p} suspects {q} since {since} and to the end, and {q} is up"
                )));
            }
        }
        Ok(())
    }

    /// Where nothing is bounded there is no telling what is due, and no promise either.
    fn owed(&self, world: &World) -> Option<String> {
        let never_heals = world.partitions.iter().any(|partition| match partition {
            Partition::Cut { heals, .. } | Partition::Isolate { heals, .. } => heals.is_none(),
            Partition::Random { .. } => false,
        });
        if world.timing.bound().is_some() && !never_heals {
            return None;
        }
        let (&(p, q), since) = self.at_the_end.first_key_value()?;
        Some(format!("{p} suspects {q} since {since} and to the end, and {q} is up"))
    }
}

/// From when on the world keeps the bounds it has; nothing, if that cannot be told from its plan.
fn calm_from(world: &World) -> Option<Time> {
    let plain = world.clocks.are_right()
        && world.load.is_none()
        && world.weather.is_empty()
        && world.except.is_empty()
        && world.topology == generals::Topology::Complete
        && world.slow_links == generals::Chance::NEVER;
    if !plain {
        return None;
    }
    world.timing.bound()?;
    let mut calm = world.timing.holds_from();
    for pause in &world.pauses {
        calm = calm.max(match *pause {
            Pause::At { from, lasts, .. } => from + lasts,
            Pause::Chosen { within, longest, .. } => Time::ZERO + within + longest,
        });
    }
    for partition in &world.partitions {
        calm = calm.max(match *partition {
            Partition::Cut { heals, .. } | Partition::Isolate { heals, .. } => heals?,
            Partition::Random { within, longest, .. } => Time::ZERO + within + longest,
        });
    }
    Some(calm)
}

/// From when on every silence is one that the bounds allow: the first sign of life that was sent within
/// them has arrived.
fn regular_from(config: Config, world: &World) -> Option<Time> {
    let delay = world.timing.bound()? * config.hops();
    Some(calm_from(world)? + period(config, world)? + delay)
}

/// Refuses an observation too short to show anything that lasts: when the world has come to keep its
/// bounds, and every silence is regular, there must be time for two of the longest for each pair.
pub(super) fn conclusive(config: Config, world: &World) -> Result<(), Complaint> {
    let times = regular_from(config, world).zip(longest_silence(config, world));
    let Some((regular, silence)) = times.filter(|_| config.class != Class::P) else {
        return Ok(());
    };
    let enough = (regular + silence * 2).since(Time::ZERO);
    if config.lasts >= enough {
        return Ok(());
    }
    Err(Complaint::at(["config", "lasts"])
        .problem(format!(
            "{} shows nothing of a world that is regular from {regular} on, with silences of up to \
             {silence}",
            config.lasts
        ))
        .help(format!("observe for {enough} at least")))
}
