//! The laws of latencies: what they draw, against values computed elsewhere, and what they may not.
//!
//! The numbers in the tables were computed with mpmath, to 60 digits, from the definitions: the root
//! of `erfc(z / √2) / 2 = 1 - u`, `-ln(1 - u)`, `(1 - u)^(-1/shape) - 1`, with u = (w + 1/2) / 2^64.

use generals_models::{
    Among, Choose, Concern, Kindest, Latency, NodeId, Span, Stream, Time, TimingModel, World,
};
use proptest::prelude::*;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const FOREVER: Span = Span::nanos(u64::MAX);

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() }
}

fn normal(mean: Span, sigma: Span) -> Latency {
    Latency::Normal { mean, sigma }
}

fn exponential(mean: Span) -> Latency {
    Latency::Exponential { mean }
}

fn heavy_tail(scale: Span, shape: u32) -> Latency {
    Latency::HeavyTail { scale, shape }
}

// --- quantiles

/// `(word, what is drawn in ns, by how much that may be wrong)`
#[track_caller]
fn compare(law: Latency, table: &[(u64, u64, u64)]) {
    for &(word, expected, off) in table {
        let drawn = law.quantile(word, FOREVER).as_nanos();
        assert!(drawn.abs_diff(expected) <= off, "{law}, {word:#018x}: {drawn}, not {expected}");
    }
}

/// 10^-11 of a standard deviation.
const OFF: u64 = 10;

/// How many times 10^-12 of a standard deviation above the mean. The textbook's 1.645, 1.960, 2.326
/// and 3.090 are among them.
const NORMAL: [(u64, u64); 15] = [
    (0x8000_0000_0000_0000, 0),                 // 0.5
    (0x9999_9999_9999_9999, 253_347_103_135),   // 0.6
    (0xc000_0000_0000_0000, 674_489_750_196),   // 0.75
    (0xe666_6666_6666_6666, 1_281_551_565_544), // 0.9
    (0xeb85_1eb8_51eb_851e, 1_405_071_560_309), // 0.92, before the first seam
    (0xee14_7ae1_47ae_147a, 1_475_791_028_179), // 0.93, behind it
    (0xf333_3333_3333_3333, 1_644_853_626_951), // 0.95
    (0xf999_9999_9999_9999, 1_959_963_984_540), // 0.975
    (0xfd70_a3d7_0a3d_70a3, 2_326_347_874_040), // 0.99
    (0xffbe_76c8_b439_5810, 3_090_232_306_167), // 0.999
    (0xffff_ef39_085f_4a12, 4_753_424_308_822), // 1 - 10^-6
    (0xffff_fffb_b47d_05f6, 5_997_807_015_009), // 1 - 10^-9
    (0xffff_ffff_fee6_8668, 7_034_483_829_637), // 1 - 10^-12, behind the second seam
    (0xffff_ffff_ffff_b7f2, 7_941_353_690_171), // 1 - 10^-15
    (u64::MAX, 9_155_293_772_686),
];

#[test]
fn the_normal_law_has_the_published_quantiles() {
    let law = normal(Span::secs(100_000), Span::secs(1000));
    let mean = Span::secs(100_000).as_nanos();
    for (word, z) in NORMAL {
        compare(law, &[(word, mean + z, OFF), (!word, mean - z, OFF)]);
    }
}

#[test]
fn the_exponential_law_has_the_quantiles_of_its_formula() {
    let table = [
        (0, 0, 0),
        (0x028f_5c28_f5c2_8f5c, 100_503_358, 1),    // 0.01
        (0x4000_0000_0000_0000, 2_876_820_724, 1),  // 0.25
        (0x8000_0000_0000_0000, 6_931_471_805, 1),  // 0.5
        (0xc000_0000_0000_0000, 13_862_943_611, 1), // 0.75
        (0xe666_6666_6666_6666, 23_025_850_929, 1), // 0.9
        (0xfd70_a3d7_0a3d_70a3, 46_051_701_859, 1), // 0.99
        (0xffff_ef39_085f_4a12, 138_155_105_579, 1),
        (u64::MAX, 450_545_667_363, 1),
    ];
    compare(exponential(Span::secs(10)), &table);
}

