//! What is stored of a listing, and the pure rules about it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    content,
    licence::{Offer, Uri},
    lineage::Parents,
    moderation::{CaseId, DelistReason},
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

/// A decision to take a listing off. Its case may be open, or closed long ago.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Delisting {
    /// The case that it came of.
    pub case: CaseId,
    /// Why.
    pub reason: DelistReason,
    /// Last live block in which the listing is as its owner set it.
    pub until: BlockNumber,
}

/// Who may open cases, and what answers for them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Moderator {
    /// Whether it may open new ones. A dismissed one stays until it took its bond.
    pub appointed: bool,
    /// On hold at its account.
    pub bond: Balance,
    /// What of it open cases need.
    pub tied: Balance,
}

impl Moderator {
    /// Whether it can open a case that ties `bond`, if whoever opens one must have `least`.
    pub fn covers(&self, bond: Balance, least: Balance) -> bool {
        self.bond >= least && self.bond.saturating_sub(self.tied) >= bond
    }

    /// What it may take back: all of it without a case, else what is beyond `least` and not tied.
    pub fn withdrawable(&self, least: Balance) -> Balance {
        match self.tied {
            0 => self.bond,
            tied => self.bond.saturating_sub(tied.max(least)),
        }
    }
}

/// Part of a moderator's bond that a case has at stake.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Stake {
    /// Whose.
    pub moderator: AccountId,
    /// How much.
    pub bond: Balance,
}

/// A case against a listing that is not closed yet. Why, and until when the listing is as it was, is in its [`Delisting`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Case {
    /// Who opened it, with what; none when it was the moderators' track.
    pub stake: Option<Stake>,
    /// Digest of what shows the reason.
    pub evidence: Digest,
    /// Last live block in which the owner may appeal.
    pub notice_until: BlockNumber,
    /// The one appeal.
    pub appeal: Option<Appeal>,
}

/// An appeal against a case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Appeal {
    /// Who owned the listing then; its deposit.
    pub by: AccountId,
    /// On hold at that account.
    pub deposit: Balance,
    /// Digest of what it says.
    pub statement: Digest,
    /// Last live block in which it can be decided.
    pub until: BlockNumber,
}

impl Case {
    /// Last live block in which the listing is as its owner set it, if nobody decides before.
    pub fn until(&self) -> BlockNumber {
        self.appeal.as_ref().map_or(self.notice_until, |appeal| appeal.until)
    }

    /// Whether the moderators' track may put a case of its own in its place: a moderator's case, which nobody has
    /// appealed against. A vote can't be kept out by a case that its moderator means to take back.
    pub fn gives_way(&self) -> bool {
        self.stake.is_some() && self.appeal.is_none()
    }
}

/// Who failed against a listing, each once, and with which reason: most that are remembered, and so most cases of
/// moderators that can fail.
pub type Failures = BoundedVec<(AccountId, DelistReason), ConstU32<16>>;

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
    /// What a moderator or governance says.
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
    /// Its status at live block `now`: a delisting wins once its time has come, whoever closes the case and when.
    pub fn status_at(&self, now: BlockNumber) -> ListingStatus {
        match (self.delisting, self.status) {
            _ if self.retired => ListingStatus::Retired,
            (Some(delisting), _) if souk_pallet_support::clock::is_over(now, delisting.until) => {
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
