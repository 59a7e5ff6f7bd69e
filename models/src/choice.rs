//! The single source of nondeterminism.
//!
//! Whatever could have happened otherwise in a run is a numbered *choice*, and **alternative 0 is
//! always the kindest**: the shortest delay, no loss, no crash, no lie. Seeds, scripts, exhaustive
//! search and shrinking are different ways to answer the same question.

use serde::{Deserialize, Serialize};

use crate::{Chance, Latency, NodeId, Span};

/// What a choice is about. Draws for one concern never shift those for another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Concern {
    /// How much longer than the shortest latency a message takes.
    Delay,
    /// How often the usual latency doubled, in an asynchronous world.
    Tail,
    /// Whether a message is lost.
    Loss,
    /// How many further copies of a message arrive.
    Copies,
    /// Whether a message may overtake earlier ones of its link.
    Overtake,
    /// Whether a node crashes.
    Crash,
    /// What a corrupt node does.
    Adversary,
    /// Which of the possible inputs a node is given.
    Input,
    /// A coin tossed by the protocol itself.
    Coin,
    /// When a node crashes, if it does.
    CrashTime,
    /// What an arbitrary link does with a message.
    Tamper,
    /// Whether a link is slow, all through the run.
    Slow,
    /// Whether, and around whom, the network is cut.
    Cut,
    /// When the network is cut.
    CutTime,
    /// How long the network stays cut.
    CutLength,
    /// Whether a node that omits leaves out a message.
    Omit,
    /// Whether a rational node skips work.
    Skip,
    /// Whether a node pauses.
    Pause,
    /// When a node pauses.
    PauseTime,
    /// How long a node pauses.
    PauseLength,
    /// How far a node's clock is ahead.
    ClockSkew,
    /// How fast a node's clock runs.
    ClockDrift,
    /// How exactly an arbitrary link goes about tampering.
    TamperHow,
}

impl Concern {
    /// How many concerns there are.
    pub const COUNT: usize = 23;

    /// Whether its answers are lengths of time, in nanoseconds.
    #[must_use]
    pub const fn is_length(self) -> bool {
        matches!(
            self,
            Self::Delay
                | Self::CrashTime
                | Self::CutTime
                | Self::CutLength
                | Self::PauseTime
                | Self::PauseLength
                | Self::ClockSkew
        )
    }
}

/// The identity of a sequence of choices: a concern, and the link or node it is about.
///
/// The `n`-th choice of a stream keeps its name when other streams grow or shrink, which is what
/// lets a script of a failing run survive changes elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Stream {
    /// What is being chosen.
    pub concern: Concern,
    /// The sender, or the node concerned.
    pub a: u16,
    /// The receiver; 0 where there is none.
    pub b: u16,
}

impl Stream {
    /// The choices of one concern about the link `from → to`.
    #[must_use]
    #[inline]
    pub const fn link(concern: Concern, from: NodeId, to: NodeId) -> Self {
        Self { concern, a: from.0, b: to.0 }
    }

    /// The choices of one concern about one node.
    #[must_use]
    #[inline]
    pub const fn node(concern: Concern, node: NodeId) -> Self {
        Self { concern, a: node.0, b: 0 }
    }
}

/// The alternatives of a choice, and how likely each is under a random chooser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Among {
    /// One of `0..n`, all equally likely.
    Below(u64),
    /// 1 with this chance, else 0.
    Chance(Chance),
    /// A length from zero to `span` inclusive, in nanoseconds, uniformly. An explorer tells only
    /// `grain` of them apart, evenly spaced from 0 (`grain` 2: none or all of it).
    Length {
        /// The longest.
        span: Span,
        /// How many lengths an exhaustive search distinguishes; at least 1.
        grain: u32,
    },
    /// With this chance one of `1..=of`, all equally likely, else 0.
    Odds {
        /// How likely it is not 0; less than certain.
        chance: Chance,
        /// How many alternatives there are besides 0.
        of: u32,
    },
    /// A length as in [`Length`](Self::Length), and told apart like one, but spread by a law.
    Drawn {
        /// The law, in which the shortest latency is zero ([`Latency::above`]).
        law: Latency,
        /// The longest.
        span: Span,
        /// How many lengths an exhaustive search distinguishes; at least 1.
        grain: u32,
    },
    /// `k` from 0 to `most`, each half as likely as the one before.
    Doublings {
        /// The largest.
        most: u32,
    },
}

