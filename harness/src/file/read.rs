//! Getting a text from the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::Source;
use super::place::line_and_column;
use super::words::{escaped, nearest};

/// The largest file that is read, in bytes. A scenario has hundreds, a long script thousands.
pub const LARGEST: u64 = 256 * 1024;

/// Why there is no text to speak of.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no file `{name}`{}", hint(.nearest.as_deref()))]
    Missing {
        /// The path that was asked for.
        name: String,
        /// The path of the file there with the most similar name.
        nearest: Option<String>,
    },
    /// It is a directory.
    #[error("`{name}` is a directory, not a file")]
    Directory {
        /// Its path.
        name: String,
    },
    /// It has more than [`LARGEST`] bytes.
    #[error("`{name}` is too large: a file may have {} KiB", LARGEST / 1024)]
    TooLarge {
        /// Its path.
        name: String,
    },
    /// It is no text.
    #[error(
        "`{name}` is not UTF-8 text: the trouble begins at byte {byte} (line {line}, column {column})"
    )]
    NotText {
        /// Its path.
        name: String,
        /// The offset of the first bad byte.
        byte: usize,
        /// The line it is in, from 1.
        line: usize,
        /// The column it is at, from 1, in characters.
        column: usize,
    },
    /// The operating system said no.
    #[error("cannot read `{name}`: {error}")]
    Io {
        /// Its path.
        name: String,
        /// What it said.
        #[source]
        error: io::Error,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default()
}

/// Reads the file at `path`.
///
/// # Errors
/// There is none, or it is not a text of at most [`LARGEST`] bytes.
pub fn read(path: &Path) -> Result<Source, ReadError> {
    let name = path.display().to_string();
    let shown = escaped(&name);
    if path.is_dir() {
        return Err(ReadError::Directory { name: shown });
    }
    let mut bytes = Vec::new();
    // Not by the size that the disk gives: what has none, such as a pipe, must end as well.
    match File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > LARGEST => Err(ReadError::TooLarge { name: shown }),
        Ok(_) => text(bytes, &shown).map(|text| Source { name, text }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(ReadError::Missing { nearest: neighbour(path), name: shown })
        }
        Err(error) => Err(ReadError::Io { name: shown, error }),
    }
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String, ReadError> {
    match String::from_utf8(bytes) {
        // Some editors begin a file with a byte order mark, and none shows it.
        Ok(text) => Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let byte = error.utf8_error().valid_up_to();
            let good = String::from_utf8_lossy(&error.as_bytes()[..byte]);
            let (line, column) = line_and_column(&good, byte);
            Err(ReadError::NotText { name: name.to_owned(), byte, line, column })
        }
    }
}

/// The file in the same directory that was most likely meant.
fn neighbour(path: &Path) -> Option<String> {
    let directory = path.parent()?;
    let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let entries = fs::read_dir(here).ok()?.filter_map(Result::ok);
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    // A directory lists its files in no particular order.
    names.sort_unstable();
    let meant = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(escaped(&directory.join(meant).display().to_string()))
}
