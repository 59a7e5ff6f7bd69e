//! What PBFT promises: section 4.5, and what every replicated state machine owes.
//!
//! Replicas that crash count until they do; what Byzantine ones report never counts. Byzantine clients
//! may ask for anything, at any time: what they ask for is executed once and in order, too.

use std::collections::{BTreeMap, BTreeSet};

use generals::{
    Assumptions, Disk as Leaves, Fact, Integrity, Linearizable, NodeFault, NodeId, Promises,
    Property, Witness, World,
};

use super::invariants::Invariants;
use super::message::{Seq, Timestamp};
use super::object::{self, Object};
use super::prompt::Prompt;
use super::quorum::Quorums;
use super::rulebook::Rulebook;
use super::service::{Answer, Digest, Operation};
use super::{Config, Disk, Effected, Executed, Pbft, Value};

/// All of them. Integrity asks nothing of who came back from a crash, not even if it has its disk: a
/// replica reports again what it executes again, and a client may be answered again. What they may not
/// do nevertheless is up to `no-gaps`, `exactly-once` and `linearizability`.
///
/// Safety needs no synchrony at all (section 2), liveness does: "delay(t) does not grow
/// faster than t indefinitely".
pub(super) fn promises<R: Rulebook>(config: &Config) -> Promises<Pbft<R>> {
    let safety = with_few_faulty(config, Assumptions::asynchronous().arbitrary_links());
    let liveness = with_few_faulty(config, Assumptions::partially_synchronous().arbitrary_links());
    let comes_back = config.disk == Disk::Synced;
    Promises::none()
        .and(told("agreement", same_order))
        .and(told("same-state", same_state))
        .and(NoGaps::default())
        .and(told("exactly-once", exactly_once))
        .and(told("no-creation", no_creation))
        .and(told("replies", replies))
        .and(Integrity::default())
        .and(Linearizable::new(Object(config.service), object::seen).uniform())
        .and(Invariants::of(config.quorums(), config.log))
        .under(safety.any_connected_graph())
        .and(AllAnswered { comes_back, ..AllAnswered::default() })
        .and(AllCatchUp::of(config.replicas, comes_back))
        .and(Prompt::of(config))
        .under(liveness)
}

/// Any number of faulty clients, and no more than f faulty replicas of more than 3f. Who comes back
/// with its disk is not faulty. Two quorums must share a correct replica, and the correct ones be one.
fn with_few_faulty(config: &Config, assumptions: Assumptions) -> Assumptions {
    let Quorums { n, f, quorum } = config.quorums();
    let synced = config.disk == Disk::Synced;
    let [all, faults, q] = [n, f, quorum].map(u32::from);
    let as_intended = all > 3 * faults && 2 * q > all + faults && q <= all - faults;
    let assumptions = assumptions.any_byzantine().when(
        format!("at most {f} of {n} replicas faulty"),
        move |world: &World| {
            let faulty =
                |i: &NodeId| !world.is_correct(*i) && (!synced || !keeps_its_disk(world, *i));
            NodeId::all(n).filter(faulty).count() <= usize::from(f)
        },
    );
    if as_intended {
        return assumptions;
    }
    assumptions.when("n > 3f, and quorums that share a correct replica", |_: &World| false)
}

fn keeps_its_disk(world: &World, i: NodeId) -> bool {
    matches!(
        world.fault(i),
        Some(NodeFault::CrashRecovery { disk: Leaves::Kept | Leaves::UnsyncedLost, .. })
    )
}

/// A promise about what nodes say that are not Byzantine: what it has kept of that so far, and how it
/// looks at the next thing. It is told who says it, of which slot, and what.
struct Told<S> {
    name: &'static str,
    kept: S,
    look: Look<S>,
}

type Look<S> = fn(&mut S, &World, NodeId, u64, &Value) -> Result<(), Witness>;

fn told<S: Default>(name: &'static str, look: Look<S>) -> Told<S> {
    Told { name, kept: S::default(), look }
}

impl<R: Rulebook, S: Default> Property<Pbft<R>> for Told<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn reset(&mut self) {
        self.kept = S::default();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        match *fact {
            Fact::Decided(i, slot, value) if !world.is_byzantine(i) => {
                (self.look)(&mut self.kept, world, i, slot, value)
            }
            _ => Ok(()),
        }
    }
}

