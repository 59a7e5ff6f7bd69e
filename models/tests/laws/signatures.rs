//! Signatures.

use generals_models::{Authority, Forged, NodeId, Signed};
use proptest::prelude::*;

use crate::common::{A, config};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn only_the_signer_of_this_realm_signs(by in 0u16..9, as_who in 0u16..9, body in any::<u64>()) {
        let (run, rogue) = (Authority::default(), Authority::default());
        let honest = run.issue(NodeId(by)).sign(body);
        prop_assert_eq!(honest.verify(run.verifier()), Ok((NodeId(by), &body)));
        // Copies carry the signature along, and nesting keeps both.
        let chain = run.issue(NodeId(as_who)).sign(honest.clone());
        let (outer, inner) = chain.verify(run.verifier()).unwrap();
        prop_assert_eq!((outer, inner.verify(run.verifier())), (NodeId(as_who), Ok((NodeId(by), &body))));

        for forged in [rogue.issue(NodeId(as_who)).sign(body), Signed::counterfeit(body, NodeId(as_who))] {
            prop_assert_eq!(forged.verify(run.verifier()), Err(Forged));
            prop_assert_eq!(forged.claim(), (NodeId(as_who), &body));
        }
    }
}

#[test]
fn only_the_authority_of_the_run_certifies_the_corrupt() {
    let (run, rogue) = (Authority::default(), Authority::default());
    assert!(run.corrupt(A).is_certified(run.verifier()));
    assert!(!rogue.corrupt(A).is_certified(run.verifier()));
}

/// Which realm a run got depends on the runs before it, so a file may not show it.
#[test]
fn a_written_signature_does_not_show_its_realm() {
    let written = || ron::to_string(&Authority::default().issue(A).sign(7)).unwrap();
    assert_eq!(written(), written());
    assert_ne!(written(), ron::to_string(&Signed::counterfeit(7, A)).unwrap());
}
