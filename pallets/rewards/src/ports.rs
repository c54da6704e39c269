//! What the pallet needs from others. The runtime plugs `pallet-compute`, `pallet-attestation`, `pallet-listings` and
//! `pallet-dap` in.

use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{dispatch::DispatchResult, weights::Weight};
use pallet_dap::BudgetAllocationMap;
use souk_primitives::{batch::Batch, call::Prices, AccountId, Balance, BlockNumber, SpecId};
use sp_runtime::Perbill;
use sp_staking::budget::{BudgetKey, BudgetRecipientList};

/// What counts of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Stash of the validator whose sidecar it is.
    pub validator: AccountId,
    /// Its active bond.
    pub bond: Balance,
    /// Whether it serves: neither pending nor draining nor jailed.
    pub serves: bool,
}

/// What a provider offers on one spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its prices.
    pub prices: Prices,
    /// Tokens a second that it claims.
    pub capacity: u32,
    /// Live block in which it last set these.
    pub since: BlockNumber,
}

/// The book of providers and their bonds.
pub trait Providers {
    /// `None` when it is not registered.
    fn standing(provider: &AccountId) -> Option<Standing>;

    /// `None` when it does not serve the spec.
    fn offer(provider: &AccountId, spec: &SpecId) -> Option<Offer>;

    /// The specs that it serves.
    fn serving(provider: &AccountId) -> Vec<SpecId>;

    /// Whether anybody can open a channel with it on the spec now, or could but for what the listing's owner did after
    /// live block `since`.
    fn is_for_hire(provider: &AccountId, spec: &SpecId, since: BlockNumber) -> bool;

    /// Whether its batches on the spec are audited.
    fn is_audited(provider: &AccountId, spec: &SpecId) -> bool;

    /// Tokens a second that its last exam on the spec has shown; zero if it failed.
    fn set_proven(provider: &AccountId, spec: &SpecId, capacity: u32);

    /// Makes free money of an active provider part of its active bond.
    fn compound(provider: &AccountId, amount: Balance) -> DispatchResult;
}

/// Who audits exams.
pub trait Audits {
    /// An exam was committed: it will end by `exam_released` or `exam_refunded`.
    fn commit(batch: &Batch) -> DispatchResult;

    /// Pays `amount` of `from`'s free money into the spec's pot.
    fn prepay(spec: &SpecId, from: &AccountId, amount: Balance) -> DispatchResult;

    /// What the reports about one exam on the spec cost on average, all together: what a provider prepays.
    fn report_cost(spec: &SpecId) -> Balance;
}

/// Who published what is served.
pub trait Specs {
    /// Owner of the spec's listing; `None` when there is no such spec.
    fn owner(spec: &SpecId) -> Option<AccountId>;
}

/// The stakers. Eras are counted from 0 on; an era can be paid once it has ended.
pub trait Stakers {
    /// The last era that has ended.
    fn last_ended() -> Option<u32>;

    /// The validator of an era that comes after this one in the order of storage; the first for `None`.
    fn next_validator(era: u32, after: Option<&AccountId>) -> Option<AccountId>;

    /// Pages of a validator's nominators in an era.
    fn pages(era: u32, validator: &AccountId) -> u32;

    /// Pays one page, unless somebody did. Returns what that weighed, at most [`Self::page_weight`].
    fn pay(era: u32, validator: &AccountId, page: u32) -> Weight;

    /// Most that one page weighs.
    fn page_weight() -> Weight;

    /// Everybody of the era was paid: what is left of its reward goes back to the stakers' budget. Returns that.
    fn close(era: u32) -> Balance;

    /// At genesis: makes the account exist that pays, and sets the least commission of a validator,
    /// for those of the genesis too.
    fn genesis(min_commission: Perbill);
}

/// No stakers.
impl Stakers for () {
    fn last_ended() -> Option<u32> {
        None
    }
    fn next_validator(_: u32, _: Option<&AccountId>) -> Option<AccountId> {
        None
    }
    fn pages(_: u32, _: &AccountId) -> u32 {
        0
    }
    fn pay(_: u32, _: &AccountId, _: u32) -> Weight {
        Weight::zero()
    }
    fn page_weight() -> Weight {
        Weight::zero()
    }
    fn close(_: u32) -> Balance {
        0
    }
    fn genesis(_: Perbill) {}
}

/// What drips into the pots.
pub trait Emission {
    /// Who can have a budget, and its account.
    fn recipients() -> Vec<(BudgetKey, AccountId)>;

    /// Sets which part each gets, at genesis.
    fn allocate(allocation: BudgetAllocationMap);
}

/// The runtime's `pallet-dap`, which has no genesis of its own.
pub struct Dap<T>(PhantomData<T>);

impl<T: pallet_dap::Config + frame_system::Config<AccountId = AccountId>> Emission for Dap<T> {
    fn recipients() -> Vec<(BudgetKey, AccountId)> {
        T::BudgetRecipients::recipients()
    }

    fn allocate(allocation: BudgetAllocationMap) {
        pallet_dap::BudgetAllocation::<T>::put(allocation);
    }
}

/// What benchmarks need from the pallets behind the ports.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<Origin> {
    /// Makes `provider` an active provider with bond and money that serves an audited spec at these prices with this
    /// capacity. Returns the spec.
    fn serve(provider: &AccountId, prices: Prices, capacity: u32) -> SpecId;

    /// An origin that may set reference prices.
    fn referee() -> Origin;

    /// Sets the clock of live blocks.
    fn set_clock(now: BlockNumber);

    /// Sets the parent block's VRF.
    fn set_vrf(vrf: souk_primitives::Digest);
}
