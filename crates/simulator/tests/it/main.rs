//! The simulator from outside: population, files, delivery, receiver, checker.

mod checker;
mod client;
mod delivery;
mod extracts;
mod file;
mod life;
mod population;
mod receiver;
