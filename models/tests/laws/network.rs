//! Links that differ, slow links, and the weather.

use std::collections::BTreeSet;

use generals_models::{
    Affected, Among, Chance, Choose, Concern, Exception, Fate, Kindest, LinkClass, LinkModel,
    Links, Network, NodeId, Span, Stream, Time, TimingClass, TimingModel, Topology, Weather, World,
};
use proptest::prelude::*;

use crate::common::{A, B, Harshest, Nobody, config, words};
use crate::links::fair_loss;
use crate::timing::timings;

/// Writes down what is asked, and gives the worst answer.
#[derive(Default)]
struct Asked(Vec<Stream>);

impl Choose for Asked {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        self.0.push(stream);
        among.largest()
    }
}

fn except(links: Option<LinkModel>, timing: Option<TimingModel>) -> World {
    let exception = Exception { links, timing };
    World { except: [((A, B), exception)].into(), ..World::kind(3) }
}

#[test]
fn an_exception_is_about_one_link_in_one_direction() {
    let world = except(Some(fair_loss(Chance::WHOLE, 0, Chance::WHOLE, 3)), None);
    let mut links = Links::default();
    links.reset(&world);
    for _ in 0..3 {
        assert_eq!(links.copies(A, B, &mut Nobody), 0);
        assert_eq!(links.copies(B, A, &mut Nobody), 1);
        assert_eq!(links.copies(A, NodeId(2), &mut Nobody), 1);
    }
    assert_eq!(links.copies(A, B, &mut Nobody), 1);
    // In the next world nothing is left of it.
    links.reset(&World::kind(3));
    assert_eq!(links.copies(A, B, &mut Nobody), 1);
}

/// An order kept on one link keeps nobody waiting on another.
#[test]
fn a_fifo_exception_orders_its_own_link_only() {
    let mut links = Links::default();
    links.reset(&except(Some(LinkModel::Fifo), None));
    let (late, early) = (Time::nanos(9), Time::nanos(3));
    for (from, to, expected) in [(A, B, late), (B, A, early)] {
        links.arrival(from, to, late, &mut Nobody);
        assert_eq!(links.arrival(from, to, early, &mut Nobody), expected);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_world_is_as_bad_as_its_worst_link(timing in timings(), lossy in any::<bool>()) {
        let links = lossy.then(|| fair_loss(1, 0, 0, 1));
        let world = except(links, Some(timing.clone()));
        prop_assert_eq!(world.validate(), Ok(()));
        prop_assert_eq!(world.timing_class(), timing.class());
        let class = if lossy { LinkClass::FairLoss } else { LinkClass::Reliable };
        prop_assert_eq!(world.link_class(), class);
        prop_assert_eq!(world.timing_of(A, B), &timing);
        prop_assert_eq!(world.timing_of(B, A), &World::kind(3).timing);
        // What nodes know of delays is not what one link does.
        prop_assert_eq!(world.timing.class(), TimingClass::Synchronous);
    }

    /// Which links are slow is one choice a link, of a concern of its own, and the kindest is none.
    #[test]
    fn each_link_is_slow_or_not_all_through_a_run(
        slow in 1..Chance::WHOLE, ring in any::<bool>(), mut words in words(),
    ) {
        let topology = if ring { Topology::Ring } else { Topology::Complete };
        let world = World { slow_links: Chance::ppm(slow), topology, ..World::kind(5) };
        let mut network = Network::new(&world);
        let mut asked = Asked::default();
        network.plan(&world, &mut asked);
        let links: BTreeSet<(u16, u16)> = asked.0.iter().map(|s| (s.a, s.b)).collect();
        prop_assert!(asked.0.iter().all(|s| s.concern == Concern::Slow));
        prop_assert_eq!(links.len(), if ring { 10 } else { 20 });
        prop_assert_eq!(asked.0.len(), links.len());
        prop_assert!(links.iter().all(|&(a, b)| network.is_slow(NodeId(a), NodeId(b))));

        network.plan(&world, &mut words);
        for from in world.all() {
            for to in world.all().filter(|to| *to != from) {
                let slow = network.is_slow(from, to);
                let (now, link) = (Time::ZERO, (from, to));
                let kindest = network.latency(&world, link, now, Fate::Chance, &mut Kindest);
                let worst = network.latency(&world, link, now, Fate::Chance, &mut Harshest);
                // A tenth of 10 ms at least, 5.5 ms half way to the bound.
                let least = if slow { Span::micros(5_500) } else { Span::millis(1) };
                prop_assert_eq!((kindest, worst), (least, Span::millis(10)));
            }
        }
        network.plan(&world, &mut Kindest);
        prop_assert!(!network.is_slow(A, B));
    }

    #[test]
    fn congestion_multiplies_while_it_lasts_and_on_its_links(
        from in 0u64..100, lasts in 1u64..100, times in 2u32..50, now in 0u64..250,
        latency in 1u64..1000, mine in any::<bool>(),
    ) {
        let weather = Weather::Congestion {
            links: if mine { Affected::Only(vec![(A, B)]) } else { Affected::All },
            from: Time::nanos(from),
            lasts: Span::nanos(lasts),
            times,
        };
        let during = (from..from + lasts).contains(&now);
        let (now, latency) = (Time::nanos(now), Span::nanos(latency));
        let slowed = if during { latency * u64::from(times) } else { latency };
        prop_assert_eq!(weather.slows(now, A, B, latency), slowed);
        let other = if mine { latency } else { slowed };
        prop_assert_eq!(weather.slows(now, B, A, latency), other);
    }

    /// Who sets out before the short way opens may arrive after who sets out then.
    #[test]
    fn a_detour_ends_at_its_instant(at in 1u64..100, detour in 1u64..100, now in 0u64..200) {
        let (at, detour) = (Time::nanos(at), Span::nanos(detour));
        let weather = Weather::Reroute { links: Affected::All, at, detour };
        let (now, latency) = (Time::nanos(now), Span::nanos(7));
        let expected = if now < at { latency + detour } else { latency };
        prop_assert_eq!(weather.slows(now, A, B, latency), expected);
    }

    /// Weather is not cut to what the timing model promises, and spells of it add up.
    #[test]
    fn weather_breaks_bounds(times in 2u32..9) {
        let spell = Weather::Congestion {
            links: Affected::All, from: Time::ZERO, lasts: Span::millis(1), times,
        };
        let world = World { weather: vec![spell.clone(), spell], ..World::kind(2) };
        prop_assert_eq!(world.validate(), Ok(()));
        let mut network = Network::new(&world);
        let worst = network.latency(&world, (A, B), Time::ZERO, Fate::Chance, &mut Harshest);
        prop_assert_eq!(worst, Span::millis(10) * u64::from(times) * u64::from(times));
        // At its longest, nobody is asked.
        let longest = network.latency(&world, (A, B), Time::ZERO, Fate::Late, &mut Nobody);
        prop_assert_eq!(longest, worst);
    }
}

#[test]
fn a_plain_world_asks_nothing_about_its_network() {
    let world = World::kind(4);
    assert!(!world.is_rough());
    let mut network = Network::new(&world);
    network.plan(&world, &mut Nobody);
    assert!(network.cuts().is_empty() && network.adjacency().is_none());
    assert!(network.linked(A, B));
}
