//! Putting words of users into sentences: escaped, cut short, and compared with what was meant.

/// The one of `among` that was most likely meant by `word`, if any is close enough.
///
/// ```
/// use generals::file::nearest;
/// assert_eq!(nearest("dleta", ["gst", "delta"]), Some("delta"));
/// assert_eq!(nearest("x", ["gst", "delta"]), None);
/// ```
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // One slip in a short word, one more for every three letters; a single letter is no evidence.
    let slips = if length < 2 { 0 } else { length.max(3) / 3 };
    among
        .into_iter()
        .filter(|other| other.chars().count().abs_diff(length) <= slips)
        .map(|other| (strsim::osa_distance(&word, &other.to_lowercase()), other))
        .filter(|&(distance, _)| distance <= slips)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, other)| other)
}

/// "did you mean `delta`?"
pub(super) fn did_you_mean(word: &str, among: &[&str]) -> Option<String> {
    nearest(word, among.iter().copied()).map(|meant| format!("did you mean `{meant}`?"))
}

/// "one of `a`, `b` or `c`"
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("one of {} or {last}", rest.join(", ")),
    }
}

/// At most `most` characters of `text`, with the middle left out: a message of our own types
/// quotes its word first and explains it last.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(length - half).collect();
    format!("{head}…{tail}")
}

/// The word as it may be quoted in a sentence.
pub(super) fn quotable(word: &str) -> String {
    escaped(&shortened(word, 40))
}

/// Nothing that moves the cursor, changes colours or the direction of writing, or hides.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            _ if is_hidden(c) => out.extend(c.escape_default()),
            _ => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || c == '\u{FEFF}'
}
