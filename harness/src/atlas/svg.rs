//! The map as a picture.
//!
//! Colours are those of Okabe and Ito (*Color Universal Design*, 2008), which people who see few
//! colours can tell apart; each cell has the letter of the text, too. All is in whole pixels.

use std::fmt::Write;

use super::chart::{Chart, Panel, charts};
use super::text::refusals;
use super::{Atlas, Mark, State};

/// The side of a cell.
const CELL: usize = 22;
/// Around everything.
const MARGIN: usize = 24;
/// Left of the first panel: the names of links and the numbers of nodes.
const LABELS: usize = 110;
/// Between two ways to fail, and between two timings.
const GAP: usize = 16;
const WIDE_GAP: usize = 40;
/// How wide a letter is at most, about, in the sizes that are used.
const LETTER: usize = 7;
/// The height of a line of text.
const LINE: usize = 16;

/// The map under a title: a chart for each promise, with panels as in [`text`](super::text), theory's
/// line as a thick one, and a legend. A cell says its numbers when it is pointed at.
#[must_use]
pub fn svg(atlas: &Atlas, title: &str) -> String {
    let mut picture = Picture { body: String::new(), right: 0, y: MARGIN };
    picture.line(MARGIN, 17, "bold", "#000", title);
    picture.y += 6;
    let (least, most) = atlas.runs();
    let runs = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let under = format!(
        "Rows: n, the number of nodes. Columns: f, how many of them are faulty. {runs} runs a cell, \
         seeds from {}.",
        atlas.plan.seed
    );
    picture.line(MARGIN, 12, "normal", "#444", &under);
    for chart in charts(atlas) {
        picture.y += LINE;
        picture.chart(atlas, &chart);
    }
    picture.y += LINE;
    picture.legend(atlas);
    let (width, height) = (picture.right + MARGIN, picture.y + MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"Helvetica, Arial, sans-serif\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n{}</svg>\n",
        escaped(title),
        picture.body
    )
}

/// What is drawn so far, how far it reaches to the right, and where the next thing goes.
struct Picture {
    body: String,
    right: usize,
    y: usize,
}

/// The colours of a cell and of its letter.
const fn colours(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Held => ("#009e73", "#fff"),
        Mark::HeldBeyond => ("#a6d8f5", "#000"),
        Mark::Open => ("#f0e442", "#000"),
        Mark::Boundary => ("#e69f00", "#000"),
        Mark::Bug => ("#000", "#fff"),
        Mark::Refused | Mark::NotRun => ("#fff", "#888"),
    }
}

impl Picture {
    /// A line of text of its own.
    fn line(&mut self, x: usize, size: usize, weight: &str, colour: &str, text: &str) {
        self.y += size.max(LINE - 2);
        self.words(x, self.y, size, weight, colour, text);
        self.y += 4;
    }

