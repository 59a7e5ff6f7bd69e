//! How signatures are written and read.
//!
//! A signature is written as its signer, whether it is good, and the body. What is read is a
//! counterfeit, whatever it says of itself: bytes prove nothing here.
//!
//! Only [`mutate`](crate::mutate()) reads signatures back that verify, and it does so without
//! being trusted with the power to make one. While it is at work, the *vault* of its thread is
//! open. A signature that is written then leaves a clone of itself, and one that is read may ask
//! for the clone that was left: that is the very value the signer made, or it is nothing. Or it may
//! ask for the key of a corrupt node, and be signed anew. So whoever got at the vault, even a
//! message type's own `Deserialize` called by a mutation, could repeat a signature or sign as a
//! corrupt node. Both are what an adversary can do anyway; there is no third.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::{Signed, Signer};
use crate::NodeId;

/// The name by which a signature is written while the vault is open.
pub(crate) const SEAL: &str = "generals_models::Signed";

/// A signature with its type forgotten: what it says of itself, and all of it.
#[derive(Clone)]
pub(crate) struct Seal {
    pub(crate) by: NodeId,
    pub(crate) good: bool,
    whole: Rc<dyn Any>,
}

/// How a signature that is being read may verify.
pub(crate) enum Grant {
    /// It is this very one.
    Same(Seal),
    /// It is signed anew with this key, which the adversary owns.
    Anew(Signer),
}

thread_local! {
    static OPEN: Cell<bool> = const { Cell::new(false) };
    /// The signature that is being written.
    static WRITTEN: RefCell<Option<Seal>> = const { RefCell::new(None) };
    /// By the number that stands where a signature says whether it is good.
    static GRANTS: RefCell<Vec<Grant>> = const { RefCell::new(Vec::new()) };
}

/// Whether signatures are written and read for a mutation.
pub(crate) fn is_open() -> bool {
    OPEN.get()
}

/// Opens the vault while `work` is done, which may panic. What is in it is lost then.
pub(crate) fn open<R>(work: impl FnOnce() -> R) -> R {
    struct Close {
        before: bool,
        grants: Vec<Grant>,
    }
    impl Drop for Close {
        fn drop(&mut self) {
            OPEN.set(self.before);
            // Dropped here, not inside: a message's own Drop may do what it likes.
            drop(WRITTEN.take());
            drop(GRANTS.replace(std::mem::take(&mut self.grants)));
        }
    }
    let _close = Close { before: OPEN.replace(true), grants: GRANTS.take() };
    work()
}

/// The signature that is just being written, once.
pub(crate) fn written() -> Option<Seal> {
    WRITTEN.take()
}

/// What to write where the signature that is read says whether it is good.
pub(crate) fn grant(grant: Grant) -> u64 {
    GRANTS.with_borrow_mut(|grants| {
        grants.push(grant);
        grants.len() as u64 - 1
    })
}

/// Takes all grants back.
pub(crate) fn revoke() {
    drop(GRANTS.take());
}

/// As the signer, whether it is good, and the body: the realm stays inside. (The body is `Clone` and
/// `'static`, as that of any message is: a mutation keeps signatures by cloning them.)
impl<T: Serialize + Clone + 'static> Serialize for Signed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let good = self.realm.is_some();
        if !is_open() {
            return (self.by, good, &self.body).serialize(serializer);
        }
        let seal = Seal { by: self.by, good, whole: Rc::new(self.clone()) };
        drop(WRITTEN.replace(Some(seal)));
        serializer.serialize_newtype_struct(SEAL, &(self.by, good, &self.body))
    }
}

/// Always a counterfeit, as anyone may make one: see [`Signed::counterfeit`].
///
/// ```
/// use generals_models::{Authority, Forged, NodeId, Signed};
///
/// let run = Authority::default();
/// let written = ron::to_string(&run.issue(NodeId(1)).sign("attack".to_owned())).unwrap();
/// let read: Signed<String> = ron::from_str(&written).unwrap();
/// assert_eq!(read.claim(), (NodeId(1), &"attack".to_owned()));
/// assert_eq!(read.verify(run.verifier()), Err(Forged));
/// ```
impl<'de, T: Deserialize<'de> + Clone + 'static> Deserialize<'de> for Signed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(3, Parts(PhantomData))
    }
}

struct Parts<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de> + Clone + 'static> Visitor<'de> for Parts<T> {
    type Value = Signed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a signature: the signer, whether it is good, and the body")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Signed<T>, A::Error> {
        let missing = |i| de::Error::invalid_length(i, &self);
        let by = parts.next_element()?.ok_or_else(|| missing(0))?;
        let Good(granted) = parts.next_element()?.ok_or_else(|| missing(1))?;
        let (same, key) = granted.map_or((None, None), redeem::<T>);
        if let Some(same) = same {
            parts.next_element::<IgnoredAny>()?;
            return Ok(same);
        }
        let body = parts.next_element()?.ok_or_else(|| missing(2))?;
        Ok(match key {
            Some(key) => key.sign(body),
            None => Signed::counterfeit(body, by),
        })
    }
}

/// What was granted under this number: a signature of this type, or a key.
fn redeem<T: Clone + 'static>(number: u64) -> (Option<Signed<T>>, Option<Signer>) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let (whole, key) = GRANTS.with_borrow(|grants| match grants.get(number) {
        Some(Grant::Same(seal)) => (Some(Rc::clone(&seal.whole)), None),
        Some(Grant::Anew(key)) => (None, Some(Signer { by: key.by, realm: key.realm })),
        None => (None, None),
    });
    (whole.and_then(|whole| whole.downcast_ref::<Signed<T>>().cloned()), key)
}

/// Whether a signature says it is good, which proves nothing; while the vault is open, the number
/// of what was granted.
struct Good(Option<u64>);

impl<'de> Deserialize<'de> for Good {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Good;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("whether the signature is good")
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Good, E> {
                Ok(Good(None))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Good, E> {
                if !is_open() {
                    return Err(E::invalid_type(de::Unexpected::Unsigned(number), &self));
                }
                Ok(Good(Some(number)))
            }
        }
        // A mutation may have to buffer what it reads, and a buffer gives a number as a number.
        if is_open() {
            deserializer.deserialize_any(Word)
        } else {
            deserializer.deserialize_bool(Word)
        }
    }
}
