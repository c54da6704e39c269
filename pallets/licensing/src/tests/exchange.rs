//! A purchase that goes well, and what each step asks for.

use crate::{mock::*, types::Amounts, Error, Event, HoldReason, Licences, Purchases};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{close::CloseReason, exchange::unseal, exchange::Secret, purchase::Stage, SOUK};

#[test]
fn both_sides_should_get_what_they_agreed_on() {
    test(|| {
        let start = books();
        let id = Order { referrer: Some(REFERRER), ..Order::default() }.done();
        let copy = honest(id);
        assert_ok!(copy.offer());
        assert_eq!(held(HoldReason::Bond, &SELLER), BOND);
        assert_ok!(copy.accept());
        assert_ok!(copy.reveal());
        // The buyer opens the key and has the listed bytes.
        let purchase = Purchases::<Test>::get(id).unwrap();
        let secret = Secret::new(buyer_secret(0));
        let key = unseal(&purchase.sealed_key.unwrap(), &id, &copy.commitment(), &secret).unwrap();
        let cipher = key.cipher(&GENESIS, &id, &content().root());
        let mut got = Vec::new();
        for (index, chunk) in copy.served.iter().enumerate() {
            let mut chunk = chunk.clone();
            cipher.decrypt(index as u32, &mut chunk).unwrap();
            got.extend(chunk);
        }
        assert_eq!(got, bytes());

        assert_ok!(settle(id));
        // 1 % fee; of the other 99 SOUK a tenth to the parent and a twentieth to the referrer.
        let (fee, royalty, referral) = (SOUK, 99 * SOUK / 10, 99 * SOUK / 20);
        let paid = PRICE - fee - royalty - referral;
        let amounts = Amounts {
            refunded: DEPOSIT,
            bond_returned: BOND,
            paid,
            royalties: royalty,
            referral,
            treasury: fee / 2,
            burnt: fee / 2,
            ..Amounts::default()
        };
        assert_eq!(amounts.total(), PRICE + DEPOSIT + BOND);
        let events = events();
        let royalty_paid = Event::RoyaltyPaid { purchase: id, listing: BASE, owner: PARENT, amount: royalty };
        assert!(events.contains(&royalty_paid));
        assert!(events.iter().any(|event| matches!(
            event,
            Event::PurchaseEnded { reason: CloseReason::Delivered, amounts: told, fault: None, .. } if *told == amounts
        )));
        assert!(events
            .iter()
            .any(|event| matches!(event, Event::LicenceIssued { licence, .. } if *licence == id)));
        let end = books();
        assert_eq!(end.buyer, start.buyer - PRICE);
        assert_eq!(end.seller, start.seller + paid);
        assert_eq!(end.parent, start.parent + royalty);
        assert_eq!(end.referrer, start.referrer + referral);
        assert_eq!(end.treasury, start.treasury + fee / 2);
        assert_eq!(end.issuance, start.issuance - fee / 2);
        assert_nothing_held();
        assert_eq!(Licences::<Test>::get(id).unwrap().burnt, fee / 2);
    });
}

