//! What signed messages are made of: a value with a chain of signatures.

pub(crate) mod reveal;

use std::fmt;

use generals::{Forged, NodeId, Signed, Signer, Verifier};
use serde::{Deserialize, Serialize};

/// What a general signs: a value of his own, or what others have signed before him.
///
/// Inside a [`Signed`] this is the paper's v:0:j1:…:jk, and is shown like that: every signature
/// covers the value and all signatures before it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "V: Serialize + Clone + 'static",
    deserialize = "V: Deserialize<'de> + Clone + 'static"
))]
pub enum Chain<V> {
    /// v.
    Value(V),
    /// What was signed before.
    Before(Box<Signed<Self>>),
}

impl<V: fmt::Debug> fmt::Debug for Chain<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Before(signed) => signed.fmt(f),
        }
    }
}

/// What is to be signed by who adds himself to a chain.
#[must_use]
pub fn after<V>(chain: Signed<Chain<V>>) -> Chain<V> {
    Chain::Before(Box::new(chain))
}

/// The value at the beginning of a chain, and who signed it, in order.
///
/// # Errors
/// [`Forged`] if any of the signatures is.
pub fn read<V>(chain: &Signed<Chain<V>>, verifier: Verifier) -> Result<(&V, Vec<NodeId>), Forged> {
    let (mut signers, mut signed) = (Vec::new(), chain);
    loop {
        let (by, body) = signed.verify(verifier)?;
        signers.push(by);
        match body {
            Chain::Before(before) => signed = before,
            Chain::Value(value) => {
                signers.reverse();
                return Ok((value, signers));
            }
        }
    }
}

/// Whether nobody has signed twice.
#[must_use]
pub fn distinct(signers: &[NodeId]) -> bool {
    signers.iter().enumerate().all(|(i, j)| !signers[..i].contains(j))
}

/// The order that a lieutenant, `me`, is shown in the round of this number, counted from 0, and who
/// signed it: v:0:j1:…:jk, for me, by the time rule of LSP82, section 6.
///
/// # Errors
/// Why it is to be ignored.
pub(crate) fn order<V>(
    message: &Signed<Chain<V>>,
    verifier: Verifier,
    commander: NodeId,
    me: NodeId,
    round: u32,
) -> Result<(&V, Vec<NodeId>), &'static str> {
    let (v, signers) = read(message, verifier).map_err(|_| "a forged signature")?;
    if signers[0] != commander || !distinct(&signers) || signers.contains(&me) {
        return Err("not v:0:j1:…:jk, signed once each, and for me");
    }
    // The time rule: k signatures are for round k, which is numbered k - 1 here.
    if signers.len() <= round as usize {
        return Err("too late for so few signatures");
    }
    Ok((v, signers))
}

/// The lies that a traitor can tell with a chain that he signed last: he puts another value at its
/// beginning, signs twice, leaves his signature out, or (false) whatever can be derived from the
/// message, such as showing a chain that he saw before. `pick` chooses one of them; `another` makes
/// the other value.
pub(crate) fn lie<V: Clone>(
    chain: &mut Signed<Chain<V>>,
    by: &Signer,
    pick: &mut dyn FnMut(u64) -> u64,
    another: impl FnOnce(&V, &mut dyn FnMut(u64) -> u64) -> V,
) -> bool {
    let before = match chain.claim().1 {
        Chain::Before(before) => Some((**before).clone()),
        Chain::Value(_) => None,
    };
    match (pick(3 + u64::from(before.is_some())), before) {
        (0, _) => {
            let value = another(value_of(chain), pick);
            *chain = with_value(chain, value, by);
        }
        (1, _) => *chain = by.sign(after(chain.clone())),
        (3, Some(before)) => *chain = before,
        _ => return false,
    }
    true
}

/// The value at the beginning, unchecked.
fn value_of<V>(mut signed: &Signed<Chain<V>>) -> &V {
    loop {
        match signed.claim().1 {
            Chain::Before(before) => signed = before,
            Chain::Value(value) => return value,
        }
    }
}

/// A chain like this with another value. What the owner of the key has signed he signs again; the
/// signatures of others he makes up.
fn with_value<V>(chain: &Signed<Chain<V>>, value: V, by: &Signer) -> Signed<Chain<V>> {
    let (signer, body) = chain.claim();
    let body = match body {
        Chain::Value(_) => Chain::Value(value),
        Chain::Before(before) => after(with_value(before, value, by)),
    };
    if signer == by.by() { by.sign(body) } else { Signed::counterfeit(body, signer) }
}
