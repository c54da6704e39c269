//! Calls of the listings pallet.

use super::Call;
use codec::Encode;
use souk_primitives::{views::ListingKind, Digest, ListingId};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum OwnerStatus {
    /// On offer.
    Active,
    /// Taken off for now.
    Paused,
    /// Given up; what was sold lives on.
    Deprecated,
}

fn call(name: &'static str) -> Call {
    Call::new("Listings", name)
}

/// Registers a listing; its number is in the event.
pub fn register(kind: ListingKind, text: Text) -> Call {
    call("register")
        .arg("kind", kind)
        .arg("name", text.name)
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
