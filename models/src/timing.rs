//! How long messages take, and what a protocol may know of it.
//!
//! The models are those of Dwork, Lynch and Stockmeyer, *Consensus in the Presence of Partial
//! Synchrony* (JACM 1988): synchronous, the two forms of partial synchrony, asynchronous.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Among, Choose, Complaint, Concern, Latency, NodeId, Span, Stream, Time};

/// The timing of a world. Latencies lie between `least` and the model's bound, and are spread by a
/// law: uniformly, unless `latency` says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TimingModel {
    /// Every message arrives within `delta` of being sent, and everybody knows it.
    Synchronous {
        /// The bound Δ.
        delta: Span,
        /// The shortest latency; a tenth of `delta` unless given. Equal to `delta`: lock step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<Span>,
        /// How many latencies an exhaustive search tells apart.
        #[serde(default = "two", skip_serializing_if = "is_two")]
        grain: u32,
        /// How latencies are spread.
        #[serde(default, skip_serializing_if = "Latency::is_uniform")]
        latency: Latency,
    },
    /// Δ is known, but holds only from an unknown instant on, the global stabilisation time: what
    /// is sent at `t` arrives by `max(t, gst) + delta`.
    PartiallySynchronous {
        /// The bound Δ that holds in the end.
        delta: Span,
        /// The global stabilisation time. No node is told.
        gst: Time,
        /// The longest latency before `gst`, where that is the smaller bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Span>,
        /// The shortest latency; a tenth of `delta` unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<Span>,
        /// How many latencies an exhaustive search tells apart.
        #[serde(default = "two", skip_serializing_if = "is_two")]
        grain: u32,
        /// How latencies are spread.
        #[serde(default, skip_serializing_if = "Latency::is_uniform")]
        latency: Latency,
    },
    /// A bound holds from the start, but nobody knows it.
    UnknownBound {
        /// The bound Δ, hidden from the protocol.
        delta: Span,
        /// What nodes take for the usual latency at first; a quarter of `delta` unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guess: Option<Span>,
        /// The shortest latency; a tenth of `delta` unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<Span>,
        /// How many latencies an exhaustive search tells apart.
        #[serde(default = "two", skip_serializing_if = "is_two")]
        grain: u32,
        /// How latencies are spread.
        #[serde(default, skip_serializing_if = "Latency::is_uniform")]
        latency: Latency,
    },
    /// Delays are finite, but no bound holds: half the messages take up to `typical`, a quarter up
    /// to twice that, an eighth up to four times, and so on. A law other than the uniform one needs
    /// no such doubling, and may give up to `typical · 2^doublings` at once.
    Asynchronous {
        /// The usual latency, which is what nodes expect.
        typical: Span,
        /// The shortest latency; a tenth of `typical` unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<Span>,
        /// How often the usual latency may double, at most.
        #[serde(default = "sixteen", skip_serializing_if = "is_sixteen")]
        doublings: u32,
        /// How many latencies an exhaustive search tells apart.
        #[serde(default = "two", skip_serializing_if = "is_two")]
        grain: u32,
        /// How latencies are spread.
        #[serde(default, skip_serializing_if = "Latency::is_uniform")]
        latency: Latency,
    },
}

const fn two() -> u32 {
    2
}

// serde hands these a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_two(grain: &u32) -> bool {
    *grain == 2
}

const fn sixteen() -> u32 {
    16
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_sixteen(doublings: &u32) -> bool {
    *doublings == 16
}

/// How much a timing model promises, from the most to the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TimingClass {
    /// A known bound holds always.
    Synchronous,
    /// A bound holds in the end, or holds but is unknown.
    PartiallySynchronous,
    /// No bound.
    Asynchronous,
}

impl fmt::Display for TimingClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Synchronous => "synchronous",
            Self::PartiallySynchronous => "partially synchronous",
            Self::Asynchronous => "asynchronous",
        })
    }
}

/// Synchronous with Δ = 10 ms.
impl Default for TimingModel {
    fn default() -> Self {
        Self::Synchronous {
            delta: Span::millis(10),
            least: None,
            grain: 2,
            latency: Latency::Uniform,
        }
    }
}

/// The usual timing, worked out: it is asked for every message ([`TimingModel::even`]).
#[derive(Clone, Copy, Debug)]
pub struct Even {
    least: Span,
    /// How much longer the longest latency is than the least.
    span: Span,
    grain: u32,
}

impl Even {
    /// How long a message takes, by a choice of [`Concern::Delay`] on its link.
    #[inline(always)]
    pub fn latency<C: Choose>(self, from: NodeId, to: NodeId, choose: &mut C) -> Span {
        let among = Among::Length { span: self.span, grain: self.grain };
        self.least + Span::nanos(choose.choose(Stream::link(Concern::Delay, from, to), among))
    }
}

/// The shortest latency, if it is given or not.
#[inline]
fn least_or_tenth(given: Option<Span>, scale: Span) -> Span {
    given.unwrap_or(Span::nanos((scale.as_nanos() / 10).max(1)))
}

