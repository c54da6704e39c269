//! Weights of `pallet_governance`: estimates by what is read and written, until `scripts/weights.sh` has measured them
//! (`docs/weights.md`). What the voting pallet does is weighed by its own measurements.

#![cfg_attr(rustfmt, rustfmt_skip)]

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};

/// What the pallet's calls and its work in each block weigh.
pub trait WeightInfo {
    /// Counting a block.
    fn tick() -> Weight;
    /// `hold_clock`.
    fn hold_clock() -> Weight;
    /// To read the power of an account, its locks from votes and its votes in one class.
    fn power() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // Two brakes, `Governance::HeldUntil` (w:1), `Governance::LiveBlocks` (w:1)
    fn tick() -> Weight {
        Weight::from_parts(6_000_000, 3_000)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(2))
    }
    // `Governance::HeldUntil` (r:1 w:1)
    fn hold_clock() -> Weight {
        Weight::from_parts(8_000_000, 1_500)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // The era, `Governance::Book` (r:3), the stakes' own rows (r:8), `ConvictionVoting::ClassLocksFor` (r:1),
    // `ConvictionVoting::VotingFor` (r:1, up to 30 KB)
    fn power() -> Weight {
        Weight::from_parts(60_000_000, 60_000)
            .saturating_add(D::get().reads(14))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn tick() -> Weight {
        Measured::<RocksDbWeight>::tick()
    }
    fn hold_clock() -> Weight {
        Measured::<RocksDbWeight>::hold_clock()
    }
    fn power() -> Weight {
        Measured::<RocksDbWeight>::power()
    }
}
