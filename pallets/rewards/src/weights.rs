//! Weights of `pallet_rewards`, measured on: Intel(R) Xeon(R) Processor. 50 steps, 20 repetitions.
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
    // `System::Account` (r:3 w:3), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::Books` (r:4 w:4), at most 118 bytes
    // `Rewards::Rounds` (r:1 w:1), at most 93 bytes
    // `Rewards::Owed` (r:2 w:2), at most 25 bytes
    // `Rewards::Compounding` (r:1 w:0), at most 48 bytes
    // `Rewards::Records` (r:4 w:4), at most 163 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Governance::Book` (r:1 w:1), at most 109 bytes
    // `Balances::Holds` (r:1 w:1), at most 373 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // At least 527_185_000 ps.
    fn claim() -> Weight {
        Weight::from_parts(722_627_000, 63_888)
            .saturating_add(D::get().reads(21))
            .saturating_add(D::get().writes(17))
    }
    // `Rewards::Compounding` (r:0 w:1), at most 48 bytes
    // `Compute::Providers` (r:1 w:0), at most 1759 bytes
    // At least 67_780_000 ps.
    fn set_compound() -> Weight {
        Weight::from_parts(72_923_000, 5_224)
            .saturating_add(D::get().reads(1))
            .saturating_add(D::get().writes(1))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `System::Account` (r:2 w:2), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:0), at most 4 bytes
    // `Rewards::References` (r:1 w:0), at most 64 bytes
    // `Rewards::Exams` (r:0 w:1), at most 418 bytes
    // `Rewards::CurrentRound` (r:1 w:1), at most 146 bytes
    // `Rewards::Trades` (r:10 w:0), at most 1218 bytes
    // `Rewards::Sittings` (r:1 w:1), at most 100 bytes
    // `Staking::ActiveEra` (r:1 w:0), at most 13 bytes
    // `Staking::ErasStakersOverview` (r:128 w:0), at most 92 bytes
    // `Staking::ErasTotalStake` (r:1 w:0), at most 28 bytes
    // `Attestation::Agenda` (r:0 w:1), at most 66 bytes
    // `Attestation::Pots` (r:1 w:1), at most 48 bytes
    // `Attestation::Batches` (r:1 w:1), at most 207 bytes
    // `Attestation::AgendaLen` (r:1 w:1), at most 25 bytes
    // `Attestation::Cursor` (r:1 w:0), at most 17 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Governance::ChainTiming` (r:1 w:0), at most 20 bytes
    // `Parameters::Parameters` (r:10 w:0), at most 36 bytes
    // `Compute::Providers` (r:1 w:1), at most 1759 bytes
    // `Compute::Seats` (r:1 w:0), at most 5810 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // `Compute::Servings` (r:1 w:0), at most 152 bytes
    // `Session::CurrentIndex` (r:1 w:0), unbounded
    // `Session::Validators` (r:1 w:0), unbounded
    // At least 1_222_013_000 ps.
    fn commit_exam() -> Weight {
        Weight::from_parts(2_042_049_000, 534_148)
            .saturating_add(D::get().reads(169))
            .saturating_add(D::get().writes(10))
    }
    // `Listings::Listings` (r:1 w:0), at most 1077 bytes
    // `Rewards::References` (r:0 w:1), at most 64 bytes
    // `Compute::Specs` (r:1 w:0), at most 245 bytes
    // At least 53_550_000 ps.
    fn set_reference() -> Weight {
        Weight::from_parts(57_716_000, 8_252)
            .saturating_add(D::get().reads(2))
            .saturating_add(D::get().writes(1))
    }
    // `Babe::AuthorVrfRandomness` (r:1 w:0), at most 33 bytes
    // `Rewards::CurrentRound` (r:1 w:1), at most 146 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:1 w:0), at most 36 bytes
    // At least 27_438_000 ps.
    fn step_round() -> Weight {
        Weight::from_parts(28_953_000, 8_139)
            .saturating_add(D::get().reads(4))
            .saturating_add(D::get().writes(1))
    }
    // `System::Account` (r:2 w:0), at most 128 bytes
    // `Rewards::Epoch` (r:1 w:1), at most 4 bytes
    // `Rewards::Books` (r:10 w:10), at most 118 bytes
    // `Rewards::Rounds` (r:5 w:5), at most 93 bytes
    // `Rewards::Owed` (r:2 w:2), at most 25 bytes
    // `Rewards::OldestEpoch` (r:1 w:1), at most 4 bytes
    // `Rewards::CurrentRound` (r:1 w:1), at most 146 bytes
    // `Governance::LiveBlocks` (r:1 w:0), at most 4 bytes
    // `Parameters::Parameters` (r:2 w:0), at most 36 bytes
    // At least 216_676_000 ps.
    fn epoch_ended() -> Weight {
        Weight::from_parts(223_748_000, 65_046)
            .saturating_add(D::get().reads(25))
            .saturating_add(D::get().writes(20))
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
