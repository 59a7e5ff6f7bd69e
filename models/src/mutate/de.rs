//! From a tree back to a message.

use serde::de::value::{StrDeserializer, U64Deserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::ser::Refused;
use super::tree::{DEEPEST, Kind, Leaf, Sealed, Shape, Step, Tree, Variant};
use crate::CorruptId;
use crate::auth::travel::{self, Grant};

/// The message of this tree; nothing if its type does not accept it.
///
/// A signature that nobody touched is what it was. One that was touched is signed anew if its
/// signer is corrupt, and a counterfeit if not. The vault must be open.
pub(super) fn message<T: DeserializeOwned>(tree: &Tree, corrupt: &[CorruptId]) -> Option<T> {
    travel::revoke();
    T::deserialize(Reader { tree, depth: 0, keys: Some(corrupt) }).ok()
}

/// Reads the tree to its very ends, and learns the names of variants on the way. False if the
/// type does not accept it.
pub(super) fn learn<T: DeserializeOwned>(tree: &Tree) -> bool {
    travel::revoke();
    T::deserialize(Reader { tree, depth: 0, keys: None }).is_ok()
}

impl de::Error for Refused {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    tree: &'t Tree,
    /// How many values and wrappers it is in. A type may wrap itself without end; a tree does not.
    depth: u32,
    /// Who may sign anew; nothing if this is only to learn, and all signatures may be bad.
    keys: Option<&'t [CorruptId]>,
}

impl<'t> Reader<'t> {
    const fn of(self, tree: &'t Tree) -> Self {
        Self { tree, ..self }
    }

    /// One floor down.
    fn below(self) -> Result<Self, Refused> {
        if self.depth == 4 * DEEPEST {
            return Err(Refused);
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn parts(self) -> Several<'t> {
        Several { parts: self.tree.parts().iter(), value: None, reader: self }
    }

    fn granted(self, sealed: &Sealed) -> Option<Grant> {
        let keys = self.keys?;
        if let Some(seal) = &sealed.seal {
            return Some(Grant::Same(seal.clone()));
        }
        let key = keys.iter().find(|id| id.node() == sealed.by && sealed.good)?;
        Some(Grant::Anew(key.key()))
    }

    fn leaf<'de, V: Visitor<'de>>(leaf: &Leaf, visitor: V) -> Result<V::Value, Refused> {
        match leaf {
            Leaf::Unit => visitor.visit_unit(),
            Leaf::None => visitor.visit_none(),
            Leaf::Bool(b) => visitor.visit_bool(*b),
            Leaf::Unsigned(bits, n) => unsigned(*bits, *n, visitor),
            Leaf::Signed(bits, n) => signed(*bits, *n, visitor),
            Leaf::F32(bits) => visitor.visit_f32(f32::from_bits(*bits)),
            Leaf::F64(bits) => visitor.visit_f64(f64::from_bits(*bits)),
            Leaf::Char(c) => visitor.visit_char(*c),
            Leaf::Text(text) => visitor.visit_str(text),
            Leaf::Bytes(bytes) => visitor.visit_bytes(bytes),
        }
    }
}

macro_rules! of_its_width {
    ($name:ident $wide:ty: $($bits:literal $type:ty, $visit:ident;)*) => {
        fn $name<'de, V: Visitor<'de>>(bits: u32, n: $wide, v: V) -> Result<V::Value, Refused> {
            match bits {
                $($bits => v.$visit(<$type>::try_from(n).map_err(|_| Refused)?),)*
                _ => Err(Refused),
            }
        }
    };
}

of_its_width! { unsigned u128:
    8 u8, visit_u8; 16 u16, visit_u16; 32 u32, visit_u32; 64 u64, visit_u64; 128 u128, visit_u128;
}
of_its_width! { signed i128:
    8 i8, visit_i8; 16 i16, visit_i16; 32 i32, visit_i32; 64 i64, visit_i64; 128 i128, visit_i128;
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let here = self.of(self.tree.bare()).below()?;
        let (kind, parts) = match here.tree {
            Tree::Leaf(leaf) => return Self::leaf(leaf, visitor),
            Tree::Branch(kind, parts) => (kind, parts),
        };
        match (kind, parts.as_slice()) {
            (Kind::Some, [(_, part)]) => visitor.visit_some(here.of(part)),
            (Kind::Seq | Kind::Tuple, _) => visitor.visit_seq(here.parts()),
            (Kind::Struct | Kind::Map, _) => visitor.visit_map(here.parts()),
            // To whoever buffers it, a variant is what it would be in JSON.
            (Kind::Variant(variant), []) => visitor.visit_str(variant.name),
            (Kind::Variant(_), _) => visitor.visit_map(here.parts()),
            (Kind::Sealed(sealed), [(_, body)]) => {
                let granted = here.granted(sealed).map(travel::grant);
                visitor.visit_seq(Signature { at: 0, sealed, granted, body: here.of(body) })
            }
            _ => Err(Refused),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.tree.bare() {
            Tree::Leaf(Leaf::None) => visitor.visit_none(),
            Tree::Branch(Kind::Some, _) => self.deserialize_any(visitor),
            tree => visitor.visit_some(self.of(tree).below()?),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self.below()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let here = self.of(self.tree.bare()).below()?;
        match here.tree {
            Tree::Branch(Kind::Variant(variant), parts) => {
                variant.others.0.set(variants);
                let part = parts.first().map(|(_, part)| here.of(part));
                visitor.visit_enum(OneOf { variant, part })
            }
            // Whoever writes an enum as a text or a number reads it so.
            Tree::Leaf(Leaf::Text(name)) => visitor.visit_enum(name.as_str().into_deserializer()),
            _ => Err(Refused),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// The parts of a value, one by one.
struct Several<'t> {
    parts: std::slice::Iter<'t, (Step, Tree)>,
    /// Of the entry whose key was given last.
    value: Option<&'t Tree>,
    reader: Reader<'t>,
}

impl<'de> de::SeqAccess<'de> for Several<'_> {
    type Error = Refused;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        let Some((_, part)) = self.parts.next() else { return Ok(None) };
        seed.deserialize(self.reader.of(part)).map(Some)
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.parts.len())
    }
}

impl<'de> de::MapAccess<'de> for Several<'_> {
    type Error = Refused;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some((step, part)) = self.parts.next() else { return Ok(None) };
        if let Tree::Branch(Kind::Entry, entry) = part {
            let [(_, key), (_, value)] = entry.as_slice() else { return Err(Refused) };
            self.value = Some(value);
            return seed.deserialize(self.reader.of(key)).map(Some);
        }
        let Step::Field(name) = step else { return Err(Refused) };
        self.value = Some(part);
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let value = self.value.take().ok_or(Refused)?;
        seed.deserialize(self.reader.of(value))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.parts.len())
    }
}

