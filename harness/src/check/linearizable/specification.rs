//! What a shared object does when nobody else is about.

use std::fmt::Debug;

/// A sequential specification: what each operation does to the object, and tells whoever asked for
/// it, when operations come one after the other (Herlihy & Wing 1990, section 2). It is written for
/// checking, and should share no code with what it checks.
///
/// ```
/// use generals::{NodeId, Specification};
/// use generals::check::{History, Ruling};
///
/// #[derive(Debug, PartialEq)]
/// enum Ask {
///     Read,
///     Write(u8),
/// }
///
/// /// A register that holds 0 at first. Who writes is told what was there.
/// struct Register;
///
/// impl Specification for Register {
///     type State = u8;
///     type Operation = Ask;
///     type Outcome = u8;
///     type Key = ();
///
///     fn initial(&self) -> u8 {
///         0
///     }
///     fn apply(&self, state: &mut u8, ask: &Ask) -> u8 {
///         match ask {
///             Ask::Read => *state,
///             Ask::Write(value) => std::mem::replace(state, *value),
///         }
///     }
///     fn key(&self, _: &Ask) {}
/// }
///
/// // While n0 writes, n1 reads twice: first the new value, and then the old one.
/// let mut history = History::new(Register);
/// history.invoked(NodeId(0), 0, Ask::Write(1)).unwrap();
/// history.invoked(NodeId(1), 0, Ask::Read).unwrap();
/// history.returned(NodeId(1), 0, 1).unwrap();
/// assert_eq!(history.judge(1000), Ruling::Linearizable);
/// history.invoked(NodeId(1), 1, Ask::Read).unwrap();
/// history.returned(NodeId(1), 1, 0).unwrap();
/// let Ruling::NotLinearizable(witness) = history.judge(1000) else { panic!() };
/// assert_eq!(
///     witness.0,
///     "nothing explains n1's Read = 0 (due: 1) after n0's Write(1), unanswered, n1's Read = 1"
/// );
/// ```
pub trait Specification {
    /// What the object remembers. States are compared, to tell which were tried before, and copied,
    /// one for each operation: with a [key](Self::Key) they are small.
    type State: Clone + Ord;
    /// What a client asks for, arguments included.
    type Operation: Debug + PartialEq;
    /// What a client is told. Only what is equal to what is due is right.
    type Outcome: Debug + PartialEq;
    /// What tells apart operations that have nothing to do with each other, such as the key in a
    /// key-value store. Each key is checked as an object of its own, which is faster by far and
    /// gives the same answer (*locality*: Herlihy & Wing 1990, theorem 1). `()` if there is only
    /// one.
    type Key: Ord;

    /// The state at first: of the object of one key, whichever it is.
    fn initial(&self) -> Self::State;

    /// Carries out `operation`, and says what its client is told. It must depend on nothing but
    /// what it is given, and only on operations of this key.
    fn apply(&self, state: &mut Self::State, operation: &Self::Operation) -> Self::Outcome;

    /// Which object this is about. An operation about several keys makes one object of them all.
    fn key(&self, operation: &Self::Operation) -> Self::Key;
}
