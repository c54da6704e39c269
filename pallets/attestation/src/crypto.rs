//! The attestation session key: sr25519 under its own key type, so that a verdict can't be replayed as any other
//! signature of the validator's.

use sp_core::crypto::KeyTypeId;

/// Key type of the attestation session key.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"attn");

/// The sr25519 application crypto of the attestation key.
#[allow(missing_docs)]
pub mod sr25519 {
    mod app {
        use sp_application_crypto::{app_crypto, sr25519};
        app_crypto!(sr25519, super::super::KEY_TYPE);
    }

    sp_application_crypto::with_pair! {
        /// An attestation key pair.
        pub type AuthorityPair = app::Pair;
    }

    /// An attestation signature.
    pub type AuthoritySignature = app::Signature;

    /// A validator's attestation public key.
    pub type AuthorityId = app::Public;
}
