use crate::{mock::*, Listings as Stored};
use frame_support::assert_ok;
use souk_primitives::views::{ListingKind, ListingStatus};

#[test]
fn view_should_show_everything() {
    run(|| {
        registered();
        published(1);
        published(2);
        let view = Listings::view(0).unwrap();
        assert_eq!((view.id, view.owner, view.kind), (0, ANNE, ListingKind::Model));
        assert_eq!((view.name.as_str(), view.summary.as_str()), ("smollm2-135m", "A small model"));
        assert_eq!(view.tags, ["chat", "small"]);
        assert_eq!((view.card_uri.as_str(), view.card_digest), ("https://example.org/card", [7; 32]));
        assert_eq!((view.status, view.deposit), (ListingStatus::Active, held(&ANNE)));
        let versions: Vec<_> = view.versions.iter().map(|v| (v.version, v.content_root, v.size)).collect();
        assert_eq!(versions, [(0, [1; 32], 65_537), (1, [2; 32], 65_537)]);
        assert_eq!(Listings::listing_name(0).as_deref(), Some("smollm2-135m"));
    });
}

#[test]
fn views_should_page_over_gaps() {
    run(|| {
        for _ in 0..5 {
            registered();
        }
        assert_ok!(Listings::remove(RuntimeOrigin::signed(ANNE), 1));
        let ids = |start, limit| Listings::views(start, limit).iter().map(|v| v.id).collect::<Vec<_>>();
        assert_eq!(ids(0, 3), [0, 2, 3]);
        assert_eq!(ids(4, 3), [4]);
        assert_eq!(ids(5, 3), [0u64; 0]);
        assert_eq!(ids(0, 0), [0u64; 0]);
        assert_eq!(ids(0, u32::MAX).len(), 4);
    });
}

#[test]
fn reads_should_say_nothing_of_what_is_not_there() {
    run(|| {
        assert_eq!(Listings::owner(0), None);
        assert_eq!(Listings::version(0, 0), None);
        assert_eq!(Listings::listing_name(0), None);
        assert_eq!(Listings::view(0), None);
        assert!(!Listings::is_active(0));
    });
}

#[test]
fn try_state_should_notice_a_wrong_deposit_and_a_missing_version() {
    run(|| {
        registered();
        published(1);
        let good = Stored::<Test>::get(0).unwrap();
        let mut bad = good.clone();
        bad.deposit.text += 1;
        Stored::<Test>::insert(0, bad);
        assert!(Listings::do_try_state().is_err());
        let mut bad = good.clone();
        bad.versions = 2;
        Stored::<Test>::insert(0, bad);
        assert!(Listings::do_try_state().is_err());
        Stored::<Test>::insert(0, good);
    });
}