#[test]
fn the_heavy_tail_has_the_quantiles_of_its_formula() {
    // A second, so what is written is 10^-9 of the scale; the error grows with the value.
    let law = |shape| heavy_tail(Span::secs(1), shape);
    let table = [
        (0, 0, 0),
        (0x028f_5c28_f5c2_8f5c, 10_101_010, 1),
        (0x4000_0000_0000_0000, 333_333_333, 1),
        (0x8000_0000_0000_0000, 1_000_000_000, 1),
        (0xe666_6666_6666_6666, 9_000_000_000, 1),
        (0xfd70_a3d7_0a3d_70a3, 98_999_999_999, 1),
        (0xffff_ef39_085f_4a12, 999_999_000_000_002, 2000),
        (u64::MAX, u64::MAX, 0), // 3.7e28 in truth
    ];
    compare(law(1), &table);
    let table = [
        (0x028f_5c28_f5c2_8f5c, 5_037_815, 1),
        (0x4000_0000_0000_0000, 154_700_538, 1),
        (0x8000_0000_0000_0000, 414_213_562, 1),
        (0xe666_6666_6666_6666, 2_162_277_660, 1),
        (0xfd70_a3d7_0a3d_70a3, 8_999_999_999, 1),
        (0xffff_ef39_085f_4a12, 999_000_000_000, 2),
        (u64::MAX, 6_074_000_998_952_099_384, 12_000_000),
    ];
    compare(law(2), &table);
    let table = [
        (0x028f_5c28_f5c2_8f5c, 3_355_729, 1),
        (0x4000_0000_0000_0000, 100_642_416, 1),
        (0x8000_0000_0000_0000, 259_921_049, 1),
        (0xe666_6666_6666_6666, 1_154_434_690, 1),
        (0xfd70_a3d7_0a3d_70a3, 3_641_588_833, 1),
        (0xffff_ef39_085f_4a12, 99_000_000_000, 1),
        (u64::MAX, 3_329_020_290_937_213, 7000),
    ];
    compare(law(3), &table);
}

// --- moments

/// Draws at the middles of equal parts: what random ones tend to, without their noise.
const PARTS: u64 = 1 << 18;

fn draws(law: Latency, most: Span) -> impl Iterator<Item = u64> {
    (0..PARTS).map(move |i| law.quantile(i << 46 | 1 << 45, most).as_nanos())
}

/// Mean and variance of what is drawn, in ns and ns².
fn moments(law: Latency, most: Span) -> (i128, i128) {
    let parts = i128::from(PARTS);
    let mean = draws(law, most).map(i128::from).sum::<i128>() / parts;
    let squares = draws(law, most).map(|x| (i128::from(x) - mean).pow(2)).sum::<i128>();
    (mean, squares / parts)
}

/// Equal up to so many parts in a million.
#[track_caller]
fn near(what: &str, is: i128, should: i128, ppm: i128) {
    assert!((is - should).abs() * 1_000_000 <= should * ppm, "{what}: {is}, not {should}");
}

#[test]
fn means_and_variances_are_those_of_the_closed_forms() {
    let ms = 1_000_000i128;
    let (mean, variance) = moments(normal(Span::millis(40), Span::millis(2)), FOREVER);
    near("normal, mean", mean, 40 * ms, 1);
    near("normal, variance", variance, 4 * ms * ms, 100);
    let (mean, variance) = moments(exponential(Span::millis(3)), FOREVER);
    near("exponential, mean", mean, 3 * ms, 10);
    near("exponential, variance", variance, 9 * ms * ms, 200);
    // Lomax: the mean is s/(a-1), the variance s²a/((a-1)²(a-2)). The more of both lies in the last
    // of the parts, whose middle does not show it, the farther off.
    let (mean, _) = moments(heavy_tail(Span::millis(8), 3), FOREVER);
    near("heavy tail 3, mean", mean, 4 * ms, 500);
    let (mean, variance) = moments(heavy_tail(Span::millis(21), 8), FOREVER);
    near("heavy tail 8, mean", mean, 3 * ms, 50);
    near("heavy tail 8, variance", variance, 12 * ms * ms, 1000);
}

