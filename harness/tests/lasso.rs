//! A state that comes again proves that a run can go on for ever, if nothing lies between that could
//! not: each test of what must not lie between has a run whose states do come again, but for that.

use generals::testing::{Check, check};
use generals::{
    Adversary, Assumptions, Cx, Envelope, Fact, Fate, Fingerprint, Kindest, Moment, NodeId, Noting,
    Origin, Promises, Property, Protocol, Puppet, Realm, Scripted, Seeded, Span, Termination,
    Verdict, VerdictKind, Witness, World,
};
use serde::{Deserialize, Serialize};

use VerdictKind::{OutOfModel, Undetermined, Violated};

/// Every node tells the next one something every 20 ms, and hopes to hear what nobody says.
struct Ring<const OUTLINED: bool> {
    ticks: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum How {
    #[default]
    Tells,
    /// Writes into its outline how often it did.
    Counts,
    /// Tosses a coin that decides nothing.
    Tosses,
    /// The first node reports something every time, which is not what is owed.
    Reports,
    /// Does it again at once.
    Spins,
    /// Whoever hears anything but 9 decides.
    Hears,
    /// A promise looks into it, and owes something until it has seen enough.
    IsLookedInto,
    /// A promise looks into it, and owes something whatever it sees.
    IsSeen,
    /// Panics when it is to be outlined, the first so many times it ticks.
    Faints(u64),
}

/// Owes something until it has seen a thousand steps.
#[derive(Default)]
struct Thousand(u64);

/// Owes something, whatever it sees.
struct Anyway;

impl<P: Protocol> Property<P> for Anyway {
    fn name(&self) -> &'static str {
        "anyway"
    }
    fn reset(&mut self) {}
    fn watch(&mut self, _: &World, _: &Fact<'_, P>) -> Result<(), Witness> {
        Ok(())
    }
    fn owed(&self, _: &World) -> Option<String> {
        Some("it".to_owned())
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn counts_steps(&self) -> bool {
        false
    }
}

impl<P: Protocol> Property<P> for Thousand {
    fn name(&self) -> &'static str {
        "thousand"
    }
    fn reset(&mut self) {
        self.0 = 0;
    }
    fn watch(&mut self, _: &World, fact: &Fact<'_, P>) -> Result<(), Witness> {
        self.0 += u64::from(matches!(fact, Fact::Stepped(..)));
        Ok(())
    }
    fn owed(&self, _: &World) -> Option<String> {
        (self.0 < 1000).then(|| format!("only {} steps", self.0))
    }
    fn is_white_box(&self) -> bool {
        true
    }
}

/// Holds every message up as long as may be.
struct Slow;

impl Adversary<u8> for Slow {
    fn schedules(&self) -> bool {
        true
    }
    fn speak(&mut self, by: Puppet, to: NodeId, want: u8, realm: &mut dyn Realm<u8>) {
        realm.send(by.of, to, want);
    }
    fn schedule(&mut self, _: &Envelope<u8>, _: &mut dyn Realm<u8>) -> Fate {
        Fate::Late
    }
}

impl<const OUTLINED: bool> Protocol for Ring<OUTLINED> {
    const NAME: &'static str = "ring";
    const ABOUT: &'static str = "everybody tells the next one";
    type Config = How;
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), Span::millis(20));
        Self { ticks: 0 }
    }

    fn on_input(&mut self, _: u8, _: &mut Cx<'_, Self>) {}

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        self.ticks += 1;
        match *cx.config() {
            How::Tosses => drop(cx.coin(2)),
            How::Reports if cx.me() == NodeId(0) => cx.decide(7),
            _ => {}
        }
        let spins = *cx.config() == How::Spins;
        cx.set_timer((), if spins { Span::ZERO } else { Span::millis(20) });
        if !spins {
            cx.send(NodeId((cx.me().0 + 1) % cx.n()), 0);
        }
    }

    fn on_message(&mut self, _: NodeId, _: u8, cx: &mut Cx<'_, Self>) {
        if *cx.config() == How::Hears {
            cx.decide(0);
        }
    }

    fn promises(how: &How) -> Promises<Self> {
        match how {
            How::IsLookedInto => return Promises::none().and(Thousand::default()),
            How::IsSeen => return Promises::none().and(Anyway),
            _ => {}
        }
        Promises::none().and(Termination::default()).under(Assumptions::asynchronous().byzantine(1))
    }

    const ATTACKS: &'static [&'static str] = &["slow"];

    fn attack(_: &str) -> Option<Box<dyn Adversary<u8>>> {
        Some(Box::new(Slow))
    }

    fn outline(moment: &Moment<'_, Self>, into: &mut Fingerprint) -> bool {
        for (_, how, node) in moment.nodes() {
            let faints = |ticks| matches!(how, How::Faints(until) if ticks < *until);
            assert!(!node.is_some_and(|node| faints(node.ticks)), "faints");
            into.serialize(&node.map(|node| if *how == How::Counts { node.ticks } else { 0 }));
        }
        moment.messages().for_each(|(_, _, message)| into.serialize(message));
        OUTLINED
    }
}

