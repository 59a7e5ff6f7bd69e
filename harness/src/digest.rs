//! The digest of a run: one number that two runs share only if they went alike.
//!
//! It is xxh3-128 (a published hash with other implementations) over fixed little-endian,
//! length-prefixed records, and never over `usize`, addresses or `std::hash::Hash`, so that it is
//! the same on every platform, in debug and in release.

mod encode;

use std::fmt;

use generals_models::{Message, NodeId, Time};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3Default;

/// The digest of a run, or of a run up to some event. Shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes in what happens in a run, record by record.
pub struct Fingerprint {
    hasher: Xxh3Default,
    /// The hash is several times faster on long input than on short.
    buffer: Vec<u8>,
    /// Whether nothing is taken in: only to measure what the digest costs.
    off: bool,
}

const BUFFER: usize = 4096;

impl Default for Fingerprint {
    fn default() -> Self {
        Self { hasher: Xxh3Default::new(), buffer: Vec::with_capacity(2 * BUFFER), off: false }
    }
}

impl Fingerprint {
    /// Takes in any serialisable value: the cheap and precise way.
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) {
        if self.off {
            return;
        }
        // The only error there is comes from the type itself; a digest takes what there is.
        let _ = encode::encode(value, &mut self.buffer);
        self.flush_if_full();
    }

    /// Takes in a message: as [`serialize`](Self::serialize) does, or as
    /// [`debug`](Self::debug) does if its type refuses.
    pub(crate) fn message<M: Message>(&mut self, message: &M) {
        if self.off {
            return;
        }
        let start = self.buffer.len();
        if encode::encode(message, &mut self.buffer).is_err() {
            self.buffer.truncate(start);
            return self.debug(message);
        }
        self.flush_if_full();
    }

    /// Takes in any value by the text of its `Debug`: the way that always works.
    pub fn debug<T: fmt::Debug + ?Sized>(&mut self, value: &T) {
        if self.off {
            return;
        }
        let start = self.buffer.len();
        // Writing to a vector cannot fail, and a type whose Debug fails has said all it can.
        let _ = fmt::Write::write_fmt(&mut Text(&mut self.buffer), format_args!("{value:?}"));
        let length = (self.buffer.len() - start) as u64;
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.flush_if_full();
    }

    /// Takes in one fixed-size record. The caller says what kind of thing happened.
    #[inline]
    pub(crate) fn record(&mut self, kind: u8, at: Time, a: NodeId, b: NodeId, word: u64) {
        if self.off {
            return;
        }
        let mut record = [0; 24];
        record[0] = kind;
        record[2..4].copy_from_slice(&a.0.to_le_bytes());
        record[4..6].copy_from_slice(&b.0.to_le_bytes());
        record[8..16].copy_from_slice(&at.as_nanos().to_le_bytes());
        record[16..24].copy_from_slice(&word.to_le_bytes());
        self.buffer.extend_from_slice(&record);
        self.flush_if_full();
    }

    #[inline]
    fn flush_if_full(&mut self) {
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    #[cold]
    fn flush(&mut self) {
        self.hasher.update(&self.buffer);
        self.buffer.clear();
    }

    /// The digest of all that was taken in so far.
    #[must_use]
    pub fn digest(&mut self) -> Digest {
        self.flush();
        Digest(self.hasher.digest128())
    }

    /// Takes in nothing from now on.
    pub(crate) const fn turn_off(&mut self) {
        self.off = true;
    }

    /// Forgets everything, keeping the memory.
    pub(crate) fn reset(&mut self) {
        self.buffer.clear();
        self.hasher.reset();
    }
}

struct Text<'a>(&'a mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(take: impl Fn(&mut Fingerprint)) -> Digest {
        let mut fingerprint = Fingerprint::default();
        take(&mut fingerprint);
        fingerprint.digest()
    }

    /// Pinned: a digest in a seed file must mean the same for every later version.
    #[test]
    fn digests_are_the_same_everywhere() {
        assert_eq!(of(|_| ()).to_string(), "99aa06d3014798d86001c324468d497f");
        let record = |f: &mut Fingerprint| f.record(1, Time::nanos(2), NodeId(3), NodeId(4), 5);
        let again = of(record);
        assert_eq!(again, of(record));
        assert_ne!(again, of(|f| f.record(1, Time::nanos(2), NodeId(4), NodeId(3), 5)));
    }

    #[test]
    fn lengths_keep_neighbours_apart() {
        assert_ne!(of(|f| f.serialize(&("ab", "c"))), of(|f| f.serialize(&("a", "bc"))));
        assert_ne!(
            of(|f| {
                f.debug("ab");
                f.debug("c");
            }),
            of(|f| {
                f.debug("a");
                f.debug("bc");
            })
        );
        assert_ne!(of(|f| f.serialize(&Some(0u8))), of(|f| f.serialize(&None::<u8>)));
    }

    #[test]
    fn a_long_run_hashes_as_one_piece() {
        let pieces = of(|f| (0..10_000u64).for_each(|i| f.serialize(&i)));
        let bytes: Vec<u8> = (0..10_000u64).flat_map(u64::to_le_bytes).collect();
        assert_eq!(pieces.0, xxhash_rust::xxh3::xxh3_128(&bytes));

        let text = "long ".repeat(BUFFER);
        let pieces = of(|f| (0..3u8).for_each(|i| f.serialize(&(i, &text))));
        let piece = |i: u8| {
            let length = (text.len() as u64).to_le_bytes();
            [&[i], length.as_slice(), text.as_bytes()].concat()
        };
        let bytes: Vec<u8> = (0..3).flat_map(piece).collect();
        assert_eq!(pieces.0, xxhash_rust::xxh3::xxh3_128(&bytes));
    }
}
