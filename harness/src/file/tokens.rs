//! The words of a RON text and where they stand.
//!
//! This is for pointing at places only; whether a text is valid is for ron alone to say. So nothing
//! here fails: what makes no sense is a word of its own. One pass, no recursion.

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// A string or a character, in quotes.
    Text,
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

/// One word: where it is, in bytes, and for a bracket the index of its counterpart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) mate: Option<usize>,
}

/// A text cut into words, without blanks and comments.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    pub(super) list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut list = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let (kind, length) = measure(&text[start..]);
            let end = start + length;
            list.extend(kind.map(|kind| Token { kind, start, end, mate: None }));
            start = end;
        }
        pair(&mut list);
        Self { text, list }
    }

    /// The word at `index` as it is written.
    pub(super) fn written(&self, index: usize) -> &'a str {
        self.list.get(index).map_or("", |token| &self.text[token.start..token.end])
    }

    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|token| token.kind)
    }
}

/// Pairs the brackets. A closing one without an opening one stays alone, as do the opening ones
/// that a closing one of another shape passes over.
fn pair(list: &mut [Token]) {
    let mut open = Vec::new();
    // How many of each shape are open, so that a stray `)` need not search a heap of `[`.
    let mut count = [0_usize; 3];
    for index in 0..list.len() {
        match list[index].kind {
            Kind::Open(bracket) => {
                open.push((index, bracket));
                count[bracket as usize] += 1;
            }
            Kind::Close(bracket) if count[bracket as usize] > 0 => {
                while let Some((opening, shape)) = open.pop() {
                    count[shape as usize] -= 1;
                    if shape == bracket {
                        list[opening].mate = Some(index);
                        list[index].mate = Some(opening);
                        break;
                    }
                }
            }
            _ => {}
        }
    }
}

/// The kind (none for blanks and comments) and length in bytes of the first word of `rest`, which
/// is not empty.
fn measure(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let one = |kind| (Some(kind), first.len_utf8());
    if is_blank(first) {
        return (None, length_while(rest, is_blank));
    }
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        // One that never ends is kept as a word, so that it can be pointed at.
        return block_comment(rest).map_or((Some(Kind::Other), rest.len()), |end| (None, end));
    }
    if let Some(length) = text_literal(rest) {
        return (Some(Kind::Text), length);
    }
    match first {
        '(' => one(Kind::Open(Bracket::Round)),
        ')' => one(Kind::Close(Bracket::Round)),
        '[' => one(Kind::Open(Bracket::Square)),
        ']' => one(Kind::Close(Bracket::Square)),
        '{' => one(Kind::Open(Bracket::Curly)),
        '}' => one(Kind::Close(Bracket::Curly)),
        ',' => one(Kind::Comma),
        ':' => one(Kind::Colon),
        '_' => (Some(Kind::Name), name(rest)),
        _ if first.is_alphabetic() => (Some(Kind::Name), name(rest)),
        '0'..='9' => (Some(Kind::Number), number(rest)),
        '+' | '-' | '.' if rest[1..].starts_with(|c: char| c.is_alphanumeric() || c == '.') => {
            (Some(Kind::Number), number(rest))
        }
        _ => one(Kind::Other),
    }
}

/// What ron skips between words.
fn is_blank(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_while(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// `name`, or ron's raw form `r#a-name`.
fn name(rest: &str) -> usize {
    let is_raw = |c| is_name(c) || matches!(c, '.' | '+' | '-');
    match rest.strip_prefix("r#").map(|raw| length_while(raw, is_raw)) {
        Some(length) if length > 0 => 2 + length,
        _ => length_while(rest, is_name),
    }
}

/// A number with everything that sticks to it, so that `10ms` is one word.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    let ends = |c: char| {
        let sign = matches!(c, '+' | '-') && matches!(before, ' ' | 'e' | 'E');
        before = c;
        !(is_name(c) || c == '.' || sign)
    };
    rest.find(ends).unwrap_or(rest.len())
}

/// Block comments nest.
fn block_comment(rest: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        at += rest[at..].find(['/', '*'])?;
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
}

/// `"…"`, `r#"…"#`, `'…'` and the same after a `b`; an unfinished string reaches to the end.
fn text_literal(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('b').unwrap_or(rest);
    let prefix = rest.len() - body.len();
    let length = match body.as_bytes().first()? {
        b'"' => quoted(body),
        b'r' => raw(body)?,
        b'\'' => character(body)?,
        _ => return None,
    };
    Some(prefix + length)
}

fn quoted(body: &str) -> usize {
    let mut escaped = false;
    let closing = body.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    closing.map_or(body.len(), |at| at + 2)
}

fn raw(body: &str) -> Option<usize> {
    let hashes = length_while(&body[1..], |c| c == '#');
    let inside = body[1 + hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", &body[1..=hashes]);
    let start = body.len() - inside.len();
    Some(inside.find(&closing).map_or(body.len(), |at| start + at + closing.len()))
}

fn character(body: &str) -> Option<usize> {
    // The longest is '\u{10FFFF}'.
    let mut chars = body.char_indices().skip(1).take(12);
    let closing = match chars.next()? {
        (_, '\\') => chars.skip(1).find(|&(_, c)| c == '\''),
        _ => chars.next().filter(|&(_, c)| c == '\''),
    };
    closing.map(|(at, _)| at + 1)
}
