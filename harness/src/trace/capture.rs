//! Writing a run down, record by record, in the words in which it is told.

use std::fmt;

use generals_models::{Crossing, Cut, Envelope, NodeId, Time};
use smallvec::SmallVec;

use super::{Entry, LeftOut, Record, Text, Trace, What};
use crate::protocol::Protocol;

/// Writes a run down as a [`Trace`].
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) trace: Trace,
    events: u64,
    /// Which copy of a node acts.
    pub(crate) copy: u8,
}

/// A value as people read it: the one line of its `Debug`.
fn shown(value: &(impl Clone + fmt::Debug + 'static)) -> Text {
    let value = value.clone();
    later(move |f| write!(f, "{value:?}"))
}

/// What this writes.
fn later(write: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result + 'static) -> Text {
    Text::later(fmt::from_fn(write))
}

impl Capture {
    /// The event in hand.
    const fn event(&self) -> u64 {
        self.events.saturating_sub(1)
    }

    pub(crate) fn note(&mut self, at: Time, node: NodeId, what: What, text: impl Into<Text>) {
        let (event, copy, text) = (self.event(), self.copy, text.into());
        self.trace.entries.push(Entry { at, event, node, copy, what, text });
    }

    /// Notes, after the run, when the network was cut and when it healed: first at their instants,
    /// as faults come, but after what the run ended with.
    pub(crate) fn cut(&mut self, cut: &Cut, end: Time) {
        let (parts, crossing) = (
            cut.in_words(),
            match cut.crossing {
                Crossing::Lost => "lost",
                Crossing::Delayed => "held",
            },
        );
        let begins =
            (cut.from, format!("the network is cut: {parts} (what crosses is {crossing})"));
        let heals = cut.heals.map(|at| (at, format!("the cut heals: {parts}")));
        for (at, text) in [begins].into_iter().chain(heals).filter(|(at, _)| *at <= end) {
            let place = self.trace.entries.partition_point(|entry| entry.at < at);
            let event = self.trace.entries.get(place).map_or(self.events, |entry| entry.event);
            let (node, text) = (NodeId(0), text.into());
            let entry = Entry { at, event, copy: 0, node, what: What::Cut, text };
            self.trace.entries.insert(place, entry);
        }
    }

    /// What a node ignores, and why: what it was given by the event in hand.
    fn ignored(&self, node: NodeId, why: &'static str) -> Text {
        let event = self.event();
        let mut given = self.trace.entries.iter().rev().take_while(|entry| entry.event == event);
        let given = given.find_map(|entry| match entry.what {
            What::Delivered { from } if entry.node == node => Some((&entry.text, Some(from))),
            What::Proposed | What::TimerFired if entry.node == node => Some((&entry.text, None)),
            _ => None,
        });
        match given.map(|(text, from)| (text.clone(), from)) {
            Some((text, Some(from))) => later(move |f| write!(f, "{text} from {from}: {why}")),
            Some((text, None)) => later(move |f| write!(f, "{text}: {why}")),
            None => later(move |f| write!(f, "it: {why}")),
        }
    }

    pub(crate) fn record<P: Protocol>(&mut self, at: Time, record: &Record<'_, P>) {
        let (node, what, text) = match *record {
            Record::Event => {
                self.events += 1;
                self.copy = 0;
                return;
            }
            Record::Started(node) => (node, What::Started, "".into()),
            Record::Proposed(node, input) => (node, What::Proposed, shown(input)),
            Record::Sent { from, to, message, arrivals } => {
                (from, What::Sent { to, arrivals: SmallVec::from_slice(arrivals) }, shown(message))
            }
            Record::Stopped { from, to, message, by } => {
                (from, What::Stopped { to, by }, shown(message))
            }
            Record::Tampered { from, to, message, words } => {
                let (message, words) = (message.clone(), words.clone());
                let text = later(move |f| write!(f, "{message:?}  ({words})"));
                (from, What::Tampered { to }, text)
            }
            Record::Reconnected(node, peer) => (node, What::Reconnected { peer }, "".into()),
            Record::Lied { by, to, wanted, said } => {
                (by, What::Lied { to }, lied(to, wanted, said))
            }
            Record::Delivered { from, to, message } => {
                (to, What::Delivered { from }, shown(message))
            }
            Record::Missed { from, to, message } => (to, What::Missed { from }, shown(message)),
            Record::Handed { from, to, message } => (to, What::Handed { from }, shown(message)),
            Record::Corrupted(node) => {
                self.trace.fallen.push((node, self.event()));
                (node, What::Corrupted, "".into())
            }
            Record::TimerSet(node, timer, due) => (node, What::TimerSet { due }, shown(timer)),
            Record::TimerFired(node, timer) => (node, What::TimerFired, shown(timer)),
            Record::Marked(node, rule) => (node, What::Marked, rule.into()),
            Record::Discarded(node, why) => (node, What::Discarded, self.ignored(node, why)),
            Record::Decided(node, 0, value) => (node, What::Decided, shown(value)),
            Record::Decided(node, slot, value) => {
                let value = value.clone();
                let text = later(move |f| write!(f, "{value:?} for slot {slot}"));
                (node, What::Decided, text)
            }
            Record::Crashed(node, None) => (node, What::Crashed, "".into()),
            Record::Crashed(node, Some((step, effects))) => {
                let text = format!(" in its step {step}, after {effects} of its effects");
                (node, What::Crashed, text.into())
            }
            Record::LeftOut { from, to, message, how } => {
                let node = if how == LeftOut::Receiving { to } else { from };
                (node, What::LeftOut { from, to }, left_out_in_words(message, how))
            }
            Record::Paused(node, until) => (node, What::Paused, until.to_string().into()),
            Record::BrokenDown(node, waits) => {
                (node, What::BrokenDown, format!("{waits} events wait for it").into())
            }
            Record::Recovered(node, true) => {
                (node, What::Recovered, "with what it had persisted".into())
            }
            Record::Recovered(node, false) => (node, What::Recovered, "with nothing".into()),
            Record::Persisted(node, durable, synced) => {
                (node, What::Persisted, written_in_words(durable, synced))
            }
            Record::Broken(name, witness) => {
                (NodeId(0), What::Broken, format!("{name} broken: {witness}").into())
            }
        };
        self.note(at, node, what, text);
    }
}

/// What a node does to its disk.
fn written_in_words<D: Clone + fmt::Debug + 'static>(durable: Option<&D>, synced: bool) -> Text {
    let Some(durable) = durable.cloned() else { return "syncs its disk".into() };
    let does = if synced { "persists" } else { "writes" };
    later(move |f| write!(f, "{does} {durable:?}"))
}

