//! How long clients wait, measured against section 4.5.2.
//!
//! Liveness is judged in three ways, one less certain than the other. *An empty queue*: what is owed
//! when nothing is left to happen never comes, which is certain ("termination", "catching-up").
//! *A state that comes again* is as certain, where nobody chooses anything in between that could not be
//! chosen for ever. View numbers never come again, so a state is taken for the same if it differs in
//! nothing but these, all by the same multiple of n: the rules cannot tell (`outline`). Time-outs are
//! written as they are, since the delays that they are measured against do not grow with views. So
//! where time-outs double no state comes again before they are as long as they ever get, which no run
//! of an hour sees, and where they do not and are too short for the delays, one does. *A deadline* is what is left, for whoever is slow
//! and never quite the same. It proves nothing, so whoever misses it is only suspicious: the verdict is
//! `Undetermined`, and never worse.

use std::collections::BTreeMap;

use generals::{Fact, LinkClass, NodeId, Property, Span, Time, Witness, World};

use super::message::Timestamp;
use super::rulebook::Rulebook;
use super::{Config, Pbft};

/// Every operation of a correct client is answered by a deadline, twice what the time-outs come to.
///
/// Only where they come to anything: where there is a bound on delays and clocks are right, no link
/// loses anything, no network falls apart, nobody is away for a while, and at most f replicas fail.
pub struct Prompt {
    config: Config,
    /// The last operation of each client that was looked at.
    seen: BTreeMap<NodeId, Timestamp>,
    late: Option<String>,
}

impl Prompt {
    /// With these time-outs.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { config: config.clone(), seen: BTreeMap::new(), late: None }
    }

    /// The longest that a client should wait for an answer, from when the bound on delays holds:
    /// twice what follows, because nobody has proved it. Nothing, if the world has no such bound.
    ///
    /// The client asks all replicas after its own time-out, and the time-outs of replicas double
    /// from view to view, until one is long enough for a view to get on. It has to be six delays:
    /// VIEW-CHANGE, NEW-VIEW, PREPARE, COMMIT, and two in case that a request is not known to
    /// everybody. It is longer already if views came and went before the bound held; but those
    /// time-outs together were no longer than that took. From then on f more primaries may be bad,
    /// and three delays go by from a time-out to the next. In a view that gets on there are the
    /// requests of all clients to be executed first, each of them a time-out apart at most.
    #[must_use]
    pub fn patience(&self, world: &World) -> Option<Span> {
        let delay = world.timing.bound().filter(|_| is_even(world))?;
        let (expected, q) = (world.timing.expected_delay(), self.config.quorums());
        let failing = NodeId::all(q.n).filter(|i| !world.is_correct(*i)).count();
        if failing > usize::from(q.f) {
            return None;
        }
        let unsettled = world.timing.holds_from().since(Time::ZERO);
        let enough = unsettled.max(delay * 6);
        let mut timeout = self.config.timeout(expected);
        let mut sum = self.config.retry(expected) + unsettled;
        let mut bad = 0;
        while timeout < enough || bad <= q.f {
            bad += u16::from(timeout >= enough);
            sum = sum + timeout + delay * 3;
            timeout = timeout * 2;
        }
        let clients = u64::from(world.nodes.saturating_sub(q.n));
        Some((sum + self.config.timeout(expected).max(delay * 6) * clients) * 2)
    }
}

/// Whether nothing but delays and nodes that fail for good makes anybody wait.
fn is_even(world: &World) -> bool {
    let away = world.all().any(|node| world.comes_back(node));
    world.links.class() == LinkClass::Reliable
        && !world.is_rough()
        && !away
        && world.pauses.is_empty()
        && world.clocks.are_right()
        && world.load.is_none()
}

impl<R: Rulebook> Property<Pbft<R>> for Prompt {
    fn name(&self) -> &'static str {
        "prompt"
    }

    fn reset(&mut self) {
        self.seen.clear();
        self.late = None;
    }

    fn is_white_box(&self) -> bool {
        true
    }

    fn watch(&mut self, world: &World, fact: &Fact<'_, Pbft<R>>) -> Result<(), Witness> {
        let Fact::Stepped(c, Pbft::Client(client)) = *fact else { return Ok(()) };
        let Some(answered) = client.answered() else { return Ok(()) };
        let seen = self.seen.insert(c, answered.t) == Some(answered.t);
        if seen || self.late.is_some() || !world.is_correct(c) {
            return Ok(());
        }
        let waited = answered.at.since(answered.asked.max(world.timing.holds_from()));
        if let Some(patience) = self.patience(world).filter(|patience| waited > *patience) {
            let t = answered.t;
            self.late = Some(format!(
                "suspicious: {c} waited {waited} for its #{t}, and {patience} should be enough"
            ));
        }
        Ok(())
    }

    fn undetermined(&self) -> Option<String> {
        self.late.clone()
    }
}
