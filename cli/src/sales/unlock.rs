//! From the encrypted copy to the file: every chunk is decrypted and compared with what was listed.

use super::{
    copy,
    disk::{give_name, new_private_file, parent, sync_folder},
    lists::{is_whole, List},
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
    io::{BufReader, BufWriter, Error, Read, Result, Write},
    path::PathBuf,
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

impl Files {
    /// Whether everything that was fetched is here.
    pub fn are_here(&self) -> bool {
        self.plain.path.exists() && self.encrypted.path.exists() && copy::is_here(&self.encrypted, &self.copy)
    }

    /// Removes the lists that rotted on this disk, to be fetched again; whether there were any.
    pub fn drop_false_lists(&self) -> Result<bool> {
        let mut any = false;
        for list in [&self.plain, &self.encrypted] {
            if list.path.exists() && !list.is_true()? {
                std::fs::remove_file(&list.path)?;
                any = true;
            }
        }
        Ok(any)
    }

    /// Whether the file has its name already: this program may have been killed just then.
    fn has_name(&self) -> bool {
        is_whole(&self.out, self.plain.content.size())
            && copy::whole_chunks(&self.plain, &self.out, |_| ())
                .is_ok_and(|whole| whole == self.plain.content.chunks())
    }
}

/// Decrypts and checks everything; only a file without a fault gets its name. What can't be written is checked all the
/// same, and is an error only if there is no fault: a complaint needs no room.
pub fn unlock(files: &Files, cipher: &ChunkCipher, bar: &ProgressBar) -> Result<Unlocked> {
    if files.has_name() {
        sync_folder(parent(&files.out))?;
        return Ok(Unlocked::Good);
    }
    let mut copy = BufReader::with_capacity(1 << 20, File::open(&files.copy)?);
    let mut out = new_private_file(&files.part).map(|file| BufWriter::with_capacity(1 << 20, file));
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
        out = out.and_then(|mut file| file.write_all(&chunk).map(|()| file));
        bar.inc(chunk.len() as u64);
        index += 1;
    }
    let written = out.and_then(|mut file| {
        file.flush()?;
        file.get_ref().sync_all()
    });
    if let Err(error) = written {
        // Its room may be what the next attempt needs.
        let _ = std::fs::remove_file(&files.part);
        let text = format!("the copy is good, but {} can't be written: {error}", files.part.display());
        return Err(Error::new(error.kind(), text));
    }
    give_name(&files.part, &files.out)?;
    Ok(Unlocked::Good)
}
