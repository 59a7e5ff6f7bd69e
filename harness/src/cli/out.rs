//! What goes to the terminal and to disk. Results go to standard output, all else to standard
//! error.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

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
    if !line.starts_with("= ") {
        return line.to_owned();
    }
    let mut line = line.to_owned();
    for (word, style) in
        [("Holds", GOOD), ("Undetermined", BOUNDARY), ("OutOfModel", BOUNDARY), ("Violated", BAD)]
    {
        line = line.replacen(word, &format!("{style}{word}{style:#}"), 1);
    }
    line
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".generals-").tempfile_in(folder)?;
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
