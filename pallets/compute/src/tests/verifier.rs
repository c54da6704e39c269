//! `register_verifier`, `leave_verifier`, `withdraw_verifier`, silence.

use crate::{
    mock::*,
    types::{Seat, ANSWER_WINDOW, MAX_OUTVOTED, MAX_SEATS, MAX_VERIFIED},
    Error, Event, Seats, Verifiers,
};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use sp_runtime::DispatchError::BadOrigin;

fn join(n: u8, spec: souk_primitives::SpecId, bond: u128) -> sp_runtime::DispatchResult {
    Compute::register_verifier(signed(&ver(n)), spec, bond)
}

#[test]
fn register_verifier_should_hold_one_bond_for_all_seats() {
    run(|| {
        let (one, two) = (registered_spec(1), registered_spec(2));
        assert_ok!(join(0, one, 150));
        assert_last(Event::VerifierRegistered { stash: ver(0), spec: one, bond: 150 });
        assert_money(&ver(0), ENDOWED - 150, 150);
        assert_ok!(join(0, two, 0));
        assert_money(&ver(0), ENDOWED - 150, 150);
        assert_ok!(join(1, one, 100));
        assert_eq!(Compute::verifiers(&one), vec![(ver(0), 200), (ver(1), 200)]);
        assert_eq!(Compute::verifiers(&two), vec![(ver(0), 200)]);
        assert_noop!(join(0, two, 1), Error::<Test>::AlreadyExists);
    });
}

#[test]
fn register_verifier_should_be_a_bonded_validators() {
    run(|| {
        let spec = registered_spec(1);
        assert_noop!(Compute::register_verifier(signed(&CONSUMER), spec, 100), Error::<Test>::NotValidator);
        assert_noop!(join(0, [0; 32], 100), Error::<Test>::NotFound);
        assert_noop!(join(0, spec, 99), Error::<Test>::BelowMinimumBond);
        assert_noop!(join(0, spec, ENDOWED), Error::<Test>::InsufficientFree);
        assert_noop!(Compute::register_verifier(RuntimeOrigin::root(), spec, 100), BadOrigin);
        assert_money(&ver(0), ENDOWED, 0);
    });
}

#[test]
fn a_verifier_should_leave_with_notice_and_take_its_bond() {
    run(|| {
        let (one, two) = (registered_spec(1), registered_spec(2));
        assert_ok!(join(0, one, 100));
        assert_ok!(join(0, two, 0));
        let withdraw = || Compute::withdraw_verifier(signed(&ver(0)));
        assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
        assert_ok!(Compute::leave_verifier(signed(&ver(0)), one));
        assert_last(Event::VerifierLeaving { stash: ver(0), spec: one, until: 41 });
        assert_noop!(Compute::leave_verifier(signed(&ver(0)), one), Error::<Test>::AlreadyLeaving);
        // Up to the last block of its notice it is drawn.
        Now::set(41);
        assert_eq!(Compute::verifiers(&one).len(), 1);
        assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
        Now::set(42);
        assert_eq!(Compute::verifiers(&one).len(), 0);
        assert_ok!(withdraw());
        assert_last(Event::VerifierRemoved { stash: ver(0), spec: one });
        assert!(!Seats::<Test>::contains_key(one));
        // Its other seat keeps the bond.
        assert_money(&ver(0), ENDOWED - 100, 100);
        assert_ok!(Compute::leave_verifier(signed(&ver(0)), two));
        Now::set(83);
        assert_ok!(withdraw());
        assert_last(Event::VerifierWithdrawn { stash: ver(0), bond: 100 });
        assert_money(&ver(0), ENDOWED, 0);
        assert!(!Verifiers::<Test>::contains_key(ver(0)));
        assert_noop!(withdraw(), Error::<Test>::NotFound);
    });
}

#[test]
fn a_leaving_verifier_should_stay_by_registering_again() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        assert_ok!(Compute::leave_verifier(signed(&ver(0)), spec));
        assert_ok!(join(0, spec, 20));
        assert_money(&ver(0), ENDOWED - 120, 120);
        Now::set(100);
        assert_eq!(Compute::verifiers(&spec).len(), 1);
        assert_noop!(join(0, spec, 0), Error::<Test>::AlreadyExists);
    });
}

