//! Segments: 64 chunks, stored as one object each.
//!
//! 64 is a power of two, so the root over a segment's chunks is a node of the content's tree (an inner one at level 6;
//! the last, shorter segment is promoted to there as the tree promotes it). A segment can so be named by its root, and a
//! chunk's proof is its path in the segment followed by the path over the segments' nodes.

use souk_primitives::{
    content::{self, Content, CHUNK},
    sumtree::{self, Leaf, Node, Proof, Spine},
    Digest,
};

/// Chunks of a segment; the last one of a content may have fewer.
pub const CHUNKS: u32 = 64;
/// Bytes of a whole segment: 4 MiB.
pub const SEGMENT: usize = CHUNKS as usize * CHUNK as usize;

/// Segments that a content has.
pub fn segments_of(content: &Content) -> u32 {
    content.chunks().div_ceil(CHUNKS)
}

/// Bytes of the segment at `index`; 0 when there is none.
pub fn length_of(content: &Content, index: u32) -> u64 {
    let start = u64::from(index) * SEGMENT as u64;
    content.size().saturating_sub(start).min(SEGMENT as u64)
}

/// Node over some leaves; `None` when there are none.
pub fn node(leaves: &[Leaf]) -> Option<Node> {
    let shape = sumtree::shape(leaves).filter(|shape| shape.count > 0)?;
    Some(Node { hash: shape.root, sum: shape.total })
}

/// Name of the segment with these bytes; `None` when they are none or too many.
pub fn name_of(bytes: &[u8]) -> Option<Digest> {
    if bytes.len() > SEGMENT {
        return None;
    }
    let leaves: Vec<Leaf> = bytes.chunks(CHUNK as usize).map(content::leaf).collect();
    node(&leaves).map(|node| node.hash)
}

/// How many nodes each level has, from that of the segments up to the root.
fn sizes(segments: u32) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(u64::from(segments)), |size| (*size > 1).then(|| size.div_ceil(2)))
}

/// How many nodes [`levels`] gives for so many segments.
pub fn nodes_above(segments: u32) -> u64 {
    sizes(segments).sum()
}

/// The nodes of all levels in one list: those of the segments, which are given, and each next level up to the root.
/// `None` when there are none or the sums overflow.
pub fn levels(mut nodes: Vec<Node>) -> Option<Vec<Node>> {
    let mut start = 0;
    while nodes.len() - start > 1 {
        let pairs = nodes[start..].chunks(2).map(|pair| match pair {
            [left, right] => Node::parent(left, right),
            _ => pair.first().copied(),
        });
        let next = pairs.collect::<Option<Vec<Node>>>()?;
        start = nodes.len();
        nodes.extend(next);
    }
    (!nodes.is_empty()).then_some(nodes)
}

/// Where in [`levels`] the siblings on the way from the segment at `at` up to the root are.
pub fn siblings(segments: u32, at: u32) -> Vec<u64> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, u64::from(at));
    for size in sizes(segments) {
        found.extend(Some(at ^ 1).filter(|sibling| *sibling < size).map(|sibling| start + sibling));
        start += size;
        at >>= 1;
    }
    found
}

/// Proof of the chunk at `index` of the whole tree, from the leaves of its segment and the siblings above it.
pub fn prove(segment: &[Leaf], above: Proof, index: u32) -> Option<Proof> {
    let mut proof = sumtree::prove(segment, index % CHUNKS)?;
    proof.extend(above);
    Some(proof)
}

/// Takes the digests of a content's chunks in their order and gives the names of its segments. Memory does not grow with
/// the content.
pub struct Names {
    content: Content,
    spine: Spine,
    leaves: Vec<Leaf>,
}

impl Names {
    /// For this content.
    pub fn new(content: Content) -> Self {
        Self { content, spine: Spine::default(), leaves: Vec::with_capacity(CHUNKS as usize) }
    }

    /// Takes the next digest. Gives the name of a segment that it completes; `Err` when there are more digests than
    /// chunks.
    pub fn push(&mut self, digest: Digest) -> Result<Option<Digest>, Mismatch> {
        let length = self.content.chunk_length(self.spine.count()).ok_or(Mismatch)?;
        let leaf = Leaf { digest, amount: length.into() };
        self.spine.push(leaf).ok_or(Mismatch)?;
        self.leaves.push(leaf);
        let last = self.spine.count() == self.content.chunks();
        if self.leaves.len() < CHUNKS as usize && !last {
            return Ok(None);
        }
        let name = node(&self.leaves).ok_or(Mismatch)?.hash;
        self.leaves.clear();
        Ok(Some(name))
    }

