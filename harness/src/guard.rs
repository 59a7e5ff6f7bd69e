//! Panics of the subject are verdicts; panics of ours are not.
//!
//! A run is caught once, as a whole, and so is each other thing that is asked of the subject, such as
//! to show what a trace kept. Whose panic it was is told by where it happened: in our sources, or
//! anywhere else. So all of a subject's code is covered, its `Debug` and its promises as well as its
//! handlers, and nothing has to be marked while it runs.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::protocol::TooManyEffects;

thread_local! {
    static IN_RUN: Cell<bool> = const { Cell::new(false) };
    /// What the subject's last panic said, where and why.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic in the subject's code.
pub(crate) struct Panic {
    /// What it said, and where.
    pub(crate) message: String,
    pub(crate) payload: Box<dyn Any + Send>,
}

/// Runs `run`, and catches a panic of the subject. One of our own goes on: it is a bug of this tool
/// and shall be seen as such.
pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, Panic> {
    keep_quiet();
    let before = IN_RUN.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    IN_RUN.set(before);
    result.map_err(|payload| match MESSAGE.take() {
        Some(message) => Panic { message, payload },
        None => std::panic::resume_unwind(payload),
    })
}

/// Asks the subject something outside of any run.
///
/// # Errors
/// What it said when it panicked instead of answering.
pub(crate) fn ask<R>(question: impl FnOnce() -> R) -> Result<R, String> {
    catch(question).map_err(|panic| panic.message)
}

/// From the first run on, the message of a panic in a subject's code is kept instead of printed;
/// all others go to whoever was in charge before.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let place = info.location();
            let ours = place.is_none_or(is_ours) && !info.payload().is::<TooManyEffects>();
            if !IN_RUN.get() || ours {
                return before(info);
            }
            let text = info.payload_as_str().unwrap_or("(no message)");
            // The file's name alone: its path differs from machine to machine.
            let place = place.map(|at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!(" ({file}:{})", at.line())
            });
            MESSAGE.set(Some(format!("{text}{}", place.unwrap_or_default())));
        }));
    });
}

/// Whether a place is in the sources of this crate or of the models.
fn is_ours(place: &Location<'_>) -> bool {
    let folder = |file: &'static str, depth: usize| {
        file.rmatch_indices(['/', '\\']).nth(depth).map_or("", |(end, _)| &file[..=end])
    };
    // This file is src/guard.rs; that of the models is src/lib.rs.
    let ours = [folder(file!(), 0), folder(generals_models::SOURCE, 0)];
    ours.iter().any(|folder| !folder.is_empty() && place.file().starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_our_sources_are_ours() {
        assert!(is_ours(Location::caller()));
    }
}
