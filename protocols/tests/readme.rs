//! The README's table of protocols says what the code says.
//!
//! `cargo bless-readme` writes it anew.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::fmt::Write;
use std::path::PathBuf;

const BEGIN: &str = "<!-- protocols: written by `cargo bless-readme` -->\n";
const END: &str = "<!-- end of protocols -->\n";

/// A row for each protocol and each text of assumptions: what is promised there.
fn table() -> String {
    let mut table =
        String::from("| protocol | promises | assuming |\n|---|---|---|\n");
    for subject in generals_protocols::registry() {
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        for (name, assumptions) in subject.promises() {
            match rows.iter_mut().find(|(known, _)| *known == assumptions) {
                Some((_, names)) => names.push(name),
                None => rows.push((assumptions, vec![name])),
            }
        }
        let mut first = format!("**{}**: {}", subject.name(), cell(subject.about()));
        for (assumptions, names) in rows {
            let (names, assumptions) = (cell(&names.join(", ")), cell(&assumptions));
            writeln!(table, "| {first} | {names} | {assumptions} |").unwrap();
            first.clear();
        }
    }
    table
}

/// What may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[test]
fn the_table_of_protocols_is_what_the_code_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("where the table begins");
    let (written, after) = rest.split_once(END).expect("where the table ends");
    let table = table();
    if std::env::var_os("GENERALS_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(
        written == table,
        "the README's table is old; `cargo bless-readme` writes it:\n{table}"
    );
}
