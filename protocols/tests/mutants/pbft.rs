//! PBFT with the mistakes that implementations make, each of them a rule of its own. Every one is
//! noticed in a scenario that ships, within so many runs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use generals::testing::{Check, campaign, check};
use generals::{NodeId, Signed, Span, Verdict, VerdictKind};
use generals_models::scenarios;
use generals_protocols::Pbft;
use generals_protocols::pbft::message::{Last, Prepared, Seq, Timestamp, View, Vote};
use generals_protocols::pbft::quorum::Quorums;
use generals_protocols::pbft::rulebook::{Osdi99, Rulebook};
use generals_protocols::pbft::service::Digest;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mistake {
    /// Prepared with f prepares of backups.
    FewPrepares,
    /// Committed with 2f commits.
    FewCommits,
    /// A quorum is 2f + 1, whatever n is.
    TwoFPlusOne,
    /// The digest is not compared with the requests.
    NoDigest,
    /// A second pre-prepare for one number is accepted.
    SecondPrePrepare,
    /// Votes are counted, not voters.
    Ballots,
    /// Whatever is committed is executed at once.
    AnyOrder,
    /// No timestamp is compared.
    NoTable,
    /// A client believes the first reply.
    FirstReply,
    /// A view change says nothing of what prepared.
    NothingPrepared,
    /// A new view goes on with what prepared in the lowest view.
    LowestView,
    /// View changes and new views are said once.
    SaidOnce,
    /// A backup believes whatever O it is sent.
    AnyO,
    /// Time-outs do not grow.
    NoDoubling,
    /// Time-outs grow by as much from view to view.
    GrowsLinearly,
    /// A new view clears the timers.
    ClearsTimers,
    /// Nothing is written down.
    Forgets,
    /// The wait for a new view begins with a quorum of view changes for this very view.
    SameViewOnly,
    /// 2f view changes make a new view.
    FewViewChanges,
    /// Any view change makes a new view.
    OneViewChange,
    /// A view change need not be signed by who it says.
    UnsignedViewChange,
    /// A view change may begin with any checkpoint.
    AnyCheckpoint,
    /// Whatever a view change says prepared.
    AnyP,
    /// The digest of a commit is not looked at.
    CommitsAlike,
    /// No mistake: votes that overtake their pre-prepare are dropped, and said again later.
    NoOvertaking,
    /// No mistake: a quorum is n - f.
    NMinusF,
}

use Mistake::*;

const NONE: usize = usize::MAX;
static MISTAKE: AtomicUsize = AtomicUsize::new(NONE);

fn makes(mistake: Mistake) -> bool {
    MISTAKE.load(Ordering::Relaxed) == mistake as usize
}

/// The rules, with one mistake at a time: a type of its own for each would take minutes to compile.
struct Mistaken;

