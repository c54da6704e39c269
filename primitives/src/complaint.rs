//! Complaints: a buyer's proof that the key that was revealed does not give the listed bytes, and the one rule that
//! judges it. The runtime, the CLI and the sidecar run the same [`judge`].

use crate::{
    content::{self, Content, CHUNK, MAX_PATH, TAG},
    exchange::{unseal, SealedKey, Secret},
    sumtree::{verify, Leaf, Node},
    Digest, PurchaseId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32};

/// The largest encrypted chunk, in bytes.
pub const MAX_CIPHERTEXT: u32 = CHUNK.saturating_add(TAG);

/// An encrypted chunk.
pub type Ciphertext = BoundedVec<u8, ConstU32<MAX_CIPHERTEXT>>;
/// Siblings from a leaf to the root of a content's tree.
pub type Path = BoundedVec<Node, ConstU32<MAX_PATH>>;

/// What a buyer shows. The secret is that of its one-time key, good for this purchase only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Complaint {
    /// The sealed key does not open, or opens to a key that breaks the commitment.
    BadSeal {
        /// Secret of the buyer's key.
        secret: [u8; 32],
    },
    /// A chunk has the wrong length, does not decrypt, or decrypts to other bytes than were listed.
    BadChunk {
        /// Secret of the buyer's key.
        secret: [u8; 32],
        /// Which chunk.
        index: u32,
        /// Its ciphertext, as it was served.
        ciphertext: Ciphertext,
        /// Its path in the tree of the ciphertext.
        ciphertext_proof: Path,
        /// Digest of the plain chunk, from the list that the seller served.
        plaintext_digest: Digest,
        /// Its path in the tree of the listed content.
        plaintext_proof: Path,
    },
}

/// What both sides agreed on: all that a complaint is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// The purchase.
    pub purchase: PurchaseId,
    /// What was listed.
    pub content: Content,
    /// Root of the tree over the encrypted chunks, as the buyer accepted it.
    pub ciphertext_root: Digest,
    /// Commitment to the content key, as the buyer accepted it.
    pub key_commitment: Digest,
    /// The buyer's one-time key.
    pub buyer_key: Digest,
    /// What the seller revealed.
    pub sealed_key: SealedKey,
}

/// What the seller did wrong.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Fault {
    /// The seal gives no key that fits the commitment.
    Seal,
    /// The chunk's ciphertext has another length than its plain chunk and a tag.
    Length,
    /// The chunk does not decrypt.
    Tag,
    /// The chunk decrypts to other bytes than were listed.
    Bytes,
}

/// What becomes of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The seller cheated.
    Upheld(Fault),
    /// The buyer got what it bought.
    Disproved,
    /// It proves nothing, either way: an index out of range, or a path that does not lead to a root.
    Malformed,
    /// The secret is not that of the buyer's key.
    WrongSecret,
}

/// Judges a complaint.
pub fn judge(exchange: &Exchange, complaint: &Complaint) -> Judgement {
    let secret = match complaint {
        Complaint::BadSeal { secret } | Complaint::BadChunk { secret, .. } => Secret::new(*secret),
    };
    if !secret.opens(&exchange.buyer_key) {
        return Judgement::WrongSecret;
    }
    let Exchange { genesis, purchase, content, key_commitment, .. } = exchange;
    let Some(key) = unseal(&exchange.sealed_key, purchase, key_commitment, &secret) else {
        return Judgement::Upheld(Fault::Seal);
    };
    let Complaint::BadChunk {
        index, ciphertext, ciphertext_proof, plaintext_digest, plaintext_proof, ..
    } = complaint
    else {
        return Judgement::Disproved;
    };
    let Some(length) = content.chunk_length(*index) else { return Judgement::Malformed };
    let listed = Leaf { digest: *plaintext_digest, amount: length.into() };
    let served = content::leaf(ciphertext);
    let encrypted = content.encrypted(exchange.ciphertext_root);
    let paths_lead_there = verify(&content.plain(), *index, &listed, plaintext_proof).is_ok()
        && verify(&encrypted, *index, &served, ciphertext_proof).is_ok();
    if !paths_lead_there {
        return Judgement::Malformed;
    }
    if served.amount != listed.amount.saturating_add(TAG.into()) {
        return Judgement::Upheld(Fault::Length);
    }
    let mut bytes = ciphertext.to_vec();
    if key.cipher(genesis, purchase, &content.root()).decrypt(*index, &mut bytes).is_none() {
        return Judgement::Upheld(Fault::Tag);
    }
    if sp_crypto_hashing::blake2_256(&bytes) != *plaintext_digest {
        return Judgement::Upheld(Fault::Bytes);
    }
    Judgement::Disproved
}

#[cfg(test)]
#[path = "complaint_tests.rs"]
mod tests;
