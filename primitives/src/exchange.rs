//! The cryptography of the fair exchange: how a copy is encrypted, how its key is committed to and sealed.
//!
//! After FairSwap (Dziembowski, Eckey, Faust, CCS 2018). Each purchase has a random content key of its own, so that
//! publishing it exposes one buyer's copy only. Chunks: ChaCha20-Poly1305, nonce = index, additional data = genesis ‖
//! purchase ‖ content root. The key is sealed to the buyer's one-time X25519 key. Random bytes come from the caller.
//!
//! Secrets are erased when they are dropped, have no `Debug` that would show them, and are compared in constant time.

use crate::{content::TAG, hash, Digest, PurchaseId};
use alloc::vec::Vec;
use chacha20poly1305::{AeadInPlace, ChaCha20Poly1305, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Domain tag of a key's commitment.
pub const KEY_TAG: &[u8] = b"souk/key";
/// Domain tag of the key that wraps a content key.
pub const SEAL_TAG: &[u8] = b"souk/seal";
/// Bytes of a sealed key: ephemeral public key, encrypted key, tag.
pub const SEALED: usize = 80;

/// A sealed content key: ephemeral X25519 public key (32) ‖ encrypted key (32) ‖ tag (16).
pub type SealedKey = [u8; SEALED];

/// The points of small order whose encoding is canonical: the shared secret with any of them is zero.
const LOW_ORDER: [Digest; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
];

/// Why a public key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakKey {
    /// Not the one encoding of its point: at or above 2^255 − 19.
    NonCanonical,
    /// A point of small order: anyone could compute what is shared with it.
    LowOrder,
}

/// Checks a public key before money or a secret depends on it.
pub fn check_public_key(key: &Digest) -> Result<(), WeakKey> {
    // p = 2^255 − 19: in little endian 0xed, 30 times 0xff, 0x7f.
    let [low, middle @ .., high] = key;
    let top = *high >= 0x7f && middle.iter().all(|byte| *byte == 0xff) && *low >= 0xed;
    if *high > 0x7f || top {
        return Err(WeakKey::NonCanonical);
    }
    if LOW_ORDER.contains(key) {
        return Err(WeakKey::LowOrder);
    }
    Ok(())
}

/// An X25519 secret.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Secret(Zeroizing::new(bytes))
    }

    /// Its public key.
    pub fn public_key(&self) -> Digest {
        x25519_dalek::x25519(*self.0, x25519_dalek::X25519_BASEPOINT_BYTES)
    }

    /// What it shares with a public key; `None` when that is zero.
    fn shared(&self, public_key: &Digest) -> Option<Zeroizing<[u8; 32]>> {
        let shared = Zeroizing::new(x25519_dalek::x25519(*self.0, *public_key));
        (!bool::from(shared.ct_eq(&[0; 32]))).then_some(shared)
    }

    /// Whether it is the secret of a public key.
    pub fn opens(&self, public_key: &Digest) -> bool {
        self.public_key().ct_eq(public_key).into()
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The key of one purchase's copy.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<[u8; 32]>);

impl core::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

impl ContentKey {
    /// From 32 random bytes. Store it before the first byte of the copy is served, and never use it twice.
    pub fn new(bytes: [u8; 32]) -> Self {
        ContentKey(Zeroizing::new(bytes))
    }

    /// The key's bytes, for its owner's store.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// `blake2_256("souk/key" ‖ purchase ‖ K)`.
    pub fn commitment(&self, purchase: &PurchaseId) -> Digest {
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_TAG.len().saturating_add(64)));
        for part in [KEY_TAG, &purchase[..], &self.0[..]] {
            bytes.extend_from_slice(part);
        }
        sp_crypto_hashing::blake2_256(&bytes)
    }

    /// Seals the key to the buyer's public key. `ephemeral` is used this once. `None` when the buyer's key shares only
    /// zero, or the cipher refuses.
    pub fn seal(&self, purchase: &PurchaseId, buyer_key: &Digest, ephemeral: &Secret) -> Option<SealedKey> {
        let ephemeral_key = ephemeral.public_key();
        let shared = ephemeral.shared(buyer_key)?;
        let wrap = wrap_cipher(purchase, &shared, &ephemeral_key, buyer_key);
        let mut body = self.0.clone();
        let data = seal_data(purchase, &self.commitment(purchase));
        let tag = wrap.encrypt_in_place_detached(&Default::default(), &data, &mut body[..]).ok()?;
        let mut sealed = [0; SEALED];
        let parts = ephemeral_key.iter().chain(body.iter()).chain(tag.iter());
        sealed.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Some(sealed)
    }

    /// The cipher of a copy's chunks.
    pub fn cipher(&self, genesis: &Digest, purchase: &PurchaseId, content_root: &Digest) -> ChunkCipher {
        let mut data = [0; 96];
        let parts = genesis.iter().chain(purchase).chain(content_root);
        data.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        ChunkCipher { cipher: ChaCha20Poly1305::new((&*self.0).into()), data }
    }
}

