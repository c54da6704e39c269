//! Shared types and pure rules.
#![cfg_attr(not(feature = "std"), no_std)]
