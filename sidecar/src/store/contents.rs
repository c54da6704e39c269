//! Contents in and out. Lists of digests travel as streams: that of the largest content has 2 GiB.

use super::{
    content_path,
    index::{GOING, PARTS, THERE},
    tree::Names,
    Put, Store, StoreError,
};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::{buffered::BufWriter, GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use souk_primitives::{content::Content, Digest};
use std::{future::Future, ops::Range, sync::atomic::Ordering};
use tokio::io::AsyncWriteExt;

/// Bytes before the digests: the size.
const HEAD: u64 = 8;
/// Bytes of a part of a large list, as S3 takes it: at least 5 MiB, and at most 10,000 of them.
const PART: usize = 6 << 20;

/// The digests of a content's chunks, as they are brought.
pub type Brought<'a> = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send + 'a>>;

/// Cuts a stream of bytes into digests and notes which segments they make.
struct Reader<'a> {
    store: &'a Store,
    root: Digest,
    names: Names,
    /// Bytes of a digest whose rest has not come yet.
    rest: BytesMut,
    /// Segments that are not noted yet, and how many are.
    found: Vec<Digest>,
    noted: u32,
}

impl<'a> Reader<'a> {
    fn new(store: &'a Store, content: Content) -> Self {
        let (names, found) = (Names::new(content), Vec::with_capacity(PARTS));
        Self { store, root: content.root(), names, rest: BytesMut::new(), found, noted: 0 }
    }

    async fn take(&mut self, bytes: &Bytes) -> Result<(), StoreError> {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() / 32 * 32;
        let digests = self.rest.split_to(whole);
        for digest in digests.as_chunks::<32>().0 {
            let found = self.names.push(*digest).map_err(|_| StoreError::NotTheContent)?;
            self.found.extend(found);
            if self.found.len() >= PARTS {
                self.note().await?;
            }
        }
        Ok(())
    }

    async fn note(&mut self) -> Result<(), StoreError> {
        let (root, from, found) = (self.root, self.noted, std::mem::take(&mut self.found));
        self.noted += found.len() as u32;
        self.store.with(move |index| index.add_parts(&root, from, &found)).await
    }

    /// Whether the digests were the content's, and all of its segments are there.
    async fn finish(mut self) -> Result<(), StoreError> {
        self.note().await?;
        if !self.rest.is_empty() || self.names.finish().is_err() {
            return Err(StoreError::NotTheContent);
        }
        let root = self.root;
        let missing = self.store.with(move |index| index.missing_of(&root)).await?;
        missing.is_empty().then_some(()).ok_or(StoreError::Missing(missing))
    }
}

impl Store {
    /// All contents.
    pub async fn contents(&self) -> Result<Vec<Content>, StoreError> {
        self.with(|index| index.contents(THERE)).await
    }

    /// A content, when all of it is there.
    pub async fn content(&self, root: Digest) -> Result<Option<Content>, StoreError> {
        self.with(move |index| index.content(&root)).await
    }

    /// Takes the list of a content's digests, whose segments must be there.
    pub async fn put_content(&self, content: Content, mut digests: Brought<'_>) -> Result<Put, StoreError> {
        let outcome = self.take_content(content, &mut digests).await;
        // Whoever is cut off while it sends may never read why.
        while let Some(Ok(_)) = digests.next().await {}
        outcome
    }

    async fn take_content(&self, content: Content, digests: &mut Brought<'_>) -> Result<Put, StoreError> {
        let _turn = self.bringing.lock().await;
        if self.content(content.root()).await?.is_some() {
            return Ok(Put::There);
        }
        let _shared = self.keep().await;
        let root = content.root();
        self.with(move |index| index.begin(&content)).await?;
        let mut writer = BufWriter::with_capacity(self.objects.clone(), content_path(&root), PART);
        match self.write(content, digests, &mut writer).await {
            Ok(()) => {
                writer.shutdown().await?;
                self.with(move |index| index.set_content(&root, THERE)).await?;
                self.brought.fetch_add(1, Ordering::Relaxed);
                Ok(Put::Made)
            }
            Err(error) => {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "a list of digests that is not needed could not be removed");
                }
                self.with(move |index| index.abandon(&root)).await?;
                Err(error)
            }
        }
    }

    async fn write(
        &self,
        content: Content,
        digests: &mut Brought<'_>,
        writer: &mut BufWriter,
    ) -> Result<(), StoreError> {
        let mut reader = Reader::new(self, content);
        writer.put(Bytes::copy_from_slice(&content.size().to_le_bytes())).await?;
        while let Some(bytes) = digests.next().await {
            let bytes = bytes?;
            reader.take(&bytes).await?;
            writer.put(bytes).await?;
        }
        reader.finish().await
    }

    /// Notes a content that a listing showed.
    pub(super) async fn learn_content(&self, root: Digest) -> Result<(), StoreError> {
        let head = self.objects.get_range(&content_path(&root), 0..HEAD).await?;
        let size = head.as_ref().try_into().map(u64::from_le_bytes).ok();
        let content = size.and_then(|size| Content::new(root, size)).ok_or(StoreError::NotTheContent)?;
        self.with(move |index| index.begin(&content)).await?;
        let mut reader = Reader::new(self, content);
        let mut digests = self.digests(&content, 0..u64::from(content.chunks()) * 32).await?;
        let outcome = async {
            while let Some(bytes) = digests.next().await {
                reader.take(&bytes?).await?;
            }
            reader.finish().await
        };
        match outcome.await {
            Ok(()) => self.with(move |index| index.set_content(&root, THERE)).await,
            Err(error) => self.with(move |index| index.abandon(&root)).await.and(Err(error)),
        }
    }

    /// A range of the list of digests, in bytes.
    pub async fn digests(
        &self,
        content: &Content,
        range: Range<u64>,
    ) -> Result<Brought<'static>, StoreError> {
        let range = GetRange::Bounded(range.start + HEAD..range.end + HEAD);
        let options = GetOptions::new().with_range(Some(range));
        let got = self.objects.get_opts(&content_path(&content.root()), options).await?;
        Ok(Box::pin(got.into_stream().map_err(StoreError::from)))
    }

    /// Removes a content and those of its segments that no other one uses. `needed` is asked when nobody can begin to
    /// need it any more.
    pub async fn delete_content<E: From<StoreError>>(
        &self,
        root: Digest,
        needed: impl Future<Output = Result<bool, E>>,
    ) -> Result<(), E> {
        let _turn = self.bringing.lock().await;
        {
            let _alone = self.turns.write().await;
            if self.content(root).await?.is_none() {
                return Err(StoreError::Unknown.into());
            }
            if needed.await? {
                return Err(StoreError::InUse.into());
            }
            self.with(move |index| index.set_content(&root, GOING)).await?;
        }
        self.remove(root).await?;
        Ok(self.sweep().await?)
    }

    /// Removes a content that nobody can ask for any more.
    pub(super) async fn remove(&self, root: Digest) -> Result<(), StoreError> {
        self.remove_list(root).await?;
        self.with(move |index| index.remove(&root)).await
    }

    /// Removes the list of a content, if it is there.
    pub(super) async fn remove_list(&self, root: Digest) -> Result<(), StoreError> {
        match self.objects.delete(&content_path(&root)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
