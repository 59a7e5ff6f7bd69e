//! What links do to messages.

use super::{Entry, Kind};

const CGR: &str = "Cachin, Guerraoui, Rodrigues, Introduction to Reliable and Secure \
                   Distributed Programming, 2011, section 2.4";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "Fifo",
        kind: Kind::Link,
        brief: "every message arrives exactly once, in order",
        example: "links: Fifo",
        shown_by: "broadcast-fifo",
        about: "Every message arrives exactly once, and no message overtakes an earlier one of \
                its link: one that the timing model would bring earlier waits for those before \
                it. What TCP gives while a connection lasts. Some protocols are safe on such \
                links and on no others; they say so with `Assumptions::fifo`.",
        source: CGR,
    },
    Entry {
        name: "Reliable",
        kind: Kind::Link,
        brief: "every message arrives exactly once, in any order",
        example: "links: Reliable",
        shown_by: "om-1-n4-lying-lieutenant",
        about: "Every message between two nodes arrives exactly once, as long as its receiver \
                is up; messages may overtake each other as their latencies have it. The \
                perfect link of the textbook, and the default.",
        source: CGR,
    },
    Entry {
        name: "FairLoss",
        kind: Kind::Link,
        brief: "messages may be lost, doubled, reordered; who keeps sending is heard",
        example: "links: FairLoss(loss: 0.3, duplicate: 0.1, reorder: 1.0, streak: 16)",
        shown_by: "two-generals-lossy",
        about: "A message is lost with chance `loss`, arrives twice with chance `duplicate`, \
                and may overtake earlier ones with chance `reorder`. What is sent again and \
                again arrives in the end: on a finite run, at most `streak` messages of a link \
                are lost in a row. A promise that assumes reliable links is excused only if \
                something was really lost or doubled.",
        source: CGR,
    },
    Entry {
        name: "Arbitrary",
        kind: Kind::Link,
        brief: "an adversary in the network: drops, alters, spoofs, replays, injects",
        example: "links: Arbitrary(chance: 0.1, ways: [Modify, Spoof, Replay], streak: 16)",
        shown_by: "broadcast-tampered",
        about: "An adversary sits on the wires. It reads everything; each message it may drop, \
                double, delay, modify, deliver in another's name, replay an older one, or \
                inject one that nobody sent, as `ways` says. It has no keys: what it changes \
                inside a signature is a forgery afterwards. At most `streak` messages of a \
                link in a row suffer, so that who keeps sending is heard in the end. The layer \
                `Authenticated` makes fair-loss links of these.",
        source: CGR,
    },
    Entry {
        name: "except",
        kind: Kind::Link,
        brief: "single links that differ from all others",
        example: "except: { (0, 2): (links: FairLoss(loss: 1.0)) }",
        shown_by: "om-1-n4-dead-link",
        about: "Links that differ from those of the rest of the world, each in one direction: \
                by their link model, their timing, or both. What such a link does counts like \
                what any other does.",
        source: "",
    },
];
