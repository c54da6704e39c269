//! Who gets how much of the emission.
//!
//! Two things are rewarded. **Usage**: a trade gives its provider and its publisher credits, together at most half of
//! what that trade burnt. So whoever trades with itself burns more than it can ever be paid, whatever the fees, the
//! royalties and the referrals that stay in the family. **Availability**: a passed exam gives points in proportion to
//! the tokens and to what the spec's tokens are worth; what they pay is capped by the provider's bond, so that many
//! identities earn no more than one with the same stake.
//!
//! All amounts are units of SOUK, all shares millionths, and every division is floored: parts never add up to more than
//! what was divided.

use crate::{call::Prices, split::share, Balance, SOUK};
use alloc::collections::BTreeMap;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32, U256};

/// Most of what a trade burnt that may come back as credits, in millionths: one half (section 10 of the design).
pub const MAX_KAPPA: u32 = 500_000;
/// A Julian year in milliseconds, the one that the emission curve counts in too.
pub const MILLIS_PER_YEAR: u64 = 31_557_600_000;
/// Epochs whose trades make the median price.
pub const PRICE_EPOCHS: u32 = 10;
/// What the reference price weighs in the median beside all that was traded in [`PRICE_EPOCHS`] epochs: as if so much
/// were sold at it. Whoever wants to bend the median must trade more than that, all the time, and pays the fees of it.
pub const REFERENCE_WEIGHT: Balance = 1_000 * SOUK;
/// Octaves below the reference price that the histogram tells apart; what is cheaper counts as the cheapest of them.
const OCTAVES: u32 = 8;
/// Most buckets of one histogram: those of [`OCTAVES`] and as many again, for when the reference changes.
pub const MAX_BUCKETS: u32 = 64;

/// `floor(a · b / d)` without overflow in between; zero when `d` is, and the largest balance when it is more than that.
pub fn mul_div(a: Balance, b: Balance, d: Balance) -> Balance {
    // Two numbers of 128 bits always multiply into 256.
    let product = U256::from(a).checked_mul(U256::from(b)).unwrap_or(U256::MAX);
    narrow(product.checked_div(U256::from(d)).unwrap_or_default())
}

fn narrow(value: U256) -> Balance {
    Balance::try_from(value).unwrap_or(Balance::MAX)
}

/// What one trade is credited with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// For who served.
    pub provider: Balance,
    /// For who published what was served or sold.
    pub publisher: Balance,
}

impl Credit {
    /// Of a released batch that burnt `burnt`: `kappa` of it (at most [`MAX_KAPPA`]), `key` of that to the provider and
    /// the rest to the publisher.
    pub fn of_call(burnt: Balance, kappa: u32, key: u32) -> Self {
        Self::unbounded(burnt, kappa.min(MAX_KAPPA), key)
    }

    /// The rule itself, for any `kappa` in millionths.
    pub(crate) fn unbounded(burnt: Balance, kappa: u32, key: u32) -> Self {
        let whole = share(burnt, kappa);
        let provider = share(whole, key);
        Self { provider, publisher: whole.saturating_sub(provider) }
    }

    /// Of a sale that burnt `burnt`: all of it to the publisher.
    pub fn of_sale(burnt: Balance, kappa: u32) -> Self {
        Self::unbounded(burnt, kappa.min(MAX_KAPPA), 0)
    }
}

/// What is paid on claims that may exceed the money there is: each gets the same part, at most all of it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Rate {
    /// What is paid on all claims together, at most.
    pub paid: Balance,
    /// All claims.
    pub claims: Balance,
}

impl Rate {
    /// The rate `min(1, budget / claims)`.
    pub fn new(budget: Balance, claims: Balance) -> Self {
        Self { paid: budget.min(claims), claims }
    }

    /// What is paid on one of the claims. All of them together get at most [`Self::paid`].
    pub fn of(&self, claim: Balance) -> Balance {
        mul_div(claim, self.paid, self.claims)
    }
}