/// Per-slot agreement: what has one sequence number has the same effects at all replicas.
fn same_order(
    kept: &mut BTreeMap<Seq, (NodeId, Vec<Effected>)>,
    _: &World,
    i: NodeId,
    n: Seq,
    value: &Value,
) -> Result<(), Witness> {
    let Value::Executed(Executed { effects, .. }) = value else { return Ok(()) };
    match kept.get(&n) {
        Some((first, known)) if known != effects => {
            Err(Witness(format!("as #{n} {first} executed {known:?}, {i} executed {effects:?}")))
        }
        Some(_) => Ok(()),
        None => {
            kept.insert(n, (i, effects.clone()));
            Ok(())
        }
    }
}

/// After the same sequence number all replicas are in the same state, however they came by it.
fn same_state(
    kept: &mut BTreeMap<Seq, (NodeId, Digest)>,
    _: &World,
    i: NodeId,
    n: Seq,
    value: &Value,
) -> Result<(), Witness> {
    let (Value::Executed(Executed { state, .. }) | Value::Installed(state)) = value else {
        return Ok(());
    };
    match *kept.entry(n).or_insert((i, *state)) {
        (first, known) if known != *state => Err(Witness(format!(
            "after #{n} the state of {first} is {known:?}, that of {i} is {state:?}"
        ))),
        _ => Ok(()),
    }
}

/// No request is executed under two numbers, nor twice under one.
fn exactly_once(
    kept: &mut BTreeMap<(NodeId, NodeId, Timestamp), Seq>,
    _: &World,
    i: NodeId,
    n: Seq,
    value: &Value,
) -> Result<(), Witness> {
    let Value::Executed(Executed { effects, .. }) = value else { return Ok(()) };
    let mut here = BTreeSet::new();
    for Effected { c, t, .. } in effects {
        let before = *kept.entry((i, *c, *t)).or_insert(n);
        if before != n || !here.insert((c, t)) {
            return Err(Witness(format!("{i} executed {c}#{t} as #{before}, and again as #{n}")));
        }
    }
    Ok(())
}

