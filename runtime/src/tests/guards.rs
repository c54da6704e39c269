//! Sudo, safe mode, pausing, proxies.

use super::harness::*;
use crate::{
    filters::{is_unstoppable, Calls, ProxyType, SafeModeWhitelist, TxPauseWhitelist, UNSTOPPABLE},
    genesis, AccountId, Proxy, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, SafeMode, Sudo, System,
    TxPause,
};
use frame_support::{
    assert_noop, assert_ok,
    traits::{Contains, GetCallMetadata, InstanceFilter},
};
use souk_primitives::moderation::DelistReason;
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

/// Calls of the market by which a delegate could get at its principal's money.
fn risky() -> Vec<RuntimeCall> {
    let eve: AccountId = [5; 32].into();
    vec![
        pallet_channels::Call::open {
            provider: eve.clone(),
            spec: [1; 32],
            deposit: crate::constants::currency::SOUK,
            max_price_input: u128::MAX,
            max_price_output: u128::MAX,
            voucher_key: [2; 32],
            expires: 100,
            allow_unaudited: true,
            notice: 0,
            for_consumer: None,
        }
        .into(),
        pallet_channels::Call::top_up { channel: [3; 32], amount: 1 }.into(),
        pallet_channels::Call::set_limit { provider: eve.clone(), max_amount: 1, max_channels: 1 }.into(),
        pallet_channels::Call::clear_limit { provider: eve.clone() }.into(),
        pallet_compute::Call::register_provider {
            validator: eve.clone(),
            endpoint: Default::default(),
            receipt_key: [4; 32],
            seal_key: [5; 32],
            hardware: Default::default(),
            bond: 1,
        }
        .into(),
        pallet_compute::Call::bond_extra { amount: 1 }.into(),
        pallet_compute::Call::rotate_receipt_key { receipt_key: [4; 32] }.into(),
        pallet_listings::Call::offer_transfer { listing: 0, to: Some(eve.clone()) }.into(),
        pallet_listings::Call::set_parents { listing: 0, parents: Default::default() }.into(),
        pallet_listings::Call::post_bond { amount: 1 }.into(),
        pallet_listings::Call::delist { listing: 0, reason: DelistReason::Fraud, evidence: [6; 32] }.into(),
        pallet_listings::Call::withdraw_case { listing: 0 }.into(),
        pallet_listings::Call::appeal { listing: 0, statement: [6; 32] }.into(),
        super::shop::order("Alice", 0).into(),
        pallet_licensing::Call::offer_copy {
            purchase: [1; 32],
            ciphertext_root: [2; 32],
            key_commitment: [3; 32],
        }
        .into(),
        pallet_licensing::Call::accept_copy {
            purchase: [1; 32],
            ciphertext_root: [2; 32],
            key_commitment: [3; 32],
        }
        .into(),
        pallet_licensing::Call::reveal_key { purchase: [1; 32], sealed_key: [4; 80] }.into(),
        pallet_licensing::Call::renew { licence: [1; 32], max_price: 1, offer_digest: [2; 32] }.into(),
        pallet_licensing::Call::transfer { licence: [1; 32], to: eve }.into(),
    ]
}

/// What the last proxied call came to.
fn executed() -> sp_runtime::DispatchResult {
    let last = System::read_events_no_consensus().filter_map(|record| match record.event {
        RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => Some(result),
        _ => None,
    });
    last.last().unwrap()
}

#[test]
fn delegates_should_not_reach_the_principals_money() {
    let filtered: sp_runtime::DispatchResult = Err(frame_system::Error::<Runtime>::CallFiltered.into());
    local().execute_with(|| {
        run_to(1);
        let (principal, delegate) = (Alice.to_account_id(), Bob.to_account_id());
        for kind in [ProxyType::Market, ProxyType::NonTransfer] {
            let proxies = RuntimeOrigin::signed(principal.clone());
            assert_ok!(Proxy::add_proxy(proxies, delegate.clone().into(), kind, 0));
            let proxied = |call: RuntimeCall| {
                let who = RuntimeOrigin::signed(delegate.clone());
                assert_ok!(Proxy::proxy(who, principal.clone().into(), Some(kind), Box::new(call)));
                executed()
            };
            for call in risky() {
                let inside = pallet_utility::Call::batch_all { calls: vec![call.clone()] };
                assert_eq!(proxied(inside.into()), filtered, "{kind:?} in a batch: {call:?}");
                assert_eq!(proxied(call.clone()), filtered, "{kind:?}: {call:?}");
            }
            // What a keeper does goes through, as far as there is anything to do.
            let close = pallet_channels::Call::close_by_provider { channel: [3; 32], last: None };
            assert_eq!(proxied(close.into()), Err(pallet_channels::Error::<Runtime>::ChannelNotFound.into()));
            let drain = pallet_compute::Call::drain {};
            assert_eq!(proxied(drain.into()), Err(pallet_compute::Error::<Runtime>::NotFound.into()));
        }
    });
    // The principal itself, and who stands in for it in everything, may.
    for call in risky() {
        assert!(ProxyType::Any.filter(&call));
        assert!(!ProxyType::Staking.filter(&call));
    }
}

