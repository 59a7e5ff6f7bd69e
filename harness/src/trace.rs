//! What may be seen of a run: typed records while it happens, a plain-text trace afterwards.
//!
//! Watching changes nothing: whoever writes a run down receives references and cannot answer.

mod capture;
mod text;

use std::fmt;

use generals_models::{Envelope, NodeId, Time};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

pub(crate) use capture::Capture;
pub use text::Text;

use crate::check::{Breach, Witness};
use crate::protocol::Protocol;

/// One thing that happened, as the kernel tells it.
#[derive(Debug)]
pub(crate) enum Record<'a, P: Protocol> {
    /// The kernel takes the next event from the queue; its records follow.
    Event,
    Started(NodeId),
    Proposed(NodeId, &'a P::Input),
    Sent {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
        arrivals: &'a [Time],
    },
    /// It never leaves, or crosses nothing.
    Stopped {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
        by: Stopped,
    },
    /// What arrives is not what was sent, or nothing does; `from` is what the receiver will think.
    Tampered {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
        words: &'a Text,
    },
    Reconnected(NodeId, NodeId),
    Lied {
        by: NodeId,
        to: NodeId,
        /// Nothing, if the adversary speaks unasked.
        wanted: Option<&'a P::Message>,
        said: &'a [Envelope<P::Message>],
    },
    Delivered {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
    },
    Missed {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
    },
    /// Off the wire, between corrupt nodes.
    Handed {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
    },
    Corrupted(NodeId),
    TimerSet(NodeId, &'a P::Timer, Time),
    TimerFired(NodeId, &'a P::Timer),
    Marked(NodeId, &'static str),
    Discarded(NodeId, &'static str),
    Decided(NodeId, u64, &'a P::Value),
    Crashed(NodeId, Option<(u64, u32)>),
    /// A node leaves out sending or receiving.
    LeftOut {
        from: NodeId,
        to: NodeId,
        message: &'a P::Message,
        how: LeftOut,
    },
    /// For the first time something has to wait for a node that pauses; until when.
    Paused(NodeId, Time),
    /// A node is to stop because so many events wait for it.
    BrokenDown(NodeId, usize),
    /// With whether it finds anything it had persisted.
    Recovered(NodeId, bool),
    /// What is written, if anything is, and whether it is synced.
    Persisted(NodeId, Option<&'a P::Durable>, bool),
    Broken(&'a str, &'a Witness),
}

/// Why a message does not set out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// There is no link to its receiver.
    NoLink,
    /// The network is cut.
    Cut,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoLink => "no link",
            Self::Cut => "cut off",
        })
    }
}

/// Why a message goes no further than the node that sends it, or that it has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LeftOut {
    Sending = 0,
    Receiving = 1,
    /// It would have been work for others.
    Skipped = 2,
}

/// How close one looks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub enum Zoom {
    /// What a reader needs to follow the run: inputs, faults, lies, losses, what is ignored,
    /// decisions.
    #[default]
    Story,
    /// And every message, as it is sent and as it arrives.
    Messages,
    /// And every timer and every rule of the paper.
    All,
}

/// What one entry of a trace is about, for those who draw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A node starts.
    Started,
    /// A node is given its input.
    Proposed,
    /// A message leaves; with its arrivals, none if it is lost.
    Sent {
        /// The receiver.
        to: NodeId,
        /// When each copy arrives.
        arrivals: SmallVec<[Time; 1]>,
    },
    /// A message does not set out.
    Stopped {
        /// The receiver.
        to: NodeId,
        /// Why.
        by: Stopped,
    },
    /// Somebody in the network tampers with a message; the node is the sender it arrives from.
    Tampered {
        /// The receiver.
        to: NodeId,
    },
    /// The network is cut, or heals. (Of no node: shown for n0.)
    Cut,
    /// A node is told that it can reach another again.
    Reconnected {
        /// The other.
        peer: NodeId,
    },
    /// A corrupt node says something other than the honest program would.
    Lied {
        /// Whom the honest program would have told something.
        to: NodeId,
    },
    /// A message arrives.
    Delivered {
        /// The sender.
        from: NodeId,
    },
    /// A message arrives at a node that is down.
    Missed {
        /// The sender.
        from: NodeId,
    },
    /// A corrupt node hears an accomplice, off the wire.
    Handed {
        /// The accomplice.
        from: NodeId,
    },
    /// The adversary takes over a node that was honest until now.
    Corrupted,
    /// A timer is set.
    TimerSet {
        /// When it will fire.
        due: Time,
    },
    /// A timer fires.
    TimerFired,
    /// A rule of the paper fires.
    Marked,
    /// A node ignores what it was given.
    Discarded,
    /// A node decides.
    Decided,
    /// A node crashes.
    Crashed,
    /// A node is back, and starts again.
    Recovered,
    /// A node writes to its disk, or syncs it.
    Persisted,
    /// A node leaves out sending or receiving a message.
    LeftOut {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
    },
    /// A node pauses, and something has to wait for it.
    Paused,
    /// A node stops, because too much waits for it.
    BrokenDown,
    /// A promise is broken, here and now.
    Broken,
    /// The subject did what no protocol may do; the run ends here.
    Unsound,
}

