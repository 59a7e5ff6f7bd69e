//! How a message is mutated: derived from its fields, for any message of any protocol.
//!
//! A message is written by its own `Serialize` into a tree of values. One value in it is replaced
//! by another that is plausible in its place, and the type's own `Deserialize` reads the tree
//! back. What it refuses is no mutation, so that all that comes out is a message, and obeys
//! whatever the type itself insists on. Nothing has to be written for a new protocol.
//!
//! What may stand instead of a value, nearest first:
//!
//! | a value | is replaced by |
//! |---|---|
//! | of any kind | those [observed](Observed) in this run in the same place, in order of first sight |
//! | integer | n + 1, n - 1, 0, the largest, the smallest |
//! | `bool` | the other |
//! | variant of an enum | the others in turn, carrying the same, or nothing |
//! | `Some` | `None` (and the other way round where a `Some` was observed) |
//! | sequence | without its last element, with that one twice, with the first two swapped |
//! | map | without its last entry |
//! | text, bytes | the empty one; bytes with the last bit flipped |
//! | float, `char` | the other sign, zero; the next character |
//! | signature | the same by an accomplice, a spoilt one, one in the name of a neighbour |
//!
//! Single values come first, in the order of the fields, then what is made of them, the whole
//! message last. So a field that holds a signature or a certificate can be replaced by one seen
//! elsewhere, which is the replay of a signed part.
//!
//! **Signatures.** One that is not touched stays what it was. If anything inside one is changed, it
//! is signed anew if its signer is corrupt, for then the adversary owns the key; else it, and every
//! honest signature around it, becomes a counterfeit. Nothing here can sign as an honest node: see
//! [`auth`](crate::auth).
//!
//! **Why a tree of our own.** A value of JSON or CBOR forgets the width of an integer, that a text
//! was the name of a variant, and which variants there are besides: these last a type tells only
//! while it reads one. It knows no signatures, either.
//!
//! What serde reads through a buffer of its own (`untagged`, `flatten`, internally tagged) does not tell
//! the variants of enums inside: there only those that were observed are known.
//!
//! What a type does not write (`#[serde(skip)]`) is not changed but lost: it has its default value in
//! a mutation, unless it is inside a signature that is kept. A field that is written but shall not be
//! changed says so: see [`fixed`]. Messages that cannot be taken apart (too deep, too large, refused
//! by their own types, [opaque](crate::Opaque)) are not mutated at all.

mod de;
mod near;
mod observed;
mod ser;
mod tree;

use serde::{Serialize, Serializer};

use self::observed::Place;
use self::tree::{Kind, Tree};
use crate::auth::travel;
use crate::{CorruptId, Message};

pub use observed::Observed;

/// A message like `message`, but for one value in it, and what was changed, in words:
/// `order: Attack -> Retreat`. Nothing, if there is nothing that could be changed.
///
/// First `pick(n)` says which of `n` values is to be changed, then by which of `n` others it is
/// replaced; 0 is the first field and the nearest value. Of a value that turns out to be
/// unchangeable, the next one takes the place. The order of both is the same whenever the message,
/// what was observed, and who is corrupt are the same.
///
/// What comes out is never written as `message` is.
///
/// ```
/// use generals_models::{Observed, mutate};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// enum Order {
///     Attack,
///     Retreat,
/// }
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// struct Says {
///     order: Order,
///     path: Vec<u16>,
/// }
///
/// let says = Says { order: Order::Attack, path: vec![0, 2] };
/// let (lie, words) = mutate(&says, &Observed::default(), &[], &mut |_| 0).unwrap();
/// assert_eq!(lie, Says { order: Order::Retreat, path: vec![0, 2] });
/// assert_eq!(words, "order: Attack -> Retreat");
///
/// // The third value is the second element of the path. The nearest other value is one more.
/// let mut answers = [2, 0].into_iter();
/// let mut pick = |_| answers.next().unwrap();
/// let (lie, words) = mutate(&says, &Observed::default(), &[], &mut pick).unwrap();
/// assert_eq!((lie.path, words.as_str()), (vec![0, 3], "path[1]: 2 -> 3"));
/// ```
pub fn mutate<M: Message>(
    message: &M,
    observed: &Observed<M>,
    corrupt: &[CorruptId],
    pick: &mut dyn FnMut(u64) -> u64,
) -> Option<(M, String)> {
    travel::open(|| {
        let mut bench = Bench::new(message, observed, corrupt)?;
        let spots = bench.spots();
        let first = picked(spots.len(), pick)?;
        for way in spots.iter().cycle().skip(first).take(spots.len()) {
            let mut found = bench.mutations(way);
            if let Some(i) = picked(found.len(), pick) {
                return Some(found.swap_remove(i));
            }
        }
        None
    })
}

/// All that [`mutate`](fn@mutate) may choose from, in order; of a message with very many values, the
/// first of them.
pub fn mutations<M: Message>(
    message: &M,
    observed: &Observed<M>,
    corrupt: &[CorruptId],
) -> Vec<(M, String)> {
    travel::open(|| {
        let Some(mut bench) = Bench::new(message, observed, corrupt) else { return Vec::new() };
        bench.spots().iter().flat_map(|way| bench.mutations(way)).collect()
    })
}

/// All integers in a message, in order, the signers of signatures included; of each the lowest 64
/// bits. Nothing, if it cannot be taken apart.
///
/// ```
/// let message = (3_u8, vec![-1_i8], "no 7");
/// # let message = (message.0, message.1, message.2.to_owned());
/// assert_eq!(generals_models::mutate::numbers(&message), [3, u64::MAX]);
/// ```
pub fn numbers<M: Message>(message: &M) -> Vec<u64> {
    let mut found = Vec::new();
    travel::open(|| ser::tree(message)).iter().for_each(|tree| tree.numbers(&mut found));
    found
}

