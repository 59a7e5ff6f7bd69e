//! Finding the value that a path of names leads to, in any text that looks like RON.

use std::ops::Range;

use super::tokens::{Bracket, Kind, Tokens};

/// One thing between brackets: `value` or `key: value`, as indices of words.
pub(super) struct Entry {
    pub(super) key: Option<Range<usize>>,
    pub(super) value: usize,
}

impl Tokens<'_> {
    /// The first word of the value at `path`.
    pub(super) fn find(&self, path: &[&str]) -> Option<usize> {
        path.iter().try_fold(self.root()?, |value, name| self.child(value, name))
    }

    /// Where the value at `path` is, or the innermost value on the way to it.
    pub(super) fn nearest_to(&self, path: &[&str]) -> Range<usize> {
        let Some(mut value) = self.root() else { return 0..0 };
        for name in path {
            match self.child(value, name) {
                Some(child) => value = child,
                None => break,
            }
        }
        self.extent(value)
    }

    /// The first word that is no part of an attribute, `#![…]`.
    fn root(&self) -> Option<usize> {
        let mut at = 0;
        while self.written(at) == "#" && self.written(at + 1) == "!" {
            at = self.after(at + 2);
        }
        (at < self.list.len()).then_some(at)
    }

    /// The value named `name` directly inside `value`.
    fn child(&self, mut value: usize, name: &str) -> Option<usize> {
        loop {
            let open = self.group(value)?;
            let entries = self.entries(open);
            // The last one counts if a key is there twice, as it does for whoever reads a map.
            let named = |entry: &&Entry| {
                entry.key.as_ref().is_some_and(|key| self.is_named(key.clone(), name))
            };
            if let Some(found) = entries.iter().rev().find(named) {
                return Some(found.value);
            }
            match entries.as_slice() {
                // `Some(…)` and other wrappers are looked through.
                [Entry { key: None, value: inner }]
                    if self.kind(open) == Some(Kind::Open(Bracket::Round))
                        && self.group(*inner).is_some() =>
                {
                    value = *inner;
                }
                entries => {
                    let entry = entries.get(name.parse::<usize>().ok()?)?;
                    return entry.key.is_none().then_some(entry.value);
                }
            }
        }
    }

    /// Whether the words of a key say `name`.
    fn is_named(&self, key: Range<usize>, name: &str) -> bool {
        if key.len() == 1 {
            let written = self.written(key.start);
            return match self.list[key.start].kind {
                Kind::Text => self.string(key.start).is_some_and(|text| text == name),
                Kind::Number => written.replace('_', "") == name,
                _ => written.strip_prefix("r#").unwrap_or(written) == name,
            };
        }
        // A tuple, such as `(Delay, 0, 3, 0)`: blanks do not count.
        let mut rest = name;
        key.into_iter().all(|index| {
            let stripped = rest.trim_start().strip_prefix(self.written(index));
            rest = stripped.unwrap_or(rest);
            stripped.is_some()
        }) && rest.trim().is_empty()
    }

    /// What the word says, if it is a string: ron knows its escapes.
    pub(super) fn string(&self, index: usize) -> Option<String> {
        ron::from_str(self.written(index)).ok()
    }

    /// The bracket that opens the value starting at `value`: `(` for both `(…)` and `Name(…)`.
    pub(super) fn group(&self, value: usize) -> Option<usize> {
        match (self.kind(value)?, self.kind(value + 1)) {
            (Kind::Open(_), _) => Some(value),
            (Kind::Name, Some(Kind::Open(Bracket::Round))) => Some(value + 1),
            _ => None,
        }
    }

    /// Where the value starting at `value` is.
    pub(super) fn extent(&self, value: usize) -> Range<usize> {
        let last = self.group(value).map_or(value, |open| self.list[open].mate.unwrap_or(open));
        self.list[value].start..self.list[last].end
    }

    /// What is between the bracket `open` and its counterpart; if that is missing, the end.
    pub(super) fn entries(&self, open: usize) -> Vec<Entry> {
        let close = self.list[open].mate.unwrap_or(self.list.len());
        let mut entries = Vec::new();
        let mut at = open + 1;
        while at < close {
            let (start, mut colon) = (at, None);
            while at < close && self.list[at].kind != Kind::Comma {
                if self.list[at].kind == Kind::Colon {
                    colon = colon.or(Some(at));
                }
                at = self.after(at);
            }
            // Of `key:` without a value, the colon is all there is to point at.
            let value = colon.map_or(start, |colon| (colon + 1).min(at - 1));
            if start < at {
                entries.push(Entry { key: colon.map(|colon| start..colon), value });
            }
            at += 1;
        }
        entries
    }

    /// The word after the one at `at`, or after everything that is between it and its counterpart.
    fn after(&self, at: usize) -> usize {
        match self.list.get(at).map(|token| (token.kind, token.mate)) {
            Some((Kind::Open(_), mate)) => mate.map_or(self.list.len(), |mate| mate + 1),
            _ => at + 1,
        }
    }
}
