//! Attacks that try to go too far.

use super::*;

pub(super) const ATTACKS: &[&str] = &[
    "speak-as-another",
    "sign-as-another",
    "hand-to-honest",
    "hand-to-no-copy",
    "send-in-schedule",
    "hold",
    "hurry",
    "lose",
    "take-all",
    "deaf",
    "listener",
    "late-conviction",
    "sleeper",
];

/// An attack that is one function of what is asked.
struct Attack {
    name: &'static str,
    woken: u64,
}

thread_local! {
    /// What an attack wants a test to know.
    static TOLD: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

fn tell(word: u64) {
    TOLD.with_borrow_mut(|told| told.push(word));
}

fn told() -> Vec<u64> {
    TOLD.take()
}

pub(super) fn attack(name: &str) -> Option<Box<dyn Adversary<Note>>> {
    let name = ATTACKS.iter().find(|known| **known == name)?;
    Some(Box::new(Attack { name, woken: 0 }))
}

/// What a cheat would like to have: a certificate for an honest node.
fn certificate(of: NodeId) -> CorruptId {
    Authority::default().corrupt(of)
}

impl<M: Message> Adversary<M> for Attack {
    fn begin(&mut self, realm: &mut dyn Realm<M>) {
        if self.name == "late-conviction" {
            realm.wake_at(Time::ZERO + Span::secs(1), 7);
        }
        if self.name == "sleeper" {
            realm.wake_at(Time::ZERO + Span::millis(5), 1);
            realm.wake_at(Time::ZERO + Span::millis(3), 0);
        }
    }

    fn listens(&self) -> bool {
        ["take-all", "listener"].contains(&self.name)
    }

    fn schedules(&self) -> bool {
        ["hold", "hurry", "lose", "send-in-schedule"].contains(&self.name)
    }

    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        match self.name {
            "speak-as-another" => realm.send(certificate(NodeId(0)), to, want),
            "sign-as-another" => {
                realm.signer(certificate(NodeId(0)));
            }
            "hand-to-honest" => {
                realm.hand(Puppet { of: certificate(NodeId(0)), copy: 0 }, by.of, want);
            }
            "hand-to-no-copy" => realm.hand(Puppet { of: by.of, copy: 1 }, by.of, want),
            "deaf" => {
                assert!(realm.overheard().is_empty(), "who does not listen hears nothing");
                realm.send(by.of, to, want);
            }
            _ => realm.send(by.of, to, want),
        }
    }

    fn overhear(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) {
        tell(realm.overheard().len() as u64);
        assert_ne!(sent.from, sent.to, "thoughts are not overheard");
        assert_eq!(realm.corrupt().iter().find(|by| by.node() == sent.from), None);
        if self.name == "take-all" {
            for node in NodeId::all(realm.nodes()) {
                realm.corrupt_also(node);
            }
            assert_eq!(realm.corrupt_also(sent.from), None);
        }
    }

    fn schedule(&mut self, sent: &Envelope<M>, realm: &mut dyn Realm<M>) -> Fate {
        match self.name {
            "hold" => Fate::After(Span::secs(3600)),
            "hurry" => Fate::After(Span::ZERO),
            "lose" => Fate::Lose,
            _ => {
                let by = realm.corrupt()[0];
                realm.send(by, sent.to, sent.body.clone());
                Fate::Chance
            }
        }
    }

    fn wake(&mut self, tag: u64, realm: &mut dyn Realm<M>) {
        tell(tag);
        if self.name == "late-conviction" {
            realm.corrupt_also(NodeId(0));
        } else if self.woken < 3 {
            self.woken += 1;
            // As soon as that is possible.
            realm.wake_at(Time::ZERO, 10 * realm.now().as_nanos());
        }
    }
}

fn attacked(name: &str, world: &str) -> Check<Notary> {
    notary("", &format!("{world}, adversary: Attack(name: \"{name}\")"))
}

