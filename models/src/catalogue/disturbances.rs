//! Timing broken, as it happens in practice.

use super::{Entry, Kind};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Congestion",
        kind: Kind::Disturbance,
        brief: "links are slower for a while, bound or no bound",
        example: "weather: [Congestion(from: \"10ms\", lasts: \"20ms\", times: 8)]",
        shown_by: "om-1-n4-congestion",
        about: "What is sent on these links (all of them unless `links` says which) in that \
                time takes so many times as long, even beyond the bound of the timing model. \
                Promises that assume synchrony are excused from the instant on at which the \
                first message was late.",
        source: "",
    },
    Entry {
        name: "Reroute",
        kind: Kind::Disturbance,
        brief: "a shorter way opens: later messages overtake earlier ones",
        example: "weather: [Reroute(at: \"10ms\", detour: \"30ms\")]",
        shown_by: "om-1-n4-reroute",
        about: "Until this instant messages take a way that is longer by the detour; from then \
                on they take the short one, and overtake what is still under way. As a route \
                change does, it reorders a link that never reordered before.",
        source: "",
    },
    Entry {
        name: "slow_links",
        kind: Kind::Disturbance,
        brief: "some links are slow, all through a run",
        example: "slow_links: 0.3",
        shown_by: "om-1-n4-slow-links",
        about: "Each link is slow with this chance, and then for the whole run: its latencies \
                come from the upper half of what the timing model allows. Nothing is broken by \
                that; but delays that differ from link to link find mistakes that delays drawn \
                alike never do.",
        source: "",
    },
    Entry {
        name: "pauses",
        kind: Kind::Disturbance,
        brief: "a node stands still, and then everything arrives at once",
        example: "pauses: [At(node: 1, from: \"10ms\", lasts: \"30ms\")]",
        shown_by: "om-1-n4-pause",
        about: "As in a garbage collection, or when a process loses its processor: what \
                happens to the node meanwhile, messages, timers and inputs, waits, and then \
                arrives together, in order. The node itself notices nothing but its clock. A \
                promise that assumes synchrony is excused if a pause held something up. A \
                pause may also be left to each run to choose.",
        source: "",
    },
    Entry {
        name: "clocks",
        kind: Kind::Disturbance,
        brief: "clocks are ahead, and run fast or slow",
        example: "clocks: Within(ahead: \"5ms\", drift: 0.01)",
        shown_by: "om-1-n4-drift",
        about: "What a node reads as the time, and how fast its timers run, may differ from \
                node to node: fixed for some nodes, or drawn for each of them within bounds. A \
                clock that is only ahead spoils nothing that is measured in lengths of time; \
                one that drifts ends rounds early or late, and excuses promises that assume \
                synchrony.",
        source: "",
    },
    Entry {
        name: "load",
        kind: Kind::Disturbance,
        brief: "nodes need time for their work; overload brings them down",
        example: "load: (work: \"1ms\", most_waiting: 20)",
        shown_by: "om-2-n7-cascade",
        about: "Every event keeps a node busy, and what comes meanwhile waits. When a node is \
                down, its share of the work moves to those that are up, whose events take \
                longer; a node with too many events waiting crashes. So one failure may bring \
                down the next, and a cascade can be told.",
        source: "",
    },
];
