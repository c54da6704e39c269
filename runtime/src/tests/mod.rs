//! The real runtime on its real presets.

mod consensus;
mod genesis;
mod guards;
mod harness;
mod transactions;
