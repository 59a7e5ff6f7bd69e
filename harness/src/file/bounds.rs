//! Which whole numbers fit a place in the text.
//!
//! ron says that a number is out of bounds, but not out of which: so it is asked again, with the
//! limits of all types in the number's place.

use std::ops::Range;

use super::place::offset;
use super::scene::Scene;

const HIGHEST: [&str; 8] = [
    "127",
    "255",
    "32767",
    "65535",
    "2147483647",
    "4294967295",
    "9223372036854775807",
    "18446744073709551615",
];

/// Without the sign: ron takes -0 for a 0.
const LOWEST: [&str; 5] = ["0", "128", "32768", "2147483648", "9223372036854775808"];

/// "at most 65535" or "at least 0", if the number written at `range` breaks such a limit.
pub(super) fn limit(scene: &Scene<'_>, range: &Range<usize>) -> Option<String> {
    let written = &scene.tokens.text[range.clone()];
    if written.contains(['u', 'i']) {
        // It is too large for the type that it names itself.
        return None;
    }
    let fits = |number: &&String| match scene.instead(range, number) {
        None => true,
        Some(error) => {
            let text = scene.tokens.text;
            let before = offset(text, error.span.start) < range.start;
            before || error.code != ron::Error::IntegerOutOfBounds
        }
    };
    if written.starts_with('-') {
        let lowest: Vec<String> = LOWEST.iter().map(|number| format!("-{number}")).collect();
        let least = lowest.iter().take_while(fits).last()?;
        return Some(format!("at least {}", if least == "-0" { "0" } else { least }));
    }
    let highest: Vec<String> = HIGHEST.iter().map(|&number| number.to_owned()).collect();
    highest.iter().take_while(fits).last().map(|most| format!("at most {most}"))
}
