//! Lineage: what a listing derives from, and what it owes for that.

use crate::{ListingId, VersionId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most parents of a listing.
pub const MAX_PARENTS: u32 = 4;
/// Most that all parents get together, in millionths of what the protocol leaves: 50 %.
pub const MAX_ROYALTIES: u32 = 500_000;

/// Something that a listing derives from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Parent {
    /// Its listing.
    pub listing: ListingId,
    /// Its version.
    pub version: VersionId,
    /// What its owner gets of each sale, in millionths of what the protocol leaves.
    pub royalty: u32,
}

/// The parents of a listing.
pub type Parents = BoundedVec<Parent, ConstU32<MAX_PARENTS>>;

/// Why parents can't be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadParents {
    /// A parent must have been registered before its child: so no line ever comes back to where it began.
    NotOlder,
    /// Each listing is named once.
    Twice,
    /// All royalties together are above 50 %.
    TooMuch,
    /// What was named once stays, at no smaller royalty and no older version: buyers and parents rely on it.
    Dropped,
}

/// Checks what `child` says it derives from, after it said `before`.
pub fn check(child: ListingId, before: &[Parent], parents: &[Parent]) -> Result<(), BadParents> {
    let mut sum = 0u32;
    for (number, parent) in parents.iter().enumerate() {
        if parent.listing >= child {
            return Err(BadParents::NotOlder);
        }
        if parents.iter().take(number).any(|other| other.listing == parent.listing) {
            return Err(BadParents::Twice);
        }
        sum = sum.saturating_add(parent.royalty);
    }
    if sum > MAX_ROYALTIES {
        return Err(BadParents::TooMuch);
    }
    let keeps = |old: &Parent| {
        parents
            .iter()
            .any(|new| new.listing == old.listing && new.version >= old.version && new.royalty >= old.royalty)
    };
    if before.iter().all(keeps) {
        Ok(())
    } else {
        Err(BadParents::Dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn parent(listing: ListingId, version: VersionId, royalty: u32) -> Parent {
        Parent { listing, version, royalty }
    }

    #[test]
    fn parents_should_be_checked() {
        assert_eq!(check(5, &[], &[]), Ok(()));
        assert_eq!(check(5, &[], &[parent(4, 0, 400_000), parent(0, 7, 100_000)]), Ok(()));
        assert_eq!(check(5, &[], &[parent(4, 0, 400_000), parent(0, 7, 100_001)]), Err(BadParents::TooMuch));
        assert_eq!(check(5, &[], &[parent(0, 0, u32::MAX), parent(1, 0, 2)]), Err(BadParents::TooMuch));
        assert_eq!(check(5, &[], &[parent(5, 0, 0)]), Err(BadParents::NotOlder));
        assert_eq!(check(5, &[], &[parent(6, 0, 0)]), Err(BadParents::NotOlder));
        assert_eq!(check(5, &[], &[parent(4, 0, 0), parent(4, 1, 0)]), Err(BadParents::Twice));
        let before = [parent(4, 1, 100)];
        assert_eq!(check(5, &before, &[parent(3, 0, 0), parent(4, 2, 101)]), Ok(()));
        for after in [vec![], vec![parent(4, 0, 100)], vec![parent(4, 1, 99)], vec![parent(3, 1, 100)]] {
            assert_eq!(check(5, &before, &after), Err(BadParents::Dropped));
        }
    }

    proptest! {
        #[test]
        fn no_line_should_come_back(edges in prop::collection::vec((0u64..12, 0u64..12), 0..60)) {
            let mut graph = BTreeMap::<ListingId, Vec<Parent>>::new();
            for (child, listing) in edges {
                let mut parents = graph.get(&child).cloned().unwrap_or_default();
                let before = parents.clone();
                parents.push(parent(listing, 0, 0));
                if check(child, &before, &parents).is_ok() {
                    graph.insert(child, parents);
                }
            }
            for start in graph.keys() {
                let mut line = vec![*start];
                while let Some(at) = line.pop() {
                    for next in graph.get(&at).into_iter().flatten() {
                        prop_assert!(next.listing < at && next.listing != *start);
                        line.push(next.listing);
                    }
                }
            }
        }
    }
}
