//! How latencies are spread: named laws, drawn exactly and alike on every machine.
//!
//! A random chooser gives one word of 64 bits for each latency. A law turns the word `w` into its
//! own quantile at `u = (w + 1/2) / 2^64`, by inversion (Devroye, *Non-Uniform Random Variate
//! Generation*, 1986, chapter II.2), so that a larger word never means a shorter latency. All is done
//! in whole numbers, and the result is rounded down to a nanosecond.
//!
//! | law | latency at `u`, before it is cut | right to |
//! |---|---|---|
//! | uniform | `least + u · (bound - least)` | the nanosecond |
//! | constant | what it says | the nanosecond |
//! | normal | `mean + sigma · Φ⁻¹(u)`, Φ⁻¹ by Wichura's AS 241 (1988) | 10^-11 of `sigma` |
//! | exponential | `least + (mean - least) · -ln(1 - u)` | 10^-11 of `mean` |
//! | heavy tail | `least + scale · ((1 - u)^(-1/shape) - 1)` | 10^-11 of itself + `scale` |

mod fixed;
mod normal;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Complaint, Span};

/// How the latencies of a world are spread between the shortest and the longest.
///
/// The law says what is likely, the timing model what is possible: a latency below `least` or above
/// the model's bound is cut to it. Only random runs follow the law; an exhaustive search and a script
/// know latencies, but not how likely they are.
///
/// ```
/// use generals_models::{Latency, Span};
/// let law = Latency::Normal { mean: Span::millis(4), sigma: Span::millis(1) };
/// let at = |word| law.quantile(word, Span::millis(10));
/// // The median; and what 97.5% of all latencies stay below: 1.96 standard deviations above.
/// assert_eq!(at(1 << 63), Span::millis(4));
/// assert_eq!(at(u64::MAX / 1000 * 975), Span::nanos(5_959_963));
/// assert_eq!(law.to_string(), "normal (mean 4ms, sigma 1ms)");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Latency {
    /// All latencies from the shortest to the longest are equally likely. In an asynchronous world,
    /// which has no longest, what is usual may double, and double again.
    #[default]
    Uniform,
    /// Every message takes this long, which is above zero and within the bound. There is nothing to
    /// choose, and no other shortest latency.
    Constant(Span),
    /// The normal law. Cut at both ends, and so the mean latency is `mean` only where these are far.
    Normal {
        /// The median, and the mean before it is cut: from the shortest to the longest latency.
        mean: Span,
        /// The standard deviation, above zero and at most the longest latency: two thirds of all latencies are that near.
        sigma: Span,
    },
    /// The exponential law, begun at the shortest latency: however long a message has been on its
    /// way, the time that it still needs is spread alike.
    Exponential {
        /// The mean latency before it is cut, with the shortest included: above that, and at most
        /// the longest.
        mean: Span,
    },
    /// Pareto's law in the form of Lomax (*Business Failures*, 1954), begun at the shortest latency:
    /// the chance to take longer than `least + x` is `(scale / (scale + x)) ^ shape`. Most latencies
    /// are short, and a few are longer than any mean would suggest.
    HeavyTail {
        /// Above zero, at most the longest latency. With shape 1 it is the median above the
        /// shortest latency, and with a larger shape the mean is `scale / (shape - 1)` above it.
        scale: Span,
        /// 1 to [`MOST_SHAPE`](Latency::MOST_SHAPE); the smaller, the heavier the tail. With 1 there
        /// is no mean, with 2 no variance, if there is no bound.
        shape: u32,
    },
}

/// In a few words: the law, and its numbers.
impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Uniform => "uniform".to_owned(),
            Self::Constant(always) => format!("constant ({always})"),
            Self::Normal { mean, sigma } => format!("normal (mean {mean}, sigma {sigma})"),
            Self::Exponential { mean } => format!("exponential (mean {mean})"),
            Self::HeavyTail { scale, shape } => {
                format!("heavy-tailed (scale {scale}, shape {shape})")
            }
        })
    }
}

impl Latency {
    /// The largest shape of a heavy tail. With more, the law is all but exponential.
    pub const MOST_SHAPE: u32 = 16;

    /// Whether this is the uniform law, which is the default.
    #[must_use]
    pub const fn is_uniform(&self) -> bool {
        matches!(self, Self::Uniform)
    }

    /// The same law, for what a message takes longer than `least`. What would lie below zero then
    /// is zero.
    #[must_use]
    pub const fn above(self, least: Span) -> Self {
        match self {
            Self::Uniform | Self::HeavyTail { .. } => self,
            Self::Constant(always) => Self::Constant(always.saturating_sub(least)),
            Self::Normal { mean, sigma } => {
                Self::Normal { mean: mean.saturating_sub(least), sigma }
            }
            Self::Exponential { mean } => Self::Exponential { mean: mean.saturating_sub(least) },
        }
    }

