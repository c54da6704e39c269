//! What is minted, and how the stakers' part of it reaches them.
//!
//! `pallet-dap` mints every few blocks, by a rate that governance sets, and divides at once among budgets. The stakers'
//! budget flows into [`StakersBudget`]; when an era ends all of it moves to [`EraPot`] and is that era's reward. Staking
//! believes that it mints what it pays out; [`EraPot`] settles that debt, so that nothing is minted twice.

use crate::{parameters::bounded, AccountId, Balance, Balances, Runtime, Timestamp};
use frame_support::{
    defensive, parameter_types,
    traits::{
        fungible::{Balanced, Debt, Inspect, Mutate},
        tokens::{Fortitude, Preservation},
        ConstU64, Get, Imbalance, OnUnbalanced, TryDrop,
    },
    PalletId,
};
use frame_system::EnsureRoot;
use souk_primitives::emission::issued;
use sp_runtime::traits::AccountIdConversion;
use sp_staking::{
    budget::{BudgetKey, BudgetRecipient, IssuanceCurve},
    EraPayout,
};

use super::governance::TreasuryAccount;

/// Milliseconds between two drops: four blocks.
const CADENCE: u64 = 12_000;
/// What one drop mints for at most, in milliseconds. A chain that stood still longer does not catch up.
const LONGEST_DROP: u64 = 600_000;
/// Units that stay in the era pot beside the reward: staking rounds each payment to the nearest unit, so that many of
/// them could add up to a few more than the whole.
pub(crate) const ROUNDING: Balance = 100_000;

parameter_types! {
    /// Root of the emission's accounts.
    pub const EmissionAccounts: PalletId = PalletId(*b"souk/emi");
    /// Where the stakers' budget flows in.
    pub StakersAccount: AccountId = EmissionAccounts::get().into_sub_account_truncating(b"stakers");
    /// What ended eras owe.
    pub EraAccount: AccountId = EmissionAccounts::get().into_sub_account_truncating(b"eras");
    /// What nobody is meant to get: no share of it is set at genesis.
    pub const BufferAccount: PalletId = PalletId(*b"souk/buf");
}

/// The rate that governance set, on all that exists.
pub struct Curve;
impl IssuanceCurve<Balance> for Curve {
    fn issue(total: Balance, elapsed: u64) -> Balance {
        issued(total, bounded::EmissionRate::get().deconstruct(), elapsed)
    }
}

/// The stakers' budget.
pub struct StakersBudget;
impl StakersBudget {
    /// Its key in the allocation.
    pub const KEY: &'static [u8] = b"stakers";
}
impl BudgetRecipient<AccountId> for StakersBudget {
    fn budget_key() -> BudgetKey {
        BudgetKey::truncate_from(Self::KEY.to_vec())
    }
    fn pot_account() -> AccountId {
        StakersAccount::get()
    }
}

/// The treasury's budget.
pub struct TreasuryBudget;
impl TreasuryBudget {
    /// Its key in the allocation.
    pub const KEY: &'static [u8] = b"treasury";
}
impl BudgetRecipient<AccountId> for TreasuryBudget {
    fn budget_key() -> BudgetKey {
        BudgetKey::truncate_from(Self::KEY.to_vec())
    }
    fn pot_account() -> AccountId {
        TreasuryAccount::get()
    }
}

impl pallet_dap::Config for Runtime {
    type Currency = Balances;
    type PalletId = BufferAccount;
    type IssuanceCurve = Curve;
    type BudgetRecipients = (
        StakersBudget,
        pallet_rewards::ProviderBudget<Runtime>,
        pallet_rewards::PublisherBudget<Runtime>,
        TreasuryBudget,
    );
    type Time = Timestamp;
    type IssuanceCadence = ConstU64<CADENCE>;
    type MaxElapsedPerDrip = ConstU64<LONGEST_DROP>;
    type BudgetOrigin = EnsureRoot<AccountId>;
    type WeightInfo = pallet_dap::weights::SubstrateWeight<Runtime>;
}

/// Holds what ended eras owe to stakers, and pays it.
pub struct EraPot;

impl EraPayout<Balance> for EraPot {
    /// Moves what flowed in during the era. Nothing remains to be minted.
    fn era_payout(_: Balance, _: Balance, _: u64) -> (Balance, Balance) {
        let (from, to) = (StakersAccount::get(), EraAccount::get());
        let flowed = Balances::reducible_balance(&from, Preservation::Preserve, Fortitude::Polite);
        match Balances::transfer(&from, &to, flowed, Preservation::Preserve) {
            Ok(moved) => (moved.saturating_sub(ROUNDING), 0),
            Err(_) => {
                defensive!("the stakers' budget can't move to its era");
                (0, 0)
            }
        }
    }
}

impl OnUnbalanced<Debt<AccountId, Balances>> for EraPot {
    fn on_nonzero_unbalanced(debt: Debt<AccountId, Balances>) {
        let amount = debt.peek();
        match Balances::settle(&EraAccount::get(), debt, Preservation::Preserve) {
            Ok(change) => {
                let _ = change.try_drop();
            }
            // Dropping the debt would mint it: the pot holds what its eras owe, so this can't be.
            Err(_debt) => {
                defensive!("an era owes more than its pot holds", amount);
            }
        }
    }
}
