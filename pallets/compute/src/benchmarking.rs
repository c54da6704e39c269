//! A benchmark for every call, each with its lists as full as they can be.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::{
    bond::Unbonding,
    pallet::*,
    ports::{BenchmarkHelper, Listings},
    types::{Hardware, Seat, Status, Verifier, MAX_SEATS, MAX_SERVING, MAX_VERIFIED},
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Unbalanced, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    endpoint::Endpoint,
    spec::{NumericClass, Sampler, Spec},
    verdict::Thresholds,
    AccountId, ListingId, SpecId, SOUK,
};

type Helper<T> = <T as Config>::BenchmarkHelper;

/// An account with money.
fn rich<T: Config>(name: &'static str, index: u32) -> AccountId {
    let who: AccountId = account(name, index, 0);
    T::Currency::write_balance(&who, 100_000_000 * SOUK).unwrap();
    who
}

fn signed<T: Config>(who: &AccountId) -> T::RuntimeOrigin {
    RawOrigin::Signed(who.clone()).into()
}

fn validator<T: Config>(index: u32) -> AccountId {
    let who = rich::<T>("validator", index);
    Helper::<T>::make_validator(&who);
    who
}

fn endpoint() -> Endpoint {
    let mut url = b"https://".to_vec();
    url.resize(256, b'x');
    BoundedVec::truncate_from(url)
}

fn hardware() -> Hardware {
    BoundedVec::truncate_from(vec![b'h'; 128])
}

/// A provider that its validator accepted.
fn provider<T: Config>() -> AccountId {
    let (who, stash) = (rich::<T>("provider", 0), validator::<T>(0));
    let bond = T::MinProviderBond::get() * 3;
    Pallet::<T>::register_provider(
        signed::<T>(&who),
        stash.clone(),
        endpoint(),
        [1; 32],
        [2; 32],
        hardware(),
        bond,
    )
    .unwrap();
    Pallet::<T>::accept_sidecar(signed::<T>(&stash), who.clone()).unwrap();
    who
}

fn spec_of<T: Config>(listing: ListingId, max_context: u32) -> Spec {
    Spec {
        listing,
        version: 0,
        manifest_digest: T::Listings::manifest(listing, 0).unwrap(),
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context,
        thresholds: Thresholds::F32,
    }
}

/// `count` specs of one owner.
fn specs<T: Config>(count: u32) -> (AccountId, alloc::vec::Vec<SpecId>) {
    let owner = rich::<T>("publisher", 0);
    let listing = Helper::<T>::listing(&owner);
    let ids = (1..=count)
        .map(|context| {
            let spec = spec_of::<T>(listing, context);
            let id = spec.id();
            Pallet::<T>::register_spec(signed::<T>(&owner), spec).unwrap();
            id
        })
        .collect();
    (owner, ids)
}