#[test]
fn a_stores_keeper_should_deliver_and_nothing_else() {
    let missing: sp_runtime::DispatchResult =
        Err(pallet_licensing::Error::<Runtime>::PurchaseNotFound.into());
    let filtered: sp_runtime::DispatchResult = Err(frame_system::Error::<Runtime>::CallFiltered.into());
    local().execute_with(|| {
        run_to(1);
        let (principal, delegate) = (Alice.to_account_id(), Bob.to_account_id());
        let seller = ProxyType::Seller;
        let owner = RuntimeOrigin::signed(principal.clone());
        assert_ok!(Proxy::add_proxy(owner, delegate.clone().into(), seller, 0));
        for call in risky().into_iter().chain([transfer()]) {
            let delivers = matches!(
                call,
                RuntimeCall::Licensing(
                    pallet_licensing::Call::offer_copy { .. } | pallet_licensing::Call::reveal_key { .. }
                )
            );
            let who = RuntimeOrigin::signed(delegate.clone());
            assert_ok!(Proxy::proxy(who, principal.clone().into(), Some(seller), Box::new(call.clone())));
            assert_eq!(executed(), if delivers { missing } else { filtered }, "{call:?}");
        }
    });
    for wider in [ProxyType::NonTransfer, ProxyType::Market, ProxyType::Staking] {
        assert!(!wider.is_superset(&ProxyType::Seller));
    }
    assert!(ProxyType::Any.is_superset(&ProxyType::Seller));
}

#[test]
fn what_has_a_deadline_should_never_be_stopped() {
    let stays = |pallet: &str, call: &str| {
        // No name in the list, nor here, that is not one.
        assert!(RuntimeCall::get_module_names().contains(&pallet), "{pallet}");
        assert!(RuntimeCall::get_call_names(pallet).contains(&call), "{pallet}.{call}");
        is_unstoppable(pallet.as_bytes(), call.as_bytes())
    };
    for (pallet, calls) in UNSTOPPABLE {
        let names: &[&str] = match calls {
            Calls::All => &[],
            Calls::Only(names) | Calls::But(names) => names,
        };
        assert!(RuntimeCall::get_module_names().contains(pallet), "{pallet}");
        for call in names {
            stays(pallet, call);
        }
    }
    let spared = [
        ("ImOnline", vec!["heartbeat"]),
        ("Listings", vec!["appeal", "decide_appeal", "withdraw_case", "close_case"]),
        // Unclaimed, these lapse.
        ("Rewards", vec!["commit_exam", "claim", "claim_for"]),
        ("Treasury", vec!["payout"]),
        ("Bounties", vec!["claim_bounty"]),
        ("Staking", vec!["payout_stakers_by_page"]),
        ("Compute", vec!["drain", "withdraw", "withdraw_unbonded"]),
        (
            "Licensing",
            vec![
                "offer_copy",
                "accept_copy",
                "reveal_key",
                "settle",
                "complain",
                "cancel",
                "expire",
                "claim",
            ],
        ),
        ("Channels", vec!["settle", "close_by_provider"]),
        ("Proxy", vec!["proxy"]),
        ("Utility", vec!["batch_all"]),
    ];
    for (pallet, calls) in spared {
        for call in calls {
            assert!(stays(pallet, call), "{pallet}.{call}");
        }
    }
    let stopped = [
        ("Licensing", vec!["purchase", "renew", "transfer"]),
        ("Channels", vec!["open", "top_up"]),
        ("Listings", vec!["register", "delist", "relist"]),
        ("Compute", vec!["register_provider", "serve"]),
        ("Rewards", vec!["set_compound"]),
        ("Treasury", vec!["spend"]),
        ("Staking", vec!["bond"]),
        ("Balances", vec!["transfer_keep_alive"]),
        ("Proxy", vec!["add_proxy"]),
    ];
    for (pallet, calls) in stopped {
        for call in calls {
            assert!(!stays(pallet, call), "{pallet}.{call}");
        }
    }
}

