//! What a provider hands to a committee member: everything that is needed to check one call.

use crate::{
    call::{receipt_leaf, tokens_digest, vector_digest, CallBody, Receipt, Request, Signed},
    sumtree::{self, Node, ProofError, Shape},
    Balance, Digest,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};

/// The answer itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// Generated token ids.
    Tokens(Vec<u32>),
    /// An embedding: the bits of its f32 values.
    Vector(Vec<u32>),
}

impl Answer {
    /// What the receipt's `response_digest` must be.
    pub fn digest(&self) -> Digest {
        match self {
            Answer::Tokens(ids) => tokens_digest(ids),
            Answer::Vector(bits) => vector_digest(bits.iter().copied()),
        }
    }
}

/// One call with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transcript {
    /// The consumer's order.
    pub request: Request,
    /// Its signature by the voucher key.
    pub request_signature: [u8; 64],
    /// The provider's receipt.
    pub receipt: Receipt,
    /// Its signature by the receipt key.
    pub receipt_signature: [u8; 64],
    /// Index of the receipt's leaf.
    pub index: u32,
    /// Proof of the leaf.
    pub proof: Vec<Node>,
    /// The content of the request.
    pub body: CallBody,
    /// The content of the answer.
    pub answer: Answer,
}

/// Why a transcript does not open the committed point: the same as handing over nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The leaf or its proof.
    Proof(ProofError),
    /// The body is not the one that the request signs.
    Body,
    /// The answer is not the one that the receipt signs.
    Answer,
    /// A signature does not fit its key.
    Signature,
}

impl Transcript {
    /// Checks that this opens `point` of the tree: leaf, proof, body, answer and both signatures.
    pub fn opens(
        &self,
        shape: &Shape,
        point: Balance,
        voucher_key: &sp_core::sr25519::Public,
        receipt_key: &sp_core::sr25519::Public,
    ) -> Result<(), NotOpened> {
        let leaf = receipt_leaf(&self.request, &self.receipt);
        sumtree::verify_point(shape, self.index, &leaf, &self.proof, point).map_err(NotOpened::Proof)?;
        if self.body.digest() != self.request.request_digest {
            return Err(NotOpened::Body);
        }
        if self.answer.digest() != self.receipt.response_digest {
            return Err(NotOpened::Answer);
        }
        let request = sp_core::sr25519::Signature::from_raw(self.request_signature);
        let receipt = sp_core::sr25519::Signature::from_raw(self.receipt_signature);
        let signed = verify(&request, &self.request.signing_payload(), voucher_key)
            && verify(&receipt, &self.receipt.signing_payload(), receipt_key);
        signed.then_some(()).ok_or(NotOpened::Signature)
    }
}

fn verify(signature: &sp_core::sr25519::Signature, payload: &[u8], key: &sp_core::sr25519::Public) -> bool {
    <sp_core::sr25519::Pair as sp_core::Pair>::verify(signature, payload, key)
}
