//! The real protocols that are measured, and their scenarios.

use generals::{Case, Lockstep, Plug, Source, Subject, file};
use generals_models::scenarios;
use generals_protocols::{OralMessages, Paxos, Pbft, SignedMessages};

/// By themselves, and not from the registry: all that it names would have to be optimised once more.
const SUBJECTS: [&dyn Subject; 4] = [
    &Plug::<Lockstep<OralMessages>>::NEW,
    &Plug::<Lockstep<SignedMessages>>::NEW,
    &Plug::<Paxos>::NEW,
    &Plug::<Pbft>::NEW,
];

/// A scenario of one of these protocols.
pub(crate) fn open(text: &str) -> Box<dyn Case> {
    let source = Source::new("benchmark", text);
    let name = file::string_at(&source, &["protocol"]);
    let subject = SUBJECTS.iter().find(|subject| Some(subject.name()) == name.as_deref());
    let subject = subject.unwrap_or_else(|| panic!("{name:?} is not measured"));
    subject.open(&source).unwrap_or_else(|error| panic!("{error}"))
}

/// The text of a scenario that ships.
pub(crate) fn text(name: &str) -> &'static str {
    let shipped = scenarios::ALL.iter().find(|shipped| shipped.name == name);
    shipped.unwrap_or_else(|| panic!("no scenario {name}")).text
}