#[test]
fn a_batch_should_not_smuggle_anything_past_safe_mode() {
    local().execute_with(|| {
        run_to(1);
        assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
        let filtered: sp_runtime::DispatchResult = Err(frame_system::Error::<Runtime>::CallFiltered.into());
        let alice = || RuntimeOrigin::signed(Alice.to_account_id());
        let dispatch =
            |call: RuntimeCall| call.dispatch(alice()).map(|_| ()).map_err(|refused| refused.error);
        let batch =
            |call: RuntimeCall| RuntimeCall::from(pallet_utility::Call::batch_all { calls: vec![call] });
        assert_eq!(dispatch(batch(transfer())), filtered);
        assert_eq!(dispatch(batch(batch(transfer()))), filtered);
        let other_signatories = vec![Bob.to_account_id()];
        let alone =
            pallet_multisig::Call::as_multi_threshold_1 { other_signatories, call: Box::new(transfer()) };
        assert_eq!(dispatch(alone.into()), filtered);
        // What goes on, does so in a batch.
        let withdraw = pallet_compute::Call::withdraw {};
        assert_eq!(dispatch(batch(withdraw.into())), Err(pallet_compute::Error::<Runtime>::NotFound.into()));
    });
}

#[test]
fn votes_and_earnings_should_not_be_a_delegates_own() {
    use pallet_staking::{Call, RewardDestination};
    let eve: AccountId = [5; 32].into();
    let bond = |payee| RuntimeCall::from(Call::bond { value: 1, payee });
    let nested = RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
    let diverting: [RuntimeCall; 8] = [
        Call::set_payee { payee: RewardDestination::Account(eve.clone()) }.into(),
        bond(RewardDestination::Account(eve.clone())),
        pallet_nomination_pools::Call::create {
            amount: 1,
            root: eve.clone().into(),
            nominator: eve.clone().into(),
            bouncer: eve.clone().into(),
        }
        .into(),
        pallet_bounties::Call::award_bounty { bounty_id: 0, beneficiary: eve.clone().into() }.into(),
        pallet_child_bounties::Call::award_child_bounty {
            parent_bounty_id: 0,
            child_bounty_id: 0,
            beneficiary: eve.clone().into(),
        }
        .into(),
        // Whose deposit comes back to Eve when she quits.
        pallet_identity::Call::add_sub { sub: eve.clone().into(), data: pallet_identity::Data::None }.into(),
        // Behind a second proxy, the first one's limits are gone.
        pallet_proxy::Call::proxy { real: eve.into(), force_proxy_type: None, call: Box::new(nested) }.into(),
        // Keys sign two blocks of one slot, and the report of it.
        pallet_session::Call::purge_keys {}.into(),
    ];
    for call in &diverting {
        for kind in [ProxyType::NonTransfer, ProxyType::Governance, ProxyType::Market] {
            assert!(!kind.filter(call), "{kind:?}: {call:?}");
        }
    }
    // Who keeps the stake, says where its rewards go; so nobody else may make such a proxy.
    assert!(ProxyType::Staking.filter(&diverting[0]));
    assert!(!ProxyType::NonTransfer.is_superset(&ProxyType::Staking));
    assert!(ProxyType::NonTransfer.is_superset(&ProxyType::Governance));
    assert!(ProxyType::NonTransfer.filter(&bond(RewardDestination::Staked)));
}

#[test]
fn weights_should_leave_two_thirds_of_a_slot() {
    let weights = <Runtime as frame_system::Config>::BlockWeights::get();
    assert_eq!(weights.max_block.ref_time(), 1_000_000_000_000);
    assert!(weights.validate().is_ok());
    let database = <Runtime as frame_system::Config>::DbWeight::get();
    assert!(database.read > 0 && database.write > 0);
}
