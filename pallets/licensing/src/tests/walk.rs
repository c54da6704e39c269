//! Whatever the parties do, in whatever order: held equals owed, and every purchase ends.

use crate::{mock::*, Agenda, HoldReason, Licences, OpenAt, Purchases, PurchasesOf, Seats};
use frame_support::{
    dispatch::{DispatchResult, PostDispatchInfo},
    traits::fungible::Inspect,
};
use proptest::prelude::*;
use souk_primitives::{
    complaint::Complaint,
    exchange::ContentKey,
    licence::{Grant, Offer},
    moderation::DelistReason,
    views::ListingStatus,
    AccountId, Balance, PurchaseId, SOUK,
};
use std::cell::RefCell;

#[derive(Clone, Debug)]
enum Step {
    Order { who: u8, offer: u32, service: bool, referrer: Option<u8>, key: u8 },
    Offer { which: usize, by: Option<u8>, cheat: u8 },
    Accept { which: usize, by: Option<u8>, other: bool },
    Reveal { which: usize, by: Option<u8>, cheat: u8 },
    Settle { which: usize, by: u8 },
    Complain { which: usize, by: Option<u8>, chunk: Option<u32>, wrong_secret: bool },
    Cancel { which: usize, by: Option<u8> },
    Reject { which: usize, by: Option<u8> },
    Expire { which: usize },
    Renew { which: usize, by: u8 },
    Transfer { which: usize, by: u8, to: u8 },
    Seat { which: usize, by: u8, user: u8, free: bool },
    Status { which: u8 },
    Owner { who: u8 },
    Claim { who: u8 },
    Serve { who: u8, value: Balance },
    PayOut { which: usize },
    Blocks { count: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    let by = || proptest::option::weighted(0.1, 0..5u8);
    // Mostly the latest: few purchases get far if every step goes to another one.
    let which = || prop_oneof![6 => Just(0usize), 2 => Just(1usize), 1 => 2..6usize];
    prop_oneof![
        3 => (0..5u8, 0..4u32, proptest::bool::weighted(0.1), proptest::option::of(0..6u8), any::<u8>())
            .prop_map(|(who, offer, service, referrer, key)| Step::Order { who, offer, service, referrer, key }),
        6 => (which(), by(), 0..6u8).prop_map(|(which, by, cheat)| Step::Offer { which, by, cheat }),
        6 => (which(), by(), proptest::bool::weighted(0.1))
            .prop_map(|(which, by, other)| Step::Accept { which, by, other }),
        8 => (which(), by(), 0..5u8).prop_map(|(which, by, cheat)| Step::Reveal { which, by, cheat }),
        3 => (which(), 0..5u8).prop_map(|(which, by)| Step::Settle { which, by }),
        8 => (which(), by(), proptest::option::of(0..2u32), proptest::bool::weighted(0.2))
            .prop_map(|(which, by, chunk, wrong_secret)| Step::Complain { which, by, chunk, wrong_secret }),
        1 => (which(), by()).prop_map(|(which, by)| Step::Cancel { which, by }),
        1 => (which(), by()).prop_map(|(which, by)| Step::Reject { which, by }),
        2 => which().prop_map(|which| Step::Expire { which }),
        2 => (which(), 0..5u8).prop_map(|(which, by)| Step::Renew { which, by }),
        2 => (which(), 0..5u8, 0..5u8).prop_map(|(which, by, to)| Step::Transfer { which, by, to }),
        2 => (which(), 0..5u8, 0..5u8, any::<bool>())
            .prop_map(|(which, by, user, free)| Step::Seat { which, by, user, free }),
        1 => (0..6u8).prop_map(|which| Step::Status { which }),
        1 => (0..5u8).prop_map(|who| Step::Owner { who }),
        1 => (0..6u8).prop_map(|who| Step::Claim { who }),
        2 => (0..5u8, 0..SOUK).prop_map(|(who, value)| Step::Serve { who, value }),
        1 => which().prop_map(|which| Step::PayOut { which }),
        3 => (1..6u32).prop_map(|count| Step::Blocks { count }),
        1 => (10..50u32).prop_map(|count| Step::Blocks { count }),
    ]
}

fn person(who: u8) -> AccountId {
    [BUYER, SELLER, PARENT, REFERRER, STRANGER, NOBODY][usize::from(who)].clone()
}

fn offers() -> [Offer; 4] {
    let metered =
        Offer { grant: Grant::Metered { share: 1_000 }, seats: 1, transferable: false, price: 0, ..offer() };
    [offer(), lease(7 * SOUK, 25), metered, Offer { price: SOUK / 100, ..offer() }]
}

thread_local! {
    /// The copies that sellers have made, and the buyers' secrets.
    static COPIES: RefCell<Vec<(PurchaseId, Made, u8)>> = const { RefCell::new(Vec::new()) };
}

/// One of the latest purchases, with its copy and the number of its buyer's secret.
fn pick(which: usize) -> Option<(PurchaseId, Made, u8)> {
    COPIES.with_borrow(|copies| copies.iter().rev().nth(which).cloned())
}

fn party(by: Option<u8>, id: &PurchaseId, seller: bool) -> RuntimeOrigin {
    let own = Purchases::<Test>::get(id).map(|p| if seller { p.seller } else { p.buyer });
    signed(by.map(person).or(own).unwrap_or(STRANGER))
}

fn known(id: &PurchaseId) -> bool {
    Purchases::<Test>::contains_key(id)
}

fn order(who: u8, number: u32, service: bool, referrer: Option<u8>, key: u8) -> DispatchResult {
    let (listing, root) = if service { (SERVICE, [0; 32]) } else { (MODEL, content().root()) };
    let offer = &offers()[number as usize];
    let order =
        Order { by: person(who), listing, root, referrer: referrer.map(person), ..Order::number(key) };
    System::reset_events();
    order.by_offer(number, offer).call()?;
    let ordered = events().into_iter().find_map(|event| match event {
        crate::Event::Ordered { purchase, .. } => Some(purchase),
        _ => None,
    });
    let id = ordered.unwrap();
    COPIES.with_borrow_mut(|copies| copies.push((id, honest(id), key)));
    Ok(())
}

fn take(step: Step) -> DispatchResult {
    let plain = |result: Result<PostDispatchInfo, _>| {
        result.map(|_| ()).map_err(|e: sp_runtime::DispatchErrorWithPostInfo<PostDispatchInfo>| e.error)
    };
    match step {
        Step::Order { who, offer, service, referrer, key } => order(who, offer, service, referrer, key),
        Step::Offer { which, by, cheat } => {
            let Some((id, mut copy, key)) = pick(which) else { return Ok(()) };
            match cheat {
                0 => {
                    copy = made(
                        id,
                        |at, chunk| {
                            if at == 0 {
                                chunk[9] ^= 1
                            }
                        },
                        |_, _| (),
                    )
                }
                1 => {
                    copy = made(
                        id,
                        |_, _| (),
                        |at, chunk| {
                            if at == 1 {
                                chunk[9] ^= 1
                            }
                        },
                    )
                }
                _ => (),
            }
            let (root, commitment) = (copy.root(), copy.commitment());
            Licensing::offer_copy(party(by, &id, true), id, root, commitment)?;
            COPIES.with_borrow_mut(|copies| {
                let place = copies.iter_mut().find(|(other, ..)| *other == id).unwrap();
                *place = (id, copy, key);
            });
            Ok(())
        }
        Step::Accept { which, by, other } => {
            let Some((id, copy, _)) = pick(which) else { return Ok(()) };
            let root = if other { [1; 32] } else { copy.root() };
            Licensing::accept_copy(party(by, &id, false), id, root, copy.commitment())
        }
        Step::Reveal { which, by, cheat } => {
            let Some((id, copy, _)) = pick(which).filter(|(id, ..)| known(id)) else { return Ok(()) };
            // A service's key is whatever its buyer sent.
            let key = if cheat == 0 { ContentKey::new([1; 32]) } else { copy.key.clone() };
            let sealed = if cheat == 1 { [3; 80] } else { copy.sealed(&key) };
            Licensing::reveal_key(party(by, &id, true), id, sealed)
        }
        Step::Settle { which, by } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::settle(signed(person(by)), id))
        }
        Step::Complain { which, by, chunk, wrong_secret } => {
            let Some((id, copy, key)) = pick(which) else { return Ok(()) };
            let secret = if wrong_secret { [1; 32] } else { buyer_secret(key) };
            let complaint = match chunk {
                Some(index) => copy.bad_chunk(secret, index),
                None => Complaint::BadSeal { secret },
            };
            plain(Licensing::complain(party(by, &id, false), id, complaint.into()))
        }
        Step::Cancel { which, by } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::cancel(party(by, &id, false), id))
        }
        Step::Reject { which, by } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::reject_copy(party(by, &id, false), id))
        }
        Step::Expire { which } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::expire(signed(STRANGER), id))
        }
        Step::Renew { which, by } => pick(which).map_or(Ok(()), |(id, ..)| {
            Licensing::renew(signed(person(by)), id, Balance::MAX, offers()[1].digest())
        }),
        Step::Transfer { which, by, to } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::transfer(signed(person(by)), id, person(to)))
        }
        Step::Seat { which, by, user, free } => pick(which).map_or(Ok(()), |(id, ..)| {
            let (who, user) = (signed(person(by)), person(user));
            if free {
                Licensing::free_seat(who, id, user)
            } else {
                Licensing::assign_seat(who, id, user)
            }
        }),
        Step::Status { which } => {
            let status = [
                ListingStatus::Paused,
                ListingStatus::Deprecated,
                ListingStatus::Delisted { reason: DelistReason::Fraud },
            ];
            let status = status.into_iter().nth(usize::from(which)).unwrap_or(ListingStatus::Active);
            set_status(MODEL, status);
            Ok(())
        }
        Step::Owner { who } => {
            Shelf::mutate(MODEL, |item| item.as_mut().unwrap().owner = person(who));
            Ok(())
        }
        Step::Claim { who } => Licensing::claim(signed(STRANGER), person(who)),
        Step::Serve { who, value } => {
            served(person(who), value * 1_000, value * 500);
            Ok(())
        }
        Step::PayOut { which } => {
            pick(which).map_or(Ok(()), |(id, ..)| Licensing::pay_out(signed(STRANGER), id))
        }
        Step::Blocks { count } => {
            (0..count).for_each(|_| next_block());
            Ok(())
        }
    }
}