impl Rulebook for Mistaken {
    fn prepares(q: Quorums) -> usize {
        match () {
            () if makes(FewPrepares) => q.f.into(),
            () if makes(TwoFPlusOne) => 2 * usize::from(q.f),
            () if makes(NMinusF) => usize::from(q.n - q.f) - 1,
            () => Osdi99::prepares(q),
        }
    }
    fn commits(q: Quorums) -> usize {
        match () {
            () if makes(FewCommits) => q.quorum() - 1,
            () if makes(TwoFPlusOne) => 2 * usize::from(q.f) + 1,
            () if makes(NMinusF) => usize::from(q.n - q.f),
            () => Osdi99::commits(q),
        }
    }
    fn replies(q: Quorums) -> usize {
        if makes(FirstReply) { 1 } else { Osdi99::replies(q) }
    }
    fn is_digest(d: Digest, of_m: Digest) -> bool {
        Osdi99::is_digest(d, of_m) || makes(NoDigest)
    }
    fn may_accept(known: Option<Digest>, d: Digest) -> bool {
        Osdi99::may_accept(known, d) || makes(SecondPrePrepare)
    }
    fn counts<T>(votes: &[Signed<T>], i: NodeId) -> bool {
        Osdi99::counts(votes, i) || makes(Ballots)
    }
    fn may_execute(n: Seq, executed: Seq) -> bool {
        Osdi99::may_execute(n, executed) || makes(AnyOrder)
    }
    fn is_new(last: Option<&Last>, t: Timestamp) -> bool {
        Osdi99::is_new(last, t) || makes(NoTable)
    }
    fn commits_to(said: Digest, d: Digest) -> bool {
        Osdi99::commits_to(said, d) || makes(CommitsAlike)
    }
    fn may_overtake() -> bool {
        Osdi99::may_overtake() && !makes(NoOvertaking)
    }
    fn view_changes(q: Quorums) -> usize {
        match () {
            () if makes(FewViewChanges) => q.quorum() - 1,
            () if makes(OneViewChange) => 1,
            () if makes(NMinusF) => usize::from(q.n - q.f),
            () => Osdi99::view_changes(q),
        }
    }
    fn is_valid_view_change(signed: bool, c: bool, p: bool) -> bool {
        let signed = signed || makes(UnsignedViewChange);
        Osdi99::is_valid_view_change(signed, c || makes(AnyCheckpoint), p || makes(AnyP))
    }
    fn p(prepared: Vec<Prepared>) -> Vec<Prepared> {
        if makes(NothingPrepared) { Vec::new() } else { Osdi99::p(prepared) }
    }
    fn choose(candidates: &[Vote]) -> Option<Digest> {
        let lowest = || candidates.iter().min_by_key(|vote| vote.v).map(|vote| vote.d);
        if makes(LowestView) { lowest() } else { Osdi99::choose(candidates) }
    }
    fn repeats_itself() -> bool {
        Osdi99::repeats_itself() && !makes(SaidOnce)
    }
    fn is_right(o: &[Vote], expected: &[Vote]) -> bool {
        Osdi99::is_right(o, expected) || makes(AnyO)
    }
    fn wait(t: Span, failed: u32) -> Span {
        match failed {
            _ if makes(NoDoubling) => t,
            _ if makes(GrowsLinearly) => t * u64::from(failed.max(1)),
            _ => Osdi99::wait(t, failed),
        }
    }
    fn goes_on_waiting() -> bool {
        Osdi99::goes_on_waiting() && !makes(ClearsTimers)
    }
    fn writes_down() -> bool {
        Osdi99::writes_down() && !makes(Forgets)
    }
    fn gave_up_before(asked: View, v: View) -> bool {
        if makes(SameViewOnly) { asked == v } else { Osdi99::gave_up_before(asked, v) }
    }
}

fn shipped(name: &str) -> Check<Pbft<Mistaken>> {
    let mut all = scenarios::ALL.iter();
    check(all.find(|shipped| shipped.name == name).expect("shipped").text)
}

/// The promises that are kept worse than the scenario says in these runs.
fn worse(scenario: &str, runs: u64) -> BTreeSet<String> {
    let case = shipped(scenario);
    let report = campaign(case.case(), 0..runs);
    let rows = case.case().promises().iter().zip(&report.verdicts);
    let worse = rows.filter(|(row, count)| {
        count.worst() > row.expected && count.worst() != VerdictKind::OutOfModel
    });
    worse.map(|(row, _)| row.name.clone()).collect()
}

/// Each mistake, the scenario that shows it, the promise that it breaks, and in how many runs: so
/// many that to be missed in all of them is less likely than one in a million, going by how often it
/// was noticed in sixty.
const NOTICED: &[(Mistake, &str, &str, u64)] = &[
    (FewPrepares, "pbft-say-both", "invariants", 10),
    (FewCommits, "pbft-keep-behind", "agreement", 10),
    (TwoFPlusOne, "pbft-n5", "agreement", 10),
    (NoDigest, "pbft-two-bodies", "agreement", 10),
    (SecondPrePrepare, "pbft-say-both", "agreement", 30),
    (Ballots, "pbft-stuff-ballots", "invariants", 10),
    (AnyOrder, "pbft-skip-numbers", "no-gaps", 10),
    (NoTable, "pbft-lossy", "exactly-once", 20),
    (FirstReply, "pbft-lying-replies", "linearizability", 20),
    (NothingPrepared, "pbft-keep-behind", "agreement", 30),
    (LowestView, "pbft-keep-behind", "agreement", 10),
    (SaidOnce, "pbft-star", "termination", 10),
    (AnyO, "pbft-forge-new-view", "invariants", 30),
    (NoDoubling, "pbft-unknown-bound", "termination", 10),
    (GrowsLinearly, "pbft-short-time-outs", "prompt", 10),
    (ClearsTimers, "pbft-idle-primaries", "termination", 10),
    (Forgets, "pbft-recovery", "invariants", 60),
    (SameViewOnly, "pbft-gst-silent", "termination", 100),
    (FewViewChanges, "pbft-n6", "invariants", 250),
    (OneViewChange, "pbft-forge-new-view", "invariants", 30),
    (UnsignedViewChange, "pbft-forge-new-view", "invariants", 40),
    (AnyCheckpoint, "pbft-invent-prepared", "termination", 60),
    (AnyP, "pbft-invent-prepared", "invariants", 100),
    (CommitsAlike, "pbft-say-both", "agreement", 10),
];

