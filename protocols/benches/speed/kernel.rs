//! Whole runs of the workloads, by hand and by the harness.

use generals::{Case, Ended, Seeded, VerdictKind, Worker};

use crate::apps::{App, Flood, Settings, Votes};
use crate::bare::Bare;
use crate::clock::Clock;
use crate::contest::{Contest, Standing};
use crate::goals::{Goal, Goals};
use crate::options::Options;
use crate::peers::Cells;
use crate::played::{LOSSY, MAY_LOSE, RELIABLE, Workload, open};
use crate::queues::{Binary, Keyed, Pending, Quad};

const FULL: &str = "generals, everything on";
const CALM: &str = "generals, nothing is ever lost";
const MUTE: &str = "generals, no digest";
const LOSING: &str = "generals, 1 % is lost, 1 % comes twice";
const TOLD: &str = "generals, full trace";
const UNTIMED: &str = "generals, everything on, and no timer is set";

/// A run for traces has at most so many deliveries.
const TRACED: u64 = 50_000;

pub(crate) fn all(options: &Options, goals: &mut Goals, cells: &mut Cells) {
    starts(options, goals);
    floods(options, goals);
    rounds(options, goals, cells);
    let short = votes(4, 8);
    let short = Workload { title: format!("W3 short runs, {}", short.title), ..short };
    if let Some(standing) = contest::<Votes<1>>(options, &short, "delivery", None) {
        let ahead = standing.to_limit(FULL).inverse();
        goals.add("W3, runs a second, times the bare loop's", ahead, Goal::AtLeast(0.65), 2);
        traced(goals, "W3", &standing);
        cells.short_runs(standing.to_limit(FULL).median);
    }
}

/// W1 and W4.
fn floods(options: &Options, goals: &mut Goals) {
    for (nodes, each) in [(4, 1), (4, 100), (16, 1), (16, 100), (64, 1), (64, 100)] {
        let workload = flood(options, nodes, each, false);
        let Some(standing) = contest::<Flood>(options, &workload, "delivery", None) else {
            continue;
        };
        let what = format!("W1, n = {nodes}, {} in flight", nodes * each);
        let goal = Goal::AtMost(if each == 1 { 1.8 } else { 1.5 });
        goals.add(&format!("{what}, times the bare loop"), standing.to_limit(FULL), goal, 2);
        if (nodes, each) == (16, 1) {
            traced(goals, &what, &standing);
        }
    }
    for each in [1, 100] {
        let (with, without) = (flood(options, 16, each, true), flood(options, 16, each, false));
        let Some(standing) = contest::<Flood>(options, &with, "delivery", Some(&without)) else {
            continue;
        };
        let what = format!("W4, n = 16, {} in flight", 16 * each);
        let full = standing.to_limit(FULL);
        goals.add(&format!("{what}, times the bare loop"), full, Goal::AtMost(1.5), 2);
        let own = standing.to(FULL, UNTIMED);
        goals.add(&format!("{what}, times its own W1"), own, Goal::AtMost(1.4), 2);
    }
}

fn flood(options: &Options, nodes: u16, each: u16, timers: bool) -> Workload {
    let in_flight = u64::from(nodes) * u64::from(each);
    let most = if options.quick { 2_000 } else { (30 * in_flight).max(20_000) };
    let (name, also) = if timers { ("W4", ", a timer reset each") } else { ("W1", "") };
    Workload {
        title: format!("{name} flood, n = {nodes}, {in_flight} in flight{also}"),
        nodes,
        settings: Settings { each, timers, ..Settings::default() },
        most: Some(most),
    }
}