const TRAITOR: &str = "nodes: 3, faults: { 2: Byzantine }";

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_speak_as_an_honest_node() {
    attacked("speak-as-another", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_sign_as_an_honest_node() {
    attacked("sign-as-another", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "a CorruptId of another run")]
fn it_cannot_hand_anything_to_an_honest_node() {
    attacked("hand-to-honest", TRAITOR).seeds(0..1);
}

#[test]
#[should_panic(expected = "copy 1 of n2, which does not exist")]
fn it_cannot_hand_anything_to_a_copy_that_does_not_exist() {
    attacked("hand-to-no-copy", TRAITOR).seeds(0..1);
}

/// Or else a message could beget messages without end.
#[test]
#[should_panic(expected = "the adversary speaks where it is asked about others' messages")]
fn it_cannot_speak_while_it_schedules() {
    attacked("send-in-schedule", TRAITOR).seeds(0..1);
}

/// All messages between two nodes: when each was sent, and when it arrives, if it does.
fn journeys(trace: &Trace) -> Vec<(Time, Option<Time>)> {
    let sent = trace.entries.iter().filter_map(|entry| match &entry.what {
        What::Sent { to, arrivals } if *to != entry.node => {
            Some((entry.at, arrivals.first().copied()))
        }
        _ => None,
    });
    sent.collect()
}

#[test]
fn it_cannot_hold_a_message_beyond_the_timing_model_nor_hurry_it() {
    let (delta, least) = (Span::millis(10), Span::millis(1));
    for (name, world, takes) in [
        ("hold", "", delta),
        ("hurry", "", least),
        // What cannot be lost is late.
        ("lose", "", delta),
        ("hold", r#", timing: UnknownBound(delta: "10ms")"#, delta),
        ("hold", r#", timing: Asynchronous(typical: "1ms", doublings: 4)"#, Span::millis(16)),
    ] {
        let trace = traced(&attacked(name, &format!("{TRAITOR}{world}")), &mut Seeded::new(1));
        let journeys = journeys(&trace);
        assert!(journeys.len() >= 18);
        for (sent, arrives) in journeys {
            assert_eq!(arrives, Some(sent + takes), "{name}{world}");
        }
    }
    // Before the stabilisation time it may hold a message until then, and no longer.
    let settling = r#", timing: PartiallySynchronous(delta: "10ms", gst: "15ms")"#;
    let held = attacked("hold", &format!("{TRAITOR}{settling}"));
    let gst = Time::ZERO + Span::millis(15);
    for (sent, arrives) in journeys(&traced(&held, &mut Seeded::new(1))) {
        assert_eq!(arrives, Some(sent.max(gst) + delta));
    }
}

#[test]
fn it_cannot_lose_more_than_the_link_may() {
    let links = |links| attacked("lose", &format!("{TRAITOR}, links: {links}"));
    // Every third message of a link comes through: there are 3 of each.
    let fair = journeys(&traced(&links("FairLoss(loss: 0.1, streak: 2)"), &mut Kindest));
    let lost = fair.iter().filter(|(_, arrives)| arrives.is_none()).count();
    assert_eq!((fair.len(), lost), (18, 12));
    // A link that does not lose by itself loses nothing.
    let sound = journeys(&traced(&links("FairLoss(loss: 0, streak: 2)"), &mut Kindest));
    assert!(sound.iter().all(|(_, arrives)| arrives.is_some()));
}

fn taken_over(trace: &Trace) -> Vec<u16> {
    let taken = trace.entries.iter().filter(|entry| entry.what == What::Corrupted);
    taken.map(|entry| entry.node.0).collect()
}

#[test]
fn it_cannot_take_over_more_nodes_than_its_budget() {
    for (budget, expected) in [(0, vec![]), (1, vec![0]), (2, vec![0, 1]), (5, vec![0, 1, 4])] {
        let world = format!(
            r#"nodes: 5, faults: {{ 2: Byzantine, 3: CrashStop(at: Time("1s")) }},
                adversary: Attack(name: "take-all", budget: {budget})"#
        );
        // n2 is corrupt already, and n3 has a fault of its own.
        let trace = traced(&notary("", &world), &mut Kindest);
        assert_eq!(taken_over(&trace), expected, "budget {budget}");
    }
    told();
}

#[test]
fn what_was_sent_before_a_node_was_taken_over_arrives_as_it_was() {
    let world = r#"nodes: 3, adversary: Attack(name: "take-all", budget: 1)"#;
    let trace = traced(&notary("", world), &mut Kindest);
    told();
    let text = |entry: &&Entry| entry.text.to_string();
    let sent = |entry: &&Entry| entry.node == NodeId(0) && matches!(entry.what, What::Sent { .. });
    let first: Vec<String> = trace.entries.iter().filter(sent).take(2).map(|e| text(&e)).collect();
    let heard = |entry: &&Entry| entry.what == What::Delivered { from: NodeId(0) };
    let heard: Vec<String> = trace.entries.iter().filter(heard).map(|e| text(&e)).collect();
    assert!(first.iter().all(|said| heard.contains(said)), "{first:?}\n{heard:?}");
}

/// Nobody else may be told what a node thinks, and only who listens is told what it says.
#[test]
fn it_cannot_hear_what_it_does_not_overhear() {
    attacked("deaf", TRAITOR).seeds(0..3);
    assert!(told().is_empty());
    let listener = attacked("listener", TRAITOR);
    let (outcome, _) = listener.case().worker().trace(&mut Kindest);
    let told = told();
    // One at a time, everything that honest nodes say to others, and nothing else.
    assert_eq!(told, (1..=outcome.tally.sent).collect::<Vec<u64>>());
    assert_eq!(outcome.tally.sent, 2 * 2 * u64::from(TICKS));
}

/// Late in the run, when n0 has decided otherwise than n1: who turns out to be corrupt does not
/// count, and whoever is not does.
#[test]
fn facts_are_judged_in_the_world_as_it_turned_out() {
    let decided = |adversary: &str| {
        let world = format!("nodes: 2, adversary: {adversary}");
        let notary = notary("disagree: true", &world);
        let outcome = notary.case().worker().run(&mut Kindest).clone();
        outcome.verdicts[0].kind()
    };
    assert_eq!(decided("Honest"), VerdictKind::Violated);
    assert_eq!(decided(r#"Attack(name: "late-conviction")"#), VerdictKind::Violated);
    assert_eq!(decided(r#"Attack(name: "late-conviction", budget: 1)"#), VerdictKind::Holds);
    assert_eq!(told(), [7, 7]);
    // One worker for many runs: nobody stays a traitor.
    let both = notary("disagree: true", r#"nodes: 2, adversary: Adaptive(budget: 1)"#);
    let mut worker = both.case().worker();
    let verdicts: BTreeSet<VerdictKind> =
        (0..40).map(|seed| worker.run_seed(seed).verdicts[0].kind()).collect();
    assert_eq!(verdicts, [VerdictKind::Holds, VerdictKind::Violated].into());
    let again = worker.run(&mut Kindest).verdicts[0].kind();
    assert_eq!(again, VerdictKind::Violated);
}

/// Who is woken now is woken a moment later, and virtual time goes on.
#[test]
fn it_wakes_in_order_and_cannot_stop_the_clock() {
    attacked("sleeper", TRAITOR).case().worker().run(&mut Kindest);
    let ms = |n: u64| n * 1_000_000;
    assert_eq!(told(), [0, 10 * ms(3), 10 * (ms(3) + 1), 10 * (ms(3) + 2), 1]);
}

/// Only the network heals (DLS88).
#[test]
fn a_corrupt_node_stays_so_after_stabilisation() {
    let world = r#"nodes: 3, faults: { 2: Byzantine }, adversary: Flip,
        timing: PartiallySynchronous(delta: "10ms", gst: "5ms")"#;
    let trace = traced(&notary("", world), &mut Kindest);
    let lies = trace.entries.iter().filter(|entry| matches!(entry.what, What::Lied { .. }));
    let late = lies.filter(|entry| entry.at > Time::ZERO + Span::millis(5)).count();
    assert_eq!(late, 6, "3 receivers, itself among them, in each of 2 rounds");
}
