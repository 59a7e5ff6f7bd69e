//! Sets of operations.

/// A set of small numbers, of any size.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

const WORD: usize = u64::BITS as usize;

impl Bits {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn insert(&mut self, i: usize) {
        if self.0.len() <= i / WORD {
            self.0.resize(i / WORD + 1, 0);
        }
        self.0[i / WORD] |= 1 << (i % WORD);
    }

    pub(super) fn remove(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / WORD) {
            *word &= !(1 << (i % WORD));
        }
    }

    pub(super) fn contains(&self, i: usize) -> bool {
        self.word(i / WORD) >> (i % WORD) & 1 == 1
    }

    /// The numbers from `64 * at` on, as bits.
    pub(super) fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or(0)
    }
}

/// The numbers below `limit`, as a word of a set.
pub(super) const fn below(limit: usize, at: usize) -> u64 {
    let limit = limit.saturating_sub(at * WORD);
    if limit >= WORD { u64::MAX } else { (1 << limit) - 1 }
}

/// The first number from `from` on, and below `end`, in the set with these words.
pub(super) fn next(from: usize, end: usize, word: impl Fn(usize) -> u64) -> Option<usize> {
    let mut mask = u64::MAX << (from % WORD);
    for at in from / WORD..end.div_ceil(WORD) {
        let found = word(at) & mask;
        if found != 0 {
            let i = at * WORD + found.trailing_zeros() as usize;
            return (i < end).then_some(i);
        }
        mask = u64::MAX;
    }
    None
}

/// The last number below `end` that is not in the set.
pub(super) fn last_outside(set: &Bits, end: usize) -> Option<usize> {
    (0..end.div_ceil(WORD)).rev().find_map(|at| {
        let outside = below(end, at) & !set.word(at);
        (outside != 0).then(|| at * WORD + WORD - 1 - outside.leading_zeros() as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_was_put_in_and_not_taken_out() {
        let members = [0, 1, 63, 64, 127, 128, 1000];
        let mut set = Bits::default();
        members.iter().for_each(|i| set.insert(*i));
        let found = |set: &Bits, end| -> Vec<usize> {
            let mut from = 0;
            std::iter::from_fn(|| {
                let i = next(from, end, |at| set.word(at))?;
                from = i + 1;
                Some(i)
            })
            .collect()
        };
        assert_eq!(found(&set, 5000), members);
        assert_eq!(found(&set, 128), members[..5]);
        (0..5000).for_each(|i| assert_eq!(set.contains(i), members.contains(&i), "{i}"));
        set.remove(64);
        set.remove(4999);
        assert_eq!(found(&set, 1001), [0, 1, 63, 127, 128, 1000]);
        set.clear();
        assert!(found(&set, 5000).is_empty());
    }

    #[test]
    fn the_last_outside_is_the_last_that_is_missing() {
        let mut set = Bits::default();
        assert_eq!(last_outside(&set, 0), None);
        assert_eq!(last_outside(&set, 70), Some(69));
        (64..70).for_each(|i| set.insert(i));
        assert_eq!(last_outside(&set, 70), Some(63));
        assert_eq!(last_outside(&set, 71), Some(70));
        (0..64).for_each(|i| set.insert(i));
        assert_eq!(last_outside(&set, 70), None);
    }

    #[test]
    fn below_a_limit_is_everything_below_it() {
        for limit in [0, 1, 63, 64, 65, 128, 200] {
            let members = (0..256).filter(|i| below(limit, i / WORD) >> (i % WORD) & 1 == 1);
            assert_eq!(members.collect::<Vec<_>>(), (0..limit).collect::<Vec<_>>());
        }
    }
}
