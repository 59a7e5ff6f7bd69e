//! What goes to the terminal and to disk. Results go to standard output, all else to standard
//! error.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::Failure;

const GOOD: Style = AnsiColor::Green.on_default();
const BOUNDARY: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Prints results. Colours are left out where nobody would see them.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in text.split_inclusive('\n') {
        out.write_all(paint(line).as_bytes())?;
    }
    out.flush()
}

/// Prints progress and hints. Who closed standard error does not want them.
pub(super) fn hint(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Verdicts in green, yellow and red; broken promises in the story in red.
fn paint(line: &str) -> String {
    if line.contains("  ** ") {
        return format!("{BAD}{}{BAD:#}\n", line.trim_end());
    }
    const KINDS: [(&str, Style); 4] =
        [("Holds", GOOD), ("Undetermined", BOUNDARY), ("OutOfModel", BOUNDARY), ("Violated", BAD)];
    // A verdict of one run, or a row of the table.
    let row = line.strip_prefix("  ").unwrap_or_default();
    let is_row = KINDS.iter().any(|(word, _)| row.starts_with(word));
    if !line.starts_with("= ") && !is_row {
        return line.to_owned();
    }
    let mut line = line.to_owned();
    for (word, style) in KINDS {
        line = line.replacen(word, &format!("{style}{word}{style:#}"), 1);
    }
    line
}

/// How wide a line may get.
const WIDTH: usize = 100;

/// Words after a head, in as many lines as they need.
pub(super) fn filled<'w>(head: &str, words: impl Iterator<Item = &'w str>) -> String {
    let indent = head.chars().count();
    let mut text = head.to_owned();
    let mut used = indent;
    for word in words {
        let length = word.chars().count();
        if used > indent && used + 1 + length > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > indent {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
    text
}

/// Whether there is a place for a file at `path`: better asked before the work than after.
pub(super) fn can_write(path: &Path) -> Result<(), Failure> {
    let problem = if path.is_dir() {
        "it is a folder".to_owned()
    } else if !folder_of(path).is_dir() {
        format!("there is no folder {}", folder_of(path).display())
    } else {
        return Ok(());
    };
    Err(Failure::Io(format!("cannot write {}: {problem}", path.display())))
}

/// Makes a folder, and those that it is in, where there is none.
pub(super) fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::Io(format!("cannot make {}: {error}", folder.display())))
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    can_write(path)?;
    write_whole(path, text).map_err(|error| {
        // The temporary file's own name helps nobody.
        let error = error.raw_os_error().map_or(error, io::Error::from_raw_os_error);
        Failure::Io(format!("cannot write {}: {error}", path.display()))
    })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".generals-").tempfile_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // Temporary files are private; what stays should be as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_go_on_under_their_beginning() {
        let words: Vec<String> = (0..30).map(|i| format!("promise-{i}")).collect();
        let text = filled("  Holds  ", words.iter().map(String::as_str));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("         promise-")), "{text}");
        assert_eq!(text.matches("promise-").count(), 30);
        assert_eq!(filled("  Holds  ", ["a,", "b"].into_iter()), "  Holds  a, b\n");
    }
}