/// What the points of one exam are worth.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Availability {
    /// What there is for it.
    pub budget: Balance,
    /// All points.
    pub points: Balance,
    /// The caps of everybody who has points, together.
    pub caps: Balance,
}

/// What one account gets for its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earned {
    /// What it is paid.
    pub paid: Balance,
    /// Its part of [`Availability::promised`], at least what it is paid: the difference is free again.
    pub promised: Balance,
}

impl Availability {
    /// What everybody together can get at most: this much has to stay.
    pub fn promised(&self) -> Balance {
        if self.points == 0 {
            return 0;
        }
        self.budget.min(self.caps)
    }

    /// What `points` with this cap get: `min(points · budget / all points, cap)`.
    pub fn settle(&self, points: Balance, cap: Balance) -> Earned {
        let by_points = mul_div(points, self.budget, self.points);
        // Whichever of the two bounds the promise was made by has to be the one that is taken off it again.
        let promised = if self.budget <= self.caps { by_points } else { cap };
        Earned { paid: by_points.min(cap).min(promised), promised }
    }
}

/// Points of a passed exam: its tokens at the spec's reference price per 1,000, so that the answers of a large model
/// weigh more than those of a small one.
pub fn points(tokens: Balance, reference: Balance) -> Balance {
    mul_div(tokens, reference, 1_000)
}

/// Most that a bond can earn by availability in `millis` milliseconds, when it can earn `yearly` millionths of itself
/// in a year.
pub fn prorate(bond: Balance, yearly: u32, millis: u64) -> Balance {
    // 128 + 20 + 64 bits.
    let product = [U256::from(yearly.min(1_000_000)), U256::from(millis)]
        .into_iter()
        .try_fold(U256::from(bond), |product, factor| product.checked_mul(factor))
        .unwrap_or(U256::MAX);
    let year = U256::from(MILLIS_PER_YEAR).saturating_mul(U256::from(1_000_000));
    narrow(product.checked_div(year).unwrap_or_default())
}

/// Splits what a provider earned: `part` millionths are its validator's commission, the rest is its own. First the
/// commission, then the rest.
pub fn commission(amount: Balance, part: u32) -> (Balance, Balance) {
    let commission = share(amount, part);
    (commission, amount.saturating_sub(commission))
}

/// One number for two prices: `ceil((3 · input + output) / 4)` per 1,000 tokens, since a call mostly has about three
/// tokens of prompt to one of answer.
pub fn price_index(prices: &Prices) -> Balance {
    prices.per_1k_input.saturating_mul(3).saturating_add(prices.per_1k_output).div_ceil(4)
}

/// `2^(63 + k/4)` for k = 1, 2, 3, floored: where the quarters of an octave begin.
const QUARTERS: [u64; 3] = [0x9837_F051_8DB8_A96F, 0xB504_F333_F9DE_6484, 0xD744_FCCA_D69D_6AF4];

/// Bucket of a price: `floor(4 · log2(price))`. Zero counts as one.
pub fn bucket(price: Balance) -> u16 {
    let price = price.max(1);
    let octave = price.ilog2();
    // The first bit on top, so that the fraction can be compared.
    let mantissa = price.checked_shl(127u32.saturating_sub(octave)).unwrap_or(Balance::MAX) >> 64;
    let quarter = QUARTERS.iter().filter(|bound| mantissa > Balance::from(**bound)).count();
    let bucket = usize::try_from(octave).unwrap_or(0).saturating_mul(4).saturating_add(quarter);
    u16::try_from(bucket).unwrap_or(u16::MAX)
}

