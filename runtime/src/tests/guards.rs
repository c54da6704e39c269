//! Sudo, safe mode, pausing, proxies.

use super::harness::*;
use crate::{
    filters::{ProxyType, SafeModeWhitelist, TxPauseWhitelist},
    genesis, Runtime, RuntimeCall, RuntimeOrigin, SafeMode, Sudo, TxPause,
};
use frame_support::{
    assert_noop, assert_ok,
    traits::{Contains, InstanceFilter},
};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::traits::Dispatchable;

fn transfer() -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: Bob.to_account_id().into(),
        value: crate::constants::currency::SOUK,
    })
}

fn root_only() -> RuntimeCall {
    RuntimeCall::System(frame_system::Call::set_heap_pages { pages: 64 })
}

#[test]
fn sudo_should_be_unusable_in_production() {
    at_genesis(genesis::PRODUCTION).execute_with(|| {
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
        for caller in [Alice, Bob] {
            let origin = RuntimeOrigin::signed(caller.to_account_id());
            assert!(Sudo::sudo(origin.clone(), Box::new(root_only())).is_err());
            assert!(Sudo::set_key(origin.clone(), caller.to_account_id().into()).is_err());
            assert!(Sudo::sudo_as(origin, Bob.to_account_id().into(), Box::new(transfer())).is_err());
        }
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
    });
}

#[test]
fn sudo_should_obey_alice_alone_in_local() {
    local().execute_with(|| {
        let call = Box::new(root_only());
        assert!(Sudo::sudo(RuntimeOrigin::signed(Bob.to_account_id()), call.clone()).is_err());
        assert_ok!(Sudo::sudo(RuntimeOrigin::signed(Alice.to_account_id()), call));
    });
}

#[test]
fn safe_mode_should_not_be_for_sale() {
    local().execute_with(|| {
        assert_noop!(
            SafeMode::enter(RuntimeOrigin::signed(Alice.to_account_id())),
            pallet_safe_mode::Error::<Runtime>::NotConfigured
        );
    });
}

#[test]
fn safe_mode_should_stop_transfers_and_not_blocks() {
    local().execute_with(|| {
        run_to(1);
        assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
        assert_noop!(
            transfer().dispatch(RuntimeOrigin::signed(Alice.to_account_id())),
            frame_system::Error::<Runtime>::CallFiltered
        );
        // Blocks go on: their inherents are whitelisted.
        run_to(3);
        assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
        assert_ok!(transfer().dispatch(RuntimeOrigin::signed(Alice.to_account_id())));
    });
    assert!(!SafeModeWhitelist::contains(&transfer()));
}

#[test]
fn pausing_should_spare_what_blocks_need() {
    local().execute_with(|| {
        run_to(1);
        let name = |pallet: &str, call: &str| {
            (pallet.as_bytes().to_vec().try_into().unwrap(), call.as_bytes().to_vec().try_into().unwrap())
        };
        assert!(TxPauseWhitelist::contains(&name("Timestamp", "set")));
        assert!(TxPause::pause(RuntimeOrigin::root(), name("Timestamp", "set")).is_err());
        assert_ok!(TxPause::pause(RuntimeOrigin::root(), name("Balances", "transfer_keep_alive")));
        assert_noop!(
            transfer().dispatch(RuntimeOrigin::signed(Alice.to_account_id())),
            frame_system::Error::<Runtime>::CallFiltered
        );
    });
}

#[test]
fn proxies_should_do_what_their_type_says() {
    assert!(ProxyType::Any.filter(&transfer()));
    assert!(!ProxyType::NonTransfer.filter(&transfer()));
    assert!(!ProxyType::Staking.filter(&transfer()));
    assert!(!ProxyType::Market.filter(&transfer()));
    assert!(ProxyType::Any.is_superset(&ProxyType::Market));
    assert!(!ProxyType::Market.is_superset(&ProxyType::Staking));
    assert!(!ProxyType::NonTransfer.is_superset(&ProxyType::Any));
}

#[test]
fn weights_should_leave_two_thirds_of_a_slot() {
    let weights = <Runtime as frame_system::Config>::BlockWeights::get();
    assert_eq!(weights.max_block.ref_time(), 1_000_000_000_000);
    assert!(weights.validate().is_ok());
    let database = <Runtime as frame_system::Config>::DbWeight::get();
    assert!(database.read > 0 && database.write > 0);
}
