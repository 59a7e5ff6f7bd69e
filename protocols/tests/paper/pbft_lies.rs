//! PBFT: what its attacks say is refused by every correct replica that hears it, lie by lie.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::{Check, check};
use generals::trace::{Trace, What};
use generals::{Among, Choose, Concern, NodeId, Seeded, Stream, Verdict};
use generals_protocols::Pbft;

use crate::chooser::plan;

/// What a correct node hears from the liar of this kind, and why it ignores it, if it does.
fn heard<'a>(trace: &'a Trace, liar: u16, kind: &str) -> Vec<(&'a str, Option<&'a str>)> {
    let ignored: BTreeMap<u64, &str> = trace
        .entries
        .iter()
        .filter(|entry| entry.what == What::Discarded)
        .filter_map(|entry| Some((entry.event, entry.text.rsplit(": ").next()?)))
        .collect();
    let from_liar = What::Delivered { from: NodeId(liar) };
    let heard = trace.entries.iter().filter(|entry| entry.what == from_liar);
    let heard = heard.filter(|entry| entry.text.starts_with(kind));
    heard.map(|entry| (entry.text.as_str(), ignored.get(&entry.event).copied())).collect()
}

/// Seven replicas; 0 stops when all have executed #1, so that it prepared everywhere. The liar lies in
/// this way whenever it can.
fn lying(attack: &str, liar: u16, way: u64) -> Trace {
    let case: Check<Pbft> = check(&format!(
        r#"(protocol: "pbft", config: (replicas: 7),
            inputs: {{ 7: [(ops: [Put("x", "1"), Get("x")])] }},
            world: (
                nodes: 8, timing: Synchronous(delta: "10ms", latency: Constant("10ms")),
                faults: {{ 0: CrashStop(at: Time("45ms")), {liar}: Byzantine }},
                adversary: Attack(name: "{attack}"),
            ))"#
    ));
    let mut lie = plan(Concern::Adversary, move |_, _| way);
    let (outcome, trace) = case.case().worker().trace(&mut lie);
    assert!(outcome.verdicts.iter().all(|verdict| *verdict == Verdict::Holds), "{outcome:?}");
    trace
}

const V: &str = "not a quorum of valid view changes";
const O: &str = "not what follows from the view changes";

/// Of each way: the VIEW-CHANGEs it says it has, how many PRE-PREPAREs, and what is wrong.
const NEW_VIEWS: [(&str, usize, &str); 10] = [
    ("[n1, n2, n3, n4, n5]", 1, O),
    ("[n1, n2, n3, n4, n5]", 0, O),
    ("[n1, n2, n3, n4, n5]", 2, O),
    ("[n1, n2, n3, n4, n5]", 2, O),
    ("[n1, n2, n3, n4, n5]", 1, O),
    ("[n1, n2, n3, n4, n5]", 1, O),
    ("[n1]", 0, V),
    ("[n1, n1, n1, n1, n1]", 0, V),
    ("[n1, n2, n3, n4, n5]", 0, V),
    ("[n1, n2, n3, n4]", 1, V),
];

#[test]
fn every_forged_new_view_is_refused_by_all() {
    for (way, (vs, o, wrong)) in (1..).zip(NEW_VIEWS) {
        let trace = lying("forge-new-view", 1, way);
        let heard = heard(&trace, 1, "NEW-VIEW v1");
        assert!(heard.len() >= 5, "way {way}: {heard:?}");
        for (said, ignored) in heard {
            assert_eq!(said.matches('#').count(), o, "way {way}: {said}");
            assert!(said.contains(&format!("V {vs} O")), "way {way}: {said}");
            assert_eq!(ignored, Some(wrong), "way {way}: {said}");
        }
    }
}

#[test]
fn every_invented_view_change_is_refused_by_all() {
    for way in 1..=11 {
        let trace = lying("invent-prepared", 3, way);
        let heard = heard(&trace, 3, "VIEW-CHANGE v1");
        assert!(heard.len() >= 5, "way {way}: {heard:?}");
        for (said, ignored) in heard {
            assert_eq!(ignored, Some("not a valid view change"), "way {way}: {said}");
        }
    }
}

#[test]
fn who_only_might_lie_is_believed() {
    for (attack, liar, kind) in
        [("forge-new-view", 1, "NEW-VIEW v1"), ("invent-prepared", 3, "VIEW-CHANGE v1")]
    {
        let trace = lying(attack, liar, 0);
        let heard = heard(&trace, liar, kind);
        assert!(heard.iter().any(|(_, ignored)| ignored.is_none()), "{attack}: {heard:?}");
        assert!(!heard.iter().any(|(_, ignored)| [Some(V), Some(O)].contains(ignored)));
    }
}

/// Takes down what an adversary chooses.
struct Overhears(Seeded, BTreeSet<u64>);

impl Choose for Overhears {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let answer = self.0.pick(stream, among);
        if stream.concern == Concern::Adversary {
            self.1.insert(answer);
        }
        answer
    }
}

#[test]
fn the_scenarios_come_to_every_lie() {
    for (name, last) in [
        ("pbft-forge-new-view", 10),
        ("pbft-invent-prepared", 11),
        ("pbft-invent-prepared-gst", 11),
    ] {
        let shipped = generals_models::scenarios::ALL.iter().find(|shipped| shipped.name == name);
        let case: Check<Pbft> = check(shipped.expect("shipped").text);
        let mut worker = case.case().worker();
        let mut chosen = BTreeSet::new();
        for seed in 0..30 {
            let mut overhears = Overhears(Seeded::new(seed), BTreeSet::new());
            worker.trace(&mut overhears);
            chosen.append(&mut overhears.1);
        }
        assert_eq!(chosen, (0..=last).collect(), "{name}");
    }
}
