//! The calls: check who, load, check state, move money, store, tell.

use crate::{
    pallet::{
        Config, Error, Event, HoldReason, Listings, NextListing, OffSince, Pallet, Transfers, Versions,
    },
    types::{chunks_of, Deposit, Listing, OwnerStatus, Text, Version},
};
use codec::{Encode, MaxEncodedLen};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::money;
use souk_primitives::{
    views::{ListingKind, ListingStatus},
    AccountId, Balance, Digest, ListingId,
};
use sp_runtime::{DispatchError, SaturatedConversion};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register(who: AccountId, kind: ListingKind, text: Text) -> DispatchResult {
        Self::ensure_readable(&text)?;
        let id = NextListing::<T>::get();
        let next = id.checked_add(1).ok_or(Error::<T>::TooManyListings)?;
        let deposit = Self::text_deposit(&text);
        Self::hold(&who, deposit)?;
        let listing = Listing {
            owner: who.clone(),
            kind,
            text,
            status: OwnerStatus::Active,
            delisting: None,
            retired: false,
            versions: 0,
            next_offer: 0,
            offers: 0,
            parents: Default::default(),
            min_royalty: 0,
            rating: Default::default(),
            deposit: Deposit { text: deposit, ..Deposit::default() },
        };
        NextListing::<T>::put(next);
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::Registered { listing: id, owner: who, kind, deposit });
        Ok(())
    }

    pub(crate) fn do_publish_version(
        who: AccountId,
        id: ListingId,
        content_root: Digest,
        size: u64,
        chunks: u32,
        manifest: Digest,
    ) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        let delisted = matches!(listing.status_at(T::Clock::get()), ListingStatus::Delisted { .. });
        ensure!(!delisted, Error::<T>::AlreadyDelisted);
        let expected = chunks_of(listing.kind, size).ok_or(Error::<T>::SizeOutOfRange)?;
        ensure!(chunks == expected, Error::<T>::WrongChunkCount);
        ensure!(size > 0 || content_root == [0; 32], Error::<T>::RootWithoutContent);
        let number = listing.versions;
        ensure!(number < T::MaxVersions::get(), Error::<T>::TooManyVersions);
        listing.versions = number.saturating_add(1);
        let deposit = Self::version_deposit();
        Self::hold(&who, deposit)?;
        listing.deposit.versions = listing.deposit.versions.saturating_add(deposit);
        let published_at = frame_system::Pallet::<T>::block_number().saturated_into();
        let parents = listing.parents.clone();
        let version = Version { content_root, size, chunks, manifest, published_at, parents };
        Versions::<T>::insert(id, number, version);
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::VersionPublished {
            listing: id,
            version: number,
            content_root,
            manifest,
            deposit,
        });
        Ok(())
    }

    pub(crate) fn do_set_text(who: AccountId, id: ListingId, text: Text) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        Self::ensure_readable(&text)?;
        let before = listing.deposit.text;
        let deposit = Self::text_deposit(&text);
        Self::hold(&who, deposit.saturating_sub(before))?;
        Self::release(&who, before.saturating_sub(deposit))?;
        listing.deposit.text = deposit;
        listing.text = text;
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::TextSet { listing: id, deposit });
        Ok(())
    }

    pub(crate) fn do_set_status(who: AccountId, id: ListingId, status: OwnerStatus) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        match (listing.status, status) {
            (_, OwnerStatus::Active) => OffSince::<T>::remove(id),
            (OwnerStatus::Active, _) => OffSince::<T>::insert(id, T::Clock::get()),
            _ => {}
        }
        listing.status = status;
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::StatusSet { listing: id, status });
        Ok(())
    }

    pub(crate) fn do_offer_transfer(who: AccountId, id: ListingId, to: Option<AccountId>) -> DispatchResult {
        Self::owned(&who, id)?;
        match &to {
            Some(to) => {
                ensure!(*to != who, Error::<T>::AlreadyOwner);
                Transfers::<T>::insert(id, to);
            }
            None => ensure!(Transfers::<T>::take(id).is_some(), Error::<T>::NoTransferOffered),
        }
        Self::deposit_event(Event::TransferOffered { listing: id, to });
        Ok(())
    }

    pub(crate) fn do_accept_transfer(who: AccountId, id: ListingId) -> DispatchResult {
        let mut listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let to = Transfers::<T>::get(id).ok_or(Error::<T>::NoTransferOffered)?;
        ensure!(to == who, Error::<T>::NotAuthorized);
        let from = core::mem::replace(&mut listing.owner, who.clone());
        Self::hold(&who, listing.deposit.total())?;
        Self::release(&from, listing.deposit.total())?;
        Transfers::<T>::remove(id);
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::Transferred { listing: id, from, to: who });
        Ok(())
    }

    /// The listing, if `who` owns it.
    pub(crate) fn owned(who: &AccountId, id: ListingId) -> Result<Listing, DispatchError> {
        let listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        ensure!(listing.owner == *who, Error::<T>::NotAuthorized);
        Ok(listing)
    }

    /// The listing, if `who` owns it and it is no tombstone.
    pub(crate) fn kept(who: &AccountId, id: ListingId) -> Result<Listing, DispatchError> {
        let listing = Self::owned(who, id)?;
        ensure!(!listing.retired, Error::<T>::Retired);
        Ok(listing)
    }

    fn ensure_readable(text: &Text) -> DispatchResult {
        ensure!(!text.name.is_empty(), Error::<T>::EmptyName);
        ensure!(text.is_utf8(), Error::<T>::NotUtf8);
        Ok(())
    }

    /// Deposit of a listing with this text.
    pub(crate) fn text_deposit(text: &Text) -> Balance {
        let bytes = Balance::try_from(text.encoded_size()).unwrap_or(Balance::MAX);
        T::ListingDeposit::get().saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
    }

    /// Deposit of a version.
    pub(crate) fn version_deposit() -> Balance {
        let bytes = Balance::try_from(Version::max_encoded_len()).unwrap_or(Balance::MAX);
        T::VersionDeposit::get().saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
    }

    pub(crate) fn hold(who: &AccountId, amount: Balance) -> DispatchResult {
        Self::hold_for(HoldReason::Listing, who, amount)
    }

    pub(crate) fn hold_for(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
        ensure!(amount == 0 || money::free::<T::Currency, _>(who) >= amount, Error::<T>::InsufficientFree);
        money::hold_free::<T::Currency, _>(&reason.into(), who, amount)
    }

    pub(crate) fn release(who: &AccountId, amount: Balance) -> DispatchResult {
        money::release::<T::Currency, _>(&HoldReason::Listing.into(), who, amount)
    }
}
