//! Ctrl-C: the first asks to stop, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C asks first.
pub(super) fn listen() {
    // Where no handler can be installed, Ctrl-C simply ends the program at once.
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        super::out::hint("stopping; once more to quit at once");
    });
}

/// Whether somebody asked to stop.
pub(super) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
