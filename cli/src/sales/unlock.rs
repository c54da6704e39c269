//! From the encrypted copy to the file: every chunk is decrypted and compared with what was listed.

use super::{
    lists::List,
    record::{new_private_file, sync_folder},
};
use indicatif::ProgressBar;
use souk_primitives::{
    content::leaf,
    exchange::{unseal, ChunkCipher, Secret},
    views::PurchaseView,
    Digest,
};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Result, Write},
    path::{Path, PathBuf},
};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// The file is whole, and is where it belongs.
    Good,
    /// The sealed key does not open, or is not the one that was committed to.
    BadSeal,
    /// The chunk does not give what was listed.
    BadChunk(u32),
    /// The chunk on this disk is not the one that was checked when it came: it has to be fetched again.
    Damaged(u32),
}

/// The files of a purchase.
#[derive(Clone, Debug)]
pub struct Files {
    /// The encrypted copy.
    pub copy: PathBuf,
    /// The list of plain digests.
    pub plain: List,
    /// The list of encrypted digests.
    pub encrypted: List,
    /// The file while it is written.
    pub part: PathBuf,
    /// The file.
    pub out: PathBuf,
}

/// The cipher that a purchase's sealed key gives; none when the key is missing or does not open.
pub fn cipher(genesis: &Digest, view: &PurchaseView, secret: &Secret) -> Option<ChunkCipher> {
    let key = unseal(&view.sealed_key?, &view.id, &view.key_commitment?, secret)?;
    Some(key.cipher(genesis, &view.id, &view.content_root))
}

/// Decrypts and checks everything; only a file without a fault gets its name.
pub fn unlock(files: &Files, cipher: &ChunkCipher, bar: &ProgressBar) -> Result<Unlocked> {
    let mut copy = BufReader::with_capacity(1 << 20, File::open(&files.copy)?);
    let mut out = BufWriter::with_capacity(1 << 20, new_private_file(&files.part)?);
    let (mut plain, mut encrypted) = (files.plain.digests(0)?, files.encrypted.digests(0)?);
    let mut chunk = Vec::new();
    let mut index = 0;
    while let Some(length) = files.encrypted.chunk_length(index) {
        chunk.clear();
        copy.by_ref().take(length.into()).read_to_end(&mut chunk)?;
        if leaf(&chunk).digest != encrypted.read_one()? {
            return Ok(Unlocked::Damaged(index));
        }
        let listed = plain.read_one()?;
        if cipher.decrypt(index, &mut chunk).is_none() || leaf(&chunk).digest != listed {
            return Ok(Unlocked::BadChunk(index));
        }
        out.write_all(&chunk)?;
        bar.inc(chunk.len() as u64);
        index += 1;
    }
    out.flush()?;
    out.get_ref().sync_all()?;
    drop(out);
    std::fs::rename(&files.part, &files.out)?;
    sync_folder(parent(&files.out))?;
    Ok(Unlocked::Good)
}

/// The folder of a file.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
