//! What lies between the nodes, seen through runs: shapes, cuts, weather and tampering, what the
//! trace shows of them, and whom they excuse.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;

use generals::testing::check;
use generals::{
    Among, Assumptions, Audit, Choose, Concern, Cx, Fact, Kindest, NodeId, Outcome, Promises,
    Property, Protocol, Script, Scripted, Seeded, Span, Stream, Verdict, VerdictKind, Witness,
    World, Zoom,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{OutOfModel, Violated};

// --- a post office

/// Sends letters at given times, and decides what arrives: one slot a letter, in their order.
struct Post {
    heard: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Letter {
    from: u16,
    /// To all neighbours, if to nobody in particular.
    #[serde(default)]
    to: Option<u16>,
    at: Span,
    says: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Office {
    letters: Vec<Letter>,
    assume: Assume,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Assume {
    #[default]
    Synchrony,
    PartialSynchrony,
    Fifo,
    FairLoss,
    Arbitrary,
    AnyGraph,
}

/// Nobody decides a 9: broken at an instant of the test's choosing.
struct NoNine;

impl Property<Post> for NoNine {
    fn name(&self) -> &'static str {
        "no-nine"
    }
    fn reset(&mut self) {}
    fn watch(&mut self, _: &World, fact: &Fact<'_, Post>) -> Result<(), Witness> {
        match fact {
            Fact::Decided(node, _, said) if said.starts_with('9') => {
                Err(Witness(format!("{node} heard {said}")))
            }
            _ => Ok(()),
        }
    }
}

impl Protocol for Post {
    const NAME: &'static str = "post";
    const ABOUT: &'static str = "letters at given times";
    type Config = Office;
    type Input = u8;
    type Value = String;
    type Message = u8;
    type Timer = usize;
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        let letters = cx.config().letters.clone();
        let me = cx.me();
        for (i, letter) in letters.iter().enumerate().filter(|(_, l)| l.from == me.0) {
            cx.set_timer(i, letter.at);
        }
        Self { heard: 0 }
    }
    fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}
    fn on_message(&mut self, from: NodeId, said: u8, cx: &mut Cx<'_, Self>) {
        if said == 7 {
            cx.discard("a seven");
        }
        self.note(format!("{said} from {from}"), cx);
    }
    fn on_timer(&mut self, letter: usize, cx: &mut Cx<'_, Self>) {
        let Letter { to, says, .. } = cx.config().letters[letter];
        match to {
            Some(to) => cx.send(NodeId(to), says),
            None => {
                let neighbours: Vec<u16> = cx.neighbours().map(|node| node.0).collect();
                self.note(format!("near {neighbours:?}"), cx);
                cx.multicast(says);
            }
        }
    }
    fn on_reconnect(&mut self, peer: NodeId, cx: &mut Cx<'_, Self>) {
        self.note(format!("again {peer}"), cx);
    }
    fn promises(config: &Office) -> Promises<Self> {
        let synchronous = Assumptions::synchronous();
        Promises::none().and(NoNine).under(match config.assume {
            Assume::Synchrony => synchronous,
            Assume::PartialSynchrony => Assumptions::partially_synchronous(),
            Assume::Fifo => synchronous.fifo(),
            Assume::FairLoss => synchronous.fair_loss(),
            Assume::Arbitrary => synchronous.arbitrary_links(),
            Assume::AnyGraph => synchronous.any_connected_graph(),
        })
    }
}

impl Post {
    fn note(&mut self, what: String, cx: &mut Cx<'_, Self>) {
        cx.decide_at(self.heard, what);
        self.heard += 1;
    }
}

/// `from > to @ ms : says`, or `from > * @ …` for all neighbours; apart by commas.
fn letters(text: &str) -> String {
    let letter = |letter: &str| {
        let (from, rest) = letter.split_once('>').unwrap();
        let (to, rest) = rest.split_once('@').unwrap();
        let (at, says) = rest.split_once(':').unwrap();
        let to = match to.trim() {
            "*" => String::new(),
            to => format!("to: {to}, "),
        };
        format!("(from: {}, {to}at: \"{}ms\", says: {})", from.trim(), at.trim(), says.trim())
    };
    text.split(',').map(letter).collect::<Vec<_>>().join(", ")
}

/// A scenario in lock step with Δ = 10 ms, unless `world` says otherwise.
fn scenario(sent: &str, assume: &str, world: &str) -> String {
    let lock_step = r#"timing: Synchronous(delta: "10ms", least: "10ms"), "#;
    let timing =
        if world.contains("timing:") && !world.contains("except") { "" } else { lock_step };
    format!(
        r#"(protocol: "post", config: (letters: [{}], assume: {assume}), world: ({timing}{world}))"#,
        letters(sent)
    )
}

fn run_with(scenario: &str, mut choose: impl Choose) -> (Outcome, String) {
    let check = check::<Post>(scenario);
    let mut worker = check.case().worker();
    let (outcome, trace) = worker.trace(&mut choose);
    // Whoever watches or not, it is the same run, in the same memory.
    (outcome, trace.text(Zoom::Messages))
}

/// With the kindest answers.
fn run(sent: &str, world: &str) -> (Audit, String) {
    let (outcome, text) = run_with(&scenario(sent, "Synchrony", world), Kindest);
    (outcome.tally.audit, text)
}

/// What was decided, as `node@ms what`.
fn heard(text: &str) -> Vec<String> {
    let decided = text.lines().filter_map(|line| line.split_once(" decides "));
    decided
        .map(|(who, what)| {
            let (at, node) = who.trim().split_once("  ").unwrap();
            let what = what.split(" for slot").next().unwrap().replace('"', "");
            format!("{}@{} {what}", node.trim(), at.trim().trim_end_matches("ms"))
        })
        .collect()
}

#[track_caller]
fn shows(text: &str, what: &str) {
    assert!(text.contains(what), "no {what:?} in\n{text}");
}

// --- shapes

#[test]
fn a_multicast_reaches_the_neighbours_and_a_message_without_a_link_never_leaves() {
    let (audit, text) =
        run("0 > * @ 0 : 1, 1 > 3 @ 5 : 2, 3 > 3 @ 5 : 3", "nodes: 4, topology: Ring");
    // Nobody needs a link to itself.
    let expected = ["n0@0 near [1, 3]", "n1@10 1 from n0", "n3@10 1 from n0", "n3@15 3 from n3"];
    assert_eq!(heard(&text), expected);
    assert_eq!((audit.unlinked, audit.lost), (1, 0));
    shows(&text, "n1 -x n3  2  (no link)");
    let (audit, text) = run("0 > * @ 0 : 1", "nodes: 4");
    assert_eq!(heard(&text).len(), 4, "{text}");
    assert_eq!(audit, Audit::default());
}

// --- cuts

const SPLIT: &str = "partitions: [Cut(between: [[0, 1], [2, 3]], from: \"5ms\", heals: \"20ms\"";

/// What is on its way at the cut still arrives; what is sent at the heal crosses.
#[test]
fn a_cut_takes_what_is_sent_across_while_it_lasts() {
    let sent = "0 > 2 @ 4 : 1, 0 > 2 @ 5 : 2, 2 > 0 @ 19 : 3, 0 > 1 @ 10 : 4, 0 > 2 @ 20 : 5";
    let (audit, text) = run(sent, &format!("nodes: 4, {SPLIT})]"));
    assert_eq!(heard(&text), ["n2@14 1 from n0", "n1@20 4 from n0", "n2@30 5 from n0"]);
    assert_eq!((audit.cut, audit.lost, audit.lost_for_good), (2, 2, 0));
    shows(&text, "n0 -x n2  2  (cut off)");
    let cut = "5ms  -- the network is cut: n0 n1 | n2 n3 (what crosses is lost)";
    let [cut, heals] = [cut, "20ms  -- the cut heals: n0 n1 | n2 n3"].map(|what| text.find(what));
    assert!(cut.is_some() && cut < heals, "{text}");

    let one_way = format!("nodes: 4, {SPLIT}, one_way: true)]");
    let (audit, text) = run("0 > 2 @ 6 : 1, 2 > 0 @ 6 : 2", &one_way);
    assert_eq!(heard(&text), ["n0@16 2 from n2"]);
    assert_eq!(audit.cut, 1);
}

#[test]
fn what_a_cut_holds_sets_out_when_it_heals_and_is_late() {
    let (audit, text) =
        run("0 > 2 @ 6 : 1, 0 > 2 @ 18 : 2", &format!("nodes: 4, {SPLIT}, crossing: Delayed)]"));
    assert_eq!(heard(&text), ["n2@30 1 from n0", "n2@30 2 from n0"]);
    assert_eq!((audit.cut, audit.lost, audit.slowest), (2, 0, Span::millis(24)));
    assert_eq!((audit.late.count, audit.late.since.map(|t| t.as_nanos())), (2, Some(16_000_000)));
}

/// Both sides, each of everybody it was cut off from; only if they are to be told, and only of those
/// they have a link to.
#[test]
fn who_is_told_hears_of_each_reconnect_once() {
    let told = format!("nodes: 4, {SPLIT}, tell: true)]");
    let (_, text) = run("0 > 1 @ 30 : 1", &told);
    let both = ["n0@20 again n2", "n0@20 again n3", "n1@20 again n2", "n1@20 again n3"];
    let sides = ["n2@20 again n0", "n2@20 again n1", "n3@20 again n0", "n3@20 again n1"];
    assert_eq!(heard(&text)[..8], [both, sides].concat());
    shows(&text, "n0 reaches n2 again");
    let (_, text) = run("0 > 1 @ 30 : 1", &format!("{told}, topology: Ring"));
    let ring = ["n0@20 again n3", "n1@20 again n2", "n2@20 again n1", "n3@20 again n0"];
    assert_eq!(heard(&text)[..4], ring);
    let (_, text) = run("0 > 1 @ 30 : 1", &format!("nodes: 4, {SPLIT})]"));
    assert_eq!(heard(&text), ["n1@40 1 from n0"]);
}

// --- exceptions, slow links, weather

#[test]
fn an_exception_is_lossy_or_late_for_itself_only() {
    let world = r#"nodes: 3, except: {
        (0, 1): (links: FairLoss(loss: 1.0, streak: 1)),
        (0, 2): (timing: Synchronous(delta: "25ms", least: "25ms")),
    }"#;
    let (audit, text) = run("0 > * @ 0 : 1, 1 > * @ 0 : 2, 0 > 1 @ 1 : 3", world);
    let all = heard(&text);
    let heard: Vec<&str> = all.iter().map(String::as_str).filter(|h| !h.contains("near")).collect();
    assert_eq!(heard, ["n0@10 2 from n1", "n2@10 2 from n1", "n1@11 3 from n0", "n2@25 1 from n0"]);
    // Late is what takes longer than nodes are told.
    assert_eq!((audit.lost, audit.late.count, audit.slowest), (1, 1, Span::millis(25)));
}

