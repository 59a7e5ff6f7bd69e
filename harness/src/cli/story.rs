//! A run, told: as a text, and as a seed file.

use std::fmt::Write;

use crate::check::{Verdict, VerdictKind};
use crate::choosers::{Origin, Script};
use crate::fuzz::run_twice;
use crate::kernel::Outcome;
use crate::report;
use crate::seedfile::Found;
use crate::subject::{Case, PromiseRow};
use crate::trace::{Trace, Zoom};

/// Runs once more what came to `once`, and says where the runs went apart, if they did; with the
/// line that shows it.
pub(super) fn not_deterministic(
    case: &dyn Case,
    origin: &Origin,
    once: &Outcome,
    repeat: &str,
) -> Option<String> {
    let mut worker = case.worker();
    if worker.run(&mut *origin.chooser()) == once {
        return None;
    }
    let difference = match run_twice(&mut *worker, origin) {
        Some(difference) => difference.to_string(),
        None => "two more runs were the same, so it does not always happen\n".to_owned(),
    };
    Some(format!("\nnot deterministic: {difference}to repeat it:\n{repeat}\n"))
}

/// A shrunk run, told.
pub(super) struct Story {
    script: Script,
    outcome: Outcome,
    trace: Trace,
}

impl Story {
    pub(super) fn of(case: &dyn Case, script: &Script) -> Self {
        let origin = Origin::Script(script.clone());
        let (outcome, trace) = case.worker().trace(&mut *origin.chooser());
        Self { script: script.clone(), outcome, trace }
    }

    /// Where the run comes from, and what it came to.
    pub(super) fn origin_and_outcome(&self) -> (Origin, &Outcome) {
        (Origin::Script(self.script.clone()), &self.outcome)
    }

    /// What became of a promise in this run.
    pub(super) fn verdict(&self, promise: usize) -> Option<VerdictKind> {
        self.outcome.verdicts.get(promise).map(Verdict::kind)
    }

    pub(super) fn text(&self, case: &dyn Case, zoom: Zoom) -> String {
        let origin = Origin::Script(self.script.clone());
        report::run(case, &origin, &self.outcome, &self.trace, zoom)
    }

    /// Without the promises that hold: enough for what is known already.
    pub(super) fn brief(&self, case: &dyn Case) -> String {
        let mut text = format!("{}\n", report::heading(case));
        for deviation in self.script.iter().take(5) {
            let _ = writeln!(text, "  {deviation}");
        }
        if self.script.len() > 5 {
            let _ = writeln!(text, "  and {} more", self.script.len() - 5);
        }
        let _ = writeln!(text, "\n{}", self.trace.text(Zoom::Story));
        let (rows, verdicts): (Vec<PromiseRow>, Vec<Verdict>) = case
            .promises()
            .iter()
            .zip(&self.outcome.verdicts)
            .filter(|(_, verdict)| verdict.kind() != VerdictKind::Holds)
            .map(|(row, verdict)| (row.clone(), verdict.clone()))
            .unzip();
        text + &report::verdicts(&rows, &verdicts)
    }

    /// A seed file of this run, with its story for whoever opens it.
    pub(super) fn seed_file(&self, case: &dyn Case, seed: Option<u64>) -> String {
        const MOST_LINES: usize = 60;
        let story = self.text(case, Zoom::Story);
        let mut text: String =
            story.lines().take(MOST_LINES).map(|line| format!("// {line}\n")).collect();
        text = text.replace("// \n", "//\n");
        if story.lines().count() > MOST_LINES {
            text.push_str("// …\n");
        }
        text + &case.seed_file(&self.found(case, seed))
    }

    /// What a seed file of this run says.
    pub(super) fn found(&self, case: &dyn Case, seed: Option<u64>) -> Found {
        let kinds = case.promises().iter().zip(&self.outcome.verdicts);
        Found {
            seed,
            script: Some(self.script.clone()),
            expect: kinds
                .filter(|(_, verdict)| verdict.kind() != VerdictKind::Holds)
                .map(|(row, verdict)| (row.name.clone(), verdict.kind()))
                .collect(),
            digest: Some(self.outcome.digest.to_string()),
            note: String::new(),
        }
    }
}
