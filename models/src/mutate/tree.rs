//! A message as a tree: what it is made of, with nothing of it lost.

use std::cell::Cell;
use std::fmt;

use crate::NodeId;
use crate::auth::travel::Seal;

/// The longest way from a message to its smallest part.
pub(super) const DEEPEST: u32 = 96;
/// The most parts a message may have.
pub(super) const MOST: usize = 1 << 16;

/// A value and its parts.
#[derive(Clone, PartialEq)]
pub(super) enum Tree {
    Leaf(Leaf),
    Branch(Kind, Parts),
}

/// The parts of a value, each with how one comes to it.
pub(super) type Parts = Vec<(Step, Tree)>;

/// A value without parts. Its type is remembered: 7 as a `u8` is not 7 as a `u64`.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Unit,
    None,
    Bool(bool),
    /// Of so many bits.
    Unsigned(u32, u128),
    /// Of so many bits.
    Signed(u32, i128),
    /// As bits, so that every one of them is equal to itself.
    F32(u32),
    F64(u64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
}

/// What holds the parts together.
#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    /// Of an option.
    Some,
    /// Of any length.
    Seq,
    /// Of the type's own length.
    Tuple,
    Struct,
    /// Entries.
    Map,
    /// A key and a value.
    Entry,
    /// One variant of an enum. What it carries, if anything, is its only part.
    Variant(Variant),
    /// A signature; its only part is what was signed.
    Sealed(Sealed),
    /// A value that mutation leaves alone.
    Fixed,
}

#[derive(Clone, PartialEq)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    pub(super) others: Names,
    pub(super) shape: Shape,
}

/// How a variant carries what it carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Unit,
    Newtype,
    Tuple,
    Struct,
}

/// The names of all variants of the enum, learned when a value of it is read.
#[derive(Clone, Default)]
pub(super) struct Names(pub(super) Cell<&'static [&'static str]>);

/// Knowing more about an enum makes no other value.
impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Clone)]
pub(super) struct Sealed {
    pub(super) by: NodeId,
    pub(super) good: bool,
    /// The signature itself, as long as nothing of it was touched.
    pub(super) seal: Option<Seal>,
}

/// By what is seen of a signature.
impl PartialEq for Sealed {
    fn eq(&self, other: &Self) -> bool {
        (self.by, self.good) == (other.by, other.good)
    }
}

/// From a value to one of its parts.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A field, or what a variant of this name carries.
    Field(&'static str),
    /// The value of a map under this text.
    Under(String),
    /// A place in a tuple.
    Place(u32),
    /// An element of a sequence, or an entry of a map: what is seen in one place may be in any.
    Element,
    /// Of an entry.
    Key,
    /// Of an entry.
    Value,
    /// Nothing that has a name.
    Inside,
}

impl Tree {
    pub(super) fn parts(&self) -> &[(Step, Self)] {
        match self {
            Self::Leaf(_) => &[],
            Self::Branch(_, parts) => parts,
        }
    }

    /// The part at the end of this way.
    pub(super) fn at(&self, way: &[usize]) -> Option<&Self> {
        way.iter().try_fold(self, |tree, i| tree.parts().get(*i).map(|(_, part)| part))
    }

    /// Puts `part` at the end of this way. Every signature around it is broken.
    pub(super) fn put(&mut self, way: &[usize], part: Self) {
        let Some((first, rest)) = way.split_first() else {
            *self = part;
            return;
        };
        if let Self::Branch(kind, parts) = self {
            if let Kind::Sealed(sealed) = kind {
                sealed.seal = None;
            }
            if let Some((_, below)) = parts.get_mut(*first) {
                below.put(rest, part);
            }
        }
    }

