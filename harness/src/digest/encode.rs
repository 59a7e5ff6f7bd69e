//! The bytes of a value: little-endian, lengths first, enum variants by name.

use std::fmt;

use serde::ser::{self, Serialize};

/// What became of a value that was to be written.
pub(super) enum Encoded {
    /// All of it is there, in so many bytes.
    Whole(usize),
    /// There was not enough room.
    TooLarge,
    /// The type's own `Serialize` gave up, after so many bytes.
    Refused(usize),
}

/// Writes the bytes of `value` to `room`.
#[inline]
pub(super) fn encode<T: Serialize + ?Sized>(value: &T, room: &mut [u8]) -> Encoded {
    let all = room.len();
    let mut encoder = Encoder { room, is_full: false };
    let result = value.serialize(&mut encoder);
    let written = all - encoder.room.len();
    match result {
        // Whatever the type made of that error.
        _ if encoder.is_full => Encoded::TooLarge,
        Ok(()) => Encoded::Whole(written),
        Err(Refused) => Encoded::Refused(written),
    }
}

/// Only what is left of the room is kept, so that a field costs a comparison and a store.
struct Encoder<'r> {
    room: &'r mut [u8],
    /// Whether something did not fit.
    is_full: bool,
}

/// An error: that the value's own `Serialize` raised, or that there is no room left.
#[derive(Debug)]
struct Refused;

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
    #[inline]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), Refused> {
        let room = std::mem::take(&mut self.room);
        let Some((field, rest)) = room.split_first_chunk_mut() else { return self.full() };
        *field = bytes;
        self.room = rest;
        Ok(())
    }

    #[inline]
    fn slice(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let room = std::mem::take(&mut self.room);
        let Some((field, rest)) = room.split_at_mut_checked(bytes.len()) else {
            return self.full();
        };
        field.copy_from_slice(bytes);
        self.room = rest;
        Ok(())
    }

    #[cold]
    const fn full(&mut self) -> Result<(), Refused> {
        self.is_full = true;
        Err(Refused)
    }

    #[inline]
    fn length(&mut self, n: usize) -> Result<(), Refused> {
        self.array((n as u64).to_le_bytes())
    }

    #[inline]
    fn text(&mut self, text: &str) -> Result<(), Refused> {
        self.length(text.len())?;
        self.slice(text.as_bytes())
    }
}

/// A sequence whose length may not be known before its end: the count follows the elements.
struct Elements<'e, 'r> {
    encoder: &'e mut Encoder<'r>,
    count: u64,
}

impl<'e, 'r> Elements<'e, 'r> {
    const fn of(encoder: &'e mut Encoder<'r>) -> Self {
        Self { encoder, count: 0 }
    }

    #[inline]
    fn one<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.count += 1;
        value.serialize(&mut *self.encoder)
    }

    fn end(self) -> Result<(), Refused> {
        self.encoder.array(self.count.to_le_bytes())
    }
}

macro_rules! little_endian {
    ($($method:ident $type:ty)*) => {
        $(#[inline]
        fn $method(self, v: $type) -> Result<(), Refused> {
            self.array(v.to_le_bytes())
        })*
    };
}

impl<'e, 'r> ser::Serializer for &'e mut Encoder<'r> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Elements<'e, 'r>;
    type SerializeTuple = Fields<'e, 'r>;
    type SerializeTupleStruct = Fields<'e, 'r>;
    type SerializeTupleVariant = Fields<'e, 'r>;
    type SerializeMap = Elements<'e, 'r>;
    type SerializeStruct = Fields<'e, 'r>;
    type SerializeStructVariant = Fields<'e, 'r>;

    little_endian! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 serialize_i128 i128
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 serialize_u128 u128
        serialize_f32 f32 serialize_f64 f64
    }

    #[inline]
    fn serialize_bool(self, v: bool) -> Result<(), Refused> {
        self.array([u8::from(v)])
    }

    #[inline]
    fn serialize_char(self, v: char) -> Result<(), Refused> {
        self.serialize_u32(u32::from(v))
    }

    #[inline]
    fn serialize_str(self, v: &str) -> Result<(), Refused> {
        self.text(v)
    }

    #[inline]
    fn serialize_bytes(self, v: &[u8]) -> Result<(), Refused> {
        self.length(v.len())?;
        self.slice(v)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Refused> {
        self.array([0])
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<(), Refused> {
        self.array([1])?;
        v.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Refused> {
        self.text(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<(), Refused> {
        v.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<(), Refused> {
        self.text(variant)?;
        v.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'e, 'r>, Refused> {
        Ok(Elements::of(self))
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Elements<'e, 'r>, Refused> {
        Ok(Elements::of(self))
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Fields<'e, 'r>, Refused> {
        Ok(Fields(self))
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields<'e, 'r>, Refused> {
        Ok(Fields(self))
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'e, 'r>, Refused> {
        self.text(variant)?;
        Ok(Fields(self))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'e, 'r>, Refused> {
        Ok(Fields(self))
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'e, 'r>, Refused> {
        self.text(variant)?;
        Ok(Fields(self))
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl ser::SerializeSeq for Elements<'_, '_> {
    type Ok = ();
    type Error = Refused;
    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    #[inline]
    fn end(self) -> Result<(), Refused> {
        Elements::end(self)
    }
}

impl ser::SerializeMap for Elements<'_, '_> {
    type Ok = ();
    type Error = Refused;
    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Refused> {
        self.one(v)
    }
    #[inline]
    fn end(self) -> Result<(), Refused> {
        Elements::end(self)
    }
}

/// The fields of a type: their number is the type's own, so it need not be written.
struct Fields<'e, 'r>(&'e mut Encoder<'r>);

macro_rules! fields {
    ($($trait:ident $method:ident ($($key:ty)?);)*) => {
        $(impl ser::$trait for Fields<'_, '_> {
            type Ok = ();
            type Error = Refused;
            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $key,)?
                v: &T,
            ) -> Result<(), Refused> {
                v.serialize(&mut *self.0)
            }
            $(
                // Its name stands where its value would: it matters which one is left out.
                #[inline]
                fn skip_field(&mut self, name: $key) -> Result<(), Refused> {
                    self.0.text(name)
                }
            )?
            #[inline]
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
