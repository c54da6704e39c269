//! Weights of `pallet_channels`, measured on: AMD EPYC. 20 steps, 10 repetitions.
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
    // At least 1_512_000 ps.
    fn seeds(n: u32) -> Weight {
        Weight::from_parts(5_299_173, 4_058)
            .saturating_add(Weight::from_parts(2_444_038, 2_524).saturating_mul(n.into()))
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(1))
            .saturating_add(D::get().writes(1_u64.saturating_mul(n.into())))
    }
    // `Proxy::Proxies` (r:128 w:0), at most 1241 bytes
    // `Listings::Listings` (r:1 w:0), at most 939 bytes
    // `System::ParentHash` (r:1 w:0), at most 32 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::ErasStakersOverview` (r:128 w:0), at most 92 bytes
    // `Staking::ErasTotalStake` (r:1 w:0), at most 28 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::ChannelCount` (r:1 w:1), at most 8 bytes
    // `Channels::SeedAt` (r:1 w:1), at most 49 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Unseeded` (r:1 w:1), at most 65 bytes
    // `Channels::Channels` (r:0 w:1), at most 332 bytes
    // `Channels::Limits` (r:1 w:0), at most 116 bytes
    // `Channels::ChannelsOf` (r:0 w:3), at most 96 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:6 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5298 bytes
    // `Compute::Specs` (r:1 w:0), at most 241 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 123_494_000 ps.
    fn open(v: u32) -> Weight {
        Weight::from_parts(123_839_319, 76_218)
            .saturating_add(Weight::from_parts(9_600_730, 6_515).saturating_mul(v.into()))
            .saturating_add(D::get().reads(21))
            .saturating_add(D::get().reads(2_u64.saturating_mul(v.into())))
            .saturating_add(D::get().writes(10))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::Limits` (r:1 w:0), at most 116 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 80_440_000 ps.
    fn top_up() -> Weight {
        Weight::from_parts(83_324_000, 19_643)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(3))
    }
    // `Channels::Limits` (r:1 w:1), at most 116 bytes
    // `Channels::LimitCount` (r:1 w:1), at most 52 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 16_715_000 ps.
    fn set_limit() -> Weight {
        Weight::from_parts(18_037_000, 10_599)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(2))
    }
    // `Channels::Limits` (r:1 w:1), at most 116 bytes
    // `Channels::LimitCount` (r:1 w:1), at most 52 bytes
    // At least 12_809_000 ps.
    fn clear_limit() -> Weight {
        Weight::from_parts(13_259_000, 7_098)
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
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 229 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 206_758_000 ps.
    fn settle() -> Weight {
        // Beside what was measured: a spec that nobody audits pays at once, with the share of a metered licence.
        Weight::from_parts(231_015_000, 59_199)
            .saturating_add(D::get().reads(17))
            .saturating_add(D::get().writes(12))
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
    // `Channels::Channels` (r:64 w:64), at most 332 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:65 w:65), at most 229 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 210_123_000 ps.
    fn settle_many(n: u32) -> Weight {
        Weight::from_parts(212_247_000, 48_617)
            .saturating_add(Weight::from_parts(161_543_807, 11_388).saturating_mul(n.into()))
            .saturating_add(D::get().reads(13))
            .saturating_add(D::get().reads(4_u64.saturating_mul(n.into())))
            .saturating_add(D::get().writes(4))
            .saturating_add(D::get().writes(7_u64.saturating_mul(n.into())))
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
    // `Channels::Channels` (r:5 w:5), at most 332 bytes
    // `Channels::Queue` (r:4 w:5), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 229 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 496_641_000 ps.
    fn settle_last(n: u32) -> Weight {
        Weight::from_parts(415_452_250, 93_565)
            .saturating_add(Weight::from_parts(95_072_466, 0).saturating_mul(n.into()))
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
    // `Channels::Channels` (r:5 w:5), at most 332 bytes
    // `Channels::Queue` (r:4 w:5), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:2 w:2), at most 229 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 517_341_000 ps.
    fn close_by_provider() -> Weight {
        Weight::from_parts(529_550_000, 93_837)
            .saturating_add(D::get().reads(28))
            .saturating_add(D::get().writes(33))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::Sweeps` (r:0 w:1), at most 52 bytes
    // `Channels::SweepSpan` (r:1 w:1), at most 16 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 45_488_000 ps.
    fn close() -> Weight {
        Weight::from_parts(53_260_000, 10_288)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 97_515_000 ps.
    fn sweep() -> Weight {
        Weight::from_parts(102_533_000, 19_286)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(6))
    }
    // `Attestation::Agenda` (r:0 w:4), at most 66 bytes
    // `Attestation::Batches` (r:4 w:4), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::BatchesOf` (r:0 w:4), at most 96 bytes
    // `Channels::Batches` (r:0 w:4), at most 349 bytes
    // `Channels::Channels` (r:4 w:4), at most 332 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 295_531_000 ps.
    fn admit() -> Weight {
        Weight::from_parts(306_147_000, 71_786)
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
    // `Channels::Channels` (r:5 w:4), at most 332 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:1 w:1), at most 60 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:10 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:32 w:32), at most 241 bytes
    // `Compute::Doubted` (r:64 w:64), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 1_491_415_000 ps.
    fn report_double_receipt() -> Weight {
        Weight::from_parts(1_558_615_000, 456_764)
            .saturating_add(D::get().reads(162))
            .saturating_add(D::get().writes(158))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Channels::Unclaimed` (r:1 w:1), at most 112 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // At least 72_028_000 ps.
    fn claim() -> Weight {
        Weight::from_parts(75_533_000, 10_864)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Channels::Memories` (r:0 w:1), at most 53 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Usages` (r:1 w:1), at most 116 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::Sweeps` (r:1 w:1), at most 52 bytes
    // `Channels::SweepSpan` (r:1 w:1), at most 16 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 102_964_000 ps.
    fn idle_sweep() -> Weight {
        Weight::from_parts(111_306_000, 27_897)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(9))
    }
    // `Channels::DoubleReceipts` (r:0 w:1), at most 209 bytes
    // `Channels::Memories` (r:1 w:1), at most 53 bytes
    // `Channels::SeedAt` (r:1 w:1), at most 49 bytes
    // `Channels::MemorySpan` (r:1 w:1), at most 16 bytes
    // `Channels::Channels` (r:1 w:1), at most 332 bytes
    // `Channels::ChannelsOf` (r:0 w:2), at most 96 bytes
    // At least 32_649_000 ps.
    fn idle_forget() -> Weight {
        Weight::from_parts(36_534_000, 12_330)
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
    // `Channels::Channels` (r:4 w:4), at most 332 bytes
    // `Channels::Queue` (r:4 w:4), at most 197 bytes
    // `Channels::Lanes` (r:2 w:1), at most 60 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Servings` (r:1 w:0), at most 148 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // At least 296_623_000 ps.
    fn idle_admit() -> Weight {
        Weight::from_parts(329_681_000, 75_890)
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
