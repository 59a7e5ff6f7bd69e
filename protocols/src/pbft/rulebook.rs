//! The rules in which implementations go wrong, each a function of its own: so that it can be read
//! alone, and so that tests can put a wrong one in its place and see whether anybody notices.

use generals::{NodeId, Signed, Span};

use super::message::{Last, Prepared, Seq, Timestamp, View, Vote};
use super::quorum::Quorums;
use super::service::Digest;

/// The rules as the paper has them. Nobody but a test of the promises has a reason to override one.
/// Whatever they are, they may compare views, and do nothing else with them.
pub trait Rulebook: 'static {
    /// How many PREPAREs make, with the PRE-PREPARE, a request prepared: 2f (section 4.2).
    #[must_use]
    fn prepares(q: Quorums) -> usize {
        q.prepares()
    }

    /// How many COMMITs make a prepared request committed-local: 2f + 1 (section 4.2).
    #[must_use]
    fn commits(q: Quorums) -> usize {
        q.quorum()
    }

    /// How many equal replies a client waits for: f + 1 (section 4.1).
    #[must_use]
    fn replies(q: Quorums) -> usize {
        q.one_correct()
    }

    /// Whether d is D(m), which a backup checks before it accepts a PRE-PREPARE (section 4.2).
    #[must_use]
    fn is_digest(d: Digest, of_m: Digest) -> bool {
        d == of_m
    }

    /// Whether a PRE-PREPARE with the digest `d` may be accepted where one with the digest `known`
    /// was, for the same view and sequence number: only if they are equal (section 4.2).
    #[must_use]
    fn may_accept(known: Option<Digest>, d: Digest) -> bool {
        known.is_none_or(|known| known == d)
    }

    /// Whether a vote of `i` counts beside these, or a CHECKPOINT, or a VIEW-CHANGE: of each replica
    /// one does (section 4.2, "from different backups").
    #[must_use]
    fn counts<T>(votes: &[Signed<T>], i: NodeId) -> bool {
        votes.iter().all(|vote| vote.claim().0 != i)
    }

    /// Whether a COMMIT with the digest `said` is one for what prepared, which has the digest d: they
    /// must be equal (section 4.2).
    #[must_use]
    fn commits_to(said: Digest, d: Digest) -> bool {
        said == d
    }

    /// Whether a vote counts that came before its PRE-PREPARE did: messages overtake each other (TOCS
    /// 2002, where only its view and number are compared).
    #[must_use]
    fn may_overtake() -> bool {
        true
    }

    /// Whether n may be executed next, after `executed`: "all requests with lower sequence numbers"
    /// have been (section 4.2).
    #[must_use]
    fn may_execute(n: Seq, executed: Seq) -> bool {
        n == executed.saturating_add(1)
    }

    /// Whether a request with the timestamp t is a new one of a client that was answered `last`:
    /// exactly-once semantics (section 4.1).
    #[must_use]
    fn is_new(last: Option<&Last>, t: Timestamp) -> bool {
        last.is_none_or(|last| last.t < t)
    }

    /// How many VIEW-CHANGEs make a new view, and are V of its NEW-VIEW: 2f + 1 (section 4.4).
    #[must_use]
    fn view_changes(q: Quorums) -> usize {
        q.quorum()
    }

    /// Whether a VIEW-CHANGE is valid, in V or by itself, from what was found out about it: that it is
    /// signed by who it says, that C proves that the checkpoint it begins with is stable, and that
    /// all of P prepared, in earlier views and between the watermarks (section 4.4).
    #[must_use]
    fn is_valid_view_change(signed: bool, c: bool, p: bool) -> bool {
        signed && c && p
    }

    /// P of a VIEW-CHANGE, from all that prepared: everything (section 4.4).
    #[must_use]
    fn p(prepared: Vec<Prepared>) -> Vec<Prepared> {
        prepared
    }

    /// Which of the PRE-PREPAREs for one sequence number in V a new view goes on with: that of the
    /// highest view (section 4.4).
    #[must_use]
    fn choose(candidates: &[Vote]) -> Option<Digest> {
        candidates.iter().max_by_key(|vote| vote.v).map(|vote| vote.d)
    }

    /// Whether a backup goes along with O: only if it comes to the same (section 4.4).
    #[must_use]
    fn is_right(o: &[Vote], expected: &[Vote]) -> bool {
        o == expected
    }

    /// Whether VIEW-CHANGEs and NEW-VIEWs are sent again to who seems to lack them.
    #[must_use]
    fn repeats_itself() -> bool {
        true
    }

    /// How long to wait for a view to get on, where T is the time-out at first, and `failed` how
    /// many views in a row did not: T, then 2T, then 4T (section 4.5.2). It never becomes shorter.
    #[must_use]
    fn wait(t: Span, failed: u32) -> Span {
        t * (1 << failed.saturating_sub(1).min(20))
    }

    /// Whether a VIEW-CHANGE for the view `asked` counts towards the quorum that must have given up on
    /// all views before v, until the wait for v begins (section 4.5.2): one for v does, and one for a
    /// later view, which has taken its place.
    #[must_use]
    fn gave_up_before(asked: View, v: View) -> bool {
        asked >= v
    }

    /// Whether who waits for a request still waits when the view is a new one (section 4.5.2).
    #[must_use]
    fn goes_on_waiting() -> bool {
        true
    }

    /// Whether what must survive a crash is written down, where there is a disk.
    #[must_use]
    fn writes_down() -> bool {
        true
    }
}

/// M. Castro, B. Liskov, OSDI 1999.
pub struct Osdi99;

impl Rulebook for Osdi99 {}
