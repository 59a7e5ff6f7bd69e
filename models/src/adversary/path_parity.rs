//! The adversary whose lies depend on what a message is about.

use std::fmt::{self, Write};

use super::realm::lie_if;
use crate::{Adversary, Message, NodeId, Puppet, Realm};

/// Corrupt nodes lie, with the protocol's first lie, if all numbers in a message and the number of
/// its receiver make an odd sum. So the same node is told the truth on one path and a lie on
/// another, as no liar does who looks at receivers only. Nothing is chosen.
///
/// The numbers of a message are those in its `Debug` text: of rounds, nodes, views and values.
#[derive(Clone, Copy, Debug)]
pub struct PathParity;

impl<M: Message> Adversary<M> for PathParity {
    fn speak(&mut self, by: Puppet, to: NodeId, want: M, realm: &mut dyn Realm<M>) {
        let mut sum = LastDigits { odd: to.0 % 2 == 1, last: None };
        // Writing there cannot fail, and a type whose Debug fails has said all it can.
        let _ = write!(sum, "{want:?}");
        lie_if(sum.is_odd(), by, to, want, realm);
    }
}

/// Whether the sum of all numbers in a text is odd: their last digits tell.
struct LastDigits {
    odd: bool,
    /// The last digit so far of a number that may go on.
    last: Option<bool>,
}

impl LastDigits {
    fn is_odd(&self) -> bool {
        self.odd ^ self.last.unwrap_or(false)
    }
}

impl Write for LastDigits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c.to_digit(10) {
                Some(digit) => self.last = Some(digit % 2 == 1),
                None => self.odd ^= self.last.take().unwrap_or(false),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_whole_numbers() {
        for (text, odd) in
            [("", false), ("r1 via n0 n3", false), ("12 via n0", false), ("21", true)]
        {
            let mut sum = LastDigits { odd: false, last: None };
            text.chars().for_each(|c| sum.write_char(c).unwrap());
            assert_eq!(sum.is_odd(), odd, "{text}");
        }
    }
}
