//! How long messages take, and what may be known of it.

use generals_models::{Kindest, Latency, Span, Time, TimingClass, TimingModel, World};
use proptest::prelude::*;

use crate::common::{A, B, Harshest, Nobody, config, words};

/// Any valid timing model; lengths up to some hours, so that sums are exact.
pub(crate) fn timings() -> impl Strategy<Value = TimingModel> {
    let scale = prop_oneof![1u64..20, 1u64..10_000_000_000_000];
    let part = |scale: u64| prop::option::of((1..=scale).prop_map(Span::nanos));
    let grain = 1u32..6;
    let length = prop_oneof![0u64..50, 0u64..100_000_000_000_000];
    (scale, length, 0..=32u32, grain, 0..4u8).prop_flat_map(
        move |(scale, length, doublings, grain, which)| {
            // At the beginning it is the smaller bound, so that it binds.
            let before = (scale..=scale + length / 2).prop_map(Span::nanos);
            let before = prop::option::of(before);
            (part(scale), before).prop_map(move |(least, other)| {
                let delta = Span::nanos(scale);
                match which {
                    0 => {
                        TimingModel::Synchronous { delta, least, grain, latency: Latency::Uniform }
                    }
                    1 => TimingModel::PartiallySynchronous {
                        delta,
                        gst: Time::nanos(length / 2),
                        before: other,
                        least,
                        grain,
                        latency: Latency::Uniform,
                    },
                    2 => TimingModel::UnknownBound {
                        delta,
                        guess: least,
                        least,
                        grain,
                        latency: Latency::Uniform,
                    },
                    _ => TimingModel::Asynchronous {
                        typical: delta,
                        least,
                        doublings,
                        grain,
                        latency: Latency::Uniform,
                    },
                }
            })
        },
    )
}

/// The latest arrival of what is sent at `now`, by the definitions of the textbook.
fn latest(timing: &TimingModel, now: Time) -> Time {
    match *timing {
        TimingModel::Synchronous { delta, .. } | TimingModel::UnknownBound { delta, .. } => {
            now + delta
        }
        TimingModel::PartiallySynchronous { delta, gst, before, .. } => {
            let in_the_end = now.max(gst) + delta;
            before.map_or(in_the_end, |before| in_the_end.min(now + before))
        }
        TimingModel::Asynchronous { typical, doublings, .. } => now + typical * 2u64.pow(doublings),
    }
}

