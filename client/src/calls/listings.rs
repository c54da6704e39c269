//! Calls of the listings pallet.

use super::Call;
use codec::{Decode, Encode};
use souk_primitives::{
    licence::Offer, lineage::Parents, views::ListingKind, AccountId, ChannelId, Digest, LicenceId, ListingId,
    OfferId,
};

/// What people read of a listing. Lengths are checked by the chain: 64, 280, 8 × 24, 256 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Name, as OpenAI clients call the model.
    pub name: String,
    /// Summary.
    pub summary: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Where a longer description is; may be empty.
    pub card_uri: String,
    /// Its digest.
    pub card_digest: Digest,
}

/// What an owner says about its listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OwnerStatus {
    /// On offer.
    Active,
    /// Taken off for now.
    Paused,
    /// Given up; what was sold lives on.
    Deprecated,
}

/// What somebody paid for and so may review, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum Subject {
    /// A licence of the listing.
    Licence(LicenceId),
    /// A closed channel on a spec of the listing.
    Channel(ChannelId),
}

fn call(name: &'static str) -> Call {
    Call::new("Listings", name)
}

/// Registers a listing; its number is in the event.
pub fn register(kind: ListingKind, text: Text) -> Call {
    with_text(call("register").arg("kind", kind), text)
}

/// Replaces the text of a listing.
pub fn set_text(listing: ListingId, text: Text) -> Call {
    with_text(call("set_text").arg("listing", listing), text)
}

fn with_text(call: Call, text: Text) -> Call {
    call.arg("name", text.name)
        .arg("summary", text.summary)
        .arg("tags", text.tags)
        .arg("card", (text.card_uri, text.card_digest))
}

/// Publishes the next version of a listing.
pub fn publish_version(
    listing: ListingId,
    content_root: Digest,
    size: u64,
    chunks: u32,
    manifest: Digest,
) -> Call {
    call("publish_version")
        .arg("listing", listing)
        .arg("content_root", content_root)
        .arg("size", size)
        .arg("chunks", chunks)
        .arg("manifest", manifest)
}

/// Says whether a listing is on offer.
pub fn set_status(listing: ListingId, status: OwnerStatus) -> Call {
    call("set_status").arg("listing", listing).arg("status", status)
}

/// Adds an offer; its number is in the event.
pub fn add_offer(listing: ListingId, offer: Offer) -> Call {
    call("add_offer").arg("listing", listing).arg("offer", offer)
}

/// Withdraws an offer. What was bought by it is not touched.
pub fn withdraw_offer(listing: ListingId, offer: OfferId) -> Call {
    call("withdraw_offer").arg("listing", listing).arg("offer", offer)
}

/// Says what a listing derives from; the next version takes it over.
pub fn set_parents(listing: ListingId, parents: Parents) -> Call {
    call("set_parents").arg("listing", listing).arg("parents", parents)
}

/// Sets the least royalty, in millionths, for whoever names the listing as a parent from now on.
pub fn set_min_royalty(listing: ListingId, royalty: u32) -> Call {
    call("set_min_royalty").arg("listing", listing).arg("royalty", royalty)
}

/// Makes a tombstone of a listing, for good.
pub fn retire(listing: ListingId) -> Call {
    call("retire").arg("listing", listing)
}

/// Removes a listing to which nothing refers.
pub fn remove(listing: ListingId) -> Call {
    call("remove").arg("listing", listing)
}

/// Offers a listing to another account, or withdraws that offer.
pub fn offer_transfer(listing: ListingId, to: Option<AccountId>) -> Call {
    call("offer_transfer").arg("listing", listing).arg("to", to)
}

/// Takes a listing that was offered to the signer.
pub fn accept_transfer(listing: ListingId) -> Call {
    call("accept_transfer").arg("listing", listing)
}

/// Reviews a listing with 1 to 5 stars, once for what was paid for; `digest` is that of the text.
pub fn review(listing: ListingId, subject: Subject, stars: u8, digest: Digest) -> Call {
    call("review").arg("listing", listing).arg("subject", subject).arg("stars", stars).arg("digest", digest)
}

/// Answers a review, once; `digest` is that of the text.
pub fn answer(listing: ListingId, review: u32, digest: Digest) -> Call {
    call("answer").arg("listing", listing).arg("review", review).arg("digest", digest)
}