/// What only looks like a mistake, and scenarios in which it has every occasion to show.
///
/// - A PREPARE that comes before its PRE-PREPARE may be taken or not: what prepared is said by both
///   together, in whichever order. Who drops it hears it again.
/// - A quorum of n - f is as large as the correct replicas are many, and two of them share n - 2f > f
///   replicas, so that it is as good as the least one. With n = 3f + 1 it is the same number.
/// - That the digest of a COMMIT may be ignored is true in the paper, where what is executed is what
///   prepared: f + 1 of a quorum's COMMITs are of correct replicas, for which only one digest can
///   have prepared (TOCS 2002 has no digest in COMMIT). It is none here, where what is executed is
///   what the COMMITs say, since these are handed on as a certificate: see `CommitsAlike`.
const NO_MISTAKE: &[(Mistake, &str, u64)] = &[
    (NoOvertaking, "pbft-keep-behind", 30),
    (NoOvertaking, "pbft-lossy", 30),
    (NoOvertaking, "pbft-n6", 30),
    (NMinusF, "pbft-keep-behind", 30),
    (NMinusF, "pbft-n5", 30),
    (NMinusF, "pbft-n6", 30),
];

/// Each of the invariants, said as it is when it is broken, and a mistake that breaks it, where.
const INVARIANTS: &[(&str, Mistake, &str, u64)] = &[
    ("prepared at", SecondPrePrepare, "pbft-say-both", 60),
    ("and prepared at [n3] only", FewCommits, "pbft-keep-behind", 10),
    ("enters v", LowestView, "pbft-keep-behind", 10),
    ("asks for v1 without", NothingPrepared, "pbft-keep-behind", 10),
    ("of one view", Ballots, "pbft-stuff-ballots", 10),
];

/// Whether the invariants are broken in one of these runs, with these words.
fn is_said(words: &str, scenario: &str, runs: u64) -> bool {
    let case = shipped(scenario);
    let row = case.case().promises().iter().position(|row| row.name == "invariants");
    let mut worker = case.case().worker();
    (0..runs).any(|seed| match &worker.run_seed(seed).verdicts[row.expect("promised")] {
        Verdict::Violated(witness) => witness.0.contains(words),
        _ => false,
    })
}

/// Every message takes 10 ms, which nobody knows, and time-outs begin with 5 ms. Nothing is chosen.
const SHORT: &str = r#"(
    protocol: "pbft",
    config: (timeout: Some("5ms"), retry: Some("10ms"), status: Some("0ms")),
    inputs: { 4: [(ops: [Put("x", "1")])] },
    world: (nodes: 5, timing: UnknownBound(delta: "10ms", least: Some("10ms"))),
    limits: (events: 10000),
)"#;

/// Time-outs that never grow come back to the same state for ever, and all that grow do not: within
/// so many events that is proven, where before it was not determined.
fn a_livelock_is_proven() {
    let check = check::<Pbft<Mistaken>>(SHORT);
    let row = check.case().promises().iter().position(|row| row.name == "termination");
    let judged = |mistake: usize| {
        MISTAKE.store(mistake, Ordering::Relaxed);
        check.case().worker().run_seed(0).verdicts[row.expect("promised")].clone()
    };
    assert_eq!(judged(NONE), Verdict::Holds);
    assert_eq!(judged(GrowsLinearly as usize), Verdict::Holds);
    match judged(NoDoubling as usize) {
        Verdict::Violated(witness) => assert!(witness.0.contains("came again"), "{witness}"),
        verdict => panic!("{verdict}"),
    }
}

/// One test, because there is one mistake at a time.
#[test]
fn every_mistake_is_noticed_and_only_mistakes_are() {
    MISTAKE.store(NONE, Ordering::Relaxed);
    for (_, scenario, _, runs) in NOTICED {
        assert_eq!(worse(scenario, *runs), BTreeSet::new(), "{scenario}");
    }
    for (mistake, scenario, promise, runs) in NOTICED {
        MISTAKE.store(*mistake as usize, Ordering::Relaxed);
        let worse = worse(scenario, *runs);
        assert!(worse.contains(*promise), "{mistake:?} in {scenario}: {worse:?}");
    }
    for (mistake, scenario, runs) in NO_MISTAKE {
        MISTAKE.store(*mistake as usize, Ordering::Relaxed);
        assert_eq!(worse(scenario, *runs), BTreeSet::new(), "{mistake:?} in {scenario}");
    }
    for (words, mistake, scenario, runs) in INVARIANTS {
        MISTAKE.store(*mistake as usize, Ordering::Relaxed);
        assert!(is_said(words, scenario, *runs), "{mistake:?} in {scenario}: {words}");
    }
    a_livelock_is_proven();
}
