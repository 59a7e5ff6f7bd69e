//! The search for an order: Wing & Gong's, with Lowe's memory.
//!
//! Wing & Gong ("Testing and verifying concurrent objects", 1993) build an order from the front. Next
//! may come any operation that began before the first end of those that are left; it is carried out,
//! and if its client was told something else, another is tried. Lowe ("Testing for linearizability",
//! 2017) remembers the *configurations* from which nothing came: the set of operations in the order
//! so far, and the state. Both write the search as a loop, so that no history is too long for it.
//!
//! Here the search goes on where it was when more has happened, from the order that it had found. It
//! says that there is none only after a search from the start, so nothing depends on what it kept.

use std::collections::{BTreeMap, BTreeSet};

use generals_models::NodeId;

use super::bits::{self, Bits};
use super::specification::Specification;

/// An operation.
pub(super) struct Op<S: Specification> {
    pub(super) client: NodeId,
    pub(super) id: u64,
    pub(super) operation: S::Operation,
    /// What its client was told; nothing as long as it was told nothing, or anything.
    pub(super) outcome: Option<S::Outcome>,
    /// How many operations had begun when it ended: the others come after it.
    pub(super) end: usize,
}

/// What came of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    Order,
    NoOrder,
    /// It looked at as many configurations as it may.
    Limit,
}

/// The operations on one object, and the order found so far.
pub(super) struct Object<S: Specification> {
    /// In the order in which they began.
    pub(super) ops: Vec<Op<S>>,
    /// Those that ended, in the order in which they did. These must find a place.
    pub(super) ended: Vec<usize>,
    /// The same, as a set.
    returned: Bits,
    /// Those that may come at any time, also before they began.
    anytime: Bits,
    /// Those that are not in the order.
    open: Bits,
    order: Vec<Step<S::State>>,
    /// The state after all these.
    state: S::State,
    /// The first in `ended` that is not in the order.
    first: usize,
    /// How many in the order ended.
    placed: usize,
    /// Whether the order is one no longer.
    stale: bool,
    /// Configurations from which there is no order: sets, with states for each.
    failed: BTreeMap<Vec<usize>, BTreeSet<S::State>>,
    /// The longest order that led nowhere, by how many in it ended, and how many these are.
    pub(super) longest: Vec<usize>,
    longest_placed: Option<usize>,
    /// How many configurations were looked at.
    pub(super) spent: u64,
    scratch: Vec<usize>,
}

/// An operation in the order.
struct Step<State> {
    op: usize,
    before: State,
    first: usize,
}

/// Which operation to try next.
#[derive(Clone, Copy)]
enum Next {
    /// The one that ended first of those that are left: it is most often the right one, and if
    /// nothing else can come first, it shows early that the order is wrong.
    Urgent,
    /// Another that ended, from this on.
    Ended(usize),
    /// One that did not, from this on: left for last, since it may as well never have been.
    Open(usize),
}

impl<S: Specification> Object<S> {
    pub(super) fn new(spec: &S) -> Self {
        Self {
            ops: Vec::new(),
            ended: Vec::new(),
            returned: Bits::default(),
            anytime: Bits::default(),
            open: Bits::default(),
            order: Vec::new(),
            state: spec.initial(),
            first: 0,
            placed: 0,
            stale: false,
            failed: BTreeMap::new(),
            longest: Vec::new(),
            longest_placed: None,
            spent: 0,
            scratch: Vec::new(),
        }
    }

    /// Forgets all operations.
    pub(super) fn clear(&mut self, spec: &S) {
        self.ops.clear();
        self.ended.clear();
        self.returned.clear();
        self.anytime.clear();
        self.open.clear();
        self.spent = 0;
        self.start_over(spec);
    }

    /// An operation begins; or it is one that may take effect at any time, or never.
    pub(super) fn begin(&mut self, client: NodeId, id: u64, operation: S::Operation, any: bool) {
        let op = self.ops.len();
        self.open.insert(op);
        if any {
            self.anytime.insert(op);
        }
        self.ops.push(Op { client, id, operation, outcome: None, end: usize::MAX });
    }

    /// An operation ends that has not ended yet.
    pub(super) fn end(&mut self, spec: &S, op: usize, outcome: S::Outcome) {
        let end = self.ops.len();
        if let Some(step) = self.order.iter().rfind(|step| step.op == op) {
            // Others saw its effect before it ended.
            let mut state = step.before.clone();
            self.stale |= spec.apply(&mut state, &self.ops[op].operation) != outcome;
            self.placed += 1;
        }
        let it = &mut self.ops[op];
        (it.outcome, it.end) = (Some(outcome), end);
        self.returned.insert(op);
        self.ended.push(op);
    }

