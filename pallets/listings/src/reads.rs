//! What others and the runtime API read.

use crate::{
    pallet::{Cases, Config, Listings, NextListing, OffSince, Offers, Pallet, Reviews, Versions},
    types::{Case, Listing, Version, MAX_OFFERS},
};
use alloc::{string::String, vec::Vec};
use frame_support::traits::Get;
use souk_pallet_support::clock;
use souk_primitives::{
    licence::Offer,
    views::{
        AppealView, ListingStatus, ListingView, ModerationView, OfferView, RatingView, ReviewView,
        VersionView,
    },
    AccountId, BlockNumber, Digest, ListingId, OfferId, VersionId,
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

    /// Whether new business may start on a listing, or might in live block `at` but for what its owner did since. Who
    /// depends on somebody else's listing asks this, so that the owner can't choose the moment.
    pub fn was_active(listing: ListingId, at: BlockNumber) -> bool {
        match Self::status(listing) {
            Some(ListingStatus::Active) => true,
            Some(ListingStatus::Paused | ListingStatus::Deprecated) => {
                OffSince::<T>::get(listing).is_some_and(|since| since >= at)
            }
            _ => false,
        }
    }

    /// Status of a listing.
    pub fn status(listing: ListingId) -> Option<ListingStatus> {
        Listings::<T>::get(listing).map(|listing| listing.status_at(T::Clock::get()))
    }

    /// An offer that is not withdrawn.
    pub fn offer(listing: ListingId, offer: OfferId) -> Option<Offer> {
        Offers::<T>::get(listing, offer).map(|stored| stored.offer)
    }

    /// The offer with this digest, if one of the listing's has it.
    pub fn offer_with(listing: ListingId, digest: &Digest) -> Option<Offer> {
        // As many as there can be.
        Offers::<T>::iter_prefix_values(listing)
            .map(|stored| stored.offer)
            .find(|offer| offer.digest() == *digest)
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

    /// Offers of a listing, oldest first.
    pub fn offer_views(id: ListingId) -> Vec<OfferView> {
        let most = usize::try_from(MAX_OFFERS).unwrap_or(0);
        let stored = Offers::<T>::iter_prefix(id).take(most);
        let mut offers: Vec<_> = stored.map(|(number, stored)| offer_view(number, stored.offer)).collect();
        offers.sort_by_key(|offer| offer.offer);
        offers
    }

    /// At most `limit` reviews of a listing (and at most [`MAX_PAGE`]), from number `start` on.
    pub fn review_views(id: ListingId, start: u32, limit: u32) -> Vec<ReviewView> {
        let end = Listings::<T>::get(id).map_or(0, |listing| listing.rating.reviews);
        let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(0);
        (start..end)
            .take(limit)
            .filter_map(|number| Reviews::<T>::get(id, number).map(|review| (number, review)))
            .map(|(number, review)| ReviewView {
                review: number,
                author: review.author,
                stars: review.stars,
                digest: review.digest,
                weight: review.weight,
                at: review.at,
                answer: review.answer,
            })
            .collect()
    }

    /// The case against a listing that is not closed yet.
    pub fn moderation(id: ListingId) -> Option<ModerationView> {
        Cases::<T>::get(id).and_then(|case| Self::moderation_of(id, case))
    }

    /// At most `limit` cases that are not closed yet (and at most [`MAX_PAGE`]), after the listing `start`, in storage
    /// order.
    pub fn moderations(start: Option<ListingId>, limit: u32) -> Vec<ModerationView> {
        let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(0);
        let cases = match start {
            Some(start) => Cases::<T>::iter_from(Cases::<T>::hashed_key_for(start)),
            None => Cases::<T>::iter(),
        };
        cases.take(limit).filter_map(|(id, case)| Self::moderation_of(id, case)).collect()
    }

    fn moderation_of(id: ListingId, case: Case) -> Option<ModerationView> {
        let delisting = Listings::<T>::get(id)?.delisting?;
        let (moderator, bond) = crate::moderation::parts(&case.stake);
        Some(ModerationView {
            listing: id,
            case: delisting.case,
            reason: delisting.reason,
            evidence: case.evidence,
            moderator,
            bond,
            notice_until: case.notice_until,
            appeal: case.appeal.map(|appeal| AppealView {
                by: appeal.by,
                deposit: appeal.deposit,
                statement: appeal.statement,
                until: appeal.until,
            }),
            is_over: clock::is_over(T::Clock::get(), delisting.until),
        })
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
            offers: Self::offer_views(id),
            parents: listing.parents.iter().map(|parent| crate::lineage::edge(id, parent)).collect(),
            min_royalty: listing.min_royalty,
            rating: RatingView {
                reviews: listing.rating.reviews,
                payers: listing.rating.payers,
                average_milli: listing.rating.average_milli(),
            },
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

fn offer_view(number: OfferId, offer: Offer) -> OfferView {
    OfferView {
        offer: number,
        digest: offer.digest(),
        grant: offer.grant,
        price: offer.price,
        purposes: offer.purposes,
        seats: offer.seats,
        transferable: offer.transferable,
        deliver_within: offer.deliver_within,
        referral: offer.referral,
        terms_uri: readable(&offer.terms.uri),
        terms_digest: offer.terms.digest,
    }
}

/// Text as it was written: the calls accept only UTF-8.
fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
