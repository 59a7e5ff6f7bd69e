//! Files that people write: reading them, and saying what is wrong with one in a way that helps.
//!
//! Nothing here knows what a scenario is. A file is RON of some type; what ron says about it is
//! put into words of our own and pointed at the place in the text ([`parse`]), and whoever finds
//! a fault in what a file *means* points at it by the name of the field ([`complain`]). Files
//! come from anywhere: no input may bring this down, and none is printed unescaped or whole.

mod bounds;
mod explain;
mod find;
mod place;
mod read;
mod report;
mod scene;
mod set;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

use serde::de::DeserializeOwned;

pub use self::read::{LARGEST, ReadError, read};
pub use self::report::FileError;
pub use self::set::{set, text_at};
pub use self::words::nearest;

use self::scene::Scene;
use self::tokens::Tokens;

/// A named text: a scenario or seed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path, or the name it is shipped under, as shown to the user.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Reads `source` as a `T`.
///
/// Optional values may be written with or without `Some( )`: `seed: 56` is `seed: Some(56)`.
///
/// # Errors
/// The first thing that is wrong with the text, and where.
pub fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, FileError> {
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let read = |text: &str| options.from_str::<T>(text);
    read(&source.text).map_err(|error| {
        let retry = |text: &str| read(text).err();
        let finding = explain::explain(&Scene::new(&source.text, &error, &retry));
        FileError::new(source, &finding.range, &finding.problem, finding.help)
    })
}

/// A complaint about what the text means, found after it was parsed.
///
/// `path` leads to a field, such as `["world", "faults", "7"]`: names of fields, keys of maps and
/// positions in lists; the names of enum variants are no part of it. The error points at the value
/// found there, or at the innermost one on the way to it if the field is not written down.
///
/// ```
/// use generals::file::{Source, complain};
/// let source = Source::new("om.ron", "(config: (m: 2), world: (nodes: 4))");
/// let error = complain(&source, &["world", "nodes"], "OM(2) needs 7 nodes, not 4", None);
/// assert_eq!((error.line, error.column), (1, 33));
/// ```
pub fn complain(
    source: &Source,
    path: &[&str],
    problem: impl Into<String>,
    help: Option<String>,
) -> FileError {
    let tokens = Tokens::of(&source.text);
    FileError::new(source, &tokens.nearest_to(path), &problem.into(), help)
}

/// The string written at `path`, if there is one; the rest of the text may be anything at all.
pub fn string_at(source: &Source, path: &[&str]) -> Option<String> {
    let tokens = Tokens::of(&source.text);
    tokens.string(tokens.find(path)?)
}