struct OneOf<'t> {
    variant: &'t Variant,
    part: Option<Reader<'t>>,
}

impl<'de> de::EnumAccess<'de> for OneOf<'_> {
    type Error = Refused;
    type Variant = Self;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refused> {
        let name = seed.deserialize(StrDeserializer::<Refused>::new(self.variant.name))?;
        Ok((name, self))
    }
}

impl<'t> OneOf<'t> {
    fn carried(&self, shape: Shape) -> Result<Reader<'t>, Refused> {
        self.part.filter(|_| self.variant.shape == shape).ok_or(Refused)
    }
}

impl<'de> de::VariantAccess<'de> for OneOf<'_> {
    type Error = Refused;
    fn unit_variant(self) -> Result<(), Refused> {
        if self.variant.shape == Shape::Unit { Ok(()) } else { Err(Refused) }
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self.carried(Shape::Newtype)?)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.carried(Shape::Tuple)?.deserialize_any(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.carried(Shape::Struct)?.deserialize_any(visitor)
    }
}

/// The three parts of a signature.
struct Signature<'t> {
    at: u8,
    sealed: &'t Sealed,
    granted: Option<u64>,
    body: Reader<'t>,
}

impl<'de> de::SeqAccess<'de> for Signature<'_> {
    type Error = Refused;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        self.at += 1;
        match (self.at, self.granted) {
            (1, _) => seed.deserialize(self.sealed.by.0.into_deserializer()).map(Some),
            (2, Some(number)) => seed.deserialize(U64Deserializer::new(number)).map(Some),
            (2, None) => seed.deserialize(self.sealed.good.into_deserializer()).map(Some),
            (3, _) => seed.deserialize(self.body).map(Some),
            _ => {
                self.at = 3;
                Ok(None)
            }
        }
    }
    fn size_hint(&self) -> Option<usize> {
        Some(3_usize.saturating_sub(self.at.into()))
    }
}
