//! Stubborn and authenticated links under a protocol that could not be simpler: what is said once
//! arrives once, at the price that the arithmetic of retransmission sets.
#![expect(clippy::float_arithmetic, reason = "averages are compared, and nothing runs on them")]

use generals::testing::{Check, campaign, check};
use generals::trace::{Trace, What};
use generals::{
    Among, Assumptions, Choose, Concern, Cx, Ended, Fact, Found, Kindest, NodeId, Plug, Promises,
    Property, Protocol, Seeded, Signer, Source, Stream, Subject, Time, Verdict, VerdictKind,
    Witness, World,
};
use serde::{Deserialize, Serialize};

/// Whoever has an input tells n0, so many times; n0 decides whatever it hears.
#[derive(Default)]
struct Errand {
    heard: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    times: u64,
    to: NodeId,
}

impl Default for Config {
    fn default() -> Self {
        Self { times: 1, to: NodeId(0) }
    }
}

impl Protocol for Errand {
    const NAME: &'static str = "errand";
    const ABOUT: &'static str = "whatever is said is heard, once";
    const RULES: &'static [&'static str] = &["say", "hear"];
    type Config = Config;
    type Input = u64;
    type Value = u64;
    type Message = u64;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, _: &mut Cx<'_, Self>) -> Self {
        Self::default()
    }

    fn on_input(&mut self, word: u64, cx: &mut Cx<'_, Self>) {
        for _ in 0..cx.config().times {
            cx.mark("say");
            cx.send(cx.config().to, word);
        }
    }

    fn on_message(&mut self, _: NodeId, word: u64, cx: &mut Cx<'_, Self>) {
        cx.mark("hear");
        cx.decide_at(self.heard, word);
        self.heard += 1;
    }

    fn promises(config: &Config) -> Promises<Self> {
        let Config { times, to } = *config;
        Promises::none()
            .and(Once { times, to, ..Once::default() })
            .under(Assumptions::asynchronous().crash_stop(u32::MAX))
            .and(White::default())
            .under(Assumptions::asynchronous().fair_loss().any_byzantine())
    }

    fn lie(word: &mut u64, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        *word += 1;
        true
    }
}

/// What correct nodes say is heard exactly as often as it is said.
#[derive(Default)]
struct Once {
    times: u64,
    to: NodeId,
    said: Vec<NodeId>,
    heard: u64,
}

impl Property<Errand> for Once {
    fn name(&self) -> &'static str {
        "once"
    }

    fn reset(&mut self) {
        self.said.clear();
        self.heard = 0;
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, Errand>) -> Result<(), Witness> {
        match *fact {
            Fact::Proposed(node, _) => self.said.push(node),
            Fact::Decided(..) => self.heard += 1,
            _ => {}
        }
        if self.heard > self.said.len() as u64 * self.times {
            return Err(Witness("heard more than was said".to_owned()));
        }
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let correct = self.said.iter().filter(|node| world.is_correct(**node)).count() as u64;
        let due = world.is_correct(self.to) && self.heard < correct * self.times;
        due.then(|| format!("only {} heard", self.heard))
    }
}

/// Looks into the protocol, through its layers.
#[derive(Default)]
struct White(u64);

impl Property<Errand> for White {
    fn name(&self) -> &'static str {
        "counts"
    }

    fn reset(&mut self) {
        self.0 = 0;
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, Errand>) -> Result<(), Witness> {
        match *fact {
            Fact::Decided(..) => self.0 += 1,
            Fact::Stepped(NodeId(0), errand) if errand.heard != self.0 => {
                return Err(Witness(format!("{} heard, {} decided", errand.heard, self.0)));
            }
            _ => {}
        }
        Ok(())
    }

    fn is_white_box(&self) -> bool {
        true
    }
}

const STUBBORN: &str = r#"(stubborn: (every: "25ms"))"#;
const SEALED: &str = "(authenticated: true)";
const BOTH: &str = r#"(stubborn: (every: "25ms"), authenticated: true)"#;

