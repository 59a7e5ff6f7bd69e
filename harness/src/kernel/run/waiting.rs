//! Nodes that pause or are busy, and what waits for them meanwhile.
//!
//! Only in worlds with pauses or a load: others have no [`Waiting`], and pay a look at that for each
//! event. A pause is no event of its own. It is noticed when something happens to its node.

use std::collections::VecDeque;

use generals_models::{NodeFault, NodeId, Time, When};

use super::{Event, Run, kind};
use crate::check::Audit;
use crate::kernel::Answers;
use crate::protocol::Protocol;
use crate::queue::{Popped, Rank};
use crate::trace::Record;

/// Something that happens to a node.
type Happening<P> = Popped<Event<P>, <P as Protocol>::Timer>;

/// The nodes of a run, as far as something may wait for them.
pub(super) struct Waiting<P: Protocol> {
    desks: Vec<Desk<P>>,
    /// How many events wait, for all nodes together.
    pub(super) held: usize,
    /// How many nodes are down.
    down: u16,
}

/// What waits for one node.
struct Desk<P: Protocol> {
    pauses: Vec<Rest>,
    busy_until: Time,
    line: VecDeque<Waits<P>>,
    /// When its line moves on next.
    resumes: Option<Time>,
}

/// Something that waits.
struct Waits<P: Protocol> {
    what: Happening<P>,
    since: Time,
    /// Whether it is counted as held up already.
    counted: bool,
}

/// A pause, as this run chose it.
pub(super) struct Rest {
    pub(super) from: Time,
    until: Time,
    /// Whether it held anything up.
    pub(super) held: bool,
}

impl<P: Protocol> Desk<P> {
    /// When the node is free again, from `now` on; and whether that is news of a pause.
    fn free_at(&mut self, now: Time) -> (Time, bool) {
        let mut free = now.max(self.busy_until);
        let mut news = false;
        // Pauses may overlap, so that the end of one lies within another.
        while let Some(rest) =
            self.pauses.iter_mut().find(|rest| rest.from <= free && free < rest.until)
        {
            free = rest.until;
            news |= !std::mem::replace(&mut rest.held, true);
        }
        (free, news)
    }
}

impl<P: Protocol> Waiting<P> {
    /// The pauses of a node.
    pub(super) fn pauses_of(&self, node: NodeId) -> &[Rest] {
        &self.desks[node.index()].pauses
    }
}

/// Counts something that has to wait until `until`.
fn count(audit: &mut Audit, now: Time, until: Time) {
    audit.longest_wait = audit.longest_wait.max(until.since(now));
    audit.held_until = audit.held_until.max(until);
}

impl<P: Protocol, C: Answers> Run<'_, '_, P, C> {
    /// Chooses the pauses, and makes room for what will wait.
    pub(super) fn plan_pauses(&mut self) {
        let world = &self.kernel.scenario.world;
        if world.pauses.is_empty() && world.load.is_none() {
            return;
        }
        let desk = |_| Desk {
            pauses: Vec::new(),
            busy_until: Time::ZERO,
            line: VecDeque::new(),
            resumes: None,
        };
        let mut desks: Vec<Desk<P>> = world.all().map(desk).collect();
        let mut any = world.load.is_some();
        for pause in &world.pauses {
            let node = pause.node();
            let Some((from, until)) = pause.choose(self.choose) else { continue };
            self.kernel.fingerprint.record(kind::PAUSE, from, node, node, until.as_nanos());
            desks[node.index()].pauses.push(Rest { from, until, held: false });
            any = true;
        }
        if any {
            self.waiting = Some(Waiting { desks, held: 0, down: 0 });
        }
    }

