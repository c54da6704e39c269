//! The complaint of a buyer who was cheated, from the files of its purchase.

use super::{
    lists::List,
    unlock::{Files, Unlocked},
};
use souk_primitives::{
    complaint::{judge, Complaint, Exchange, Judgement, Path},
    content::Content,
    views::PurchaseView,
    Digest,
};
use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result, Seek, SeekFrom},
};
use zeroize::Zeroizing;

/// All that a complaint is judged by; none before the key was revealed.
pub fn exchange(genesis: Digest, view: &PurchaseView) -> Option<Exchange> {
    Some(Exchange {
        genesis,
        purchase: view.id,
        content: Content::new(view.content_root, view.size)?,
        ciphertext_root: view.ciphertext_root?,
        key_commitment: view.key_commitment?,
        buyer_key: view.buyer_key,
        sealed_key: view.sealed_key?,
    })
}

/// Makes the complaint about a fault, and judges it as the chain will: one that would be disproved is never sent.
pub fn complaint(
    exchange: &Exchange,
    secret: Zeroizing<[u8; 32]>,
    fault: Unlocked,
    files: &Files,
) -> Result<Complaint> {
    let complaint = match fault {
        Unlocked::BadSeal => Complaint::BadSeal { secret: *secret },
        Unlocked::BadChunk(index) => Complaint::BadChunk {
            secret: *secret,
            index,
            ciphertext: served(files, index)?.try_into().map_err(|_| unfit("a chunk is too long"))?,
            ciphertext_proof: path(&files.encrypted, index)?,
            plaintext_digest: files.plain.digests(index)?.read_one()?,
            plaintext_proof: path(&files.plain, index)?,
        },
        Unlocked::Good | Unlocked::Damaged(_) => return Err(unfit("the seller did nothing wrong")),
    };
    match judge(exchange, &complaint) {
        Judgement::Upheld(_) => Ok(complaint),
        other => Err(unfit(&format!("the complaint would not be upheld ({other:?})"))),
    }
}

fn path(list: &List, index: u32) -> Result<Path> {
    list.path(index)?.try_into().map_err(|_| unfit("a path is too long"))
}

/// The chunk as it was served.
fn served(files: &Files, index: u32) -> Result<Vec<u8>> {
    let length = files.encrypted.chunk_length(index).ok_or_else(|| unfit("there is no such chunk"))?;
    let before = u64::from(index) * u64::from(files.encrypted.chunk_length(0).unwrap_or(0));
    let mut file = File::open(&files.copy)?;
    file.seek(SeekFrom::Start(before))?;
    let mut chunk = vec![0; length as usize];
    file.read_exact(&mut chunk)?;
    Ok(chunk)
}

fn unfit(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("no complaint can be made: {text}"))
}
