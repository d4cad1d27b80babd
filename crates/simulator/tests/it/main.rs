//! The simulator from outside: population, files, delivery, receiver, checker.

mod delivery;
mod extracts;
mod file;
mod life;
mod population;
