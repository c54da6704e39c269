//! One file for each concern.

mod attack;
mod clock;
mod genesis;
mod power;
mod refresh;
mod tracks;
mod walk;