/// Three nodes say the same word to n0, five times each, in a world with these further fields.
fn errands(world: &str, layers: &str) -> Check<Errand> {
    check(&format!(
        r#"(protocol: "errand", config: (times: 5), inputs: {{ 1: [7], 2: [7], 3: [7] }},
            world: (nodes: 4, {world}), layers: {layers}, limits: (horizon: "10s"))"#
    ))
}

/// One word from n1 to n0 in lock step, δ = 10 ms, over links that lose with this chance.
fn errand(loss: &str, streak: u32, layers: &str) -> Check<Errand> {
    check(&format!(
        r#"(protocol: "errand", inputs: {{ 1: [7] }}, layers: {layers},
            world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"),
                    links: FairLoss(loss: {loss}, streak: {streak})))"#
    ))
}

fn worst(check: &Check<Errand>) -> Vec<VerdictKind> {
    let report = campaign(check.case(), 0..300);
    assert_eq!(report.not_deterministic, None);
    report.verdicts.iter().map(generals::fuzz::Count::worst).collect()
}

const FAIR_LOSS: &str = r#"timing: Asynchronous(typical: "10ms"),
    links: FairLoss(loss: 0.4, duplicate: 0.3)"#;

use VerdictKind::{Holds, OutOfModel, Undetermined};

#[test]
fn whatever_is_lost_doubled_and_reordered_a_stubborn_layer_delivers_everything_once() {
    assert_eq!(worst(&errands(FAIR_LOSS, "()")), [OutOfModel, Holds, Holds]);
    assert_eq!(worst(&errands(FAIR_LOSS, SEALED)), [OutOfModel, Holds, Holds]);
    for layers in [STUBBORN, BOTH] {
        let errands = errands(FAIR_LOSS, layers);
        assert_eq!(worst(&errands), [Holds; 3]);
        let report = campaign(errands.case(), 0..300);
        assert!(report.tally.audit.lost > 5_000 && report.tally.audit.duplicated > 2_000);
    }
}

#[test]
fn a_small_world_is_searched_through_and_nothing_is_lost_or_doubled() {
    for layers in [STUBBORN, BOTH] {
        let case: Check<Errand> = check(&format!(
            r#"(protocol: "errand", inputs: {{ 1: [7] }}, layers: {layers},
                world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"),
                        links: FairLoss(loss: 0.5, duplicate: 0.5, streak: 2)))"#
        ));
        let explored = case.exhaust(10_000);
        assert!(explored.report.runs > 100);
        assert!(explored.first_broken.iter().all(Option::is_none));
    }
}

/// Data packets and acknowledgements sent, and when the word was heard.
fn cost(trace: &Trace) -> (u32, u32, Time) {
    let sent = trace.entries.iter().filter(|entry| matches!(entry.what, What::Sent { .. }));
    let (acks, data): (Vec<_>, Vec<_>) = sent.partition(|entry| entry.text.contains("ack"));
    let heard = trace.entries.iter().find(|entry| entry.what == What::Decided).expect("heard").at;
    (u32::try_from(data.len()).unwrap(), u32::try_from(acks.len()).unwrap(), heard)
}