#[test]
fn a_shorter_way_lets_later_messages_overtake() {
    let world = r#"nodes: 2, weather: [Reroute(at: "5ms", detour: "30ms")]"#;
    let (audit, text) = run("0 > 1 @ 0 : 1, 0 > 1 @ 5 : 2, 0 > 1 @ 40 : 3", world);
    assert_eq!(heard(&text), ["n1@15 2 from n0", "n1@40 1 from n0", "n1@50 3 from n0"]);
    assert_eq!((audit.overtaken, audit.late.count), (1, 1));
    // A link in order stays in order, and the short way is of no use.
    let (audit, text) = run("0 > 1 @ 0 : 1, 0 > 1 @ 5 : 2", &format!("{world}, links: Fifo"));
    assert_eq!(heard(&text), ["n1@40 1 from n0", "n1@40 2 from n0"]);
    assert_eq!((audit.overtaken, audit.late.count), (0, 2));
}

// --- tampering

fn tampered(ways: &str, sent: &str) -> (Audit, String, Outcome) {
    let links = format!("nodes: 3, links: Arbitrary(chance: 1.0, ways: [{ways}], streak: 1)");
    let (outcome, text) = run_with(&scenario(sent, "Synchrony", &links), Kindest);
    (outcome.tally.audit, text, outcome)
}

