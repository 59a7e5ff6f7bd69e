//! What can be selected is explained, and what is explained can be selected.

use generals_models::catalogue::{Entry, Kind, entries};
use generals_models::scenarios::ALL;
use generals_models::{
    AdversaryModel, Disk, Latency, LinkModel, NodeFault, Partition, TimingModel, Topology, World,
};
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

const IMPLICIT_SOME: Extensions = Extensions::IMPLICIT_SOME;

/// The names of all variants of `T`, from what it says when it is given none of them.
fn variants<T: DeserializeOwned>() -> Vec<String> {
    let Err(error) = ron::from_str::<T>("Nobody") else { panic!("Nobody is a variant") };
    let text = error.to_string();
    let mut names: Vec<String> = text.split('`').skip(5).step_by(2).map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_variant_is_explained_once() {
    let all = [
        (Kind::Timing, variants::<TimingModel>()),
        (Kind::Link, variants::<LinkModel>()),
        (Kind::Latency, variants::<Latency>()),
        (Kind::Partition, variants::<Partition>()),
        (Kind::Topology, variants::<Topology>()),
        (Kind::Node, variants::<NodeFault>()),
        (Kind::Disk, variants::<Disk>()),
        (Kind::Strategy, variants::<AdversaryModel>()),
    ];
    for (kind, names) in all {
        assert!(names.len() > 1, "{kind:?}: {names:?}");
        // Names in lower case are those of fields.
        let is_variant = |name: &str| name.starts_with(char::is_uppercase);
        let of_kind = entries().filter(|entry| entry.kind == kind).map(|entry| entry.name);
        let mut explained: Vec<&str> = of_kind.filter(|name| is_variant(name)).collect();
        explained.sort_unstable();
        assert_eq!(explained, names, "{kind:?}");
    }
}

#[test]
fn examples_are_what_a_file_may_say() {
    for Entry { name, example, .. } in entries() {
        let nodes = match *name {
            "Cube" => 8,
            "Petersen" => 10,
            _ => 6,
        };
        let text = format!("(nodes: {nodes}, {example})");
        let options = ron::Options::default().with_default_extension(IMPLICIT_SOME);
        let world: World =
            options.from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(world.validate(), Ok(()), "{text}");
        assert!(example.contains(name), "{name} is not in its example");
    }
}

/// The word, not followed by more of a word.
fn names(text: &str, word: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| ends(&text[at + word.len()..]))
}

#[test]
fn every_entry_has_a_scenario_that_selects_it() {
    // What a world is without a word.
    let defaults = ["Synchronous", "Reliable", "Silent", "Complete", "Uniform", "Kept"];
    for Entry { name, shown_by, .. } in entries() {
        let shipped = ALL.iter().find(|shipped| shipped.name == *shown_by);
        let shipped = shipped.unwrap_or_else(|| panic!("{name}: no scenario {shown_by}"));
        let code: String =
            shipped.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        assert!(defaults.contains(name) || names(&code, name), "{shown_by} does not select {name}");
    }
}

#[test]
fn texts_are_sentences() {
    for Entry { name, brief, about, shown_by, .. } in entries() {
        assert!(about.ends_with('.') && about.len() > 70, "{name}: {about}");
        assert!(!brief.ends_with('.') && brief.len() <= 76, "{name}: {brief}");
        assert!(!shown_by.is_empty(), "{name}");
    }
}
