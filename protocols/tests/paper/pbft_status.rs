//! PBFT: replicas say how far they are until all know, and not more often than that.

use std::collections::BTreeMap;

use generals::testing::{Check, check};
use generals::trace::What;
use generals::{Ended, Kindest, NodeId, Stream, Time, Verdict};
use generals_protocols::Pbft;

use crate::chooser::losing;

/// So many replicas and a client with one request; every message takes exactly 10 ms. Nobody gives up
/// on the primary: who does so alone is never at rest.
fn one_request(replicas: u16, links: &str) -> Check<Pbft> {
    let nodes = replicas + 1;
    check(&format!(
        r#"(protocol: "pbft", config: (replicas: {replicas}, timeout: Some("1min")),
            inputs: {{ {replicas}: [(ops: [Put("x", "1")])] }},
            world: (
                nodes: {nodes}, links: {links},
                timing: Synchronous(delta: "10ms", latency: Constant("10ms")),
            ))"#
    ))
}

/// When nothing is lost, every replica says once to every other how far it is: who is asked has said it
/// already, or says it in its answer.
#[test]
fn a_request_costs_a_status_from_everybody_to_everybody() {
    for n in [1, 2, 3, 4, 7, 10, 13] {
        let (outcome, trace) = one_request(n, "Reliable").case().worker().trace(&mut Kindest);
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

/// Whichever two messages between replicas are lost, what they said is said again, until all know of
/// each other that they are as far, and nobody asks any more.
#[test]
fn whichever_two_messages_are_lost_the_replicas_come_to_rest() {
    let case = one_request(4, "FairLoss(loss: 0.5)");
    let mut worker = case.case().worker();
    // Four or five go over each link, if nothing is said again.
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
        }
    }
}
