//! What exams earn, and when.

use crate::{
    exam::Stage,
    mock::*,
    types::{Pot, Role},
    CurrentRound, Event, Exams, Owed, Records, Rounds, Sittings,
};
use frame_support::assert_ok;
use souk_primitives::{call::Prices, close::CloseReason, rewards::prorate, AccountId, Balance};

/// All tokens of the paper, at the reference price.
const POINTS: Balance = QUESTIONS as Balance * 64 * INDEX / 1_000;

/// What a bond earns at 10 % a year in two epochs of a day.
fn cap_of(bond: Balance) -> Balance {
    prorate(bond, 100_000, 2 * 86_400_000)
}

fn passes(who: &AccountId) {
    assert_ok!(commit(who));
    Rewards::exam_released(&exam_of(who, &SPEC), CloseReason::Valid);
}

#[test]
fn a_passed_exam_should_earn_the_cap_while_the_budget_is_ample() {
    test(|| {
        let id = exam_of(&PROVIDER, &SPEC);
        assert_ok!(commit(&PROVIDER));
        events();
        Rewards::exam_released(&id, CloseReason::Valid);
        let passed = Event::ExamPassed {
            exam: id,
            provider: PROVIDER,
            spec: SPEC,
            points: POINTS,
            capacity: CAPACITY,
        };
        assert_eq!(events(), [passed]);
        assert_eq!(Proven::get((PROVIDER, SPEC)), Some(CAPACITY));
        assert_eq!((Exams::<Test>::iter().count(), CurrentRound::<Test>::get().open), (0, 0));
        // Not before the round is over.
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 0);
        settle_exam();
        let cap = cap_of(BOND);
        assert_eq!(Owed::<Test>::get(Pot::Providers), cap);
        let commission = cap / 10;
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_ok!(Rewards::claim(signed(&VALIDATOR)));
        assert_eq!(free(&PROVIDER), RICH - COST + cap - commission);
        assert_eq!(free(&VALIDATOR), RICH + commission);
        assert_eq!((Owed::<Test>::get(Pot::Providers), Rounds::<Test>::iter().count()), (0, 0));
    });
}

#[test]
fn a_short_budget_should_be_shared_by_points() {
    test(|| {
        // Large bonds, so that no cap binds; RIVAL's answers have one token each.
        Bonds::insert(PROVIDER, (VALIDATOR, 1_000 * BOND, true));
        Bonds::insert(RIVAL, (VALIDATOR, 1_000 * BOND, true));
        open_exam();
        passes(&PROVIDER);
        assert_ok!(Rewards::commit_exam(signed(&RIVAL), SPEC, [9; 32], QUESTIONS.into(), QUESTIONS));
        Rewards::exam_released(&exam_of(&RIVAL, &SPEC), CloseReason::Valid);
        for _ in 0..=WINDOW {
            next_block();
        }
        // Usage comes first.
        let usage = Rewards::free(Pot::Providers) / 2;
        trade_of(&STRANGER, usage * 10 / 3);
        let budget = Rewards::free(Pot::Providers) - usage;
        end_epoch();
        let first = Rewards::settle(Role::Provider, &PROVIDER).accrued;
        let second = Rewards::settle(Role::Provider, &RIVAL).accrued;
        assert_eq!(first, (budget * 64 / 65) - (budget * 64 / 65) / 10);
        assert!((first / 64).abs_diff(second) <= 1);
        assert!(Owed::<Test>::get(Pot::Providers) <= budget + usage);
    });
}

#[test]
fn what_did_not_pass_should_earn_nothing() {
    for reason in [CloseReason::Doubtful, CloseReason::Unaudited] {
        test(|| {
            let id = exam_of(&PROVIDER, &SPEC);
            assert_ok!(commit(&PROVIDER));
            events();
            Rewards::exam_released(&id, reason);
            assert_eq!(events(), [Event::ExamFailed { exam: id, provider: PROVIDER, spec: SPEC, reason }]);
            assert_eq!((Records::<Test>::iter().count(), Proven::get((PROVIDER, SPEC))), (0, None));
        });
    }
    let proven = |reason| (reason != CloseReason::Disputed).then_some(0);
    for reason in [CloseReason::Fraud, CloseReason::Withheld, CloseReason::Disputed] {
        test(|| {
            let id = exam_of(&PROVIDER, &SPEC);
            assert_ok!(commit(&PROVIDER));
            events();
            Rewards::exam_refunded(&id, reason);
            assert_eq!(events(), [Event::ExamFailed { exam: id, provider: PROVIDER, spec: SPEC, reason }]);
            assert_eq!((Records::<Test>::iter().count(), Proven::get((PROVIDER, SPEC))), (0, proven(reason)));
            assert_eq!((Exams::<Test>::iter().count(), CurrentRound::<Test>::get().open), (0, 0));
            // It ends once.
            Rewards::exam_released(&id, CloseReason::Valid);
            Rewards::exam_refunded(&id, reason);
            assert_eq!((events().len(), Records::<Test>::iter().count()), (0, 0));
        });
    }
}