/// Takes all seats of a spec but `left`.
fn fill_seats<T: Config>(spec: SpecId, left: u32) {
    for index in 1..=MAX_SEATS - left {
        let stash = validator::<T>(index);
        Pallet::<T>::register_verifier(signed::<T>(&stash), spec, T::MinVerifierBond::get()).unwrap();
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register_provider() {
        let (who, stash) = (rich::<T>("provider", 0), validator::<T>(0));
        let bond = T::MinProviderBond::get();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), stash, endpoint(), [1; 32], [2; 32], hardware(), bond);
        assert_eq!(Pallet::<T>::active_bond(&who), bond);
    }

    #[benchmark]
    fn accept_sidecar() {
        let (who, stash) = (rich::<T>("provider", 0), validator::<T>(0));
        let bond = T::MinProviderBond::get();
        Pallet::<T>::register_provider(
            signed::<T>(&who),
            stash.clone(),
            endpoint(),
            [1; 32],
            [2; 32],
            hardware(),
            bond,
        )
        .unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(stash), who.clone());
        assert_eq!(Providers::<T>::get(who).unwrap().status, Status::Active);
    }

    #[benchmark]
    fn update_provider() {
        let who = provider::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), endpoint(), hardware(), [9; 32]);
        assert_eq!(Providers::<T>::get(who).unwrap().seal_key, [9; 32]);
    }

    #[benchmark]
    fn rotate_receipt_key() {
        let who = provider::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), [9; 32]);
        assert_eq!(Providers::<T>::get(who).unwrap().receipt_key, [9; 32]);
    }

    #[benchmark]
    fn bond_extra() {
        let who = provider::<T>();
        let before = Pallet::<T>::active_bond(&who);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), SOUK);
        assert_eq!(Pallet::<T>::active_bond(&who), before + SOUK);
    }

    #[benchmark]
    fn unbond_some() {
        let who = provider::<T>();
        let before = Pallet::<T>::active_bond(&who);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), 1);
        assert_eq!(Pallet::<T>::active_bond(&who), before - 1);
    }

    #[benchmark]
    fn withdraw_unbonded() {
        let who = provider::<T>();
        for _ in 0..8 {
            Pallet::<T>::unbond_some(signed::<T>(&who), 1).unwrap();
        }
        Helper::<T>::set_clock(u32::MAX);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert_eq!(Pallet::<T>::slashable(&who), Pallet::<T>::active_bond(&who));
    }

    #[benchmark]
    fn drain() {
        let who = provider::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(matches!(Providers::<T>::get(who).unwrap().status, Status::Draining { .. }));
    }

    #[benchmark]
    fn withdraw() {
        let who = provider::<T>();
        for spec in specs::<T>(MAX_SERVING).1 {
            Pallet::<T>::serve(signed::<T>(&who), spec, 1, 1, 1).unwrap();
            // Doubts that have to be kept.
            Pallet::<T>::mutate_record(&who, &spec, |record| record.doubt());
        }
        Providers::<T>::mutate_extant(&who, |provider| {
            provider.status = Status::Draining { until: 0 };
            // Old decreases that were never taken out.
            provider.bond.active -= 8;
            provider.bond.unbonding = BoundedVec::truncate_from(vec![Unbonding { amount: 1, until: 0 }; 8]);
        });
        Helper::<T>::set_clock(10);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(Pallet::<T>::is_gone(&who));
    }

    #[benchmark]
    fn register_spec() {
        let owner = rich::<T>("publisher", 0);
        let spec = spec_of::<T>(Helper::<T>::listing(&owner), 2048);
        let id = spec.id();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), spec);
        assert!(Specs::<T>::contains_key(id));
    }

    #[benchmark]
    fn remove_spec() {
        let (owner, ids) = specs::<T>(1);
        fill_seats::<T>(ids[0], 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), ids[0]);
        assert!(!Specs::<T>::contains_key(ids[0]));
    }

    #[benchmark]
    fn accept_calibration() {
        let spec = specs::<T>(1).1[0];
        #[extrinsic_call]
        _(Helper::<T>::calibrator() as T::RuntimeOrigin, spec, SOUK);
        assert_eq!(Pallet::<T>::report_fee(&spec), SOUK);
    }

    #[benchmark]
    fn revoke_calibration() {
        let spec = specs::<T>(1).1[0];
        Pallet::<T>::accept_calibration(Helper::<T>::calibrator(), spec, SOUK).unwrap();
        #[extrinsic_call]
        _(Helper::<T>::calibrator() as T::RuntimeOrigin, spec);
        assert_eq!(Pallet::<T>::report_fee(&spec), 0);
    }

    #[benchmark]
    fn serve() {
        let (who, spec) = (provider::<T>(), specs::<T>(1).1[0]);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), spec, 1, 2, 3);
        assert!(Pallet::<T>::prices(&who, &spec).is_some());
    }

    #[benchmark]
    fn stop_serving() {
        let (who, ids) = (provider::<T>(), specs::<T>(MAX_SERVING).1);
        for spec in &ids {
            Pallet::<T>::serve(signed::<T>(&who), *spec, 1, 1, 1).unwrap();
            Pallet::<T>::mutate_record(&who, spec, |record| record.doubt());
        }
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), ids[0]);
        assert!(Pallet::<T>::prices(&who, &ids[0]).is_none());
    }

    #[benchmark]
    fn register_verifier() {
        let spec = specs::<T>(1).1[0];
        fill_seats::<T>(spec, 1);
        // The last seat is of one that is no validator any more, so all are looked at.
        let past: AccountId = account("past", 0, 0);
        Seats::<T>::mutate(spec, |seats| seats.try_push(Seat::new(past.clone())).unwrap());
        let verifier = Verifier { specs: BoundedVec::truncate_from(vec![spec]), ..Default::default() };
        Verifiers::<T>::insert(&past, verifier);
        let who = validator::<T>(MAX_SEATS + 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), spec, T::MinVerifierBond::get());
        assert!(Verifiers::<T>::contains_key(who));
    }

    #[benchmark]
    fn leave_verifier() {
        let spec = specs::<T>(1).1[0];
        fill_seats::<T>(spec, 0);
        let who: AccountId = account("validator", MAX_SEATS, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), spec);
        assert!(Seats::<T>::get(spec).iter().any(|seat| seat.stash == who && seat.leaves.is_some()));
    }

    #[benchmark]
    fn withdraw_verifier() {
        let ids = specs::<T>(MAX_VERIFIED).1;
        let who = validator::<T>(0);
        for spec in &ids {
            // Its seat comes last in a full list.
            Seats::<T>::mutate(spec, |seats| {
                for index in 1..MAX_SEATS {
                    seats.try_push(Seat::new(account("validator", index, 0))).unwrap();
                }
            });
            Pallet::<T>::register_verifier(signed::<T>(&who), *spec, T::MinVerifierBond::get()).unwrap();
            Pallet::<T>::leave_verifier(signed::<T>(&who), *spec).unwrap();
        }
        Helper::<T>::set_clock(u32::MAX);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(!Verifiers::<T>::contains_key(who));
    }

    #[benchmark]
    fn register_class() {
        let class = (NumericClass::Bf16, Thresholds::F32);
        let origin = Helper::<T>::calibrator();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, class.0, class.1);
        assert_eq!(Classes::<T>::get(class.0, class.1.answers()), Some(class.1));
    }

    #[benchmark]
    fn remove_class() {
        let (class, answers) = (NumericClass::Bf16, Thresholds::F32.answers());
        Classes::<T>::insert(class, answers, Thresholds::F32);
        let origin = Helper::<T>::calibrator();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, class, answers);
        assert_eq!(Classes::<T>::get(class, answers), None);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
