//! How much memory a run takes: each in a process of its own, that tells the most it ever had.

use std::process::Command;

use crate::apps::{App, Flood, Settings, Votes};
use crate::bare::Bare;
use crate::contest::Figure;
use crate::goals::{Goal, Goals};
use crate::kernel::votes;
use crate::options::Options;
use crate::played::{MAY_LOSE, Workload, open};
use crate::queues::{Keyed, Quad};

/// Says to the process that it is such a child: who plays, what, and how many nodes or messages.
pub(crate) const CHILD: &str = "--resident";

/// Messages for each of 64 nodes: 2^20 in flight.
const EACH: u16 = 1 << 14;
const IN_FLIGHT: f64 = 1_048_576.0;

pub(crate) fn all(options: &Options, goals: &mut Goals) {
    if options.quick || !options.include("memory") {
        return;
    }
    println!("memory, by the most that was resident in a process of its own");
    let single = |value| Figure { median: value, least: value, most: value };
    for who in ["4-ary heap", "priority-queue", "generals"] {
        let sizes = [1, EACH].map(|each| peak(who, "W1", each));
        let [Some(few), Some(many)] = sizes else {
            println!("  not known on this system\n");
            return;
        };
        let each = (many - few) / IN_FLIGHT;
        println!("  {who:<16} W1, bytes a message with 2^20 in flight {each:>14.1}");
        let what = "memory, bytes a message in flight (48 of them the message's)";
        if who == "generals" {
            goals.add(what, single(each), Goal::AtMost(96.0), 1);
        }
        for nodes in [100, 1_000] {
            let Some(bytes) = peak(who, "W2", nodes) else { continue };
            let mebibytes = bytes / f64::from(1 << 20);
            println!("  {who:<16} W2, one request, n = {nodes:<5} MiB in all {mebibytes:>18.1}");
            let what = "memory, W2, one request, n = 1000, MB in all";
            if (who, nodes) == ("generals", 1_000) {
                goals.add(what, single(bytes / 1e6), Goal::AtMost(150.0), 0);
            }
        }
    }
    println!();
}

/// The most bytes that this workload ever had resident.
fn peak(who: &str, workload: &str, size: u16) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let size = size.to_string();
    let child = Command::new(program).args([CHILD, who, workload, &size]).output().ok()?;
    assert!(child.status.success(), "{who}: {}", String::from_utf8_lossy(&child.stderr));
    let kibibytes: f64 = String::from_utf8_lossy(&child.stdout).trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// The child: one run, and then what it took.
pub(crate) fn child(args: &[String]) {
    let [who, workload, size] = args else { panic!("who, workload and size") };
    let size: u16 = size.parse().expect("a size");
    if workload == "W1" {
        let in_flight = 64 * u64::from(size);
        let workload = Workload {
            title: String::new(),
            nodes: 64,
            settings: Settings { each: size, ..Settings::default() },
            most: Some(in_flight),
        };
        assert_eq!(play::<Flood>(who, &workload), in_flight);
    } else {
        assert!(play::<Votes<16>>(who, &votes(size, 1)) > 0);
    }
    if let Some(line) = status("VmHWM:") {
        println!("{}", line.trim_end_matches("kB").trim());
    }
}

fn play<A: App>(who: &str, workload: &Workload) -> u64 {
    match who {
        "generals" => open::<A>(workload, MAY_LOSE).worker().run_seed(0).tally.delivered,
        "priority-queue" => Bare::<A, Keyed>::new(workload).run(0).delivered,
        _ => Bare::<A, Quad<false>>::new(workload).run(0).delivered,
    }
}

/// What Linux says of this process.
fn status(field: &str) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let found = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(found.trim().to_owned())
}
