//! Changing a value in a text without reading it: for a file that is to be run a little differently.

use super::tokens::Tokens;
use super::{FileError, Source, complain};

/// What is written at `path`, if anything is; the rest of the text may be anything at all.
///
/// ```
/// use generals::file::{Source, text_at};
/// let source = Source::new("s.ron", "(config: (m: 1), world: (nodes: 4))");
/// assert_eq!(text_at(&source, &["config"]), Some("(m: 1)"));
/// assert_eq!(text_at(&source, &["inputs"]), None);
/// ```
pub fn text_at<'s>(source: &'s Source, path: &[&str]) -> Option<&'s str> {
    let tokens = Tokens::of(&source.text);
    source.text.get(tokens.extent(tokens.find(path)?))
}

/// The same text with `value` at `path`: instead of what is there, or else as a field of its own in
/// the innermost value on the way that is there. Fields on the way that are not there are written,
/// too. Whether the text makes sense afterwards is for whoever reads it to say.
///
/// # Errors
/// Nothing on the way can hold a field.
///
/// ```
/// use generals::file::{Source, set};
/// let source = Source::new("s.ron", "(config: (m: 1), world: (nodes: 4))");
/// let changed = |path: &[&str], value: &str| set(&source, path, value).unwrap().text;
/// assert_eq!(changed(&["config", "m"], "2"), "(config: (m: 2), world: (nodes: 4))");
/// assert_eq!(changed(&["config", "k"], "2"), "(config: (k: 2, m: 1), world: (nodes: 4))");
/// assert_eq!(
///     changed(&["limits", "events"], "9"),
///     "(limits: (events: 9), config: (m: 1), world: (nodes: 4))"
/// );
/// ```
pub fn set(source: &Source, path: &[&str], value: &str) -> Result<Source, Box<FileError>> {
    let tokens = Tokens::of(&source.text);
    let there = (0..=path.len()).rev().find_map(|n| Some((n, tokens.find(&path[..n])?)));
    let changed = |range: std::ops::Range<usize>, with: &str| {
        let mut text = source.text.clone();
        text.replace_range(range, with);
        Source::new(source.name.clone(), text)
    };
    let (known, at) = match there {
        Some((known, at)) if known == path.len() => return Ok(changed(tokens.extent(at), value)),
        Some(there) => there,
        None => return Err(Box::new(complain(source, path, "there is nothing to change", None))),
    };
    let Some(open) = tokens.group(at) else {
        let name = path[known];
        let problem = format!("there is no field `{name}` in this");
        return Err(Box::new(complain(source, &path[..known], problem, None)));
    };
    let (last, outer) = (path[path.len() - 1], &path[known..path.len() - 1]);
    let mut field = format!("{last}: {value}");
    for name in outer.iter().rev() {
        field = format!("{name}: ({field})");
    }
    if !tokens.entries(open).is_empty() {
        field.push_str(", ");
    }
    // Right behind the bracket, where no comment can swallow it.
    let behind = tokens.list[open].end;
    Ok(changed(behind..behind, &field))
}
