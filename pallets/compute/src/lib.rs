//! Who runs it: providers bonded as the sidecars of validators, specs, prices, verifiers.
#![cfg_attr(not(feature = "std"), no_std)]
