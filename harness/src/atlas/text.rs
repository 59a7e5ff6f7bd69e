//! The map as a text, readable without colours.

use std::fmt::Write;

use super::chart::{Chart, Panel, charts};
use super::{Atlas, Mark};

/// How wide a line of the map may get, in characters.
const WIDTH: usize = 100;
/// Between two ways to fail, and between two timings.
const GAP: usize = 2;
const WIDE_GAP: usize = 4;

/// All charts, and a legend. Rows are numbers of nodes, columns numbers of faulty ones.
#[must_use]
pub fn text(atlas: &Atlas) -> String {
    let mut text = String::new();
    for chart in charts(atlas) {
        let _ = writeln!(text, "{}", chart.names(atlas));
        for assumptions in chart.assumptions(atlas) {
            let _ = writeln!(text, "  assumes {assumptions}");
        }
        let _ = writeln!(text, "  {}\n", chart.summary(atlas));
        for links in (0..atlas.plan.axes.links.len()).filter(|_| !chart.is_dull(atlas)) {
            text.push_str(&family(atlas, &chart, links));
        }
    }
    text + &legend(atlas)
}

/// The panels of one kind of links: timings side by side as far as they fit.
fn family(atlas: &Atlas, chart: &Chart, links: usize) -> String {
    let axes = &atlas.plan.axes;
    let cells = (2 * axes.faults.len()).saturating_sub(1);
    let widths: Vec<usize> =
        axes.kinds.iter().map(|kind| kind.short.chars().count().max(cells)).collect();
    let panels: usize = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    let label = label_width(atlas);
    let longest = axes.timings.iter().map(|timing| timing.name.chars().count()).max().unwrap_or(0);
    let each = panels.max(longest);
    let fit = ((WIDTH.saturating_sub(label) + WIDE_GAP) / (each + WIDE_GAP)).max(1);
    let timings: Vec<usize> = (0..axes.timings.len()).collect();
    let mut text = String::new();
    for timings in timings.chunks(fit) {
        let strip =
            Strip { atlas, promise: chart.promises[0], links, timings, widths: &widths, each };
        text.push_str(&strip.text(label));
    }
    text
}

fn label_width(atlas: &Atlas) -> usize {
    let axes = &atlas.plan.axes;
    let digits = axes.nodes.iter().max().map_or(1, |most| most.to_string().len());
    let links = axes.links.iter().map(|links| links.name.chars().count()).max().unwrap_or(0);
    (6 + digits).max(links) + 4
}

/// Panels side by side.
struct Strip<'a> {
    atlas: &'a Atlas,
    promise: usize,
    links: usize,
    timings: &'a [usize],
    /// How wide the panels of each way to fail are.
    widths: &'a [usize],
    /// How wide those of a timing are together.
    each: usize,
}

impl Strip<'_> {
    fn text(&self, label: usize) -> String {
        let axes = &self.atlas.plan.axes;
        let mut text = String::new();
        let mut line = |head: &str, body: String| {
            let _ = writeln!(text, "{}", format!("  {head:0$}{body}", label - 2).trim_end());
        };
        let timings = self.timings.iter().map(|timing| axes.timings[*timing].name.clone());
        line("", self.joined(timings));
        line(
            &axes.links[self.links].name,
            self.in_panels(|panel| axes.kinds[panel.kind].short.clone()),
        );
        let numbers: Vec<String> = axes.faults.iter().map(|f| format!("{:<2}", f % 100)).collect();
        line("  f =", self.in_panels(|_| numbers.concat().trim_end().to_owned()));
        for (row, nodes) in axes.nodes.iter().enumerate() {
            line(&format!("  n = {nodes}"), self.in_panels(|panel| cells(panel, row)));
            let below = self.in_panels(|panel| line_below(panel, row));
            if below.contains('-') {
                line("", below);
            }
        }
        text.push('\n');
        text
    }

    /// Something for each panel.
    fn in_panels(&self, what: impl Fn(Panel<'_>) -> String) -> String {
        let &Self { atlas, promise, links, .. } = self;
        self.joined(self.timings.iter().map(|&timing| {
            let panels = self.widths.iter().enumerate().map(|(kind, width)| {
                let panel = Panel { atlas, promise, timing, links, kind };
                format!("{:1$}", what(panel), *width)
            });
            panels.collect::<Vec<_>>().join(&" ".repeat(GAP))
        }))
    }

    fn joined(&self, parts: impl Iterator<Item = String>) -> String {
        let padded = parts.map(|part| format!("{part:0$}", self.each));
        padded.collect::<Vec<_>>().join(&" ".repeat(WIDE_GAP))
    }
}

