//! No honest signature ever verifies over what its node did not sign, whoever tries.

use std::collections::BTreeSet;

use generals_models::{
    Authority, CorruptId, Forged, NodeId, Observed, Signed, Verifier, mutate, mutations,
};
use proptest::prelude::*;
use serde::de::value::{BoolDeserializer, Error, SeqDeserializer, U64Deserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// Signatures of signatures, as chains and certificates have them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Part {
    Value(u8),
    Chain(Box<Signed<Self>>),
    Certificate { of: u8, votes: Vec<Signed<Self>> },
    Buffered(Buffered),
    Maybe(Option<Box<Signed<Self>>>),
}

/// Serde reads this through a buffer of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Buffered {
    Vote { vote: Box<Signed<Part>> },
    Two(Box<(Signed<Part>, Signed<Part>)>),
}

impl Part {
    fn signatures(&self) -> Vec<&Signed<Self>> {
        let direct: Vec<&Signed<Self>> = match self {
            Self::Value(_) | Self::Maybe(None) => Vec::new(),
            Self::Chain(one) | Self::Maybe(Some(one)) => vec![one],
            Self::Certificate { votes, .. } => votes.iter().collect(),
            Self::Buffered(Buffered::Vote { vote }) => vec![vote],
            Self::Buffered(Buffered::Two(two)) => vec![&two.0, &two.1],
        };
        let below = direct.iter().flat_map(|signed| signed.claim().1.signatures());
        direct.iter().copied().chain(below).collect()
    }

    /// All that verifies here: the signer, and what is signed.
    fn verified(&self, verifier: Verifier) -> BTreeSet<(NodeId, String)> {
        let good = self.signatures().into_iter().filter_map(|signed| signed.verify(verifier).ok());
        good.map(|(by, part)| (by, format!("{part:?}"))).collect()
    }
}

/// A part without its signatures: by whom each is to be is said beside it.
#[derive(Clone, Debug)]
enum Plan {
    Value(u8),
    Chain(u16, Box<Self>),
    Certificate(u8, Vec<(u16, Self)>),
    Vote(u16, Box<Self>),
    Two(Box<((u16, Self), (u16, Self))>),
    Maybe(Option<(u16, Box<Self>)>),
}

const NODES: u16 = 4;

fn plan() -> impl Strategy<Value = Plan> {
    any::<u8>().prop_map(Plan::Value).prop_recursive(4, 12, 3, |inner| {
        let one = (0..NODES, inner.clone());
        let boxed = (0..NODES, inner.prop_map(Box::new));
        prop_oneof![
            boxed.clone().prop_map(|(by, of)| Plan::Chain(by, of)),
            (any::<u8>(), prop::collection::vec(one.clone(), 0..3))
                .prop_map(|(of, votes)| Plan::Certificate(of, votes)),
            boxed.clone().prop_map(|(by, of)| Plan::Vote(by, of)),
            (one.clone(), one).prop_map(|two| Plan::Two(Box::new(two))),
            prop::option::of(boxed).prop_map(Plan::Maybe),
        ]
    })
}

/// What this plan says, signed by those it names.
fn carried_out(plan: &Plan, run: &Authority) -> Part {
    let sign = |by: u16, plan: &Plan| run.issue(NodeId(by)).sign(carried_out(plan, run));
    match plan {
        Plan::Value(n) => Part::Value(*n),
        Plan::Chain(by, of) => Part::Chain(Box::new(sign(*by, of))),
        Plan::Certificate(of, votes) => {
            let votes = votes.iter().map(|(by, vote)| sign(*by, vote)).collect();
            Part::Certificate { of: *of, votes }
        }
        Plan::Vote(by, of) => Part::Buffered(Buffered::Vote { vote: Box::new(sign(*by, of)) }),
        Plan::Two(two) => {
            let ((a, one), (b, other)) = &**two;
            Part::Buffered(Buffered::Two(Box::new((sign(*a, one), sign(*b, other)))))
        }
        Plan::Maybe(of) => Part::Maybe(of.as_ref().map(|(by, of)| Box::new(sign(*by, of)))),
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) }
}

