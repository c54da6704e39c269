//! `bond_extra`, `unbond_some`, `withdraw_unbonded`.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn bond_extra_should_add_to_the_active_bond() {
    run(|| {
        active();
        assert_ok!(Compute::bond_extra(signed(&PROVIDER), 700));
        assert_last(Event::BondIncreased { provider: PROVIDER, amount: 700, active: BOND + 700 });
        assert_money(&PROVIDER, ENDOWED - BOND - 700, BOND + 700);
        assert_eq!(Compute::active_bond(&PROVIDER), BOND + 700);
        assert_noop!(Compute::bond_extra(signed(&PROVIDER), 0), Error::<Test>::ZeroAmount);
        assert_noop!(Compute::bond_extra(signed(&PROVIDER), ENDOWED), Error::<Test>::InsufficientFree);
        assert_noop!(Compute::bond_extra(signed(&CONSUMER), 1), Error::<Test>::NotFound);
        assert_noop!(Compute::bond_extra(RuntimeOrigin::root(), 1), BadOrigin);
        Compute::jail(&PROVIDER);
        assert_noop!(Compute::bond_extra(signed(&PROVIDER), 1), Error::<Test>::ProviderJailed);
    });
}

#[test]
fn unbond_some_should_keep_the_money_until_the_period_is_over() {
    run(|| {
        active();
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 1_500));
        assert_last(Event::BondUnbonding {
            provider: PROVIDER,
            amount: 1_500,
            active: BOND - 1_500,
            until: 81,
        });
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
        assert_eq!((Compute::active_bond(&PROVIDER), Compute::slashable(&PROVIDER)), (BOND - 1_500, BOND));
        Now::set(10);
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 500));

        Now::set(81);
        assert_noop!(Compute::withdraw_unbonded(signed(&PROVIDER)), Error::<Test>::NothingToWithdraw);
        Now::set(82);
        assert_ok!(Compute::withdraw_unbonded(signed(&PROVIDER)));
        assert_last(Event::BondReleased { provider: PROVIDER, amount: 1_500 });
        assert_money(&PROVIDER, ENDOWED - BOND + 1_500, BOND - 1_500);
        Now::set(91);
        assert_ok!(Compute::withdraw_unbonded(signed(&PROVIDER)));
        assert_money(&PROVIDER, ENDOWED - BOND + 2_000, BOND - 2_000);
    });
}

#[test]
fn unbond_some_should_leave_minimum_and_exposure_covered() {
    run(|| {
        active();
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), 0), Error::<Test>::ZeroAmount);
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), 4_001), Error::<Test>::BelowMinimumBond);
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), u128::MAX), Error::<Test>::BelowMinimumBond);
        assert_ok!(Compute::add_exposure(&PROVIDER, 3_000));
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), 2_001), Error::<Test>::OverExposure);
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 2_000));
        assert_eq!(Compute::room(&PROVIDER), 0);
    });
}

#[test]
fn unbond_some_should_be_bounded_and_an_active_providers() {
    run(|| {
        active();
        for _ in 0..8 {
            assert_ok!(Compute::unbond_some(signed(&PROVIDER), 1));
        }
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), 1), Error::<Test>::TooManyUnbondings);
        assert_noop!(Compute::unbond_some(signed(&CONSUMER), 1), Error::<Test>::NotFound);
        assert_noop!(Compute::unbond_some(RuntimeOrigin::root(), 1), BadOrigin);
        assert_noop!(Compute::withdraw_unbonded(signed(&CONSUMER)), Error::<Test>::NotFound);
        assert_noop!(Compute::withdraw_unbonded(RuntimeOrigin::root()), BadOrigin);
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_noop!(Compute::unbond_some(signed(&PROVIDER), 1), Error::<Test>::NotActive);
    });
}