/// W2.
fn rounds(options: &Options, goals: &mut Goals, cells: &mut Cells) {
    for nodes in [4, 7, 16, 31, 100] {
        let most = if options.quick { 2_000 } else { 20_000 };
        let requests = (most / in_a_request(nodes)).max(if options.quick { 1 } else { 3 });
        let workload = votes(nodes, u16::try_from(requests).unwrap_or(1));
        let workload = Workload { title: format!("W2 rounds, {}", workload.title), ..workload };
        let standing = if nodes <= 64 {
            contest::<Votes<1>>(options, &workload, "delivery", None)
        } else {
            contest::<Votes<16>>(options, &workload, "delivery", None)
        };
        let Some(standing) = standing else { continue };
        let what = format!("W2, n = {nodes}");
        let full = standing.to_limit(FULL);
        goals.add(&format!("{what}, times the bare loop"), full, Goal::AtMost(1.5), 2);
        let share = standing.share(CALM, MUTE);
        goals.add(&format!("{what}, the digest's share, %"), share, Goal::AtMost(15.0), 1);
        if nodes < 100 {
            traced(goals, &what, &standing);
        }
        cells.rounds(nodes, full.median, standing.limit_nanos());
    }
    if !options.quick && options.include("W2 one request, n = 1000") {
        large(goals);
    }
}

/// What is delivered for one request.
pub(crate) const fn in_a_request(nodes: u16) -> u64 {
    let n = nodes as u64;
    2 * n * n - n + 1
}

pub(crate) fn votes(nodes: u16, requests: u16) -> Workload {
    let each = in_a_request(nodes);
    Workload {
        title: format!("n = {nodes}, {requests} requests of {each} deliveries"),
        nodes,
        settings: Settings { requests, ..Settings::default() },
        most: None,
    }
}

/// One request among a thousand nodes.
fn large(goals: &mut Goals) {
    let workload = votes(1000, 1);
    let case = open::<Votes<16>>(&workload, MAY_LOSE);
    let mut bare = Bare::<Votes<16>, Quad<false>>::new(&workload);
    let mut worker = case.worker();
    let mut contest = Contest::new("W2 one request, n = 1000".to_owned(), "run", Clock::Processor);
    contest.yardstick("4-ary heap", move || {
        assert_eq!(bare.run(0).delivered, in_a_request(1000));
        1
    });
    contest.entry(FULL, move || {
        assert!(worker.run_seed(0).tally.delivered >= in_a_request(1000) / 100 * 99);
        1
    });
    let standing = contest.hold(&Options::once_in_each_of(5));
    let seconds = standing.nanos(FULL).map(|nanos| nanos / 1e9);
    goals.add("W2, n = 1000, one request, seconds", seconds, Goal::AtMost(1.0), 2);
}

/// W0.
fn starts(options: &Options, goals: &mut Goals) {
    for nodes in [4, 64] {
        let workload = Workload {
            title: format!("W0 a run that does nothing, n = {nodes}"),
            ..votes(nodes, 0)
        };
        if let Some(standing) = contest::<Votes<1>>(options, &workload, "run", None) {
            let micros = standing.nanos(FULL).map(|nanos| nanos / 1e3);
            let goal = Goal::AtMost(0.1f64.mul_add(nodes.into(), 0.5));
            goals.add(&format!("W0, n = {nodes}, start-up of a run, µs"), micros, goal, 2);
        }
    }
}

fn traced(goals: &mut Goals, what: &str, standing: &Standing) {
    let what = format!("{what}, full trace, times the run without");
    goals.add(&what, standing.to(TOLD, CALM), Goal::AtMost(3.0), 2);
}

