//! Weights of `pallet_compute`, measured on: AMD EPYC. 20 steps, 10 repetitions.
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
}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 60_490_000 ps.
    fn register_provider() -> Weight {
        Weight::from_parts(63_936_000, 18_259)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(3))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 10_796_000 ps.
    fn accept_sidecar() -> Weight {
        Weight::from_parts(11_136_000, 7_487)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 10_015_000 ps.
    fn update_provider() -> Weight {
        Weight::from_parts(10_476_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 9_124_000 ps.
    fn rotate_receipt_key() -> Weight {
        Weight::from_parts(9_194_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 49_003_000 ps.
    fn bond_extra() -> Weight {
        Weight::from_parts(49_925_000, 12_511)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 31_858_000 ps.
    fn unbond_some() -> Weight {
        Weight::from_parts(32_759_000, 26_785)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 44_046_000 ps.
    fn withdraw_unbonded() -> Weight {
        Weight::from_parts(45_468_000, 14_000)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 30_676_000 ps.
    fn drain() -> Weight {
        Weight::from_parts(31_257_000, 26_785)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:32 w:32), at most 241 bytes
    // `Compute::Doubted` (r:64 w:64), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 148 bytes
    // At least 972_971_000 ps.
    fn withdraw() -> Weight {
        Weight::from_parts(977_668_000, 376_225)
            .saturating_add(D::get().reads(141))
            .saturating_add(D::get().writes(131))
    }
    // `Listings::Listings` (r:1 w:0), at most 939 bytes
    // `Listings::Versions` (r:1 w:0), at most 124 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // At least 58_597_000 ps.
    fn register_spec() -> Weight {
        Weight::from_parts(59_338_000, 22_479)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:0), at most 939 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Verifiers` (r:128 w:128), at most 2114 bytes
    // `Compute::Seats` (r:1 w:1), at most 5298 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // At least 683_750_000 ps.
    fn remove_spec() -> Weight {
        Weight::from_parts(690_520_000, 616_035)
            .saturating_add(D::get().reads(134))
            .saturating_add(D::get().writes(133))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // At least 10_095_000 ps.
    fn accept_calibration() -> Weight {
        Weight::from_parts(10_485_000, 5_195)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // At least 8_042_000 ps.
    fn revoke_calibration() -> Weight {
        Weight::from_parts(8_312_000, 3_706)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // `Compute::Doubted` (r:2 w:1), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 148 bytes
    // At least 29_994_000 ps.
    fn serve() -> Weight {
        Weight::from_parts(30_515_000, 22_216)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 241 bytes
    // `Compute::Doubted` (r:2 w:2), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 148 bytes
    // At least 57_596_000 ps.
    fn stop_serving() -> Weight {
        Weight::from_parts(58_207_000, 42_787)
            .saturating_add(D::get().reads(15))
            .saturating_add(D::get().writes(5))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Verifiers` (r:2 w:2), at most 2114 bytes
    // `Compute::Seats` (r:1 w:1), at most 5298 bytes
    // `Compute::Specs` (r:1 w:0), at most 241 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 221_030_000 ps.
    fn register_verifier() -> Weight {
        Weight::from_parts(225_616_000, 48_038)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(5))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Seats` (r:1 w:1), at most 5298 bytes
    // At least 22_364_000 ps.
    fn leave_verifier() -> Weight {
        Weight::from_parts(22_914_000, 13_753)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 229 bytes
    // `Compute::Verifiers` (r:1 w:1), at most 2114 bytes
    // `Compute::Seats` (r:64 w:64), at most 5298 bytes
    // At least 533_636_000 ps.
    fn withdraw_verifier() -> Weight {
        Weight::from_parts(536_610_000, 512_817)
            .saturating_add(D::get().reads(68))
            .saturating_add(D::get().writes(67))
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
}
