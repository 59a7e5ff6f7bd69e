//! The bytes of a value: little-endian, lengths first, enum variants by name.

use std::fmt;

use serde::ser::{self, Serialize};

/// Appends the bytes of `value`.
///
/// # Errors
/// If the type's own `Serialize` gives up; what it wrote by then is left.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<(), Refused> {
    value.serialize(Encoder(into))
}

struct Encoder<'a>(&'a mut Vec<u8>);

/// An error that the value's own `Serialize` raised.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type refuses to be serialised")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Encoder<'_> {
    fn length(&mut self, n: usize) {
        self.0.extend_from_slice(&(n as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// A sequence whose length may not be known before its end: the count follows the elements.
struct Elements<'a> {
    bytes: &'a mut Vec<u8>,
    count: u64,
}

impl<'a> Elements<'a> {
    const fn of(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, count: 0 }
    }

    fn one<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.count += 1;
        value.serialize(Encoder(self.bytes))
    }

    fn end(self) -> Result<(), Refused> {
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        Ok(())
    }
}

macro_rules! little_endian {
    ($($method:ident $type:ty)*) => {
        $(fn $method(self, v: $type) -> Result<(), Refused> {
            self.0.extend_from_slice(&v.to_le_bytes());
            Ok(())
        })*
    };
}

impl<'a> ser::Serializer for Encoder<'a> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Fields<'a>;
    type SerializeTupleStruct = Fields<'a>;
    type SerializeTupleVariant = Fields<'a>;
    type SerializeMap = Elements<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    little_endian! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 serialize_i128 i128
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 serialize_u128 u128
        serialize_f32 f32 serialize_f64 f64
    }

    fn serialize_bool(self, v: bool) -> Result<(), Refused> {
        self.0.push(u8::from(v));
        Ok(())
    }

    fn serialize_char(self, v: char) -> Result<(), Refused> {
        self.serialize_u32(u32::from(v))
    }

    fn serialize_str(mut self, v: &str) -> Result<(), Refused> {
        self.text(v);
        Ok(())
    }

    fn serialize_bytes(mut self, v: &[u8]) -> Result<(), Refused> {
        self.length(v.len());
        self.0.extend_from_slice(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.0.push(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<(), Refused> {
        self.0.push(1);
        v.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Refused> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<(), Refused> {
        v.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<(), Refused> {
        self.text(variant);
        v.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, Refused> {
        Ok(Elements::of(self.0))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Elements<'a>, Refused> {
        Ok(Elements::of(self.0))
    }

    fn serialize_tuple(self, _: usize) -> Result<Fields<'a>, Refused> {
        Ok(Fields(self.0))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Refused> {
        Ok(Fields(self.0))
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Refused> {
        self.text(variant);
        Ok(Fields(self.0))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Refused> {
        Ok(Fields(self.0))
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Refused> {
        self.text(variant);
        Ok(Fields(self.0))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl ser::SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Refused;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    fn end(self) -> Result<(), Refused> {
        Elements::end(self)
    }
}

impl ser::SerializeMap for Elements<'_> {
    type Ok = ();
    type Error = Refused;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    fn end(self) -> Result<(), Refused> {
        Elements::end(self)
    }
}

/// The fields of a type: their number is the type's own, so it need not be written.
struct Fields<'a>(&'a mut Vec<u8>);

macro_rules! fields {
    ($($trait:ident $method:ident ($($key:ty)?);)*) => {
        $(impl ser::$trait for Fields<'_> {
            type Ok = ();
            type Error = Refused;
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $key,)?
                v: &T,
            ) -> Result<(), Refused> {
                v.serialize(Encoder(self.0))
            }
            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        })*
    };
}

fields! {
    SerializeTuple serialize_element ();
    SerializeTupleStruct serialize_field ();
    SerializeTupleVariant serialize_field ();
    SerializeStruct serialize_field (&'static str);
    SerializeStructVariant serialize_field (&'static str);
}