    /// Whether there is an order of all operations that ended, and some of the others, as far as
    /// that can be told from `most` configurations.
    pub(super) fn settle(&mut self, spec: &S, most: u64) -> Found {
        if self.stale {
            self.start_over(spec);
        }
        let from_the_start = self.order.is_empty() && self.failed.is_empty();
        let found = self.search(spec, most);
        if found != Found::NoOrder || from_the_start {
            return found;
        }
        self.start_over(spec);
        self.search(spec, most)
    }

    fn start_over(&mut self, spec: &S) {
        (0..self.ops.len()).for_each(|op| self.open.insert(op));
        self.order.clear();
        self.state = spec.initial();
        (self.first, self.placed, self.stale) = (0, 0, false);
        self.failed.clear();
        self.longest.clear();
        self.longest_placed = None;
    }

    fn search(&mut self, spec: &S, most: u64) -> Found {
        let mut next = Next::Urgent;
        self.advance();
        while let Some(&urgent) = self.ended.get(self.first) {
            let Some(op) = self.candidate(urgent, &mut next) else {
                self.note();
                match self.back() {
                    Some(after) => next = after,
                    None => return Found::NoOrder,
                }
                continue;
            };
            if self.spent >= most {
                return Found::Limit;
            }
            self.spent += 1;
            if self.place(spec, op) {
                next = Next::Urgent;
            }
        }
        Found::Order
    }

    /// The next operation that may come now: one that began before the first end of those left.
    fn candidate(&self, urgent: usize, next: &mut Next) -> Option<usize> {
        let (end, all) = (self.ops[urgent].end, self.ops.len());
        loop {
            match *next {
                Next::Urgent => {
                    *next = Next::Ended(0);
                    return Some(urgent);
                }
                Next::Ended(from) => {
                    let word = |at| self.open.word(at) & self.returned.word(at);
                    match bits::next(from, end, word) {
                        Some(op) => {
                            *next = Next::Ended(op + 1);
                            if op != urgent {
                                return Some(op);
                            }
                        }
                        None => *next = Next::Open(0),
                    }
                }
                Next::Open(from) => {
                    let op = bits::next(from, all, |at| {
                        let in_time = bits::below(end, at) | self.anytime.word(at);
                        self.open.word(at) & !self.returned.word(at) & in_time
                    })?;
                    *next = Next::Open(op + 1);
                    return Some(op);
                }
            }
        }
    }

    /// Puts `op` next in the order, unless its outcome is another, or nothing comes from there.
    fn place(&mut self, spec: &S, op: usize) -> bool {
        let it = &self.ops[op];
        let mut state = self.state.clone();
        let due = spec.apply(&mut state, &it.operation);
        let fits = match &it.outcome {
            Some(told) => *told == due,
            // Nobody could tell that it was there.
            None => state != self.state,
        };
        if !fits {
            return false;
        }
        self.open.remove(op);
        if !self.failed.is_empty() {
            self.describe();
            if self.failed.get(&self.scratch).is_some_and(|states| states.contains(&state)) {
                self.open.insert(op);
                return false;
            }
        }
        let before = std::mem::replace(&mut self.state, state);
        self.order.push(Step { op, before, first: self.first });
        self.placed += usize::from(self.returned.contains(op));
        self.advance();
        true
    }

    /// Takes back the last of the order, from which nothing came, and says what to try after it.
    fn back(&mut self) -> Option<Next> {
        let Step { op, before, first } = self.order.pop()?;
        self.describe();
        let state = std::mem::replace(&mut self.state, before);
        match self.failed.get_mut(&self.scratch) {
            Some(states) => drop(states.insert(state)),
            None => drop(self.failed.insert(self.scratch.clone(), BTreeSet::from([state]))),
        }
        self.open.insert(op);
        self.first = first;
        self.advance();
        let returned = self.returned.contains(op);
        self.placed -= usize::from(returned);
        Some(match self.ended.get(self.first) {
            Some(urgent) if *urgent == op => Next::Ended(0),
            _ if returned => Next::Ended(op + 1),
            _ => Next::Open(op + 1),
        })
    }

    fn advance(&mut self) {
        while self.ended.get(self.first).is_some_and(|op| !self.open.contains(*op)) {
            self.first += 1;
        }
    }

    /// Writes the set of operations in the order into `scratch`: how far it reaches, and what is
    /// missing below. That is short, since few operations are under way at a time.
    fn describe(&mut self) {
        self.scratch.clear();
        self.scratch.push(0);
        let all = self.ops.len();
        let reach = bits::last_outside(&self.open, all).map_or(0, |op| op + 1);
        self.scratch[0] = reach;
        let mut from = 0;
        while let Some(op) = bits::next(from, reach, |at| self.open.word(at)) {
            self.scratch.push(op);
            from = op + 1;
        }
    }

    fn note(&mut self) {
        if self.longest_placed.is_none_or(|placed| placed < self.placed) {
            self.longest_placed = Some(self.placed);
            self.longest.clear();
            self.longest.extend(self.order.iter().map(|step| step.op));
        }
    }
}
