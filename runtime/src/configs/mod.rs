//! Each pallet's configuration, one file a group.

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarks;
pub mod consensus;
pub mod governance;
pub mod market;
pub mod ports;
pub mod staking;
pub mod system;
pub mod unbonding;
pub mod utility;
