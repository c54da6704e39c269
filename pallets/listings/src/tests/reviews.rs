use crate::{mock::*, types::Subject, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{
    rating::SMALL,
    views::{RatingView, ReviewView},
    AccountId,
};
use sp_runtime::DispatchError::BadOrigin;

fn review(who: AccountId, subject: Subject, stars: u8) -> DispatchResult {
    Listings::review(RuntimeOrigin::signed(who), 0, subject, stars, [stars; 32])
}

fn rating() -> RatingView {
    Listings::view(0).unwrap().rating
}

#[test]
fn review_should_count_by_the_fee_that_was_burnt() {
    run(|| {
        registered();
        let subject = paid(BEN, 1, SMALL / 2);
        assert_ok!(review(BEN, subject, 4));
        let weight = SMALL / 2;
        assert_last(Event::Reviewed {
            listing: 0,
            review: 0,
            author: BEN,
            stars: 4,
            digest: [4; 32],
            weight,
        });
        assert_eq!(rating(), RatingView { reviews: 1, payers: 1, average_milli: Some(4_000) });
        // Twice the fee weighs twice as much; who pays again counts once as a payer.
        assert_ok!(review(POOR, paid(POOR, 2, SMALL), 1));
        assert_eq!(rating(), RatingView { reviews: 2, payers: 2, average_milli: Some(2_000) });
        assert_ok!(review(BEN, paid(BEN, 3, 1_000 * SMALL), 5));
        let all = Listings::review_views(0, 0, 10);
        assert_eq!(all.iter().map(|view| view.weight).collect::<Vec<_>>(), [weight, SMALL, SMALL / 2]);
        assert_eq!((rating().reviews, rating().payers), (3, 2));
        assert_eq!(Listings::review_views(0, 1, 1)[0].author, POOR);
    });
}

#[test]
fn review_should_be_refused_to_who_did_not_pay() {
    run(|| {
        registered();
        let subject = paid(BEN, 1, 100);
        assert_noop!(review(POOR, subject, 5), Error::<Test>::NotAPayer);
        assert_noop!(review(BEN, Subject::Licence([2; 32]), 5), Error::<Test>::NotAPayer);
        assert_noop!(review(BEN, Subject::Channel([1; 32]), 5), Error::<Test>::NotAPayer);
        // A gift burns no fee.
        assert_noop!(review(BEN, paid(BEN, 3, 0), 5), Error::<Test>::NotAPayer);
        assert_noop!(review(ANNE, paid(ANNE, 4, 100), 5), Error::<Test>::OwnListing);
        for stars in [0, 6, u8::MAX] {
            assert_noop!(review(BEN, subject, stars), Error::<Test>::BadStars);
        }
        let elsewhere = Listings::review(RuntimeOrigin::signed(BEN), 1, subject, 5, [0; 32]);
        assert_noop!(elsewhere, Error::<Test>::NotFound);
        assert_noop!(Listings::review(RuntimeOrigin::root(), 0, subject, 5, [0; 32]), BadOrigin);
        assert_ok!(review(BEN, subject, 5));
        assert_noop!(review(BEN, subject, 1), Error::<Test>::AlreadyReviewed);
    });
}

#[test]
fn owner_should_answer_once() {
    run(|| {
        registered();
        assert_ok!(review(BEN, paid(BEN, 1, 100), 1));
        let answer =
            |who: AccountId, number, digest| Listings::answer(RuntimeOrigin::signed(who), 0, number, digest);
        assert_noop!(answer(BEN, 0, [7; 32]), Error::<Test>::NotAuthorized);
        assert_noop!(answer(ANNE, 1, [7; 32]), Error::<Test>::ReviewNotFound);
        assert_ok!(answer(ANNE, 0, [7; 32]));
        assert_last(Event::Answered { listing: 0, review: 0, digest: [7; 32] });
        assert_noop!(answer(ANNE, 0, [8; 32]), Error::<Test>::AlreadyAnswered);
        let view = ReviewView {
            review: 0,
            author: BEN,
            stars: 1,
            digest: [1; 32],
            weight: 100,
            at: 1,
            answer: Some([7; 32]),
        };
        assert_eq!(Listings::review_views(0, 0, u32::MAX), [view]);
        // A listing with reviews is a record: it can be retired, not removed.
        assert_noop!(Listings::remove(RuntimeOrigin::signed(ANNE), 0), Error::<Test>::InUse);
        assert_ok!(Listings::retire(RuntimeOrigin::signed(ANNE), 0));
    });
}
