//! How nodes fail, and what they find when they come back.

use super::{Entry, Kind};

const LSP: &str = "Lamport, Shostak, Pease, The Byzantine Generals Problem, ACM TOPLAS 4(3), 1982";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "CrashStop",
        kind: Kind::Node,
        brief: "the node stops for good",
        example: "faults: { 2: CrashStop(at: Step(nth: 1, after_effects: 2)) }",
        shown_by: "om-1-n4-crash",
        about: "The node stops for good: at an instant (`Time`), in the middle of a step, \
                between two of the things it asked for (`Step`), or at an instant that each \
                run chooses, or not at all (`Chosen`). Messages for it arrive at nobody, its \
                timers never fire. A node that was to crash and did not come to it counts as \
                correct.",
        source: "Schlichting, Schneider, Fail-Stop Processors, ACM TOCS 1(3), 1983",
    },
    Entry {
        name: "CrashRecovery",
        kind: Kind::Node,
        brief: "the node stops, and comes back with what its disk still has",
        example: "faults: { 2: CrashRecovery(outages: [(at: Time(\"20ms\"), down: \"30ms\")]) }",
        shown_by: "broadcast-recovery",
        about: "The node stops and comes back, perhaps more than once. Its memory and its \
                timers are gone, and what arrives while it is down is missed; it starts again \
                with what it had persisted, as far as `disk` says that survives. Promises that \
                assume crash-recovery count it as correct, since it comes back; to all others \
                it is one of the faulty nodes.",
        source: "Cachin, Guerraoui, Rodrigues, Introduction to Reliable and Secure \
                 Distributed Programming, 2011, section 2.2.5",
    },
    Entry {
        name: "Omission",
        kind: Kind::Node,
        brief: "the node leaves out sending or receiving some messages",
        example: "faults: { 2: Omission(send: 0.2, receive: 0.1) }",
        shown_by: "om-1-n4-omission",
        about: "Each message that the node sends is left out with one chance, each that it \
                receives with another; otherwise it does as it is told. A node that never left \
                anything out in a run was correct in it.",
        source: "Perry, Toueg, Distributed Agreement in the Presence of Processor and \
                 Communication Faults, IEEE TSE 12(3), 1986",
    },
    Entry {
        name: "Rational",
        kind: Kind::Node,
        brief: "the node saves itself work that only others profit from",
        example: "faults: { 2: Rational(skips: 0.5) }",
        shown_by: "om-1-n4-rational",
        about: "The node follows the protocol except where skipping work saves it something: \
                it lets others do the relaying. What it says of its own accord and what it \
                answers to who asked is always said; what it would pass on to third parties is \
                skipped with this chance.",
        source: "Aiyer et al., BAR Fault Tolerance for Cooperative Services, SOSP 2005",
    },
    Entry {
        name: "With",
        kind: Kind::Node,
        brief: "the node fails together with another, in the same way",
        example: "faults: { 1: CrashStop(at: Chosen(within: \"50ms\")), 2: With(1) }",
        shown_by: "om-1-n7-together",
        about: "The node fails exactly as the other does, at the same chosen instants: nodes \
                in one rack, on one power supply, under one operator. Faults that come \
                together are what the independence of replicas is meant to exclude.",
        source: "",
    },
    Entry {
        name: "OtherVersion",
        kind: Kind::Node,
        brief: "the node runs the protocol under another configuration",
        example: "faults: { 5: OtherVersion }",
        shown_by: "om-2-n7-other-version",
        about: "The node runs the same protocol in another version: under the configuration \
                that the scenario gives under `versions`. It says what its program says, which \
                may be wrong, so it counts as Byzantine; but nobody is in control of it.",
        source: "",
    },
    Entry {
        name: "Byzantine",
        kind: Kind::Node,
        brief: "the node is in the hands of the adversary",
        example: "faults: { 2: Byzantine }, adversary: Liar",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "The adversary speaks for this node from the start. The node goes on running \
                the honest program; what that program wants to say, the strategy that \
                `adversary` names may change, withhold, or send to others. It cannot speak in \
                the name of an honest node and cannot sign as one.",
        source: LSP,
    },
    Entry {
        name: "Kept",
        kind: Kind::Disk,
        brief: "a crash leaves all that was written",
        example: "faults: { 2: CrashRecovery(outages: [(at: Time(\"20ms\"), down: \"30ms\")], disk: Kept) }",
        shown_by: "broadcast-recovery",
        about: "All that the node wrote survives, synced or not, as when a process dies and \
                the machine does not. The default.",
        source: "",
    },
    Entry {
        name: "UnsyncedLost",
        kind: Kind::Disk,
        brief: "a crash loses what was not synced",
        example: "faults: { 2: CrashRecovery(outages: [(at: Time(\"20ms\"), down: \"30ms\")], disk: UnsyncedLost) }",
        shown_by: "broadcast-unsynced",
        about: "What was written since the last sync is lost, as when the power fails: the \
                node starts with what it synced last. What it persisted in one go was synced.",
        source: "",
    },
    Entry {
        name: "Wiped",
        kind: Kind::Disk,
        brief: "a crash loses everything: amnesia",
        example: "faults: { 2: CrashRecovery(outages: [(at: Time(\"20ms\"), down: \"30ms\")], disk: Wiped) }",
        shown_by: "broadcast-amnesia",
        about: "The disk is empty: the node has forgotten that it ever ran, and starts as if \
                for the first time. Most protocols are not safe against that, and should say \
                so.",
        source: "",
    },
];
