//! The house rules that no compiler knows, read off the sources: who may use whom, who may be
//! named where, and how long things may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the harness from the ground up. A module uses only floors below its own, and what
/// shares its floor.
const FLOORS: &[&[&str]] = &[
    &["digest", "queue", "file"],
    &["choosers"],
    // One floor, because each is made of the other: a protocol states its promises, and a promise
    // is about a protocol's values.
    // A scenario is of a protocol, which may refuse it.
    &["protocol", "check", "scenario"],
    &["guard"],
    &["rounds", "trace", "layers"],
    &["kernel"],
    &["seedfile"],
    &["subject"],
    &["fuzz"],
    &["shrink", "explore"],
    &["report", "diagram"],
    &["atlas"],
    &["testing"],
    &["cli"],
];

/// A function is read whole, on one screen.
const LONGEST_FUNCTION: usize = 70;
const LONGEST_FILE: usize = 500;

/// A source file: its path from the root of the repository, its text, and its text with comments
/// and literals blanked out, line by line the same.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn sources(under: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(under), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources under {under}");
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("readable");
            let path = path.strip_prefix(root()).expect("inside").to_string_lossy();
            Source { path: path.replace('\\', "/"), code: blank(&text, false), text }
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

impl Source {
    /// Whether this is test code, which may name what it likes.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The module of the harness that this file belongs to.
    fn module(&self) -> &str {
        let inside = self.path.strip_prefix("harness/src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }
}

// --- reading Rust, as far as these rules need it

/// Blanks comments out, and literals too unless they are to be kept. Lines stay lines.
fn blank(text: &str, keep_literals: bool) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, keep) = match c {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            '"' => (string(rest), keep_literals),
            'r' | 'b' if starts_raw(rest, &code) => (raw_string(rest), keep_literals),
            '\'' => match character(rest) {
                Some(length) => (length, keep_literals),
                None => (1, true),
            },
            _ => (c.len_utf8(), true),
        };
        let (piece, after) = rest.split_at(length);
        if keep {
            code.push_str(piece);
        } else {
            code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"`, `r#"`, `br"`, … not at the end of a longer name.
fn starts_raw(text: &str, before: &str) -> bool {
    let marks = text.trim_start_matches('b');
    let hashes = marks.strip_prefix('r').map(|rest| rest.trim_start_matches('#'));
    let name_goes_on = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    !name_goes_on && hashes.is_some_and(|rest| rest.starts_with('"'))
}

fn raw_string(text: &str) -> usize {
    let quote = text.find('"').unwrap_or(0);
    let hashes = text[..quote].matches('#').count();
    let end = format!("\"{}", "#".repeat(hashes));
    text[quote + 1..].find(&end).map_or(text.len(), |i| quote + 1 + i + end.len())
}

/// A character literal, and not a lifetime.
fn character(text: &str) -> Option<usize> {
    let inside = text[1..].chars().next()?;
    if inside == '\\' {
        return text[3..].find('\'').map(|i| i + 4);
    }
    let end = 1 + inside.len_utf8();
    text[end..].starts_with('\'').then_some(end + 1)
}

/// The names in the code, each with the place where it starts.
fn names(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + code[rest..].find(part)?;
        let length = code[start..].find(|c| !part(c)).unwrap_or(code.len() - start);
        rest = start + length;
        Some((start, &code[start..rest]))
    })
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The modules that `crate::…` names, with the place of each.
fn modules_used(code: &str) -> Vec<(usize, &str)> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = at + "crate::".len();
        let Some(list) = code[after..].strip_prefix('{') else {
            used.extend(names(&code[after..]).next().map(|(_, name)| (at, name)));
            continue;
        };
        // `crate::{a, b::{c, d}}`: the first name of each part of the outermost braces.
        let (mut depth, mut part) = (0, true);
        for (i, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => part = true,
                c if part && c.is_alphanumeric() => {
                    used.extend(names(&list[i..]).next().map(|(_, name)| (at, name)));
                    part = false;
                }
                _ => {}
            }
        }
    }
    used
}

/// The functions with a body: name, first line and how many lines.
fn functions(code: &str) -> Vec<(&str, usize, usize)> {
    let mut found = Vec::new();
    let mut all = names(code).peekable();
    while let Some((at, word)) = all.next() {
        let Some(&(name_at, name)) = all.peek() else { break };
        // `fn(u8)` is a type: a function has a name.
        if word == "fn" && code[at + 2..name_at].trim().is_empty() {
            let first = line_of(code, at);
            found.extend(
                end_of_body(code, name_at).map(|end| (name, first, line_of(code, end) + 1 - first)),
            );
        }
    }
    found
}