    fn words(&mut self, x: usize, y: usize, size: usize, weight: &str, colour: &str, text: &str) {
        let _ = writeln!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             fill=\"{colour}\">{}</text>",
            escaped(text)
        );
        // Seven pixels a letter are enough for 12 pixels of height.
        self.right = self.right.max(x + text.chars().count() * LETTER * size / 13);
    }

    /// A text around `x`.
    fn centred(&mut self, x: usize, y: usize, size: usize, colour: &str, text: &str) {
        let _ = writeln!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{colour}\" \
             text-anchor=\"middle\">{}</text>",
            escaped(text)
        );
    }

    fn chart(&mut self, atlas: &Atlas, chart: &Chart) {
        self.line(MARGIN, 14, "bold", "#000", &chart.names(atlas));
        for assumptions in chart.assumptions(atlas) {
            self.line(MARGIN, 12, "normal", "#444", &format!("assumes {assumptions}"));
        }
        self.line(MARGIN, 12, "normal", "#444", &chart.summary(atlas));
        if chart.is_dull(atlas) {
            return;
        }
        let axes = &atlas.plan.axes;
        let columns = axes.faults.len() * CELL;
        let widths: Vec<usize> =
            axes.kinds.iter().map(|kind| columns.max(kind.name.chars().count() * LETTER)).collect();
        self.y += LINE;
        let (top, mut x) = (self.y, MARGIN + LABELS);
        for (timing, of) in axes.timings.iter().enumerate() {
            self.words(x, top, 12, "bold", "#000", &of.name);
            let mut after = x + of.name.chars().count() * LETTER;
            for (kind, width) in widths.iter().enumerate() {
                self.words(x, top + LINE, 12, "normal", "#000", &axes.kinds[kind].name);
                for links in 0..axes.links.len() {
                    let y = top + LINE + 6 + links * self.block(atlas);
                    let panel = Panel { atlas, promise: chart.promises[0], timing, links, kind };
                    if timing == 0 && kind == 0 {
                        self.rows(atlas, links, y);
                    }
                    self.panel(panel, x, y);
                }
                after = after.max(x + width);
                x += width + GAP;
            }
            self.right = self.right.max(after);
            x = after + WIDE_GAP;
        }
        self.y = top + LINE + 6 + axes.links.len() * self.block(atlas);
    }

    /// The height of the panels of one kind of links.
    fn block(&self, atlas: &Atlas) -> usize {
        LINE + atlas.plan.axes.nodes.len() * CELL + LINE
    }

    /// What stands left of the panels.
    fn rows(&mut self, atlas: &Atlas, links: usize, y: usize) {
        let axes = &atlas.plan.axes;
        self.words(MARGIN, y + 12, 12, "bold", "#000", &axes.links[links].name);
        let x = MARGIN + LABELS - 28;
        self.centred(x + 8, y + 12, 11, "#444", "f =");
        for (row, nodes) in axes.nodes.iter().enumerate() {
            let y = y + LINE + row * CELL + CELL / 2 + 4;
            self.centred(x, y, 11, "#444", &format!("n = {nodes}"));
        }
    }

    fn panel(&mut self, panel: Panel<'_>, x: usize, y: usize) {
        let axes = &panel.atlas.plan.axes;
        let (rows, columns) = (axes.nodes.len(), axes.faults.len());
        for (column, faults) in axes.faults.iter().enumerate() {
            self.centred(x + column * CELL + CELL / 2, y + 12, 11, "#444", &faults.to_string());
        }
        let y = y + LINE;
        let mut line = String::new();
        for row in 0..rows {
            for column in 0..columns {
                let (left, top) = (x + column * CELL, y + row * CELL);
                self.cell(panel.mark(row, column), left, top, &numbers(panel, row, column));
                if panel.is_line_right(row, column) {
                    let _ = write!(line, "M{} {top}v{CELL}", left + CELL);
                }
                if panel.is_line_below(row, column) {
                    let _ = write!(line, "M{left} {}h{CELL}", top + CELL);
                }
            }
        }
        if !line.is_empty() {
            let _ = writeln!(self.body, "<path d=\"{line}\" {LINE_STYLE}/>");
        }
    }

    fn cell(&mut self, mark: Mark, x: usize, y: usize, says: &str) {
        let (colour, ink) = colours(mark);
        let _ = writeln!(
            self.body,
            "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" \
             fill=\"{colour}\" stroke=\"#fff\"/><text x=\"{}\" y=\"{}\" font-size=\"13\" \
             fill=\"{ink}\" text-anchor=\"middle\">{}</text></g>",
            escaped(says),
            x + CELL / 2,
            y + CELL / 2 + 5,
            mark.letter()
        );
    }

    fn legend(&mut self, atlas: &Atlas) {
        let shown = |mark: &Mark| (0..atlas.promises.len()).any(|i| atlas.marked(i, *mark) > 0);
        let after = MARGIN + CELL + 10;
        for mark in Mark::ALL.into_iter().filter(shown) {
            self.cell(mark, MARGIN, self.y, mark.in_words());
            self.words(after, self.y + 16, 12, "normal", "#000", mark.in_words());
            self.y += CELL + 4;
        }
        let (middle, length) = (self.y + CELL / 2, CELL);
        let _ = writeln!(self.body, "<path d=\"M{MARGIN} {middle}h{length}\" {LINE_STYLE}/>");
        self.words(
            after,
            middle + 4,
            12,
            "normal",
            "#000",
            "theory's line: where the assumptions of the promise end",
        );
        self.y += CELL + 4;
        for line in refusals(atlas).lines() {
            self.line(MARGIN, 12, "normal", "#444", line.trim());
        }
    }
}

/// Of theory's line.
const LINE_STYLE: &str =
    "fill=\"none\" stroke=\"#000\" stroke-width=\"4\" stroke-linecap=\"round\"";

/// What a cell says when it is pointed at.
fn numbers(panel: Panel<'_>, row: usize, column: usize) -> String {
    let axes = &panel.atlas.plan.axes;
    let mut text = format!("n = {}, f = {}: ", axes.nodes[row], axes.faults[column]);
    let mark = panel.mark(row, column);
    text.push_str(mark.in_words());
    let Some(State::Ran { report, .. }) = panel.cell(row, column).map(|cell| &cell.state) else {
        return text;
    };
    let count = report.verdicts[panel.promise];
    let (worst, runs) = (count.of(count.worst()), report.runs);
    match mark {
        Mark::Held | Mark::HeldBeyond => {
            let _ = write!(text, " ({runs} runs)");
        }
        _ => {
            let _ = write!(text, " ({worst} of {runs} runs)");
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    printable.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
