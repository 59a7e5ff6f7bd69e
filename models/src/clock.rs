//! What the clocks of nodes show, and how fast their timers run.
//!
//! *Skew* is by how much a clock is wrong, *drift* how fast it gets worse. All of it is integer
//! arithmetic on nanoseconds and parts per million, exact but for the last nanosecond.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Among, Chance, Choose, Complaint, Concern, NodeId, Span, Stream, Time, unique};

/// The clock of one node: at the true instant `t` it shows `ahead + t × (1 + fast - slow)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// What it shows at the very beginning, when a right clock shows zero.
    #[serde(skip_serializing_if = "is_none_at_all")]
    pub ahead: Span,
    /// By which fraction it runs too fast.
    #[serde(skip_serializing_if = "is_never")]
    pub fast: Chance,
    /// By which fraction it runs too slow; less than 1. It is not both fast and slow.
    #[serde(skip_serializing_if = "is_never")]
    pub slow: Chance,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_none_at_all(span: &Span) -> bool {
    *span == Span::ZERO
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_never(chance: &Chance) -> bool {
    *chance == Chance::NEVER
}

impl Clock {
    /// How far it goes while a million nanoseconds pass.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        (Chance::WHOLE + self.fast.as_ppm()).saturating_sub(self.slow.as_ppm())
    }

    /// Whether it is always right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        *self == Self::default()
    }

    /// What it shows at the true instant `now`; saturates at [`Time::MAX`].
    #[must_use]
    pub fn shows(&self, now: Time) -> Time {
        let gone = u128::from(now.as_nanos()) * u128::from(self.rate()) / u128::from(Chance::WHOLE);
        Time::nanos(u64::try_from(gone).unwrap_or(u64::MAX)) + self.ahead
    }

    /// The first true instant at which it shows `shown` or later; [`Time::MAX`] if there is none
    /// before.
    #[must_use]
    pub fn first_shows(&self, shown: Time) -> Time {
        let gone = u128::from((shown - self.ahead).as_nanos()) * u128::from(Chance::WHOLE);
        let true_time = gone.div_ceil(u128::from(self.rate().max(1)));
        Time::nanos(u64::try_from(true_time).unwrap_or(u64::MAX))
    }

    /// When a timer set at the true instant `now` fires, if it is to fire when this clock shows
    /// `after` more than it does now: never before `now`.
    #[must_use]
    pub fn due(&self, now: Time, after: Span) -> Time {
        self.first_shows(self.shows(now) + after).max(now)
    }

    /// By how much it is wrong at the true instant `now`.
    #[must_use]
    pub fn error(&self, now: Time) -> Span {
        let shown = self.shows(now);
        shown.since(now) + now.since(shown)
    }

    fn validate(&self, node: &str) -> Result<(), Complaint> {
        let at = |field| Complaint::at(["world", "clocks", node, field]);
        if self.slow == Chance::CERTAIN {
            return Err(at("slow")
                .problem("a clock that is slow by all of its speed stands still")
                .help("its timers would never fire; give a fraction below 1"));
        }
        if self.slow > Chance::NEVER && self.fast > Chance::NEVER {
            return Err(at("slow").problem("a clock is not both fast and slow").help("give one"));
        }
        Ok(())
    }
}

/// The clocks of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Clocks {
    /// All of them are always right.
    #[default]
    Right,
    /// These are wrong, and all others right.
    Wrong(#[serde(deserialize_with = "unique")] BTreeMap<NodeId, Clock>),
    /// Each run chooses how each of them is wrong: kindest, not at all.
    Within {
        /// How much more than true time a clock shows at the beginning, at most.
        #[serde(default)]
        ahead: Span,
        /// By which fraction a clock is fast or slow, at most; less than 1. A quarter, half, three
        /// quarters or all of this are chosen with the same chance, or nothing.
        #[serde(default)]
        drift: Chance,
    },
}

impl Clocks {
    /// How many drifts in one direction a run chooses from.
    const DRIFTS: u32 = 4;

    /// Whether all clocks are right in every run.
    #[must_use]
    pub fn are_right(&self) -> bool {
        *self == Self::Right
    }

    /// By which fraction the worst of them may be too fast or too slow.
    #[must_use]
    pub fn most_drift(&self) -> Chance {
        match self {
            Self::Right => Chance::NEVER,
            Self::Wrong(clocks) => {
                clocks.values().map(|clock| clock.fast.max(clock.slow)).max().unwrap_or_default()
            }
            Self::Within { drift, .. } => *drift,
        }
    }

    /// The clock of `node` in this run, by its choices of [`Concern::ClockSkew`] and
    /// [`Concern::ClockDrift`]: alternatives 1, 3, … of the latter are fast, 2, 4, … slow, each
    /// pair further off than the one before.
    pub fn of<C: Choose>(&self, node: NodeId, choose: &mut C) -> Clock {
        match self {
            Self::Right => Clock::default(),
            Self::Wrong(clocks) => clocks.get(&node).copied().unwrap_or_default(),
            Self::Within { ahead, drift } => {
                let span = Among::Length { span: *ahead, grain: 2 };
                let ahead = choose.choose(Stream::node(Concern::ClockSkew, node), span);
                let steps = if *drift == Chance::NEVER { 0 } else { Self::DRIFTS };
                let among = Among::Below(u64::from(2 * steps + 1));
                let answer = choose.choose(Stream::node(Concern::ClockDrift, node), among);
                let step = u32::try_from(answer.div_ceil(2)).unwrap_or(0);
                let off = Chance::ppm(drift.as_ppm().saturating_mul(step) / Self::DRIFTS);
                let (fast, slow) =
                    if answer % 2 == 1 { (off, Chance::NEVER) } else { (Chance::NEVER, off) };
                Clock { ahead: Span::nanos(ahead), fast, slow }
            }
        }
    }

    pub(crate) fn validate(&self, nodes: u16) -> Result<(), Complaint> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong(clocks) => clocks.iter().try_for_each(|(node, clock)| {
                let key = node.0.to_string();
                if node.0 >= nodes {
                    return Err(Complaint::at(["world", "clocks", &key])
                        .problem(format!("{node} does not exist in a world of {nodes} nodes"))
                        .help(format!("the last node is n{}", nodes - 1)));
                }
                clock.validate(&key)
            }),
            Self::Within { drift: Chance::CERTAIN, .. } => {
                Err(Complaint::at(["world", "clocks", "drift"])
                    .problem("a clock that is slow by all of its speed stands still")
                    .help("its timers would never fire; give a fraction below 1"))
            }
            Self::Within { .. } => Ok(()),
        }
    }
}
