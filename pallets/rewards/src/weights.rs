//! Weights of `pallet_rewards`, estimated by the reads and writes of the worst case.
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
    /// `claim`.
    fn claim() -> Weight;
    /// `set_compound`.
    fn set_compound() -> Weight;
    /// `commit_exam`.
    fn commit_exam() -> Weight;
    /// `set_reference`.
    fn set_reference() -> Weight;
    /// `step_round`.
    fn step_round() -> Weight;
    /// `epoch_ended`.
    fn epoch_ended() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    fn claim() -> Weight {
        Weight::from_parts(120_000_000, 30_000)
            .saturating_add(D::get().reads(20))
            .saturating_add(D::get().writes(16))
    }
    fn set_compound() -> Weight {
        Weight::from_parts(12_000_000, 0)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    fn commit_exam() -> Weight {
        Weight::from_parts(150_000_000, 60_000)
            .saturating_add(D::get().reads(37))
            .saturating_add(D::get().writes(9))
    }
    fn set_reference() -> Weight {
        Weight::from_parts(20_000_000, 4_000)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    fn step_round() -> Weight {
        Weight::from_parts(15_000_000, 3_700)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(1))
    }
    fn epoch_ended() -> Weight {
        Weight::from_parts(90_000_000, 12_000)
            .saturating_add(D::get().reads(22))
            .saturating_add(D::get().writes(18))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn claim() -> Weight {
        Measured::<RocksDbWeight>::claim()
    }
    fn set_compound() -> Weight {
        Measured::<RocksDbWeight>::set_compound()
    }
    fn commit_exam() -> Weight {
        Measured::<RocksDbWeight>::commit_exam()
    }
    fn set_reference() -> Weight {
        Measured::<RocksDbWeight>::set_reference()
    }
    fn step_round() -> Weight {
        Measured::<RocksDbWeight>::step_round()
    }
    fn epoch_ended() -> Weight {
        Measured::<RocksDbWeight>::epoch_ended()
    }
}
