//! From bytes to lines and columns and back. Both are counted from 1, columns in characters, and
//! only `\n` ends a line: that is how ron counts.

use ron::error::Position;

/// The byte that a position of ron's stands for.
pub(super) fn offset(text: &str, position: Position) -> usize {
    let start = match position.line.checked_sub(2) {
        None => 0,
        Some(nth) => text.match_indices('\n').nth(nth).map_or(text.len(), |(at, _)| at + 1),
    };
    let line = &text[start..];
    start + line.char_indices().nth(position.col.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
}

/// Line and column of a byte.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (1 + before.matches('\n').count(), 1 + before[line_start..].chars().count())
}

/// The line that a byte is in, without its end: where it starts, and what it says.
pub(super) fn line_around(text: &str, offset: usize) -> (usize, &str) {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].split('\n').next().unwrap_or_default();
    (start, line.strip_suffix('\r').unwrap_or(line))
}
