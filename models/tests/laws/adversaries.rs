//! Adversaries and what they can reach.

use generals_models::{
    Adversary, AdversaryModel, Authority, CorruptId, Envelope, NodeId, Realm, Signer, Time,
};

use crate::common::{A, B};

/// A realm in which one node is corrupt, every choice is the same, and every message has the lie 99.
struct Stage {
    authority: Authority,
    signer: Signer,
    corrupt: [CorruptId; 1],
    choice: u64,
    said: Vec<Envelope<u8>>,
}

impl Stage {
    fn new(choice: u64) -> Self {
        let authority = Authority::default();
        let (signer, corrupt) = (authority.issue(A), [authority.corrupt(A)]);
        Self { authority, signer, corrupt, choice, said: Vec::new() }
    }
}

impl Realm<u8> for Stage {
    fn now(&self) -> Time {
        Time::ZERO
    }
    fn nodes(&self) -> u16 {
        2
    }
    fn corrupt(&self) -> &[CorruptId] {
        &self.corrupt
    }
    fn send(&mut self, from: CorruptId, to: NodeId, body: u8) {
        assert!(from.is_certified(self.authority.verifier()));
        self.said.push(Envelope { from: from.node(), to, body });
    }
    fn signer(&self, _: CorruptId) -> &Signer {
        &self.signer
    }
    fn lie(&mut self, _: CorruptId, body: &mut u8) -> bool {
        *body = 99;
        true
    }
    fn mutate(&mut self, by: CorruptId, body: &mut u8) -> bool {
        self.lie(by, body)
    }
    fn pick(&mut self, _: CorruptId, n: u64) -> u64 {
        self.choice.min(n - 1)
    }
}

/// For the liar 0 is the truth; the silent one has no choice.
#[test]
fn an_adversary_says_what_its_choices_say() {
    for (adversary, choice, expected) in [
        (AdversaryModel::Liar, 0, vec![7]),
        (AdversaryModel::Liar, 1, vec![99]),
        (AdversaryModel::Liar, 2, vec![]),
        (AdversaryModel::Silent, 0, vec![]),
        (AdversaryModel::Silent, 2, vec![]),
    ] {
        let mut stage = Stage::new(choice);
        let by = stage.corrupt[0];
        let mut mind: Box<dyn Adversary<u8>> = adversary.build();
        mind.speak(by, B, 7, &mut stage);
        let said: Vec<u8> = stage.said.iter().map(|said| said.body).collect();
        assert_eq!(said, expected, "{adversary:?} {choice}");
        assert!(stage.said.iter().all(|said| (said.from, said.to) == (A, B)));
    }
}
