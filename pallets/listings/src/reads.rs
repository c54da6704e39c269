//! What others and the runtime API read.

use crate::{
    pallet::{Config, Listings, NextListing, Pallet, Versions},
    types::{Listing, Version},
};
use alloc::{string::String, vec::Vec};
use frame_support::traits::Get;
use souk_primitives::{
    views::{ListingStatus, ListingView, VersionView},
    AccountId, ListingId, VersionId,
};

/// Most listings that one page holds.
pub const MAX_PAGE: u32 = 100;

impl<T: Config> Pallet<T> {
    /// A version of a listing.
    pub fn version(listing: ListingId, version: VersionId) -> Option<Version> {
        Versions::<T>::get(listing, version)
    }

    /// Who owns a listing.
    pub fn owner(listing: ListingId) -> Option<AccountId> {
        Listings::<T>::get(listing).map(|listing| listing.owner)
    }

    /// Whether new business may start on a listing.
    pub fn is_active(listing: ListingId) -> bool {
        Listings::<T>::get(listing)
            .is_some_and(|listing| listing.status_at(T::Clock::get()) == ListingStatus::Active)
    }

    /// Name of a listing.
    pub fn listing_name(listing: ListingId) -> Option<String> {
        Listings::<T>::get(listing).map(|listing| readable(&listing.text.name))
    }

    /// A listing as runtime APIs show it.
    pub fn view(id: ListingId) -> Option<ListingView> {
        Listings::<T>::get(id).map(|listing| Self::view_of(id, listing))
    }

    /// At most `limit` listings (and at most [`MAX_PAGE`]), from number `start` on.
    pub fn views(start: ListingId, limit: u32) -> Vec<ListingView> {
        let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(0);
        (start..NextListing::<T>::get()).filter_map(Self::view).take(limit).collect()
    }

    fn view_of(id: ListingId, listing: Listing) -> ListingView {
        let versions = (0..listing.versions)
            .filter_map(|number| Versions::<T>::get(id, number).map(|version| version_view(number, version)))
            .collect();
        ListingView {
            id,
            kind: listing.kind,
            name: readable(&listing.text.name),
            summary: readable(&listing.text.summary),
            tags: listing.text.tags.iter().map(|tag| readable(tag)).collect(),
            card_uri: readable(&listing.text.card.uri),
            card_digest: listing.text.card.digest,
            status: listing.status_at(T::Clock::get()),
            versions,
            deposit: listing.deposit.total(),
            owner: listing.owner,
        }
    }
}

fn version_view(number: VersionId, version: Version) -> VersionView {
    VersionView {
        version: number,
        content_root: version.content_root,
        size: version.size,
        chunks: version.chunks,
        manifest: version.manifest,
        published_at: version.published_at,
    }
}

/// Text as it was written: the calls accept only UTF-8.
fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
