//! What the laws are tested with.

use generals_models::{Among, Choose, NodeId, Stream};
use proptest::prelude::*;

pub(crate) const A: NodeId = NodeId(0);
pub(crate) const B: NodeId = NodeId(1);

/// A failing world becomes a seed file, not a regression file of proptest.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() }
}

/// Answers by a list of words, again and again; the extremes mean the extremes.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    words: Vec<u64>,
    asked: usize,
}

impl Choose for Words {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        let word = self.words[self.asked % self.words.len()];
        self.asked += 1;
        match among.largest() {
            largest if word == u64::MAX => largest,
            u64::MAX => word,
            largest => word % (largest + 1),
        }
    }
}

/// The worst of everything.
pub(crate) struct Harshest;

impl Choose for Harshest {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        among.largest()
    }
}

/// Must not be asked.
pub(crate) struct Nobody;

impl Choose for Nobody {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        panic!("there was nothing to choose: {stream:?} {among:?}")
    }
}

pub(crate) fn words() -> impl Strategy<Value = Words> {
    let word = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    prop::collection::vec(word, 1..64).prop_map(|words| Words { words, asked: 0 })
}
