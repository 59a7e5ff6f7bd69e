//! Chances, held exactly as parts per million: there are no floats in the engine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::scaled;

/// How likely something is: a whole number of parts per million, from 0 to 1.
///
/// Written `0.2` or `"1/5"` in a file. What is not a whole number of millionths is refused, so
/// that a file never says something other than what is run.
///
/// ```
/// use generals_models::Chance;
/// assert_eq!("1/5".parse(), "0.2".parse::<Chance>());
/// assert!("1/3".parse::<Chance>().is_err());
/// assert!("NaN".parse::<Chance>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Chance(u32);

/// Why something is not a chance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChance {
    /// Not a number at all.
    #[error("`{0}` is no chance: write a number from 0 to 1, like 0.2 or \"1/5\"")]
    NotANumber(String),
    /// Below 0 or above 1.
    #[error("a chance lies between 0 and 1, not at {0}")]
    OutOfRange(String),
    /// Finer than one part in a million.
    #[error("{0} is not a whole number of parts per million: write it with six decimals")]
    TooFine(String),
}

impl Chance {
    /// The number of parts that make certainty.
    pub const WHOLE: u32 = 1_000_000;
    /// Never.
    pub const NEVER: Self = Self(0);
    /// Always.
    pub const CERTAIN: Self = Self(Self::WHOLE);

    /// `ppm` parts per million; more than a million is certain.
    #[must_use]
    pub const fn ppm(ppm: u32) -> Self {
        Self(if ppm > Self::WHOLE { Self::WHOLE } else { ppm })
    }

    /// Parts per million, 0 to 1,000,000.
    #[must_use]
    #[inline]
    pub const fn as_ppm(self) -> u32 {
        self.0
    }
}

impl FromStr for Chance {
    type Err = BadChance;

    fn from_str(text: &str) -> Result<Self, BadChance> {
        let text = text.trim();
        let not_a_number = || BadChance::NotANumber(text.to_owned());
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let whole = u64::from(Self::WHOLE);
        let parts = if let Some((num, den)) = text.split_once('/') {
            let (num, den) = (num.trim(), den.trim());
            if !digits(num) || !digits(den) {
                return Err(not_a_number());
            }
            let num: u64 = num.parse().map_err(|_| not_a_number())?;
            let den: u64 = den.parse().map_err(|_| not_a_number())?;
            if num > den || den == 0 {
                return Err(BadChance::OutOfRange(text.to_owned()));
            }
            let parts = u128::from(num) * u128::from(whole);
            if parts % u128::from(den) != 0 {
                return Err(BadChance::TooFine(text.to_owned()));
            }
            u64::try_from(parts / u128::from(den)).unwrap_or(whole)
        } else {
            let unsigned = text.strip_prefix('-').unwrap_or(text);
            let (int, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
            if !digits(int) || !digits(decimals) {
                return Err(not_a_number());
            }
            if text.starts_with('-') {
                return Err(BadChance::OutOfRange(text.to_owned()));
            }
            if int.parse::<u64>().map_or(true, |n| n > 1) {
                return Err(BadChance::OutOfRange(text.to_owned()));
            }
            scaled(int, decimals, whole).ok_or_else(|| BadChance::TooFine(text.to_owned()))?
        };
        match u32::try_from(parts) {
            Ok(ppm) if ppm <= Self::WHOLE => Ok(Self(ppm)),
            _ => Err(BadChance::OutOfRange(text.to_owned())),
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / Self::WHOLE, self.0 % Self::WHOLE);
        if rest == 0 {
            return f.pad(&format!("{whole}.0"));
        }
        f.pad(format!("{whole}.{rest:06}").trim_end_matches('0'))
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Chance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // By way of its text, so that what is written is exactly what would be read back.
        match self.to_string().parse() {
            Ok(x) => serializer.serialize_f64(x),
            Err(_) => serializer.collect_str(self),
        }
    }
}

struct ChanceVisitor;

impl de::Visitor<'_> for ChanceVisitor {
    type Value = Chance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a chance from 0 to 1, like 0.2 or \"1/5\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Chance, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Chance, E> {
        n.to_string().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Chance, E> {
        n.to_string().parse().map_err(E::custom)
    }

    /// The shortest decimal that reads back as `x` is what was written, so its text is exact.
    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Chance, E> {
        x.to_string().parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Chance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChanceVisitor)
    }
}
