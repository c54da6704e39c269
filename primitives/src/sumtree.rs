//! A Merkle **sum** tree: each leaf carries an amount, each node the sum below it.
//!
//! One tree serves bytes (amount = length of a chunk) and money (amount = charge of a call). A leaf opens by index or by
//! *point*: the leaf whose interval of the running sum covers a given amount. An odd last node is promoted unchanged.
//! A proof's exact length and the side of each step follow from `(count, index)`, which come from trusted state, so that
//! no inner node passes as a leaf and no leaf at another index.

use crate::{hash, Balance, Digest};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a leaf commits to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Leaf {
    /// Digest of the leaf's content.
    pub digest: Digest,
    /// Its amount: bytes of a chunk, or units of a charge.
    pub amount: Balance,
}

/// A node: hash and sum. The root is the node of the whole tree.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Node {
    /// Hash over children and their sums, or over the leaf.
    pub hash: Digest,
    /// Sum of the amounts below.
    pub sum: Balance,
}

/// Siblings from the leaf to the root. Levels at which the node is promoted have no entry.
pub type Proof = Vec<Node>;

/// The tree as trusted state describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub struct Shape {
    /// Hash of the root node.
    pub root: Digest,
    /// Sum over all leaves.
    pub total: Balance,
    /// Number of leaves.
    pub count: u32,
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// The index is not below the count.
    IndexOutOfRange,
    /// The proof is shorter or longer than `(count, index)` demands.
    WrongLength,
    /// Sums overflow or do not add up to the total.
    WrongSum,
    /// The hashes do not lead to the root.
    WrongRoot,
    /// The point does not lie in the leaf's interval.
    WrongPoint,
}

impl Leaf {
    /// The leaf's node: `H(0x00 ‖ digest ‖ amount_le16)`.
    pub fn node(&self) -> Node {
        Node { hash: hash(&[&[0], &self.digest, &self.amount.to_le_bytes()]), sum: self.amount }
    }
}

impl Node {
    /// Parent of two nodes: `H(0x01 ‖ left ‖ sum_left ‖ right ‖ sum_right)`; `None` when the sum overflows.
    pub fn parent(left: &Node, right: &Node) -> Option<Node> {
        Some(Node {
            hash: hash(&[&[1], &left.hash, &left.sum.to_le_bytes(), &right.hash, &right.sum.to_le_bytes()]),
            sum: left.sum.checked_add(right.sum)?,
        })
    }
}

/// Shape of the empty tree: a zero root, no leaves.
pub const EMPTY: Shape = Shape { root: [0; 32], total: 0, count: 0 };

fn next_level(level: &[Node]) -> Option<Vec<Node>> {
    level
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => Node::parent(left, right),
            [only] => Some(*only),
            _ => None,
        })
        .collect()
}

/// Shape of the tree over `leaves`; `None` when the sums overflow or there are over `u32::MAX` leaves.
pub fn shape(leaves: &[Leaf]) -> Option<Shape> {
    let mut level: Vec<Node> = leaves.iter().map(Leaf::node).collect();
    let count = u32::try_from(level.len()).ok()?;
    while level.len() > 1 {
        level = next_level(&level)?;
    }
    Some(level.first().map_or(EMPTY, |root| Shape { root: root.hash, total: root.sum, count }))
}

/// Proof of the leaf at `index`; `None` when there is no such leaf or the sums overflow.
pub fn prove(leaves: &[Leaf], index: u32) -> Option<Proof> {
    let mut level: Vec<Node> = leaves.iter().map(Leaf::node).collect();
    let mut at = usize::try_from(index).ok()?;
    level.get(at)?;
    let mut proof = Vec::new();
    while level.len() > 1 {
        if let Some(sibling) = level.get(at ^ 1) {
            proof.push(*sibling);
        }
        level = next_level(&level)?;
        at >>= 1;
    }
    Some(proof)
}

