//! The content store: what a seller sells, cut into segments of 64 chunks.
//!
//! - `segments/<hex>`: the bytes of a segment under the root over its chunks: equal segments are stored once, and what
//!   is read is checked against its name.
//! - `contents/<hex root>`: the content's size (8 bytes, little endian) and the digests of its chunks (32 bytes each). It
//!   is there only when all of its segments are and the digests were checked against the root.
//!
//! Objects are in a folder or an S3 bucket ([`backend`]); an [`index`] beside them says which are there. [`api`] is how
//! their owner brings them; buyers never see this store, but copies of it (see [`crate::sales`]).

pub mod api;
pub mod backend;
mod contents;
mod index;
mod segments;
pub mod tree;

#[cfg(test)]
mod tests;

pub use contents::Brought;
pub use index::NAMED;
pub use segments::Put;

use crate::{blocking, config, ledger::unix_now};
use futures::{StreamExt, TryStreamExt};
use index::{Index, COMING, GOING};
use object_store::{path::Path, ObjectStore, ObjectStoreExt};
use souk_primitives::Digest;
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};
use tokio::sync::{Mutex, RwLock, RwLockReadGuard};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A setting.
    #[error("{0}")]
    Config(String),
    /// The folder or bucket.
    #[error("the store of segments: {0}")]
    Objects(#[from] object_store::Error),
    /// A list of digests that could not be written.
    #[error("the store of segments: {0}")]
    Write(#[from] std::io::Error),
    /// The index.
    #[error("the store's index: {0}")]
    Index(#[from] rusqlite::Error),
    /// The bytes are not those of the name.
    #[error("the bytes are not the segment's: cut the file into segments of 64 chunks of 64 KiB and name each by the root over its chunks")]
    NotTheSegment,
    /// The digests are not those of the root.
    #[error("the digests are not those of a content of this root and size")]
    NotTheContent,
    /// Who brings something stopped before its end.
    #[error("the body broke off: {0}")]
    BrokeOff(String),
    /// Segments of the content are not there.
    #[error("segments of the content are missing: put them first")]
    Missing(Vec<Digest>),
    /// No room.
    #[error("the store is full: {used} of {most} bytes are taken; raise store.max_bytes or delete contents")]
    Full {
        /// Bytes taken.
        used: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// Not in this store.
    #[error("this store has no such content")]
    Unknown,
    /// A purchase needs it.
    #[error("an open purchase needs this content; it can go when the purchase has ended")]
    InUse,
    /// An object was changed or lost under the index.
    #[error("the segment {} is damaged or lost: bring the file again with `souk listing publish`, which sends what is missing", hex::encode(.0))]
    Damaged(Digest),
}

/// Segments that nobody made a content of are kept for this long after they were last asked for.
const UNUSED: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Objects that are removed at once.
const REMOVED: u32 = 256;

/// The store.
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    index: Arc<Index>,
    max_bytes: u64,
    /// Shared by whoever relies on a segment that is there; whoever removes some has it alone.
    turns: RwLock<()>,
    /// One content is brought at a time.
    bringing: Mutex<()>,
    /// Contents that were brought, and lost segments.
    brought: AtomicU64,
}

fn segment_path(name: &Digest) -> Path {
    Path::from(format!("segments/{}", hex::encode(name)))
}

fn content_path(root: &Digest) -> Path {
    Path::from(format!("contents/{}", hex::encode(root)))
}

fn digest_of(path: &Path) -> Option<Digest> {
    let mut digest = [0; 32];
    hex::decode_to_slice(path.filename()?, &mut digest).ok()?;
    Some(digest)
}

impl Store {
    /// Opens the store at `url`, with its index in `folder`, and tidies up what the last run of this process left.
    pub async fn open(
        config: &config::Store,
        url: &str,
        folder: &std::path::Path,
    ) -> Result<Self, StoreError> {
        Self::over(backend::open(config, url)?, config.max_bytes, url, folder).await
    }

    /// The same over any object store.
    pub async fn over(
        objects: Arc<dyn ObjectStore>,
        max_bytes: u64,
        url: &str,
        folder: &std::path::Path,
    ) -> Result<Self, StoreError> {
        let (index, known) = Index::open(&folder.join("store.db"), url)?;
        let store = Self {
            objects,
            index: Arc::new(index),
            max_bytes,
            turns: RwLock::default(),
            bringing: Mutex::default(),
            brought: AtomicU64::new(0),
        };
        if !known {
            tracing::info!(url, "reading what the store holds");
            store.list().await?;
            store.index.made_for(url)?;
        }
        store.tidy().await?;
        Ok(store)
    }

    /// Bytes of all segments.
    pub fn used(&self) -> u64 {
        self.index.used()
    }

    /// How many contents, and segments that were lost, came since the start: what could not be sold may be there now.
    pub fn brought(&self) -> u64 {
        self.brought.load(Ordering::Relaxed)
    }

    /// Nothing is removed while this guard lives.
    pub async fn keep(&self) -> RwLockReadGuard<'_, ()> {
        self.turns.read().await
    }

    /// Runs a closure on the index away from the async threads.
    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Index) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, StoreError> {
        let index = self.index.clone();
        Ok(blocking::aside(move || work(&index)).await?)
    }

    /// Fills the index from what is there.
    async fn list(&self) -> Result<(), StoreError> {
        let mut pages = self.objects.list(Some(&Path::from("segments"))).try_chunks(1_000);
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| error.1)?;
            let known = page.iter().filter_map(|meta| Some((digest_of(&meta.location)?, meta.size)));
            let known: Vec<_> = known.collect();
            self.with(move |index| index.learn(&known)).await?;
        }
        let roots = self.objects.list(Some(&Path::from("contents")));
        let roots: Vec<Digest> =
            roots.try_filter_map(|meta| async move { Ok(digest_of(&meta.location)) }).try_collect().await?;
        for root in roots {
            if let Err(error) = self.learn_content(root).await {
                tracing::error!(root = %hex::encode(root), %error, "a content of the store can't be sold");
            }
        }
        Ok(())
    }

    /// Ends what the last run of this process began.
    async fn tidy(&self) -> Result<(), StoreError> {
        for name in self.with(|index| index.coming()).await? {
            match self.objects.head(&segment_path(&name)).await {
                Ok(meta) => self.with(move |index| index.arrived(&name, meta.size)).await?,
                Err(object_store::Error::NotFound { .. }) => {
                    self.with(move |index| index.gone(&[name])).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        for content in self.with(|index| index.contents(COMING)).await? {
            // Its segments stay: whoever brought it will try again.
            self.remove_list(content.root()).await?;
            self.with(move |index| index.abandon(&content.root())).await?;
        }
        for content in self.with(|index| index.contents(GOING)).await? {
            self.remove(content.root()).await?;
        }
        self.clean().await
    }

    /// Removes segments that were given up, or that nobody made a content of.
    pub async fn clean(&self) -> Result<(), StoreError> {
        let before = unix_now().saturating_sub(UNUSED.as_secs());
        {
            let _alone = self.turns.write().await;
            self.with(move |index| index.give_up_unused(before)).await?;
        }
        self.sweep().await
    }

    /// Removes the objects of segments that were given up, a few at a time.
    async fn sweep(&self) -> Result<(), StoreError> {
        loop {
            let _alone = self.turns.write().await;
            let going = self.with(|index| index.going(REMOVED)).await?;
            if going.is_empty() {
                return Ok(());
            }
            let paths: Vec<_> = going.iter().map(|name| Ok(segment_path(name))).collect();
            let mut removed = self.objects.delete_stream(futures::stream::iter(paths).boxed());
            while let Some(outcome) = removed.next().await {
                match outcome {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.with(move |index| index.gone(&going)).await?;
        }
    }
}
