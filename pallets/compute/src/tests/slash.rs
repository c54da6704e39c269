//! Slashes and jail.

use crate::{mock::*, types::Status, Error, Event, Servings, Specs};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::AccountId;

#[test]
fn slash_should_pay_in_order_and_burn_the_rest() {
    run(|| {
        active();
        let issuance = Balances::total_issuance();
        assert_eq!(Compute::slash(&PROVIDER, 1_000, &[(CONSUMER, 100), (ver(0), 200)]), 1_000);
        assert_last(Event::Slashed { provider: PROVIDER, amount: 1_000, left: BOND - 1_000 });
        assert_money(&PROVIDER, ENDOWED - BOND, BOND - 1_000);
        assert_money(&CONSUMER, ENDOWED + 100, 0);
        assert_money(&ver(0), ENDOWED + 200, 0);
        assert_eq!(Balances::total_issuance(), issuance - 700);
        assert_eq!(Compute::active_bond(&PROVIDER), BOND - 1_000);
    });
}

#[test]
fn slash_should_reach_what_is_unbonding() {
    run(|| {
        active();
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 3_000));
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 500));
        assert_eq!(Compute::slashable(&PROVIDER), BOND);
        assert_eq!(Compute::slash(&PROVIDER, 2_000, &[]), 2_000);
        // 1,500 were active: 500 more came from the oldest decrease.
        assert_eq!(provider().bond.active, 0);
        assert_eq!(
            provider().bond.unbonding.iter().map(|chunk| chunk.amount).collect::<Vec<_>>(),
            [2_500, 500]
        );
        assert_money(&PROVIDER, ENDOWED - BOND, 3_000);
        // More than there is takes what there is; the first payees go first.
        assert_eq!(Compute::slash(&PROVIDER, 9_000, &[(CONSUMER, 2_900), (ver(0), 2_900)]), 3_000);
        assert_money(&PROVIDER, ENDOWED - BOND, 0);
        assert_money(&CONSUMER, ENDOWED + 2_900, 0);
        assert_money(&ver(0), ENDOWED + 100, 0);
        assert_eq!(Compute::slash(&PROVIDER, 1, &[]), 0);
        assert_eq!(Compute::slash(&CONSUMER, 1, &[]), 0);
    });
}

#[test]
fn slash_should_not_fail_because_of_a_payee() {
    run(|| {
        active();
        let nobody = AccountId::new([77; 32]);
        let issuance = Balances::total_issuance();
        assert_eq!(Compute::slash(&PROVIDER, 100, &[(nobody.clone(), 5), (CONSUMER, 50)]), 100);
        assert_money(&nobody, 0, 0);
        assert_money(&CONSUMER, ENDOWED + 50, 0);
        assert_eq!(Balances::total_issuance(), issuance - 50);
    });
}

#[test]
fn slash_should_take_from_a_bond_whose_owner_is_locked() {
    use frame_support::traits::{LockableCurrency, WithdrawReasons};
    run(|| {
        active();
        Balances::set_lock(*b"vote    ", &PROVIDER, ENDOWED, WithdrawReasons::all());
        assert_eq!(Compute::slash(&PROVIDER, 1_000, &[(CONSUMER, 1_000)]), 1_000);
        assert_money(&CONSUMER, ENDOWED + 1_000, 0);
        // And a vote-locked account has nothing free to bond.
        assert_noop!(Compute::bond_extra(signed(&PROVIDER), 1), Error::<Test>::InsufficientFree);
    });
}

#[test]
fn jail_should_end_all_business() {
    run(|| {
        let spec = serving();
        Compute::mutate_record(&PROVIDER, &spec, |record| record.ok = 50_000);
        Compute::jail(&PROVIDER);
        assert_last(Event::Jailed { provider: PROVIDER, until: 81 });
        assert_eq!(provider().status, Status::Jailed { until: 81 });
        assert!(provider().serving.is_empty() && !Servings::<Test>::contains_key(spec, PROVIDER));
        assert_eq!(Specs::<Test>::get(spec).unwrap().servers, 0);
        assert_eq!(Compute::record(&PROVIDER, &spec).ok, 0);
        assert!(Compute::is_gone(&PROVIDER));
        assert_noop!(Compute::terms(&PROVIDER, &spec), Error::<Test>::NotActive);
        assert_noop!(Compute::drain(signed(&PROVIDER)), Error::<Test>::NotActive);
        assert_noop!(Compute::accept_sidecar(signed(&VAL), PROVIDER), Error::<Test>::NotPending);
        // Once is enough, and its bond can still be slashed.
        let before = events().len();
        Now::set(50);
        Compute::jail(&PROVIDER);
        Compute::jail(&CONSUMER);
        assert_eq!(events().len(), before);
        assert_eq!(Compute::slash(&PROVIDER, 100, &[]), 100);
        assert_money(&PROVIDER, ENDOWED - BOND, BOND - 100);
    });
}

#[test]
fn jail_should_stop_one_that_was_leaving() {
    run(|| {
        active();
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        Now::set(90);
        Compute::jail(&PROVIDER);
        Now::set(102);
        assert_noop!(Compute::withdraw(signed(&PROVIDER)), Error::<Test>::NoticeRunning);
        Now::set(171);
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_money(&PROVIDER, ENDOWED, 0);
    });
}
