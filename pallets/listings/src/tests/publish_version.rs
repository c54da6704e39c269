use crate::{mock::*, Error, Event, Versions};
use codec::MaxEncodedLen;
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{content::MAX_SIZE, moderation::DelistReason};

fn publish(
    who: &souk_primitives::AccountId,
    listing: u64,
    size: u64,
    chunks: u32,
) -> frame_support::dispatch::DispatchResult {
    Listings::publish_version(RuntimeOrigin::signed(who.clone()), listing, [1; 32], size, chunks, [2; 32])
}

#[test]
fn publish_version_should_append_hold_and_tell() {
    run(|| {
        let text = registered();
        System::set_block_number(9);
        assert_ok!(publish(&ANNE, 0, 65_536, 1));
        let version = Listings::version(0, 0).unwrap();
        assert_eq!((version.content_root, version.manifest), ([1; 32], [2; 32]));
        assert_eq!((version.size, version.chunks, version.published_at), (65_536, 1, 9));
        let deposit = 300 + 2 * crate::types::Version::max_encoded_len() as u128;
        assert_money(&ANNE, ENDOWED - text - deposit, text + deposit);
        assert_last(Event::VersionPublished {
            listing: 0,
            version: 0,
            content_root: [1; 32],
            manifest: [2; 32],
            deposit,
        });
        // The old version stays as it was.
        assert_ok!(publish(&ANNE, 0, MAX_SIZE, 1 << 26));
        assert_eq!(Listings::version(0, 0), Some(version));
        assert_eq!(Listings::version(0, 1).unwrap().size, MAX_SIZE);
        assert_money(&ANNE, ENDOWED - text - 2 * deposit, text + 2 * deposit);
    });
}

#[test]
fn publish_version_should_refuse_wrong_sizes() {
    run(|| {
        registered();
        assert_noop!(publish(&ANNE, 0, 0, 0), Error::<Test>::SizeOutOfRange);
        assert_noop!(publish(&ANNE, 0, MAX_SIZE + 1, (1 << 26) + 1), Error::<Test>::SizeOutOfRange);
        assert_noop!(publish(&ANNE, 0, 65_537, 1), Error::<Test>::WrongChunkCount);
        assert_noop!(publish(&ANNE, 0, 65_536, 2), Error::<Test>::WrongChunkCount);
        assert_noop!(publish(&ANNE, 0, 1, 0), Error::<Test>::WrongChunkCount);
    });
}

#[test]
fn only_a_service_should_have_a_version_without_content() {
    run(|| {
        let service = souk_primitives::views::ListingKind::Service;
        let origin = RuntimeOrigin::signed(ANNE);
        assert_ok!(Listings::register(origin.clone(), service, name(b"s"), summary(b""), tags(&[]), card()));
        assert_noop!(publish(&ANNE, 0, 0, 1), Error::<Test>::WrongChunkCount);
        let rooted = Listings::publish_version(origin.clone(), 0, [1; 32], 0, 0, [0; 32]);
        assert_noop!(rooted, Error::<Test>::RootWithoutContent);
        assert_ok!(Listings::publish_version(origin, 0, [0; 32], 0, 0, [0; 32]));
        assert_ok!(publish(&ANNE, 0, 1, 1));
        assert_eq!((Listings::version(0, 0).unwrap().size, Listings::version(0, 1).unwrap().size), (0, 1));
    });
}

#[test]
fn publish_version_should_be_the_owners() {
    run(|| {
        registered();
        assert_noop!(publish(&BEN, 0, 1, 1), Error::<Test>::NotAuthorized);
        assert_noop!(publish(&ANNE, 1, 1, 1), Error::<Test>::NotFound);
        assert_noop!(
            Listings::publish_version(RuntimeOrigin::root(), 0, [0; 32], 1, 1, [0; 32]),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn publish_version_should_keep_to_the_limit() {
    run(|| {
        registered();
        for _ in 0..3 {
            assert_ok!(publish(&ANNE, 0, 1, 1));
        }
        assert_noop!(publish(&ANNE, 0, 1, 1), Error::<Test>::TooManyVersions);
        assert_eq!(Versions::<Test>::iter_prefix(0).count(), 3);
    });
}

#[test]
fn publish_version_should_refuse_without_free_money() {
    run(|| {
        registered();
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(ANNE), BEN, free(&ANNE) - 100));
        assert_noop!(publish(&ANNE, 0, 1, 1), Error::<Test>::InsufficientFree);
    });
}

#[test]
fn publish_version_should_be_refused_once_a_delisting_bites() {
    run(|| {
        registered();
        accused(DelistReason::Malware);
        Now::set(6);
        assert_ok!(publish(&ANNE, 0, 1, 1));
        Now::set(7);
        assert_noop!(publish(&ANNE, 0, 1, 1), Error::<Test>::AlreadyDelisted);
    });
}
