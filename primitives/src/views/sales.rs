//! Views of what is sold: offers, lineage, reviews, purchases, licences.

use super::json;
use crate::{
    complaint::Fault,
    exchange::SealedKey,
    licence::{Grant, Purposes},
    purchase::Stage,
    AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, OfferId, PurchaseId, VersionId,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Sealed keys as `0x` hex or null.
#[cfg(feature = "serde")]
mod maybe_sealed {
    use super::SealedKey;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Hex(#[serde(with = "sp_core::bytes")] alloc::vec::Vec<u8>);

    pub fn serialize<S: Serializer>(value: &Option<SealedKey>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|key| Hex(key.to_vec())).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SealedKey>, D::Error> {
        Option::<Hex>::deserialize(deserializer)?
            .map(|hex| hex.0.try_into().map_err(|_| serde::de::Error::custom("a sealed key has 80 bytes")))
            .transpose()
    }
}

view! {
    /// An offer of a listing.
    pub struct OfferView {
        /// Its number in the listing.
        pub offer: OfferId,
        /// `H(SCALE(Offer))`: what a purchase names.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub digest: Digest,
        /// For how long.
        pub grant: Grant,
        /// In units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub price: Balance,
        /// For what at most.
        pub purposes: Purposes,
        /// How many accounts may use it.
        pub seats: u32,
        /// Whether licences may change hands.
        pub transferable: bool,
        /// Live blocks in which the seller delivers.
        pub deliver_within: BlockNumber,
        /// Share of the referrer, in millionths.
        pub referral: u32,
        /// Where the terms of use are.
        pub terms_uri: String,
        /// Their digest.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub terms_digest: Digest,
    }
}

view! {
    /// That one listing derives from another.
    pub struct LineageEdge {
        /// What derives.
        pub child: ListingId,
        /// What it derives from.
        pub parent: ListingId,
        /// Which version of it.
        pub version: VersionId,
        /// What the parent's owner gets of each sale, in millionths of what the protocol leaves.
        pub royalty: u32,
    }
}

view! {
    /// What a listing derives from, and what derives from it, over all generations.
    pub struct LineageView {
        /// Towards the ancestors, nearest first.
        pub up: Vec<LineageEdge>,
        /// Towards the descendants, nearest first.
        pub down: Vec<LineageEdge>,
        /// Whether there is more than one answer holds.
        pub truncated: bool,
    }
}

view! {
    /// Sums over a listing's reviews.
    pub struct RatingView {
        /// Reviews.
        pub reviews: u32,
        /// Distinct payers among the reviewers.
        pub payers: u32,
        /// Average in thousandths of a star, weighted by the fees that were burnt; none while nothing counts.
        pub average_milli: Option<u32>,
    }
}

view! {
    /// A review by somebody who paid.
    pub struct ReviewView {
        /// Its number in the listing.
        pub review: u32,
        /// Whose it is.
        pub author: AccountId,
        /// 1 to 5.
        pub stars: u8,
        /// Digest of its text.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub digest: Digest,
        /// What counts of the fee that was burnt.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub weight: Balance,
        /// Live block in which it was written.
        pub at: BlockNumber,
        /// Digest of the owner's answer.
        #[cfg_attr(feature = "serde", serde(with = "json::maybe_digest"))]
        pub answer: Option<Digest>,
    }
}

view! {
    /// A purchase: all that its two sides, and a second opinion on a complaint, need.
    pub struct PurchaseView {
        /// Its id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: PurchaseId,
        /// Who buys.
        pub buyer: AccountId,
        /// Who sells: the owner when it was ordered.
        pub seller: AccountId,
        /// What is bought.
        pub listing: ListingId,
        /// Which version of it.
        pub version: VersionId,
        /// By which offer.
        pub offer: OfferId,
        /// For what.
        pub purpose: Purposes,
        /// Under which terms.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub terms_digest: Digest,
        /// In units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub price: Balance,
        /// What the buyer put on hold beside the price.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub deposit: Balance,
        /// What the seller put on hold; 0 before it offered a copy.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub bond: Balance,
        /// Who is paid for having brought the buyer.
        pub referrer: Option<AccountId>,
        /// Root of the content.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub content_root: Digest,
        /// Its bytes; 0 when there is nothing to deliver.
        pub size: u64,
        /// Its chunks.
        pub chunks: u32,
        /// The buyer's one-time X25519 key.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub buyer_key: Digest,
        /// Root of the encrypted chunks.
        #[cfg_attr(feature = "serde", serde(with = "json::maybe_digest"))]
        pub ciphertext_root: Option<Digest>,
        /// Commitment to the content key.
        #[cfg_attr(feature = "serde", serde(with = "json::maybe_digest"))]
        pub key_commitment: Option<Digest>,
        /// What the seller revealed.
        #[cfg_attr(feature = "serde", serde(with = "maybe_sealed"))]
        pub sealed_key: Option<SealedKey>,
        /// Live block in which it was ordered.
        pub ordered_at: BlockNumber,
        /// First live block in which the buyer may give up waiting.
        pub cancel_from: BlockNumber,
        /// Where it stands.
        pub stage: Stage,
        /// What an upheld complaint showed.
        pub fault: Option<Fault>,
    }
}

view! {
    /// A licence.
    pub struct LicenceView {
        /// Its id: that of the purchase.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: LicenceId,
        /// What may be used.
        pub listing: ListingId,
        /// Which version was bought.
        pub version: VersionId,
        /// Who holds it.
        pub holder: AccountId,
        /// Other accounts that use it.
        pub users: Vec<AccountId>,
        /// For what.
        pub purpose: Purposes,
        /// Under which terms.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub terms_digest: Digest,
        /// For how long.
        pub grant: Grant,
        /// Live block in which it was issued.
        pub issued_at: BlockNumber,
        /// Last live block of a lease.
        pub expires_at: Option<BlockNumber>,
        /// Whether it is good now.
        pub is_live: bool,
        /// Whether the holder may give it away.
        pub transferable: bool,
        /// How many accounts may use it, the holder included.
        pub seats: u32,
        /// The content key, sealed to the buyer's one-time key; none when there was nothing to deliver.
        #[cfg_attr(feature = "serde", serde(with = "maybe_sealed"))]
        pub sealed_key: Option<SealedKey>,
    }
}
