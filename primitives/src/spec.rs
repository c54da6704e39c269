//! A spec makes a listed model version runnable and checkable.

use crate::{verdict::Thresholds, Digest, ListingId, SpecId, VersionId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What is allowed to differ between two honest runs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum NumericClass {
    /// Weights dequantised to, and arithmetic in, 32-bit floats.
    F32,
    /// bfloat16 activations.
    Bf16,
    /// Quantised activations, as in GGUF kernels.
    Q8Activations,
}

impl NumericClass {
    /// Share of tokens, per mille, that an honest answer of this class practically always has in common with the
    /// verifier's own choice. Less never slashes: it only has the provider's next batches audited for certain.
    pub fn least_exact(self) -> u32 {
        match self {
            NumericClass::F32 => 950,
            NumericClass::Bf16 => 920,
            NumericClass::Q8Activations => 850,
        }
    }
}

/// How tokens are chosen.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Sampler {
    /// Gumbel noise from ChaCha8 under the call's seed.
    V1,
}

/// A runnable, checkable form of a listed version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spec {
    /// Listing of the model.
    pub listing: ListingId,
    /// Its version.
    pub version: VersionId,
    /// Digest of the manifest: weights, tokenizer, template, stop tokens.
    pub manifest_digest: Digest,
    /// What may differ.
    pub numeric_class: NumericClass,
    /// How tokens are chosen.
    pub sampler: Sampler,
    /// Most tokens of prompt and answer together.
    pub max_context: u32,
    /// Thresholds of the verdict rule.
    pub thresholds: Thresholds,
}

impl Spec {
    /// `SpecId = H(SCALE(Spec))`.
    pub fn id(&self) -> SpecId {
        sp_crypto_hashing::blake2_256(&self.encode())
    }
}
