//! Adversaries as functions: what goes wrong, said choice by choice.

use std::collections::BTreeMap;

use generals::{Among, Choose, Concern, Stream};

/// For one run: answers the `nth` choice of each stream of one concern by a function, and is kind
/// in everything else.
pub(crate) fn plan(concern: Concern, answer: impl FnMut(Stream, u64) -> u64) -> impl Choose {
    Plan { concern, answer, asked: BTreeMap::new() }
}

/// For one run: links lose the messages for which this is true.
pub(crate) fn losing(mut lost: impl FnMut(Stream, u64) -> bool) -> impl Choose {
    plan(Concern::Loss, move |link, nth| u64::from(lost(link, nth)))
}

struct Plan<F> {
    concern: Concern,
    answer: F,
    asked: BTreeMap<Stream, u64>,
}

impl<F: FnMut(Stream, u64) -> u64> Choose for Plan<F> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        if stream.concern != self.concern {
            return 0;
        }
        let nth = self.asked.entry(stream).or_default();
        *nth += 1;
        (self.answer)(stream, *nth - 1).min(among.largest())
    }
}
