//! What several pallets need: how [`money`] goes on hold and is paid, who hears of that ([`watched`]), how deadlines are
//! read from the [`clock`], how old rows are looked for in [`rounds`].
//!
//! These rules live once, since a pallet that held or paid by a rule of its own would break promises that no single
//! pallet can see: a deposit taken from money that a vote has locked could not be paid out, and a deadline read with
//! `<` here and `≤` there would let two parties both be late.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod clock;
pub mod money;
pub mod rounds;
pub mod watched;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests;