/// The least price that a bucket can hold: at most a fifth below any price in it.
pub fn bucket_floor(bucket: u16) -> Balance {
    let octave = u32::from(bucket >> 2);
    let Some(quarter) = usize::from(bucket & 3).checked_sub(1) else {
        return 1u128.checked_shl(octave).unwrap_or(Balance::MAX);
    };
    let bound = U256::from(QUARTERS.get(quarter).copied().unwrap_or(u64::MAX)).saturating_add(U256::one());
    let scaled = bound.saturating_mul(U256::from(1u128.checked_shl(octave).unwrap_or(Balance::MAX)));
    // Rounded up: below it, a price has an earlier bucket.
    let up = scaled.saturating_add(U256::from(u64::MAX >> 1));
    narrow(up.checked_div(U256::from(1u64 << 63)).unwrap_or_default())
}

/// What was traded at which price: values by the bucket of their price.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Histogram {
    /// Bucket and value, in the order of the buckets.
    buckets: BoundedVec<(u16, Balance), ConstU32<MAX_BUCKETS>>,
}

impl Histogram {
    /// Notes a trade of `value` at a price, for a spec with this reference. What costs more than the reference counts as
    /// the reference, which is the limit anyway; what costs less than its 256th part, as that.
    pub fn note(&mut self, price: Balance, value: Balance, reference: Balance) {
        let least = reference.checked_shr(OCTAVES).unwrap_or(0);
        self.add(bucket(price.clamp(least, reference.max(least))), value);
    }

    fn add(&mut self, bucket: u16, value: Balance) {
        let at = self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket);
        if let Err(place) = at {
            if self.buckets.try_insert(place, (bucket, value)).is_ok() {
                return;
            }
        }
        // Full (the reference changed often): what is next takes it.
        let place = at.unwrap_or_else(|place| place.min(self.buckets.len().saturating_sub(1)));
        if let Some((_, sum)) = self.buckets.get_mut(place) {
            *sum = sum.saturating_add(value);
        }
    }
}

/// The median price of what was traded, weighted by value, as the least price of its bucket. The reference has a vote of
/// its own, [`REFERENCE_WEIGHT`]; where the median falls into its bucket, or above, it is the reference itself.
pub fn median<'a>(histograms: impl IntoIterator<Item = &'a Histogram>, reference: Balance) -> Balance {
    let own = bucket(reference);
    let mut all = BTreeMap::<u16, Balance>::from([(own, REFERENCE_WEIGHT)]);
    for (bucket, value) in histograms.into_iter().flat_map(|histogram| histogram.buckets.iter()) {
        let sum = all.entry(*bucket).or_default();
        *sum = sum.saturating_add(*value);
    }
    let total = all.values().fold(0, |sum: Balance, value| sum.saturating_add(*value));
    let mut below: Balance = 0;
    all.into_iter()
        .find(|(_, value)| {
            below = below.saturating_add(*value);
            below > 0 && below >= total.saturating_sub(below)
        })
        .filter(|(bucket, _)| *bucket < own)
        .map_or(reference, |(bucket, _)| bucket_floor(bucket))
}

/// Why a price is too high for the exam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooDear {
    /// Above the spec's reference.
    AboveReference,
    /// Further above the median than the band allows.
    AboveMedian,
}

/// Most that a price may be: the reference, and `band` millionths over the median; but never less than half of the
/// reference. [`REFERENCE_WEIGHT`] keeps dust from moving the median; who trades with itself in earnest can still move it,
/// and pays for that, but can't make everybody else too dear who asks for half of what governance found fair.
pub fn price_limit(reference: Balance, median: Balance, band: u32) -> Balance {
    let floor = reference.checked_div(2).unwrap_or(0);
    median.saturating_add(share(median, band)).clamp(floor, reference)
}

/// Whether a price is low enough for the exam.
pub fn check_price(price: Balance, reference: Balance, median: Balance, band: u32) -> Result<(), TooDear> {
    if price > reference {
        return Err(TooDear::AboveReference);
    }
    if price > price_limit(reference, median, band) {
        return Err(TooDear::AboveMedian);
    }
    Ok(())
}

#[cfg(test)]
#[path = "rewards_tests.rs"]
mod tests;
