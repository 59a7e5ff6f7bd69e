//! Maps of a toy protocol whose promise is easy to work out by hand: n0 tells everybody its input,
//! and everybody decides what he heard, or 0, when a message has had its time.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;

use generals::atlas::{self, Atlas, Axes, Mark, Place, Plan, State, faulty_sets};
use generals::testing::{Check, check};
use generals::{
    AdversaryModel, Agreement, Assumptions, Case, Complaint, Cx, NodeId, Origin, Promises,
    Protocol, Scenario, Span, Termination, VerdictKind,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// What the toy claims, which may be too much.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// How many Byzantine nodes it claims to survive: in truth, none.
    claims: u32,
    /// More than so many nodes it claims to need.
    above: u32,
    /// A number of nodes that it refuses.
    refuses: u16,
    /// Whether nodes wait for the word for ever, with a timer that keeps them busy.
    patient: bool,
}

struct Word {
    heard: Option<u8>,
}

impl Protocol for Word {
    const NAME: &'static str = "word";
    const ABOUT: &'static str = "n0 says a word, and everybody repeats it";
    type Config = Config;
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = ();
    type Durable = ();

    fn boot(_: Option<()>, cx: &mut Cx<'_, Self>) -> Self {
        cx.set_timer((), cx.expected_delay() + Span::millis(1));
        Self { heard: None }
    }

    fn on_input(&mut self, word: u8, cx: &mut Cx<'_, Self>) {
        if cx.me() == NodeId(0) {
            self.heard = Some(word);
            cx.multicast(word);
        }
    }

    fn on_message(&mut self, from: NodeId, word: u8, _: &mut Cx<'_, Self>) {
        if from == NodeId(0) {
            self.heard.get_or_insert(word);
        }
    }

    fn on_timer(&mut self, (): (), cx: &mut Cx<'_, Self>) {
        match self.heard {
            None if cx.config().patient => cx.set_timer((), Span::secs(1)),
            heard => cx.decide(heard.unwrap_or(0)),
        }
    }

    fn promises(config: &Config) -> Promises<Self> {
        Promises::none()
            .and(Agreement::default())
            .under(
                Assumptions::synchronous().byzantine(config.claims).more_than_nodes(config.above),
            )
            .and(Termination::default())
            .under(Assumptions::asynchronous().fair_loss().any_byzantine())
    }

    fn admit(scenario: &Scenario<Self>) -> Result<(), Complaint> {
        if scenario.world.nodes == scenario.config.refuses {
            return Err(Complaint::at(["world", "nodes"]).problem("that many are refused"));
        }
        Ok(())
    }
}

const AGREEMENT: usize = 0;
const TERMINATION: usize = 1;

fn base(config: &str) -> Check<Word> {
    let inputs = "inputs: { 0: [7, 8], 1: [1], 2: [2] }";
    check(&format!(
        "(protocol: \"word\", config: {config}, {inputs}, world: (nodes: 3), \
         limits: (horizon: \"1min\"))"
    ))
}

fn plan(nodes: &[u16], faults: &[u16], names: [&[&str]; 3]) -> Plan {
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
        runs: 120,
        events: u64::MAX,
    }
}

const CALM: [&[&str]; 3] = [&["synchronous"], &["reliable"], &["byzantine"]];
const ALL: [&[&str]; 3] = [&Axes::TIMINGS, &Axes::LINKS, &Axes::KINDS];

fn map(config: &str, plan: &Plan) -> Atlas {
    atlas::survey(base(config).case(), plan, |_| true)
}

/// The letters of a promise, row by row; of one family.
fn letters(map: &Atlas, promise: usize) -> Vec<String> {
    let of = |n: &u16| {
        let row = map.cells.iter().filter(|cell| cell.place.nodes == *n);
        row.map(|cell| cell.mark(promise).letter()).collect()
    };
    map.plan.axes.nodes.iter().map(of).collect()
}

/// One of two correct nodes agrees with itself, and where all fail there is nobody to disagree. With
/// two that hear a liar, agreement is lost.
#[test]
fn a_map_shows_what_can_be_worked_out_by_hand() {
    let map = map("()", &plan(&[2, 3, 4], &[0, 1, 2], CALM));
    assert_eq!(letters(&map, AGREEMENT), ["#oo", "#xo", "#xx"]);
    assert_eq!(letters(&map, TERMINATION), ["###", "###", "###"]);
    assert!(!map.has_bug() && !map.has_open() && !map.is_cut_short());
}

