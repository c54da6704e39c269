//! Whatever moderators, owners and governance do in whatever order: what is at stake is on hold, nobody gains who plays
//! both sides, and all of it is free again in the end.

use crate::{mock::*, Cases, Moderators};
use codec::Decode;
use proptest::prelude::*;
use souk_primitives::{moderation::DelistReason, views::ListingStatus, AccountId, Balance, ListingId};

#[derive(Clone, Debug)]
enum Step {
    Appoint(usize),
    Dismiss(usize),
    Post(usize, Balance),
    Withdraw(usize, Balance),
    Delist(usize, ListingId, u8),
    DelistByTrack(ListingId, u8),
    Appeal(usize, ListingId),
    /// The case so many before the last one.
    Decide(ListingId, u32, bool),
    TakeBack(usize, ListingId),
    TakeBackByTrack(ListingId),
    Close(ListingId),
    Relist(ListingId),
    Give(usize, ListingId, usize),
    Retire(usize, ListingId),
    Remove(usize, ListingId),
    Pass(u32),
}

const ALL: [AccountId; 4] = [ANNE, BEN, MOD, MEG];

fn who() -> std::ops::Range<usize> {
    0..ALL.len()
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 0u64..3;
    // Mostly a moderator's.
    let accuser = || prop_oneof![1 => who(), 5 => 2usize..4];
    prop_oneof![
        4 => who().prop_map(Step::Appoint),
        1 => who().prop_map(Step::Dismiss),
        4 => (accuser(), 1u128..600).prop_map(|(who, amount)| Step::Post(who, amount)),
        4 => (accuser(), 1u128..600).prop_map(|(who, amount)| Step::Withdraw(who, amount)),
        20 => (accuser(), id(), 0u8..7).prop_map(|(who, id, reason)| Step::Delist(who, id, reason)),
        2 => (id(), 0u8..7).prop_map(|(id, reason)| Step::DelistByTrack(id, reason)),
        20 => (0usize..2, id()).prop_map(|(who, id)| Step::Appeal(who, id)),
        12 => (id(), prop_oneof![5 => Just(0u32), 1 => 1u32..3], any::<bool>())
            .prop_map(|(id, back, upheld)| Step::Decide(id, back, upheld)),
        4 => (accuser(), id()).prop_map(|(who, id)| Step::TakeBack(who, id)),
        2 => id().prop_map(Step::TakeBackByTrack),
        6 => id().prop_map(Step::Close),
        6 => id().prop_map(Step::Relist),
        3 => (who(), id(), who()).prop_map(|(who, id, to)| Step::Give(who, id, to)),
        1 => (who(), id()).prop_map(|(who, id)| Step::Retire(who, id)),
        1 => (who(), id()).prop_map(|(who, id)| Step::Remove(who, id)),
        8 => (1u32..9).prop_map(Step::Pass),
    ]
}

fn signed(who: usize) -> RuntimeOrigin {
    RuntimeOrigin::signed(ALL[who].clone())
}

fn take(step: Step) {
    let reason = |byte: u8| DelistReason::decode(&mut &[byte][..]).unwrap();
    let (admin, jury, track) =
        (RuntimeOrigin::signed(ADMIN), RuntimeOrigin::signed(JURY), RuntimeOrigin::root());
    // Refusals are part of the walk.
    let _ = match step {
        Step::Appoint(who) => Listings::appoint_moderator(admin, ALL[who].clone()),
        Step::Dismiss(who) => Listings::dismiss_moderator(admin, ALL[who].clone()),
        Step::Post(who, amount) => Listings::post_bond(signed(who), amount),
        Step::Withdraw(who, amount) => Listings::withdraw_bond(signed(who), amount),
        Step::Delist(who, id, byte) => Listings::delist(signed(who), id, reason(byte), EVIDENCE),
        Step::DelistByTrack(id, byte) => Listings::delist(track, id, reason(byte), EVIDENCE),
        Step::Appeal(who, id) => Listings::appeal(signed(who), id, STATEMENT),
        Step::Decide(id, back, upheld) => {
            Listings::decide_appeal(jury, id, last_case(id).saturating_sub(back), upheld)
        }
        Step::TakeBack(who, id) => Listings::withdraw_case(signed(who), id),
        Step::TakeBackByTrack(id) => Listings::withdraw_case(track, id),
        Step::Close(id) => Listings::close_case(signed(0), id),
        Step::Relist(id) => Listings::relist(jury, id, last_case(id)),
        Step::Give(who, id, to) => Listings::offer_transfer(signed(who), id, Some(ALL[to].clone()))
            .and_then(|()| Listings::accept_transfer(signed(to), id)),
        Step::Retire(who, id) => Listings::retire(signed(who), id),
        Step::Remove(who, id) => Listings::remove(signed(who), id).map(|_| ()).map_err(|e| e.error),
        Step::Pass(blocks) => {
            Now::mutate(|now| *now += blocks);
            Ok(())
        }
    };
}

/// The last case of a listing that stands.
fn last_case(id: ListingId) -> u32 {
    crate::Listings::<Test>::get(id).and_then(|listing| listing.delisting).map_or(0, |last| last.case)
}

fn whole(who: &AccountId) -> Balance {
    let (bond, appeals) = staked(who);
    free(who) + held(who) + bond + appeals
}

/// Statuses of the three listings.
fn statuses() -> [Option<ListingStatus>; 3] {
    [0, 1, 2].map(Listings::status)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn stakes_stay_solvent_over_any_walk(steps in prop::collection::vec(step(), 1..80)) {
        run(|| {
            Now::set(1);
            Purchased::set(vec![]);
            InUse::set(vec![]);
            Licensed::set(vec![]);
            registered();
            registered_too();
            registered();
            moderating(MOD, 700);
            moderating(MEG, 400);
            for step in steps {
                let before = Balances::total_issuance();
                let forced = matches!(step, Step::Close(_));
                let seen = statuses();
                take(step);
                Listings::do_try_state().unwrap();
                // Whoever they are: together they have what there is, and never more than before.
                let sum: Balance = ALL.iter().map(whole).sum();
                assert_eq!(sum + free(&POOR), Balances::total_issuance());
                assert!(Balances::total_issuance() <= before);
                // Closing frees money, and says nothing about the listing.
                if forced {
                    assert_eq!((statuses(), Balances::total_issuance()), (seen, before));
                }
                for row in Listings::moderations(None, 9) {
                    let bites = matches!(Listings::status(row.listing), Some(ListingStatus::Delisted { .. }));
                    assert_eq!(bites, row.is_over);
                }
            }
            // Nothing stays on hold for ever.
            Now::mutate(|now| *now += 100);
            for id in 0..3 {
                take(Step::Close(id));
            }
            assert_eq!(Cases::<Test>::iter().count(), 0);
            for (index, account) in ALL.iter().enumerate() {
                let bond = Moderators::<Test>::get(account).map_or(0, |moderator| moderator.bond);
                take(Step::Withdraw(index, bond));
                assert_eq!(staked(account), (0, 0));
            }
        });
    }
}
