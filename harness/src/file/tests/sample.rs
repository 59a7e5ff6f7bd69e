//! A scenario like those that users write.

use std::collections::BTreeMap;

use generals_models::{Chance, NodeId, Span};
use serde::Deserialize;

pub(super) const VALID: &str = r#"( // the textbook
    protocol: "om",
    config: (m: 1),
    inputs: { 0: [Attack, Retreat] }, world: (
        nodes: 4,
        timing: Synchronous(delta: "10ms"),
        links: FairLoss(loss: 0.2, streak: 4),
        faults: { 2: Byzantine, 3: CrashStop(at: Time("5ms")) },
        adversary: Liar,
    ),
    limits: (horizon: "10s",
        patience: "10s",
        events: 1_000_000),
    expect: { "agreement": OutOfModel },
)
"#;

/// What is read first: everything else may have any shape.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) protocol: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    #[serde(default)]
    pub(super) seed: Option<u64>,
    #[expect(dead_code)]
    protocol: String,
    #[expect(dead_code)]
    config: Config,
    #[expect(dead_code)]
    inputs: BTreeMap<NodeId, Vec<Order>>,
    #[expect(dead_code)]
    world: World,
    #[expect(dead_code)]
    limits: Limits,
    #[expect(dead_code)]
    expect: BTreeMap<String, Verdict>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
struct Config {
    m: u8,
}

#[derive(Debug, Deserialize)]
enum Order {
    Attack,
    Retreat,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
struct World {
    nodes: u16,
    timing: Timing,
    links: Links,
    #[serde(default)]
    faults: BTreeMap<NodeId, Fault>,
    adversary: Adversary,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
enum Timing {
    Synchronous { delta: Span },
    Asynchronous,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
enum Links {
    Reliable,
    FairLoss { loss: Chance, streak: u32 },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
enum Fault {
    CrashStop { at: At },
    Byzantine,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
enum At {
    Start,
    Time(Span),
}

#[derive(Debug, Deserialize)]
enum Adversary {
    Silent,
    Liar,
}

/// Complains as a whole: about two fields together, say.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RawLimits")]
#[expect(dead_code)]
struct Limits(RawLimits);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code)]
struct RawLimits {
    horizon: Span,
    patience: Span,
    events: u64,
}

impl TryFrom<RawLimits> for Limits {
    type Error = &'static str;

    fn try_from(raw: RawLimits) -> Result<Self, &'static str> {
        if raw.horizon == Span::ZERO { Err("the horizon is no time at all") } else { Ok(Self(raw)) }
    }
}

#[derive(Debug, Deserialize)]
enum Verdict {
    Holds,
    OutOfModel,
}
