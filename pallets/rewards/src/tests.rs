//! One file a call, and one for each theme that runs through them.

mod claim;
mod commit_exam;
mod compound;
mod credits;
mod epochs;
mod exam;
mod expiry;
mod genesis;
mod prices;
mod views;
mod walk;