/// What lies beyond the bound is drawn as the bound, no less and no more.
#[test]
fn what_is_cut_ends_up_at_the_bound() {
    let ms = 1_000_000i128;
    let share = |law: Latency, most: Span| {
        i128::from(draws(law, most).map(|x| u64::from(x == most.as_nanos())).sum::<u64>())
            * 1_000_000_000
            / i128::from(PARTS)
    };
    // e^-2, and 1 - Φ(1), and (2/(2+6))^2.
    near("exponential", share(exponential(Span::millis(3)), Span::millis(6)), 135_335_283, 50);
    let above = normal(Span::millis(4), Span::millis(2));
    near("normal", share(above, Span::millis(6)), 158_655_254, 50);
    near("heavy tail", share(heavy_tail(Span::millis(2), 2), Span::millis(6)), 62_500_000, 100);
    // The mean of an exponential law cut at b is mean · (1 - e^(-b/mean)).
    let (mean, _) = moments(exponential(Span::millis(3)), Span::millis(6));
    near("cut exponential", mean * 1_000_000_000, 3 * ms * 864_664_717, 10);
    // 1 - Φ(2) of this one would take less than no time.
    let low = normal(Span::millis(4), Span::millis(2));
    let none = draws(low, FOREVER).map(|x| u64::from(x == 0)).sum::<u64>();
    near("below zero", i128::from(none) * 1_000_000_000 / i128::from(PARTS), 22_750_132, 200);
}

// --- what no law may do

/// Any law, sensible or not.
fn any_law() -> impl Strategy<Value = Latency> {
    let span = || {
        prop_oneof![Just(0), Just(u64::MAX), 1u64..50, any::<u64>(), 1u64..10_000_000_000]
            .prop_map(Span::nanos)
    };
    prop_oneof![
        Just(Latency::Uniform),
        span().prop_map(Latency::Constant),
        (span(), span()).prop_map(|(mean, sigma)| normal(mean, sigma)),
        span().prop_map(exponential),
        (span(), prop_oneof![0u32..20, any::<u32>()])
            .prop_map(|(scale, shape)| heavy_tail(scale, shape)),
    ]
}

