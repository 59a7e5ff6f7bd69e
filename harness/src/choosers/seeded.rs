//! The random chooser.

use generals_models::{Among, Chance, Choose, Concern, Span, Stream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Answers at random, the same for the same seed, version after version.
///
/// Each concern has a ChaCha8 stream of its own, made when it is first asked about, and each choice
/// takes exactly one word of it: however much more a run asks about one concern, the answers for
/// the others stay. Links share the stream of their concern: seeding one for each link would cost a
/// run of four nodes more than all its events.
#[derive(Clone, Debug)]
pub struct Seeded {
    seed: u64,
    streams: [Option<ChaCha8Rng>; Concern::COUNT],
}

impl Seeded {
    /// The chooser of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // One by one: a constant array would be filled in all its 3 KiB.
        Self { seed, streams: std::array::from_fn(|_| None) }
    }

    #[inline]
    fn word(&mut self, concern: Concern) -> u64 {
        let seed = self.seed;
        self.streams[concern as usize].get_or_insert_with(|| open(seed, concern)).next_u64()
    }
}

#[cold]
fn open(seed: u64, concern: Concern) -> ChaCha8Rng {
    // Laid out by hand: how a short seed is stretched is then ours and cannot change under us.
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(b"generals");
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(concern as u64);
    rng
}

/// `word` scaled down to `0..n`. Multiply and shift: one word for any `n`, with a bias below
/// n / 2^64.
#[inline]
const fn below(n: u64, word: u64) -> u64 {
    ((word as u128 * n as u128) >> 64) as u64
}

/// Whether `word` falls below this chance.
#[inline]
const fn happens(chance: Chance, word: u64) -> u64 {
    (below(Chance::WHOLE as u64, word) < chance.as_ppm() as u64) as u64
}

/// `word` scaled down to a length of at most `span`.
#[inline]
const fn length(span: Span, word: u64) -> u64 {
    match span.as_nanos().checked_add(1) {
        Some(lengths) => below(lengths, word),
        None => word,
    }
}

impl Choose for Seeded {
    /// In line where these are chosen: they are asked for every message.
    #[inline(always)]
    fn choose(&mut self, stream: Stream, among: Among) -> u64 {
        match among {
            Among::Below(n) if n > 1 => below(n, self.word(stream.concern)),
            Among::Length { span, .. } if span > Span::ZERO => {
                length(span, self.word(stream.concern))
            }
            Among::Chance(Chance::NEVER) => 0,
            Among::Chance(Chance::CERTAIN) => 1,
            Among::Chance(chance) => happens(chance, self.word(stream.concern)),
            _ => among.forced().unwrap_or_else(|| self.pick(stream, among)),
        }
    }

    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let word = self.word(stream.concern);
        match among {
            Among::Below(n) => below(n, word),
            Among::Chance(chance) => happens(chance, word),
            Among::Length { span, .. } => length(span, word),
            Among::Odds { chance, of } => {
                let each = u64::from(chance.as_ppm());
                let at = below(u64::from(Chance::WHOLE) * u64::from(of), word);
                if at < each * u64::from(of) { 1 + at / each } else { 0 }
            }
            Among::Drawn { law, span, .. } => law.quantile(word, span).as_nanos(),
            Among::Doublings { most } => u64::from(word.trailing_zeros().min(most)),
        }
    }

    fn rewind(&mut self) -> bool {
        *self = Self::new(self.seed);
        true
    }
}

#[cfg(test)]
mod tests {
    use generals_models::{Latency, NodeId};

    use super::*;

    const DELAY: Stream = Stream::link(Concern::Delay, NodeId(0), NodeId(1));
    const LOSS: Stream = Stream::link(Concern::Loss, NodeId(0), NodeId(1));

    /// Law 13: if this fails, every seed anybody ever wrote down means another run. The values were
    /// computed by another implementation of ChaCha8.
    #[test]
    fn the_first_draws_are_pinned() {
        let mut seeded = Seeded::new(7);
        let draws: Vec<u64> = (0..4).map(|_| seeded.choose(DELAY, Among::Below(1000))).collect();
        assert_eq!(draws, PINNED_DELAY);
        let draws: Vec<u64> = (0..4).map(|_| seeded.choose(LOSS, Among::Below(1000))).collect();
        assert_eq!(draws, PINNED_LOSS);
    }

    const PINNED_DELAY: [u64; 4] = [261, 71, 848, 507];
    const PINNED_LOSS: [u64; 4] = [580, 9, 113, 25];

    /// So are those of the laws of latencies, for a least of 1 ms and a bound of 10 ms: from the same
    /// words, computed to 60 digits from the laws' definitions.
    #[test]
    fn the_first_draws_of_every_law_are_pinned() {
        let (ms, span) = (Span::millis, Span::millis(9));
        for (law, pinned) in [
            (
                Latency::Normal { mean: ms(4), sigma: ms(1) },
                [2_361_115, 1_538_353, 4_029_392, 3_019_982],
            ),
            (Latency::Exponential { mean: ms(4) }, [909_195, 223_909, 5_658_585, 2_127_655]),
            (Latency::HeavyTail { scale: ms(2), shape: 2 }, [327_232, 76_046, 3_135_847, 851_246]),
        ] {
            let mut seeded = Seeded::new(7);
            let among = Among::Drawn { law: law.above(ms(1)), span, grain: 2 };
            let draws: Vec<u64> = (0..4).map(|_| seeded.choose(DELAY, among)).collect();
            assert_eq!(draws, pinned, "{law}");
        }
    }

    /// The uniform law is what a length without a law is drawn by.
    #[test]
    fn the_uniform_law_draws_like_a_length() {
        let (mut one, mut other) = (Seeded::new(3), Seeded::new(3));
        for span in [1, 9_000_000, u64::MAX - 1, u64::MAX].map(Span::nanos) {
            for _ in 0..20 {
                let law = Among::Drawn { law: Latency::Uniform, span, grain: 2 };
                let length = Among::Length { span, grain: 2 };
                assert_eq!(one.choose(DELAY, law), other.choose(DELAY, length));
            }
        }
    }

    /// Law 3: another consumer of one concern moves no other.
    #[test]
    fn streams_do_not_shift_each_other() {
        let among = Among::Length { span: Span::millis(10), grain: 2 };
        let alone: Vec<u64> = {
            let mut seeded = Seeded::new(1);
            (0..50).map(|_| seeded.choose(DELAY, among)).collect()
        };
        let mut seeded = Seeded::new(1);
        let beside: Vec<u64> = (0..50)
            .map(|i| {
                (0..i % 3).for_each(|_| {
                    seeded.choose(LOSS, Among::Below(3));
                });
                seeded.choose(DELAY, among)
            })
            .collect();
        assert_eq!(alone, beside);
    }

    #[test]
    fn doublings_halve() {
        let mut seeded = Seeded::new(1);
        let mut counts = [0u32; 4];
        for _ in 0..8000 {
            let k = seeded.choose(DELAY, Among::Doublings { most: 3 });
            counts[usize::try_from(k).unwrap()] += 1;
        }
        assert!((3800..4200).contains(&counts[0]), "{counts:?}");
        assert!((1800..2200).contains(&counts[1]), "{counts:?}");
        assert!((900..1100).contains(&counts[3]), "{counts:?}");
    }
}
