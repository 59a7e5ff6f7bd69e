//! Linearizability: histories of which it is known, laws, and a protocol that promises it.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod common;
mod histories;
mod laws;
mod promise;
