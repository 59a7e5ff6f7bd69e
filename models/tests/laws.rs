//! The laws of the models: what each of them promises holds for every answer a run may get.

use generals_models::{
    Adversary, AdversaryModel, Among, Authority, BadChance, BadSpan, Chance, Choose, Concern,
    CorruptId, Envelope, FaultClass, Forged, Kindest, Latency, LinkClass, LinkModel, Links, NodeId,
    Puppet, Realm, Signed, Signer, Span, Stream, Time, TimingClass, TimingModel, World,
};
use proptest::prelude::*;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

/// A failing world becomes a seed file, not a regression file of proptest.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() }
}

// --- choosers to test with

/// Answers by a list of words, again and again; the extremes mean the extremes.
#[derive(Clone, Debug)]
struct Words {
    words: Vec<u64>,
    asked: usize,
}

impl Choose for Words {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        let word = self.words[self.asked % self.words.len()];
        self.asked += 1;
        match among.largest() {
            largest if word == u64::MAX => largest,
            u64::MAX => word,
            largest => word % (largest + 1),
        }
    }
}

/// The worst of everything.
struct Harshest;

impl Choose for Harshest {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        among.largest()
    }
}

/// Must not be asked.
struct Nobody;

impl Choose for Nobody {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        panic!("there was nothing to choose: {stream:?} {among:?}")
    }
}

fn words() -> impl Strategy<Value = Words> {
    let word = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    prop::collection::vec(word, 1..64).prop_map(|words| Words { words, asked: 0 })
}

// --- timing

