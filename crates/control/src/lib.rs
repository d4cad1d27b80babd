//! Manifests in, registry version out: reads a folder of custom resources, compiles them into a registry and publishes
//! it in the store.
//!
//! What is pure: reading one text, [`compile`] and the decision [`shrink::decide`]. What has effects: [`folder::read`]
//! (files) and [`run`] (files, store, clock).
//!
//! What is not here: no Kubernetes, no call to a source, and nothing about persons but counts. The lanes of a removed
//! consumer are cleared by the ingester.

mod compile;
pub mod document;
pub mod folder;
mod mistake;
pub mod shrink;
mod watch;

pub use compile::{Compiled, Installation, compile};
pub use folder::{Folder, FolderError, check};
pub use mistake::{Mistake, Place, Severity};
pub use watch::{Control, ControlError, LEASE, Outcome, Pace, Watch, run};