const LOCK_STEP: &str = r#"nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms")"#;

fn ring<const OUTLINED: bool>(how: How, world: &str) -> Check<Ring<OUTLINED>> {
    check(&format!(
        r#"(protocol: "ring", config: {how:?}, world: ({world}), limits: (events: 400))"#
    ))
}

/// The verdict under a seed; and that it is the same however the run is made.
fn judged(how: How, world: &str) -> Verdict {
    let checked = ring::<true>(how, world);
    let mut worker = checked.case().worker();
    let outcome = worker.run_seed(1).clone();
    assert_eq!(&outcome, worker.run_seed(1), "the same world again");
    let mut noting = Noting::new(Seeded::new(1));
    assert_eq!(&outcome, worker.run(&mut noting));
    let script = noting.into_script();
    assert_eq!(&outcome, worker.run(&mut Scripted::new(&script)));
    let (traced, trace) = worker.trace(&mut *Origin::Seed(1).chooser());
    assert_eq!(outcome, traced);

    // Nobody can tell that it was looked at twice, but by this verdict.
    let plain = ring::<false>(how, world);
    let mut plain = plain.case().worker();
    let (without, trace_without) = plain.trace(&mut Seeded::new(1));
    let verdicts = outcome.verdicts.clone();
    assert_eq!(generals::Outcome { verdicts, ..without }, outcome);
    assert_eq!(trace.milestones, trace_without.milestones);
    outcome.verdicts[0].clone()
}

fn kind(how: How, world: &str) -> VerdictKind {
    judged(how, world).kind()
}

/// The instants of the witness in milliseconds: when the state came first, and when again.
fn instants(verdict: &Verdict) -> (u64, u64) {
    let text = verdict.to_string();
    let after = |what: &str| {
        let (_, rest) = text.split_once(what).unwrap_or_else(|| panic!("{what}: {text}"));
        let instant = rest.split([' ', ':']).next().and_then(|text| text.strip_suffix("ms"));
        instant.and_then(|ms| ms.parse().ok()).unwrap_or_else(|| panic!("no milliseconds: {text}"))
    };
    (after("the state of "), after("came again at "))
}

#[test]
fn who_tells_for_ever_what_helps_nobody_violates_termination() {
    let verdict = judged(How::Tells, LOCK_STEP);
    assert_eq!(verdict.kind(), Violated, "{verdict}");
    // Everything is 20 ms apart: that is the shortest after which a state can come again.
    let (first, again) = instants(&verdict);
    assert!(again > first && (again - first) % 20 == 0, "{verdict}");
}

#[test]
fn without_an_outline_nothing_is_proven() {
    let checked = ring::<false>(How::Tells, LOCK_STEP);
    let verdict = checked.case().worker().run_seed(1).verdicts[0].clone();
    assert_eq!(verdict.kind(), Undetermined, "{verdict}");
}

#[test]
fn a_chooser_that_cannot_turn_back_proves_nothing() {
    struct OneWay;
    impl generals::Choose for OneWay {
        fn pick(&mut self, _: generals::Stream, _: generals::Among) -> u64 {
            0
        }
    }
    let checked = ring::<true>(How::Tells, LOCK_STEP);
    let mut worker = checked.case().worker();
    assert_eq!(worker.run(&mut OneWay).verdicts[0].kind(), Undetermined);
    assert_eq!(worker.run(&mut Kindest).verdicts[0].kind(), Violated);
}