/// If messages are lost with chance q either way and the period exceeds a round trip, the data goes
/// 1/(1-q)² times, the acknowledgement 1/(1-q) times, the word is heard after δ + R q/(1-q), and more
/// than k copies are needed with chance (1-(1-q)²)^k. All within 4.4 standard deviations.
#[test]
fn over_20000_runs_retransmission_costs_what_it_must() {
    const RUNS: u32 = 20_000;
    let (delta, period) = (10.0, 25.0);
    for (q, layers) in [(0.1, STUBBORN), (0.2, BOTH), (0.3, STUBBORN), (0.5, BOTH)] {
        let case = errand(&format!("{q}"), 1_000_000, layers);
        let mut worker = case.case().worker();
        let (mut data, mut acks, mut latency) = (0.0, 0.0, 0.0);
        let mut more_than = [0_u32; 6];
        for seed in 0..RUNS {
            let (copies, acknowledged, heard) =
                cost(&worker.trace(&mut Seeded::new(seed.into())).1);
            data += f64::from(copies);
            acks += f64::from(acknowledged);
            latency += f64::from(u32::try_from(heard.as_nanos() / 1_000_000).unwrap());
            for (k, count) in (0..).zip(&mut more_than) {
                *count += u32::from(copies > k);
            }
        }
        let both = (1.0 - q) * (1.0 - q);
        let geometric = |p: f64| (1.0 / p, (1.0 - p) / (p * p));
        let meets = |what: &str, sum: f64, (mean, variance): (f64, f64)| {
            let met = sum / f64::from(RUNS);
            let tolerance = 4.4 * f64::sqrt(variance / f64::from(RUNS));
            assert!((met - mean).abs() <= tolerance, "q = {q}, {what}: {met} for {mean}");
        };
        meets("data", data, geometric(both));
        meets("acknowledgements", acks, geometric(1.0 - q));
        let late = (period * q / (1.0 - q), period * period * q / ((1.0 - q) * (1.0 - q)));
        meets("latency", latency, (delta + late.0, late.1));
        for (k, count) in (0..).zip(more_than) {
            let p = f64::powi(1.0 - both, k);
            meets(&format!("more than {k} copies"), count.into(), (p, p * (1.0 - p)));
        }
    }
}

/// Four rows of the table, computed a second time.
#[test]
fn the_closed_forms_are_the_published_table() {
    for (q, data, acks) in
        [(0.1, 1.2346, 1.1111), (0.2, 1.5625, 1.25), (0.3, 2.0408, 1.4286), (0.5, 4.0, 2.0)]
    {
        let q: f64 = q;
        assert!((1.0 / (1.0 - q).powi(2) - data).abs() < 0.000_05, "q = {q}");
        assert!((1.0 / (1.0 - q) - acks).abs() < 0.000_05, "q = {q}");
    }
}

/// A link that loses b in a row whenever it may: the word is heard from copy b+1 exactly, and its
/// (b+1)-th acknowledgement is.
#[test]
fn a_budget_of_b_losses_is_met_by_copy_b_plus_1_exactly() {
    for b in 1..=6_u32 {
        for layers in [STUBBORN, BOTH] {
            let case = errand("1.0", b, layers);
            let (outcome, trace) = case.case().worker().trace(&mut Kindest);
            let (data, acks, heard) = cost(&trace);
            assert_eq!((data, acks), ((b + 1) * (b + 1), b + 1), "b = {b}");
            assert_eq!(heard.as_nanos(), u64::from(10 + b * 25) * 1_000_000, "b = {b}");
            assert_eq!(outcome.ended, Ended::Quiet, "acknowledged is done with");
            assert!(outcome.verdicts.iter().all(|verdict| verdict.kind() == Holds));
        }
    }
}

#[test]
fn in_a_kind_world_every_message_costs_itself_and_its_acknowledgement() {
    let sent = |layers| errands("", layers).case().worker().run(&mut Kindest).tally.sent;
    assert_eq!([sent("()"), sent(SEALED), sent(STUBBORN), sent(BOTH)], [15, 15, 30, 30]);
}

/// The textbook's stubborn link never gives up, so such a run ends at its horizon; what is owed to
/// the correct has long been paid.
#[test]
fn who_has_crashed_for_good_is_sent_to_for_ever() {
    let world = r#"faults: { 0: CrashStop(at: Time("0ms")) }"#;
    let case = errands(world, STUBBORN);
    let mut worker = case.case().worker();
    let outcome = worker.run(&mut Kindest);
    assert_eq!(outcome.ended, Ended::Horizon);
    assert_eq!(outcome.tally.sent, 15 * (10_000 / 25 + 1));
    assert!(outcome.verdicts.iter().all(|verdict| verdict.kind() == Holds));
}