#[test]
fn a_claim_too_many_is_a_bug_inside_the_line() {
    let plan = plan(&[2, 3, 4], &[0, 1, 2], CALM);
    let map = map("(claims: 1)", &plan);
    assert_eq!(letters(&map, AGREEMENT), ["##o", "#!o", "#!x"]);
    assert!(map.has_bug());
    let base = base("(claims: 1)");
    let examples = atlas::examples(base.case(), &map);
    let bug = examples.iter().find(|example| example.mark == Mark::Bug).unwrap();
    // The smallest: three nodes. The liar is n0, and what it takes is one lie, besides the choice of
    // a strategy that lies.
    assert_eq!((bug.place.nodes, bug.place.faults, bug.promise), (3, 1, AGREEMENT));
    assert!(bug.shrunk.script.len() <= 2, "{:?}", bug.shrunk.script);
    assert!(bug.case.world().is_corrupt(NodeId(0)));
    let found = bug.case.worker().run_seed(bug.seed).verdicts[AGREEMENT].kind();
    let shrunk = Origin::Script(bug.shrunk.script.clone());
    let told = bug.case.worker().run(&mut *shrunk.chooser()).verdicts[AGREEMENT].kind();
    assert_eq!((found, told), (VerdictKind::Violated, VerdictKind::Violated));
}

/// For every family there is, theory's line as a formula of this test's own; and no promise breaks
/// outside its assumptions where the line says that it is made.
#[test]
fn the_line_is_that_of_the_assumptions() {
    let mut plan = plan(&[2, 3], &[0, 1, 2], ALL);
    plan.runs = 40;
    let map = map("(claims: 1)", &plan);
    assert_eq!(map.cells.len(), 2 * 3 * 4 * 4 * 5);
    for cell in &map.cells {
        let Place { faults, timing, links, .. } = cell.place;
        let calm = Axes::TIMINGS[timing] == "synchronous"
            && ["fifo", "reliable"].contains(&Axes::LINKS[links]);
        let fair = Axes::LINKS[links] != "arbitrary";
        let at = atlas::in_words(&plan.axes, cell.place);
        assert_eq!(cell.is_promised(AGREEMENT), Some(calm && faults <= 1), "{at}");
        assert_eq!(cell.is_promised(TERMINATION), Some(fair), "{at}");
        for promise in [AGREEMENT, TERMINATION] {
            let boundary = cell.mark(promise) == Mark::Boundary;
            assert!(!(boundary && cell.is_promised(promise) == Some(true)), "{at}: {cell:?}");
        }
    }
}

#[test]
fn a_map_is_the_same_for_any_number_of_threads() {
    let plan = plan(&[2, 3, 4], &[0, 1, 2], ALL);
    let plan = Plan { runs: 10, ..plan };
    let with = |jobs: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().unwrap();
        let map = pool.install(|| map("(claims: 1, refuses: 4)", &plan));
        let base = base("(claims: 1, refuses: 4)");
        let examples = pool.install(|| atlas::examples(base.case(), &map));
        let run = |one: atlas::Example| (one.promise, one.place, one.seed, one.shrunk.script);
        let told: Vec<_> = examples.into_iter().map(run).collect();
        (atlas::text(&map), atlas::csv(&map), atlas::svg(&map, "a map"), told)
    };
    let one = with(1);
    assert!(one.0.contains('!') && one.0.contains('x') && one.0.contains('.') && !one.3.is_empty());
    assert_eq!(one, with(2));
    assert_eq!(one, with(3));
}

/// What `--seed N --runs 1` relies on.
#[test]
fn a_seed_is_the_same_run_whatever_others_are_run() {
    let plan = plan(&[4], &[1], CALM);
    let base = base("()");
    let whole = map("()", &plan);
    let alone = |seed| {
        let plan = Plan { seed, runs: 1, ..plan.clone() };
        let map = atlas::survey(base.case(), &plan, |_| true);
        map.cells[0].count(AGREEMENT).unwrap().worst()
    };
    let broken = (0..plan.runs).filter(|seed| alone(*seed) == VerdictKind::OutOfModel).count();
    let count = whole.cells[0].count(AGREEMENT).unwrap();
    assert_eq!(broken as u64, count.of(VerdictKind::OutOfModel));
    assert_eq!(alone(count.lowest(VerdictKind::OutOfModel).unwrap()), VerdictKind::OutOfModel);
}

