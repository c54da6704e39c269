//! A benchmark for every call.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::{
    pallet::*,
    ports::BenchmarkHelper,
    types::{Card, Name, OwnerStatus, Summary, Tags, MAX_OFFERS},
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Unbalanced, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    licence::{Grant, Offer, Purposes, Terms},
    lineage::{Parent, Parents, MAX_PARENTS},
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
        #[extrinsic_call]
        _(T::BenchmarkHelper::moderator() as T::RuntimeOrigin, id, 1);
        assert!(Listings::<T>::get(id).unwrap().delisting.is_some());
    }

    #[benchmark]
    fn relist() {
        let id = listed::<T>(&rich::<T>("owner"), 0);
        Pallet::<T>::delist(T::BenchmarkHelper::moderator(), id, 1).unwrap();
        #[extrinsic_call]
        _(T::BenchmarkHelper::moderator() as T::RuntimeOrigin, id);
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
