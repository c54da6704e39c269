//! The benchmarks that this runtime can run: our pallets', whose weights are made of them, and those of the SDK's pallets,
//! to check the weights that they ship with.

use crate::{
    AllPalletsWithSystem, Attestation, Balances, Channels, Compute, ConvictionVoting, Governance, Identity,
    Licensing, Listings, Multisig, Parameters, Preimage, Proxy, Rewards, Runtime, Scheduler, Staking, Sudo,
    Timestamp, TransactionPayment, Utility,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};

impl frame_system_benchmarking::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

frame_benchmarking::define_benchmarks!(
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_balances, Balances]
    [pallet_timestamp, Timestamp]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_utility, Utility]
    [pallet_proxy, Proxy]
    [pallet_multisig, Multisig]
    [pallet_preimage, Preimage]
    [pallet_scheduler, Scheduler]
    [pallet_identity, Identity]
    [pallet_parameters, Parameters]
    [pallet_sudo, Sudo]
    [pallet_listings, Listings]
    [pallet_compute, Compute]
    [pallet_channels, Channels]
    [pallet_attestation, Attestation]
    [pallet_licensing, Licensing]
    [pallet_rewards, Rewards]
    [pallet_governance, Governance]
    [pallet_staking, Staking]
    [pallet_conviction_voting, ConvictionVoting]
);

/// What can be measured.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::<BenchmarkList>::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Measures one.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::<BenchmarkBatch>::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}
