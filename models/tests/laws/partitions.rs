//! Partitions.

use generals_models::{
    Among, Choose, Concern, Crossing, Cut, Departure, Kindest, Network, NodeId, Partition, Span,
    Stream, Time, World,
};
use proptest::prelude::*;

use crate::common::{A, B, Nobody, config, words};

const NODES: u16 = 6;

fn planned(partitions: Vec<Partition>) -> Network {
    let world = World { partitions, ..World::kind(NODES) };
    assert_eq!(world.validate(), Ok(()));
    let mut network = Network::new(&world);
    network.plan(&world, &mut Nobody);
    network
}

fn crossings() -> impl Strategy<Value = Crossing> {
    prop_oneof![Just(Crossing::Lost), Just(Crossing::Delayed)]
}

proptest! {
    #![proptest_config(config())]

    /// Exactly what has to cross, exactly while the cut lasts.
    #[test]
    fn a_cut_takes_what_crosses_in_its_window_and_nothing_else(
        // 0 is in no part, and reached by everybody.
        parts in prop::collection::vec(0u16..4, usize::from(NODES)), one_way in any::<bool>(),
        from in 0u64..50, lasts in prop::option::of(1u64..50), crossing in crossings(),
        sent in prop::collection::vec((0..NODES, 0..NODES, 0u64..120), 1..60),
    ) {
        let many = if one_way { 2 } else { 3 };
        let part = |which: u16| -> Vec<NodeId> {
            NodeId::all(NODES).filter(|node| parts[node.index()] == which).collect()
        };
        let between: Vec<Vec<NodeId>> = (1..=many).map(part).collect();
        prop_assume!(between.iter().all(|part| !part.is_empty()));
        prop_assume!(lasts.is_some() || crossing == Crossing::Lost);
        let heals = lasts.map(|lasts| Time::nanos(from + lasts));
        let mut network = planned(vec![Partition::Cut {
            between: between.clone(), one_way, from: Time::nanos(from), heals, crossing, tell: false,
        }]);
        let mut has_cut = false;
        for (a, b, now) in sent {
            let of = |node| between.iter().position(|part| part.contains(&NodeId(node)));
            let crosses = match (of(a), of(b)) {
                (Some(x), Some(y)) if one_way => (x, y) == (0, 1),
                (Some(x), Some(y)) => x != y,
                _ => false,
            };
            let lasting = now >= from && lasts.is_none_or(|lasts| now < from + lasts);
            let expected = match (crosses && lasting, crossing, heals) {
                (false, ..) => Departure::At(Time::nanos(now)),
                (true, Crossing::Delayed, Some(heals)) => Departure::At(heals),
                (true, _, heals) => Departure::Lost { for_good: heals.is_none() },
            };
            prop_assert_eq!(network.departure(NodeId(a), NodeId(b), Time::nanos(now)), expected);
            has_cut |= crosses && lasting;
            prop_assert_eq!(network.cut_anything(0), has_cut);
        }
    }

    #[test]
    fn an_isolated_node_is_cut_off_from_all_others_and_they_are_not(
        node in 0..NODES, a in 0..NODES, b in 0..NODES,
    ) {
        prop_assume!(a != b);
        let mut network = planned(vec![Partition::Isolate {
            node: NodeId(node), from: Time::ZERO, heals: None, crossing: Crossing::Lost, tell: true,
        }]);
        let lost = network.departure(NodeId(a), NodeId(b), Time::nanos(5)) != Departure::At(Time::nanos(5));
        prop_assert_eq!(lost, a == node || b == node);
        let reunited = network.cuts()[0].reunited().collect::<Vec<_>>();
        prop_assert_eq!(reunited.len(), 2 * usize::from(NODES - 1));
        prop_assert!(reunited.iter().all(|(x, y)| (x.0 == node) != (y.0 == node)));
    }

    /// The kindest run is never cut; any other keeps to the budget.
    #[test]
    fn chosen_cuts_keep_to_their_budget(
        most in 1u32..5, within in 0u64..1000, longest in 1u64..1000, mut words in words(),
    ) {
        let partition = Partition::Random {
            most, within: Span::nanos(within), longest: Span::nanos(longest),
            crossing: Crossing::Lost, tell: false,
        };
        let mut cuts: Vec<Cut> = Vec::new();
        partition.plan(NODES, &mut cuts, &mut Kindest);
        prop_assert!(cuts.is_empty());
        partition.plan(NODES, &mut cuts, &mut words);
        prop_assert!(cuts.len() <= usize::try_from(most).unwrap());
        for cut in &cuts {
            prop_assert!(cut.from <= Time::nanos(within));
            let heals = cut.heals.expect("a chosen cut heals");
            prop_assert!(cut.from < heals && heals <= cut.from + Span::nanos(longest));
            let away = NodeId::all(NODES).filter(|node| cut.separates(A, *node)).count();
            prop_assert!((1..usize::from(NODES)).contains(&away), "two sides, none empty");
        }
        prop_assert!(cuts.len() < 2 || most > 1);
    }
}

/// Somebody held at one cut may run into the next, and what takes a message for good takes it even
/// if another cut would only hold it.
#[test]
fn cuts_add_up() {
    let cut = |from, heals, crossing| Partition::Isolate {
        node: A,
        from: Time::nanos(from),
        heals: Some(Time::nanos(heals)),
        crossing,
        tell: false,
    };
    let held = |from, heals| cut(from, heals, Crossing::Delayed);
    let lost = |from, heals| cut(from, heals, Crossing::Lost);
    let departure = |partitions| planned(partitions).departure(A, B, Time::nanos(15));
    let at = |at| Departure::At(Time::nanos(at));
    assert_eq!(departure(vec![held(10, 20), held(20, 30)]), at(30));
    assert_eq!(departure(vec![held(10, 20), held(21, 30)]), at(20));
    assert_eq!(departure(vec![held(10, 25), held(12, 20)]), at(25));
    let gone = Departure::Lost { for_good: false };
    assert_eq!(departure(vec![held(10, 20), lost(20, 30)]), gone);
    assert_eq!(departure(vec![held(10, 20), lost(14, 16)]), gone);
    assert_eq!(departure(vec![lost(14, 16), held(10, 20)]), gone);
}

/// Writes down which concerns were asked about.
struct Asked(Vec<Concern>);

impl Choose for Asked {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        self.0.push(stream.concern);
        among.largest()
    }
}

/// Whatever is chosen here moves no delay, no loss and no lie.
#[test]
fn cuts_ask_about_cuts_only() {
    let random = Partition::Random {
        most: 2,
        within: Span::millis(1),
        longest: Span::millis(1),
        crossing: Crossing::Lost,
        tell: false,
    };
    let mut asked = Asked(Vec::new());
    random.plan(3, &mut Vec::new(), &mut asked);
    use Concern::{Cut as Side, CutLength, CutTime};
    assert_eq!(asked.0, [Side, Side, Side, CutTime, CutLength].repeat(2));
}
