//! What a seller keeps of a copy beside its key: the digests of its encrypted chunks, and the tree over them, in a file
//! for each purchase.
//!
//! Content and key make them again, so they are not in the vault: what strangers order neither fills nor blocks the
//! database of the keys, and goes with its file. A file has the digests first, 32 bytes a chunk, and once the copy is
//! whole the nodes above its segments as [`tree::levels`] has them, 48 bytes each; any part is read without the rest.

use crate::{
    secrets,
    store::tree::{self, segments_of, CHUNKS},
};
use codec::{DecodeAll, Encode, MaxEncodedLen};
use parking_lot::Mutex;
use souk_primitives::{
    content::{Content, TAG},
    sumtree::{Leaf, Node, Proof},
    views::PurchaseView,
    AccountId, Digest, PurchaseId,
};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

/// Bytes of a digest.
const DIGEST: u64 = 32;
/// One buyer has this part of the room at most, unless it has one copy only.
const SHARE: u64 = 4;
/// Bytes that are read of a file at once.
const BUFFER: usize = 1 << 20;

/// Why the digests of a copy can't be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum PiecesError {
    /// The disk.
    #[error("the digests of a copy: {0}")]
    Io(#[from] io::Error),
    /// Fewer or others than were written.
    #[error("the digests of a copy are damaged or lost")]
    Corrupt,
    /// Too many.
    #[error("the digests of copies take {taken} of {most} bytes, and this copy needs {needs}: raise store.max_digest_bytes, or wait until some sales have ended")]
    Full {
        /// Bytes taken or set apart by others.
        taken: u64,
        /// Bytes allowed.
        most: u64,
        /// Bytes of this one.
        needs: u64,
    },
    /// Too many of one buyer.
    #[error("the digests of this buyer's copies take its share of {share} bytes: wait until some of its sales have ended, or raise store.max_digest_bytes")]
    Share {
        /// Bytes that one buyer may have.
        share: u64,
    },
}

type Result<T> = std::result::Result<T, PiecesError>;

/// What is known of a file.
#[derive(Clone, Default)]
struct Kept {
    /// Its bytes, with those that are set apart for what comes next.
    bytes: u64,
    /// Whose copy it is, once that was seen since the start.
    buyer: Option<AccountId>,
    /// Whether its purchase has ended: it makes room when others need it.
    is_over: bool,
}

/// All files.
pub struct Pieces {
    folder: PathBuf,
    most: u64,
    taken: Mutex<HashMap<PurchaseId, Kept>>,
}

fn node_bytes() -> u64 {
    Node::max_encoded_len() as u64
}

/// Bytes of the digests alone.
fn digests_of(content: &Content) -> u64 {
    u64::from(content.chunks()) * DIGEST
}

/// Bytes of the file of a whole copy.
fn size_of(content: &Content) -> u64 {
    digests_of(content) + tree::nodes_above(segments_of(content)) * node_bytes()
}

/// Leaves of the encrypted chunks of the segment at `at`.
fn leaves(content: &Content, at: u32, digests: &[u8]) -> Vec<Leaf> {
    (at * CHUNKS..)
        .zip(digests.as_chunks::<32>().0)
        .map_while(|(index, digest)| {
            let length = content.chunk_length(index)?;
            Some(Leaf { digest: *digest, amount: (length + TAG).into() })
        })
        .collect()
}

impl Pieces {
    /// Opens the folder, or makes it. `most`: bytes of all files; 0: any number.
    pub fn open(folder: &Path, most: u64) -> io::Result<Self> {
        secrets::private_folder(folder)?;
        let mut taken = HashMap::new();
        for file in fs::read_dir(folder)? {
            let (file, mut id) = (file?, PurchaseId::default());
            if hex::decode_to_slice(file.file_name().as_encoded_bytes(), &mut id).is_ok() {
                taken.insert(id, Kept { bytes: file.metadata()?.len(), ..Kept::default() });
            }
        }
        Ok(Self { folder: folder.to_path_buf(), most, taken: Mutex::new(taken) })
    }

    fn path(&self, purchase: &PurchaseId) -> PathBuf {
        self.folder.join(hex::encode(purchase))
    }

    /// Erases all files but those of these purchases.
    pub fn keep_only(&self, known: impl Fn(&PurchaseId) -> bool) -> Result<()> {
        let strays: Vec<PurchaseId> = self.taken.lock().keys().filter(|id| !known(id)).copied().collect();
        strays.iter().try_for_each(|id| self.erase(id))
    }

    /// Whose copies there are, and which of them are over.
    pub fn know(&self, sales: &[PurchaseView]) {
        let mut all = self.taken.lock();
        for sale in sales {
            if let Some(kept) = all.get_mut(&sale.id) {
                kept.buyer = Some(sale.buyer.clone());
                kept.is_over = sale.stage.is_ended();
            }
        }
    }

