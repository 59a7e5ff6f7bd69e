//! The values that were seen in a run, by where they stood.

use std::fmt;
use std::marker::PhantomData;

use super::ser;
use super::tree::{Step, Tree};
use crate::Message;
use crate::auth::travel;

/// What was seen of the messages of one type: at each place in them the first
/// [`DISTINCT`](Self::DISTINCT) different values, in order of first sight. A place is a path of
/// fields; all elements of a sequence share one.
///
/// It is bounded, whatever is noted. Between runs it is [cleared](Self::clear), and keeps its
/// memory. An empty one allocates nothing.
///
/// ```
/// use generals_models::{Observed, mutations};
///
/// let mut observed = Observed::default();
/// observed.note(&(1_u8, 40_u8));
/// observed.note(&(2_u8, 40_u8));
/// let words: Vec<String> =
///     mutations(&(1_u8, 9_u8), &observed, &[]).into_iter().map(|(_, words)| words).collect();
/// assert_eq!(words[0], "0: 1 -> 2");
/// assert!(words.contains(&"1: 9 -> 40".to_owned()));
/// ```
pub struct Observed<M> {
    root: Place,
    /// How many places there are.
    places: usize,
    of: PhantomData<fn(M)>,
}

/// A place in a message: what was seen there, and the places below.
#[derive(Default)]
pub(super) struct Place {
    seen: Vec<Tree>,
    below: Vec<(Step, Self)>,
}

impl<M> Default for Observed<M> {
    fn default() -> Self {
        Self { root: Place::default(), places: 0, of: PhantomData }
    }
}

impl<M> fmt::Debug for Observed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observed({} places)", self.places)
    }
}

impl<M> Observed<M> {
    /// How many different values are kept for a place.
    pub const DISTINCT: usize = 16;
    /// How many places are told apart; later ones are not noted.
    pub const PLACES: usize = 4096;
    /// The most values that a noted value may consist of; of a larger one only the parts are.
    const LARGEST: usize = 1024;

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.root.clear();
        // What a run may see must not depend on the runs before it.
        self.places = 0;
    }

    pub(super) const fn root(&self) -> &Place {
        &self.root
    }
}

impl<M: Message> Observed<M> {
    /// Takes a look at a message. One that cannot be taken apart leaves nothing.
    pub fn note(&mut self, message: &M) {
        if let Some(tree) = travel::open(|| ser::tree(message)) {
            self.root.note(&tree, &mut self.places);
        }
    }
}

impl Place {
    /// What was seen here, in order of first sight.
    pub(super) fn seen(&self) -> &[Tree] {
        &self.seen
    }

    /// The place below, where anything was seen there.
    pub(super) fn below(&self, step: &Step) -> Option<&Self> {
        self.below.iter().find(|(known, _)| known == step).map(|(_, place)| place)
    }

    /// Notes a value and its parts; says of how many values it consists.
    fn note(&mut self, tree: &Tree, places: &mut usize) -> usize {
        let mut size = 1;
        for (step, part) in tree.parts() {
            size += match self.at(step, places) {
                Some(place) => place.note(part, places),
                None => part.size(),
            };
        }
        let full = self.seen.len() == Observed::<()>::DISTINCT;
        if !full && size <= Observed::<()>::LARGEST && !self.seen.contains(tree) {
            self.seen.push(tree.clone());
        }
        size
    }

    fn at(&mut self, step: &Step, places: &mut usize) -> Option<&mut Self> {
        let known = self.below.iter().position(|(known, _)| known == step);
        let known = known.or_else(|| {
            if *places == Observed::<()>::PLACES {
                return None;
            }
            *places += 1;
            self.below.push((step.clone(), Self::default()));
            Some(self.below.len() - 1)
        })?;
        self.below.get_mut(known).map(|(_, place)| place)
    }

    fn clear(&mut self) {
        self.seen.clear();
        self.below.clear();
    }
}
