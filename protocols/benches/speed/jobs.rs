//! `fuzz` with one job and with two.

use generals::fuzz::{Seeds, fuzz};
use generals::{Case, VerdictKind};
use rayon::ThreadPoolBuilder;

use crate::apps::{Flood, Settings, Votes};
use crate::clock::Clock;
use crate::contest::Contest;
use crate::goals::{Goal, Goals};
use crate::options::Options;
use crate::played::{MAY_LOSE, Workload, open};

pub(crate) fn all(options: &Options, goals: &mut Goals) {
    let flood = Workload {
        title: "W1 flood, n = 16, 1600 in flight, 16000 deliveries".to_owned(),
        nodes: 16,
        settings: Settings { each: 100, ..Settings::default() },
        most: Some(16_000),
    };
    both(options, goals, "W1, n = 16", &flood.title, 256, || open::<Flood>(&flood, MAY_LOSE));
    for (short, nodes, requests, runs) in [("W2, n = 16", 16, 8, 1_024), ("W3", 4, 8, 16_384)] {
        let workload = Workload {
            title: format!("{short}, {requests} requests"),
            nodes,
            settings: Settings { requests, ..Settings::default() },
            most: None,
        };
        let case = || open::<Votes<1>>(&workload, MAY_LOSE);
        both(options, goals, short, &workload.title, runs, case);
    }
}

/// The same campaign by one thread and by two, and their reports are the same.
pub(crate) fn both(
    options: &Options,
    goals: &mut Goals,
    short: &str,
    title: &str,
    runs: u64,
    case: impl FnOnce() -> Box<dyn Case>,
) {
    let title = format!("fuzz with jobs: {title}");
    if !options.include(&title) {
        return;
    }
    let case = case();
    let runs = if options.quick { 128 } else { runs };
    let seeds = Seeds::range(0, runs);
    let campaign = |jobs| {
        let pool = ThreadPoolBuilder::new().num_threads(jobs).build().expect("threads");
        let case = &*case;
        move || pool.install(|| fuzz(case, seeds, 0..runs))
    };
    let [one, two] = [1, 2].map(campaign);
    let report = one();
    assert_eq!(report, two(), "{title}: a report depends on the number of jobs");
    assert_eq!((report.runs, report.not_deterministic), (runs, None), "{title}");
    let worst = report.verdicts.iter().map(|count| count.worst()).max();
    assert!(worst < Some(VerdictKind::Violated), "{title}: {worst:?}");
    let mut contest = Contest::new(title, "run (wall)", Clock::Wall);
    contest.entry("1 job", move || one().runs);
    contest.entry("2 jobs", move || two().runs);
    let standing = contest.hold(options);
    let faster = standing.to("1 job", "2 jobs");
    goals.add(&format!("{short}, two jobs, times as fast as one"), faster, Goal::AtLeast(1.8), 2);
}