/// How often n0 hears the one word of n1, if this node goes down in this step after so many of its
/// effects and comes back, and the first copy is lost.
fn heard_with_outage(node: u16, nth: u64, after_effects: u32, layers: &str) -> usize {
    let outage = format!("at: Step(nth: {nth}, after_effects: {after_effects}), down: \"60ms\"");
    let case: Check<Errand> = check(&format!(
        r#"(protocol: "errand", inputs: {{ 1: [7] }}, layers: {layers},
            world: (nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"),
                    links: FairLoss(loss: 0.5),
                    faults: {{ {node}: CrashRecovery(outages: [({outage})], disk: UnsyncedLost) }}))"#
    ));
    let mut first = true;
    let lose_the_first = Always(move |stream: Stream| {
        let data = stream.concern == Concern::Loss && stream.a == 1;
        u64::from(data && std::mem::take(&mut first))
    });
    let (outcome, trace) = case.case().worker().trace(&mut { lose_the_first });
    assert_eq!(outcome.tally.audit.crashes, 1, "n{node}, step {nth}, effect {after_effects}");
    assert_eq!(outcome.ended, Ended::Quiet, "all is acknowledged in the end");
    trace.entries.iter().filter(|entry| entry.what == What::Decided).count()
}

/// In its input the sender persists, sends and sets its timer; then it sends again, and with a
/// signature persists the new number first.
#[test]
fn a_sender_that_comes_back_goes_on_sending_what_it_had_persisted() {
    for (layers, again) in [(STUBBORN, 2), (BOTH, 3)] {
        assert_eq!(heard_with_outage(1, 1, 0, layers), 0, "it never was said");
        for after_effects in 1..=3 {
            assert_eq!(heard_with_outage(1, 1, after_effects, layers), 1);
        }
        for after_effects in 0..=again {
            assert_eq!(heard_with_outage(1, 2, after_effects, layers), 1);
        }
    }
}

/// On a delivery the receiver persists, hears and acknowledges. If it goes down before all that, the
/// word comes again; in between, it dies with the step, as over any link; later, it is a duplicate.
#[test]
fn a_receiver_that_comes_back_hears_nothing_twice() {
    for layers in [STUBBORN, BOTH] {
        for (after_effects, heard) in [(0, 1), (1, 0), (2, 1), (3, 1)] {
            let met = heard_with_outage(0, 1, after_effects, layers);
            assert_eq!(met, heard, "{layers}, after {after_effects} effects");
        }
    }
}

/// Where what is owed cannot be paid by the horizon, nothing is proved.
#[test]
fn what_is_still_owed_at_the_horizon_is_undetermined() {
    let case = errand("1.0", 1_000_000, STUBBORN);
    let text: Vec<VerdictKind> =
        case.case().worker().run(&mut Kindest).verdicts.iter().map(Verdict::kind).collect();
    assert_eq!(text, [Undetermined, Holds, Holds]);
}

/// A copy that the link makes bears the number of the original.
#[test]
fn authentication_discards_every_replay_and_nothing_else() {
    let links = "links: FairLoss(duplicate: 1.0)";
    assert_eq!(worst(&errands(links, "()")), [OutOfModel, Holds, Holds]);
    let sealed = errands(links, SEALED);
    assert_eq!(worst(&sealed), [Holds; 3]);
    let outcome = sealed.case().worker().run(&mut Kindest).clone();
    assert_eq!((outcome.tally.audit.duplicated, outcome.tally.discarded), (15, 15));
    let (_, trace) = sealed.case().worker().trace(&mut Kindest);
    let replayed = |text: &str| text.ends_with(": replayed");
    assert_eq!(trace.entries.iter().filter(|entry| replayed(&entry.text)).count(), 15);
}

