//! Scripts: what went wrong in a run, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use generals_models::{Among, BadSpan, Choose, Complaint, Concern, NodeId, Span, Stream, unique};
use serde::de::{self, Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One choice that is not the kindest: the `nth` of its stream (counted from 0), and the answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deviation {
    /// Which sequence of choices.
    pub stream: Stream,
    /// Which choice of that sequence.
    pub nth: u32,
    /// The alternative; never 0.
    pub answer: u64,
}

/// In words, as a sentence without its full stop.
impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream: Stream { concern, a, b }, nth, answer } = *self;
        let (from, to, nth) = (NodeId(a), NodeId(b), u64::from(nth) + 1);
        let span = Span::nanos(answer);
        match concern {
            Concern::Delay => {
                write!(f, "message {nth} on {from} -> {to} takes {span} longer than the least")
            }
            Concern::Tail => {
                let factor = 1u128 << answer.min(100);
                write!(f, "message {nth} on {from} -> {to} may take {factor} times the usual")
            }
            Concern::Loss => write!(f, "message {nth} on {from} -> {to} is lost"),
            Concern::Copies => write!(f, "message {nth} on {from} -> {to} arrives twice"),
            Concern::Overtake => write!(f, "message {nth} on {from} -> {to} may overtake others"),
            Concern::Crash => write!(f, "{from} crashes"),
            Concern::CrashTime => write!(f, "{from} crashes {span} into the run, not at once"),
            Concern::Adversary => {
                write!(f, "the adversary's choice {nth} at {from} is {answer}, where 0 is honest")
            }
            Concern::Input => {
                write!(f, "{from} is given its input number {}", answer.saturating_add(1))
            }
            Concern::Coin => write!(f, "coin {nth} of {from} shows {answer}"),
            Concern::Tamper => {
                write!(f, "{from} -> {to} tampers with message {nth} in its way number {answer}")
            }
            Concern::Slow => write!(f, "{from} -> {to} is slow all through the run"),
            Concern::Cut => {
                write!(f, "choice {nth} of how the network is cut at {from} is {answer}")
            }
            Concern::CutTime => write!(f, "cut {nth} begins {span} into the run, not at once"),
            Concern::CutLength => write!(f, "cut {nth} heals only after {span}"),
            Concern::Omit => write!(f, "message {nth} on {from} -> {to} is left out"),
            Concern::Skip => write!(f, "{from} saves itself the work of message {nth} to {to}"),
            Concern::Pause => write!(f, "{from} pauses"),
            Concern::PauseTime => write!(f, "{from} pauses {span} into the run, not at once"),
            Concern::PauseLength => write!(f, "{from} pauses {span} longer than the least"),
            Concern::ClockSkew => write!(f, "the clock of {from} is {span} ahead"),
            Concern::ClockDrift => {
                write!(f, "the clock of {from} goes wrong by its alternative number {answer}")
            }
            Concern::TamperHow => {
                write!(
                    f,
                    "{from} -> {to} tampers by alternative {answer} in its choice {nth} of how"
                )
            }
        }
    }
}

/// What went wrong in a run: every choice that is not the kindest.
///
/// In a file: `{ (Loss, 1, 0, 0): 1, (Delay, 0, 3, 2): "4ms" }`, that is (concern, sender,
/// receiver, which): alternative. A script says only what went wrong, so it survives changes that
/// would kill a seed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script(BTreeMap<(Stream, u32), u64>);

impl Script {
    /// The deviations, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Deviation> + Clone {
        self.0.iter().map(|(&(stream, nth), &answer)| Deviation { stream, nth, answer })
    }

    /// Checks that a script, at this path of its file, is about nodes of a world of `nodes`.
    pub(crate) fn validate(&self, path: &[&str], nodes: u16) -> Result<(), Complaint> {
        for Deviation { stream: Stream { concern, a, b }, nth, .. } in self.iter() {
            if let Some(stranger) = [a, b].into_iter().find(|node| *node >= nodes) {
                let key = format!("({concern:?}, {a}, {b}, {nth})");
                return Err(Complaint::at(path.iter().copied().chain([key.as_str()])).problem(
                    format!("{} does not exist in a world of {nodes} nodes", NodeId(stranger)),
                ));
            }
        }
        Ok(())
    }

    /// How many deviations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether everything is at its kindest.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a deviation, or replaces the one of the same choice. An answer of 0 is no deviation.
    pub fn insert(&mut self, deviation: Deviation) {
        let Deviation { stream, nth, answer } = deviation;
        if answer == 0 {
            self.0.remove(&(stream, nth));
        } else {
            self.0.insert((stream, nth), answer);
        }
    }
}

