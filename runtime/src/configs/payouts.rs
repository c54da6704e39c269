//! How the stakers of an ended era are paid: by `pallet-staking`, page by page, out of [`EraAccount`].

use super::{
    emission::{EraAccount, StakersAccount, ROUNDING},
    staking::MAX_CANDIDATES,
};
use crate::{AccountId, Balance, Balances, Runtime, RuntimeOrigin, Staking};
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{Fortitude, Preservation},
        Get,
    },
    weights::Weight,
};
use pallet_staking::{
    ActiveEra, ChillThreshold, ClaimedRewards, ErasStakersOverview, ErasValidatorPrefs, ErasValidatorReward,
    MaxValidatorsCount, MinCommission, ValidatorPrefs, Validators, WeightInfo as _,
};
use sp_runtime::{Perbill, Percent};

/// From this part of the candidates on that may stand, those with less than the least bond can be taken off the list.
const CROWDED: Percent = Percent::from_percent(90);

/// Classic staking, for the payouts.
pub struct StakersPort;

impl StakersPort {
    /// Bounds the list of candidates by what an election looks at, or by less where that was said before; when it is
    /// nearly full, anybody may take those out whose bond has become too small.
    pub fn limit_candidates() {
        MaxValidatorsCount::<Runtime>::mutate(|most| {
            *most = Some(most.map_or(MAX_CANDIDATES, |most| most.min(MAX_CANDIDATES)));
        });
        ChillThreshold::<Runtime>::put(CROWDED);
    }

    /// What ended eras from `first` on were promised, with what is kept beside each for rounding; some of it may be paid
    /// already.
    fn promised_from(first: u32) -> Balance {
        let ended =
            <Self as pallet_rewards::ports::Stakers>::last_ended().map_or(0, |last| last.saturating_add(1));
        (first..ended)
            .filter_map(ErasValidatorReward::<Runtime>::get)
            .fold(0, |sum: Balance, reward| sum.saturating_add(reward).saturating_add(ROUNDING))
    }

    /// Marks a page that could not be paid as paid: once its era is closed its money is back in the budget, so whoever
    /// bonds again under the same stash must not get it out of other eras' money.
    fn give_up(era: u32, validator: &AccountId, page: u32) {
        ClaimedRewards::<Runtime>::mutate(era, validator, |pages| {
            if !pages.contains(&page) {
                pages.push(page);
            }
        });
    }
}

impl pallet_rewards::ports::Stakers for StakersPort {
    fn last_ended() -> Option<u32> {
        ActiveEra::<Runtime>::get()?.index.checked_sub(1)
    }

    fn next_validator(era: u32, after: Option<&AccountId>) -> Option<AccountId> {
        type Overview = ErasStakersOverview<Runtime>;
        match after {
            Some(last) => Overview::iter_key_prefix_from(era, Overview::hashed_key_for(era, last)).next(),
            None => Overview::iter_key_prefix(era).next(),
        }
    }

    fn pages(era: u32, validator: &AccountId) -> u32 {
        // A validator that nobody nominates is paid with its first page, too.
        ErasStakersOverview::<Runtime>::get(era, validator).map_or(0, |stakers| stakers.page_count.max(1))
    }

    fn pay(era: u32, validator: &AccountId, page: u32) -> Weight {
        // Who was paid by hand, or has left staking, is not paid: that ends as an error and changes nothing.
        let caller = RuntimeOrigin::signed(EraAccount::get());
        match Staking::payout_stakers_by_page(caller, validator.clone(), era, page) {
            Ok(info) => info.actual_weight,
            Err(error) => {
                Self::give_up(era, validator, page);
                error.post_info.actual_weight
            }
        }
        .unwrap_or_else(Self::page_weight)
    }

    fn page_weight() -> Weight {
        let nominators = <Runtime as pallet_staking::Config>::MaxExposurePageSize::get();
        <Runtime as pallet_staking::Config>::WeightInfo::payout_stakers_alive_staked(nominators)
    }

    fn close(era: u32) -> Balance {
        let has = Balances::reducible_balance(&EraAccount::get(), Preservation::Preserve, Fortitude::Polite);
        let left = has.saturating_sub(Self::promised_from(era.saturating_add(1)));
        let moved =
            Balances::transfer(&EraAccount::get(), &StakersAccount::get(), left, Preservation::Preserve);
        moved.unwrap_or(0)
    }

    fn genesis(min_commission: Perbill) {
        let least = Balances::minimum_balance();
        if Balances::total_balance(&EraAccount::get()) < least {
            let minted = Balances::mint_into(&EraAccount::get(), least);
            assert!(minted.is_ok(), "the account of ended eras can't exist");
        }
        MinCommission::<Runtime>::put(min_commission);
        // Staking's own genesis came before: it let its validators ask for nothing, in its first era too.
        let at_least = |prefs: ValidatorPrefs| ValidatorPrefs {
            commission: prefs.commission.max(min_commission),
            ..prefs
        };
        Validators::<Runtime>::translate_values::<ValidatorPrefs, _>(|prefs| Some(at_least(prefs)));
        ErasValidatorPrefs::<Runtime>::translate_values::<ValidatorPrefs, _>(|prefs| Some(at_least(prefs)));
        Self::limit_candidates();
    }
}
