//! Weights: estimates, to be replaced by the benchmarks' numbers. Each is a time for the call's own work, with the
//! storage that it touches counted on top at the runtime's database prices; the times are generous, since a weight
//! that is too small lets a block run late.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, Weight},
};

/// What the calls cost.
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
    /// `remove` of a listing with that many versions.
    fn remove(versions: u32) -> Weight;
}

/// Estimates at the runtime's database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// One table for both: microseconds, reads, writes.
macro_rules! estimates {
    ($db:expr) => {
        fn register() -> Weight {
            Weight::from_parts(60_000_000, 0).saturating_add($db.reads_writes(3, 4))
        }
        fn publish_version() -> Weight {
            Weight::from_parts(60_000_000, 0).saturating_add($db.reads_writes(3, 4))
        }
        fn set_text() -> Weight {
            Weight::from_parts(70_000_000, 0).saturating_add($db.reads_writes(3, 3))
        }
        fn set_status() -> Weight {
            Weight::from_parts(25_000_000, 0).saturating_add($db.reads_writes(1, 1))
        }
        fn delist() -> Weight {
            Weight::from_parts(25_000_000, 0).saturating_add($db.reads_writes(2, 1))
        }
        fn relist() -> Weight {
            Weight::from_parts(25_000_000, 0).saturating_add($db.reads_writes(1, 1))
        }
        fn offer_transfer() -> Weight {
            Weight::from_parts(25_000_000, 0).saturating_add($db.reads_writes(2, 1))
        }
        fn accept_transfer() -> Weight {
            Weight::from_parts(110_000_000, 0).saturating_add($db.reads_writes(6, 6))
        }
        fn remove(versions: u32) -> Weight {
            Weight::from_parts(70_000_000, 0)
                .saturating_add(Weight::from_parts(3_000_000, 0).saturating_mul(versions.into()))
                .saturating_add($db.reads_writes(5, 4))
                .saturating_add($db.writes(versions.into()))
        }
    };
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    estimates!(T::DbWeight::get());
}

impl WeightInfo for () {
    estimates!(RocksDbWeight::get());
}
