//! Weights of `pallet_licensing`: a first estimate by hand, from the measured calls of `pallet_channels` and
//! `pallet_listings` with the same reads, writes and payments.
//!
//! `scripts/weights.sh` writes this file: measure instead of changing it, see `docs/weights.md`.

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
    /// `claim`.
    fn claim() -> Weight;
    /// `idle_look`.
    fn idle_look() -> Weight;
    /// `idle_task`.
    fn idle_task() -> Weight;
    /// `pay_out`.
    fn pay_out() -> Weight;
    /// `set_store`.
    fn set_store() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    fn purchase() -> Weight {
        Weight::from_parts(420_000_000, 40_000)
            .saturating_add(D::get().reads(30))
            .saturating_add(D::get().writes(22))
    }
    fn offer_copy() -> Weight {
        Weight::from_parts(110_000_000, 13_000)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(6))
    }
    fn accept_copy() -> Weight {
        Weight::from_parts(45_000_000, 8_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    fn reveal_key() -> Weight {
        Weight::from_parts(60_000_000, 8_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    fn settle() -> Weight {
        Weight::from_parts(420_000_000, 40_000)
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().writes(22))
    }
    fn complain() -> Weight {
        Weight::from_parts(1_100_000_000, 90_000)
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().writes(22))
    }
    fn cancel() -> Weight {
        Weight::from_parts(140_000_000, 13_000)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(7))
    }
    fn reject_copy() -> Weight {
        Weight::from_parts(200_000_000, 20_000)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(8))
    }
    fn expire() -> Weight {
        Weight::from_parts(420_000_000, 40_000)
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().writes(22))
    }
    fn renew() -> Weight {
        Weight::from_parts(420_000_000, 40_000)
            .saturating_add(D::get().reads(24))
            .saturating_add(D::get().writes(15))
    }
    fn transfer() -> Weight {
        Weight::from_parts(120_000_000, 13_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(69))
    }
    fn assign_seat() -> Weight {
        Weight::from_parts(60_000_000, 8_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    fn free_seat() -> Weight {
        Weight::from_parts(60_000_000, 8_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    fn claim() -> Weight {
        Weight::from_parts(90_000_000, 8_000)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    fn idle_look() -> Weight {
        Weight::from_parts(15_000_000, 3_500)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    fn idle_task() -> Weight {
        Weight::from_parts(430_000_000, 40_000)
            .saturating_add(D::get().reads(88))
            .saturating_add(D::get().writes(88))
    }
    fn pay_out() -> Weight {
        Weight::from_parts(260_000_000, 30_000)
            .saturating_add(D::get().reads(16))
            .saturating_add(D::get().writes(9))
    }
    fn set_store() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(2))
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
    fn claim() -> Weight {
        Measured::<RocksDbWeight>::claim()
    }
    fn idle_look() -> Weight {
        Measured::<RocksDbWeight>::idle_look()
    }
    fn idle_task() -> Weight {
        Measured::<RocksDbWeight>::idle_task()
    }
    fn pay_out() -> Weight {
        Measured::<RocksDbWeight>::pay_out()
    }
    fn set_store() -> Weight {
        Measured::<RocksDbWeight>::set_store()
    }
}
