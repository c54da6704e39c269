//! Segments in and out.

use super::{index::Reserve, segment_path, tree, Store, StoreError};
use crate::blocking;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use souk_primitives::{content::Content, Digest};
use std::sync::{atomic::Ordering, Arc};

/// What became of a segment that was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    Made,
    /// It was there.
    There,
}

impl Store {
    /// Which of these segments are not there.
    pub async fn missing(&self, names: Vec<Digest>) -> Result<Vec<Digest>, StoreError> {
        let _shared = self.keep().await;
        self.with(move |index| index.missing(&names)).await
    }

    /// Takes a segment under its name. Once begun it is brought to its end, although nobody waits for it any more.
    pub async fn put_segment(self: &Arc<Self>, name: Digest, bytes: Bytes) -> Result<Put, StoreError> {
        let store = self.clone();
        let task = tokio::spawn(async move { store.take_segment(name, bytes).await });
        task.await.unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()))
    }

    async fn take_segment(&self, name: Digest, bytes: Bytes) -> Result<Put, StoreError> {
        let checked = bytes.clone();
        if blocking::aside(move || tree::name_of(&checked)).await != Some(name) {
            return Err(StoreError::NotTheSegment);
        }
        let _shared = self.keep().await;
        let (size, most) = (bytes.len() as u64, self.max_bytes);
        let mut reserved = self.with(move |index| index.reserve(&name, size, most)).await?;
        if reserved == Reserve::There {
            // Whoever brings what is there may know better; looking costs less than it did to bring it.
            match self.whole(name, size).await {
                Err(StoreError::Damaged(_)) => {}
                found => return found.map(|_| Put::There),
            }
            reserved = self.with(move |index| index.reserve(&name, size, most)).await?;
        }
        let was_lost = match reserved {
            // Somebody else brought it meanwhile.
            Reserve::There => return Ok(Put::There),
            Reserve::Full(used) => return Err(StoreError::Full { used, most }),
            Reserve::Taken { was_lost } => was_lost,
        };
        if let Err(error) = self.objects.put(&segment_path(&name), bytes.into()).await {
            self.with(move |index| index.failed(&name)).await?;
            return Err(error.into());
        }
        self.with(move |index| index.arrived(&name, size)).await?;
        if was_lost {
            self.brought.fetch_add(1, Ordering::Relaxed);
            tracing::info!(segment = %hex::encode(name), "a segment that was damaged or lost is there again");
        }
        Ok(Put::Made)
    }

    /// The bytes of a content's segment, checked against its name.
    pub async fn segment(&self, content: &Content, at: u32) -> Result<Bytes, StoreError> {
        let name = self.name(content, at).await?;
        self.whole(name, tree::length_of(content, at)).await
    }

    /// The bytes of a segment, checked against its name.
    async fn whole(&self, name: Digest, length: u64) -> Result<Bytes, StoreError> {
        let bytes = self.read(name, 0..length).await?;
        let checked = bytes.clone();
        match blocking::aside(move || tree::name_of(&checked)).await == Some(name) {
            true => Ok(bytes),
            false => Err(self.damaged(name).await?),
        }
    }

    /// Notes that a segment's object was changed or lost, so that it is missing, and taken when it comes.
    async fn damaged(&self, name: Digest) -> Result<StoreError, StoreError> {
        self.with(move |index| index.lost(&name)).await?;
        Ok(StoreError::Damaged(name))
    }

    /// A part of a content's segment, not checked: who sells it checks what it makes of it.
    pub async fn part_of_segment(
        &self,
        content: &Content,
        at: u32,
        range: std::ops::Range<u64>,
    ) -> Result<Bytes, StoreError> {
        let name = self.name(content, at).await?;
        self.read(name, range).await
    }

    async fn name(&self, content: &Content, at: u32) -> Result<Digest, StoreError> {
        let root = content.root();
        self.with(move |index| index.part(&root, at)).await?.ok_or(StoreError::Unknown)
    }

    async fn read(&self, name: Digest, range: std::ops::Range<u64>) -> Result<Bytes, StoreError> {
        let length = range.end.saturating_sub(range.start);
        match self.objects.get_range(&segment_path(&name), range).await {
            Ok(bytes) if bytes.len() as u64 == length => Ok(bytes),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Err(self.damaged(name).await?),
            Err(error) => Err(error.into()),
        }
    }
}
