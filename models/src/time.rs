//! Virtual time: integer nanoseconds, written with units (`"10ms"`) in files and in output.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::auth::travel::is_open;

/// An instant: nanoseconds since the run began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of time: nanoseconds.
///
/// ```
/// use generals_models::Span;
/// assert_eq!("1.5ms".parse(), Ok(Span::micros(1500)));
/// assert_eq!(Span::micros(1500).to_string(), "1.5ms");
/// assert!("10".parse::<Span>().unwrap_err().to_string().contains("unit"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Time {
    /// The instant at which every run begins.
    pub const ZERO: Self = Self(0);
    /// The last instant there is (about 584 years in).
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `n` nanoseconds after the beginning.
    #[must_use]
    #[inline]
    pub const fn nanos(n: u64) -> Self {
        Self(n)
    }

    /// Nanoseconds since the run began.
    #[must_use]
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this instant is; zero if it is not after it.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` nanoseconds.
    #[must_use]
    #[inline]
    pub const fn nanos(n: u64) -> Self {
        Self(n)
    }

    /// `n` microseconds; saturates at about 584 years.
    #[must_use]
    pub const fn micros(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// `n` milliseconds; saturates at about 584 years.
    #[must_use]
    pub const fn millis(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// `n` seconds; saturates at about 584 years.
    #[must_use]
    pub const fn secs(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }

    /// This length in nanoseconds.
    #[must_use]
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The difference, or zero if `other` is longer.
    #[must_use]
    #[inline]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Saturates at [`Time::MAX`], which is past every horizon.
impl Add<Span> for Time {
    type Output = Self;
    #[inline]
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

/// Saturates at zero.
impl Sub<Span> for Time {
    type Output = Self;
    #[inline]
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSpan {
    /// A number without a unit.
    #[error("`{0}` has no unit: write it like \"10ms\" (ns, us, ms, s, min, h)")]
    NoUnit(String),
    /// A unit that is none of ours.
    #[error("`{0}` is no unit of time: use ns, us, ms, s, min or h")]
    UnknownUnit(String),
    /// No number before the unit.
    #[error("`{0}` is no length of time: write a number and a unit, like \"10ms\"")]
    NoNumber(String),
    /// More precise than a nanosecond, or longer than 2^64 of them.
    #[error("`{0}` is not a whole number of nanoseconds below 2^64")]
    OutOfRange(String),
}

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let trimmed = text.trim();
        let number_end =
            trimmed.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(trimmed.len());
        let (number, unit) = (trimmed[..number_end].replace('_', ""), trimmed[number_end..].trim());
        let (whole, decimals) = number.split_once('.').unwrap_or((&number, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || number.ends_with('.') {
            return Err(BadSpan::NoNumber(text.to_owned()));
        }
        if unit.is_empty() {
            return Err(BadSpan::NoUnit(text.to_owned()));
        }
        let Some(&(_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(BadSpan::UnknownUnit(unit.to_owned()));
        };
        scaled(whole, decimals, nanos).map(Self).ok_or_else(|| BadSpan::OutOfRange(text.to_owned()))
    }
}

/// `whole.decimals × unit`, exactly, or nothing if that is no `u64`.
pub(crate) fn scaled(whole: &str, decimals: &str, unit: u64) -> Option<u64> {
    let whole: u64 = whole.parse().ok()?;
    let mut total = whole.checked_mul(unit)?;
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        let numerator = u128::from(decimals.parse::<u64>().ok()?) * u128::from(unit);
        let denominator = 10u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
        if numerator % denominator != 0 {
            return None;
        }
        total = total.checked_add(u64::try_from(numerator / denominator).ok()?)?;
    }
    Some(total)
}

fn write_span(nanos: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Milliseconds are this field's unit; others only where they are shorter to read.
    let (unit, size) = match nanos {
        0 => return f.pad("0ms"),
        1..1_000 => ("ns", 1),
        1_000..1_000_000 => ("us", 1_000),
        _ if nanos.is_multiple_of(3_600_000_000_000) => ("h", 3_600_000_000_000),
        _ if nanos.is_multiple_of(60_000_000_000) => ("min", 60_000_000_000),
        _ if nanos.is_multiple_of(1_000_000_000) || nanos >= 10_000_000_000 => ("s", 1_000_000_000),
        _ => ("ms", 1_000_000u64),
    };
    let (whole, rest) = (nanos / size, nanos % size);
    if rest == 0 {
        return f.pad(&format!("{whole}{unit}"));
    }
    let width = size.ilog10() as usize;
    let decimals = format!("{rest:0width$}");
    f.pad(&format!("{whole}.{}{unit}", decimals.trim_end_matches('0')))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_span(self.0, f)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_span(self.0, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// For people with its unit, for machines in nanoseconds.
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        serializer.serialize_u64(self.0)
    }
}

/// As the [`Span`] since the beginning.
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Span(self.0).serialize(serializer)
    }
}

struct SpanVisitor;

impl de::Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time with its unit, like \"10ms\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Span, E> {
        // A mutation may have to buffer what it reads, and a buffer says that it is for people.
        if is_open() {
            return Ok(Span(n));
        }
        Err(E::custom(BadSpan::NoUnit(n.to_string())))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Span, E> {
        Err(E::custom(BadSpan::NoUnit(n.to_string())))
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<Span, E> {
        Err(E::custom(BadSpan::NoUnit(n.to_string())))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(SpanVisitor);
        }
        u64::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Span::deserialize(deserializer).map(|span| Self(span.0))
    }
}
