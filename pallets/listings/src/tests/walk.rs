//! Whatever is called in whatever order, deposits are held and nobody's money changes.

use crate::{mock::*, types::OwnerStatus};
use proptest::prelude::*;
use souk_primitives::{views::ListingKind, AccountId, Balance, SOUK};

#[derive(Clone, Debug)]
enum Step {
    Register(usize),
    Publish(u64),
    SetText(u64, usize),
    Status(u64),
    Offer(u64),
    Accept(u64),
    Remove(u64),
    AddOffer(u64),
    Withdraw(u64, u32),
    Parents(u64, Vec<(u64, u32)>),
    Retire(u64),
    Review(u8, u8, Balance),
    Answer(u64, u32),
    Depend(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1usize..64).prop_map(Step::Register),
        (0u64..6).prop_map(Step::Publish),
        ((0u64..6), 1usize..64).prop_map(|(id, length)| Step::SetText(id, length)),
        (0u64..6).prop_map(Step::Status),
        (0u64..6).prop_map(Step::Offer),
        (0u64..6).prop_map(Step::Accept),
        (0u64..6).prop_map(Step::Remove),
        (0u64..6).prop_map(Step::AddOffer),
        ((0u64..6), 0u32..4).prop_map(|(id, offer)| Step::Withdraw(id, offer)),
        ((0u64..6), prop::collection::vec((0u64..6, 0u32..300_000), 0..4))
            .prop_map(|(id, list)| Step::Parents(id, list)),
        (0u64..6).prop_map(Step::Retire),
        (0u8..8, 0u8..7, 0u128..SOUK).prop_map(|(licence, stars, burnt)| Step::Review(licence, stars, burnt)),
        ((0u64..6), 0u32..4).prop_map(|(id, review)| Step::Answer(id, review)),
        ((0u64..6), any::<bool>()).prop_map(|(id, open)| Step::Depend(id, open)),
    ]
}

fn other(who: &AccountId) -> AccountId {
    if *who == ANNE {
        BEN
    } else {
        ANNE
    }
}

fn take(step: Step, who: AccountId) {
    let origin = RuntimeOrigin::signed(who.clone());
    let text = |length| (name(&vec![b'n'; length]), summary(&vec![b's'; length * 3]), tags(&[]), card());
    // Refusals are part of the walk.
    let _ = match step {
        Step::Register(length) => {
            let (n, s, t, c) = text(length);
            Listings::register(origin, ListingKind::Model, n, s, t, c)
        }
        Step::Publish(id) => Listings::publish_version(origin, id, [0; 32], 1, 1, [0; 32]),
        Step::SetText(id, length) => {
            let (n, s, t, c) = text(length);
            Listings::set_text(origin, id, n, s, t, c)
        }
        Step::Status(id) => Listings::set_status(origin, id, OwnerStatus::Paused),
        Step::Offer(id) => Listings::offer_transfer(origin, id, Some(other(&who))),
        Step::Accept(id) => Listings::accept_transfer(origin, id),
        Step::AddOffer(id) => Listings::add_offer(origin, id, offer()),
        Step::Withdraw(id, number) => Listings::withdraw_offer(origin, id, number),
        Step::Parents(id, list) => {
            let list: Vec<_> = list.into_iter().map(|(listing, royalty)| parent(listing, royalty)).collect();
            Listings::set_parents(origin, id, parents(&list))
        }
        Step::Retire(id) => Listings::retire(origin, id),
        Step::Review(licence, stars, burnt) => {
            Listings::review(origin, 0, paid(who, licence, burnt), stars, [stars; 32])
        }
        Step::Answer(id, review) => Listings::answer(origin, id, review, [1; 32]),
        Step::Depend(id, open) => {
            Purchased::set(if open { vec![id] } else { vec![] });
            Ok(())
        }
        Step::Remove(id) => Listings::remove(origin, id).map(|_| ()).map_err(|e| e.error),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn deposits_stay_solvent_over_any_walk(steps in prop::collection::vec((step(), any::<bool>()), 1..60)) {
        run(|| {
            Purchased::set(vec![]);
            Burnt::set(vec![]);
            let issuance = Balances::total_issuance();
            for (step, anne) in steps {
                take(step, if anne { ANNE } else { BEN });
                Listings::do_try_state().unwrap();
                for who in [ANNE, BEN] {
                    assert_eq!(free(&who) + held(&who), ENDOWED);
                }
            }
            assert_eq!(Balances::total_issuance(), issuance);
        });
    }
}
