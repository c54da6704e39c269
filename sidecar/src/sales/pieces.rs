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
    Digest, PurchaseId,
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
}

type Result<T> = std::result::Result<T, PiecesError>;

/// All files.
pub struct Pieces {
    folder: PathBuf,
    most: u64,
    /// Bytes of each file, as it will be when its copy is whole.
    taken: Mutex<HashMap<PurchaseId, u64>>,
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
                taken.insert(id, file.metadata()?.len());
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

    /// Sets room apart for a copy.
    pub fn reserve(&self, purchase: &PurchaseId, content: &Content) -> Result<()> {
        let mut all = self.taken.lock();
        let taken = all.iter().filter(|(id, _)| *id != purchase).map(|(_, bytes)| *bytes).sum::<u64>();
        let needs = size_of(content);
        if self.most > 0 && taken.saturating_add(needs) > self.most {
            return Err(PiecesError::Full { taken, most: self.most, needs });
        }
        all.insert(*purchase, needs);
        Ok(())
    }

    /// Bytes of all files, with what is set apart.
    pub fn taken(&self) -> u64 {
        self.taken.lock().values().sum()
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
        match fs::remove_file(self.path(purchase)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.taken.lock().remove(purchase);
        Ok(())
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
    use souk_primitives::{content::CHUNK, sumtree};

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

    #[test]
    fn room_should_be_limited_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (small, large) = (content(64), content(640));
        let most = size_of(&large) + size_of(&small);
        {
            let pieces = Pieces::open(dir.path(), most).unwrap();
            pieces.reserve(&[1; 32], &large).unwrap();
            pieces.reserve(&[1; 32], &large).unwrap();
            pieces.reserve(&[2; 32], &small).unwrap();
            assert!(matches!(pieces.reserve(&[3; 32], &small), Err(PiecesError::Full { .. })));
            assert_eq!(pieces.taken(), most);
            pieces.append(&[2; 32], 0, &digests(64)).unwrap();
            pieces.erase(&[1; 32]).unwrap();
            pieces.reserve(&[3; 32], &large).unwrap();
        }
        // What was only set apart is not there after a restart; and nobody's files go.
        let pieces = Pieces::open(dir.path(), most).unwrap();
        assert_eq!(pieces.taken(), 64 * 32);
        pieces.keep_only(|id| *id != [2; 32]).unwrap();
        assert_eq!(pieces.taken(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