    /// Sets room apart for the first segments of a copy, and no more: what strangers order takes room only as far as it
    /// was gone through. What is over makes room first.
    pub fn reserve(
        &self,
        purchase: &PurchaseId,
        buyer: &AccountId,
        content: &Content,
        segments: u32,
    ) -> Result<()> {
        let mut all = self.taken.lock();
        let whole = segments >= segments_of(content);
        let part = u64::from(segments) * u64::from(CHUNKS) * DIGEST;
        let here = all.get(purchase).map_or(0, |kept| kept.bytes);
        let needs = here.max(if whole { size_of(content) } else { part });
        if self.most > 0 {
            let share = self.most / SHARE;
            let others = all.iter().filter(|(id, kept)| *id != purchase && !kept.is_over);
            let own = others.filter(|(_, kept)| kept.buyer.as_ref() == Some(buyer));
            let own = own.map(|(_, kept)| kept.bytes).sum::<u64>();
            if own > 0 && own.saturating_add(needs) > share {
                return Err(PiecesError::Share { share });
            }
            let taken = self.make_room(&mut all, purchase, needs)?;
            if taken.saturating_add(needs) > self.most {
                return Err(PiecesError::Full { taken, most: self.most, needs });
            }
        }
        all.insert(*purchase, Kept { bytes: needs, buyer: Some(buyer.clone()), is_over: false });
        Ok(())
    }

    /// Erases what is over, the largest first, until the bytes that a copy needs are free or there is no more of it.
    /// Gives the bytes that others have then.
    fn make_room(
        &self,
        all: &mut HashMap<PurchaseId, Kept>,
        purchase: &PurchaseId,
        needs: u64,
    ) -> Result<u64> {
        let others = all.iter().filter(|(id, _)| *id != purchase);
        let mut taken = others.map(|(_, kept)| kept.bytes).sum::<u64>();
        let over = all.iter().filter(|(id, kept)| *id != purchase && kept.is_over);
        let mut over: Vec<(u64, PurchaseId)> = over.map(|(id, kept)| (kept.bytes, *id)).collect();
        over.sort_unstable();
        while taken.saturating_add(needs) > self.most {
            let Some((bytes, id)) = over.pop() else { break };
            self.remove(&id)?;
            all.remove(&id);
            taken = taken.saturating_sub(bytes);
            tracing::info!(purchase = %hex::encode(id), "a copy whose sale is over made room for others: its buyer can't fetch it again");
        }
        Ok(taken)
    }

    /// Bytes of all files, with what is set apart.
    pub fn taken(&self) -> u64 {
        self.taken.lock().values().map(|kept| kept.bytes).sum()
    }