/// The ephemeral public key of a sealed key.
pub fn ephemeral_key(sealed: &SealedKey) -> Digest {
    let mut key = [0; 32];
    key.iter_mut().zip(sealed).for_each(|(to, from)| *to = *from);
    key
}

/// Opens a sealed key. `None` when the shared secret is zero, the seal does not open, or the key in it breaks the
/// commitment: each of them is the seller's fault.
pub fn unseal(
    sealed: &SealedKey,
    purchase: &PurchaseId,
    commitment: &Digest,
    secret: &Secret,
) -> Option<ContentKey> {
    let ephemeral_key = ephemeral_key(sealed);
    let shared = secret.shared(&ephemeral_key)?;
    let wrap = wrap_cipher(purchase, &shared, &ephemeral_key, &secret.public_key());
    let mut body = Zeroizing::new([0; 32]);
    body.iter_mut().zip(sealed.iter().skip(32)).for_each(|(to, from)| *to = *from);
    let mut tag = chacha20poly1305::Tag::default();
    tag.iter_mut().zip(sealed.iter().skip(64)).for_each(|(to, from)| *to = *from);
    let data = seal_data(purchase, commitment);
    wrap.decrypt_in_place_detached(&Default::default(), &data, &mut body[..], &tag).ok()?;
    let key = ContentKey(body);
    bool::from(key.commitment(purchase).ct_eq(commitment)).then_some(key)
}

fn wrap_cipher(
    purchase: &PurchaseId,
    shared: &[u8; 32],
    ephemeral_key: &Digest,
    buyer_key: &Digest,
) -> ChaCha20Poly1305 {
    let mut bytes = Zeroizing::new(Vec::with_capacity(SEAL_TAG.len().saturating_add(128)));
    for part in [SEAL_TAG, &purchase[..], &shared[..], &ephemeral_key[..], &buyer_key[..]] {
        bytes.extend_from_slice(part);
    }
    let wrap = Zeroizing::new(sp_crypto_hashing::blake2_256(&bytes));
    ChaCha20Poly1305::new((&*wrap).into())
}

fn seal_data(purchase: &PurchaseId, commitment: &Digest) -> [u8; 64] {
    let mut data = [0; 64];
    data.iter_mut().zip(purchase.iter().chain(commitment)).for_each(|(to, from)| *to = *from);
    data
}

/// Encrypts and decrypts the chunks of one purchase's copy.
pub struct ChunkCipher {
    cipher: ChaCha20Poly1305,
    data: [u8; 96],
}

/// Chunk `index` as a nonce: 12 bytes, little endian.
fn nonce(index: u32) -> chacha20poly1305::Nonce {
    let mut nonce = chacha20poly1305::Nonce::default();
    nonce.iter_mut().zip(index.to_le_bytes()).for_each(|(to, from)| *to = from);
    nonce
}

impl ChunkCipher {
    /// Encrypts a chunk in place: its bytes, then 16 of the tag. `None` when the cipher refuses (never for a chunk).
    pub fn encrypt(&self, index: u32, chunk: &mut Vec<u8>) -> Option<()> {
        let tag = self.cipher.encrypt_in_place_detached(&nonce(index), &self.data, chunk).ok()?;
        chunk.extend_from_slice(&tag);
        Some(())
    }

    /// Decrypts a chunk in place. `None` when it is not what this key encrypted at this index; the bytes are worthless
    /// then.
    pub fn decrypt(&self, index: u32, chunk: &mut Vec<u8>) -> Option<()> {
        let tag_bytes = usize::try_from(TAG).ok()?;
        let tag = chunk.split_off(chunk.len().checked_sub(tag_bytes)?);
        let tag = chacha20poly1305::Tag::from_slice(&tag);
        self.cipher.decrypt_in_place_detached(&nonce(index), &self.data, chunk, tag).ok()
    }
}

/// Id of a purchase: see [`crate::creation_id`]; the creator is the buyer.
pub fn purchase_id(parent_hash: &Digest, buyer: &crate::AccountId, counter: u64) -> PurchaseId {
    crate::creation_id(b"souk/purchase", parent_hash, buyer, counter)
}

