//! The encrypted copy and its lists: fetched in pieces, checked on arrival, never fetched twice.
//!
//! The list of encrypted digests, once it makes the root that the seller offered, proves every chunk: so a file holds only
//! chunks that were checked, and goes on after the last whole one.

use super::{
    disk::private_file,
    lists::{is_whole, List},
    store::{Pieces, Store, StoreError},
};
use futures::StreamExt;
use indicatif::ProgressBar;
use souk_primitives::{content::leaf, PurchaseId};
use std::{
    fs::File,
    io::{BufReader, Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write},
    path::Path,
};

/// Why the copy is not here.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The store gave nothing, or stopped. Whatever came is kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came is not what was offered.
    #[error("the store serves {0}")]
    Wrong(String),
    /// This machine's disk.
    #[error("{path}: {source}")]
    Disk {
        /// The file.
        path: String,
        /// Why.
        source: Error,
    },
}

fn disk(path: &Path) -> impl Fn(Error) -> CopyError + '_ {
    move |source| CopyError::Disk { path: path.display().to_string(), source }
}

/// What is fetched, and from where.
pub struct Source<'a> {
    /// The store.
    pub store: &'a Store,
    /// The purchase.
    pub purchase: PurchaseId,
    /// The signed header.
    pub fetch: String,
}

impl Source<'_> {
    async fn read(&self, what: &str, from: u64) -> Result<Pieces, StoreError> {
        self.store.read(&self.purchase, what, from, &self.fetch).await
    }

    /// Fetches a list and checks it; goes on where it stopped. A false list is removed.
    pub async fn list(&self, what: &str, list: &List) -> Result<(), CopyError> {
        if list.path.exists() {
            return Ok(());
        }
        let part = list.path.with_extension("part");
        let io = disk(&part);
        let mut file = private_file(&part).map_err(&io)?;
        let mut have = file.seek(SeekFrom::End(0)).map_err(&io)?;
        if have < list.bytes() {
            let mut pieces = self.read(what, have).await?;
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                have = have.saturating_add(piece.len() as u64);
                if have > list.bytes() {
                    break;
                }
                file.write_all(&piece).map_err(&io)?;
            }
        }
        if have < list.bytes() {
            return Err(StoreError::Strange("a list that ends too early").into());
        }
        file.sync_all().map_err(&io)?;
        drop(file);
        let checked = List { path: part.clone(), ..list.clone() };
        if have == list.bytes()
            && souk_sidecar::blocking::aside(move || checked.is_true()).await.map_err(&io)?
        {
            return std::fs::rename(&part, &list.path).map_err(&io);
        }
        std::fs::remove_file(&part).map_err(&io)?;
        Err(CopyError::Wrong(format!(
            "a list of digests ({what}) that does not lead to the root on the chain"
        )))
    }

    /// Fetches the copy behind its first `chunks` chunks, which are in the file and were checked. `list` is the checked
    /// list of encrypted chunks. `chunks` counts on while it runs: what came before it was broken off stays.
    pub async fn copy(
        &self,
        list: &List,
        path: &Path,
        bar: &ProgressBar,
        chunks: &mut u32,
    ) -> Result<(), CopyError> {
        let io = disk(path);
        let total = copy_bytes(list);
        let mut file = private_file(path).map_err(&io)?;
        let mut have = offset(list, *chunks);
        file.set_len(have).map_err(&io)?;
        file.seek(SeekFrom::Start(have)).map_err(&io)?;
        bar.set_position(have);
        if have < total {
            let mut digests = list.digests(*chunks).map_err(disk(&list.path))?;
            let mut pieces = self.read("copy", have).await?;
            let mut chunk = Vec::new();
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                let mut rest = &piece[..];
                while !rest.is_empty() {
                    let Some(length) = list.chunk_length(*chunks) else {
                        return Err(CopyError::Wrong("more than it offered".into()));
                    };
                    let missing = (length as usize).saturating_sub(chunk.len());
                    let (taken, left) = rest.split_at(missing.min(rest.len()));
                    chunk.extend_from_slice(taken);
                    rest = left;
                    if chunk.len() < length as usize {
                        continue;
                    }
                    if leaf(&chunk).digest != digests.read_one().map_err(disk(&list.path))? {
                        return Err(CopyError::Wrong(format!("another chunk {chunks} than it offered")));
                    }
                    file.write_all(&chunk).map_err(&io)?;
                    have = have.saturating_add(chunk.len() as u64);
                    *chunks = chunks.saturating_add(1);
                    bar.set_position(have);
                    chunk.clear();
                }
            }
        }
        file.sync_all().map_err(&io)?;
        match have == total {
            true => Ok(()),
            false => Err(StoreError::Lost("it stopped in the middle of the copy".into()).into()),
        }
    }
}

/// Bytes of the whole copy.
pub fn copy_bytes(list: &List) -> u64 {
    let content = list.content;
    u64::try_from(content.encrypted([0; 32]).total).unwrap_or(u64::MAX)
}

/// Bytes before the chunk at `index`.
fn offset(list: &List, index: u32) -> u64 {
    let each = u64::from(list.chunk_length(0).unwrap_or(0));
    u64::from(index).saturating_mul(each).min(copy_bytes(list))
}

/// How many chunks of the copy are in the file, whole and checked: `known` of them if that was found out before and they
/// are still there, since reading a large file again with each attempt takes longer than the attempt.
pub async fn checked(
    list: &List,
    path: &Path,
    known: Option<u32>,
    bar: &ProgressBar,
) -> Result<u32, CopyError> {
    let there = std::fs::metadata(path).map_or(0, |found| found.len());
    if let Some(known) = known.filter(|known| there >= offset(list, *known)) {
        return Ok(known);
    }
    let (checked, file, shown) = (list.clone(), path.to_path_buf(), bar.clone());
    souk_sidecar::blocking::aside(move || whole_chunks(&checked, &file, |bytes| shown.set_position(bytes)))
        .await
        .map_err(disk(path))
}

/// How many chunks at the beginning of the file are what the list says.
pub fn whole_chunks(list: &List, path: &Path, mut shown: impl FnMut(u64)) -> IoResult<u32> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(e),
    };
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut digests = list.digests(0)?;
    let mut chunk = Vec::new();
    let mut index = 0;
    while let Some(length) = list.chunk_length(index) {
        chunk.clear();
        file.by_ref().take(length.into()).read_to_end(&mut chunk)?;
        if chunk.len() < length as usize || leaf(&chunk).digest != digests.read_one()? {
            break;
        }
        index += 1;
        shown(offset(list, index));
    }
    Ok(index)
}

/// Whether the copy is here with all its bytes. Its chunks were checked before they were written.
pub fn is_here(list: &List, path: &Path) -> bool {
    is_whole(path, copy_bytes(list))
}
