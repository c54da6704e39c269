//! Weights of `pallet_listings`, measured on: AMD EPYC. 20 steps, 10 repetitions.
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
    /// `register`.
    fn register() -> Weight;
    /// `publish_version`.
    fn publish_version() -> Weight;
    /// `set_text`.
    fn set_text() -> Weight;
    /// `set_status`.
    fn set_status() -> Weight;
    /// `delist`.
    fn delist() -> Weight;
    /// `relist`.
    fn relist() -> Weight;
    /// `offer_transfer`.
    fn offer_transfer() -> Weight;
    /// `accept_transfer`.
    fn accept_transfer() -> Weight;
    /// `remove`. `v` is 0 to 256.
    fn remove(v: u32) -> Weight;
    /// `add_offer`.
    fn add_offer() -> Weight;
    /// `withdraw_offer`.
    fn withdraw_offer() -> Weight;
    /// `set_parents`.
    fn set_parents() -> Weight;
    /// `set_min_royalty`.
    fn set_min_royalty() -> Weight;
    /// `retire`.
    fn retire() -> Weight;
    /// `review`.
    fn review() -> Weight;
    /// `answer`.
    fn answer() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Listings::NextListing` (r:1 w:1), at most 8 bytes
    // `Listings::Listings` (r:0 w:1), at most 939 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // At least 47_701_000 ps.
    fn register() -> Weight {
        Weight::from_parts(48_663_000, 8_780)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // `Listings::Versions` (r:0 w:1), at most 124 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // At least 54_962_000 ps.
    fn publish_version() -> Weight {
        Weight::from_parts(55_983_000, 13_180)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // At least 33_279_000 ps.
    fn set_text() -> Weight {
        Weight::from_parts(33_600_000, 11_691)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // At least 11_076_000 ps.
    fn set_status() -> Weight {
        Weight::from_parts(11_317_000, 4_404)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 12_890_000 ps.
    fn delist() -> Weight {
        Weight::from_parts(13_330_000, 5_893)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // At least 10_716_000 ps.
    fn relist() -> Weight {
        Weight::from_parts(11_037_000, 4_404)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:0), at most 939 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // At least 10_075_000 ps.
    fn offer_transfer() -> Weight {
        Weight::from_parts(10_375_000, 4_404)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // `Listings::Transfers` (r:1 w:1), at most 56 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Balances::Holds` (r:2 w:2), at most 229 bytes
    // At least 83_654_000 ps.
    fn accept_transfer() -> Weight {
        Weight::from_parts(84_856_000, 20_519)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(6))
    }
    // `Listings::Listings` (r:1 w:1), at most 939 bytes
    // `Listings::Versions` (r:0 w:256), at most 124 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::SpecsOf` (r:1 w:0), at most 28 bytes
    // At least 43_294_000 ps.
    fn remove(v: u32) -> Weight {
        // Beside what was measured: purchases, licences and children are asked for, offers and parents' links removed.
        Weight::from_parts(64_533_688, 15_184)
            .saturating_add(Weight::from_parts(1_781_506, 0).saturating_mul(v.into()))
            .saturating_add(D::get().reads(15))
            .saturating_add(D::get().writes(16))
            .saturating_add(D::get().writes(1_u64.saturating_mul(v.into())))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn add_offer() -> Weight {
        Weight::from_parts(60_000_000, 13_180)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(4))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn withdraw_offer() -> Weight {
        Weight::from_parts(58_000_000, 13_180)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(4))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn set_parents() -> Weight {
        Weight::from_parts(45_000_000, 30_000)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(6))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn set_min_royalty() -> Weight {
        Weight::from_parts(11_500_000, 4_404)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn retire() -> Weight {
        Weight::from_parts(44_000_000, 15_184)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(3))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn review() -> Weight {
        Weight::from_parts(40_000_000, 20_000)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(4))
    }
    // By hand, from siblings with the same reads and writes; to be measured.
    fn answer() -> Weight {
        Weight::from_parts(20_000_000, 8_000)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn register() -> Weight {
        Measured::<RocksDbWeight>::register()
    }
    fn publish_version() -> Weight {
        Measured::<RocksDbWeight>::publish_version()
    }
    fn set_text() -> Weight {
        Measured::<RocksDbWeight>::set_text()
    }
    fn set_status() -> Weight {
        Measured::<RocksDbWeight>::set_status()
    }
    fn delist() -> Weight {
        Measured::<RocksDbWeight>::delist()
    }
    fn relist() -> Weight {
        Measured::<RocksDbWeight>::relist()
    }
    fn offer_transfer() -> Weight {
        Measured::<RocksDbWeight>::offer_transfer()
    }
    fn accept_transfer() -> Weight {
        Measured::<RocksDbWeight>::accept_transfer()
    }
    fn remove(v: u32) -> Weight {
        Measured::<RocksDbWeight>::remove(v)
    }
    fn add_offer() -> Weight {
        Measured::<RocksDbWeight>::add_offer()
    }
    fn withdraw_offer() -> Weight {
        Measured::<RocksDbWeight>::withdraw_offer()
    }
    fn set_parents() -> Weight {
        Measured::<RocksDbWeight>::set_parents()
    }
    fn set_min_royalty() -> Weight {
        Measured::<RocksDbWeight>::set_min_royalty()
    }
    fn retire() -> Weight {
        Measured::<RocksDbWeight>::retire()
    }
    fn review() -> Weight {
        Measured::<RocksDbWeight>::review()
    }
    fn answer() -> Weight {
        Measured::<RocksDbWeight>::answer()
    }
}
