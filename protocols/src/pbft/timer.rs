//! Sections 4.4 and 4.5.2: the one timer of a replica, by which it gives up on a primary.
//!
//! | when | the timer |
//! |---|---|
//! | a backup waits for a request to be executed | runs, for the one that came first |
//! | that one is executed | starts anew for the next, or stops |
//! | the view is left | stops |
//! | a quorum gave up on it, or on later ones too | starts, longer than the last time |
//! | the view asked for is entered | runs on, until a request is executed in it |
//! | a later one is entered, that others asked for | starts anew, as for any request |
//! | it fires | the view is given up |

use generals::{Cx, NodeId, Span};

use super::message::Timestamp;
use super::replica::Replica;
use super::rulebook::Rulebook;
use super::{Pbft, Timer};

impl<R: Rulebook> Replica<R> {
    /// The timer fires: the request waited for was not executed, or no NEW-VIEW came, or the new
    /// view did not get on.
    pub(super) fn on_view_change_timer(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        self.timer = false;
        self.ask_for_view(self.v.saturating_add(1), cx);
    }

    /// How many views in a row did not get on.
    pub(super) fn failed(&self) -> u32 {
        u32::try_from(self.v - self.worked.min(self.v)).unwrap_or(u32::MAX)
    }

    /// How long it waits now: T, or more if the last views did not get on.
    fn wait(&self, cx: &Cx<'_, Pbft<R>>) -> Span {
        R::wait(cx.config().timeout(cx.expected_delay()), self.failed())
    }

    pub(super) fn start_timer(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        cx.set_timer(Timer::ViewChange, self.wait(cx));
        self.timer = true;
    }

    pub(super) fn stop_timer(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        if self.timer {
            cx.cancel_timer(Timer::ViewChange);
            self.timer = false;
        }
    }

    /// The request that came first.
    fn first(&self) -> Option<(NodeId, Timestamp)> {
        self.queue.first().map(|m| m.claim().1).map(|m| (m.c, m.t))
    }

    /// At the end of every step. Section 4.4: a backup's timer runs while it waits for a request to be
    /// executed. It is for the first that came, so that no client starves (TOCS 2002, section 2.3.5),
    /// and starts anew for the next one.
    pub(super) fn mind_the_timer(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        if !self.active || self.is_primary() {
            return;
        }
        let first = self.first();
        if first == self.waits_for {
            return;
        }
        self.waits_for = first;
        if first.is_some() {
            self.start_timer(cx);
        } else {
            self.stop_timer(cx);
        }
    }

    /// The view asked for is entered: the timer that was started for it goes on until a request is
    /// executed in it.
    pub(super) fn go_on_waiting(&mut self, cx: &mut Cx<'_, Pbft<R>>) {
        let first = self.first();
        if self.is_primary() || first.is_none() || !R::goes_on_waiting() {
            self.stop_timer(cx);
        }
        // Otherwise the end of this step starts one.
        if self.timer || !R::goes_on_waiting() {
            self.waits_for = first;
        }
    }
}