fn valid(timing: TimingModel) -> World {
    World { timing, ..World::kind(2) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_message_takes_some_time_and_arrives_by_the_bound(
        timing in timings(), now in 0u64..100_000_000_000_000, mut words in words(),
    ) {
        prop_assert_eq!(valid(timing.clone()).validate(), Ok(()));
        let now = Time::nanos(now);
        for _ in 0..8 {
            let latency = timing.latency(now, A, B, &mut words);
            prop_assert!(latency > Span::ZERO);
            prop_assert!(latency >= timing.least());
            prop_assert!(now + latency <= latest(&timing, now));
        }
    }

    /// A bound that is never reached would hide every off-by-one of a protocol.
    #[test]
    fn the_bounds_are_tight(timing in timings(), now in 0u64..100_000_000_000_000) {
        let now = Time::nanos(now);
        let worst = timing.latency(now, A, B, &mut Harshest);
        prop_assert_eq!(now + worst, latest(&timing, now));
        prop_assert_eq!(timing.latency(now, A, B, &mut Kindest), timing.least());
    }

    /// Of the two bounds before the gst the smaller one holds, and is reached.
    #[test]
    fn before_stabilisation_the_smaller_bound_binds(
        delta in 1u64..1_000_000, more in 0u64..1_000_000, gst in 1u64..1_000_000_000,
    ) {
        prop_assume!(more < gst);
        let before = Some(Span::nanos(delta + more));
        let timing = TimingModel::PartiallySynchronous {
            delta: Span::nanos(delta),
            gst: Time::nanos(gst),
            before,
            least: None,
            grain: 2,
            latency: Latency::Uniform,
        };
        prop_assert_eq!(Some(timing.latency(Time::ZERO, A, B, &mut Harshest)), before);
        // Less than that before the gst, the gst itself is nearer.
        let close = Time::nanos(gst - more / 2);
        let reached = timing.latency(close, A, B, &mut Harshest);
        prop_assert_eq!(reached, Span::nanos(delta + more / 2));
    }

    /// Slow is the upper half of what may be: not less, and not more than the bound.
    #[test]
    fn a_slow_link_keeps_the_bound_and_to_its_upper_half(
        timing in timings(), now in 0u64..100_000_000_000_000, mut words in words(),
    ) {
        let now = Time::nanos(now);
        for _ in 0..8 {
            let latency = timing.latency(now, A, B, &mut words);
            let slow = timing.slowed(now, latency);
            prop_assert!(slow >= latency);
            let bound = match timing {
                // By how often this very latency doubled.
                TimingModel::Asynchronous { typical, .. } => {
                    let doubled = (0..=32).map(|k| typical * (1u64 << k));
                    doubled.into_iter().find(|bound| latency <= *bound).unwrap()
                }
                _ => latest(&timing, now).since(now),
            };
            prop_assert!(slow <= bound);
            let wide = |span: Span| u128::from(span.as_nanos());
            prop_assert!(2 * wide(slow) >= wide(bound) + wide(timing.least()));
        }
        let kindest = timing.slowed(now, timing.latency(now, A, B, &mut Kindest));
        prop_assert!(kindest <= timing.slowed(now, timing.latency(now, A, B, &mut Harshest)));
    }

    #[test]
    fn after_stabilisation_the_bound_is_the_known_one(
        delta in 1u64..1_000_000, gst in 0u64..1_000_000, late in 0u64..1_000_000, mut words in words(),
    ) {
        let (delta, gst) = (Span::nanos(delta), Time::nanos(gst));
        let timing =
            TimingModel::PartiallySynchronous { delta, gst, before: None, least: None, grain: 2, latency: Latency::Uniform };
        prop_assert_eq!(timing.known_bound(), Some(delta));
        prop_assert!(timing.latency(gst + Span::nanos(late), A, B, &mut words) <= delta);
    }

    #[test]
    fn only_a_bound_that_may_be_known_is_shown(timing in timings()) {
        let known = matches!(
            timing, TimingModel::Synchronous { .. } | TimingModel::PartiallySynchronous { .. });
        prop_assert_eq!(timing.known_bound().is_some(), known);
        prop_assert!(timing.expected_delay() > Span::ZERO);
        let class = match timing {
            TimingModel::Synchronous { .. } => TimingClass::Synchronous,
            TimingModel::Asynchronous { .. } => TimingClass::Asynchronous,
            _ => TimingClass::PartiallySynchronous,
        };
        prop_assert_eq!(timing.class(), class);
    }

    #[test]
    fn lock_step_asks_nothing_and_takes_delta(delta in 1u64..1_000_000_000, now in any::<u32>()) {
        let delta = Span::nanos(delta);
        let timing = TimingModel::Synchronous { delta, least: Some(delta), grain: 2, latency: Latency::Uniform };
        prop_assert!(timing.is_lock_step());
        let now = Time::nanos(u64::from(now));
        prop_assert_eq!(timing.latency(now, A, B, &mut Nobody), delta);
    }
}

/// Half the messages take up to `typical`, a quarter up to twice that, and so on: the doubling is a
/// choice of its own, made before the delay.
#[test]
fn an_asynchronous_delay_doubles_and_stays_finite() {
    let typical = Span::millis(1);
    for doublings in [0, 1, 16, 32] {
        let timing = TimingModel::Asynchronous {
            typical,
            least: None,
            doublings,
            grain: 2,
            latency: Latency::Uniform,
        };
        let worst = timing.latency(Time::ZERO, A, B, &mut Harshest);
        assert_eq!(worst, typical * (1 << doublings));
    }
}
