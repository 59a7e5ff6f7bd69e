//! What links do to messages.

use generals_models::{
    Chance, FaultClass, Kindest, Latency, LinkClass, LinkModel, Links, NodeId, Span, Time,
    TimingClass, TimingModel, World,
};
use proptest::prelude::*;

use crate::common::{A, B, Nobody, config, words};

pub(crate) fn fair_loss(loss: u32, duplicate: u32, reorder: u32, streak: u32) -> LinkModel {
    LinkModel::FairLoss {
        loss: Chance::ppm(loss),
        duplicate: Chance::ppm(duplicate),
        reorder: Chance::ppm(reorder),
        streak,
    }
}

fn world(links: &LinkModel, nodes: u16) -> World {
    World { links: links.clone(), ..World::kind(nodes) }
}

fn links(model: &LinkModel, nodes: u16) -> Links {
    let mut links = Links::default();
    links.reset(&world(model, nodes));
    links
}

pub(crate) fn sometimes() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(Chance::WHOLE), 1..Chance::WHOLE]
}

/// Whatever the last run left behind, and in a world of another size as well.
#[test]
fn a_run_begins_without_streaks() {
    let lossy = fair_loss(Chance::WHOLE, 0, Chance::WHOLE, 2);
    let mut links = Links::default();
    for (lost_before, nodes) in [(0, 2), (1, 2), (2, 2), (1, 3), (2, 2)] {
        links.reset(&world(&lossy, nodes));
        let mut copies = || links.copies(A, B, &mut Nobody);
        assert_eq!([copies(), copies(), copies()], [0, 0, 1]);
        (0..lost_before).for_each(|_| assert_eq!(copies(), 0));
    }
}

proptest! {
    #![proptest_config(config())]

    /// Every link has a streak of its own, however the traffic of others is mixed in.
    #[test]
    fn no_link_loses_more_than_its_streak_in_a_row(
        loss in sometimes(), duplicate in sometimes(), streak in 1u32..5, mut words in words(),
        traffic in prop::collection::vec((0u16..3, 0u16..3), 1..200),
    ) {
        let mut links = links(&fair_loss(loss, duplicate, Chance::WHOLE, streak), 3);
        let mut in_a_row = [[0; 3]; 3];
        for (from, to) in traffic {
            let lost = &mut in_a_row[usize::from(from)][usize::from(to)];
            let copies = links.copies(NodeId(from), NodeId(to), &mut words);
            prop_assert!(copies <= 2);
            prop_assert!(copies < 2 || duplicate > 0);
            prop_assert!(copies > 0 || loss > 0);
            *lost = if copies == 0 { *lost + 1 } else { 0 };
            prop_assert!(*lost <= streak);
        }
    }

    /// With certain loss, exactly every (b+1)-th message comes through.
    #[test]
    fn certain_loss_with_streak_b_delivers_exactly_copy_b_plus_1(streak in 1u32..40) {
        let mut links = links(&fair_loss(Chance::WHOLE, 0, Chance::WHOLE, streak), 2);
        for sent in 1..=3 * (streak + 1) {
            let delivered = u8::from(sent % (streak + 1) == 0);
            prop_assert_eq!(links.copies(A, B, &mut Nobody), delivered);
        }
    }

    /// In a synchronous world a link in order is as fast as any: waiting for earlier messages
    /// cannot take longer than they do.
    #[test]
    fn fifo_never_overtakes_and_keeps_the_synchronous_bound(
        delta in 1u64..1_000_000, gaps in prop::collection::vec(0u64..500_000, 1..60),
        mut words in words(), lossy in any::<bool>(),
    ) {
        let model = if lossy { fair_loss(0, 0, 0, 1) } else { LinkModel::Fifo };
        let mut links = links(&model, 2);
        let timing =
            TimingModel::Synchronous { delta: Span::nanos(delta), least: None, grain: 2, latency: Latency::Uniform };
        let (mut now, mut last) = (Time::ZERO, Time::ZERO);
        for gap in gaps {
            now += Span::nanos(gap);
            let due = now + timing.latency(now, A, B, &mut words);
            let arrival = links.arrival(A, B, due, &mut words);
            prop_assert!(arrival >= due);
            prop_assert!(arrival >= last);
            prop_assert!(arrival <= now + Span::nanos(delta));
            // The other direction is another link.
            prop_assert_eq!(links.arrival(B, A, Time::nanos(1), &mut Nobody), Time::nanos(1));
            last = arrival;
        }
    }

    #[test]
    fn kind_answers_lose_nothing_and_double_nothing(
        loss in 0..Chance::WHOLE, duplicate in 0..Chance::WHOLE, streak in 1u32..5,
    ) {
        let mut links = links(&fair_loss(loss, duplicate, Chance::WHOLE, streak), 2);
        for _ in 0..20 {
            prop_assert_eq!(links.copies(A, B, &mut Kindest), 1);
        }
    }

    /// Memory is kept from run to run; what happened is not.
    #[test]
    fn a_fresh_run_has_fresh_links(streak in 1u32..8, before in 0u32..8, due in 2u64..1000) {
        let harsh = fair_loss(Chance::WHOLE, 0, 0, streak);
        let mut links = links(&harsh, 2);
        (0..before).for_each(|_| { links.copies(A, B, &mut Nobody); });
        links.arrival(A, B, Time::nanos(due), &mut Nobody);
        links.reset(&world(&harsh, 2));
        prop_assert_eq!(links.arrival(A, B, Time::nanos(1), &mut Nobody), Time::nanos(1));
        for _ in 0..streak {
            prop_assert_eq!(links.copies(A, B, &mut Nobody), 0);
        }
        prop_assert_eq!(links.copies(A, B, &mut Nobody), 1);
    }
}

#[test]
fn a_reliable_link_delivers_once_and_asks_nothing() {
    for model in [LinkModel::Fifo, LinkModel::Reliable] {
        let mut links = links(&model, 2);
        for i in 1..50 {
            assert_eq!(links.copies(A, B, &mut Nobody), 1, "{model:?}");
            assert_eq!(links.arrival(A, B, Time::nanos(i), &mut Nobody), Time::nanos(i));
        }
    }
    // Reliable is not FIFO: what is due earlier arrives earlier.
    let mut reliable = links(&LinkModel::Reliable, 2);
    reliable.arrival(A, B, Time::nanos(9), &mut Nobody);
    assert_eq!(reliable.arrival(A, B, Time::nanos(3), &mut Nobody), Time::nanos(3));
}

#[test]
fn classes_go_from_kind_to_harsh() {
    assert!(TimingClass::Synchronous < TimingClass::PartiallySynchronous);
    assert!(TimingClass::PartiallySynchronous < TimingClass::Asynchronous);
    assert!(LinkClass::Fifo < LinkClass::Reliable && LinkClass::Reliable < LinkClass::FairLoss);
    assert!(LinkClass::FairLoss < LinkClass::Arbitrary);
    assert!(FaultClass::Honest < FaultClass::CrashStop);
    assert!(FaultClass::CrashStop < FaultClass::Byzantine);
}
