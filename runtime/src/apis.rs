//! The runtime APIs: what the node asks the chain.

// The macro's items have no docs of ours; each API's crate documents it.
#![allow(missing_docs)]

use crate::{
    chain::inherents, genesis, referenda_api, stake_api, AccountId, Attestation, AuthorityDiscovery, Babe,
    Balance, Block, BlockNumber, Channels, Compute, Executive, Governance, Grandpa, Historical, Licensing,
    Listings, Nonce, Rewards, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, System,
    TransactionPayment, VERSION,
};
use alloc::{string::String, vec::Vec};
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    traits::{Get, KeyOwnerProofSystem},
    weights::Weight,
};
use pallet_governance::LiveBlock;
use souk_primitives::{
    licence::Purposes,
    views::{
        AuditTask, AuditView, BatchView, ChannelView, EmissionView, ExamView, LicenceView, LineageView,
        ListingView, ModerationView, PoolView, ProviderView, PurchaseView, QuoteView, ReferendumView,
        ReviewView, RewardsView, SolvencyRow, SpecView, StakeView, TrackView, TrackVotesView, ValidatorView,
        VotingPowerView,
    },
    AuditId, BatchId, ChannelId, LicenceId, ListingId, PurchaseId, SpecId,
};
use sp_api::impl_runtime_apis;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
    traits::{Block as BlockT, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

impl_runtime_apis! {
    impl crate::souk_api::SoukApi<Block> for Runtime {
        fn listings(start: ListingId, limit: u32) -> Vec<ListingView> {
            Listings::views(start, limit)
        }

        fn listing(id: ListingId) -> Option<ListingView> {
            Listings::view(id)
        }

        fn lineage(id: ListingId) -> LineageView {
            Listings::lineage(id)
        }

        fn reviews(id: ListingId, start: u32, limit: u32) -> Vec<ReviewView> {
            Listings::review_views(id, start, limit)
        }

        fn purchase(id: PurchaseId) -> Option<PurchaseView> {
            Licensing::purchase_view(&id)
        }

        fn purchases(account: AccountId, start: Option<PurchaseId>, limit: u32) -> Vec<PurchaseView> {
            Licensing::purchase_views(&account, start, limit)
        }

        fn licence(id: LicenceId) -> Option<LicenceView> {
            Licensing::licence_view(&id)
        }

        fn licences(account: AccountId, limit: u32) -> Vec<LicenceView> {
            Licensing::licence_views(&account, limit)
        }

        fn licences_of(id: ListingId, start: Option<LicenceId>, limit: u32) -> Vec<LicenceView> {
            Licensing::licences_at(id, start, limit)
        }

        fn is_licensed(who: AccountId, listing: ListingId, purpose: Purposes) -> bool {
            Licensing::is_licensed(&who, listing, purpose)
        }

        fn store(seller: AccountId) -> Option<String> {
            Licensing::store(&seller)
        }

        fn specs(start: Option<SpecId>, limit: u32) -> Vec<SpecView> {
            Compute::spec_views(start, limit, Attestation::pot)
        }

        fn spec(id: SpecId) -> Option<SpecView> {
            Compute::spec_view(&id, Attestation::pot(&id))
        }

        fn providers(start: Option<AccountId>, limit: u32) -> Vec<ProviderView> {
            Compute::provider_views(start, limit)
        }

        fn provider(account: AccountId) -> Option<ProviderView> {
            Compute::provider_view(&account)
        }

        fn quote(spec: SpecId) -> Vec<QuoteView> {
            Compute::quotes(&spec)
        }

        fn channel(id: ChannelId) -> Option<ChannelView> {
            Channels::channel_view(&id)
        }

        fn channels(account: AccountId, limit: u32) -> Vec<ChannelView> {
            Channels::channel_views(&account, limit)
        }

        fn batch(id: BatchId) -> Option<BatchView> {
            Channels::batch_view(&id)
        }

        fn batches(channel: ChannelId) -> Vec<BatchView> {
            Channels::batches_of(&channel)
        }

        fn audit(id: AuditId) -> Option<AuditView> {
            Attestation::audit_view(&id)
        }

        fn audits(only_open: bool, limit: u32) -> Vec<AuditView> {
            Attestation::audits(only_open, limit)
        }

        fn audit_tasks(validator: AccountId) -> Vec<AuditTask> {
            Attestation::audit_tasks(&validator)
        }

        fn stake(account: AccountId) -> StakeView {
            stake_api::stake(account)
        }

        fn validators(start: Option<AccountId>, limit: u32) -> Vec<ValidatorView> {
            stake_api::validators(start, limit)
        }

        fn pools(start: Option<u32>, limit: u32) -> Vec<PoolView> {
            stake_api::pools(start, limit)
        }

        fn power(account: AccountId) -> VotingPowerView {
            Governance::power_view(&account)
        }

        fn votes(account: AccountId) -> Vec<TrackVotesView> {
            referenda_api::votes(account)
        }

        fn tracks() -> Vec<TrackView> {
            referenda_api::tracks()
        }

        fn referenda(only_ongoing: bool, before: Option<u32>, limit: u32) -> Vec<ReferendumView> {
            referenda_api::referenda(only_ongoing, before, limit)
        }

        fn referendum(index: u32) -> Option<ReferendumView> {
            referenda_api::referendum(index)
        }

        fn moderation(listing: ListingId) -> Option<ModerationView> {
            Listings::moderation(listing)
        }

        fn moderations(start: Option<ListingId>, limit: u32) -> Vec<ModerationView> {
            Listings::moderations(start, limit)
        }

        fn rewards(account: AccountId) -> RewardsView {
            Rewards::rewards_view(&account)
        }

        fn exam(provider: AccountId) -> Option<ExamView> {
            Compute::provider_view(&provider).map(|_| Rewards::exam_view(&provider))
        }

        fn emission() -> EmissionView {
            stake_api::emission()
        }

        fn solvency() -> Vec<SolvencyRow> {
            [
                Listings::solvency(),
                Compute::solvency(),
                Channels::solvency(),
                Attestation::solvency(),
                Licensing::solvency(),
            ]
            .concat()
        }

        fn live_block() -> BlockNumber {
            LiveBlock::<Runtime>::get()
        }
    }

    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block)
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> sp_runtime::ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            inherents::create(data)
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: InherentData,
        ) -> CheckInherentsResult {
            inherents::check(block, data)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            tx: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, tx, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_consensus_babe::BabeApi<Block> for Runtime {
        fn configuration() -> sp_consensus_babe::BabeConfiguration {
            let epoch_config = Babe::epoch_config().unwrap_or(genesis::BABE_EPOCH_CONFIG);
            sp_consensus_babe::BabeConfiguration {
                slot_duration: Babe::slot_duration(),
                epoch_length: <Runtime as pallet_babe::Config>::EpochDuration::get(),
                c: epoch_config.c,
                authorities: Babe::authorities().to_vec(),
                randomness: Babe::randomness(),
                allowed_slots: epoch_config.allowed_slots,
            }
        }

        fn current_epoch_start() -> sp_consensus_babe::Slot {
            Babe::current_epoch_start()
        }

        fn current_epoch() -> sp_consensus_babe::Epoch {
            Babe::current_epoch()
        }

        fn next_epoch() -> sp_consensus_babe::Epoch {
            Babe::next_epoch()
        }

        fn generate_key_ownership_proof(
            _slot: sp_consensus_babe::Slot,
            authority_id: sp_consensus_babe::AuthorityId,
        ) -> Option<sp_consensus_babe::OpaqueKeyOwnershipProof> {
            use codec::Encode;
            Historical::prove((sp_consensus_babe::KEY_TYPE, authority_id))
                .map(|proof| sp_consensus_babe::OpaqueKeyOwnershipProof::new(proof.encode()))
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation_proof: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
            key_owner_proof: sp_consensus_babe::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Babe::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof.decode()?)
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            pallet_grandpa::CurrentSetId::<Runtime>::get()
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_grandpa::SetId,
            authority_id: sp_consensus_grandpa::AuthorityId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            use codec::Encode;
            Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority_id))
                .map(|proof| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation_proof: sp_consensus_grandpa::EquivocationProof<
                <Block as BlockT>::Hash,
                NumberFor<Block>,
            >,
            key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Grandpa::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof.decode()?)
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl sp_authority_discovery::AuthorityDiscoveryApi<Block> for Runtime {
        fn authorities() -> Vec<sp_authority_discovery::AuthorityId> {
            AuthorityDiscovery::authorities()
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(uxt, len)
        }

        fn query_fee_details(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(uxt, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall>
        for Runtime
    {
        fn query_call_info(
            call: RuntimeCall,
            len: u32,
        ) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, len)
        }

        fn query_call_fee_details(
            call: RuntimeCall,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            genesis::names()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            crate::weights::benchmarks::metadata(extra)
        }

        #[allow(non_local_definitions)]
        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            crate::weights::benchmarks::dispatch(config)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            let weight = Executive::try_runtime_upgrade(checks).expect("the upgrade's checks hold");
            (weight, crate::weights::MAXIMUM_BLOCK_WEIGHT)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, state_root_check, signature_check, select)
                .expect("the block executes")
        }
    }
}
