//! Weights of `pallet_licensing`, measured on: AMD EPYC. 50 steps, 20 repetitions.
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
    // `Listings::Listings` (r:5 w:0), at most 1073 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `Listings::Offers` (r:1 w:0), at most 386 bytes
    // `System::ParentHash` (r:1 w:0), at most 32 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:4 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::PurchaseCount` (r:1 w:1), at most 8 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:0 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::PurchasesOf` (r:0 w:2), at most 96 bytes
    // `Licensing::Licences` (r:0 w:1), at most 193 bytes
    // At least 450_321_000 ps.
    fn purchase() -> Weight {
        Weight::from_parts(459_896_000, 70_871)
            .saturating_add(D::get().reads(24))
            .saturating_add(D::get().writes(20))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 74_792_000 ps.
    fn offer_copy() -> Weight {
        Weight::from_parts(77_185_000, 16_356)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(5))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 25_207_000 ps.
    fn accept_copy() -> Weight {
        Weight::from_parts(27_461_000, 9_015)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 26_640_000 ps.
    fn reveal_key() -> Weight {
        Weight::from_parts(27_991_000, 9_015)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:4 w:0), at most 1073 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 193 bytes
    // At least 433_767_000 ps.
    fn settle() -> Weight {
        Weight::from_parts(439_185_000, 52_557)
            .saturating_add(D::get().reads(17))
            .saturating_add(D::get().writes(18))
    }
    // `System::BlockHash` (r:1 w:0), at most 44 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 1_801_157_000 ps.
    fn complain() -> Weight {
        Weight::from_parts(1_858_252_000, 25_266)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(8))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 61_992_000 ps.
    fn cancel() -> Weight {
        Weight::from_parts(63_495_000, 16_396)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(6))
    }
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // At least 139_268_000 ps.
    fn reject_copy() -> Weight {
        Weight::from_parts(143_053_000, 21_757)
            .saturating_add(D::get().reads(7))
            .saturating_add(D::get().writes(8))
    }
    // `Listings::Listings` (r:4 w:0), at most 1073 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 193 bytes
    // At least 474_027_000 ps.
    fn expire() -> Weight {
        Weight::from_parts(510_652_000, 52_557)
            .saturating_add(D::get().reads(17))
            .saturating_add(D::get().writes(18))
    }
    // `Listings::Listings` (r:5 w:0), at most 1073 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `Listings::Offers` (r:7 w:0), at most 386 bytes
    // `System::Account` (r:7 w:7), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Licensing::Agenda` (r:0 w:2), at most 61 bytes
    // `Licensing::Licences` (r:1 w:1), at most 193 bytes
    // At least 421_058_000 ps.
    fn renew() -> Weight {
        Weight::from_parts(426_907_000, 75_008)
            .saturating_add(D::get().reads(24))
            .saturating_add(D::get().writes(11))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:65), at most 120 bytes
    // `Licensing::Licences` (r:1 w:1), at most 193 bytes
    // At least 291_765_000 ps.
    fn transfer() -> Weight {
        Weight::from_parts(301_099_000, 10_710)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(67))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 25_918_000 ps.
    fn assign_seat() -> Weight {
        Weight::from_parts(27_230_000, 10_710)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(2))
    }
    // `Licensing::Seats` (r:1 w:1), at most 2098 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 22_924_000 ps.
    fn free_seat() -> Weight {
        Weight::from_parts(28_052_000, 9_221)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
    }
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Licensing::Stores` (r:1 w:1), at most 322 bytes
    // At least 50_806_000 ps.
    fn set_store() -> Weight {
        Weight::from_parts(52_338_000, 7_535)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
    }
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Licensing::Claims` (r:1 w:1), at most 64 bytes
    // At least 45_167_000 ps.
    fn claim() -> Weight {
        Weight::from_parts(45_869_000, 9_725)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Listings::Listings` (r:5 w:0), at most 1073 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `System::Account` (r:6 w:6), at most 128 bytes
    // `Licensing::Agenda` (r:0 w:1), at most 61 bytes
    // `Licensing::Pots` (r:1 w:1), at most 68 bytes
    // `Licensing::Licences` (r:1 w:0), at most 193 bytes
    // At least 245_797_000 ps.
    fn pay_out() -> Weight {
        Weight::from_parts(250_784_000, 46_183)
            .saturating_add(D::get().reads(14))
            .saturating_add(D::get().writes(8))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Licensing::Agenda` (r:1 w:0), at most 61 bytes
    // `Licensing::AgendaCursor` (r:1 w:1), at most 4 bytes
    // At least 7_481_000 ps.
    fn idle_look() -> Weight {
        Weight::from_parts(7_602_000, 6_504)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:4 w:0), at most 1073 bytes
    // `System::Account` (r:8 w:8), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:2 w:2), at most 283 bytes
    // `Licensing::Agenda` (r:0 w:3), at most 61 bytes
    // `Licensing::OpenAt` (r:1 w:1), at most 76 bytes
    // `Licensing::Usable` (r:0 w:1), at most 120 bytes
    // `Licensing::Purchases` (r:1 w:1), at most 560 bytes
    // `Licensing::LicencesAt` (r:0 w:1), at most 72 bytes
    // `Licensing::Licences` (r:0 w:1), at most 193 bytes
    // At least 439_656_000 ps.
    fn idle_task() -> Weight {
        Weight::from_parts(446_396_000, 52_557)
            .saturating_add(D::get().reads(17))
            .saturating_add(D::get().writes(18))
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