proptest! {
    #![proptest_config(config())]

    /// The law: whatever adversary mutates whatever messages, over and over, what verifies in the
    /// name of an honest node is what that node signed, word for word.
    #[test]
    fn no_honest_signature_is_ever_forged(
        plans in prop::collection::vec(plan(), 1..4),
        corrupt in prop::collection::btree_set(0..NODES, 0..3),
        picks in prop::collection::vec(any::<u64>(), 24),
    ) {
        let (run, rogue) = (Authority::default(), Authority::default());
        let messages: Vec<Part> = plans.iter().map(|plan| carried_out(plan, &run)).collect();
        let signed: BTreeSet<_> =
            messages.iter().flat_map(|message| message.verified(run.verifier())).collect();
        let mut observed = Observed::default();
        messages.iter().for_each(|message| observed.note(message));
        // A name that another authority certified opens nothing.
        let rogues = NodeId::all(NODES).map(|node| rogue.corrupt(node));
        let corrupt: Vec<CorruptId> =
            corrupt.iter().map(|node| run.corrupt(NodeId(*node))).chain(rogues).collect();
        let honest = |by: NodeId| {
            !corrupt.iter().any(|id| id.node() == by && id.is_certified(run.verifier()))
        };

        let mut picks = picks.into_iter();
        let mut message = messages[0].clone();
        while picks.len() > 1 {
            let mut pick = |n: u64| picks.next().unwrap_or(0) % n;
            let Some((next, words)) = mutate(&message, &observed, &corrupt, &mut pick) else { break };
            for (by, body) in next.verified(run.verifier()) {
                prop_assert!(
                    !honest(by) || signed.contains(&(by, body.clone())),
                    "{}: {} by {}", words, body, by
                );
            }
            observed.note(&next);
            message = next;
        }
    }

    /// The other half, or the law would be kept by spoiling everything: what is not touched stays
    /// good. A mutation changes one value, so all signatures that are not around it verify.
    #[test]
    fn what_is_not_touched_stays_signed(plan in plan(), corrupt in 0..NODES) {
        let run = Authority::default();
        let message = carried_out(&plan, &run);
        let corrupt = [run.corrupt(NodeId(corrupt))];
        let before = message.signatures();
        for (mutation, words) in mutations(&message, &Observed::default(), &corrupt) {
            // Of a number alone: other mutations take signatures away, or spoil one as such.
            if !words.ends_with(|c: char| c.is_ascii_digit()) || words.contains(":n") {
                continue;
            }
            let after = mutation.signatures();
            prop_assert_eq!(after.len(), before.len());
            for (old, new) in before.iter().zip(after) {
                let untouched = format!("{:?}", old.claim().1) == format!("{:?}", new.claim().1);
                let owned = new.claim().0 == corrupt[0].node();
                prop_assert_eq!(new.verify(run.verifier()).is_ok(), untouched || owned, "{}", words);
            }
        }
    }
}

/// `n2` says what `n1` says that `n0` says.
fn chain(run: &Authority) -> Signed<Signed<Signed<u8>>> {
    let sign = |by| run.issue(NodeId(by));
    sign(2).sign(sign(1).sign(sign(0).sign(7)))
}

type Chain = Signed<Signed<Signed<u8>>>;

/// Which of the three signatures verify, from the outside in.
fn good(chain: &Chain, run: &Authority) -> [bool; 3] {
    let v = run.verifier();
    let (two, one) = (chain.claim().1, chain.claim().1.claim().1);
    [chain.verify(v).is_ok(), two.verify(v).is_ok(), one.verify(v).is_ok()]
}

#[test]
fn only_the_key_that_is_owned_signs_anew() {
    let run = Authority::default();
    for (corrupt, expected) in [
        (&[][..], [false, false, false]),
        (&[0], [false, false, true]),
        (&[1], [false, true, false]),
        (&[2], [true, false, false]),
        (&[0, 1, 2], [true, true, true]),
    ] {
        let corrupt: Vec<CorruptId> = corrupt.iter().map(|n| run.corrupt(NodeId(*n))).collect();
        let (changed, _) =
            mutate(&chain(&run), &Observed::default(), &corrupt, &mut |_| 0).unwrap();
        assert_eq!(*changed.claim().1.claim().1.claim().1, 8, "{changed:?}");
        assert_eq!(good(&changed, &run), expected, "{changed:?}");
    }
}

