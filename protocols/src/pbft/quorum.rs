//! How many are enough.

/// The numbers of a group of replicas.
///
/// The paper has n = 3f + 1 and says 2f + 1 where it means: so many that any two such sets share a
/// correct replica, and that the correct ones alone are as many. For every other n that is another
/// number: with n = 6, two sets of 2f + 1 = 3 need not share anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorums {
    /// n: how many replicas there are.
    pub n: u16,
    /// f: how many of them may fail.
    pub f: u16,
    /// How many replicas are a quorum: 2f + 1 if n = 3f + 1.
    pub quorum: u16,
}

impl Quorums {
    /// For `n` replicas, as many faulty ones as can be survived: f is the integer part of
    /// (n - 1) / 3, and a quorum the smallest number above (n + f) / 2.
    #[must_use]
    pub const fn of(n: u16) -> Self {
        let f = n.saturating_sub(1) / 3;
        Self { n, f, quorum: Self::least(n, f) }
    }

    /// The smallest number q such that two sets of q among `n` share more than `f`: 2q - n > f.
    #[must_use]
    pub const fn least(n: u16, f: u16) -> u16 {
        (n + f) / 2 + 1
    }

    /// A quorum: so many COMMITs, CHECKPOINTs or VIEW-CHANGEs, one's own included.
    #[must_use]
    pub const fn quorum(self) -> usize {
        self.quorum as usize
    }

    /// The prepares of different backups that make, with the primary's pre-prepare, a quorum: 2f
    /// in the paper.
    #[must_use]
    pub const fn prepares(self) -> usize {
        self.quorum as usize - 1
    }

    /// So many that one of them is correct: f + 1.
    #[must_use]
    pub const fn one_correct(self) -> usize {
        self.f as usize + 1
    }
}
