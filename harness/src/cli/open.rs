//! From a word of the command line to something that runs.

use std::path::Path;

use generals_models::scenarios::Shipped;
use serde::Deserialize;

use crate::file::{self, FileError, Source};
use crate::seedfile::Found;
use crate::subject::{Case, Subject};

use super::Failure;
use super::watchdog::Watched;

/// What there is to choose from.
#[derive(Clone, Copy)]
pub(super) struct Shelf {
    pub(super) subjects: &'static [&'static dyn Subject],
    pub(super) scenarios: &'static [Shipped],
}

/// A file, opened.
pub(super) enum Opened {
    Scenario(Box<dyn Case>),
    Seed(Box<dyn Case>, Found),
}

/// A scenario, and the name it was asked for by.
pub(super) type Named = (String, Box<dyn Case>);

/// The first look at a file, whatever else is in it.
#[derive(Deserialize)]
#[serde(rename = "Scenario")]
struct Header {
    protocol: String,
}

#[derive(Deserialize)]
#[serde(rename = "SeedFile")]
struct SeedHeader {
    scenario: Header,
}

/// Every run of the command line is watched, whatever the command.
fn watched(source: &Source, case: Box<dyn Case>) -> Box<dyn Case> {
    Box::new(Watched { name: source.name.clone(), case, is_named: true })
}

impl Shelf {
    /// The shipped scenario of this name, or the file at this path.
    pub(super) fn find(&self, name: &str) -> Result<Source, Failure> {
        if let Some(shipped) = self.scenarios.iter().find(|shipped| shipped.name == name) {
            return Ok(Source::new(shipped.name, shipped.text));
        }
        let path = Path::new(name);
        if name.contains(['/', '\\']) || path.extension().is_some() || path.exists() {
            return file::read(path).map_err(Failure::from);
        }
        let names = self.scenarios.iter().map(|shipped| shipped.name);
        let hint = match file::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`list` shows those that ship with this tool; a file needs its path".to_owned(),
        };
        Err(Failure::Usage(format!("there is no scenario `{name}`: {hint}")))
    }

    pub(super) fn open(&self, source: &Source) -> Result<Opened, FileError> {
        let is_seed = file::string_at(source, &["protocol"]).is_none()
            && file::string_at(source, &["scenario", "protocol"]).is_some();
        if is_seed {
            let name = file::parse::<SeedHeader>(source)?.scenario.protocol;
            let subject = self.subject(source, &["scenario", "protocol"], &name)?;
            let (case, found) = subject.open_seed(source)?;
            return Ok(Opened::Seed(watched(source, case), found));
        }
        let name = file::parse::<Header>(source)?.protocol;
        let subject = self.subject(source, &["protocol"], &name)?;
        Ok(Opened::Scenario(watched(source, subject.open(source)?)))
    }

    fn subject(
        &self,
        source: &Source,
        path: &[&str],
        name: &str,
    ) -> Result<&'static dyn Subject, FileError> {
        if let Some(subject) = self.subjects.iter().find(|subject| subject.name() == name) {
            return Ok(*subject);
        }
        let names = || self.subjects.iter().map(|subject| subject.name());
        let help = match file::nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the protocols are {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(file::complain(source, path, format!("there is no protocol `{name}`"), Some(help)))
    }

    /// A scenario, for the commands that need one.
    pub(super) fn scenario(&self, name: &str) -> Result<Box<dyn Case>, Failure> {
        match self.open(&self.find(name)?)? {
            Opened::Scenario(case) => Ok(case),
            Opened::Seed(..) => Err(Failure::Usage(format!(
                "{name} is a seed file: use `replay`, `show`, `shrink` or `check`"
            ))),
        }
    }

    /// The scenarios with these names; all shipped ones this tool has the protocols of, if none is
    /// named.
    pub(super) fn scenarios(&self, names: &[String]) -> Result<Vec<Named>, Failure> {
        let shipped;
        let names = if names.is_empty() {
            shipped = self.shipped().map(|shipped| shipped.name.to_owned()).collect::<Vec<_>>();
            &shipped
        } else {
            names
        };
        names.iter().map(|name| Ok((name.clone(), self.scenario(name)?))).collect()
    }

    /// The shipped scenarios whose protocols are here.
    pub(super) fn shipped(&self) -> impl Iterator<Item = &'static Shipped> {
        let subjects = self.subjects;
        self.scenarios.iter().filter(move |shipped| {
            let source = Source::new(shipped.name, shipped.text);
            file::string_at(&source, &["protocol"])
                .is_some_and(|name| subjects.iter().any(|subject| subject.name() == name))
        })
    }
}
