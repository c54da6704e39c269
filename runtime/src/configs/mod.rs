//! Each pallet's configuration, one file a group.

pub mod consensus;
pub mod governance;
pub mod staking;
pub mod system;
pub mod utility;
