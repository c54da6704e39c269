//! What derives from what.

use crate::pallet::{Children, Config, Error, Event, Listings, Pallet, Versions};
use alloc::{collections::BTreeSet, vec, vec::Vec};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{
    lineage::{self, BadParents, Parent, Parents, MAX_ROYALTIES},
    views::{LineageEdge, LineageView, ListingStatus},
    AccountId, ListingId,
};

/// Most edges that one view shows in each direction.
pub const MAX_EDGES: usize = 256;

impl<T> From<BadParents> for Error<T> {
    fn from(bad: BadParents) -> Self {
        match bad {
            BadParents::NotOlder => Error::ParentNotOlder,
            BadParents::Twice => Error::ParentTwice,
            BadParents::TooMuch => Error::RoyaltiesTooHigh,
            BadParents::Dropped => Error::ParentDropped,
        }
    }
}

pub(crate) fn edge(child: ListingId, parent: &Parent) -> LineageEdge {
    LineageEdge { child, parent: parent.listing, version: parent.version, royalty: parent.royalty }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_parents(who: AccountId, id: ListingId, parents: Parents) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        lineage::check(id, &listing.parents, &parents).map_err(Error::<T>::from)?;
        for parent in &parents {
            if !listing.parents.contains(parent) {
                Self::ensure_parent(parent)?;
            }
            Children::<T>::insert(parent.listing, id, ());
        }
        listing.parents = parents.clone();
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::ParentsSet { listing: id, parents });
        Ok(())
    }

    /// Whether a listing may be named as a parent like that, now.
    fn ensure_parent(named: &Parent) -> DispatchResult {
        let parent = Listings::<T>::get(named.listing).ok_or(Error::<T>::ParentNotFound)?;
        let exists = Versions::<T>::contains_key(named.listing, named.version);
        ensure!(exists, Error::<T>::ParentNotFound);
        let delisted = matches!(parent.status_at(T::Clock::get()), ListingStatus::Delisted { .. });
        ensure!(!delisted, Error::<T>::ParentDelisted);
        ensure!(named.royalty >= parent.min_royalty, Error::<T>::RoyaltyTooLow);
        Ok(())
    }

    pub(crate) fn do_set_min_royalty(who: AccountId, id: ListingId, royalty: u32) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        ensure!(royalty <= MAX_ROYALTIES, Error::<T>::RoyaltiesTooHigh);
        listing.min_royalty = royalty;
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::MinRoyaltySet { listing: id, royalty });
        Ok(())
    }

    /// All ancestors and descendants of a listing, nearest first, at most [`MAX_EDGES`] in each direction.
    pub fn lineage(id: ListingId) -> LineageView {
        let parents = |at| -> Vec<LineageEdge> {
            Listings::<T>::get(at)
                .map(|listing| listing.parents.iter().map(|parent| edge(at, parent)).collect())
                .unwrap_or_default()
        };
        let children = |at| -> Vec<LineageEdge> {
            Children::<T>::iter_key_prefix(at)
                .take(MAX_EDGES.saturating_add(1))
                .flat_map(|child| parents(child).into_iter().filter(move |edge| edge.parent == at))
                .collect()
        };
        let (up, more_up) = walk(id, parents, |edge| edge.parent);
        let (down, more_down) = walk(id, children, |edge| edge.child);
        LineageView { up, down, truncated: more_up || more_down }
    }
}

/// Breadth first from `start`. Says whether it stopped for the number of edges.
fn walk(
    start: ListingId,
    next: impl Fn(ListingId) -> Vec<LineageEdge>,
    end: impl Fn(&LineageEdge) -> ListingId,
) -> (Vec<LineageEdge>, bool) {
    let (mut seen, mut level, mut edges) = (BTreeSet::from([start]), vec![start], Vec::new());
    while !level.is_empty() {
        let mut following = Vec::new();
        for at in level {
            for edge in next(at) {
                if edges.len() >= MAX_EDGES {
                    return (edges, true);
                }
                let to = end(&edge);
                edges.push(edge);
                if seen.insert(to) {
                    following.push(to);
                }
            }
        }
        level = following;
    }
    (edges, false)
}
