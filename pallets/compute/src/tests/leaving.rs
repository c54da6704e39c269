//! `drain`, `withdraw`.

use crate::{mock::*, types::Status, Error, Event, Providers, Servings, Specs};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn drain_should_end_new_channels_but_not_open_ones() {
    run(|| {
        let spec = serving();
        assert_ok!(Compute::terms(&PROVIDER, &spec));
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_last(Event::Draining { provider: PROVIDER, until: 101 });
        assert_eq!(provider().status, Status::Draining { until: 101 });
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::NotActive);
        assert_noop!(Compute::serve(signed(&PROVIDER), spec, 1, 1, 1), Error::<Test>::NotActive);
        // What is open can still be settled and exposed.
        assert!(Compute::prices(&PROVIDER, &spec).is_some());
        assert_ok!(Compute::add_exposure(&PROVIDER, 10));
        Compute::free_exposure(&PROVIDER, 10);
        assert_noop!(Compute::drain(signed(&PROVIDER)), Error::<Test>::NotActive);
        assert_noop!(Compute::drain(signed(&CONSUMER)), Error::<Test>::NotFound);
        assert_noop!(Compute::drain(RuntimeOrigin::root()), BadOrigin);
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
    });
}

#[test]
fn withdraw_should_wait_for_the_period_and_for_what_is_open() {
    run(|| {
        let spec = serving();
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 1_000));
        Compute::obligation_opened(&PROVIDER, &spec);
        assert_ok!(Compute::add_exposure(&PROVIDER, 10));
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NoticeRunning);
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        Now::set(101);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NoticeRunning);
        Now::set(102);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::ObligationsOpen);
        Compute::obligation_closed(&PROVIDER, &spec);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::ObligationsOpen);
        Compute::free_exposure(&PROVIDER, 10);
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_last(Event::Withdrawn { provider: PROVIDER, amount: BOND });
        assert_money(&PROVIDER, ENDOWED, 0);
        assert!(!Providers::<Test>::contains_key(PROVIDER));
        assert!(!Servings::<Test>::contains_key(spec, PROVIDER));
        assert_eq!(Specs::<Test>::get(spec).unwrap().servers, 0);
        assert!(Compute::is_gone(&PROVIDER));
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NotFound);
        assert_noop!(Compute::withdraw(RuntimeOrigin::root()), BadOrigin);
        // It may come back.
        active();
    });
}

#[test]
fn withdraw_should_let_a_pending_provider_go_at_once() {
    run(|| {
        assert_ok!(register(&PROVIDER, BOND));
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 10));
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_money(&PROVIDER, ENDOWED, 0);
    });
}

#[test]
fn withdraw_should_give_a_jailed_provider_what_is_left() {
    run(|| {
        serving();
        assert_eq!(Compute::slash(&PROVIDER, 2_000, &[]), 2_000);
        Now::set(30);
        Compute::jail(&PROVIDER);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NoticeRunning);
        Now::set(110);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NoticeRunning);
        Now::set(111);
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_money(&PROVIDER, ENDOWED - 2_000, 0);
    });
}
