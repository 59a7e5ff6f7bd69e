//! Arbitrary links.

use generals_models::{Chance, Envelope, Kindest, LinkModel, Links, NodeId, Tampering, Tap, World};
use proptest::prelude::*;

use crate::common::{A, B, Harshest, Nobody, config, words};
use crate::links::{fair_loss, sometimes};

fn arbitrary(chance: u32, ways: &[Tampering], streak: u32, most: Option<u32>) -> Links {
    let links =
        LinkModel::Arbitrary { chance: Chance::ppm(chance), ways: ways.to_vec(), streak, most };
    let world = World { links, ..World::kind(3) };
    assert_eq!(world.validate(), Ok(()));
    let mut links = Links::default();
    links.reset(&world);
    links
}

fn ways() -> impl Strategy<Value = Vec<Tampering>> {
    prop::sample::subsequence(Tampering::ALL.to_vec(), 1..=Tampering::ALL.len())
}

proptest! {
    #![proptest_config(config())]

    /// What makes a fair-loss link of an arbitrary one, for whoever can tell what was tampered with:
    /// of any `streak + 1` messages in a row on a link, one is left alone, however the traffic of
    /// others is mixed in. And a run has its budget.
    #[test]
    fn who_keeps_sending_is_heard_in_the_end(
        chance in sometimes(), ways in ways(), streak in 1u32..5, most in prop::option::of(0u32..20),
        traffic in prop::collection::vec((0u16..3, 0u16..3), 1..200), mut words in words(),
    ) {
        let mut links = arbitrary(chance, &ways, streak, most);
        let (mut in_a_row, mut all) = ([[0; 3]; 3], 0);
        for (from, to) in traffic {
            let way = links.tamper(NodeId(from), NodeId(to), &mut words);
            prop_assert!(way.is_none_or(|way| ways.contains(&way)));
            prop_assert!(way.is_none() || chance > 0);
            let row = &mut in_a_row[usize::from(from)][usize::from(to)];
            *row = if way.is_some() { *row + 1 } else { 0 };
            all += u32::from(way.is_some());
            prop_assert!(*row <= streak);
            prop_assert!(most.is_none_or(|most| all <= most));
        }
    }

    #[test]
    fn certain_tampering_leaves_exactly_every_so_many_alone(streak in 1u32..40) {
        let mut links = arbitrary(Chance::WHOLE, &[Tampering::Drop], streak, None);
        for sent in 1..=3 * (streak + 1) {
            let left_alone = sent % (streak + 1) == 0;
            prop_assert_eq!(links.tamper(A, B, &mut Nobody).is_none(), left_alone);
        }
    }

    #[test]
    fn a_kind_answer_leaves_every_message_alone(chance in 0..Chance::WHOLE, ways in ways()) {
        let mut links = arbitrary(chance, &ways, 3, None);
        for _ in 0..20 {
            prop_assert_eq!(links.tamper(A, B, &mut Kindest), None);
            prop_assert_eq!(links.copies(A, B, &mut Nobody), 1);
        }
    }

    /// The ways are numbered in the order of the file, and the budget is that of one run.
    #[test]
    fn a_fresh_run_has_a_fresh_budget(ways in ways()) {
        let links = LinkModel::Arbitrary {
            chance: Chance::ppm(1), ways: ways.clone(), streak: 9, most: Some(2),
        };
        let world = World { links, ..World::kind(2) };
        let mut links = Links::default();
        for _ in 0..3 {
            links.reset(&world);
            for left in [true, true, false] {
                let way = links.tamper(A, B, &mut Harshest);
                prop_assert_eq!(way, ways.last().copied().filter(|_| left));
            }
        }
    }

    /// However long a run, no more than so much is remembered of it.
    #[test]
    fn a_tap_remembers_the_last_messages_only(many in 0u32..200) {
        let mut tap = Tap::default();
        for body in 0..many {
            tap.hear(Envelope { from: A, to: B, body });
        }
        prop_assert_eq!(tap.len(), usize::try_from(many).unwrap().min(Tap::<u32>::MOST));
        for ago in 0..many.min(64) {
            let heard = tap.ago(u64::from(ago)).map(|heard| heard.body);
            prop_assert_eq!(heard, Some(many - 1 - ago));
        }
        prop_assert!(tap.ago(64).is_none() && tap.ago(u64::MAX).is_none());
        tap.clear();
        prop_assert!(tap.is_empty());
    }
}

#[test]
fn only_arbitrary_links_are_tapped() {
    for model in [LinkModel::Fifo, LinkModel::Reliable, fair_loss(1, 1, 1, 1)] {
        let mut links = Links::default();
        links.reset(&World { links: model, ..World::kind(2) });
        assert!(!links.is_tapped(A, B));
        assert_eq!(links.tamper(A, B, &mut Nobody), None);
    }
    assert!(arbitrary(0, &Tampering::ALL, 1, None).is_tapped(A, B));
}
