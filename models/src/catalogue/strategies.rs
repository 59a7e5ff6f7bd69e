//! What the adversary does with the corrupt nodes.

use super::{Entry, Kind};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Silent",
        kind: Kind::Strategy,
        brief: "corrupt nodes say nothing",
        example: "faults: { 0: Byzantine }, adversary: Silent",
        shown_by: "om-1-n4-silent-commander",
        about: "Corrupt nodes are mute from the start, as if they had crashed before it. The \
                default.",
        source: "",
    },
    Entry {
        name: "Honest",
        kind: Kind::Strategy,
        brief: "corrupt nodes do what the program says",
        example: "faults: { 0: Byzantine }, adversary: Honest",
        shown_by: "om-1-n4-honest",
        about: "Corrupt nodes say exactly what the honest program wants said: for comparison, \
                and to see that a promise does not break for another reason.",
        source: "",
    },
    Entry {
        name: "Liar",
        kind: Kind::Strategy,
        brief: "for each message: the truth, a lie, or nothing",
        example: "faults: { 1: Byzantine }, adversary: Liar",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "For each single message to each single receiver, a corrupt node tells the \
                truth, tells a lie, or says nothing. The lies are those the protocol knows, or \
                else changes of single fields of the message. With one possible lie these are \
                all the things that can be said, so that `explore` exhausts what a traitor can \
                do in a small world.",
        source: "",
    },
    Entry {
        name: "Flip",
        kind: Kind::Strategy,
        brief: "always lies",
        example: "faults: { 1: Byzantine }, adversary: Flip",
        shown_by: "om-1-n4-flip",
        about: "A corrupt node always tells the nearest lie, to everybody the same. One of \
                four liars with a plan: lies that fit together find mistakes that random lies \
                miss, because these contradict each other and are outvoted.",
        source: "",
    },
    Entry {
        name: "Parity",
        kind: Kind::Strategy,
        brief: "lies to receivers with an odd number",
        example: "faults: { 0: Byzantine }, adversary: Parity",
        shown_by: "om-1-n4-parity",
        about: "A corrupt node tells even receivers the truth and odd ones the nearest lie: \
                the plainest equivocation, kept up through all rounds by all corrupt nodes \
                alike.",
        source: "",
    },
    Entry {
        name: "HalfSplit",
        kind: Kind::Strategy,
        brief: "the truth to the lower half, lies to the upper",
        example: "faults: { 0: Byzantine }, adversary: HalfSplit",
        shown_by: "om-1-n4-half-split",
        about: "A corrupt node tells the lower half of the nodes the truth and the upper half \
                the nearest lie, so that two camps form which each see a consistent world.",
        source: "",
    },
    Entry {
        name: "PathParity",
        kind: Kind::Strategy,
        brief: "lies where the numbers in a message make an odd sum",
        example: "faults: { 0: Byzantine }, adversary: PathParity",
        shown_by: "om-2-n7-path-parity",
        about: "A corrupt node lies if all numbers in the message and that of its receiver \
                make an odd sum. In protocols that pass messages on with the path they took, \
                what is said then differs from path to path, consistently.",
        source: "",
    },
    Entry {
        name: "Structured",
        kind: Kind::Strategy,
        brief: "each corrupt node lies by a rule of its own",
        example: "faults: { 0: Byzantine, 4: Byzantine }, adversary: Structured",
        shown_by: "om-2-n7-structured",
        about: "Each corrupt node chooses at the start to tell the truth or to lie like Flip, \
                Parity, HalfSplit or PathParity, and keeps to it through the run. There are \
                few enough of these plans to try them all, and they catch what liars without a \
                plan miss.",
        source: "",
    },
    Entry {
        name: "Delayer",
        kind: Kind::Strategy,
        brief: "tells the truth, as late as timing allows",
        example: "faults: { 1: Byzantine }, adversary: Delayer",
        shown_by: "om-1-n4-delayer",
        about: "Corrupt nodes do what the program says, but the network is the adversary's: \
                each message of anybody may be as late as the timing model allows at that \
                moment, and no later.",
        source: "",
    },
    Entry {
        name: "Replayer",
        kind: Kind::Strategy,
        brief: "tells the truth, and again what was said before",
        example: "faults: { 1: Byzantine }, adversary: Replayer",
        shown_by: "om-1-n4-replayer",
        about: "Corrupt nodes do what the program says, and now and then send again, in their \
                own name, something that they overheard or said earlier, to somebody. \
                Protocols without rounds, views or sequence numbers in their messages fall for \
                it.",
        source: "",
    },
    Entry {
        name: "Twins",
        kind: Kind::Strategy,
        brief: "two copies under one identity, each seen by half of the others",
        example: "faults: { 0: Byzantine }, adversary: Twins",
        shown_by: "om-1-n3-twins",
        about: "On each corrupt node two copies of the honest program run under one name. The \
                honest nodes are split between them, differently in each run; accomplices on \
                one side talk off the wire. Equivocation, double voting and amnesia come out \
                of honest code, without any knowledge of the protocol.",
        source: "Bano et al., Twins: BFT Systems Made Robust, OPODIS 2021",
    },
    Entry {
        name: "SmallScope",
        kind: Kind::Strategy,
        brief: "a few small changes and delays, early in the run",
        example: "faults: { 1: Byzantine }, adversary: SmallScope(mutations: 1, delays: 1, rounds: 8)",
        shown_by: "om-1-n4-small-scope",
        about: "At most so many messages of corrupt nodes are changed, by a single field and \
                preferably to a value seen in this run, and at most so many messages of \
                anybody are late as far as timing allows, or lost where links may lose, all \
                within the first rounds. Most bugs of protocols need no more.",
        source: "Winter et al., Randomized Testing of Byzantine Fault Tolerant Algorithms, \
                 OOPSLA 2023",
    },
    Entry {
        name: "Adaptive",
        kind: Kind::Strategy,
        brief: "takes over nodes during the run",
        example: "adversary: Adaptive(budget: 1)",
        shown_by: "om-1-n4-adaptive",
        about: "The adversary watches, and takes over nodes while the run goes on, within its \
                budget: whoever speaks may be next, and lies from then on. What such a node \
                said before was honest; from now on it counts as Byzantine.",
        source: "",
    },
    Entry {
        name: "Any",
        kind: Kind::Strategy,
        brief: "another of the strategies in each run",
        example: "faults: { 1: Byzantine }, adversary: Any",
        shown_by: "om-1-n4-any",
        about: "Each run chooses one of the strategies above that take over nobody else and \
                are made for no protocol, so that a campaign meets them all. The kindest \
                choice is to be honest.",
        source: "",
    },
    Entry {
        name: "Attack",
        kind: Kind::Strategy,
        brief: "an attack that the protocol itself knows by name",
        example: "faults: { 0: Byzantine }, adversary: Attack(name: \"last-round\")",
        shown_by: "om-1-n3-last-round",
        about: "A strategy that is made for one protocol and comes with it, by its name \
                (`Protocol::attack`). General strategies know nothing of a protocol; whoever \
                writes one knows where it hurts.",
        source: "",
    },
];