#[test]
fn a_signature_can_be_given_to_an_accomplice_and_spoilt() {
    let run = Authority::default();
    let signed = run.issue(NodeId(0)).sign(());
    let all = mutations(&signed, &Observed::default(), &[run.corrupt(NodeId(3))]);
    let shown: Vec<_> = all.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(shown, ["():n0 -> ():n3", "():n0 -> ():n0?", "():n0 -> ():n1?"]);
    let verify = |i: usize| all[i].0.verify(run.verifier()).map(|(by, ())| by);
    assert_eq!([verify(0), verify(1), verify(2)], [Ok(NodeId(3)), Err(Forged), Err(Forged)]);
}

/// A vote seen elsewhere stands where another stood, and is still its voter's.
#[test]
fn a_signed_part_is_replayed() {
    let run = Authority::default();
    let vote = |by: u16, value: u8| (by, run.issue(NodeId(by)).sign(value));
    let mut observed = Observed::default();
    observed.note(&vote(1, 5));
    let replayed = mutations(&vote(2, 6), &observed, &[])
        .into_iter()
        .any(|((by, vote), _)| by == 2 && vote.verify(run.verifier()) == Ok((NodeId(1), &5)));
    assert!(replayed);
}

/// What was signed is kept as it was, not written and read: this field is never written.
#[test]
fn a_signature_is_kept_whole_or_not_at_all() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Vote {
        value: u8,
        #[serde(skip)]
        unseen: u8,
    }
    let run = Authority::default();
    let vote = Vote { value: 1, unseen: 9 };
    let message = (run.issue(NodeId(0)).sign(vote.clone()), false);
    let all = mutations(&message, &Observed::default(), &[]);
    let verified: Vec<_> =
        all.iter().filter_map(|((signed, _), _)| signed.verify(run.verifier()).ok()).collect();
    assert_eq!(verified, [(NodeId(0), &vote)]);
}

// --- reading proves nothing

#[test]
fn a_signature_that_is_read_from_a_text_is_forged() {
    let run = Authority::default();
    let signed = run.issue(NodeId(1)).sign(7_u8);
    let written = ron::to_string(&signed).unwrap();
    assert_eq!(written, "(1,true,7)");
    for text in [&written, "(1,true,7)", "(1,false,7)", "(1, true, 8)"] {
        let read: Signed<u8> = ron::from_str(text).unwrap();
        assert_eq!(read.claim().0, NodeId(1));
        assert_eq!(read.verify(run.verifier()), Err(Forged), "{text}");
    }
    // Where a mutation would find what it granted, others find nothing.
    assert!(ron::from_str::<Signed<u8>>("(1,0,7)").is_err());
    assert!(ron::from_str::<Signed<u8>>("(1,true)").is_err());
}

/// Deserialises from parts as anybody may make them: a signer, anything at all, and a body.
fn made<'de, T, G>(by: u64, good: G, body: u64) -> Result<T, Error>
where
    T: DeserializeOwned,
    G: IntoDeserializer<'de, Error>,
    Part3<G::Deserializer>: Deserializer<'de, Error = Error>,
{
    T::deserialize(Part3(by, good.into_deserializer(), body))
}

/// A signature's three parts, of which the middle one is a deserialiser of one's own.
struct Part3<D>(u64, D, u64);

