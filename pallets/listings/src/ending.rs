//! How a listing ends: as a tombstone while others depend on it, else altogether.

use crate::{
    pallet::{
        Cases, Children, Config, Error, Event, Failed, Listings, OffSince, Offers, Pallet, Transfers,
        Versions,
    },
    ports::Dependents,
    types::{Card, Text, MAX_OFFERS},
};
use frame_support::{dispatch::DispatchResult, ensure};
use souk_primitives::{AccountId, ListingId};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_retire(who: AccountId, id: ListingId) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        ensure!(!Cases::<T>::contains_key(id), Error::<T>::CaseOpen);
        ensure!(!T::Dependents::has_open_purchases(id), Error::<T>::OpenPurchases);
        // A spec's users know the model by the listing's name.
        ensure!(!T::Dependents::in_use(id), Error::<T>::InUse);
        let text = Text {
            name: Default::default(),
            summary: Default::default(),
            tags: Default::default(),
            card: Card::default(),
        };
        // Prices may have risen since the text was stored: never more than that is kept.
        let kept = Self::text_deposit(&text).min(listing.deposit.text);
        let returned = listing.deposit.text.saturating_sub(kept);
        Self::release(&who, returned)?;
        listing.text = text;
        listing.deposit.text = kept;
        listing.retired = true;
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::Retired { listing: id, returned });
        Ok(())
    }

    /// Returns how many versions were removed.
    pub(crate) fn do_remove(who: AccountId, id: ListingId) -> Result<u32, DispatchError> {
        let listing = Self::owned(&who, id)?;
        ensure!(!Cases::<T>::contains_key(id), Error::<T>::CaseOpen);
        ensure!(!T::Dependents::has_open_purchases(id), Error::<T>::OpenPurchases);
        let depends = T::Dependents::in_use(id)
            || T::Dependents::has_licences(id)
            || Children::<T>::iter_key_prefix(id).next().is_some()
            || listing.rating.reviews > 0;
        ensure!(!depends, Error::<T>::InUse);
        let deposit = listing.deposit.total();
        Self::release(&who, deposit)?;
        for version in 0..listing.versions {
            Versions::<T>::remove(id, version);
        }
        // As many as there can be: the listing counts them.
        let _ = Offers::<T>::clear_prefix(id, MAX_OFFERS, None);
        for parent in &listing.parents {
            Children::<T>::remove(parent.listing, id);
        }
        Transfers::<T>::remove(id);
        OffSince::<T>::remove(id);
        Failed::<T>::remove(id);
        Listings::<T>::remove(id);
        Self::deposit_event(Event::Removed { listing: id, deposit });
        Ok(listing.versions)
    }
}
