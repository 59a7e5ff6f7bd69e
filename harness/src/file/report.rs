//! The error itself, and the excerpt of the file that is shown with it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Source;
use super::place::{line_and_column, line_around};
use super::words::{escaped, shortened};

/// How much of a line is shown before and after the place in question, in characters.
const BEFORE: usize = 40;
const AFTER: usize = 60;
/// How long a sentence may get, in characters.
const LONGEST: usize = 600;

/// What is wrong with a file, and where. Displayed as a whole report, with the line in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The name of the file, as in [`Source::name`].
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in that line, from 1, in characters.
    pub column: usize,
    /// What is wrong, in one sentence.
    pub problem: String,
    /// What to do about it.
    pub help: Option<String>,
    excerpt: Box<Excerpt>,
}

/// A piece of one line, already fit for printing, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    mark: Range<usize>,
}

impl FileError {
    pub(super) fn new(
        source: &Source,
        range: &Range<usize>,
        problem: &str,
        help: Option<String>,
    ) -> Self {
        let (line, column) = line_and_column(&source.text, range.start);
        Self {
            name: source.name.clone(),
            line,
            column,
            problem: tidy(problem),
            help: help.map(|help| tidy(&help)),
            excerpt: Box::new(Excerpt::of(&source.text, range)),
        }
    }

    /// The report with colours for a terminal.
    pub fn coloured(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let name = tidy(&self.name);
        // The place is given here and not by the snippet, which sees only a piece of the line.
        let origin = Origin::path(name).line(self.line).char_column(self.column);
        let snippet = Snippet::source(&self.excerpt.text)
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(self.excerpt.mark.clone()));
        let report: Group<'_> = Level::ERROR
            .primary_title(&self.problem)
            .element(origin)
            .element(snippet)
            .elements(self.help.as_deref().map(|help| Level::HELP.message(help)));
        let rendered = renderer.render(&[report]);
        // Under the title, the place and a blank: the renderer takes a snippet without a name for
        // one of a second file, and announces it with a `:::`.
        let lines = rendered.lines().enumerate().filter(|&(number, _)| number != 3);
        lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for FileError {}

impl Excerpt {
    /// What is around the start of `range`, in its line.
    fn of(text: &str, range: &Range<usize>) -> Self {
        let (line_start, line) = line_around(text, range.start);
        // A place past what is shown of the line, between `\r` and `\n`, is shown at its end.
        let start = (range.start - line_start).min(line.len());
        let end = (range.end - line_start).clamp(start, line.len());
        let from = line[..start].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
        let to = line[start..].char_indices().nth(AFTER).map_or(line.len(), |(at, _)| start + at);
        let end = end.min(to);

        let mut shown = String::new();
        shown.push_str(if from > 0 { "…" } else { "" });
        shown.push_str(&escaped(&line[from..start]));
        let mark_start = shown.len();
        shown.push_str(&escaped(&line[start..end]));
        let mark = mark_start..shown.len();
        shown.push_str(&escaped(&line[end..to]));
        shown.push_str(if to < line.len() { "…" } else { "" });
        Self { text: shown, mark }
    }
}

/// Fit for printing in one line.
fn tidy(sentence: &str) -> String {
    escaped(&shortened(sentence, LONGEST))
}
