//! Panics of the subject are verdicts; panics of ours are not.
//!
//! A run is caught once, as a whole. While a node's own code runs, this thread remembers whose it
//! is: a panic then is the subject's; it is kept quiet, and its message is kept.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use generals_models::NodeId;

thread_local! {
    static IN_CODE_OF: Cell<Option<NodeId>> = const { Cell::new(None) };
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic, and whose code it happened in: a node's, or (`None`) our own.
pub(super) struct Panic {
    pub(super) in_code_of: Option<NodeId>,
    pub(super) message: String,
    pub(super) payload: Box<dyn Any + Send>,
}

/// The stretch in which a node's code runs. If it never comes back, the mark stays for [`catch`]
/// to find.
#[must_use]
pub(super) struct Code(());

#[inline]
pub(super) fn enter(node: NodeId) -> Code {
    IN_CODE_OF.set(Some(node));
    Code(())
}

impl Code {
    #[inline]
    #[expect(clippy::unused_self, reason = "only who has entered can leave")]
    pub(super) fn leave(self) {
        IN_CODE_OF.set(None);
    }
}

/// Runs `run`, and catches a panic.
pub(super) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, Panic> {
    keep_quiet();
    IN_CODE_OF.set(None);
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Panic {
        in_code_of: IN_CODE_OF.take(),
        message: MESSAGE.take(),
        payload,
    })
}

/// From the first run on, the message of a panic in a node's code is kept instead of printed; all
/// other panics go to whoever was in charge before.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if IN_CODE_OF.get().is_none() {
                return before(info);
            }
            let text = info.payload_as_str().unwrap_or("(no message)");
            // The file's name alone: its path differs from machine to machine.
            let place = info.location().map(|at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!(" ({file}:{})", at.line())
            });
            MESSAGE.set(format!("{text}{}", place.unwrap_or_default()));
        }));
    });
}
