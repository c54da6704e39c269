//! From the encrypted copy to the file: every chunk is decrypted and compared with what was listed.

use super::{
    copy,
    disk::{give_name, new_private_file, parent, sync_folder},
    lists::{is_whole, List},
};
use indicatif::ProgressBar;
use rayon::prelude::*;
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

/// Chunks that are decrypted at a time, on all cores: 4 MiB.
const TOGETHER: usize = 64;

/// A chunk on its way from the copy to the file.
#[derive(Default)]
struct Piece {
    index: u32,
    bytes: Vec<u8>,
    encrypted: Digest,
    listed: Digest,
}

impl Piece {
    /// Decrypts it, or says what is wrong with it.
    fn open(&mut self, cipher: &ChunkCipher) -> Option<Unlocked> {
        if leaf(&self.bytes).digest != self.encrypted {
            return Some(Unlocked::Damaged(self.index));
        }
        let opened = cipher.decrypt(self.index, &mut self.bytes).is_some();
        let is_listed = opened && leaf(&self.bytes).digest == self.listed;
        (!is_listed).then_some(Unlocked::BadChunk(self.index))
    }
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
    let mut pieces: Vec<Piece> = std::iter::repeat_with(Piece::default).take(TOGETHER).collect();
    let mut index = 0;
    while files.encrypted.chunk_length(index).is_some() {
        let mut count = 0;
        for piece in &mut pieces {
            let Some(length) = files.encrypted.chunk_length(index) else { break };
            piece.index = index;
            piece.bytes.clear();
            copy.by_ref().take(length.into()).read_to_end(&mut piece.bytes)?;
            (piece.encrypted, piece.listed) = (encrypted.read_one()?, plain.read_one()?);
            index += 1;
            count += 1;
        }
        let pieces = pieces.get_mut(..count).unwrap_or_default();
        // The first fault in the order of the file: which one that is must not depend on the machine.
        if let Some(fault) = pieces.par_iter_mut().find_map_first(|piece| piece.open(cipher)) {
            return Ok(fault);
        }
        for piece in pieces {
            out = out.and_then(|mut file| file.write_all(&piece.bytes).map(|()| file));
            bar.inc(piece.bytes.len() as u64);
        }
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
