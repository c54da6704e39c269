//! `register_spec`, `remove_spec`.

use crate::{mock::*, Error, Event, Seats, Specs, Verifiers};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    spec::Spec,
    verdict::{Bound, Thresholds},
};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn register_spec_should_store_it_under_its_digest() {
    run(|| {
        assert!(!Compute::listing_in_use(0));
        let spec = spec_with(2048);
        assert_ok!(Compute::register_spec(signed(&PUBLISHER), spec.clone()));
        let id = spec.id();
        assert_last(Event::SpecRegistered { spec: id, listing: 0, version: 0, deposit: 500 });
        assert_money(&PUBLISHER, ENDOWED - 500, 500);
        assert_eq!(Compute::spec(&id), Some(spec.clone()));
        assert!(Compute::listing_in_use(0) && !Compute::spec_is_audited(&id));
        assert_noop!(Compute::register_spec(signed(&PUBLISHER), spec), Error::<Test>::AlreadyExists);
        registered_spec(4096);
        assert_money(&PUBLISHER, ENDOWED - 1_000, 1_000);
        // Another version with its own manifest.
        let next = Spec { version: 1, manifest_digest: [9; 32], ..spec_with(2048) };
        assert_ok!(Compute::register_spec(signed(&PUBLISHER), next.clone()));
        assert_eq!(Compute::spec(&next.id()), Some(next));
        assert_money(&PUBLISHER, ENDOWED - 1_500, 1_500);
    });
}

#[test]
fn register_spec_should_refuse_what_can_not_be_run_or_checked() {
    run(|| {
        let call = |spec| Compute::register_spec(signed(&PUBLISHER), spec);
        let mut spec = spec_with(1);
        spec.listing = 7;
        assert_noop!(call(spec), Error::<Test>::NotFound);
        let mut spec = spec_with(1);
        spec.version = 2;
        assert_noop!(call(spec), Error::<Test>::NotFound);
        // The manifest of another version, and of none.
        for digest in [[9; 32], [0; 32]] {
            let mut spec = spec_with(1);
            spec.manifest_digest = digest;
            assert_noop!(call(spec), Error::<Test>::WrongManifest);
        }
        assert_noop!(call(spec_with(0)), Error::<Test>::UnsoundSpec);
        let mut spec = spec_with(1);
        let bound = Bound { from: 0, valid: 2, slash: 1 };
        spec.thresholds = Thresholds::Tokens { bounds: [bound; 4], window: bound, margin: 1 };
        assert_noop!(call(spec), Error::<Test>::UnsoundSpec);
        assert_noop!(Compute::register_spec(signed(&CONSUMER), spec_with(1)), Error::<Test>::NotAuthorized);
        assert_noop!(Compute::register_spec(RuntimeOrigin::root(), spec_with(1)), BadOrigin);
        ListingOwner::set(Some(POOR));
        assert_noop!(Compute::register_spec(signed(&POOR), spec_with(1)), Error::<Test>::InsufficientFree);
        crate::SpecsOf::<Test>::insert(0, u32::MAX);
        assert_noop!(Compute::register_spec(signed(&POOR), spec_with(1)), Error::<Test>::TooManySpecs);
        crate::SpecsOf::<Test>::remove(0);
    });
}

#[test]
fn remove_spec_should_return_the_deposit_of_an_unserved_spec() {
    run(|| {
        let (one, two) = (registered_spec(1), registered_spec(2));
        assert_ok!(Compute::remove_spec(signed(&PUBLISHER), one));
        assert_last(Event::SpecRemoved { spec: one, deposit: 500 });
        assert_money(&PUBLISHER, ENDOWED - 500, 500);
        assert!(Compute::listing_in_use(0));
        assert_ok!(Compute::remove_spec(signed(&PUBLISHER), two));
        assert!(!Compute::listing_in_use(0));
        assert_money(&PUBLISHER, ENDOWED, 0);
        assert_noop!(Compute::remove_spec(signed(&PUBLISHER), two), Error::<Test>::NotFound);
    });
}

#[test]
fn remove_spec_should_wait_for_channels_that_may_need_it() {
    run(|| {
        let spec = serving();
        audited(spec, 2);
        let remove = || Compute::remove_spec(signed(&PUBLISHER), spec);
        assert_noop!(remove(), Error::<Test>::SpecInUse);
        Now::set(10);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        assert_noop!(remove(), Error::<Test>::SpecInUse);
        Now::set(310);
        assert_noop!(remove(), Error::<Test>::SpecInUse);
        // Served again: the wait starts anew.
        assert_ok!(Compute::serve(signed(&PROVIDER), spec, 1, 1, 1));
        Now::set(311);
        assert_noop!(remove(), Error::<Test>::SpecInUse);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        Now::set(612);
        assert_ok!(remove());
        // The seats are gone with it, and the verifiers' bonds can be taken out.
        assert!(!Seats::<Test>::contains_key(spec) && !Specs::<Test>::contains_key(spec));
        assert!(events().contains(&Event::VerifierRemoved { stash: ver(1), spec }));
        assert_ok!(Compute::withdraw_verifier(signed(&ver(1))));
        assert_money(&ver(1), ENDOWED, 0);
        assert_eq!(Verifiers::<Test>::get(ver(0)).unwrap().specs.len(), 0);
    });
}

#[test]
fn remove_spec_should_wait_for_open_channels_however_long() {
    run(|| {
        let spec = serving();
        for _ in 0..2 {
            Compute::obligation_opened(&PROVIDER, &spec);
        }
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        // Nobody closed them when they expired.
        Now::set(10_000);
        for _ in 0..2 {
            assert_noop!(Compute::remove_spec(signed(&PUBLISHER), spec), Error::<Test>::SpecInUse);
            Compute::obligation_closed(&PROVIDER, &spec);
        }
        assert_ok!(Compute::remove_spec(signed(&PUBLISHER), spec));
    });
}

#[test]
fn remove_spec_should_be_the_listings_owners_and_pay_the_depositor() {
    run(|| {
        let spec = registered_spec(1);
        assert_noop!(Compute::remove_spec(signed(&CONSUMER), spec), Error::<Test>::NotAuthorized);
        assert_noop!(Compute::remove_spec(RuntimeOrigin::root(), spec), BadOrigin);
        ListingOwner::set(Some(CONSUMER));
        assert_noop!(Compute::remove_spec(signed(&PUBLISHER), spec), Error::<Test>::NotAuthorized);
        assert_ok!(Compute::remove_spec(signed(&CONSUMER), spec));
        assert_money(&PUBLISHER, ENDOWED, 0);
        assert_money(&CONSUMER, ENDOWED, 0);
    });
}
