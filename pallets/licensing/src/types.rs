//! What the pallet stores and what its calls take.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    complaint::{Exchange, Fault},
    content::Content,
    deal::{Settlement, Shares},
    endpoint::Endpoint,
    exchange::SealedKey,
    licence::{Grant, Licence, Purposes, MAX_SEATS},
    lineage::Parents,
    purchase::Stage,
    AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, OfferId, PurchaseId, VersionId,
};

/// Accounts that use a licence beside its holder.
pub type Users = BoundedVec<AccountId, ConstU32<MAX_SEATS>>;

/// A seller's announced store.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Store {
    /// Where copies of what it sells are fetched.
    pub endpoint: Endpoint,
    /// What is on hold for it.
    pub deposit: Balance,
}

/// What a buyer asks for in `purchase`: it names everything that it relies on, so that nothing can be changed under it.
#[derive(Clone, Debug)]
pub struct Order {
    /// What.
    pub listing: ListingId,
    /// By which offer.
    pub offer: OfferId,
    /// The offer's digest.
    pub offer_digest: Digest,
    /// Which version.
    pub version: VersionId,
    /// The version's content root.
    pub content_root: Digest,
    /// For what.
    pub purpose: Purposes,
    /// The terms that the buyer agrees to.
    pub terms_digest: Digest,
    /// One-time X25519 key.
    pub buyer_key: Digest,
    /// Who brought the buyer.
    pub referrer: Option<AccountId>,
}

/// What a seller offers and a buyer accepts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Offered {
    /// Root of the tree over the encrypted chunks.
    pub ciphertext_root: Digest,
    /// Commitment to the content key.
    pub key_commitment: Digest,
}

/// A purchase. What its money depends on is as it was when it was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Purchase {
    /// Who buys.
    pub buyer: AccountId,
    /// Who sells, and keeps the obligation even when the listing changes hands.
    pub seller: AccountId,
    /// What is bought.
    pub listing: ListingId,
    /// Which version of it.
    pub version: VersionId,
    /// By which offer.
    pub offer: OfferId,
    /// What the offer grants.
    pub grant: Grant,
    /// For what.
    pub purpose: Purposes,
    /// The terms that the buyer agreed to.
    pub terms_digest: Digest,
    /// Whether the licence may change hands.
    pub transferable: bool,
    /// How many accounts may use it.
    pub seats: u32,
    /// On hold at the buyer.
    pub price: Balance,
    /// On hold at the buyer beside the price.
    pub deposit: Balance,
    /// On hold at the seller, from `offer_copy` on.
    pub bond: Balance,
    /// Who gets how much of the price.
    pub cut: Cut,
    /// Root of the content.
    pub content_root: Digest,
    /// Its bytes; 0 when there is nothing to deliver.
    pub size: u64,
    /// The buyer's one-time key.
    pub buyer_key: Digest,
    /// What the seller offered.
    pub copy: Option<Offered>,
    /// What the seller revealed.
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

/// Who gets how much of a price.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Cut {
    /// To the protocol, in millionths.
    pub protocol: u32,
    /// To the parents' owners.
    pub parents: Parents,
    /// To the referrer, in millionths.
    pub referral: u32,
    /// The referrer.
    pub referrer: Option<AccountId>,
}

impl Cut {
    /// Splits a price.
    pub fn settle(&self, price: Balance) -> Settlement {
        let referral = if self.referrer.is_some() { self.referral } else { 0 };
        let royalties = self.parents.iter().map(|parent| parent.royalty).collect();
        Shares { protocol: self.protocol, royalties, referral }.settle(price)
    }
}

impl Purchase {
    /// All that a complaint is judged by; `None` before the key was revealed.
    pub fn exchange(&self, genesis: Digest, purchase: PurchaseId) -> Option<Exchange> {
        let copy = self.copy?;
        Some(Exchange {
            genesis,
            purchase,
            content: Content::new(self.content_root, self.size)?,
            ciphertext_root: copy.ciphertext_root,
            key_commitment: copy.key_commitment,
            buyer_key: self.buyer_key,
            sealed_key: self.sealed_key?,
        })
    }

    /// The licence that it gives when it settles in block `now`.
    pub fn licence(&self, now: BlockNumber) -> Licence {
        let expires_at = match self.grant {
            Grant::Lease { period } => Some(now.saturating_add(period)),
            Grant::Perpetual | Grant::Metered { .. } => None,
        };
        Licence {
            listing: self.listing,
            version: self.version,
            holder: self.buyer.clone(),
            purpose: self.purpose,
            terms_digest: self.terms_digest,
            grant: self.grant,
            issued_at: now,
            expires_at,
            transferable: self.transferable,
            seats: self.seats,
        }
    }
}

/// Where all money of a purchase, or of a renewal, went. It adds up to what was on hold.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Amounts {
    /// Of its own money, back to the buyer.
    pub refunded: Balance,
    /// Of the seller's bond, to the buyer.
    pub compensation: Balance,
    /// Of the bond, back to the seller.
    pub bond_returned: Balance,
    /// Of the complaint deposit, to the seller.
    pub forfeited: Balance,
    /// Of the price, to the seller.
    pub paid: Balance,
    /// Of the price, to the parents' owners.
    pub royalties: Balance,
    /// Of the price, to the referrer.
    pub referral: Balance,
    /// Of the price, to the treasury.
    pub treasury: Balance,
    /// Burnt: half of the protocol's fee, or the handling of both sides.
    pub burnt: Balance,
}

impl Amounts {
    /// All of it.
    pub fn total(&self) -> Balance {
        [
            self.refunded,
            self.compensation,
            self.bond_returned,
            self.forfeited,
            self.paid,
            self.royalties,
            self.referral,
            self.treasury,
            self.burnt,
        ]
        .iter()
        .fold(0, |sum: Balance, part| sum.saturating_add(*part))
    }
}

/// A licence with what a review of it weighs by.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct StoredLicence {
    /// The licence.
    pub licence: Licence,
    /// Who paid for it, and may review it.
    pub payer: AccountId,
    /// What was burnt of the fees, renewals by the payer included.
    pub burnt: Balance,
    /// The content key as it was revealed: whoever paid and was away for long can open the copy all the same.
    pub sealed_key: Option<SealedKey>,
}

/// What stands on the agenda.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Task {
    /// A purchase misses its deadline.
    Deadline(PurchaseId),
    /// An ended purchase is forgotten.
    Forget(PurchaseId),
    /// A lease that was not renewed is forgotten.
    Lapse(LicenceId),
    /// What serving has brought a publisher is paid out.
    Payout(LicenceId),
}
