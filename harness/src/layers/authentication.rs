//! Authentication: from arbitrary to fair-loss.
//!
//! C. Cachin, R. Guerraoui, L. Rodrigues, *Introduction to Reliable and Secure Distributed
//! Programming*, second edition, 2011, section 2.4.6, *Authenticate and Filter*. Every message is
//! signed together with its receiver and a number. What does not come from the one who is said to
//! send it, was meant for somebody else, or has come before, is discarded: a network that changes,
//! invents and replays messages can then do no more than lose and reorder them.
//!
//! *Deviations*: a signature, of which the harness has an unforgeable kind, instead of a message
//! authentication code; and a filter by number instead of by content, so that the same may be said
//! twice. A message that is sent again is signed anew, under a number of its own.

use std::collections::BTreeMap;

use generals_models::{NodeId, Signed, Signer, Verifier};
use serde::Serialize;

use super::filter::Filter;
use super::wire::Letter;

pub(super) const NOT_THE_SENDERS: &str = "a signature that is not the sender's";
pub(super) const FOR_ANOTHER: &str = "a message for another";
pub(super) const REPLAYED: &str = "replayed";

/// One end of all authenticated links of a node: a plain state machine.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Authentication {
    /// The next number, to whomever.
    next: u64,
    /// The numbers that have come, from each sender.
    seen: BTreeMap<NodeId, Filter>,
}

impl Authentication {
    /// Signs a message to `to`.
    pub(super) fn seal<B>(&mut self, to: NodeId, body: B, signer: &Signer) -> Signed<Letter<B>> {
        let number = self.next;
        self.next += 1;
        signer.sign(Letter { to, number, body })
    }

    /// What was signed, if `from` sent it to `me`, and not before.
    ///
    /// # Errors
    /// Why it is to be discarded.
    pub(super) fn open<B: Clone>(
        &mut self,
        from: NodeId,
        me: NodeId,
        sealed: &Signed<Letter<B>>,
        verifier: Verifier,
    ) -> Result<B, &'static str> {
        let (by, letter) = sealed.verify(verifier).map_err(|_| NOT_THE_SENDERS)?;
        if by != from {
            return Err(NOT_THE_SENDERS);
        }
        if letter.to != me {
            return Err(FOR_ANOTHER);
        }
        if !self.seen.entry(from).or_default().insert(letter.number) {
            return Err(REPLAYED);
        }
        Ok(letter.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use generals_models::Authority;

    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);

    #[test]
    fn what_the_sender_signed_for_me_is_taken_once() {
        let run = Authority::default();
        let (mut a, mut b) = (Authentication::default(), Authentication::default());
        let first = a.seal(B, 7, &run.issue(A));
        let second = a.seal(B, 7, &run.issue(A));
        assert_eq!(b.open(A, B, &second, run.verifier()), Ok(7));
        assert_eq!(b.open(A, B, &first, run.verifier()), Ok(7));
        assert_eq!(b.open(A, B, &first, run.verifier()), Err(REPLAYED));
    }

    #[test]
    fn the_same_number_of_another_sender_is_no_replay() {
        let run = Authority::default();
        let mut b = Authentication::default();
        for from in [A, C] {
            let sealed = Authentication::default().seal(B, 7, &run.issue(from));
            assert_eq!(b.open(from, B, &sealed, run.verifier()), Ok(7));
        }
    }

    #[test]
    fn what_is_tampered_with_spoofed_or_redirected_is_not_taken() {
        let run = Authority::default();
        let (mut a, mut b) = (Authentication::default(), Authentication::default());
        let sealed = a.seal(B, 7, &run.issue(A));
        let letter = Letter { to: B, number: 0, body: 8 };
        let forged = Signed::counterfeit(letter.clone(), A);
        assert_eq!(b.open(A, B, &forged, run.verifier()), Err(NOT_THE_SENDERS));
        let elsewhere = Authority::default().issue(A).sign(letter.clone());
        assert_eq!(b.open(A, B, &elsewhere, run.verifier()), Err(NOT_THE_SENDERS));
        let anothers = run.issue(C).sign(letter);
        assert_eq!(b.open(A, B, &anothers, run.verifier()), Err(NOT_THE_SENDERS));
        assert_eq!(b.open(C, B, &sealed, run.verifier()), Err(NOT_THE_SENDERS));
        assert_eq!(b.open(A, C, &sealed, run.verifier()), Err(FOR_ANOTHER));
        // None of these used up the number.
        assert_eq!(b.open(A, B, &sealed, run.verifier()), Ok(7));
    }
}
