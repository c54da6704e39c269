//! Weights of `pallet_compute`, measured on: AMD EPYC. 50 steps, 20 repetitions.
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
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 62_163_000 ps.
    fn register_provider() -> Weight {
        Weight::from_parts(64_997_000, 18_385)
            .saturating_add(D::get().reads(5))
            .saturating_add(D::get().writes(3))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 11_818_000 ps.
    fn accept_sidecar() -> Weight {
        Weight::from_parts(12_239_000, 7_487)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 11_106_000 ps.
    fn update_provider() -> Weight {
        Weight::from_parts(11_377_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 10_035_000 ps.
    fn rotate_receipt_key() -> Weight {
        Weight::from_parts(10_285_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 54_452_000 ps.
    fn bond_extra() -> Weight {
        Weight::from_parts(55_523_000, 12_565)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 36_354_000 ps.
    fn unbond_some() -> Weight {
        Weight::from_parts(37_396_000, 26_785)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 48_833_000 ps.
    fn withdraw_unbonded() -> Weight {
        Weight::from_parts(49_424_000, 14_054)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(3))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:7 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 34_221_000 ps.
    fn drain() -> Weight {
        Weight::from_parts(35_613_000, 26_785)
            .saturating_add(D::get().reads(10))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:32 w:32), at most 245 bytes
    // `Compute::Doubted` (r:64 w:64), at most 116 bytes
    // `Compute::Servings` (r:32 w:32), at most 148 bytes
    // At least 1_129_064_000 ps.
    fn withdraw() -> Weight {
        Weight::from_parts(1_250_865_000, 376_407)
            .saturating_add(D::get().reads(141))
            .saturating_add(D::get().writes(131))
    }
    // `Listings::Listings` (r:1 w:0), at most 1073 bytes
    // `Listings::Versions` (r:1 w:0), at most 189 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 65_728_000 ps.
    fn register_spec() -> Weight {
        Weight::from_parts(66_880_000, 22_736)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Listings::Listings` (r:1 w:0), at most 1073 bytes
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Verifiers` (r:128 w:128), at most 4420 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // `Compute::SpecsOf` (r:1 w:1), at most 28 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 872_582_000 ps.
    fn remove_spec() -> Weight {
        Weight::from_parts(928_896_000, 911_907)
            .saturating_add(D::get().reads(134))
            .saturating_add(D::get().writes(133))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 11_698_000 ps.
    fn accept_calibration() -> Weight {
        Weight::from_parts(12_309_000, 5_199)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // At least 9_134_000 ps.
    fn revoke_calibration() -> Weight {
        Weight::from_parts(9_825_000, 3_710)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // `Compute::Doubted` (r:2 w:1), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 148 bytes
    // At least 34_281_000 ps.
    fn serve() -> Weight {
        Weight::from_parts(35_212_000, 22_220)
            .saturating_add(D::get().reads(6))
            .saturating_add(D::get().writes(4))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:8 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Specs` (r:1 w:1), at most 245 bytes
    // `Compute::Doubted` (r:2 w:2), at most 116 bytes
    // `Compute::Servings` (r:1 w:1), at most 148 bytes
    // At least 81_071_000 ps.
    fn stop_serving() -> Weight {
        Weight::from_parts(89_503_000, 42_791)
            .saturating_add(D::get().reads(15))
            .saturating_add(D::get().writes(5))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Verifiers` (r:2 w:2), at most 4420 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 272_006_000 ps.
    fn register_verifier() -> Weight {
        Weight::from_parts(311_515_000, 53_805)
            .saturating_add(D::get().reads(9))
            .saturating_add(D::get().writes(5))
    }
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Seats` (r:1 w:1), at most 5810 bytes
    // At least 44_897_000 ps.
    fn leave_verifier() -> Weight {
        Weight::from_parts(70_495_000, 14_265)
            .saturating_add(D::get().reads(3))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:1 w:1), at most 128 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Balances::Holds` (r:1 w:1), at most 283 bytes
    // `Compute::Verifiers` (r:1 w:1), at most 4420 bytes
    // `Compute::Seats` (r:64 w:64), at most 5810 bytes
    // At least 616_960_000 ps.
    fn withdraw_verifier() -> Weight {
        Weight::from_parts(683_399_000, 547_945)
            .saturating_add(D::get().reads(68))
            .saturating_add(D::get().writes(67))
    }
    // By hand until it is measured.
    // `Compute::Classes` (r:0 w:1)
    fn register_class() -> Weight {
        Weight::from_parts(12_000_000, 0)
            .saturating_add(D::get().writes(1))
    }
    // By hand until it is measured.
    // `Compute::Classes` (r:1 w:1)
    fn remove_class() -> Weight {
        Weight::from_parts(12_000_000, 4_000)
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
