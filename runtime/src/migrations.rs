//! What an upgrade to this runtime changes in storage.
//!
//! A migration stays here for the one release that runs it. The rehearsal's are those of its changed pallet, see
//! `rehearsal/` beside this crate's sources.

use crate::{
    configs::{payouts::StakersPort, staking::MAX_CANDIDATES},
    genesis::Classes,
    Runtime,
};
use frame_support::{traits::OnRuntimeUpgrade, weights::Weight};
use pallet_staking::{ChillThreshold, MaxValidatorsCount};

/// What this release changes.
type Release = (pallet_compute::migrations::ToClasses<Runtime, Classes>, MoreCandidates);

/// Candidates that the genesis of the last release let stand.
const BEFORE: u32 = 300;

/// A longer list of candidates, and the threshold that was missing.
pub struct MoreCandidates;

impl OnRuntimeUpgrade for MoreCandidates {
    fn on_runtime_upgrade() -> Weight {
        let weights = <Runtime as frame_system::Config>::DbWeight::get();
        if ChillThreshold::<Runtime>::exists() {
            return weights.reads(1);
        }
        // What governance has set is left as it is.
        if MaxValidatorsCount::<Runtime>::get() == Some(BEFORE) {
            MaxValidatorsCount::<Runtime>::put(MAX_CANDIDATES);
        }
        StakersPort::limit_candidates();
        weights.reads_writes(3, 3)
    }
}

/// Runs in the block of the upgrade.
#[cfg(not(feature = "rehearsal"))]
pub type InTheBlock = Release;
/// Runs in the block of the upgrade.
#[cfg(feature = "rehearsal")]
pub type InTheBlock = (Release, pallet_channels::rehearsal::Note<Runtime>);

/// Runs in the blocks after it, in which nobody's transactions are taken.
#[cfg(not(feature = "rehearsal"))]
pub type OverBlocks = ();
/// Runs in the blocks after it, in which nobody's transactions are taken.
#[cfg(feature = "rehearsal")]
pub type OverBlocks = (pallet_channels::rehearsal::SumDeposits<Runtime>,);
