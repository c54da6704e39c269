//! Shared types and pure rules of Souk.
//!
//! Everything that money depends on lives here as pure functions, so that the runtime, the sidecar, the gateway and
//! the tests run the same code: the Merkle sum tree ([`sumtree`]), what is signed for a call ([`call`]), the exposure
//! rule ([`exposure`]), the draw of audits ([`beacon`]), the verdict rule ([`verdict`]) and the splits ([`split`]); for
//! content, its chunks ([`content`]), the cryptography of the fair exchange ([`exchange`]), the rule that judges a
//! complaint ([`complaint`]), the stages of a purchase ([`purchase`]) and its money ([`deal`]).
//!
//! No FRAME, no floats (but for the `sampler` feature, which the runtime does not enable), no I/O. The bytes are fixed
//! in the encodings page of the design and published as vectors in `docs/vectors/`.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing
    )
)]

extern crate alloc;

pub mod audit;
pub mod batch;
pub mod beacon;
pub mod call;
pub mod close;
pub mod complaint;
pub mod content;
pub mod copy;
pub mod deal;
pub mod emission;
pub mod endpoint;
pub mod exam;
pub mod exchange;
pub mod exposure;
pub mod fetch;
pub mod licence;
pub mod lineage;
pub mod moderation;
pub mod purchase;
pub mod rate;
pub mod rating;
pub mod rewards;
#[cfg(feature = "sampler")]
pub mod sampler;
pub mod spec;
pub mod split;
pub mod sumtree;
pub mod thresholds;
#[cfg(feature = "std")]
pub mod transcript;
pub mod verdict;
pub mod views;

pub use sp_core::{crypto::AccountId32 as AccountId, sr25519};

/// Amount of SOUK in its smallest unit: 10^12 units are one SOUK.
pub type Balance = u128;
/// Number of a block.
pub type BlockNumber = u32;
/// A blake2-256 digest, root or id.
pub type Digest = [u8; 32];
/// Number of a listing, counted from 0 in order of registration.
pub type ListingId = u64;
/// Number of a listing's version, counted from 0.
pub type VersionId = u32;
/// `blake2_256(SCALE(Spec))`.
pub type SpecId = Digest;
/// `blake2_256(SCALE("souk/channel", parent hash, consumer, counter))`: a re-org can't give one id to another channel.
pub type ChannelId = Digest;
/// Id of one settled increment of a channel, see [`call::batch_id`].
pub type BatchId = Digest;
/// Id of a purchase, see [`exchange::purchase_id`].
pub type PurchaseId = Digest;
/// A licence has the id of the purchase that it comes from.
pub type LicenceId = PurchaseId;
/// Number of a listing's offer, counted from 0; never used again.
pub type OfferId = u32;
/// Id of one audit of a batch, see [`beacon::audit_id`].
pub type AuditId = Digest;

/// One SOUK in units.
pub const SOUK: Balance = 1_000_000_000_000;

/// blake2-256 of the concatenation of `parts`.
pub fn hash(parts: &[&[u8]]) -> Digest {
    let mut bytes = alloc::vec::Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    sp_crypto_hashing::blake2_256(&bytes)
}

/// Id of a thing that an account makes: `H(tag ‖ parent_hash ‖ creator ‖ counter_le8)`; like every tag, this one has no
/// length.
pub fn creation_id(tag: &[u8], parent_hash: &Digest, creator: &AccountId, counter: u64) -> Digest {
    hash(&[tag, parent_hash, creator.as_ref(), &counter.to_le_bytes()])
}

/// First 16 bytes of a digest as a little-endian number.
pub fn low_u128(digest: &Digest) -> u128 {
    let (low, _) = digest.split_at(16);
    low.iter().rev().fold(0u128, |acc, byte| (acc << 8) | u128::from(*byte))
}
