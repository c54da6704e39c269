//! A provider's bond: what is active, what is on its way out, and what its open batches expose. Pure.
//!
//! The exposure rule is `exposure ≤ active`: every slash of an open batch can be taken from the active bond. What is
//! on its way out stays slashable until it is old enough to be older than every open batch.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_pallet_support::clock;
use souk_primitives::{Balance, BlockNumber};

/// Most decreases of a bond that may be on their way at a time.
pub type MaxUnbondings = ConstU32<8>;

/// A decrease on its way out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Unbonding {
    /// How much.
    pub amount: Balance,
    /// Last live block in which it can be slashed; after it, it can be taken out.
    pub until: BlockNumber,
}

/// A provider's bond.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Bond {
    /// What the exposure rule counts.
    pub active: Balance,
    /// What is on its way out, oldest first.
    pub unbonding: BoundedVec<Unbonding, MaxUnbondings>,
    /// Exposure of the open batches.
    pub exposure: Balance,
}

/// Why a bond can't change as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The active bond would not carry the exposure.
    OverExposure,
    /// The active bond would be less than the minimum.
    BelowMinimum,
    /// Too many decreases are on their way.
    TooManyUnbondings,
}

impl Bond {
    /// A new bond.
    pub fn new(active: Balance) -> Self {
        Self { active, ..Self::default() }
    }

    /// Everything that is on hold for it, and everything that a slash can take.
    pub fn total(&self) -> Balance {
        self.unbonding.iter().fold(self.active, |sum, chunk| sum.saturating_add(chunk.amount))
    }

    /// What more it can carry.
    pub fn room(&self) -> Balance {
        self.active.saturating_sub(self.exposure)
    }

    /// Adds exposure.
    pub fn expose(&mut self, amount: Balance) -> Result<(), Refusal> {
        let exposure = self.exposure.checked_add(amount).ok_or(Refusal::OverExposure)?;
        if exposure > self.active {
            return Err(Refusal::OverExposure);
        }
        self.exposure = exposure;
        Ok(())
    }

    /// Takes exposure away.
    pub fn unexpose(&mut self, amount: Balance) {
        self.exposure = self.exposure.saturating_sub(amount);
    }

    /// Sends `amount` of the active bond on its way out. What stays must be at least `minimum` and carry the exposure.
    pub fn unbond(&mut self, amount: Balance, minimum: Balance, until: BlockNumber) -> Result<(), Refusal> {
        let active = self.active.checked_sub(amount).ok_or(Refusal::BelowMinimum)?;
        if active < minimum {
            return Err(Refusal::BelowMinimum);
        }
        if active < self.exposure {
            return Err(Refusal::OverExposure);
        }
        self.unbonding.try_push(Unbonding { amount, until }).map_err(|_| Refusal::TooManyUnbondings)?;
        self.active = active;
        Ok(())
    }

    /// Drops what can be taken out, and returns how much that is.
    pub fn mature(&mut self, now: BlockNumber) -> Balance {
        let before = self.total();
        self.unbonding.retain(|chunk| !clock::is_over(now, chunk.until));
        before.saturating_sub(self.total())
    }

    /// Whether anything is still on its way out and can't be taken yet.
    pub fn is_maturing(&self, now: BlockNumber) -> bool {
        self.unbonding.iter().any(|chunk| clock::in_time(now, chunk.until))
    }

    /// Takes a slash, of the active bond first, then of what is on its way out. Returns what could be taken.
    pub fn take(&mut self, amount: Balance) -> Balance {
        let mut left = amount;
        let mut pay = |from: &mut Balance| {
            let part = left.min(*from);
            *from = from.saturating_sub(part);
            left = left.saturating_sub(part);
        };
        pay(&mut self.active);
        for chunk in self.unbonding.iter_mut() {
            pay(&mut chunk.amount);
        }
        self.unbonding.retain(|chunk| chunk.amount > 0);
        amount.saturating_sub(left)
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Expose(u128),
        Unexpose(u128),
        Unbond(u128),
        Mature,
        Fraud,
        Wait(u32),
        Extra(u128),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u128..400).prop_map(Step::Expose),
            (0u128..400).prop_map(Step::Unexpose),
            (0u128..400).prop_map(Step::Unbond),
            Just(Step::Mature),
            Just(Step::Fraud),
            (0u32..20).prop_map(Step::Wait),
            (0u128..100).prop_map(Step::Extra),
        ]
    }

    proptest! {
        #[test]
        fn every_open_batch_can_be_slashed_in_full(steps in prop::collection::vec(step(), 0..80)) {
            let mut bond = Bond::new(1_000);
            let mut batches: Vec<u128> = Vec::new();
            let mut now = 0u32;
            for step in steps {
                let before = bond.clone();
                match step {
                    Step::Expose(amount) => match bond.expose(amount) {
                        Ok(()) => batches.push(amount),
                        Err(_) => prop_assert!(amount > before.room()),
                    },
                    Step::Unexpose(pick) => {
                        if !batches.is_empty() {
                            let batch = batches.swap_remove(pick as usize % batches.len());
                            bond.unexpose(batch);
                        }
                    }
                    Step::Unbond(amount) => {
                        if bond.unbond(amount, 50, now + 10).is_err() {
                            prop_assert_eq!(&bond, &before);
                        } else {
                            prop_assert_eq!(bond.total(), before.total());
                        }
                    }
                    Step::Mature => {
                        let out = bond.mature(now);
                        prop_assert_eq!(bond.total() + out, before.total());
                        prop_assert!(bond.unbonding.iter().all(|chunk| chunk.until >= now));
                    }
                    // The slash of a batch is its exposure, and the batch ends with it.
                    Step::Fraud => {
                        if let Some(batch) = batches.pop() {
                            prop_assert_eq!(bond.take(batch), batch);
                            bond.unexpose(batch);
                        }
                    }
                    Step::Wait(blocks) => now += blocks,
                    Step::Extra(amount) => bond.active += amount,
                }
                prop_assert!(bond.exposure <= bond.active);
                prop_assert_eq!(bond.exposure, batches.iter().sum::<u128>());
            }
        }

        #[test]
        fn take_takes_what_there_is(active in 0u128..1_000, out in 0u128..1_000, amount in 0u128..3_000) {
            let mut bond = Bond::new(active + out);
            bond.unbond(out, 0, 5).unwrap();
            let taken = bond.take(amount);
            prop_assert_eq!(taken, amount.min(active + out));
            prop_assert_eq!(bond.total(), active + out - taken);
            // What is active goes first.
            prop_assert_eq!(bond.active, active.saturating_sub(amount));
        }
    }

    #[test]
    fn refusals_should_say_why() {
        let mut bond = Bond::new(100);
        bond.expose(60).unwrap();
        assert_eq!(bond.expose(41), Err(Refusal::OverExposure));
        assert_eq!(bond.expose(u128::MAX), Err(Refusal::OverExposure));
        assert_eq!(bond.unbond(41, 0, 1), Err(Refusal::OverExposure));
        assert_eq!(bond.unbond(31, 70, 1), Err(Refusal::BelowMinimum));
        assert_eq!(bond.unbond(101, 0, 1), Err(Refusal::BelowMinimum));
        for _ in 0..8 {
            bond.unbond(1, 0, 1).unwrap();
        }
        assert_eq!(bond.unbond(1, 0, 1), Err(Refusal::TooManyUnbondings));
        assert_eq!((bond.active, bond.room(), bond.total()), (92, 32, 100));
    }
}
