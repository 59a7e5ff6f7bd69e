//! Where types are erased: once a run, never once an event.
//!
//! Above this line a protocol is a [`Subject`], a scenario a [`Case`] and a world to run it in a
//! [`Worker`]; below it everything is generic and monomorphic.

#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use generals_models::{Choose, Complaint, World};

use crate::check::{Audit, Breach, VerdictKind};
use crate::choosers::{Script, Seeded};
use crate::file::{self, FileError, Source};
use crate::guard;
use crate::kernel::{Kernel, Outcome};
use crate::layers::{Config, Layered};
use crate::protocol::Protocol;
use crate::scenario::{Layers, SOUND, Scenario};
use crate::seedfile::{self, Found, SeedFile};
use crate::trace::Trace;

/// A protocol, by name.
pub trait Subject: Sync {
    /// Its name in files and on the command line.
    fn name(&self) -> &'static str;
    /// What it is, in a line.
    fn about(&self) -> &'static str;
    /// What it promises under its default configuration: names and assumptions.
    fn promises(&self) -> Vec<(String, String)>;
    /// Its default configuration, as a scenario would state it.
    fn default_config(&self) -> String;
    /// Reads a scenario of this protocol.
    ///
    /// # Errors
    /// What is wrong with the file, and where.
    fn open(&self, source: &Source) -> Result<Box<dyn Case>, FileError>;
    /// Reads a seed file of this protocol.
    ///
    /// # Errors
    /// What is wrong with the file, and where.
    fn open_seed(&self, source: &Source) -> Result<(Box<dyn Case>, Found), FileError>;
}

/// A scenario, ready to run.
pub trait Case: Send + Sync {
    /// What it shows, in a line.
    fn about(&self) -> &str;
    /// The protocol's name.
    fn protocol(&self) -> &'static str;
    /// The world it runs in.
    fn world(&self) -> &World;
    /// What lies between the protocol and its links.
    fn layers(&self) -> &Layers;
    /// The names of its promises, in the order of an outcome's verdicts.
    fn promises(&self) -> &[PromiseRow];
    /// The rules of the protocol's paper.
    fn rules(&self) -> &'static [&'static str];
    /// What goes wrong, if the scenario says so: then it is a single run.
    fn script(&self) -> Option<&Script>;
    /// A world to run it in, to be used again and again.
    fn worker(&self) -> Box<dyn Worker + '_>;
    /// A seed file of this scenario, as text.
    fn seed_file(&self, found: &Found) -> String;
    /// The same protocol with the same configuration, layers and limits in another world, as any
    /// seed may have it: without a script and without expectations. Where every node is given an
    /// input, so is every node of the other world, who was not there what node `i` modulo the old
    /// number of nodes is given; where only some are, those of them that are there keep theirs.
    ///
    /// # Errors
    /// Why there is no such scenario: the world makes no sense, or the protocol refuses it.
    fn in_world(&self, world: World) -> Result<Box<dyn Case>, Complaint>;
}

/// A world for running one case again and again.
pub trait Worker {
    /// The run of this seed: the fast way, for fuzzing.
    fn run_seed(&mut self, seed: u64) -> &Outcome;
    /// The run with these answers.
    fn run(&mut self, choose: &mut dyn Choose) -> &Outcome;
    /// The run with these answers, written down.
    fn trace(&mut self, choose: &mut dyn Choose) -> (Outcome, Trace);
    /// From now on runs have no digest: for measuring what it costs, and for nothing else.
    #[doc(hidden)]
    fn without_digest(&mut self);
}

/// One promise of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PromiseRow {
    /// Its name.
    pub name: String,
    /// What it assumes.
    pub assumptions: String,
    /// Where this world is already known to be harsher than that.
    pub breaches: Vec<Breach>,
    /// Where it may turn out to be harsher, if it does [its worst](Audit::worst_of). Nothing: the
    /// promise is made for this world, whatever happens in it.
    pub at_worst: Vec<Breach>,
    /// The worst verdict that runs must reach and may not exceed.
    pub expected: VerdictKind,
}

