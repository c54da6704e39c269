//! Each pallet's configuration, one file a group.

pub mod agenda;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarks;
pub mod consensus;
pub mod democracy;
pub mod emission;
pub mod governance;
pub mod locks;
pub mod market;
pub mod payouts;
pub mod ports;
pub mod rewards;
pub mod stake;
pub mod staking;
pub mod system;
pub mod unbonding;
pub mod utility;
