use crate::{mock::*, Children, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{
    lineage::Parent,
    moderation::DelistReason,
    views::{LineageEdge, ListingKind},
    AccountId, ListingId,
};
use sp_runtime::DispatchError::BadOrigin;

fn set(who: AccountId, listing: ListingId, list: &[Parent]) -> DispatchResult {
    Listings::set_parents(RuntimeOrigin::signed(who), listing, parents(list))
}

fn min(who: AccountId, royalty: u32) -> DispatchResult {
    Listings::set_min_royalty(RuntimeOrigin::signed(who), 0, royalty)
}

/// Listing 0 is ANNE's, 1 is BEN's; each has a version.
fn two() {
    registered();
    published(1);
    registered_too();
}

#[test]
fn set_parents_should_bind_later_versions_and_leave_earlier_ones() {
    run(|| {
        two();
        assert_ok!(set(BEN, 1, &[parent(0, 50_000)]));
        assert_last(Event::ParentsSet { listing: 1, parents: parents(&[parent(0, 50_000)]) });
        assert_ok!(Listings::publish_version(RuntimeOrigin::signed(BEN), 1, [9; 32], 1, 1, [9; 32]));
        assert!(Listings::version(1, 0).unwrap().parents.is_empty());
        assert_eq!(Listings::version(1, 1).unwrap().parents[0], parent(0, 50_000));
        let edge = LineageEdge { child: 1, parent: 0, version: 0, royalty: 50_000 };
        assert_eq!(Listings::lineage(0).down.first(), Some(&edge));
        assert_eq!(Listings::lineage(1).up, [edge]);
    });
}

#[test]
fn set_parents_should_refuse_what_would_break_the_line() {
    run(|| {
        two();
        assert_noop!(set(ANNE, 0, &[parent(1, 0)]), Error::<Test>::ParentNotOlder);
        assert_noop!(set(BEN, 1, &[parent(1, 0)]), Error::<Test>::ParentNotOlder);
        assert_noop!(set(BEN, 1, &[parent(0, 1), parent(0, 2)]), Error::<Test>::ParentTwice);
        assert_noop!(set(BEN, 1, &[parent(0, 500_001)]), Error::<Test>::RoyaltiesTooHigh);
        let missing = Parent { version: 1, ..parent(0, 0) };
        assert_noop!(set(BEN, 1, &[missing]), Error::<Test>::ParentNotFound);
        assert_noop!(set(ANNE, 1, &[parent(0, 0)]), Error::<Test>::NotAuthorized);
        assert_noop!(set(ANNE, 2, &[parent(0, 0)]), Error::<Test>::NotFound);
        assert_noop!(Listings::set_parents(RuntimeOrigin::root(), 1, parents(&[])), BadOrigin);
    });
}

#[test]
fn parents_should_stay_once_named() {
    run(|| {
        two();
        assert_ok!(set(BEN, 1, &[parent(0, 50_000)]));
        assert_noop!(set(BEN, 1, &[]), Error::<Test>::ParentDropped);
        assert_noop!(set(BEN, 1, &[parent(0, 49_999)]), Error::<Test>::ParentDropped);
        assert_ok!(set(BEN, 1, &[parent(0, 50_001)]));
        // A child keeps its parent from being removed.
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::InUse);
        assert_ok!(Listings::remove(RuntimeOrigin::signed(BEN), 1));
        assert_eq!(Children::<Test>::iter().count(), 0);
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 0));
    });
}

#[test]
fn a_parents_owner_should_set_the_least_royalty_for_who_comes_later() {
    run(|| {
        two();
        assert_ok!(set(BEN, 1, &[parent(0, 10)]));
        assert_ok!(min(ANNE, 100_000));
        assert_last(Event::MinRoyaltySet { listing: 0, royalty: 100_000 });
        // What was agreed holds; a change is a new agreement.
        assert_ok!(set(BEN, 1, &[parent(0, 10)]));
        assert_noop!(set(BEN, 1, &[parent(0, 11)]), Error::<Test>::RoyaltyTooLow);
        assert_ok!(set(BEN, 1, &[parent(0, 100_000)]));
        assert_noop!(min(ANNE, 500_001), Error::<Test>::RoyaltiesTooHigh);
        assert_noop!(min(BEN, 0), Error::<Test>::NotAuthorized);
    });
}

#[test]
fn what_was_delisted_should_not_become_a_parent() {
    run(|| {
        two();
        accused(DelistReason::Infringement);
        assert_ok!(set(BEN, 1, &[parent(0, 0)]));
        Now::set(7);
        assert_noop!(set(BEN, 1, &[parent(0, 1)]), Error::<Test>::ParentDelisted);
    });
}

#[test]
fn lineage_should_go_over_all_generations() {
    run(|| {
        two();
        // 2 derives from 0 and 1, 1 from 0, 3 from 2.
        for number in 2..4u64 {
            let text = name(&[b'n'; 3]);
            let origin = RuntimeOrigin::signed(ANNE);
            let kind = ListingKind::Model;
            assert_ok!(Listings::register(origin.clone(), kind, text, summary(b""), tags(&[]), card()));
            assert_ok!(Listings::publish_version(origin, number, [1; 32], 1, 1, [1; 32]));
        }
        assert_ok!(set(BEN, 1, &[parent(0, 1)]));
        assert_ok!(set(ANNE, 2, &[parent(0, 2), parent(1, 3)]));
        assert_ok!(set(ANNE, 3, &[parent(2, 4)]));
        let pairs = |edges: &[LineageEdge]| -> Vec<_> {
            edges.iter().map(|edge| (edge.child, edge.parent, edge.royalty)).collect()
        };
        let view = Listings::lineage(3);
        assert_eq!(pairs(&view.up), [(3, 2, 4), (2, 0, 2), (2, 1, 3), (1, 0, 1)]);
        assert!(view.down.is_empty() && !view.truncated);
        let mut down = pairs(&Listings::lineage(0).down);
        down.sort();
        assert_eq!(down, [(1, 0, 1), (2, 0, 2), (2, 1, 3), (3, 2, 4)]);
    });
}
