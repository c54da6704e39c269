//! Weights of `pallet_governance`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    /// `tick`.
    fn tick() -> Weight;
    /// `hold_clock`.
    fn hold_clock() -> Weight;
    /// `power`.
    fn power() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `Migrations::Cursor` (r:1 w:0), at most 65550 bytes
    // `Governance::HeldUntil` (r:1 w:1), at most 4 bytes
    // `Governance::LiveBlocks` (r:1 w:1), at most 4 bytes
    // `SafeMode::EnteredUntil` (r:1 w:0), at most 4 bytes
    // At least 11_809_000 ps.
    fn tick() -> Weight {
        Weight::from_parts(15_681_000, 71_502)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(2))
    }
    // `Governance::HeldUntil` (r:0 w:1), at most 4 bytes
    // At least 6_864_000 ps.
    fn hold_clock() -> Weight {
        Weight::from_parts(8_867_000, 0)
            .saturating_add(D::get().writes(1))
    }
    // By hand, since the account that was measured has nothing at stake: the era, `Governance::Book` (r:3), the stakes' own
    // rows (r:8), `ConvictionVoting::ClassLocksFor` (r:1), `ConvictionVoting::VotingFor` (r:1, up to 30 KB).
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