/// Whatever somebody in the network does: of all he changes, invents and replays nothing gets
/// through, and above a stubborn layer not even what he takes out is missing.
#[test]
fn authentication_makes_arbitrary_links_fair_loss() {
    let tampered = r#"timing: Asynchronous(typical: "10ms"), links: Arbitrary(chance: 0.5)"#;
    let heard = |layers| {
        let case = errands(tampered, layers);
        let mut worker = case.case().worker();
        let traces = (0..200).map(|seed| worker.trace(&mut Seeded::new(seed)));
        let decided = |trace: Trace| {
            let decided = trace.entries.into_iter().filter(|entry| entry.what == What::Decided);
            decided.map(|entry| entry.text[..1].to_owned()).collect::<Vec<_>>()
        };
        let heard: Vec<Vec<String>> = traces.map(|(_, trace)| decided(trace)).collect();
        let forged = heard.iter().flatten().filter(|word| *word != "7").count();
        (heard.iter().map(Vec::len).max().unwrap(), forged > 0, worst(&case)[0])
    };
    let (most, forged, verdict) = heard("()");
    assert!(most > 15 && forged && verdict == OutOfModel);
    let (most, forged, verdict) = heard(STUBBORN);
    assert!(most >= 15 && forged && verdict == OutOfModel);
    // Fewer than were sent, but no other ones.
    let (most, forged, verdict) = heard(SEALED);
    assert!(most <= 15 && !forged && verdict == OutOfModel);
    assert_eq!(heard(BOTH), (15, false, Holds));
}

#[test]
fn every_reason_to_discard_is_met_on_arbitrary_links() {
    let case = errands("links: Arbitrary(chance: 0.5)", BOTH);
    let mut worker = case.case().worker();
    let mut seen = ["a signature that is not the sender's", "a message for another", "replayed"]
        .map(|why| (why, 0));
    for seed in 0..200 {
        let (_, trace) = worker.trace(&mut Seeded::new(seed));
        for entry in trace.entries.iter().filter(|entry| entry.what == What::Discarded) {
            let reason = seen.iter_mut().find(|(why, _)| entry.text.ends_with(&format!(": {why}")));
            reason.unwrap_or_else(|| panic!("{}", entry.text)).1 += 1;
        }
    }
    assert!(seen.iter().all(|(_, times)| *times > 0), "{seen:?}");
}

/// Only its neighbours hear a node, and what is sent where no link leads is not sent again for ever.
#[test]
fn a_layer_keeps_to_the_network() {
    let case = errands("topology: Ring", STUBBORN);
    let outcome = case.case().worker().run(&mut Kindest).clone();
    assert_eq!(outcome.ended, Ended::Quiet);
    assert_eq!((outcome.tally.delivered, outcome.tally.audit.unlinked), (20, 5));
}

/// What a corrupt node signs is its own, true or not; no layer makes an honest node of it.
#[test]
fn a_liar_lies_through_every_layer() {
    for layers in ["()", STUBBORN, SEALED, BOTH] {
        let case = errands("faults: { 1: Byzantine }, adversary: Liar", layers);
        let always = |stream: Stream| u64::from(stream.concern == Concern::Adversary);
        let (_, trace) = case.case().worker().trace(&mut Always(always));
        let heard = trace.entries.iter().filter(|entry| entry.what == What::Decided);
        let lies = heard.filter(|entry| entry.text.starts_with('8')).count();
        assert_eq!(lies, 5, "{layers}");
    }
}

struct Always<F>(F);

impl<F: FnMut(Stream) -> u64> Choose for Always<F> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        (self.0)(stream).min(among.largest())
    }
}

