//! The digest of a run: one number that two runs share only if they went alike.
//!
//! It is xxh3-128 (a published hash with other implementations) over fixed little-endian,
//! length-prefixed records, and never over `usize`, addresses or `std::hash::Hash`, so that it is
//! the same on every platform, in debug and in release.

mod encode;

use std::fmt;

use generals_models::{NodeId, Time};
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64_with_seed, xxh3_128};

use self::encode::Encoded;

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
///
/// What is taken in waits in a buffer, since the hash is several times faster on long input than on
/// short: what is short altogether, as the state of a service may be, never sees the hash's stream.
#[derive(Default)]
pub struct Fingerprint {
    /// What was taken in lately, and room for more.
    buffer: Vec<u8>,
    /// How much of the buffer is taken in.
    used: usize,
    /// What the buffer was emptied into, once it was full.
    hasher: Option<Box<Xxh3Default>>,
    /// Whether anything is in the hasher.
    flushed: bool,
    /// Whether nothing is taken in: only to measure what the digest costs.
    off: bool,
    /// The last milestone, if any are asked for, and where in the buffer it stands.
    milestone: Option<(u64, usize)>,
}

/// The buffer grows no larger than this, unless a single value is.
const BUFFER: usize = 8192;

impl Fingerprint {
    /// Takes in any serialisable value: the cheap and precise way.
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) {
        // The only error there is comes from the type itself; a digest takes what there is.
        if let Err(written) = self.encode(value) {
            self.used += written;
        }
    }

    /// Takes in what a node says, decides or writes to its disk: as [`serialize`](Self::serialize)
    /// does, or as [`debug`](Self::debug) does if its type refuses.
    #[inline]
    pub(crate) fn value<T: Serialize + fmt::Debug>(&mut self, value: &T) {
        if self.encode(value).is_err() {
            self.debug(value);
        }
    }

    /// Takes in a value, unless its type refuses: then says how much of it was written by then,
    /// which is not taken in.
    #[inline]
    fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), usize> {
        if self.off {
            return Ok(());
        }
        loop {
            match encode::encode(value, &mut self.buffer[self.used..]) {
                Encoded::Whole(length) => {
                    self.used += length;
                    return Ok(());
                }
                Encoded::TooLarge => self.make_room(),
                Encoded::Refused(written) => return Err(written),
            }
        }
    }

    /// Takes in any value by the text of its `Debug`: the way that always works.
    pub fn debug<T: fmt::Debug + ?Sized>(&mut self, value: &T) {
        if self.off {
            return;
        }
        let mut text = Text { into: self, length: 0 };
        // Writing here cannot fail, and a type whose Debug fails has said all it can.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value:?}"));
        let length = text.length;
        self.bytes(&length.to_le_bytes());
    }

    /// Takes in one fixed-size record. The caller says what kind of thing happened.
    #[inline]
    pub(crate) fn record(&mut self, kind: u8, at: Time, a: NodeId, b: NodeId, word: u64) {
        if self.off {
            return;
        }
        // Of its eight bytes the second is for nobody, nor are the last two.
        let who = u64::from(kind) | u64::from(a.0) << 16 | u64::from(b.0) << 32;
        loop {
            let room = self.buffer.get_mut(self.used..).unwrap_or_default();
            if let Some(record) = room.first_chunk_mut::<24>() {
                record[0..8].copy_from_slice(&who.to_le_bytes());
                record[8..16].copy_from_slice(&at.as_nanos().to_le_bytes());
                record[16..24].copy_from_slice(&word.to_le_bytes());
                self.used += 24;
                return;
            }
            self.make_room();
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        loop {
            if let Some(room) = self.buffer.get_mut(self.used..self.used + bytes.len()) {
                room.copy_from_slice(bytes);
                self.used += bytes.len();
                return;
            }
            self.make_room();
        }
    }

    /// Something did not fit: the buffer is emptied, or made larger.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        if self.buffer.len() < BUFFER || self.done() == 0 {
            let larger = (2 * self.buffer.len()).max(BUFFER / 16);
            self.buffer.resize(larger, 0);
        } else {
            self.flush();
        }
    }

    /// How much of the buffer need not stay. What belongs to the next milestone waits for it: how large
    /// the buffer is must not matter.
    fn done(&self) -> usize {
        self.milestone.map_or(self.used, |(_, at)| at)
    }

    /// Empties what is done into the hash.
    fn flush(&mut self) {
        let done = self.done();
        self.hasher.get_or_insert_default().update(&self.buffer[..done]);
        self.buffer.copy_within(done..self.used, 0);
        self.used -= done;
        self.milestone = self.milestone.map(|(last, _)| (last, 0));
        self.flushed = true;
    }

    /// The digest of all that was taken in so far.
    #[must_use]
    pub fn digest(&mut self) -> Digest {
        if !self.flushed {
            // What is short is hashed at once, without the hasher's long state.
            return Digest(xxh3_128(&self.buffer[..self.used]));
        }
        self.flush();
        let hasher = self.hasher.get_or_insert_default();
        if self.used == 0 {
            return Digest(hasher.digest128());
        }
        let mut hasher = hasher.clone();
        hasher.update(&self.buffer[..self.used]);
        Digest(hasher.digest128())
    }

    /// A number for all that was taken in since the first milestone, where it is asked for again and
    /// again: cheaper than a digest. Who took in the same between each two has the same ones.
    pub(crate) fn milestone(&mut self) -> u64 {
        let (last, at) = self.milestone.unwrap_or_default();
        let next = xxh3_64_with_seed(&self.buffer[at..self.used], last);
        self.milestone = Some((next, self.used));
        next
    }

    /// Takes in nothing from now on.
    pub(crate) const fn turn_off(&mut self) {
        self.off = true;
    }

    /// Forgets everything, keeping the memory.
    pub(crate) fn reset(&mut self) {
        self.used = 0;
        self.milestone = None;
        if std::mem::take(&mut self.flushed)
            && let Some(hasher) = &mut self.hasher
        {
            hasher.reset();
        }
    }
}

