//! Rewards: what they need from providers, audits and listings, and who tells them of trades, sales and epochs.

use super::{
    market::MarketplaceOrigin,
    payouts::StakersPort,
    ports::{AuditsPort, Beacon, BookPort, ListingsPort},
};
use crate::{
    constants::time::SLOT_MILLIS, parameters::bounded, Attestation, Balance, Balances, BlockNumber, Compute,
    Listings, Rewards, Runtime,
};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
    dispatch::DispatchResult,
    ensure, parameter_types,
    traits::{fungible::Mutate, tokens::Preservation, Get},
    PalletId,
};
use pallet_compute::types::Offered;
use pallet_governance::EpochSlots;
use pallet_rewards::ports::{Offer, Standing};
use pallet_session::SessionManager;
use souk_primitives::{
    batch::{Batch, BatchKind},
    call::Prices,
    close::CloseReason,
    exposure::Chance,
    split::Fees,
    AccountId, SpecId,
};
use sp_runtime::{SaturatedConversion, TokenError};
use sp_staking::SessionIndex;

parameter_types! {
    /// Names the pots.
    pub const RewardPots: PalletId = PalletId(*b"souk/rew");
}

/// Blocks in an epoch: a slot has one block.
pub struct EpochBlocks;
impl Get<BlockNumber> for EpochBlocks {
    fn get() -> BlockNumber {
        EpochSlots::<Runtime>::get().saturated_into()
    }
}

/// Milliseconds in an epoch.
pub struct EpochMillis;
impl Get<u64> for EpochMillis {
    fn get() -> u64 {
        EpochSlots::<Runtime>::get().saturating_mul(SLOT_MILLIS)
    }
}

impl pallet_rewards::Config for Runtime {
    type Currency = Balances;
    type PalletId = RewardPots;
    type Emission = pallet_rewards::Dap<Runtime>;
    type Providers = BookPort;
    type Audits = AuditsPort;
    type Specs = ListingsPort;
    type Stakers = StakersPort;
    type Beacon = Beacon;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type EpochBlocks = EpochBlocks;
    type ReferenceOrigin = MarketplaceOrigin;
    type Kappa = bounded::Kappa;
    type ProviderKey = bounded::ProviderKey;
    type Commission = bounded::Commission;
    type YearlyCap = bounded::YearlyCap;
    type ExamEvery = bounded::ExamEvery;
    type ExamSeconds = bounded::ExamSeconds;
    type ExamWindow = bounded::ExamWindow;
    type SafetyFactor = bounded::SafetyFactor;
    type PriceBand = bounded::PriceBand;
    type MillisPerEpoch = EpochMillis;
    type HistoryDepth = bounded::ClaimEpochs;
    type WeightInfo = pallet_rewards::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}

impl pallet_rewards::ports::Providers for BookPort {
    fn standing(provider: &AccountId) -> Option<Standing> {
        let facts = Compute::provider_facts(provider)?;
        let bond = Compute::serving_bond(provider);
        Some(Standing { validator: facts.validator, bond, serves: bond > 0 })
    }
    fn offer(provider: &AccountId, spec: &SpecId) -> Option<Offer> {
        let Offered { prices, capacity, since } = Compute::offer(provider, spec)?;
        Some(Offer { prices, capacity, since })
    }
    fn serving(provider: &AccountId) -> Vec<SpecId> {
        Compute::serving_specs(provider)
    }
    fn is_for_hire(provider: &AccountId, spec: &SpecId, since: BlockNumber) -> bool {
        Compute::is_for_hire(provider, spec, since)
    }
    fn is_audited(provider: &AccountId, spec: &SpecId) -> bool {
        Compute::is_audited_for(provider, spec)
    }
    fn set_proven(provider: &AccountId, spec: &SpecId, capacity: u32) {
        Compute::lower_capacity(provider, spec, capacity);
    }
    fn compound(provider: &AccountId, amount: Balance) -> DispatchResult {
        Compute::compound(provider, amount)
    }
}

impl pallet_rewards::ports::Audits for AuditsPort {
    fn commit(batch: &Batch) -> DispatchResult {
        // What a wrong answer costs must be there when it is found: it counts against the bond like an open batch.
        Compute::add_exposure(&batch.provider, batch.exposure)?;
        Attestation::committed(batch)
    }
    fn prepay(spec: &SpecId, from: &AccountId, amount: Balance) -> DispatchResult {
        let free = souk_pallet_support::money::free::<Balances, _>(from);
        ensure!(free >= amount, TokenError::FundsUnavailable);
        Balances::transfer(from, &Attestation::pot_account(), amount, Preservation::Preserve)?;
        Attestation::pot_deposit(spec, amount);
        Ok(())
    }
    fn report_cost(spec: &SpecId) -> Balance {
        let fees: Fees = super::market::MarketFees::get();
        Fees { protocol: 0, audit: 0, report: Compute::report_fee(spec), ..fees }
            .audit_fee(Balance::MAX, Chance::ONE)
    }
}

impl pallet_rewards::ports::Specs for ListingsPort {
    fn owner(spec: &SpecId) -> Option<AccountId> {
        Listings::owner(Compute::spec(spec)?.listing)
    }
}

/// Tells rewards of what was paid.
pub struct TradesPort;

impl pallet_channels::ports::Trades for TradesPort {
    fn released(batch: &Batch, prices: Prices, burnt: Balance, reason: CloseReason) {
        if batch.audited && batch.kind == BatchKind::Call {
            Rewards::trade_released(&batch.provider, &batch.spec, prices, batch.value, burnt, reason);
        }
    }
}

impl pallet_licensing::ports::Trades for TradesPort {
    fn sold(owner: &AccountId, burnt: Balance) {
        Rewards::sale_settled(owner, burnt);
    }
}

/// Tells rewards of the end of each session: an epoch.
pub struct WithEpochs<Inner>(PhantomData<Inner>);

impl<Inner: SessionManager<AccountId>> SessionManager<AccountId> for WithEpochs<Inner> {
    fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
        Inner::new_session(index)
    }
    fn new_session_genesis(index: SessionIndex) -> Option<Vec<AccountId>> {
        Inner::new_session_genesis(index)
    }
    fn start_session(index: SessionIndex) {
        Inner::start_session(index);
    }
    fn end_session(index: SessionIndex) {
        Inner::end_session(index);
        Rewards::epoch_ended(index);
    }
}