/// Everything anyone has, on hold or not.
fn all_money() -> Balance {
    let everyone = (0..6).map(person).chain([TREASURY, Licensing::claim_account()]);
    everyone.map(|who| Balances::total_balance(&who)).sum()
}

/// Time alone ends every purchase, and then nobody has anything on hold.
fn wait_for_the_end() {
    let last = Now::get() + DELIVERY + ACCEPT + REVEAL + COMPLAIN + 10;
    run_to(last);
    check();
    assert!(Purchases::<Test>::iter_values().all(|purchase| purchase.stage.is_ended()));
    assert_eq!(OpenAt::<Test>::iter().count(), 0);
    for who in (0..6).map(person) {
        assert_eq!(held(HoldReason::Purchase, &who) + held(HoldReason::Bond, &who), 0);
    }
    // Leases of 25 blocks may have been renewed many times.
    let leases = Licences::<Test>::iter_values().filter_map(|stored| stored.licence.expires_at).max();
    run_to(last.max(leases.unwrap_or(0)) + HISTORY + 10);
    assert_eq!((Purchases::<Test>::iter().count(), PurchasesOf::<Test>::iter().count()), (0, 0));
    assert_eq!(Agenda::<Test>::iter().count(), 0);
    assert!(Licences::<Test>::iter_values().all(|stored| stored.licence.expires_at.is_none()));
    assert!(Seats::<Test>::iter_keys().all(Licences::<Test>::contains_key));
    check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn held_should_equal_owed_and_every_purchase_should_end(steps in prop::collection::vec(step(), 1..120)) {
        test(|| {
            COPIES.with_borrow_mut(Vec::clear);
            for listing in [MODEL, SERVICE] {
                for offer in offers().into_iter().skip(1) {
                    add_offer(listing, offer);
                }
            }
            for step in steps {
                // A refused call changes nothing; that is what the tests of each call are for.
                let _ = frame_support::storage::with_storage_layer(|| take(step));
                check();
                assert_eq!(all_money(), Balances::total_issuance());
            }
            wait_for_the_end();
        });
    }
}
