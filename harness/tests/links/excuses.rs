//! Whom a network excuses.

use super::*;

/// The verdict on the promise that no 9 arrives, and why it is excused.
fn judged(sent: &str, assume: &str, world: &str, choose: impl Choose) -> (VerdictKind, String) {
    let (outcome, _) = run_with(&scenario(sent, assume, world), choose);
    let why = match &outcome.verdicts[0] {
        Verdict::OutOfModel(_, breaches) => breaches[0].0.clone(),
        _ => String::new(),
    };
    (outcome.verdicts[0].kind(), why)
}

#[track_caller]
fn excused(sent: &str, assume: &str, world: &str, why: &str) {
    let judged = judged(sent, assume, world, Kindest);
    assert_eq!((judged.0, judged.1.as_str()), (OutOfModel, why), "{world}");
}

#[track_caller]
fn blamed(sent: &str, assume: &str, world: &str) {
    assert_eq!(judged(sent, assume, world, Kindest).0, Violated, "{world}");
}

/// A message that is on its way has harmed nobody until it is overdue.
#[test]
fn lateness_excuses_from_the_instant_at_which_it_shows() {
    let burst = r#"nodes: 3, weather: [Congestion(links: Only([(0, 1)]), from: "0ms", lasts: "1ms", times: 5)]"#;
    let why = "1 message took longer than Δ = 10ms, assumed synchronous";
    // The 9 arrives at 9 ms, 10 ms and 11 ms, the letter of 0 ms is overdue at 10 ms.
    let other = r#", except: { (2, 1): (timing: Synchronous(delta: "9ms", least: "9ms")) }"#;
    blamed("0 > 1 @ 0 : 1, 2 > 1 @ 0 : 9", "Synchrony", &format!("{burst}{other}"));
    excused("0 > 1 @ 0 : 1, 2 > 1 @ 0 : 9", "Synchrony", burst, why);
    excused("0 > 1 @ 0 : 1, 2 > 1 @ 1 : 9", "Synchrony", burst, why);
}

const GST: &str =
    r#"nodes: 2, timing: PartiallySynchronous(delta: "10ms", gst: "50ms", least: "5ms")"#;

#[test]
fn where_the_bound_is_known_only_lateness_is_an_excuse() {
    let sent = "0 > 1 @ 0 : 9";
    blamed(sent, "Synchrony", GST);
    let late: Script = ron::from_str(r#"{ (Delay, 0, 1, 0): "6ms" }"#).unwrap();
    let (kind, why) = judged(sent, "Synchrony", GST, Scripted::new(&late));
    let expected = "1 message took longer than Δ = 10ms, assumed synchronous";
    assert_eq!((kind, why.as_str()), (OutOfModel, expected));
    // That is what partial synchrony allows for.
    let judged = judged(sent, "PartialSynchrony", GST, Scripted::new(&late));
    assert_eq!(judged.0, Violated);
    let unknown = r#"nodes: 2, timing: UnknownBound(delta: "10ms")"#;
    excused(sent, "Synchrony", unknown, "partially synchronous, assumed synchronous");
    blamed(sent, "PartialSynchrony", unknown);
    let asynchronous = r#"nodes: 2, timing: Asynchronous(typical: "10ms")"#;
    excused(sent, "Synchrony", asynchronous, "asynchronous, assumed synchronous");
    excused(sent, "PartialSynchrony", asynchronous, "asynchronous, assumed partially synchronous");
}

#[test]
fn partial_synchrony_is_broken_by_what_is_late_in_the_end() {
    let burst = |from: u32| {
        format!(r#"{GST}, weather: [Congestion(from: "{from}ms", lasts: "1ms", times: 9)]"#)
    };
    // 45 ms after 0 ms is before the gst; after 50 ms it is not.
    blamed("0 > 1 @ 0 : 9", "PartialSynchrony", &burst(0));
    let why = "1 message took longer than Δ = 10ms after 50ms, assumed partially synchronous";
    excused("0 > 1 @ 50 : 9", "PartialSynchrony", &burst(50), why);
}

#[test]
fn fifo_is_broken_by_overtaking_only() {
    let world = r#"nodes: 2, timing: Synchronous(delta: "10ms", least: "1ms")"#;
    let sent = "0 > 1 @ 0 : 1, 0 > 1 @ 2 : 9";
    // Whether messages of a reliable link overtook each other is seen, and not supposed.
    blamed(sent, "Fifo", world);
    let late: Script = ron::from_str(r#"{ (Delay, 0, 1, 0): "9ms" }"#).unwrap();
    let (kind, _) = judged(sent, "Fifo", world, Scripted::new(&late));
    // The 9 is heard before the 1, which is known when both were sent.
    assert_eq!(kind, OutOfModel);
    assert_eq!(judged(sent, "Synchrony", world, Scripted::new(&late)).0, Violated);
}

#[test]
fn fair_loss_is_broken_for_good_or_by_tampering() {
    let sent = "0 > 1 @ 0 : 1, 0 > 2 @ 12 : 9";
    let cut = |heals: &str| {
        format!("nodes: 3, partitions: [Cut(between: [[0], [1]], from: \"0ms\"{heals})]")
    };
    let healing = cut(", heals: \"1ms\"");
    blamed(sent, "FairLoss", &healing);
    excused(sent, "Synchrony", &healing, "messages were lost (1), assumed reliable links");
    for assume in ["FairLoss", "Arbitrary"] {
        let links = if assume == "FairLoss" { "fair-loss" } else { "arbitrary" };
        let why = format!("messages were lost for good (1), assumed {links} links");
        excused(sent, assume, &cut(""), &why);
    }
    let sent = "0 > 1 @ 0 : 1, 2 > 1 @ 12 : 9";
    let link = |links: &str| format!("nodes: 3, except: {{ (0, 1): (links: {links}) }}");
    blamed(sent, "FairLoss", &link("FairLoss(loss: 1.0)"));
    let tampered = |way: &str| link(&format!("Arbitrary(chance: 1.0, ways: [{way}])"));
    blamed(sent, "FairLoss", &tampered("Drop"));
    excused(
        sent,
        "FairLoss",
        &tampered("Spoof"),
        "messages were spoofed (1), assumed fair-loss links",
    );
    blamed(sent, "Arbitrary", &tampered("Spoof"));
}

#[test]
fn a_protocol_for_complete_networks_is_excused_in_others() {
    let sent = "0 > 1 @ 0 : 9, 0 > 2 @ 0 : 1";
    let ring = "nodes: 4, topology: Ring";
    excused(sent, "Synchrony", ring, "a ring (1 message had no link), assumed links between all");
    blamed(sent, "AnyGraph", ring);
    let pieces = "nodes: 4, topology: Edges([(0, 1), (2, 3)])";
    excused(
        sent,
        "AnyGraph",
        pieces,
        "a graph of 2 links that falls apart, assumed a connected one",
    );
    // Three in a ring are all there are.
    blamed("0 > 1 @ 0 : 9", "Synchrony", "nodes: 3, topology: Ring");
}
