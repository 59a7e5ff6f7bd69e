//! The service that is replicated: a deterministic state machine.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use generals::Fingerprint;
use serde::{Deserialize, Serialize};

/// D(m), a digest. The paper's is MD5 or SHA-1; here it is a part of the xxh3-128 that the harness
/// has at hand, since nobody here looks for collisions.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub u64);

impl Digest {
    /// D of anything that can be written.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let mut fingerprint = Fingerprint::default();
        fingerprint.serialize(value);
        let word = fingerprint.digest().0 & u128::from(u64::MAX);
        Self(u64::try_from(word).unwrap_or_default())
    }
}

/// The first digits are enough to tell a few apart.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0 >> 48)
    }
}

/// A key or a value. Whoever passes a request on shares them.
pub type Text = Arc<str>;

/// o, what a client asks for. An operation of another service is refused, by all replicas alike.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// The value of this key.
    Get(Text),
    /// Gives this key that value.
    Put(Text, Text),
    /// Compare and swap: if this key has the one value (or none at all), gives it the other.
    Swap(Text, Option<Text>, Text),
    /// Adds that to the value of this key, at its end.
    Append(Text, Text),
    /// Adds to the counter, which wraps around.
    Add(i64),
    /// The counter.
    Read,
}

/// As a call.
impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "get {key}"),
            Self::Put(key, value) => write!(f, "put {key}={value}"),
            Self::Swap(key, None, new) => write!(f, "swap {key}:-={new}"),
            Self::Swap(key, Some(old), new) => write!(f, "swap {key}:{old}={new}"),
            Self::Append(key, value) => write!(f, "append {key}+{value}"),
            Self::Add(by) => write!(f, "add {by}"),
            Self::Read => f.write_str("read"),
        }
    }
}

/// r, the result of an operation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// What a key has for a value, if any.
    Value(Option<Text>),
    /// Whether a swap took place.
    Swapped(bool),
    /// What the counter shows.
    Count(i64),
    /// The service knows no such operation.
    Refused,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Value(Some(value)) => f.write_str(value),
            Self::Value(None) => f.write_str("nothing"),
            Self::Swapped(true) => f.write_str("swapped"),
            Self::Swapped(false) => f.write_str("not swapped"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// The state of a service, written down: what a checkpoint holds of it.
pub type Pairs = BTreeMap<Text, Text>;

/// A deterministic state machine: its state and its answers depend on the operations it executed,
/// and their order, only.
pub trait Service: fmt::Debug {
    /// Executes an operation.
    fn execute(&mut self, operation: &Operation) -> Answer;
    /// All of its state.
    fn snapshot(&self) -> Pairs;
    /// Takes over a state that another replica's [`snapshot`](Self::snapshot) wrote down. Of what no
    /// snapshot says, anything may come, but no panic.
    fn install(&mut self, state: &Pairs);
    /// Which operations it knows.
    fn knows(&self, operation: &Operation) -> bool;
}

/// The services that ship.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// [`KeyValue`].
    #[default]
    KeyValue,
    /// [`Counter`].
    Counter,
}

impl Kind {
    /// The service, at its start.
    #[must_use]
    pub fn build(self) -> Box<dyn Service> {
        match self {
            Self::KeyValue => Box::<KeyValue>::default(),
            Self::Counter => Box::<Counter>::default(),
        }
    }
}

/// A store of values by their keys: get, put, compare-and-swap, append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValue(Pairs);

impl Service for KeyValue {
    fn execute(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Get(key) => Answer::Value(self.0.get(key).cloned()),
            Operation::Put(key, value) => {
                self.0.insert(key.clone(), value.clone());
                Answer::Done
            }
            Operation::Swap(key, old, new) => {
                let equal = self.0.get(key) == old.as_ref();
                if equal {
                    self.0.insert(key.clone(), new.clone());
                }
                Answer::Swapped(equal)
            }
            Operation::Append(key, value) => {
                let before = self.0.get(key).map_or("", |before| &**before);
                let after = format!("{before}{value}").into();
                self.0.insert(key.clone(), after);
                Answer::Done
            }
            Operation::Add(_) | Operation::Read => Answer::Refused,
        }
    }

    fn snapshot(&self) -> Pairs {
        self.0.clone()
    }

    fn install(&mut self, state: &Pairs) {
        self.0.clone_from(state);
    }

    fn knows(&self, operation: &Operation) -> bool {
        !matches!(operation, Operation::Add(_) | Operation::Read)
    }
}

/// A number that is added to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter(i64);

const COUNT: &str = "count";

impl Service for Counter {
    fn execute(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Add(by) => self.0 = self.0.wrapping_add(*by),
            Operation::Read => {}
            _ => return Answer::Refused,
        }
        Answer::Count(self.0)
    }

    fn snapshot(&self) -> Pairs {
        Pairs::from([(COUNT.into(), self.0.to_string().into())])
    }

    fn install(&mut self, state: &Pairs) {
        self.0 = state.get(COUNT).and_then(|count| count.parse().ok()).unwrap_or_default();
    }

    fn knows(&self, operation: &Operation) -> bool {
        matches!(operation, Operation::Add(_) | Operation::Read)
    }
}
