//! Writing a run down, record by record, in the words in which it is told.

use std::fmt;

use generals_models::{Crossing, Cut, Envelope, NodeId, Time};

use super::{Entry, LeftOut, Record, Trace, What};
use crate::protocol::Protocol;

/// Writes a run down as a [`Trace`].
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) trace: Trace,
    events: u64,
    /// Which copy of a node acts.
    pub(crate) copy: u8,
    /// Where texts are made: what grows while it is written costs several times as much.
    scratch: String,
}

/// A message as people read it: the one line of its `Debug`.
fn show(value: &impl fmt::Debug) -> String {
    format!("{value:?}")
}

impl Capture {
    /// The same for what there is much of.
    fn show(&mut self, value: &impl fmt::Debug) -> String {
        self.scratch.clear();
        // Writing to a string cannot fail, and a type whose Debug fails has said all it can.
        let _ = fmt::write(&mut self.scratch, format_args!("{value:?}"));
        self.scratch.clone()
    }

    pub(crate) fn note(&mut self, at: Time, node: NodeId, what: What, text: String) {
        let (event, copy) = (self.events.saturating_sub(1), self.copy);
        if what == What::Corrupted {
            self.trace.fallen.push((node, event));
        }
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
            let entry = Entry { at, event, copy: 0, node: NodeId(0), what: What::Cut, text };
            self.trace.entries.insert(place, entry);
        }
    }

    /// What a node ignores, and why: what it was given by the event in hand.
    fn ignored(&self, node: NodeId, why: &str) -> String {
        let event = self.events.saturating_sub(1);
        let mut given = self.trace.entries.iter().rev().take_while(|entry| entry.event == event);
        let given = given.find_map(|entry| match &entry.what {
            What::Delivered { from } if entry.node == node => {
                Some(format!("{} from {from}", entry.text))
            }
            What::Proposed | What::TimerFired if entry.node == node => Some(entry.text.clone()),
            _ => None,
        });
        format!("{}: {why}", given.as_deref().unwrap_or("it"))
    }

    pub(crate) fn record<P: Protocol>(&mut self, at: Time, record: &Record<'_, P>) {
        let (node, what, text) = match *record {
            Record::Event => {
                self.events += 1;
                self.copy = 0;
                return;
            }
            Record::Started(node) => (node, What::Started, String::new()),
            Record::Proposed(node, input) => (node, What::Proposed, self.show(input)),
            Record::Sent { from, to, message, arrivals } => {
                (from, What::Sent { to, arrivals: arrivals.to_vec() }, self.show(message))
            }
            Record::Stopped { from, to, message, by } => {
                (from, What::Stopped { to, by }, self.show(message))
            }
            Record::Tampered { from, to, message, words } => {
                (from, What::Tampered { to }, format!("{}  ({words})", self.show(message)))
            }
            Record::Reconnected(node, peer) => (node, What::Reconnected { peer }, String::new()),
            Record::Lied { by, to, wanted, said } => {
                let wanted = wanted.map(show);
                (by, What::Lied { to }, lie_in_words(to, wanted.as_deref(), said))
            }
            Record::Delivered { from, to, message } => {
                (to, What::Delivered { from }, self.show(message))
            }
            Record::Missed { from, to, message } => (to, What::Missed { from }, self.show(message)),
            Record::Handed { from, to, message } => (to, What::Handed { from }, self.show(message)),
            Record::Corrupted(node) => (node, What::Corrupted, String::new()),
            Record::TimerSet(node, timer, due) => {
                (node, What::TimerSet, format!("{timer:?} for {due}"))
            }
            Record::TimerFired(node, timer) => (node, What::TimerFired, self.show(timer)),
            Record::Marked(node, rule) => (node, What::Marked, rule.to_owned()),
            Record::Discarded(node, why) => (node, What::Discarded, self.ignored(node, why)),
            Record::Decided(node, 0, value) => (node, What::Decided, self.show(value)),
            Record::Decided(node, slot, value) => {
                (node, What::Decided, format!("{value:?} for slot {slot}"))
            }
            Record::Crashed(node, None) => (node, What::Crashed, String::new()),
            Record::Crashed(node, Some((step, effects))) => (
                node,
                What::Crashed,
                format!(" in its step {step}, after {effects} of its effects"),
            ),
            Record::LeftOut { from, to, message, how } => {
                let (node, why) = match how {
                    LeftOut::Sending => (from, "left out"),
                    LeftOut::Receiving => (to, "left out"),
                    LeftOut::Skipped => (from, "skipped"),
                };
                (node, What::LeftOut { from, to }, format!("{message:?}  ({why})"))
            }
            Record::Paused(node, until) => (node, What::Paused, until.to_string()),
            Record::BrokenDown(node, waits) => {
                (node, What::BrokenDown, format!("{waits} events wait for it"))
            }
            Record::Recovered(node, true) => {
                (node, What::Recovered, "with what it had persisted".to_owned())
            }
            Record::Recovered(node, false) => (node, What::Recovered, "with nothing".to_owned()),
            Record::Persisted(node, durable, synced) => {
                (node, What::Persisted, written_in_words(durable, synced))
            }
            Record::Broken(name, witness) => {
                (NodeId(0), What::Broken, format!("{name} broken: {witness}"))
            }
        };
        self.note(at, node, what, text);
    }
}

/// What a node does to its disk.
fn written_in_words(durable: Option<&impl fmt::Debug>, synced: bool) -> String {
    match (durable, synced) {
        (Some(durable), true) => format!("persists {durable:?}"),
        (Some(durable), false) => format!("writes {durable:?}"),
        (None, _) => "syncs its disk".to_owned(),
    }
}

/// What a corrupt node did instead of saying `wanted` to `to`.
fn lie_in_words<M: fmt::Debug>(to: NodeId, wanted: Option<&str>, said: &[Envelope<M>]) -> String {
    let each = |said: &Envelope<M>| format!("{:?} to {}", said.body, said.to);
    let Some(wanted) = wanted else {
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
