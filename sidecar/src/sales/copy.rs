//! Making a copy: once in full, to know what to promise, and then any part of it, as it is fetched.

use super::{
    vault::{Copy, Piece, Vault, VaultError},
    SaleError,
};
use crate::{
    adversary::{self, Cheat},
    blocking,
    store::{
        tree::{self, segments_of, CHUNKS},
        Store,
    },
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use souk_primitives::{
    content::{self, Content, CHUNK, TAG},
    exchange::ChunkCipher,
    sumtree::{Leaf, Proof, Spine},
    Digest, PurchaseId,
};
use std::{ops::Range, sync::Arc};

/// Segments in memory while a copy is gone through.
const AT_ONCE: usize = 2;
/// Segments that are noted at once: what a crash costs.
const NOTED: usize = 16;
/// Bytes of an encrypted chunk, but for the last one.
const STRIDE: u64 = (CHUNK + TAG) as u64;

/// Bytes of a whole copy.
pub fn length_of(content: &Content) -> u64 {
    content.size() + u64::from(content.chunks()) * u64::from(TAG)
}

/// What copies are made from.
#[derive(Clone)]
pub struct Copier {
    /// Contents.
    pub store: Arc<Store>,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// How this seller cheats: not at all, but in the test-suite.
    pub cheat: Cheat,
}

/// One chunk as it is served; `None` when the cipher refuses (never for a chunk).
fn encrypt(cheat: Cheat, cipher: &ChunkCipher, index: u32, plain: &[u8]) -> Option<Vec<u8>> {
    let mut chunk = Vec::with_capacity(plain.len() + TAG as usize);
    chunk.extend_from_slice(plain);
    adversary::before_encryption(cheat, index, &mut chunk);
    cipher.encrypt(index, &mut chunk)?;
    adversary::after_encryption(cheat, index, &mut chunk);
    Some(chunk)
}

fn piece(cheat: Cheat, cipher: &ChunkCipher, first: u32, plain: &[u8]) -> Option<Piece> {
    let leaves = (first..)
        .zip(plain.chunks(CHUNK as usize))
        .map(|(index, chunk)| encrypt(cheat, cipher, index, chunk).map(|chunk| content::leaf(&chunk)))
        .collect::<Option<Vec<Leaf>>>()?;
    Some(Piece { node: tree::node(&leaves)?, digests: leaves.iter().map(|leaf| leaf.digest).collect() })
}

impl Copier {
    fn cipher(&self, purchase: &PurchaseId, copy: &Copy) -> ChunkCipher {
        copy.key.cipher(&self.genesis, purchase, &copy.content.root())
    }

    /// Goes through a copy, on from where it was left, and gives its root.
    pub async fn prepare(&self, purchase: PurchaseId, copy: &Copy) -> Result<Digest, SaleError> {
        if let Some(root) = copy.ciphertext_root {
            return Ok(root);
        }
        let cipher = Arc::new(self.cipher(&purchase, copy));
        let (content, cheat) = (copy.content, self.cheat);
        let done = self.vault.with(move |vault| vault.done(&purchase)).await?;
        let pieces = futures::stream::iter(done..segments_of(&content))
            .map(|at| {
                let cipher = cipher.clone();
                async move {
                    let plain = self.store.segment(&content, at).await?;
                    blocking::aside(move || piece(cheat, &cipher, at * CHUNKS, &plain))
                        .await
                        .ok_or(SaleError::Cipher)
                }
            })
            .buffered(AT_ONCE);
        let mut batches = std::pin::pin!(pieces.chunks(NOTED));
        let mut from = done;
        while let Some(batch) = batches.next().await {
            let batch = batch.into_iter().collect::<Result<Vec<Piece>, _>>()?;
            let count = batch.len() as u32;
            self.vault.with(move |vault| vault.append(&purchase, from, &batch)).await?;
            from += count;
        }
        let root = self.root(purchase, content).await?;
        self.vault.with(move |vault| vault.finish(&purchase, &root)).await?;
        Ok(root)
    }

    /// Root over the digests that were noted.
    async fn root(&self, purchase: PurchaseId, content: Content) -> Result<Digest, SaleError> {
        let root = move |vault: &Vault| {
            let mut spine = Spine::default();
            for at in 0..segments_of(&content) {
                let piece = vault.piece(&purchase, at)?.ok_or(VaultError::Corrupt("piece"))?;
                for leaf in leaves(&content, at, &piece) {
                    spine.push(leaf).ok_or(VaultError::Corrupt("piece"))?;
                }
            }
            let shape = spine.shape().filter(|shape| content.encrypted(shape.root) == *shape);
            Ok(shape.ok_or(VaultError::Corrupt("piece"))?.root)
        };
        Ok(self.vault.with(root).await?)
    }

    /// A range of the list of the encrypted chunks' digests, in bytes.
    pub fn digests(
        &self,
        purchase: PurchaseId,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, SaleError>> {
        let vault = self.vault.clone();
        let per_piece = u64::from(CHUNKS) * 32;
        async_stream::try_stream! {
            let mut at = range.start;
            while at < range.end {
                let index = (at / per_piece) as u32;
                let piece = vault.with(move |vault| vault.piece(&purchase, index)).await?;
                let bytes = Bytes::from(piece.ok_or(VaultError::Corrupt("piece"))?.digests.concat());
                let from = (at % per_piece) as usize;
                let to = bytes.len().min(from + (range.end - at) as usize);
                if from >= to {
                    Err(VaultError::Corrupt("piece"))?;
                }
                at += (to - from) as u64;
                yield bytes.slice(from..to);
            }
        }
    }

    /// A range of the copy, in bytes: one encrypted chunk after the other. Each is checked against the digest that was
    /// promised for it before it leaves: what a disk has changed breaks the stream off.
    pub fn bytes(
        &self,
        purchase: PurchaseId,
        copy: &Copy,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, SaleError>> + Send {
        let (copier, cipher, content) = (self.clone(), self.cipher(&purchase, copy), copy.content);
        async_stream::try_stream! {
            let mut at = range.start;
            while at < range.end {
                let first = (at / STRIDE) as u32;
                let segment = first / CHUNKS;
                let last = ((range.end - 1) / STRIDE).min(u64::from(segment * CHUNKS + CHUNKS - 1)) as u32;
                let plain = copier.plain(&content, first..=last).await?;
                let piece = copier.vault.with(move |vault| vault.piece(&purchase, segment)).await?;
                let piece = piece.ok_or(VaultError::Corrupt("piece"))?;
                for (index, chunk) in (first..=last).zip(plain.chunks(CHUNK as usize)) {
                    let chunk = encrypt(copier.cheat, &cipher, index, chunk).ok_or(SaleError::Cipher)?;
                    let promised = piece.digests.get((index % CHUNKS) as usize);
                    if promised != Some(&content::leaf(&chunk).digest) {
                        Err(SaleError::Damaged(index))?;
                    }
                    let start = u64::from(index) * STRIDE;
                    let end = (start + chunk.len() as u64).min(range.end);
                    let cut = (at - start) as usize..(end - start) as usize;
                    at = end;
                    yield Bytes::from(chunk).slice(cut);
                }
            }
        }
    }

    /// Plain chunks of one segment, not checked.
    async fn plain(
        &self,
        content: &Content,
        chunks: std::ops::RangeInclusive<u32>,
    ) -> Result<Bytes, SaleError> {
        let segment = chunks.start() / CHUNKS;
        let start = u64::from(chunks.start() % CHUNKS) * u64::from(CHUNK);
        let end = (u64::from(chunks.end() % CHUNKS) + 1) * u64::from(CHUNK);
        let end = end.min(tree::length_of(content, segment));
        Ok(self.store.part_of_segment(content, segment, start..end).await?)
    }

    /// One encrypted chunk with its proof; `None` when there is none of that index.
    pub async fn chunk(
        &self,
        purchase: PurchaseId,
        copy: &Copy,
        index: u32,
    ) -> Result<Option<(Bytes, Proof)>, SaleError> {
        let content = copy.content;
        let Some(length) = content.chunk_length(index) else { return Ok(None) };
        let start = u64::from(index) * STRIDE;
        let mut bytes = std::pin::pin!(self.bytes(purchase, copy, start..start + u64::from(length + TAG)));
        let chunk = bytes.next().await.ok_or(SaleError::Cipher)??;
        let at = index / CHUNKS;
        let prove = move |vault: &Vault| {
            let piece = vault.piece(&purchase, at)?.ok_or(VaultError::Corrupt("piece"))?;
            let proof = tree::prove(&leaves(&content, at, &piece), vault.nodes(&purchase)?, index);
            proof.ok_or(VaultError::Corrupt("piece"))
        };
        Ok(Some((chunk, self.vault.with(prove).await?)))
    }
}

/// Leaves of the encrypted chunks of the segment at `at`.
fn leaves(content: &Content, at: u32, piece: &Piece) -> Vec<Leaf> {
    (at * CHUNKS..)
        .zip(&piece.digests)
        .map_while(|(index, digest)| {
            let length = content.chunk_length(index)?;
            Some(Leaf { digest: *digest, amount: (length + TAG).into() })
        })
        .collect()
}
