//! Where ron stood in the text when it gave up, and what lies around that place.
//!
//! ron tells where its cursor was. For some errors that is before the culprit, for others behind
//! it, sometimes in its midst; which one it is, only [`explain`](super::explain) knows.

use std::ops::Range;

use ron::error::SpannedError;

use super::place::{line_and_column, offset};
use super::tokens::{Bracket, Kind, Tokens};
use super::words::quotable;

/// Reads another text as the type that failed, for the error it gives.
pub(super) type Retry<'a> = &'a dyn Fn(&str) -> Option<SpannedError>;

pub(super) struct Scene<'a> {
    pub(super) tokens: Tokens<'a>,
    pub(super) code: &'a ron::Error,
    /// The byte where ron stood.
    pub(super) cursor: usize,
    retry: Retry<'a>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(text: &'a str, error: &'a SpannedError, retry: Retry<'a>) -> Self {
        let cursor = offset(text, error.span.end);
        Self { tokens: Tokens::of(text), code: &error.code, cursor, retry }
    }

    /// What ron would say if `range` of the text were written differently.
    pub(super) fn instead(&self, range: &Range<usize>, written: &str) -> Option<SpannedError> {
        let text = self.tokens.text;
        (self.retry)(&format!("{}{written}{}", &text[..range.start], &text[range.end..]))
    }

    /// The word that ron stood before, or in.
    pub(super) fn next(&self) -> usize {
        self.tokens.list.partition_point(|token| token.end <= self.cursor)
    }

    /// The word that ron stood behind, or in.
    fn last(&self) -> usize {
        self.tokens.list.partition_point(|token| token.start < self.cursor).saturating_sub(1)
    }

    /// The range of the word that ron stood before; at the end of the text, of nothing.
    pub(super) fn range_of_next(&self) -> Range<usize> {
        let list = &self.tokens.list;
        match list.get(self.next()) {
            Some(token) => token.start..token.end,
            None => list.last().map_or(0..0, |token| token.end..token.end),
        }
    }

    /// The first word of the value that ron has just read, wholly or in part.
    pub(super) fn value_read(&self) -> usize {
        self.value_ending(self.last())
    }

    /// The first word of the value that a complaint of its own type is about: that type complains
    /// when it has read the value, which for a container can be before its bracket is closed.
    pub(super) fn value_blamed(&self) -> usize {
        let last = self.last();
        let kind = self.tokens.kind(last);
        let skipped = self.tokens.list[last].end < self.cursor;
        let closing = matches!(self.tokens.kind(self.next()), Some(Kind::Close(_)));
        match (kind, self.enclosing()) {
            (Some(Kind::Comma), Some(open)) if closing => self.value_of(open),
            (_, Some(open)) if closing && skipped => self.value_of(open),
            (Some(Kind::Comma), _) => self.value_ending(last.saturating_sub(1)),
            (Some(Kind::Colon), _) if last + 1 < self.tokens.list.len() => last + 1,
            _ => self.value_ending(last),
        }
    }

    fn value_ending(&self, last: usize) -> usize {
        match self.tokens.list[last].mate {
            Some(mate) if mate < last => self.value_of(mate),
            _ => self.value_of(last),
        }
    }

    /// The first word of the value that the bracket `open` belongs to: it may have a name.
    pub(super) fn value_of(&self, open: usize) -> usize {
        let is_round = self.tokens.kind(open) == Some(Kind::Open(Bracket::Round));
        match open.checked_sub(1) {
            Some(name) if is_round && self.tokens.kind(name) == Some(Kind::Name) => name,
            _ => open,
        }
    }

    /// The opening bracket of the innermost container that ron stood in.
    pub(super) fn enclosing(&self) -> Option<usize> {
        let mut at = self.next();
        while at > 0 {
            at -= 1;
            let token = self.tokens.list[at];
            match token.kind {
                Kind::Open(_) => return Some(at),
                Kind::Close(_) => at = token.mate.unwrap_or(at),
                _ => {}
            }
        }
        None
    }

    /// The first words of the keys in the container at `open`.
    pub(super) fn keys(&self, open: Option<usize>) -> Vec<usize> {
        let entries = open.map(|open| self.tokens.entries(open)).unwrap_or_default();
        entries.into_iter().filter_map(|entry| Some(entry.key?.start)).collect()
    }

    /// " in `world`", or " in `Synchronous`", if the container at `open` has a name.
    pub(super) fn owner(&self, open: Option<usize>) -> String {
        let name = open.and_then(|open| {
            let value = self.value_of(open);
            if value < open {
                return Some(value);
            }
            let key = open.checked_sub(2)?;
            let is_key = self.tokens.kind(open - 1) == Some(Kind::Colon)
                && matches!(self.tokens.kind(key), Some(Kind::Name | Kind::Number | Kind::Text));
            is_key.then_some(key)
        });
        name.map(|at| format!(" in `{}`", quotable(self.tokens.written(at)))).unwrap_or_default()
    }

    /// The value at `index` in words.
    pub(super) fn describe(&self, index: usize) -> String {
        let written = quotable(self.tokens.written(index));
        match self.tokens.kind(index) {
            None => "the end of the file".to_owned(),
            Some(Kind::Open(Bracket::Square)) => "a list `[ … ]`".to_owned(),
            Some(Kind::Open(Bracket::Curly)) => "a map `{ … }`".to_owned(),
            Some(Kind::Open(Bracket::Round)) => "`( … )`".to_owned(),
            Some(Kind::Name) if self.tokens.group(index).is_some() => format!("`{written}( … )`"),
            Some(Kind::Name) => format!("the name `{written}`"),
            Some(Kind::Number) => format!("the number `{written}`"),
            Some(Kind::Text) => format!("the text {written}"),
            Some(Kind::Close(_) | Kind::Comma | Kind::Colon | Kind::Other) => {
                format!("`{written}`")
            }
        }
    }

    /// The line that the word at `index` is in.
    pub(super) fn line_of(&self, index: usize) -> usize {
        line_and_column(self.tokens.text, self.tokens.list[index].start).0
    }
}
