//! Content: bytes cut into chunks of 64 KiB under one sum tree.
//!
//! The leaf of a chunk is `(blake2_256(chunk), length)`, so that the tree's total is the content's size. The ciphertext
//! that a buyer fetches has a tree of its own: the same number of leaves, each 16 bytes longer.

use crate::{
    sumtree::{Leaf, Shape, Spine},
    Balance, Digest,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Bytes of a chunk; the last one of a content may be shorter, never empty.
pub const CHUNK: u32 = 64 * 1024;
/// Largest content, in bytes: 4 TiB.
pub const MAX_SIZE: u64 = 4 << 40;
/// By how many bytes a chunk's ciphertext is longer: the tag of ChaCha20-Poly1305.
pub const TAG: u32 = 16;
/// Longest path from a leaf to the root of any content: `MAX_SIZE` has 2^26 chunks.
pub const MAX_PATH: u32 = 26;

/// Content as a published version describes it. A value of this type always has between 1 and 2^26 chunks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Content {
    root: Digest,
    size: u64,
}

/// Chunks that content of `size` bytes has; `None` when the size is out of range (`1 ..= MAX_SIZE`).
pub fn chunks_of(size: u64) -> Option<u32> {
    if !(1..=MAX_SIZE).contains(&size) {
        return None;
    }
    u32::try_from(size.div_ceil(u64::from(CHUNK))).ok()
}

/// The leaf of a chunk, plain or encrypted: `(blake2_256(bytes), length)`.
pub fn leaf(bytes: &[u8]) -> Leaf {
    Leaf {
        digest: sp_crypto_hashing::blake2_256(bytes),
        amount: Balance::try_from(bytes.len()).unwrap_or(Balance::MAX),
    }
}

impl Content {
    /// Content of `size` bytes under `root`; `None` when the size is out of range.
    pub fn new(root: Digest, size: u64) -> Option<Self> {
        chunks_of(size).map(|_| Content { root, size })
    }

    /// Root of the tree over its plain chunks.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Chunks.
    pub fn chunks(&self) -> u32 {
        chunks_of(self.size).unwrap_or(0)
    }

    /// Length of the chunk at `index`; `None` when there is none.
    pub fn chunk_length(&self, index: u32) -> Option<u32> {
        if index >= self.chunks() {
            return None;
        }
        let start = u64::from(index).checked_mul(u64::from(CHUNK))?;
        u32::try_from(self.size.checked_sub(start)?.min(u64::from(CHUNK))).ok()
    }

    /// The tree over the plain chunks.
    pub fn plain(&self) -> Shape {
        Shape { root: self.root, total: self.size.into(), count: self.chunks() }
    }

    /// The tree over the encrypted chunks, if its root is `root`.
    pub fn encrypted(&self, root: Digest) -> Shape {
        let count = self.chunks();
        let tags = Balance::from(count).saturating_mul(TAG.into());
        Shape { root, total: Balance::from(self.size).saturating_add(tags), count }
    }

    /// Whether `digests` is the list of its plain chunks' digests. A buyer checks it before it accepts a copy: without the
    /// true list it could not prove that what it decrypted is not what was listed.
    pub fn matches(&self, digests: impl IntoIterator<Item = Digest>) -> bool {
        let mut spine = Spine::default();
        for digest in digests {
            let Some(length) = self.chunk_length(spine.count()) else { return false };
            if spine.push(Leaf { digest, amount: length.into() }).is_none() {
                return false;
            }
        }
        spine.shape() == Some(self.plain())
    }
}

/// Takes the chunks of a content in their order and gives its root: memory grows with the logarithm of the size.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    spine: Spine,
    ended: bool,
}

impl Builder {
    /// Appends the next chunk and returns its leaf. `None`, and no change, when the chunk is empty or too long, or follows
    /// a short one.
    pub fn push(&mut self, chunk: &[u8]) -> Option<Leaf> {
        let length = u32::try_from(chunk.len()).ok()?;
        if self.ended || length == 0 || length > CHUNK {
            return None;
        }
        let leaf = leaf(chunk);
        self.spine.push(leaf)?;
        self.ended = length < CHUNK;
        Some(leaf)
    }

    /// The content of all chunks so far; `None` when there are none, or too many.
    pub fn finish(&self) -> Option<Content> {
        let shape = self.spine.shape()?;
        Content::new(shape.root, u64::try_from(shape.total).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sumtree;
    use proptest::prelude::*;

    const CHUNK_SIZE: u64 = CHUNK as u64;

    fn content(size: usize) -> (Content, Vec<Leaf>) {
        let bytes: Vec<u8> = (0..size).map(|i| (i / 7) as u8).collect();
        let mut builder = Builder::default();
        let leaves = bytes.chunks(CHUNK as usize).map(|chunk| builder.push(chunk).unwrap()).collect();
        (builder.finish().unwrap(), leaves)
    }

    #[test]
    fn chunks_should_cover_the_size() {
        assert_eq!(chunks_of(0), None);
        assert_eq!(chunks_of(1), Some(1));
        assert_eq!(chunks_of(CHUNK_SIZE), Some(1));
        assert_eq!(chunks_of(CHUNK_SIZE + 1), Some(2));
        assert_eq!(chunks_of(MAX_SIZE), Some(1 << MAX_PATH));
        assert_eq!(chunks_of(MAX_SIZE + 1), None);
        assert_eq!(Content::new([0; 32], 0), None);
    }

    #[test]
    fn only_the_last_chunk_should_be_short() {
        let mut builder = Builder::default();
        assert_eq!(builder.push(&[]), None);
        assert_eq!(builder.push(&vec![0; CHUNK as usize + 1]), None);
        assert_eq!(builder.finish(), None);
        builder.push(&[1, 2, 3]).unwrap();
        assert_eq!(builder.push(&[4]), None);
        assert_eq!(builder.finish().unwrap().size(), 3);
    }

    proptest! {
        #[test]
        fn lengths_should_add_up_to_the_size(size in 1u64..20 * CHUNK_SIZE) {
            let content = Content::new([0; 32], size).unwrap();
            let lengths: Vec<u32> = (0..content.chunks()).map(|i| content.chunk_length(i).unwrap()).collect();
            prop_assert!(lengths.iter().all(|length| (1..=CHUNK).contains(length)));
            prop_assert_eq!(lengths.iter().map(|length| u64::from(*length)).sum::<u64>(), size);
            prop_assert_eq!(content.chunk_length(content.chunks()), None);
        }

        #[test]
        fn last_chunk_should_never_be_empty(size in 1u64..=MAX_SIZE) {
            let chunks = u64::from(chunks_of(size).unwrap());
            prop_assert!(chunks * CHUNK_SIZE >= size && (chunks - 1) * CHUNK_SIZE < size);
        }

        #[test]
        fn builder_and_tree_should_agree(size in 1usize..200_000) {
            let (content, leaves) = content(size);
            prop_assert_eq!(Some(content.plain()), sumtree::shape(&leaves));
            prop_assert_eq!(content.size(), size as u64);
        }

        #[test]
        fn no_other_list_of_digests_should_match(size in 1usize..200_000, pick in any::<prop::sample::Index>(), bit in 0usize..256) {
            let (content, leaves) = content(size);
            let list: Vec<Digest> = leaves.iter().map(|leaf| leaf.digest).collect();
            prop_assert!(content.matches(list.clone()));
            let mut flipped = list.clone();
            flipped[pick.index(list.len())][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!content.matches(flipped));
            prop_assert!(!content.matches(list[1..].to_vec()));
            prop_assert!(!content.matches([list.clone(), vec![[0; 32]]].concat()));
        }
    }
}