impl TimingModel {
    /// How long a message sent now takes, by the choices of [`Concern::Delay`] and
    /// [`Concern::Tail`] on its link. Never zero: nothing is heard at the instant it is said.
    pub fn latency<C: Choose>(&self, now: Time, from: NodeId, to: NodeId, choose: &mut C) -> Span {
        if let Some(even) = self.even() {
            return even.latency(from, to, choose);
        }
        let (longest, grain) = match *self {
            Self::UnknownBound { delta, grain, latency: Latency::Uniform, .. } => (delta, grain),
            Self::PartiallySynchronous {
                delta,
                gst,
                before,
                grain,
                latency: Latency::Uniform,
                ..
            } => (late(now, delta, gst, before), grain),
            Self::Asynchronous { typical, doublings, grain, latency: Latency::Uniform, .. } => {
                let tail = Stream::link(Concern::Tail, from, to);
                let doubled = choose.choose(tail, Among::Doublings { most: doublings });
                (typical * (1 << doubled), grain)
            }
            _ => return self.drawn(now, from, to, choose),
        };
        let least = self.uniform_least();
        let delay = Stream::link(Concern::Delay, from, to);
        let span = longest.saturating_sub(least);
        least + Span::nanos(choose.choose(delay, Among::Length { span, grain }))
    }

    /// How latencies are chosen, if that is the same at every instant and by the uniform law: as it
    /// is in the usual model, the synchronous one.
    #[must_use]
    pub fn even(&self) -> Option<Even> {
        let &Self::Synchronous { delta, least, grain, latency: Latency::Uniform } = self else {
            return None;
        };
        let least = least_or_tenth(least, delta);
        Some(Even { least, span: delta.saturating_sub(least), grain })
    }

    /// The latency by a law other than the uniform one. Worlds without one must not pay for it.
    #[inline(never)]
    fn drawn<C: Choose>(&self, now: Time, from: NodeId, to: NodeId, choose: &mut C) -> Span {
        let least = self.least();
        let law = match self.law() {
            // It is the shortest latency, too, and nobody is asked.
            Latency::Constant(_) => return least,
            law => law.above(least),
        };
        let (longest, grain) = match *self {
            Self::Synchronous { delta, grain, .. } | Self::UnknownBound { delta, grain, .. } => {
                (delta, grain)
            }
            Self::PartiallySynchronous { delta, gst, before, grain, .. } => {
                (late(now, delta, gst, before), grain)
            }
            Self::Asynchronous { typical, doublings, grain, .. } => {
                (typical * (1 << doublings), grain)
            }
        };
        let delay = Stream::link(Concern::Delay, from, to);
        let span = longest.saturating_sub(least);
        least + Span::nanos(choose.choose(delay, Among::Drawn { law, span, grain }))
    }

    /// How latencies are spread.
    #[must_use]
    pub const fn law(&self) -> Latency {
        match *self {
            Self::Synchronous { latency, .. }
            | Self::PartiallySynchronous { latency, .. }
            | Self::UnknownBound { latency, .. }
            | Self::Asynchronous { latency, .. } => latency,
        }
    }

    /// The longest latency that this model allows for what is sent at `now`.
    #[must_use]
    pub fn longest_at(&self, now: Time) -> Span {
        match *self {
            Self::Synchronous { delta, .. } | Self::UnknownBound { delta, .. } => delta,
            Self::PartiallySynchronous { delta, gst, before, .. } => {
                let late = gst.since(now) + delta;
                before.map_or(late, |before| before.min(late))
            }
            Self::Asynchronous { typical, doublings, .. } => typical * (1 << doublings),
        }
    }

    /// What a message that would take `latency` takes on a slow link: half as much less than the
    /// longest, so that latencies come from the upper half of what this model allows. Of an
    /// asynchronous latency the longest is the usual one, doubled as often as it was.
    #[must_use]
    pub fn slowed(&self, now: Time, latency: Span) -> Span {
        let longest = match *self {
            Self::Asynchronous { typical, doublings, .. } => {
                let bounds = (0..=doublings).map(|doubled| typical * (1 << doubled));
                bounds.into_iter().find(|bound| latency <= *bound).unwrap_or(latency)
            }
            _ => self.longest_at(now),
        };
        let short_of = longest.saturating_sub(latency).as_nanos();
        longest.saturating_sub(Span::nanos(short_of / 2))
    }

    /// The bound Δ that holds in the end, whether it is known or not; nothing if there is none.
    #[must_use]
    pub const fn bound(&self) -> Option<Span> {
        match self {
            Self::Synchronous { delta, .. }
            | Self::PartiallySynchronous { delta, .. }
            | Self::UnknownBound { delta, .. } => Some(*delta),
            Self::Asynchronous { .. } => None,
        }
    }

    /// The instant from which that bound holds.
    #[must_use]
    pub const fn holds_from(&self) -> Time {
        match self {
            Self::PartiallySynchronous { gst, .. } => *gst,
            _ => Time::ZERO,
        }
    }