fn word() -> impl Strategy<Value = u64> {
    // Also near the ends, the median, and the normal law's seams at 0.925 and 1 - e^-25.
    let near = |at: u64| (-70_000i64..70_000).prop_map(move |by| at.wrapping_add_signed(by));
    prop_oneof![
        any::<u64>(),
        near(0),
        near(1 << 63),
        near(0xeccc_cccc_cccc_cccc),
        near(0x1333_3333_3333_3333),
        near(0xffff_ffff_f0ba_e42e),
        near(0x0000_0000_0f45_1bd1),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_law_draws_more_than_the_largest_answer(
        law in any_law(), word in word(), span in any::<u64>(), small in 0u64..1000,
    ) {
        for span in [span, small] {
            let among = Among::Drawn { law, span: Span::nanos(span), grain: 2 };
            prop_assert!(law.quantile(word, Span::nanos(span)).as_nanos() <= among.largest());
            prop_assert!(among.forced().is_none_or(|answer| answer <= among.largest()));
        }
    }

    #[test]
    fn a_larger_word_never_draws_less(law in any_law(), a in word(), b in word(), step in 0u64..99) {
        let at = |word| law.quantile(word, FOREVER);
        prop_assert!(at(a.min(b)) <= at(a.max(b)));
        prop_assert!(at(a) <= at(a.saturating_add(step)));
    }

    /// Whatever can be told apart at all is told apart where the largest lengths are spread.
    #[test]
    fn a_larger_word_never_draws_less_where_the_parts_of_a_law_meet(
        at in 0usize..4, log in 0u32..30, from in -2000i64..2000,
    ) {
        let seams = [0xeccc_cccc_cccc_cccc_u64, 1 << 63, 0xffff_ffff_f0ba_e42e, 0x0f45_1bd1];
        let law = normal(Span::nanos(1 << 63), Span::nanos(1 << 59));
        let mut last = Span::ZERO;
        for i in 0..200 {
            let word = seams[at].saturating_add_signed((from + i) << log);
            let drawn = law.quantile(word, FOREVER);
            prop_assert!(drawn >= last, "{:#x}: {:?} after {:?}", word, drawn, last);
            last = drawn;
        }
    }

    /// An explorer and a script see a length like any other.
    #[test]
    fn what_a_law_draws_is_told_apart_like_a_length(
        law in any_law(), span in 1u64..1_000_000, grain in 1u32..9, i in 0u64..8,
    ) {
        let span = Span::nanos(span);
        let (drawn, length) = (Among::Drawn { law, span, grain }, Among::Length { span, grain });
        prop_assert_eq!(drawn.largest(), length.largest());
        prop_assert_eq!(drawn.distinguished(), length.distinguished());
        let i = i.min(length.distinguished() - 1);
        prop_assert_eq!(drawn.nth(i), length.nth(i));
        let is_constant = matches!(law, Latency::Constant(_));
        prop_assert_eq!(drawn.forced().is_some(), is_constant);
    }
}

// --- in the models

/// Draws by a list of words, as a random chooser would.
struct Drawing(Vec<u64>);

impl Choose for Drawing {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        self.0.rotate_left(1);
        match among {
            Among::Drawn { law, span, .. } => {
                assert_eq!(stream, Stream::link(Concern::Delay, A, B));
                law.quantile(self.0[0], span).as_nanos()
            }
            other => panic!("a law has no other choice: {stream:?} {other:?}"),
        }
    }
}

struct Harshest;

impl Choose for Harshest {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        among.largest()
    }
}

struct Nobody;

impl Choose for Nobody {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        panic!("there was nothing to choose: {stream:?} {among:?}")
    }
}

/// Each of the four models, with the latest arrival of what is sent at `now`.
fn models(scale: Span, least: Option<Span>, latency: Latency) -> [(TimingModel, Span); 4] {
    let (delta, typical, grain) = (scale, scale, 2);
    let (gst, before) = (Time::ZERO + scale * 3, Some(scale * 2));
    [
        (TimingModel::Synchronous { delta, least, grain, latency }, delta),
        (
            TimingModel::PartiallySynchronous { delta, gst, before, least, grain, latency },
            scale * 2,
        ),
        (TimingModel::UnknownBound { delta, guess: None, least, grain, latency }, delta),
        (TimingModel::Asynchronous { typical, least, doublings: 2, grain, latency }, scale * 4),
    ]
}

