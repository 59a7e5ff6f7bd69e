//! The worlds of a map: what may be asked for by name, and who fails.

use generals_models::{
    AdversaryModel, Chance, Disk, Latency, LinkModel, NodeFault, NodeId, Outage, Span, Tampering,
    Time, TimingModel, When,
};

use super::Place;

/// What a map goes through. No list is empty, and none holds anything twice.
#[derive(Clone, Debug)]
pub struct Axes {
    /// How many nodes there are.
    pub nodes: Vec<u16>,
    /// How many of them are faulty.
    pub faults: Vec<u16>,
    /// How long messages take.
    pub timings: Vec<Named<TimingModel>>,
    /// What links do to them.
    pub links: Vec<Named<LinkModel>>,
    /// How nodes fail.
    pub kinds: Vec<FaultKind>,
    /// What the Byzantine ones do.
    pub adversary: AdversaryModel,
}

/// A model, and what a map calls it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named<T> {
    /// Its name.
    pub name: String,
    /// The model.
    pub model: T,
}

/// How the faulty nodes of a cell fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultKind {
    /// Its name.
    pub name: String,
    /// The same where there is little room.
    pub short: String,
    /// The ways in which it shows itself, taken in turns; at least one.
    pub ways: Vec<NodeFault>,
}

impl Axes {
    /// Which timings there are by name.
    pub const TIMINGS: [&str; 4] =
        ["synchronous", "partially-synchronous", "unknown-bound", "asynchronous"];
    /// Which links there are by name.
    pub const LINKS: [&str; 4] = ["fifo", "reliable", "fair-loss", "arbitrary"];
    /// Which ways to fail there are by name.
    pub const KINDS: [&str; 5] =
        ["crash-stop", "crash-recovery", "omission", "rational", "byzantine"];
    /// Those that a map shows if nobody says otherwise.
    pub const USUAL_TIMINGS: [&str; 3] = ["synchronous", "partially-synchronous", "asynchronous"];
    /// Those that a map shows if nobody says otherwise.
    pub const USUAL_LINKS: [&str; 2] = ["reliable", "fair-loss"];
    /// Those that a map shows if nobody says otherwise.
    pub const USUAL_KINDS: [&str; 4] = ["crash-stop", "crash-recovery", "omission", "byzantine"];

    /// The timing of this name, where messages usually take up to `delta`. Under partial synchrony
    /// they take up to three times as long until 20 of these have passed.
    #[must_use]
    pub fn timing(name: &str, delta: Span) -> Option<Named<TimingModel>> {
        let (least, grain, latency) = (None, 2, Latency::Uniform);
        let model = match name {
            "synchronous" => TimingModel::Synchronous { delta, least, grain, latency },
            "partially-synchronous" => {
                let gst = Time::ZERO + delta * 20;
                let before = Some(delta * 3);
                TimingModel::PartiallySynchronous { delta, gst, before, least, grain, latency }
            }
            "unknown-bound" => {
                TimingModel::UnknownBound { delta, guess: None, least, grain, latency }
            }
            "asynchronous" => {
                TimingModel::Asynchronous { typical: delta, least, doublings: 16, grain, latency }
            }
            _ => return None,
        };
        Some(Named { name: name.to_owned(), model })
    }

    /// The links of this name. Fair-loss ones lose a message in five, double one in ten, and lose at
    /// most four in a row; arbitrary ones tamper with one in ten.
    #[must_use]
    pub fn link(name: &str) -> Option<Named<LinkModel>> {
        let percent = |n: u32| Chance::ppm(n * (Chance::WHOLE / 100));
        let model = match name {
            "fifo" => LinkModel::Fifo,
            "reliable" => LinkModel::Reliable,
            "fair-loss" => LinkModel::FairLoss {
                loss: percent(20),
                duplicate: percent(10),
                reorder: Chance::CERTAIN,
                streak: 4,
            },
            "arbitrary" => LinkModel::Arbitrary {
                chance: percent(10),
                ways: Tampering::ALL.to_vec(),
                streak: 16,
                most: None,
            },
            _ => return None,
        };
        Some(Named { name: name.to_owned(), model })
    }

