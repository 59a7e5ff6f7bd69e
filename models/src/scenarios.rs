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
pub const ALL: &[Shipped] = shipped! {
    "two-generals-calm"
    "two-generals-lossy"
    "two-generals-lossy-stubborn"
    "two-generals-copies"
    "two-generals-chain-1"
    "two-generals-chain-2"
    "two-generals-chain-3"
    "two-generals-chain-4"
    "two-generals-chain-5"
    "two-generals-until-acknowledged"
    "two-generals-reroute"
    "two-generals-cut"
    "broadcast-calm"
    "broadcast-crash"
    "broadcast-fifo"
    "broadcast-recovery"
    "broadcast-unsynced"
    "broadcast-amnesia"
    "broadcast-lossy"
    "broadcast-lossy-stubborn"
    "broadcast-lossy-recovery"
    "broadcast-tampered"
    "broadcast-tampered-authenticated"
    "broadcast-ring"
    "broadcast-ring-crash"
    "broadcast-k33"
    "broadcast-bipartite"
    "broadcast-prism"
    "broadcast-cube"
    "broadcast-petersen"
    "broadcast-wheel"
    "broadcast-circulant"
    "broadcast-edges"
    "broadcast-cut"
    "broadcast-cut-delayed"
    "broadcast-cut-stubborn"
    "broadcast-isolated"
    "broadcast-random-cuts"
    "om-1-n4-lying-lieutenant"
    "om-1-n4-lying-commander"
    "om-1-n4-silent-commander"
    "om-1-n4-crash"
    "om-1-n4-omission"
    "om-2-n7"
    "om-2-n7-other-version"
    "om-1-n3-lying-lieutenant"
    "om-1-n3-lying-commander"
    "om-1-n4-asynchronous"
    "om-1-n4-gst"
    "om-1-n4-unknown-bound"
    "om-1-n4-rational"
    "om-1-n4-pause"
    "om-1-n4-drift"
    "om-1-n7-together"
    "om-2-n7-cascade"
    "om-1-n4-congestion"
    "om-1-n4-reroute"
    "om-1-n4-slow-links"
    "om-1-n4-dead-link"
    "om-1-n4-flip"
    "om-1-n4-parity"
    "om-1-n4-half-split"
    "om-2-n7-path-parity"
    "om-2-n7-structured"
    "om-1-n4-delayer"
    "om-1-n4-replayer"
    "om-1-n3-twins"
    "om-1-n3-last-round"
    "om-1-n4-twins"
    "om-1-n3-small-scope"
    "om-1-n4-small-scope"
    "om-1-n4-adaptive"
    "om-1-n4-two-taken-over"
    "om-1-n4-any"
    "om-1-n4-lock-step"
    "om-1-n4-honest"
    "om-1-n4-normal-latency"
    "om-1-n4-heavy-tail"
    "om-1-n4-lossy"
    "om-1-n4-lossy-stubborn"
    "interactive-consistency-n4"
    "interactive-consistency-n3"
};
