//! Weights of `pallet_attestation`, measured on: AMD EPYC. 20 steps, 10 repetitions.
//!
//! Written by `scripts/weights.sh`: measure again instead of changing it, see `docs/weights.md`.

#![cfg_attr(rustfmt, rustfmt_skip)]

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};

/// What the pallet's calls and its work in each block weigh.
pub trait WeightInfo {
    /// `commit_audit`. `n` is 1 to 16.
    fn commit_audit(n: u32) -> Weight;
    /// `authorize_commit`. `n` is 1 to 16.
    fn authorize_commit(n: u32) -> Weight;
    /// `reveal_audit`. `n` is 1 to 16.
    fn reveal_audit(n: u32) -> Weight;
    /// `authorize_reveal`. `n` is 1 to 16.
    fn authorize_reveal(n: u32) -> Weight;
    /// `sweep`.
    fn sweep() -> Weight;
    /// `on_initialize`.
    fn on_initialize() -> Weight;
    /// `draw`.
    fn draw() -> Weight;
    /// `sweep_batch`.
    fn sweep_batch() -> Weight;
    /// `release`.
    fn release() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Attestation::Audits` (r:16 w:16), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 35_012_000 ps.
    fn commit_audit(n: u32) -> Weight {
        Weight::from_parts(38_656_387, 2_479)
            .saturating_add(Weight::from_parts(8_194_907, 6_662).saturating_mul(n.into()))
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(1_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `Attestation::Audits` (r:16 w:0), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 62_854_000 ps.
    fn authorize_commit(n: u32) -> Weight {
        Weight::from_parts(61_278_262, 5_988)
            .saturating_add(Weight::from_parts(4_446_961, 6_662).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:40 w:40), at most 128 bytes
    // `Staking::UnappliedSlashes` (r:1 w:1), unbounded
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::Invulnerables` (r:1 w:0), unbounded
    // `Staking::ErasStakersOverview` (r:16 w:0), at most 92 bytes
    // `Staking::SlashingSpans` (r:16 w:16), unbounded
    // `Staking::ValidatorSlashInEra` (r:16 w:16), at most 72 bytes
    // `Staking::ErasStartSessionIndex` (r:1 w:0), at most 16 bytes
    // `Staking::SlashRewardFraction` (r:1 w:0), at most 4 bytes
    // `Staking::SpanSlash` (r:16 w:16), at most 76 bytes
    // `Staking::BondedEras` (r:1 w:0), unbounded
    // `Attestation::Agenda` (r:0 w:16), at most 66 bytes
    // `Attestation::Pots` (r:1 w:1), at most 48 bytes
    // `Attestation::OpenAudits` (r:0 w:64), at most 32 bytes
    // `Attestation::Convicted` (r:0 w:16), at most 52 bytes
    // `Attestation::Batches` (r:16 w:16), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Attestation::Audits` (r:64 w:64), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Channels::Memories` (r:0 w:16), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Batches` (r:16 w:16), at most 349 bytes
    // `Channels::Channels` (r:16 w:16), at most 332 bytes
    // `Channels::Ended` (r:0 w:16), at most 354 bytes
    // `Channels::Lanes` (r:16 w:16), at most 60 bytes
    // `Balances::Holds` (r:16 w:16), at most 229 bytes
    // `Parameters::Parameters` (r:9 w:0), at most 36 bytes
    // `Compute::Providers` (r:16 w:16), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5298 bytes
    // `Compute::Specs` (r:32 w:32), at most 241 bytes
    // `Compute::Doubted` (r:992 w:992), at most 116 bytes
    // `Compute::Servings` (r:512 w:512), at most 148 bytes
    // `Session::DisabledValidators` (r:1 w:0), unbounded
    // `Session::Validators` (r:1 w:0), unbounded
    // `Offences::ConcurrentReportsIndex` (r:16 w:16), unbounded
    // `Offences::Reports` (r:16 w:16), unbounded
    // At least 1_823_840_000 ps.
    fn reveal_audit(n: u32) -> Weight {
        Weight::from_parts(1_847_345_000, 396_888)
            .saturating_add(Weight::from_parts(1_548_909_573, 364_748).saturating_mul(n.into()))
            .saturating_add(D::get().reads(65))
            .saturating_add(D::get().reads(112_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(44))
            .saturating_add(D::get().writes(119_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `Attestation::Audits` (r:16 w:0), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 70_135_000 ps.
    fn authorize_reveal(n: u32) -> Weight {
        Weight::from_parts(63_679_437, 5_988)
            .saturating_add(Weight::from_parts(10_677_403, 6_662).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
    }
    // `System::Account` (r:10 w:10), at most 128 bytes
    // `Staking::UnappliedSlashes` (r:1 w:1), unbounded
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::Invulnerables` (r:1 w:0), unbounded
    // `Staking::ErasStakersOverview` (r:1 w:0), at most 92 bytes
    // `Staking::SlashingSpans` (r:1 w:1), unbounded
    // `Staking::ValidatorSlashInEra` (r:1 w:1), at most 72 bytes
    // `Staking::ErasStartSessionIndex` (r:1 w:0), at most 16 bytes
    // `Staking::SlashRewardFraction` (r:1 w:0), at most 4 bytes
    // `Staking::SpanSlash` (r:1 w:1), at most 76 bytes
    // `Staking::BondedEras` (r:1 w:0), unbounded
    // `Attestation::Agenda` (r:0 w:1), at most 66 bytes
    // `Attestation::Pots` (r:1 w:1), at most 48 bytes
    // `Attestation::OpenAudits` (r:0 w:4), at most 32 bytes
    // `Attestation::Convicted` (r:0 w:1), at most 52 bytes
    // `Attestation::Batches` (r:1 w:1), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Attestation::Audits` (r:4 w:4), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Batches` (r:1 w:1), at most 349 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::Ended` (r:0 w:1), at most 354 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:9 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5298 bytes
    // `Compute::Specs` (r:32 w:32), at most 241 bytes
    // `Compute::Doubted` (r:62 w:62), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 148 bytes
    // `Session::DisabledValidators` (r:1 w:0), unbounded
    // `Session::Validators` (r:1 w:0), unbounded
    // `Offences::ConcurrentReportsIndex` (r:1 w:1), unbounded
    // `Offences::Reports` (r:1 w:1), unbounded
    // At least 1_944_310_000 ps.
    fn sweep() -> Weight {
        // Beside what was measured: a release pays the publisher's share of a metered licence.
        Weight::from_parts(1_998_761_000, 753_863)
            .saturating_add(D::get().reads(181))
            .saturating_add(D::get().writes(166))
    }
    // `Babe::AuthorVrfRandomness` (r:1 w:0), at most 33 bytes
    // `Attestation::AgendaLen` (r:3 w:3), at most 25 bytes
    // `Attestation::Cursor` (r:2 w:2), at most 17 bytes
    // `Attestation::BeaconRing` (r:0 w:1), at most 74 bytes
    // `Attestation::LastAuthor` (r:1 w:0), at most 32 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 22_464_000 ps.
    fn on_initialize() -> Weight {
        Weight::from_parts(23_325_000, 18_988)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(6))
    }
    // `Proxy::Proxies` (r:128 w:0), at most 1241 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::ErasStakersOverview` (r:128 w:0), at most 92 bytes
    // `Attestation::Agenda` (r:0 w:2), at most 66 bytes
    // `Attestation::OpenAudits` (r:0 w:1), at most 32 bytes
    // `Attestation::Convicted` (r:1 w:0), at most 52 bytes
    // `Attestation::Batches` (r:1 w:1), at most 207 bytes
    // `Attestation::AgendaLen` (r:2 w:2), at most 25 bytes
    // `Attestation::CounterForKeys` (r:1 w:0), at most 4 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Attestation::BeaconRing` (r:64 w:0), at most 74 bytes
    // `Attestation::Keys` (r:128 w:0), at most 72 bytes
    // `Attestation::Audits` (r:0 w:1), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Batches` (r:1 w:0), at most 349 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:0), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5298 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 2_267_352_000 ps.
    fn draw() -> Weight {
        // Beside what was measured: a release pays the publisher's share of a metered licence.
        Weight::from_parts(2_308_183_000, 1_397_180)
            .saturating_add(D::get().reads(469))
            .saturating_add(D::get().writes(10))
    }
    // `Proxy::Proxies` (r:128 w:0), at most 1241 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::ErasStakersOverview` (r:128 w:0), at most 92 bytes
    // `Attestation::Agenda` (r:0 w:8), at most 66 bytes
    // `Attestation::Batches` (r:1 w:0), at most 207 bytes
    // `Attestation::AgendaLen` (r:2 w:2), at most 25 bytes
    // `Attestation::CounterForKeys` (r:1 w:0), at most 4 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Attestation::BeaconRing` (r:64 w:0), at most 74 bytes
    // `Attestation::Keys` (r:128 w:0), at most 72 bytes
    // `Attestation::Audits` (r:4 w:4), at most 4187 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:0), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5298 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 6_952_399_000 ps.
    fn sweep_batch() -> Weight {
        // Beside what was measured: a release pays the publisher's share of a metered licence.
        Weight::from_parts(7_098_597_000, 1_419_867)
            .saturating_add(D::get().reads(471))
            .saturating_add(D::get().writes(17))
    }
    // `System::Account` (r:3 w:3), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:5), at most 66 bytes
    // `Attestation::Pots` (r:1 w:1), at most 48 bytes
    // `Attestation::Batches` (r:5 w:5), at most 207 bytes
    // `Attestation::AgendaLen` (r:2 w:2), at most 25 bytes
    // `Attestation::Cursor` (r:2 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:1 w:5), at most 349 bytes
    // `Channels::Channels` (r:5 w:5), at most 332 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Ended` (r:0 w:1), at most 354 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:6 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:0), at most 241 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 460_797_000 ps.
    fn release() -> Weight {
        // Beside what was measured: a release pays the publisher's share of a metered licence.
        Weight::from_parts(477_773_000, 118_105)
            .saturating_add(D::get().reads(42))
            .saturating_add(D::get().writes(43))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn commit_audit(n: u32) -> Weight {
        Measured::<RocksDbWeight>::commit_audit(n)
    }
    fn authorize_commit(n: u32) -> Weight {
        Measured::<RocksDbWeight>::authorize_commit(n)
    }
    fn reveal_audit(n: u32) -> Weight {
        Measured::<RocksDbWeight>::reveal_audit(n)
    }
    fn authorize_reveal(n: u32) -> Weight {
        Measured::<RocksDbWeight>::authorize_reveal(n)
    }
    fn sweep() -> Weight {
        Measured::<RocksDbWeight>::sweep()
    }
    fn on_initialize() -> Weight {
        Measured::<RocksDbWeight>::on_initialize()
    }
    fn draw() -> Weight {
        Measured::<RocksDbWeight>::draw()
    }
    fn sweep_batch() -> Weight {
        Measured::<RocksDbWeight>::sweep_batch()
    }
    fn release() -> Weight {
        Measured::<RocksDbWeight>::release()
    }
}