/// A scale, a shortest latency, and a law that makes sense between the two.
fn settings() -> impl Strategy<Value = (Span, Option<Span>, Latency)> {
    let of = |scale: u64| {
        (1..=scale, any::<bool>(), 0u64..1000, 1..=scale, 1u32..=16, 0..3u8).prop_map(
            move |(least, given, part, other, shape, which)| {
                let least = if given { least } else { (scale / 10).max(1) };
                let mean = least + (scale - least) * part / 999;
                let law = match which {
                    0 => normal(Span::nanos(mean), Span::nanos(other)),
                    1 if mean > least => exponential(Span::nanos(mean)),
                    _ => heavy_tail(Span::nanos(other), shape),
                };
                (Span::nanos(scale), given.then_some(Span::nanos(least)), law)
            },
        )
    };
    prop_oneof![2u64..20, 2u64..10_000_000_000_000].prop_flat_map(of)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_law_keeps_the_bounds_of_every_model(
        (scale, least, law) in settings(), words in prop::collection::vec(word(), 4..12),
    ) {
        for (timing, longest) in models(scale, least, law) {
            let world = World { timing: timing.clone(), ..World::kind(2) };
            prop_assert_eq!(world.validate(), Ok(()));
            prop_assert_eq!(timing.law(), law);
            let at_first = timing.latency(Time::ZERO, A, B, &mut Harshest);
            prop_assert_eq!(at_first, longest, "the bound is tight");
            prop_assert_eq!(timing.latency(Time::ZERO, A, B, &mut Kindest), timing.least());
            // Where the bounds meet there is nothing to draw.
            let mut drawing = Drawing(words.clone());
            for _ in &words {
                let latency = timing.latency(Time::ZERO, A, B, &mut drawing);
                prop_assert!(timing.least() <= latency && latency <= longest);
                let settled = Time::ZERO + scale * 3;
                let latency = timing.latency(settled, A, B, &mut drawing);
                let bound = match timing {
                    TimingModel::PartiallySynchronous { delta, .. } => delta,
                    _ => longest,
                };
                prop_assert!(timing.least() <= latency && latency <= bound);
            }
        }
    }

    #[test]
    fn a_constant_latency_is_no_choice(scale in 1u64..1_000_000_000, always in 1u64..1_000_000_000) {
        let always = Span::nanos(always.min(scale));
        for (timing, _) in models(Span::nanos(scale), None, Latency::Constant(always)) {
            let world = World { timing: timing.clone(), ..World::kind(2) };
            prop_assert_eq!(world.validate(), Ok(()));
            prop_assert_eq!(timing.least(), always);
            for now in [Time::ZERO, Time::nanos(scale * 3)] {
                prop_assert_eq!(timing.latency(now, A, B, &mut Nobody), always);
            }
        }
    }
}

/// The median of a law is what it says, and is counted from zero, not from the shortest latency.
#[test]
fn a_law_is_about_whole_latencies() {
    let (ms, least) = (Span::millis, Some(Span::millis(2)));
    for (law, median) in [
        (normal(ms(5), ms(1)), ms(5)),
        // 2 + (5 - 2) · ln 2, and 2 + 3 · 1.
        (exponential(ms(5)), Span::nanos(4_079_441)),
        (heavy_tail(ms(3), 1), ms(5)),
    ] {
        for (timing, _) in models(ms(10), least, law) {
            let drawn = timing.latency(Time::ZERO, A, B, &mut Drawing(vec![1 << 63]));
            let off = drawn.saturating_sub(median) + median.saturating_sub(drawn);
            assert!(off <= Span::nanos(1), "{timing:?}: {drawn}, not {median}");
        }
    }
}

// --- in files

fn read(timing: &str) -> Result<World, String> {
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let text = format!("(nodes: 2, timing: {timing})");
    options.from_str(&text).map_err(|error| error.to_string())
}