/// The same runs by the bare loops and by the harness, if they are asked for.
fn contest<A: App>(
    options: &Options,
    workload: &Workload,
    unit: &'static str,
    untimed: Option<&Workload>,
) -> Option<Standing> {
    if !options.include(&workload.title) {
        return None;
    }
    let [calm, may_lose, lossy] =
        [RELIABLE, MAY_LOSE, LOSSY].map(|links| open::<A>(workload, links));
    let untimed = untimed.map(|workload| open::<A>(workload, MAY_LOSE));
    let deliveries = check::<A>(options, workload, &*calm);
    let mut contest = Contest::new(workload.title.clone(), unit, Clock::Processor);
    // Of what takes no time there have to be many, or it is the clock that is measured.
    let batch = 10_000_u64.checked_div(deliveries);
    let (batch, units) = batch.map_or((200, 1), |runs| (runs + 1, 0));
    bare::<A, Quad<false>>(&mut contest, "4-ary heap", workload, batch, units);
    bare::<A, Quad<true>>(&mut contest, "4-ary heap, hole at the root", workload, batch, units);
    bare::<A, Binary>(&mut contest, "std BinaryHeap", workload, batch, units);
    bare::<A, Keyed>(&mut contest, "priority-queue holds everything", workload, batch, units);
    let mut mute = calm.worker();
    mute.without_digest();
    harness(&mut contest, FULL, may_lose.worker(), batch, units);
    harness(&mut contest, CALM, calm.worker(), batch, units);
    harness(&mut contest, MUTE, mute, batch, units);
    if let Some(untimed) = &untimed {
        harness(&mut contest, UNTIMED, untimed.worker(), batch, units);
    }
    if deliveries > 0 {
        harness(&mut contest, LOSING, lossy.worker(), batch, units);
    }
    if deliveries <= TRACED {
        let (mut worker, mut seeds) = (calm.worker(), 0..);
        contest.entry(TOLD, move || {
            let (outcome, trace) = worker.trace(&mut Seeded::new(seeds.next().unwrap_or(0)));
            assert!(deliveries == 0 || !trace.entries.is_empty());
            outcome.tally.delivered + units
        });
    }
    Some(contest.hold(options))
}

fn bare<'a, A: App, Q: Pending + 'a>(
    contest: &mut Contest<'a>,
    name: &str,
    workload: &Workload,
    batch: u64,
    units: u64,
) {
    let (mut bare, mut seeds) = (Bare::<A, Q>::new(workload), 0..);
    contest.yardstick(name, move || {
        let runs = seeds.by_ref().take(usize::try_from(batch).unwrap_or(1));
        runs.map(|seed| bare.run(seed).delivered + units).sum()
    });
}

fn harness<'a>(
    contest: &mut Contest<'a>,
    name: &str,
    mut worker: Box<dyn Worker + 'a>,
    batch: u64,
    units: u64,
) {
    let mut seeds = 0..;
    contest.entry(name, move || {
        let runs = seeds.by_ref().take(usize::try_from(batch).unwrap_or(1));
        runs.map(|seed| worker.run_seed(seed).tally.delivered + units).sum()
    });
}

/// All of them play the same runs, to the nanosecond, and as many deliveries as there must be.
fn check<A: App>(options: &Options, workload: &Workload, case: &dyn Case) -> u64 {
    let title = &workload.title;
    let mut quad = Bare::<A, Quad<false>>::new(workload);
    let mut hole = Bare::<A, Quad<true>>::new(workload);
    let mut binary = Bare::<A, Binary>::new(workload);
    let mut keyed = Bare::<A, Keyed>::new(workload);
    let mut worker = case.worker();
    let requests = u64::from(workload.settings.requests);
    let due = workload.most.unwrap_or(requests * in_a_request(workload.nodes));
    let seeds = match due {
        _ if options.quick => 3,
        0..1_000 => 1_000,
        1_000..100_000 => 20,
        _ => 3,
    };
    for seed in 0..seeds {
        let by_hand = quad.run(seed);
        let others = [hole.run(seed), binary.run(seed), keyed.run(seed)];
        assert_eq!([by_hand; 3], others, "{title}: seed {seed} depends on the queue");
        let outcome = worker.run_seed(seed);
        let promised = outcome.verdicts.iter().all(|verdict| verdict.kind() == VerdictKind::Holds);
        let bounded = matches!(outcome.ended, Ended::TooManyEvents(_)) == workload.most.is_some();
        assert!(promised && bounded && outcome.ended != Ended::Unsound, "{title}: {outcome:?}");
        let run = (outcome.tally.delivered, outcome.at);
        assert_eq!((by_hand.delivered, by_hand.at), run, "{title}: seed {seed} is another run");
        assert_eq!(by_hand.delivered, due, "{title}: seed {seed}");
    }
    due
}