#[test]
fn each_step_should_be_its_partys_and_in_its_turn() {
    test(|| {
        let id = ordered();
        let copy = honest(id);
        let (root, key) = (copy.root(), copy.commitment());
        assert_noop!(copy.accept(), Error::<Test>::WrongStage);
        assert_noop!(Licensing::reveal_key(signed(SELLER), id, [1; 80]), Error::<Test>::WrongStage);
        assert_noop!(settle(id), Error::<Test>::WrongStage);
        assert_noop!(Licensing::offer_copy(signed(BUYER), id, root, key), Error::<Test>::NotSeller);
        assert_noop!(
            Licensing::offer_copy(signed(SELLER), [0; 32], root, key),
            Error::<Test>::PurchaseNotFound
        );
        assert_ok!(copy.offer());
        // Once only: what the buyer fetches can't be replaced under it.
        assert_noop!(copy.offer(), Error::<Test>::WrongStage);
        assert_noop!(Licensing::accept_copy(signed(SELLER), id, root, key), Error::<Test>::NotBuyer);
        assert_noop!(Licensing::accept_copy(signed(BUYER), id, [0; 32], key), Error::<Test>::CopyMismatch);
        assert_noop!(Licensing::accept_copy(signed(BUYER), id, root, [0; 32]), Error::<Test>::CopyMismatch);
        assert_ok!(copy.accept());
        assert_noop!(copy.accept(), Error::<Test>::WrongStage);
        assert_noop!(Licensing::reject_copy(signed(BUYER), id), Error::<Test>::WrongStage);
        let sealed = copy.sealed(&copy.key);
        assert_noop!(Licensing::reveal_key(signed(BUYER), id, sealed), Error::<Test>::NotSeller);
        let mut weak = sealed;
        weak[..32].fill(0);
        assert_noop!(Licensing::reveal_key(signed(SELLER), id, weak), Error::<Test>::WeakKey);
        weak[..32].fill(0xff);
        assert_noop!(Licensing::reveal_key(signed(SELLER), id, weak), Error::<Test>::WeakKey);
        assert_ok!(copy.reveal());
        assert_noop!(copy.reveal(), Error::<Test>::WrongStage);
        assert_noop!(Licensing::settle(signed(SELLER), id), Error::<Test>::TooEarly);
        assert_ok!(settle(id));
        assert_noop!(settle(id), Error::<Test>::Ended);
        assert_noop!(copy.offer(), Error::<Test>::Ended);
        assert_noop!(Licensing::expire(signed(STRANGER), id), Error::<Test>::Ended);
    });
}

#[test]
fn windows_should_grow_with_the_content() {
    test(|| {
        let id = ordered();
        let copy = honest(id);
        set_now(5);
        assert_ok!(copy.offer());
        let stage = || Purchases::<Test>::get(id).unwrap().stage;
        assert_eq!(stage(), Stage::Offered { accept_by: 5 + ACCEPT });
        set_now(9);
        assert_ok!(copy.accept());
        assert_eq!(stage(), Stage::Accepted { reveal_by: 9 + REVEAL });
        set_now(12);
        assert_ok!(copy.reveal());
        assert_eq!(stage(), Stage::Revealed { complain_by: 12 + COMPLAIN });
    });
}

#[test]
fn a_seller_without_free_money_should_not_offer() {
    test(|| {
        let id = ordered();
        let spare = Balances::free_balance(&SELLER) - BOND;
        assert_ok!(Balances::transfer_allow_death(signed(SELLER), STRANGER, spare));
        assert_noop!(honest(id).offer(), Error::<Test>::InsufficientFree);
        assert_ok!(Balances::transfer_allow_death(signed(STRANGER), SELLER, ED));
        assert_ok!(honest(id).offer());
    });
}

#[test]
fn bond_should_carry_three_complaints_about_the_cheapest_copy() {
    test(|| {
        let cheap = souk_primitives::licence::Offer { price: 10, ..offer() };
        let number = add_offer(MODEL, cheap.clone());
        let id = Order::default().by_offer(number, &cheap).done();
        ComplaintFee::set(&SOUK);
        assert_ok!(honest(id).offer());
        assert_eq!(held(HoldReason::Bond, &SELLER), 3 * SOUK);
        assert_eq!(held(HoldReason::Purchase, &BUYER), 10 + SOUK / 100);
    });
}

#[test]
fn open_obligations_should_stay_with_who_made_them() {
    test(|| {
        let id = ordered();
        // The listing changes hands: the old owner delivers and is paid.
        put(MODEL, &STRANGER, offer(), (content().root(), SIZE, base()));
        let copy = honest(id);
        let (root, key) = (copy.root(), copy.commitment());
        assert_noop!(Licensing::offer_copy(signed(STRANGER), id, root, key), Error::<Test>::NotSeller);
        let start = books();
        copy.revealed();
        assert_ok!(settle(id));
        assert!(books().seller > start.seller);
    });
}