    /// What happens now, if something does: what came up, or what waited for its turn. What its
    /// node has no time for waits.
    pub(super) fn take_turn(&mut self, happening: Happening<P>) -> Option<Happening<P>> {
        let id = match &happening {
            Popped::Event(Event::Crash(_) | Event::Outage(..) | Event::Wake(_)) => {
                return Some(happening);
            }
            Popped::Event(Event::Resume(id)) => return self.resume(*id),
            Popped::Event(
                Event::Start(id) | Event::Input(id) | Event::Recover(id) | Event::Hand(id, _),
            )
            | Popped::Timer(id, _) => self.who(*id),
            Popped::Event(Event::Deliver { to, .. } | Event::Reconnect(to, _)) => *to,
        };
        let now = self.kernel.now;
        let Some(waiting) = &mut self.waiting else { return Some(happening) };
        let recovers = matches!(happening, Popped::Event(Event::Recover(_)));
        // What comes to a node that is down is not for it.
        if self.kernel.nodes[id.index()].is_down && !recovers {
            return Some(happening);
        }
        let desk = &mut waiting.desks[id.index()];
        let (free, news) = desk.free_at(now);
        if free == now && desk.line.is_empty() {
            self.is_busy(id);
            return Some(happening);
        }
        let counted = free > now;
        desk.line.push_back(Waits { what: happening, since: now, counted });
        waiting.held += 1;
        let (waits, resumes) = (desk.line.len(), desk.resumes);
        if counted {
            self.kernel.outcome.tally.audit.held += 1;
            count(&mut self.kernel.outcome.tally.audit, now, free);
        }
        if news {
            self.record(&Record::Paused(id, free));
        }
        if resumes.is_none_or(|at| free < at) {
            self.resume_at(id, free);
        }
        let load = self.kernel.scenario.world.load.as_ref();
        if let Some(most) = load.and_then(|load| load.most_waiting)
            && !recovers
            && waits > usize::try_from(most).unwrap_or(usize::MAX)
        {
            self.break_down(id, waits);
        }
        None
    }

    fn resume_at(&mut self, id: NodeId, at: Time) {
        if let Some(waiting) = &mut self.waiting {
            waiting.desks[id.index()].resumes = Some(at);
            self.kernel.queue.push(at, Rank::Input, Event::Resume(id));
        }
    }

    /// The line of `id` moves on.
    fn resume(&mut self, id: NodeId) -> Option<Happening<P>> {
        let now = self.kernel.now;
        let waiting = self.waiting.as_mut()?;
        let desk = &mut waiting.desks[id.index()];
        if desk.resumes != Some(now) {
            return None;
        }
        desk.resumes = None;
        if desk.line.is_empty() {
            return None;
        }
        let (free, news) = desk.free_at(now);
        if free > now {
            self.resume_at(id, free);
            if news {
                self.record(&Record::Paused(id, free));
            }
            return None;
        }
        let Waits { what, since, counted } = desk.line.pop_front()?;
        waiting.held -= 1;
        if since < now {
            let audit = &mut self.kernel.outcome.tally.audit;
            audit.held += u64::from(!counted);
            count(audit, since, now);
        }
        self.is_busy(id);
        Some(what)
    }

    /// Something happens to `id`, which is busy with it from now on.
    fn is_busy(&mut self, id: NodeId) {
        let now = self.kernel.now;
        let world = &self.kernel.scenario.world;
        let Some(waiting) = &mut self.waiting else { return };
        let desk = &mut waiting.desks[id.index()];
        if let Some(load) = &world.load {
            desk.busy_until = now + load.work(world.nodes, world.nodes - waiting.down);
        }
        if !desk.line.is_empty() {
            let at = desk.busy_until.max(now);
            self.resume_at(id, at);
        }
    }

    /// More waits for `id` than it can bear: it stops for good, which nobody had planned.
    fn break_down(&mut self, id: NodeId, waits: usize) {
        self.record(&Record::BrokenDown(id, waits));
        let at = When::Time(self.kernel.now);
        self.kernel.convict(id, NodeFault::CrashStop { at });
        self.crash(id, usize::MAX, None);
    }

    /// What waited for `id`, which goes down, is lost.
    pub(super) fn lose_what_waits(&mut self, id: NodeId) {
        let Some(waiting) = &mut self.waiting else { return };
        waiting.down += 1;
        let desk = &mut waiting.desks[id.index()];
        desk.busy_until = self.kernel.now;
        desk.resumes = None;
        let line = std::mem::take(&mut desk.line);
        waiting.held -= line.len();
        for waits in line {
            match waits.what {
                Popped::Event(Event::Deliver { from, body, .. }) => {
                    self.record(&Record::Missed { from, to: id, message: &body });
                }
                Popped::Event(Event::Input(_)) => {
                    self.input_waits(id);
                }
                _ => {}
            }
        }
    }

    /// A node is back up.
    pub(super) fn one_more_is_up(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            waiting.down -= 1;
        }
    }

    /// A timer that has fired, but whose node had no time for it yet, is set again or cancelled.
    pub(super) fn forget_timer(&mut self, seat: NodeId, timer: &P::Timer) {
        let id = self.who(seat);
        let Some(waiting) = &mut self.waiting else { return };
        let line = &mut waiting.desks[id.index()].line;
        let before = line.len();
        let is_it = |what: &Happening<P>| matches!(what, Popped::Timer(at, it) if *at == seat && it == timer);
        line.retain(|waits| !is_it(&waits.what));
        waiting.held -= before - line.len();
    }
}
