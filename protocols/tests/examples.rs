//! The tests inside the examples, which are part of the lesson: `cargo test` alone builds examples,
//! but does not test them.

#[path = "../examples/your_own.rs"]
#[expect(dead_code, reason = "its main is for the command line")]
mod your_own;