#[test]
fn each_way_to_tamper_does_what_it_says() {
    // The second letter is always left alone, by the streak of 1.
    let sent = "0 > 1 @ 0 : 1, 0 > 1 @ 1 : 2";
    let alone = "n1@11 2 from n0";
    let (audit, text, _) = tampered("Drop", sent);
    assert_eq!(heard(&text), [alone]);
    assert_eq!((audit.tampered.dropped, audit.lost), (1, 1));
    shows(&text, "n0 ~> n1  1  (dropped)");

    let (audit, text, _) = tampered("Double", sent);
    assert_eq!(heard(&text), ["n1@10 1 from n0", "n1@10 1 from n0", alone]);
    assert_eq!((audit.tampered.doubled, audit.duplicated), (1, 1));

    let (audit, text, _) = tampered("Modify", sent);
    assert_eq!(heard(&text)[1..], [alone]);
    let changed = heard(&text)[0].clone();
    assert!(changed.starts_with("n1@10 ") && changed.ends_with(" from n0"), "{changed}");
    assert_ne!(changed, "n1@10 1 from n0");
    assert_eq!((audit.tampered.modified, audit.tampered.arrived), (1, 1));
    shows(&text, "(modified on its way: ");

    let (audit, text, _) = tampered("Spoof", sent);
    assert_eq!(heard(&text), ["n1@10 1 from n2", alone]);
    assert_eq!((audit.tampered.spoofed, audit.tampered.arrived), (1, 1));
    shows(&text, "n2 ~> n1  1  (spoofed: really from n0)");

    // The first letter finds nothing to replay, the third the first and the second.
    let (audit, text, _) = tampered("Replay", "0 > 1 @ 0 : 1, 0 > 1 @ 1 : 2, 0 > 2 @ 2 : 3");
    assert_eq!(heard(&text), ["n1@10 1 from n0", alone, "n2@12 3 from n0", "n1@12 2 from n0"]);
    assert_eq!((audit.tampered.replayed, audit.lost), (1, 0));
    shows(&text, "n0 ~> n1  2  (replayed)");

    let (audit, text, _) = tampered("Inject", sent);
    assert_eq!((heard(&text).len(), audit.tampered.injected), (3, 1));
    shows(&text, "(injected)");
}

