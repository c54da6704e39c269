//! What a transaction costs, and who gets it.
//!
//! A fee has a part for weight and a part for length. A transfer costs about 0.0006 SOUK, nearly all of it for
//! weight; the largest complaint (67 KB) about 0.001 SOUK more, so that proving a fraud stays affordable. Half of a
//! fee is burnt, so that an author who fills its own blocks pays for it; the other half and the tip go to the author.

use crate::{AccountId, Authorship, Balance, Balances, Runtime};
use frame_support::{
    parameter_types,
    traits::{
        fungible::{Balanced, Credit},
        Imbalance, OnUnbalanced,
    },
    weights::ConstantMultiplier,
};
use pallet_transaction_payment::{Multiplier, TargetedFeeAdjustment};
use sp_runtime::{FixedPointNumber, Perquintill};

parameter_types! {
    /// Price of a picosecond of reference time, in the smallest unit.
    pub const WeightPrice: Balance = 2;
    /// Price of a byte, in the smallest unit.
    pub const BytePrice: Balance = 15_000;
    /// Blocks fuller than this raise the fees, emptier ones lower them.
    pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
    /// How fast fees follow demand: a few thousandths of a percent a block.
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    /// Fees never fall below a tenth of the list price: spam stays expensive on an idle chain.
    pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
    /// Nor rise above a hundred times it: complaints and settlements have deadlines.
    pub MaximumMultiplier: Multiplier = Multiplier::saturating_from_integer(100);
}

/// Fee for weight.
pub type WeightFee = ConstantMultiplier<Balance, WeightPrice>;
/// Fee for length.
pub type LengthFee = ConstantMultiplier<Balance, BytePrice>;
/// How the price of weight follows demand.
pub type FeeAdjustment = TargetedFeeAdjustment<
    Runtime,
    TargetBlockFullness,
    AdjustmentVariable,
    MinimumMultiplier,
    MaximumMultiplier,
>;

/// Burns half of each fee and gives the rest, with the tip, to the block's author.
pub struct BurnHalfRestToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for BurnHalfRestToAuthor {
    fn on_unbalanceds(mut fees_then_tips: impl Iterator<Item = Credit<AccountId, Balances>>) {
        let Some(fee) = fees_then_tips.next() else { return };
        // Dropping a credit burns it.
        let (_burnt, mut reward) = fee.ration(1, 1);
        if let Some(tip) = fees_then_tips.next() {
            reward = reward.merge(tip);
        }
        if let Some(author) = Authorship::author() {
            // An author without an account who earned less than the existential deposit gets nothing.
            let _ = Balances::resolve(&author, reward);
        }
    }
}
