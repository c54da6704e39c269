//! Weights of `pallet_listings`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    /// `appoint_moderator`.
    fn appoint_moderator() -> Weight;
    /// `dismiss_moderator`.
    fn dismiss_moderator() -> Weight;
    /// `post_bond`.
    fn post_bond() -> Weight;
    /// `withdraw_bond`.
    fn withdraw_bond() -> Weight;
    /// `appeal`.
    fn appeal() -> Weight;
    /// `decide_appeal`.
    fn decide_appeal() -> Weight;
    /// `withdraw_case`.
    fn withdraw_case() -> Weight;
    /// `close_case`.
    fn close_case() -> Weight;
    /// `remove`. `v` is 0 to 256.
    fn remove(v: u32) -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Listings::NextListing` (r:1 w:1), at most 8 bytes
    // `Listings::Listings` (r:0 w:1), at most 1077 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 86_809_000 ps.
    fn register() -> Weight {
        Weight::from_parts(90_608_000, 14_936)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Versions` (r:0 w:1), at most 189 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 101_033_000 ps.
    fn publish_version() -> Weight {
        Weight::from_parts(103_840_000, 19_474)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 68_517_000 ps.
    fn set_text() -> Weight {
        Weight::from_parts(71_027_000, 17_985)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::OffSince` (r:0 w:1), at most 28 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 24_414_000 ps.
    fn set_status() -> Weight {
        Weight::from_parts(25_567_000, 6_031)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:0 w:1), at most 194 bytes
    // `Listings::NextCase` (r:1 w:1), at most 4 bytes
    // `Listings::Failed` (r:1 w:0), at most 553 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:3 w:0), at most 36 bytes
    // At least 56_055_000 ps.
    fn delist() -> Weight {
        Weight::from_parts(58_298_000, 23_607)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 194 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // At least 92_808_000 ps.
    fn relist() -> Weight {
        Weight::from_parts(96_122_000, 20_667)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(5))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // At least 18_281_000 ps.
    fn offer_transfer() -> Weight {
        Weight::from_parts(19_952_000, 4_542)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Transfers` (r:1 w:1), at most 56 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // At least 133_114_000 ps.
    fn accept_transfer() -> Weight {
        Weight::from_parts(136_203_000, 20_945)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(6))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Offers` (r:0 w:1), at most 386 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 97_864_000 ps.
    fn add_offer() -> Weight {
        Weight::from_parts(100_539_000, 17_985)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Offers` (r:1 w:1), at most 386 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // At least 76_456_000 ps.
    fn withdraw_offer() -> Weight {
        Weight::from_parts(78_726_000, 15_824)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:5 w:1), at most 1077 bytes
    // `Listings::Children` (r:0 w:4), at most 48 bytes
    // `Listings::Versions` (r:4 w:0), at most 189 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 78_672_000 ps.
    fn set_parents() -> Weight {
        Weight::from_parts(82_792_000, 31_885)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(5))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // At least 18_860_000 ps.
    fn set_min_royalty() -> Weight {
        Weight::from_parts(20_174_000, 4_542)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:0), at most 194 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // `Compute::SpecsOf` (r:1 w:0), at most 28 bytes
    // `Licensing::OpenAt` (r:1 w:0), at most 76 bytes
    // At least 94_759_000 ps.
    fn retire() -> Weight {
        Weight::from_parts(97_295_000, 28_678)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Reviews` (r:0 w:1), at most 187 bytes
    // `Listings::Payers` (r:1 w:1), at most 88 bytes
    // `Listings::Reviewed` (r:1 w:1), at most 49 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Licences` (r:1 w:0), at most 274 bytes
    // At least 45_291_000 ps.
    fn review() -> Weight {
        Weight::from_parts(48_802_000, 16_837)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Listings::Reviews` (r:1 w:1), at most 187 bytes
    // At least 25_147_000 ps.
    fn answer() -> Weight {
        Weight::from_parts(26_871_000, 8_194)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // At least 11_855_000 ps.
    fn appoint_moderator() -> Weight {
        Weight::from_parts(12_697_000, 3_546)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // At least 14_348_000 ps.
    fn dismiss_moderator() -> Weight {
        Weight::from_parts(15_344_000, 3_546)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // At least 79_281_000 ps.
    fn post_bond() -> Weight {
        Weight::from_parts(82_452_000, 10_977)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 74_858_000 ps.
    fn withdraw_bond() -> Weight {
        Weight::from_parts(77_992_000, 14_478)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 194 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 106_780_000 ps.
    fn appeal() -> Weight {
        Weight::from_parts(111_468_000, 23_133)
            .saturating_add(D::get().reads(7))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 194 bytes
    // `Listings::Failed` (r:1 w:1), at most 553 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // At least 186_357_000 ps.
    fn decide_appeal() -> Weight {
        Weight::from_parts(192_555_000, 30_136)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(8))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 194 bytes
    // `Listings::Failed` (r:1 w:1), at most 553 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // At least 187_590_000 ps.
    fn withdraw_case() -> Weight {
        Weight::from_parts(193_298_000, 30_136)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(8))
    }
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 194 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // At least 85_918_000 ps.
    fn close_case() -> Weight {
        Weight::from_parts(89_488_000, 20_667)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Children` (r:1 w:4), at most 48 bytes
    // `Listings::Cases` (r:1 w:0), at most 194 bytes
    // `Listings::Versions` (r:0 w:256), at most 189 bytes
    // `Listings::OffSince` (r:0 w:1), at most 28 bytes
    // `Listings::Offers` (r:8 w:8), at most 386 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // `Listings::Failed` (r:0 w:1), at most 553 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Compute::SpecsOf` (r:1 w:0), at most 28 bytes
    // `Licensing::OpenAt` (r:1 w:0), at most 76 bytes
    // `Licensing::LicencesAt` (r:1 w:0), at most 72 bytes
    // At least 137_059_000 ps.
    fn remove(v: u32) -> Weight {
        Weight::from_parts(165_215_213, 53_594)
            .saturating_add(Weight::from_parts(3_137_644, 0).saturating_mul(v.into()))
            .saturating_add(D::get().reads(16))
            .saturating_add(D::get().writes(18))
            .saturating_add(D::get().writes(1_u64.saturating_mul(v.into())))
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
    fn appoint_moderator() -> Weight {
        Measured::<RocksDbWeight>::appoint_moderator()
    }
    fn dismiss_moderator() -> Weight {
        Measured::<RocksDbWeight>::dismiss_moderator()
    }
    fn post_bond() -> Weight {
        Measured::<RocksDbWeight>::post_bond()
    }
    fn withdraw_bond() -> Weight {
        Measured::<RocksDbWeight>::withdraw_bond()
    }
    fn appeal() -> Weight {
        Measured::<RocksDbWeight>::appeal()
    }
    fn decide_appeal() -> Weight {
        Measured::<RocksDbWeight>::decide_appeal()
    }
    fn withdraw_case() -> Weight {
        Measured::<RocksDbWeight>::withdraw_case()
    }
    fn close_case() -> Weight {
        Measured::<RocksDbWeight>::close_case()
    }
    fn remove(v: u32) -> Weight {
        Measured::<RocksDbWeight>::remove(v)
    }
}