macro_rules! three_parts {
    ($($middle:ident)*) => {
        $(impl<'de> Deserializer<'de> for Part3<$middle<Error>> {
            type Error = Error;
            fn deserialize_any<V: serde::de::Visitor<'de>>(self, v: V) -> Result<V::Value, Error> {
                struct Three<D>(u8, u64, Option<D>, u64);
                impl<'de> serde::de::SeqAccess<'de> for Three<$middle<Error>> {
                    type Error = Error;
                    fn next_element_seed<T: serde::de::DeserializeSeed<'de>>(
                        &mut self,
                        seed: T,
                    ) -> Result<Option<T::Value>, Error> {
                        self.0 += 1;
                        match self.0 {
                            1 => seed.deserialize(self.1.into_deserializer()).map(Some),
                            2 => self.2.take().map(|good| seed.deserialize(good)).transpose(),
                            _ => seed.deserialize(self.3.into_deserializer()).map(Some),
                        }
                    }
                }
                v.visit_seq(Three(0, self.0, Some(self.1), self.2))
            }
            serde::forward_to_deserialize_any! {
                bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
                option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum
                identifier ignored_any
            }
        })*
    };
}

three_parts! { BoolDeserializer U64Deserializer }

#[test]
fn a_deserialiser_of_ones_own_forges_nothing() {
    let run = Authority::default();
    let read: Signed<u8> = made(1, true, 7).unwrap();
    assert_eq!((read.claim(), read.verify(run.verifier())), ((NodeId(1), &7), Err(Forged)));
    for number in [0_u64, 1, u64::MAX] {
        assert!(made::<Signed<u8>, _>(1, number, 7).is_err());
    }
    let short = SeqDeserializer::<_, Error>::new([1_u64].into_iter());
    assert!(Signed::<u8>::deserialize(short).is_err());
}

/// A message that, while it is read, reads signatures of its own making as well: within a mutation,
/// where all that was granted can be had by its number.
#[derive(Clone, Debug, Serialize)]
struct Hostile {
    honest: Signed<u8>,
    corrupt: Signed<u8>,
    n: u8,
    #[serde(skip)]
    loot: Vec<Signed<u8>>,
}

impl<'de> Deserialize<'de> for Hostile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Plain {
            honest: Signed<u8>,
            corrupt: Signed<u8>,
            n: u8,
        }
        let Plain { honest, corrupt, n } = Plain::deserialize(deserializer)?;
        let forge = |by, number| made::<Signed<u8>, _>(by, number, 99).ok();
        let numbered = (0..8_u64).flat_map(|number| [forge(0, number), forge(1, number)]);
        let plain = made(0, true, 99).ok();
        Ok(Self { honest, corrupt, n, loot: numbered.chain([plain]).flatten().collect() })
    }
}

#[test]
fn not_even_from_within_a_mutation_is_anything_forged() {
    let run = Authority::default();
    let sign = |by, body| run.issue(NodeId(by)).sign(body);
    let message = Hostile { honest: sign(0, 7), corrupt: sign(1, 8), n: 0, loot: Vec::new() };
    let corrupt = [run.corrupt(NodeId(1))];
    let all = mutations(&message, &Observed::default(), &corrupt);
    assert!(all.len() > 8);
    let mut looted = BTreeSet::new();
    for (mutation, _) in &all {
        assert!(mutation.loot.len() > 8);
        for signed in [&mutation.honest, &mutation.corrupt].into_iter().chain(&mutation.loot) {
            looted.extend(signed.verify(run.verifier()).ok().filter(|(by, _)| by.0 == 0));
        }
    }
    assert_eq!(looted, BTreeSet::from([(NodeId(0), &7)]));
    // And when all is over, nothing is left to be had.
    assert!(made::<Signed<u8>, _>(0, 0_u64, 99).is_err());
}

/// A type that panics while it is read leaves nothing open.
#[test]
fn a_panic_closes_the_vault() {
    #[derive(Clone, Debug, Serialize)]
    struct Panicking(Signed<u8>);
    impl<'de> Deserialize<'de> for Panicking {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let _read = Signed::<u8>::deserialize(deserializer);
            panic!("not to be read")
        }
    }
    let run = Authority::default();
    let message = Panicking(run.issue(NodeId(0)).sign(1));
    let attempt = || mutate(&message, &Observed::default(), &[], &mut |_| 0).is_some();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt)).is_err());
    assert!(made::<Signed<u8>, _>(0, 0_u64, 9).is_err());
    assert_eq!(ron::to_string(&message.0).unwrap(), "(0,true,1)");
}