impl FromIterator<Deviation> for Script {
    fn from_iter<I: IntoIterator<Item = Deviation>>(deviations: I) -> Self {
        let mut script = Self::default();
        deviations.into_iter().for_each(|deviation| script.insert(deviation));
        script
    }
}

/// As `(concern, a, b, nth)`.
type Key = (Concern, u16, u16, u32);

/// An answer as written: lengths of time carry their unit.
enum Answer {
    Number(u64),
    Length(Span),
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Answer;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of an alternative, or a length of time like \"4ms\"")
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Answer, E> {
                Ok(Answer::Number(n))
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Answer, E> {
                u64::try_from(n)
                    .map(Answer::Number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(n), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Answer, E> {
                text.parse().map(Answer::Length).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for Deviation { stream: Stream { concern, a, b }, nth, answer } in self.iter() {
            let key: Key = (concern, a, b, nth);
            if concern.is_length() {
                map.serialize_entry(&key, &Span::nanos(answer))?;
            } else {
                map.serialize_entry(&key, &answer)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map: BTreeMap<Key, Answer> = unique(deserializer)?;
        map.into_iter()
            .map(|((concern, a, b, nth), answer)| {
                let answer = match (answer, concern.is_length()) {
                    (Answer::Number(n), false) => n,
                    (Answer::Length(span), true) => span.as_nanos(),
                    (Answer::Number(0), true) => 0,
                    (Answer::Number(n), true) => {
                        return Err(D::Error::custom(BadSpan::NoUnit(n.to_string())));
                    }
                    (Answer::Length(span), false) => {
                        let problem = format!("{concern:?} is no length of time, but `{span}` is");
                        return Err(D::Error::custom(problem));
                    }
                };
                Ok(Deviation { stream: Stream { concern, a, b }, nth, answer })
            })
            .collect()
    }
}

/// How often each stream was asked so far.
#[derive(Clone, Debug, Default)]
struct Counters(BTreeMap<Stream, u32>);

impl Counters {
    fn next(&mut self, stream: Stream) -> u32 {
        let count = self.0.entry(stream).or_default();
        *count += 1;
        *count - 1
    }

    fn so_far(&self, stream: Stream) -> u32 {
        self.0.get(&stream).copied().unwrap_or(0)
    }
}

/// Answers what a script says, and the kindest wherever it says nothing.
#[derive(Clone, Debug)]
pub struct Scripted<'a> {
    script: &'a Script,
    asked: Counters,
}

impl<'a> Scripted<'a> {
    /// Answers by `script`.
    #[must_use]
    pub fn new(script: &'a Script) -> Self {
        Self { script, asked: Counters::default() }
    }

    /// What the script says and nobody has asked for so far: in a run that is over, what the world
    /// no longer gives occasion to.
    pub fn unasked(&self) -> impl Iterator<Item = Deviation> {
        self.script.iter().filter(|deviation| self.asked.so_far(deviation.stream) <= deviation.nth)
    }
}

impl Choose for Scripted<'_> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let nth = self.asked.next(stream);
        // A script may outlive the world it was written for: an answer that is no longer possible
        // becomes the nearest that is.
        self.script.0.get(&(stream, nth)).copied().unwrap_or(0).min(among.largest())
    }

    fn rewind(&mut self) -> bool {
        self.asked = Counters::default();
        true
    }
}

/// Answers what another chooser says, and writes down what was not the kindest.
#[derive(Clone, Debug)]
pub struct Noting<C> {
    inner: C,
    asked: Counters,
    noted: Script,
}

impl<C> Noting<C> {
    /// Takes notes of what `inner` says.
    #[must_use]
    pub fn new(inner: C) -> Self {
        Self { inner, asked: Counters::default(), noted: Script::default() }
    }

    /// What was noted.
    #[must_use]
    pub fn into_script(self) -> Script {
        self.noted
    }
}

impl<C: Choose> Choose for Noting<C> {
    fn pick(&mut self, stream: Stream, among: Among) -> u64 {
        let nth = self.asked.next(stream);
        let answer = self.inner.pick(stream, among);
        self.noted.insert(Deviation { stream, nth, answer });
        answer
    }

    fn rewind(&mut self) -> bool {
        let again = self.inner.rewind();
        if again {
            (self.asked, self.noted) = (Counters::default(), Script::default());
        }
        again
    }
}
