//! Each pallet's configuration, one file a group.

pub mod consensus;
pub mod governance;
pub mod market;
pub mod ports;
pub mod staking;
pub mod system;
pub mod utility;
