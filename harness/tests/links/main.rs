//! What lies between the nodes, seen through runs: shapes, cuts, weather and tampering, what the
//! trace shows of them, and whom they excuse.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod choices;
mod excuses;
mod tampering;

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