/// A protocol as a [`Subject`]: `&Plug::<MyProtocol>::NEW` is a `&'static dyn Subject`.
pub struct Plug<P>(PhantomData<fn() -> P>);

impl<P> Plug<P> {
    /// The one value there is.
    pub const NEW: Self = Self(PhantomData);
}

impl<P: Protocol> Subject for Plug<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn about(&self) -> &'static str {
        P::ABOUT
    }

    fn promises(&self) -> Vec<(String, String)> {
        P::promises(&P::Config::default())
            .iter()
            .map(|promise| (promise.property.name().to_owned(), promise.assumptions.to_string()))
            .collect()
    }

    fn default_config(&self) -> String {
        ron::to_string(&P::Config::default()).unwrap_or_default()
    }

    fn open(&self, source: &Source) -> Result<Box<dyn Case>, FileError> {
        let scenario = file::parse::<Scenario<P>>(source)?;
        prepare(source, &[], scenario)
    }

    fn open_seed(&self, source: &Source) -> Result<(Box<dyn Case>, Found), FileError> {
        let (scenario, found) = file::parse::<SeedFile<P>>(source)?
            .into_parts()
            .map_err(|complaint| point_at(source, &[], complaint))?;
        Ok((prepare(source, &["scenario"], scenario)?, found))
    }
}

fn point_at(source: &Source, prefix: &[&str], complaint: Complaint) -> FileError {
    let inner = complaint.path.iter().map(String::as_str);
    let path: Vec<&str> = prefix.iter().copied().chain(inner).collect();
    file::complain(source, &path, complaint.problem, complaint.help)
}

/// Checks a scenario that stands under `prefix` in its file.
fn prepare<P: Protocol>(
    source: &Source,
    prefix: &[&str],
    scenario: Scenario<P>,
) -> Result<Box<dyn Case>, FileError> {
    valid(scenario).map_err(|complaint| point_at(source, prefix, complaint))
}

/// Checks a scenario, wherever it comes from.
fn valid<P: Protocol>(scenario: Scenario<P>) -> Result<Box<dyn Case>, Complaint> {
    // Its promises, their conditions and what it admits are the protocol's own code.
    let asked = guard::ask(|| scenario.validate().map(|()| ready(scenario)));
    asked.unwrap_or_else(|panic| {
        Err(Complaint::at(["protocol"])
            .problem(format!("{} panics when asked about this scenario: {panic}", P::NAME)))
    })
}

/// A case, with the layers that the scenario asks for: without any, the protocol runs as it is.
fn ready<P: Protocol>(scenario: Scenario<P>) -> Box<dyn Case> {
    if scenario.layers.is_none() {
        return Box::new(Ready::of(scenario));
    }
    let layers = scenario.layers.clone();
    let layered = scenario.clone().map(|protocol| Config { protocol, layers: layers.clone() });
    Box::new(InLayers { scenario, ready: Ready::<Layered<P>>::of(layered) })
}

struct Ready<P: Protocol> {
    scenario: Scenario<P>,
    promises: Vec<PromiseRow>,
}

impl<P: Protocol> Ready<P> {
    fn of(scenario: Scenario<P>) -> Self {
        let expected = |name: &str| scenario.expect.get(name).copied();
        let promises = P::promises(&scenario.config);
        let worst = Audit::worst_of(&scenario.world);
        let rows = promises.iter().map(|promise| {
            let name = promise.property.name();
            PromiseRow {
                name: name.to_owned(),
                assumptions: promise.assumptions.to_string(),
                breaches: promise.assumptions.breaches(&scenario.world, &Audit::default()),
                at_worst: promise.assumptions.breaches(&scenario.world, &worst),
                expected: expected(name).unwrap_or(VerdictKind::Holds),
            }
        });
        let sound = PromiseRow {
            name: SOUND.to_owned(),
            assumptions: "any world".to_owned(),
            breaches: Vec::new(),
            at_worst: Vec::new(),
            expected: expected(SOUND).unwrap_or(VerdictKind::Holds),
        };
        let promises = rows.chain([sound]).collect();
        Self { scenario, promises }
    }
}

