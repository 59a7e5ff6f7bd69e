//! The scenarios that ship with the tool: complete, readable by their protocols, and telling the
//! truth about what breaks.

use std::collections::{BTreeMap, BTreeSet};

use generals::testing::campaign;
use generals::{AdversaryModel, Case, RuleSet, Source, file};
use generals_models::scenarios::{self, Shipped};

fn open(shipped: &Shipped) -> Box<dyn Case> {
    let source = Source::new(shipped.name, shipped.text);
    let protocol = file::string_at(&source, &["protocol"]);
    let mut subjects = generals_protocols::registry().iter();
    let subject = subjects.find(|subject| Some(subject.name()) == protocol.as_deref());
    let subject = subject.unwrap_or_else(|| panic!("{}: no {protocol:?}", shipped.name));
    subject.open(&source).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_file_is_registered_and_every_registered_scenario_is_a_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/scenarios");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let registered = scenarios::ALL.iter().map(|shipped| format!("{}.ron", shipped.name));
    assert_eq!(files, registered.collect());
}

#[test]
fn every_scenario_says_what_it_shows() {
    for shipped in scenarios::ALL {
        let about = open(shipped).about().to_owned();
        assert!((10..100).contains(&about.chars().count()), "{}: {about:?}", shipped.name);
        assert!(shipped.text.starts_with("// "), "{}: where does it come from?", shipped.name);
    }
}

/// Worst verdicts, neither better nor worse than what the file says.
#[test]
fn every_campaign_meets_its_expectations_exactly() {
    for shipped in scenarios::ALL {
        let case = open(shipped);
        let report = campaign(&*case, 0..200);
        assert_eq!(report.not_deterministic, None, "{}", shipped.name);
        for (row, count) in case.promises().iter().zip(&report.verdicts) {
            assert_eq!(count.worst(), row.expected, "{}: {}", shipped.name, row.name);
        }
    }
}

#[test]
fn over_all_scenarios_of_a_protocol_every_rule_fires() {
    let mut fired: BTreeMap<&str, RuleSet> = BTreeMap::new();
    for shipped in scenarios::ALL {
        let case = open(shipped);
        fired.entry(case.protocol()).or_default().merge(campaign(&*case, 0..50).rules);
    }
    for subject in generals_protocols::registry() {
        let shipped = scenarios::ALL.iter().map(open).find(|c| c.protocol() == subject.name());
        let rules = shipped.unwrap_or_else(|| panic!("no scenario of {}", subject.name())).rules();
        let never: Vec<&str> = fired[subject.name()].missing(rules).collect();
        assert!(never.is_empty(), "{}: {never:?}", subject.name());
    }
}

/// Attacks that only leave things unsaid: there is nothing of them that could arrive.
const WITHHOLD: &[&str] = &["no-pre-prepare", "split-views"];

/// In some of 200 runs what it says arrives, or it has its say in when messages do.
#[test]
fn every_attack_acts() {
    for shipped in scenarios::ALL {
        let case = open(shipped);
        let AdversaryModel::Attack { name, .. } = &case.world().adversary else { continue };
        let tally = campaign(&*case, 0..200).tally;
        let withholds = WITHHOLD.contains(&name.as_str()) && tally.lies > 0;
        let acts = tally.lies_arrived > 0 || tally.steered > 0 || withholds;
        assert!(acts, "{}: the attack does nothing", shipped.name);
    }
}