#[test]
fn every_run_of_an_exhaustive_search_is_looked_at() {
    let world = r#"nodes: 2, timing: Synchronous(delta: "10ms", least: "10ms"),
        faults: { 1: CrashStop(at: Chosen(within: "1ns")) }"#;
    let explored = ring::<true>(How::Tells, world).exhaust(10);
    assert!(explored.complete);
    let verdicts = &explored.report.verdicts[0];
    // With both up and with one down, at each of the instants that are told apart.
    assert_eq!(verdicts.of(Violated), explored.report.runs);
}

/// Whether it is noticed at the end of the run, or when the run is looked at again.
#[test]
fn a_protocol_that_panics_when_it_is_outlined_is_not_sound() {
    for until in [u64::MAX, 20] {
        let checked = ring::<true>(How::Faints(until), LOCK_STEP);
        let mut worker = checked.case().worker();
        let outcome = worker.run_seed(1).clone();
        let [termination, soundness] = &outcome.verdicts[..] else { panic!("{outcome:?}") };
        assert_eq!(termination.kind(), Undetermined);
        assert!(soundness.to_string().contains("faints"), "{soundness}");
        assert_eq!(soundness.kind(), Violated);
        assert_eq!(&outcome, worker.run_seed(1));
        assert_eq!(outcome, worker.trace(&mut Seeded::new(1)).0);
    }
}

// --- what must not lie between

#[test]
fn a_counter_in_the_outline_never_comes_again() {
    assert_eq!(kind(How::Counts, LOCK_STEP), Undetermined);
}

#[test]
fn a_coin_may_fall_otherwise() {
    assert_eq!(kind(How::Tosses, LOCK_STEP), Undetermined);
}

#[test]
fn what_is_reported_may_be_what_a_promise_waits_for() {
    assert_eq!(kind(How::Reports, LOCK_STEP), Undetermined);
}

#[test]
fn what_goes_on_at_one_instant_is_no_run() {
    assert_eq!(kind(How::Spins, LOCK_STEP), Undetermined);
}

#[test]
fn a_promise_that_looks_into_nodes_may_have_seen_enough_unless_it_says_no() {
    assert_eq!(kind(How::IsLookedInto, LOCK_STEP), Undetermined);
    assert_eq!(kind(How::IsSeen, LOCK_STEP), Violated);
}

/// Where no message that anybody sends is heard, nobody decides; were one heard, somebody would.
#[test]
fn nothing_is_proven_by_losses() {
    let lossy = format!("{LOCK_STEP}, links: FairLoss(loss: 0.999999, streak: 100000)");
    assert_eq!(kind(How::Hears, &lossy), Undetermined);
    // What might be lost, and was not, need never be.
    let fair = format!("{LOCK_STEP}, links: FairLoss(loss: 0.000001, duplicate: 0.000001)");
    assert_eq!(kind(How::Tells, &fair), Violated);
    let doubled = format!("{LOCK_STEP}, links: FairLoss(duplicate: 0.999999)");
    assert_eq!(kind(How::Tells, &doubled), Undetermined);
}

/// Of what n0 tells n1 every other message is lost, and cannot but be.
#[test]
fn what_a_link_is_bound_to_do_is_not_left_out() {
    // So many nodes that there is time for a state to be remembered between two losses.
    let world = LOCK_STEP.replace("nodes: 2", "nodes: 9");
    let bound = format!("{world}, except: {{ (0, 1): (links: FairLoss(loss: 1.0, streak: 1)) }}");
    assert_eq!(kind(How::Tells, &bound), Undetermined);
}

#[test]
fn nothing_is_proven_by_tampering() {
    let tapped = |ways: &str| {
        let links = format!("links: Arbitrary(chance: 0.999999, ways: [{ways}], streak: 100000)");
        kind(How::Tells, &format!("{LOCK_STEP}, {links}"))
    };
    assert_eq!(tapped("Delay"), Undetermined);
    assert_eq!(tapped("Drop"), Undetermined);
}