/// One line of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// Which event of the run this belongs to, counted from 0.
    pub event: u64,
    /// Whom it happened to.
    pub node: NodeId,
    /// Which copy of the program on this node: 0, unless an adversary runs several.
    pub copy: u8,
    /// What happened.
    pub what: What,
    /// The value, message, timer, rule or reason, as text.
    pub text: Text,
}

/// A whole run as plain data: it outlives the run and knows no protocol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// For each event a number for all that is in the digest by its end: up to where two runs have
    /// the same, they are the same.
    pub milestones: Vec<u64>,
    /// The nodes in the hands of the adversary.
    pub corrupt: Vec<NodeId>,
    /// The nodes that the adversary took over, and the event from which on they are in its hands.
    pub fallen: Vec<(NodeId, u64)>,
    /// What was to go wrong with nodes and had no effect, each as a sentence without its full stop.
    pub idle: Vec<String>,
    /// Where this run's world was harsher than each promise assumed, in their order, whether or not
    /// the promise was broken.
    pub breaches: Vec<Vec<Breach>>,
}

impl Entry {
    /// The zoom from which on this entry is shown.
    #[must_use]
    pub fn zoom(&self) -> Zoom {
        match &self.what {
            What::Proposed
            | What::Lied { .. }
            | What::Stopped { .. }
            | What::Tampered { .. }
            | What::Cut
            | What::Reconnected { .. }
            | What::Decided
            | What::Crashed
            | What::Corrupted
            | What::Recovered
            | What::LeftOut { .. }
            | What::Paused
            | What::BrokenDown
            | What::Discarded
            | What::Broken
            | What::Unsound => Zoom::Story,
            What::Sent { arrivals, .. } if arrivals.is_empty() => Zoom::Story,
            What::Sent { .. }
            | What::Delivered { .. }
            | What::Missed { .. }
            | What::Handed { .. } => Zoom::Messages,
            What::Started
            | What::TimerSet { .. }
            | What::TimerFired
            | What::Marked
            | What::Persisted => Zoom::All,
        }
    }
}

impl Trace {
    /// Whether `node` is in the hands of the adversary at this event.
    #[must_use]
    pub fn is_corrupt(&self, node: NodeId, event: u64) -> bool {
        let fallen = self.fallen.iter().any(|(who, since)| *who == node && event >= *since);
        fallen || self.corrupt.contains(&node)
    }

