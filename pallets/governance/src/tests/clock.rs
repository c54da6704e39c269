//! The clock of deadlines, and who holds it.

use crate::{mock::*, origins::Origin, *};
use frame_support::{
    assert_noop, assert_ok,
    traits::{Currency, Get},
};
use pallet_conviction_voting::Conviction::Locked1x;
use sp_runtime::DispatchError::BadOrigin;

fn emergency() -> RuntimeOrigin {
    Origin::Emergency.into()
}

fn live() -> u32 {
    LiveBlock::<Test>::get()
}

#[test]
fn a_held_clock_should_stand_still_for_so_many_blocks() {
    run(|| {
        run_to(5);
        let before = live();
        assert_ok!(Governance::hold_clock(emergency(), 3));
        assert_eq!(events(), [Event::ClockHeld { until: 8 }]);
        run_to(8);
        assert_eq!(live(), before);
        run_to(10);
        assert_eq!(live(), before + 2);
        assert_eq!(HeldUntil::<Test>::get(), None);
    });
}

#[test]
fn a_second_call_should_replace_the_first() {
    run(|| {
        run_to(5);
        let before = live();
        assert_ok!(Governance::hold_clock(emergency(), 20));
        assert_ok!(Governance::hold_clock(emergency(), 1));
        run_to(7);
        assert_eq!(live(), before + 1);
        assert_ok!(Governance::hold_clock(emergency(), 20));
        assert_ok!(Governance::hold_clock(emergency(), 0));
        assert_eq!(events().pop(), Some(Event::ClockReleased));
        run_to(8);
        assert_eq!(live(), before + 2);
    });
}

#[test]
fn hold_clock_should_refuse_others_and_too_much() {
    run(|| {
        assert_noop!(Governance::hold_clock(signed(ALICE), 3), BadOrigin);
        assert_noop!(Governance::hold_clock(Origin::Killer.into(), 3), BadOrigin);
        assert_noop!(Governance::hold_clock(emergency(), 21), Error::<Test>::HoldTooLong);
        assert_noop!(Governance::hold_clock(emergency(), 0), Error::<Test>::NotHeld);
    });
}

/// From stake to enactment, with the SDK's pallets.
#[test]
fn a_referendum_should_hold_the_clock() {
    run(|| {
        for who in [ALICE, BOB, CAROL, DAVE] {
            stake(Source::Bond, who, ENDOWED / 10 * 9);
        }
        pass_eras(2);
        Balances::make_free_balance_be(&CLERK, 6_000 * souk_primitives::SOUK);
        let poll = submit(Origin::Emergency, Call::hold_clock { blocks: 20 });
        let track = crate::tracks::ids::EMERGENCY;
        assert_eq!(Referenda::ensure_ongoing(poll).unwrap().track, track);
        assert_ok!(Referenda::place_decision_deposit(signed(CLERK), poll));
        for who in [ALICE, BOB, CAROL] {
            assert_ok!(vote(who, poll, standard(true, Locked1x, ENDOWED / 10 * 9)));
        }
        assert_ok!(vote(DAVE, poll, standard(false, Locked1x, ENDOWED / 10)));
        // Prepared after 2 blocks, confirmed after 4 more once the curves are met, enacted 2 after that.
        run_to(2 + 2 + 20);
        assert!(Referenda::ensure_ongoing(poll).is_err());
        assert_eq!(events().len(), 1);
        let held = HeldUntil::<Test>::get().unwrap();
        run_to(held);
        let before = live();
        run_to(held + 3);
        assert_eq!(live(), before + 3);
    });
}
