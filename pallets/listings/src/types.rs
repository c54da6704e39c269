//! What is stored of a listing, and the pure rules about it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    content,
    licence::{Offer, Uri},
    lineage::Parents,
    rating::Rating,
    views::{ListingKind, ListingStatus},
    AccountId, Balance, BlockNumber, ChannelId, Digest, LicenceId, OfferId,
};

/// Name of a listing, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// Summary, UTF-8.
pub type Summary = BoundedVec<u8, ConstU32<280>>;
/// Tag, UTF-8.
pub type Tag = BoundedVec<u8, ConstU32<24>>;
/// Tags.
pub type Tags = BoundedVec<Tag, ConstU32<8>>;

/// Most offers of a listing at a time.
pub const MAX_OFFERS: u32 = 8;

/// A longer description, kept elsewhere.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Card {
    /// Where it is; may be empty.
    pub uri: Uri,
    /// blake2-256 of it.
    pub digest: Digest,
}

/// What people read of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Text {
    /// Name, not empty.
    pub name: Name,
    /// Summary; may be empty.
    pub summary: Summary,
    /// Tags.
    pub tags: Tags,
    /// A longer description.
    pub card: Card,
}

impl Text {
    /// Whether every part is UTF-8, so that views can show it as it was written.
    pub fn is_utf8(&self) -> bool {
        [&self.name[..], &self.summary[..], &self.card.uri[..]]
            .into_iter()
            .chain(self.tags.iter().map(|tag| &tag[..]))
            .all(|part| core::str::from_utf8(part).is_ok())
    }
}

/// What an owner says about its listing.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum OwnerStatus {
    /// On offer.
    Active,
    /// Taken off for now.
    Paused,
    /// Given up; what was sold lives on.
    Deprecated,
}

/// A decision of governance to take a listing off.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Delisting {
    /// Reason code.
    pub reason: u8,
    /// Last live block of the appeal period: until then the listing is as its owner set it.
    pub appeal_until: BlockNumber,
}

/// What is on hold for a listing, at its owner's account.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Deposit {
    /// For the listing and its text.
    pub text: Balance,
    /// For its versions.
    pub versions: Balance,
    /// For its offers.
    pub offers: Balance,
}

impl Deposit {
    /// All parts.
    pub fn total(&self) -> Balance {
        self.text.saturating_add(self.versions).saturating_add(self.offers)
    }
}

/// A listing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Listing {
    /// Who owns it.
    pub owner: AccountId,
    /// Model, dataset, service or algorithm.
    pub kind: ListingKind,
    /// What people read.
    pub text: Text,
    /// What its owner says.
    pub status: OwnerStatus,
    /// What governance says.
    pub delisting: Option<Delisting>,
    /// Whether it is a tombstone.
    pub retired: bool,
    /// Number of its versions; versions are `0..versions`.
    pub versions: u32,
    /// Number of its next offer.
    pub next_offer: OfferId,
    /// Offers that are not withdrawn.
    pub offers: u32,
    /// What it derives from: the next version takes it over.
    pub parents: Parents,
    /// Least royalty of whoever names it as a parent from now on, in millionths.
    pub min_royalty: u32,
    /// Sums over its reviews.
    pub rating: Rating,
    /// What is on hold for it.
    pub deposit: Deposit,
}

impl Listing {
    /// Its status at live block `now`: governance's decision wins once the appeal period is over.
    pub fn status_at(&self, now: BlockNumber) -> ListingStatus {
        match (self.delisting, self.status) {
            _ if self.retired => ListingStatus::Retired,
            (Some(delisting), _) if souk_pallet_support::clock::is_over(now, delisting.appeal_until) => {
                ListingStatus::Delisted { reason: delisting.reason }
            }
            (_, OwnerStatus::Active) => ListingStatus::Active,
            (_, OwnerStatus::Paused) => ListingStatus::Paused,
            (_, OwnerStatus::Deprecated) => ListingStatus::Deprecated,
        }
    }
}

/// A version: never changed once it is published.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Version {
    /// Root of the sum tree over `(blake2_256(chunk), length)`.
    pub content_root: Digest,
    /// Bytes.
    pub size: u64,
    /// Chunks of 64 KiB.
    pub chunks: u32,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Block of publication (real blocks).
    pub published_at: BlockNumber,
    /// What it derives from, and so whom its sales pay royalties.
    pub parents: Parents,
}

/// Chunks that a version of `size` bytes must have; `None` when the size is out of range. Only a service may have
/// nothing to deliver.
pub fn chunks_of(kind: ListingKind, size: u64) -> Option<u32> {
    match (kind, size) {
        (ListingKind::Service, 0) => Some(0),
        _ => content::chunks_of(size),
    }
}

/// An offer with its deposit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct StoredOffer {
    /// The offer.
    pub offer: Offer,
    /// What is on hold for it.
    pub deposit: Balance,
}

/// What somebody paid for and so may review, once.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Subject {
    /// A licence of the listing.
    Licence(LicenceId),
    /// A closed channel on a spec of the listing, while it is remembered.
    Channel(ChannelId),
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Review {
    /// Who wrote it.
    pub author: AccountId,
    /// What it is about.
    pub subject: Subject,
    /// 1 to 5.
    pub stars: u8,
    /// Digest of its text.
    pub digest: Digest,
    /// What counts of the fee that was burnt.
    pub weight: Balance,
    /// Live block in which it was written.
    pub at: BlockNumber,
    /// Digest of the owner's answer.
    pub answer: Option<Digest>,
}
