//! Weights of `pallet_attestation`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    // `Attestation::Audits` (r:16 w:16), at most 4191 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 62_428_000 ps.
    fn commit_audit(n: u32) -> Weight {
        Weight::from_parts(56_880_940, 2_479)
            .saturating_add(Weight::from_parts(13_261_860, 6_666).saturating_mul(n.into()))
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(1_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `Attestation::Audits` (r:16 w:0), at most 4191 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 102_142_000 ps.
    fn authorize_commit(n: u32) -> Weight {
        Weight::from_parts(94_285_427, 5_988)
            .saturating_add(Weight::from_parts(7_114_451, 6_666).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
    }
    // `ConvictionVoting::ClassLocksFor` (r:16 w:0), at most 275 bytes
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:40 w:40), at most 128 bytes
    // `Rewards::Exams` (r:16 w:0), at most 418 bytes
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
    // `Attestation::Audits` (r:64 w:64), at most 4191 bytes
    // `Governance::Book` (r:16 w:16), at most 109 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Channels::Memories` (r:0 w:16), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Batches` (r:16 w:16), at most 350 bytes
    // `Channels::Channels` (r:16 w:16), at most 348 bytes
    // `Channels::Ended` (r:0 w:16), at most 355 bytes
    // `Channels::Lanes` (r:16 w:16), at most 60 bytes
    // `Balances::Holds` (r:16 w:16), at most 373 bytes
    // `Parameters::Parameters` (r:9 w:0), at most 36 bytes
    // `Compute::Providers` (r:16 w:16), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Compute::Specs` (r:32 w:32), at most 245 bytes
    // `Compute::Doubted` (r:992 w:992), at most 116 bytes
    // `Compute::Servings` (r:512 w:512), at most 152 bytes
    // `Session::DisabledValidators` (r:1 w:0), unbounded
    // `Session::Validators` (r:1 w:0), unbounded
    // `Offences::ConcurrentReportsIndex` (r:16 w:16), unbounded
    // `Offences::Reports` (r:16 w:16), unbounded
    // At least 2_517_364_000 ps.
    fn reveal_audit(n: u32) -> Weight {
        Weight::from_parts(449_145_962, 410_474)
            .saturating_add(Weight::from_parts(2_084_824_902, 374_232).saturating_mul(n.into()))
            .saturating_add(D::get().reads(65))
            .saturating_add(D::get().reads(115_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(44))
            .saturating_add(D::get().writes(120_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `Attestation::Audits` (r:16 w:0), at most 4191 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 111_957_000 ps.
    fn authorize_reveal(n: u32) -> Weight {
        Weight::from_parts(97_620_285, 5_988)
            .saturating_add(Weight::from_parts(13_298_612, 6_666).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
    }
    // `ConvictionVoting::ClassLocksFor` (r:1 w:0), at most 275 bytes
    // `System::Account` (r:10 w:10), at most 128 bytes
    // `Rewards::Exams` (r:1 w:0), at most 418 bytes
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
    // `Attestation::Audits` (r:4 w:4), at most 4191 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Batches` (r:1 w:1), at most 350 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Ended` (r:0 w:1), at most 355 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:9 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Compute::Specs` (r:32 w:32), at most 245 bytes
    // `Compute::Doubted` (r:62 w:62), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 152 bytes
    // `Session::DisabledValidators` (r:1 w:0), unbounded
    // `Session::Validators` (r:1 w:0), unbounded
    // `Offences::ConcurrentReportsIndex` (r:1 w:1), unbounded
    // `Offences::Reports` (r:1 w:1), unbounded
    // At least 2_461_522_000 ps.
    fn sweep() -> Weight {
        Weight::from_parts(3_167_400_000, 776_917)
            .saturating_add(D::get().reads(179))
            .saturating_add(D::get().writes(164))
    }
    // `Babe::AuthorVrfRandomness` (r:1 w:0), at most 33 bytes
    // `Attestation::AgendaLen` (r:3 w:3), at most 25 bytes
    // `Attestation::Cursor` (r:2 w:2), at most 17 bytes
    // `Attestation::BeaconRing` (r:0 w:1), at most 74 bytes
    // `Attestation::LastAuthor` (r:1 w:0), at most 32 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 55_388_000 ps.
    fn on_initialize() -> Weight {
        Weight::from_parts(60_189_000, 18_988)
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
    // `Attestation::Audits` (r:0 w:1), at most 4191 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Batches` (r:1 w:0), at most 350 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:0), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 2_984_687_000 ps.
    fn draw() -> Weight {
        Weight::from_parts(3_169_151_000, 1_398_516)
            .saturating_add(D::get().reads(464))
            .saturating_add(D::get().writes(7))
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
    // `Attestation::Audits` (r:4 w:4), at most 4191 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:0), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 9_008_467_000 ps.
    fn sweep_batch() -> Weight {
        Weight::from_parts(10_117_645_000, 1_421_199)
            .saturating_add(D::get().reads(466))
            .saturating_add(D::get().writes(14))
    }
    // `System::Account` (r:4 w:4), at most 128 bytes
    // `Rewards::Exams` (r:1 w:0), at most 418 bytes
    // `Attestation::Agenda` (r:0 w:5), at most 66 bytes
    // `Attestation::Pots` (r:1 w:1), at most 48 bytes
    // `Attestation::Batches` (r:5 w:5), at most 207 bytes
    // `Attestation::AgendaLen` (r:2 w:2), at most 25 bytes
    // `Attestation::Cursor` (r:2 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:1 w:5), at most 350 bytes
    // `Channels::Channels` (r:5 w:5), at most 348 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Ended` (r:0 w:1), at most 355 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Compute::Servings` (r:1 w:0), at most 152 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // `Licensing::Agenda` (r:0 w:1), at most 61 bytes
    // `Licensing::Pots` (r:1 w:1), at most 68 bytes
    // `Licensing::Metered` (r:1 w:0), at most 104 bytes
    // `Licensing::Licences` (r:1 w:0), at most 274 bytes
    // At least 908_614_000 ps.
    fn release() -> Weight {
        Weight::from_parts(934_461_000, 139_674)
            .saturating_add(D::get().reads(43))
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