#[test]
fn nothing_is_proven_by_what_nodes_leave_out() {
    let with = |fault: &str| kind(How::Tells, &format!("{LOCK_STEP}, faults: {{ 1: {fault} }}"));
    assert_eq!(with("Omission(send: 1.0)"), Undetermined);
    assert_eq!(with("Rational(skips: 0.999999)"), Undetermined);
    // Who hears nothing has nothing to skip, and would have to if he did.
    let deaf = r#"Rational(skips: 1.0) }, partitions: [Isolate(node: 1, from: "0s")], except: {"#;
    assert_eq!(with(deaf), Undetermined);
}

#[test]
fn before_the_global_stabilisation_time_nothing_is_proven() {
    let settling = |gst: &str| {
        let timing = format!(r#"gst: "{gst}", delta: "10ms", before: "10ms", least: "10ms""#);
        judged(How::Tells, &format!("nodes: 2, timing: PartiallySynchronous({timing})"))
    };
    assert_eq!(settling("1h").kind(), Undetermined);
    let verdict = settling("1s");
    assert_eq!(verdict.kind(), Violated);
    assert!(instants(&verdict).0 >= 1000, "{verdict}");
}

#[test]
fn a_cut_that_heals_later_may_heal_all_and_one_for_good_does_not() {
    // n0 tells n2 nothing.
    let cut = |nodes: &str, when: &str| {
        let cut = format!("Cut(between: [{nodes}], one_way: true, {when})");
        kind(
            How::Tells,
            &format!(
                r#"nodes: 3, timing: Synchronous(delta: "10ms", least: "10ms"), partitions: [{cut}]"#
            ),
        )
    };
    assert_eq!(cut("[0], [2]", r#"from: "0s", heals: "1h""#), Undetermined);
    assert_eq!(cut("[0], [2]", r#"from: "1h""#), Undetermined);
    assert_eq!(cut("[0], [2]", r#"from: "0s", heals: "100ms""#), Violated);
    assert_eq!(cut("[0], [1]", r#"from: "0s""#), OutOfModel);
}

#[test]
fn a_crash_to_come_may_change_all_and_one_that_was_does_not() {
    let with = |fault: &str| kind(How::Tells, &format!("{LOCK_STEP}, faults: {{ 1: {fault} }}"));
    assert_eq!(with(r#"CrashStop(at: Time("1h"))"#), Undetermined);
    assert_eq!(with("CrashStop(at: Step(nth: 100000, after_effects: 0))"), Undetermined);
    assert_eq!(with(r#"CrashStop(at: Time("100ms"))"#), Violated);
    assert_eq!(with("CrashStop(at: Step(nth: 5, after_effects: 0))"), Violated);
    let outage = r#"CrashRecovery(outages: [(at: Time("1h"), down: "1ms")])"#;
    assert_eq!(with(outage), Undetermined);
    let outage = r#"CrashRecovery(outages: [(at: Time("100ms"), down: "1h")])"#;
    assert_eq!(with(outage), Undetermined);
}

#[test]
fn where_time_itself_matters_nothing_is_proven() {
    for world in [
        r#"clocks: Within(ahead: "5ms", drift: 0.0)"#,
        r#"weather: [Congestion(from: "1h", lasts: "1ms", times: 8)]"#,
        r#"load: (work: "1us")"#,
        r#"pauses: [At(node: 0, from: "1h", lasts: "1ms")]"#,
    ] {
        assert_eq!(kind(How::Tells, &format!("{LOCK_STEP}, {world}")), Undetermined, "{world}");
    }
}

#[test]
fn an_adversary_must_have_come_to_rest() {
    let with = |adversary: &str| {
        let three = r#"nodes: 3, timing: Synchronous(delta: "20ms", least: "20ms")"#;
        let world = format!("{three}, faults: {{ 2: Byzantine }}, adversary: {adversary}");
        kind(How::Tells, &world)
    };
    assert_eq!(with("Honest"), Violated);
    assert_eq!(with("Silent"), Violated);
    assert_eq!(with("Flip"), Undetermined);
    assert_eq!(with("Liar"), Undetermined);
    assert_eq!(with(r#"Attack(name: "slow")"#), Undetermined);
}