/// What a node does not say or hear.
fn left_out_in_words<M: Clone + fmt::Debug + 'static>(message: &M, how: LeftOut) -> Text {
    let message = message.clone();
    let why = if how == LeftOut::Skipped { "skipped" } else { "left out" };
    later(move |f| write!(f, "{message:?}  ({why})"))
}

/// A lie, put into words when it is read.
fn lied<M: Clone + fmt::Debug + 'static>(
    to: NodeId,
    wanted: Option<&M>,
    said: &[Envelope<M>],
) -> Text {
    let (wanted, said) = (wanted.cloned(), said.to_vec());
    later(move |f| f.write_str(&lie_in_words(to, wanted.as_ref(), &said)))
}

/// What a corrupt node did instead of saying `wanted` to `to`.
fn lie_in_words<M: fmt::Debug>(to: NodeId, wanted: Option<&M>, said: &[Envelope<M>]) -> String {
    let show = |message: &M| format!("{message:?}");
    let each = |said: &Envelope<M>| format!("{:?} to {}", said.body, said.to);
    let Some(wanted) = wanted.map(show) else {
        let said: Vec<String> = said.iter().map(|said| show(&said.body)).collect();
        return format!("says {} unasked", said.join(" and "));
    };
    let as_wanted = |said: &Envelope<M>| said.to == to && show(&said.body) == wanted;
    match said {
        [] => format!("withholds {wanted}"),
        // What the honest program of a second copy wants said need not have been said at all.
        [only] if as_wanted(only) => format!("says {wanted}"),
        [Envelope { to: whom, body, .. }] if *whom == to => {
            format!("lies {body:?} instead of {wanted}")
        }
        [first, others @ ..] if as_wanted(first) => {
            let said: Vec<String> = others.iter().map(each).collect();
            format!("says {wanted}, and {}", said.join(" and "))
        }
        _ => {
            let said: Vec<String> = said.iter().map(each).collect();
            format!("lies {} instead of {wanted}", said.join(" and "))
        }
    }
}
