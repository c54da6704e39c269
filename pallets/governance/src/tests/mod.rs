//! One file for each concern.

mod attack;
mod genesis;
mod tracks;
