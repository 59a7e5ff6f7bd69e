//! The smallest story of each way in which a promise broke.

use rayon::prelude::*;

use crate::check::Breach;
use crate::choosers::Origin;
use crate::shrink::{Shrunk, Target, shrink};
use crate::subject::Case;

use super::survey::{case_of, cases};
use super::{Atlas, Mark, Place, State};

/// A run that broke a promise, with nothing left to take away.
pub struct Example {
    /// Which promise.
    pub promise: usize,
    /// [`Mark::Boundary`] or [`Mark::Bug`].
    pub mark: Mark,
    /// Where it was found.
    pub place: Place,
    /// The seed it was found with.
    pub seed: u64,
    /// What that is a run of.
    pub case: Box<dyn Case>,
    /// What of it is enough.
    pub shrunk: Shrunk,
}

/// How many cells are looked at for the smallest story.
const MOST_CANDIDATES: usize = 6;

/// The smallest stories found: for each promise one of a bug, if it has any, and one for each of its
/// assumptions that it broke without, in worlds that keep all others. (Where it broke only in worlds
/// that are harsher in more than one way, one for all of these.)
///
/// Each is looked for in the smallest cells, by the number of nodes and of faulty ones. Of what is
/// found there it is the one in which the fewest things go wrong, and the first of several. On the
/// threads of the current pool.
#[must_use]
pub fn examples(base: &dyn Case, atlas: &Atlas) -> Vec<Example> {
    let smallest = |(promise, mark, places): (usize, Mark, Vec<Place>)| {
        let found: Vec<Option<Example>> = places
            .into_par_iter()
            .map(|place| example(base, atlas, promise, mark, place))
            .collect();
        found.into_iter().flatten().min_by_key(|one| one.shrunk.script.len())
    };
    let ways = (0..atlas.promises.len()).flat_map(|promise| ways_to_break(atlas, promise));
    ways.filter_map(smallest).collect()
}

/// The ways in which a promise broke, and the smallest cells in which it broke so.
fn ways_to_break(atlas: &Atlas, promise: usize) -> Vec<(usize, Mark, Vec<Place>)> {
    let mut ways: Vec<(Option<String>, Mark, Vec<Place>)> = Vec::new();
    for cell in &atlas.cells {
        let (mark, State::Ran { beyond, .. }) = (cell.mark(promise), &cell.state) else { continue };
        if ![Mark::Bug, Mark::Boundary].contains(&mark) {
            continue;
        }
        let assumption = match beyond[promise].as_slice() {
            _ if mark == Mark::Bug => None,
            [Breach(only)] => Some(only.chars().filter(|c| !c.is_ascii_digit()).collect()),
            _ => None,
        };
        match ways.iter_mut().find(|(of, how, _)| *of == assumption && *how == mark) {
            Some((.., places)) if places.len() == MOST_CANDIDATES => {}
            Some((.., places)) => places.push(cell.place),
            None => ways.push((assumption, mark, vec![cell.place])),
        }
    }
    let clear = ways.iter().any(|(assumption, ..)| assumption.is_some());
    ways.retain(|(assumption, mark, _)| *mark == Mark::Bug || assumption.is_some() == clear);
    ways.into_iter().map(|(_, mark, places)| (promise, mark, places)).collect()
}

fn example(
    base: &dyn Case,
    atlas: &Atlas,
    promise: usize,
    mark: Mark,
    place: Place,
) -> Option<Example> {
    let kind = atlas.cell(place)?.count(promise)?.worst();
    let seed = atlas.cell(place)?.count(promise)?.lowest(kind)?;
    let mut cases = cases(base, &atlas.plan.axes, place).ok()?;
    let case = cases.swap_remove(case_of(&cases, seed));
    let shrunk = shrink(&*case, &Origin::Seed(seed), Target { promise, kind })?;
    Some(Example { promise, mark, place, seed, case, shrunk })
}