#[test]
fn laws_are_written_by_their_names_and_the_uniform_one_is_left_out() {
    let of = |world: &World| ron::to_string(&world.timing).unwrap();
    for law in [
        r#"Constant("4ms")"#,
        r#"Normal(mean:"4ms",sigma:"1ms")"#,
        r#"Exponential(mean:"4ms")"#,
        r#"HeavyTail(scale:"4ms",shape:2)"#,
    ] {
        for model in ["Synchronous(delta", "UnknownBound(delta", "Asynchronous(typical"] {
            let timing = format!(r#"{model}:"10ms",latency:{law})"#);
            assert_eq!(of(&read(&timing).unwrap()), timing);
        }
        let timing = format!(r#"PartiallySynchronous(delta:"10ms",gst:"1s",latency:{law})"#);
        assert_eq!(of(&read(&timing).unwrap()), timing);
    }
    let uniform = read(r#"Synchronous(delta: "10ms", latency: Uniform)"#).unwrap();
    assert_eq!(of(&uniform), r#"Synchronous(delta:"10ms")"#);
}

#[test]
fn what_is_no_law_is_refused() {
    for (law, reason) in [
        ("Gaussian", "Gaussian"),
        ("Constant(4)", "unit"),
        (r#"Normal(mean: "4ms")"#, "sigma"),
        (r#"Normal(mean: "4ms", sigma: "1ms", skew: 1)"#, "skew"),
        (r#"HeavyTail(scale: "4ms", shape: 1.5)"#, ""),
        (r#"HeavyTail(scale: "4ms", shape: -1)"#, ""),
    ] {
        let error = read(&format!(r#"Synchronous(delta: "10ms", latency: {law})"#)).expect_err(law);
        assert!(error.contains(reason), "{law}: {error}");
    }
}

/// A law, where the complaint points, and what it says.
const SENSELESS: &[(&str, &str, &str)] = &[
    (r#"Constant("0ms")"#, "latency 0", "no time at all"),
    (r#"Constant("11ms")"#, "latency 0", "exceeds the longest latency, which is 10ms"),
    (r#"Constant("5ms"), least: "2ms""#, "least", "every latency is 5ms, so none is shorter"),
    (r#"Normal(mean: "4ms", sigma: "0ms")"#, "latency sigma", "no normal law"),
    (r#"Normal(mean: "4ms", sigma: "11ms")"#, "latency sigma", "the deviation exceeds"),
    (r#"Normal(mean: "11ms", sigma: "1ms")"#, "latency mean", "the mean exceeds"),
    (r#"Normal(mean: "999us", sigma: "1ms")"#, "latency mean", "below the shortest latency"),
    (r#"Exponential(mean: "1ms")"#, "latency mean", "must exceed the shortest latency"),
    (r#"Exponential(mean: "11ms")"#, "latency mean", "the mean exceeds"),
    (r#"Exponential(mean: "2ms"), least: "3ms""#, "latency mean", "which is 3ms"),
    (r#"HeavyTail(scale: "0ms", shape: 2)"#, "latency scale", "no time at all"),
    (r#"HeavyTail(scale: "11ms", shape: 2)"#, "latency scale", "the scale exceeds"),
    (r#"HeavyTail(scale: "1ms", shape: 0)"#, "latency shape", "at least 1"),
    (r#"HeavyTail(scale: "1ms", shape: 17)"#, "latency shape", "at most 16"),
    // What is wrong with the model itself comes first.
    (r#"Normal(mean: "4ms", sigma: "1ms"), least: "11ms""#, "least", "exceeds"),
    (r#"Constant("4ms"), least: "0ms""#, "least", "no time at all"),
];

#[test]
fn a_law_that_makes_no_sense_is_refused_at_its_field() {
    for &(law, path, problem) in SENSELESS {
        for model in [
            r#"Synchronous(delta: "10ms""#,
            r#"UnknownBound(delta: "10ms""#,
            r#"PartiallySynchronous(delta: "10ms", gst: "0ms""#,
            r#"Asynchronous(typical: "10ms", doublings: 0"#,
        ] {
            let world = format!("{model}, latency: {law})");
            let complaint = read(&world).unwrap().validate().expect_err(&world);
            assert_eq!(complaint.path.join(" "), format!("world timing {path}"), "{world}");
            assert!(complaint.problem.contains(problem), "{world}: {}", complaint.problem);
        }
    }
    // What is too long for one model may suit another: before the gst, or where usual doubles.
    for (timing, fits) in [
        (
            r#"PartiallySynchronous(delta: "10ms", gst: "40ms", latency: Exponential(mean: "50ms"))"#,
            true,
        ),
        (
            r#"PartiallySynchronous(delta: "10ms", gst: "39ms", latency: Exponential(mean: "50ms"))"#,
            false,
        ),
        (r#"PartiallySynchronous(delta: "10ms", gst: "40ms", latency: Constant("11ms"))"#, false),
        (r#"Asynchronous(typical: "10ms", doublings: 3, latency: Constant("80ms"))"#, true),
        (r#"Asynchronous(typical: "10ms", doublings: 2, latency: Constant("80ms"))"#, false),
    ] {
        assert_eq!(read(timing).unwrap().validate().is_ok(), fits, "{timing}");
    }
}