/// The letters of a row, and the line between them.
fn cells(panel: Panel<'_>, row: usize) -> String {
    let columns = 0..panel.atlas.plan.axes.faults.len();
    let cell = |column| {
        [panel.mark(row, column).letter(), if panel.is_line_right(row, column) { '|' } else { ' ' }]
    };
    columns.flat_map(cell).collect::<String>().trim_end().to_owned()
}

/// The line between a row and the next.
fn line_below(panel: Panel<'_>, row: usize) -> String {
    let columns = panel.atlas.plan.axes.faults.len();
    let mut text = String::new();
    for column in 0..columns {
        let here = panel.is_line_below(row, column);
        let next = column + 1 < columns && panel.is_line_below(row, column + 1);
        let above = panel.is_line_right(row, column);
        let under = panel.is_line_right(row + 1, column);
        text.push(if here { '-' } else { ' ' });
        text.push(match (here, next, above || under) {
            (true, true, false) => '-',
            (false, false, true) => '|',
            (false, false, false) => ' ',
            (true, false, false) => ' ',
            _ => '+',
        });
    }
    text.trim_end().to_owned()
}

/// What the letters mean, as far as they are there, and what was refused.
fn legend(atlas: &Atlas) -> String {
    let mut text = String::new();
    let promises = || 0..atlas.promises.len();
    for mark in Mark::ALL {
        if promises().any(|promise| atlas.marked(promise, mark) > 0) {
            let _ = writeln!(text, "  {}  {}", mark.letter(), mark.in_words());
        }
    }
    text.push_str("  |  theory's line: where the assumptions end\n");
    let axes = &atlas.plan.axes;
    let mut words = vec!["n nodes".to_owned(), "f of them faulty".to_owned()];
    let short = axes.kinds.iter().filter(|kind| kind.short != kind.name);
    words.extend(short.map(|kind| format!("{}: {}", kind.short, kind.name)));
    let _ = writeln!(text, "  {}", words.join("; "));
    text + &refusals(atlas)
}

/// How many reasons are told.
const MOST_REASONS: usize = 6;

/// Why there is no scenario where there is none.
pub(super) fn refusals(atlas: &Atlas) -> String {
    let mut text = String::new();
    let refusals = atlas.refusals();
    for (why, places) in refusals.iter().take(MOST_REASONS) {
        let _ = writeln!(text, "  {} {}: {why}", Mark::Refused.letter(), at(atlas, places));
    }
    if refusals.len() > MOST_REASONS {
        let _ = writeln!(text, "  and {} more reasons", refusals.len() - MOST_REASONS);
    }
    text
}

/// The numbers of nodes and faulty ones in words: all of a row as the row.
fn at(atlas: &Atlas, places: &[(u16, u16)]) -> String {
    let axes = &atlas.plan.axes;
    let mut words = Vec::new();
    for nodes in &axes.nodes {
        let of: Vec<u16> = places.iter().filter(|(n, _)| n == nodes).map(|(_, f)| *f).collect();
        if of.len() == axes.faults.len() {
            words.push(format!("n = {nodes}"));
        } else {
            words.extend(of.iter().map(|f| format!("n = {nodes} with f = {f}")));
        }
    }
    words.join(", ")
}
