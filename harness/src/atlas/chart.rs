//! What a map shows, whatever it is drawn with: which promises share a chart, and where theory's
//! line runs in it.

use std::fmt::Write;

use crate::scenario::SOUND;

use super::{Atlas, Cell, Mark};

/// Promises with the same map, told together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chart {
    /// Their numbers; at least one.
    pub promises: Vec<usize>,
}

/// The charts of a map, in the order of their first promises. Soundness has one only where it did
/// not simply hold: it is promised everywhere.
#[must_use]
pub fn charts(atlas: &Atlas) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    for (promise, row) in atlas.promises.iter().enumerate() {
        let is_dull = |cell: &Cell| cell.mark(promise) <= Mark::Held;
        if row.name == SOUND && atlas.cells.iter().all(is_dull) {
            continue;
        }
        let alike = |chart: &&mut Chart| {
            atlas.cells.iter().all(|cell| {
                let shown = |which: usize| (cell.mark(which), cell.is_promised(which));
                shown(chart.promises[0]) == shown(promise)
            })
        };
        match charts.iter_mut().find(alike) {
            Some(chart) => chart.promises.push(promise),
            None => charts.push(Chart { promises: vec![promise] }),
        }
    }
    charts
}

impl Chart {
    /// The names of its promises.
    #[must_use]
    pub fn names(&self, atlas: &Atlas) -> String {
        let names = self.promises.iter().map(|promise| atlas.promises[*promise].name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// What its promises assume, each text once, with whose it is if there are several.
    #[must_use]
    pub fn assumptions(&self, atlas: &Atlas) -> Vec<String> {
        let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in self.promises.iter().map(|promise| &atlas.promises[*promise]) {
            match texts.iter_mut().find(|(known, _)| *known == row.assumptions) {
                Some((_, names)) => names.push(&row.name),
                None => texts.push((&row.assumptions, vec![&row.name])),
            }
        }
        let alone = texts.len() == 1;
        let line = |(text, names): (&str, Vec<&str>)| match alone {
            true => text.to_owned(),
            false => format!("{text} ({})", names.join(", ")),
        };
        texts.into_iter().map(line).collect()
    }

    /// Whether there is nothing to see: it held wherever it was run, as promised.
    #[must_use]
    pub fn is_dull(&self, atlas: &Atlas) -> bool {
        let promise = self.promises[0];
        let dull = [Mark::Held, Mark::Refused, Mark::NotRun];
        atlas.cells.iter().all(|cell| dull.contains(&cell.mark(promise)))
    }

    /// What became of its cells on either side of theory's line, in a line.
    #[must_use]
    pub fn summary(&self, atlas: &Atlas) -> String {
        let side = |promised: bool| {
            let of = move |cell: &&Cell| cell.is_promised(self.promises[0]) == Some(promised);
            let cells = atlas.cells.iter().filter(of);
            let marks: Vec<Mark> = cells.map(|cell| cell.mark(self.promises[0])).collect();
            let many = marks.len();
            let cells = if many == 1 { "cell" } else { "cells" };
            let mut text = format!("{many} {cells}");
            for (what, which) in [
                ("held", &[Mark::Held, Mark::HeldBeyond][..]),
                ("left open", &[Mark::Open]),
                ("broke", &[Mark::Boundary]),
                ("broke by a BUG", &[Mark::Bug]),
            ] {
                let n = marks.iter().filter(|mark| which.contains(mark)).count();
                let _ = match n {
                    0 => Ok(()),
                    _ if n == many => write!(text, ", all {what}"),
                    _ => write!(text, ", {n} {what}"),
                };
            }
            text
        };
        if self.is_dull(atlas) {
            return format!("promised everywhere: in {}", side(true));
        }
        format!("promised in {}; beyond that {}", side(true), side(false))
    }
}

/// One small map: numbers of nodes by numbers of faulty ones, for one promise in one family of
/// worlds. Rows and columns are places in the lists of the axes.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) promise: usize,
    pub(super) timing: usize,
    pub(super) links: usize,
    pub(super) kind: usize,
}

impl<'a> Panel<'a> {
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&'a Cell> {
        let axes = &self.atlas.plan.axes;
        if row >= axes.nodes.len() || column >= axes.faults.len() {
            return None;
        }
        let at = (row * axes.faults.len() + column) * axes.timings.len() + self.timing;
        let at = (at * axes.links.len() + self.links) * axes.kinds.len() + self.kind;
        self.atlas.cells.get(at)
    }

    pub(super) fn mark(&self, row: usize, column: usize) -> Mark {
        self.cell(row, column).map_or(Mark::NotRun, |cell| cell.mark(self.promise))
    }

    /// Whether theory's line runs between two cells.
    fn parts(&self, one: (usize, usize), other: (usize, usize)) -> bool {
        let promised = |(row, column)| self.cell(row, column)?.is_promised(self.promise);
        matches!((promised(one), promised(other)), (Some(a), Some(b)) if a != b)
    }

    /// Whether it runs along the right side of a cell.
    pub(super) fn is_line_right(&self, row: usize, column: usize) -> bool {
        self.parts((row, column), (row, column + 1))
    }

    /// Whether it runs below a cell.
    pub(super) fn is_line_below(&self, row: usize, column: usize) -> bool {
        self.parts((row, column), (row + 1, column))
    }
}
