//! Who decides: for now the timing and parameters that genesis writes.
#![cfg_attr(not(feature = "std"), no_std)]
