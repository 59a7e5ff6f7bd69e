//! Signatures that cannot be forged, by construction.
//!
//! A [`Signed<T>`] *is* the signature: its fields are private, nothing lends out the body mutably,
//! and only a [`Signer`] of this run's [`Authority`] makes one that verifies. Nobody can turn bytes
//! into one either: what is read from anywhere is a [counterfeit](Signed::counterfeit), and stays
//! one.
//!
//! ```compile_fail
//! use generals_models::{NodeId, Signed};
//! let forged = Signed { by: NodeId(0), realm: 0, body: "attack" };
//! ```
//!
//! ```compile_fail
//! # use generals_models::{Authority, NodeId};
//! let signed = Authority::default().issue(NodeId(0)).sign(vec![1]);
//! signed.claim().1.push(2);
//! ```
//!
//! ```compile_fail
//! # use generals_models::{Authority, NodeId};
//! let signer = Authority::default().issue(NodeId(0));
//! let text = ron::to_string(&signer);
//! ```
//!
//! No cryptography is involved: signing moves a value, verifying compares an integer. That is the
//! textbook's assumption A4 (LSP82, section 4), at a cost that fuzzing can afford.

pub(crate) mod travel;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::NodeId;

/// Issues the keys of one run. Every authority is another realm: what one of them issues means
/// nothing to another, so that a protocol that makes its own gains nothing.
pub struct Authority {
    realm: u64,
}

/// Realms only ever serve to tell two authorities apart; their numbers are never shown, hashed or
/// ordered, so that this counter cannot reach a run's outcome.
static NEXT_REALM: AtomicU64 = AtomicU64::new(0);

impl Default for Authority {
    fn default() -> Self {
        Self { realm: NEXT_REALM.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Authority {
    /// The signing key of `node`.
    #[must_use]
    pub const fn issue(&self, node: NodeId) -> Signer {
        Signer { by: node, realm: self.realm }
    }

    /// What everybody needs to verify signatures of this realm.
    #[must_use]
    pub const fn verifier(&self) -> Verifier {
        Verifier { realm: self.realm }
    }

    /// Certifies that `node` is in the hands of the adversary.
    #[must_use]
    pub const fn corrupt(&self, node: NodeId) -> CorruptId {
        CorruptId { node, realm: self.realm }
    }
}

/// The signing key of one node. It is lent for a step and cannot be copied.
pub struct Signer {
    by: NodeId,
    realm: u64,
}

impl Signer {
    /// Signs `body` as the node whose key this is.
    pub fn sign<T>(&self, body: T) -> Signed<T> {
        Signed { by: self.by, realm: Some(self.realm), body }
    }

    /// Whose key this is.
    #[must_use]
    pub const fn by(&self) -> NodeId {
        self.by
    }
}

/// Verifies the signatures of one run.
#[derive(Clone, Copy)]
pub struct Verifier {
    realm: u64,
}

/// A node that the adversary speaks for. Only the run's authority makes one that counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CorruptId {
    node: NodeId,
    realm: u64,
}

impl CorruptId {
    /// Which node.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The key of the node, which the adversary owns.
    pub(crate) const fn key(&self) -> Signer {
        Signer { by: self.node, realm: self.realm }
    }

    /// Whether the authority behind `verifier` certified this.
    #[must_use]
    pub const fn is_certified(&self, verifier: Verifier) -> bool {
        self.realm == verifier.realm
    }
}

/// A value with a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed<T> {
    by: NodeId,
    /// `None`: the signature is no good.
    realm: Option<u64>,
    body: T,
}

/// The answer to a signature that does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("forged: the signature is not of the node it names")]
pub struct Forged;

impl<T> Signed<T> {
    /// The signer and what was signed: the ordinary way in.
    ///
    /// # Errors
    /// [`Forged`] if the named node did not sign this in the realm of `verifier`.
    pub fn verify(&self, verifier: Verifier) -> Result<(NodeId, &T), Forged> {
        if self.realm == Some(verifier.realm) { Ok((self.by, &self.body)) } else { Err(Forged) }
    }

    /// Who is said to have signed what, unchecked: for traces and adversaries.
    pub const fn claim(&self) -> (NodeId, &T) {
        (self.by, &self.body)
    }

    /// What anyone may try: a signature made up in the name of `by`. It never verifies, and exists
    /// so that an adversary can test whether a protocol verifies at all.
    pub const fn counterfeit(body: T, by: NodeId) -> Self {
        Self { by, realm: None, body }
    }
}

// By hand, all of them: a realm's number counts runs, and must reach no trace and no digest.

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.by)
    }
}

impl fmt::Debug for CorruptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CorruptId({})", self.node)
    }
}

/// As `body:n1`, the way papers write signatures; a counterfeit as `body:n1?`.
impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let good = if self.realm.is_some() { "" } else { "?" };
        write!(f, "{:?}:{}{good}", self.body, self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_verifies_in_its_own_realm_only() {
        let (run, rogue) = (Authority::default(), Authority::default());
        let honest = run.issue(NodeId(1)).sign("attack");
        assert_eq!(honest.verify(run.verifier()), Ok((NodeId(1), &"attack")));
        let forged = rogue.issue(NodeId(1)).sign("retreat");
        assert_eq!(forged.verify(run.verifier()), Err(Forged));
    }

    #[test]
    fn a_counterfeit_never_verifies() {
        let run = Authority::default();
        let fake = Signed::counterfeit("retreat", NodeId(1));
        assert_eq!(fake.verify(run.verifier()), Err(Forged));
        assert_eq!(fake.claim(), (NodeId(1), &"retreat"));
    }
}
