//! What must be true after every block.

use crate::{
    pallet::{
        Cases, Children, Config, Failed, HoldReason, Listings, Moderators, NextCase, Offers, Pallet, Payers,
        Reviewed, Reviews, Transfers, Versions,
    },
    types::{Listing, MAX_OFFERS},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{lineage, views::SolvencyRow, AccountId, Balance, ListingId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// What each account's deposits or bonds add up to, by what they are on hold for.
    fn owed() -> [(HoldReason, &'static str, BTreeMap<AccountId, Balance>); 3] {
        let listings = Listings::<T>::iter_values().map(|listing| (listing.owner, listing.deposit.total()));
        let bonds = Moderators::<T>::iter().map(|(who, moderator)| (who, moderator.bond));
        let appeals = Cases::<T>::iter_values().filter_map(|case| case.appeal);
        [
            (HoldReason::Listing, "Listing", sums(listings)),
            (HoldReason::Moderator, "Moderator", sums(bonds)),
            (HoldReason::Appeal, "Appeal", sums(appeals.map(|appeal| (appeal.by, appeal.deposit)))),
        ]
    }

    fn held(reason: HoldReason, who: &AccountId) -> Balance {
        T::Currency::balance_on_hold(&reason.into(), who)
    }

    /// Held against owed. Walks all listings: for runtime APIs, never for a block.
    pub fn solvency() -> Vec<SolvencyRow> {
        let row = |(reason, purpose, owed): (HoldReason, &str, BTreeMap<AccountId, Balance>)| SolvencyRow {
            pallet: "Listings".into(),
            purpose: purpose.into(),
            held: owed.keys().map(|who| Self::held(reason, who)).fold(0, Balance::saturating_add),
            owed: owed.values().copied().fold(0, Balance::saturating_add),
        };
        Self::owed().into_iter().map(row).collect()
    }

    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for (reason, _, owed) in Self::owed() {
            for (who, owed) in owed {
                ensure!(
                    Self::held(reason, &who) == owed,
                    "listings: a hold is not the sum of its deposits or bonds"
                );
            }
        }
        Self::check_cases()?;
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
            .chain(Failed::<T>::iter_keys())
            .chain(Offers::<T>::iter_keys().map(|(id, _)| id))
            .chain(Reviews::<T>::iter_keys().map(|(id, _)| id))
            .chain(Payers::<T>::iter_keys().map(|(id, _)| id))
            .chain(Children::<T>::iter_keys().flat_map(|(parent, child)| [parent, child]));
        for id in referred {
            ensure!(Listings::<T>::contains_key(id), "listings: something refers to a listing that is gone");
        }
        Ok(())
    }

    fn check_cases() -> Result<(), TryRuntimeError> {
        let stakes = Cases::<T>::iter_values().filter_map(|case| case.stake);
        let mut tied = sums(stakes.map(|stake| (stake.moderator, stake.bond)));
        for (who, moderator) in Moderators::<T>::iter() {
            ensure!(
                moderator.tied == tied.remove(&who).unwrap_or(0) && moderator.tied <= moderator.bond,
                "listings: what is tied of a moderator's bond is not what its cases need"
            );
            ensure!(
                moderator.appointed || moderator.bond > 0,
                "listings: a former moderator without a bond is still stored"
            );
        }
        ensure!(tied.is_empty(), "listings: a case has a moderator that is not stored");
        for (id, case) in Cases::<T>::iter() {
            let listing = Listings::<T>::get(id).filter(|listing| !listing.retired);
            let delisting = listing.and_then(|listing| listing.delisting);
            ensure!(
                delisting.is_some_and(|delisting| delisting.until == case.until()),
                "listings: a case and its listing do not agree"
            );
        }
        ensure!(
            Listings::<T>::iter_values()
                .filter_map(|listing| listing.delisting)
                .all(|delisting| delisting.case < NextCase::<T>::get()),
            "listings: the number of a case would be used twice"
        );
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

/// What each account's amounts add up to.
fn sums(amounts: impl Iterator<Item = (AccountId, Balance)>) -> BTreeMap<AccountId, Balance> {
    let mut sums = BTreeMap::<AccountId, Balance>::new();
    for (who, amount) in amounts {
        let sum = sums.entry(who).or_default();
        *sum = sum.saturating_add(amount);
    }
    sums
}