/// As long as the timing model allows, and no longer.
#[test]
fn a_delay_on_the_way_keeps_the_bound() {
    let world = r#"nodes: 2, timing: Synchronous(delta: "10ms"),
        links: Arbitrary(chance: 1.0, ways: [Delay])"#;
    let (audit, text) = run("0 > 1 @ 0 : 1", world);
    assert_eq!(heard(&text), ["n1@10 1 from n0"]);
    assert_eq!((audit.tampered.delayed, audit.late.count), (1, 0));
}

/// A fault that came to nothing can be told from one that was swallowed.
#[test]
fn it_is_counted_whether_tampering_arrived_and_was_ignored() {
    let counts = |sent: &str, more: &str| {
        let world = format!("nodes: 3, links: Arbitrary(chance: 1.0, ways: [Spoof]){more}");
        let tampered = run(sent, &world).0.tampered;
        (tampered.spoofed, tampered.arrived, tampered.ignored)
    };
    assert_eq!(counts("0 > 1 @ 0 : 1, 0 > 1 @ 0 : 7", ""), (2, 2, 1));
    let down = ", faults: { 1: CrashStop(at: Time(\"5ms\")) }";
    assert_eq!(counts("0 > 1 @ 0 : 1", down), (1, 0, 0));
}

/// Who watches must not see more than who does not.
#[test]
fn tampering_is_part_of_the_digest() {
    let digest = |ways: &str| {
        let links = format!("nodes: 3, links: Arbitrary(chance: 0.5, ways: [{ways}])");
        let scenario = scenario("0 > 1 @ 0 : 1, 0 > 2 @ 0 : 1", "Synchrony", &links);
        let mut runs = Vec::new();
        let check = check::<Post>(&scenario);
        let mut worker = check.case().worker();
        for seed in 0..40 {
            let outcome = worker.run_seed(seed).clone();
            assert_eq!(outcome, worker.trace(&mut Seeded::new(seed)).0);
            runs.push(outcome.digest);
        }
        runs
    };
    assert_eq!(digest("Spoof"), digest("Spoof"));
    assert_ne!(digest("Spoof"), digest("Modify"));
    let mut spoofed = digest("Spoof");
    spoofed.sort();
    spoofed.dedup();
    assert_eq!(spoofed.len(), 4, "each of two messages is spoofed, or not");
}

// --- whom it excuses

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

// --- choices

const ROUGH: &str = r#"nodes: 4, timing: Synchronous(delta: "10ms"), slow_links: 0.5,
    links: Arbitrary(chance: 0.5),
    partitions: [Random(most: 3, within: "5ms", longest: "20ms")]"#;

