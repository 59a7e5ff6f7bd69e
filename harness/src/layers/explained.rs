//! The layers, for `list models` and `explain`.

use generals_models::catalogue::{Entry, Kind};

pub(crate) const ENTRIES: &[Entry] = &[
    Entry {
        name: "stubborn",
        kind: Kind::Layer,
        brief: "makes reliable links of fair-loss ones",
        example: "layers: (stubborn: (every: \"25ms\"))",
        shown_by: "broadcast-lossy-stubborn",
        about: "Numbers every message, sends it again and again until it is acknowledged, and \
                delivers it once: stubborn links with a filter for duplicates. What has not been \
                acknowledged, and what has been delivered, is persisted, so that nothing is lost or \
                doubled by a crash. It restores that messages arrive, not when: promises that \
                assume synchrony stay as they are. It never gives up, so a run with a node that is \
                down for good ends at its horizon.",
        source: "Cachin, Guerraoui, Rodrigues, Introduction to Reliable and Secure Distributed \
                 Programming, 2011, sections 2.4.3 and 2.4.4",
    },
    Entry {
        name: "authenticated",
        kind: Kind::Layer,
        brief: "makes fair-loss links of arbitrary ones",
        example: "layers: (authenticated: true)",
        shown_by: "broadcast-tampered-authenticated",
        about: "Every message travels signed, with its receiver and a number. What was tampered \
                with, sent in another's name, meant for somebody else, or was heard before, is \
                discarded and counted; to the protocol above it is as if it had been lost. Together \
                with stubborn links above it, arbitrary links become reliable.",
        source: "Cachin, Guerraoui, Rodrigues, Introduction to Reliable and Secure Distributed \
                 Programming, 2011, section 2.4.6",
    },
];
