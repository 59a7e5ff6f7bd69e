//! The digest of a run: one number that two runs share only if they went alike.
//!
//! It is xxh3-128 (a published hash with other implementations) over fixed little-endian,
//! length-prefixed records, and never over `usize`, addresses or `std::hash::Hash`, so that it is
//! the same on every platform, in debug and in release.

mod encode;

use std::fmt;

use generals_models::{NodeId, Time};
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
#[derive(Default)]
pub struct Fingerprint {
    bytes: Bytes,
    /// Whether nothing is taken in: only to measure what the digest costs.
    off: bool,
}

impl Fingerprint {
    /// Takes in any serialisable value: the cheap and precise way.
    #[inline]
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) {
        if !self.off {
            encode::encode(value, &mut self.bytes);
        }
    }

    /// Takes in any value by the text of its `Debug`: the way that always works.
    pub fn debug<T: fmt::Debug + ?Sized>(&mut self, value: &T) {
        if self.off {
            return;
        }
        let mut text = Text { bytes: &mut self.bytes, length: 0 };
        // Writing cannot fail, and a type whose Debug fails has said all it can.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value:?}"));
        let length = text.length;
        self.bytes.array(length.to_le_bytes());
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
        self.bytes.array(record);
    }

    /// The digest of all that was taken in so far.
    #[must_use]
    pub fn digest(&mut self) -> Digest {
        self.bytes.flush();
        Digest(self.bytes.hasher.digest128())
    }

    /// Takes in nothing from now on.
    pub(crate) const fn turn_off(&mut self) {
        self.off = true;
    }

    /// Forgets everything, keeping the memory.
    pub(crate) fn reset(&mut self) {
        self.bytes.filled = 0;
        self.bytes.hasher.reset();
    }
}

/// Bytes on their way to the hash, which is several times faster on long input than on short.
struct Bytes {
    buffer: Box<[u8; BUFFER]>,
    filled: usize,
    hasher: Xxh3Default,
}

const BUFFER: usize = 4096;

impl Default for Bytes {
    fn default() -> Self {
        Self { buffer: Box::new([0; BUFFER]), filled: 0, hasher: Xxh3Default::new() }
    }
}

impl Bytes {
    #[inline]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if self.filled > BUFFER - N {
            self.flush();
        }
        self.buffer[self.filled..self.filled + N].copy_from_slice(&bytes);
        self.filled += N;
    }

    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        if bytes.len() > BUFFER - self.filled {
            self.flush();
            if bytes.len() > BUFFER {
                return self.hasher.update(bytes);
            }
        }
        self.buffer[self.filled..self.filled + bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    #[cold]
    fn flush(&mut self) {
        self.hasher.update(&self.buffer[..self.filled]);
        self.filled = 0;
    }
}

struct Text<'a> {
    bytes: &'a mut Bytes,
    length: u64,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes.slice(text.as_bytes());
        self.length += text.len() as u64;
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
    }
}
