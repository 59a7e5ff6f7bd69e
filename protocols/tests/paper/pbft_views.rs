//! PBFT: how replicas that want different views come to want the same one, and how long they wait.

use generals::testing::{Check, check};
use generals::trace::{Entry, Trace, What};
use generals::{Kindest, NodeId, Time, Verdict};
use generals_protocols::Pbft;
use generals_protocols::pbft::log::Log;

use crate::chooser::losing;

fn traced(scenario: &str) -> Trace {
    let case: Check<Pbft> = check(scenario);
    let (outcome, trace) = case.case().worker().trace(&mut Kindest);
    assert!(outcome.verdicts.iter().all(|verdict| *verdict == Verdict::Holds), "{outcome:?}");
    trace
}

fn ms(ms: u64) -> Time {
    Time::nanos(ms * 1_000_000)
}

/// A link on which every message takes so many milliseconds.
fn link(from: u16, to: u16, ms: u16) -> String {
    format!(
        r#"({from}, {to}): (timing: Synchronous(delta: "{ms}ms", latency: Constant("{ms}ms"))), "#
    )
}

/// What that node says to another of that kind, and when.
fn said<'a>(
    trace: &'a Trace,
    by: u16,
    to: u16,
    what: &'a str,
) -> impl Iterator<Item = (Time, &'a str)> {
    let sent = move |entry: &&Entry| {
        entry.node == NodeId(by)
            && matches!(entry.what, What::Sent { to: receiver, .. } if receiver == NodeId(to))
            && entry.text.contains(what)
    };
    trace.entries.iter().filter(sent).map(|entry| (entry.at, entry.text.as_str()))
}

/// Replica 0 is down, and 1 and 2 hear each other late: when a VIEW-CHANGE for v1 comes over that
/// link, replica 3 has seen all three, waited in vain, and asked for v2. Nobody has a quorum for its
/// own view then, and of each replica only its last VIEW-CHANGE is known and repeated.
#[test]
fn replicas_that_each_want_another_view_do_not_wait_for_each_other() {
    for slow in [120, 150, 200] {
        let links = link(1, 2, slow) + &link(2, 1, slow);
        let trace = traced(&format!(
            r#"(protocol: "pbft", inputs: {{ 4: [(ops: [Put("x", "1")])] }},
                world: (
                    nodes: 5,
                    timing: UnknownBound(
                        delta: "200ms", guess: Some("10ms"), latency: Constant("10ms"),
                    ),
                    except: {{ {links} }},
                    faults: {{ 0: CrashStop(at: Time("0ms")) }},
                ))"#
        ));
        // The client asks all at 100 ms and is heard at 110; 80 ms later v1 is wanted, and 80 ms
        // after it was heard of, v2.
        let of_3 = |v: &'static str| said(&trace, 3, 1, v).next().map(|(at, _)| at);
        assert_eq!(of_3("VIEW-CHANGE v1"), Some(ms(190)), "{slow}");
        assert_eq!(of_3("VIEW-CHANGE v2"), Some(ms(280)), "{slow}");
        assert_eq!(said(&trace, 1, 2, "NEW-VIEW v1").next(), None, "{slow}");
        let answered = |entry: &&Entry| entry.text.contains("is answered #1");
        assert_eq!(trace.entries.iter().filter(answered).count(), 1, "{slow}");
    }
}

/// Replica 0 gives numbers to nothing, and 3 hears so late of the request, and of all view changes but
/// that of 1, that it is still in v0 when the NEW-VIEW comes, with its patience for v0 almost gone. The
/// patience for v1 is another.
#[test]
fn who_enters_a_view_that_others_asked_for_waits_for_it_as_long_as_they() {
    let late = link(4, 3, 43) + &link(2, 3, 35) + &link(0, 3, 35);
    let trace = traced(&format!(
        r#"(protocol: "pbft",
            config: (status: Some("0ms"), retry: Some("80ms"), timeout: Some("60ms")),
            inputs: {{ 4: [(ops: [Put("x", "1")])] }},
            world: (
                nodes: 5, faults: {{ 0: Byzantine }}, adversary: Attack(name: "no-pre-prepare"),
                timing: Synchronous(delta: "50ms", latency: Constant("10ms")),
                except: {{ {late} }},
            ))"#
    ));
    // The request came at 123 ms, so that patience ends at 183; the NEW-VIEW is sent at 170.
    assert_eq!(said(&trace, 1, 3, "NEW-VIEW v1").next().map(|(at, _)| at), Some(ms(170)));
    assert_eq!(said(&trace, 3, 1, "VIEW-CHANGE").next(), None);
}

/// Replica 1 hears no CHECKPOINT, so that V of its NEW-VIEW tells it of one. It waits for a request of
/// client 5 by then, and #3 is in O: what it gives to that request is #4, and never #3.
#[test]
fn a_new_primary_gives_numbers_after_those_of_its_new_view_only() {
    let case: Check<Pbft> = check(
        r#"(protocol: "pbft", config: (status: Some("0ms"), checkpoint: 2, log: 4),
            inputs: {
                4: [(ops: [Put("x", "1"), Append("x", "2"), Append("x", "3")])],
                5: [(ops: [Put("y", "1")], start: "150ms")],
            },
            world: (
                nodes: 6, links: FairLoss(loss: 0.5),
                timing: Synchronous(delta: "10ms", latency: Constant("10ms")),
                faults: { 0: CrashStop(at: Time("145ms")) },
            ))"#,
    );
    // To 1 there are two votes for #1 and two for #2 before anybody's CHECKPOINT.
    let mut deaf = losing(|link, nth| link.a < 4 && link.b == 1 && nth == 4);
    let (outcome, trace) = case.case().worker().trace(&mut deaf);
    assert!(outcome.verdicts.iter().all(|verdict| *verdict == Verdict::Holds), "{outcome:?}");
    let lost = |by| said(&trace, by, 1, "CHECKPOINT").next().is_some_and(|(at, _)| at == ms(90));
    assert!(lost(0) && lost(2) && lost(3) && outcome.tally.audit.lost == 3, "{outcome:?}");
    let new_view = said(&trace, 1, 2, "NEW-VIEW v1").next().expect("leads v1").1;
    assert!(new_view.contains("O [#3 ") && new_view.matches('#').count() == 1, "{new_view}");
    let mut given = said(&trace, 1, 2, "PRE-PREPARE v1");
    assert!(given.next().is_some_and(|(_, said)| said.starts_with("PRE-PREPARE v1 #4 ")));
}

/// Nothing but a PRE-PREPARE of its own shows a primary that comes back which numbers it gave.
#[test]
fn votes_give_no_numbers() {
    use generals::Signed;
    use generals_protocols::pbft::message::{Phase, Vote, digest};
    let vote = |phase, n| Signed::counterfeit(Vote { phase, v: 0, n, d: digest(&[]) }, NodeId(3));
    let mut log = Log::default();
    log.at(7).commits.push(vote(Phase::Commit, 7));
    log.at(8).prepares.push(vote(Phase::Prepare, 8));
    assert_eq!(log.last_accepted(), None);
    log.at(2).pre_prepare = Some(vote(Phase::PrePrepare, 2));
    log.at(1).pre_prepare = Some(vote(Phase::PrePrepare, 1));
    assert_eq!(log.last_accepted(), Some(2));
}