#[test]
fn a_price_should_hold_until_the_audits_have_ended() {
    let raised = Prices { per_1k_output: PRICES.per_1k_output + 4, ..PRICES };
    let lowered = Prices { per_1k_output: PRICES.per_1k_output - 4, ..PRICES };
    for (prices, earns) in [(Some(raised), 0), (None, 0), (Some(lowered), POINTS)] {
        test(|| {
            let id = exam_of(&PROVIDER, &SPEC);
            assert_ok!(commit(&PROVIDER));
            match prices {
                Some(prices) => Offers::insert((PROVIDER, SPEC), (prices, CAPACITY)),
                None => Offers::remove((PROVIDER, SPEC)),
            }
            events();
            Rewards::exam_released(&id, CloseReason::Valid);
            assert!(matches!(events().pop(), Some(Event::ExamPassed { points, .. }) if points == earns));
            assert_eq!(Rewards::rewards_view(&PROVIDER).points, earns);
        });
    }
}

#[test]
fn only_the_provider_should_lose_its_points_while_the_audits_go_on() {
    let points_after = |act: fn()| {
        let mut earned = 0;
        test(|| {
            let id = exam_of(&PROVIDER, &SPEC);
            assert_ok!(commit(&PROVIDER));
            act();
            Rewards::exam_released(&id, CloseReason::Valid);
            earned = Rewards::rewards_view(&PROVIDER).points;
        });
        earned
    };
    assert!(points_after(|| ()) > 0);
    // The listing's owner has paused it, or the validator has left the set.
    assert_eq!(points_after(|| Shut::insert(SPEC, 0)), points_after(|| ()));
    // The provider has left.
    assert_eq!(points_after(|| Bonds::mutate(PROVIDER, |bond| bond.as_mut().unwrap().2 = false)), 0);
}

#[test]
fn capacity_should_be_what_the_answers_have_shown() {
    for (total, shown) in [
        (Balance::from(QUESTIONS) * 64, CAPACITY),
        (Balance::from(QUESTIONS) * 32, CAPACITY),
        // Twice 47 tokens in 30 seconds.
        (Balance::from(QUESTIONS), 4),
    ] {
        test(|| {
            let id = exam_of(&PROVIDER, &SPEC);
            assert_ok!(Rewards::commit_exam(signed(&PROVIDER), SPEC, [9; 32], total, QUESTIONS));
            events();
            Rewards::exam_released(&id, CloseReason::Valid);
            assert!(matches!(events().pop(), Some(Event::ExamPassed { capacity, .. }) if capacity == shown));
            assert_eq!(Proven::get((PROVIDER, SPEC)), Some(shown));
        });
    }
}

