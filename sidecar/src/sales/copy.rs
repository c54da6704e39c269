//! Making a copy: once in full, to know what to promise, and then any part of it, as it is fetched.

use super::{
    pieces::{Pieces, PiecesError},
    vault::{Copy, Vault},
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
use futures::{Stream, StreamExt, TryStreamExt};
use souk_primitives::{
    content::{self, Content, CHUNK, TAG},
    exchange::ChunkCipher,
    sumtree::Proof,
    AccountId, Digest, PurchaseId,
};
use std::{ops::Range, sync::Arc};

/// Segments in memory while a copy is gone through.
const AT_ONCE: usize = 2;
/// Segments that are noted at once: what a crash costs.
const NOTED: u32 = 16;
/// Bytes of digests that are read at once.
const LISTED: u64 = 64 << 10;
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
    /// Digests of copies.
    pub pieces: Arc<Pieces>,
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

/// Digests of the encrypted chunks of a segment that begins with chunk `first`.
fn digests(cheat: Cheat, cipher: &ChunkCipher, first: u32, plain: &[u8]) -> Option<Vec<Digest>> {
    (first..)
        .zip(plain.chunks(CHUNK as usize))
        .map(|(index, chunk)| Some(content::leaf(&encrypt(cheat, cipher, index, chunk)?).digest))
        .collect()
}

impl Copier {
    fn cipher(&self, purchase: &PurchaseId, copy: &Copy) -> ChunkCipher {
        copy.key.cipher(&self.genesis, purchase, &copy.content.root())
    }

    /// Works on the digests away from the async threads.
    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Pieces) -> Result<R, PiecesError> + Send + 'static,
    ) -> Result<R, SaleError> {
        let pieces = self.pieces.clone();
        Ok(blocking::aside(move || work(&pieces)).await?)
    }

    /// How many segments of a copy were gone through; `None` when all of it is there.
    pub async fn begun(&self, purchase: PurchaseId, copy: &Copy) -> Result<Option<u32>, SaleError> {
        let (content, noted, promised) = (copy.content, copy.done, copy.ciphertext_root.is_some());
        self.with(move |pieces| {
            if promised && pieces.is_whole(&purchase, &content) {
                return Ok(None);
            }
            // What was noted may be lost, and what is there may not have been noted.
            Ok(Some(pieces.segments(&purchase)?.min(noted)))
        })
        .await
    }

    /// Goes through the next segments of a buyer's copy after the first `done` ones. Gives how many are done then.
    pub async fn go_on(
        &self,
        purchase: PurchaseId,
        buyer: &AccountId,
        copy: &Copy,
        done: u32,
    ) -> Result<u32, SaleError> {
        let cipher = Arc::new(self.cipher(&purchase, copy));
        let (content, cheat) = (copy.content, self.cheat);
        let next = done.saturating_add(NOTED).min(segments_of(&content));
        let buyer = buyer.clone();
        self.with(move |pieces| pieces.reserve(&purchase, &buyer, &content, next)).await?;
        let found: Vec<Vec<Digest>> = futures::stream::iter(done..next)
            .map(|at| {
                let cipher = cipher.clone();
                async move {
                    let plain = self.store.segment(&content, at).await?;
                    blocking::aside(move || digests(cheat, &cipher, at * CHUNKS, &plain))
                        .await
                        .ok_or(SaleError::Cipher)
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        self.with(move |pieces| pieces.append(&purchase, done, &found.concat())).await?;
        self.vault.with(move |vault| vault.went(&purchase, next)).await?;
        Ok(next)
    }

    /// All segments of a copy were gone through: its root, which stays it.
    pub async fn finish(&self, purchase: PurchaseId, copy: &Copy) -> Result<Digest, SaleError> {
        let content = copy.content;
        let root = self.with(move |pieces| pieces.finish(&purchase, &content)).await?;
        self.vault.with(move |vault| vault.finish(&purchase, &root)).await?;
        Ok(root)
    }

    /// Erases what is kept of a copy.
    pub async fn erase(&self, purchase: PurchaseId) -> Result<(), SaleError> {
        self.with(move |pieces| pieces.erase(&purchase)).await
    }

    /// A range of the list of the encrypted chunks' digests, in bytes.
    pub fn digests(
        &self,
        purchase: PurchaseId,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, SaleError>> {
        let copier = self.clone();
        async_stream::try_stream! {
            let mut at = range.start;
            while at < range.end {
                let part = at..range.end.min(at.saturating_add(LISTED));
                at = part.end;
                yield Bytes::from(copier.with(move |pieces| pieces.digests(&purchase, part)).await?);
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
                let promised = copier.with(move |pieces| pieces.of_chunks(&purchase, first..last + 1)).await?;
                let chunks = plain.chunks(CHUNK as usize).zip(promised);
                for (index, (chunk, promised)) in (first..=last).zip(chunks) {
                    let chunk = encrypt(copier.cheat, &cipher, index, chunk).ok_or(SaleError::Cipher)?;
                    if promised != content::leaf(&chunk).digest {
                        // If it is the segment, the store says so, and asks for it again.
                        copier.store.segment(&content, segment).await?;
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
        let proof = self.with(move |pieces| pieces.proof(&purchase, &content, index)).await?;
        Ok(Some((chunk, proof)))
    }
}