    /// How many whole segments of a copy are in its file.
    pub fn segments(&self, purchase: &PurchaseId) -> Result<u32> {
        match fs::metadata(self.path(purchase)) {
            Ok(file) => Ok(u32::try_from(file.len() / (DIGEST * u64::from(CHUNKS))).unwrap_or(u32::MAX)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether all of a copy is there.
    pub fn is_whole(&self, purchase: &PurchaseId, content: &Content) -> bool {
        fs::metadata(self.path(purchase)).is_ok_and(|file| file.len() == size_of(content))
    }

    /// Puts the digests of the next segments after those of the first `segments` ones; they are on the disk when this
    /// returns. What a crash left beyond goes.
    pub fn append(&self, purchase: &PurchaseId, segments: u32, digests: &[Digest]) -> Result<()> {
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(self.path(purchase))?;
        let start = u64::from(segments) * u64::from(CHUNKS) * DIGEST;
        if file.metadata()?.len() < start {
            return Err(PiecesError::Corrupt);
        }
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(digests.as_flattened())?;
        Ok(file.sync_data()?)
    }

    /// All digests are there: adds the nodes above them, and gives the root.
    pub fn finish(&self, purchase: &PurchaseId, content: &Content) -> Result<Digest> {
        let mut file = OpenOptions::new().read(true).write(true).open(self.path(purchase))?;
        if file.metadata()?.len() < digests_of(content) {
            return Err(PiecesError::Corrupt);
        }
        file.set_len(digests_of(content))?;
        let mut nodes = Vec::with_capacity(segments_of(content) as usize);
        let mut reader = BufReader::with_capacity(BUFFER, &file);
        let mut digests = Vec::with_capacity((DIGEST as usize) * CHUNKS as usize);
        for at in 0..segments_of(content) {
            digests.clear();
            reader.by_ref().take(DIGEST * u64::from(CHUNKS)).read_to_end(&mut digests)?;
            nodes.push(tree::node(&leaves(content, at, &digests)).ok_or(PiecesError::Corrupt)?);
        }
        let levels = tree::levels(nodes).ok_or(PiecesError::Corrupt)?;
        let root = *levels.last().ok_or(PiecesError::Corrupt)?;
        if root.sum != content.encrypted(root.hash).total {
            return Err(PiecesError::Corrupt);
        }
        file.seek(SeekFrom::Start(digests_of(content)))?;
        for part in levels.chunks(BUFFER / node_bytes() as usize) {
            file.write_all(&part.iter().flat_map(Encode::encode).collect::<Vec<u8>>())?;
        }
        file.sync_data()?;
        Ok(root.hash)
    }

    /// A part of the list of a copy's digests, in bytes.
    pub fn digests(&self, purchase: &PurchaseId, range: Range<u64>) -> Result<Vec<u8>> {
        read(&mut File::open(self.path(purchase))?, range)
    }

    /// Digests of some chunks.
    pub fn of_chunks(&self, purchase: &PurchaseId, chunks: Range<u32>) -> Result<Vec<Digest>> {
        let range = u64::from(chunks.start) * DIGEST..u64::from(chunks.end) * DIGEST;
        Ok(self.digests(purchase, range)?.as_chunks::<32>().0.to_vec())
    }

    /// Proof of a chunk of a whole copy.
    pub fn proof(&self, purchase: &PurchaseId, content: &Content, index: u32) -> Result<Proof> {
        let mut file = File::open(self.path(purchase))?;
        let at = index / CHUNKS;
        let start = u64::from(at) * u64::from(CHUNKS) * DIGEST;
        let end = (start + u64::from(CHUNKS) * DIGEST).min(digests_of(content));
        let segment = leaves(content, at, &read(&mut file, start..end)?);
        let mut above = Vec::new();
        for node in tree::siblings(segments_of(content), at) {
            let from = digests_of(content) + node * node_bytes();
            let bytes = read(&mut file, from..from + node_bytes())?;
            above.push(Node::decode_all(&mut &bytes[..]).map_err(|_| PiecesError::Corrupt)?);
        }
        tree::prove(&segment, above, index).ok_or(PiecesError::Corrupt)
    }

    /// Erases what is there of a copy.
    pub fn erase(&self, purchase: &PurchaseId) -> Result<()> {
        self.remove(purchase)?;
        self.taken.lock().remove(purchase);
        Ok(())
    }

    fn remove(&self, purchase: &PurchaseId) -> Result<()> {
        match fs::remove_file(self.path(purchase)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn read(file: &mut File, range: Range<u64>) -> Result<Vec<u8>> {
    file.seek(SeekFrom::Start(range.start))?;
    let length = range.end.saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    (bytes.len() as u64 == length).then_some(bytes).ok_or(PiecesError::Corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{content::CHUNK, purchase::Stage, sumtree};

    const ID: PurchaseId = [7; 32];

    fn digests(count: u32) -> Vec<Digest> {
        (0..count).map(|i| souk_primitives::hash(&[&i.to_le_bytes()])).collect()
    }

    fn content(chunks: u32) -> Content {
        Content::new([1; 32], u64::from(chunks - 1) * u64::from(CHUNK) + 5).unwrap()
    }

    #[test]
    fn proofs_should_be_those_of_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        let pieces = Pieces::open(&dir.path().join("copies"), 0).unwrap();
        for chunks in [1, 64, 65, 300, 449] {
            let (content, digests) = (content(chunks), digests(chunks));
            pieces.append(&ID, 0, &digests).unwrap();
            assert!(!pieces.is_whole(&ID, &content));
            let root = pieces.finish(&ID, &content).unwrap();
            assert_eq!(pieces.finish(&ID, &content).unwrap(), root, "a crash may come before it is noted");
            assert!(pieces.is_whole(&ID, &content));
            let leaves = leaves(&content, 0, digests.as_flattened());
            assert_eq!(sumtree::shape(&leaves), Some(content.encrypted(root)));
            for index in 0..chunks {
                let proof = pieces.proof(&ID, &content, index).unwrap();
                assert_eq!(Some(proof), sumtree::prove(&leaves, index));
            }
            assert_eq!(pieces.of_chunks(&ID, 0..chunks).unwrap(), digests);
            assert!(pieces.digests(&ID, 0..1 << 20).is_err(), "no more than there is");
        }
    }

    #[test]
    fn what_a_crash_left_should_be_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let pieces = Pieces::open(dir.path(), 0).unwrap();
        let (content, digests) = (content(200), digests(200));
        pieces.append(&ID, 0, &digests[..64]).unwrap();
        // The next segments came to the disk in part, and were not noted.
        pieces.append(&ID, 1, &[[9; 32]; 70]).unwrap();
        pieces.append(&ID, 1, &digests[64..]).unwrap();
        assert_eq!(pieces.segments(&ID).unwrap(), 3);
        assert_eq!(pieces.of_chunks(&ID, 0..200).unwrap(), digests);
        pieces.finish(&ID, &content).unwrap();
        pieces.erase(&ID).unwrap();
        assert_eq!(pieces.segments(&ID).unwrap(), 0);
        assert!(matches!(pieces.append(&ID, 1, &digests[64..]), Err(PiecesError::Corrupt)), "a gap");
        assert!(pieces.finish(&ID, &content).is_err());
    }

    fn reserve(pieces: &Pieces, id: u8, buyer: u8, content: &Content, segments: u32) -> Result<()> {
        pieces.reserve(&[id; 32], &AccountId::new([buyer; 32]), content, segments)
    }

    #[test]
    fn room_should_be_taken_as_copies_are_gone_through() {
        let dir = tempfile::tempdir().unwrap();
        let large = content(640);
        let pieces = Pieces::open(dir.path(), size_of(&large) + 9 * 2_048).unwrap();
        // So many orders that hardly began do not keep one out that is gone through.
        for id in 1..=9 {
            reserve(&pieces, id, id, &large, 1).unwrap();
        }
        assert_eq!(pieces.taken(), 9 * 2_048);
        for segments in 1..=10 {
            reserve(&pieces, 10, 10, &large, segments).unwrap();
        }
        assert!(matches!(reserve(&pieces, 9, 9, &large, 2), Err(PiecesError::Full { .. })));
        reserve(&pieces, 9, 9, &large, 1).unwrap();
    }

    #[test]
    fn one_buyer_should_have_its_share_of_the_room() {
        let dir = tempfile::tempdir().unwrap();
        let pieces = Pieces::open(dir.path(), 16 * 2_048).unwrap();
        let large = content(640);
        // One copy may be of any size.
        reserve(&pieces, 1, 1, &large, 6).unwrap();
        assert!(matches!(reserve(&pieces, 2, 1, &large, 1), Err(PiecesError::Share { share: 8_192 })));
        reserve(&pieces, 3, 2, &large, 2).unwrap();
        reserve(&pieces, 4, 2, &large, 2).unwrap();
        assert!(matches!(reserve(&pieces, 4, 2, &large, 3), Err(PiecesError::Share { .. })));
    }

    #[test]
    fn what_is_over_should_make_room() {
        let dir = tempfile::tempdir().unwrap();
        let large = content(640);
        let all = digests(640);
        {
            let pieces = Pieces::open(dir.path(), 0).unwrap();
            pieces.append(&[1; 32], 0, &all[..64]).unwrap();
            pieces.append(&[2; 32], 0, &all[..128]).unwrap();
            pieces.append(&[3; 32], 0, &all[..64]).unwrap();
        }
        let pieces = Pieces::open(dir.path(), 4 * 2_048).unwrap();
        assert!(reserve(&pieces, 4, 4, &large, 1).is_err(), "nothing is known to be over");
        let fake = crate::chain::fake::FakeChain::default();
        let order = fake.order(&large, AccountId::new([1; 32]), [2; 32]);
        let view = |id, stage| {
            fake.with_purchase(order, |view| PurchaseView { id: [id; 32], stage, ..view.clone() })
        };
        let over = Stage::Ended { at: 1, reason: souk_primitives::close::CloseReason::Delivered };
        pieces.know(&[view(1, over), view(2, over), view(3, Stage::Accepted { reveal_by: 9 })]);
        reserve(&pieces, 4, 4, &large, 2).unwrap();
        let left = [1, 2, 3].map(|id| pieces.segments(&[id; 32]).unwrap());
        assert_eq!(left, [1, 0, 1], "the largest of what is over, and no more than is needed");
        assert_eq!(pieces.taken(), 4 * 2_048);
    }

    #[test]
    fn room_should_be_limited_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (small, large) = (content(64), content(640));
        let most = size_of(&large) + size_of(&small);
        {
            let pieces = Pieces::open(dir.path(), most).unwrap();
            reserve(&pieces, 1, 1, &large, 10).unwrap();
            reserve(&pieces, 1, 1, &large, 10).unwrap();
            reserve(&pieces, 2, 2, &small, 1).unwrap();
            assert!(matches!(reserve(&pieces, 3, 3, &small, 1), Err(PiecesError::Full { .. })));
            assert_eq!(pieces.taken(), most);
            pieces.append(&[2; 32], 0, &digests(64)).unwrap();
            pieces.erase(&[1; 32]).unwrap();
            reserve(&pieces, 3, 3, &large, 10).unwrap();
        }
        // What was only set apart is not there after a restart; and nobody's files go.
        let pieces = Pieces::open(dir.path(), most).unwrap();
        assert_eq!(pieces.taken(), 64 * 32);
        pieces.keep_only(|id| *id != [2; 32]).unwrap();
        assert_eq!(pieces.taken(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
