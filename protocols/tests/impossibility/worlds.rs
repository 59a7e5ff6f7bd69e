//! n = 3f, as the worlds of the proofs: what somebody sees in one of them it sees in another, byte for
//! byte, and owes something else in each.

use std::fmt::Write;

use generals::testing::{Check, check};
use generals::trace::{Trace, What};
use generals::{
    Agreement, Assumptions, Kindest, Lockstep, NodeId, Obedience, Promises, Protocol, Round,
    Rounds, Signer, Span, Time, VerdictKind,
};
use generals_protocols::{Bracha, OralMessages, Order};
use serde::{Deserialize, Serialize};

use crate::{shipped, verdict};

type Oral = Lockstep<OralMessages>;

fn trace<P: Protocol>(case: &Check<P>) -> Trace {
    case.case().worker().trace(&mut Kindest).1
}

/// All that a node sees and does, and when: its input, what arrives and from whom, its timers, what it
/// says, what it decides; up to an instant. Not what becomes of what it says.
fn view(trace: &Trace, node: u16, until: Time) -> String {
    let mut view = String::new();
    let seen = trace.entries.iter().filter(|entry| entry.node == NodeId(node));
    for entry in seen.take_while(|entry| entry.at < until) {
        let what = match &entry.what {
            What::Sent { to, .. } | What::Stopped { to, .. } => format!("sends to {to}"),
            What::Broken => continue,
            what => format!("{what:?}"),
        };
        writeln!(view, "{} {what} {}", entry.at, entry.text).unwrap();
    }
    view
}

fn whole_view(trace: &Trace, node: u16) -> String {
    view(trace, node, Time::ZERO + Span::secs(3600))
}

fn decision(trace: &Trace, node: u16) -> &str {
    let mut decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    &decided.find(|entry| entry.node == NodeId(node)).expect("a decision").text
}

#[test]
fn what_a_general_sees_is_the_same_in_two_worlds_of_three() {
    let world = |i: u16| trace(&shipped::<Oral>(&format!("om-1-n3-world-{i}"), &[]));
    let (first, second, third) = (world(1), world(2), world(3));
    assert_eq!(whole_view(&first, 1), whole_view(&second, 1));
    assert_eq!(whole_view(&second, 2), whole_view(&third, 2));
    // It is no empty word: both are told, tell, hear and decide.
    assert_eq!(whole_view(&first, 1).matches("Delivered").count(), 2, "{}", whole_view(&first, 1));
    assert_ne!(whole_view(&first, 1), whole_view(&third, 1));
    assert_ne!(whole_view(&first, 2), whole_view(&second, 2));
    assert_eq!(decision(&first, 1), decision(&second, 1));
    assert_eq!(decision(&second, 2), decision(&third, 2));
    // IC2 in the first, IC1 in the second, IC2 in the third: not all three.
    let obeys = decision(&first, 1) == "Attack";
    let agree = decision(&second, 1) == decision(&second, 2);
    assert!(!(obeys && agree && decision(&third, 2) == "Retreat"));
    assert!(agree && !obeys, "which one it is with the majority of the paper");
}

/// Whatever they make of what they hear: three generals and one round of telling each other.
struct Whatever {
    order: Order,
    told: Order,
    others: Order,
}

/// For each lieutenant a bit for each pair of orders: what he was told, and what the other says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    of_1: u8,
    of_2: u8,
}

impl Rounds for Whatever {
    const NAME: &'static str = "whatever";
    const ABOUT: &'static str = "three generals who decide by any rule there is";
    type Config = Rules;
    type Input = Order;
    type Value = Order;
    type Message = Order;

    fn new(input: Option<Order>, _: &Round<'_, '_, Self>) -> Self {
        let order = input.unwrap_or_default();
        Self { order, told: Order::Retreat, others: Order::Retreat }
    }

    fn last(_: &Round<'_, '_, Self>) -> u32 {
        1
    }

    fn send(&mut self, round: u32, cx: &mut Round<'_, '_, Self>) {
        match (round, cx.me().0) {
            (0, 0) => cx.say_all(self.order),
            (1, me @ (1 | 2)) => cx.say(NodeId(3 - me), self.told),
            _ => {}
        }
    }

    fn receive(&mut self, round: u32, _: NodeId, order: Order, _: &mut Round<'_, '_, Self>) {
        *(if round == 0 { &mut self.told } else { &mut self.others }) = order;
    }

