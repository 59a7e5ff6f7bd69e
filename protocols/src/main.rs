//! The `generals` command, for the protocols of this crate.

fn main() {}
