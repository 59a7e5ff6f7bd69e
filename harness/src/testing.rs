//! For `#[test]`s in any crate: a protocol against a scenario, in one line.

use std::marker::PhantomData;
use std::ops::Range;

use crate::check::VerdictKind;
use crate::choosers::Origin;
use crate::explore::{Explored, explore};
use crate::file::Source;
use crate::fuzz::{self, Report, Seeds};
use crate::protocol::Protocol;
use crate::report;
use crate::shrink::{Target, shrink};
use crate::subject::{Case, Plug, Subject};
use crate::trace::Zoom;

/// A protocol in a scenario, ready to be tested; made by [`check`].
pub struct Check<P> {
    case: Box<dyn Case>,
    protocol: PhantomData<fn() -> P>,
}

/// Reads a scenario of the protocol `P`.
///
/// # Panics
/// If the scenario is not a good one, with the line and column.
///
/// ```
/// # use generals::{Cx, NodeId, Promises, Protocol};
/// # struct Own;
/// # impl Protocol for Own {
/// #     const NAME: &'static str = "own";
/// #     const ABOUT: &'static str = "decides its own input";
/// #     type Config = ();
/// #     type Input = u8;
/// #     type Value = u8;
/// #     type Message = u8;
/// #     type Timer = ();
/// #     type Durable = ();
/// #     fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self { Self }
/// #     fn on_input(&mut self, v: u8, cx: &mut Cx<'_, Self>) { cx.decide(v); }
/// #     fn on_message(&mut self, _: NodeId, _: u8, _: &mut Cx<'_, Self>) {}
/// #     fn promises(_: &()) -> Promises<Self> { Promises::consensus() }
/// # }
/// let scenario = r#"(protocol: "own", inputs: { 0: [1], 1: [1] }, world: (nodes: 2))"#;
/// generals::testing::check::<Own>(scenario).seeds(0..100);
/// ```
#[track_caller]
#[must_use]
pub fn check<P: Protocol>(scenario: &str) -> Check<P> {
    let source = Source { name: "scenario".to_owned(), text: scenario.to_owned() };
    match Plug::<P>::NEW.open(&source) {
        Ok(case) => Check { case, protocol: PhantomData },
        Err(error) => panic!("{error}"),
    }
}

impl<P: Protocol> Check<P> {
    /// Runs these seeds (or the script, if the scenario has one).
    ///
    /// # Panics
    /// If the verdicts are not what the scenario expects, or a run is not deterministic: with the
    /// promise, the seed and the story of the shrunk run.
    #[track_caller]
    pub fn seeds(&self, seeds: Range<u64>) -> Report {
        let case = &*self.case;
        let report = campaign(case, seeds);
        assert!(report.runs > 0, "no seeds were given, and no runs prove nothing");
        if let Some(seed) = report.not_deterministic {
            let difference = fuzz::run_twice(&mut *case.worker(), &Origin::Seed(seed));
            let difference = difference.map(|d| d.to_string()).unwrap_or_default();
            panic!("seed {seed} is not deterministic: {difference}");
        }
        let rows = case.promises().iter().zip(&report.verdicts);
        let worse =
            rows.clone().enumerate().filter(|(_, (row, count))| count.worst() > row.expected);
        // The first of the worst, since a worse one may be why others are undetermined.
        if let Some((promise, (row, count))) = worse.rev().max_by_key(|(_, (_, c))| c.worst()) {
            let (kind, name, expected) = (count.worst(), &row.name, row.expected);
            let seed = count.lowest(kind).unwrap_or_default();
            let story = story_of(case, &origin(case, seed), Target { promise, kind });
            panic!("{name}: {kind}, expected {expected} (seed {seed})\n{story}");
        }
        for (row, count) in rows {
            let (worst, name, expected) = (count.worst(), &row.name, row.expected);
            assert!(worst == expected, "{name}: {worst} at worst, expected {expected}");
        }
        report
    }

    /// Runs everything there is, up to `most` runs.
    ///
    /// # Panics
    /// If that is not all there is.
    #[track_caller]
    #[must_use]
    pub fn exhaust(&self, most: u64) -> Explored {
        let explored = explore(&*self.case, most, |_| true);
        assert!(explored.complete, "there are more than {most} runs");
        explored
    }

    /// The case itself, for questions that are not asked here.
    #[must_use]
    pub fn case(&self) -> &dyn Case {
        &*self.case
    }
}

/// The worlds of [`conform!`](crate::conform), by name: a world's fields in RON, for `n` nodes. In
/// the last the protocol runs above [`STUBBORN`] links.
fn standard_world(name: &str, n: u16) -> Option<String> {
    let last = n.saturating_sub(1);
    Some(match name {
        "calm" => format!("nodes: {n}"),
        "lossy" | "stubborn" => format!(
            "nodes: {n}, links: FairLoss(loss: 0.2, duplicate: 0.1, reorder: 1.0, streak: 4)"
        ),
        "late" => format!("nodes: {n}, timing: Asynchronous(typical: \"10ms\")"),
        "settling" => {
            format!("nodes: {n}, timing: PartiallySynchronous(delta: \"10ms\", gst: \"200ms\")")
        }
        "crashing" => {
            format!("nodes: {n}, faults: {{ {last}: CrashStop(at: Chosen(within: \"100ms\")) }}")
        }
        "lying" => format!("nodes: {n}, faults: {{ {last}: Byzantine }}, adversary: Liar"),
        _ => return None,
    })
}

