//! One file for each concern.

mod attack;
mod clock;
mod genesis;
mod locks;
mod locks_walk;
mod power;
mod refresh;
mod tracks;
mod walk;