    fn finish(&mut self, cx: &mut Round<'_, '_, Self>) -> Order {
        let rule = match cx.me().0 {
            0 => return self.order,
            1 => cx.config().of_1,
            _ => cx.config().of_2,
        };
        let bit = 2 * u8::from(self.told == Order::Attack) + u8::from(self.others == Order::Attack);
        if rule >> bit & 1 == 1 { Order::Attack } else { Order::Retreat }
    }

    fn promises(_: &Rules) -> Promises<Lockstep<Self>> {
        Promises::none()
            .and(Agreement::default().named("IC1").except(NodeId(0)))
            .and(Obedience::to(NodeId(0)).named("IC2"))
            .under(Assumptions::synchronous().byzantine(1).more_than_nodes(3))
    }

    fn lie(order: &mut Order, _: &Signer, _: &mut dyn FnMut(u64) -> u64) -> bool {
        *order = order.opposite();
        true
    }
}

/// All 16 rules of each lieutenant: there is no good one among 256 pairs.
#[test]
fn whatever_rule_three_generals_follow_one_of_three_worlds_breaks_a_promise() {
    let mut broken_in = [0_u32; 3];
    for (of_1, of_2) in (0..16_u8).flat_map(|one| (0..16_u8).map(move |other| (one, other))) {
        let config = format!("config: (of_1: {of_1}, of_2: {of_2})");
        let worlds = [1, 2, 3].map(|i| {
            let mut text = vec![("\"om\"", "\"whatever\""), ("config: (m: 1)", config.as_str())];
            if i == 1 {
                text.push(("expect: { \"IC2\": OutOfModel },", ""));
            }
            shipped::<Lockstep<Whatever>>(&format!("om-1-n3-world-{i}"), &text)
        });
        let [first, second, third] = worlds.each_ref().map(trace);
        assert_eq!(whole_view(&first, 1), whole_view(&second, 1));
        assert_eq!(whole_view(&second, 2), whole_view(&third, 2));
        let broken = worlds
            .each_ref()
            .map(|case| ["IC1", "IC2"].iter().any(|name| verdict(case.case(), name).is_broken()));
        assert!(broken.contains(&true), "{config}");
        broken.iter().zip(&mut broken_in).for_each(|(broken, sum)| *sum += u32::from(*broken));
    }
    // Half of n1's rules retreat in the first world, half of n2's attack in the third; in the second they
    // differ in half of all pairs.
    assert_eq!(broken_in, [128, 128, 128]);
}

/// n0 with this input and these faults, in lock step.
fn broadcast(input: &str, faults: &str) -> Check<Bracha> {
    check(&format!(
        r#"(protocol: "bracha", config: (t: 1, quorum: Available), inputs: {{ 0: [{input}] }},
            world: (nodes: 3, timing: Synchronous(delta: "10ms", least: "10ms"),
            faults: {{ {faults} }}))"#
    ))
}

/// Two worlds in which somebody is silent and the others must go on, and one in which nobody is and
/// the messages between n1 and n2 are late.
#[test]
fn what_two_see_of_a_sender_with_two_faces_is_what_each_sees_of_a_correct_one() {
    let split = shipped::<Bracha>("bracha-n3-split-brain", &[]);
    let one = broadcast("Attack", "2: Byzantine");
    let other = broadcast("Retreat", "1: Byzantine");
    assert_eq!(verdict(split.case(), "agreement"), VerdictKind::OutOfModel);
    for case in [&one, &other] {
        assert_eq!(verdict(case.case(), "validity"), VerdictKind::Holds);
    }
    let (split, one, other) = (trace(&split), trace(&one), trace(&other));
    // The cut heals after a second, when both have long accepted.
    let before = |trace: &Trace, node| view(trace, node, Time::ZERO + Span::secs(1));
    assert!(before(&split, 1).contains("Decided") && before(&split, 2).contains("Decided"));
    assert_eq!(before(&split, 1), before(&one, 1));
    assert_eq!(before(&split, 2), before(&other, 2));
    assert_eq!(
        (decision(&split, 1), decision(&split, 2)),
        (decision(&one, 1), decision(&other, 2))
    );
    assert_ne!(decision(&split, 1), decision(&split, 2));
}
