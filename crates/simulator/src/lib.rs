//! A fictitious population, its daily extracts, and a receiver of advisories.
//!
//! - [`Population`]: persons with valid numbers, families, addresses and history, made from a seed; its
//!   [`advance`](Population::advance) plays one [`Day`] of life events.
//! - [`extract`]: the initial load and the change extracts of that population in CPR's format, in every line form, and
//!   with planted [`Flaw`]s.
//! - [`delivery`]: places a file and its `.metadata` companion in a folder, as a supplier does.
//! - [`receiver`]: an HTTPS receiver of webhooks that verifies signatures and can misbehave on demand.
//! - [`checker`]: proves the consumer's rule on what a receiver got.
//!
//! What it is not: no model of Danish demography (rates are chosen so that a small population has something to tell
//! each day), no real person, street or household, and no source of test data that may be mixed with real data: its
//! numbers follow the rules of real numbers and may belong to someone. One seed gives the same bytes on every machine;
//! see [`dice::Dice`].

pub mod checker;
pub mod delivery;
pub mod dice;
pub mod extract;
pub mod life;
pub mod moment;
pub mod population;
pub mod receiver;

pub use checker::{Checker, Finding};
pub use extract::{Flaw, LineForm, Task, WriteError, Written};
pub use life::{Day, Happening, Rates};
pub use population::Population;
pub use receiver::{Behaviour, Received, Receiver};