impl<P: Protocol> Case for Ready<P>
where
    Scenario<P>: Send + Sync,
{
    fn about(&self) -> &str {
        &self.scenario.about
    }

    fn protocol(&self) -> &'static str {
        P::NAME
    }

    fn world(&self) -> &World {
        &self.scenario.world
    }

    fn layers(&self) -> &Layers {
        &self.scenario.layers
    }

    fn promises(&self) -> &[PromiseRow] {
        &self.promises
    }

    fn rules(&self) -> &'static [&'static str] {
        P::RULES
    }

    fn script(&self) -> Option<&Script> {
        self.scenario.script.as_ref()
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(Kernel::new(&self.scenario))
    }

    fn seed_file(&self, found: &Found) -> String {
        seedfile::pretty(&SeedFile::new(&self.scenario, found))
    }

    fn in_world(&self, world: World) -> Result<Box<dyn Case>, Complaint> {
        valid(self.scenario.in_world(world))
    }
}

/// A scenario whose protocol runs in layers, and the scenario as it was written.
struct InLayers<P: Protocol> {
    scenario: Scenario<P>,
    ready: Ready<Layered<P>>,
}

impl<P: Protocol> Case for InLayers<P>
where
    Scenario<P>: Send + Sync,
{
    fn about(&self) -> &str {
        self.ready.about()
    }

    fn protocol(&self) -> &'static str {
        self.ready.protocol()
    }

    fn world(&self) -> &World {
        self.ready.world()
    }

    fn layers(&self) -> &Layers {
        &self.scenario.layers
    }

    fn promises(&self) -> &[PromiseRow] {
        self.ready.promises()
    }

    fn rules(&self) -> &'static [&'static str] {
        self.ready.rules()
    }

    fn script(&self) -> Option<&Script> {
        self.ready.script()
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(LayeredWorker(Kernel::new(&self.ready.scenario)))
    }

    fn seed_file(&self, found: &Found) -> String {
        seedfile::pretty(&SeedFile::new(&self.scenario, found))
    }

    fn in_world(&self, world: World) -> Result<Box<dyn Case>, Complaint> {
        valid(self.scenario.in_world(world))
    }
}

impl<P: Protocol> Worker for Kernel<'_, P> {
    // A kernel of its own for this chooser is fast, and takes long to compile for each protocol: debug
    // builds do without, but for this crate's own tests, which compare the two.
    #[cfg(any(test, not(debug_assertions)))]
    fn run_seed(&mut self, seed: u64) -> &Outcome {
        Self::run(self, &mut Seeded::new(seed))
    }

    #[cfg(all(debug_assertions, not(test)))]
    fn run_seed(&mut self, seed: u64) -> &Outcome {
        Worker::run(self, &mut Seeded::new(seed))
    }

    fn run(&mut self, mut choose: &mut dyn Choose) -> &Outcome {
        Kernel::run(self, &mut choose)
    }

    fn trace(&mut self, choose: &mut dyn Choose) -> (Outcome, Trace) {
        Kernel::trace(self, choose)
    }

    fn without_digest(&mut self) {
        Kernel::without_digest(self);
    }
}

/// A kernel that is compiled for one kind of chooser only: layers are for seeing, not for speed, and
/// every protocol pays for the compilation.
struct LayeredWorker<'s, P: Protocol>(Kernel<'s, Layered<P>>);

impl<P: Protocol> Worker for LayeredWorker<'_, P> {
    fn run_seed(&mut self, seed: u64) -> &Outcome {
        self.run(&mut Seeded::new(seed))
    }

    fn run(&mut self, mut choose: &mut dyn Choose) -> &Outcome {
        self.0.run(&mut choose)
    }

    fn trace(&mut self, choose: &mut dyn Choose) -> (Outcome, Trace) {
        self.0.trace(choose)
    }

    fn without_digest(&mut self) {
        self.0.without_digest();
    }
}
