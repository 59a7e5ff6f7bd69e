//! Maps of the shipped protocols: practice beside the theorems of the papers.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use generals::atlas::{self, Atlas, Axes, Mark, Plan, State};
use generals::{AdversaryModel, Case, Source, Span};
use generals_models::scenarios::ALL;

fn open(text: &str) -> Box<dyn Case> {
    let source = Source::new("base", text);
    let protocol = generals::file::string_at(&source, &["protocol"]).unwrap();
    let mut subjects = generals_protocols::registry().iter();
    let subject = subjects.find(|subject| subject.name() == protocol).unwrap();
    subject.open(&source).unwrap_or_else(|error| panic!("{error}"))
}

fn plan(nodes: &[u16], faults: &[u16], names: [&[&str]; 3], runs: u64) -> Plan {
    let delta = Span::millis(10);
    let [timings, links, kinds] = names;
    Plan {
        axes: Axes {
            nodes: nodes.to_vec(),
            faults: faults.to_vec(),
            timings: timings.iter().map(|name| Axes::timing(name, delta).unwrap()).collect(),
            links: links.iter().map(|name| Axes::link(name).unwrap()).collect(),
            kinds: kinds.iter().map(|name| Axes::kind(name, delta).unwrap()).collect(),
            adversary: AdversaryModel::Any,
        },
        seed: 0,
        runs,
        events: Plan::EVENTS,
    }
}

/// The letters of a promise, row by row; of one family.
fn letters(map: &Atlas, promise: &str) -> Vec<String> {
    let promise = map.promises.iter().position(|row| row.name == promise).unwrap();
    let of = |n: &u16| {
        let row = map.cells.iter().filter(|cell| cell.place.nodes == *n);
        row.map(|cell| cell.mark(promise).letter()).collect()
    };
    map.plan.axes.nodes.iter().map(of).collect()
}

const OM_1: &str = r#"(protocol: "om", config: (m: 1), inputs: { 0: [Attack, Retreat] },
    world: (nodes: 4))"#;

/// Theorem 1 and Lemma 1 of LSP82 for m = 1, and that both are tight. Three generals are too few for
/// IC2; of two lieutenants that pass on to each other what a traitor told them, both count the same
/// two votes, so IC1 takes two traitors to break. With two of three traitors nobody is left to
/// disobey.
#[test]
fn om_1_holds_and_breaks_where_the_paper_says() {
    let families: [&[&str]; 3] = [&["synchronous"], &["reliable"], &["byzantine"]];
    let map =
        atlas::survey(&*open(OM_1), &plan(&[3, 4, 5, 6], &[0, 1, 2], families, 200), |_| true);
    assert_eq!(letters(&map, "IC1"), ["ooo", "##x", "##x", "##x"]);
    assert_eq!(letters(&map, "IC2"), ["#xo", "##x", "##x", "###"]);
    assert_eq!(letters(&map, "termination"), ["###"; 4]);
    assert!(!map.has_bug());
}

/// The proof of impossibility needs one message lost; without loss any chain will do. Two generals
/// are two.
#[test]
fn two_generals_agree_as_long_as_no_messenger_is_lost() {
    let base = open(
        r#"(protocol: "two-generals", config: Chain(length: 3), inputs: { 0: [Attack, Retreat] },
            world: (nodes: 2))"#,
    );
    let families = |links| -> [&[&str]; 3] { [&["synchronous"], links, &["crash-stop"]] };
    let map = |links| atlas::survey(&*base, &plan(&[2, 3], &[0], families(links), 200), |_| true);
    let (reliable, lossy) = (map(&["reliable"]), map(&["fair-loss"]));
    for promise in ["agreement", "obedience"] {
        assert_eq!(letters(&reliable, promise), ["#", "."]);
        assert_eq!(letters(&lossy, promise), ["x", "."]);
    }
    assert_eq!(letters(&lossy, "no-attack-unordered"), ["#", "."]);
    assert_eq!(lossy.refusals(), [("two generals are 2 nodes, not 3", vec![(3, 0)])]);
}

/// In every family of worlds, of every protocol: nothing breaks inside its assumptions, and nothing
/// breaks outside them where theory's line says that it is promised. So the line is right about what
/// a world may do.
#[test]
fn no_protocol_breaks_on_the_near_side_of_its_line() {
    for subject in generals_protocols::registry() {
        let of = |text: &str| {
            let source = Source::new("", text);
            generals::file::string_at(&source, &["protocol"]).as_deref() == Some(subject.name())
        };
        let shipped = ALL.iter().filter(|shipped| of(shipped.text));
        let mut bases =
            shipped.map(|shipped| open(shipped.text)).filter(|case| atlas::is_base(&**case));
        let base = bases.next().unwrap();
        let nodes = [base.world().nodes, base.world().nodes + 1];
        let families: [&[&str]; 3] = [&Axes::TIMINGS, &Axes::LINKS, &Axes::KINDS];
        let plan = Plan { events: 20_000, ..plan(&nodes, &[0, 1], families, 20) };
        let map = atlas::survey(&*base, &plan, |_| true);
        for cell in map.cells.iter().filter(|cell| matches!(cell.state, State::Ran { .. })) {
            for (promise, row) in map.promises.iter().enumerate() {
                let mark = cell.mark(promise);
                let at = || {
                    let place = atlas::in_words(&plan.axes, cell.place);
                    format!("{}: {} at {place}", subject.name(), row.name)
                };
                assert_ne!(mark, Mark::Bug, "{}", at());
                let promised = cell.is_promised(promise) == Some(true);
                assert!(!(promised && mark == Mark::Boundary), "{}", at());
            }
        }
        assert_eq!(map.not_deterministic(), None, "{}", subject.name());
    }
}
