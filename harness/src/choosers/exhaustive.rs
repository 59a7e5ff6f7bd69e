//! The chooser that tries everything.

use generals_models::{Among, Choose, Stream};

/// An odometer over all choices, kindest first: run, [`advance`](Self::advance), run again, until
/// it is false. In a small world this visits every run there is (telling latencies apart only as
/// finely as the timing model's grain).
///
/// ```
/// use generals::{Among, Choose, Concern, Exhaustive, NodeId, Stream};
/// let coin = Stream::node(Concern::Coin, NodeId(0));
/// let mut odometer = Exhaustive::default();
/// let mut seen = Vec::new();
/// loop {
///     let first = odometer.choose(coin, Among::Below(2));
///     // What is asked may depend on what was answered.
///     let second = if first == 1 { odometer.choose(coin, Among::Below(2)) } else { 0 };
///     seen.push((first, second));
///     if !odometer.advance() {
///         break;
///     }
/// }
/// assert_eq!(seen, [(0, 0), (1, 0), (1, 1)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Exhaustive {
    /// For each choice of this run: which alternative, of how many.
    digits: Vec<(u64, u64)>,
    asked: usize,
}

impl Exhaustive {
    /// Turns back to the beginning of the run just made.
    pub const fn again(&mut self) {
        self.asked = 0;
    }

    /// Turns to the next run; false when all have been seen.
    pub fn advance(&mut self) -> bool {
        self.digits.truncate(self.asked);
        self.asked = 0;
        while let Some((answer, of)) = self.digits.last_mut() {
            if *answer + 1 < *of {
                *answer += 1;
                return true;
            }
            self.digits.pop();
        }
        false
    }
}

impl Choose for Exhaustive {
    fn pick(&mut self, _: Stream, among: Among) -> u64 {
        if self.asked == self.digits.len() {
            self.digits.push((0, among.distinguished()));
        }
        let (answer, of) = self.digits[self.asked];
        // A subject that asks differently after the same answers is not deterministic; it is
        // caught by its digest, and must not derail the search before.
        self.asked += 1;
        among.nth(answer.min(of.min(among.distinguished()) - 1))
    }

    fn rewind(&mut self) -> bool {
        self.again();
        true
    }
}
