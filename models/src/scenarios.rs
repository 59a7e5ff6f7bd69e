//! The scenarios that ship with the tool, as text: files in `models/scenarios`.

/// A scenario that ships with the tool.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name: the file's, without the ending.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal)*) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../scenarios/", $name, ".ron")) }),*]
    };
}

/// All of them, in the order in which they are told (`tests/shipped.rs` keeps it complete).
pub const ALL: &[Shipped] = shipped! {};
