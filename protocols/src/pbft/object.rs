//! What the replicated service should look like to its clients: one object that does one thing at a
//! time. Written apart from the service, and for checking only.

use generals::ClientEvent::{self, Heard, Invoked, Returned};
use generals::{NodeId, Specification};

use super::service::{Answer, Kind, Operation, Text};
use super::{Effected, Value};

/// The services, one key at a time; the counter is one object.
#[derive(Clone, Copy)]
pub struct Object(pub Kind);

impl Specification for Object {
    type State = (Option<Text>, i64);
    type Operation = Operation;
    type Outcome = Answer;
    type Key = Option<Text>;

    fn initial(&self) -> Self::State {
        (None, 0)
    }

    fn apply(&self, (value, count): &mut Self::State, operation: &Operation) -> Answer {
        match (self.0, operation) {
            (Kind::KeyValue, Operation::Get(_)) => Answer::Value(value.clone()),
            (Kind::KeyValue, Operation::Put(_, new)) => {
                *value = Some(new.clone());
                Answer::Done
            }
            (Kind::KeyValue, Operation::Append(_, more)) => {
                *value = Some(
                    value.take().map_or_else(|| more.clone(), |old| [&*old, more].concat().into()),
                );
                Answer::Done
            }
            (Kind::KeyValue, Operation::Swap(_, old, _)) if value != old => Answer::Swapped(false),
            (Kind::KeyValue, Operation::Swap(_, _, new)) => {
                *value = Some(new.clone());
                Answer::Swapped(true)
            }
            (Kind::Counter, Operation::Add(by)) => {
                *count = count.wrapping_add(*by);
                Answer::Count(*count)
            }
            (Kind::Counter, Operation::Read) => Answer::Count(*count),
            _ => Answer::Refused,
        }
    }

    fn key(&self, operation: &Operation) -> Option<Text> {
        match operation {
            Operation::Get(key)
            | Operation::Put(key, _)
            | Operation::Swap(key, ..)
            | Operation::Append(key, _) => Some(key.clone()),
            Operation::Add(_) | Operation::Read => None,
        }
    }
}

/// What a report says of clients: their own say what they see, and replicas, what they heard from
/// whom.
pub(super) fn seen(
    _: NodeId,
    _: u64,
    value: &Value,
    seen: &mut Vec<ClientEvent<Operation, Answer>>,
) {
    match value {
        Value::Invoked(t, o) => seen.push(Invoked { id: *t, operation: o.clone() }),
        Value::Returned(t, _, r) => seen.push(Returned { id: *t, outcome: r.clone() }),
        Value::Executed(executed) => {
            seen.extend(executed.effects.iter().map(|Effected { c, t, o, .. }| Heard {
                client: *c,
                id: *t,
                operation: o.clone(),
            }));
        }
        Value::Installed(_) => {}
    }
}
