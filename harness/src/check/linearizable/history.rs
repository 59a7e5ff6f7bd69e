//! What clients asked for and were told, as it happened.

use std::fmt::Debug;

use generals_models::NodeId;

use super::search::{Found, Object};
use super::specification::Specification;
use crate::check::Witness;
use crate::check::by_key::ByKey;

/// What can be said of a [`History`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// There is an order that explains it.
    Linearizable,
    /// There is none. The witness has the longest order that leads to something that cannot come
    /// next.
    NotLinearizable(Witness),
    /// None was found among as many configurations as may be looked at, and some are left: why, in
    /// words.
    Undetermined(String),
}

/// What clients asked for and were told, as it happened: *invocations* and *responses*.
///
/// It is *linearizable* if its operations can be put in an order in which each outcome is what the
/// [`Specification`] says, and in which what ended before something else began comes before it
/// (Herlihy & Wing 1990, section 2.2). An operation that never ended may have taken effect or not.
///
/// A client may have several operations under way, told apart by numbers. See [`Specification`] for
/// an example.
pub struct History<S: Specification> {
    spec: S,
    keys: ByKey<S::Key, usize>,
    /// The first `live` of them are in use; the others keep their memory.
    objects: Vec<Object<S>>,
    live: usize,
    /// By client and number: the object, and which of its operations.
    places: Vec<ByKey<u64, (usize, usize)>>,
    /// The objects about which there is something to find out.
    unsettled: Vec<usize>,
}

impl<S: Specification> History<S> {
    /// Nothing has happened yet.
    #[must_use]
    pub const fn new(spec: S) -> Self {
        Self {
            spec,
            keys: ByKey::new(),
            objects: Vec::new(),
            live: 0,
            places: Vec::new(),
            unsettled: Vec::new(),
        }
    }

    /// Forgets what happened, and keeps the memory.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.live = 0;
        self.places.iter_mut().for_each(ByKey::clear);
        self.unsettled.clear();
    }

    /// How many operations there are.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.objects[..self.live].iter().map(|object| object.ops.len()).sum()
    }

    /// `client` asks for something. Saying the same again, as a client may that comes back from a
    /// crash, changes nothing.
    ///
    /// # Errors
    /// A witness that the client has asked for something else under this number.
    pub fn invoked(
        &mut self,
        client: NodeId,
        id: u64,
        operation: S::Operation,
    ) -> Result<(), Witness> {
        match self.place(client, id) {
            None => self.begin(client, id, operation, false),
            Some((object, op)) => {
                let known = &self.objects[object].ops[op].operation;
                if *known != operation {
                    return Err(Witness(format!(
                        "{client} asks for {known:?} and for {operation:?}, both as number {id}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// `client` is told the outcome of what it asked for under this number. Being told the same
    /// again changes nothing.
    ///
    /// # Errors
    /// A witness that it did not ask, or was told something else before.
    pub fn returned(
        &mut self,
        client: NodeId,
        id: u64,
        outcome: S::Outcome,
    ) -> Result<(), Witness> {
        let Some((object, op)) = self.place(client, id) else {
            let told = format!("{client} is told {outcome:?} for number {id}, and did not ask");
            return Err(Witness(told));
        };
        let it = &self.objects[object].ops[op];
        if let Some(before) = &it.outcome {
            let what = &it.operation;
            return (*before == outcome).then_some(()).ok_or_else(|| {
                Witness(format!("{client}'s {what:?} = {before:?}, and then = {outcome:?}"))
            });
        }
        self.objects[object].end(&self.spec, op, outcome);
        if !self.unsettled.contains(&object) {
            self.unsettled.push(object);
        }
        Ok(())
    }

    /// `client`, who is bound by nothing, may have asked for this: it may take effect at any time,
    /// once, or never. Saying the same again changes nothing.
    pub fn supposed(&mut self, client: NodeId, id: u64, operation: S::Operation) {
        if let Some((object, op)) = self.place(client, id) {
            // A liar may use a number twice.
            let ops = &self.objects[object].ops;
            let same = |op: &super::search::Op<S>| {
                (op.client, op.id) == (client, id) && op.operation == operation
            };
            if same(&ops[op]) || ops.iter().any(same) {
                return;
            }
        }
        self.begin(client, id, operation, true);
    }

    /// Whether what happened so far is linearizable. At most `most` configurations are looked at for
    /// each key, counted since the history began. What was found out is kept, so that asking after
    /// each response costs little more than asking once.
    pub fn judge(&mut self, most: u64) -> Ruling {
        let mut ruling = Ruling::Linearizable;
        let Self { spec, objects, unsettled, .. } = self;
        unsettled.retain(|at| {
            let object = &mut objects[*at];
            let found = object.settle(spec, most);
            match found {
                Found::Order => {}
                Found::NoOrder => ruling = Ruling::NotLinearizable(object.witness(spec)),
                Found::Limit if ruling == Ruling::Linearizable => {
                    ruling = Ruling::Undetermined(object.too_many(most));
                }
                Found::Limit => {}
            }
            found != Found::Order
        });
        ruling
    }

    fn place(&self, client: NodeId, id: u64) -> Option<(usize, usize)> {
        self.places.get(client.index())?.get(&id).copied()
    }

    fn begin(&mut self, client: NodeId, id: u64, operation: S::Operation, any: bool) {
        let live = self.live;
        let known = self.keys.get_or_insert(self.spec.key(&operation), || live).copied();
        let at = known.unwrap_or(live);
        if known.is_none() {
            match self.objects.get_mut(at) {
                Some(object) => object.clear(&self.spec),
                None => self.objects.push(Object::new(&self.spec)),
            }
            self.live += 1;
        }
        let op = self.objects[at].ops.len();
        self.objects[at].begin(client, id, operation, any);
        if self.places.len() <= client.index() {
            self.places.resize_with(client.index() + 1, ByKey::default);
        }
        self.places[client.index()].get_or_insert(id, || (at, op));
    }
}

impl<S: Specification> Debug for History<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_list();
        for object in &self.objects[..self.live] {
            list.entries(object.ops.iter().map(|op| op.to_string()));
        }
        list.finish()
    }
}