impl Among {
    /// The answer where there is nothing to choose: no chooser is asked.
    #[must_use]
    #[inline]
    pub const fn forced(self) -> Option<u64> {
        match self {
            Self::Below(0 | 1) | Self::Doublings { most: 0 } | Self::Odds { of: 0, .. } => Some(0),
            Self::Odds { chance, .. } if chance.as_ppm() == 0 => Some(0),
            Self::Chance(c) if c.as_ppm() == 0 => Some(0),
            Self::Chance(c) if c.as_ppm() == Chance::WHOLE => Some(1),
            Self::Length { span, .. } | Self::Drawn { span, .. } if span.as_nanos() == 0 => Some(0),
            Self::Drawn { law: Latency::Constant(always), span, .. } => {
                let (always, most) = (always.as_nanos(), span.as_nanos());
                Some(if always < most { always } else { most })
            }
            _ => None,
        }
    }

    /// The largest answer.
    #[must_use]
    pub const fn largest(self) -> u64 {
        match self {
            Self::Below(n) => n.saturating_sub(1),
            Self::Chance(c) => (c.as_ppm() > 0) as u64,
            Self::Odds { chance, of } => {
                if chance.as_ppm() == 0 {
                    0
                } else {
                    of as u64
                }
            }
            Self::Length { span, .. } | Self::Drawn { span, .. } => span.as_nanos(),
            Self::Doublings { most } => most as u64,
        }
    }

    /// How many answers an exhaustive search distinguishes.
    #[must_use]
    pub const fn distinguished(self) -> u64 {
        match self {
            Self::Length { span, grain } | Self::Drawn { span, grain, .. } => {
                let lengths = span.as_nanos().saturating_add(1);
                let grain = if grain == 0 { 1 } else { grain as u64 };
                if lengths < grain { lengths } else { grain }
            }
            other => other.largest() + 1,
        }
    }

    /// The `i`-th of the answers that an exhaustive search distinguishes, kindest first.
    #[must_use]
    pub fn nth(self, i: u64) -> u64 {
        match self {
            Self::Length { span, .. } | Self::Drawn { span, .. } => {
                let steps = self.distinguished() - 1;
                if steps == 0 {
                    return 0;
                }
                let at = u128::from(span.as_nanos()) * u128::from(i) / u128::from(steps);
                u64::try_from(at).unwrap_or(u64::MAX)
            }
            _ => i,
        }
    }
}

/// Answers every question a run asks: which alternative?
///
/// ```
/// use generals_models::{Among, Chance, Choose, Concern, Kindest, NodeId, Stream};
/// let loss = Stream::link(Concern::Loss, NodeId(0), NodeId(1));
/// assert_eq!(Kindest.choose(loss, Among::Chance(Chance::ppm(900_000))), 0);
/// // Where there is nothing to choose, nobody is asked:
/// assert_eq!(Kindest.choose(loss, Among::Chance(Chance::CERTAIN)), 1);
/// ```
pub trait Choose {
    /// Picks one of at least two alternatives. The answer must not exceed [`Among::largest`].
    /// Called by [`choose`](Self::choose) only.
    fn pick(&mut self, stream: Stream, among: Among) -> u64;

    /// Which alternative? 0 is always the kindest.
    #[inline]
    fn choose(&mut self, stream: Stream, among: Among) -> u64 {
        match among.forced() {
            Some(answer) => answer,
            None => self.pick(stream, among),
        }
    }

    /// Turns back to the beginning: the same questions will get the same answers again, from the
    /// first on. Says whether it did. Who cannot need not: then no run is looked at twice.
    fn rewind(&mut self) -> bool {
        false
    }
}

impl<C: Choose + ?Sized> Choose for &mut C {
    #[inline]
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        (**self).pick(stream, among)
    }

    fn rewind(&mut self) -> bool {
        (**self).rewind()
    }
}

impl<C: Choose + ?Sized> Choose for Box<C> {
    #[inline]
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        (**self).pick(stream, among)
    }

    fn rewind(&mut self) -> bool {
        (**self).rewind()
    }
}

/// The chooser under which nothing goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kindest;

impl Choose for Kindest {
    fn pick(&mut self, _: Stream, _: Among) -> u64 {
        0
    }

    fn rewind(&mut self) -> bool {
        true
    }
}