    /// The value itself, where mutation is told to leave it alone.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Branch(Kind::Fixed, parts) => parts.first().map_or(self, |(_, part)| part.bare()),
            _ => self,
        }
    }

    /// How many values it is made of.
    pub(super) fn size(&self) -> usize {
        1 + self.parts().iter().map(|(_, part)| part.size()).sum::<usize>()
    }

    /// Everything that mutation leaves alone, in order.
    pub(super) fn fixed<'t>(&'t self, found: &mut Vec<&'t Self>) {
        if let Self::Branch(Kind::Fixed, _) = self {
            return found.push(self);
        }
        self.parts().iter().for_each(|(_, part)| part.fixed(found));
    }

    /// Its integers, in order.
    pub(super) fn numbers(&self, found: &mut Vec<u64>) {
        const WORD: u128 = u64::MAX as u128;
        match self {
            Self::Leaf(Leaf::Unsigned(_, n)) => found.push(u64::try_from(n & WORD).unwrap_or(0)),
            Self::Leaf(Leaf::Signed(_, n)) => {
                found.push(u64::try_from(n.cast_unsigned() & WORD).unwrap_or(0));
            }
            Self::Branch(Kind::Sealed(sealed), _) => found.push(sealed.by.0.into()),
            _ => {}
        }
        self.parts().iter().for_each(|(_, part)| part.numbers(found));
    }

    /// The way in words, as one would write it in Rust: `body.path[1]`.
    pub(super) fn way_in_words(&self, way: &[usize]) -> String {
        let mut words = String::new();
        let mut tree = self;
        for i in way {
            let Some((step, part)) = tree.parts().get(*i) else { break };
            let dot = if words.is_empty() { "" } else { "." };
            words += &match step {
                Step::Field(name) => format!("{dot}{name}"),
                Step::Under(text) => format!("[{text:?}]"),
                Step::Place(place) => format!("{dot}{place}"),
                Step::Element => format!("[{i}]"),
                Step::Key => format!("{dot}key"),
                Step::Value | Step::Inside => String::new(),
            };
            tree = part;
        }
        words
    }
}

// --- in words

/// Text, up to where the reader's patience ends.
struct Short(String);

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = 60 - self.0.chars().count().min(60);
        let Some((end, _)) = text.char_indices().nth(left) else {
            self.0 += text;
            return Ok(());
        };
        self.0 += &text[..end];
        self.0.push('…');
        // Nothing more is wanted.
        Err(fmt::Error)
    }
}

impl Tree {
    /// The value in words; the beginning, if they are many.
    pub(super) fn in_short(&self) -> String {
        let mut short = Short(String::new());
        let _ = fmt::Write::write_fmt(&mut short, format_args!("{self}"));
        short.0
    }
}

/// As Rust would write it, without the names of types; a signature as `body:n1`, a bad one as
/// `body:n1?`.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, parts) = match self {
            Self::Leaf(leaf) => return leaf.fmt(f),
            Self::Branch(kind, parts) => (kind, parts),
        };
        match (kind, parts.as_slice()) {
            (Kind::Some, [(_, part)]) => write!(f, "Some({part})"),
            (Kind::Fixed, [(_, part)]) => part.fmt(f),
            (Kind::Entry, [(_, key), (_, value)]) => write!(f, "{key}: {value}"),
            (Kind::Sealed(Sealed { by, good, .. }), [(_, body)]) => {
                write!(f, "{body}:{by}{}", if *good { "" } else { "?" })
            }
            (Kind::Variant(variant), []) => f.write_str(variant.name),
            (Kind::Variant(Variant { name, shape: Shape::Newtype, .. }), [(_, part)]) => {
                write!(f, "{name}({part})")
            }
            (Kind::Variant(variant), [(_, part)]) => write!(f, "{}{part}", variant.name),
            (Kind::Struct, parts) => list(f, ["{", "}"], parts, true),
            (Kind::Map, parts) => list(f, ["{", "}"], parts, false),
            (Kind::Tuple, parts) => list(f, ["(", ")"], parts, false),
            (_, parts) => list(f, ["[", "]"], parts, false),
        }
    }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [&str; 2],
    parts: &[(Step, Tree)],
    named: bool,
) -> fmt::Result {
    f.write_str(open)?;
    for (i, (step, part)) in parts.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        if let (true, Step::Field(name)) = (named, step) {
            write!(f, "{name}: ")?;
        }
        write!(f, "{part}")?;
    }
    f.write_str(close)
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::None => f.write_str("None"),
            Self::Bool(b) => b.fmt(f),
            Self::Unsigned(_, n) => n.fmt(f),
            Self::Signed(_, n) => n.fmt(f),
            Self::F32(bits) => write!(f, "{:?}", f32::from_bits(*bits)),
            Self::F64(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
            Self::Char(c) => write!(f, "{c:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "{bytes:?}"),
        }
    }
}
