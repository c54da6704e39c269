//! What is stored of a listing, and the pure rules about it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    views::{ListingKind, ListingStatus},
    AccountId, Balance, BlockNumber, Digest,
};

/// Bytes of a chunk: content is cut into chunks of this size, the last one may be shorter.
pub const CHUNK: u64 = 64 * 1024;
/// Largest content, in bytes: 4 TiB.
pub const MAX_SIZE: u64 = 4 << 40;

/// Name of a listing, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// Summary, UTF-8.
pub type Summary = BoundedVec<u8, ConstU32<280>>;
/// Tag, UTF-8.
pub type Tag = BoundedVec<u8, ConstU32<24>>;
/// Tags.
pub type Tags = BoundedVec<Tag, ConstU32<8>>;
/// Where something is, UTF-8.
pub type Uri = BoundedVec<u8, ConstU32<256>>;

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
}

impl Deposit {
    /// Both parts.
    pub fn total(&self) -> Balance {
        self.text.saturating_add(self.versions)
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
    /// Number of its versions; versions are `0..versions`.
    pub versions: u32,
    /// What is on hold for it.
    pub deposit: Deposit,
}

impl Listing {
    /// Its status at live block `now`: governance's decision wins once the appeal period is over.
    pub fn status_at(&self, now: BlockNumber) -> ListingStatus {
        match (self.delisting, self.status) {
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
}

/// Chunks that content of `size` bytes has; `None` when the size is out of range (`1 ..= MAX_SIZE`).
pub fn chunks_of(size: u64) -> Option<u32> {
    if !(1..=MAX_SIZE).contains(&size) {
        return None;
    }
    u32::try_from(size.div_ceil(CHUNK)).ok()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn chunks_should_cover_the_size() {
        assert_eq!(chunks_of(0), None);
        assert_eq!(chunks_of(1), Some(1));
        assert_eq!(chunks_of(CHUNK), Some(1));
        assert_eq!(chunks_of(CHUNK + 1), Some(2));
        assert_eq!(chunks_of(MAX_SIZE), Some(1 << 26));
        assert_eq!(chunks_of(MAX_SIZE + 1), None);
    }

    proptest::proptest! {
        #[test]
        fn last_chunk_is_never_empty(size in 1u64..=MAX_SIZE) {
            let chunks = u64::from(chunks_of(size).unwrap());
            proptest::prop_assert!(chunks * CHUNK >= size && (chunks - 1) * CHUNK < size);
        }
    }
}
