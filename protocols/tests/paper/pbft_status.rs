//! PBFT: replicas say how far they are until all know, and not more often than that.

use std::collections::BTreeMap;

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Ended, Kindest, NodeId, Stream, Time, Verdict};
use generals_protocols::Pbft;

use crate::chooser::losing;

/// So many replicas and a client; every message takes exactly 10 ms.
fn lock_step(replicas: u16, config: &str, client: &str, world: &str) -> Check<Pbft> {
    let nodes = replicas + 1;
    check(&format!(
        r#"(protocol: "pbft", config: (replicas: {replicas}, {config}),
            inputs: {{ {replicas}: [({client})] }},
            world: (
                nodes: {nodes}, {world},
                timing: Synchronous(delta: "10ms", latency: Constant("10ms")),
            ))"#
    ))
}

/// Whoever loses something is helped by STATUSes alone: no client asks again, and nobody gives up on the
/// primary, since who does so alone is never at rest.
const PATIENT: &str = r#"timeout: Some("1min"), retry: Some("1min")"#;
const ONE: &str = r#"ops: [Put("x", "1")]"#;

/// When nothing is lost, every replica says once to every other how far it is: who is asked has said it
/// already, or says it in its answer.
#[test]
fn a_request_costs_a_status_from_everybody_to_everybody() {
    for n in [1, 2, 3, 4, 7, 10, 13] {
        let case = lock_step(n, PATIENT, ONE, "links: Reliable");
        let (outcome, trace) = case.case().worker().trace(&mut Kindest);
        assert_eq!(outcome.ended, Ended::Quiet, "n = {n}");
        let mut said: BTreeMap<(NodeId, NodeId), u32> = BTreeMap::new();
        for entry in trace.entries.iter().filter(|entry| entry.text.starts_with("STATUS")) {
            if let What::Sent { to, .. } = entry.what {
                *said.entry((entry.node, to)).or_default() += 1;
            }
        }
        let n = usize::from(n);
        assert_eq!(said.len(), n * (n - 1), "n = {n}");
        assert!(said.values().all(|times| *times == 1), "n = {n}: {said:?}");
    }
}

/// Whichever two of the first six messages on the links between replicas are lost, what they said is
/// said again, until all know of each other that they are as far, and nobody asks any more. If nothing is
/// lost there are three: a PRE-PREPARE or a PREPARE, a COMMIT, and a STATUS.
#[test]
fn whichever_two_messages_are_lost_the_replicas_come_to_rest() {
    let case = lock_step(4, PATIENT, ONE, "links: FairLoss(loss: 0.5)");
    let mut worker = case.case().worker();
    let all: Vec<(u64, u64, u64)> = (0..4)
        .flat_map(|from| (0..4).filter(move |to| *to != from).map(move |to| (from, to)))
        .flat_map(|(from, to)| (0..6).map(move |nth| (from, to, nth)))
        .collect();
    let place = |link: Stream, nth| (u64::from(link.a), u64::from(link.b), nth);
    for (i, first) in all.iter().enumerate() {
        for second in &all[i..] {
            let lost = |link, nth| [*first, *second].contains(&place(link, nth));
            let outcome = worker.run(&mut losing(lost));
            let context = || format!("{first:?} and {second:?} lost: {outcome:?}");
            assert_eq!(outcome.ended, Ended::Quiet, "{}", context());
            assert!(outcome.at < Time::nanos(2_000_000_000), "{}", context());
            assert!(outcome.verdicts.iter().all(|v| *v == Verdict::Holds), "{}", context());
            if first.2.max(second.2) < 3 {
                let lost = outcome.tally.audit.lost;
                assert_eq!(lost, 1 + u64::from(first != second), "{}", context());
            }
        }
    }
}

/// The same, whatever is lost between replicas: each message may be, twice in a row at most.
#[test]
fn whatever_is_lost_the_replicas_come_to_rest() {
    let lossless = |(from, to): (u16, u16)| format!("({from}, {to}): (links: Reliable), ");
    let of_the_client: String = (0..4).flat_map(|i| [(4, i), (i, 4)]).map(lossless).collect();
    let links = format!("links: FairLoss(loss: 0.5, streak: 2), except: {{ {of_the_client} }}");
    let case = lock_step(4, PATIENT, ONE, &links);
    let mut worker = case.case().worker();
    for seed in 0..2_000 {
        let outcome = worker.run_seed(seed);
        assert_eq!(outcome.ended, Ended::Quiet, "seed {seed}: {outcome:?}");
    }
}

/// One replica is away while the others go on: the primary after a request, or a backup in the middle
/// of one, which gives up on the primary meanwhile. Once one of them hears where the other is, it takes
/// an answer and what was missed at most.
#[test]
fn who_was_away_has_caught_up_three_delays_after_a_status_gets_through() {
    let two = r#"ops: [Put("x", "1"), Append("x", "2")], every: "1s""#;
    for (node, from, client, many) in [(0, 500, two, 2), (3, 15, ONE, 1), (3, 25, ONE, 1)] {
        for heals in (1_500..8_000).step_by(50) {
            let away = format!(
                r#"partitions: [Isolate(node: {node}, from: "{from}ms", heals: "{heals}ms")]"#
            );
            let (_, trace) = lock_step(4, "", client, &away).case().worker().trace(&mut Kindest);
            let context = || format!("n{node} from {from} to {heals} ms");
            let of_it = NodeId(node);
            let first = trace.entries.iter().find(|entry| match &entry.what {
                What::Sent { to, arrivals } => {
                    let between = (entry.node == of_it) != (*to == of_it);
                    let status = entry.text.starts_with("STATUS");
                    between
                        && status
                        && !arrivals.is_empty()
                        && entry.at >= Time::nanos(heals * 1_000_000)
                }
                _ => false,
            });
            let executed = trace.entries.iter().filter(|entry| {
                let decided = entry.node == of_it && entry.what == What::Decided;
                decided && entry.text.starts_with("executed")
            });
            let executed: Vec<Time> = executed.map(|entry| entry.at).collect();
            assert_eq!(executed.len(), many, "{}: {executed:?}", context());
            let first = first.unwrap_or_else(|| panic!("{}: nobody asks", context())).at;
            let waited = executed[many - 1].since(first).as_nanos();
            assert!(waited <= 30_000_000, "{}: {first}, {executed:?}", context());
        }
    }
}
