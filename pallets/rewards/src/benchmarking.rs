//! A benchmark for every call and for the work at the end of an epoch, each with as much to settle as there can be.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::{
    exam::{Round, Stage},
    pallet::*,
    ports::BenchmarkHelper,
    types::{Pot, Role, Traded},
};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Mutate, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    call::Prices,
    exam,
    rewards::{bucket_floor, price_index, Histogram, MAX_BUCKETS, PRICE_EPOCHS},
    AccountId, BlockNumber, SpecId, SOUK,
};

type Helper<T> = <T as Config>::BenchmarkHelper;

const PRICES: Prices = Prices { per_1k_input: SOUK, per_1k_output: SOUK };
const CAPACITY: u32 = 100;

/// A provider with a spec that has a reference price.
fn provider<T: Config>() -> (AccountId, SpecId) {
    let who: AccountId = account("provider", 0, 0);
    let spec = Helper::<T>::serve(&who, PRICES, CAPACITY);
    References::<T>::insert(spec, price_index(&PRICES));
    (who, spec)
}

fn fill_pots<T: Config>() {
    for pot in Pot::ALL {
        T::Currency::mint_into(&Pallet::<T>::pot_account(pot), 1_000 * SOUK).unwrap();
    }
}

/// An exam whose window is over.
fn end_exam<T: Config>() {
    let by = T::Clock::get();
    CurrentRound::<T>::put(Round {
        epoch: Epoch::<T>::get(),
        span: 1,
        began: 0,
        stage: Stage::Open { drawn: [1; 32], by, last: by },
        open: 0,
    });
    Helper::<T>::set_clock(by + 1);
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// All roles have something, the provider's record has credits and points that nobody settled, its validator's
    /// something of an earlier epoch.
    #[benchmark]
    fn claim() {
        let who = provider::<T>().0;
        let validator: AccountId = account("validator", 0, 0);
        fill_pots::<T>();
        for role in [Role::Provider, Role::Publisher] {
            Pallet::<T>::credit(role, &who, SOUK, Some(validator.clone()));
            Pallet::<T>::credit(role, &account("other", 0, 0), SOUK, None);
        }
        for stash in [&who, &validator] {
            Pallet::<T>::accrue_commission(stash.clone(), SOUK);
            Pallet::<T>::owe(Pot::Providers, SOUK);
        }
        let round = Epoch::<T>::get();
        Pallet::<T>::pass(&who, round, SOUK, SOUK);
        end_exam::<T>();
        Pallet::<T>::epoch_ended(round);
        Compounding::<T>::insert(&who, ());
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(!Records::<T>::contains_key(Role::Provider, &who));
        assert!(!Records::<T>::contains_key(Role::Publisher, who));
    }

    #[benchmark]
    fn set_compound() {
        let who = provider::<T>().0;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), true);
        assert!(Compounding::<T>::contains_key(who));
    }

    /// Every epoch of the ring has as many prices as it can.
    #[benchmark]
    fn commit_exam() {
        let (who, spec) = provider::<T>();
        let now = T::Clock::get();
        let stage = Stage::Open { drawn: [1; 32], by: now + 1, last: BlockNumber::MAX };
        // After the provider has made its offer.
        CurrentRound::<T>::put(Round { epoch: 3, span: 1, began: now + 1, stage, open: 0 });
        Epoch::<T>::put(PRICE_EPOCHS);
        for epoch in 1..=PRICE_EPOCHS {
            let mut histogram = Histogram::default();
            for bucket in 0..MAX_BUCKETS {
                let price = bucket_floor(u16::try_from(160 + bucket).unwrap());
                histogram.note(price, 1, price);
            }
            Trades::<T>::insert(spec, epoch % PRICE_EPOCHS, Traded { epoch, histogram });
        }
        let count = exam::questions(CAPACITY, T::ExamSeconds::get());
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), spec, [2; 32], count.into(), count);
        assert_eq!(Sittings::<T>::get(spec, who), Some(3));
    }

    #[benchmark]
    fn set_reference() {
        let (_, spec) = provider::<T>();
        let origin = Helper::<T>::referee();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, spec, SOUK);
        assert_eq!(References::<T>::get(spec), Some(SOUK));
    }

    /// The block that opens an exam.
    #[benchmark]
    fn step_round() {
        Helper::<T>::set_vrf([3; 32]);
        let vrfs = BoundedVec::truncate_from(alloc::vec![[4; 32]; 3]);
        let stage = Stage::Mixing { vrfs };
        CurrentRound::<T>::put(Round { epoch: 3, span: 1, began: 0, stage, open: 0 });
        #[block]
        {
            Pallet::<T>::step_round();
        }
        assert!(matches!(CurrentRound::<T>::get().stage, Stage::Open { .. }));
    }

    /// Rates of both pots and of an exam are fixed, and as many epochs are forgotten as there can be.
    #[benchmark]
    fn epoch_ended() {
        let who = provider::<T>().0;
        fill_pots::<T>();
        for epoch in 0..4 {
            for role in [Role::Provider, Role::Publisher] {
                Pallet::<T>::credit(role, &account("old", epoch, 0), SOUK, None);
            }
            Pallet::<T>::pass(&account("old", epoch, 1), epoch, SOUK, SOUK);
            Pallet::<T>::epoch_ended(epoch);
        }
        let now = Pallet::<T>::history() + 20;
        Epoch::<T>::put(now);
        OldestEpoch::<T>::put(0);
        for role in [Role::Provider, Role::Publisher] {
            Pallet::<T>::credit(role, &who, SOUK, None);
        }
        Pallet::<T>::pass(&who, now, SOUK, SOUK);
        end_exam::<T>();
        #[block]
        {
            Pallet::<T>::epoch_ended(now);
        }
        assert_eq!((Epoch::<T>::get(), OldestEpoch::<T>::get()), (now + 1, 4));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
