//! Why there is no order, in a line for people.

use std::fmt::{self, Write};

use super::search::{Object, Op};
use super::specification::Specification;
use crate::check::Witness;

/// How much of the longest order is told: its end, which is what matters most.
const SHOWN: usize = 4;
/// How many of the operations are told that cannot come next.
const STUCK: usize = 2;

impl<S: Specification> fmt::Display for Op<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}'s {:?}", self.client, self.operation)?;
        match &self.outcome {
            Some(outcome) => write!(f, " = {outcome:?}"),
            None => f.write_str(", unanswered"),
        }
    }
}

impl<S: Specification> Object<S> {
    /// What cannot come next, and after what. There must have been a search that found no order.
    pub(super) fn witness(&self, spec: &S) -> Witness {
        let order = &self.longest;
        let mut state = spec.initial();
        for op in order {
            spec.apply(&mut state, &self.ops[*op].operation);
        }
        let left = || self.ended.iter().copied().filter(|op| !order.contains(op));
        let end = left().next().map_or(0, |urgent| self.ops[urgent].end);
        let mut text = "nothing explains ".to_owned();
        for (i, op) in left().filter(|op| *op < end).enumerate() {
            let op = &self.ops[op];
            let due = spec.apply(&mut state.clone(), &op.operation);
            // What is written to a string is written.
            let _ = match i {
                0 => write!(text, "{op} (due: {due:?})"),
                i if i < STUCK => write!(text, " or {op} (due: {due:?})"),
                STUCK => write!(text, " or others"),
                _ => Ok(()),
            };
        }
        if order.is_empty() {
            text.push_str(" at the start");
        } else {
            text.push_str(" after ");
        }
        let hidden = order.len().saturating_sub(SHOWN);
        if hidden > 0 {
            let _ = write!(text, "{hidden} others, ");
        }
        for (i, op) in order[hidden..].iter().enumerate() {
            let _ = write!(text, "{}{}", if i > 0 { ", " } else { "" }, self.ops[*op]);
        }
        Witness(text)
    }

    /// That there were too many configurations to look at.
    pub(super) fn too_many(&self, most: u64) -> String {
        let last = self.ended.last().map_or_else(String::new, |op| self.ops[*op].to_string());
        let n = self.ops.len();
        format!("no order of {n} operations up to {last} was found in {most} configurations")
    }
}