    /// The way to fail of this name, where messages usually take up to `delta`. Who crashes does so
    /// from the start, or in the middle of the step after the first, or at an instant that the run
    /// chooses; who comes back loses what was not synced; who omits leaves out three messages in
    /// ten, both ways.
    #[must_use]
    pub fn kind(name: &str, delta: Span) -> Option<FaultKind> {
        let in_a_step = When::Step { nth: 1, after_effects: 1 };
        let some_time = When::Chosen { within: delta * 10 };
        let outage = |at: When, down: Span| NodeFault::CrashRecovery {
            outages: vec![Outage { at, down }],
            disk: Disk::UnsyncedLost,
        };
        let some = Chance::ppm(3 * (Chance::WHOLE / 10));
        let (short, ways) = match name {
            "crash-stop" => {
                let at = [When::Time(Time::ZERO), in_a_step, some_time];
                ("crash", at.map(|at| NodeFault::CrashStop { at }).to_vec())
            }
            "crash-recovery" => {
                ("recov", vec![outage(in_a_step, delta * 2), outage(some_time, delta * 5)])
            }
            "omission" => ("omit", vec![NodeFault::Omission { send: some, receive: some }]),
            "rational" => {
                ("ratio", vec![NodeFault::Rational { skips: Chance::ppm(Chance::WHOLE / 2) }])
            }
            "byzantine" => ("Byz", vec![NodeFault::Byzantine]),
            _ => return None,
        };
        Some(FaultKind { name: name.to_owned(), short: short.to_owned(), ways })
    }

    /// The adversary of a cell: whoever is not Byzantine is in nobody's hands, and a world without
    /// Byzantine nodes knows none.
    pub(super) fn adversary_of(&self, place: Place) -> AdversaryModel {
        let in_hands = self.kinds[place.kind].ways.contains(&NodeFault::Byzantine);
        if in_hands && place.faults > 0 {
            self.adversary.clone()
        } else {
            AdversaryModel::default()
        }
    }

    /// All places of a map, in order: nodes first, then faulty ones, timing, links, kind.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for &nodes in &self.nodes {
            for &faults in &self.faults {
                for timing in 0..self.timings.len() {
                    for links in 0..self.links.len() {
                        let kinds = 0..self.kinds.len();
                        places.extend(kinds.map(|kind| Place {
                            nodes,
                            faults,
                            timing,
                            links,
                            kind,
                        }));
                    }
                }
            }
        }
        places
    }
}

/// How many different sets of faulty nodes a cell tries at most.
const MOST_SETS: u64 = 16;

/// Which `f` of `n` nodes are faulty: all sets in the order of words, or 16 of them that lie evenly
/// among all, the first and the last included.
///
/// ```
/// use generals::{NodeId, atlas::faulty_sets};
/// let sets = faulty_sets(4, 3);
/// assert_eq!(sets[0], [NodeId(0), NodeId(1), NodeId(2)]);
/// assert_eq!(sets.len(), 4);
/// assert_eq!(faulty_sets(4, 0), [[]]);
/// assert_eq!(faulty_sets(20, 3).len(), 16);
/// assert!(faulty_sets(2, 3).is_empty());
/// ```
#[must_use]
pub fn faulty_sets(n: u16, f: u16) -> Vec<Vec<NodeId>> {
    let all = subsets(n.into(), f.into());
    let taken = all.min(MOST_SETS.into());
    let rank = |i: u128| if taken < 2 { 0 } else { i * (all - 1) / (taken - 1) };
    (0..taken).map(|i| nth_set(n, f, rank(i))).collect()
}

/// How many sets of `f` things there are among `n`; saturates far above what is ever counted off.
fn subsets(n: u64, f: u64) -> u128 {
    const ENOUGH: u128 = 1 << 64;
    if f > n {
        return 0;
    }
    // Each partial product is a number of sets itself, so that nothing is lost in dividing.
    (0..u128::from(f.min(n - f)))
        .fold(1, |sets: u128, i| (sets * (u128::from(n) - i) / (i + 1)).min(ENOUGH))
}

/// The set of this rank, in the order of words.
fn nth_set(n: u16, f: u16, mut rank: u128) -> Vec<NodeId> {
    let mut set = Vec::new();
    for node in 0..n {
        let missing = u64::from(f) - set.len() as u64;
        if missing == 0 {
            break;
        }
        let with_it = subsets(u64::from(n - node) - 1, missing - 1);
        if rank < with_it {
            set.push(NodeId(node));
        } else {
            rank -= with_it;
        }
    }
    set
}
