//! For how long a provider's bond stays slashable after it was unbonded: longer than any batch is open.

use crate::{parameters::bounded, BlockNumber, Runtime};
use frame_support::traits::{ConstU32, Get};
use pallet_governance::Timing;

/// Live blocks that a draw needs to become final before the committee's time starts.
pub const FINALITY_SLACK: BlockNumber = 4;
/// [`FINALITY_SLACK`] as pallets read it.
pub type FinalitySlack = ConstU32<FINALITY_SLACK>;

/// The windows that a batch's life is made of, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Blocks whose randomness draws.
    pub beacon: BlockNumber,
    /// From the settlement to the release of what was not drawn.
    pub release: BlockNumber,
    /// By which a consumer may delay that release.
    pub notice: BlockNumber,
    /// For commits.
    pub commit: BlockNumber,
    /// For reveals.
    pub reveal: BlockNumber,
    /// To the second committee.
    pub redraw: BlockNumber,
}

impl Windows {
    /// As they are now.
    pub fn now() -> Self {
        Self {
            beacon: bounded::BeaconWindow::get(),
            release: bounded::ReleaseUndrawn::get(),
            notice: bounded::MaxNotice::get(),
            commit: bounded::CommitWindow::get(),
            reveal: bounded::RevealWindow::get(),
            redraw: bounded::RedrawAfter::get(),
        }
    }

    /// The longest that governance can make them.
    pub const LONGEST: Self = Self {
        beacon: bounded::BeaconWindow::HIGH,
        release: bounded::ReleaseUndrawn::HIGH,
        notice: bounded::MaxNotice::HIGH,
        commit: bounded::CommitWindow::HIGH,
        reveal: bounded::RevealWindow::HIGH,
        redraw: bounded::RedrawAfter::HIGH,
    };

    /// Blocks of the longest life that a batch can have on a chain that keeps its pace: not drawn at first, then, as it
    /// is to be released, its provider is convicted, so that it is drawn again, and two committees use all their time.
    ///
    /// Missing VRFs and an agenda that is behind make it longer. That breaks no slash: the exposure rule keeps the
    /// *active* bond above what all open batches can cost, so the unbonding part is never needed for them.
    pub const fn longest_batch(&self) -> BlockNumber {
        let draw = self.beacon.saturating_add(1);
        let undrawn = self.release.saturating_add(self.notice);
        let waiting = if draw > undrawn { draw } else { undrawn };
        let committee =
            FINALITY_SLACK.saturating_add(self.commit).saturating_add(self.reveal).saturating_add(1);
        waiting
            .saturating_add(draw)
            .saturating_add(committee)
            // The second committee's window begins at the first one's decision, or anew when it is due.
            .saturating_add(self.redraw)
            .saturating_add(draw)
            .saturating_add(committee)
    }
}

// Whatever governance makes of the windows, in production the bonding period outlasts them.
const _: () = assert!(Timing::PRODUCTION.bonding_slots() > Windows::LONGEST.longest_batch() as u64);

/// The bonding period, and on a chain whose clock is faster than its windows at least as long as a batch can live.
pub struct UnbondingPeriod;
impl Get<BlockNumber> for UnbondingPeriod {
    fn get() -> BlockNumber {
        let bonding: BlockNumber = pallet_governance::BondingBlocks::<Runtime>::get();
        bonding.max(Windows::now().longest_batch().saturating_add(1))
    }
}
