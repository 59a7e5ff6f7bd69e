//! From a message to its tree.

use std::cell::Cell;
use std::fmt;

use serde::ser::{self, Serialize};

use super::tree::{DEEPEST, Kind, Leaf, MOST, Names, Sealed, Shape, Step, Tree, Variant};
use crate::auth::travel::{self, SEAL};

/// The name by which a value is written that mutation leaves alone.
pub(super) const FIXED: &str = "generals_models::fixed";

/// The tree of `value`; nothing if its type refuses, or if it is too deep or too large.
///
/// The vault must be open, or a signature is but a tuple.
pub(super) fn tree<T: Serialize + ?Sized>(value: &T) -> Option<Tree> {
    let left = Cell::new(MOST);
    value.serialize(Writer { depth: 0, left: &left }).ok()
}

/// Why there is no tree, or no message of it. Nobody reads the reason.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a message that can be taken apart")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Writer<'l> {
    depth: u32,
    /// How many more parts there may be.
    left: &'l Cell<usize>,
}

type Written = Result<Tree, Refused>;

impl Writer<'_> {
    /// Counts one more part.
    fn count(self) -> Result<(), Refused> {
        let left = self.left.get().checked_sub(1).ok_or(Refused)?;
        self.left.set(left);
        Ok(())
    }

    fn leaf(self, leaf: Leaf) -> Written {
        self.count()?;
        Ok(Tree::Leaf(leaf))
    }

    /// One floor down.
    fn below(self) -> Result<Self, Refused> {
        self.count()?;
        if self.depth == DEEPEST {
            return Err(Refused);
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn only<T: Serialize + ?Sized>(self, kind: Kind, step: Step, part: &T) -> Written {
        let part = part.serialize(self.below()?)?;
        Ok(Tree::Branch(kind, vec![(step, part)]))
    }
}

/// A value whose parts come one by one.
struct Parts<'l> {
    writer: Writer<'l>,
    kind: Kind,
    parts: Vec<(Step, Tree)>,
    /// The variant that carries it, if it is carried by one.
    within: Option<Variant>,
    key: Option<Tree>,
}

impl<'l> Parts<'l> {
    fn of(writer: Writer<'l>, kind: Kind) -> Result<Self, Refused> {
        Ok(Self { writer: writer.below()?, kind, parts: Vec::new(), within: None, key: None })
    }

    fn within(writer: Writer<'l>, kind: Kind, variant: Variant) -> Result<Self, Refused> {
        Ok(Self { within: Some(variant), ..Self::of(writer.below()?, kind)? })
    }

    fn add<T: Serialize + ?Sized>(&mut self, step: Step, part: &T) -> Result<(), Refused> {
        self.parts.push((step, part.serialize(self.writer)?));
        Ok(())
    }

    fn end(self) -> Written {
        let tree = Tree::Branch(self.kind, self.parts);
        Ok(match self.within {
            None => tree,
            Some(variant) => {
                let step = Step::Field(variant.name);
                Tree::Branch(Kind::Variant(variant), vec![(step, tree)])
            }
        })
    }
}

fn variant(name: &'static str, shape: Shape) -> Variant {
    Variant { name, others: Names::default(), shape }
}

macro_rules! integers {
    ($($method:ident $type:ty, $leaf:ident;)*) => {
        $(fn $method(self, v: $type) -> Written {
            self.leaf(Leaf::$leaf(<$type>::BITS, v.into()))
        })*
    };
}

impl<'l> ser::Serializer for Writer<'l> {
    type Ok = Tree;
    type Error = Refused;
    type SerializeSeq = Parts<'l>;
    type SerializeTuple = Parts<'l>;
    type SerializeTupleStruct = Parts<'l>;
    type SerializeTupleVariant = Parts<'l>;
    type SerializeMap = Parts<'l>;
    type SerializeStruct = Parts<'l>;
    type SerializeStructVariant = Parts<'l>;

    integers! {
        serialize_u8 u8, Unsigned;
        serialize_u16 u16, Unsigned;
        serialize_u32 u32, Unsigned;
        serialize_u64 u64, Unsigned;
        serialize_u128 u128, Unsigned;
        serialize_i8 i8, Signed;
        serialize_i16 i16, Signed;
        serialize_i32 i32, Signed;
        serialize_i64 i64, Signed;
        serialize_i128 i128, Signed;
    }