/// What is executed in the name of a correct client was asked for by it.
fn no_creation(
    kept: &mut BTreeMap<(NodeId, Timestamp), Operation>,
    world: &World,
    i: NodeId,
    n: u64,
    value: &Value,
) -> Result<(), Witness> {
    match value {
        Value::Invoked(t, o) => {
            kept.insert((i, *t), o.clone());
            Ok(())
        }
        Value::Executed(Executed { effects, .. }) => {
            let made_up =
                |e: &&Effected| !world.is_byzantine(e.c) && kept.get(&(e.c, e.t)) != Some(&e.o);
            match effects.iter().find(made_up) {
                Some(e) => Err(Witness(format!("{i} executed {e:?} as #{n}, unasked"))),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// What a correct client accepts as the result of its request is what a replica that is not
/// Byzantine got from executing it.
fn replies(
    kept: &mut BTreeMap<(NodeId, Timestamp), Vec<Answer>>,
    _: &World,
    i: NodeId,
    _: u64,
    value: &Value,
) -> Result<(), Witness> {
    match value {
        Value::Executed(Executed { effects, .. }) => {
            for Effected { c, t, r, .. } in effects {
                kept.entry((*c, *t)).or_default().push(r.clone());
            }
            Ok(())
        }
        Value::Returned(t, o, r) => {
            let results = kept.get(&(i, *t)).map(Vec::as_slice).unwrap_or_default();
            if results.contains(r) {
                return Ok(());
            }
            Err(Witness(format!(
                "{i} takes {r:?} for the result of #{t} {o:?}; of replicas that executed it, the \
                 results were {results:?}"
            )))
        }
        _ => Ok(()),
    }
}

/// Every replica executes number by number, none left out: so that of any two, what one executed
/// begins with what the other did. It may leave out what a state it took over stands for, and after
/// a crash it may begin before where it was.
#[derive(Default)]
pub struct NoGaps {
    last: BTreeMap<NodeId, Seq>,
    recovered: BTreeSet<NodeId>,
}

impl<R: Rulebook> Property<Pbft<R>> for NoGaps {
    fn name(&self) -> &'static str {
        "no-gaps"
    }

    fn reset(&mut self) {
        self.last.clear();
        self.recovered.clear();
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        let (i, n, takes_over) = match *fact {
            Fact::Recovered(i) => {
                self.recovered.insert(i);
                return Ok(());
            }
            Fact::Decided(i, n, Value::Executed(_)) => (i, n, false),
            Fact::Decided(i, n, Value::Installed(_)) => (i, n, true),
            _ => return Ok(()),
        };
        let last = self.last.insert(i, n).unwrap_or(0);
        let back = self.recovered.remove(&i) && n <= last + 1;
        let good = if takes_over { n > last } else { n == last + 1 };
        if good || back || world.is_byzantine(i) {
            return Ok(());
        }
        Err(Witness(format!("{i} executed #{n} after #{last}")))
    }
}

/// Whether who may owe something is correct in the end.
fn is_correct(world: &World, node: NodeId, comes_back: bool) -> bool {
    world.is_correct(node) || (comes_back && keeps_its_disk(world, node))
}

/// Every operation of every correct client is answered: of each client, not of some.
///
/// A client may go down before it has heard what to ask for, or in the very step in which it does, with
/// nothing of that on its disk: then it was told nothing, and owes nothing. So of a client that crashed
/// it is asked whether it ever knew its work.
#[derive(Default)]
pub struct AllAnswered {
    comes_back: bool,
    open: BTreeMap<NodeId, Work>,
}

/// What a client was told to do, and how far it is.
#[derive(Default)]
struct Work {
    asked: usize,
    answered: BTreeSet<Timestamp>,
    heard: Heard,
    is_down: bool,
}

/// Whether a client knows what it was told.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Heard {
    /// It will, unless it goes down before.
    #[default]
    Soon,
    /// It has been seen to, and may not forget it.
    Yes,
    /// It went down before it was seen to.
    No,
}

impl<R: Rulebook> Property<Pbft<R>> for AllAnswered {
    fn name(&self) -> &'static str {
        "termination"
    }

    fn reset(&mut self) {
        self.open.clear();
    }

    fn is_white_box(&self) -> bool {
        true
    }

    fn counts_steps(&self) -> bool {
        false
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        match *fact {
            Fact::Proposed(c, workload) => {
                self.open.entry(c).or_default().asked = workload.ops.len();
            }
            Fact::Stepped(c, Pbft::Client(client)) if client.knows_its_work() => {
                self.open.entry(c).or_default().heard = Heard::Yes;
            }
            Fact::Decided(c, _, Value::Returned(t, ..)) => {
                self.open.entry(c).or_default().answered.insert(*t);
            }
            Fact::Crashed(c) => {
                if let Some(work) = self.open.get_mut(&c) {
                    work.is_down = true;
                    if work.heard == Heard::Soon {
                        work.heard = Heard::No;
                    }
                }
            }
            Fact::Recovered(c) => {
                if let Some(work) = self.open.get_mut(&c) {
                    work.is_down = false;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let correct = self.open.iter().filter(|(c, _)| is_correct(world, **c, self.comes_back));
        // Who is still to come back may hear of its work then.
        let owes = |work: &Work| work.heard != Heard::No || work.is_down;
        let mut open = correct.filter(|(_, work)| owes(work) && work.answered.len() < work.asked);
        open.next().map(|(c, Work { asked, answered, .. })| {
            format!("{c} was answered {} of {asked} times", answered.len())
        })
    }
}

/// Every correct replica gets as far as any of them, by executing or by taking over a state.
#[derive(Default)]
pub struct AllCatchUp {
    comes_back: bool,
    replicas: u16,
    far: BTreeMap<NodeId, Seq>,
}

impl AllCatchUp {
    /// Of so many replicas.
    #[must_use]
    pub fn of(replicas: u16, comes_back: bool) -> Self {
        Self { comes_back, replicas, far: BTreeMap::new() }
    }
}

impl<R: Rulebook> Property<Pbft<R>> for AllCatchUp {
    fn name(&self) -> &'static str {
        "catching-up"
    }

    fn reset(&mut self) {
        self.far.clear();
    }

    fn watch(&mut self, _: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        if let Fact::Decided(i, n, Value::Executed(_) | Value::Installed(_)) = *fact {
            let far = self.far.entry(i).or_default();
            *far = n.max(*far);
        }
        Ok(())
    }

    fn owed(&self, world: &World) -> Option<String> {
        let correct: Vec<NodeId> =
            NodeId::all(self.replicas).filter(|i| is_correct(world, *i, self.comes_back)).collect();
        let far = |i: &NodeId| self.far.get(i).copied().unwrap_or(0);
        let first = correct.iter().copied().max_by_key(far)?;
        let last = correct.iter().copied().min_by_key(far)?;
        (far(&last) < far(&first))
            .then(|| format!("{last} is at #{}, {first} at #{}", far(&last), far(&first)))
    }
}
