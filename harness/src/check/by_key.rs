//! A small map that keeps its memory.

/// Values by key, in a sorted vector: unlike a tree it costs no allocation once it has grown, and
/// keys that come in order, as slots do, are cheap to add.
#[derive(Clone, Debug)]
pub(super) struct ByKey<K, V>(Vec<(K, V)>);

impl<K, V> Default for ByKey<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> ByKey<K, V> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K: Ord, V> ByKey<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|at| &self.0[at].1)
    }

    /// The value that is already there; if there is none, puts in the one that `make` makes.
    pub(super) fn get_or_insert(&mut self, key: K, make: impl FnOnce() -> V) -> Option<&mut V> {
        match self.0.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => Some(&mut self.0[at].1),
            Err(at) => {
                self.0.insert(at, (key, make()));
                None
            }
        }
    }
}
