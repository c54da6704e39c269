//! Calls of the licensing pallet.

use super::Call;
use codec::{Decode, Encode};
use souk_primitives::{
    complaint::Complaint, exchange::SealedKey, licence::Purposes, AccountId, Balance, Digest, LicenceId,
    ListingId, OfferId, PurchaseId, VersionId,
};

/// What a buyer asks for: everything that it relies on, so that nothing can be changed under it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
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

fn call(name: &'static str) -> Call {
    Call::new("Licensing", name)
}

/// Orders something; the purchase's id is in the event.
pub fn purchase(order: Order) -> Call {
    call("purchase")
        .arg("listing", order.listing)
        .arg("offer", order.offer)
        .arg("offer_digest", order.offer_digest)
        .arg("version", order.version)
        .arg("content_root", order.content_root)
        .arg("purpose", order.purpose)
        .arg("terms_digest", order.terms_digest)
        .arg("buyer_key", order.buyer_key)
        .arg("referrer", order.referrer)
}

/// Offers the buyer a copy, once. Only the seller may.
pub fn offer_copy(purchase: PurchaseId, ciphertext_root: Digest, key_commitment: Digest) -> Call {
    call("offer_copy")
        .arg("purchase", purchase)
        .arg("ciphertext_root", ciphertext_root)
        .arg("key_commitment", key_commitment)
}

/// Accepts the copy: only for who has every chunk and the list of plaintext digests, and has checked both.
pub fn accept_copy(purchase: PurchaseId, ciphertext_root: Digest, key_commitment: Digest) -> Call {
    call("accept_copy")
        .arg("purchase", purchase)
        .arg("ciphertext_root", ciphertext_root)
        .arg("key_commitment", key_commitment)
}

/// Reveals the content key, sealed to the buyer. Too late it is published for nothing: send it with
/// [`crate::Chain::submit_within`].
pub fn reveal_key(purchase: PurchaseId, sealed_key: SealedKey) -> Call {
    call("reveal_key").arg("purchase", purchase).arg("sealed_key", sealed_key)
}

/// Pays the seller: by the buyer at once, by anyone after the last block for a complaint.
pub fn settle(purchase: PurchaseId) -> Call {
    call("settle").arg("purchase", purchase)
}

/// Proves that the key does not give the listed bytes.
pub fn complain(purchase: PurchaseId, complaint: Complaint) -> Call {
    call("complain").arg("purchase", purchase).arg("complaint", complaint)
}

/// Gives up waiting for a copy.
pub fn cancel(purchase: PurchaseId) -> Call {
    call("cancel").arg("purchase", purchase)
}

/// Ends a purchase whose copy is not what was offered, or can't be fetched.
pub fn reject_copy(purchase: PurchaseId) -> Call {
    call("reject_copy").arg("purchase", purchase)
}

/// Ends a purchase that missed its deadline. Anyone may.
pub fn expire(purchase: PurchaseId) -> Call {
    call("expire").arg("purchase", purchase)
}

/// Renews a lease by the offer with this digest, at no more than `max_price`.
pub fn renew(licence: LicenceId, max_price: Balance, offer_digest: Digest) -> Call {
    call("renew").arg("licence", licence).arg("max_price", max_price).arg("offer_digest", offer_digest)
}

/// Gives a licence to another account.
pub fn transfer(licence: LicenceId, to: AccountId) -> Call {
    call("transfer").arg("licence", licence).arg("to", to)
}

/// Lets another account use a licence.
pub fn assign_seat(licence: LicenceId, user: AccountId) -> Call {
    call("assign_seat").arg("licence", licence).arg("user", user)
}

/// Frees a seat.
pub fn free_seat(licence: LicenceId, user: AccountId) -> Call {
    call("free_seat").arg("licence", licence).arg("user", user)
}

/// Pays what is kept for an account. Anyone may.
pub fn claim(owner: AccountId) -> Call {
    call("claim").arg("owner", owner)
}

/// Pays out what serving under a metered licence has brought its publisher. Anyone may.
pub fn pay_out(licence: LicenceId) -> Call {
    call("pay_out").arg("licence", licence)
}

/// Says where the signer's copies are fetched (an http(s) URL of at most 128 bytes), or takes it back with its deposit.
pub fn set_store(endpoint: Option<String>) -> Call {
    call("set_store").arg("endpoint", endpoint)
}
