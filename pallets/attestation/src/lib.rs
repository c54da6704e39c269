//! Whether they were honest: audit draws, committees, verdicts; the off-chain worker.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod crypto;
pub use crypto::sr25519;
