//! Views of the electorate.

use super::json;
use crate::Balance;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

view! {
    /// What an account may vote with, and why. Amounts are in units.
    pub struct VotingPowerView {
        /// Active in its own validation or nominations.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub bond: Balance,
        /// Active in a nomination pool.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub pool: Balance,
        /// Active as a provider's bond.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub provider: Balance,
        /// What of that counts now: the most that a vote or a delegation may have.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub power: Balance,
        /// What of it does not count yet.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub warming: Balance,
        /// The era that runs.
        pub era: u32,
        /// The next era in which more counts, if nothing changes until then. None when all of it counts.
        pub more_in: Option<u32>,
    }
}