/// Where the body of the function whose name is at `at` ends; nothing if it has none.
fn end_of_body(code: &str, at: usize) -> Option<usize> {
    let (mut round, mut curly) = (0, 0);
    for (i, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly == 0 && round == 0 {
                    return Some(at + i);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn the_reader_of_sources_reads() {
    let text = "fn a(x: [u8; 2]) -> u8 {\n  let s = \"} // no\\\"\"; /* } /* } */ */ b('{', '\\'')\n}\n\
        // fn c() {}\nfn d();\ntype F = fn(u8);\nfn e<'a>(y: &'a str) { r#\"fn \"f\" {\"#; }\n";
    let code = blank(text, false);
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(functions(&code), [("a", 1, 3), ("e", 7, 1)]);
    assert!(blank(text, true).contains("} // no"));
    assert!(!code.contains("no") && !code.contains('f') || !code.contains("fn c"));
    let code = "use crate::a::B; use crate::{c::{D, e}, f, g as h}; crate::i::j()";
    let used: Vec<&str> = modules_used(code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(used, ["a", "c", "f", "g", "i"]);
}

// --- the rules

/// Reports all that breaks a rule, not only the first.
#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn each_module_of_the_harness_uses_only_floors_below() {
    let floor = |module: &str| FLOORS.iter().position(|floor| floor.contains(&module));
    let mut broken = Vec::new();
    for source in sources("harness/src") {
        let module = source.module();
        if module == "lib" {
            continue;
        }
        let Some(mine) = floor(module) else {
            broken.push(format!("{}: give `{module}` its floor in this test", source.path));
            continue;
        };
        for (at, used) in modules_used(&source.code) {
            let line = line_of(&source.code, at);
            match floor(used) {
                Some(theirs) if theirs < mine || FLOORS[mine].contains(&used) => {}
                Some(_) => broken.push(format!("{}:{line}: {module} uses {used}", source.path)),
                None if used == "conform" => {} // a macro, which lives at the root
                // The re-exports in lib.rs are for others.
                None => broken.push(format!("{}:{line}: `{used}` is no module", source.path)),
            }
        }
    }
    none("floors are used from above only", &broken);
}

/// On a shared floor only the pairs that need each other know each other.
#[test]
fn neighbours_do_not_know_each_other_unless_they_must() {
    let married = [["protocol", "check"], ["protocol", "scenario"], ["scenario", "check"]];
    let mut broken = Vec::new();
    for source in sources("harness/src") {
        let module = source.module();
        let neighbours = FLOORS.iter().find(|floor| floor.contains(&module)).copied();
        for (at, used) in modules_used(&source.code) {
            let known = married.iter().any(|pair| pair.contains(&module) && pair.contains(&used));
            if module != used && neighbours.unwrap_or_default().contains(&used) && !known {
                broken.push(format!("{}:{}: {used}", source.path, line_of(&source.code, at)));
            }
        }
    }
    none("neighbours stay apart", &broken);
}

/// The lower crates must serve the protocols that are yet to be written.
#[test]
fn no_protocol_is_named_below_the_protocols() {
    let named = ["pbft", "two_generals", "oral", "om"];
    let mut broken = Vec::new();
    for source in sources("harness/src").into_iter().chain(sources("models/src")) {
        // The shipped scenarios are named after what they show, and the catalogue names scenarios.
        let names_scenarios = source.path == "models/src/scenarios.rs"
            || source.path.starts_with("models/src/catalogue/");
        if source.is_test() || names_scenarios {
            continue;
        }
        let code = blank(&source.text, true).to_lowercase().replace("two-generals", "two_generals");
        for (at, name) in names(&code).filter(|(_, name)| named.contains(name)) {
            broken.push(format!("{}:{}: {name}", source.path, line_of(&code, at)));
        }
    }
    none("no protocol is named", &broken);
}

#[test]
fn models_know_no_protocol_and_no_harness() {
    let mut broken = Vec::new();
    for source in sources("models/src") {
        for (at, _) in names(&source.code).filter(|(_, name)| *name == "Protocol") {
            broken.push(format!("{}:{}", source.path, line_of(&source.code, at)));
        }
    }
    none("models mention no Protocol", &broken);
    for (package, forbidden) in
        [("models", &["generals", "generals-protocols"][..]), ("harness", &["generals-protocols"])]
    {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).expect("there");
        for line in manifest.lines() {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            assert!(!forbidden.contains(&name), "{package} depends on what is above it: {line}");
        }
    }
}

/// The lints say so too, but a lint can be allowed away.
#[test]
fn nothing_below_the_command_line_knows_the_clock_or_a_random_order() {
    let forbidden = ["HashMap", "HashSet", "RandomState", "Instant", "SystemTime", "thread_rng"];
    let mut broken = Vec::new();
    for source in sources("harness/src").into_iter().chain(sources("models/src")) {
        if source.module() == "cli" {
            continue;
        }
        for (at, name) in names(&source.code).filter(|(_, name)| forbidden.contains(name)) {
            broken.push(format!("{}:{}: {name}", source.path, line_of(&source.code, at)));
        }
    }
    none("a run is its choices", &broken);
}

fn everything() -> Vec<Source> {
    ["models", "harness", "protocols"].into_iter().flat_map(sources).collect()
}

#[test]
fn functions_and_files_can_be_read_whole() {
    let mut broken = Vec::new();
    for source in everything() {
        let long =
            functions(&source.code).into_iter().filter(|(.., lines)| *lines > LONGEST_FUNCTION);
        for (name, line, lines) in long {
            broken.push(format!("{}:{line}: {name} has {lines} lines", source.path));
        }
        let lines = source.text.lines().count();
        // Tests are lists, and may be longer.
        if lines > LONGEST_FILE && source.path.contains("/src/") {
            broken.push(format!("{}: {lines} lines", source.path));
        }
    }
    none("functions have 70 lines at most, files 500", &broken);
}

/// Written `TODO(name): …`, so that somebody can be asked.
#[test]
fn what_is_left_to_do_has_an_owner() {
    let mut broken = Vec::new();
    for source in everything() {
        for word in [concat!("TO", "DO"), concat!("FIX", "ME")] {
            for (at, name) in names(&source.text).filter(|(_, name)| *name == word) {
                if !source.text[at + name.len()..].starts_with('(') {
                    broken.push(format!("{}:{}: {name}", source.path, line_of(&source.text, at)));
                }
            }
        }
    }
    none("what is left to do has an owner", &broken);
}
