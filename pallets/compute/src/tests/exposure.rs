//! The exposure rule and what keeps a provider from leaving.

use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};

#[test]
fn add_exposure_should_keep_to_the_active_bond() {
    run(|| {
        active();
        assert_eq!((Compute::room(&PROVIDER), Compute::exposed(&PROVIDER)), (BOND, 0));
        assert_ok!(Compute::add_exposure(&PROVIDER, 4_000));
        assert_eq!((Compute::room(&PROVIDER), Compute::exposed(&PROVIDER)), (1_000, 4_000));
        assert_noop!(Compute::add_exposure(&PROVIDER, 1_001), Error::<Test>::OverExposure);
        assert_noop!(Compute::add_exposure(&PROVIDER, u128::MAX), Error::<Test>::OverExposure);
        assert_ok!(Compute::add_exposure(&PROVIDER, 1_000));
        Compute::free_exposure(&PROVIDER, 2_500);
        assert_eq!(Compute::room(&PROVIDER), 2_500);
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
    });
}

#[test]
fn unbonding_money_should_carry_nothing() {
    run(|| {
        active();
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 4_000));
        assert_eq!(Compute::room(&PROVIDER), 1_000);
        assert_noop!(Compute::add_exposure(&PROVIDER, 1_001), Error::<Test>::OverExposure);
    });
}

#[test]
fn cap_should_be_the_value_that_the_bond_carries_for_certain() {
    run(|| {
        active();
        assert_eq!(Compute::cap(&PROVIDER), BOND / 3);
        assert_eq!(Compute::cap(&CONSUMER), 0);
    });
}

#[test]
fn a_provider_that_is_not_there_should_expose_nothing() {
    run(|| {
        assert_noop!(Compute::add_exposure(&CONSUMER, 1), Error::<Test>::NotFound);
        Compute::free_exposure(&CONSUMER, 1);
        Compute::obligation_opened(&CONSUMER, &[0; 32]);
        Compute::obligation_closed(&CONSUMER, &[0; 32]);
        assert_eq!((Compute::room(&CONSUMER), Compute::exposed(&CONSUMER)), (0, 0));
        assert!(Compute::is_gone(&CONSUMER));
        assert_eq!(Compute::provider_facts(&CONSUMER), None);
    });
}
