//! A livelock proven by a repeated state.
//!
//! A run that was cut off at a limit says nothing of what would still have come. But if its state had
//! come before, and all that happened since may happen again, then there is a run that goes on like
//! this for ever, and in that run what is owed never comes.

use std::cell::Cell;
use std::rc::Rc;

use generals_models::Choose;

use super::run::{Watch, Watched};
use super::{Ended, Kernel, what_went_wrong};
use crate::check::{Verdict, Witness};
use crate::guard;
use crate::protocol::Protocol;

impl<P: Protocol> Kernel<'_, P> {
    /// Looks once more at a run that is over, with eyes open, if that may prove what is not
    /// determined. All but these verdicts stays as it is.
    pub(super) fn look_again(&mut self, choose: &mut dyn Choose) {
        if !self.may_be_proven() || !choose.rewind() {
            return;
        }
        let first = self.outcome.clone();
        let chosen = Rc::new(Cell::new(0));
        let watch = Watch::new(chosen.clone());
        let mut watched: &mut dyn Choose = &mut Watched { inner: &mut *choose, chosen };
        self.go_watched(&mut watched, None, Some(watch));
        if self.lasso.is_none() && self.unsound.is_none() && self.outcome.ended == first.ended {
            self.outcome = first;
            return;
        }
        // It was not seen to its end, and who is asked next shall find it as it was.
        let second = std::mem::replace(&mut self.outcome, first.clone());
        let unsound = self.unsound.take();
        let mut choose = choose;
        choose.rewind();
        self.go_watched(&mut choose, None, None);
        // Of what is not the same whenever it is made, the first run counts.
        self.outcome = first;
        for (verdict, proven) in self.outcome.verdicts.iter_mut().zip(second.verdicts) {
            if matches!(verdict, Verdict::Undetermined(_)) && proven.kind().is_broken() {
                *verdict = proven;
            }
        }
        if let Some(witness) = unsound {
            self.blame(witness);
        }
    }

    /// The subject could not even be outlined.
    fn blame(&mut self, witness: Witness) {
        if let Some(soundness) = self.outcome.verdicts.last_mut() {
            *soundness = Verdict::Violated(witness.clone());
        }
        self.unsound = Some(witness);
    }

    /// Whether the run that is over was cut off while something was owed that a state that comes
    /// again would prove to be owed for ever.
    fn may_be_proven(&mut self) -> bool {
        let all = self.promises.iter().zip(&self.outcome.verdicts);
        // Who counts what it sees of nodes may have seen enough one day.
        let mut open = all.filter(|(watched, verdict)| {
            matches!(verdict, Verdict::Undetermined(_)) && !watched.promise.property.counts_steps()
        });
        if !matches!(self.outcome.ended, Ended::Horizon | Ended::TooManyEvents(_))
            || open.next().is_none()
            || !self.may_repeat_itself()
        {
            return false;
        }
        guard::catch(|| self.can_be_outlined()).unwrap_or_else(|panic| {
            self.blame(what_went_wrong(None, &panic));
            false
        })
    }
}