#[test]
fn what_is_refused_or_left_open_is_shown_so() {
    let map = map("(refuses: 2, patient: true)", &plan(&[2, 3], &[0, 1, 4], CALM));
    // n0 says nothing in some runs, and two nodes wait for it until the horizon.
    assert_eq!(letters(&map, TERMINATION), ["...", "#?."]);
    let why = map.refusals();
    assert_eq!(why[0], ("that many are refused", vec![(2, 0), (2, 1)]));
    assert_eq!(why[1], ("4 nodes cannot fail where there are 2", vec![(2, 4)]));
    assert_eq!(why.len(), 3);
    assert!(map.has_open());
    let text = atlas::text(&map);
    assert!(
        text.contains("  . n = 2 with f = 0, n = 2 with f = 1: that many are refused"),
        "{text}"
    );
}

/// Who was not there is given what somebody was given who was.
#[test]
fn inputs_follow_the_nodes_only_where_all_have_one() {
    let base = base("()");
    let inputs = |case: &dyn Case| {
        let text = case.seed_file(&generals::Found { seed: Some(0), ..Default::default() });
        let from = text.find("inputs").map_or("", |at| &text[at..]);
        from.split("world").next().unwrap().split_whitespace().collect::<String>()
    };
    let world = |nodes| generals::World { nodes, ..base.case().world().clone() };
    let more = base.case().in_world(world(5)).unwrap();
    assert_eq!(inputs(&*more), "inputs:{0:[7,8],1:[1],2:[2],3:[7,8],4:[1],},");
    let fewer = more.in_world(world(2)).unwrap();
    assert_eq!(inputs(&*fewer), "inputs:{0:[7,8],1:[1],},");
    let text = r#"(protocol: "word", inputs: { 0: [7], 2: [2] }, world: (nodes: 3))"#;
    let some = check::<Word>(text);
    assert_eq!(inputs(&*some.case().in_world(world(5)).unwrap()), "inputs:{0:[7],2:[2],},");
    assert_eq!(inputs(&*some.case().in_world(world(2)).unwrap()), "inputs:{0:[7],},");
}

#[test]
fn there_is_a_line_of_numbers_for_each_cell_and_promise() {
    let plan = plan(&[2, 3], &[0, 1], ALL);
    let plan = Plan { runs: 5, ..plan };
    let map = map("(refuses: 2)", &plan);
    let csv = atlas::csv(&map);
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let lines: Vec<Vec<String>> = lines.map(fields).collect();
    // Agreement, termination, and soundness, which everybody promises.
    assert_eq!((map.promises.len(), lines.len()), (3, plan.axes.places().len() * 3));
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let mut seen = BTreeSet::new();
    for line in &lines {
        assert_eq!(line.len(), columns.len(), "{line:?}");
        let number = |name: &str| line[at(name)].parse::<u64>().unwrap();
        let verdicts = ["holds", "undetermined", "out_of_model", "violated"].map(number);
        assert_eq!(verdicts.iter().sum::<u64>(), number("runs"), "{line:?}");
        assert_eq!(number("runs"), if line[at("nodes")] == "2" { 0 } else { 5 });
        assert_eq!(line[at("result")] == "refused", line[at("nodes")] == "2");
        seen.insert(line[..7].to_vec());
    }
    assert_eq!(seen.len(), lines.len(), "every line is about something else");
}

/// A line of comma-separated values.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    fields
}

/// The elements of a picture, each by its name; every one is closed, in order, and nothing is left
/// unescaped.
fn elements(svg: &str) -> Vec<String> {
    let (mut found, mut open): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("no end: {piece}"));
        assert!(!text.contains('>'), "{text}");
        for entity in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            assert!(known.iter().any(|known| entity.starts_with(known)), "{entity}");
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{piece}");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap().to_owned();
        found.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    found
}

#[test]
fn a_picture_is_well_formed_and_has_all_cells_and_the_line() {
    let map = map("()", &plan(&[2, 3, 4], &[0, 1, 2], CALM));
    let svg = atlas::svg(&map, "a <map> & \"more\"");
    let elements = elements(&svg);
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    // Termination holds everywhere and has no chart: nine cells, three marks in the legend, and the
    // paper they are drawn on.
    assert_eq!(count("rect"), 9 + 3 + 1, "{svg}");
    assert_eq!(count("path"), 1 + 1, "the line, and the line in the legend: {svg}");
    // Between f = 0 and f = 1, in each of the three rows.
    let path = svg.lines().find(|line| line.starts_with("<path")).unwrap();
    let drawn = path.split('"').nth(1).unwrap();
    assert_eq!((drawn.matches('v').count(), drawn.matches('h').count()), (3, 0), "{path}");
    let letters = |letter: &str| svg.matches(&format!(">{letter}</text></g>")).count();
    assert_eq!(["#", "o", "x"].map(letters), [3 + 1, 3 + 1, 3 + 1], "{svg}");
}