/// The layers of the world `stubborn`.
const STUBBORN: &str = r#"(stubborn: (every: "25ms"), authenticated: true)"#;

/// Runs the protocol `P`, with its default configuration and these inputs in RON, in a standard
/// world. What [`conform!`](crate::conform) calls.
///
/// # Panics
/// If a promise is broken inside its assumptions, with the shrunk story; or if there is no such
/// world.
#[track_caller]
pub fn conform<P: Protocol>(world: &str, nodes: u16, inputs: &str) {
    let fields = standard_world(world, nodes).unwrap_or_else(|| panic!("no world `{world}`"));
    let name = P::NAME;
    let layers = if world == "stubborn" { STUBBORN } else { "()" };
    let text =
        format!("(protocol: \"{name}\", inputs: {inputs}, world: ({fields}), layers: {layers})");
    let checked = check::<P>(&text);
    let case = checked.case();
    let report = campaign(case, 0..300);
    assert_eq!(report.not_deterministic, None, "a seed that does not repeat itself");
    for (promise, (row, count)) in case.promises().iter().zip(&report.verdicts).enumerate() {
        if let Some(seed) = count.lowest(VerdictKind::Violated) {
            let target = Target { promise, kind: VerdictKind::Violated };
            let story = story_of(case, &Origin::Seed(seed), target);
            panic!("{} is violated in the {world} world (seed {seed})\n{story}", row.name);
        }
    }
}

/// One `#[test]` for each standard world (calm, lossy, late, settling, crashing, lying, and lossy
/// under stubborn and authenticated links): no promise is broken inside its assumptions. What breaks outside them is no failure.
///
/// ```
/// # use generals::{Cx, NodeId, Promises, Protocol};
/// # struct Own;
/// # impl Protocol for Own {
/// #     const NAME: &'static str = "own";
/// #     const ABOUT: &'static str = "decides its own input";
/// #     type Config = ();
/// #     type Input = u8;
/// #     type Value = u8;
/// #     type Message = u8;
/// #     type Timer = ();
/// #     type Durable = ();
/// #     fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self { Self }
/// #     fn on_input(&mut self, v: u8, cx: &mut Cx<'_, Self>) { cx.decide(v); }
/// #     fn on_message(&mut self, _: NodeId, _: u8, _: &mut Cx<'_, Self>) {}
/// #     fn promises(_: &()) -> Promises<Self> { Promises::consensus() }
/// # }
/// mod own_conforms {
///     // The protocol, the number of nodes, and their inputs as a scenario would state them.
///     generals::conform!(super::Own, 2, "{ 0: [1], 1: [1] }");
/// }
/// ```
#[macro_export]
macro_rules! conform {
    ($protocol:ty, $nodes:expr, $inputs:expr) => {
        $crate::conform!(@ $protocol, $nodes, $inputs; calm lossy late settling crashing lying stubborn);
    };
    (@ $protocol:ty, $nodes:expr, $inputs:expr; $($world:ident)*) => {
        $(#[test]
        fn $world() {
            $crate::testing::conform::<$protocol>(stringify!($world), $nodes, $inputs);
        })*
    };
}

fn origin(case: &dyn Case, seed: u64) -> Origin {
    case.script().map_or(Origin::Seed(seed), |script| Origin::Script(script.clone()))
}

/// The runs of a campaign: these seeds, or the one run of the script.
#[must_use]
pub fn campaign(case: &dyn Case, seeds: Range<u64>) -> Report {
    if case.script().is_none() {
        let seeds = Seeds::range(seeds.start, seeds.end);
        return fuzz::fuzz(case, seeds, 0..seeds.len().unwrap_or(0));
    }
    let mut report = Report::empty(case);
    let origin = origin(case, 0);
    let mut worker = case.worker();
    report.add(0, worker.run(&mut *origin.chooser()));
    report
}

/// The shrunk story of a failing run, for people.
#[must_use]
pub fn story_of(case: &dyn Case, origin: &Origin, target: Target) -> String {
    let origin = match shrink(case, origin, target) {
        Some(shrunk) => Origin::Script(shrunk.script),
        None => origin.clone(),
    };
    let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
    report::run(case, &origin, &outcome, &trace, Zoom::Story)
}

/// What a scenario shows, as a text for a snapshot: the verdicts of a campaign, and the story of
/// one run: the shrunk one of the first broken promise, else the script's, else the busiest of the
/// first 20 seeds.
#[must_use]
pub fn snapshot(case: &dyn Case, seeds: Range<u64>) -> String {
    let report = campaign(case, seeds.clone());
    let mut text = report::campaign(case, &report);
    let broken = report.verdicts.iter().enumerate().find(|(_, count)| {
        count.worst() != VerdictKind::Holds && count.lowest(count.worst()).is_some()
    });
    let story = match broken {
        Some((promise, count)) => {
            let kind = count.worst();
            let seed = count.lowest(kind).unwrap_or_default();
            story_of(case, &origin(case, seed), Target { promise, kind })
        }
        None => {
            let mut worker = case.worker();
            let busy = |seed: &u64| worker.run_seed(*seed).tally.events;
            let first = seeds.start..seeds.end.min(seeds.start.saturating_add(20));
            let busiest = first.rev().max_by_key(busy).unwrap_or_default();
            let origin = origin(case, busiest);
            let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
            report::run(case, &origin, &outcome, &trace, Zoom::Story)
        }
    };
    text.push('\n');
    text.push_str(&story);
    text
}