/// Any valid timing model; lengths up to some hours, so that sums are exact.
fn timings() -> impl Strategy<Value = TimingModel> {
    let scale = prop_oneof![1u64..20, 1u64..10_000_000_000_000];
    let part = |scale: u64| prop::option::of((1..=scale).prop_map(Span::nanos));
    let grain = 1u32..6;
    let length = prop_oneof![0u64..50, 0u64..100_000_000_000_000];
    (scale, length, 0..=32u32, grain, 0..4u8).prop_flat_map(
        move |(scale, length, doublings, grain, which)| {
            let before = prop::option::of(Just(Span::nanos(length.max(scale))));
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

// --- links

fn fair_loss(loss: u32, duplicate: u32, reorder: u32, streak: u32) -> LinkModel {
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

fn sometimes() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(Chance::WHOLE), 1..Chance::WHOLE]
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

    /// FACTS of fair loss: with certain loss, exactly every (b+1)-th message comes through.
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
    assert!(FaultClass::Honest < FaultClass::CrashStop);
    assert!(FaultClass::CrashStop < FaultClass::Byzantine);
}

// --- choices

fn amongs() -> impl Strategy<Value = Among> {
    let number = || prop_oneof![0u64..5, any::<u64>(), Just(u64::MAX)];
    prop_oneof![
        number().prop_map(Among::Below),
        sometimes().prop_map(|ppm| Among::Chance(Chance::ppm(ppm))),
        (number(), 1u32..9)
            .prop_map(|(span, grain)| Among::Length { span: Span::nanos(span), grain }),
        (0u32..70).prop_map(|most| Among::Doublings { most }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nobody_is_asked_where_there_is_nothing_to_choose(among in amongs()) {
        let stream = Stream::node(Concern::Coin, A);
        match among.forced() {
            Some(answer) => {
                prop_assert!(answer <= among.largest());
                prop_assert_eq!(Nobody.choose(stream, among), answer);
            }
            None => {
                prop_assert!(among.largest() >= 1, "a choice has two alternatives at least");
                prop_assert_eq!(Kindest.choose(stream, among), 0);
                prop_assert_eq!(Harshest.choose(stream, among), among.largest());
            }
        }
    }

    /// What an explorer tells apart starts with the kindest, ends with the harshest, and has no
    /// alternative twice.
    #[test]
    fn distinguished_answers_go_from_the_kindest_to_the_largest(among in amongs()) {
        prop_assume!(among.forced().is_none() && among.largest() < u64::MAX);
        let many = among.distinguished();
        prop_assert!(many >= 1);
        prop_assert_eq!(among.nth(0), 0);
        if many > 1 {
            prop_assert_eq!(among.nth(many - 1), among.largest());
        }
        for i in 1..many.min(100) {
            prop_assert!(among.nth(i) > among.nth(i - 1));
        }
    }
}

#[test]
fn a_length_is_told_apart_by_its_grain_and_no_finer_than_nanoseconds() {
    let among = |span, grain| Among::Length { span: Span::nanos(span), grain };
    for (span, grain, expected) in [
        (9, 1, vec![0]),
        (9, 2, vec![0, 9]),
        (9, 4, vec![0, 3, 6, 9]),
        (9, 3, vec![0, 4, 9]),
        (1, 5, vec![0, 1]),
        (u64::MAX, 3, vec![0, u64::MAX / 2, u64::MAX]),
    ] {
        let among = among(span, grain);
        let all: Vec<u64> = (0..among.distinguished()).map(|i| among.nth(i)).collect();
        assert_eq!(all, expected, "{among:?}");
    }
}

// --- chances and lengths of time, as texts

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_chance_survives_its_text_and_a_file(ppm in 0..=Chance::WHOLE) {
        let chance = Chance::ppm(ppm);
        prop_assert_eq!(chance.to_string().parse(), Ok(chance));
        prop_assert_eq!(ron::from_str(&ron::to_string(&chance).unwrap()), Ok(chance));
        prop_assert_eq!(format!("{ppm}/1000000").parse(), Ok(chance));
    }

    #[test]
    fn every_length_of_time_survives_its_text_and_a_file(
        nanos in prop_oneof![any::<u64>(), 0u64..10_000, (0u64..20_000).prop_map(|s| s * 1_000_000_000)],
    ) {
        let (span, time) = (Span::nanos(nanos), Time::nanos(nanos));
        prop_assert_eq!(span.to_string().parse(), Ok(span));
        prop_assert_eq!(ron::from_str(&ron::to_string(&span).unwrap()), Ok(span));
        prop_assert_eq!(ron::from_str(&ron::to_string(&time).unwrap()), Ok(time));
    }

    /// No text at all brings the parsers down.
    #[test]
    fn any_text_is_a_length_a_chance_or_refused(text in "[0-9._/eE+\\- nmsuhiµ]{0,24}|\\PC{0,12}") {
        if let Ok(span) = text.parse::<Span>() {
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
        if let Ok(chance) = text.parse::<Chance>() {
            prop_assert!(chance <= Chance::CERTAIN);
        }
    }
}

#[test]
fn chances_are_exact_or_refused() {
    let too_fine = |text: &str| BadChance::TooFine(text.into());
    let outside = |text: &str| BadChance::OutOfRange(text.into());
    let no_number = |text: &str| BadChance::NotANumber(text.into());
    for (text, expected) in [
        ("0", Ok(0)),
        ("1", Ok(1_000_000)),
        ("1.0", Ok(1_000_000)),
        ("0.2", Ok(200_000)),
        ("1/5", Ok(200_000)),
        (" 3 / 8 ", Ok(375_000)),
        ("0.000001", Ok(1)),
        ("0.200000000", Ok(200_000)),
        ("1/3", Err(too_fine("1/3"))),
        ("0.0000001", Err(too_fine("0.0000001"))),
        ("0.30000000000000004", Err(too_fine("0.30000000000000004"))),
        ("-0.1", Err(outside("-0.1"))),
        ("1.000001", Err(outside("1.000001"))),
        ("2/1", Err(outside("2/1"))),
        ("1/0", Err(outside("1/0"))),
        ("99999999999999999999", Err(outside("99999999999999999999"))),
        ("NaN", Err(no_number("NaN"))),
        ("inf", Err(no_number("inf"))),
        ("1e-3", Err(no_number("1e-3"))),
        ("20%", Err(no_number("20%"))),
        ("", Err(no_number(""))),
        (".5", Err(no_number(".5"))),
    ] {
        assert_eq!(text.parse::<Chance>().map(Chance::as_ppm), expected, "{text:?}");
    }
}

#[test]
fn lengths_of_time_are_exact_or_refused() {
    let no_number = |text: &str| BadSpan::NoNumber(text.into());
    let no_unit = |text: &str| BadSpan::NoUnit(text.into());
    let unknown = |text: &str| BadSpan::UnknownUnit(text.into());
    let outside = |text: &str| BadSpan::OutOfRange(text.into());
    for (text, expected) in [
        ("0ms", Ok(0)),
        ("10ms", Ok(10_000_000)),
        (" 1.5 ms ", Ok(1_500_000)),
        ("1_000us", Ok(1_000_000)),
        ("2h", Ok(7_200_000_000_000)),
        ("0.5min", Ok(30_000_000_000)),
        ("18446744073709551615ns", Ok(u64::MAX)),
        ("18446744073709551616ns", Err(outside("18446744073709551616ns"))),
        ("99999999999h", Err(outside("99999999999h"))),
        ("0.5ns", Err(outside("0.5ns"))),
        ("10", Err(no_unit("10"))),
        ("10 parsecs", Err(unknown("parsecs"))),
        ("10MS", Err(unknown("MS"))),
        ("1e3ms", Err(unknown("e3ms"))),
        ("-5ms", Err(no_number("-5ms"))),
        ("ms", Err(no_number("ms"))),
        ("5.ms", Err(no_number("5.ms"))),
        (".5ms", Err(no_number(".5ms"))),
        ("1.2.3ms", Err(no_number("1.2.3ms"))),
        ("NaN", Err(no_number("NaN"))),
        ("", Err(no_number(""))),
    ] {
        assert_eq!(text.parse::<Span>().map(Span::as_nanos), expected, "{text:?}");
    }
}

// --- worlds, as files

#[test]
fn a_world_reads_as_it_is_meant() {
    let read = |text: &str| ron::from_str::<World>(text).unwrap();
    assert_eq!(read("(nodes: 4)"), World::kind(4));
    let world = read(
        r#"(
            nodes: 4,
            timing: PartiallySynchronous(delta: "10ms", gst: "50ms"),
            links: FairLoss(loss: 0.2, duplicate: "1/8"),
            faults: { 2: Byzantine, 3: CrashStop(at: Step(nth: 2, after_effects: 1)) },
            adversary: Liar,
        )"#,
    );
    assert_eq!(world.validate(), Ok(()));
    assert_eq!(world.links, fair_loss(200_000, 125_000, Chance::WHOLE, 16));
    assert_eq!(world.adversary, AdversaryModel::Liar);
    assert_eq!(world.fault_class(), FaultClass::Byzantine);
    assert!(world.is_correct(A) && !world.is_correct(NodeId(3)));
    assert!(world.is_corrupt(NodeId(2)) && !world.is_corrupt(NodeId(3)));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_world_survives_a_file(timing in timings(), nodes in 1u16..50, loss in sometimes()) {
        for links in [LinkModel::Fifo, LinkModel::Reliable, fair_loss(loss, 1, loss, 3)] {
            let world = World { timing: timing.clone(), links, ..World::kind(nodes) };
            prop_assert_eq!(ron::from_str(&ron::to_string(&world).unwrap()), Ok(world));
        }
    }
}

#[test]
fn a_bad_world_is_refused_with_its_reason() {
    for (world, reason) in [
        ("(nodes: 2, links: FairLoss(loss: NaN))", "NaN"),
        ("(nodes: 2, links: FairLoss(loss: -0.1))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(loss: 1e400))", "inf"),
        ("(nodes: 2, links: FairLoss(loss: \"1/3\"))", "parts per million"),
        ("(nodes: 2, links: FairLoss(loss: 2))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(loss: -1))", "between 0 and 1"),
        ("(nodes: 2, links: FairLoss(lost: 0.5))", "lost"),
        ("(nodes: 2, timing: Synchronous(delta: 10))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: 1.5))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: -10))", "unit"),
        ("(nodes: 2, timing: Synchronous(delta: \"10 parsecs\"))", "parsecs"),
        ("(nodes: 2, timing: Synchronous(dleta: \"10ms\"))", "dleta"),
        ("(nodes: 2, timing: Sometimes)", "Sometimes"),
        ("(nodes: 1000000000000)", ""),
        ("(nodes: -1)", ""),
        ("(nodes: 2, noise: 1)", "noise"),
        ("()", "nodes"),
        ("(nodes: 2, faults: { 0: Lazy })", "Lazy"),
    ] {
        let error = ron::from_str::<World>(world).expect_err(world).to_string();
        assert!(error.contains(reason), "{world}: {error}");
    }
}

#[test]
fn a_world_that_makes_no_sense_is_refused_at_its_field() {
    let timing = |text: &str| format!("(nodes: 2, timing: {text})");
    for (world, path) in [
        ("(nodes: 0)".into(), "world nodes"),
        ("(nodes: 1025)".into(), "world nodes"),
        (timing(r#"Synchronous(delta: "0ms")"#), "world timing delta"),
        (timing(r#"Asynchronous(typical: "0ms")"#), "world timing typical"),
        (timing(r#"Synchronous(delta: "1ms", least: "0ms")"#), "world timing least"),
        (timing(r#"Synchronous(delta: "1ms", least: "2ms")"#), "world timing least"),
        (timing(r#"UnknownBound(delta: "1ms", least: "2ms")"#), "world timing least"),
        (timing(r#"UnknownBound(delta: "1ms", guess: "0ms")"#), "world timing guess"),
        (timing(r#"Synchronous(delta: "1ms", grain: 0)"#), "world timing grain"),
        (timing(r#"Asynchronous(typical: "1ms", doublings: 33)"#), "world timing doublings"),
        ("(nodes: 2, links: FairLoss(loss: 0.1, streak: 0))".into(), "world links streak"),
        ("(nodes: 2, faults: { 2: Byzantine })".into(), "world faults 2"),
        (
            r#"(nodes: 2, faults: { 1: CrashStop(at: Chosen(within: "0ms")) })"#.into(),
            "world faults 1 at within",
        ),
    ] {
        let options = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let complaint = options.from_str::<World>(&world).unwrap().validate().expect_err(&world);
        assert_eq!(complaint.path.join(" "), path, "{world}");
        assert!(!complaint.problem.is_empty(), "{world}");
    }
    for world in ["(nodes: 1)", "(nodes: 1024)", "(nodes: 2, links: FairLoss(streak: 0))"] {
        assert_eq!(ron::from_str::<World>(world).unwrap().validate(), Ok(()), "{world}");
    }
}

// --- signatures

proptest! {
    #![proptest_config(config())]

    #[test]
    fn only_the_signer_of_this_realm_signs(by in 0u16..9, as_who in 0u16..9, body in any::<u64>()) {
        let (run, rogue) = (Authority::default(), Authority::default());
        let honest = run.issue(NodeId(by)).sign(body);
        prop_assert_eq!(honest.verify(run.verifier()), Ok((NodeId(by), &body)));
        // Copies carry the signature along, and nesting keeps both.
        let chain = run.issue(NodeId(as_who)).sign(honest.clone());
        let (outer, inner) = chain.verify(run.verifier()).unwrap();
        prop_assert_eq!((outer, inner.verify(run.verifier())), (NodeId(as_who), Ok((NodeId(by), &body))));

        for forged in [rogue.issue(NodeId(as_who)).sign(body), Signed::counterfeit(body, NodeId(as_who))] {
            prop_assert_eq!(forged.verify(run.verifier()), Err(Forged));
            prop_assert_eq!(forged.claim(), (NodeId(as_who), &body));
        }
    }
}

#[test]
fn only_the_authority_of_the_run_certifies_the_corrupt() {
    let (run, rogue) = (Authority::default(), Authority::default());
    assert!(run.corrupt(A).is_certified(run.verifier()));
    assert!(!rogue.corrupt(A).is_certified(run.verifier()));
}

/// Which realm a run got depends on the runs before it, so a file may not show it.
#[test]
fn a_written_signature_does_not_show_its_realm() {
    let written = || ron::to_string(&Authority::default().issue(A).sign(7)).unwrap();
    assert_eq!(written(), written());
    assert_ne!(written(), ron::to_string(&Signed::counterfeit(7, A)).unwrap());
}

// --- adversaries

/// A realm in which one node is corrupt, every choice is the same, and every message has the lie 99.
struct Stage {
    authority: Authority,
    signer: Signer,
    corrupt: [CorruptId; 1],
    choice: u64,
    said: Vec<Envelope<u8>>,
}

impl Stage {
    fn new(choice: u64) -> Self {
        let authority = Authority::default();
        let (signer, corrupt) = (authority.issue(A), [authority.corrupt(A)]);
        Self { authority, signer, corrupt, choice, said: Vec::new() }
    }
}

impl Realm<u8> for Stage {
    fn now(&self) -> Time {
        Time::ZERO
    }
    fn nodes(&self) -> u16 {
        2
    }
    fn corrupt(&self) -> &[CorruptId] {
        &self.corrupt
    }
    fn send(&mut self, from: CorruptId, to: NodeId, body: u8) {
        assert!(from.is_certified(self.authority.verifier()));
        self.said.push(Envelope { from: from.node(), to, body });
    }
    fn expected_delay(&self) -> Span {
        Span::millis(10)
    }
    fn overheard(&self) -> &[Envelope<u8>] {
        &[]
    }
    fn hand(&mut self, _: Puppet, _: CorruptId, _: u8) {
        panic!("there is no accomplice");
    }
    fn corrupt_also(&mut self, _: NodeId) -> Option<CorruptId> {
        None
    }
    fn wake_at(&mut self, _: Time, _: u64) {}
    fn signer(&self, _: CorruptId) -> &Signer {
        &self.signer
    }
    fn lie(&mut self, _: CorruptId, body: &mut u8) -> bool {
        *body = 99;
        true
    }
    fn first_lie(&mut self, _: CorruptId, body: &mut u8) -> bool {
        *body = 99;
        true
    }
    fn mutate(&mut self, by: CorruptId, body: &mut u8) -> bool {
        self.lie(by, body)
    }
    fn pick_about(&mut self, _: NodeId, n: u64) -> u64 {
        self.choice.min(n - 1)
    }
}

/// For the liar 0 is the truth; the silent one has no choice.
#[test]
fn an_adversary_says_what_its_choices_say() {
    for (adversary, choice, expected) in [
        (AdversaryModel::Liar, 0, vec![7]),
        (AdversaryModel::Liar, 1, vec![99]),
        (AdversaryModel::Liar, 2, vec![]),
        (AdversaryModel::Silent, 0, vec![]),
        (AdversaryModel::Silent, 2, vec![]),
        (AdversaryModel::Honest, 2, vec![7]),
        (AdversaryModel::Flip, 0, vec![99]),
        // B is n1 of two: odd, and the upper half; 7 + 1 is even.
        (AdversaryModel::Parity, 0, vec![99]),
        (AdversaryModel::HalfSplit, 0, vec![99]),
        (AdversaryModel::PathParity, 0, vec![7]),
        (AdversaryModel::Replayer, 0, vec![7]),
        (AdversaryModel::Delayer, 1, vec![7]),
        (AdversaryModel::Twins, 0, vec![7]),
    ] {
        let mut stage = Stage::new(choice);
        let by = stage.corrupt[0];
        let mut mind: Box<dyn Adversary<u8>> = adversary.build().unwrap();
        mind.speak(Puppet { of: by, copy: 0 }, B, 7, &mut stage);
        let said: Vec<u8> = stage.said.iter().map(|said| said.body).collect();
        assert_eq!(said, expected, "{adversary:?} {choice}");
        assert!(stage.said.iter().all(|said| (said.from, said.to) == (A, B)));
    }
}
