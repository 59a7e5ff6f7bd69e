//! The table of goals: what was measured, what it should be, and whether it is.

use crate::contest::Figure;

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    /// `yes, by 12 %`: how much room there is, or how much is missing.
    pub(crate) fn reached(self, measured: f64) -> String {
        let (spare, limit) = match self {
            Self::AtMost(limit) => (limit - measured, limit),
            Self::AtLeast(limit) => (measured - limit, limit),
        };
        let percent = match limit {
            0.0 => String::new(),
            _ => format!(", by {:.0} %", spare.abs() / limit * 100.0),
        };
        format!("{}{percent}", if spare >= 0.0 { "yes" } else { "no" })
    }

    pub(crate) fn shown(self, digits: usize) -> String {
        match self {
            Self::AtMost(limit) => format!("<= {limit:.digits$}"),
            Self::AtLeast(limit) => format!(">= {limit:.digits$}"),
        }
    }
}

/// All goals that were looked at.
#[derive(Default)]
pub(crate) struct Goals {
    rows: Vec<[String; 4]>,
    missed: usize,
}

impl Goals {
    /// A figure and its goal, with so many digits.
    pub(crate) fn add(&mut self, what: &str, measured: Figure, goal: Goal, digits: usize) {
        let reached = goal.reached(measured.median);
        self.row([what.to_owned(), measured.shown(digits), goal.shown(digits), reached]);
    }

    /// A row from elsewhere.
    pub(crate) fn row(&mut self, row: [String; 4]) {
        self.missed += usize::from(row[3].starts_with("no"));
        self.rows.push(row);
    }

    pub(crate) fn print(&self, note: &str) {
        if self.rows.is_empty() {
            return;
        }
        println!("{:<66}{:<27}{:<12}reached", "what", "measured (min..max)", "goal");
        for [what, measured, goal, reached] in &self.rows {
            println!("{what:<66}{measured:<27}{goal:<12}{reached}");
        }
        println!("{} of {} reached. {note}", self.rows.len() - self.missed, self.rows.len());
    }
}
