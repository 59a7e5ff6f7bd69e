//! What traitors say about signed messages, message by message, as answers to the liar's choices.

use generals::{Choose, Concern};

use crate::chooser::plan;

/// What is said instead of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// The message.
    Truth,
    /// Nothing.
    Nothing,
    /// The `k`-th other value (0 to 7; the opposite is 0), signed with the traitor's own key only.
    Other(u64),
    /// The message, signed once more.
    Twice,
}
pub(crate) use Say::{Nothing, Other, Truth, Twice};

/// For one run: each of these nodes says this, message by message, and then the truth. `value` is
/// how the protocol's lie is asked for another value.
pub(crate) fn traitors(value: &[u64], says: &[(u16, Vec<Say>)]) -> impl Choose + use<> {
    let answers = |say: &Say| match *say {
        Truth => vec![0],
        Nothing => vec![2],
        Other(k) => [&[1, 0], value, &[k]].concat(),
        Twice => vec![1, 1],
    };
    let says: Vec<(u16, Vec<u64>)> =
        says.iter().map(|(node, says)| (*node, says.iter().flat_map(answers).collect())).collect();
    plan(Concern::Adversary, move |stream, nth| {
        let of_node = says.iter().find(|(node, _)| *node == stream.a);
        let answers = of_node.map_or(&[][..], |(_, answers)| answers);
        usize::try_from(nth).ok().and_then(|nth| answers.get(nth)).copied().unwrap_or(0)
    })
}
