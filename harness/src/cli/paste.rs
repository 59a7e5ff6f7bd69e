//! Command lines for pasting: how to call this program from here, and words a shell takes as they
//! are.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A command line of this tool that can be pasted, from its words.
pub(super) fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = quoted(&program());
    for word in words {
        line.push(' ');
        line.push_str(&quoted(word));
    }
    line
}

/// The command line this process was started with.
pub(super) fn this_command() -> String {
    let words: Vec<String> = env::args().skip(1).collect();
    command(words.iter().map(String::as_str))
}

/// What to type for this program: its name if a shell would find it, else its path from here.
fn program() -> String {
    let given = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = given.file_name().unwrap_or(OsStr::new("generals"));
    // A word without a folder was found in the search path to begin with.
    if given.components().count() < 2 || is_found(name, &given) {
        return name.to_string_lossy().into_owned();
    }
    let here = env::current_dir().ok();
    let near = here.as_deref().and_then(|here| given.strip_prefix(here).ok());
    near.filter(|path| path.components().count() > 1).unwrap_or(&given).display().to_string()
}

/// Whether the first program of this name in the search path is `program`.
fn is_found(name: &OsStr, program: &Path) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&folders).map(|folder| folder.join(name)).find(|at| at.is_file());
    let same = |at: PathBuf| Some(at.canonicalize().ok()? == program.canonicalize().ok()?);
    first.and_then(same).unwrap_or(false)
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_a_shell_would_not_take_them() {
        for (word, shown) in
            [("calm-4", "calm-4"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(quoted(word), shown);
        }
    }
}
