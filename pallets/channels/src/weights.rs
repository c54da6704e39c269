//! Weights of `pallet_channels`, measured on: AMD EPYC. 50 steps, 20 repetitions.
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
    /// `seeds`. `n` is 0 to 16.
    fn seeds(n: u32) -> Weight;
    /// `open`. `v` is 0 to 128.
    fn open(v: u32) -> Weight;
    /// `top_up`.
    fn top_up() -> Weight;
    /// `set_limit`.
    fn set_limit() -> Weight;
    /// `clear_limit`.
    fn clear_limit() -> Weight;
    /// `settle`.
    fn settle() -> Weight;
    /// `settle_many`. `n` is 1 to 64.
    fn settle_many(n: u32) -> Weight;
    /// `settle_unaudited`.
    fn settle_unaudited() -> Weight;
    /// `settle_many_unaudited`. `n` is 1 to 64.
    fn settle_many_unaudited(n: u32) -> Weight;
    /// `settle_last`. `n` is 1 to 4.
    fn settle_last(n: u32) -> Weight;
    /// `close_by_provider`.
    fn close_by_provider() -> Weight;
    /// `close`.
    fn close() -> Weight;
    /// `sweep`.
    fn sweep() -> Weight;
    /// `admit`.
    fn admit() -> Weight;
    /// `report_double_receipt`.
    fn report_double_receipt() -> Weight;
    /// `claim`.
    fn claim() -> Weight;
    /// `idle_sweep`.
    fn idle_sweep() -> Weight;
    /// `idle_forget`.
    fn idle_forget() -> Weight;
    /// `idle_admit`.
    fn idle_admit() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Babe::AuthorVrfRandomness` (r:1 w:0), at most 33 bytes
    // `Channels::SeedAt` (r:16 w:16), at most 49 bytes
    // `Channels::Unseeded` (r:1 w:1), at most 65 bytes
    // At least 1_633_000 ps.
    fn seeds(n: u32) -> Weight {
        Weight::from_parts(6_250_217, 4_058)
            .saturating_add(Weight::from_parts(2_608_867, 2_524).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(1))
            .saturating_add(D::get().writes(1_u64.saturating_mul(n.into())))
    }
    // `Proxy::Proxies` (r:128 w:0), at most 1241 bytes
    // `Listings::Listings` (r:1 w:0), at most 1073 bytes
    // `System::ParentHash` (r:1 w:0), at most 32 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::ErasStakersOverview` (r:128 w:0), at most 92 bytes
    // `Staking::ErasTotalStake` (r:1 w:0), at most 28 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::ChannelCount` (r:1 w:1), at most 8 bytes
    // `Channels::SeedAt` (r:1 w:1), at most 49 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Unseeded` (r:1 w:1), at most 65 bytes
    // `Channels::Channels` (r:0 w:1), at most 348 bytes
    // `Channels::Limits` (r:1 w:0), at most 116 bytes
    // `Channels::ChannelsOf` (r:0 w:3), at most 96 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:6 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 142_322_000 ps.
    fn open(v: u32) -> Weight {
        Weight::from_parts(150_568_898, 77_437)
            .saturating_add(Weight::from_parts(10_630_085, 6_516).saturating_mul(v.into()))
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().reads(2_u64.saturating_mul(v.into())))
            .saturating_add(D::get().writes(11))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Limits` (r:1 w:0), at most 116 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 87_350_000 ps.
    fn top_up() -> Weight {
        Weight::from_parts(96_123_000, 19_713)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(3))
    }
    // `Channels::Limits` (r:1 w:1), at most 116 bytes
    // `Channels::LimitCount` (r:1 w:1), at most 52 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 17_666_000 ps.
    fn set_limit() -> Weight {
        Weight::from_parts(18_137_000, 10_599)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(2))
    }
    // `Channels::Limits` (r:1 w:1), at most 116 bytes
    // `Channels::LimitCount` (r:1 w:1), at most 52 bytes
    // At least 12_939_000 ps.
    fn clear_limit() -> Weight {
        Weight::from_parts(13_240_000, 7_098)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:1), at most 66 bytes
    // `Attestation::Batches` (r:1 w:1), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::BatchesOf` (r:0 w:1), at most 96 bytes
    // `Channels::Batches` (r:0 w:1), at most 349 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 242_201_000 ps.
    fn settle() -> Weight {
        Weight::from_parts(253_468_000, 59_495)
            .saturating_add(D::get().reads(17))
            .saturating_add(D::get().writes(11))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:64 w:64), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:64), at most 66 bytes
    // `Attestation::Batches` (r:64 w:64), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::BatchesOf` (r:0 w:64), at most 96 bytes
    // `Channels::Batches` (r:0 w:64), at most 349 bytes
    // `Channels::Channels` (r:64 w:64), at most 348 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:65 w:65), at most 283 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 228_671_000 ps.
    fn settle_many(n: u32) -> Weight {
        Weight::from_parts(101_266_934, 48_791)
            .saturating_add(Weight::from_parts(173_656_329, 11_475).saturating_mul(n.into()))
            .saturating_add(D::get().reads(13))
            .saturating_add(D::get().reads(4_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(4))
            .saturating_add(D::get().writes(7_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:3 w:3), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::BatchesOf` (r:0 w:1), at most 96 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Ended` (r:0 w:1), at most 354 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Parameters::Parameters` (r:6 w:0), at most 36 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Licensing::Agenda` (r:0 w:1), at most 61 bytes
    // `Licensing::Pots` (r:1 w:1), at most 68 bytes
    // `Licensing::Metered` (r:1 w:0), at most 104 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 361_419_000 ps.
    fn settle_unaudited() -> Weight {
        Weight::from_parts(373_677_000, 56_143)
            .saturating_add(D::get().reads(19))
            .saturating_add(D::get().writes(12))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:66 w:66), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:64), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::BatchesOf` (r:0 w:64), at most 96 bytes
    // `Channels::Channels` (r:64 w:64), at most 348 bytes
    // `Channels::Ended` (r:0 w:64), at most 354 bytes
    // `Balances::Holds` (r:65 w:65), at most 283 bytes
    // `Parameters::Parameters` (r:6 w:0), at most 36 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Licensing::Agenda` (r:0 w:1), at most 61 bytes
    // `Licensing::Pots` (r:1 w:1), at most 68 bytes
    // `Licensing::Metered` (r:1 w:0), at most 104 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 363_703_000 ps.
    fn settle_many_unaudited(n: u32) -> Weight {
        Weight::from_parts(370_192_000, 47_959)
            .saturating_add(Weight::from_parts(294_625_185, 8_184).saturating_mul(n.into()))
            .saturating_add(D::get().reads(16))
            .saturating_add(D::get().reads(3_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(6))
            .saturating_add(D::get().writes(6_u64.saturating_mul(n.into())))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::SeedAt` (r:1 w:0), at most 49 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:5 w:5), at most 348 bytes
    // `Channels::Queue` (r:4 w:5), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 483_220_000 ps.
    fn settle_last(n: u32) -> Weight {
        Weight::from_parts(399_060_200, 93_965)
            .saturating_add(Weight::from_parts(97_637_500, 0).saturating_mul(n.into()))
            .saturating_add(D::get().reads(28))
            .saturating_add(D::get().writes(32))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:5 w:5), at most 348 bytes
    // `Channels::Queue` (r:4 w:5), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 481_599_000 ps.
    fn close_by_provider() -> Weight {
        Weight::from_parts(530_902_000, 94_237)
            .saturating_add(D::get().reads(28))
            .saturating_add(D::get().writes(33))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Sweeps` (r:0 w:1), at most 52 bytes
    // `Channels::SweepSpan` (r:1 w:1), at most 16 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 33_840_000 ps.
    fn close() -> Weight {
        Weight::from_parts(43_565_000, 10_304)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 86_228_000 ps.
    fn sweep() -> Weight {
        Weight::from_parts(92_779_000, 23_066)
            .saturating_add(D::get().reads(7))
            .saturating_add(D::get().writes(7))
    }
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:4 w:4), at most 348 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 293_698_000 ps.
    fn admit() -> Weight {
        Weight::from_parts(317_424_000, 72_013)
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().writes(27))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Channels::DoubleReceipts` (r:1 w:1), at most 209 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:5 w:4), at most 348 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:10 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:32 w:32), at most 245 bytes
    // `Compute::Doubted` (r:64 w:64), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 1_523_332_000 ps.
    fn report_double_receipt() -> Weight {
        Weight::from_parts(1_567_888_000, 457_381)
            .saturating_add(D::get().reads(162))
            .saturating_add(D::get().writes(158))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Channels::Unclaimed` (r:1 w:1), at most 112 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 62_534_000 ps.
    fn claim() -> Weight {
        Weight::from_parts(68_973_000, 10_918)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::Sweeps` (r:1 w:1), at most 52 bytes
    // `Channels::SweepSpan` (r:1 w:1), at most 16 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 94_230_000 ps.
    fn idle_sweep() -> Weight {
        Weight::from_parts(97_595_000, 31_677)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(10))
    }
    // `Channels::DoubleReceipts` (r:0 w:1), at most 209 bytes
    // `Channels::Memories` (r:1 w:1), at most 53 bytes
    // `Channels::SeedAt` (r:1 w:1), at most 49 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Channels` (r:1 w:1), at most 348 bytes
    // `Channels::ChannelsOf` (r:0 w:2), at most 96 bytes
    // At least 28_593_000 ps.
    fn idle_forget() -> Weight {
        Weight::from_parts(32_098_000, 12_346)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(7))
    }
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::AdmitCursor` (r:1 w:1), at most 32 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:4 w:4), at most 348 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:2 w:1), at most 60 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 294_790_000 ps.
    fn idle_admit() -> Weight {
        Weight::from_parts(337_443_000, 76_117)
            .saturating_add(D::get().reads(24))
            .saturating_add(D::get().writes(28))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn seeds(n: u32) -> Weight {
        Measured::<RocksDbWeight>::seeds(n)
    }
    fn open(v: u32) -> Weight {
        Measured::<RocksDbWeight>::open(v)
    }
    fn top_up() -> Weight {
        Measured::<RocksDbWeight>::top_up()
    }
    fn set_limit() -> Weight {
        Measured::<RocksDbWeight>::set_limit()
    }
    fn clear_limit() -> Weight {
        Measured::<RocksDbWeight>::clear_limit()
    }
    fn settle() -> Weight {
        Measured::<RocksDbWeight>::settle()
    }
    fn settle_many(n: u32) -> Weight {
        Measured::<RocksDbWeight>::settle_many(n)
    }
    fn settle_unaudited() -> Weight {
        Measured::<RocksDbWeight>::settle_unaudited()
    }
    fn settle_many_unaudited(n: u32) -> Weight {
        Measured::<RocksDbWeight>::settle_many_unaudited(n)
    }
    fn settle_last(n: u32) -> Weight {
        Measured::<RocksDbWeight>::settle_last(n)
    }
    fn close_by_provider() -> Weight {
        Measured::<RocksDbWeight>::close_by_provider()
    }
    fn close() -> Weight {
        Measured::<RocksDbWeight>::close()
    }
    fn sweep() -> Weight {
        Measured::<RocksDbWeight>::sweep()
    }
    fn admit() -> Weight {
        Measured::<RocksDbWeight>::admit()
    }
    fn report_double_receipt() -> Weight {
        Measured::<RocksDbWeight>::report_double_receipt()
    }
    fn claim() -> Weight {
        Measured::<RocksDbWeight>::claim()
    }
    fn idle_sweep() -> Weight {
        Measured::<RocksDbWeight>::idle_sweep()
    }
    fn idle_forget() -> Weight {
        Measured::<RocksDbWeight>::idle_forget()
    }
    fn idle_admit() -> Weight {
        Measured::<RocksDbWeight>::idle_admit()
    }
}
