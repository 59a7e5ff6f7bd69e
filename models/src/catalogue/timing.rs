//! Timing models and latency laws.

use super::{Entry, Kind};

const DLS: &str = "Dwork, Lynch, Stockmeyer, Consensus in the Presence of Partial Synchrony, \
                   J. ACM 35(2), 1988";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Synchronous",
        kind: Kind::Timing,
        brief: "every message arrives within Δ, and everybody knows Δ",
        example: "timing: Synchronous(delta: \"10ms\", least: \"1ms\")",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "Every message arrives within delta of being sent, from the first instant to \
                the last, and nodes may ask for delta and rely on it: they can tell a message \
                that was never sent from one that is late. Each message takes between least \
                and delta; with least equal to delta the network runs in lock step. Promises \
                made for synchrony hold here and nowhere else, unless a disturbance spoils it.",
        source: DLS,
    },
    Entry {
        name: "PartiallySynchronous",
        kind: Kind::Timing,
        brief: "Δ is known, but holds only from an unknown instant on",
        example: "timing: PartiallySynchronous(delta: \"10ms\", gst: \"200ms\", before: \"80ms\")",
        shown_by: "om-1-n4-gst",
        about: "Nodes know delta, but it holds only from the global stabilisation time on, of \
                which nobody is told: what is sent at t arrives by max(t, gst) + delta. \
                `before` bounds latencies until then, where that is the smaller bound. A \
                protocol for this world keeps its safety promises always and its liveness \
                promises after gst. A promise that assumes synchrony is excused only if a \
                message was really late.",
        source: DLS,
    },
    Entry {
        name: "UnknownBound",
        kind: Kind::Timing,
        brief: "a bound holds from the start, but nobody knows it",
        example: "timing: UnknownBound(delta: \"40ms\", guess: \"10ms\")",
        shown_by: "om-1-n4-unknown-bound",
        about: "The other form of partial synchrony: delta holds from the first instant, but \
                no node is told. Nodes begin with a guess (a quarter of delta unless given) \
                and must learn from their mistakes.",
        source: DLS,
    },
    Entry {
        name: "Asynchronous",
        kind: Kind::Timing,
        brief: "delays are finite, but no bound holds",
        example: "timing: Asynchronous(typical: \"10ms\")",
        shown_by: "om-1-n4-asynchronous",
        about: "Every message arrives in the end, and that is all. Half of them take up to \
                typical, a quarter up to twice that, an eighth up to four times, and so on, as \
                often as `doublings` allows. No protocol can tell a slow node from a crashed \
                one here.",
        source: "Fischer, Lynch, Paterson, Impossibility of Distributed Consensus with One \
                 Faulty Process, J. ACM 32(2), 1985",
    },
    Entry {
        name: "Uniform",
        kind: Kind::Latency,
        brief: "all latencies from the shortest to the longest alike",
        example: "timing: Synchronous(delta: \"10ms\", latency: Uniform)",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "All latencies from the shortest to the longest are equally likely. This is the \
                default: it visits all orders of arrival evenly and has no favourite. Tests \
                that look for bugs rarely need another; those that look for figures do.",
        source: "",
    },
    Entry {
        name: "Constant",
        kind: Kind::Latency,
        brief: "every message takes the same time",
        example: "timing: Synchronous(delta: \"10ms\", latency: Constant(\"10ms\"))",
        shown_by: "om-1-n4-lock-step",
        about: "Every message takes exactly this long. There is nothing to choose, so that a \
                search spends no choice on timing; rounds are exact, and costs in message \
                delays can be read from the clock.",
        source: "",
    },
    Entry {
        name: "Normal",
        kind: Kind::Latency,
        brief: "the bell curve, cut to what the timing model allows",
        example: "timing: Synchronous(delta: \"10ms\", latency: Normal(mean: \"4ms\", sigma: \"1ms\"))",
        shown_by: "om-1-n4-normal-latency",
        about: "Latencies follow the normal law of this mean and standard deviation; what \
                falls below the shortest latency or above the bound is cut to it. The law is \
                computed in whole numbers, the same on every platform.",
        source: "Devroye, Non-Uniform Random Variate Generation, 1986, chapter 2",
    },
    Entry {
        name: "Exponential",
        kind: Kind::Latency,
        brief: "memoryless: mostly short, now and then much longer",
        example: "timing: Synchronous(delta: \"10ms\", latency: Exponential(mean: \"3ms\"))",
        shown_by: "broadcast-fifo",
        about: "Latencies begin at the shortest and spread exponentially above it: however \
                long a message has been on its way, what it still needs is spread alike. The \
                model of a queue with random arrivals.",
        source: "Devroye, Non-Uniform Random Variate Generation, 1986, chapter 2",
    },
    Entry {
        name: "HeavyTail",
        kind: Kind::Latency,
        brief: "most are short, and a few are longer than any mean suggests",
        example: "timing: Asynchronous(typical: \"10ms\", latency: HeavyTail(scale: \"5ms\", shape: 1))",
        shown_by: "om-1-n4-heavy-tail",
        about: "The chance to take longer than least + x is (scale / (scale + x)) to the power \
                of shape: Pareto's law in the form of Lomax. The smaller the shape, the \
                heavier the tail; with shape 1 there is no mean, and sooner or later every \
                time-out is too short.",
        source: "Lomax, Business Failures, J. American Statistical Association 49, 1954",
    },
];
