//! The moving parts: a supervisor over one worker per consumer, and one loader and one completion writer for all of them.

mod batch;
mod fleet;
mod flight;
mod gate;
mod loader;
mod rate;
mod shared;
mod supervise;
mod worker;
mod writer;

pub(crate) use supervise::run;