#[test]
fn leave_and_withdraw_should_refuse_strangers() {
    run(|| {
        let spec = registered_spec(1);
        assert_noop!(Compute::leave_verifier(signed(&ver(0)), spec), Error::<Test>::NotFound);
        assert_noop!(Compute::leave_verifier(RuntimeOrigin::root(), spec), BadOrigin);
        assert_noop!(Compute::withdraw_verifier(signed(&ver(0))), Error::<Test>::NotFound);
        assert_noop!(Compute::withdraw_verifier(RuntimeOrigin::root()), BadOrigin);
    });
}

#[test]
fn a_verifier_that_is_no_validator_should_not_be_drawn() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        Stakes::mutate(|stakes| stakes.retain(|(who, _)| *who != ver(0)));
        assert_eq!(Compute::verifiers(&spec), vec![]);
    });
}

#[test]
fn silence_in_a_row_should_cost_the_seat_but_not_the_bond() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        assert_ok!(join(1, spec, 100));
        for _ in 0..2 {
            Compute::note_silence(&ver(0), &spec);
        }
        assert_eq!(seat(&spec, &ver(0)).unwrap().silence, 2);
        Compute::note_answer(&ver(0), &spec);
        for _ in 0..2 {
            Compute::note_silence(&ver(0), &spec);
        }
        assert_eq!(Compute::verifiers(&spec).len(), 2);
        Compute::note_silence(&ver(0), &spec);
        assert_last(Event::VerifierRemoved { stash: ver(0), spec });
        assert_eq!(Compute::verifiers(&spec), vec![(ver(1), 200)]);
        assert_money(&ver(0), ENDOWED - 100, 100);
        assert_ok!(Compute::withdraw_verifier(signed(&ver(0))));
        assert_money(&ver(0), ENDOWED, 0);
        // Of somebody without a seat nothing is noted.
        Compute::note_silence(&ver(0), &spec);
        Compute::note_answer(&ver(0), &spec);
        assert_eq!(seat(&spec, &ver(0)), None);
    });
}

/// A verifier that is outvoted so often that it is barred from the spec.
fn barred() -> souk_primitives::SpecId {
    let spec = registered_spec(1);
    assert_ok!(join(0, spec, 100));
    for _ in 0..MAX_OUTVOTED {
        Compute::note_outvoted(&ver(0), &spec);
    }
    spec
}

#[test]
fn truthful_reports_should_not_wash_outvoted_ones_away() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        assert_ok!(join(1, spec, 100));
        for _ in 1..MAX_OUTVOTED {
            Compute::note_outvoted(&ver(0), &spec);
            (0..8).for_each(|_| Compute::note_answer(&ver(0), &spec));
        }
        assert_eq!(Compute::verifiers(&spec).len(), 2);
        assert_eq!(seat(&spec, &ver(0)).unwrap().silence, 0, "it reported, after all");
        Compute::note_outvoted(&ver(0), &spec);
        assert_eq!(events()[events().len() - 2], Event::VerifierRemoved { stash: ver(0), spec });
        assert_last(Event::VerifierBarred { stash: ver(0), spec, until: 41 });
        assert_eq!(Compute::verifiers(&spec), vec![(ver(1), 200)]);
        // Of somebody without a seat nothing is noted.
        Compute::note_outvoted(&ver(0), &spec);
        assert_eq!(seat(&spec, &ver(0)), None);
    });
}

#[test]
fn what_was_outvoted_twenty_answers_ago_should_not_count() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        for _ in 0..5 {
            for _ in 1..MAX_OUTVOTED {
                Compute::note_outvoted(&ver(0), &spec);
            }
            (0..ANSWER_WINDOW - 1).for_each(|_| Compute::note_answer(&ver(0), &spec));
        }
        assert_eq!(Compute::verifiers(&spec).len(), 1);
        // Silence is no answer.
        for _ in 1..MAX_OUTVOTED {
            Compute::note_outvoted(&ver(0), &spec);
        }
        Compute::note_silence(&ver(0), &spec);
        Compute::note_outvoted(&ver(0), &spec);
        assert_eq!(Compute::verifiers(&spec).len(), 0);
    });
}