#[test]
fn in_the_kindest_run_the_network_is_whole_and_fast() {
    let sent = "0 > * @ 0 : 1, 1 > * @ 3 : 2, 2 > 3 @ 9 : 3";
    let (audit, text) = run(sent, ROUGH);
    assert_eq!(audit, Audit { slowest: Span::millis(1), ..Audit::default() });
    assert_eq!(text, run(sent, r#"nodes: 4, timing: Synchronous(delta: "10ms")"#).1);
}

/// Writes down what each concern was asked and answered.
struct Ledger {
    inner: Seeded,
    pages: BTreeMap<Concern, Vec<(Stream, u64)>>,
}

impl Choose for Ledger {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let answer = self.inner.pick(stream, among);
        self.pages.entry(stream.concern).or_default().push((stream, answer));
        answer
    }
}

/// What is slow, and where nothing is lost of what is cut, moves no other choice.
#[test]
fn slow_links_and_cuts_move_no_delay() {
    let sent = "0 > * @ 0 : 1, 1 > * @ 3 : 2, 2 > 3 @ 9 : 3";
    let ledger = |more: &str, seed| {
        let world = format!(r#"nodes: 4, timing: Synchronous(delta: "10ms"){more}"#);
        let mut ledger = Ledger { inner: Seeded::new(seed), pages: BTreeMap::new() };
        let check = check::<Post>(&scenario(sent, "Synchrony", &world));
        check.case().worker().run(&mut ledger);
        ledger.pages
    };
    let more = r#", slow_links: 0.5, partitions: [
        Random(most: 3, within: "5ms", longest: "20ms", crossing: Delayed)]"#;
    for seed in 0..50 {
        let mut with = ledger(more, seed);
        for concern in [Concern::Slow, Concern::Cut, Concern::CutTime, Concern::CutLength] {
            with.remove(&concern);
        }
        assert_eq!(with, ledger("", seed), "seed {seed}");
    }
}

#[test]
fn what_of_the_network_had_no_effect_is_told() {
    let idle = |world: &str| -> Vec<String> {
        // A timer of n2 ends each run at 30ms.
        let text = scenario("0>1@0:1, 2>2@30:1", "Synchrony", &format!("nodes: 3, {world}"));
        let check = check::<Post>(&text);
        check.case().worker().trace(&mut Kindest).1.idle
    };
    for (world, expected) in [
        (
            r#"partitions: [Isolate(node: 2, from: "0ms", heals: "5ms")]"#,
            "the cut n2 | n0 n1 at 0ms lost nothing",
        ),
        (
            r#"partitions: [Isolate(node: 0, from: "5ms", heals: "9ms", crossing: Delayed)]"#,
            "the cut n0 | n1 n2 at 5ms held nothing",
        ),
        (
            r#"partitions: [Cut(between: [[0], [1]], from: "1s")]"#,
            "the cut n0 | n1 at 1s: the run was over",
        ),
        (
            r#"partitions: [Random(most: 1, within: "5ms", longest: "5ms")]"#,
            "the network might have been cut: this run did not choose it",
        ),
        (
            r#"weather: [Congestion(from: "10ms", lasts: "9ms", times: 2)]"#,
            "the congestion at 10ms slowed nothing",
        ),
        (
            r#"weather: [Congestion(from: "1s", lasts: "9ms", times: 2)]"#,
            "the congestion at 1s: the run was over",
        ),
        (
            r#"weather: [Reroute(links: Only([(1, 0)]), at: "9ms", detour: "2ms")]"#,
            "nothing was sent the long way that was open until 9ms",
        ),
        ("slow_links: 0.5", "no message crossed a slow link"),
        ("links: FairLoss(loss: 0.5)", "the links lost and doubled nothing"),
        ("links: Arbitrary(chance: 0.5)", "nothing was tampered with"),
        ("clocks: Wrong({ 0: (fast: 0.1) })", "no wrong clock was read"),
        (
            "faults: { 1: Byzantine }, adversary: Silent",
            "the adversary told no lie and withheld nothing",
        ),
    ] {
        assert_eq!(idle(world), [expected], "{world}");
    }
    for world in [
        "",
        r#"partitions: [Isolate(node: 0, from: "0ms", heals: "5ms")]"#,
        r#"partitions: [Isolate(node: 0, from: "0ms", heals: "5ms", crossing: Delayed)]"#,
        r#"weather: [Congestion(from: "0ms", lasts: "9ms", times: 2)]"#,
        r#"weather: [Reroute(at: "9ms", detour: "2ms")]"#,
        "slow_links: 1.0",
        "links: FairLoss(loss: 1.0, streak: 1)",
        "links: Arbitrary(chance: 1.0, ways: [Delay])",
        "clocks: Wrong({ 2: (fast: 0.1) })",
    ] {
        assert_eq!(idle(world), [""; 0], "{world}");
    }
}

/// Who only delays does not do nothing.
#[test]
fn an_adversary_that_delays_is_not_idle() {
    let check = check::<Post>(&scenario("0>1@0:1", "Synchrony", "nodes: 3, adversary: Delayer"));
    let mut worker = check.case().worker();
    let runs = (0..40).map(|seed| {
        let (outcome, trace) = worker.trace(&mut Seeded::new(seed));
        assert_eq!(outcome.tally.steered == 0, !trace.idle.is_empty(), "{:?}", trace.idle);
        outcome.tally.steered > 0
    });
    let steered = runs.filter(|steered| *steered).count();
    assert!((4..36).contains(&steered), "{steered} of 40 runs");
}
