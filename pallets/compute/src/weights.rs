//! Weights of `pallet_compute`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    /// `register_provider`.
    fn register_provider() -> Weight;
    /// `accept_sidecar`.
    fn accept_sidecar() -> Weight;
    /// `update_provider`.
    fn update_provider() -> Weight;
    /// `rotate_receipt_key`.
    fn rotate_receipt_key() -> Weight;
    /// `bond_extra`.
    fn bond_extra() -> Weight;
    /// `unbond_some`.
    fn unbond_some() -> Weight;
    /// `withdraw_unbonded`.
    fn withdraw_unbonded() -> Weight;
    /// `drain`.
    fn drain() -> Weight;
    /// `withdraw`.
    fn withdraw() -> Weight;
    /// `register_spec`.
    fn register_spec() -> Weight;
    /// `remove_spec`.
    fn remove_spec() -> Weight;
    /// `accept_calibration`.
    fn accept_calibration() -> Weight;
    /// `revoke_calibration`.
    fn revoke_calibration() -> Weight;
    /// `serve`.
    fn serve() -> Weight;
    /// `stop_serving`.
    fn stop_serving() -> Weight;
    /// `register_verifier`.
    fn register_verifier() -> Weight;
    /// `leave_verifier`.
    fn leave_verifier() -> Weight;
    /// `withdraw_verifier`.
    fn withdraw_verifier() -> Weight;
    /// `register_class`.
    fn register_class() -> Weight;
    /// `remove_class`.
    fn remove_class() -> Weight;
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 87_463_000 ps.
    fn register_provider() -> Weight {
        Weight::from_parts(90_227_000, 18_586)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(3))
    }
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 39_550_000 ps.
    fn accept_sidecar() -> Weight {
        Weight::from_parts(41_517_000, 13_407)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(2))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 17_812_000 ps.
    fn update_provider() -> Weight {
        Weight::from_parts(18_580_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 16_287_000 ps.
    fn rotate_receipt_key() -> Weight {
        Weight::from_parts(17_416_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 99_090_000 ps.
    fn bond_extra() -> Weight {
        Weight::from_parts(102_663_000, 17_727)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(4))
    }
    // `ConvictionVoting::ClassLocksFor` (r:1 w:0), at most 275 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 76_297_000 ps.
    fn unbond_some() -> Weight {
        Weight::from_parts(79_536_000, 35_597)
            .saturating_add(D::get().reads(13))
            .saturating_add(D::get().writes(2))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 70_785_000 ps.
    fn withdraw_unbonded() -> Weight {
        Weight::from_parts(74_260_000, 14_144)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `ConvictionVoting::ClassLocksFor` (r:1 w:0), at most 275 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 73_428_000 ps.
    fn drain() -> Weight {
        Weight::from_parts(76_727_000, 35_597)
            .saturating_add(D::get().reads(13))
            .saturating_add(D::get().writes(2))
    }
    // `ConvictionVoting::ClassLocksFor` (r:1 w:0), at most 275 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:32 w:32), at most 245 bytes
    // `Compute::Doubted` (r:64 w:64), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 152 bytes
    // At least 1_480_791_000 ps.
    fn withdraw() -> Weight {
        Weight::from_parts(1_534_663_000, 385_437)
            .saturating_add(D::get().reads(144))
            .saturating_add(D::get().writes(132))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Classes` (r:1 w:0), at most 83 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 107_506_000 ps.
    fn register_spec() -> Weight {
        Weight::from_parts(110_941_000, 29_879)
            .saturating_add(D::get().reads(8))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Compute::Verifiers` (r:128 w:128), at most 4420 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 1_110_949_000 ps.
    fn remove_spec() -> Weight {
        Weight::from_parts(1_142_240_000, 912_001)
            .saturating_add(D::get().reads(134))
            .saturating_add(D::get().writes(133))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Compute::Classes` (r:1 w:0), at most 83 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 26_692_000 ps.
    fn accept_calibration() -> Weight {
        Weight::from_parts(28_464_000, 8_747)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 15_346_000 ps.
    fn revoke_calibration() -> Weight {
        Weight::from_parts(17_069_000, 3_710)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // `Compute::Doubted` (r:2 w:1), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 152 bytes
    // At least 54_549_000 ps.
    fn serve() -> Weight {
        Weight::from_parts(58_219_000, 23_713)
            .saturating_add(D::get().reads(7))
            .saturating_add(D::get().writes(4))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // `Compute::Doubted` (r:2 w:2), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 152 bytes
    // At least 100_028_000 ps.
    fn stop_serving() -> Weight {
        Weight::from_parts(106_343_000, 42_795)
            .saturating_add(D::get().reads(15))
            .saturating_add(D::get().writes(5))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Verifiers` (r:2 w:2), at most 4420 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 188_005_000 ps.
    fn register_verifier() -> Weight {
        Weight::from_parts(211_371_000, 53_968)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(5))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // At least 56_240_000 ps.
    fn leave_verifier() -> Weight {
        Weight::from_parts(59_639_000, 14_265)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Compute::Verifiers` (r:1 w:1), at most 4420 bytes
    // `Compute::Seats` (r:64 w:64), at most 5810 bytes
    // At least 906_403_000 ps.
    fn withdraw_verifier() -> Weight {
        Weight::from_parts(989_298_000, 548_035)
            .saturating_add(D::get().reads(68))
            .saturating_add(D::get().writes(67))
    }
    // `Compute::Classes` (r:0 w:1), at most 83 bytes
    // At least 9_386_000 ps.
    fn register_class() -> Weight {
        Weight::from_parts(10_180_000, 0)
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Classes` (r:1 w:1), at most 83 bytes
    // At least 12_496_000 ps.
    fn remove_class() -> Weight {
        Weight::from_parts(13_720_000, 3_548)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
}

/// For mocks.
impl WeightInfo for () {
    fn register_provider() -> Weight {
        Measured::<RocksDbWeight>::register_provider()
    }
    fn accept_sidecar() -> Weight {
        Measured::<RocksDbWeight>::accept_sidecar()
    }
    fn update_provider() -> Weight {
        Measured::<RocksDbWeight>::update_provider()
    }
    fn rotate_receipt_key() -> Weight {
        Measured::<RocksDbWeight>::rotate_receipt_key()
    }
    fn bond_extra() -> Weight {
        Measured::<RocksDbWeight>::bond_extra()
    }
    fn unbond_some() -> Weight {
        Measured::<RocksDbWeight>::unbond_some()
    }
    fn withdraw_unbonded() -> Weight {
        Measured::<RocksDbWeight>::withdraw_unbonded()
    }
    fn drain() -> Weight {
        Measured::<RocksDbWeight>::drain()
    }
    fn withdraw() -> Weight {
        Measured::<RocksDbWeight>::withdraw()
    }
    fn register_spec() -> Weight {
        Measured::<RocksDbWeight>::register_spec()
    }
    fn remove_spec() -> Weight {
        Measured::<RocksDbWeight>::remove_spec()
    }
    fn accept_calibration() -> Weight {
        Measured::<RocksDbWeight>::accept_calibration()
    }
    fn revoke_calibration() -> Weight {
        Measured::<RocksDbWeight>::revoke_calibration()
    }
    fn serve() -> Weight {
        Measured::<RocksDbWeight>::serve()
    }
    fn stop_serving() -> Weight {
        Measured::<RocksDbWeight>::stop_serving()
    }
    fn register_verifier() -> Weight {
        Measured::<RocksDbWeight>::register_verifier()
    }
    fn leave_verifier() -> Weight {
        Measured::<RocksDbWeight>::leave_verifier()
    }
    fn withdraw_verifier() -> Weight {
        Measured::<RocksDbWeight>::withdraw_verifier()
    }
    fn register_class() -> Weight {
        Measured::<RocksDbWeight>::register_class()
    }
    fn remove_class() -> Weight {
        Measured::<RocksDbWeight>::remove_class()
    }
}
