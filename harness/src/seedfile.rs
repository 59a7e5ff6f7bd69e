//! Seed files: one failure, or one boundary, in a file of its own.
//!
//! The scenario is embedded, because a reproduction must not change when somebody tunes a shared
//! scenario; and the script says what went wrong, because a seed dies at the next refactoring.

use std::collections::BTreeMap;

use generals_models::Complaint;
use serde::{Deserialize, Serialize};

use crate::check::VerdictKind;
use crate::choosers::{Origin, Script};
use crate::protocol::Protocol;
use crate::scenario::{SOUND, Scenario};

/// The version of the format that is written, and the only one that is read.
///
/// 2: the digest takes in decisions and what is on disks as it takes in messages, by serde; times as
/// numbers; and the names of fields that are left out.
pub const FORMAT: u32 = 2;

/// What a seed file says besides its scenario.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The seed that was drawn.
    pub seed: Option<u64>,
    /// What went wrong, shrunk.
    pub script: Option<Script>,
    /// The verdicts a replay must give; promises not named must hold.
    pub expect: BTreeMap<String, VerdictKind>,
    /// The digest of the replay when the file was written.
    pub digest: Option<String>,
    /// What people should know.
    pub note: String,
}

impl Found {
    /// Where the run of this seed file comes from: its script, else its seed.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match (&self.script, self.seed) {
            (Some(script), _) => Origin::Script(script.clone()),
            (None, Some(seed)) => Origin::Seed(seed),
            (None, None) => Origin::Script(Script::default()),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub(crate) struct SeedFile<P: Protocol> {
    format: u32,
    scenario: Scenario<P>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<Script>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    expect: BTreeMap<String, VerdictKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

impl<P: Protocol> SeedFile<P> {
    pub(crate) fn new(scenario: &Scenario<P>, found: &Found) -> Self {
        // What the scenario expects of a campaign and this file of one run are two things.
        let scenario = Scenario { expect: BTreeMap::new(), script: None, ..scenario.clone() };
        let Found { seed, script, expect, digest, note } = found.clone();
        Self { format: FORMAT, scenario, seed, script, expect, digest, note }
    }

    pub(crate) fn into_parts(self) -> Result<(Scenario<P>, Found), Complaint> {
        let Self { format, scenario, seed, script, expect, digest, note } = self;
        if format != FORMAT {
            return Err(Complaint::at(["format"])
                .problem(format!("format {format} is not one this version reads"))
                .help(format!("this version reads format {FORMAT}")));
        }
        if seed.is_none() && script.is_none() {
            return Err(Complaint::at(["scenario"])
                .problem("a seed file needs a `seed` or a `script`")
                .help("`script: {}` is the run in which nothing goes wrong"));
        }
        if let Some(script) = &script {
            script.validate(&["script"], scenario.world.nodes)?;
        }
        let promises = P::promises(&scenario.config);
        let mut names = promises.iter().map(|p| p.property.name().to_owned()).collect::<Vec<_>>();
        names.push(SOUND.to_owned());
        if let Some(unknown) = expect.keys().find(|name| !names.contains(name)) {
            return Err(Complaint::at(["expect", unknown])
                .problem(format!("{} makes no promise named `{unknown}`", P::NAME))
                .help(format!("its promises are {}", names.join(", "))));
        }
        Ok((scenario, Found { seed, script, expect, digest, note }))
    }
}

/// A value as RON for people: what a user would have written.
pub(crate) fn pretty<T: Serialize>(value: &T) -> String {
    const HEADER: &str = "#![enable(implicit_some)]\n";
    let config = ron::ser::PrettyConfig::new()
        .depth_limit(3)
        .new_line("\n")
        .extensions(ron::extensions::Extensions::IMPLICIT_SOME);
    match ron::ser::to_string_pretty(value, config) {
        // All our files are read that way, so none needs to say so.
        Ok(text) => format!("{}\n", text.strip_prefix(HEADER).unwrap_or(&text)),
        // A user's own type may refuse; everything of ours can always be written.
        Err(error) => format!("// cannot be written as RON: {error}\n"),
    }
}
