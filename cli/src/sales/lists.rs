//! Lists of digests, 32 bytes a chunk, in files: of the plain chunks, and of the encrypted ones.

use souk_primitives::{
    content::{Content, TAG},
    sumtree::{Leaf, Node, Shape, Spine},
    Digest,
};
use std::{
    fs::File,
    io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// Bytes of a digest.
const DIGEST: u64 = 32;

/// What a list lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The listed content's chunks.
    Plain,
    /// The encrypted chunks under this root.
    Encrypted(Digest),
}

/// A list in a file.
#[derive(Clone, Debug)]
pub struct List {
    /// The file.
    pub path: PathBuf,
    /// What was listed.
    pub content: Content,
    /// What it lists.
    pub kind: Kind,
}

impl List {
    /// Bytes that it must have.
    pub fn bytes(&self) -> u64 {
        u64::from(self.content.chunks()).saturating_mul(DIGEST)
    }

    /// The tree that it must make.
    fn shape(&self) -> Shape {
        match self.kind {
            Kind::Plain => self.content.plain(),
            Kind::Encrypted(root) => self.content.encrypted(root),
        }
    }

    /// Length of the chunk at `index`.
    pub fn chunk_length(&self, index: u32) -> Option<u32> {
        let plain = self.content.chunk_length(index)?;
        match self.kind {
            Kind::Plain => Some(plain),
            Kind::Encrypted(_) => plain.checked_add(TAG),
        }
    }

    /// Reads its digests from chunk `first` on.
    pub fn digests(&self, first: u32) -> Result<Digests> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(u64::from(first).saturating_mul(DIGEST)))?;
        Ok(Digests { file: BufReader::with_capacity(1 << 16, file) })
    }

    /// Whether the list in the file makes the tree that it must make.
    pub fn is_true(&self) -> Result<bool> {
        if std::fs::metadata(&self.path)?.len() != self.bytes() {
            return Ok(false);
        }
        Ok(self.spine(0, self.content.chunks())?.shape() == Some(self.shape()))
    }

    /// The tree over chunks `from .. to`.
    fn spine(&self, from: u32, to: u32) -> Result<Spine> {
        let mut spine = Spine::default();
        let mut digests = self.digests(from)?;
        for index in from..to {
            let amount = self.chunk_length(index).ok_or_else(gone)?.into();
            spine.push(Leaf { digest: digests.read_one()?, amount }).ok_or_else(gone)?;
        }
        Ok(spine)
    }

    /// The path from the chunk at `index` to the root. Reads the list once.
    pub fn path(&self, index: u32) -> Result<Vec<Node>> {
        let count = self.content.chunks();
        let mut path = Vec::new();
        let mut level = 0u32;
        // A node at a level covers 2^level chunks; the last one fewer, and then it is the tree over those alone.
        while count.div_ceil(1u32 << level) > 1 {
            let sibling = (index >> level) ^ 1;
            let from = u64::from(sibling) << level;
            let to = (from + (1u64 << level)).min(count.into());
            if from < to {
                let from = u32::try_from(from).map_err(|_| gone())?;
                let shape =
                    self.spine(from, u32::try_from(to).map_err(|_| gone())?)?.shape().ok_or_else(gone)?;
                path.push(Node { hash: shape.root, sum: shape.total });
            }
            level += 1;
        }
        Ok(path)
    }
}

/// Digests of a list, in order.
pub struct Digests {
    file: BufReader<File>,
}

impl Digests {
    /// The next one.
    pub fn read_one(&mut self) -> Result<Digest> {
        let mut digest = [0; 32];
        self.file.read_exact(&mut digest)?;
        Ok(digest)
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::InvalidData, "the list of digests has another length than the content")
}

/// Whether there is a file with as many bytes as it should have.
pub fn is_whole(path: &Path, bytes: u64) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{
        copy::WholeCopy,
        exchange::ContentKey,
        sumtree::{prove, verify},
    };

    /// A copy of `chunks` chunks, and its two lists.
    fn lists(folder: &Path, chunks: usize) -> (WholeCopy, List, List) {
        let bytes: Vec<u8> = (0..(chunks - 1) * 65_536 + 7).map(|i| (i / 65_536) as u8).collect();
        let copy = WholeCopy::make(&[1; 32], [2; 32], ContentKey::new([3; 32]), &bytes).unwrap();
        let list = |name: &str, leaves: &[Leaf], kind| {
            let path = folder.join(name);
            std::fs::write(&path, leaves.iter().flat_map(|leaf| leaf.digest).collect::<Vec<_>>()).unwrap();
            List { path, content: copy.content, kind }
        };
        let plain = list("plain", &copy.plain, Kind::Plain);
        let encrypted = list("encrypted", &copy.encrypted, Kind::Encrypted(copy.ciphertext_root()));
        (copy, plain, encrypted)
    }

    #[test]
    fn paths_should_be_those_of_the_whole_tree() {
        let folder = tempfile::tempdir().unwrap();
        for chunks in [1, 2, 3, 4, 5, 7, 8, 9, 13, 33] {
            let (copy, plain, encrypted) = lists(folder.path(), chunks);
            assert!(plain.is_true().unwrap() && encrypted.is_true().unwrap());
            for index in 0..chunks as u32 {
                let at = index as usize;
                assert_eq!(Some(plain.path(index).unwrap()), prove(&copy.plain, index), "{chunks} {index}");
                let path = encrypted.path(index).unwrap();
                let shape = copy.content.encrypted(copy.ciphertext_root());
                assert!(verify(&shape, index, &copy.encrypted[at], &path).is_ok(), "{chunks} {index}");
            }
        }
    }

    #[test]
    fn list_that_is_not_the_true_one_should_show() {
        let folder = tempfile::tempdir().unwrap();
        let (_, plain, encrypted) = lists(folder.path(), 5);
        let bytes = std::fs::read(&plain.path).unwrap();
        for bad in
            [&bytes[..128], &[&bytes[..], &[0; 32]].concat()[..], &[&[1], &bytes[1..]].concat()[..], b""]
        {
            std::fs::write(&plain.path, bad).unwrap();
            assert!(!plain.is_true().unwrap(), "{}", bad.len());
        }
        let other = List { kind: Kind::Encrypted([9; 32]), ..encrypted };
        assert!(!other.is_true().unwrap());
    }
}
