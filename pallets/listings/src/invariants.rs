//! What must be true after every block.

use crate::{
    pallet::{
        Children, Config, HoldReason, Listings, Offers, Pallet, Payers, Reviewed, Reviews, Transfers,
        Versions,
    },
    types::{Listing, MAX_OFFERS},
};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{lineage, views::SolvencyRow, AccountId, Balance, ListingId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// What each owner's deposits add up to.
    fn owed() -> BTreeMap<AccountId, Balance> {
        let mut owed = BTreeMap::<AccountId, Balance>::new();
        for listing in Listings::<T>::iter_values() {
            let sum = owed.entry(listing.owner.clone()).or_default();
            *sum = sum.saturating_add(listing.deposit.total());
        }
        owed
    }

    fn held(who: &AccountId) -> Balance {
        T::Currency::balance_on_hold(&HoldReason::Listing.into(), who)
    }

    /// Held against owed. Walks all listings: for runtime APIs, never for a block.
    pub fn solvency() -> Vec<SolvencyRow> {
        let owed = Self::owed();
        vec![SolvencyRow {
            pallet: "Listings".into(),
            purpose: "Listing".into(),
            held: owed.keys().map(Self::held).fold(0, Balance::saturating_add),
            owed: owed.values().copied().fold(0, Balance::saturating_add),
        }]
    }

    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for (who, owed) in Self::owed() {
            ensure!(Self::held(&who) == owed, "listings: an owner's hold is not the sum of its deposits");
        }
        for (id, listing) in Listings::<T>::iter() {
            Self::check_offers(id, &listing)?;
            Self::check_parents(id, &listing)?;
            Self::check_reviews(id, &listing)?;
            let stored = Versions::<T>::iter_key_prefix(id).count();
            ensure!(usize::try_from(listing.versions) == Ok(stored), "listings: versions have gaps");
            ensure!(
                (0..listing.versions).all(|version| Versions::<T>::contains_key(id, version)),
                "listings: a version is missing"
            );
        }
        let referred = Versions::<T>::iter_keys()
            .map(|(id, _)| id)
            .chain(Transfers::<T>::iter_keys())
            .chain(Offers::<T>::iter_keys().map(|(id, _)| id))
            .chain(Reviews::<T>::iter_keys().map(|(id, _)| id))
            .chain(Payers::<T>::iter_keys().map(|(id, _)| id))
            .chain(Children::<T>::iter_keys().flat_map(|(parent, child)| [parent, child]));
        for id in referred {
            ensure!(Listings::<T>::contains_key(id), "listings: something refers to a listing that is gone");
        }
        Ok(())
    }

    fn check_offers(id: ListingId, listing: &Listing) -> Result<(), TryRuntimeError> {
        let (count, deposit) = Offers::<T>::iter_prefix_values(id)
            .fold((0u32, 0), |(n, sum), stored| (n.saturating_add(1), stored.deposit.saturating_add(sum)));
        ensure!(count == listing.offers && count <= MAX_OFFERS, "listings: offers are miscounted");
        ensure!(deposit == listing.deposit.offers, "listings: an offer's deposit is not held");
        ensure!(
            Offers::<T>::iter_key_prefix(id).all(|offer| offer < listing.next_offer),
            "listings: an offer's number would be used twice"
        );
        Ok(())
    }

    fn check_parents(id: ListingId, listing: &Listing) -> Result<(), TryRuntimeError> {
        ensure!(lineage::check(id, &[], &listing.parents).is_ok(), "listings: parents break the rules");
        for parent in &listing.parents {
            let knows = Versions::<T>::contains_key(parent.listing, parent.version)
                && Children::<T>::contains_key(parent.listing, id);
            ensure!(knows, "listings: a parent does not know its child");
        }
        Ok(())
    }

    fn check_reviews(id: ListingId, listing: &Listing) -> Result<(), TryRuntimeError> {
        let reviews: Vec<_> = Reviews::<T>::iter_prefix_values(id).collect();
        let payers: Vec<Balance> = Payers::<T>::iter_prefix_values(id).collect();
        let weight = reviews.iter().fold(0, |sum: Balance, review| sum.saturating_add(review.weight));
        let given = payers.iter().fold(0, |sum: Balance, given| sum.saturating_add(*given));
        let rating = &listing.rating;
        ensure!(
            usize::try_from(rating.reviews) == Ok(reviews.len())
                && usize::try_from(rating.payers) == Ok(payers.len())
                && rating.weight == weight
                && weight == given,
            "listings: a rating is not that of its reviews"
        );
        ensure!(
            reviews.iter().all(|review| Reviewed::<T>::contains_key(review.subject)),
            "listings: a review could be written twice"
        );
        Ok(())
    }
}
