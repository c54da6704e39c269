//! Votes' locks and the market's money: what is on hold to be paid is never what a vote has locked.

use crate::{AccountId, Balance, Balances, Governance, Runtime, RuntimeHoldReason, System};
use pallet_governance::ports::Payable;
use souk_pallet_support::watched::{HoldWatch, Watched};

/// Money of the pallets in which it is paid to somebody else by force: channels, sales, and the stakes of moderation.
pub type MarketMoney = Watched<Balances, MarketHolds>;

/// What is on hold in [`MarketMoney`].
pub struct MarketHolds;

impl MarketHolds {
    /// Whether what is on hold for this may go to somebody else. Every pallet of which that is so has [`MarketMoney`] as
    /// its currency.
    fn is_payable(reason: &RuntimeHoldReason) -> bool {
        match reason {
            RuntimeHoldReason::Channels(_)
            | RuntimeHoldReason::Licensing(_)
            | RuntimeHoldReason::Listings(_) => true,
            // Stake, on which a vote's lock may lie. Of a provider's bond a slash pays at most half to others and burns the
            // rest: dearer than any lock.
            RuntimeHoldReason::Staking(_)
            | RuntimeHoldReason::DelegatedStaking(_)
            | RuntimeHoldReason::Compute(_) => false,
            // Deposits that only come back.
            RuntimeHoldReason::Session(_)
            | RuntimeHoldReason::Preimage(_)
            | RuntimeHoldReason::SafeMode(_)
            | RuntimeHoldReason::TechnicalCommittee(_) => false,
        }
    }
}

impl Payable<AccountId> for MarketHolds {
    fn payable(who: &AccountId) -> Balance {
        let holds = pallet_balances::Holds::<Runtime>::get(who);
        let payable = holds.iter().filter(|hold| Self::is_payable(&hold.id));
        payable.fold(0, |sum, hold| sum.saturating_add(hold.amount))
    }
}

impl HoldWatch<AccountId> for MarketHolds {
    fn changed(who: &AccountId) {
        // Its row was just written. Nearly nobody of the market has voted.
        if System::account(who).data.frozen > 0 {
            Governance::relock(who);
        }
    }
}
