//! The map as numbers: one line for each cell and promise.

use std::fmt::Write;

use crate::check::VerdictKind;

use super::{Atlas, State};

/// What stands in each line.
const COLUMNS: &str = "protocol,nodes,faulty,timing,links,fault_kind,promise,promised,result,runs,holds,\
    undetermined,out_of_model,violated,lowest_seed,why";

/// All cells and promises as comma-separated values (RFC 4180, with line feeds), in the order of the
/// cells, promises in theirs. `promised` is `yes`, `no`, or nothing for a cell that was not run;
/// `lowest_seed` is the lowest with the worst verdict, where that is not `Holds`; `why` says what was
/// assumed and is not so, or why there is no such scenario.
#[must_use]
pub fn csv(atlas: &Atlas) -> String {
    let mut text = format!("{COLUMNS}\n");
    let axes = &atlas.plan.axes;
    for cell in &atlas.cells {
        let place = cell.place;
        for (promise, row) in atlas.promises.iter().enumerate() {
            let count = cell.count(promise).copied().unwrap_or_default();
            let (runs, why) = match &cell.state {
                State::NotRun => (0, String::new()),
                State::Refused(why) => (0, why.clone()),
                State::Ran { report, beyond } => {
                    let why: Vec<&str> = beyond[promise].iter().map(|one| one.0.as_str()).collect();
                    (report.runs, why.join("; "))
                }
            };
            let promised = match cell.is_promised(promise) {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            };
            let worst = count.worst();
            let lowest = count.lowest(worst).filter(|_| worst != VerdictKind::Holds);
            let fields = [
                quoted(atlas.protocol),
                place.nodes.to_string(),
                place.faults.to_string(),
                quoted(&axes.timings[place.timing].name),
                quoted(&axes.links[place.links].name),
                quoted(&axes.kinds[place.kind].name),
                quoted(&row.name),
                promised.to_owned(),
                cell.mark(promise).word().to_owned(),
                runs.to_string(),
                count.of(VerdictKind::Holds).to_string(),
                count.of(VerdictKind::Undetermined).to_string(),
                count.of(VerdictKind::OutOfModel).to_string(),
                count.of(VerdictKind::Violated).to_string(),
                lowest.map(|seed| seed.to_string()).unwrap_or_default(),
                quoted(&why),
            ];
            let _ = writeln!(text, "{}", fields.join(","));
        }
    }
    text
}

/// A field that may hold anything but a line of its own.
fn quoted(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