struct Text<'a> {
    into: &'a mut Fingerprint,
    length: u64,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.into.bytes(text.as_bytes());
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

    /// Nobody reads them here, so their unit would only cost.
    #[test]
    fn times_are_numbers() {
        let (span, time) = (generals_models::Span::millis(5), Time::nanos(5_000_000));
        let number = of(|f| f.serialize(&5_000_000_u64));
        assert_eq!([of(|f| f.serialize(&span)), of(|f| f.serialize(&time))], [number; 2]);
    }

    #[test]
    fn it_matters_which_field_is_left_out() {
        #[derive(Serialize)]
        struct Sparse {
            #[serde(skip_serializing_if = "Option::is_none")]
            start: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            every: Option<u64>,
        }
        let sparse = |start, every| of(|f| f.serialize(&Sparse { start, every }));
        assert_ne!(sparse(Some(5), None), sparse(None, Some(5)));
    }

    /// Whatever it makes of the error that there is no room left, it is given more.
    #[test]
    fn a_type_with_errors_of_its_own_is_taken_in_whole() {
        struct Grumbling(&'static str);
        impl Serialize for Grumbling {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let grumble = |_| serde::ser::Error::custom("not my fault");
                to.serialize_str(self.0).map_err(grumble)
            }
        }
        let grumbling = of(|f| (0..2000).for_each(|_| f.serialize(&Grumbling("thirteen long"))));
        assert_eq!(grumbling, of(|f| (0..2000).for_each(|_| f.serialize("thirteen long"))));
    }

    #[test]
    fn looking_at_a_digest_changes_nothing() {
        let mut fingerprint = Fingerprint::default();
        let mut taken: Vec<u8> = Vec::new();
        let (mut other, mut milestones) = (Fingerprint::default(), (0, 0));
        for i in 0..3000_u64 {
            fingerprint.serialize(&i);
            other.serialize(&i);
            taken.extend(i.to_le_bytes());
            if i % 5 == 1 {
                milestones = (fingerprint.milestone(), other.milestone());
            }
            if i % 3 == 0 || i < 300 {
                assert_eq!(fingerprint.digest().0, xxh3_128(&taken));
            }
            assert_eq!(milestones.0, milestones.1);
        }
        assert_eq!(fingerprint.digest(), other.digest());
        fingerprint.reset();
        assert_eq!(fingerprint.digest(), of(|_| ()));
    }

    /// Whatever the size of the buffer, which remembers the largest value of earlier runs.
    #[test]
    fn milestones_depend_on_what_is_taken_in_alone() {
        let run = |fingerprint: &mut Fingerprint, odd: u64| {
            fingerprint.reset();
            fingerprint.milestone();
            let each = |i: u64| {
                (0..(i + 699) % 700)
                    .for_each(|j| fingerprint.serialize(&(i * j + u64::from(i == odd))));
                fingerprint.milestone()
            };
            let all: Vec<u64> = (0..900).map(each).collect();
            (all, fingerprint.digest())
        };
        let mut fingerprint = Fingerprint::default();
        let first = run(&mut fingerprint, 1000);
        fingerprint.serialize(&"long ".repeat(BUFFER));
        assert_eq!(run(&mut fingerprint, 1000), first);
        for odd in [0, 2, 600, 899] {
            let other = run(&mut fingerprint, odd).0;
            let same = other.iter().zip(&first.0).take_while(|(a, b)| a == b).count();
            assert_eq!(same as u64, odd);
        }
        let mut plain = Fingerprint::default();
        (0..900_u64).for_each(|i| (0..(i + 699) % 700).for_each(|j| plain.serialize(&(i * j))));
        assert_eq!(plain.digest(), first.1);
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
