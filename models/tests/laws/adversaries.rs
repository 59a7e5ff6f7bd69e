//! Adversaries and what they can reach.

use generals_models::{
    Adversary, AdversaryModel, Authority, CorruptId, Envelope, NodeId, Puppet, Realm, Signer, Span,
    Time,
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
    fn expected_delay(&self) -> Span {
        Span::millis(10)
    }
    fn overheard(&self) -> &[Envelope<u8>] {
        &[]
    }
    fn hand(&mut self, _: Puppet, _: CorruptId, _: u8) {
        panic!("there is no accomplice");
    }
    fn corrupt_also(&mut self, _: NodeId) -> Option<CorruptId> {
        None
    }
    fn wake_at(&mut self, _: Time, _: u64) {}
    fn signer(&self, _: CorruptId) -> &Signer {
        &self.signer
    }
    fn lie(&mut self, _: CorruptId, body: &mut u8) -> bool {
        *body = 99;
        true
    }
    fn first_lie(&mut self, _: CorruptId, body: &mut u8) -> bool {
        *body = 99;
        true
    }
    fn mutate(&mut self, by: CorruptId, body: &mut u8) -> bool {
        self.lie(by, body)
    }
    fn pick_about(&mut self, _: NodeId, n: u64) -> u64 {
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
        (AdversaryModel::Honest, 2, vec![7]),
        (AdversaryModel::Flip, 0, vec![99]),
        // B is n1 of two: odd, and the upper half; 7 + 1 is even.
        (AdversaryModel::Parity, 0, vec![99]),
        (AdversaryModel::HalfSplit, 0, vec![99]),
        (AdversaryModel::PathParity, 0, vec![7]),
        (AdversaryModel::Replayer, 0, vec![7]),
        (AdversaryModel::Delayer, 1, vec![7]),
        (AdversaryModel::Twins, 0, vec![7]),
    ] {
        let mut stage = Stage::new(choice);
        let by = stage.corrupt[0];
        let mut mind: Box<dyn Adversary<u8>> = adversary.build().unwrap();
        mind.speak(Puppet { of: by, copy: 0 }, B, 7, &mut stage);
        let said: Vec<u8> = stage.said.iter().map(|said| said.body).collect();
        assert_eq!(said, expected, "{adversary:?} {choice}");
        assert!(stage.said.iter().all(|said| (said.from, said.to) == (A, B)));
    }
}