    /// Whether the digests were those of the content.
    pub fn finish(&self) -> Result<(), Mismatch> {
        (self.spine.shape() == Some(self.content.plain())).then_some(()).ok_or(Mismatch)
    }
}

/// The digests do not lead to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use souk_primitives::{content::TAG, sumtree::verify};

    /// Content whose chunks have any digests: their bytes do not matter to the tree.
    fn content(chunks: u32, last: u32) -> (Content, Vec<Leaf>) {
        let leaves: Vec<Leaf> = (0..chunks)
            .map(|i| {
                let amount = if i + 1 == chunks { last } else { CHUNK };
                Leaf { digest: souk_primitives::hash(&[&i.to_le_bytes()]), amount: amount.into() }
            })
            .collect();
        let shape = sumtree::shape(&leaves).unwrap();
        (Content::new(shape.root, shape.total as u64).unwrap(), leaves)
    }

    fn names(content: Content, digests: impl IntoIterator<Item = Digest>) -> Result<Vec<Digest>, Mismatch> {
        let mut names = Names::new(content);
        let mut all = Vec::new();
        for digest in digests {
            all.extend(names.push(digest)?);
        }
        names.finish().map(|()| all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn proof_over_segments_should_be_the_one_of_the_tree(chunks in 1u32..700, last in 1u32..=CHUNK, pick in any::<prop::sample::Index>()) {
            let (content, leaves) = content(chunks, last);
            let nodes: Vec<Node> = leaves.chunks(CHUNKS as usize).map(|part| node(part).unwrap()).collect();
            prop_assert_eq!(nodes.len() as u32, segments_of(&content));
            let index = pick.index(leaves.len());
            let segment = leaves.chunks(CHUNKS as usize).nth(index / CHUNKS as usize).unwrap();
            let all = levels(nodes.clone()).unwrap();
            prop_assert_eq!(all.len() as u64, nodes_above(nodes.len() as u32));
            let above = siblings(nodes.len() as u32, index as u32 / CHUNKS);
            let above = above.iter().map(|at| all[*at as usize]).collect();
            let proof = prove(segment, above, index as u32).unwrap();
            prop_assert!(verify(&content.plain(), index as u32, &leaves[index], &proof).is_ok());
            prop_assert_eq!(Some(proof), sumtree::prove(&leaves, index as u32));
        }

        #[test]
        fn names_should_be_the_segments_nodes(chunks in 1u32..700, last in 1u32..=CHUNK, wrong in any::<prop::sample::Index>()) {
            let (content, leaves) = content(chunks, last);
            let digests: Vec<Digest> = leaves.iter().map(|leaf| leaf.digest).collect();
            let expected: Vec<Digest> =
                leaves.chunks(CHUNKS as usize).map(|part| node(part).unwrap().hash).collect();
            prop_assert_eq!(names(content, digests.clone()), Ok(expected));
            prop_assert_eq!(names(content, digests[1..].to_vec()), Err(Mismatch));
            prop_assert_eq!(names(content, [digests.clone(), vec![[0; 32]]].concat()), Err(Mismatch));
            let mut other = digests;
            let at = wrong.index(other.len());
            other[at][0] ^= 1;
            prop_assert_eq!(names(content, other), Err(Mismatch));
        }

        #[test]
        fn lengths_of_segments_should_add_up(size in 1u64..40 * SEGMENT as u64) {
            let content = Content::new([0; 32], size).unwrap();
            let lengths: Vec<u64> = (0..segments_of(&content)).map(|i| length_of(&content, i)).collect();
            prop_assert!(lengths.iter().all(|length| (1..=SEGMENT as u64).contains(length)));
            prop_assert_eq!(lengths.iter().sum::<u64>(), size);
            prop_assert_eq!(length_of(&content, segments_of(&content)), 0);
        }
    }

    #[test]
    fn name_should_be_over_the_bytes() {
        let bytes = vec![7u8; CHUNK as usize + 5];
        let leaves = [content::leaf(&bytes[..CHUNK as usize]), content::leaf(&bytes[CHUNK as usize..])];
        assert_eq!(name_of(&bytes), node(&leaves).map(|node| node.hash));
        assert_eq!(name_of(&[]), None);
        assert_eq!(name_of(&vec![0; SEGMENT + 1]), None);
        // An encrypted segment is no segment: its chunks are longer.
        assert_ne!(name_of(&vec![7u8; (CHUNK + TAG) as usize]), name_of(&vec![7u8; CHUNK as usize]));
    }
}
