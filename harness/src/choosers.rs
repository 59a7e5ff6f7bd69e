//! Four ways to answer the same question, "which alternative?".
//!
//! | chooser | answers with | used by |
//! |---|---|---|
//! | [`Seeded`] | ChaCha8, one stream per concern | fuzz, run |
//! | [`Scripted`] | what a script says, and the kindest everywhere else | replay, shrink |
//! | [`Exhaustive`] | everything in turn, kindest first | explore |
//! | [`Noting`] | what another chooser says, writing down what was not the kindest | shrink |

mod exhaustive;
mod origin;
mod script;
mod seeded;

pub use exhaustive::Exhaustive;
pub use origin::Origin;
pub use script::{Deviation, Noting, Script, Scripted};
pub use seeded::Seeded;
