//! What an arbitrary link does to messages, and what whoever sits there has heard.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Envelope, Message, Observed};

/// One way to tamper with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tampering {
    /// It is taken out.
    Drop,
    /// It arrives twice.
    Double,
    /// It takes as long as the timing model allows.
    Delay,
    /// Its body is changed. Signatures in it that no longer fit are forgeries.
    Modify,
    /// It arrives under the name of somebody else.
    Spoof,
    /// An earlier message arrives once more, under its own names: besides this one, or instead.
    Replay,
    /// A made-up message arrives besides this one: something heard, changed, under any names.
    Inject,
}

impl Tampering {
    /// All ways, from the kindest on.
    pub const ALL: [Self; 7] = [
        Self::Drop,
        Self::Double,
        Self::Delay,
        Self::Modify,
        Self::Spoof,
        Self::Replay,
        Self::Inject,
    ];
}

/// As the past participle of a sentence: "messages were …".
impl fmt::Display for Tampering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Drop => "dropped",
            Self::Double => "doubled",
            Self::Delay => "delayed",
            Self::Modify => "modified",
            Self::Spoof => "spoofed",
            Self::Replay => "replayed",
            Self::Inject => "injected",
        })
    }
}

/// What was heard on the arbitrary links of a run: the last [`Tap::MOST`] messages, and what lies
/// can be made of.
#[derive(Debug)]
pub struct Tap<M> {
    heard: VecDeque<Envelope<M>>,
    observed: Observed<M>,
}

impl<M> Default for Tap<M> {
    fn default() -> Self {
        Self { heard: VecDeque::new(), observed: Observed::default() }
    }
}

impl<M: Message> Tap<M> {
    /// How many messages are remembered.
    pub const MOST: usize = 64;

    /// Forgets everything, for the next run.
    pub fn clear(&mut self) {
        self.heard.clear();
        self.observed.clear();
    }

    /// Remembers a message, and forgets the oldest if there are too many.
    pub fn hear(&mut self, message: Envelope<M>) {
        if self.heard.len() == Self::MOST {
            self.heard.pop_front();
        }
        self.observed.note(&message.body);
        self.heard.push_back(message);
    }

    /// All that was heard in a message's places, for [`mutate`](fn@crate::mutate).
    #[must_use]
    pub const fn observed(&self) -> &Observed<M> {
        &self.observed
    }

    /// How many messages are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heard.len()
    }

    /// Whether nothing was heard yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heard.is_empty()
    }

    /// The message heard so many messages ago: 0 is the last one.
    #[must_use]
    pub fn ago(&self, ago: u64) -> Option<&Envelope<M>> {
        let ago = usize::try_from(ago).ok()?;
        self.heard.len().checked_sub(ago.checked_add(1)?).and_then(|at| self.heard.get(at))
    }
}