#[test]
fn sittings_of_past_exams_should_be_cleared_away() {
    test(|| {
        open_exam();
        passes(&PROVIDER);
        next_block();
        next_block();
        assert_eq!(Sittings::<Test>::iter().count(), 1, "it says that PROVIDER has sat");
        settle_exam();
        open_exam();
        assert_eq!(Sittings::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_cap_should_count_once_for_all_specs() {
    test(|| {
        Owners::insert(OTHER_SPEC, OWNER);
        assert_ok!(Rewards::set_reference(RuntimeOrigin::root(), OTHER_SPEC, INDEX));
        Offers::insert((PROVIDER, OTHER_SPEC), (PRICES, 1));
        let (first, second) = (exam_of(&PROVIDER, &SPEC), exam_of(&PROVIDER, &OTHER_SPEC));
        assert_ne!(first, second);
        assert_ok!(commit(&PROVIDER));
        assert_ok!(Rewards::commit_exam(signed(&PROVIDER), OTHER_SPEC, [9; 32], 64, 1));
        Rewards::exam_released(&first, CloseReason::Valid);
        Rewards::exam_released(&second, CloseReason::Valid);
        let record = Records::<Test>::get(Role::Provider, PROVIDER).unwrap();
        assert_eq!(record.passed.unwrap().points, POINTS + 64 * INDEX / 1_000);
        settle_exam();
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, cap_of(BOND) - cap_of(BOND) / 10);
    });
}

#[test]
fn a_round_should_end_when_its_last_audit_has() {
    test(|| {
        let (round, _) = open_exam();
        passes(&PROVIDER);
        assert_ok!(commit(&RIVAL));
        settle_exam();
        end_epoch();
        end_epoch();
        // RIVAL's audits go on: nothing is fixed, and no other exam begins.
        assert_eq!(CurrentRound::<Test>::get().epoch, round);
        assert!(!Rounds::<Test>::get(round).unwrap().is_fixed);
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 0);
        Rewards::exam_released(&exam_of(&RIVAL, &SPEC), CloseReason::Valid);
        events();
        end_epoch();
        let settled = events().into_iter().find_map(|event| match event {
            Event::ExamSettled { epoch, points, promised, .. } => Some((epoch, points, promised)),
            _ => None,
        });
        assert_eq!(settled, Some((round, 2 * POINTS, 2 * cap_of(BOND))));
        assert!(Rewards::settle(Role::Provider, &PROVIDER).accrued > 0);
        assert!(Rewards::settle(Role::Provider, &RIVAL).accrued > 0);
        // The next one was due and begins at once.
        let next = CurrentRound::<Test>::get();
        assert!(next.epoch > round && matches!(next.stage, Stage::Rolling { .. }));
        // It covers the time that it was put off by: nobody loses by another's audits.
        assert_eq!(next.span, next.epoch - round);
        assert!(next.span > 2);
        passes_later(next.span);
    });
}

/// PROVIDER passes the next exam, which covers so many epochs, and is paid for all of them.
fn passes_later(span: u32) {
    let before = accrued(Role::Provider, &PROVIDER);
    open_exam();
    passes(&PROVIDER);
    settle_exam();
    let cap = prorate(BOND, 100_000, u64::from(span) * 86_400_000);
    assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued - before, cap - cap / 10);
}

#[test]
fn a_long_halt_should_not_be_paid() {
    test(|| {
        Rewards::epoch_ended(999);
        let round = CurrentRound::<Test>::get();
        // Four times two epochs, whatever passed.
        assert_eq!((round.epoch, round.span), (1_000, 8));
    });
}

#[test]
fn points_should_return_with_the_epoch_in_which_their_exam_began() {
    test(|| {
        open_exam();
        passes(&PROVIDER);
        settle_exam();
        ExamEvery::set(&0);
        let cap = cap_of(BOND);
        assert_eq!(Owed::<Test>::get(Pot::Providers), cap);
        for _ in 0..9 {
            end_epoch();
        }
        assert_eq!(Owed::<Test>::get(Pot::Providers), cap);
        assert_eq!(Rewards::rewards_view(&PROVIDER).expires_epoch, Some(12));
        end_epoch();
        assert_eq!((Owed::<Test>::get(Pot::Providers), Rounds::<Test>::iter().count()), (0, 0));
        assert_eq!(Rewards::settle(Role::Provider, &PROVIDER).accrued, 0);
    });
}

#[test]
fn a_missing_vrf_should_postpone_the_draw() {
    test(|| {
        end_epoch();
        end_epoch();
        assert!(matches!(CurrentRound::<Test>::get().stage, Stage::Rolling { .. }));
        for _ in 0..EPOCH_BLOCKS {
            ParentVrf::kill();
            Now::mutate(|now| *now += 1);
            <Rewards as frame_support::traits::Hooks<u32>>::on_initialize(1);
        }
        assert!(matches!(CurrentRound::<Test>::get().stage, Stage::Rolling { .. }));
        // The last block has passed: whatever comes next is drawn, and four more make the papers.
        next_block();
        assert!(matches!(CurrentRound::<Test>::get().stage, Stage::Mixing { .. }));
        for _ in 0..4 {
            next_block();
        }
        let Stage::Open { by, .. } = CurrentRound::<Test>::get().stage else { panic!("not open") };
        assert_eq!(by, Now::get() + WINDOW);
    });
}

#[test]
fn exams_should_come_every_so_many_epochs_in_the_first_half() {
    test(|| {
        let mut seen = Vec::new();
        for _ in 0..8 {
            let start = Now::get();
            epoch();
            seen.extend(events().into_iter().filter_map(|event| match event {
                Event::ExamOpened { epoch, commit_by, .. } => {
                    assert!(commit_by <= start + EPOCH_BLOCKS / 2 + 5 + WINDOW);
                    Some(epoch)
                }
                _ => None,
            }));
        }
        assert_eq!(seen, [2, 4, 6]);
    });
}

#[test]
fn no_exam_should_begin_when_there_are_none() {
    test(|| {
        ExamEvery::set(&0);
        for _ in 0..5 {
            epoch();
        }
        assert_eq!(CurrentRound::<Test>::get().stage, Stage::Waiting);
        assert_eq!(Owed::<Test>::get(Pot::Providers), 0);
    });
}
