//! One snapshot for each shipped scenario: the verdicts of a campaign, and the story of a run.
//!
//! A snapshot is accepted only by somebody who can say which line changed and why:
//! `cargo insta review`, or read the diff of `INSTA_UPDATE=always cargo test --test snapshots`.

use generals::{Source, Subject};
use generals_models::scenarios::{ALL, Shipped};

const SEEDS: std::ops::Range<u64> = 0..200;

#[test]
fn every_scenario_tells_the_same_story_as_ever() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(".");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for Shipped { name, text } in ALL {
            let source = Source::new(*name, *text);
            let case = subject(&source).open(&source).unwrap_or_else(|error| panic!("{error}"));
            insta::assert_snapshot!(*name, generals::testing::snapshot(&*case, SEEDS));
        }
    });
}

fn subject(source: &Source) -> &'static dyn Subject {
    let protocol = generals::file::string_at(source, &["protocol"]);
    let mut subjects = generals_protocols::registry().iter();
    match subjects.find(|subject| Some(subject.name()) == protocol.as_deref()) {
        Some(subject) => *subject,
        None => panic!("{}: no protocol {protocol:?}", source.name),
    }
}
