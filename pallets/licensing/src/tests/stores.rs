//! Where a seller's copies are fetched.

use crate::{mock::*, types::Store, Error, Event, HoldReason, Stores};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use souk_primitives::{endpoint::Endpoint, AccountId, Balance};

fn endpoint(url: &str) -> Endpoint {
    url.as_bytes().to_vec().try_into().unwrap()
}

fn held(who: &AccountId) -> Balance {
    Balances::balance_on_hold(&HoldReason::Store.into(), who)
}

#[test]
fn a_seller_should_say_where_its_copies_are_for_a_deposit() {
    test(|| {
        let free = Balances::free_balance(SELLER);
        let first = endpoint("https://store.example");
        assert_eq!(Licensing::store(&SELLER), None);
        assert_ok!(Licensing::set_store(signed(SELLER), Some(first.clone())));
        assert_eq!(Licensing::store(&SELLER).unwrap(), "https://store.example");
        assert_eq!((held(&SELLER), free - Balances::free_balance(SELLER)), (STORE, STORE));
        assert!(events().contains(&Event::StoreSet { seller: SELLER, endpoint: Some(first) }));
        // A move costs nothing more.
        assert_ok!(Licensing::set_store(signed(SELLER), Some(endpoint("http://[::1]:80"))));
        assert_eq!((Licensing::store(&SELLER).unwrap().as_str(), held(&SELLER)), ("http://[::1]:80", STORE));
        assert_ok!(Licensing::set_store(signed(SELLER), None));
        assert_eq!((Licensing::store(&SELLER), held(&SELLER)), (None, 0));
        assert_eq!(Balances::free_balance(SELLER), free);
        assert!(events().contains(&Event::StoreSet { seller: SELLER, endpoint: None }));
    });
}

#[test]
fn a_deposit_of_another_day_should_be_settled_with_today_s() {
    test(|| {
        let free = Balances::free_balance(SELLER);
        for before in [STORE / 2, STORE * 2] {
            assert_ok!(Licensing::set_store(signed(SELLER), Some(endpoint("http://a"))));
            // As if the deposit had been another when it was announced.
            let reason = HoldReason::Store.into();
            assert_ok!(<Balances as frame_support::traits::fungible::MutateHold<_>>::set_on_hold(
                &reason, &SELLER, before
            ));
            Stores::<Test>::insert(SELLER, Store { endpoint: endpoint("http://a"), deposit: before });
            assert_ok!(Licensing::set_store(signed(SELLER), Some(endpoint("http://b"))));
            assert_eq!((held(&SELLER), Balances::total_balance_on_hold(&SELLER)), (STORE, STORE));
        }
        assert_ok!(Licensing::set_store(signed(SELLER), None));
        assert_eq!(Balances::free_balance(SELLER), free);
    });
}

#[test]
fn bad_announcements_should_be_refused() {
    test(|| {
        let set = |who, url: Option<&str>| Licensing::set_store(signed(who), url.map(endpoint));
        assert_noop!(set(SELLER, Some("ftp://store")), Error::<Test>::BadEndpoint);
        assert_noop!(set(SELLER, Some("")), Error::<Test>::BadEndpoint);
        assert_noop!(set(SELLER, None), Error::<Test>::NoStore);
        assert_noop!(set(NOBODY, Some("http://a")), Error::<Test>::InsufficientFree);
        assert!(Licensing::set_store(RuntimeOrigin::none(), Some(endpoint("http://a"))).is_err());
    });
}
