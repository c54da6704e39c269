//! The chain: its pallets with their fixed indices.

// What the macro makes has no docs of ours; each pallet documents itself.
#![allow(missing_docs)]

use alloc::vec::Vec;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    // Indices are part of every stored call: never reuse or move one.
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    // Before the others: their genesis reads the clock and the parameters that this one writes.
    #[runtime::pallet_index(1)]
    pub type Parameters = pallet_parameters;
    #[runtime::pallet_index(2)]
    pub type Governance = pallet_governance;
    #[runtime::pallet_index(3)]
    pub type Babe = pallet_babe;
    #[runtime::pallet_index(4)]
    pub type Timestamp = pallet_timestamp;

    #[runtime::pallet_index(10)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(11)]
    pub type TransactionPayment = pallet_transaction_payment;
    // Before the market: its pots get their shares of each drop first.
    #[runtime::pallet_index(12)]
    pub type Dap = pallet_dap;

    // Before staking: the list of voters, which staking's genesis fills.
    #[runtime::pallet_index(19)]
    pub type VoterList = pallet_bags_list;
    #[runtime::pallet_index(20)]
    pub type Authorship = pallet_authorship;
    #[runtime::pallet_index(21)]
    pub type Staking = pallet_staking;
    #[runtime::pallet_index(22)]
    pub type Offences = pallet_offences;
    #[runtime::pallet_index(23)]
    pub type Historical = pallet_session::historical;
    #[runtime::pallet_index(24)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(25)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(26)]
    pub type AuthorityDiscovery = pallet_authority_discovery;
    #[runtime::pallet_index(27)]
    pub type ImOnline = pallet_im_online;
    #[runtime::pallet_index(28)]
    pub type NominationPools = pallet_nomination_pools;
    // Pools delegate through it. Its own calls are closed: somebody else's delegated stake is no one's to vote with.
    #[runtime::pallet_index(29)]
    #[runtime::disable_call]
    pub type DelegatedStaking = pallet_delegated_staking;

    #[runtime::pallet_index(30)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(31)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(32)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(33)]
    pub type Preimage = pallet_preimage;
    #[runtime::pallet_index(34)]
    pub type Scheduler = pallet_scheduler;
    #[runtime::pallet_index(35)]
    pub type Identity = pallet_identity;

    #[runtime::pallet_index(40)]
    pub type Migrations = pallet_migrations;
    #[runtime::pallet_index(41)]
    pub type SafeMode = pallet_safe_mode;
    #[runtime::pallet_index(42)]
    pub type TxPause = pallet_tx_pause;
    #[runtime::pallet_index(43)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(44)]
    pub type Treasury = pallet_treasury;
    #[runtime::pallet_index(45)]
    pub type ConvictionVoting = pallet_conviction_voting;
    #[runtime::pallet_index(46)]
    pub type Referenda = pallet_referenda;
    #[runtime::pallet_index(47)]
    pub type Whitelist = pallet_whitelist;
    #[runtime::pallet_index(48)]
    pub type TechnicalCommittee = pallet_collective<Instance1>;
    #[runtime::pallet_index(49)]
    pub type Bounties = pallet_bounties;

    // 50 to 59: the market.
    #[runtime::pallet_index(50)]
    pub type Listings = pallet_listings;
    #[runtime::pallet_index(51)]
    pub type Compute = pallet_compute;
    #[runtime::pallet_index(52)]
    pub type Channels = pallet_channels;
    #[runtime::pallet_index(53)]
    pub type Attestation = pallet_attestation;
    #[runtime::pallet_index(54)]
    pub type Licensing = pallet_licensing;
    #[runtime::pallet_index(55)]
    pub type Rewards = pallet_rewards;

    #[runtime::pallet_index(60)]
    pub type ChildBounties = pallet_child_bounties;
}

/// Inherents, through a trait that the macro keeps private to this file.
pub(crate) mod inherents {
    use super::InherentDataExt;
    use crate::{Block, UncheckedExtrinsic};
    use alloc::vec::Vec;
    use sp_inherents::{CheckInherentsResult, InherentData};
    use sp_runtime::traits::Block as BlockT;

    /// The inherent extrinsics that a new block starts with.
    pub fn create(data: InherentData) -> Vec<UncheckedExtrinsic> {
        data.create_extrinsics()
    }

    /// Whether those of a block agree with what this node knows.
    pub fn check(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
        data.check_extrinsics(&block)
    }
}