/// What a buyer signs to fetch from a purchase's copy: see [`crate::fetch::Fetch`].
pub fn purchase_resource(purchase: &PurchaseId) -> Digest {
    hash(&[b"souk/copy", purchase])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PURCHASE: PurchaseId = [9; 32];

    #[test]
    fn low_order_points_should_share_only_zero() {
        for point in LOW_ORDER {
            assert_eq!(check_public_key(&point), Err(WeakKey::LowOrder));
            for seed in 0..8u8 {
                assert!(Secret::new([seed; 32]).shared(&point).is_none());
            }
        }
    }

    #[test]
    fn non_canonical_encodings_should_be_refused() {
        let mut prime = [0xff; 32];
        (prime[0], prime[31]) = (0xed, 0x7f);
        for low in 0xed..=0xff {
            assert_eq!(
                check_public_key(&{
                    let mut key = prime;
                    key[0] = low;
                    key
                }),
                Err(WeakKey::NonCanonical)
            );
        }
        // A low-order point and an honest one, with the bit set that X25519 ignores.
        for mut key in [LOW_ORDER[2], Secret::new([1; 32]).public_key()] {
            key[31] |= 0x80;
            assert_eq!(check_public_key(&key), Err(WeakKey::NonCanonical));
        }
        // The largest honest u is not the largest canonical one: p − 1 has low order, p − 2 may pass.
        (prime[0], prime[31]) = (0xeb, 0x7f);
        assert_eq!(check_public_key(&prime), Ok(()));
    }

    #[test]
    fn secrets_should_not_show_in_logs() {
        assert_eq!(
            format!("{:?} {:?}", Secret::new([7; 32]), ContentKey::new([7; 32])),
            "Secret(..) ContentKey(..)"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn honest_keys_should_pass(seed: [u8; 32]) {
            prop_assert_eq!(check_public_key(&Secret::new(seed).public_key()), Ok(()));
        }

        #[test]
        fn buyer_should_open_what_was_sealed_to_it_and_nobody_else(key: [u8; 32], buyer: [u8; 32], other: [u8; 32], ephemeral: [u8; 32], bit in 0usize..SEALED * 8) {
            let key = ContentKey::new(key);
            let (buyer, other) = (Secret::new(buyer), Secret::new(other));
            let commitment = key.commitment(&PURCHASE);
            let sealed = key.seal(&PURCHASE, &buyer.public_key(), &Secret::new(ephemeral)).unwrap();
            let opened = unseal(&sealed, &PURCHASE, &commitment, &buyer);
            prop_assert_eq!(opened.map(|key| *key.expose()), Some(*key.expose()));
            if buyer.public_key() != other.public_key() {
                prop_assert!(unseal(&sealed, &PURCHASE, &commitment, &other).is_none());
            }
            prop_assert!(unseal(&sealed, &[8; 32], &commitment, &buyer).is_none());
            prop_assert!(unseal(&sealed, &PURCHASE, &[8; 32], &buyer).is_none());
            // Bit 255 of the ephemeral key is ignored by X25519, not by the wrap key.
            let mut flipped = sealed;
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(unseal(&flipped, &PURCHASE, &commitment, &buyer).is_none());
        }

        #[test]
        fn chunk_should_open_at_its_index_only(key: [u8; 32], index: u32, other: u32, chunk in prop::collection::vec(any::<u8>(), 1..300), pick in any::<prop::sample::Index>()) {
            let cipher = ContentKey::new(key).cipher(&[1; 32], &PURCHASE, &[2; 32]);
            let mut sealed = chunk.clone();
            cipher.encrypt(index, &mut sealed).unwrap();
            prop_assert_eq!(sealed.len(), chunk.len() + TAG as usize);
            let mut opened = sealed.clone();
            cipher.decrypt(index, &mut opened).unwrap();
            prop_assert_eq!(&opened, &chunk);
            if other != index {
                prop_assert!(cipher.decrypt(other, &mut sealed.clone()).is_none());
            }
            for data in [([0; 32], PURCHASE, [2; 32]), ([1; 32], [0; 32], [2; 32]), ([1; 32], PURCHASE, [0; 32])] {
                let foreign = ContentKey::new(key).cipher(&data.0, &data.1, &data.2);
                prop_assert!(foreign.decrypt(index, &mut sealed.clone()).is_none());
            }
            let mut flipped = sealed.clone();
            flipped[pick.index(sealed.len())] ^= 1;
            prop_assert!(cipher.decrypt(index, &mut flipped).is_none());
            prop_assert!(cipher.decrypt(index, &mut sealed[..TAG as usize - 1].to_vec()).is_none());
        }
    }
}