#[test]
fn a_barred_verifier_should_come_back_after_the_notice_and_on_other_specs_at_once() {
    run(|| {
        let (spec, other) = (barred(), registered_spec(2));
        assert_noop!(join(0, spec, 100), Error::<Test>::Barred);
        assert_ok!(join(0, other, 0));
        Now::set(41);
        assert_noop!(join(0, spec, 0), Error::<Test>::Barred);
        Now::set(42);
        assert_ok!(join(0, spec, 0));
        assert_eq!(seat(&spec, &ver(0)).unwrap().answers, 0);
        assert!(Verifiers::<Test>::get(ver(0)).unwrap().barred.is_empty());
    });
}

#[test]
fn a_bar_should_keep_the_bond_so_that_it_is_not_left_behind() {
    run(|| {
        let spec = barred();
        let withdraw = || Compute::withdraw_verifier(signed(&ver(0)));
        assert_noop!(withdraw(), Error::<Test>::NothingToWithdraw);
        assert_money(&ver(0), ENDOWED - 100, 100);
        // Nor by a new spec of the same digest.
        assert_ok!(Compute::remove_spec(signed(&PUBLISHER), spec));
        assert_eq!(registered_spec(1), spec);
        assert_noop!(join(0, spec, 0), Error::<Test>::Barred);
        Now::set(42);
        assert_ok!(withdraw());
        assert_money(&ver(0), ENDOWED, 0);
    });
}

#[test]
fn seats_of_the_past_should_not_keep_others_out() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        assert_ok!(join(1, spec, 100));
        let filler = |n: u32| souk_primitives::AccountId::new([n as u8; 32]);
        // Fill up with validators; their bonds do not matter here.
        let mut seats = Seats::<Test>::get(spec);
        for n in 2..MAX_SEATS {
            let stash = filler(n.wrapping_add(128));
            Stakes::mutate(|stakes| stakes.push((stash.clone(), 1)));
            seats.try_push(Seat::new(stash)).unwrap();
        }
        Seats::<Test>::insert(spec, seats);
        assert_noop!(join(2, spec, 100), Error::<Test>::TooManyVerifiers);
        // One of them is a validator no more.
        Stakes::mutate(|stakes| stakes.retain(|(who, _)| *who != ver(1)));
        assert_ok!(join(2, spec, 100));
        assert_eq!(seat(&spec, &ver(1)), None);
        assert!(events().contains(&Event::VerifierRemoved { stash: ver(1), spec }));
        assert_eq!(Seats::<Test>::get(spec).len() as u32, MAX_SEATS);
        // Back to what the calls made.
        Seats::<Test>::mutate(spec, |seats| {
            seats.retain(|seat| Verifiers::<Test>::contains_key(&seat.stash));
        });
    });
}

#[test]
fn a_verifier_should_have_a_limited_number_of_seats() {
    run(|| {
        let spec = registered_spec(1);
        assert_ok!(join(0, spec, 100));
        let before = Verifiers::<Test>::get(ver(0)).unwrap();
        let mut full = before.clone();
        full.specs = BoundedVec::truncate_from(vec![[9; 32]; MAX_VERIFIED as usize]);
        Verifiers::<Test>::insert(ver(0), full);
        let other = registered_spec(2);
        assert_noop!(join(0, other, 0), Error::<Test>::TooManyVerified);
        // A bar takes a place too, so that there is always one for the next.
        let mut mixed = before.clone();
        mixed.barred = BoundedVec::truncate_from(vec![([9; 32], 50); MAX_VERIFIED as usize - 1]);
        Verifiers::<Test>::insert(ver(0), mixed);
        assert_noop!(join(0, other, 0), Error::<Test>::TooManyVerified);
        Verifiers::<Test>::insert(ver(0), before);
    });
}