    /// The latency that `word`, one of 2^64 equally likely ones, stands for where the shortest is
    /// zero and the longest is `most`. It never exceeds `most`, and a larger word never gives a
    /// shorter one.
    #[must_use]
    #[inline(never)] // A chooser that is asked about uniform lengths only stays small.
    pub fn quantile(self, word: u64, most: Span) -> Span {
        let most = most.as_nanos();
        let drawn = match self {
            Self::Uniform => below_or_at(most, word),
            Self::Constant(always) => always.as_nanos(),
            Self::Normal { mean, sigma } => {
                let mean = mean.as_nanos();
                // Both halves alike, each counted from its far end.
                let upper = word >> 63 == 1;
                let n = if upper { !word } else { word };
                let far = u128::from(sigma.as_nanos()) * u128::from(normal::deviation(n));
                if upper {
                    mean.saturating_add(whole(far))
                } else {
                    mean.saturating_sub(whole(far + u128::from(fixed::ONE - 1)))
                }
            }
            Self::Exponential { mean } => {
                whole(u128::from(mean.as_nanos()) * u128::from(fixed::minus_ln(!word)))
            }
            Self::HeavyTail { scale, shape } => {
                lomax(scale.as_nanos(), fixed::minus_log2(!word) / u64::from(shape.max(1)))
            }
        };
        Span::nanos(drawn.min(most))
    }

    /// Checks the law against the model it is part of: the shortest latency as the file gives it, as
    /// it is, and the longest that the law may aim at.
    pub(crate) fn validate(
        self,
        given: Option<Span>,
        least: Span,
        longest: Span,
    ) -> Result<(), Complaint> {
        let at = |field: &str| Complaint::at(["world", "timing", "latency", field]);
        let exceeds = |field: &str, what: &str| {
            Err(at(field)
                .problem(format!("{what} exceeds the longest latency, which is {longest}"))
                .help("longer latencies are cut to it, so nothing of the law would be left"))
        };
        match self {
            Self::Uniform => Ok(()),
            Self::Constant(Span::ZERO) => {
                Err(at("0").problem("a message cannot take no time at all"))
            }
            Self::Constant(always) if always > longest => exceeds("0", "the constant latency"),
            Self::Constant(always) if given.is_some_and(|least| least != always) => {
                Err(Complaint::at(["world", "timing", "least"])
                    .problem(format!("every latency is {always}, so none is shorter"))
                    .help("leave `least` away"))
            }
            Self::Constant(_) => Ok(()),
            Self::Normal { mean, .. } if mean < least => Err(at("mean")
                .problem(format!("the mean lies below the shortest latency, which is {least}"))
                .help("give a larger mean, or a smaller `least`")),
            Self::Normal { mean, .. } | Self::Exponential { mean } if mean > longest => {
                exceeds("mean", "the mean")
            }
            Self::Normal { mean, sigma: Span::ZERO } => Err(at("sigma")
                .problem("without any deviation this is no normal law")
                .help(format!("if all latencies are to be alike, write `Constant(\"{mean}\")`"))),
            Self::Normal { sigma, .. } if sigma > longest => exceeds("sigma", "the deviation"),
            Self::Normal { .. } => Ok(()),
            Self::Exponential { mean } if mean <= least => Err(at("mean")
                .problem(format!("the mean must exceed the shortest latency, which is {least}"))
                .help("give a larger mean, or a smaller `least`: it is part of the mean")),
            Self::Exponential { .. } => Ok(()),
            Self::HeavyTail { scale: Span::ZERO, .. } => {
                Err(at("scale").problem("a tail cannot be no time at all"))
            }
            Self::HeavyTail { scale, .. } if scale > longest => exceeds("scale", "the scale"),
            Self::HeavyTail { shape: 0, .. } => Err(at("shape")
                .problem("the shape must be at least 1")
                .help("with shape 1 there is no mean, with 2 no variance")),
            Self::HeavyTail { shape, .. } if shape > Self::MOST_SHAPE => Err(at("shape")
                .problem(format!("the shape must be at most {}", Self::MOST_SHAPE))
                .help("a tail as light as that is all but exponential: write `Exponential`")),
            Self::HeavyTail { .. } => Ok(()),
        }
    }
}

/// One of `0..=most`, all equally likely.
const fn below_or_at(most: u64, word: u64) -> u64 {
    ((word as u128 * (most as u128 + 1)) >> 64) as u64
}

/// A number with a fraction, without it.
fn whole(exact: u128) -> u64 {
    u64::try_from(exact >> fixed::BITS).unwrap_or(u64::MAX)
}

/// `scale · (2^x - 1)`.
fn lomax(scale: u64, x: u64) -> u64 {
    let (y, k) = fixed::exp2(x);
    let product = u128::from(scale) * u128::from(y);
    // From 2^64 on a power exceeds every length of time, whatever the scale.
    let power = if k > 63 { u128::MAX } else { product >> (63 - k) };
    u64::try_from(power - u128::from(scale)).unwrap_or(u64::MAX)
}
