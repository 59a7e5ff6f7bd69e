//! Messages of other libraries, which can be shown but not written.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A value that travels although its type knows no serde.
///
/// It is written as its `Debug` text, which is what a run's digest takes in: of two values that
/// look the same, the digest says they are the same. Reading one always fails, so a message that
/// holds one is delivered, lost and copied like any other, but never mutated.
///
/// ```
/// use generals_models::{Message, Opaque};
///
/// /// Of somebody else's library.
/// #[derive(Clone, Debug)]
/// struct Theirs(u8);
///
/// fn travels<M: Message>(_: &M) {}
/// let message: Opaque<Theirs> = Theirs(7).into();
/// travels(&message);
/// assert_eq!(message.0.0, 7);
/// assert_eq!(ron::to_string(&message).unwrap(), "\"Theirs(7)\"");
/// assert!(ron::from_str::<Opaque<Theirs>>("\"Theirs(7)\"").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Opaque<T>(pub T);

impl<T> Opaque<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Opaque<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Opaque<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Opaque<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// As the value itself.
impl<T: fmt::Debug> fmt::Debug for Opaque<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Debug> Serialize for Opaque<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:?}", self.0))
    }
}

/// Always fails: nothing can be made of a `Debug` text.
impl<'de, T> Deserialize<'de> for Opaque<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("an opaque value was written as its Debug text and cannot be read"))
    }
}