/// Index and offset of the leaf that covers `point`: `prefix ≤ point < prefix + amount`. `None` beyond the total.
pub fn leaf_at(leaves: &[Leaf], point: Balance) -> Option<(u32, Balance)> {
    let mut prefix: Balance = 0;
    for (index, leaf) in leaves.iter().enumerate() {
        let end = prefix.checked_add(leaf.amount)?;
        if point < end {
            return Some((u32::try_from(index).ok()?, prefix));
        }
        prefix = end;
    }
    None
}

/// Checks that `leaf` stands at `index` of the tree. Returns the sum of the leaves before it.
pub fn verify(shape: &Shape, index: u32, leaf: &Leaf, proof: &[Node]) -> Result<Balance, ProofError> {
    if index >= shape.count {
        return Err(ProofError::IndexOutOfRange);
    }
    let mut node = leaf.node();
    let mut prefix: Balance = 0;
    let mut at = index;
    let mut width = shape.count;
    let mut siblings = proof.iter();
    while width > 1 {
        let last = width.saturating_sub(1);
        let promoted = at == last && width % 2 == 1;
        if !promoted {
            let sibling = siblings.next().ok_or(ProofError::WrongLength)?;
            let (left, right) = if at % 2 == 1 {
                prefix = prefix.checked_add(sibling.sum).ok_or(ProofError::WrongSum)?;
                (sibling, &node)
            } else {
                (&node, sibling)
            };
            node = Node::parent(left, right).ok_or(ProofError::WrongSum)?;
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    if siblings.next().is_some() {
        return Err(ProofError::WrongLength);
    }
    if node.sum != shape.total {
        return Err(ProofError::WrongSum);
    }
    if node.hash != shape.root {
        return Err(ProofError::WrongRoot);
    }
    Ok(prefix)
}

/// Checks that `leaf` stands at `index` and covers `point`.
pub fn verify_point(
    shape: &Shape,
    index: u32,
    leaf: &Leaf,
    proof: &[Node],
    point: Balance,
) -> Result<(), ProofError> {
    let prefix = verify(shape, index, leaf, proof)?;
    let end = prefix.checked_add(leaf.amount).ok_or(ProofError::WrongSum)?;
    if prefix <= point && point < end {
        Ok(())
    } else {
        Err(ProofError::WrongPoint)
    }
}

/// Longest proof of any tree: counts are `u32`.
pub const MAX_PROOF: u32 = 32;

/// The right spine of a growing tree: appends in O(log n), gives the shape at any time.
///
/// `peaks[i]` is the root of a complete subtree, widest first; their widths are the binary digits of `count`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Default)]
pub struct Spine {
    peaks: Vec<Node>,
    count: u32,
}

impl Spine {
    /// Number of leaves.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Sum of all amounts.
    pub fn total(&self) -> Balance {
        // Peaks' sums were checked when the shape was last taken; `push` refuses an overflow.
        self.peaks.iter().fold(0, |acc, peak| acc.saturating_add(peak.sum))
    }

    /// Appends a leaf. `None` (and no change) when a sum or the count would overflow.
    pub fn push(&mut self, leaf: Leaf) -> Option<()> {
        let count = self.count.checked_add(1)?;
        self.total().checked_add(leaf.amount)?;
        let mut node = leaf.node();
        for _ in 0..self.count.trailing_ones() {
            let left = self.peaks.pop()?;
            node = Node::parent(&left, &node)?;
        }
        self.peaks.push(node);
        self.count = count;
        Some(())
    }

    /// Shape of the tree over all leaves pushed so far.
    pub fn shape(&self) -> Option<Shape> {
        let mut peaks = self.peaks.iter().rev();
        let Some(first) = peaks.next() else { return Some(EMPTY) };
        let mut node = *first;
        for left in peaks {
            node = Node::parent(left, &node)?;
        }
        Some(Shape { root: node.hash, total: node.sum, count: self.count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves() -> impl Strategy<Value = Vec<Leaf>> {
        prop::collection::vec(
            (any::<[u8; 32]>(), 0u128..1_000_000).prop_map(|(digest, amount)| Leaf { digest, amount }),
            1..70,
        )
    }

    #[test]
    fn empty_tree_has_the_empty_shape() {
        assert_eq!(shape(&[]), Some(EMPTY));
        assert_eq!(Spine::default().shape(), Some(EMPTY));
    }

    #[test]
    fn sums_that_overflow_are_refused() {
        let big = Leaf { digest: [1; 32], amount: u128::MAX };
        let one = Leaf { digest: [2; 32], amount: 1 };
        assert_eq!(shape(&[big, one]), None);
        let mut spine = Spine::default();
        spine.push(big).unwrap();
        assert_eq!(spine.push(one), None);
        assert_eq!(spine.count(), 1);
    }

    proptest! {
        #[test]
        fn spine_and_tree_agree(leaves in leaves()) {
            let mut spine = Spine::default();
            for (i, leaf) in leaves.iter().enumerate() {
                spine.push(*leaf).unwrap();
                prop_assert_eq!(spine.shape(), shape(&leaves[..=i]));
            }
        }

        #[test]
        fn every_leaf_verifies_at_its_index_and_point_only(leaves in leaves(), other in 0u32..70, point in 0u128..70_000_000) {
            let shape = shape(&leaves).unwrap();
            let mut prefix = 0;
            for (i, leaf) in leaves.iter().enumerate() {
                let i = i as u32;
                let proof = prove(&leaves, i).unwrap();
                prop_assert_eq!(verify(&shape, i, leaf, &proof), Ok(prefix));
                if other != i {
                    prop_assert!(verify(&shape, other, leaf, &proof).is_err());
                }
                let covers = prefix <= point && point < prefix + leaf.amount;
                prop_assert_eq!(verify_point(&shape, i, leaf, &proof, point).is_ok(), covers);
                prefix += leaf.amount;
            }
            prop_assert_eq!(leaf_at(&leaves, point).is_some(), point < shape.total);
        }

        #[test]
        fn proofs_of_other_lengths_are_refused(leaves in leaves(), pick in any::<prop::sample::Index>()) {
            let shape = shape(&leaves).unwrap();
            let i = pick.index(leaves.len());
            let mut proof = prove(&leaves, i as u32).unwrap();
            proof.push(Node::default());
            prop_assert_eq!(verify(&shape, i as u32, &leaves[i], &proof), Err(ProofError::WrongLength));
            proof.pop();
            if proof.pop().is_some() {
                prop_assert!(verify(&shape, i as u32, &leaves[i], &proof).is_err());
            }
        }

        #[test]
        fn sums_cannot_be_shifted_between_leaves(leaves in leaves(), pick in any::<prop::sample::Index>(), by in 1u128..1000) {
            let shape = shape(&leaves).unwrap();
            let i = pick.index(leaves.len());
            let proof = prove(&leaves, i as u32).unwrap();
            let mut moved = leaves[i];
            moved.amount += by;
            prop_assert!(verify(&shape, i as u32, &moved, &proof).is_err());
            if let Some(first) = proof.first() {
                let mut shifted = proof.clone();
                if first.sum >= by {
                    shifted[0].sum -= by;
                    prop_assert!(verify(&shape, i as u32, &moved, &shifted).is_err());
                }
            }
        }

        #[test]
        fn no_inner_node_passes_as_a_leaf(leaves in leaves()) {
            prop_assume!(leaves.len() >= 2);
            let whole = shape(&leaves).unwrap();
            let inner = Node::parent(&leaves[0].node(), &leaves[1].node()).unwrap();
            let fake = Leaf { digest: inner.hash, amount: inner.sum };
            let proof = prove(&leaves, 0).unwrap();
            for cut in 0..=proof.len() {
                prop_assert!(verify(&whole, 0, &fake, &proof[cut..]).is_err());
            }
        }
    }
}
