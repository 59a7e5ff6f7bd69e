//! The normal law's quantile, in whole numbers.
//!
//! Wichura, *Algorithm AS 241: The Percentage Points of the Normal Distribution* (Applied Statistics
//! 37, 1988), its routine PPND16: three quotients of polynomials, right to 16 digits. What limits
//! the result here is that numbers are held times 2^40, so it is right to about 10^-11.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a const fn has no try_from; what is cast is a deviation or a root, below 2^44"
)]

use super::fixed::{BITS, ONE, minus_ln};

/// Two polynomials of degree 7, the coefficients times 10^16, highest power first.
struct Ratio {
    above: [i128; 8],
    below: [i128; 8],
}

const CENTRAL: Ratio = Ratio {
    above: [
        25_090_809_287_301_226_727,
        334_305_755_835_881_281_050,
        672_657_709_270_087_008_530,
        459_219_539_315_498_714_570,
        137_316_937_655_094_611_250,
        19_715_909_503_065_514_427,
        1_331_416_678_917_843_774,
        33_871_328_727_963_666,
    ],
    below: [
        52_264_952_788_528_545_610,
        287_290_857_357_219_426_740,
        393_078_958_000_927_106_100,
        212_137_943_015_865_958_670,
        53_941_960_214_247_511_077,
        6_871_870_074_920_579_083,
        423_133_307_016_009_113,
        10_000_000_000_000_000,
    ],
};

const MIDDLE: Ratio = Ratio {
    above: [
        7_745_450_142_783,
        227_238_449_892_692,
        2_417_807_251_774_506,
        12_704_582_524_523_684,
        36_478_483_247_632_046,
        57_694_972_214_606_914,
        46_303_378_461_565_453,
        14_234_371_107_496_836,
    ],
    below: [
        10_507_501,
        5_475_938_084_995,
        151_986_665_636_165,
        1_481_039_764_274_801,
        6_897_673_349_851_000,
        16_763_848_301_838_038,
        20_531_916_266_377_588,
        10_000_000_000_000_000,
    ],
};

const FAR: Ratio = Ratio {
    above: [
        2_010_334_399,
        271_155_556_874,
        12_426_609_473_881,
        265_321_895_265_761,
        2_965_605_718_285_049,
        17_848_265_399_172_913,
        54_637_849_111_641_144,
        66_579_046_435_011_038,
    ],
    below: [
        20,
        1_421_511_758,
        184_631_831_751,
        7_868_691_311_456,
        148_753_612_908_506,
        1_369_298_809_227_358,
        5_998_322_065_558_879,
        10_000_000_000_000_000,
    ],
};

impl Ratio {
    /// `times` · above(r) / below(r). All coefficients and `r` are positive, and no sum exceeds
    /// 2^72, so there is room.
    const fn at(&self, r: u64, times: u64) -> u64 {
        (times as i128 * horner(&self.above, r) / horner(&self.below, r)) as u64
    }
}

const fn horner(coefficients: &[i128; 8], r: u64) -> i128 {
    let mut sum = coefficients[0];
    let mut i = 1;
    while i < coefficients.len() {
        sum = ((sum * r as i128) >> BITS) + coefficients[i];
        i += 1;
    }
    sum
}

/// In the middle, up to 0.425 on both sides of the median, the argument is the square of the
/// distance from it.
const CENTRAL_UP_TO: u64 = 425 * ONE / 1000;
const CENTRAL_FROM: u64 = 180_625 * ONE / 1_000_000;

/// Farther out it is the root of -ln of the chance that lies beyond, counted from here …
const MIDDLE_FROM: u64 = 16 * ONE / 10;
/// … and farther out than this root, from there.
const FAR_FROM: u64 = 5 * ONE;

const fn central(q: u64) -> u64 {
    let square = ((q as u128 * q as u128) >> BITS) as u64;
    CENTRAL.at(CENTRAL_FROM - square, q)
}

const fn middle(root: u64) -> u64 {
    MIDDLE.at(root - MIDDLE_FROM, ONE)
}

const fn far(root: u64) -> u64 {
    FAR.at(root - FAR_FROM, ONE)
}

/// Where one quotient takes over from another, the next must not begin below the end of the last.
const SEAMS: [u64; 2] = [central(CENTRAL_UP_TO), middle(FAR_FROM)];

/// How many standard deviations from the mean the chance (2n + 1) / 2^65 of lying farther out is
/// met, times 2^40; `n` is below 2^63, so it is the upper or the lower half of the law. The smaller
/// `n`, the larger the result, which is 9.16 at most.
///
/// It never rises with `n`: its argument is rounded first, to 2^-40, and from one such argument to
/// the next the result moves by 10^-12 or more, while the arithmetic errs by less than 10^-13.
pub(super) const fn deviation(n: u64) -> u64 {
    // 1/2 - (2n + 1) / 2^65, times 2^40.
    let q = (u64::MAX - 2 * n) >> (65 - BITS);
    if q <= CENTRAL_UP_TO {
        return central(q);
    }
    let root = ((minus_ln(n) as u128) << BITS).isqrt() as u64;
    if root <= FAR_FROM { larger(middle(root), SEAMS[0]) } else { larger(far(root), SEAMS[1]) }
}

const fn larger(a: u64, b: u64) -> u64 {
    if a > b { a } else { b }
}
