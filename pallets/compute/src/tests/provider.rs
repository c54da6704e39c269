//! `register_provider`, `accept_sidecar`, `update_provider`, `rotate_receipt_key`.

use crate::{mock::*, types::Status, Error, Event, Providers};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn register_provider_should_hold_the_bond_and_wait() {
    run(|| {
        assert_ok!(register(&PROVIDER, BOND));
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
        assert_last(Event::ProviderRegistered { provider: PROVIDER, validator: VAL, bond: BOND });
        let stored = provider();
        assert_eq!((stored.status, stored.validator, stored.obligations), (Status::Pending, VAL, 0));
        assert_eq!((stored.receipt_key, stored.seal_key), ([6; 32], [7; 32]));
        assert_eq!((stored.bond.active, stored.bond.exposure), (BOND, 0));
        assert_noop!(register(&PROVIDER, BOND), Error::<Test>::AlreadyExists);
    });
}

#[test]
fn register_provider_should_refuse_bad_facts() {
    run(|| {
        let call = |validator, endpoint: &[u8], hardware: &[u8], bond| {
            Compute::register_provider(
                signed(&PROVIDER),
                validator,
                bytes(endpoint),
                [6; 32],
                [7; 32],
                bytes(hardware),
                bond,
            )
        };
        let url = b"https://p.example";
        assert_noop!(call(CONSUMER, url, b"gpu", BOND), Error::<Test>::NotValidator);
        assert_noop!(call(VAL, b"p.example", b"gpu", BOND), Error::<Test>::BadEndpoint);
        assert_noop!(call(VAL, b"", b"gpu", BOND), Error::<Test>::BadEndpoint);
        assert_noop!(call(VAL, url, &[0xff], BOND), Error::<Test>::NotUtf8);
        assert_noop!(call(VAL, url, b"gpu", 999), Error::<Test>::BelowMinimumBond);
        assert_noop!(call(VAL, url, b"gpu", ENDOWED), Error::<Test>::InsufficientFree);
        assert_noop!(register(&POOR, 1_000), Error::<Test>::InsufficientFree);
        assert_noop!(
            Compute::register_provider(
                RuntimeOrigin::root(),
                VAL,
                bytes(url),
                [0; 32],
                [0; 32],
                bytes(b""),
                BOND
            ),
            BadOrigin
        );
        assert_ok!(call(VAL, url, b"", 1_000));
    });
}

#[test]
fn accept_sidecar_should_be_the_validators() {
    run(|| {
        assert_noop!(Compute::accept_sidecar(signed(&VAL), PROVIDER), Error::<Test>::NotFound);
        assert_ok!(register(&PROVIDER, BOND));
        assert_noop!(Compute::accept_sidecar(signed(&ver(0)), PROVIDER), Error::<Test>::NotAuthorized);
        assert_noop!(Compute::accept_sidecar(signed(&PROVIDER), PROVIDER), Error::<Test>::NotAuthorized);
        assert_noop!(Compute::accept_sidecar(RuntimeOrigin::root(), PROVIDER), BadOrigin);
        assert_ok!(Compute::accept_sidecar(signed(&VAL), PROVIDER));
        assert_last(Event::SidecarAccepted { provider: PROVIDER, validator: VAL });
        assert_eq!(provider().status, Status::Active);
        assert_noop!(Compute::accept_sidecar(signed(&VAL), PROVIDER), Error::<Test>::NotPending);
        assert_money(&PROVIDER, ENDOWED - BOND, BOND);
        assert_money(&VAL, ENDOWED, 0);
    });
}

#[test]
fn accept_sidecar_should_refuse_a_validator_that_left() {
    run(|| {
        assert_ok!(register(&PROVIDER, BOND));
        Stakes::mutate(|stakes| stakes.retain(|(who, _)| *who != VAL));
        assert_noop!(Compute::accept_sidecar(signed(&VAL), PROVIDER), Error::<Test>::NotValidator);
    });
}

#[test]
fn update_provider_should_change_where_and_what() {
    run(|| {
        active();
        let endpoint = bytes(b"https://new.example:8901");
        assert_ok!(Compute::update_provider(signed(&PROVIDER), endpoint.clone(), bytes(b"H200"), [9; 32]));
        assert_last(Event::ProviderUpdated { provider: PROVIDER, endpoint: endpoint.clone() });
        let stored = provider();
        assert_eq!((stored.endpoint, stored.seal_key), (endpoint.clone(), [9; 32]));
        assert_eq!(stored.hardware.to_vec(), b"H200");
        assert_eq!((stored.receipt_key, stored.status), ([6; 32], Status::Active));

        let update = |who, url: &[u8], hardware: &[u8]| {
            Compute::update_provider(who, bytes(url), bytes(hardware), [9; 32])
        };
        assert_noop!(update(signed(&CONSUMER), b"http://x", b""), Error::<Test>::NotFound);
        assert_noop!(update(signed(&PROVIDER), b"gopher://x", b""), Error::<Test>::BadEndpoint);
        assert_noop!(update(signed(&PROVIDER), b"http://x", &[0xff]), Error::<Test>::NotUtf8);
        assert_noop!(update(RuntimeOrigin::root(), b"http://x", b""), BadOrigin);
    });
}

#[test]
fn rotate_receipt_key_should_change_the_key_for_new_channels() {
    run(|| {
        let spec = serving();
        assert_eq!(Compute::terms(&PROVIDER, &spec).unwrap().receipt_key, [6; 32]);
        assert_ok!(Compute::rotate_receipt_key(signed(&PROVIDER), [9; 32]));
        assert_last(Event::ReceiptKeyRotated { provider: PROVIDER, receipt_key: [9; 32] });
        assert_eq!(Compute::terms(&PROVIDER, &spec).unwrap().receipt_key, [9; 32]);
        assert_noop!(Compute::rotate_receipt_key(signed(&CONSUMER), [9; 32]), Error::<Test>::NotFound);
        assert_noop!(Compute::rotate_receipt_key(RuntimeOrigin::root(), [9; 32]), BadOrigin);
    });
}

#[test]
fn one_validator_should_carry_several_providers() {
    run(|| {
        active();
        assert_ok!(register(&CONSUMER, 1_000));
        assert_ok!(Compute::accept_sidecar(signed(&VAL), CONSUMER));
        assert_eq!(Providers::<Test>::iter().count(), 2);
    });
}