/// Whether the sum of all integers in a message is odd.
///
/// ```
/// assert!(generals_models::mutate::parity(&(1_u8, [3_u64, 5])));
/// ```
pub fn parity<M: Message>(message: &M) -> bool {
    numbers(message).iter().fold(0, |sum, n| sum ^ n) & 1 == 1
}

/// For `#[serde(serialize_with = "…")]`: a field that mutation leaves alone. It is written as it
/// would be without.
///
/// ```
/// use generals_models::{Observed, mutations};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct InView {
///     #[serde(serialize_with = "generals_models::mutate::fixed")]
///     view: u64,
///     vote: bool,
/// }
/// let mutations = mutations(&InView { view: 3, vote: true }, &Observed::default(), &[]);
/// let words: Vec<&str> = mutations.iter().map(|(_, words)| words.as_str()).collect();
/// assert_eq!(words, ["vote: true -> false"]);
/// ```
///
/// # Errors
/// Those of writing the value.
pub fn fixed<T: Serialize + ?Sized, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if travel::is_open() {
        serializer.serialize_newtype_struct(ser::FIXED, value)
    } else {
        value.serialize(serializer)
    }
}

/// One of so many; nothing if there are none.
fn picked(among: usize, pick: &mut dyn FnMut(u64) -> u64) -> Option<usize> {
    let last = among.checked_sub(1)?;
    let picked = pick(among as u64);
    Some(usize::try_from(picked).unwrap_or(last).min(last))
}

/// Where one message is taken apart and put together again.
struct Bench<'a, M> {
    tree: Tree,
    observed: &'a Observed<M>,
    corrupt: &'a [CorruptId],
    /// How many more times it may be put together.
    left: usize,
}

impl<'a, M: Message> Bench<'a, M> {
    /// The most values of a message that are told apart.
    const SPOTS: usize = 1024;

    fn new(message: &M, observed: &'a Observed<M>, corrupt: &'a [CorruptId]) -> Option<Self> {
        let tree = ser::tree(message)?;
        if !de::learn::<M>(&tree) {
            return None;
        }
        let left = ((1 << 20) / tree.size()).clamp(64, 4096);
        Some(Self { tree, observed, corrupt, left })
    }

    /// The ways to all values that may have others in their place: those without parts, then those
    /// with, from the inside out.
    fn spots(&self) -> Vec<Vec<usize>> {
        let (mut single, mut made) = (Vec::new(), Vec::new());
        let root = Some(self.observed.root());
        walk(&self.tree, root, &mut Vec::new(), &mut |way, tree, place| {
            let seen = place.map_or(&[][..], Place::seen);
            if near::has_any(tree) || seen.iter().any(|other| other != tree) {
                let list = if tree.parts().is_empty() { &mut single } else { &mut made };
                list.push(way.to_vec());
            }
        });
        single.truncate(Self::SPOTS);
        made.truncate(Self::SPOTS);
        single.append(&mut made);
        single
    }

    /// What was observed where this way ends.
    fn seen(&self, way: &[usize]) -> &'a [Tree] {
        let mut at = (&self.tree, Some(self.observed.root()));
        for i in way {
            let Some((step, part)) = at.0.parts().get(*i) else { return &[] };
            at = (part, at.1.and_then(|place| place.below(step)));
        }
        at.1.map_or(&[], Place::seen)
    }

    /// All that can be made of the message by replacing the value at the end of this way.
    fn mutations(&mut self, way: &[usize]) -> Vec<(M, String)> {
        let Some(old) = self.tree.at(way).filter(|_| self.left > 0) else { return Vec::new() };
        let others = self.seen(way).iter().cloned().chain(near::of(old, self.corrupt));
        let (mut fixed, mut found, mut trees) = (Vec::new(), Vec::new(), Vec::new());
        self.tree.fixed(&mut fixed);
        for other in others {
            if self.left == 0 {
                break;
            }
            if other == *old {
                continue;
            }
            self.left -= 1;
            let mut tree = self.tree.clone();
            tree.put(way, other);
            let Some(message) = de::message::<M>(&tree, self.corrupt) else { continue };
            // What was asked for is not always what the type made of it.
            let Some(tree) = ser::tree(&message) else { continue };
            let mut fixed_now = Vec::new();
            tree.fixed(&mut fixed_now);
            if tree != self.tree && fixed == fixed_now && !trees.contains(&tree) {
                found.push((message, in_words(&self.tree, &tree, way)));
                trees.push(tree);
            }
        }
        found
    }
}

/// Shows every value that may be replaced, parts first, with what was observed in its place.
fn walk<'t>(
    tree: &'t Tree,
    place: Option<&'t Place>,
    way: &mut Vec<usize>,
    show: &mut impl FnMut(&[usize], &'t Tree, Option<&'t Place>),
) {
    if let Tree::Branch(Kind::Fixed, _) = tree {
        return;
    }
    for (i, (step, part)) in tree.parts().iter().enumerate() {
        way.push(i);
        walk(part, place.and_then(|place| place.below(step)), way, show);
        way.pop();
    }
    show(way, tree, place);
}

/// `path[1]: 2 -> 3`.
fn in_words(old: &Tree, new: &Tree, way: &[usize]) -> String {
    let name = old.way_in_words(way);
    match (old.at(way), new.at(way)) {
        (Some(old), Some(new)) if old != new && !name.is_empty() => {
            format!("{name}: {} -> {}", old.in_short(), new.in_short())
        }
        _ => format!("{} -> {}", old.in_short(), new.in_short()),
    }
}
