//! Doubts: what they do, how long they stay, whom they follow.

use crate::{mock::*, DoubtCursor, Doubted, Error, Event, Servings, Specs};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use souk_primitives::{rate::Record, AccountId, SpecId};

fn doubt(who: &AccountId, spec: &SpecId) {
    Compute::mutate_record(who, spec, |record| record.doubt());
}

fn pass(who: &AccountId, spec: &SpecId) {
    Compute::mutate_record(who, spec, |record| record.grow(1, 1));
}

fn serve(spec: SpecId) -> sp_runtime::DispatchResult {
    Compute::serve(signed(&PROVIDER), spec, 10, 20, 30)
}

#[test]
fn the_third_doubt_should_take_the_provider_off_the_spec_unslashed() {
    run(|| {
        let (spec, other) = (serving(), registered_spec(1));
        assert_ok!(serve(other));
        doubt(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        assert_eq!(provider().serving.to_vec(), vec![spec, other]);
        Now::set(5);
        doubt(&PROVIDER, &spec);
        assert_last(Event::ProviderRemoved { provider: PROVIDER, spec, until: 85 });
        assert_eq!(provider().serving.to_vec(), vec![other]);
        assert!(!Servings::<Test>::contains_key(spec, PROVIDER));
        assert_eq!(Specs::<Test>::get(spec).unwrap().servers, 0);
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::NotServing);
        assert_ok!(Compute::terms(&PROVIDER, &other));
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
        // Up to and including the last block it can't come back; after it, it begins anew.
        Now::set(85);
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
        Now::set(86);
        assert_ok!(serve(spec));
        assert_eq!(Compute::record(&PROVIDER, &spec), Record::default());
    });
}

#[test]
fn doubts_should_be_forgotten_after_twenty_audits() {
    run(|| {
        let spec = serving();
        doubt(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        for _ in 0..18 {
            pass(&PROVIDER, &spec);
        }
        // The first one is 20 audits ago now.
        doubt(&PROVIDER, &spec);
        assert_eq!(Compute::record(&PROVIDER, &spec).doubts(), 2);
        assert!(Servings::<Test>::contains_key(spec, PROVIDER));
        doubt(&PROVIDER, &spec);
        assert_eq!(Compute::record(&PROVIDER, &spec).doubts(), 2, "and so is the second");
        doubt(&PROVIDER, &spec);
        assert!(!Servings::<Test>::contains_key(spec, PROVIDER));
    });
}

#[test]
fn stopping_should_not_wipe_doubts_away() {
    run(|| {
        let spec = serving();
        pass(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        assert_ok!(serve(spec));
        let record = Compute::record(&PROVIDER, &spec);
        assert_eq!((record.ok, record.doubts()), (0, 2));
        doubt(&PROVIDER, &spec);
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
        // Nor does leaving for good, nor registering the spec again.
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        Doubted::<Test>::mutate(spec, PROVIDER, |kept| kept.as_mut().unwrap().until = 1_000);
        Now::set(302);
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_ok!(Compute::remove_spec(signed(&PUBLISHER), spec));
        assert_eq!(registered_spec(2048), spec);
        active();
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
    });
}

#[test]
fn doubts_should_follow_the_validator_to_another_account() {
    run(|| {
        let spec = serving();
        let other = ver(3);
        let register_other = || {
            assert_ok!(register(&other, BOND));
            assert_ok!(Compute::accept_sidecar(signed(&VAL), other.clone()));
        };
        register_other();
        let serve_other = || Compute::serve(signed(&other), spec, 1, 1, 1);
        doubt(&PROVIDER, &spec);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        assert_ok!(serve_other());
        assert_eq!(Compute::record(&other, &spec).doubts(), 1);
        // One that serves already goes on when its neighbour is taken off, and may change its prices.
        assert_ok!(serve(spec));
        doubt(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
        assert_ok!(serve_other());
        // A better record of its own doesn't take the validator's doubts away.
        assert_ok!(Compute::stop_serving(signed(&other), spec));
        assert_noop!(serve_other(), Error::<Test>::TooManyDoubts);
        Now::set(82);
        assert_ok!(serve_other());
    });
}

#[test]
fn doubts_of_channels_from_before_should_count_too() {
    run(|| {
        let spec = serving();
        doubt(&PROVIDER, &spec);
        doubt(&PROVIDER, &spec);
        assert_ok!(Compute::stop_serving(signed(&PROVIDER), spec));
        Now::set(11);
        doubt(&PROVIDER, &spec);
        assert_last(Event::ProviderRemoved { provider: PROVIDER, spec, until: 91 });
        assert!(Compute::record(&PROVIDER, &spec).is_out());
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
        // Out is out: what else was open does not shorten it, nor prolong it.
        for _ in 0..25 {
            pass(&PROVIDER, &spec);
        }
        doubt(&PROVIDER, &spec);
        assert_eq!(Doubted::<Test>::get(spec, PROVIDER).unwrap().until, 91);
        assert_noop!(serve(spec), Error::<Test>::TooManyDoubts);
        // Nothing is kept of an account that is no provider.
        doubt(&CONSUMER, &spec);
        assert_eq!(Doubted::<Test>::get(spec, CONSUMER), None);
    });
}

#[test]
fn old_doubts_should_be_forgotten_in_idle_blocks() {
    run(|| {
        let doubt = |until| {
            let mut record = Record::default();
            record.doubt();
            crate::types::Doubt { record, until }
        };
        for n in 0..40u8 {
            Doubted::<Test>::insert([n % 3; 32], AccountId::new([n; 32]), doubt(u32::from(n)));
        }
        Now::set(20);
        // One block looks at a few; all of them come round.
        Compute::on_idle(1, Weight::MAX);
        assert!(Doubted::<Test>::iter().count() >= 32);
        assert!(DoubtCursor::<Test>::exists());
        for _ in 0..10 {
            Compute::on_idle(1, Weight::MAX);
        }
        assert!(Doubted::<Test>::iter_values().all(|doubt| doubt.until >= 20));
        assert_eq!(Doubted::<Test>::iter().count(), 20);
        Now::set(100);
        for _ in 0..10 {
            Compute::on_idle(1, Weight::MAX);
        }
        assert_eq!(Doubted::<Test>::iter().count(), 0);
        Compute::on_idle(1, Weight::MAX);
        assert!(!DoubtCursor::<Test>::exists());
    });
}

#[test]
fn try_state_should_notice_needless_doubts() {
    run(|| {
        let spec = serving();
        doubt(&PROVIDER, &spec);
        let record = Compute::record(&PROVIDER, &spec);
        let good = Servings::<Test>::get(spec, PROVIDER).unwrap();
        let bad = crate::types::Serving { record: Record { window: 7, ..record }, ..good };
        Servings::<Test>::insert(spec, PROVIDER, bad);
        assert!(Compute::do_try_state().is_err());
        Servings::<Test>::insert(spec, PROVIDER, good);
        Doubted::<Test>::insert(spec, VAL, crate::types::Doubt { record: Record::default(), until: 1 });
        assert!(Compute::do_try_state().is_err());
        Doubted::<Test>::remove(spec, VAL);
    });
}