    fn serialize_bool(self, v: bool) -> Written {
        self.leaf(Leaf::Bool(v))
    }
    fn serialize_f32(self, v: f32) -> Written {
        self.leaf(Leaf::F32(v.to_bits()))
    }
    fn serialize_f64(self, v: f64) -> Written {
        self.leaf(Leaf::F64(v.to_bits()))
    }
    fn serialize_char(self, v: char) -> Written {
        self.leaf(Leaf::Char(v))
    }
    fn serialize_str(self, v: &str) -> Written {
        self.leaf(Leaf::Text(v.to_owned()))
    }
    fn serialize_bytes(self, v: &[u8]) -> Written {
        self.leaf(Leaf::Bytes(v.to_vec()))
    }
    fn serialize_none(self) -> Written {
        self.leaf(Leaf::None)
    }
    fn serialize_unit(self) -> Written {
        self.leaf(Leaf::Unit)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.leaf(Leaf::Unit)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Written {
        self.only(Kind::Some, Step::Inside, v)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        self.count()?;
        Ok(Tree::Branch(Kind::Variant(variant(name, Shape::Unit)), Vec::new()))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        v: &T,
    ) -> Written {
        self.only(Kind::Variant(variant(name, Shape::Newtype)), Step::Field(name), v)
    }

    /// A newtype is what is in it, unless it is one of ours.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, v: &T) -> Written {
        match name {
            FIXED => self.only(Kind::Fixed, Step::Inside, v),
            SEAL => {
                let seal = travel::written();
                let inside = v.serialize(self)?;
                match (seal, inside) {
                    (Some(seal), Tree::Branch(Kind::Tuple, mut parts)) if parts.len() == 3 => {
                        let body = parts.pop().map(|(_, body)| (Step::Inside, body));
                        let (by, good) = (seal.by, seal.good);
                        let sealed = Sealed { by, good, seal: Some(seal) };
                        Ok(Tree::Branch(Kind::Sealed(sealed), body.into_iter().collect()))
                    }
                    (_, inside) => Ok(inside),
                }
            }
            _ => v.serialize(self),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'l>, Refused> {
        Parts::of(self, Kind::Seq)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'l>, Refused> {
        Parts::of(self, Kind::Map)
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts<'l>, Refused> {
        Parts::of(self, Kind::Tuple)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'l>, Refused> {
        Parts::of(self, Kind::Tuple)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'l>, Refused> {
        Parts::of(self, Kind::Struct)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'l>, Refused> {
        Parts::within(self, Kind::Tuple, variant(name, Shape::Tuple))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'l>, Refused> {
        Parts::within(self, Kind::Struct, variant(name, Shape::Struct))
    }

    /// As the digest sees it.
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl ser::SerializeSeq for Parts<'_> {
    type Ok = Tree;
    type Error = Refused;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.add(Step::Element, v)
    }
    fn end(self) -> Written {
        Parts::end(self)
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = Tree;
    type Error = Refused;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.key = Some(v.serialize(self.writer.below()?)?);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        let key = self.key.take().ok_or(Refused)?;
        let value = v.serialize(self.writer.below()?)?;
        let step = match &key {
            Tree::Leaf(Leaf::Text(text)) => Step::Under(text.clone()),
            _ => Step::Element,
        };
        let entry = Tree::Branch(Kind::Entry, vec![(Step::Key, key), (Step::Value, value)]);
        self.parts.push((step, entry));
        Ok(())
    }
    fn end(self) -> Written {
        Parts::end(self)
    }
}

macro_rules! places {
    ($($trait:ident $method:ident;)*) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = Tree;
            type Error = Refused;
            fn $method<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
                let place = u32::try_from(self.parts.len()).map_err(|_| Refused)?;
                self.add(Step::Place(place), v)
            }
            fn end(self) -> Written {
                Parts::end(self)
            }
        })*
    };
}

places! {
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($trait:ident)*) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = Tree;
            type Error = Refused;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                v: &T,
            ) -> Result<(), Refused> {
                self.add(Step::Field(name), v)
            }
            fn end(self) -> Written {
                Parts::end(self)
            }
        })*
    };
}

fields! { SerializeStruct SerializeStructVariant }
