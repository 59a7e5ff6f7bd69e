//! Logarithms and powers of two in whole numbers, the same on every machine.
//!
//! Numbers with a fraction are held times 2^[`BITS`]. Everything here rounds down and never falls
//! where its argument rises: a larger word must never mean a shorter latency.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a const fn has no try_from; what is cast lies below 2^64, as each place shows"
)]

/// How many bits of a fraction are kept.
pub(super) const BITS: u32 = 40;

/// 1, in this notation.
pub(super) const ONE: u64 = 1 << BITS;

/// The natural logarithm of 2, times 2^64.
const LN_2: u128 = 12_786_308_645_202_655_659;

/// The binary logarithm of `x`, which lies from 1 to 2^65: bit by bit, by squaring (Knuth, *The Art
/// of Computer Programming* 1, section 1.2.2). Each bit says whether the
/// square of what is left reaches 2.
///
/// It never falls, since no step does: of two numbers the larger has the larger square, and where
/// the bits first differ it is the larger that has the 1.
const fn log2(x: u128) -> u64 {
    let whole = x.ilog2();
    let mut left = (x << 63) >> whole;
    let mut log = whole as u64;
    let mut bit = 0;
    while bit < BITS {
        left = (left * left) >> 63;
        let reached = (left >> 64) as u64;
        left >>= reached;
        log = log << 1 | reached;
        bit += 1;
    }
    log
}

/// -log2 of the chance (2n + 1) / 2^65, which is the middle of the `n`-th of 2^64 equal parts: from
/// almost 0 for the last to 65 for the first.
pub(super) const fn minus_log2(n: u64) -> u64 {
    65 * ONE - log2(2 * n as u128 + 1)
}

/// The same as a natural logarithm: from almost 0 to 45.06.
pub(super) const fn minus_ln(n: u64) -> u64 {
    ((minus_log2(n) as u128 * LN_2) >> 64) as u64
}

/// 2^(1/2), 2^(1/4), 2^(1/8), …, times 2^63: each the square root of the one before.
const ROOTS: [u64; BITS as usize] = {
    let mut roots = [0; BITS as usize];
    let mut last: u128 = 1 << 64;
    let mut i = 0;
    while i < roots.len() {
        last = (last << 63).isqrt();
        roots[i] = last as u64;
        i += 1;
    }
    roots
};

/// 2^`x` as `(y, k)`, which mean `y · 2^(k - 63)`: `y` has its highest bit set. The inverse of
/// [`log2`], bit by bit as well.
///
/// It errs by less than 2^-56 of itself, and the next `x` is larger by 2^-41 of it: it cannot fall.
pub(super) const fn exp2(x: u64) -> (u64, u32) {
    let mut y: u64 = 1 << 63;
    let mut i = 0;
    while i < BITS {
        if x >> (BITS - 1 - i) & 1 == 1 {
            y = ((y as u128 * ROOTS[i as usize] as u128) >> 63) as u64;
        }
        i += 1;
    }
    (y, (x >> BITS) as u32)
}
