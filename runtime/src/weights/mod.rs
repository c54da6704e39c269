//! Weights.
//!
//! The SDK's pallets carry weights of their own (`SubstrateWeight`), measured by their authors; with [`Database`] and
//! the limits here they count reads and writes as ParityDB does. Our pallets' weights are measured by
//! `scripts/weights.sh` and kept beside each pallet.

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarks;

use frame_support::{
    dispatch::DispatchClass,
    parameter_types,
    sp_runtime::Perbill,
    weights::{
        constants::{BlockExecutionWeight, ExtrinsicBaseWeight, WEIGHT_REF_TIME_PER_SECOND},
        Weight,
    },
};
use frame_system::limits::{BlockLength, BlockWeights};

/// What a read and a write cost.
pub type Database = frame_support::weights::constants::ParityDbWeight;

/// A second of compute in a slot of three: the rest is for gossip, import and the next author's work. There is no
/// relay chain, so the size of a proof does not count.
pub const MAXIMUM_BLOCK_WEIGHT: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX);

/// The largest block, in bytes.
pub const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

/// What users' transactions may fill; the rest is for operational ones (audit reports, equivocations).
pub const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

/// What starting a block costs on average, reserved in every block.
pub const INITIALIZATION_RATIO: Perbill = Perbill::from_percent(5);

parameter_types! {
    /// Limits of weight.
    pub Weights: BlockWeights = BlockWeights::builder()
        .base_block(BlockExecutionWeight::get())
        .for_class(DispatchClass::all(), |weights| {
            weights.base_extrinsic = ExtrinsicBaseWeight::get();
        })
        .for_class(DispatchClass::Normal, |weights| {
            weights.max_total = Some(NORMAL_RATIO * MAXIMUM_BLOCK_WEIGHT);
        })
        .for_class(DispatchClass::Operational, |weights| {
            weights.max_total = Some(MAXIMUM_BLOCK_WEIGHT);
            // Kept for operational calls even when normal ones filled their share.
            weights.reserved = Some(MAXIMUM_BLOCK_WEIGHT - NORMAL_RATIO * MAXIMUM_BLOCK_WEIGHT);
        })
        .avg_block_initialization(INITIALIZATION_RATIO)
        .build_or_panic();

    /// Limits of length.
    pub Length: BlockLength = BlockLength::builder()
        .max_length(MAXIMUM_BLOCK_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_RATIO * MAXIMUM_BLOCK_LENGTH)
        .build();
}