    /// An entry as a line. Corrupt nodes bear a star.
    #[must_use]
    pub fn line(&self, entry: &Entry) -> String {
        let name = |node: &NodeId| {
            let star = if self.is_corrupt(*node, entry.event) { "*" } else { "" };
            format!("{node}{star}")
        };
        let Entry { at, node, copy, what, text, .. } = entry;
        // A second copy is shown as n0*', a third as n0*''.
        let node = name(node) + &"'".repeat(usize::from(*copy));
        let what = match what {
            What::Started => format!("{node} starts"),
            What::Proposed => format!("{node} is given {text}"),
            What::Sent { to, arrivals } => match arrivals.as_slice() {
                [] => format!("{node} -x {}  {text}  (lost)", name(to)),
                [at] => format!("{node} -> {}  {text}  (arrives {at})", name(to)),
                [first, .., last] => {
                    let copies = arrivals.len();
                    format!("{node} => {}  {text}  ({copies} copies: {first}, {last})", name(to))
                }
            },
            What::Stopped { to, by } => format!("{node} -x {}  {text}  ({by})", name(to)),
            What::Tampered { to } => format!("{node} ~> {}  {text}", name(to)),
            What::Cut => format!("-- {text}"),
            What::Reconnected { peer } => format!("{node} reaches {} again", name(peer)),
            What::Lied { to } => format!("{node} to {}: {text}", name(to)),
            What::Delivered { from } => format!("{node} <- {}  {text}", name(from)),
            What::Missed { from } => format!("{node} x- {}  {text}  ({node} is down)", name(from)),
            What::Handed { from } => format!("{node} <= {}  {text}  (off the wire)", name(from)),
            What::Corrupted => format!("{node} falls into the hands of the adversary"),
            What::TimerSet { due } => format!("{node}    sets {text} for {due}"),
            What::TimerFired => format!("{node}    timer {text} fires"),
            What::Marked => format!("{node}    [{text}]"),
            What::Discarded => format!("{node} ignores {text}"),
            What::Decided => format!("{node} decides {text}"),
            What::Crashed => format!("{node} crashes{text}"),
            What::Recovered => format!("{node} comes back {text}"),
            What::Persisted => format!("{node}    {text}"),
            What::LeftOut { from, to } if entry.node == *from => {
                format!("{node} -o {}  {text}", name(to))
            }
            What::LeftOut { from, .. } => format!("{node} o- {}  {text}", name(from)),
            What::Paused => format!("{node} pauses until {text}"),
            What::BrokenDown => format!("{node} breaks down: {text}"),
            What::Broken => format!("** {text}"),
            What::Unsound => format!("** soundness broken: {text}"),
        };
        format!("{at:>12}  {what}")
    }

    /// The entries shown at `zoom`, one a line. There are no running numbers, so that one more
    /// event in a run is one more line in a diff.
    #[must_use]
    pub fn text(&self, zoom: Zoom) -> String {
        let mut lines = String::new();
        for entry in self.entries.iter().filter(|entry| entry.zoom() <= zoom) {
            // What a corrupt node decides matters to nobody.
            let corrupt = self.is_corrupt(entry.node, entry.event);
            if corrupt && entry.what == What::Decided && zoom == Zoom::Story {
                continue;
            }
            lines.push_str(&self.line(entry));
            lines.push('\n');
        }
        lines
    }

    /// The first event at which two runs of the same origin went apart, if they did: in what is
    /// part of the digest, or in what is shown.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<Difference> {
        let (mine, theirs) = (&self.milestones, &other.milestones);
        let digests = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
        let alike = digests == mine.len() && digests == theirs.len();
        let by_digest = (!alike).then_some(digests as u64);
        let mut shown = self.entries.iter().zip(&other.entries);
        let by_text = shown.find(|(a, b)| a != b).map(|(a, b)| a.event.min(b.event));
        let event = by_digest.into_iter().chain(by_text).min()?;
        let lines = |trace: &Self| -> Vec<String> {
            let of_event = trace.entries.iter().filter(|entry| entry.event == event);
            of_event.map(|entry| trace.line(entry)).collect()
        };
        Some(Difference { event, once: lines(self), again: lines(other) })
    }
}

/// Where two runs that should be the same are not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The first event that differs, counted from 0.
    pub event: u64,
    /// What happened the first time.
    pub once: Vec<String>,
    /// What happened the second time.
    pub again: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the runs differ first at event {}:", self.event)?;
        // Within an event, what both have in common only hides the difference.
        let common = self.once.iter().zip(&self.again).take_while(|(a, b)| a == b).count();
        for (name, lines) in [("once ", &self.once), ("again", &self.again)] {
            let from = common.saturating_sub(1).min(lines.len());
            if lines.is_empty() {
                writeln!(f, "  {name}: (no such event)")?;
            }
            for line in lines[from..].iter().take(6) {
                writeln!(f, "  {name}: {line}")?;
            }
        }
        Ok(())
    }
}