#[test]
fn a_text_has_the_line_between_what_is_promised_and_what_is_not() {
    let map = map("(claims: 1)", &plan(&[3, 4], &[0, 1, 2], CALM));
    let text = atlas::text(&map);
    let expected = "\
            synchronous
  reliable  Byz
    f =     0 1 2
    n = 3   # !|o
    n = 4   # !|x
";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("  promised in 4 cells, 2 held, 2 broke by a BUG; beyond that 2 cells"));
    assert!(text.contains("termination\n"), "{text}");
    assert!(text.contains("  promised everywhere: in 6 cells, all held"), "{text}");
}

/// The line is a step where the number of nodes matters as well: below `n = 3` as far as `n = 4` is
/// promised, and then down.
#[test]
fn the_line_has_steps() {
    let map = map("(claims: 1, above: 3)", &plan(&[3, 4], &[0, 1, 2], CALM));
    let text = atlas::text(&map);
    let expected = "
    n = 3   o x o
            ---+
    n = 4   # !|x
";
    assert!(text.contains(expected), "{text}");
    let svg = atlas::svg(&map, "");
    let path = svg.lines().find(|line| line.starts_with("<path")).unwrap();
    let drawn = path.split('"').nth(1).unwrap();
    assert_eq!((drawn.matches('v').count(), drawn.matches('h').count()), (1, 2), "{path}");
}

#[test]
fn a_survey_that_is_stopped_says_what_it_did_not_run() {
    let plan = plan(&[2, 3, 4], &[0, 1, 2], ALL);
    let base = base("()");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let map = pool.install(|| atlas::survey(base.case(), &plan, |done| done < 5));
    let left = map.cells.iter().filter(|cell| cell.state == State::NotRun).count();
    assert_eq!(left, map.cells.len() - 5);
    assert!(map.is_cut_short());
    assert_eq!(atlas::csv(&map).lines().count(), 1 + 3 * map.cells.len());
}

#[test]
fn a_cell_that_had_its_events_gets_no_further_run() {
    let plan = Plan { events: 30, ..plan(&[3], &[0], CALM) };
    let map = map("()", &plan);
    // n0's input, three starts, two deliveries and three timers, and two inputs that change nothing:
    // between 5 and 30 events a run, so that it takes two runs at least and not as many as there are.
    let (least, most) = map.runs();
    assert!(least == most && (2..=6).contains(&most), "{most} runs");
}

proptest! {
    #[test]
    fn sets_of_faulty_nodes_are_sets_and_differ(n in 1_u16..40, f in 0_u16..12) {
        let sets = faulty_sets(n, f);
        prop_assert_eq!(sets.is_empty(), f > n);
        let different: BTreeSet<_> = sets.iter().collect();
        prop_assert_eq!(different.len(), sets.len());
        prop_assert!(sets.len() <= 16);
        for set in &sets {
            prop_assert_eq!(set.len(), usize::from(f));
            prop_assert!(set.is_sorted_by(|a, b| a < b) && set.iter().all(|node| node.0 < n));
        }
        if let (Some(first), Some(last)) = (sets.first(), sets.last()) {
            prop_assert!(first.iter().map(|node| node.0).eq(0..f));
            prop_assert!(sets.len() == 1 || last.iter().map(|node| node.0).eq(n - f..n));
        }
    }
}

/// Pascal's triangle, up to where a cell tries them all.
#[test]
fn few_sets_of_faulty_nodes_are_all_tried() {
    let mut row = vec![1_usize];
    for n in 1..=6_u16 {
        let next = |k: usize| row.get(k).unwrap_or(&0) + k.checked_sub(1).map_or(0, |k| row[k]);
        row = (0..=usize::from(n)).map(next).collect();
        for (f, many) in (0..).zip(&row) {
            assert_eq!(faulty_sets(n, f).len(), (*many).min(16), "{f} of {n}");
        }
    }
}
