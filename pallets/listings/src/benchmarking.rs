//! A benchmark for every call.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::{
    pallet::*,
    ports::BenchmarkHelper,
    types::{Card, Failures, Name, OwnerStatus, Summary, Tags, MAX_OFFERS},
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Unbalanced, EnsureOrigin, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    licence::{Grant, Offer, Purposes, Terms},
    lineage::{Parent, Parents, MAX_PARENTS},
    moderation::DelistReason,
    views::ListingKind,
    AccountId, ListingId, SOUK,
};

/// An account with money.
fn rich<T: Config>(name: &'static str) -> AccountId
where
    T::Currency: Unbalanced<AccountId>,
{
    let who: AccountId = account(name, 0, 0);
    T::Currency::write_balance(&who, 1_000_000 * SOUK).unwrap();
    who
}

/// The longest text.
fn text() -> (Name, Summary, Tags, Card) {
    let tag = BoundedVec::truncate_from(vec![b't'; 24]);
    (
        BoundedVec::truncate_from(vec![b'n'; 64]),
        BoundedVec::truncate_from(vec![b's'; 280]),
        BoundedVec::truncate_from(vec![tag; 8]),
        Card { uri: BoundedVec::truncate_from(vec![b'u'; 256]), digest: [1; 32] },
    )
}

fn listed<T: Config>(who: &AccountId, versions: u32) -> ListingId {
    let id = NextListing::<T>::get();
    let (name, summary, tags, card) = text();
    Pallet::<T>::register(
        RawOrigin::Signed(who.clone()).into(),
        ListingKind::Model,
        name,
        summary,
        tags,
        card,
    )
    .unwrap();
    for _ in 0..versions {
        Pallet::<T>::publish_version(RawOrigin::Signed(who.clone()).into(), id, [1; 32], 1, 1, [2; 32])
            .unwrap();
    }
    id
}

/// The longest offer.
fn offer() -> Offer {
    Offer {
        grant: Grant::Lease { period: 1 },
        price: SOUK,
        purposes: Purposes::ALL,
        seats: 64,
        transferable: true,
        deliver_within: 1,
        referral: 1,
        terms: Terms { uri: BoundedVec::truncate_from(vec![b'u'; 256]), digest: [1; 32] },
    }
}

/// As many parents as there can be.
fn parents<T: Config>(who: &AccountId) -> Parents
where
    T::Currency: Unbalanced<AccountId>,
{
    let named = (0..MAX_PARENTS).map(|_| Parent { listing: listed::<T>(who, 1), version: 0, royalty: 1 });
    BoundedVec::truncate_from(named.collect())
}

/// A moderator that can open a case.
fn moderator<T: Config>() -> AccountId
where
    T::Currency: Unbalanced<AccountId>,
{
    let who = rich::<T>("moderator");
    let admin = T::ModeratorAdmin::try_successful_origin().unwrap();
    Pallet::<T>::appoint_moderator(admin, who.clone()).unwrap();
    let bond = T::MinModeratorBond::get().max(T::CaseBond::get());
    Pallet::<T>::post_bond(RawOrigin::Signed(who.clone()).into(), bond).unwrap();
    who
}

/// A listing with case 0 against it, in which an appeal is open. As many other cases failed as can.
fn appealed<T: Config>() -> ListingId
where
    T::Currency: Unbalanced<AccountId>,
{
    let owner = rich::<T>("owner");
    let id = listed::<T>(&owner, 0);
    for failed in 1..Failures::bound() {
        let by = account("failed", failed as u32, 0);
        Failed::<T>::mutate(id, |list| list.try_push((by, DelistReason::Fraud)).unwrap());
    }
    let moderator = RawOrigin::Signed(moderator::<T>());
    Pallet::<T>::delist(moderator.into(), id, DelistReason::Fraud, [1; 32]).unwrap();
    Pallet::<T>::appeal(RawOrigin::Signed(owner).into(), id, [1; 32]).unwrap();
    id
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() {
        let who = rich::<T>("owner");
        let (name, summary, tags, card) = text();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), ListingKind::Model, name, summary, tags, card);
        assert_eq!(Pallet::<T>::owner(0), Some(who));
    }

    #[benchmark]
    fn publish_version() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, [1; 32], 65_537, 2, [2; 32]);
        assert!(Pallet::<T>::version(id, 0).is_some());
    }

    #[benchmark]
    fn set_text() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 0);
        let (mut name, summary, tags, card) = text();
        name[0] = b'x';
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, name.clone(), summary, tags, card);
        assert_eq!(Listings::<T>::get(id).unwrap().text.name, name);
    }

    #[benchmark]
    fn set_status() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, OwnerStatus::Paused);
        assert!(!Pallet::<T>::is_active(id));
    }

    #[benchmark]
    fn delist() {
        let id = listed::<T>(&rich::<T>("owner"), 0);
        let moderator = moderator::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(moderator), id, DelistReason::Fraud, [1; 32]);
        assert!(Cases::<T>::contains_key(id));
    }

    #[benchmark]
    fn relist() {
        // Nobody closed the case: that is done first.
        let id = appealed::<T>();
        let until = Listings::<T>::get(id).unwrap().delisting.unwrap().until;
        T::BenchmarkHelper::set_clock(until + 1);
        let origin = T::AppealOrigin::try_successful_origin().unwrap();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, 0);
        assert!(Listings::<T>::get(id).unwrap().delisting.is_none());
    }

    #[benchmark]
    fn offer_transfer() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 0);
        let to: AccountId = account("heir", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, Some(to.clone()));
        assert_eq!(Transfers::<T>::get(id), Some(to));
    }

    #[benchmark]
    fn accept_transfer() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 1);
        let to = rich::<T>("heir");
        Pallet::<T>::offer_transfer(RawOrigin::Signed(who).into(), id, Some(to.clone())).unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(to.clone()), id);
        assert_eq!(Pallet::<T>::owner(id), Some(to));
    }

    #[benchmark]
    fn add_offer() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, offer());
        assert!(Offers::<T>::contains_key(id, 0));
    }

    #[benchmark]
    fn withdraw_offer() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 1);
        Pallet::<T>::add_offer(RawOrigin::Signed(who.clone()).into(), id, offer()).unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, 0);
        assert!(!Offers::<T>::contains_key(id, 0));
    }

    #[benchmark]
    fn set_parents() {
        let who = rich::<T>("owner");
        let parents = parents::<T>(&who);
        let id = listed::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, parents.clone());
        assert_eq!(Listings::<T>::get(id).unwrap().parents, parents);
    }

    #[benchmark]
    fn set_min_royalty() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, 1);
        assert_eq!(Listings::<T>::get(id).unwrap().min_royalty, 1);
    }

    #[benchmark]
    fn retire() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);
        assert!(Listings::<T>::get(id).unwrap().retired);
    }

    #[benchmark]
    fn review() {
        let id = listed::<T>(&rich::<T>("owner"), 1);
        let author = rich::<T>("author");
        let subject = T::BenchmarkHelper::paid(&author, id, SOUK);
        #[extrinsic_call]
        _(RawOrigin::Signed(author), id, subject, 5, [1; 32]);
        assert_eq!(Listings::<T>::get(id).unwrap().rating.reviews, 1);
    }

    #[benchmark]
    fn answer() {
        let who = rich::<T>("owner");
        let id = listed::<T>(&who, 1);
        let author = rich::<T>("author");
        let subject = T::BenchmarkHelper::paid(&author, id, SOUK);
        Pallet::<T>::review(RawOrigin::Signed(author).into(), id, subject, 5, [1; 32]).unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id, 0, [2; 32]);
        assert!(Reviews::<T>::get(id, 0).unwrap().answer.is_some());
    }

    #[benchmark]
    fn appoint_moderator() {
        let who: AccountId = account("moderator", 0, 0);
        let origin = T::ModeratorAdmin::try_successful_origin().unwrap();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, who.clone());
        assert!(Moderators::<T>::contains_key(who));
    }

    #[benchmark]
    fn dismiss_moderator() {
        let who = moderator::<T>();
        let origin = T::ModeratorAdmin::try_successful_origin().unwrap();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, who.clone());
        assert!(!Moderators::<T>::get(who).unwrap().appointed);
    }

    #[benchmark]
    fn post_bond() {
        let who = moderator::<T>();
        let before = Moderators::<T>::get(&who).unwrap().bond;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), SOUK);
        assert_eq!(Moderators::<T>::get(who).unwrap().bond, before + SOUK);
    }

    #[benchmark]
    fn withdraw_bond() {
        let who = moderator::<T>();
        let before = Moderators::<T>::get(&who).unwrap().bond;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), before - 1);
        assert_eq!(Moderators::<T>::get(who).unwrap().bond, 1);
    }

    #[benchmark]
    fn appeal() {
        let owner = rich::<T>("owner");
        let id = listed::<T>(&owner, 0);
        let moderator = RawOrigin::Signed(moderator::<T>());
        Pallet::<T>::delist(moderator.into(), id, DelistReason::Fraud, [1; 32]).unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), id, [1; 32]);
        assert!(Cases::<T>::get(id).unwrap().appeal.is_some());
    }

    #[benchmark]
    fn decide_appeal() {
        let id = appealed::<T>();
        let origin = T::AppealOrigin::try_successful_origin().unwrap();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, 0, false);
        assert!(Listings::<T>::get(id).unwrap().delisting.is_none());
    }

    #[benchmark]
    fn withdraw_case() {
        let id = appealed::<T>();
        let who: AccountId = account("moderator", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);
        assert!(!Failed::<T>::get(id).is_empty());
    }

    #[benchmark]
    fn close_case() {
        let id = appealed::<T>();
        let until = Listings::<T>::get(id).unwrap().delisting.unwrap().until;
        T::BenchmarkHelper::set_clock(until + 1);
        let anyone: AccountId = account("anyone", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(anyone), id);
        assert!(!Cases::<T>::contains_key(id));
    }

    #[benchmark]
    fn remove(v: Linear<0, { T::MaxVersions::get() }>) {
        let who = rich::<T>("owner");
        let parents = parents::<T>(&who);
        let id = listed::<T>(&who, v);
        Pallet::<T>::set_parents(RawOrigin::Signed(who.clone()).into(), id, parents).unwrap();
        for _ in 0..MAX_OFFERS {
            Pallet::<T>::add_offer(RawOrigin::Signed(who.clone()).into(), id, offer()).unwrap();
        }
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);
        assert_eq!(Pallet::<T>::owner(id), None);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
