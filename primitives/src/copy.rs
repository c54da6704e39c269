//! A whole copy in memory: what a seller makes and a buyer gets of content that is small enough. Stores that serve large
//! content do the same chunk by chunk.

use crate::{
    complaint::{Complaint, Path},
    content::{self, Builder, Content, CHUNK},
    exchange::{ContentKey, SealedKey, Secret},
    sumtree::{prove, shape, Leaf},
    Digest, PurchaseId,
};
use alloc::vec::Vec;

/// A copy for one purchase.
#[derive(Clone, Debug)]
pub struct WholeCopy {
    /// The purchase.
    pub purchase: PurchaseId,
    /// Its content key.
    pub key: ContentKey,
    /// What was listed.
    pub content: Content,
    /// Leaves of the plain chunks: their digests are the list that is served with the copy.
    pub plain: Vec<Leaf>,
    /// The encrypted chunks.
    pub served: Vec<Vec<u8>>,
    /// Their leaves.
    pub encrypted: Vec<Leaf>,
}

impl WholeCopy {
    /// Encrypts `bytes` for a purchase; `None` when there are none.
    pub fn make(genesis: &Digest, purchase: PurchaseId, key: ContentKey, bytes: &[u8]) -> Option<Self> {
        Self::make_with(genesis, purchase, key, bytes, |_, _| (), |_, _| ())
    }

    /// Like [`Self::make`], but `before` may change a chunk that is encrypted, and `after` what became of it: how a seller
    /// would cheat.
    pub fn make_with(
        genesis: &Digest,
        purchase: PurchaseId,
        key: ContentKey,
        bytes: &[u8],
        before: impl Fn(u32, &mut Vec<u8>),
        after: impl Fn(u32, &mut Vec<u8>),
    ) -> Option<Self> {
        let mut builder = Builder::default();
        let chunks = || bytes.chunks(usize::try_from(CHUNK).unwrap_or(usize::MAX));
        let plain = chunks().map(|chunk| builder.push(chunk)).collect::<Option<Vec<_>>>()?;
        let content = builder.finish()?;
        let cipher = key.cipher(genesis, &purchase, &content.root());
        let encrypt = |(index, chunk): (u32, &[u8])| {
            let mut chunk = chunk.to_vec();
            before(index, &mut chunk);
            cipher.encrypt(index, &mut chunk)?;
            after(index, &mut chunk);
            Some(chunk)
        };
        let served = (0..).zip(chunks()).map(encrypt).collect::<Option<Vec<_>>>()?;
        let encrypted = served.iter().map(|chunk| content::leaf(chunk)).collect();
        Some(WholeCopy { purchase, key, content, plain, served, encrypted })
    }

    /// Root of the encrypted chunks.
    pub fn ciphertext_root(&self) -> Digest {
        shape(&self.encrypted).unwrap_or(crate::sumtree::EMPTY).root
    }

    /// Commitment to its key.
    pub fn commitment(&self) -> Digest {
        self.key.commitment(&self.purchase)
    }

    /// Its key, sealed to the buyer.
    pub fn seal(&self, buyer_key: &Digest, ephemeral: &Secret) -> Option<SealedKey> {
        self.key.seal(&self.purchase, buyer_key, ephemeral)
    }

    /// What a buyer who holds it may complain about a chunk.
    pub fn bad_chunk(&self, secret: [u8; 32], index: u32) -> Option<Complaint> {
        let at = usize::try_from(index).ok()?;
        let path = |leaves: &[Leaf]| Path::try_from(prove(leaves, index)?).ok();
        Some(Complaint::BadChunk {
            secret,
            index,
            ciphertext: self.served.get(at)?.clone().try_into().ok()?,
            ciphertext_proof: path(&self.encrypted)?,
            plaintext_digest: self.plain.get(at)?.digest,
            plaintext_proof: path(&self.plain)?,
        })
    }
}
