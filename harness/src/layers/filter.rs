//! Which numbers have been seen.

use std::collections::BTreeMap;

use serde::Serialize;

/// A set of numbers that mostly come in order: as ranges, from the first number of each to the last.
///
/// If all numbers come in the end, one range is left, up to the low-water mark. So the memory it
/// takes is that of the gaps, however long a run lasts; a sender who invents numbers costs one
/// range each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Filter {
    ranges: BTreeMap<u64, u64>,
}

impl Filter {
    /// Takes in a number; false if it had been seen before.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        let below = self.ranges.range_mut(..=number).next_back();
        let above = number.checked_add(1);
        if let Some((_, last)) = below
            && *last >= number.saturating_sub(1)
        {
            if *last >= number {
                return false;
            }
            *last = number;
            let first =
                self.ranges.range(..=number).next_back().map_or(number, |(first, _)| *first);
            self.close_gap(first, above);
            return true;
        }
        self.ranges.insert(number, number);
        self.close_gap(number, above);
        true
    }

    /// The range that begins at `first` now reaches the one that begins at `next`, if there is one.
    fn close_gap(&mut self, first: u64, next: Option<u64>) {
        if let Some(last) = next.and_then(|next| self.ranges.remove(&next)) {
            self.ranges.insert(first, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_is_a_set_whatever_the_order() {
        // All sequences of six numbers below four, then the ends of what a number can be.
        for code in 0..4_u64.pow(6) {
            let (mut filter, mut set) = (Filter::default(), BTreeSet::new());
            for digit in 0..6 {
                let number = code / 4_u64.pow(digit) % 4;
                assert_eq!(filter.insert(number), set.insert(number), "{code}: {number}");
            }
        }
        let mut filter = Filter::default();
        for number in [u64::MAX, 0, u64::MAX - 1, 1] {
            assert!(filter.insert(number));
            assert!(!filter.insert(number));
        }
        assert_eq!(filter.ranges.len(), 2);
    }

    #[test]
    fn it_takes_the_memory_of_the_gaps_only() {
        let mut filter = Filter::default();
        for number in (0..1000).filter(|number| number % 100 != 7) {
            assert!(filter.insert(number));
        }
        assert_eq!(filter.ranges.len(), 11);
        for number in (0..1000).filter(|number| number % 100 == 7) {
            assert!(filter.insert(number));
        }
        assert_eq!(filter.ranges, BTreeMap::from([(0, 999)]));
    }
}
