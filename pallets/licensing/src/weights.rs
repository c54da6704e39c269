//! Weights of `pallet_licensing`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    /// `purchase`.
    fn purchase() -> Weight;
    /// `offer_copy`.
    fn offer_copy() -> Weight;
    /// `accept_copy`.
    fn accept_copy() -> Weight;
    /// `reveal_key`.
    fn reveal_key() -> Weight;
    /// `settle`.
    fn settle() -> Weight;
    /// `complain`.
    fn complain() -> Weight;
    /// `cancel`.
    fn cancel() -> Weight;
    /// `reject_copy`.
    fn reject_copy() -> Weight;
    /// `expire`.
    fn expire() -> Weight;
    /// `renew`.
    fn renew() -> Weight;
    /// `transfer`.
    fn transfer() -> Weight;
    /// `assign_seat`.
    fn assign_seat() -> Weight;
    /// `free_seat`.
    fn free_seat() -> Weight;
    /// `set_store`.
    fn set_store() -> Weight;
    /// `claim`.
    fn claim() -> Weight;
    /// `pay_out`.
    fn pay_out() -> Weight;
    /// `idle_look`.
    fn idle_look() -> Weight;
    /// `idle_task`.
    fn idle_task() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Listings::Listings` (r:5 w:0), at most 1077 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `Listings::Offers` (r:1 w:0), at most 386 bytes
    // `System::ParentHash` (r:1 w:0), at most 32 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:1 w:1), at most 118 bytes
    // `Rewards::Records` (r:1 w:1), at most 163 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:5 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::PurchaseCount` (r:1 w:1), at most 8 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:0 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::PurchasesOf` (r:0 w:2), at most 96 bytes
    // `Licensing::Licences` (r:0 w:1), at most 274 bytes
    // At least 654_217_000 ps.
    fn purchase() -> Weight {
        Weight::from_parts(664_829_000, 82_192)
            .saturating_add(D::get().reads(28))
            .saturating_add(D::get().writes(22))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 110_148_000 ps.
    fn offer_copy() -> Weight {
        Weight::from_parts(115_305_000, 16_446)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(5))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 42_182_000 ps.
    fn accept_copy() -> Weight {
        Weight::from_parts(45_057_000, 9_015)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 43_120_000 ps.
    fn reveal_key() -> Weight {
        Weight::from_parts(44_345_000, 9_015)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:4 w:0), at most 1077 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:1 w:1), at most 118 bytes
    // `Rewards::Records` (r:1 w:1), at most 163 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 274 bytes
    // At least 643_000_000 ps.
    fn settle() -> Weight {
        Weight::from_parts(653_482_000, 64_954)
            .saturating_add(D::get().reads(21))
            .saturating_add(D::get().writes(20))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 1_268_868_000 ps.
    fn complain() -> Weight {
        Weight::from_parts(1_338_060_000, 25_446)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(8))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 94_426_000 ps.
    fn cancel() -> Weight {
        Weight::from_parts(99_526_000, 16_486)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(6))
    }
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 203_860_000 ps.
    fn reject_copy() -> Weight {
        Weight::from_parts(210_077_000, 21_937)
            .saturating_add(D::get().reads(7))
            .saturating_add(D::get().writes(8))
    }
    // `Listings::Listings` (r:4 w:0), at most 1077 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:1 w:1), at most 118 bytes
    // `Rewards::Records` (r:1 w:1), at most 163 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 274 bytes
    // At least 635_716_000 ps.
    fn expire() -> Weight {
        Weight::from_parts(650_367_000, 64_954)
            .saturating_add(D::get().reads(21))
            .saturating_add(D::get().writes(20))
    }
    // `Listings::Listings` (r:5 w:0), at most 1077 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `Listings::Offers` (r:7 w:0), at most 386 bytes
    // `System::Account` (r:7 w:7), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:1 w:1), at most 118 bytes
    // `Rewards::Records` (r:1 w:1), at most 163 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Licences` (r:1 w:1), at most 274 bytes
    // At least 595_727_000 ps.
    fn renew() -> Weight {
        Weight::from_parts(614_180_000, 86_410)
            .saturating_add(D::get().reads(28))
            .saturating_add(D::get().writes(13))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:65), at most 120 bytes
    // `Licensing::Licences` (r:1 w:1), at most 274 bytes
    // At least 370_300_000 ps.
    fn transfer() -> Weight {
        Weight::from_parts(378_100_000, 10_791)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(67))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Licences` (r:1 w:0), at most 274 bytes
    // At least 42_176_000 ps.
    fn assign_seat() -> Weight {
        Weight::from_parts(70_870_000, 10_791)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(2))
    }
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Licences` (r:1 w:0), at most 274 bytes
    // At least 39_602_000 ps.
    fn free_seat() -> Weight {
        Weight::from_parts(47_282_000, 9_302)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
    }
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Stores` (r:1 w:1), at most 322 bytes
    // At least 135_100_000 ps.
    fn set_store() -> Weight {
        Weight::from_parts(145_053_000, 11_126)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(2))
    }
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Licensing::Claims` (r:1 w:1), at most 64 bytes
    // At least 83_288_000 ps.
    fn claim() -> Weight {
        Weight::from_parts(107_158_000, 9_725)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:5 w:0), at most 1077 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `System::Account` (r:6 w:6), at most 128 bytes
    // `Licensing::Agenda` (r:0 w:1), at most 61 bytes
    // `Licensing::Pots` (r:1 w:1), at most 68 bytes
    // `Licensing::Licences` (r:1 w:0), at most 274 bytes
    // At least 335_910_000 ps.
    fn pay_out() -> Weight {
        Weight::from_parts(347_191_000, 46_284)
            .saturating_add(D::get().reads(14))
            .saturating_add(D::get().writes(8))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Agenda` (r:1 w:0), at most 61 bytes
    // `Licensing::AgendaCursor` (r:1 w:1), at most 4 bytes
    // At least 10_750_000 ps.
    fn idle_look() -> Weight {
        Weight::from_parts(11_306_000, 6_504)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:4 w:0), at most 1077 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:1 w:1), at most 118 bytes
    // `Rewards::Records` (r:1 w:1), at most 163 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 274 bytes
    // At least 643_609_000 ps.
    fn idle_task() -> Weight {
        Weight::from_parts(663_377_000, 64_954)
            .saturating_add(D::get().reads(21))
            .saturating_add(D::get().writes(20))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn purchase() -> Weight {
        Measured::<RocksDbWeight>::purchase()
    }
    fn offer_copy() -> Weight {
        Measured::<RocksDbWeight>::offer_copy()
    }
    fn accept_copy() -> Weight {
        Measured::<RocksDbWeight>::accept_copy()
    }
    fn reveal_key() -> Weight {
        Measured::<RocksDbWeight>::reveal_key()
    }
    fn settle() -> Weight {
        Measured::<RocksDbWeight>::settle()
    }
    fn complain() -> Weight {
        Measured::<RocksDbWeight>::complain()
    }
    fn cancel() -> Weight {
        Measured::<RocksDbWeight>::cancel()
    }
    fn reject_copy() -> Weight {
        Measured::<RocksDbWeight>::reject_copy()
    }
    fn expire() -> Weight {
        Measured::<RocksDbWeight>::expire()
    }
    fn renew() -> Weight {
        Measured::<RocksDbWeight>::renew()
    }
    fn transfer() -> Weight {
        Measured::<RocksDbWeight>::transfer()
    }
    fn assign_seat() -> Weight {
        Measured::<RocksDbWeight>::assign_seat()
    }
    fn free_seat() -> Weight {
        Measured::<RocksDbWeight>::free_seat()
    }
    fn set_store() -> Weight {
        Measured::<RocksDbWeight>::set_store()
    }
    fn claim() -> Weight {
        Measured::<RocksDbWeight>::claim()
    }
    fn pay_out() -> Weight {
        Measured::<RocksDbWeight>::pay_out()
    }
    fn idle_look() -> Weight {
        Measured::<RocksDbWeight>::idle_look()
    }
    fn idle_task() -> Weight {
        Measured::<RocksDbWeight>::idle_task()
    }
}
