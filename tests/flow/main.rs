//! The whole house as one real process: extracts in, signed advisories out, whatever goes wrong in between.
//!
//! Each test makes a [`world::World`]: folders of its own, manifests, a simulated receiver, and the program as a process
//! that can be killed. What must come out is computed by [`oracle`] from the bytes of the extracts, without any part of
//! the house. When a world ends, everything the process wrote is searched for its population ([`world::sweep`]).
//!
//! What is not here: anything that a crate can prove alone.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets a surprise ends at once, helpers included")]

mod advisories;
mod answers;
mod crashes;
mod files;
mod leaks;
mod manifests;
mod oracle;
mod registry;
mod story;
mod world;