    /// Δ, where a protocol may know it.
    #[must_use]
    pub const fn known_bound(&self) -> Option<Span> {
        match self {
            Self::Synchronous { delta, .. } | Self::PartiallySynchronous { delta, .. } => {
                Some(*delta)
            }
            Self::UnknownBound { .. } | Self::Asynchronous { .. } => None,
        }
    }

    /// What a node takes for the latency of a message: Δ where it is known, else a guess.
    #[must_use]
    pub fn expected_delay(&self) -> Span {
        match *self {
            Self::Synchronous { delta, .. } | Self::PartiallySynchronous { delta, .. } => delta,
            Self::UnknownBound { delta, guess, .. } => {
                guess.unwrap_or(Span::nanos((delta.as_nanos() / 4).max(1)))
            }
            Self::Asynchronous { typical, .. } => typical,
        }
    }

    /// The shortest latency. Where all are alike, it is that one.
    #[must_use]
    pub fn least(&self) -> Span {
        match self.law() {
            Latency::Constant(always) => always,
            _ => self.uniform_least(),
        }
    }

    #[inline]
    fn uniform_least(&self) -> Span {
        let (least, scale) = match *self {
            Self::Synchronous { delta, least, .. }
            | Self::PartiallySynchronous { delta, least, .. }
            | Self::UnknownBound { delta, least, .. } => (least, delta),
            Self::Asynchronous { typical, least, .. } => (least, typical),
        };
        least_or_tenth(least, scale)
    }

    const fn given_least(&self) -> Option<Span> {
        match *self {
            Self::Synchronous { least, .. }
            | Self::PartiallySynchronous { least, .. }
            | Self::UnknownBound { least, .. }
            | Self::Asynchronous { least, .. } => least,
        }
    }

    /// How much this model promises.
    #[must_use]
    pub const fn class(&self) -> TimingClass {
        match self {
            Self::Synchronous { .. } => TimingClass::Synchronous,
            Self::PartiallySynchronous { .. } | Self::UnknownBound { .. } => {
                TimingClass::PartiallySynchronous
            }
            Self::Asynchronous { .. } => TimingClass::Asynchronous,
        }
    }

    /// Whether every message takes the same time, so that rounds are exact.
    #[must_use]
    pub fn is_lock_step(&self) -> bool {
        matches!(*self, Self::Synchronous { delta, .. } if self.least() == delta)
    }

    pub(crate) fn validate(&self) -> Result<(), Complaint> {
        let (name, scale, grain) = match *self {
            Self::Synchronous { delta, grain, .. }
            | Self::PartiallySynchronous { delta, grain, .. }
            | Self::UnknownBound { delta, grain, .. } => ("delta", delta, grain),
            Self::Asynchronous { typical, grain, .. } => ("typical", typical, grain),
        };
        let at = |field: &str| Complaint::at(["world", "timing", field]);
        if scale == Span::ZERO {
            return Err(at(name).problem("a message cannot take no time at all"));
        }
        let given = self.given_least();
        if given == Some(Span::ZERO) {
            return Err(at("least").problem("a message cannot take no time at all"));
        }
        if given.is_some_and(|least| least > scale) {
            return Err(at("least")
                .problem(format!("the shortest latency exceeds {name}, which is {scale}")));
        }
        if let Self::PartiallySynchronous { before: Some(before), delta, .. } = *self
            && before < delta
        {
            return Err(at("before")
                .problem(format!("latencies before the gst would be bounded by less than {delta}"))
                .help("`before` is the longest latency until then: at least `delta`"));
        }
        if grain == 0 {
            return Err(at("grain").problem("a search must tell at least 1 latency apart"));
        }
        if let Self::UnknownBound { guess: Some(Span::ZERO), .. } = self {
            return Err(at("guess").problem("a message cannot take no time at all"));
        }
        if let Self::Asynchronous { doublings: 33.., .. } = self {
            return Err(at("doublings").problem("at most 32 doublings are possible"));
        }
        self.law().validate(given, self.least(), self.longest())
    }

    /// The longest latency that a law may aim at. Before the gst that may be more than Δ, but a
    /// constant is meant to be kept afterwards.
    fn longest(&self) -> Span {
        match *self {
            Self::PartiallySynchronous { delta, gst, before, latency, .. }
                if !matches!(latency, Latency::Constant(_)) =>
            {
                late(Time::ZERO, delta, gst, before)
            }
            Self::Synchronous { delta, .. }
            | Self::PartiallySynchronous { delta, .. }
            | Self::UnknownBound { delta, .. } => delta,
            Self::Asynchronous { typical, doublings, .. } => typical * (1 << doublings),
        }
    }
}

/// The longest latency under partial synchrony of what is sent now.
#[inline]
fn late(now: Time, delta: Span, gst: Time, before: Option<Span>) -> Span {
    let late = gst.since(now) + delta;
    before.map_or(late, |before| before.min(late))
}
