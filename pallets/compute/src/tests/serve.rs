//! `serve`, `stop_serving`, terms and records.

use crate::{mock::*, Error, Event, Servings, Specs};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{call::Prices, rate::Record};
use sp_runtime::DispatchError::BadOrigin;

const PRICES: Prices = Prices { per_1k_input: 10, per_1k_output: 20 };

#[test]
fn serve_should_publish_prices_and_capacity() {
    run(|| {
        let spec = serving();
        assert_last(Event::Serving { provider: PROVIDER, spec, prices: PRICES, capacity: 30 });
        assert_eq!(Compute::prices(&PROVIDER, &spec), Some(PRICES));
        assert_eq!(provider().serving.to_vec(), vec![spec]);
        assert_eq!(Specs::<Test>::get(spec).unwrap().servers, 1);
        let terms = Compute::terms(&PROVIDER, &spec).unwrap();
        assert_eq!((terms.prices, terms.receipt_key, terms.audited), (PRICES, [6; 32], false));
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
    });
}

#[test]
fn serve_again_should_change_the_offer_and_keep_the_record() {
    run(|| {
        let spec = serving();
        Compute::mutate_record(&PROVIDER, &spec, |record| record.ok = 7);
        assert_ok!(Compute::serve(signed(&PROVIDER), spec, 1, 0, 5));
        let serving = Servings::<Test>::get(spec, PROVIDER).unwrap();
        assert_eq!(serving.prices, Prices { per_1k_input: 1, per_1k_output: 0 });
        assert_eq!((serving.capacity, serving.record.ok), (5, 7));
        assert_eq!(Specs::<Test>::get(spec).unwrap().servers, 1);
    });
}

#[test]
fn an_offer_should_say_since_when_it_stands() {
    run(|| {
        let spec = serving();
        let since = || Compute::offer(&PROVIDER, &spec).unwrap().since;
        let began = since();
        Now::set(began + 5);
        assert_ok!(Compute::serve(signed(&PROVIDER), spec, 10, 20, 30));
        assert_eq!(since(), began, "nothing has changed");
        // What the chain lowers is no change of the provider's.
        Compute::lower_capacity(&PROVIDER, &spec, 29);
        assert_eq!(since(), began);
        for (input, output, capacity) in [(10, 20, 30), (10, 21, 30), (9, 21, 30)] {
            Now::mutate(|now| *now += 1);
            assert_ok!(Compute::serve(signed(&PROVIDER), spec, input, output, capacity));
            assert_eq!(since(), Now::get());
        }
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        assert_eq!(Compute::offer(&PROVIDER, &spec), None);
        Now::mutate(|now| *now += 1);
        assert_ok!(Compute::serve(signed(&PROVIDER), spec, 9, 21, 30));
        assert_eq!(since(), Now::get());
    });
}

#[test]
fn serve_should_refuse_who_may_not_and_what_is_not() {
    run(|| {
        let spec = registered_spec(1);
        let serve = |capacity| Compute::serve(signed(&PROVIDER), spec, 1, 1, capacity);
        assert_noop!(serve(1), Error::<Test>::NotFound);
        assert_ok!(register(&PROVIDER, BOND));
        assert_noop!(serve(1), Error::<Test>::NotActive);
        assert_ok!(Compute::accept_sidecar(signed(&VAL), PROVIDER));
        assert_noop!(serve(0), Error::<Test>::ZeroCapacity);
        assert_noop!(Compute::serve(signed(&PROVIDER), [0; 32], 1, 1, 1), Error::<Test>::NotFound);
        assert_noop!(Compute::serve(RuntimeOrigin::root(), spec, 1, 1, 1), BadOrigin);
        LeastBond::set(BOND + 1);
        assert_noop!(serve(1), Error::<Test>::BelowMinimumBond);
        LeastBond::set(1_000);
        Compute::jail(&PROVIDER);
        assert_noop!(serve(1), Error::<Test>::NotActive);
    });
}

#[test]
fn serve_should_keep_to_the_limit() {
    run(|| {
        active();
        for context in 1..=32 {
            assert_ok!(Compute::serve(signed(&PROVIDER), registered_spec(context), 1, 1, 1));
        }
        let spec = registered_spec(33);
        assert_noop!(Compute::serve(signed(&PROVIDER), spec, 1, 1, 1), Error::<Test>::TooManyServing);
    });
}

#[test]
fn stop_serving_should_end_the_offer_and_the_record() {
    run(|| {
        let spec = serving();
        Compute::mutate_record(&PROVIDER, &spec, |record| record.ok = 7);
        assert_eq!(Compute::record(&PROVIDER, &spec).ok, 7);
        assert_noop!(Compute::stop_serving(signed(&CONSUMER), spec), Error::<Test>::NotFound);
        assert_noop!(Compute::stop_serving(signed(&PROVIDER), [0; 32]), Error::<Test>::NotServing);
        assert_noop!(Compute::stop_serving(RuntimeOrigin::root(), spec), BadOrigin);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        assert_last(Event::ServingStopped { provider: PROVIDER, spec });
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::NotServing);
        assert_eq!(Compute::prices(&PROVIDER, &spec), None);
        // What is settled now is audited for certain, and nothing is kept of it.
        Compute::mutate_record(&PROVIDER, &spec, |record| record.ok = 9);
        assert_eq!(Compute::record(&PROVIDER, &spec), Record::default());
        assert_ok!(Compute::serve(signed(&PROVIDER), spec, 1, 1, 1));
        assert_eq!(Compute::record(&PROVIDER, &spec), Record::default());
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
    });
}

#[test]
fn terms_should_need_an_active_listing_and_validator() {
    run(|| {
        let spec = serving();
        assert_noop!(Compute::terms(&CONSUMER, &spec), Error::<Test>::NotFound);
        assert_noop!(Compute::terms(&PROVIDER, &[0; 32]), Error::<Test>::NotFound);
        assert!(Compute::is_for_hire(&PROVIDER, &spec, 7));
        ListingActive::set(false);
        assert!(!Compute::is_for_hire(&PROVIDER, &spec, 7));
        // What its owner did after the block that counts changes nothing for the provider.
        PausedAt::set(Some(7));
        assert!(Compute::is_for_hire(&PROVIDER, &spec, 7));
        assert!(!Compute::is_for_hire(&PROVIDER, &spec, 8));
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::ListingInactive);
        ListingActive::set(true);
        Stakes::mutate(|stakes| stakes.retain(|(who, _)| *who != VAL));
        assert!(!Compute::is_for_hire(&PROVIDER, &spec, 7));
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::NotValidator);
    });
}
