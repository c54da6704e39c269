//! Weights of `pallet_listings`, measured on: AMD EPYC. 50 steps, 20 repetitions.
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
    // `Listings::Listings` (r:0 w:1), at most 1073 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 54_952_000 ps.
    fn register() -> Weight {
        Weight::from_parts(55_944_000, 8_834)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Versions` (r:0 w:1), at most 189 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 64_056_000 ps.
    fn publish_version() -> Weight {
        Weight::from_parts(65_397_000, 13_368)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 38_658_000 ps.
    fn set_text() -> Weight {
        Weight::from_parts(39_418_000, 11_879)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // At least 12_358_000 ps.
    fn set_status() -> Weight {
        Weight::from_parts(13_020_000, 4_538)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::NextCase` (r:1 w:1), at most 4 bytes
    // `Listings::Cases` (r:0 w:1), at most 202 bytes
    // `Listings::Failed` (r:1 w:0), at most 553 bytes
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    fn delist() -> Weight {
        Weight::from_parts(34_000_000, 16_000)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 202 bytes
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    fn relist() -> Weight {
        Weight::from_parts(72_000_000, 20_000)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(5))
    }
    // `Listings::Listings` (r:1 w:0), at most 1073 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // At least 12_469_000 ps.
    fn offer_transfer() -> Weight {
        Weight::from_parts(12_749_000, 4_538)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Transfers` (r:1 w:1), at most 56 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // At least 96_634_000 ps.
    fn accept_transfer() -> Weight {
        Weight::from_parts(98_808_000, 20_761)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(6))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Offers` (r:0 w:1), at most 386 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 64_326_000 ps.
    fn add_offer() -> Weight {
        Weight::from_parts(65_267_000, 11_879)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Offers` (r:1 w:1), at most 386 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // At least 55_062_000 ps.
    fn withdraw_offer() -> Weight {
        Weight::from_parts(63_985_000, 15_730)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:5 w:1), at most 1073 bytes
    // `Listings::Children` (r:0 w:4), at most 48 bytes
    // `Listings::Versions` (r:4 w:0), at most 189 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // At least 63_205_000 ps.
    fn set_parents() -> Weight {
        Weight::from_parts(83_775_000, 31_865)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(5))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // At least 13_139_000 ps.
    fn set_min_royalty() -> Weight {
        Weight::from_parts(13_801_000, 4_538)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::SpecsOf` (r:1 w:0), at most 28 bytes
    // `Licensing::OpenAt` (r:1 w:0), at most 76 bytes
    // `Listings::Cases` (r:1 w:0), at most 202 bytes, counted since
    // At least 53_590_000 ps.
    fn retire() -> Weight {
        Weight::from_parts(54_361_000, 18_913)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Reviews` (r:0 w:1), at most 187 bytes
    // `Listings::Payers` (r:1 w:1), at most 88 bytes
    // `Listings::Reviewed` (r:1 w:1), at most 49 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 29_845_000 ps.
    fn review() -> Weight {
        Weight::from_parts(30_236_000, 16_752)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:0), at most 1073 bytes
    // `Listings::Reviews` (r:1 w:1), at most 187 bytes
    // At least 16_264_000 ps.
    fn answer() -> Weight {
        Weight::from_parts(16_876_000, 8_190)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    fn appoint_moderator() -> Weight {
        Weight::from_parts(12_000_000, 3_560)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    fn dismiss_moderator() -> Weight {
        Weight::from_parts(13_000_000, 3_560)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    fn post_bond() -> Weight {
        Weight::from_parts(46_000_000, 11_879)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    fn withdraw_bond() -> Weight {
        Weight::from_parts(46_000_000, 11_879)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 202 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    fn appeal() -> Weight {
        Weight::from_parts(62_000_000, 16_000)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 202 bytes
    // `Listings::Failed` (r:1 w:1), at most 553 bytes
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    fn decide_appeal() -> Weight {
        Weight::from_parts(160_000_000, 30_000)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(8))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:1), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 202 bytes
    // `Listings::Failed` (r:1 w:1), at most 553 bytes
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    fn withdraw_case() -> Weight {
        Weight::from_parts(160_000_000, 30_000)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(8))
    }
    // Not measured yet: counted, with the time of calls that do as much.
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Listings::Cases` (r:1 w:1), at most 202 bytes
    // `Listings::Moderators` (r:1 w:1), at most 81 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    fn close_case() -> Weight {
        Weight::from_parts(66_000_000, 20_000)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:1), at most 1073 bytes
    // `Listings::Children` (r:1 w:4), at most 48 bytes
    // `Listings::Versions` (r:0 w:256), at most 189 bytes
    // `Listings::Offers` (r:8 w:8), at most 386 bytes
    // `Listings::Transfers` (r:0 w:1), at most 56 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::SpecsOf` (r:1 w:0), at most 28 bytes
    // `Licensing::OpenAt` (r:1 w:0), at most 76 bytes
    // `Licensing::LicencesAt` (r:1 w:0), at most 72 bytes
    // `Listings::Cases` (r:1 w:0), `Listings::Failed` (r:0 w:1), counted since
    // At least 88_242_000 ps.
    fn remove(v: u32) -> Weight {
        Weight::from_parts(102_055_229, 49_841)
            .saturating_add(Weight::from_parts(2_147_189, 0).saturating_mul(v.into()))
            .saturating_add(D::get().reads(16))
            .saturating_add(D::get().writes(17))
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