/// No link lies between a node and itself. A signature is still needed: whoever sits in the network
/// may speak to a node in its own name.
#[test]
fn what_a_node_tells_itself_is_neither_numbered_nor_acknowledged() {
    for (layers, text) in [("()", "7"), (STUBBORN, "7"), (BOTH, ": 7]:n0")] {
        let case: Check<Errand> = check(&format!(
            r#"(protocol: "errand", config: (times: 3), inputs: {{ 0: [7] }}, layers: {layers},
                world: (nodes: 2, links: FairLoss(loss: 0.9)))"#
        ));
        let (outcome, trace) = case.case().worker().trace(&mut Seeded::new(1));
        assert_eq!(outcome.tally.delivered, 3);
        assert_eq!(outcome.ended, Ended::Quiet);
        let mut sent = trace.entries.iter().filter(|entry| matches!(entry.what, What::Sent { .. }));
        assert!(sent.all(|entry| entry.text.ends_with(text)));
    }
}

#[test]
fn watching_a_run_in_layers_changes_nothing() {
    for layers in [STUBBORN, SEALED, BOTH] {
        let case = errands(FAIR_LOSS, layers);
        let (mut one, mut other) = (case.case().worker(), case.case().worker());
        for seed in 0..50 {
            let (watched, _) = one.trace(&mut Seeded::new(seed));
            assert_eq!(&watched, other.run_seed(seed));
        }
    }
}

#[test]
fn assumptions_are_weakened_by_the_layers_that_are_there() {
    let assumes = |layers| errands("", layers).case().promises()[0].assumptions.clone();
    assert_eq!(assumes("()"), "asynchronous, reliable, any number crash-stop");
    assert_eq!(assumes(STUBBORN), "asynchronous, fair-loss, any number crash-stop");
    assert_eq!(assumes(SEALED), "asynchronous, reliable, any number crash-stop");
    assert_eq!(assumes(BOTH), "asynchronous, arbitrary, any number crash-stop");
}

fn open(layers: &str) -> Result<Box<dyn generals::Case>, generals::FileError> {
    let text = format!(
        "(\n    protocol: \"errand\",\n    inputs: {{ 1: [7] }},\n    \
         world: (nodes: 2, links: FairLoss(loss: 0.5)),\n    layers: {layers},\n)"
    );
    Plug::<Errand>::NEW.open(&Source::new("errand.ron", text))
}

#[test]
fn a_seed_file_keeps_its_layers_and_its_run() {
    let plain = open("()").unwrap().worker().run_seed(5).digest;
    for layers in [STUBBORN, SEALED, BOTH] {
        let case = open(layers).unwrap();
        let digest = case.worker().run_seed(5).digest;
        assert_ne!(digest, plain, "{layers}");
        let text = case.seed_file(&Found { seed: Some(5), ..Found::default() });
        assert!(text.contains("layers: ("), "{text}");
        let (again, found) = Plug::<Errand>::NEW.open_seed(&Source::new("x", text)).unwrap();
        assert_eq!(again.layers(), case.layers());
        assert_eq!(again.worker().run(&mut *found.origin().chooser()).digest, digest);
        assert_eq!(again.seed_file(&found), case.seed_file(&found));
    }
    let none = open("()").unwrap().seed_file(&Found { seed: Some(5), ..Found::default() });
    assert!(!none.contains("layers"), "{none}");
}

#[test]
fn mistakes_in_layers_are_pointed_at() {
    let wrong = |layers| open(layers).map(|_| ()).unwrap_err();
    let zero = wrong(r#"(stubborn: (every: "0ms"))"#);
    assert!(zero.to_string().contains("sending again after no time at all never ends"), "{zero}");
    assert_eq!((zero.line, zero.column), (5, 32));
    let unknown = wrong("(stubbern: (every: \"1ms\"))").to_string();
    assert!(unknown.contains("`stubborn`"), "{unknown}");
}

#[test]
fn a_heading_names_the_layers() {
    let heading = |layers| generals::report::heading(&*open(layers).unwrap());
    assert!(heading("()").ends_with("fair-loss links"));
    assert!(
        heading(BOTH).ends_with("fair-loss links; layers: stubborn (every 25ms), authenticated")
    );
}
