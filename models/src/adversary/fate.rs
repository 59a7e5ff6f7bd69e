//! What an adversary may have become of a message on its way.

use crate::{Among, Choose, Concern, Links, NodeId, Span, Stream, Time, TimingModel};

/// What becomes of a message, as far as the timing and link models leave it open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Fate {
    /// As chance will have it: the adversary does not care.
    #[default]
    Chance,
    /// It takes so long, or as near to that as the timing model allows.
    After(Span),
    /// It takes as long as the timing model allows.
    Late,
    /// It is lost, if the link may lose it now; if not, it is late.
    Lose,
}

/// Loses what may be lost; asks another about everything else.
struct Losing<'c, C>(&'c mut C);

impl<C: Choose> Choose for Losing<'_, C> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        if stream.concern == Concern::Loss { 1 } else { self.0.pick(stream, among) }
    }
}

impl Fate {
    /// How long a message of this fate takes: never less nor more than `timing` may do by itself.
    #[inline]
    pub fn latency<C: Choose>(
        self,
        timing: &TimingModel,
        now: Time,
        from: NodeId,
        to: NodeId,
        choose: &mut C,
    ) -> Span {
        if self == Self::Chance {
            return timing.latency(now, from, to, choose);
        }
        let longest = timing.longest_at(now);
        match self {
            Self::After(span) => span.max(timing.least()).min(longest),
            _ => longest,
        }
    }

    /// How many copies of a message of this fate arrive: 0 only where `links` may lose it by
    /// themselves.
    #[inline]
    pub fn copies<C: Choose>(
        self,
        links: &mut Links,
        from: NodeId,
        to: NodeId,
        choose: &mut C,
    ) -> u8 {
        if self == Self::Lose {
            return links.copies(from, to, &mut Losing(choose));
        }
        links.copies(from, to, choose)
    }
}
