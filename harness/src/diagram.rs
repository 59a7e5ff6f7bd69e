//! Pictures of a run.

use std::fmt::Write;

use generals_models::{NodeFault, World};

use crate::trace::{Entry, Trace, What};

/// More messages than this make no readable picture.
const MOST_ARROWS: usize = 400;

/// A run as a sequence diagram in Mermaid (<https://mermaid.js.org/syntax/sequenceDiagram.html>).
/// Arrows stand where messages arrive, lost ones where they leave.
#[must_use]
pub fn mermaid(world: &World, trace: &Trace) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for node in world.all() {
        let taken_over = trace.fallen.iter().any(|(fallen, _)| *fallen == node);
        let kind = match world.fault(node) {
            _ if taken_over => " (Byzantine)",
            None => "",
            Some(NodeFault::CrashStop { .. }) => " (crashes)",
            Some(NodeFault::CrashRecovery { .. }) => " (crashes and comes back)",
            Some(NodeFault::Omission { .. }) => " (omits)",
            Some(NodeFault::Rational { .. }) => " (rational)",
            Some(NodeFault::OtherVersion) => " (another version)",
            Some(NodeFault::Byzantine | NodeFault::With(_)) => " (Byzantine)",
        };
        let _ = writeln!(text, "    participant {node} as {node}{kind}");
    }
    let mut arrows = 0;
    for entry in &trace.entries {
        let is_arrow = matches!(entry.what, What::Sent { .. } | What::Delivered { .. });
        arrows += usize::from(is_arrow);
        if arrows > MOST_ARROWS {
            let _ = writeln!(text, "    Note over n0: and so on (after {MOST_ARROWS} messages)");
            break;
        }
        line(&mut text, entry);
    }
    text
}

fn line(text: &mut String, entry: &Entry) {
    let Entry { at, node, what, text: words, .. } = entry;
    let words = escaped(words);
    let _ = match what {
        What::Proposed => writeln!(text, "    Note over {node}: {at} is given {words}"),
        What::Sent { to, arrivals } if arrivals.is_empty() => {
            writeln!(text, "    {node}-x{to}: {at} {words} (lost)")
        }
        What::Stopped { to, by } => writeln!(text, "    {node}-x{to}: {at} {words} ({by})"),
        What::Tampered { to } => writeln!(text, "    Note over {node}: {at} to {to} {words}"),
        What::Cut => writeln!(text, "    Note over {node}: {at} {words}"),
        What::Reconnected { peer } => {
            writeln!(text, "    Note over {node}: {at} reaches {peer} again")
        }
        What::Delivered { from } => writeln!(text, "    {from}->>{node}: {at} {words}"),
        What::Missed { from } => writeln!(text, "    {from}-x{node}: {at} {words} (down)"),
        What::Lied { to } => writeln!(text, "    Note over {node}: {at} to {to} {words}"),
        What::Decided => writeln!(text, "    Note over {node}: {at} decides {words}"),
        What::Crashed => writeln!(text, "    Note over {node}: {at} crashes"),
        What::Handed { from } => writeln!(text, "    {from}-->>{node}: {at} {words}"),
        What::Corrupted => writeln!(text, "    Note over {node}: {at} is taken over"),
        What::Recovered => writeln!(text, "    Note over {node}: {at} comes back {words}"),
        What::LeftOut { from, to } => writeln!(text, "    {from}-x{to}: {at} {words}"),
        What::Paused => writeln!(text, "    Note over {node}: {at} pauses until {words}"),
        What::BrokenDown => writeln!(text, "    Note over {node}: {at} breaks down: {words}"),
        What::Broken | What::Unsound => writeln!(text, "    Note over {node}: {at} {words}"),
        What::Started
        | What::Sent { .. }
        | What::TimerSet { .. }
        | What::TimerFired
        | What::Marked
        | What::Persisted
        | What::Discarded => Ok(()),
    };
}

/// Mermaid ends a text at a semicolon and a line at its end, and takes `#` for an entity.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;").replace(';', "#59;").replace(['\n', '\r'], " ")
}
